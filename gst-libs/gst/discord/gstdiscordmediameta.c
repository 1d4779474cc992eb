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

static gboolean
find_extension (
    const GstDiscordMediaMeta *meta, guint id, RtpExtension *extension)
{
  RtpExtensionIter iter;

  rtp_extension_iter_init (
      &iter, meta->extension_profile, meta->extensions, meta->extension_length);
  while (rtp_extension_iter_next (&iter, extension)) {
    if (extension->id == id)
      return TRUE;
  }
  return FALSE;
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
  RtpExtension extension;

  if (!find_extension (meta, id, &extension))
    return NULL;
  return g_bytes_new (extension.data, extension.length);
}

/**
 * gst_discord_media_meta_get_nth_extension:
 * @meta: a meta
 * @index: which element, from 0 on
 * @id: (out): its id, 0 when there is none
 *
 * All elements of the RTP header extension, in their order in the packet.
 *
 * Returns: (transfer full) (nullable): the data of element @index, %NULL behind
 *     the last one
 *
 * Since: 0.1
 */
GBytes *
gst_discord_media_meta_get_nth_extension (
    const GstDiscordMediaMeta *meta, guint index, guint *id)
{
  RtpExtensionIter iter;
  RtpExtension extension;

  *id = 0;
  rtp_extension_iter_init (
      &iter, meta->extension_profile, meta->extensions, meta->extension_length);
  for (guint i = 0; rtp_extension_iter_next (&iter, &extension); i++) {
    if (i < index)
      continue;
    *id = extension.id;
    return g_bytes_new (extension.data, extension.length);
  }
  return NULL;
}

/**
 * gst_discord_media_meta_get_extension_payload:
 * @meta: a meta
 * @profile: (out): what is in front of it, 0xbede for elements with one-byte
 *     headers (RFC 8285 section 4.2)
 *
 * The RTP header extension as it came, decrypted, without its own header. Only
 * the first %GST_DISCORD_MEDIA_META_MAX_EXTENSIONS bytes are kept.
 *
 * Returns: (transfer full) (nullable): the bytes, %NULL when the packet had no
 *     header extension
 *
 * Since: 0.1
 */
GBytes *
gst_discord_media_meta_get_extension_payload (
    const GstDiscordMediaMeta *meta, guint *profile)
{
  *profile = meta->extension_profile;
  if (!meta->rtp_extended)
    return NULL;
  return g_bytes_new (meta->extensions, meta->extension_length);
}

/**
 * gst_discord_media_meta_get_image_orientation:
 * @meta: a meta
 *
 * Header extension 4 (3GPP TS 26.114 section 7.4.5), in the words of
 * %GST_TAG_IMAGE_ORIENTATION.
 *
 * Returns: (nullable): how the picture has to be turned, %NULL when that was
 *     not told
 *
 * Since: 0.1
 */
const gchar *
gst_discord_media_meta_get_image_orientation (const GstDiscordMediaMeta *meta)
{
  /* By the bits for mirroring and quarters clockwise. */
  static const gchar *const orientations[] = { "rotate-0", "rotate-90",
    "rotate-180", "rotate-270", "flip-rotate-0", "flip-rotate-90",
    "flip-rotate-180", "flip-rotate-270" };
  RtpExtension extension;

  if (!find_extension (meta, RTP_EXTENSION_VIDEO_ORIENTATION, &extension)
      || extension.length != 1)
    return NULL;
  return orientations[extension.data[0] & 7];
}

/**
 * gst_discord_media_meta_get_playout_delay:
 * @meta: a meta
 * @min_delay: (out): milliseconds
 * @max_delay: (out): milliseconds
 *
 * Header extension 6: how long the sender wants its frames to be held.
 *
 * Returns: whether that was told
 *
 * Since: 0.1
 */
gboolean
gst_discord_media_meta_get_playout_delay (
    const GstDiscordMediaMeta *meta, guint *min_delay, guint *max_delay)
{
  RtpExtension extension;

  *min_delay = *max_delay = 0;
  if (!find_extension (meta, RTP_EXTENSION_PLAYOUT_DELAY, &extension)
      || extension.length != 3)
    return FALSE;
  *min_delay = (extension.data[0] << 4 | extension.data[1] >> 4) * 10;
  *max_delay = ((extension.data[1] & 0xf) << 8 | extension.data[2]) * 10;
  return TRUE;
}

/**
 * gst_discord_media_meta_is_screen:
 * @meta: a meta
 *
 * Header extension 7.
 *
 * Returns: whether the sender says that the video is a shared screen
 *
 * Since: 0.1
 */
gboolean
gst_discord_media_meta_is_screen (const GstDiscordMediaMeta *meta)
{
  RtpExtension extension;

  /* WebRTC has used the upper bits for simulcast and experiments. */
  return find_extension (meta, RTP_EXTENSION_VIDEO_CONTENT_TYPE, &extension)
      && extension.length == 1 && (extension.data[0] & 1) != 0;
}
