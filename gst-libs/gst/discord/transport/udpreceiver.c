/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "udpreceiver.h"

#include <string.h>

/* A failed try leaves garbage behind, so with two keys the datagram is kept.
 * That copy is made in the seconds after a key change only. */
static TransportResult
unprotect (DiscordReceiveBatch *batch, const DiscordDatagram *datagram,
    TransportPacketKind kind, TransportCipher *current,
    TransportCipher *previous, TransportPlain *plain)
{
  guint8 *copy = discord_receive_batch_get_scratch (batch);
  TransportResult result;

  if (!previous)
    return transport_cipher_unprotect (
        current, kind, datagram->data, datagram->length, plain);

  memcpy (copy, datagram->data, datagram->length);
  result = transport_cipher_unprotect (
      current, kind, datagram->data, datagram->length, plain);
  if (result != TRANSPORT_AUTH)
    return result;
  memcpy (datagram->data, copy, datagram->length);
  return transport_cipher_unprotect (
      previous, kind, datagram->data, datagram->length, plain);
}

static void
count_drop (TransportResult result, DiscordUdpTransportStats *counts)
{
  switch (result) {
    case TRANSPORT_SHORT:
      counts->drop_short++;
      break;
    case TRANSPORT_PARSE:
      counts->drop_parse++;
      break;
    case TRANSPORT_PADDING:
      counts->drop_padding++;
      break;
    case TRANSPORT_EXTENSION:
      counts->drop_extension++;
      break;
    default:
      counts->drop_auth++;
      break;
  }
}

static void
count_received (const DiscordDatagram *datagram, TransportPacketKind kind,
    const TransportPlain *plain, DiscordUdpTransportStats *counts)
{
  counts->packets_received++;
  counts->bytes_received += datagram->length;
  if (kind == TRANSPORT_PACKET_RTCP)
    counts->rtcp_received++;
  else
    counts->rtp_received++;
  if (plain->padded)
    counts->padded++;
}

gboolean
discord_udp_receive_packet (DiscordReceiveBatch *batch, guint index,
    TransportPacketKind kind, TransportCipher *current,
    TransportCipher *previous, DiscordReceivedPacket *packet,
    DiscordUdpTransportStats *counts)
{
  const DiscordDatagram *datagram =
      discord_receive_batch_get_datagram (batch, index);
  TransportResult result;

  if (!current) {
    counts->drop_no_key++;
    return FALSE;
  }
  memset (&packet->plain, 0, sizeof packet->plain);
  result = unprotect (batch, datagram, kind, current, previous, &packet->plain);
  if (result != TRANSPORT_OK && result != TRANSPORT_EMPTY) {
    count_drop (result, counts);
    return FALSE;
  }
  count_received (datagram, kind, &packet->plain, counts);
  packet->kind = kind;
  packet->buffer =
      discord_receive_batch_take (batch, index, packet->plain.length);
  if (result == TRANSPORT_EMPTY) {
    counts->empty++;
    GST_BUFFER_FLAG_SET (packet->buffer, GST_BUFFER_FLAG_GAP);
  }
  return TRUE;
}

void
discord_udp_receive_counts_add (
    DiscordUdpTransportStats *stats, const DiscordUdpTransportStats *counts)
{
  stats->packets_received += counts->packets_received;
  stats->bytes_received += counts->bytes_received;
  stats->rtp_received += counts->rtp_received;
  stats->rtcp_received += counts->rtcp_received;
  stats->padded += counts->padded;
  stats->empty += counts->empty;
  stats->drop_kind += counts->drop_kind;
  stats->drop_long += counts->drop_long;
  stats->drop_no_key += counts->drop_no_key;
  stats->drop_short += counts->drop_short;
  stats->drop_parse += counts->drop_parse;
  stats->drop_auth += counts->drop_auth;
  stats->drop_padding += counts->drop_padding;
  stats->drop_extension += counts->drop_extension;
}
