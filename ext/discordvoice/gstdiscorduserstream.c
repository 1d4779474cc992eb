/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorduserstream.h"
#include "opusframe.h"
#include "streamname.h"
#include "streampush.h"

#include <gst/audio/audio.h>
#include <gst/discord/gstdiscordmediameta.h>

GST_DEBUG_CATEGORY_STATIC (discord_user_stream_debug);
#define GST_CAT_DEFAULT discord_user_stream_debug

#define OPUS_CAPS                                                              \
  "audio/x-opus, rate=(int)48000, channels=(int)2, "                           \
  "channel-mapping-family=(int)0"

/* Two frames; less is jitter. */
#define MIN_GAP (40 * GST_MSECOND)

enum
{
  SIGNAL_STREAM_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS ("audio/x-opus"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (OPUS_CAPS));
static GstStaticPadTemplate mix_template = GST_STATIC_PAD_TEMPLATE (
    "mix", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (OPUS_CAPS));

struct _GstDiscordUserStream
{
  GstElement parent;

  GstPad *src;
  GstPad *mix;

  guint32 ssrc;
  guint group_id;
  GstCaps *unix_time; /* reference of sender times */

  /* Stream lock of the src pad, taken inside that of a sink pad: what the pads
   * bring in, and what fills their pauses, goes out one after the other. */
  GstSegment segment;
  GstPad *current; /* of the last packet; compared only */
  gboolean started; /* stream-start was pushed */
  guint64 announced; /* user of the last tags */
  gboolean discont;
  GstFlowReturn flow; /* of the last packet */
  gboolean eos;

  gint gap_queued; /* atomic */

  /* Guards the fields below; a leaf, nothing is called while it is held. Taken
   * inside the stream locks, the wait for a turn inside that of the sink pad
   * alone. */
  GMutex lock;
  GCond cond;
  GQueue sinks; /* GstPad, owned; those not at EOS, the oldest first */
  guint n_sinks; /* ever made */
  guint64 user_id;
  gboolean last; /* nothing comes after the sinks there are */
  gboolean flushing;
  GstClockTime position; /* end of what was pushed; NONE before and after */
  GstStream *stream;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordUserStream, gst_discord_user_stream,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_user_stream_debug, "discorduserstream", 0,
        "Stream of one Discord user"));

static guint64
get_user (GstDiscordUserStream *self)
{
  guint64 user_id;

  g_mutex_lock (&self->lock);
  user_id = self->user_id;
  g_mutex_unlock (&self->lock);
  return user_id;
}

static void
set_position (GstDiscordUserStream *self, GstClockTime position)
{
  g_mutex_lock (&self->lock);
  self->position = position;
  g_mutex_unlock (&self->lock);
}

static GstClockTime
get_position (GstDiscordUserStream *self)
{
  GstClockTime position;

  g_mutex_lock (&self->lock);
  position = self->position;
  g_mutex_unlock (&self->lock);
  return position;
}

