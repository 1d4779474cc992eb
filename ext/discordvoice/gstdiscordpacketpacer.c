/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordpacketpacer.h"

struct _GstDiscordPacketPacer
{
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  /* The object lock guards the fields below. */
  gboolean flushing; /* or going to READY: nothing goes on */
  GstClockID wait;

  /* Streaming thread only. */
  GstClockTime next; /* on the system clock: when the next burst may go */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));

G_DEFINE_FINAL_TYPE (
    GstDiscordPacketPacer, gst_discord_packet_pacer, GST_TYPE_ELEMENT);

/* FALSE: flushing. */
static gboolean
wait_for (GstDiscordPacketPacer *self, GstClock *clock, GstClockTime time)
{
  GstClockID id = gst_clock_new_single_shot_id (clock, time);
  gboolean flushing;

  GST_OBJECT_LOCK (self);
  flushing = self->flushing;
  if (!flushing)
    self->wait = id;
  GST_OBJECT_UNLOCK (self);
  if (!flushing)
    gst_clock_id_wait (id, NULL);
  GST_OBJECT_LOCK (self);
  self->wait = NULL;
  flushing = self->flushing;
  GST_OBJECT_UNLOCK (self);
  gst_clock_id_unref (id);
  return !flushing;
}

/* Not the pipeline's clock, which need not go at the speed of time. FALSE:
 * flushing, the turn does not come. */
static gboolean
wait_for_turn (GstDiscordPacketPacer *self)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime now = gst_clock_get_time (clock);
  gboolean comes = TRUE;

  if (GST_CLOCK_TIME_IS_VALID (self->next) && now < self->next)
    comes = wait_for (self, clock, self->next);
  else
    self->next = now;
  self->next += DISCORD_BURST_INTERVAL;
  return comes;
}

static void
set_flushing (GstDiscordPacketPacer *self, gboolean flushing)
{
  GST_OBJECT_LOCK (self);
  self->flushing = flushing;
  if (flushing && self->wait != NULL)
    gst_clock_id_unschedule (self->wait);
  GST_OBJECT_UNLOCK (self);
}

static GstBufferList *
copy_burst (GstBufferList *list, guint first, guint n)
{
  GstBufferList *burst = gst_buffer_list_new_sized (n);

  for (guint i = 0; i < n; i++)
    gst_buffer_list_add (
        burst, gst_buffer_ref (gst_buffer_list_get (list, first + i)));
  return burst;
}

/* Takes @burst. */
static GstFlowReturn
push_burst (GstDiscordPacketPacer *self, GstBufferList *burst)
{
  if (wait_for_turn (self))
    return gst_pad_push_list (self->srcpad, burst);
  gst_buffer_list_unref (burst);
  return GST_FLOW_FLUSHING;
}

static GstFlowReturn
gst_discord_packet_pacer_chain_list (
    GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstDiscordPacketPacer *self = GST_DISCORD_PACKET_PACER (parent);
  guint length = gst_buffer_list_length (list);
  GstFlowReturn ret = GST_FLOW_OK;

  if (length <= DISCORD_BURST_PACKETS)
    return push_burst (self, list);
  for (guint i = 0; i < length && ret == GST_FLOW_OK;
       i += DISCORD_BURST_PACKETS) {
    guint n = MIN (length - i, DISCORD_BURST_PACKETS);

    ret = push_burst (self, copy_burst (list, i, n));
  }
  gst_buffer_list_unref (list);
  return ret;
}

static GstFlowReturn
gst_discord_packet_pacer_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstBufferList *list = gst_buffer_list_new_sized (1);

  gst_buffer_list_add (list, buffer);
  return gst_discord_packet_pacer_chain_list (pad, parent, list);
}

static gboolean
gst_discord_packet_pacer_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START)
    set_flushing (GST_DISCORD_PACKET_PACER (parent), TRUE);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    set_flushing (GST_DISCORD_PACKET_PACER (parent), FALSE);
  return gst_pad_event_default (pad, parent, event);
}

static GstStateChangeReturn
gst_discord_packet_pacer_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordPacketPacer *self = GST_DISCORD_PACKET_PACER (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    self->next = GST_CLOCK_TIME_NONE;
    set_flushing (self, FALSE);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    set_flushing (self, TRUE);
  }
  return GST_ELEMENT_CLASS (gst_discord_packet_pacer_parent_class)
      ->change_state (element, transition);
}

static void
gst_discord_packet_pacer_class_init (GstDiscordPacketPacerClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_packet_pacer_change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Discord packet pacer",
      "Filter/Network/RTP", "Spreads the packets of a frame over milliseconds",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_packet_pacer_init (GstDiscordPacketPacer *self)
{
  self->next = GST_CLOCK_TIME_NONE;
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (
      self->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_packet_pacer_chain));
  gst_pad_set_chain_list_function (
      self->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_packet_pacer_chain_list));
  gst_pad_set_event_function (
      self->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_packet_pacer_sink_event));
  GST_PAD_SET_PROXY_CAPS (self->sinkpad);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  GST_PAD_SET_PROXY_CAPS (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}
