/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordrtpvideopay
 * @title: discordrtpvideopay
 * @short_description: Puts video frames into RTP packets as Discord wants them
 *
 * AV1, H.264, H.265, VP8 and VP9, in clear or end-to-end encrypted by
 * #discorddaveenc: stock payloaders parse, trim or refuse encrypted frames. One
 * buffer is one frame, and one list of packets with at most 1200 bytes of
 * payload each, which are not copied. The marker is on the last one.
 *
 * Frames in clear are brought into the form in which a receiver puts them
 * together again: start codes of four bytes, no filler data, no temporal
 * delimiter; and H.264 parameter sets say that pictures come in order, as
 * receivers would make them say. Of encrypted frames nothing is read; where their NAL units and OBUs
 * lie and what a VP9 descriptor needs is in the #GstDiscordFrameMeta that they
 * come with. A frame that cannot be sent is left out with a warning.
 *
 * RTP time follows running time and never goes back, so encoders must not use
 * B-frames. The custom event `discord-session` starts a new RTP stream or goes on
 * with one, and header extensions are added, as with #discordrtpopuspay.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=100 ! vp8enc deadline=1 ! discordrtpvideopay ! rtpvp8depay ! vp8dec ! fakesink
 * ]| Packetises for a stock depayloader.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! av1enc usage-profile=realtime cpu-used=8 ! av1parse ! discordrtpvideopay ssrc=4711 ! discordrtpvideodepay ! av1dec ! fakesink
 * ]| There and back.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpvideopay.h"
#include "videocodecs.h"

#include <gst/discord/gstdiscorddave-private.h>
#include <gst/discord/gstdiscordframe-private.h>

GST_DEBUG_CATEGORY_STATIC (discord_rtp_video_pay_debug);
#define GST_CAT_DEFAULT discord_rtp_video_pay_debug

#define DEFAULT_DURATION (VIDEO_CLOCK_RATE / 30)
#define PICTURE_ID_MASK 0x7fff

struct _GstDiscordRtpVideoPay
{
  GstDiscordRtpPay parent;

