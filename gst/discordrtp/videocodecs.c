/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "videocodecs.h"

static const VideoCodec codecs[] = {
  { GST_DISCORD_CODEC_AV1, "AV1", 101, NULL,
      "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu",
      TRUE, rtp_av1_pay, &rtp_av1_depay_format },
  { GST_DISCORD_CODEC_H265, "H265", 103, NULL,
      "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au",
      TRUE, rtp_h265_pay, &rtp_h265_depay_format },
  { GST_DISCORD_CODEC_H264, "H264", 105, "packetization-mode=(string)1",
      "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au",
      TRUE, rtp_h264_pay, &rtp_h264_depay_format },
  { GST_DISCORD_CODEC_VP8, "VP8", 107, NULL, "video/x-vp8", FALSE, rtp_vp8_pay,
      &rtp_vp8_depay_format },
  { GST_DISCORD_CODEC_VP9, "VP9", 109, NULL,
      "video/x-vp9, alignment=(string)super-frame", FALSE, rtp_vp9_pay,
      &rtp_vp9_depay_format },
};

const VideoCodec *
video_codec_find (GstDiscordCodec codec)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (codecs[i].codec == codec)
      return &codecs[i];
  return NULL;
}

const VideoCodec *
video_codec_find_by_name (const gchar *encoding_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (g_strcmp0 (codecs[i].encoding_name, encoding_name) == 0)
      return &codecs[i];
  return NULL;
}
