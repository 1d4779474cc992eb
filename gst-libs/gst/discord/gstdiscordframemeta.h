/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_DISCORD_FRAME_META_API_TYPE (gst_discord_frame_meta_api_get_type ())
#define GST_DISCORD_FRAME_META_INFO (gst_discord_frame_meta_get_info ())

typedef struct _GstDiscordFrameMeta GstDiscordFrameMeta;
typedef struct _GstDiscordFrameUnit GstDiscordFrameUnit;

/**
 * GstDiscordFrameMeta:
 * @meta: the parent meta
 * @codec: what the frame is encoded with
 * @keyframe: a decoder can begin with it
 * @inter_predicted: VP9 only: it depends on frames before
 * @width: in pixels, of a VP8 or VP9 keyframe; 0 where that is not known
 * @height: in pixels, of a VP8 or VP9 keyframe; 0 where that is not known
 *
 * What a packetiser has to know of a frame that it cannot read, since it is
 * end-to-end encrypted. Whoever saw the frame in clear made it.
 *
 * Since: 0.1
 */
struct _GstDiscordFrameMeta
{
  GstMeta meta;

  GstDiscordCodec codec;
  gboolean keyframe;
  gboolean inter_predicted;
  guint width;
  guint height;

  /*< private >*/
  gsize size; /* of the frame this is about; units lie inside */
  guint n_units;
  GstDiscordFrameUnit *units;
};

GST_DISCORD_API
GType gst_discord_frame_meta_api_get_type (void);

GST_DISCORD_API
const GstMetaInfo *gst_discord_frame_meta_get_info (void);

GST_DISCORD_API
GstDiscordFrameMeta *gst_buffer_add_discord_frame_meta (GstBuffer *buffer);

GST_DISCORD_API
GstDiscordFrameMeta *gst_buffer_get_discord_frame_meta (GstBuffer *buffer);

GST_DISCORD_API
GstDiscordCodec gst_discord_frame_meta_get_codec (
    const GstDiscordFrameMeta *meta);

GST_DISCORD_API
gboolean gst_discord_frame_meta_is_keyframe (const GstDiscordFrameMeta *meta);

GST_DISCORD_API
guint gst_discord_frame_meta_get_n_units (const GstDiscordFrameMeta *meta);

GST_DISCORD_API
gboolean gst_discord_frame_meta_get_unit (
    const GstDiscordFrameMeta *meta, guint index, gsize *offset, gsize *size);

G_END_DECLS
