/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideoplayer.h"
#include "gstdiscordmediasink-private.h"
#include "keyrequest.h"
#include "videocaps.h"

#include <gst/discord/gstdiscordframe-private.h>
#include <gst/discord/gstdiscordpayloadtypes-private.h>
#include <gst/video/video.h>

GST_DEBUG_CATEGORY_EXTERN (discord_media_sink_debug);
#define GST_CAT_DEFAULT discord_media_sink_debug

#define NO_GENERATION G_MAXUINT
/* Op 12 travels by websocket; waiting longer than this helps nobody. */
#define DECISION_TIMEOUT G_TIME_SPAN_SECOND
/* How long frames of another codec are left out that upstream may still have on
 * the way when it is asked to change. */
#define CODEC_PATIENCE (2 * GST_SECOND)
/* golive 7.3: where the server says nothing. */
#define KEYFRAME_INTERVAL (2 * GST_SECOND)
/* No frame waits for longer to be shown; what goes back further is a seek. */
#define REORDER_MAX GST_SECOND

struct _GstDiscordVideoPlayer
{
  GstDiscordMediaSink parent;

  /* Set below PAUSED. */
  GstDiscordVideoChangedFunc changed;
  gpointer changed_data;

  /* The parent's lock guards the fields below. */
  GstDiscordVideoInput input;
  GstDiscordVideoDecision decision;
  gboolean
      needs_key; /* what came since the last frame sent depends on others */
  KeyRequest key_request;
  guint64 seen; /* frames since it is active */
  guint64 key_units; /* asked for upstream */
  guint64 unwanted; /* dropped: the layer is not selected */
  guint64 no_keyframe; /* dropped: it depends on a frame that was */
  guint64 not_offered; /* dropped: the server did not take the layer */
  guint64 wrong_codec; /* dropped: the session has another codec */

  /* Streaming thread, under PREROLL_LOCK. */
  GstDiscordCodec codec; /* of the input */
  GstClockTime wrong_since; /* running time */
  GstClockTime key_due; /* running time of the next keyframe, at the latest */
  gboolean not_offered_warned;
  GstClockTime newest; /* running time */
  gboolean order_warned;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

G_DEFINE_FINAL_TYPE (GstDiscordVideoPlayer, gst_discord_video_player,
    GST_TYPE_DISCORD_MEDIA_SINK);

static void
tell_changed (GstDiscordVideoPlayer *self)
{
  if (self->changed != NULL)
    self->changed (self->changed_data);
}

static void
set_active (GstDiscordVideoPlayer *self, gboolean active)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  gboolean changed;

  g_mutex_lock (&sink->lock);
  changed = self->input.active != active;
  self->input.active = active;
  /* What was decided for a stream that ended says nothing of the next. */
  if (changed) {
    self->decision.generation = NO_GENERATION;
    self->seen = 0;
  }
  g_mutex_unlock (&sink->lock);
  if (changed)
    tell_changed (self);
}

static void
ask_for_keyframe (GstDiscordVideoPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  gboolean ask;

  g_mutex_lock (&sink->lock);
  key_request_ask (&self->key_request);
  ask = key_request_take (&self->key_request, g_get_monotonic_time ());
  if (ask)
    self->key_units++;
  g_mutex_unlock (&sink->lock);
  if (ask)
    gst_pad_push_event (GST_BASE_SINK_PAD (self),
        gst_video_event_new_upstream_force_key_unit (
            GST_CLOCK_TIME_NONE, TRUE, 0));
}

/* One frame */

static DiscordFrameKind
gst_discord_video_player_inspect (
    GstDiscordMediaSink *sink, GstBuffer *buffer, GstClockTime *duration)
{
  *duration = GST_BUFFER_DURATION (buffer);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER)
      && !GST_BUFFER_PTS_IS_VALID (buffer))
    return DISCORD_FRAME_HEADER;
  return gst_buffer_get_size (buffer) > 0 ? DISCORD_FRAME_MEDIA
                                          : DISCORD_FRAME_REFUSED;
}

