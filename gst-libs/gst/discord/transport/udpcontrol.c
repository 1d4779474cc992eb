/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "udpcontrol.h"

#include <gio/gio.h>
#include <string.h>

void
discord_udp_control_init (DiscordUdpControl *self, guint32 ssrc,
    const DiscordUdpControlTiming *timing, gint64 now_ns)
{
  memset (self, 0, sizeof *self);
  self->timing = *timing;
  self->ssrc = ssrc;
  self->state = DISCORD_UDP_CONTROL_DISCOVERING;
  self->due_ns = now_ns;
  self->rtt_ns = -1;
}

/* From the time it was due, so that lateness does not add up; after a stall
 * (suspend) from now, so that the missed ones do not follow in a burst. */
static void
schedule_next (DiscordUdpControl *self, gint64 now_ns, gint64 interval_ns)
{
  self->due_ns += interval_ns;
  if (self->due_ns <= now_ns)
    self->due_ns = now_ns + interval_ns;
}

static gsize
discovery_tick (DiscordUdpControl *self, gint64 now_ns,
    guint8 datagram[DISCORD_DISCOVERY_SIZE])
{
  if (self->tries >= self->timing.discovery_tries) {
    self->state = DISCORD_UDP_CONTROL_BLOCKED;
    self->due_ns = -1;
    return 0;
  }
  self->tries++;
  schedule_next (self, now_ns, self->timing.discovery_interval_ns);
  discord_discovery_write_request (datagram, self->ssrc);
  return DISCORD_DISCOVERY_SIZE;
}

static gsize
ping_tick (DiscordUdpControl *self, gint64 now_ns,
    guint8 datagram[DISCORD_DISCOVERY_SIZE])
{
  if (self->ping_pending)
    self->pings_lost++;
  self->ping_sequence++;
  self->ping_pending = TRUE;
  self->ping_sent_ns = now_ns;
  self->pings_sent++;
  schedule_next (self, now_ns, self->timing.ping_interval_ns);
  discord_ping_write_request (datagram, self->ping_sequence);
  return DISCORD_PING_SIZE;
}

gsize
discord_udp_control_tick (DiscordUdpControl *self, gint64 now_ns,
    guint8 datagram[DISCORD_DISCOVERY_SIZE])
{
  if (self->due_ns < 0 || now_ns < self->due_ns)
    return 0;
  if (self->state == DISCORD_UDP_CONTROL_DISCOVERING)
    return discovery_tick (self, now_ns, datagram);
  return ping_tick (self, now_ns, datagram);
}

/* What the response says goes into Select Protocol: take an address only.
 * Responses to the earlier tries may come after the first: they are ours. */
static gboolean
discovery_input (
    DiscordUdpControl *self, const guint8 *data, gsize length, gint64 now_ns)
{
  gchar address[65];
  guint16 port;

  if (!discord_discovery_parse_response (
          data, length, self->ssrc, address, &port))
    return FALSE;
  if (port == 0 || !g_hostname_is_ip_address (address))
    return FALSE;
  if (self->state != DISCORD_UDP_CONTROL_DISCOVERING)
    return TRUE;

  memcpy (self->address, address, sizeof address);
  self->port = port;
  self->state = DISCORD_UDP_CONTROL_READY;
  self->due_ns = now_ns + self->timing.ping_first_ns;
  return TRUE;
}

static gboolean
ping_input (
    DiscordUdpControl *self, const guint8 *data, gsize length, gint64 now_ns)
{
  guint32 sequence;

  if (!discord_ping_parse_reply (data, length, &sequence))
    return FALSE;
  if (sequence == 0 || sequence > self->ping_sequence)
    return FALSE;
  /* An earlier one was counted as lost when this one went out. */
  if (!self->ping_pending || sequence != self->ping_sequence)
    return TRUE;
  if (now_ns - self->ping_sent_ns > self->timing.ping_interval_ns)
    return TRUE;

  self->ping_pending = FALSE;
  self->rtt_ns = now_ns - self->ping_sent_ns;
  return TRUE;
}

gboolean
discord_udp_control_input (DiscordUdpControl *self, DiscordPacketKind kind,
    const guint8 *data, gsize length, gint64 now_ns)
{
  if (kind == DISCORD_PACKET_DISCOVERY)
    return discovery_input (self, data, length, now_ns);
  if (kind == DISCORD_PACKET_PING_REPLY)
    return ping_input (self, data, length, now_ns);
  return FALSE;
}
