/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "pictureid.h"
#include "rtc-private.h"

#include <gst/discord/gstdiscordmediameta.h>

#include "../transport/rtcp.h"
#include "../transport/rtpheader.h"

#include <string.h>

/* Packets sent or passed on at once: what the transport reads in one go. */
#define MAX_BATCH 32

/* Senders whose reports are remembered; a peer decides how many there are. */
#define MAX_SENDER_REPORTS 4096

/* RFC 3550 section 4: seconds from 1900 to 1970. */
#define NTP_UNIX_OFFSET G_GUINT64_CONSTANT (2208988800)

static void
rtc_transport_clear (gpointer data)
{
  DiscordRtcTransport *transport = data;

  if (transport->udp != NULL)
    discord_udp_transport_free (transport->udp);
  discord_rtc_unref (transport->rtc);
}

void
discord_rtc_transport_unref (DiscordRtcTransport *transport)
{
  g_atomic_rc_box_release_full (transport, rtc_transport_clear);
}

DiscordRtcTransport *
discord_rtc_steal_transport_unlocked (DiscordRtc *self)
{
  self->send_state.ssrc = 0;
  self->send_state.speaking_sent = 0;
  discord_rtc_clear_own_streams_unlocked (self);
  return g_steal_pointer (&self->transport);
}

void
discord_rtc_transport_close (DiscordRtcTransport *transport)
{
  DiscordRtc *self = transport->rtc;
  DiscordUdpTransportStats stats;

  discord_udp_transport_get_stats (transport->udp, &stats);
  g_mutex_lock (&self->lock);
  discord_rtc_add_udp_stats (&self->closed_stats, &stats);
  g_mutex_unlock (&self->lock);
  discord_rtc_transport_unref (transport);
}

DiscordRtcTransport *
discord_rtc_dup_transport (DiscordRtc *self)
{
  DiscordRtcTransport *transport = NULL;

  g_mutex_lock (&self->lock);
  if (self->transport != NULL)
    transport = g_atomic_rc_box_acquire (self->transport);
  g_mutex_unlock (&self->lock);
  return transport;
}

void
discord_rtc_add_own_stream_unlocked (
    DiscordRtc *self, guint32 ssrc, guint clock_rate)
{
  DiscordOwnStream *stream;

  if (ssrc == 0)
    return;
  stream = &self->own_streams[self->n_own_streams++];
  stream->ssrc = ssrc;
  stream->picture_id = -1;
  discord_rtp_position_init (&stream->position, clock_rate);
}

static DiscordOwnStream *
find_own_stream_unlocked (DiscordRtc *self, guint32 ssrc)
{
  for (guint i = 0; i < self->n_own_streams; i++)
    if (self->own_streams[i].ssrc == ssrc)
      return &self->own_streams[i];
  return NULL;
}

typedef struct
{
  guint32 ssrc;
  guint16 seqnum;
  guint32 timestamp;
  gint picture_id; /* -1: it ends no frame of VP8 */
  gboolean own;
} PacketHead;

/* The SSRC of an RTP packet is at 8, that of an RTCP packet's sender at 4. */
static void
read_head (const GstDiscordOutPacket *packet, PacketHead *head)
{
  guint32 words[3] = { 0 };
  guint16 picture_id;

  gst_buffer_extract (packet->buffer, 0, words, sizeof words);
  head->ssrc = GUINT32_FROM_BE (words[packet->rtcp ? 1 : 2]);
  head->seqnum = (guint16) GUINT32_FROM_BE (words[0]);
  head->timestamp = GUINT32_FROM_BE (words[1]);
  head->picture_id =
      !packet->rtcp && discord_picture_id_read (packet->buffer, &picture_id)
      ? picture_id
      : -1;
}

static void
note_packet (DiscordOwnStream *stream, const PacketHead *head, gint64 now)
{
  discord_rtp_position_note (
      &stream->position, head->seqnum, head->timestamp, now);
  if (head->picture_id >= 0)
    stream->picture_id = head->picture_id;
}

/* Golive 3.4 and 4: none of a viewer, and none of a paused stream. */
static gboolean
may_send_rtp_unlocked (DiscordRtc *self)
{
  if (self->config.session.join == DISCORD_JOIN_WATCH) {
    self->dropped_viewer++;
    return FALSE;
  }
  if (self->send_state.paused) {
    self->dropped_paused++;
    return FALSE;
  }
  return TRUE;
}

/* The transport, or NULL when nothing can be sent now; marks the packets that
 * are of our streams and notes how far these have come. */
