/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scheduler.h"

#define DISCORD_HEARTBEAT_AVERAGE 20

/* The heartbeat of either gateway: when to beat, when the peer is dead, and
 * how long the answers take. */
typedef struct
{
  DiscordScheduler *scheduler;
  /* Unanswered beats after which the next one is not sent: the link is dead. */
  guint max_missing;
  /* Sends a beat that carries @nonce. */
  void (*beat) (gint64 nonce, gpointer user_data);
  void (*dead) (gpointer user_data);
  gpointer user_data;

  guint timer;
  guint interval_ms;
  guint missing;
  gint64 nonce; /* of the last beat */
  gint64 sent_at; /* of the last beat, -1 when it was answered */
  gint64 latency; /* microseconds, -1 before the first answer */
  gint64 history[DISCORD_HEARTBEAT_AVERAGE];
  guint n_history;
  guint next_history;
} DiscordHeartbeat;

void discord_heartbeat_init (DiscordHeartbeat *self,
    DiscordScheduler *scheduler, guint max_missing,
    void (*beat) (gint64 nonce, gpointer user_data),
    void (*dead) (gpointer user_data), gpointer user_data);

/* The first beat after @first_ms, at once inside this call when that is 0. */
void discord_heartbeat_start (
    DiscordHeartbeat *self, guint interval_ms, guint first_ms);

/* Keeps the latencies. */
void discord_heartbeat_stop (DiscordHeartbeat *self);

/* A beat the server asked for; it need not be answered. */
void discord_heartbeat_beat_now (DiscordHeartbeat *self);

/* The peer answered. Latency is taken when @nonce is the last beat's. TRUE when
 * there is a new latency. */
gboolean discord_heartbeat_acked (DiscordHeartbeat *self, gint64 nonce);

/* For gateways whose answers carry no nonce. */
gboolean discord_heartbeat_acked_last (DiscordHeartbeat *self);

/* Seconds; infinite before the first answer. */
gdouble discord_heartbeat_get_latency (const DiscordHeartbeat *self);
gdouble discord_heartbeat_get_average (const DiscordHeartbeat *self);