static gboolean
is_delta (const DiscordMediaFrame *frame)
{
  return GST_BUFFER_FLAG_IS_SET (frame->buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

/* Of another codec a keyframe is of no use either: check_codec(). */
static gboolean
has_wrong_codec (GstDiscordVideoPlayer *self, GstDiscordCodec wanted)
{
  return wanted != GST_DISCORD_CODEC_UNKNOWN && wanted != self->codec;
}

/* What was decided of the frame's layer: GST_FLOW_OK, or what becomes of it
 * instead. @ask (out): a keyframe would help. */
static GstFlowReturn
apply_decision_unlocked (
    GstDiscordVideoPlayer *self, const DiscordMediaFrame *frame, gboolean *ask)
{
  guint64 *counter = NULL;

  *ask = FALSE;
  if (self->decision.ssrc == 0) {
    counter = &self->not_offered;
  } else if (!self->decision.selected) {
    counter = &self->unwanted;
  } else if (self->needs_key && is_delta (frame)
      && !has_wrong_codec (self, self->decision.codec)) {
    counter = &self->no_keyframe;
    *ask = TRUE;
  }
  if (counter == NULL)
    return GST_FLOW_OK;
  (*counter)++;
  self->needs_key = TRUE;
  return DISCORD_FLOW_DROPPED;
}

static void
warn_not_offered (GstDiscordVideoPlayer *self)
{
  if (self->not_offered_warned)
    return;
  self->not_offered_warned = TRUE;
  GST_ELEMENT_WARNING (self, RESOURCE, NOT_FOUND,
      ("The voice server has no place for this layer of the video, which is "
       "not sent."),
      ("it was offered, and has no SSRC in Ready"));
}

static gboolean
is_encrypting (const GstDiscordSendState *send)
{
  return send->e2ee == GST_DISCORD_E2EE_STATE_CLEAR
      || send->e2ee == GST_DISCORD_E2EE_STATE_ENCRYPTED;
}

/* Receivers that are WebRTC show frames in the order in which they come, and each
 * frame is sent when it is to be shown: those behind one of the future are late
 * (media-transport 6.1). */
static void
check_order (GstDiscordVideoPlayer *self, GstClockTime running_time)
{
  gboolean back = GST_CLOCK_TIME_IS_VALID (self->newest)
      && running_time < self->newest
      && self->newest - running_time < REORDER_MAX;

  if (!back)
    self->newest = running_time;
  if (!back || self->order_warned)
    return;
  self->order_warned = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, FORMAT,
      ("The video that comes in has B-frames, which cannot be sent in time: most "
       "of it will be missing. It has to be encoded without (x264enc "
       "bframes=0)."),
      (NULL));
}

/* A layer that nobody wants costs no more than this. */
static gboolean
gst_discord_video_player_admit (
    GstDiscordMediaSink *sink, DiscordMediaFrame *frame)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (sink);
  GstFlowReturn ret = GST_FLOW_OK;
  gboolean ask = FALSE, refused;

  check_order (self, frame->running_time);
  set_active (self, TRUE);
  g_mutex_lock (&sink->lock);
  self->seen++;
  /* Nothing is known yet, or nothing could be sent anyway: that has counters of
   * its own. */
  if (self->decision.generation == sink->send.generation && sink->send.can_send
      && !sink->send.paused && is_encrypting (&sink->send))
    ret = apply_decision_unlocked (self, frame, &ask);
  refused = ret != GST_FLOW_OK && self->decision.ssrc == 0;
  g_mutex_unlock (&sink->lock);
  if (ask)
    ask_for_keyframe (self);
  if (refused)
    warn_not_offered (self);
  return ret == GST_FLOW_OK;
}

static gboolean
is_decided (GstDiscordMediaSink *sink, gpointer data)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (sink);
  const GstDiscordSendState *wanted = data;

  if (sink->send.generation != wanted->generation || !sink->send.can_send)
    return TRUE;
  return self->decision.generation == wanted->generation
      && (gint) (sink->send.video_sent - self->decision.video_sent) >= 0;
}