static DiscordRtcTransport *
admit (DiscordRtc *self, const GstDiscordOutPacket *packets, PacketHead *heads,
    guint n_packets)
{
  gint64 now = g_get_monotonic_time ();
  DiscordRtcTransport *transport = NULL;

  g_mutex_lock (&self->lock);
  if (self->send_state.can_send && self->transport != NULL)
    transport = g_atomic_rc_box_acquire (self->transport);
  else
    self->dropped_not_connected += n_packets;
  for (guint i = 0; transport != NULL && i < n_packets; i++) {
    DiscordOwnStream *stream = find_own_stream_unlocked (self, heads[i].ssrc);

    heads[i].own = stream != NULL;
    if (stream == NULL)
      self->dropped_foreign_ssrc++;
    else if (!packets[i].rtcp && !may_send_rtp_unlocked (self))
      heads[i].own = FALSE;
    else if (!packets[i].rtcp)
      note_packet (stream, &heads[i], now);
  }
  g_mutex_unlock (&self->lock);
  return transport;
}

static guint
rtc_send_batch (
    DiscordRtc *self, const GstDiscordOutPacket *packets, guint n_packets)
{
  DiscordSendPacket batch[MAX_BATCH];
  PacketHead heads[MAX_BATCH];
  DiscordRtcTransport *transport;
  guint n = 0, sent;

  for (guint i = 0; i < n_packets; i++)
    read_head (&packets[i], &heads[i]);
  transport = admit (self, packets, heads, n_packets);
  if (transport == NULL)
    return 0;

  for (guint i = 0; i < n_packets; i++) {
    if (!heads[i].own)
      continue;
    batch[n++] = (DiscordSendPacket){
      .buffer = packets[i].buffer,
      .kind = packets[i].rtcp ? TRANSPORT_PACKET_RTCP : TRANSPORT_PACKET_RTP,
      .deadline_ns = GST_CLOCK_TIME_IS_VALID (packets[i].deadline)
          ? (gint64) packets[i].deadline
          : -1,
    };
  }
  sent = discord_udp_transport_send (transport->udp, batch, n);
  if (sent < n_packets
      && discord_udp_transport_is_key_exhausted (transport->udp))
    discord_rtc_invoke_key_exhausted (self);
  discord_rtc_transport_unref (transport);
  return sent;
}

guint
discord_rtc_send (
    DiscordRtc *self, const GstDiscordOutPacket *packets, guint n_packets)
{
  guint sent = 0;

  for (guint i = 0; i < n_packets; i += MAX_BATCH)
    sent += rtc_send_batch (self, packets + i, MIN (n_packets - i, MAX_BATCH));
  return sent;
}

gboolean
discord_rtc_get_rtp_position (
    DiscordRtc *self, guint32 ssrc, guint16 *seqnum, guint32 *timestamp)
{
  gint64 now = g_get_monotonic_time ();
  const DiscordOwnStream *stream;
  gboolean known;

  g_mutex_lock (&self->lock);
  stream = find_own_stream_unlocked (self, ssrc);
  known = stream != NULL
      && discord_rtp_position_next (&stream->position, now, seqnum, timestamp);
  g_mutex_unlock (&self->lock);
  return known;
}

gboolean
discord_rtc_get_picture_id (DiscordRtc *self, guint32 ssrc, guint16 *picture_id)
{
  const DiscordOwnStream *stream;
  gboolean known;

  g_mutex_lock (&self->lock);
  stream = find_own_stream_unlocked (self, ssrc);
  known = stream != NULL && stream->picture_id >= 0;
  if (known)
    *picture_id = discord_picture_id_next ((guint16) stream->picture_id);
  g_mutex_unlock (&self->lock);
  return known;
}

static GstClockTime
ntp_to_unix (guint64 ntp)
{
  guint64 seconds = ntp >> 32;

  if (seconds < NTP_UNIX_OFFSET)
    return GST_CLOCK_TIME_NONE;
  return (seconds - NTP_UNIX_OFFSET) * GST_SECOND
      + gst_util_uint64_scale (
          ntp & 0xffffffff, GST_SECOND, G_GUINT64_CONSTANT (1) << 32);
}

/* media-transport 8, clock mapping: by the sender's report, else by the send
 * time that came with the packet. */
