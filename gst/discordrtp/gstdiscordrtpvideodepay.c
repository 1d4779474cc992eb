/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordrtpvideodepay
 * @title: discordrtpvideodepay
 * @short_description: Puts video frames, clear or encrypted, together again
 *
 * AV1, H.264, H.265, VP8 and VP9, byte for byte the frame that was sent, since
 * end-to-end encryption authenticates it: stock depayloaders break frames of
 * several slices and AV1. All that RFC 6184, 7798, 7741, 9628 and the AV1 payload
 * format allow is taken, in packetisation modes without interleaving.
 *
 * A frame of which a packet is missing is left out; the next one has the DISCONT
 * flag. For each gap one force-key-unit event goes upstream, and one at the start
 * when the first frame is no keyframe; whether to wait for the keyframe is left
 * to downstream. All metas of a frame's last packet, such as #GstDiscordMediaMeta,
 * go with the frame.
 *
 * Packets do not say whether the frame is end-to-end encrypted. Downstream that
 * takes `application/x-dave`, such as #discorddavedec, gets all frames under
 * these caps and finds out. Other downstream gets the codec's own caps, AV1 as
 * temporal units, and of the frames only those in clear: the first encrypted one
 * is told by a warning.
 *
 * The `stats` property:
 *
 * | field | type | meaning |
 * |---|---|---|
 * | frames | uint64 | whole frames |
 * | frames-lost | uint64 | frames of which some packets came, not all |
 * | frames-refused | uint64 | encrypted ones that downstream could not take, and malformed ones |
 * | keyframe-requests | uint64 | force-key-unit events sent |
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=100 ! vp8enc deadline=1 ! rtpvp8pay ! discordrtpvideodepay ! vp8dec ! fakesink
 * ]| Takes what a stock payloader made.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=100 ! vp9enc deadline=1 ! discordrtpvideopay ! rtpjitterbuffer ! discordrtpvideodepay ! vp9dec ! fakesink
 * ]| There and back.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "formats/assembler.h"
#include "gstdiscordrtpvideodepay.h"
#include "videocodecs.h"

#include <gst/discord/gstdiscorddave-private.h>
#include <gst/discord/gstdiscordframe-private.h>
#include <gst/video/video-event.h>

GST_DEBUG_CATEGORY_STATIC (discord_rtp_video_depay_debug);
#define GST_CAT_DEFAULT discord_rtp_video_depay_debug

enum
{
  PROP_0,
  PROP_STATS,
};

struct _GstDiscordRtpVideoDepay
{
  GstRTPBaseDepayload parent;

  /* Streaming thread only. */
  const VideoCodec *codec; /* NULL before caps came */
  guint ssrc; /* 0 when caps do not tell */
  RtpAssembler assembler;
  gboolean clear_only;
  gboolean warned;
  gboolean started; /* a keyframe came, or was asked for */

  /* The object lock guards the fields below. */
  guint64 n_frames;
  guint64 n_lost;
  guint64 n_refused;
  guint64 n_requests;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (VIDEO_RTP_CAPS));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (VIDEO_ENCRYPTED_CAPS
        "; "
        "video/x-h264, stream-format=(string)byte-stream, "
        "alignment=(string)au; "
        "video/x-h265, stream-format=(string)byte-stream, "
        "alignment=(string)au; "
        "video/x-vp8; "
        "video/x-vp9, alignment=(string)super-frame; "
        "video/x-av1, stream-format=(string)obu-stream, "
        "alignment=(string)tu"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordRtpVideoDepay,
    gst_discord_rtp_video_depay, GST_TYPE_RTP_BASE_DEPAYLOAD,
    GST_DEBUG_CATEGORY_INIT (discord_rtp_video_depay_debug,
        "discordrtpvideodepay", 0, "Discord video depayloader"));
GST_ELEMENT_REGISTER_DEFINE (discordrtpvideodepay, "discordrtpvideodepay",
    GST_RANK_NONE, GST_TYPE_DISCORD_RTP_VIDEO_DEPAY);

