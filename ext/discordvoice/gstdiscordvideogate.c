/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideogate.h"
#include "elementclock.h"
#include "videocaps.h"
#include "videostart.h"

#include <gst/discord/gstdiscordframe-private.h>
#include <gst/video/video-event.h>

GST_DEBUG_CATEGORY_STATIC (discord_video_gate_debug);
#define GST_CAT_DEFAULT discord_video_gate_debug

/* golive 7.3 */
#define REQUEST_INTERVAL GST_SECOND

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

struct _GstDiscordVideoGate
{
  GstElement parent;

  GstPad *sink;
  GstPad *src;

  /* Stream lock of the sink pad */
  GstDiscordCodec codec;
  gboolean open;
  DiscordInterval requests; /* of keyframes */

  /* Object lock */
  gboolean wait_for_keyframe;
  GstDiscordVideoGateStats stats;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordVideoGate, gst_discord_video_gate,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_video_gate_debug, "discordvideogate", 0,
        "Video of one SSRC"));

static void
count (GstDiscordVideoGate *self, guint64 *counter)
{
  GST_OBJECT_LOCK (self);
  (*counter)++;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
waits_after_loss (GstDiscordVideoGate *self)
{
  gboolean wait;

  GST_OBJECT_LOCK (self);
  wait = self->wait_for_keyframe;
  GST_OBJECT_UNLOCK (self);
  return wait;
}

/* Again and again while frames come and none of them is a keyframe. */
static void
request_keyframe (GstDiscordVideoGate *self)
{
  if (!discord_interval_take (&self->requests,
          discord_element_now (GST_ELEMENT (self)), REQUEST_INTERVAL))
    return;
  count (self, &self->stats.requests);
  GST_DEBUG_OBJECT (self, "asking for a keyframe");
  gst_pad_push_event (self->sink,
      gst_video_event_new_upstream_force_key_unit (
          GST_CLOCK_TIME_NONE, TRUE, 0));
}

/* A sequence header may stand before other frames, too. */
static gboolean
is_av1_keyframe (GstBuffer *frame)
{
  g_autoptr (GstBuffer) canonical = gst_discord_frame_canonicalise (
      GST_DISCORD_CODEC_AV1, gst_buffer_ref (frame), NULL);

  return canonical != NULL
      && !GST_BUFFER_FLAG_IS_SET (canonical, GST_BUFFER_FLAG_DELTA_UNIT);
}

static gboolean
is_complete (GstDiscordVideoGate *self, GstBuffer *keyframe)
{
  gboolean complete;
  GstMapInfo map;

  if (self->codec == GST_DISCORD_CODEC_AV1)
    return is_av1_keyframe (keyframe);
  if (!gst_buffer_map (keyframe, &map, GST_MAP_READ))
    return FALSE;
  complete =
      discord_video_keyframe_is_complete (self->codec, map.data, map.size);
  gst_buffer_unmap (keyframe, &map);
  return complete;
}

/* The record tells how large pictures are. Others have parsers for that, and
 * stay byte for byte what was sent. */
static GstBuffer *
record_keyframe (GstDiscordVideoGate *self, GstBuffer *keyframe)
{
  if (self->codec != GST_DISCORD_CODEC_VP8
      && self->codec != GST_DISCORD_CODEC_VP9)
    return keyframe;
  return gst_discord_frame_canonicalise (self->codec, keyframe, NULL);
}

static void
drop (GstDiscordVideoGate *self, GstBuffer *frame)
{
  count (self, &self->stats.dropped);
  GST_LOG_OBJECT (self, "dropped %" GST_PTR_FORMAT, frame);
  gst_clear_buffer (&frame);
  request_keyframe (self);
}

static void
pass (GstDiscordVideoGate *self, GstBuffer *frame)
{
  count (self, &self->stats.passed);
  GST_LOG_OBJECT (self, "passed %" GST_PTR_FORMAT, frame);
  gst_pad_push (self->src, frame);
}

static void
take_keyframe (GstDiscordVideoGate *self, GstBuffer *frame)
{
  if (!self->open && !is_complete (self, frame)) {
    GST_DEBUG_OBJECT (self, "a keyframe without parameter sets");
    drop (self, frame);
    return;
  }
  frame = record_keyframe (self, frame);
  /* What was told of it before it was in clear need not be true. */
  if (frame == NULL
      || (!self->open
          && GST_BUFFER_FLAG_IS_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT))) {
    self->open = FALSE;
    drop (self, frame);
    return;
  }
  self->open = TRUE;
  pass (self, frame);
}

static void
take_delta (GstDiscordVideoGate *self, GstBuffer *frame)
{
  if (self->open && GST_BUFFER_IS_DISCONT (frame)) {
    /* What it depends on may be lost. */
    request_keyframe (self);
    self->open = !waits_after_loss (self);
  }
  if (self->open)
    pass (self, frame);
  else
    drop (self, frame);
}

static GstFlowReturn
gst_discord_video_gate_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordVideoGate *self = GST_DISCORD_VIDEO_GATE (parent);

  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    take_delta (self, buffer);
  else
    take_keyframe (self, buffer);
  /* The jitter buffer would stop for ever. */
  return GST_FLOW_OK;
}

static void
take_caps (GstDiscordVideoGate *self, GstEvent *event)
{
  GstDiscordCodec codec;
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  codec = gst_discord_codec_from_caps (caps);
  if (codec != self->codec)
    self->open = FALSE;
  self->codec = codec;
}

static gboolean
gst_discord_video_gate_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    take_caps (GST_DISCORD_VIDEO_GATE (parent), event);
  return gst_pad_event_default (pad, parent, event);
}

static GstStateChangeReturn
gst_discord_video_gate_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordVideoGate *self = GST_DISCORD_VIDEO_GATE (element);
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_discord_video_gate_parent_class)
          ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    self->codec = GST_DISCORD_CODEC_UNKNOWN;
    self->open = FALSE;
    self->requests = (DiscordInterval){ .any = FALSE };
  }
  return ret;
}

static void
gst_discord_video_gate_class_init (GstDiscordVideoGateClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_video_gate_change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Video of one SSRC",
      "Filter/Video", "Passes frames from a keyframe on",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_video_gate_init (GstDiscordVideoGate *self)
{
  self->wait_for_keyframe = TRUE;
  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (
      self->sink, GST_DEBUG_FUNCPTR (gst_discord_video_gate_chain));
  gst_pad_set_event_function (
      self->sink, GST_DEBUG_FUNCPTR (gst_discord_video_gate_sink_event));
  GST_PAD_SET_PROXY_CAPS (self->sink);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);
  self->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}

GstElement *
gst_discord_video_gate_new (void)
{
  return g_object_new (GST_TYPE_DISCORD_VIDEO_GATE, NULL);
}

void
gst_discord_video_gate_set_wait_for_keyframe (
    GstDiscordVideoGate *self, gboolean wait)
{
  GST_OBJECT_LOCK (self);
  self->wait_for_keyframe = wait;
  GST_OBJECT_UNLOCK (self);
}

void
gst_discord_video_gate_get_stats (
    GstDiscordVideoGate *self, GstDiscordVideoGateStats *stats)
{
  GST_OBJECT_LOCK (self);
  *stats = self->stats;
  GST_OBJECT_UNLOCK (self);
}
