/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "../dave/frame/view.h"

/* A buffer, mapped memory by memory, for the frame cipher: what is not in one
 * piece is not put together. Lives on the stack. */

/* What GStreamer's buffers hold at most (gst_buffer_get_max_memory()). */
#define DISCORD_FRAME_MEMORIES_MAX 16

typedef struct
{
  guint n_maps;
  GstMapInfo maps[DISCORD_FRAME_MEMORIES_MAX];
  DaveSegment segments[DISCORD_FRAME_MEMORIES_MAX];
  DaveView view;
} DiscordFrameView;

/* @flags: GST_MAP_READ or GST_MAP_WRITE, the latter for memory of @buffer alone.
 * FALSE: nothing is mapped. */
gboolean discord_frame_view_map (
    DiscordFrameView *self, GstBuffer *buffer, GstMapFlags flags);
void discord_frame_view_unmap (DiscordFrameView *self);
