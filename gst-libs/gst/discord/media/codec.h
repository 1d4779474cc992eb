/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The codecs of the public enumeration are those of frame encryption. */

#include "../dave/frame/codec.h"
#include "../gstdiscordenums.h"

G_STATIC_ASSERT ((gint) GST_DISCORD_CODEC_UNKNOWN == (gint) DAVE_CODEC_UNKNOWN);
G_STATIC_ASSERT ((gint) GST_DISCORD_CODEC_OPUS == (gint) DAVE_CODEC_OPUS);
G_STATIC_ASSERT ((gint) GST_DISCORD_CODEC_VP8 == (gint) DAVE_CODEC_VP8);
G_STATIC_ASSERT ((gint) GST_DISCORD_CODEC_VP9 == (gint) DAVE_CODEC_VP9);
G_STATIC_ASSERT ((gint) GST_DISCORD_CODEC_H264 == (gint) DAVE_CODEC_H264);
G_STATIC_ASSERT ((gint) GST_DISCORD_CODEC_H265 == (gint) DAVE_CODEC_H265);
G_STATIC_ASSERT ((gint) GST_DISCORD_CODEC_AV1 == (gint) DAVE_CODEC_AV1);

static inline DaveCodec
media_codec_of (GstDiscordCodec codec)
{
  return (DaveCodec) codec;
}
