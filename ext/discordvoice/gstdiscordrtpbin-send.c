/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpbin-private.h"
#include "gstdiscordrtpsendpad.h"
#include "gstdiscordtransport.h"

#include <stdio.h>

GST_DEBUG_CATEGORY_EXTERN (discord_rtp_bin_debug);
#define GST_CAT_DEFAULT discord_rtp_bin_debug

/* media-transport 8 */
#define SENDER_REPORT_INTERVAL GST_SECOND

GstStaticPadTemplate gst_discord_rtp_bin_send_template =
    GST_STATIC_PAD_TEMPLATE ("send_rtp_sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS ("application/x-rtp"));

/* What we make ourselves: feedback and retransmissions. They leave by pads that
 * belong to no element, each pushed from one thread. */

static guint32
get_sender (gpointer user_data)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_rtp_bin_ref_connection (user_data);
  GstDiscordSendState state = { 0 };

  if (connection != NULL)
    gst_discord_connection_get_send_state (connection, &state);
  return state.ssrc;
}

static gint64
get_round_trip (gpointer user_data)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_rtp_bin_ref_connection (user_data);
  g_autoptr (GstStructure) stats = NULL;
  gdouble seconds;

  if (connection != NULL)
    stats = gst_discord_connection_get_stats (connection);
  if (stats == NULL
      || !gst_structure_get_double (stats, "round-trip-time", &seconds))
    return -1;
  return (gint64) (seconds * G_USEC_PER_SEC);
}

static gboolean
get_sequence (guint32 ssrc, guint16 *sequence, gpointer user_data)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_rtp_bin_ref_connection (user_data);
  guint32 timestamp;

  return connection != NULL
      && gst_discord_connection_get_rtp_position (
          connection, ssrc, sequence, &timestamp);
}

static void
send_feedback (GstBuffer *packet, gpointer user_data)
{
  GstDiscordRtpBin *self = user_data;

  gst_pad_push (self->feedback_src, packet);
}

static void
send_retransmissions (GstBufferList *packets, gpointer user_data)
{
  GstDiscordRtpBin *self = user_data;

  gst_pad_push_list (self->rtx_src, packets);
}

static const GstDiscordRtpFeedbackFuncs feedback_funcs = {
  .get_sender = get_sender,
  .get_round_trip = get_round_trip,
  .send = send_feedback,
};

static const GstDiscordVideoSendersFuncs senders_funcs = {
  .get_round_trip = get_round_trip,
  .get_sequence = get_sequence,
  .send = send_retransmissions,
};

static GstPad *
make_source (GstDiscordRtpBin *self, const gchar *name, const gchar *sink_name)
{
  GstPad *src = gst_pad_new (name, GST_PAD_SRC);
  g_autoptr (GstPad) sink =
      gst_element_request_pad_simple (self->transport, sink_name);

  gst_pad_link_full (src, sink, GST_PAD_LINK_CHECK_NOTHING);
  return gst_object_ref_sink (src);
}

/* Anew each time: the sink forgets what it was told when it stops. */
static void
open_source (GstPad *pad, const gchar *media_type)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (media_type);
  GstSegment segment;

  gst_pad_set_active (pad, FALSE);
  gst_pad_set_active (pad, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  /* The sink is not active yet and gets them before the first packet. */
  gst_pad_push_event (pad, gst_event_new_stream_start (GST_PAD_NAME (pad)));
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
}

void
gst_discord_rtp_bin_start_sending (GstDiscordRtpBin *self)
{
  gboolean rtx = gst_discord_rtp_bin_has_rtx (self);

  open_source (self->feedback_src, "application/x-rtcp");
  open_source (self->rtx_src, "application/x-rtp");
  gst_discord_rtp_feedback_start (self->feedback, rtx);
  gst_discord_video_senders_start (self->senders, rtx);
}

