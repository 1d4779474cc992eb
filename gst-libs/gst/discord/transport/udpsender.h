/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Gathers packets into datagrams, encrypts them there and hands them to the
 * kernel in batches. One thread at a time. */

#include "udptransport.h"

/* media-transport 1, and the two bytes by which a retransmission is longer than
 * what it repeats (RFC 4588 section 4). */
#define DISCORD_MAX_SENT_DATAGRAM (1280 + 2)
#define DISCORD_SEND_BATCH 32

typedef struct _DiscordUdpSender DiscordUdpSender;

typedef struct
{
  guint rtp, rtcp; /* taken by the kernel */
  guint64 bytes;
  guint dropped; /* too long, or would block for too long */
  guint errors;
  guint no_nonce;
  gboolean exhausted; /* the cipher; no_nonce packets wait for a key */
  gboolean blocked; /* would block: no use to try more now */
} DiscordUdpSendResult;

/* @wait_ns: how long a full socket is waited for. */
DiscordUdpSender *discord_udp_sender_new (gint fd, gint64 wait_ns);
void discord_udp_sender_free (DiscordUdpSender *self);

/* At most DISCORD_SEND_BATCH packets. */
void discord_udp_sender_send (DiscordUdpSender *self, TransportCipher *cipher,
    const DiscordSendPacket *packets, guint n_packets,
    DiscordUdpSendResult *result);
