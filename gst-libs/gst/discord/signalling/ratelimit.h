/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The main gateway takes 120 messages per 60 s and connection; ten are left
 * for heartbeats, which do not count here (voice-gateway 1.6). */
#define DISCORD_RATE_LIMIT_MESSAGES 110
#define DISCORD_RATE_LIMIT_WINDOW (60 * G_TIME_SPAN_SECOND)

typedef struct
{
  gint64 sent_at[DISCORD_RATE_LIMIT_MESSAGES]; /* ring of the last ones */
  guint next;
  guint n_sent; /* at most the size of the ring */
} DiscordRateLimit;

void discord_rate_limit_reset (DiscordRateLimit *self);
/* Microseconds until one more may be sent. */
gint64 discord_rate_limit_get_wait (const DiscordRateLimit *self, gint64 now);
void discord_rate_limit_note_sent (DiscordRateLimit *self, gint64 now);