/* Op 12 comes before the first packet (golive 6.3). */
static GstFlowReturn
wait_for_decision (GstDiscordMediaSink *sink, DiscordMediaFrame *frame)
{
  gint64 until = g_get_monotonic_time () + DECISION_TIMEOUT;
  gboolean in_time =
      gst_discord_media_sink_wait_until (sink, is_decided, &frame->send, until);
  GstFlowReturn ret =
      gst_discord_media_sink_check_interrupt (sink, frame->buffer);
  gboolean decided;

  if (ret != GST_FLOW_OK)
    return ret;
  g_mutex_lock (&sink->lock);
  decided = in_time && sink->send.can_send
      && sink->send.generation == frame->send.generation
      && is_decided (sink, &frame->send);
  g_mutex_unlock (&sink->lock);
  return decided ? GST_FLOW_OK : DISCORD_FLOW_AGAIN;
}

static GstCaps *
caps_of_codec (GstDiscordMediaSink *sink, GstDiscordCodec codec)
{
  g_autoptr (GstCaps) all =
      gst_pad_get_pad_template_caps (GST_BASE_SINK_PAD (sink));
  GstCaps *caps = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (all); i++) {
    g_autoptr (GstCaps) one = gst_caps_copy_nth (all, i);

    if (gst_discord_codec_from_caps (one) == codec)
      gst_caps_append (caps, g_steal_pointer (&one));
  }
  return caps;
}

static const gchar *
name_of_codec (GstDiscordCodec codec)
{
  return gst_discord_payload_type_of_codec (codec)->encoding_name;
}

static gboolean
can_change (GstDiscordMediaSink *sink, GstDiscordCodec codec)
{
  g_autoptr (GstCaps) caps = caps_of_codec (sink, codec);
  g_autoptr (GstCaps) possible =
      gst_pad_peer_query_caps (GST_BASE_SINK_PAD (sink), caps);

  return !gst_caps_is_empty (possible);
}

/* The codec can change while we send (op 14, voice gateway 2.8): upstream is
 * asked to change with it, and told when it cannot. */
static GstFlowReturn
check_codec (GstDiscordVideoPlayer *self, DiscordMediaFrame *frame,
    GstDiscordCodec codec)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);

  if (!has_wrong_codec (self, codec)) {
    self->wrong_since = GST_CLOCK_TIME_NONE;
    return GST_FLOW_OK;
  }
  gst_discord_media_sink_count (sink, &self->wrong_codec);
  if (!GST_CLOCK_TIME_IS_VALID (self->wrong_since)) {
    self->wrong_since = frame->running_time;
    if (can_change (sink, codec)) {
      gst_pad_push_event (
          GST_BASE_SINK_PAD (self), gst_event_new_reconfigure ());
      return DISCORD_FLOW_DROPPED;
    }
  } else if (frame->running_time < self->wrong_since + CODEC_PATIENCE) {
    return DISCORD_FLOW_DROPPED;
  }
  GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
      ("The voice server wants %s, and the video that comes in is %s; what is "
       "offered to it is in the property codecs.",
          name_of_codec (codec), name_of_codec (self->codec)),
      (NULL));
  return GST_FLOW_NOT_NEGOTIATED;
}

static GstFlowReturn
gst_discord_video_player_announce (
    GstDiscordMediaSink *sink, DiscordMediaFrame *frame)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (sink);
  GstDiscordVideoDecision decision;
  GstFlowReturn ret = wait_for_decision (sink, frame);
  gboolean ask;

  if (ret != GST_FLOW_OK)
    return ret;
  g_mutex_lock (&sink->lock);
  decision = self->decision;
  ret = apply_decision_unlocked (self, frame, &ask);
  g_mutex_unlock (&sink->lock);
  if (ask)
    ask_for_keyframe (self);
  if (decision.ssrc == 0)
    warn_not_offered (self);
  return ret == GST_FLOW_OK ? check_codec (self, frame, decision.codec) : ret;
}

static guint32
gst_discord_video_player_get_ssrc (
    GstDiscordMediaSink *sink, const GstDiscordSendState *send)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (sink);
  guint32 ssrc;

  g_mutex_lock (&sink->lock);
  ssrc = self->decision.ssrc;
  g_mutex_unlock (&sink->lock);
  return ssrc;
}

static gboolean
gst_discord_video_player_begin (
    GstDiscordMediaSink *sink, DiscordMediaFrame *frame, GstClockTime now)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (sink);

  return self->decision.generation == frame->send.generation
      && self->decision.ssrc != 0;
}

