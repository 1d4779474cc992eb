/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

G_BEGIN_DECLS

#define GST_DISCORD_MEDIA_META_API_TYPE (gst_discord_media_meta_api_get_type ())
#define GST_DISCORD_MEDIA_META_INFO (gst_discord_media_meta_get_info ())

/* Room for the largest block a Discord client sends (44 bytes) and then some;
 * a longer one is cut at an element boundary. */
#define GST_DISCORD_MEDIA_META_MAX_EXTENSIONS 64

typedef struct _GstDiscordMediaMeta GstDiscordMediaMeta;

/**
 * GstDiscordMediaMeta:
 * @meta: the parent meta
 * @user_id: who sent it, 0 while unknown
 * @ssrc: media SSRC
 * @rtp_timestamp: RTP timestamp of the packet
 * @seqnum: RTP sequence number
 * @payload_type: RTP payload type
 * @marker: RTP marker bit
 * @rtp_extended: the packet had a header extension
 * @rtx_ssrc: SSRC on which the packet came when it was a retransmission, else 0
 * @rtx_payload_type: payload type with which it came then
 * @speaking_flags: flags of extension 9 (media-transport 3.1); voice when the
 *     packet carries none, none on an Opus silence frame
 * @audio_level: level in -dBov, 0 loudest to 127 silence; -1 when not sent
 * @voice_activity: V bit that came with the level
 * @received_time: arrival on the socket, CLOCK_MONOTONIC, nanoseconds
 * @sender_time: the sender's wall clock, nanoseconds since the Unix epoch, from
 *     its sender reports or else its send-time extension; #GST_CLOCK_TIME_NONE
 *     when it told neither
 *
 * Who sent a received buffer, and what came with it. What is one packet's is,
 * on a frame of several, that of the packet that made it whole.
 *
 * Since: 0.1
 */
struct _GstDiscordMediaMeta
{
  GstMeta meta;

  guint64 user_id;
  guint32 ssrc;
  guint32 rtp_timestamp;
  guint16 seqnum;
  guint8 payload_type;
  gboolean marker;
  gboolean rtp_extended;
  guint32 rtx_ssrc;
  guint8 rtx_payload_type;
  GstDiscordSpeakingFlags speaking_flags;
  gint audio_level;
  gboolean voice_activity;
  GstClockTime received_time;
  GstClockTime sender_time;

  /*< private >*/
  guint16 extension_profile;
  guint8 extension_length;
  guint8 extensions[GST_DISCORD_MEDIA_META_MAX_EXTENSIONS];
};

GST_DISCORD_API
GType gst_discord_media_meta_api_get_type (void);

GST_DISCORD_API
const GstMetaInfo *gst_discord_media_meta_get_info (void);

GST_DISCORD_API
GstDiscordMediaMeta *gst_buffer_add_discord_media_meta (GstBuffer *buffer);

GST_DISCORD_API
GstDiscordMediaMeta *gst_buffer_get_discord_media_meta (GstBuffer *buffer);

GST_DISCORD_API
guint64 gst_discord_media_meta_get_user_id (const GstDiscordMediaMeta *meta);

GST_DISCORD_API
guint32 gst_discord_media_meta_get_ssrc (const GstDiscordMediaMeta *meta);

GST_DISCORD_API
GBytes *gst_discord_media_meta_get_extension (
    const GstDiscordMediaMeta *meta, guint id);

GST_DISCORD_API
GBytes *gst_discord_media_meta_get_nth_extension (
    const GstDiscordMediaMeta *meta, guint index, guint *id);

GST_DISCORD_API
GBytes *gst_discord_media_meta_get_extension_payload (
    const GstDiscordMediaMeta *meta, guint *profile);

GST_DISCORD_API
const gchar *gst_discord_media_meta_get_image_orientation (
    const GstDiscordMediaMeta *meta);

GST_DISCORD_API
gboolean gst_discord_media_meta_get_playout_delay (
    const GstDiscordMediaMeta *meta, guint *min_delay, guint *max_delay);

GST_DISCORD_API
gboolean gst_discord_media_meta_is_screen (const GstDiscordMediaMeta *meta);

G_END_DECLS
