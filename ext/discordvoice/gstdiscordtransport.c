/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordtransport
 * @title: discordtransport
 * @short_description: The socket and the packet encryption of a connection
 *
 * The UDP socket of a #GstDiscordConnection as an element. RTP and RTCP that
 * arrive on #GstPad `rtp_sink` and `rtcp_sink` are encrypted and sent, decrypted
 * RTP and RTCP of the others come out of `rtp_src` and `rtcp_src`, stamped with
 * the running time of their arrival; RTP packets carry a #GstDiscordMediaMeta.
 *
 * Of the RTCP compounds that an rtpsession makes only what Discord's server
 * expects goes out, each packet in a datagram of its own: sender reports without
 * report blocks, and NACK and PLI of our audio SSRC. For each SSRC there is at
 * most one sender report in 900 ms, and none that has nothing new to tell. A
 * receiver report goes out only when it is no part of a compound and about one
 * stream. SDES, BYE and APP are dropped in both directions.
 *
 * Streams that are sent side by side, each on a thread of its own, take request
 * pads `rtp_sink_%u` and `rtcp_sink_%u`, which are like `rtp_sink` and
 * `rtcp_sink`.
 *
 * One streaming thread pushes both source pads; it takes packets from a bounded
 * queue, whose oldest packets are lost when downstream does not keep up. Data
 * flows in PLAYING only. A source pad that is not linked is not fed: with
 * `rtp_src` unlinked the element is no live source and takes part in preroll as
 * any other. What downstream returns never stops the thread.
 *
 * It is part of #discordrtpbin. By itself it needs a connection that an
 * application made, set on the #GstDiscordTransport:connection property.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 discordvoicesrc token-env=DISCORD_TOKEN guild-id=1 channel-id=2 name=src src.mix ! fakesink
 * ]| Everything the source plays has come through the transport inside it.
 * |[
 * gst-launch-1.0 audiotestsrc is-live=true ! opusenc ! discordvoicesink token-env=DISCORD_TOKEN guild-id=1 channel-id=2 udp-qos=true
 * ]| The transport inside the sink marks its packets with a DSCP.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordtransport-private.h"

#include <gst/discord/gstdiscordmediameta.h>

GST_DEBUG_CATEGORY (discord_transport_debug);
#define GST_CAT_DEFAULT discord_transport_debug

/* 100 speakers for 400 ms */
#define QUEUE_PACKETS 2048
#define POP_PACKETS 32

