/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "udptransport.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <gst/discord/gstdiscorderror.h>

#include "iopool.h"
#include "receivebatch.h"
#include "transportkeys.h"
#include "udpreceiver.h"
#include "udpsender.h"
#include "udpsocket.h"
#include "udptransport-private.h"

#define GST_CAT_DEFAULT discord_udp_debug_category ()

/* Of one socket, before the other sockets of the thread get their turn. */
#define BATCHES_PER_WAKE 4
#define NS_PER_MS G_GINT64_CONSTANT (1000000)

const DiscordUdpParams discord_udp_params = {
  .control = {
      .discovery_interval_ns = 500 * NS_PER_MS,
      .discovery_tries = 10,
      .ping_first_ns = 100 * NS_PER_MS,
      .ping_interval_ns = 5000 * NS_PER_MS,
  },
  .key_overlap_ns = 5000 * NS_PER_MS,
  .send_wait_ns = 50 * NS_PER_MS,
  .first_nonce = TRANSPORT_FIRST_NONCE,
};

struct _DiscordUdpTransport
{
  DiscordUdpTransportCallbacks callbacks;
  gpointer user_data;
  DiscordUdpParams params;
  guint32 ssrc;
  GSocket *socket;
  gint fd; /* of socket */
  DiscordIOMember *member;
  DiscordUdpControl control; /* the I/O thread's own */

  /* Guards sender and makes protecting one thread's work at a time. May be held
   * while a full socket is waited for: nothing that receives takes it.
   * Order: send_lock before lock. */
  GMutex send_lock;
  DiscordUdpSender *sender;

  /* Guards what follows. Innermost, never held across a system call. */
  GMutex lock;
  DiscordTransportKeys keys;
  DiscordUdpTransportStats stats;
};

GstDebugCategory *
discord_udp_debug_category (void)
{
  static GstDebugCategory *category;
  static gsize made;

  if (g_once_init_enter (&made)) {
    GST_DEBUG_CATEGORY_INIT (
        category, "discordudp", 0, "Discord UDP transport");
    g_once_init_leave (&made, 1);
  }
  return category;
}

static void
publish_control (DiscordUdpTransport *self)
{
  const DiscordUdpControl *control = &self->control;

  g_mutex_lock (&self->lock);
  self->stats.pings_sent = control->pings_sent;
  self->stats.pings_lost = control->pings_lost;
  self->stats.rtt = control->rtt_ns < 0 ? -1.0 : control->rtt_ns / 1e9;
  g_mutex_unlock (&self->lock);
}

static void
report_discovered (DiscordUdpTransport *self)
{
  const DiscordUdpControl *control = &self->control;

  GST_DEBUG (
      "ssrc %u: discovered %s:%u", self->ssrc, control->address, control->port);
  self->callbacks.discovered (
      control->address, control->port, NULL, self->user_data);
}

static void
report_blocked (DiscordUdpTransport *self)
{
  g_autoptr (GError) error = g_error_new_literal (GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_UDP_BLOCKED,
      "The voice server does not answer over UDP: a firewall or the network "
      "blocks it");

  GST_WARNING ("ssrc %u: no answer to %u discovery requests", self->ssrc,
      self->control.tries);
  self->callbacks.discovered (NULL, 0, error, self->user_data);
}

