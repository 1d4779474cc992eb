/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordtransport-private.h"

GST_DEBUG_CATEGORY_EXTERN (discord_transport_debug);
#define GST_CAT_DEFAULT discord_transport_debug

/* More than an rtpsession puts into one compound. */
#define MAX_RTCP_PACKETS 32
#define MAX_SEND_PACKETS 32

GstDiscordConnection *
gst_discord_transport_ref_connection (GstDiscordTransport *self)
{
  GstDiscordConnection *connection = NULL;

  GST_OBJECT_LOCK (self);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self);
  return connection;
}

GstClockTime
gst_discord_transport_monotonic_time (void)
{
  return g_get_monotonic_time () * GST_USECOND;
}

gboolean
gst_discord_transport_get_clock_offset (
    GstDiscordTransport *self, GstClockTimeDiff *offset)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (GST_ELEMENT (self));
  GstClockTime base_time = gst_element_get_base_time (GST_ELEMENT (self));

  if (clock == NULL || !GST_CLOCK_TIME_IS_VALID (base_time))
    return FALSE;
  *offset = GST_CLOCK_DIFF (base_time, gst_clock_get_time (clock))
      - (GstClockTimeDiff) gst_discord_transport_monotonic_time ();
  return TRUE;
}

static GstClockTime
get_deadline (GstDiscordTransport *self, GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstEvent) event =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstClockTime running_time;
  GstClockTimeDiff offset, deadline;

  if (event == NULL || !GST_BUFFER_PTS_IS_VALID (buffer)
      || !gst_discord_transport_get_clock_offset (self, &offset))
    return GST_CLOCK_TIME_NONE;
  gst_event_parse_segment (event, &segment);
  if (segment->format != GST_FORMAT_TIME)
    return GST_CLOCK_TIME_NONE;
  running_time = gst_segment_to_running_time (
      segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (!GST_CLOCK_TIME_IS_VALID (running_time))
    return GST_CLOCK_TIME_NONE;
  deadline = (GstClockTimeDiff) running_time - offset;
  return deadline > 0 ? (GstClockTime) deadline : GST_CLOCK_TIME_NONE;
}

/* Not the parent: an outlet has none. */
static GstDiscordTransport *
get_transport (GstPad *pad)
{
  return gst_pad_get_element_private (pad);
}