enum
{
  PROP_0,
  PROP_CONNECTION,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GstStaticPadTemplate rtp_sink_template =
    GST_STATIC_PAD_TEMPLATE ("rtp_sink", GST_PAD_SINK, GST_PAD_ALWAYS,
        GST_STATIC_CAPS ("application/x-rtp"));
static GstStaticPadTemplate rtcp_sink_template =
    GST_STATIC_PAD_TEMPLATE ("rtcp_sink", GST_PAD_SINK, GST_PAD_ALWAYS,
        GST_STATIC_CAPS ("application/x-rtcp"));
static GstStaticPadTemplate rtp_request_template =
    GST_STATIC_PAD_TEMPLATE ("rtp_sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS ("application/x-rtp"));
static GstStaticPadTemplate rtcp_request_template =
    GST_STATIC_PAD_TEMPLATE ("rtcp_sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS ("application/x-rtcp"));
static GstStaticPadTemplate rtp_src_template =
    GST_STATIC_PAD_TEMPLATE ("rtp_src", GST_PAD_SRC, GST_PAD_ALWAYS,
        GST_STATIC_CAPS ("application/x-rtp"));
static GstStaticPadTemplate rtcp_src_template =
    GST_STATIC_PAD_TEMPLATE ("rtcp_src", GST_PAD_SRC, GST_PAD_ALWAYS,
        GST_STATIC_CAPS ("application/x-rtcp"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordTransport, gst_discord_transport,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_transport_debug, "discordtransport", 0,
        "Discord transport"));
GST_ELEMENT_REGISTER_DEFINE (discordtransport, "discordtransport",
    GST_RANK_NONE, GST_TYPE_DISCORD_TRANSPORT);

/* Receiving */

/* I/O pool thread */
static void
on_packets (GstDiscordSubscribeFlags kind, GstBuffer *const *buffers,
    guint n_buffers, gpointer user_data)
{
  GstDiscordTransport *self = user_data;

  gst_discord_packet_queue_push (
      self->queue, kind == GST_DISCORD_SUBSCRIBE_RTCP, buffers, n_buffers);
}

static void
push_initial_events (GstDiscordTransport *self, GstPad *pad, GstCaps *caps)
{
  g_autofree gchar *unique = NULL;
  g_autofree gchar *stream_id = NULL;
  GstSegment segment;
  GstEvent *event;

  if (gst_pad_has_current_caps (pad))
    return;
  /* gst_pad_create_stream_id() cannot: there are two sink pads. */
  unique = g_uuid_string_random ();
  stream_id = g_strdup_printf ("%s/%s", unique, GST_PAD_NAME (pad));
  event = gst_event_new_stream_start (stream_id);
  gst_event_set_group_id (event, gst_util_group_id_next ());
  gst_pad_push_event (pad, event);
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
}

static void
push_rtp (GstDiscordTransport *self, GstBuffer *buffer, GstClockTime now,
    GstClockTimeDiff offset)
{
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (buffer);
  GstClockTime received = meta != NULL ? meta->received_time : now;
  GstClockTimeDiff running_time = (GstClockTimeDiff) received + offset;

  buffer = gst_buffer_make_writable (buffer);
  GST_BUFFER_PTS (buffer) = MAX (running_time, 0);
  GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
  gst_pad_push (self->rtp_src, buffer);
}

static void
push_rtcp (GstDiscordTransport *self, GstBuffer *compound, GstClockTime now,
    GstClockTimeDiff offset)
{
  GstClockTimeDiff running_time = (GstClockTimeDiff) now + offset;
  RtcpPacket packet;
  RtcpIter iter;
  GstMapInfo map;

  if (!gst_buffer_map (compound, &map, GST_MAP_READ)) {
    gst_buffer_unref (compound);
    return;
  }
  rtcp_iter_init (&iter, map.data, map.size);
  while (rtcp_iter_next (&iter, &packet)) {
    GstBuffer *buffer;

    if (!discord_rtcp_may_receive (&packet))
      continue;
    buffer =
        gst_buffer_new_memdup (packet.data, discord_rtcp_wire_size (&packet));
    GST_BUFFER_PTS (buffer) = MAX (running_time, 0);
    GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
    gst_pad_push (self->rtcp_src, buffer);
  }
  gst_buffer_unmap (compound, &map);
  gst_buffer_unref (compound);
}

/* Packets go down one by one: a GstBufferList would save little, and in
 * GStreamer 1.22 the error of one stream behind rtpbin drops the packets of
 * other streams that follow in the list. For the same reason flow returns are
 * not looked at: they are about the stream of one packet. */
static void
gst_discord_transport_loop (GstDiscordTransport *self)
{
  GstDiscordPacket packets[POP_PACKETS];
  guint n = gst_discord_packet_queue_pop (self->queue, packets, POP_PACKETS);
  GstClockTime now = gst_discord_transport_monotonic_time ();
  GstClockTimeDiff offset = -(GstClockTimeDiff) now;
  g_autoptr (GstCaps) rtp_caps = NULL;
  g_autoptr (GstCaps) rtcp_caps = NULL;

  if (n == 0) {
    gst_pad_pause_task (self->rtp_src);
    return;
  }
  rtp_caps = gst_static_pad_template_get_caps (&rtp_src_template);
  rtcp_caps = gst_static_pad_template_get_caps (&rtcp_src_template);
  gst_discord_transport_get_clock_offset (self, &offset);
  for (guint i = 0; i < n; i++) {
    if (packets[i].rtcp) {
      push_initial_events (self, self->rtcp_src, rtcp_caps);
      push_rtcp (self, packets[i].buffer, now, offset);
    } else {
      push_initial_events (self, self->rtp_src, rtp_caps);
      push_rtp (self, packets[i].buffer, now, offset);
    }
  }
}

void
gst_discord_transport_wait_pushed (GstDiscordTransport *self)
{
  gst_discord_packet_queue_wait_consumed (self->queue);
}

static gboolean
gst_discord_transport_activate_mode (
    GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
  GstDiscordTransport *self = GST_DISCORD_TRANSPORT (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  gst_discord_packet_queue_set_flushing (self->queue, !active);
  if (!active)
    return gst_pad_stop_task (pad);
  if (!self->live && !gst_pad_is_linked (self->rtcp_src))
    return TRUE; /* nothing will come */
  return gst_pad_start_task (
      pad, (GstTaskFunction) gst_discord_transport_loop, self, NULL);
}

static gboolean
gst_discord_transport_src_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  /* QoS, key unit requests and the like end here; live, so no seeks. */
  gboolean handled = GST_EVENT_TYPE (event) != GST_EVENT_SEEK;

  gst_event_unref (event);
  return handled;
}

static gboolean
gst_discord_transport_src_query (
    GstPad *pad, GstObject *parent, GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_LATENCY:
      gst_query_set_latency (query, TRUE, 0, GST_CLOCK_TIME_NONE);
      return TRUE;
    case GST_QUERY_SCHEDULING:
      gst_query_set_scheduling (
          query, GST_SCHEDULING_FLAG_SEQUENTIAL, 1, -1, 0);
      gst_query_add_scheduling_mode (query, GST_PAD_MODE_PUSH);
      return TRUE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* State changes */

static gboolean
start (GstDiscordTransport *self)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_transport_ref_connection (self);
  GstDiscordSubscribeFlags flags = 0;

  if (connection == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("No connection to send and receive on."),
        ("the connection property is not set"));
    return FALSE;
  }
  self->live = gst_pad_is_linked (self->rtp_src);
  if (self->live)
    flags |= GST_DISCORD_SUBSCRIBE_RTP;
  if (gst_pad_is_linked (self->rtcp_src))
    flags |= GST_DISCORD_SUBSCRIBE_RTCP;
  if (flags != 0) {
    self->subscribed = g_object_ref (connection);
    self->subscription =
        gst_discord_connection_subscribe (connection, flags, on_packets, self);
  }
  return TRUE;
}

static void
stop (GstDiscordTransport *self)
{
  if (self->subscribed == NULL)
    return;
  gst_discord_connection_unsubscribe (self->subscribed, self->subscription);
  g_clear_object (&self->subscribed);
}

static GstStateChangeReturn
gst_discord_transport_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordTransport *self = GST_DISCORD_TRANSPORT (element);
  GstStateChangeReturn ret;

  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      if (!start (self))
        return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      gst_discord_packet_queue_set_open (self->queue, TRUE);
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      gst_discord_packet_queue_set_open (self->queue, FALSE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      stop (self);
      break;
    default:
      break;
  }

  ret = GST_ELEMENT_CLASS (gst_discord_transport_parent_class)
            ->change_state (element, transition);
  if (ret == GST_STATE_CHANGE_FAILURE) {
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
      stop (self);
    return ret;
  }
  if (self->live
      && (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED))
    return GST_STATE_CHANGE_NO_PREROLL;
  return ret;
}

/* Pads for streams sent side by side */

static GstPad *
gst_discord_transport_request_new_pad (GstElement *element,
    GstPadTemplate *template, const gchar *name, const GstCaps *caps)
{
  GstDiscordTransport *self = GST_DISCORD_TRANSPORT (element);
  gboolean rtcp = g_str_has_prefix (template->name_template, "rtcp");
  g_autofree gchar *unique = NULL;
  guint number;
  GstPad *pad;

  GST_OBJECT_LOCK (self);
  number = self->n_requested++;
  GST_OBJECT_UNLOCK (self);
  unique = g_strdup_printf (rtcp ? "rtcp_sink_%u" : "rtp_sink_%u", number);
  pad = gst_pad_new_from_template (template, name != NULL ? name : unique);
  gst_discord_transport_set_up_sink (self, pad, rtcp);
  gst_pad_set_active (pad, TRUE);
  if (!gst_element_add_pad (element, pad))
    return NULL;
  return pad;
}

static void
gst_discord_transport_release_pad (GstElement *element, GstPad *pad)
{
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
}

/* Object */

static void
gst_discord_transport_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordTransport *self = GST_DISCORD_TRANSPORT (object);
  g_autoptr (GstDiscordConnection) old = NULL;

