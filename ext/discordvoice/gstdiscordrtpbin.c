/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordrtpbin
 * @title: discordrtpbin
 * @short_description: RTP sessions of one Discord voice connection
 *
 * An #rtpbin and a #discordtransport for one connection, set up the way
 * Discord's server wants it. #discordvoicesrc and #discordvoicesink contain one
 * each; an application that sends and receives in one pipeline can use it
 * directly and needs a single RTP session then.
 *
 * A request pad `send_rtp_sink_0` takes RTP whose SSRC is the connection's, see
 * #GstDiscordConnection; packets with another one are dropped. While RTP is sent
 * a sender report goes out about once per second.
 *
 * With #GstDiscordRtpBin:receive set it is a live source as well: a sometimes
 * pad `recv_rtp_src_0_<ssrc>` (`application/x-rtp`, reordered, with
 * a #GstDiscordMediaMeta on every packet) appears with the first packet of each
 * remote SSRC. When its user leaves, gets another SSRC, or the connection starts
 * a new session, what is buffered is pushed, then EOS, then the pad goes away;
 * an SSRC that nobody owns goes away after it was silent for a while. Pads may
 * be left unlinked. Lost packets are announced by `GstRTPPacketLost` events.
 * Packets of payload types other than Opus' never get to a pad.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 discordvoicesrc token-env=DISCORD_TOKEN guild-id=1 channel-id=2 latency=0 ! fakesink
 * ]| The bin inside the source passes packets on as they come.
 * |[
 * gst-launch-1.0 audiotestsrc is-live=true ! opusenc ! discordvoicesink token-env=DISCORD_TOKEN guild-id=1 channel-id=2
 * ]| The bin inside the sink sends RTP and sender reports.
 *
 * ## Both directions in one pipeline
 *
 * Make one, set `connection` and `receive`, link `discorddaveenc !
 * discordrtpopuspay` with the connection's SSRC to `send_rtp_sink_0`, and in
 * a handler of #GstElement::pad-added link `discordrtpopusdepay !
 * discorddavedec` to each new pad. This bin knows packets and no frames, so
 * end-to-end encryption is these two elements': give them the same `connection`.
 * In Python:
 *
 * |[<!-- language="Python" -->
 * def on_pad_added(rtp, pad):
 *     if pad.direction != Gst.PadDirection.SRC:
 *         return
 *     ear = Gst.parse_bin_from_description(
 *         'discordrtpopusdepay ! discorddavedec name=dec ! opusdec '
 *         '! audioconvert ! autoaudiosink', True)
 *     ear.get_by_name('dec').props.connection = connection
 *     pipeline.add(ear)
 *     ear.sync_state_with_parent()
 *     pad.link(ear.get_static_pad('sink'))
 * ]|
 *
 * A frame is encrypted for those who are in the group when it passes: keep the
 * time between the encrypter and the network short, and put what waits for the
 * clock before it.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpbin.h"
#include "gstdiscordrtpreceiver.h"
#include "gstdiscordtransport.h"

#include <stdio.h>

GST_DEBUG_CATEGORY (discord_rtp_bin_debug);
#define GST_CAT_DEFAULT discord_rtp_bin_debug

#define OPUS_CAPS                                                              \
  "application/x-rtp, media=(string)audio, clock-rate=(int)48000, "            \
  "encoding-name=(string)OPUS, encoding-params=(string)2, "                    \
  "sprop-stereo=(string)1, sprop-maxcapturerate=(string)48000, "               \
  "payload=(int)120"

#define DEFAULT_LATENCY 60
#define DEFAULT_RECEIVE FALSE

/* media-transport 8. Receiver reports do not leave the transport, so a bin that
 * only receives need not make them often. */
#define SENDER_REPORT_INTERVAL GST_SECOND
#define RECEIVER_REPORT_INTERVAL (5 * GST_SECOND)
/* In bit/s; so much that the interval above decides, not the bandwidth. */
#define RTCP_BANDWIDTH 1000000.0

enum
{
  PROP_0,
  PROP_CONNECTION,
  PROP_LATENCY,
  PROP_RECEIVE,
  PROP_STATS,
  N_PROPS
};

enum
{
  SIGNAL_SSRC_USER,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static GstStaticPadTemplate send_template =
    GST_STATIC_PAD_TEMPLATE ("send_rtp_sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS ("application/x-rtp"));
static GstStaticPadTemplate recv_template =
    GST_STATIC_PAD_TEMPLATE ("recv_rtp_src_%u_%u", GST_PAD_SRC,
        GST_PAD_SOMETIMES, GST_STATIC_CAPS ("application/x-rtp"));

struct _GstDiscordRtpBin
{
  GstBin parent;

  GstElement *rtpbin;
  GstElement *transport;

  /* Object lock */
  GstDiscordConnection *connection;
  guint latency;
  gboolean receive;
  GstPad *send_pad; /* ours, owned */

  GstDiscordRtpReceiver *receiver;

  /* State changes only */
  GstPad *recv_rtp_sink; /* rtpbin's, owned */
  GstPad *recv_rtcp_sink;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordRtpBin, gst_discord_rtp_bin,
    GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (
        discord_rtp_bin_debug, "discordrtpbin", 0, "Discord RTP bin"));
GST_ELEMENT_REGISTER_DEFINE (
    discordrtpbin, "discordrtpbin", GST_RANK_NONE, GST_TYPE_DISCORD_RTP_BIN);

/* rtpbin's callbacks */

static GstCaps *
on_request_pt_map (
    GstElement *rtpbin, guint session, guint pt, GstDiscordRtpBin *self)
{
  return pt == GST_DISCORD_OPUS_PAYLOAD_TYPE ? gst_caps_from_string (OPUS_CAPS)
                                             : NULL;
}

/* An unlinked pad would stop its jitter buffer for good. */
static GstPadProbeReturn
drop_unlinked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return gst_pad_is_linked (pad) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static gboolean
copy_sticky_event (GstPad *pad, GstEvent **event, gpointer user_data)
{
  gst_pad_store_sticky_event (user_data, *event);
  return TRUE;
}

static gboolean
parse_rtpbin_pad (GstPad *pad, guint *session, guint *ssrc)
{
  guint pt;

  return sscanf (
             GST_PAD_NAME (pad), "recv_rtp_src_%u_%u_%u", session, ssrc, &pt)
      == 3;
}

static gchar *
make_pad_name (guint session, guint ssrc)
{
  return g_strdup_printf ("recv_rtp_src_%u_%u", session, ssrc);
}

static void
on_pad_added (GstElement *rtpbin, GstPad *pad, GstDiscordRtpBin *self)
{
  g_autofree gchar *name = NULL;
  guint session, ssrc;
  GstPad *ghost;

  if (!GST_PAD_IS_SRC (pad) || !parse_rtpbin_pad (pad, &session, &ssrc))
    return;
  name = make_pad_name (session, ssrc);
  ghost = gst_ghost_pad_new_from_template (name, pad,
      gst_element_get_pad_template (
          GST_ELEMENT (self), recv_template.name_template));
  gst_pad_add_probe (
      ghost, GST_PAD_PROBE_TYPE_BUFFER, drop_unlinked, NULL, NULL);
  gst_pad_set_active (ghost, TRUE);
  gst_pad_sticky_events_foreach (pad, copy_sticky_event, ghost);
  GST_DEBUG_OBJECT (self, "new pad %s", name);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
}

static void
on_stream_ended (GstElement *element, guint32 ssrc)
{
  g_autofree gchar *name = make_pad_name (0, ssrc);
  g_autoptr (GstPad) ghost = gst_element_get_static_pad (element, name);

  if (ghost == NULL)
    return;
  gst_pad_set_active (ghost, FALSE);
  gst_element_remove_pad (element, ghost);
}

/* Sessions */

static void
configure_session (GstDiscordRtpBin *self, GstClockTime report_interval)
{
  g_autoptr (GObject) session = NULL;

  g_signal_emit_by_name (self->rtpbin, "get-internal-session", 0, &session);
  if (session == NULL)
    return;
  /* No probation: the server authenticates its packets, and the first two of a
   * speaker are words too. */
  g_object_set (session, "probation", 0, "rtcp-min-interval", report_interval,
      "rtcp-fraction", RTCP_BANDWIDTH, NULL);
}

static GstPad *
link_request_pad (
    GstDiscordRtpBin *self, const gchar *source, const gchar *rtpbin_sink)
{
  GstPad *sink = gst_element_request_pad_simple (self->rtpbin, rtpbin_sink);
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->transport, source);

  gst_pad_link_full (src, sink, GST_PAD_LINK_CHECK_NOTHING);
  return sink;
}

static void
drop_request_pad (GstDiscordRtpBin *self, GstPad **pad)
{
  g_autoptr (GstPad) sink = g_steal_pointer (pad);
  g_autoptr (GstPad) src = gst_pad_get_peer (sink);

  if (src != NULL)
    gst_pad_unlink (src, sink);
  gst_element_release_request_pad (self->rtpbin, sink);
}

/* NULL->READY: the transport asks in READY->PAUSED what is linked. */
static void
set_up_receiving (GstDiscordRtpBin *self)
{
  gboolean receive, sending;

  GST_OBJECT_LOCK (self);
  receive = self->receive;
  sending = self->send_pad != NULL;
  GST_OBJECT_UNLOCK (self);

  if (receive && self->recv_rtp_sink == NULL) {
    self->recv_rtp_sink = link_request_pad (self, "rtp_src", "recv_rtp_sink_0");
    self->recv_rtcp_sink =
        link_request_pad (self, "rtcp_src", "recv_rtcp_sink_0");
    if (!sending)
      configure_session (self, RECEIVER_REPORT_INTERVAL);
  } else if (!receive && self->recv_rtp_sink != NULL) {
    drop_request_pad (self, &self->recv_rtp_sink);
    drop_request_pad (self, &self->recv_rtcp_sink);
  }
}

static GstPad *
gst_discord_rtp_bin_request_new_pad (GstElement *element,
    GstPadTemplate *template, const gchar *name, const GstCaps *caps)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (element);
  g_autoptr (GstPad) target = NULL;
  GstPad *ghost;
  gboolean taken;

  GST_OBJECT_LOCK (self);
  taken = self->send_pad != NULL;
  GST_OBJECT_UNLOCK (self);
  if (self->rtpbin == NULL || taken
      || (name != NULL && g_strcmp0 (name, "send_rtp_sink_0") != 0)) {
    GST_WARNING_OBJECT (self, "there is one session and one stream to send");
    return NULL;
  }

  target = gst_element_request_pad_simple (self->rtpbin, "send_rtp_sink_0");
  if (target == NULL)
    return NULL;
  gst_element_link_pads_full (self->rtpbin, "send_rtp_src_0", self->transport,
      "rtp_sink", GST_PAD_LINK_CHECK_NOTHING);
  gst_element_link_pads_full (self->rtpbin, "send_rtcp_src_0", self->transport,
      "rtcp_sink", GST_PAD_LINK_CHECK_NOTHING);
  configure_session (self, SENDER_REPORT_INTERVAL);

  ghost = gst_ghost_pad_new_from_template ("send_rtp_sink_0", target, template);
  gst_pad_set_active (ghost, TRUE);
  GST_OBJECT_LOCK (self);
  self->send_pad = gst_object_ref (ghost);
  GST_OBJECT_UNLOCK (self);
  gst_element_add_pad (element, ghost);
  return ghost;
}

static void
gst_discord_rtp_bin_release_pad (GstElement *element, GstPad *pad)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (element);
  g_autoptr (GstPad) target = NULL;
  g_autoptr (GstPad) rtcp = NULL;
  g_autoptr (GstPad) ours = NULL;

  GST_OBJECT_LOCK (self);
  if (pad == self->send_pad)
    ours = g_steal_pointer (&self->send_pad);
  GST_OBJECT_UNLOCK (self);
  if (ours == NULL)
    return;

  target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  rtcp = gst_element_get_static_pad (self->rtpbin, "send_rtcp_src_0");
  gst_pad_set_active (pad, FALSE);
  gst_ghost_pad_set_target (GST_GHOST_PAD (pad), NULL);
  if (target != NULL)
    gst_element_release_request_pad (self->rtpbin, target);
  if (rtcp != NULL)
    gst_element_release_request_pad (self->rtpbin, rtcp);
  gst_element_remove_pad (element, pad);
}

guint64
gst_discord_rtp_bin_get_user (GstDiscordRtpBin *self, guint32 ssrc)
{
  return gst_discord_rtp_receiver_get_user (self->receiver, ssrc);
}

/* State changes */

static gboolean
check_rtpbin (GstDiscordRtpBin *self)
{
  if (self->rtpbin != NULL)
    return TRUE;
  GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
      ("The rtpbin element of gst-plugins-good is missing."), (NULL));
  return FALSE;
}

static void
start_receiving (GstDiscordRtpBin *self)
{
  g_autoptr (GstDiscordConnection) connection = NULL;

  GST_OBJECT_LOCK (self);
  if (self->connection != NULL && self->receive)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self);
  gst_discord_rtp_receiver_start (self->receiver, connection);
}

static GstStateChangeReturn
gst_discord_rtp_bin_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (element);
  GstStateChangeReturn ret;

  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if (!check_rtpbin (self))
        return GST_STATE_CHANGE_FAILURE;
      set_up_receiving (self);
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      start_receiving (self);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      gst_discord_rtp_receiver_stop (self->receiver);
      break;
    default:
      break;
  }

  ret = GST_ELEMENT_CLASS (gst_discord_rtp_bin_parent_class)
            ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_discord_rtp_receiver_finish (self->receiver);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret == GST_STATE_CHANGE_FAILURE)
    gst_discord_rtp_receiver_stop (self->receiver);
  return ret;
}

/* Object */

static void
set_connection (GstDiscordRtpBin *self, GstDiscordConnection *connection)
{
  g_autoptr (GstDiscordConnection) old = NULL;

  if (self->transport != NULL)
    g_object_set (self->transport, "connection", connection, NULL);
  GST_OBJECT_LOCK (self);
  old = self->connection;
  self->connection = connection;
  GST_OBJECT_UNLOCK (self);
}

static void
set_latency (GstDiscordRtpBin *self, guint latency)
{
  GST_OBJECT_LOCK (self);
  self->latency = latency;
  GST_OBJECT_UNLOCK (self);
  /* The jitter buffers there are post the latency message. */
  if (self->rtpbin != NULL)
    g_object_set (self->rtpbin, "latency", latency, NULL);
}

static GstStructure *
get_stats (GstDiscordRtpBin *self)
{
  g_autoptr (GstDiscordConnection) connection = NULL;
  GstStructure *stats;

  if (self->receiver == NULL)
    return NULL;
  stats = gst_discord_rtp_receiver_get_stats (self->receiver);
  GST_OBJECT_LOCK (self);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self);
  if (connection != NULL) {
    g_autoptr (GstStructure) connection_stats =
        gst_discord_connection_get_stats (connection);

    gst_structure_set (
        stats, "connection", GST_TYPE_STRUCTURE, connection_stats, NULL);
  }
  return stats;
}

static void
gst_discord_rtp_bin_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (object);

  switch (prop_id) {
    case PROP_CONNECTION:
      set_connection (self, g_value_dup_object (value));
      break;
    case PROP_LATENCY:
      set_latency (self, g_value_get_uint (value));
      break;
    case PROP_RECEIVE:
      GST_OBJECT_LOCK (self);
      self->receive = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_rtp_bin_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (object);

  if (prop_id == PROP_STATS) {
    g_value_take_boxed (value, get_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_CONNECTION:
      g_value_set_object (value, self->connection);
      break;
    case PROP_LATENCY:
      g_value_set_uint (value, self->latency);
      break;
    case PROP_RECEIVE:
      g_value_set_boolean (value, self->receive);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_rtp_bin_dispose (GObject *object)
{
  GstDiscordRtpBin *self = GST_DISCORD_RTP_BIN (object);

  g_clear_pointer (&self->receiver, gst_discord_rtp_receiver_free);
  if (self->recv_rtp_sink != NULL)
    drop_request_pad (self, &self->recv_rtp_sink);
  if (self->recv_rtcp_sink != NULL)
    drop_request_pad (self, &self->recv_rtcp_sink);
  g_clear_object (&self->send_pad);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (gst_discord_rtp_bin_parent_class)->dispose (object);
}

static void
install_properties (GObjectClass *object_class)
{
  /**
   * GstDiscordRtpBin:connection:
   *
   * The connection to send and receive on, needed from PAUSED on. Default: none.
   *
   * Since: 0.1
   */
  properties[PROP_CONNECTION] = g_param_spec_object ("connection", "Connection",
      "Connection to send and receive on", GST_TYPE_DISCORD_CONNECTION,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  /**
   * GstDiscordRtpBin:latency:
   *
   * Depth of the jitter buffers in milliseconds; 0 passes packets on as they
   * come. Changing it posts a latency message. Default: 60.
   *
   * Since: 0.1
   */
  properties[PROP_LATENCY] = g_param_spec_uint ("latency", "Latency",
      "Depth of the jitter buffers in milliseconds (0 = none)", 0, G_MAXUINT,
      DEFAULT_LATENCY,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstDiscordRtpBin:receive:
   *
   * Whether packets are received. Looked at in the change from NULL to READY.
   * Default: %FALSE.
   *
   * Since: 0.1
   */
  properties[PROP_RECEIVE] = g_param_spec_boolean ("receive", "Receive",
      "Receive packets, which makes the element a live source", DEFAULT_RECEIVE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  /**
   * GstDiscordRtpBin:stats:
   *
   * `application/x-discord-rtp-stats` with the guint64 counters
   * `packets-invalid`, `packets-unknown-payload-type`, `packets-straggling`
   * (after their stream had ended), `packets-of-too-many-sources` and
   * `packets-overflowed` (downstream did not keep up); `connection`, the
   * statistics of the connection; and `sources`, an array with one structure
   * per SSRC: `ssrc`, `local`, `bitrate`, for ours `packets-sent` and
   * `octets-sent`, for others `user-id` (0 = unknown), `packets-received`,
   * `octets-received`, `packets-pushed`, `packets-lost`, `packets-late`,
   * `packets-duplicated` and `jitter` (ns).
   *
   * Since: 0.1
   */
  properties[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Counters of the connection and of each SSRC", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_discord_rtp_bin_class_init (GstDiscordRtpBinClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_discord_rtp_bin_set_property;
  object_class->get_property = gst_discord_rtp_bin_get_property;
  object_class->dispose = gst_discord_rtp_bin_dispose;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_bin_change_state);
  element_class->request_new_pad =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_bin_request_new_pad);
  element_class->release_pad =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_bin_release_pad);
  install_properties (object_class);

  /**
   * GstDiscordRtpBin::ssrc-user:
   * @self: the bin
   * @ssrc: a remote SSRC
   * @user_id: whose it is
   *
   * The user of an SSRC that is being received became known, or the SSRC went
   * to another user. From any thread.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SSRC_USER] =
      g_signal_new ("ssrc-user", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
          0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT64);

  gst_element_class_add_static_pad_template (element_class, &send_template);
  gst_element_class_add_static_pad_template (element_class, &recv_template);
  gst_element_class_set_static_metadata (element_class, "Discord RTP bin",
      "Filter/Network/RTP",
      "Sends and receives the RTP streams of a Discord voice connection",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtpbin.md");
}

static void
on_ssrc_user (GstElement *element, guint32 ssrc, guint64 user_id)
{
  g_signal_emit (element, signals[SIGNAL_SSRC_USER], 0, ssrc, user_id);
}

static const GstDiscordRtpReceiverFuncs receiver_funcs = {
  .ssrc_user = on_ssrc_user,
  .stream_ended = on_stream_ended,
};

static void
gst_discord_rtp_bin_init (GstDiscordRtpBin *self)
{
  self->latency = DEFAULT_LATENCY;
  self->receive = DEFAULT_RECEIVE;

  self->rtpbin = gst_element_factory_make ("rtpbin", "rtpbin");
  if (self->rtpbin == NULL)
    return; /* told in NULL->READY */
  self->transport =
      g_object_new (GST_TYPE_DISCORD_TRANSPORT, "name", "transport", NULL);
  /* drop-on-latency stays off: a stream may wait for its user to become known,
   * and downstream may be paused. */
  gst_util_set_object_arg (G_OBJECT (self->rtpbin), "rtp-profile", "avpf");
  /* Sender reports tell when media was made: when it is sent is known only to
   * a sink, behind whose clock wait we are. */
  g_object_set (self->rtpbin, "latency", DEFAULT_LATENCY, "do-lost", TRUE,
      "rtcp-sync-send-time", FALSE, NULL);
  gst_bin_add_many (GST_BIN (self), self->rtpbin, self->transport, NULL);

  g_signal_connect (
      self->rtpbin, "request-pt-map", G_CALLBACK (on_request_pt_map), self);
  g_signal_connect (self->rtpbin, "pad-added", G_CALLBACK (on_pad_added), self);
  self->receiver = gst_discord_rtp_receiver_new (
      GST_ELEMENT (self), self->rtpbin, self->transport, &receiver_funcs);
}