void
gst_discord_user_stream_set_user (GstDiscordUserStream *self, guint64 user_id)
{
  if (user_id == 0)
    return;
  g_mutex_lock (&self->lock);
  self->user_id = user_id;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_user_stream_set_last (GstDiscordUserStream *self)
{
  g_mutex_lock (&self->lock);
  self->last = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
set_flushing (GstDiscordUserStream *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
is_flushing (GstDiscordUserStream *self)
{
  gboolean flushing;

  g_mutex_lock (&self->lock);
  flushing = self->flushing;
  g_mutex_unlock (&self->lock);
  return flushing;
}

/* Turns: an RTP stream that replaces another waits until what its predecessor
 * had buffered is out. */

static GstFlowReturn
wait_turn (GstDiscordUserStream *self, GstPad *sink)
{
  GstFlowReturn flow = GST_FLOW_OK;

  g_mutex_lock (&self->lock);
  while (!self->flushing && g_queue_peek_head (&self->sinks) != sink
      && g_queue_find (&self->sinks, sink) != NULL)
    g_cond_wait (&self->cond, &self->lock);
  if (self->flushing)
    flow = GST_FLOW_FLUSHING;
  else if (g_queue_peek_head (&self->sinks) != sink)
    flow = GST_FLOW_EOS;
  g_mutex_unlock (&self->lock);
  return flow;
}

/* TRUE when that was the last one to come. */
static gboolean
end_turn (GstDiscordUserStream *self, GstPad *sink)
{
  gboolean ended, none_follows;

  g_mutex_lock (&self->lock);
  ended = g_queue_remove (&self->sinks, sink);
  none_follows = self->sinks.length == 0 && (self->last || self->user_id == 0);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  if (ended)
    gst_object_unref (sink);
  return ended && none_follows;
}

/* Naming the stream */

GstStream *
gst_discord_user_stream_ref_stream (GstDiscordUserStream *self)
{
  GstStream *stream = NULL;

  g_mutex_lock (&self->lock);
  if (self->stream != NULL)
    stream = gst_object_ref (self->stream);
  g_mutex_unlock (&self->lock);
  return stream;
}

static GstTagList *
make_tags (guint64 user_id)
{
  return discord_stream_tags_new (user_id, GST_TAG_AUDIO_CODEC, "Opus");
}

static void
push_both (GstDiscordUserStream *self, GstEvent *event)
{
  gst_pad_push_event (self->src, gst_event_ref (event));
  gst_pad_push_event (self->mix, event);
}

/* A GstStream that was announced never changes: collections listen to theirs, and
 * the application may drop one at any moment (1.22 then emits on what is being
 * finalized). */
static void
publish_stream (
    GstDiscordUserStream *self, const gchar *stream_id, GstTagList *tags)
{
  g_autoptr (GstCaps) caps = gst_static_pad_template_get_caps (&src_template);
  g_autoptr (GstStream) old = NULL;
  GstStream *stream =
      gst_stream_new (stream_id, caps, GST_STREAM_TYPE_AUDIO, 0);

  if (tags != NULL)
    gst_stream_set_tags (stream, tags);
  g_mutex_lock (&self->lock);
  old = self->stream;
  self->stream = stream;
  g_mutex_unlock (&self->lock);
  g_signal_emit (self, signals[SIGNAL_STREAM_CHANGED], 0);
}

static void
push_tags (GstDiscordUserStream *self, guint64 user_id)
{
  g_autoptr (GstStream) stream = gst_discord_user_stream_ref_stream (self);
  GstTagList *tags = make_tags (user_id);

  publish_stream (self, gst_stream_get_stream_id (stream), tags);
  push_both (self, gst_event_new_tag (tags));
}

static void
push_stream_start (GstDiscordUserStream *self, guint64 user_id)
{
  g_autofree gchar *stream_id =
      discord_stream_id_new (user_id, self->ssrc, "audio");
  g_autoptr (GstCaps) caps = gst_static_pad_template_get_caps (&src_template);
  GstTagList *tags = user_id != 0 ? make_tags (user_id) : NULL;
  GstEvent *event = gst_event_new_stream_start (stream_id);

  gst_event_set_group_id (event, self->group_id);
  GST_DEBUG_OBJECT (self, "stream %s", stream_id);
  /* The event goes without the GstStream: decodebin3 of 1.22 would wait for a
   * collection event with it, which a set that changes cannot promise. */
  publish_stream (self, stream_id, tags);

  push_both (self, event);
  push_both (self, gst_event_new_caps (caps));
  push_both (self, gst_event_new_segment (&self->segment));
  if (tags != NULL)
    push_both (self, gst_event_new_tag (tags));
}

/* A user who becomes known later does not make it another stream. */
static void
announce (GstDiscordUserStream *self, guint64 user_id)
{
  if (!self->started) {
    push_stream_start (self, user_id);
    self->started = TRUE;
    self->discont = TRUE;
  } else if (user_id != self->announced && user_id != 0) {
    push_tags (self, user_id);
  }
  self->announced = user_id;
}

/* Packets */

static void
add_metas (GstDiscordUserStream *self, GstBuffer *buffer, guint64 user_id)
{
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (buffer);

  if (meta == NULL)
    return;
  meta->user_id = user_id;
  if (meta->audio_level >= 0
      && gst_buffer_get_audio_level_meta (buffer) == NULL)
    gst_buffer_add_audio_level_meta (
        buffer, MIN (meta->audio_level, 127), meta->voice_activity);
  discord_stream_add_sender_time (buffer, self->unix_time);
}

static GstClockTime
get_duration (GstBuffer *buffer)
{
  GstClockTime duration = GST_CLOCK_TIME_NONE;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return duration;
  duration = opus_frame_duration (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return duration;
}

/* Makes the packet follow what was pushed before. */
static void
set_times (GstDiscordUserStream *self, GstBuffer *buffer)
{
  GstClockTime position = get_position (self);
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstClockTime duration = get_duration (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (pts))
    pts = GST_CLOCK_TIME_IS_VALID (position) ? position : 0;
  if (GST_CLOCK_TIME_IS_VALID (position)) {
    if (pts < position)
      pts = position; /* the clock of its sender, or a GAP that went too far */
    else if (pts - position >= MIN_GAP)
      self->discont = TRUE;
  }
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = duration;
  if (self->discont)
    GST_BUFFER_FLAG_SET (
        buffer, GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_RESYNC);
  self->discont = FALSE;
  set_position (
      self, GST_CLOCK_TIME_IS_VALID (duration) ? pts + duration : pts);
}

/* What is downstream of one pad concerns neither the other nor other users. */
static void
push_packet (GstDiscordUserStream *self, GstPad *sink, GstBuffer *buffer)
{
  guint64 user_id = get_user (self);

  if (!self->started || user_id != self->announced)
    announce (self, user_id);
  if (self->current != sink) {
    self->current = sink;
    self->discont = TRUE;
  }
  buffer = gst_buffer_make_writable (buffer);
  add_metas (self, buffer, user_id);
  set_times (self, buffer);
  if (gst_pad_is_linked (self->mix))
    gst_pad_push (self->mix, gst_buffer_ref (buffer));
  discord_stream_push (GST_ELEMENT (self), self->src, buffer, &self->flow);
}

static GstFlowReturn
gst_discord_user_stream_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordUserStream *self = GST_DISCORD_USER_STREAM (parent);
  GstFlowReturn flow = wait_turn (self, pad);

  if (flow != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return flow;
  }
  GST_PAD_STREAM_LOCK (self->src);
  if (self->eos) {
    gst_buffer_unref (buffer);
    flow = GST_FLOW_EOS;
  } else {
    push_packet (self, pad, buffer);
  }
  GST_PAD_STREAM_UNLOCK (self->src);
  return flow;
}

/* GAPs */

/* Cuts off what was pushed already. NULL when nothing is left. */
static GstEvent *
make_gap (GstDiscordUserStream *self, GstClockTime from, GstClockTime to,
    GstGapFlags flags)
{
  GstClockTime position = get_position (self);
  GstEvent *event;

  if (!self->started || self->eos || !GST_CLOCK_TIME_IS_VALID (position))
    return NULL;
  from = MAX (from, position);
  if (to <= from)
    return NULL;
  event = gst_event_new_gap (from, to - from);
  gst_event_set_gap_flags (event, flags);
  self->discont = TRUE;
  set_position (self, to);
  return event;
}

static void
push_lost (GstDiscordUserStream *self, GstEvent *lost)
{
  GstClockTime from, duration;
  GstEvent *event;

  gst_event_parse_gap (lost, &from, &duration);
  if (!GST_CLOCK_TIME_IS_VALID (from) || !GST_CLOCK_TIME_IS_VALID (duration))
    return;
  event = make_gap (self, from, from + duration, GST_GAP_FLAG_MISSING_DATA);
  if (event != NULL)
    push_both (self, event);
}

/* Running time and stream time are one here: the transport's segment starts at
 * 0 and never changes. */
static gboolean
wants_gap (GstDiscordUserStream *self, GstClockTime running_time)
{
  GstClockTime position = get_position (self);

  return GST_CLOCK_TIME_IS_VALID (position)
      && running_time >= position + MIN_GAP;
}

static void
push_gap (GstElement *element, gpointer user_data)
{
  GstDiscordUserStream *self = GST_DISCORD_USER_STREAM (element);
  GstClockTime running_time = *(GstClockTime *) user_data;

  GST_PAD_STREAM_LOCK (self->src);
  if (wants_gap (self, running_time)) {
    GstEvent *event = make_gap (self, get_position (self), running_time, 0);

    if (event != NULL)
      gst_pad_push_event (self->src, event);
  }
  GST_PAD_STREAM_UNLOCK (self->src);
  g_atomic_int_set (&self->gap_queued, FALSE);
}

/* A thread of its own for each GAP, because downstream may hold it up and the
 * other streams have theirs to push. */
void
gst_discord_user_stream_fill_gap (
    GstDiscordUserStream *self, GstClockTime running_time)
{
  if (!wants_gap (self, running_time)
      || !g_atomic_int_compare_and_exchange (&self->gap_queued, FALSE, TRUE))
    return;
  gst_element_call_async (GST_ELEMENT (self), push_gap,
      g_memdup2 (&running_time, sizeof (running_time)), g_free);
}

/* Events */

static void
end_stream (GstDiscordUserStream *self)
{
  if (self->eos)
    return;
  if (!self->started)
    announce (self, get_user (self));
  self->eos = TRUE;
  set_position (self, GST_CLOCK_TIME_NONE);
  gst_pad_push_event (self->src, gst_event_new_eos ());
}

void
gst_discord_user_stream_end (GstDiscordUserStream *self)
{
  GST_PAD_STREAM_LOCK (self->src);
  if (!is_flushing (self))
    end_stream (self);
  GST_PAD_STREAM_UNLOCK (self->src);
}

static void
reset (GstDiscordUserStream *self)
{
  self->current = NULL;
  self->started = FALSE;
  self->announced = 0;
  self->discont = FALSE;
  self->eos = FALSE;
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  set_position (self, GST_CLOCK_TIME_NONE);
}

/* The segment of an RTP stream that replaces another is the same, but for the
 * position, where the depayloader notes its first packet. */
static void
take_segment (GstDiscordUserStream *self, GstEvent *event)
{
  GstSegment segment;

  gst_event_copy_segment (event, &segment);
  segment.position = self->segment.position;
  if (gst_segment_is_equal (&segment, &self->segment))
    return;
  self->segment = segment;
  if (self->started)
    push_both (self, gst_event_new_segment (&segment));
}

/* In turn, and under the lock that the packets are pushed under. */
static void
handle_in_turn (GstDiscordUserStream *self, GstPad *sink, GstEvent *event)
{
  if (wait_turn (self, sink) != GST_FLOW_OK)
    return;
  GST_PAD_STREAM_LOCK (self->src);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_SEGMENT:
      take_segment (self, event);
      break;
    case GST_EVENT_GAP:
      push_lost (self, event);
      break;
    case GST_EVENT_EOS:
      if (end_turn (self, sink))
        end_stream (self);
      break;
    default:
      break;
  }
  GST_PAD_STREAM_UNLOCK (self->src);
}

static gboolean
gst_discord_user_stream_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstDiscordUserStream *self = GST_DISCORD_USER_STREAM (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_CAPS:
    case GST_EVENT_TAG:
      /* Ours say more: rtpbin of 1.22 gives all streams one id. */
      break;
    case GST_EVENT_SEGMENT:
    case GST_EVENT_GAP:
    case GST_EVENT_EOS:
      handle_in_turn (self, pad, event);
      break;
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      /* The transport, where all comes from, never flushes. */
      break;
    default:
      return gst_pad_event_default (pad, parent, event);
  }
  gst_event_unref (event);
  return TRUE;
}

static gboolean
gst_discord_user_stream_mix_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  /* A decoder's QoS is not the business of the network. */
  gst_event_unref (event);
  return TRUE;
}

