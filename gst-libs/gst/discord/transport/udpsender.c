/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "udpsender.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "iopool.h"

/* media-transport 1 */
#define RETRY_US 1000

struct _DiscordUdpSender
{
  gint fd;
  gint64 wait_ns;
  guint n_datagrams; /* of the batch being sent */
  TransportPacketKind kinds[DISCORD_SEND_BATCH];
  struct mmsghdr messages[DISCORD_SEND_BATCH];
  struct iovec vectors[DISCORD_SEND_BATCH];
  guint8 datagrams[DISCORD_SEND_BATCH][DISCORD_MAX_SENT_DATAGRAM];
};

DiscordUdpSender *
discord_udp_sender_new (gint fd, gint64 wait_ns)
{
  /* Not zeroed: the pages of datagrams never used stay untouched. */
  DiscordUdpSender *self = g_new (DiscordUdpSender, 1);
  guint i;

  self->fd = fd;
  self->wait_ns = wait_ns;
  self->n_datagrams = 0;
  memset (self->messages, 0, sizeof self->messages);
  for (i = 0; i < DISCORD_SEND_BATCH; i++) {
    self->vectors[i].iov_base = self->datagrams[i];
    self->messages[i].msg_hdr.msg_iov = &self->vectors[i];
    self->messages[i].msg_hdr.msg_iovlen = 1;
  }
  return self;
}

void
discord_udp_sender_free (DiscordUdpSender *self)
{
  g_free (self);
}

static TransportResult
add_datagram (DiscordUdpSender *self, TransportCipher *cipher,
    const DiscordSendPacket *packet, gsize size)
{
  guint8 *datagram = self->datagrams[self->n_datagrams];
  gsize protected_size = 0;
  TransportResult result;

  if (gst_buffer_extract (packet->buffer, 0, datagram, size) != size)
    return TRANSPORT_PARSE;
  result = transport_cipher_protect (cipher, packet->kind, datagram, size,
      DISCORD_MAX_SENT_DATAGRAM, &protected_size);
  if (result != TRANSPORT_OK)
    return result;
  self->kinds[self->n_datagrams] = packet->kind;
  self->vectors[self->n_datagrams].iov_len = protected_size;
  self->n_datagrams++;
  return TRANSPORT_OK;
}

static void
gather (DiscordUdpSender *self, TransportCipher *cipher,
    const DiscordSendPacket *packets, guint n_packets,
    DiscordUdpSendResult *result)
{
  guint i;

  self->n_datagrams = 0;
  for (i = 0; i < n_packets; i++) {
    gsize size = gst_buffer_get_size (packets[i].buffer);

    if (size > DISCORD_MAX_SENT_DATAGRAM - TRANSPORT_OVERHEAD) {
      result->dropped++;
      continue;
    }
    switch (add_datagram (self, cipher, &packets[i], size)) {
      case TRANSPORT_OK:
        break;
      case TRANSPORT_NONCE_EXHAUSTED:
        result->exhausted = TRUE;
        result->no_nonce += n_packets - i;
        return;
      default:
        result->errors++;
        break;
    }
  }
}

/* FALSE once the socket has been full for wait_ns. Sleeps rather than polls:
 * a queue full below the socket (ENOBUFS) counts as writable. */
static gboolean
wait_for_room (DiscordUdpSender *self, gint64 *deadline_ns)
{
  gint64 now_ns = discord_io_pool_now ();

  if (*deadline_ns < 0)
    *deadline_ns = now_ns + self->wait_ns;
  if (now_ns >= *deadline_ns)
    return FALSE;
  g_usleep (RETRY_US);
  return TRUE;
}

static gint
submit (DiscordUdpSender *self, guint first)
{
  guint n_left = self->n_datagrams - first;
  struct iovec *vector = &self->vectors[first];

  if (n_left > 1)
    return sendmmsg (
        self->fd, &self->messages[first], n_left, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (send (self->fd, vector->iov_base, vector->iov_len,
          MSG_DONTWAIT | MSG_NOSIGNAL)
      < 0)
    return -1;
  return 1;
}

static void
count_sent (DiscordUdpSender *self, guint first, guint n_sent,
    DiscordUdpSendResult *result)
{
  guint i;

  for (i = first; i < first + n_sent; i++) {
    result->bytes += self->vectors[i].iov_len;
    if (self->kinds[i] == TRANSPORT_PACKET_RTCP)
      result->rtcp++;
    else
      result->rtp++;
  }
}

/* An ICMP error is reported once, to whichever call comes next, about a packet
 * sent before: the one at hand gets a second try. */
static void
flush (DiscordUdpSender *self, DiscordUdpSendResult *result)
{
  gint64 deadline_ns = -1;
  gboolean retried = FALSE;
  guint done = 0;

  while (done < self->n_datagrams) {
    gint n_sent = submit (self, done);

    if (n_sent > 0) {
      count_sent (self, done, n_sent, result);
      done += n_sent;
      deadline_ns = -1;
      retried = FALSE;
      continue;
    }
    if (errno == EINTR)
      continue;
    if (errno == EAGAIN || errno == ENOBUFS) {
      if (wait_for_room (self, &deadline_ns))
        continue;
      /* What follows would only come later still. */
      result->blocked = TRUE;
      result->dropped += self->n_datagrams - done;
      return;
    }
    result->errors++;
    done += retried ? 1 : 0;
    retried = !retried;
  }
}

void
discord_udp_sender_send (DiscordUdpSender *self, TransportCipher *cipher,
    const DiscordSendPacket *packets, guint n_packets,
    DiscordUdpSendResult *result)
{
  memset (result, 0, sizeof *result);
  gather (self, cipher, packets, MIN (n_packets, DISCORD_SEND_BATCH), result);
  flush (self, result);
}