void
gst_discord_rtp_bin_stop_sending (GstDiscordRtpBin *self)
{
  gst_discord_rtp_feedback_stop (self->feedback);
  gst_discord_video_senders_stop (self->senders);
}

void
gst_discord_rtp_bin_init_sending (GstDiscordRtpBin *self)
{
  self->feedback = gst_discord_rtp_feedback_new (&feedback_funcs, self);
  self->senders = gst_discord_video_senders_new (&senders_funcs, self);
  self->feedback_src = make_source (self, "feedback", "rtcp_sink_%u");
  self->rtx_src = make_source (self, "retransmissions", "rtp_sink_%u");
}

static void
unlink_source (GstPad **src)
{
  g_autoptr (GstPad) sink = NULL;

  if (*src == NULL)
    return;
  sink = gst_pad_get_peer (*src);
  if (sink != NULL)
    gst_pad_unlink (*src, sink);
  gst_clear_object (src);
}

void
gst_discord_rtp_bin_dispose_sending (GstDiscordRtpBin *self)
{
  g_clear_pointer (&self->feedback, gst_discord_rtp_feedback_free);
  g_clear_pointer (&self->senders, gst_discord_video_senders_free);
  unlink_source (&self->feedback_src);
  unlink_source (&self->rtx_src);
  g_list_free_full (g_steal_pointer (&self->send_pads), gst_object_unref);
}

/* Streams that come in */

static gboolean
note_packet (GstBuffer **buffer, guint index, gpointer user_data)
{
  GstDiscordRtpSendPad *pad = user_data;
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (pad));

  if (parent != NULL)
    *buffer = gst_discord_video_senders_packet (
        GST_DISCORD_RTP_BIN (parent)->senders, GST_PAD (pad),
        gst_discord_rtp_send_pad_get_rtx_ssrc (pad), *buffer);
  return TRUE;
}

static GstPadProbeReturn
on_packets (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list =
        gst_buffer_list_make_writable (GST_PAD_PROBE_INFO_BUFFER_LIST (info));

    gst_buffer_list_foreach (list, note_packet, user_data);
    GST_PAD_PROBE_INFO_DATA (info) = list;
  } else {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

    note_packet (&buffer, 0, user_data);
    GST_PAD_PROBE_INFO_DATA (info) = buffer;
  }
  return GST_PAD_PROBE_OK;
}

static gboolean
is_taken_unlocked (GstDiscordRtpBin *self, guint session)
{
  for (GList *l = self->send_pads; l != NULL; l = l->next)
    if (((GstDiscordRtpSendPad *) l->data)->session == session)
      return TRUE;
  return FALSE;
}

gboolean
gst_discord_rtp_bin_has_video (GstDiscordRtpBin *self)
{
  for (GList *l = self->send_pads; l != NULL; l = l->next)
    if (((GstDiscordRtpSendPad *) l->data)->session != 0)
      return TRUE;
  return FALSE;
}

/* FALSE when @name is no name for a pad, or taken. */
static gboolean
choose_session (GstDiscordRtpBin *self, const gchar *name, guint *session)
{
  gboolean free = TRUE;

  GST_OBJECT_LOCK (self);
  if (name == NULL) {
    for (*session = 0; is_taken_unlocked (self, *session);)
      (*session)++;
  } else {
    free = sscanf (name, "send_rtp_sink_%u", session) == 1
        && !is_taken_unlocked (self, *session);
  }
  GST_OBJECT_UNLOCK (self);
  return free;
}

static GstPad *
link_session (
    GstDiscordRtpBin *self, guint session, const gchar *src, gboolean rtcp)
{
  g_autofree gchar *name = g_strdup_printf ("%s_%u", src, session);
  g_autoptr (GstPad) from = gst_element_get_static_pad (self->rtpbin, name);
  GstPad *to = gst_discord_transport_new_outlet (
      GST_DISCORD_TRANSPORT (self->transport), rtcp);

  if (from == NULL)
    from = gst_element_request_pad_simple (self->rtpbin, name);
  gst_pad_link_full (from, to, GST_PAD_LINK_CHECK_NOTHING);
  return to;
}

