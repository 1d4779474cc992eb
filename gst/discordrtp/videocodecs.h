/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The video codecs that can be sent, for both directions. */

#include "formats/frames.h"
#include "formats/payloads.h"

#include <gst/discord/gstdiscordenums.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define VIDEO_CLOCK_RATE 90000

typedef struct
{
  GstDiscordCodec codec;
  const gchar *encoding_name;
  guint pt; /* media-transport 4.1 */
  const gchar *rtp_fields; /* more of its RTP caps; nullable */
  const gchar *frame_caps; /* of the frames that leave a depayloader */
  gboolean has_units; /* cut at NAL units or OBUs */
  RtpPayFunc pay;
  const RtpDepayFormat *depay;
} VideoCodec;

/* NULL when it is none of them. */
const VideoCodec *video_codec_find (GstDiscordCodec codec);
const VideoCodec *video_codec_find_by_name (const gchar *encoding_name);

/* What a payloader accepts, without alignment: a parser has to see to that. */
#define VIDEO_CLEAR_CAPS                                                       \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au; "    \
  "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au; "    \
  "video/x-vp8; "                                                              \
  "video/x-vp9; "                                                              \
  "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"

#define VIDEO_ENCRYPTED_CAPS                                                   \
  "application/x-dave, original-media-type=(string){ video/x-h264, "           \
  "video/x-h265, video/x-vp8, video/x-vp9, video/x-av1 }"

#define VIDEO_RTP_CAPS                                                         \
  "application/x-rtp, media=(string)video, payload=(int)[96, 127], "           \
  "clock-rate=(int)90000, "                                                    \
  "encoding-name=(string){ H264, H265, VP8, VP9, AV1 }"

G_END_DECLS