static GstClockTime
sender_time_unlocked (DiscordRtc *self, const GstDiscordMediaMeta *meta,
    DiscordSsrcKind kind, const RtpExtension *send_time)
{
  const RtcpSenderReport *report =
      g_hash_table_lookup (self->sender_reports, GUINT_TO_POINTER (meta->ssrc));
  gint rate = kind == DISCORD_SSRC_VIDEO ? DISCORD_VIDEO_CLOCK_RATE
                                         : DISCORD_AUDIO_CLOCK_RATE;

  if (report != NULL) {
    GstClockTime base = ntp_to_unix (report->ntp);
    gint32 ticks = meta->rtp_timestamp - report->rtp_time;
    gint64 offset = (gint64) ticks * (gint64) GST_SECOND / rate;

    if (GST_CLOCK_TIME_IS_VALID (base)
        && (offset >= 0 || base > (guint64) -offset))
      return base + offset;
  }
  if (send_time != NULL && send_time->length == 3) {
    guint32 element =
        send_time->data[0] << 16 | send_time->data[1] << 8 | send_time->data[2];
    gint64 unix_ns =
        rtp_abs_send_time_to_unix (element, g_get_real_time () * (gint64) 1000);

    if (unix_ns >= 0)
      return unix_ns;
  }
  return GST_CLOCK_TIME_NONE;
}

/* Whole elements up to what the meta has room for. */
static void
meta_set_extensions (
    GstDiscordMediaMeta *meta, const TransportPlain *plain, const guint8 *data)
{
  meta->extension_profile = plain->extension_profile;
  meta->extension_length = MIN (
      plain->extension_length, (gsize) GST_DISCORD_MEDIA_META_MAX_EXTENSIONS);
  memcpy (
      meta->extensions, data + plain->extension_offset, meta->extension_length);
}

/* Fills everything that the packet itself tells; @send_time points into
 * @data. */
static void
meta_set_packet (GstDiscordMediaMeta *meta, const DiscordReceivedPacket *packet,
    const guint8 *data, RtpExtension *send_time)
{
  const TransportPlain *plain = &packet->plain;
  gboolean silence = rtp_opus_is_silence (
      data + plain->payload_offset, plain->length - plain->payload_offset);
  guint8 speaker = 0;
  RtpExtensionIter iter;
  RtpExtension extension;

  meta->marker = (data[1] & 0x80) != 0;
  meta->payload_type = data[1] & 0x7f;
  meta->seqnum = GST_READ_UINT16_BE (data + 2);
  meta->rtp_timestamp = GST_READ_UINT32_BE (data + 4);
  meta->ssrc = GST_READ_UINT32_BE (data + 8);
  meta->received_time = packet->arrival_ns;

  if (plain->extension_offset != 0) {
    meta->rtp_extended = TRUE;
    meta_set_extensions (meta, plain, data);
    rtp_extension_iter_init (&iter, plain->extension_profile,
        data + plain->extension_offset, plain->extension_length);
    while (rtp_extension_iter_next (&iter, &extension)) {
      if (extension.id == RTP_EXTENSION_AUDIO_LEVEL && extension.length == 1) {
        meta->audio_level = extension.data[0] & 0x7f;
        meta->voice_activity = (extension.data[0] & 0x80) != 0;
      } else if (extension.id == RTP_EXTENSION_SPEAKER
          && extension.length == 1) {
        speaker = extension.data[0];
      } else if (extension.id == RTP_EXTENSION_ABS_SEND_TIME) {
        *send_time = extension;
      }
    }
  }
  meta->speaking_flags = rtp_speaking_from_element (speaker, silence);
}

/* FALSE when nobody here wants the packet: we are deafened. */
static gboolean
rtc_attach_meta (DiscordRtc *self, const DiscordReceivedPacket *packet)
{
  GstDiscordMediaMeta *meta =
      gst_buffer_add_discord_media_meta (packet->buffer);
  RtpExtension send_time = { 0 };
  DiscordSsrcOwner owner;
  GstMapInfo map;
  gboolean deaf;

  if (!gst_buffer_map (packet->buffer, &map, GST_MAP_READ))
    return FALSE;
  meta_set_packet (meta, packet, map.data, &send_time);

  g_mutex_lock (&self->lock);
  discord_ssrc_table_lookup (self->ssrcs, meta->ssrc, &owner);
  meta->user_id = owner.user_id;
  meta->sender_time = sender_time_unlocked (
      self, meta, owner.kind, send_time.data != NULL ? &send_time : NULL);
  deaf = self->config.session.self_deaf;
  if (deaf)
    self->dropped_deaf++;
  g_mutex_unlock (&self->lock);

  gst_buffer_unmap (packet->buffer, &map);
  return !deaf;
}

static void
rtc_note_sender_reports (DiscordRtc *self, const DiscordReceivedPacket *packet)
{
  RtcpSenderReport report;
  RtcpPacket part;
  RtcpIter iter;
  GstMapInfo map;

  if (!gst_buffer_map (packet->buffer, &map, GST_MAP_READ))
    return;
  rtcp_iter_init (&iter, map.data, map.size);
  while (rtcp_iter_next (&iter, &part)) {
    if (!rtcp_packet_sender_report (&part, &report))
      continue;
    g_mutex_lock (&self->lock);
    if (g_hash_table_size (self->sender_reports) < MAX_SENDER_REPORTS)
      g_hash_table_replace (self->sender_reports,
          GUINT_TO_POINTER (report.ssrc), g_memdup2 (&report, sizeof report));
    g_mutex_unlock (&self->lock);
  }
  gst_buffer_unmap (packet->buffer, &map);
}