static void
add_packet_probe (GstDiscordRtpBin *self, GstDiscordRtpSendPad *pad)
{
  g_autofree gchar *name = g_strdup_printf ("send_rtp_src_%u", pad->session);
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->rtpbin, name);

  gst_pad_add_probe (src,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packets,
      gst_object_ref (pad), gst_object_unref);
}

static GstPad *
make_send_pad (GstDiscordRtpBin *self, GstPadTemplate *template, GstPad *target,
    guint session)
{
  GstDiscordRtpSendPad *pad = g_object_new (GST_TYPE_DISCORD_RTP_SEND_PAD,
      "name", GST_PAD_NAME (target), "direction", GST_PAD_SINK, "template",
      template, NULL);

  gst_ghost_pad_set_target (GST_GHOST_PAD (pad), target);
  pad->session = session;
  pad->rtp = link_session (self, session, "send_rtp_src", FALSE);
  pad->rtcp = link_session (self, session, "send_rtcp_src", TRUE);
  gst_discord_rtp_bin_configure_session (self, session, SENDER_REPORT_INTERVAL);
  add_packet_probe (self, pad);
  gst_discord_video_senders_add (self->senders, GST_PAD (pad));
  return GST_PAD (pad);
}

GstPad *
gst_discord_rtp_bin_request_new_pad (GstElement *element,
    GstPadTemplate *template, const gchar *name, const GstCaps *caps)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (element);
  g_autoptr (GstPad) target = NULL;
  g_autofree gchar *target_name = NULL;
  guint session = 0;
  GstPad *pad;

  if (self->rtpbin == NULL || !choose_session (self, name, &session)) {
    GST_WARNING_OBJECT (self, "no pad %s", GST_STR_NULL (name));
    return NULL;
  }
  target_name = g_strdup_printf ("send_rtp_sink_%u", session);
  target = gst_element_request_pad_simple (self->rtpbin, target_name);
  if (target == NULL)
    return NULL;

  pad = make_send_pad (self, template, target, session);
  gst_pad_set_active (pad, TRUE);
  GST_OBJECT_LOCK (self);
  self->send_pads = g_list_append (self->send_pads, gst_object_ref (pad));
  GST_OBJECT_UNLOCK (self);
  gst_element_add_pad (element, pad);
  return pad;
}

static void
release_rtcp (GstDiscordRtpBin *self, guint session)
{
  g_autofree gchar *name = g_strdup_printf ("send_rtcp_src_%u", session);
  g_autoptr (GstPad) rtcp = gst_element_get_static_pad (self->rtpbin, name);

  if (rtcp != NULL)
    gst_element_release_request_pad (self->rtpbin, rtcp);
}

void
gst_discord_rtp_bin_release_pad (GstElement *element, GstPad *pad)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (element);
  GstDiscordRtpSendPad *send_pad = (GstDiscordRtpSendPad *) pad;
  g_autoptr (GstPad) target = NULL;
  g_autoptr (GstPad) ours = NULL;
  GList *link;

  GST_OBJECT_LOCK (self);
  link = g_list_find (self->send_pads, pad);
  if (link != NULL) {
    ours = link->data;
    self->send_pads = g_list_delete_link (self->send_pads, link);
  }
  GST_OBJECT_UNLOCK (self);
  if (ours == NULL)
    return;

  target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  gst_pad_set_active (pad, FALSE);
  gst_ghost_pad_set_target (GST_GHOST_PAD (pad), NULL);
  gst_discord_video_senders_remove (self->senders, pad);
  if (target != NULL)
    gst_element_release_request_pad (self->rtpbin, target);
  release_rtcp (self, send_pad->session);
  gst_element_remove_pad (element, pad);
}
