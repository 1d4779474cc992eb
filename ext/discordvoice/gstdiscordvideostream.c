/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideostream.h"
#include "elementclock.h"
#include "streamname.h"
#include "streampush.h"
#include "videocaps.h"

#include <gst/discord/gstdiscordframe-private.h>
#include <gst/discord/gstdiscordmediameta.h>
#include <gst/discord/gstdiscordvoicecodec-private.h>
#include <gst/video/video-event.h>

GST_DEBUG_CATEGORY_STATIC (discord_video_stream_debug);
#define GST_CAT_DEFAULT discord_video_stream_debug

/* golive 7.3 */
#define REQUEST_INTERVAL GST_SECOND

enum
{
  SIGNAL_STREAM_CHANGED,
  SIGNAL_SWITCHED,
  SIGNAL_RECONFIGURED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink_%u",
    GST_PAD_SINK, GST_PAD_SOMETIMES, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

struct _GstDiscordVideoStream
{
  GstElement parent;

  GstPad *src;

  guint64 user_id;
  guint group_id;
  GstCaps *unix_time; /* reference of sender times */

  /* Stream lock of the src pad, taken inside that of a sink pad: one layer after
   * the other goes out. */
  GstSegment segment;
  gboolean started; /* stream-start was pushed */
  GstCaps *caps; /* that were pushed; nullable */
  GstClockTime last; /* PTS of the last frame; NONE before */
  const gchar *orientation; /* that was told; interned or NULL */
  DiscordInterval requests; /* of keyframes */
  gboolean discont;
  GstFlowReturn flow; /* of the last frame */
  gboolean eos;

  /* Guards the fields below; a leaf, nothing is called while it is held. Taken
   * inside the stream locks. */
  GMutex lock;
  guint32 target;
  guint32 current;
  guint64 n_switches;
  gboolean flushing;
  GstClockTime latency;
  GstStream *stream;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordVideoStream, gst_discord_video_stream,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_video_stream_debug, "discordvideostream",
        0, "Video of one Discord user"));

/* Layers */

static guint32
ssrc_of_pad (GstPad *sink)
{
  return GPOINTER_TO_UINT (gst_pad_get_element_private (sink));
}

void
gst_discord_video_stream_set_target (GstDiscordVideoStream *self, guint32 ssrc)
{
  g_mutex_lock (&self->lock);
  self->target = ssrc;
  /* What is not shown for a while begins anew. */
  if (ssrc == 0)
    self->current = 0;
  g_mutex_unlock (&self->lock);
}

guint32
gst_discord_video_stream_get_current (GstDiscordVideoStream *self)
{
  guint32 ssrc;

  g_mutex_lock (&self->lock);
  ssrc = self->current;
  g_mutex_unlock (&self->lock);
  return ssrc;
}

guint64
gst_discord_video_stream_get_switches (GstDiscordVideoStream *self)
{
  guint64 n;

  g_mutex_lock (&self->lock);
  n = self->n_switches;
  g_mutex_unlock (&self->lock);
  return n;
}

typedef enum
{
  LAYER_SHOWN,
  LAYER_SWITCHED, /* from this frame on */
  LAYER_AWAITED, /* would be shown, but this frame is no keyframe */
  LAYER_HIDDEN,
} Layer;

/* While nothing is shown the keyframe of any layer makes a picture. */
static Layer
look_at_layer (GstDiscordVideoStream *self, guint32 ssrc, gboolean keyframe)
{
  Layer layer = LAYER_HIDDEN;

  g_mutex_lock (&self->lock);
  if (self->target == 0) {
    layer = LAYER_HIDDEN;
  } else if (ssrc == self->current) {
    layer = LAYER_SHOWN;
  } else if (ssrc == self->target || self->current == 0) {
    layer = keyframe ? LAYER_SWITCHED : LAYER_AWAITED;
  }
  if (layer == LAYER_SWITCHED) {
    self->n_switches += self->current != 0;
    self->current = ssrc;
  }
  g_mutex_unlock (&self->lock);
  return layer;
}

