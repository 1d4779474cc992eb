/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordkeyframereplay.h"
#include "elementclock.h"
#include "videocaps.h"
#include "videostart.h"

#include <gst/discord/gstdiscordframe-private.h>
#include <gst/video/video-event.h>

GST_DEBUG_CATEGORY_STATIC (discord_keyframe_replay_debug);
#define GST_CAT_DEFAULT discord_keyframe_replay_debug

/* How long upstream has to answer. */
#define PATIENCE GST_SECOND
/* From one frame that goes out again to the next: nine ticks of RTP, so that no
 * two have the same time, and all are due with the frame behind them. */
#define STEP (100 * GST_USECOND)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

struct _GstDiscordKeyframeReplay
{
  GstElement parent;

  GstPad *sink;
  GstPad *src;

  /* Stream lock of the sink pad */
  GstDiscordCodec codec;
  GstMemory *sets; /* the last parameter sets, or NULL */
  GPtrArray *group; /* (element-type GstBuffer): from a keyframe on, or empty */
  GstClockTime last; /* PTS of the last frame that went out, or NONE */

  /* Object lock */
  guint limit;
  GstClockTime asked; /* the first time without an answer, or NONE */
  guint64 n_replays;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordKeyframeReplay,
    gst_discord_keyframe_replay, GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_keyframe_replay_debug,
        "discordkeyframereplay", 0, "Keyframes once more"));

/* Requests */

static void
note_request (GstDiscordKeyframeReplay *self)
{
  GstClockTime now = discord_element_now (GST_ELEMENT (self));

  GST_OBJECT_LOCK (self);
  if (!GST_CLOCK_TIME_IS_VALID (self->asked))
    self->asked = now;
  GST_OBJECT_UNLOCK (self);
}