  /* Streaming thread only. */
  const VideoCodec *codec; /* NULL before caps came */
  gboolean encrypted;
  guint16 picture_id; /* VP8, of the next frame */
  gboolean discont; /* a frame was left out */
  gboolean warned;
  RtpPayloads payloads;
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (VIDEO_CLEAR_CAPS "; " VIDEO_ENCRYPTED_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (VIDEO_RTP_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordRtpVideoPay, gst_discord_rtp_video_pay,
    GST_TYPE_DISCORD_RTP_PAY,
    GST_DEBUG_CATEGORY_INIT (discord_rtp_video_pay_debug, "discordrtpvideopay",
        0, "Discord video payloader"));
GST_ELEMENT_REGISTER_DEFINE (discordrtpvideopay, "discordrtpvideopay",
    GST_RANK_NONE, GST_TYPE_DISCORD_RTP_VIDEO_PAY);

static gboolean
gst_discord_rtp_video_pay_set_caps (GstDiscordRtpPay *pay, GstCaps *caps)
{
  GstDiscordRtpVideoPay *self = GST_DISCORD_RTP_VIDEO_PAY (pay);

  self->codec = video_codec_find (gst_discord_codec_from_caps (caps));
  self->encrypted = gst_discord_caps_is_encrypted (caps);
  return self->codec != NULL;
}

static guint
gst_discord_rtp_video_pay_get_default_pt (GstDiscordRtpPay *pay)
{
  return GST_DISCORD_RTP_VIDEO_PAY (pay)->codec->pt;
}

static guint
gst_discord_rtp_video_pay_get_clock_rate (GstDiscordRtpPay *pay)
{
  return VIDEO_CLOCK_RATE;
}

static GstCaps *
gst_discord_rtp_video_pay_get_caps (GstDiscordRtpPay *pay)
{
  const VideoCodec *codec = GST_DISCORD_RTP_VIDEO_PAY (pay)->codec;
  g_autofree gchar *text = g_strdup_printf (
      "application/x-rtp, media=(string)video, clock-rate=(int)%d, "
      "encoding-name=(string)%s%s%s",
      VIDEO_CLOCK_RATE, codec->encoding_name,
      codec->rtp_fields != NULL ? ", " : "",
      codec->rtp_fields != NULL ? codec->rtp_fields : "");

  return gst_caps_from_string (text);
}

static void
gst_discord_rtp_video_pay_start_stream (
    GstDiscordRtpPay *pay, const GstStructure *session)
{
  guint picture_id = 0;

  if (session != NULL)
    gst_structure_get_uint (session, "picture-id", &picture_id);
  GST_DISCORD_RTP_VIDEO_PAY (pay)->picture_id = picture_id & PICTURE_ID_MASK;
}

/* The first one is told to people, the others to the log. */
static void
leave_out (GstDiscordRtpVideoPay *self, const gchar *reason)
{
  GST_WARNING_OBJECT (self, "frame left out: %s", reason);
  if (!self->warned)
    GST_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("A video frame cannot be sent."),
        ("%s frame: %s", self->codec->encoding_name, reason));
  self->warned = TRUE;
  self->discont = TRUE;
}

/* Whether the record is there and about this frame. */
static const gchar *
check_record (GstDiscordRtpVideoPay *self, GstBuffer *frame)
{
  const GstDiscordFrameMeta *meta = gst_buffer_get_discord_frame_meta (frame);

  if (meta == NULL || meta->codec != self->codec->codec)
    return "encrypted, and nothing is known of it";
  if (meta->size != gst_buffer_get_size (frame)
      || (self->codec->has_units && meta->n_units == 0))
    return "encrypted, and was changed since";
  return NULL;
}

/* Takes @frame; NULL when it cannot be sent. */
static GstBuffer *
prepare (GstDiscordRtpVideoPay *self, GstBuffer *frame)
{
  const gchar *reason = NULL;

  if (!self->encrypted) {
    frame = gst_discord_frame_canonicalise (self->codec->codec, frame, &reason);
  } else {
    reason = check_record (self, frame);
    if (reason != NULL)
      gst_clear_buffer (&frame);
  }
  if (frame == NULL)
    leave_out (self, reason);
  return frame;
}

static gboolean
cut (GstDiscordRtpVideoPay *self, GstBuffer *frame)
{
  const GstDiscordFrameMeta *meta = gst_buffer_get_discord_frame_meta (frame);
  GstMapInfo map;
  gboolean ok;

  rtp_payloads_reset (&self->payloads);
  if (!gst_buffer_map (frame, &map, GST_MAP_READ))
    return FALSE;
  ok = self->codec->pay (
      &(RtpVideoFrame){
          .data = map.data,
          .size = map.size,
          .units = meta->units,
          .n_units = meta->n_units,
          .keyframe = meta->keyframe,
          .inter_predicted = meta->inter_predicted,
          .width = meta->width,
          .height = meta->height,
          .picture_id = self->picture_id,
      },
      &self->payloads);
  gst_buffer_unmap (frame, &map);
  return ok;
}

static GstMemory *
copy_literal (const RtpPiece *piece)
{
  guint8 *data = g_memdup2 (piece->literal, piece->n_literal);

  return gst_memory_new_wrapped (
      0, data, piece->n_literal, 0, piece->n_literal, data, g_free);
}

static GstBuffer *
make_packet (GstDiscordRtpVideoPay *self, const GstDiscordRtpFrame *sent,
    guint index, gboolean is_last)
{
  guint n_pieces;
  const RtpPiece *pieces = rtp_payloads_get (&self->payloads, index, &n_pieces);
  GstBuffer *packet = gst_discord_rtp_pay_packet (GST_DISCORD_RTP_PAY (self),
      sent, is_last, pieces[0].literal, pieces[0].n_literal);

  for (guint i = 0; i < n_pieces; i++) {
    const RtpPiece *piece = &pieces[i];

    if (i > 0 && piece->n_literal > 0)
      gst_buffer_append_memory (packet, copy_literal (piece));
    gst_buffer_copy_into (packet, sent->frame, GST_BUFFER_COPY_MEMORY,
        piece->offset, piece->length);
  }
  return packet;
}

static GstBufferList *
make_packets (GstDiscordRtpVideoPay *self, GstBuffer *frame)
{
  GstDiscordRtpPay *pay = GST_DISCORD_RTP_PAY (self);
  guint n = rtp_payloads_count (&self->payloads);
  GstBufferList *list = gst_buffer_list_new_sized (n);
  GstDiscordRtpFrame sent;

  gst_discord_rtp_pay_begin (pay, frame, DEFAULT_DURATION, &sent);
  for (guint i = 0; i < n; i++) {
    GstBuffer *packet = make_packet (self, &sent, i, i + 1 == n);

    if (i > 0)
      GST_BUFFER_FLAG_UNSET (packet, GST_BUFFER_FLAG_DISCONT);
    else if (self->discont)
      GST_BUFFER_FLAG_SET (packet, GST_BUFFER_FLAG_DISCONT);
    gst_buffer_list_add (list, packet);
  }
  gst_discord_rtp_pay_end (pay, &sent);
  self->discont = FALSE;
  self->picture_id = (self->picture_id + 1) & PICTURE_ID_MASK;
  return list;
}

static GstFlowReturn
gst_discord_rtp_video_pay_handle_frame (GstDiscordRtpPay *pay, GstBuffer *frame)
{
  GstDiscordRtpVideoPay *self = GST_DISCORD_RTP_VIDEO_PAY (pay);
  g_autoptr (GstBuffer) prepared = prepare (self, frame);

  if (prepared == NULL)
    return GST_FLOW_OK;
  if (!cut (self, prepared)) {
    leave_out (self, "units are not what the codec has");
    return GST_FLOW_OK;
  }
  return gst_pad_push_list (
      gst_discord_rtp_pay_get_src_pad (pay), make_packets (self, prepared));
}

static GstStateChangeReturn
gst_discord_rtp_video_pay_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordRtpVideoPay *self = GST_DISCORD_RTP_VIDEO_PAY (element);
  GstStateChangeReturn ret;