static GstClockTime
get_keyframe_interval (GstDiscordVideoPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  guint interval;

  g_mutex_lock (&sink->lock);
  interval = self->decision.keyframe_interval;
  g_mutex_unlock (&sink->lock);
  return interval > 0 ? interval * GST_MSECOND : KEYFRAME_INTERVAL;
}

/* Who comes later waits no longer than this for a picture, also when its PLI is
 * lost (golive 7.3). It is the frame behind this one that upstream can still make
 * a keyframe; a source that cannot make any is not asked more often. */
static void
keep_keyframe_interval (GstDiscordVideoPlayer *self, DiscordMediaFrame *frame)
{
  GstClockTime interval = get_keyframe_interval (self);
  GstClockTime next = frame->running_time;

  if (GST_CLOCK_TIME_IS_VALID (frame->duration))
    next += frame->duration;
  /* Also when running time begins anew. */
  if (!is_delta (frame) || self->key_due > frame->running_time + interval)
    self->key_due = frame->running_time + interval;
  if (next < self->key_due)
    return;
  self->key_due = next + interval;
  ask_for_keyframe (self);
}

/* What depends on a frame that was not sent must not be sent either. */
static void
gst_discord_video_player_done (
    GstDiscordMediaSink *sink, DiscordMediaFrame *frame, gboolean was_sent)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (sink);

  g_mutex_lock (&sink->lock);
  if (!was_sent)
    self->needs_key = TRUE;
  else if (!is_delta (frame))
    self->needs_key = FALSE;
  g_mutex_unlock (&sink->lock);
  if (was_sent)
    keep_keyframe_interval (self, frame);
}

/* Events, queries, states */

static GstFlowReturn
gst_discord_video_player_wait_event (GstBaseSink *sink, GstEvent *event)
{
  GstFlowReturn ret =
      GST_BASE_SINK_CLASS (gst_discord_video_player_parent_class)
          ->wait_event (sink, event);

  if (ret == GST_FLOW_OK && GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    set_active (GST_DISCORD_VIDEO_PLAYER (sink), FALSE);
  return ret;
}

static gboolean
gst_discord_video_player_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (sink);
  GstDiscordMediaSink *media = GST_DISCORD_MEDIA_SINK (sink);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  GstDiscordVideoInput input = { FALSE, 0, 0, 0.0 };
  gint width, height, numerator, denominator;

  if (gst_structure_get_int (structure, "width", &width) && width > 0
      && gst_structure_get_int (structure, "height", &height) && height > 0) {
    input.width = width;
    input.height = height;
  }
  if (gst_structure_get_fraction (
          structure, "framerate", &numerator, &denominator))
    input.framerate = (gdouble) numerator / denominator;

  self->codec = gst_discord_codec_from_caps (caps);
  g_mutex_lock (&media->lock);
  input.active = self->input.active;
  self->input = input;
  g_mutex_unlock (&media->lock);
  tell_changed (self);
  return GST_BASE_SINK_CLASS (gst_discord_video_player_parent_class)
      ->set_caps (sink, caps);
}

/* All that could be sent, what is to be sent now first. */
static GstCaps *
gst_discord_video_player_get_caps (GstBaseSink *sink, GstCaps *filter)
{
  GstDiscordMediaSink *media = GST_DISCORD_MEDIA_SINK (sink);
  g_autoptr (GstCaps) all =
      gst_pad_get_pad_template_caps (GST_BASE_SINK_PAD (sink));
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_media_sink_ref_connection (media);
  GstDiscordVideoState state = { .codec = GST_DISCORD_CODEC_UNKNOWN };
  g_autoptr (GstCaps) caps = NULL;

  if (connection != NULL)
    gst_discord_connection_get_video_state (connection, &state);
  caps = gst_caps_merge (
      caps_of_codec (media, state.codec), g_steal_pointer (&all));
  if (filter == NULL)
    return g_steal_pointer (&caps);
  return gst_caps_intersect_full (caps, filter, GST_CAPS_INTERSECT_FIRST);
}