/* The layer may have been on its way for long, with nobody looking. */
static void
request_keyframe (GstDiscordVideoStream *self, GstPad *sink)
{
  if (!discord_interval_take (&self->requests,
          discord_element_now (GST_ELEMENT (self)), REQUEST_INTERVAL))
    return;
  gst_pad_push_event (sink,
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, 0));
}

/* Naming the stream */

GstStream *
gst_discord_video_stream_ref_stream (GstDiscordVideoStream *self)
{
  GstStream *stream = NULL;

  g_mutex_lock (&self->lock);
  if (self->stream != NULL)
    stream = gst_object_ref (self->stream);
  g_mutex_unlock (&self->lock);
  return stream;
}

static GstTagList *
make_tags (GstDiscordVideoStream *self)
{
  GstDiscordCodec codec = gst_discord_codec_from_caps (self->caps);
  GstTagList *tags = discord_stream_tags_new (
      self->user_id, GST_TAG_VIDEO_CODEC, gst_discord_codec_get_name (codec));

  if (self->orientation != NULL)
    gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, GST_TAG_IMAGE_ORIENTATION,
        self->orientation, NULL);
  return tags;
}

/* A GstStream that was announced never changes, see GstDiscordUserStream. */
static void
publish_stream (
    GstDiscordVideoStream *self, const gchar *stream_id, GstTagList *tags)
{
  g_autoptr (GstStream) old = NULL;
  GstStream *stream =
      gst_stream_new (stream_id, self->caps, GST_STREAM_TYPE_VIDEO, 0);

  gst_stream_set_tags (stream, tags);
  g_mutex_lock (&self->lock);
  old = self->stream;
  self->stream = stream;
  g_mutex_unlock (&self->lock);
  g_signal_emit (self, signals[SIGNAL_STREAM_CHANGED], 0);
}

static void
push_stream_start (GstDiscordVideoStream *self, guint32 ssrc)
{
  g_autofree gchar *stream_id =
      discord_stream_id_new (self->user_id, ssrc, "video");
  GstEvent *event = gst_event_new_stream_start (stream_id);
  GstTagList *tags = make_tags (self);

  gst_event_set_group_id (event, self->group_id);
  GST_DEBUG_OBJECT (self, "stream %s", stream_id);
  publish_stream (self, stream_id, tags);
  gst_pad_push_event (self->src, event);
  gst_pad_push_event (self->src, gst_event_new_caps (self->caps));
  gst_pad_push_event (self->src, gst_event_new_segment (&self->segment));
  gst_pad_push_event (self->src, gst_event_new_tag (tags));
  /* Who asked before may have had nobody to ask. */
  gst_element_post_message (
      GST_ELEMENT (self), gst_message_new_latency (GST_OBJECT (self)));
}

static void
push_tags (GstDiscordVideoStream *self)
{
  g_autoptr (GstStream) stream = gst_discord_video_stream_ref_stream (self);
  GstTagList *tags = make_tags (self);

  publish_stream (self, gst_stream_get_stream_id (stream), tags);
  gst_pad_push_event (self->src, gst_event_new_tag (tags));
}

/* Frames */

/* Some muxers (webmmux) insist on a rate; 0/1 says that it varies. The parsers of
 * H.264 and H.265 know better. */
static void
add_framerate (GstCaps *caps)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);

  if (!gst_structure_has_name (structure, "video/x-h264")
      && !gst_structure_has_name (structure, "video/x-h265")
      && !gst_structure_has_field (structure, "framerate"))
    gst_structure_set (structure, "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
}

/* Takes what the keyframe tells of itself into the caps. TRUE: they are others
 * than before. */
static gboolean
update_caps (GstDiscordVideoStream *self, GstPad *sink, GstBuffer *keyframe)
{
  const GstDiscordFrameMeta *meta =
      gst_buffer_get_discord_frame_meta (keyframe);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (sink);

  if (caps == NULL)
    return FALSE;
  caps = gst_caps_make_writable (caps);
  add_framerate (caps);
  if (meta != NULL && meta->width != 0 && meta->height != 0)
    gst_caps_set_simple (caps, "width", G_TYPE_INT, (gint) meta->width,
        "height", G_TYPE_INT, (gint) meta->height, NULL);
  if (self->caps != NULL && gst_caps_is_equal (self->caps, caps))
    return FALSE;
  GST_DEBUG_OBJECT (self, "caps %" GST_PTR_FORMAT, caps);
  gst_caps_replace (&self->caps, caps);
  return TRUE;
}