  ret = GST_ELEMENT_CLASS (gst_discord_rtp_video_pay_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    self->codec = NULL;
    self->discont = FALSE;
    self->warned = FALSE;
  }
  return ret;
}

static void
gst_discord_rtp_video_pay_finalize (GObject *object)
{
  rtp_payloads_clear (&GST_DISCORD_RTP_VIDEO_PAY (object)->payloads);
  G_OBJECT_CLASS (gst_discord_rtp_video_pay_parent_class)->finalize (object);
}

static void
gst_discord_rtp_video_pay_class_init (GstDiscordRtpVideoPayClass *klass)
{
  GstDiscordRtpPayClass *pay_class = GST_DISCORD_RTP_PAY_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_rtp_video_pay_finalize;
  pay_class->set_caps = gst_discord_rtp_video_pay_set_caps;
  pay_class->get_caps = gst_discord_rtp_video_pay_get_caps;
  pay_class->get_default_pt = gst_discord_rtp_video_pay_get_default_pt;
  pay_class->get_clock_rate = gst_discord_rtp_video_pay_get_clock_rate;
  pay_class->start_stream = gst_discord_rtp_video_pay_start_stream;
  pay_class->handle_frame = gst_discord_rtp_video_pay_handle_frame;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_video_pay_change_state);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord video RTP payloader", "Codec/Payloader/Network/RTP",
      "Puts video frames, clear or encrypted, into RTP packets",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtpvideopay.md");
}

static void
gst_discord_rtp_video_pay_init (GstDiscordRtpVideoPay *self)
{
  rtp_payloads_init (&self->payloads);
}
