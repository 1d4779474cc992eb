/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a connection says on its socket beside media: IP discovery, then pings
 * (media-transport 1.1, 1.2). A state machine over bytes and the times passed
 * in; one thread at a time. */

#include <glib.h>

#include "packet.h"

typedef struct
{
  gint64 discovery_interval_ns;
  guint discovery_tries;
  gint64 ping_first_ns; /* after discovery */
  gint64 ping_interval_ns; /* also how long a reply may take */
} DiscordUdpControlTiming;

typedef enum
{
  DISCORD_UDP_CONTROL_DISCOVERING,
  DISCORD_UDP_CONTROL_READY,
  DISCORD_UDP_CONTROL_BLOCKED, /* no answer to any try */
} DiscordUdpControlState;

typedef struct
{
  DiscordUdpControlTiming timing;
  guint32 ssrc;
  DiscordUdpControlState state;
  guint tries;
  gint64 due_ns; /* of the next tick, -1: none */

  gchar address[65]; /* READY: ours as the server sees it */
  guint16 port;

  guint32 ping_sequence;
  gboolean ping_pending;
  gint64 ping_sent_ns;
  guint64 pings_sent;
  guint64 pings_lost;
  gint64 rtt_ns; /* -1 before the first reply */
} DiscordUdpControl;

/* The first request is due at @now_ns. */
void discord_udp_control_init (DiscordUdpControl *self, guint32 ssrc,
    const DiscordUdpControlTiming *timing, gint64 now_ns);

/* At or after due_ns. Returns the size of the datagram to send, 0 when there is
 * none: then the state became BLOCKED, or it was not due. */
gsize discord_udp_control_tick (DiscordUdpControl *self, gint64 now_ns,
    guint8 datagram[DISCORD_DISCOVERY_SIZE]);

/* A datagram of @kind PING_REPLY or DISCOVERY. FALSE when it was not for us.
 * May change the state to READY, and due_ns. */
gboolean discord_udp_control_input (DiscordUdpControl *self,
    DiscordPacketKind kind, const guint8 *data, gsize length, gint64 now_ns);
