/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "layerwants.h"

#define NAME "discord-media-wants"

static gboolean
is_equal (const LayerWants *a, const LayerWants *b)
{
  return a->told == b->told && a->ssrc == b->ssrc && a->quality == b->quality
      && a->any == b->any && a->pixel_count == b->pixel_count
      && a->selected == b->selected;
}

gboolean
layer_wants_update (LayerWants *self, const GstDiscordMediaSinkWants *wants,
    guint32 ssrc, gboolean selected)
{
  LayerWants now = { .told = TRUE, .ssrc = ssrc, .selected = selected };

  if (wants == NULL || ssrc == 0)
    return FALSE;
  now.quality = gst_discord_media_sink_wants_resolve (wants, ssrc);
  now.any = gst_discord_media_sink_wants_get_any (wants);
  now.pixel_count = gst_discord_media_sink_wants_get_pixel_count (wants, ssrc);
  if (is_equal (self, &now))
    return FALSE;
  *self = now;
  return TRUE;
}

GstStructure *
layer_wants_to_structure (const LayerWants *self, const gchar *rid)
{
  return gst_structure_new (NAME, "rid", G_TYPE_STRING, rid, "ssrc",
      G_TYPE_UINT, (guint) self->ssrc, "quality", G_TYPE_INT, self->quality,
      "any", G_TYPE_INT, self->any, "pixel-count", G_TYPE_DOUBLE,
      self->pixel_count, "selected", G_TYPE_BOOLEAN, self->selected, NULL);
}