static gboolean
negotiate (GstDiscordRtpVideoDepay *self)
{
  GstPad *src = GST_RTP_BASE_DEPAYLOAD_SRCPAD (self);
  g_autoptr (GstCaps) taken = gst_pad_peer_query_caps (src, NULL);
  g_autoptr (GstCaps) clear = gst_caps_from_string (self->codec->frame_caps);
  g_autoptr (GstCaps) encrypted = gst_discord_caps_encrypted (clear);

  self->clear_only = !gst_caps_can_intersect (taken, encrypted);
  return gst_pad_set_caps (src, self->clear_only ? clear : encrypted);
}

static gboolean
gst_discord_rtp_video_depay_set_caps (GstRTPBaseDepayload *depay, GstCaps *caps)
{
  GstDiscordRtpVideoDepay *self = GST_DISCORD_RTP_VIDEO_DEPAY (depay);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const VideoCodec *codec = video_codec_find_by_name (
      gst_structure_get_string (structure, "encoding-name"));
  guint ssrc = 0;

  if (codec == NULL)
    return FALSE;
  depay->clock_rate = VIDEO_CLOCK_RATE;
  gst_structure_get_uint (structure, "ssrc", &ssrc);
  if (codec != self->codec || ssrc != self->ssrc)
    rtp_assembler_reset (&self->assembler, codec->depay);
  self->codec = codec;
  self->ssrc = ssrc;
  return negotiate (self);
}

static void
request_keyframe (GstDiscordRtpVideoDepay *self)
{
  guint count;

  GST_OBJECT_LOCK (self);
  count = (guint) self->n_requests++;
  GST_OBJECT_UNLOCK (self);
  GST_DEBUG_OBJECT (self, "asking for a keyframe");
  gst_pad_push_event (GST_RTP_BASE_DEPAYLOAD_SINKPAD (self),
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, count));
  self->started = TRUE;
}

static void
count (GstDiscordRtpVideoDepay *self, gboolean refused)
{
  GST_OBJECT_LOCK (self);
  self->n_frames = self->assembler.n_frames;
  self->n_lost = self->assembler.n_lost;
  self->n_refused += refused;
  GST_OBJECT_UNLOCK (self);
}

/* Metas of which nobody says what they depend on: who sent it, when. Those of
 * the packet's form have nothing to say about the frame. */
static gboolean
copy_meta (GstBuffer *packet, GstMeta **meta, gpointer user_data)
{
  const gchar *const *tags = gst_meta_api_type_get_tags ((*meta)->info->api);
  GstMetaTransformCopy whole = { FALSE, 0, -1 };

  if ((tags == NULL || tags[0] == NULL)
      && (*meta)->info->transform_func != NULL)
    (*meta)->info->transform_func (
        user_data, *meta, packet, _gst_meta_transform_copy, &whole);
  return TRUE;
}

/* NULL when downstream cannot take it. */
static GstBuffer *
make_clear (GstDiscordRtpVideoDepay *self, GstBuffer *frame)
{
  if (!gst_discord_buffer_is_encrypted (frame))
    return gst_discord_frame_make_decodable (self->codec->codec, frame);
  gst_buffer_unref (frame);
  if (!self->warned)
    GST_ELEMENT_WARNING (self, STREAM, DECRYPT,
        ("The video is end-to-end encrypted and cannot be shown like this."),
        ("downstream takes no application/x-dave; is a discorddavedec "
         "missing?"));
  self->warned = TRUE;
  return NULL;
}

static GstBuffer *
take_frame (GstDiscordRtpVideoDepay *self, GstBuffer *packet)
{
  gboolean keyframe = self->assembler.frame.keyframe;
  gsize size;
  guint8 *data = rtp_frame_steal (&self->assembler.frame, &size);
  GstBuffer *frame = gst_buffer_new_wrapped (data, size);

  if (self->clear_only)
    frame = make_clear (self, frame);
  count (self, frame == NULL);
  if (frame == NULL)
    return NULL;
  gst_buffer_foreach_meta (packet, copy_meta, frame);
  if (keyframe)
    GST_BUFFER_FLAG_UNSET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  else
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_MARKER);
  if (self->assembler.discont)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DISCONT);
  self->assembler.discont = FALSE;
  if (!keyframe && !self->started)
    request_keyframe (self);
  self->started = TRUE;
  return frame;
}