/* The bits come with the last packet of each frame, or of some. */
static gboolean
update_orientation (GstDiscordVideoStream *self, GstBuffer *frame)
{
  const GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (frame);
  const gchar *orientation =
      meta != NULL ? gst_discord_media_meta_get_image_orientation (meta) : NULL;

  if (orientation == NULL || g_strcmp0 (orientation, self->orientation) == 0)
    return FALSE;
  self->orientation = g_intern_string (orientation);
  return TRUE;
}

/* FALSE: there are no caps. */
static gboolean
announce (GstDiscordVideoStream *self, GstPad *sink, GstBuffer *frame,
    gboolean keyframe)
{
  gboolean caps_changed = keyframe ? update_caps (self, sink, frame) : FALSE;
  gboolean tags_changed = update_orientation (self, frame);

  if (self->caps == NULL)
    return FALSE;
  if (!self->started) {
    self->started = TRUE;
    push_stream_start (self, ssrc_of_pad (sink));
    return TRUE;
  }
  if (caps_changed)
    gst_pad_push_event (self->src, gst_event_new_caps (self->caps));
  if (caps_changed || tags_changed)
    push_tags (self);
  return TRUE;
}

/* Each layer has a jitter buffer of its own, and they need not agree to the
 * nanosecond. */
static void
set_times (GstDiscordVideoStream *self, GstBuffer *frame)
{
  GstClockTime pts = GST_BUFFER_PTS (frame);

  if (GST_CLOCK_TIME_IS_VALID (self->last)
      && (!GST_CLOCK_TIME_IS_VALID (pts) || pts <= self->last))
    pts = self->last + 1;
  else if (!GST_CLOCK_TIME_IS_VALID (pts))
    pts = 0;
  GST_BUFFER_PTS (frame) = self->last = pts;
  GST_BUFFER_DTS (frame) = GST_CLOCK_TIME_NONE;
}

static void
push_frame (GstDiscordVideoStream *self, GstBuffer *frame)
{
  GstDiscordMediaMeta *meta;

  frame = gst_buffer_make_writable (frame);
  set_times (self, frame);
  meta = gst_buffer_get_discord_media_meta (frame);
  if (meta != NULL)
    meta->user_id = self->user_id;
  discord_stream_add_sender_time (frame, self->unix_time);
  if (self->discont)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DISCONT);
  self->discont = FALSE;
  discord_stream_push (GST_ELEMENT (self), self->src, frame, &self->flow);
}

static void
take_frame (GstDiscordVideoStream *self, GstPad *sink, GstBuffer *frame)
{
  gboolean keyframe =
      !GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  Layer layer = look_at_layer (self, ssrc_of_pad (sink), keyframe);

  GST_LOG_OBJECT (
      self, "%u, %d: %" GST_PTR_FORMAT, ssrc_of_pad (sink), layer, frame);
  if (layer == LAYER_AWAITED)
    request_keyframe (self, sink);
  if (layer == LAYER_AWAITED || layer == LAYER_HIDDEN
      || !announce (self, sink, frame, keyframe)) {
    gst_buffer_unref (frame);
    return;
  }
  self->discont |= layer == LAYER_SWITCHED;
  push_frame (self, frame);
  if (layer == LAYER_SWITCHED)
    g_signal_emit (self, signals[SIGNAL_SWITCHED], 0);
}

static GstFlowReturn
gst_discord_video_stream_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordVideoStream *self = GST_DISCORD_VIDEO_STREAM (parent);
  gboolean reconfigured;

  GST_PAD_STREAM_LOCK (self->src);
  reconfigured = gst_pad_check_reconfigure (self->src);
  if (self->eos)
    gst_buffer_unref (buffer);
  else
    take_frame (self, pad, buffer);
  GST_PAD_STREAM_UNLOCK (self->src);
  if (reconfigured)
    g_signal_emit (self, signals[SIGNAL_RECONFIGURED], 0);
  return GST_FLOW_OK;
}

