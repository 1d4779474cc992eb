/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordusergate.h"

#include <gst/discord/gstdiscordmediameta.h>

GST_DEBUG_CATEGORY_STATIC (discord_user_gate_debug);
#define GST_CAT_DEFAULT discord_user_gate_debug

/* media-transport 12, race 1 */
#define HOLD_TIME (200 * GST_MSECOND)

enum
{
  SIGNAL_ROUTE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

#define CAPS                                                                   \
  "audio/x-opus; application/x-dave, original-media-type=(string)audio/x-opus"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

struct _GstDiscordUserGate
{
  GstElement parent;

  GstPad *sink;
  GstPad *src;

  /* Stream lock of the sink pad */
  gboolean open; /* the first packet waited for its user, or need not */
  guint64 routed; /* user of the last route signal */

  /* Guards the fields below; a leaf, nothing is called while it is held but
   * gst_clock_id_unschedule(). Taken inside the stream lock. */
  GMutex lock;
  guint64 user_id;
  gboolean flushing;
  GstClockID wait; /* borrowed from the streaming thread that waits on it */
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordUserGate, gst_discord_user_gate,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_user_gate_debug, "discordusergate", 0,
        "SSRC on its way to a Discord user"));

void
gst_discord_user_gate_set_user (GstDiscordUserGate *self, guint64 user_id)
{
  g_mutex_lock (&self->lock);
  if (self->user_id == 0) {
    self->user_id = user_id;
    if (user_id != 0 && self->wait != NULL)
      gst_clock_id_unschedule (self->wait);
  }
  g_mutex_unlock (&self->lock);
}

guint64
gst_discord_user_gate_get_user (GstDiscordUserGate *self)
{
  guint64 user_id;

  g_mutex_lock (&self->lock);
  user_id = self->user_id;
  g_mutex_unlock (&self->lock);
  return user_id;
}

/* The streaming thread is this SSRC's own, so nobody else waits. FALSE when
 * flushing. */
static gboolean
wait_for_user (GstDiscordUserGate *self)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self));
  GstClockID id;
  gboolean flushing;

  if (clock == NULL)
    return TRUE;
  id = gst_clock_new_single_shot_id (
      clock, gst_clock_get_time (clock) + HOLD_TIME);

  g_mutex_lock (&self->lock);
  if (self->user_id == 0 && !self->flushing) {
    self->wait = id;
    g_mutex_unlock (&self->lock);
    gst_clock_id_wait (id, NULL);
    g_mutex_lock (&self->lock);
    self->wait = NULL;
  }
  flushing = self->flushing;
  g_mutex_unlock (&self->lock);

  gst_clock_id_unref (id);
  return !flushing;
}

static void
set_flushing (GstDiscordUserGate *self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  if (flushing && self->wait != NULL)
    gst_clock_id_unschedule (self->wait);
  g_mutex_unlock (&self->lock);
}

static GstFlowReturn
gst_discord_user_gate_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordUserGate *self = GST_DISCORD_USER_GATE (parent);
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (buffer);
  guint64 user_id;

  if (meta != NULL)
    gst_discord_user_gate_set_user (self, meta->user_id);
  if (!self->open && !wait_for_user (self)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_FLUSHING;
  }
  user_id = gst_discord_user_gate_get_user (self);
  if (!self->open || user_id != self->routed) {
    self->open = TRUE;
    self->routed = user_id;
    g_signal_emit (self, signals[SIGNAL_ROUTE], 0, user_id);
  }
  /* What became of it does not concern the jitter buffer, which would stop. */
  gst_pad_push (self->src, buffer);
  return GST_FLOW_OK;
}

static GstStateChangeReturn
gst_discord_user_gate_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordUserGate *self = GST_DISCORD_USER_GATE (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    set_flushing (self, FALSE);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    set_flushing (self, TRUE);
  ret = GST_ELEMENT_CLASS (gst_discord_user_gate_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    self->open = FALSE;
    self->routed = 0;
  }
  return ret;
}

static void
gst_discord_user_gate_finalize (GObject *object)
{
  GstDiscordUserGate *self = GST_DISCORD_USER_GATE (object);

  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_discord_user_gate_parent_class)->finalize (object);
}

static void
gst_discord_user_gate_class_init (GstDiscordUserGateClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_user_gate_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_user_gate_change_state);

  signals[SIGNAL_ROUTE] = g_signal_new ("route", G_TYPE_FROM_CLASS (klass),
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT64);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "SSRC on its way to a Discord user", "Filter/Audio",
      "Waits until it is known whose an SSRC is",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_user_gate_init (GstDiscordUserGate *self)
{
  g_mutex_init (&self->lock);
  self->flushing = TRUE;

  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (
      self->sink, GST_DEBUG_FUNCPTR (gst_discord_user_gate_chain));
  GST_PAD_SET_PROXY_CAPS (self->sink);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);
  self->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}

GstElement *
gst_discord_user_gate_new (guint64 user_id)
{
  GstDiscordUserGate *self = g_object_new (GST_TYPE_DISCORD_USER_GATE, NULL);

  self->user_id = user_id;
  return GST_ELEMENT (self);
}
