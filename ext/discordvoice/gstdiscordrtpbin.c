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
 * Request pads `send_rtp_sink_%u` take one RTP stream each, whose SSRC is one of
 * the connection's, see #GstDiscordConnection; packets with another one are
 * dropped. By convention sound goes to `send_rtp_sink_0` and the layers of video
 * to others, which have to be requested before the bin goes to PAUSED. While RTP
 * is sent a sender report goes out about once per second.
 *
 * Packets of video are kept for a while, at most 4096 of a stream, 4 MiB and two
 * seconds. When the server misses some (NACK) they are sent again on the SSRC of
 * #GstDiscordRtpSendPad:rtx-ssrc, not twice within 20 ms or a round trip. When
 * somebody needs a keyframe (PLI, FIR) a #GstForceKeyUnit event that asks for all
 * headers goes upstream, at most once in 500 ms for each stream. Transport-wide
 * sequence numbers are filled in where packets have room for them. Where
 * #GstDiscordConnection:rtx is off nothing is kept, sent again, asked for or
 * restored; it is looked at in the change from READY to PAUSED.
 *
 * With #GstDiscordRtpBin:receive set it is a live source as well: a sometimes
 * pad `recv_rtp_src_0_<ssrc>` (`application/x-rtp`, reordered, with
 * a #GstDiscordMediaMeta on every packet) appears with the first packet of each
 * remote SSRC. When its user leaves, gets another SSRC, or the connection starts
 * a new session, what is buffered is pushed, then EOS, then the pad goes away;
 * an SSRC that nobody owns, or one of video, goes away after it was silent for a
 * while. Pads may be left unlinked. Lost packets are announced by
 * `GstRTPPacketLost` events. Packets of payload types other than Discord's never
 * get to a pad, nor do those of video unless #GstDiscordRtpBin:receive-video is
 * set.
 *
 * Of received video what is missing is asked for at once and every 100 ms until
 * its jitter buffer waits no more; what comes again is put in its place. A
 * keyframe is asked for with the first packet and whenever a #GstForceKeyUnit
 * event comes from downstream, at most once in 500 ms; who needs one asks until it
 * is there. A stream keeps its pad when its codec changes: new caps come. Reports
 * of one user's streams get one CNAME, so that rtpbin plays sound and picture in
 * step.
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
 * ## Statistics
 *
 * The property stats has `connection`, the statistics of the connection (see
 * gst_discord_connection_get_stats()), and the guint64 counters
 * `packets-invalid`, `packets-unknown-payload-type`, `packets-straggling` (after
 * their stream had ended), `packets-of-too-many-sources` and
 * `packets-overflowed` (downstream did not keep up). Nothing has to be switched
 * on. Counters are guint64 and SSRCs and sequence numbers guint where nothing
 * else is said; instants are of CLOCK_MONOTONIC, in nanoseconds.
 *
 * `sources` is an array with one structure per SSRC of sound and of what is
 * received: `ssrc`, `local` (gboolean), `bitrate`, for ours `packets-sent` and
 * `octets-sent`, for others `user-id` (0 = unknown), `packets-received`,
 * `octets-received`, `packets-pushed`, `packets-lost`, `packets-late`,
 * `packets-duplicated` and `jitter` (ns), and for their video
 * `packets-restored`, `packets-requested`, `nacks-sent` and `plis-sent`.
 *
 * `senders` is an array with one structure per request pad: `ssrc` (0 = nothing
 * sent yet), `packets-sent`, `octets-sent` (of payload), of the last packet
 * `last-seqnum`, `last-transport-seqnum` (if it has one) and `last-sent-time`,
 * `rtx-ssrc` (0 = none), `history-packets` (guint), `history-bytes`,
 * `nacks-received`, `plis-received`, `firs-received`, `key-unit-requests`,
 * `packets-retransmitted`, `retransmissions-unknown`,
 * `retransmissions-suppressed` and `retransmissions-overflowed`. What the last
 * receiver report about the stream said (RFC 3550 6.4) is there from the first
 * one of a session on: `remote-ssrc` (who reports), `remote-report-time` (when it
 * came; there is one about each second), `remote-fraction-lost` (gdouble),
 * `remote-packets-lost` (gint), `remote-highest-seqnum` (extended),
 * `remote-jitter` (guint, in the stream's clock), `remote-last-sr` and
 * `remote-delay-since-last-sr` (guint, as in the report), and `round-trip-time`
 * (gdouble, s) if it tells that.
 *
 * Of all together there are `remb-bitrate` (bit/s, 0 = none came),
 * `twcc-feedbacks-received`, `twcc-packets-received` and `twcc-packets-lost`.
 * `retransmissions` is what discordrtxdemux counted, while video is received.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpbin-private.h"
#include "gstdiscordrtpsendpad.h"
#include "gstdiscordtransport.h"
#include "missingelement.h"

GST_DEBUG_CATEGORY (discord_rtp_bin_debug);
#define GST_CAT_DEFAULT discord_rtp_bin_debug

#define DEFAULT_LATENCY 60
#define DEFAULT_VIDEO_LATENCY 200
#define DEFAULT_RECEIVE FALSE

/* In bit/s; so much that the interval above decides, not the bandwidth. */
#define RTCP_BANDWIDTH 1000000.0

enum
{
  PROP_0,
  PROP_CONNECTION,
  PROP_LATENCY,
  PROP_VIDEO_LATENCY,
  PROP_RECEIVE,
  PROP_RECEIVE_VIDEO,
  PROP_RTX_SSRC_MAP,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordRtpBin, gst_discord_rtp_bin,
    GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (
        discord_rtp_bin_debug, "discordrtpbin", 0, "Discord RTP bin"));
GST_ELEMENT_REGISTER_DEFINE (
    discordrtpbin, "discordrtpbin", GST_RANK_NONE, GST_TYPE_DISCORD_RTP_BIN);

GstDiscordConnection *
gst_discord_rtp_bin_ref_connection (GstDiscordRtpBin *self)
{
  GstDiscordConnection *connection = NULL;

  GST_OBJECT_LOCK (self);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self);
  return connection;
}

gboolean
gst_discord_rtp_bin_has_rtx (GstDiscordRtpBin *self)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_rtp_bin_ref_connection (self);
  gboolean rtx = TRUE;

  if (connection != NULL)
    g_object_get (connection, "rtx", &rtx, NULL);
  return rtx;
}

