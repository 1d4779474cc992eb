/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordrtpopuspay
 * @title: discordrtpopuspay
 * @short_description: Puts Opus frames into RTP packets as Discord wants them
 *
 * One packet for each buffer, payload type 120, never a marker, the payload
 * not copied and not looked at: Opus, or what #discorddaveenc made of it, and
 * caps may change from the one to the other. RTP time follows running time;
 * where running time goes back (a seek, a pause) RTP time goes on behind the
 * last packet.
 *
 * The stock rtpopuspay keeps sequence and SSRC for as long as it lives. Discord
 * gives a new SSRC with every new session, so a serialized custom downstream
 * event may start a new RTP stream between two buffers:
 *
 * | structure | field | type | meaning |
 * |---|---|---|---|
 * | discord-session | ssrc | uint | our SSRC in the new session |
 * | | seqnum | uint | sequence number of the next packet; optional |
 * | | timestamp | uint | RTP time of the next packet; optional |
 * | | picture-id | uint | of the next frame of VP8; optional |
 *
 * Sequence number and timestamp then start at random values again, or, with both
 * of the optional fields, go on where another sender on the same SSRC left off,
 * whatever the properties say. Before the first such event the SSRC is the one
 * that downstream asks for in its caps, else the property, else a random one.
 *
 * Header extensions are added with the action signals of #GstRTPBasePayload
 * and written in the order of adding.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordrtpopuspay ! rtpopusdepay ! opusdec ! audioconvert ! fakesink
 * ]| Packetises and depacketises.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordrtpopuspay ssrc=4711 seqnum-offset=1 timestamp-offset=0 ! rtpjitterbuffer ! fakesink
 * ]| Starts the RTP stream at fixed values.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpopuspay.h"

#define OPUS_PT 120
#define CLOCK_RATE 48000 /* RFC 7587 4.1, whatever Opus runs at */
#define DEFAULT_DURATION (CLOCK_RATE / 50)

struct _GstDiscordRtpOpusPay
{
  GstDiscordRtpPay parent;
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (
        "audio/x-opus; "
        "application/x-dave, original-media-type=(string)audio/x-opus"));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("application/x-rtp, media=(string)audio, "
                     "payload=(int)[96, 127], clock-rate=(int)48000, "
                     "encoding-name=(string)OPUS"));

G_DEFINE_FINAL_TYPE (
    GstDiscordRtpOpusPay, gst_discord_rtp_opus_pay, GST_TYPE_DISCORD_RTP_PAY);
GST_ELEMENT_REGISTER_DEFINE (discordrtpopuspay, "discordrtpopuspay",
    GST_RANK_NONE, GST_TYPE_DISCORD_RTP_OPUS_PAY);

static guint
gst_discord_rtp_opus_pay_get_default_pt (GstDiscordRtpPay *pay)
{
  return OPUS_PT;
}

static guint
gst_discord_rtp_opus_pay_get_clock_rate (GstDiscordRtpPay *pay)
{
  return CLOCK_RATE;
}

/* RFC 7587: encoding-params is always 2, whatever the stream has. */
static GstCaps *
gst_discord_rtp_opus_pay_get_caps (GstDiscordRtpPay *pay)
{
  return gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      "audio", "clock-rate", G_TYPE_INT, CLOCK_RATE, "encoding-name",
      G_TYPE_STRING, "OPUS", "encoding-params", G_TYPE_STRING, "2",
      "sprop-stereo", G_TYPE_STRING, "1", "sprop-maxcapturerate", G_TYPE_STRING,
      "48000", NULL);
}

static GstFlowReturn
gst_discord_rtp_opus_pay_handle_frame (GstDiscordRtpPay *pay, GstBuffer *frame)
{
  GstDiscordRtpFrame sent;
  GstBuffer *packet;

  gst_discord_rtp_pay_begin (pay, frame, DEFAULT_DURATION, &sent);
  packet = gst_discord_rtp_pay_packet (pay, &sent, FALSE, NULL, 0);
  gst_buffer_copy_into (packet, frame, GST_BUFFER_COPY_MEMORY, 0, -1);
  gst_discord_rtp_pay_end (pay, &sent);
  gst_buffer_unref (frame);
  return gst_pad_push (gst_discord_rtp_pay_get_src_pad (pay), packet);
}

static void
gst_discord_rtp_opus_pay_class_init (GstDiscordRtpOpusPayClass *klass)
{
  GstDiscordRtpPayClass *pay_class = GST_DISCORD_RTP_PAY_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  pay_class->get_caps = gst_discord_rtp_opus_pay_get_caps;
  pay_class->get_default_pt = gst_discord_rtp_opus_pay_get_default_pt;
  pay_class->get_clock_rate = gst_discord_rtp_opus_pay_get_clock_rate;
  pay_class->handle_frame = gst_discord_rtp_opus_pay_handle_frame;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord Opus RTP payloader", "Codec/Payloader/Network/RTP",
      "Puts Opus frames into RTP packets as Discord wants them",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtpopuspay.md");
}

static void
gst_discord_rtp_opus_pay_init (GstDiscordRtpOpusPay *self)
{
}