static GstBuffer *
gst_discord_rtp_video_depay_process (
    GstRTPBaseDepayload *depay, GstRTPBuffer *packet)
{
  GstDiscordRtpVideoDepay *self = GST_DISCORD_RTP_VIDEO_DEPAY (depay);
  RtpAssembled assembled;

  if (gst_pad_check_reconfigure (GST_RTP_BASE_DEPAYLOAD_SRCPAD (depay)))
    negotiate (self);
  assembled = rtp_assembler_push (&self->assembler,
      GST_BUFFER_IS_DISCONT (packet->buffer),
      gst_rtp_buffer_get_timestamp (packet), gst_rtp_buffer_get_marker (packet),
      gst_rtp_buffer_get_payload (packet),
      gst_rtp_buffer_get_payload_len (packet));
  if ((assembled & RTP_ASSEMBLED_LOSS) != 0) {
    count (self, FALSE);
    request_keyframe (self);
  }
  if ((assembled & RTP_ASSEMBLED_FRAME) == 0)
    return NULL;
  return take_frame (self, packet->buffer);
}

static gboolean
gst_discord_rtp_video_depay_handle_event (
    GstRTPBaseDepayload *depay, GstEvent *event)
{
  GstDiscordRtpVideoDepay *self = GST_DISCORD_RTP_VIDEO_DEPAY (depay);

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP && self->codec != NULL)
    rtp_assembler_reset (&self->assembler, self->codec->depay);
  return GST_RTP_BASE_DEPAYLOAD_CLASS (gst_discord_rtp_video_depay_parent_class)
      ->handle_event (depay, event);
}

static GstStateChangeReturn
gst_discord_rtp_video_depay_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordRtpVideoDepay *self = GST_DISCORD_RTP_VIDEO_DEPAY (element);
  GstStateChangeReturn ret;

  ret = GST_ELEMENT_CLASS (gst_discord_rtp_video_depay_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    rtp_assembler_reset (&self->assembler, NULL);
    self->codec = NULL;
    self->warned = FALSE;
    self->started = FALSE;
  }
  return ret;
}

static void
gst_discord_rtp_video_depay_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpVideoDepay *self = GST_DISCORD_RTP_VIDEO_DEPAY (object);

  switch (id) {
    case PROP_STATS:
      GST_OBJECT_LOCK (self);
      g_value_take_boxed (value,
          gst_structure_new ("discordrtpvideodepay-stats", "frames",
              G_TYPE_UINT64, self->n_frames, "frames-lost", G_TYPE_UINT64,
              self->n_lost, "frames-refused", G_TYPE_UINT64, self->n_refused,
              "keyframe-requests", G_TYPE_UINT64, self->n_requests, NULL));
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_rtp_video_depay_finalize (GObject *object)
{
  rtp_assembler_clear (&GST_DISCORD_RTP_VIDEO_DEPAY (object)->assembler);
  G_OBJECT_CLASS (gst_discord_rtp_video_depay_parent_class)->finalize (object);
}

static void
gst_discord_rtp_video_depay_class_init (GstDiscordRtpVideoDepayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstRTPBaseDepayloadClass *depay_class = GST_RTP_BASE_DEPAYLOAD_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->get_property = gst_discord_rtp_video_depay_get_property;
  object_class->finalize = gst_discord_rtp_video_depay_finalize;
  /**
   * GstDiscordRtpVideoDepay:stats:
   *
   * Counters since the element was made.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Counters since the element was made", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));

  depay_class->set_caps =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_video_depay_set_caps);
  depay_class->process_rtp_packet =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_video_depay_process);
  depay_class->handle_event =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_video_depay_handle_event);
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_video_depay_change_state);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord video RTP depayloader", "Codec/Depayloader/Network/RTP",
      "Puts video frames, clear or encrypted, together again",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtpvideodepay.md");
}

static void
gst_discord_rtp_video_depay_init (GstDiscordRtpVideoDepay *self)
{
  rtp_assembler_init (&self->assembler);
}