void
gst_discord_rtp_bin_configure_session (
    GstDiscordRtpBin *self, guint session, GstClockTime report_interval)
{
  g_autoptr (GObject) object = NULL;

  g_signal_emit_by_name (
      self->rtpbin, "get-internal-session", session, &object);
  if (object == NULL)
    return;
  /* No probation: the server authenticates its packets, and the first two of a
   * speaker are words too. What is out of order is the jitter buffer's. */
  g_object_set (object, "probation", 0, "rtcp-min-interval", report_interval,
      "rtcp-fraction", RTCP_BANDWIDTH, "max-misorder-time",
      GST_DISCORD_RTP_ANY_ORDER, NULL);
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
  discord_missing_element_fail (GST_ELEMENT (self), "rtpbin");
  return FALSE;
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
      if (!gst_discord_rtp_bin_set_up_receiving (self))
        return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      /* Pads may have come since; the transport looks next what is linked. */
      if (!gst_discord_rtp_bin_set_up_receiving (self))
        return GST_STATE_CHANGE_FAILURE;
      gst_discord_rtp_bin_start_sending (self);
      gst_discord_rtp_bin_start_receiving (self);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      gst_discord_rtp_receiver_stop (self->receiver);
      break;
    default:
      break;
  }

  ret = GST_ELEMENT_CLASS (gst_discord_rtp_bin_parent_class)
            ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    /* Not before: what is upstream may wait for a child. */
    gst_discord_rtp_bin_stop_sending (self);
    gst_discord_rtp_receiver_finish (self->receiver);
  }
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret == GST_STATE_CHANGE_FAILURE) {
    gst_discord_rtp_receiver_stop (self->receiver);
    gst_discord_rtp_bin_stop_sending (self);
  }
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
  if (self->rtpbin == NULL)
    return;
  /* The jitter buffers there are post the latency message. Those of video get
   * it as well, and theirs again. */
  g_object_set (self->rtpbin, "latency", latency, NULL);
  gst_discord_rtp_receiver_update_latency (self->receiver);
}

static void
set_video_latency (GstDiscordRtpBin *self, guint latency)
{
  GST_OBJECT_LOCK (self);
  self->video_latency = latency;
  GST_OBJECT_UNLOCK (self);
  if (self->rtpbin != NULL)
    gst_discord_rtp_receiver_set_video_latency (self->receiver, latency);
}

/* Takes @map. */
static void
set_rtx_ssrcs (GstDiscordRtpBin *self, GstStructure *map)
{
  g_autoptr (GstElement) demux =
      gst_bin_get_by_name (GST_BIN (self), "rtxdemux");
  GstStructure *old;

  if (demux != NULL)
    g_object_set (demux, "ssrc-map", map, NULL);
  GST_OBJECT_LOCK (self);
  old = self->rtx_ssrcs;
  self->rtx_ssrcs = map;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&old, gst_structure_free);
}