/* Events and queries */

static gboolean
is_flushing (GstDiscordVideoStream *self)
{
  gboolean flushing;

  g_mutex_lock (&self->lock);
  flushing = self->flushing;
  g_mutex_unlock (&self->lock);
  return flushing;
}

static void
set_flushing (GstDiscordVideoStream *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_video_stream_pause (GstDiscordVideoStream *self)
{
  if (is_flushing (self))
    return;
  gst_discord_video_stream_set_target (self, 0);
  GST_PAD_STREAM_LOCK (self->src);
  if (self->started && !self->eos && GST_CLOCK_TIME_IS_VALID (self->last))
    gst_pad_push_event (
        self->src, gst_event_new_gap (self->last, GST_CLOCK_TIME_NONE));
  GST_PAD_STREAM_UNLOCK (self->src);
}

void
gst_discord_video_stream_end (GstDiscordVideoStream *self)
{
  GST_PAD_STREAM_LOCK (self->src);
  if (!is_flushing (self)) {
    /* Without a stream there is nothing to end. */
    if (self->started && !self->eos)
      gst_pad_push_event (self->src, gst_event_new_eos ());
    self->eos = TRUE;
  }
  GST_PAD_STREAM_UNLOCK (self->src);
}

/* That of all layers is the same, but for the position. */
static void
take_segment (GstDiscordVideoStream *self, GstEvent *event)
{
  GstSegment segment;

  gst_event_copy_segment (event, &segment);
  GST_PAD_STREAM_LOCK (self->src);
  segment.position = self->segment.position;
  if (!gst_segment_is_equal (&segment, &self->segment)) {
    self->segment = segment;
    if (self->started)
      gst_pad_push_event (self->src, gst_event_new_segment (&segment));
  }
  GST_PAD_STREAM_UNLOCK (self->src);
}

static gboolean
gst_discord_video_stream_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_CAPS:
    case GST_EVENT_TAG:
      /* Ours say more. */
      break;
    case GST_EVENT_SEGMENT:
      take_segment (GST_DISCORD_VIDEO_STREAM (parent), event);
      break;
    case GST_EVENT_GAP:
      /* Lost packets: the next frame says so, and a decoder would take it for
       * the end of what it has. */
    case GST_EVENT_EOS:
      /* The end of one layer. */
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

static gint
compare_ssrc (gconstpointer item, gconstpointer ssrc)
{
  return ssrc_of_pad (g_value_get_object (item)) != GPOINTER_TO_UINT (ssrc);
}

/* (transfer full) (nullable) */
static GstPad *
ref_current_sink (GstDiscordVideoStream *self)
{
  g_autoptr (GstIterator) sinks =
      gst_element_iterate_sink_pads (GST_ELEMENT (self));
  g_auto (GValue) item = G_VALUE_INIT;

  if (!gst_iterator_find_custom (sinks, compare_ssrc, &item,
          GUINT_TO_POINTER (gst_discord_video_stream_get_current (self))))
    return NULL;
  return g_value_dup_object (&item);
}

/* To the layer that is shown; others were asked when they were chosen. */
static gboolean
forward_key_request (GstDiscordVideoStream *self, GstEvent *event)
{
  g_autoptr (GstPad) sink = ref_current_sink (self);

  if (sink != NULL)
    return gst_pad_push_event (sink, event);
  gst_event_unref (event);
  return FALSE;
}

static gboolean
gst_discord_video_stream_src_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (gst_video_event_is_force_key_unit (event))
    return forward_key_request (GST_DISCORD_VIDEO_STREAM (parent), event);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_QOS:
      /* Frames that others depend on cannot be left out. */
    case GST_EVENT_RECONFIGURE:
      /* The pad remembers. */
      gst_event_unref (event);
      return TRUE;
    default:
      return gst_pad_event_default (pad, parent, event);
  }
}

static gboolean
gst_discord_video_stream_src_query (
    GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstDiscordVideoStream *self = GST_DISCORD_VIDEO_STREAM (parent);
  GstClockTime latency;

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY
      || GST_ELEMENT (self)->numsinkpads > 0)
    return gst_pad_query_default (pad, parent, query);
  g_mutex_lock (&self->lock);
  latency = self->latency;
  g_mutex_unlock (&self->lock);
  gst_query_set_latency (query, TRUE, latency, GST_CLOCK_TIME_NONE);
  return TRUE;
}

