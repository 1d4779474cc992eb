/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a stream of a user is called downstream. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* (transfer full): unique in the process; @ssrc names the stream of a user who is
 * not known (0). @medium: audio or video. gst_pad_create_stream_id() cannot:
 * there may be two sink pads. */
gchar *discord_stream_id_new (
    guint64 user_id, guint32 ssrc, const gchar *medium);

/* (transfer full): @codec under @codec_tag. */
GstTagList *discord_stream_tags_new (
    guint64 user_id, const gchar *codec_tag, const gchar *codec);

/* Adds what the GstDiscordMediaMeta of @buffer, which is writable, knows of the
 * sender's clock. @unix_time: the caps timestamp/x-unix */
void discord_stream_add_sender_time (GstBuffer *buffer, GstCaps *unix_time);

G_END_DECLS