static void
add_rtxdemux_stats (GstDiscordRtpBin *self, GstStructure *stats)
{
  g_autoptr (GstElement) demux =
      gst_bin_get_by_name (GST_BIN (self), "rtxdemux");
  g_autoptr (GstStructure) counted = NULL;

  if (demux == NULL)
    return;
  g_object_get (demux, "stats", &counted, NULL);
  gst_structure_set (
      stats, "retransmissions", GST_TYPE_STRUCTURE, counted, NULL);
}

static GstStructure *
get_stats (GstDiscordRtpBin *self)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_rtp_bin_ref_connection (self);
  GstStructure *stats;

  if (self->receiver == NULL)
    return NULL;
  stats = gst_discord_rtp_receiver_get_stats (self->receiver);
  gst_discord_video_senders_add_stats (self->senders, stats);
  add_rtxdemux_stats (self, stats);
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
    case PROP_VIDEO_LATENCY:
      set_video_latency (self, g_value_get_uint (value));
      break;
    case PROP_RECEIVE_VIDEO:
      GST_OBJECT_LOCK (self);
      self->receive_video = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_RTX_SSRC_MAP:
      set_rtx_ssrcs (self, g_value_dup_boxed (value));
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
    case PROP_VIDEO_LATENCY:
      g_value_set_uint (value, self->video_latency);
      break;
    case PROP_RECEIVE_VIDEO:
      g_value_set_boolean (value, self->receive_video);
      break;
    case PROP_RTX_SSRC_MAP:
      g_value_set_boxed (value, self->rtx_ssrcs);
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

  gst_discord_rtp_bin_dispose_receiving (self);
  gst_discord_rtp_bin_dispose_sending (self);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->rtx_ssrcs, gst_structure_free);
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
   * Depth of audio's jitter buffers in milliseconds; 0 passes packets on as they
   * come. Changing it posts a latency message. Default: 60.
   *
   * Since: 0.1
   */
  properties[PROP_LATENCY] = g_param_spec_uint ("latency", "Latency",
      "Depth of audio's jitter buffers in milliseconds (0 = none)", 0,
      G_MAXUINT, DEFAULT_LATENCY,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstDiscordRtpBin:video-latency:
   *
   * Depth of video's jitter buffers in milliseconds: how long a lost packet may
   * take to come again. 0 passes packets on as they come and asks for none.
   * Changing it posts a latency message. Default: 200.
   *
   * Since: 0.1
   */
  properties[PROP_VIDEO_LATENCY] = g_param_spec_uint ("video-latency",
      "Video latency",
      "Depth of video's jitter buffers in milliseconds (0 = none)", 0,
      G_MAXUINT, DEFAULT_VIDEO_LATENCY,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstDiscordRtpBin:receive-video:
   *
   * Whether video gets pads too; otherwise its packets are counted as being of
   * an unknown payload type. Looked at in the changes from NULL to PAUSED.
   * Default: %FALSE.
   *
   * Since: 0.1
   */
  properties[PROP_RECEIVE_VIDEO] = g_param_spec_boolean ("receive-video",
      "Receive video", "Receive video packets as well", FALSE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  /**
   * GstDiscordRtpBin:rtx-ssrc-map:
   *
   * The announced pairs of SSRCs, see #GstDiscordRtxDemux:ssrc-map. Default:
   * none.
   *
   * Since: 0.1
   */
  properties[PROP_RTX_SSRC_MAP] = g_param_spec_boxed ("rtx-ssrc-map",
      "RTX SSRC map", "SSRCs of media and of their retransmissions",
      GST_TYPE_STRUCTURE,
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
   * `application/x-discord-rtp-stats`, see #discordrtpbin.
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
  g_signal_new ("ssrc-user", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
      NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT64);

  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &gst_discord_rtp_bin_send_template, GST_TYPE_DISCORD_RTP_SEND_PAD);
  gst_element_class_add_static_pad_template (
      element_class, &gst_discord_rtp_bin_recv_template);
  gst_element_class_set_static_metadata (element_class, "Discord RTP bin",
      "Filter/Network/RTP",
      "Sends and receives the RTP streams of a Discord voice connection",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtpbin.md");
}

static void
gst_discord_rtp_bin_init (GstDiscordRtpBin *self)
{
  self->latency = DEFAULT_LATENCY;
  self->video_latency = DEFAULT_VIDEO_LATENCY;
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

  gst_discord_rtp_bin_init_sending (self);
  gst_discord_rtp_bin_init_receiving (self);
  set_video_latency (self, DEFAULT_VIDEO_LATENCY);
}
