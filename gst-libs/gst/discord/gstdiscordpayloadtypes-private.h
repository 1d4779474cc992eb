/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The RTP payload types we choose (media-transport 4.1), for our own plugins;
 * not installed. The server rewrites those of the others into ours. */

#include <gst/discord/gstdiscordenums.h>

G_BEGIN_DECLS

typedef struct
{
  GstDiscordCodec codec;
  guint8 payload_type;
  guint8 rtx_payload_type; /* 0: has none */
  guint clock_rate;
  const gchar *media; /* as in caps of application/x-rtp */
  const gchar *encoding_name;
} GstDiscordPayloadType;

/* All of them; *@n_types (out) */
GST_DISCORD_API
const GstDiscordPayloadType *gst_discord_payload_types (guint *n_types);

/* NULL for GST_DISCORD_CODEC_UNKNOWN. */
GST_DISCORD_API
const GstDiscordPayloadType *gst_discord_payload_type_of_codec (
    GstDiscordCodec codec);

/* By the type of media packets, or by that of their retransmissions; NULL when
 * nothing has it. */
GST_DISCORD_API
const GstDiscordPayloadType *gst_discord_payload_type_find (guint payload_type);
GST_DISCORD_API
const GstDiscordPayloadType *gst_discord_payload_type_find_rtx (
    guint payload_type);

G_END_DECLS
