/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextvideotiming
 * @title: discordhdrextvideotiming
 * @short_description: RTP header extension with the times of a video frame
 *
 * WebRTC carries in it how long a frame took to be encoded, packetised and sent.
 * Discord's clients send 13 zero bytes, and so does this element
 * (media-transport 3). What others send is in the #GstDiscordMediaMeta of
 * received buffers; reading adds nothing.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-8=(string)http://www.webrtc.org/experiments/rtp-hdrext/video-timing' ! fakesink
 * ]| Puts the element, without times, into every packet.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-8=(string)http://www.webrtc.org/experiments/rtp-hdrext/video-timing' ! rtpvp8depay ! vp8dec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

struct _GstDiscordHdrextVideoTiming
{
  GstDiscordHdrextBase parent;
};

G_DEFINE_FINAL_TYPE (GstDiscordHdrextVideoTiming,
    gst_discord_hdrext_video_timing, GST_TYPE_DISCORD_HDREXT_BASE);
GST_ELEMENT_REGISTER_DEFINE (discordhdrextvideotiming,
    "discordhdrextvideotiming", GST_RANK_MARGINAL,
    GST_TYPE_DISCORD_HDREXT_VIDEO_TIMING);

static void
gst_discord_hdrext_video_timing_class_init (
    GstDiscordHdrextVideoTimingClass *klass)
{
  gst_discord_hdrext_base_class_describe (GST_DISCORD_HDREXT_BASE_CLASS (klass),
      DISCORD_HDREXT_URI_VIDEO_TIMING, 13, "Video timing extension",
      "Carries a video timing without times in RTP packets");
}

static void
gst_discord_hdrext_video_timing_init (GstDiscordHdrextVideoTiming *self)
{
}