static GstStateChangeReturn
gst_discord_user_stream_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordUserStream *self = GST_DISCORD_USER_STREAM (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    set_flushing (self, FALSE);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    set_flushing (self, TRUE);
  ret = GST_ELEMENT_CLASS (gst_discord_user_stream_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    /* gst_discord_user_stream_end() is not held up by inactive pads. */
    GST_PAD_STREAM_LOCK (self->src);
    reset (self);
    GST_PAD_STREAM_UNLOCK (self->src);
  }
  return ret;
}

static void
gst_discord_user_stream_finalize (GObject *object)
{
  GstDiscordUserStream *self = GST_DISCORD_USER_STREAM (object);

  g_queue_clear_full (&self->sinks, gst_object_unref);
  gst_clear_object (&self->stream);
  gst_caps_unref (self->unix_time);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_discord_user_stream_parent_class)->finalize (object);
}

static void
gst_discord_user_stream_class_init (GstDiscordUserStreamClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_user_stream_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_user_stream_change_state);

  signals[SIGNAL_STREAM_CHANGED] =
      g_signal_new ("stream-changed", G_TYPE_FROM_CLASS (klass),
          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_add_static_pad_template (element_class, &mix_template);
  gst_element_class_set_static_metadata (element_class,
      "Stream of one Discord user", "Filter/Audio",
      "Names, stamps and fills the audio of one user",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static GstPad *
add_src_pad (GstDiscordUserStream *self, GstStaticPadTemplate *template)
{
  GstPad *pad =
      gst_pad_new_from_static_template (template, template->name_template);

  gst_pad_use_fixed_caps (pad);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static void
gst_discord_user_stream_init (GstDiscordUserStream *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->sinks);
  self->flushing = TRUE;
  self->unix_time = gst_caps_new_empty_simple ("timestamp/x-unix");
  reset (self);

  self->src = add_src_pad (self, &src_template);
  self->mix = add_src_pad (self, &mix_template);
  gst_pad_set_event_function (
      self->mix, GST_DEBUG_FUNCPTR (gst_discord_user_stream_mix_event));
}

GstPad *
gst_discord_user_stream_add_sink (GstDiscordUserStream *self)
{
  g_autofree gchar *name = NULL;
  GstPad *pad;

  g_mutex_lock (&self->lock);
  name = g_strdup_printf ("sink_%u", self->n_sinks++);
  g_mutex_unlock (&self->lock);
  pad = gst_pad_new_from_static_template (&sink_template, name);
  gst_pad_set_chain_function (
      pad, GST_DEBUG_FUNCPTR (gst_discord_user_stream_chain));
  gst_pad_set_event_function (
      pad, GST_DEBUG_FUNCPTR (gst_discord_user_stream_sink_event));

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->sinks, gst_object_ref_sink (pad));
  g_mutex_unlock (&self->lock);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return gst_object_ref (pad);
}

void
gst_discord_user_stream_remove_sink (GstDiscordUserStream *self, GstPad *sink)
{
  end_turn (self, sink);
  gst_pad_set_active (sink, FALSE);
  gst_element_remove_pad (GST_ELEMENT (self), sink);
}

GstElement *
gst_discord_user_stream_new (guint32 ssrc, guint group_id)
{
  GstDiscordUserStream *self =
      g_object_new (GST_TYPE_DISCORD_USER_STREAM, NULL);

  self->ssrc = ssrc;
  self->group_id = group_id;
  return GST_ELEMENT (self);
}
