/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

#include <math.h>

void
discord_rtc_add_udp_stats (
    DiscordUdpTransportStats *sum, const DiscordUdpTransportStats *more)
{
  sum->packets_sent += more->packets_sent;
  sum->bytes_sent += more->bytes_sent;
  sum->rtp_sent += more->rtp_sent;
  sum->rtcp_sent += more->rtcp_sent;
  sum->send_dropped += more->send_dropped;
  sum->send_errors += more->send_errors;
  sum->send_no_key += more->send_no_key;
  sum->packets_received += more->packets_received;
  sum->bytes_received += more->bytes_received;
  sum->rtp_received += more->rtp_received;
  sum->rtcp_received += more->rtcp_received;
  sum->padded += more->padded;
  sum->empty += more->empty;
  sum->drop_kind += more->drop_kind;
  sum->drop_long += more->drop_long;
  sum->drop_no_key += more->drop_no_key;
  sum->drop_short += more->drop_short;
  sum->drop_parse += more->drop_parse;
  sum->drop_auth += more->drop_auth;
  sum->drop_padding += more->drop_padding;
  sum->drop_extension += more->drop_extension;
  sum->pings_sent += more->pings_sent;
  sum->pings_lost += more->pings_lost;
  if (more->rtt >= 0)
    sum->rtt = more->rtt;
}

static GstStructure *
udp_stats_to_structure (const DiscordUdpTransportStats *stats)
{
  return gst_structure_new ("discord-connection-stats", "packets-sent",
      G_TYPE_UINT64, stats->packets_sent, "bytes-sent", G_TYPE_UINT64,
      stats->bytes_sent, "rtp-packets-sent", G_TYPE_UINT64, stats->rtp_sent,
      "rtcp-packets-sent", G_TYPE_UINT64, stats->rtcp_sent, "send-dropped",
      G_TYPE_UINT64, stats->send_dropped, "send-errors", G_TYPE_UINT64,
      stats->send_errors, "send-no-key", G_TYPE_UINT64, stats->send_no_key,
      "packets-received", G_TYPE_UINT64, stats->packets_received,
      "bytes-received", G_TYPE_UINT64, stats->bytes_received,
      "rtp-packets-received", G_TYPE_UINT64, stats->rtp_received,
      "rtcp-packets-received", G_TYPE_UINT64, stats->rtcp_received, "padded",
      G_TYPE_UINT64, stats->padded, "empty", G_TYPE_UINT64, stats->empty,
      "dropped-kind", G_TYPE_UINT64, stats->drop_kind, "dropped-too-long",
      G_TYPE_UINT64, stats->drop_long, "dropped-no-key", G_TYPE_UINT64,
      stats->drop_no_key, "dropped-short", G_TYPE_UINT64, stats->drop_short,
      "dropped-parse", G_TYPE_UINT64, stats->drop_parse,
      "dropped-authentication", G_TYPE_UINT64, stats->drop_auth,
      "dropped-padding", G_TYPE_UINT64, stats->drop_padding,
      "dropped-extension", G_TYPE_UINT64, stats->drop_extension, "pings-sent",
      G_TYPE_UINT64, stats->pings_sent, "pings-lost", G_TYPE_UINT64,
      stats->pings_lost, NULL);
}

static void
rtc_add_dave_stats (DiscordRtc *self, GstStructure *stats)
{
  DiscordDaveMedia *media = discord_rtc_dup_dave_media (self);
  DiscordDaveCounters counters;

  g_mutex_lock (&self->lock);
  counters = self->closed_dave;
  gst_structure_set (stats, "e2ee-state", GST_TYPE_DISCORD_E2EE_STATE,
      self->send_state.e2ee, "e2ee-epochs", G_TYPE_UINT, self->dave_epochs,
      "e2ee-messages-refused", G_TYPE_UINT, self->dave_refused, NULL);
  g_mutex_unlock (&self->lock);
  if (media != NULL) {
    discord_dave_media_add_counters (media, &counters);
    discord_dave_media_unref (media);
  }
  discord_dave_counters_to_structure (&counters, stats);
}