static void
reset (GstDiscordVideoPlayer *self)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);

  self->wrong_since = GST_CLOCK_TIME_NONE;
  self->key_due = GST_CLOCK_TIME_NONE;
  self->not_offered_warned = FALSE;
  g_mutex_lock (&sink->lock);
  self->decision.generation = NO_GENERATION;
  self->needs_key = TRUE;
  self->key_request = (KeyRequest){ .any = false };
  g_mutex_unlock (&sink->lock);
  self->newest = GST_CLOCK_TIME_NONE;
  self->order_warned = FALSE;
}

static GstStateChangeReturn
gst_discord_video_player_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordVideoPlayer *self = GST_DISCORD_VIDEO_PLAYER (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    reset (self);
  ret = GST_ELEMENT_CLASS (gst_discord_video_player_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED
      || transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    set_active (self, FALSE);
  return ret;
}

/* For those who decide */

void
gst_discord_video_player_set_changed_func (GstDiscordVideoPlayer *self,
    GstDiscordVideoChangedFunc func, gpointer user_data)
{
  self->changed = func;
  self->changed_data = user_data;
}

void
gst_discord_video_player_get_input (
    GstDiscordVideoPlayer *self, GstDiscordVideoInput *input)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);

  g_mutex_lock (&sink->lock);
  *input = self->input;
  g_mutex_unlock (&sink->lock);
}

void
gst_discord_video_player_decide (GstDiscordVideoPlayer *self,
    const GstDiscordVideoDecision *decision, gboolean started)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  gboolean ask;

  g_mutex_lock (&sink->lock);
  self->decision = *decision;
  if (started)
    self->needs_key = TRUE;
  /* What begins now begins with a keyframe by itself. */
  ask = started && self->seen > 1;
  g_cond_broadcast (&sink->cond);
  g_mutex_unlock (&sink->lock);
  if (ask)
    ask_for_keyframe (self);
}

void
gst_discord_video_player_add_stats (
    GstDiscordVideoPlayer *self, GstStructure *stats)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);

  gst_discord_media_sink_add_stats (sink, "", stats);
  g_mutex_lock (&sink->lock);
  gst_structure_set (stats, "ssrc", G_TYPE_UINT, self->decision.ssrc,
      "selected", G_TYPE_BOOLEAN, self->decision.selected, "active",
      G_TYPE_BOOLEAN, self->input.active, "dropped-unwanted", G_TYPE_UINT64,
      self->unwanted, "dropped-no-keyframe", G_TYPE_UINT64, self->no_keyframe,
      "dropped-not-offered", G_TYPE_UINT64, self->not_offered,
      "dropped-wrong-codec", G_TYPE_UINT64, self->wrong_codec,
      "keyframes-requested", G_TYPE_UINT64, self->key_units, NULL);
  g_mutex_unlock (&sink->lock);
}

static void
gst_discord_video_player_class_init (GstDiscordVideoPlayerClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);
  GstDiscordMediaSinkClass *sink_class = (GstDiscordMediaSinkClass *) klass;

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_video_player_change_state);
  base_class->wait_event =
      GST_DEBUG_FUNCPTR (gst_discord_video_player_wait_event);
  base_class->set_caps = GST_DEBUG_FUNCPTR (gst_discord_video_player_set_caps);
  base_class->get_caps = GST_DEBUG_FUNCPTR (gst_discord_video_player_get_caps);

  sink_class->medium = "video";
  sink_class->refusal = "A video frame without any data cannot be sent.";
  sink_class->drops_late = TRUE;
  sink_class->inspect = gst_discord_video_player_inspect;
  sink_class->admit = gst_discord_video_player_admit;
  sink_class->announce = gst_discord_video_player_announce;
  sink_class->get_ssrc = gst_discord_video_player_get_ssrc;
  sink_class->begin = gst_discord_video_player_begin;
  sink_class->done = gst_discord_video_player_done;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Discord video player",
      "Sink", "Paces encoded video for the payloader behind it",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_video_player_init (GstDiscordVideoPlayer *self)
{
  self->decision.generation = NO_GENERATION;
  self->needs_key = TRUE;
  self->wrong_since = GST_CLOCK_TIME_NONE;
  self->key_due = GST_CLOCK_TIME_NONE;
  gst_discord_media_sink_add_source_pad (GST_DISCORD_MEDIA_SINK (self));
}