static void
send_control (DiscordUdpTransport *self, const guint8 *data, gsize length)
{
  gint code;

  if (send (self->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
    return;
  /* The next one follows by itself. */
  code = errno;
  GST_DEBUG ("ssrc %u: control packet: %s", self->ssrc, g_strerror (code));
  g_mutex_lock (&self->lock);
  self->stats.send_errors++;
  g_mutex_unlock (&self->lock);
}

static gint64
on_timer (gint64 now_ns, gpointer user_data)
{
  DiscordUdpTransport *self = user_data;
  DiscordUdpControl *control = &self->control;
  guint8 datagram[DISCORD_DISCOVERY_SIZE];
  gsize length;

  length = discord_udp_control_tick (control, now_ns, datagram);
  if (length > 0)
    send_control (self, datagram, length);
  publish_control (self);
  if (control->due_ns < 0)
    report_blocked (self);
  return control->due_ns;
}

static void
receive_control (DiscordUdpTransport *self, DiscordPacketKind kind,
    const DiscordDatagram *datagram, gint64 now_ns,
    DiscordUdpTransportStats *counts)
{
  DiscordUdpControlState before = self->control.state;

  if (!discord_udp_control_input (
          &self->control, kind, datagram->data, datagram->length, now_ns)) {
    counts->drop_kind++;
    return;
  }
  publish_control (self);
  if (self->control.state == before)
    return;
  discord_io_pool_rearm (self->control.due_ns);
  report_discovered (self);
}

/* TRUE when @packet was filled. */
static gboolean
receive_datagram (DiscordUdpTransport *self, DiscordReceiveBatch *batch,
    guint index, TransportCipher *current, TransportCipher *previous,
    DiscordReceivedPacket *packet, DiscordUdpTransportStats *counts)
{
  const DiscordDatagram *datagram =
      discord_receive_batch_get_datagram (batch, index);
  DiscordPacketKind kind;

  if (datagram->truncated) {
    counts->drop_long++;
    return FALSE;
  }
  kind = discord_packet_classify (datagram->data, datagram->length);
  switch (kind) {
    case DISCORD_PACKET_PING_REPLY:
    case DISCORD_PACKET_DISCOVERY:
      receive_control (self, kind, datagram, packet->arrival_ns, counts);
      return FALSE;
    case DISCORD_PACKET_RTP:
      return discord_udp_receive_packet (batch, index, TRANSPORT_PACKET_RTP,
          current, previous, packet, counts);
    case DISCORD_PACKET_RTCP:
      return discord_udp_receive_packet (batch, index, TRANSPORT_PACKET_RTCP,
          current, previous, packet, counts);
    default:
      counts->drop_kind++;
      return FALSE;
  }
}

/* The ciphers live as long as the transport, so they are used unlocked. */
static void
get_ciphers (DiscordUdpTransport *self, gint64 now_ns,
    TransportCipher **current, TransportCipher **previous)
{
  const DiscordTransportKey *old_key;

  g_mutex_lock (&self->lock);
  *current = self->keys.current ? self->keys.current->cipher : NULL;
  old_key = discord_transport_keys_previous (&self->keys, now_ns);
  *previous = old_key ? old_key->cipher : NULL;
  g_mutex_unlock (&self->lock);
}

static void
receive_batch (
    DiscordUdpTransport *self, DiscordReceiveBatch *batch, guint n_datagrams)
{
  DiscordReceivedPacket packets[DISCORD_RECEIVE_BATCH];
  DiscordUdpTransportStats counts = { 0 };
  TransportCipher *current, *previous;
  gint64 now_ns = discord_io_pool_now ();
  guint n_packets = 0;
  guint i;

  get_ciphers (self, now_ns, &current, &previous);
  for (i = 0; i < n_datagrams; i++) {
    packets[n_packets].arrival_ns = now_ns;
    if (receive_datagram (
            self, batch, i, current, previous, &packets[n_packets], &counts))
      n_packets++;
  }
  g_mutex_lock (&self->lock);
  discord_udp_receive_counts_add (&self->stats, &counts);
  g_mutex_unlock (&self->lock);

  if (n_packets > 0)
    self->callbacks.received (packets, n_packets, self->user_data);
  for (i = 0; i < n_packets; i++)
    gst_buffer_unref (packets[i].buffer);
}

static void
count_receive_error (DiscordUdpTransport *self, gint code)
{
  GST_DEBUG ("ssrc %u: receive: %s", self->ssrc, g_strerror (code));
  g_mutex_lock (&self->lock);
  self->stats.receive_errors++;
  g_mutex_unlock (&self->lock);
}

static void
on_readable (gpointer user_data)
{
  DiscordUdpTransport *self = user_data;
  DiscordReceiveBatch *batch = discord_receive_batch_get ();
  gint n_received = DISCORD_RECEIVE_BATCH;
  guint i;

  for (i = 0; i < BATCHES_PER_WAKE && n_received == DISCORD_RECEIVE_BATCH;
       i++) {
    n_received = discord_receive_batch_receive (batch, self->fd);
    if (n_received > 0)
      receive_batch (self, batch, n_received);
    else if (n_received < 0)
      count_receive_error (self, -n_received);
  }
}

DiscordUdpTransport *
discord_udp_transport_new_with_params (const gchar *ip, guint16 port,
    guint32 ssrc, gboolean qos, const DiscordUdpParams *params,
    const DiscordUdpTransportCallbacks *callbacks, gpointer user_data,
    GError **error)
{
  static const DiscordIOFuncs funcs = { on_readable, on_timer };
  GSocket *socket = discord_udp_socket_new (ip, port, qos, error);
  DiscordUdpTransport *self;
  gint64 now_ns = discord_io_pool_now ();

  if (!socket)
    return NULL;
  self = g_new0 (DiscordUdpTransport, 1);
  self->callbacks = *callbacks;
  self->user_data = user_data;
  self->params = *params;
  self->ssrc = ssrc;
  self->socket = socket;
  self->fd = g_socket_get_fd (socket);
  self->sender = discord_udp_sender_new (self->fd, params->send_wait_ns);
  self->stats.rtt = -1.0;
  g_mutex_init (&self->send_lock);
  g_mutex_init (&self->lock);
  discord_transport_keys_init (&self->keys, params->first_nonce);
  discord_udp_control_init (&self->control, ssrc, &params->control, now_ns);

  self->member = discord_io_pool_add (self->fd, now_ns, &funcs, self, error);
  if (!self->member) {
    discord_udp_transport_free (self);
    return NULL;
  }
  return self;
}

DiscordUdpTransport *
discord_udp_transport_new (const gchar *ip, guint16 port, guint32 ssrc,
    gboolean qos, const DiscordUdpTransportCallbacks *callbacks,
    gpointer user_data, GError **error)
{
  return discord_udp_transport_new_with_params (
      ip, port, ssrc, qos, &discord_udp_params, callbacks, user_data, error);
}

void
discord_udp_transport_free (DiscordUdpTransport *self)
{
  if (self->member)
    discord_io_pool_remove (self->member);
  discord_udp_sender_free (self->sender);
  discord_transport_keys_clear (&self->keys);
  g_object_unref (self->socket);
  g_mutex_clear (&self->send_lock);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
discord_udp_transport_set_key (DiscordUdpTransport *self, TransportMode mode,
    const guint8 key[TRANSPORT_KEY_SIZE])
{
  gint64 now_ns = discord_io_pool_now ();
  gboolean done;

  g_mutex_lock (&self->lock);
  done = discord_transport_keys_set (
      &self->keys, mode, key, now_ns, self->params.key_overlap_ns);
  g_mutex_unlock (&self->lock);
  return done;
}

/* NULL when there is none to send with. */
static DiscordTransportKey *
get_send_key (DiscordUdpTransport *self)
{
  DiscordTransportKey *key;

  g_mutex_lock (&self->lock);
  key = self->keys.current;
  if (key && key->exhausted)
    key = NULL;
  g_mutex_unlock (&self->lock);
  return key;
}

static void
count_send_result (DiscordUdpTransport *self, DiscordTransportKey *key,
    const DiscordUdpSendResult *result)
{
  DiscordUdpTransportStats *stats = &self->stats;

  g_mutex_lock (&self->lock);
  stats->packets_sent += result->rtp + result->rtcp;
  stats->bytes_sent += result->bytes;
  stats->rtp_sent += result->rtp;
  stats->rtcp_sent += result->rtcp;
  stats->send_dropped += result->dropped;
  stats->send_errors += result->errors;
  stats->send_no_key += result->no_nonce;
  if (result->exhausted)
    key->exhausted = TRUE;
  g_mutex_unlock (&self->lock);

  if (result->exhausted)
    GST_WARNING ("ssrc %u: the transport key is used up", self->ssrc);
}

/* With send_lock. FALSE when the socket stays full: the rest is late as well. */
static gboolean
send_batch (DiscordUdpTransport *self, const DiscordSendPacket *packets,
    guint n_packets, guint *n_sent)
{
  DiscordTransportKey *key = get_send_key (self);
  DiscordUdpSendResult result = { .no_nonce = n_packets };

  if (key)
    discord_udp_sender_send (
        self->sender, key->cipher, packets, n_packets, &result);
  count_send_result (self, key, &result);
  *n_sent += result.rtp + result.rtcp;
  return !result.blocked;
}

guint
discord_udp_transport_send (DiscordUdpTransport *self,
    const DiscordSendPacket *packets, guint n_packets)
{
  gboolean blocked = FALSE;
  guint n_sent = 0;
  guint done = 0;

  g_mutex_lock (&self->send_lock);
  while (done < n_packets && !blocked) {
    guint n = MIN (n_packets - done, DISCORD_SEND_BATCH);

    blocked = !send_batch (self, packets + done, n, &n_sent);
    done += n;
  }
  g_mutex_unlock (&self->send_lock);

  if (done < n_packets) {
    g_mutex_lock (&self->lock);
    self->stats.send_dropped += n_packets - done;
    g_mutex_unlock (&self->lock);
  }
  return n_sent;
}

void
discord_udp_transport_send_empty_report (DiscordUdpTransport *self)
{
  /* RFC 3550 6.4.2: version 2, no report block, type 201, one more word. */
  guint8 report[8] = { 0x80, 201, 0, 1 };
  const guint32 ssrc = GUINT32_TO_BE (self->ssrc);
  g_autoptr (GstBuffer) buffer = NULL;
  DiscordSendPacket packet = { .kind = TRANSPORT_PACKET_RTCP,
    .deadline_ns = -1 };

  memcpy (report + 4, &ssrc, sizeof ssrc);
  buffer = packet.buffer = gst_buffer_new_memdup (report, sizeof report);
  discord_udp_transport_send (self, &packet, 1);
}

gboolean
discord_udp_transport_is_key_exhausted (DiscordUdpTransport *self)
{
  gboolean exhausted;

  g_mutex_lock (&self->lock);
  exhausted = self->keys.current && self->keys.current->exhausted;
  g_mutex_unlock (&self->lock);
  return exhausted;
}

void
discord_udp_transport_get_stats (
    DiscordUdpTransport *self, DiscordUdpTransportStats *stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
}