void
gst_discord_video_stream_set_latency (
    GstDiscordVideoStream *self, GstClockTime latency)
{
  g_mutex_lock (&self->lock);
  self->latency = latency;
  g_mutex_unlock (&self->lock);
}

/* Life */

static void
reset (GstDiscordVideoStream *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  self->started = FALSE;
  gst_clear_caps (&self->caps);
  self->last = GST_CLOCK_TIME_NONE;
  self->orientation = NULL;
  self->requests = (DiscordInterval){ .any = FALSE };
  self->discont = FALSE;
  self->eos = FALSE;
  g_mutex_lock (&self->lock);
  self->current = 0;
  g_mutex_unlock (&self->lock);
}

static GstStateChangeReturn
gst_discord_video_stream_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordVideoStream *self = GST_DISCORD_VIDEO_STREAM (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    set_flushing (self, FALSE);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    set_flushing (self, TRUE);
  ret = GST_ELEMENT_CLASS (gst_discord_video_stream_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    /* gst_discord_video_stream_end() is not held up by inactive pads. */
    GST_PAD_STREAM_LOCK (self->src);
    reset (self);
    GST_PAD_STREAM_UNLOCK (self->src);
  }
  return ret;
}

static void
gst_discord_video_stream_finalize (GObject *object)
{
  GstDiscordVideoStream *self = GST_DISCORD_VIDEO_STREAM (object);

  gst_clear_object (&self->stream);
  gst_clear_caps (&self->caps);
  gst_caps_unref (self->unix_time);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_discord_video_stream_parent_class)->finalize (object);
}

static void
gst_discord_video_stream_class_init (GstDiscordVideoStreamClass *klass)
{
  static const gchar *const names[N_SIGNALS] = { "stream-changed", "switched",
    "reconfigured" };
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_video_stream_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_video_stream_change_state);
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], G_TYPE_FROM_CLASS (klass),
        G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Video of one Discord user", "Filter/Video",
      "Names the video of one user and switches its layers",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_video_stream_init (GstDiscordVideoStream *self)
{
  g_mutex_init (&self->lock);
  self->flushing = TRUE;
  self->unix_time = gst_caps_new_empty_simple ("timestamp/x-unix");
  reset (self);

  self->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (
      self->src, GST_DEBUG_FUNCPTR (gst_discord_video_stream_src_event));
  gst_pad_set_query_function (
      self->src, GST_DEBUG_FUNCPTR (gst_discord_video_stream_src_query));
  gst_pad_use_fixed_caps (self->src);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}

GstPad *
gst_discord_video_stream_add_sink (GstDiscordVideoStream *self, guint32 ssrc)
{
  g_autofree gchar *name = g_strdup_printf ("sink_%u", ssrc);
  GstPad *pad = gst_pad_new_from_static_template (&sink_template, name);

  gst_pad_set_element_private (pad, GUINT_TO_POINTER (ssrc));
  gst_pad_set_chain_function (
      pad, GST_DEBUG_FUNCPTR (gst_discord_video_stream_chain));
  gst_pad_set_event_function (
      pad, GST_DEBUG_FUNCPTR (gst_discord_video_stream_sink_event));
  gst_object_ref_sink (pad);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

void
gst_discord_video_stream_remove_sink (GstDiscordVideoStream *self, GstPad *sink)
{
  gst_pad_set_active (sink, FALSE);
  g_mutex_lock (&self->lock);
  if (self->current == ssrc_of_pad (sink))
    self->current = 0;
  g_mutex_unlock (&self->lock);
  gst_element_remove_pad (GST_ELEMENT (self), sink);
}

GstElement *
gst_discord_video_stream_new (guint64 user_id, guint group_id)
{
  GstDiscordVideoStream *self =
      g_object_new (GST_TYPE_DISCORD_VIDEO_STREAM, NULL);

  self->user_id = user_id;
  self->group_id = group_id;
  return GST_ELEMENT (self);
}