GstStructure *
discord_rtc_get_stats (DiscordRtc *self)
{
  DiscordRtcTransport *transport = discord_rtc_dup_transport (self);
  DiscordUdpTransportStats udp = { .rtt = -1 };
  GstStructure *stats;

  if (transport != NULL) {
    discord_udp_transport_get_stats (transport->udp, &udp);
    discord_rtc_transport_unref (transport);
  }

  g_mutex_lock (&self->lock);
  discord_rtc_add_udp_stats (&udp, &self->closed_stats);
  stats = udp_stats_to_structure (&udp);
  gst_structure_set (stats, "state", GST_TYPE_DISCORD_CONNECTION_STATE,
      self->send_state.state, "ssrc", G_TYPE_UINT, self->send_state.ssrc,
      "sessions", G_TYPE_UINT, self->send_state.generation, "resumes",
      G_TYPE_UINT, self->resumes, "rejoins", G_TYPE_UINT, self->rejoins,
      "dropped-deafened", G_TYPE_UINT64, self->dropped_deaf,
      "dropped-foreign-ssrc", G_TYPE_UINT64, self->dropped_foreign_ssrc,
      "dropped-not-connected", G_TYPE_UINT64, self->dropped_not_connected,
      "dropped-viewer", G_TYPE_UINT64, self->dropped_viewer, "dropped-paused",
      G_TYPE_UINT64, self->dropped_paused, "messages-received", G_TYPE_UINT64,
      self->gateway_stats.messages_received, "messages-invalid", G_TYPE_UINT64,
      self->gateway_stats.messages_invalid, "messages-unknown", G_TYPE_UINT64,
      self->gateway_stats.messages_unknown, "messages-repeated", G_TYPE_UINT64,
      self->gateway_stats.messages_repeated, NULL);
  /* Absent before the first answer: infinity means nothing to most readers. */
  if (isfinite (self->latency))
    gst_structure_set (stats, "heartbeat-latency", G_TYPE_DOUBLE, self->latency,
        "heartbeat-latency-average", G_TYPE_DOUBLE, self->average_latency,
        NULL);
  if (udp.rtt >= 0)
    gst_structure_set (stats, "round-trip-time", G_TYPE_DOUBLE, udp.rtt, NULL);
  g_mutex_unlock (&self->lock);
  rtc_add_dave_stats (self, stats);
  return stats;
}

gchar *
discord_rtc_dup_endpoint (DiscordRtc *self)
{
  gchar *copy;

  g_mutex_lock (&self->lock);
  copy = g_strdup (self->endpoint);
  g_mutex_unlock (&self->lock);
  return copy;
}

gchar *
discord_rtc_dup_session_id (DiscordRtc *self)
{
  gchar *copy;

  g_mutex_lock (&self->lock);
  copy = g_strdup (self->session_id);
  g_mutex_unlock (&self->lock);
  return copy;
}

guint64
discord_rtc_get_user_id (DiscordRtc *self)
{
  guint64 user_id;

  g_mutex_lock (&self->lock);
  user_id = self->user_id;
  g_mutex_unlock (&self->lock);
  return user_id;
}

guint64
discord_rtc_get_channel_id (DiscordRtc *self)
{
  guint64 channel_id;

  g_mutex_lock (&self->lock);
  channel_id = self->channel_id;
  g_mutex_unlock (&self->lock);
  return channel_id;
}

void
discord_rtc_get_latency (DiscordRtc *self, gdouble *last, gdouble *average)
{
  g_mutex_lock (&self->lock);
  *last = self->latency;
  *average = self->average_latency;
  g_mutex_unlock (&self->lock);
}

GArray *
discord_rtc_get_users (DiscordRtc *self)
{
  GArray *users;

  g_mutex_lock (&self->lock);
  users = discord_ssrc_table_get_users (self->ssrcs);
  g_mutex_unlock (&self->lock);
  return users;
}

guint64
discord_rtc_get_user_for_ssrc (DiscordRtc *self, guint32 ssrc)
{
  DiscordSsrcOwner owner;

  g_mutex_lock (&self->lock);
  discord_ssrc_table_lookup (self->ssrcs, ssrc, &owner);
  g_mutex_unlock (&self->lock);
  return owner.user_id;
}