static void
clear_request (GstDiscordKeyframeReplay *self)
{
  GST_OBJECT_LOCK (self);
  self->asked = GST_CLOCK_TIME_NONE;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
is_overdue (GstDiscordKeyframeReplay *self)
{
  GstClockTime now = discord_element_now (GST_ELEMENT (self));
  gboolean overdue;

  GST_OBJECT_LOCK (self);
  overdue = self->limit > 0 && GST_CLOCK_TIME_IS_VALID (self->asked)
      && now >= self->asked + PATIENCE;
  GST_OBJECT_UNLOCK (self);
  return overdue;
}

/* The group of pictures */

static void
forget (GstDiscordKeyframeReplay *self)
{
  g_ptr_array_set_size (self->group, 0);
  self->last = GST_CLOCK_TIME_NONE;
}

static gboolean
is_complete (GstDiscordKeyframeReplay *self, GstBuffer *keyframe)
{
  gboolean complete;
  GstMapInfo map;

  if (!gst_buffer_map (keyframe, &map, GST_MAP_READ))
    return FALSE;
  complete =
      discord_video_keyframe_is_complete (self->codec, map.data, map.size);
  gst_buffer_unmap (keyframe, &map);
  return complete;
}

static guint
get_limit (GstDiscordKeyframeReplay *self)
{
  guint limit;

  GST_OBJECT_LOCK (self);
  limit = self->limit;
  GST_OBJECT_UNLOCK (self);
  return limit;
}

/* A part of a group would be no picture, so there is a whole one or none. */
static void
keep (GstDiscordKeyframeReplay *self, GstBuffer *frame, gboolean keyframe)
{
  guint limit = get_limit (self);

  if (keyframe)
    g_ptr_array_set_size (self->group, 0);
  if (limit == 0 || (keyframe && !is_complete (self, frame))
      || (!keyframe && self->group->len == 0))
    return;
  if (self->group->len > limit)
    g_ptr_array_set_size (self->group, 0);
  else
    g_ptr_array_add (self->group, gst_buffer_ref (frame));
}

/* When the first of the group has to be for all to end before @frame; NONE:
 * there is no room for them. */
static GstClockTime
choose_start (GstDiscordKeyframeReplay *self, GstBuffer *frame)
{
  GstClockTime length = self->group->len * STEP;
  GstClockTime end = GST_BUFFER_PTS (frame);

  if (self->group->len == 0 || !GST_CLOCK_TIME_IS_VALID (end)
      || !GST_CLOCK_TIME_IS_VALID (self->last) || end <= self->last + length)
    return GST_CLOCK_TIME_NONE;
  return end - length;
}

static GstBuffer *
make_replay (GstBuffer *frame, GstClockTime pts)
{
  GstBuffer *copy = gst_buffer_copy (frame);

  GST_BUFFER_PTS (copy) = pts;
  GST_BUFFER_DTS (copy) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (copy) = STEP;
  return copy;
}

static GstFlowReturn
replay (GstDiscordKeyframeReplay *self, GstClockTime start)
{
  GstFlowReturn ret = GST_FLOW_OK;

  GST_DEBUG_OBJECT (
      self, "no keyframe came: %u frames once more", self->group->len);
  GST_OBJECT_LOCK (self);
  self->n_replays++;
  GST_OBJECT_UNLOCK (self);
  for (guint i = 0; i < self->group->len && ret == GST_FLOW_OK; i++)
    ret = gst_pad_push (self->src,
        make_replay (g_ptr_array_index (self->group, i), start + i * STEP));
  return ret;
}

static GstFlowReturn
replay_if_overdue (GstDiscordKeyframeReplay *self, GstBuffer *frame)
{
  GstClockTime start;
  GstFlowReturn ret;

  if (!is_overdue (self))
    return GST_FLOW_OK;
  start = choose_start (self, frame);
  if (!GST_CLOCK_TIME_IS_VALID (start))
    return GST_FLOW_OK;
  ret = replay (self, start);
  /* What was asked for while they went out is answered by them. */
  clear_request (self);
  return ret;
}

static void
keep_parameter_sets (GstDiscordKeyframeReplay *self, GstBuffer *keyframe)
{
  g_autoptr (GstBuffer) sets = NULL;
  GstMapInfo map;
  gsize start, size;

  if (!gst_buffer_map (keyframe, &map, GST_MAP_READ))
    return;
  size = discord_video_find_parameter_sets (
      self->codec, map.data, map.size, &start);
  gst_buffer_unmap (keyframe, &map);
  if (size == 0)
    return;
  sets = gst_buffer_copy_region (
      keyframe, GST_BUFFER_COPY_MEMORY | GST_BUFFER_COPY_DEEP, start, size);
  g_clear_pointer (&self->sets, gst_memory_unref);
  self->sets = gst_buffer_get_all_memory (sets);
}

/* Some encoders (x265enc) give their parameter sets once, with the first frame.
 * Who comes later needs them with a keyframe as well. */
static GstBuffer *
add_parameter_sets (GstDiscordKeyframeReplay *self, GstBuffer *keyframe)
{
  keep_parameter_sets (self, keyframe);
  if (self->sets == NULL || is_complete (self, keyframe))
    return keyframe;
  keyframe = gst_buffer_make_writable (keyframe);
  gst_buffer_prepend_memory (keyframe, gst_memory_ref (self->sets));
  return keyframe;
}

static GstFlowReturn
gst_discord_keyframe_replay_chain (
    GstPad *pad, GstObject *parent, GstBuffer *frame)
{
  GstDiscordKeyframeReplay *self = GST_DISCORD_KEYFRAME_REPLAY (parent);
  gboolean keyframe =
      !GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  GstFlowReturn ret = GST_FLOW_OK;

  if (keyframe)
    clear_request (self);
  else
    ret = replay_if_overdue (self, frame);
  if (ret != GST_FLOW_OK) {
    gst_buffer_unref (frame);
    return ret;
  }
  if (keyframe)
    frame = add_parameter_sets (self, frame);
  keep (self, frame, keyframe);
  self->last = GST_BUFFER_PTS (frame);
  return gst_pad_push (self->src, frame);
}

/* Events and queries */

static void
take_caps (GstDiscordKeyframeReplay *self, GstEvent *event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  self->codec = gst_discord_codec_from_caps (caps);
  g_clear_pointer (&self->sets, gst_memory_unref);
  forget (self);
}

static gboolean
gst_discord_keyframe_replay_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstDiscordKeyframeReplay *self = GST_DISCORD_KEYFRAME_REPLAY (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      take_caps (self, event);
      break;
    case GST_EVENT_SEGMENT:
    case GST_EVENT_STREAM_START:
    case GST_EVENT_FLUSH_STOP:
    case GST_EVENT_EOS:
      forget (self);
      break;
    default:
      break;
  }
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
gst_discord_keyframe_replay_src_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (gst_video_event_is_force_key_unit (event))
    note_request (GST_DISCORD_KEYFRAME_REPLAY (parent));
  return gst_pad_event_default (pad, parent, event);
}

