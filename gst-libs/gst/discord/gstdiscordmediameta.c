/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordmediameta
 * @title: GstDiscordMediaMeta
 * @short_description: Who sent a received buffer, and what came with it
 *
 * Every buffer that leaves a Discord source carries one. It follows the data
 * through RTP elements, decoders, converters and encoders; mixers make new
 * buffers and end it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordmediameta.h"

#include "transport/rtpheader.h"

#include <string.h>

GType
gst_discord_media_meta_api_get_type (void)
{
  static gsize type = 0;
  /* No tags: a tagged meta is dropped by every element that changes what the
   * tag names, and who sent the media does not change. */
  static const gchar *tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, gst_meta_api_type_register ("GstDiscordMediaMetaAPI", tags));
  return type;
}

static gboolean
gst_discord_media_meta_init (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  GstDiscordMediaMeta *self = (GstDiscordMediaMeta *) meta;

  memset ((guint8 *) self + sizeof (GstMeta), 0,
      sizeof (GstDiscordMediaMeta) - sizeof (GstMeta));
  self->audio_level = -1;
  self->received_time = GST_CLOCK_TIME_NONE;
  self->sender_time = GST_CLOCK_TIME_NONE;
  return TRUE;
}

static gboolean
gst_discord_media_meta_transform (GstBuffer *dest, GstMeta *meta,
    GstBuffer *buffer, GQuark type, gpointer data)
{
  GstDiscordMediaMeta *copy = gst_buffer_get_discord_media_meta (dest);

  /* One per buffer: the last packet of a frame describes it. */
  if (copy == NULL)
    copy = gst_buffer_add_discord_media_meta (dest);
  if (copy == NULL)
    return FALSE;
  memcpy ((guint8 *) copy + sizeof (GstMeta),
      (const guint8 *) meta + sizeof (GstMeta),
      sizeof (GstDiscordMediaMeta) - sizeof (GstMeta));
  return TRUE;
}

const GstMetaInfo *
gst_discord_media_meta_get_info (void)
{
  static const GstMetaInfo *info = NULL;

  if (g_once_init_enter ((GstMetaInfo **) &info)) {
    const GstMetaInfo *mi = gst_meta_register (GST_DISCORD_MEDIA_META_API_TYPE,
        "GstDiscordMediaMeta", sizeof (GstDiscordMediaMeta),
        gst_discord_media_meta_init, NULL, gst_discord_media_meta_transform);
    g_once_init_leave ((GstMetaInfo **) &info, (GstMetaInfo *) mi);
  }
  return info;
}

/**
 * gst_buffer_add_discord_media_meta: (skip)
 * @buffer: a writable buffer
 *
 * Adds an empty meta: nothing known.
 *
 * Returns: (transfer none): the meta
 *
 * Since: 0.1
 */
GstDiscordMediaMeta *
gst_buffer_add_discord_media_meta (GstBuffer *buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return (GstDiscordMediaMeta *) gst_buffer_add_meta (
      buffer, GST_DISCORD_MEDIA_META_INFO, NULL);
}

/**
 * gst_buffer_get_discord_media_meta:
 * @buffer: a buffer
 *
 * Returns: (transfer none) (nullable): what is known of the sender of @buffer
 *
 * Since: 0.1
 */
GstDiscordMediaMeta *
gst_buffer_get_discord_media_meta (GstBuffer *buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return (GstDiscordMediaMeta *) gst_buffer_get_meta (
      buffer, GST_DISCORD_MEDIA_META_API_TYPE);
}

/**
 * gst_discord_media_meta_get_user_id:
 * @meta: a meta
 *
 * Returns: who sent the buffer, 0 while unknown
 *
 * Since: 0.1
 */
guint64
gst_discord_media_meta_get_user_id (const GstDiscordMediaMeta *meta)
{
  return meta->user_id;
}

/**
 * gst_discord_media_meta_get_ssrc:
 * @meta: a meta
 *
 * Returns: the media SSRC
 *
 * Since: 0.1
 */
guint32
gst_discord_media_meta_get_ssrc (const GstDiscordMediaMeta *meta)
{
  return meta->ssrc;
}

/**
 * gst_discord_media_meta_get_extension:
 * @meta: a meta
 * @id: id of an RTP header extension element (media-transport 3)
 *
 * Returns: (transfer full) (nullable): what the packet carried under @id
 *
 * Since: 0.1
 */
GBytes *
gst_discord_media_meta_get_extension (const GstDiscordMediaMeta *meta, guint id)
{
  RtpExtensionIter iter;
  RtpExtension extension;

  rtp_extension_iter_init (
      &iter, meta->extension_profile, meta->extensions, meta->extension_length);
  while (rtp_extension_iter_next (&iter, &extension)) {
    if (extension.id == id)
      return g_bytes_new (extension.data, extension.length);
  }
  return NULL;
}
