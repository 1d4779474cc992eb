/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "streamname.h"

#include <gst/discord/gstdiscordmediameta.h>

gchar *
discord_stream_id_new (guint64 user_id, guint32 ssrc, const gchar *medium)
{
  g_autofree gchar *unique = g_uuid_string_random ();

  if (user_id == 0)
    return g_strdup_printf ("%s/ssrc-%u/%s", unique, ssrc, medium);
  return g_strdup_printf (
      "%s/%" G_GUINT64_FORMAT "/%s", unique, user_id, medium);
}

GstTagList *
discord_stream_tags_new (
    guint64 user_id, const gchar *codec_tag, const gchar *codec)
{
  g_autofree gchar *title =
      g_strdup_printf ("Discord user %" G_GUINT64_FORMAT, user_id);
  g_autofree gchar *comment =
      g_strdup_printf ("discord-user-id=%" G_GUINT64_FORMAT, user_id);
  GstTagList *tags = gst_tag_list_new (GST_TAG_TITLE, title,
      GST_TAG_EXTENDED_COMMENT, comment, codec_tag, codec, NULL);

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_STREAM);
  return tags;
}

void
discord_stream_add_sender_time (GstBuffer *buffer, GstCaps *unix_time)
{
  const GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (buffer);

  if (meta != NULL && GST_CLOCK_TIME_IS_VALID (meta->sender_time))
    gst_buffer_add_reference_timestamp_meta (
        buffer, unix_time, meta->sender_time, GST_CLOCK_TIME_NONE);
}
