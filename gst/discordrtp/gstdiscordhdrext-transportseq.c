/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrexttransportseq
 * @title: discordhdrexttransportseq
 * @short_description: RTP header extension with the transport-wide sequence
 *
 * Keeps room for the number that counts the packets of all video streams of
 * a connection together (media-transport 3.3). It is 0 until #discordrtpbin, which
 * alone sees all of them, writes it. rtphdrexttwcc of GStreamer 1.22 cannot be
 * used for that: it wants a packet that is finished, and its name in the caps
 * makes each RTP session count for itself.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-5=(string)urn:discord:rtp-hdrext:transport-sequence' ! fakesink
 * ]| Keeps room in every packet.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-5=(string)urn:discord:rtp-hdrext:transport-sequence' ! rtpvp8depay ! vp8dec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

struct _GstDiscordHdrextTransportSeq
{
  GstDiscordHdrextBase parent;
};

G_DEFINE_FINAL_TYPE (GstDiscordHdrextTransportSeq,
    gst_discord_hdrext_transportseq, GST_TYPE_DISCORD_HDREXT_BASE);
GST_ELEMENT_REGISTER_DEFINE (discordhdrexttransportseq,
    "discordhdrexttransportseq", GST_RANK_MARGINAL,
    GST_TYPE_DISCORD_HDREXT_TRANSPORT_SEQ);

static void
gst_discord_hdrext_transportseq_class_init (
    GstDiscordHdrextTransportSeqClass *klass)
{
  gst_discord_hdrext_base_class_describe (GST_DISCORD_HDREXT_BASE_CLASS (klass),
      DISCORD_HDREXT_URI_TRANSPORT_SEQ, 2, "Transport-wide sequence extension",
      "Keeps room for a transport-wide sequence number in RTP packets");
}

static void
gst_discord_hdrext_transportseq_init (GstDiscordHdrextTransportSeq *self)
{
}
