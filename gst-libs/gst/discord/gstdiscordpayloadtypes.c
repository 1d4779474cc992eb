/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordpayloadtypes-private.h"

#define AUDIO_RATE 48000
#define VIDEO_RATE 90000

static const GstDiscordPayloadType payload_types[] = {
  { GST_DISCORD_CODEC_OPUS, 120, 0, AUDIO_RATE, "audio", "OPUS" },
  { GST_DISCORD_CODEC_AV1, 101, 102, VIDEO_RATE, "video", "AV1" },
  { GST_DISCORD_CODEC_H265, 103, 104, VIDEO_RATE, "video", "H265" },
  { GST_DISCORD_CODEC_H264, 105, 106, VIDEO_RATE, "video", "H264" },
  { GST_DISCORD_CODEC_VP8, 107, 108, VIDEO_RATE, "video", "VP8" },
  { GST_DISCORD_CODEC_VP9, 109, 110, VIDEO_RATE, "video", "VP9" },
};

const GstDiscordPayloadType *
gst_discord_payload_types (guint *n_types)
{
  *n_types = G_N_ELEMENTS (payload_types);
  return payload_types;
}

const GstDiscordPayloadType *
gst_discord_payload_type_of_codec (GstDiscordCodec codec)
{
  for (guint i = 0; i < G_N_ELEMENTS (payload_types); i++)
    if (payload_types[i].codec == codec)
      return &payload_types[i];
  return NULL;
}

const GstDiscordPayloadType *
gst_discord_payload_type_find (guint payload_type)
{
  for (guint i = 0; i < G_N_ELEMENTS (payload_types); i++)
    if (payload_types[i].payload_type == payload_type)
      return &payload_types[i];
  return NULL;
}

const GstDiscordPayloadType *
gst_discord_payload_type_find_rtx (guint payload_type)
{
  for (guint i = 0; payload_type != 0 && i < G_N_ELEMENTS (payload_types); i++)
    if (payload_types[i].rtx_payload_type == payload_type)
      return &payload_types[i];
  return NULL;
}