  switch (prop_id) {
    case PROP_CONNECTION:
      GST_OBJECT_LOCK (self);
      old = self->connection;
      self->connection = g_value_dup_object (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_transport_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordTransport *self = GST_DISCORD_TRANSPORT (object);

  switch (prop_id) {
    case PROP_CONNECTION:
      g_value_take_object (value, gst_discord_transport_ref_connection (self));
      break;
    case PROP_STATS:
      g_value_take_boxed (value,
          gst_structure_new ("application/x-discord-transport-stats",
              "packets-dropped", G_TYPE_UINT64,
              gst_discord_packet_queue_get_dropped (self->queue), NULL));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_transport_finalize (GObject *object)
{
  GstDiscordTransport *self = GST_DISCORD_TRANSPORT (object);

  g_clear_object (&self->connection);
  gst_discord_packet_queue_free (self->queue);
  G_OBJECT_CLASS (gst_discord_transport_parent_class)->finalize (object);
}

static void
gst_discord_transport_class_init (GstDiscordTransportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_discord_transport_set_property;
  object_class->get_property = gst_discord_transport_get_property;
  object_class->finalize = gst_discord_transport_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_transport_change_state);
  element_class->request_new_pad =
      GST_DEBUG_FUNCPTR (gst_discord_transport_request_new_pad);
  element_class->release_pad =
      GST_DEBUG_FUNCPTR (gst_discord_transport_release_pad);

  /**
   * GstDiscordTransport:connection:
   *
   * The connection to send and receive on, needed from PAUSED on. Default: none.
   *
   * Since: 0.1
   */
  properties[PROP_CONNECTION] = g_param_spec_object ("connection", "Connection",
      "Connection to send and receive on", GST_TYPE_DISCORD_CONNECTION,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  /**
   * GstDiscordTransport:stats:
   *
   * `application/x-discord-transport-stats`: `packets-dropped` (guint64) is how
   * many received packets were lost because downstream did not keep up.
   *
   * Since: 0.1
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Counters of the receive queue", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gst_element_class_add_static_pad_template (element_class, &rtp_sink_template);
  gst_element_class_add_static_pad_template (
      element_class, &rtcp_sink_template);
  gst_element_class_add_static_pad_template (
      element_class, &rtp_request_template);
  gst_element_class_add_static_pad_template (
      element_class, &rtcp_request_template);
  gst_element_class_add_static_pad_template (element_class, &rtp_src_template);
  gst_element_class_add_static_pad_template (element_class, &rtcp_src_template);
  gst_element_class_set_static_metadata (element_class, "Discord transport",
      "Filter/Network/RTP",
      "Sends and receives the encrypted packets of a Discord voice connection",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordtransport.md");
}

static GstPad *
add_pad (GstDiscordTransport *self, GstStaticPadTemplate *template)
{
  GstPad *pad =
      gst_pad_new_from_static_template (template, template->name_template);

  if (GST_PAD_IS_SINK (pad)) {
    gst_discord_transport_set_up_sink (
        self, pad, template == &rtcp_sink_template);
  } else {
    gst_pad_set_event_function (
        pad, GST_DEBUG_FUNCPTR (gst_discord_transport_src_event));
    gst_pad_set_query_function (
        pad, GST_DEBUG_FUNCPTR (gst_discord_transport_src_query));
    gst_pad_use_fixed_caps (pad);
  }
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static void
gst_discord_transport_init (GstDiscordTransport *self)
{
  self->queue = gst_discord_packet_queue_new (QUEUE_PACKETS);

  add_pad (self, &rtp_sink_template);
  add_pad (self, &rtcp_sink_template);

  self->rtp_src = add_pad (self, &rtp_src_template);
  gst_pad_set_activatemode_function (
      self->rtp_src, GST_DEBUG_FUNCPTR (gst_discord_transport_activate_mode));
  self->rtcp_src = add_pad (self, &rtcp_src_template);
}