typedef struct
{
  GstDiscordSubscribeFlags kind;
  GstBuffer **buffers;
  guint n_buffers;
} PacketsCall;

static void
invoke_packets (
    GCallback func, gpointer object, gpointer user_data, gpointer call_data)
{
  const PacketsCall *call = call_data;

  ((GstDiscordPacketsFunc) func) (
      call->kind, call->buffers, call->n_buffers, user_data);
}

static void
rtc_pass_on (DiscordRtc *self, GstDiscordSubscribeFlags kind,
    GstBuffer **buffers, guint n_buffers)
{
  PacketsCall call = { kind, buffers, n_buffers };

  if (n_buffers > 0)
    discord_listeners_call (self->listeners, kind, invoke_packets, &call);
}

static gboolean
rtc_transport_is_current (DiscordRtcTransport *transport)
{
  DiscordRtc *self = transport->rtc;
  gboolean current;

  g_mutex_lock (&self->lock);
  current = self->transport == transport;
  g_mutex_unlock (&self->lock);
  return current;
}

static void
on_received (
    const DiscordReceivedPacket *packets, guint n_packets, gpointer user_data)
{
  DiscordRtcTransport *transport = user_data;
  DiscordRtc *self = transport->rtc;
  GstBuffer *rtp[MAX_BATCH], *rtcp[MAX_BATCH];
  guint n_rtp = 0, n_rtcp = 0;

  if (!rtc_transport_is_current (transport))
    return;

  for (guint i = 0; i < n_packets; i++) {
    if (n_rtp == MAX_BATCH || n_rtcp == MAX_BATCH) {
      rtc_pass_on (self, GST_DISCORD_SUBSCRIBE_RTP, rtp, n_rtp);
      rtc_pass_on (self, GST_DISCORD_SUBSCRIBE_RTCP, rtcp, n_rtcp);
      n_rtp = n_rtcp = 0;
    }
    if (packets[i].kind == TRANSPORT_PACKET_RTCP) {
      rtc_note_sender_reports (self, &packets[i]);
      rtcp[n_rtcp++] = packets[i].buffer;
    } else if (rtc_attach_meta (self, &packets[i])) {
      rtp[n_rtp++] = packets[i].buffer;
    }
  }
  rtc_pass_on (self, GST_DISCORD_SUBSCRIBE_RTP, rtp, n_rtp);
  rtc_pass_on (self, GST_DISCORD_SUBSCRIBE_RTCP, rtcp, n_rtcp);
}

static void
on_discovered (
    const gchar *address, guint16 port, const GError *error, gpointer user_data)
{
  DiscordRtcTransport *transport = user_data;

  discord_rtc_invoke_discovered (
      transport->rtc, transport->generation, address, port, error);
}

const DiscordUdpTransportCallbacks discord_rtc_udp_callbacks = {
  .discovered = on_discovered,
  .received = on_received,
};

void
discord_rtc_get_send_state (DiscordRtc *self, GstDiscordSendState *state)
{
  g_mutex_lock (&self->lock);
  *state = self->send_state;
  g_mutex_unlock (&self->lock);
}

static void
invoke_send_state (
    GCallback func, gpointer object, gpointer user_data, gpointer call_data)
{
  ((GstDiscordSendStateFunc) func) (object, call_data, user_data);
}

void
discord_rtc_notify_send_state (DiscordRtc *self)
{
  GstDiscordSendState state;

  discord_rtc_get_send_state (self, &state);
  discord_listeners_call (self->listeners, DISCORD_RTC_LISTEN_SEND_STATE,
      invoke_send_state, &state);
}

guint
discord_rtc_add_send_watch (DiscordRtc *self, GstDiscordSendStateFunc func,
    GstDiscordConnection *connection, gpointer user_data)
{
  return discord_listeners_add (self->listeners, DISCORD_RTC_LISTEN_SEND_STATE,
      (GCallback) func, connection, user_data);
}

guint
discord_rtc_subscribe (DiscordRtc *self, GstDiscordSubscribeFlags flags,
    GstDiscordPacketsFunc func, gpointer user_data)
{
  return discord_listeners_add (
      self->listeners, flags, (GCallback) func, NULL, user_data);
}

void
discord_rtc_remove_listener (DiscordRtc *self, guint id)
{
  discord_listeners_remove (self->listeners, id);
}