static GstFlowReturn
gst_discord_transport_chain_rtp (
    GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordTransport *self = get_transport (pad);
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_transport_ref_connection (self);
  GstDiscordOutPacket packet = { .buffer = buffer,
    .deadline = get_deadline (self, pad, buffer) };

  if (connection != NULL)
    gst_discord_connection_send (connection, &packet, 1);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static GstFlowReturn
gst_discord_transport_chain_rtp_list (
    GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstDiscordTransport *self = get_transport (pad);
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_transport_ref_connection (self);
  guint length = gst_buffer_list_length (list);
  GstDiscordOutPacket packets[MAX_SEND_PACKETS];

  for (guint first = 0; connection != NULL && first < length;
       first += MAX_SEND_PACKETS) {
    guint n = MIN (length - first, MAX_SEND_PACKETS);

    for (guint i = 0; i < n; i++) {
      packets[i].buffer = gst_buffer_list_get (list, first + i);
      packets[i].rtcp = FALSE;
      packets[i].deadline = get_deadline (self, pad, packets[i].buffer);
    }
    gst_discord_connection_send (connection, packets, n);
  }
  gst_buffer_list_unref (list);
  return GST_FLOW_OK;
}

/* The packet alone, a sender report without its report blocks. */
static GstBuffer *
make_outgoing_rtcp (const RtcpPacket *packet)
{
  guint8 report[DISCORD_RTCP_SENDER_REPORT_SIZE];

  if (discord_rtcp_copy_sender_report (packet, report))
    return gst_buffer_new_memdup (report, sizeof (report));
  return gst_buffer_new_memdup (packet->data, discord_rtcp_wire_size (packet));
}

/* Each stream has reports of its own. */
static gboolean
pass_report (GstDiscordTransport *self, const RtcpPacket *packet)
{
  gboolean pass;

  GST_OBJECT_LOCK (self);
  pass = discord_rtcp_report_gates_pass (self->reports,
      G_N_ELEMENTS (self->reports), packet, g_get_monotonic_time ());
  GST_OBJECT_UNLOCK (self);
  return pass;
}

/* @alone: what we make ourselves, unlike an rtpsession, is no compound. */
static gboolean
may_send_rtcp (GstDiscordTransport *self, const RtcpPacket *packet,
    gboolean alone, guint32 audio_ssrc)
{
  if (alone && discord_rtcp_is_single_report (packet, audio_ssrc))
    return TRUE;
  return discord_rtcp_may_send (packet, audio_ssrc)
      && pass_report (self, packet);
}

static void
send_rtcp_compound (GstDiscordTransport *self, GstDiscordConnection *connection,
    GstBuffer *compound)
{
  GstDiscordOutPacket out[MAX_RTCP_PACKETS];
  GstDiscordSendState state;
  RtcpPacket packet;
  RtcpIter iter;
  GstMapInfo map;
  guint n = 0;

  gst_discord_connection_get_send_state (connection, &state);
  if (!gst_buffer_map (compound, &map, GST_MAP_READ))
    return;
  rtcp_iter_init (&iter, map.data, map.size);
  while (n < MAX_RTCP_PACKETS && rtcp_iter_next (&iter, &packet)) {
    gboolean alone = discord_rtcp_wire_size (&packet) == map.size;

    if (!may_send_rtcp (self, &packet, alone, state.ssrc))
      continue;
    out[n].buffer = make_outgoing_rtcp (&packet);
    out[n].rtcp = TRUE;
    out[n].deadline = GST_CLOCK_TIME_NONE;
    n++;
  }
  gst_buffer_unmap (compound, &map);

  if (n > 0)
    gst_discord_connection_send (connection, out, n);
  for (guint i = 0; i < n; i++)
    gst_buffer_unref (out[i].buffer);
}

static GstFlowReturn
gst_discord_transport_chain_rtcp (
    GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordTransport *self = get_transport (pad);
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_transport_ref_connection (self);

  if (connection != NULL)
    send_rtcp_compound (self, connection, buffer);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static GstFlowReturn
gst_discord_transport_chain_rtcp_list (
    GstPad *pad, GstObject *parent, GstBufferList *list)
{
  for (guint i = 0; i < gst_buffer_list_length (list); i++)
    gst_discord_transport_chain_rtcp (
        pad, parent, gst_buffer_ref (gst_buffer_list_get (list, i)));
  gst_buffer_list_unref (list);
  return GST_FLOW_OK;
}

static gboolean
gst_discord_transport_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  /* What is sent and what is received are streams of their own: the end of one
   * is not the end of the other. */
  gst_event_unref (event);
  return TRUE;
}

void
gst_discord_transport_set_up_sink (
    GstDiscordTransport *self, GstPad *pad, gboolean rtcp)
{
  gst_pad_set_element_private (pad, self);
  if (rtcp) {
    gst_pad_set_chain_function (
        pad, GST_DEBUG_FUNCPTR (gst_discord_transport_chain_rtcp));
    gst_pad_set_chain_list_function (
        pad, GST_DEBUG_FUNCPTR (gst_discord_transport_chain_rtcp_list));
  } else {
    gst_pad_set_chain_function (
        pad, GST_DEBUG_FUNCPTR (gst_discord_transport_chain_rtp));
    gst_pad_set_chain_list_function (
        pad, GST_DEBUG_FUNCPTR (gst_discord_transport_chain_rtp_list));
  }
  gst_pad_set_event_function (
      pad, GST_DEBUG_FUNCPTR (gst_discord_transport_sink_event));
}

GstPad *
gst_discord_transport_new_outlet (GstDiscordTransport *self, gboolean rtcp)
{
  GstPadTemplate *template = gst_element_get_pad_template (
      GST_ELEMENT (self), rtcp ? "rtcp_sink_%u" : "rtp_sink_%u");
  /* Without a template it would take no other caps than its first. */
  GstPad *pad = gst_pad_new_from_template (template, rtcp ? "rtcp" : "rtp");

  gst_discord_transport_set_up_sink (self, pad, rtcp);
  gst_pad_set_active (pad, TRUE);
  return gst_object_ref_sink (pad);
}