/* A wire has no opinions, not on the order of caps either. */
static gboolean
gst_discord_keyframe_replay_query (
    GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstDiscordKeyframeReplay *self = GST_DISCORD_KEYFRAME_REPLAY (parent);

  if (gst_pad_peer_query (pad == self->sink ? self->src : self->sink, query))
    return TRUE;
  return gst_pad_query_default (pad, parent, query);
}

static GstStateChangeReturn
gst_discord_keyframe_replay_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordKeyframeReplay *self = GST_DISCORD_KEYFRAME_REPLAY (element);
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_discord_keyframe_replay_parent_class)
          ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    forget (self);
    clear_request (self);
  }
  return ret;
}

/* Object */

void
gst_discord_keyframe_replay_set_limit (
    GstDiscordKeyframeReplay *self, guint limit)
{
  GST_OBJECT_LOCK (self);
  self->limit = limit;
  GST_OBJECT_UNLOCK (self);
}

guint64
gst_discord_keyframe_replay_get_count (GstDiscordKeyframeReplay *self)
{
  guint64 n;

  GST_OBJECT_LOCK (self);
  n = self->n_replays;
  GST_OBJECT_UNLOCK (self);
  return n;
}

static void
gst_discord_keyframe_replay_finalize (GObject *object)
{
  GstDiscordKeyframeReplay *self = GST_DISCORD_KEYFRAME_REPLAY (object);

  g_ptr_array_unref (self->group);
  g_clear_pointer (&self->sets, gst_memory_unref);
  G_OBJECT_CLASS (gst_discord_keyframe_replay_parent_class)->finalize (object);
}

static void
gst_discord_keyframe_replay_class_init (GstDiscordKeyframeReplayClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_keyframe_replay_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_keyframe_replay_change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Keyframe replay",
      "Filter/Video", "Sends the last keyframe again when no other comes",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_keyframe_replay_init (GstDiscordKeyframeReplay *self)
{
  self->group =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  self->last = GST_CLOCK_TIME_NONE;
  self->asked = GST_CLOCK_TIME_NONE;
  self->limit = DISCORD_KEYFRAME_REPLAY_DEFAULT;

  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (
      self->sink, GST_DEBUG_FUNCPTR (gst_discord_keyframe_replay_chain));
  gst_pad_set_event_function (
      self->sink, GST_DEBUG_FUNCPTR (gst_discord_keyframe_replay_sink_event));
  gst_pad_set_query_function (
      self->sink, GST_DEBUG_FUNCPTR (gst_discord_keyframe_replay_query));
  GST_PAD_SET_PROXY_CAPS (self->sink);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);

  self->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (
      self->src, GST_DEBUG_FUNCPTR (gst_discord_keyframe_replay_src_event));
  gst_pad_set_query_function (
      self->src, GST_DEBUG_FUNCPTR (gst_discord_keyframe_replay_query));
  GST_PAD_SET_PROXY_CAPS (self->src);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}
