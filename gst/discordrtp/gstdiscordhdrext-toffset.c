/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrexttoffset
 * @title: discordhdrexttoffset
 * @short_description: RTP header extension with the transmission offset
 *
 * RFC 5450: how long after the moment its timestamp names a packet is sent, in
 * 24 bits of RTP time. Discord's clients send 0, and so does this element
 * (media-transport 3). What others send is in the #GstDiscordMediaMeta of
 * received buffers; reading adds nothing.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-2=(string)urn:ietf:params:rtp-hdrext:toffset' ! fakesink
 * ]| Puts a transmission offset of 0 into every packet.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-2=(string)urn:ietf:params:rtp-hdrext:toffset' ! rtpvp8depay ! vp8dec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

struct _GstDiscordHdrextToffset
{
  GstDiscordHdrextBase parent;
};

G_DEFINE_FINAL_TYPE (GstDiscordHdrextToffset, gst_discord_hdrext_toffset,
    GST_TYPE_DISCORD_HDREXT_BASE);
GST_ELEMENT_REGISTER_DEFINE (discordhdrexttoffset, "discordhdrexttoffset",
    GST_RANK_MARGINAL, GST_TYPE_DISCORD_HDREXT_TOFFSET);

static void
gst_discord_hdrext_toffset_class_init (GstDiscordHdrextToffsetClass *klass)
{
  gst_discord_hdrext_base_class_describe (GST_DISCORD_HDREXT_BASE_CLASS (klass),
      DISCORD_HDREXT_URI_TOFFSET, 3, "Transmission offset extension",
      "Carries a transmission offset of 0 in RTP packets");
}

static void
gst_discord_hdrext_toffset_init (GstDiscordHdrextToffset *self)
{
}
