/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "frameview.h"

gboolean
discord_frame_view_map (
    DiscordFrameView *self, GstBuffer *buffer, GstMapFlags flags)
{
  guint n = gst_buffer_n_memory (buffer);

  self->n_maps = 0;
  if (n > DISCORD_FRAME_MEMORIES_MAX)
    return FALSE;
  for (guint i = 0; i < n; i++) {
    GstMapInfo *map = &self->maps[i];

    if (!gst_memory_map (gst_buffer_peek_memory (buffer, i), map, flags)) {
      discord_frame_view_unmap (self);
      return FALSE;
    }
    self->segments[i] = (DaveSegment){ map->data, map->size };
    self->n_maps++;
  }
  if (dave_view_init (&self->view, self->segments, n))
    return TRUE;
  discord_frame_view_unmap (self);
  return FALSE;
}

void
discord_frame_view_unmap (DiscordFrameView *self)
{
  while (self->n_maps > 0) {
    GstMapInfo *map = &self->maps[--self->n_maps];

    gst_memory_unmap (map->memory, map);
  }
}
