/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a datagram of media or RTCP to a plain packet, or a counted drop
 * (media-transport 2.4). */

#include "receivebatch.h"
#include "udptransport.h"

/* @previous: the old key while it is good, or NULL. TRUE when @packet was
 * filled; its buffer is then the caller's. Everything is counted in @counts. */
gboolean discord_udp_receive_packet (DiscordReceiveBatch *batch, guint index,
    TransportPacketKind kind, TransportCipher *current,
    TransportCipher *previous, DiscordReceivedPacket *packet,
    DiscordUdpTransportStats *counts);

/* Adds what discord_udp_receive_packet() and its caller count. */
void discord_udp_receive_counts_add (
    DiscordUdpTransportStats *stats, const DiscordUdpTransportStats *counts);
