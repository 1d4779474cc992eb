/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "ratelimit.h"

void
discord_rate_limit_reset (DiscordRateLimit *self)
{
  self->next = 0;
  self->n_sent = 0;
}

gint64
discord_rate_limit_get_wait (const DiscordRateLimit *self, gint64 now)
{
  if (self->n_sent < DISCORD_RATE_LIMIT_MESSAGES)
    return 0;
  /* The next slot holds the oldest. */
  return MAX (self->sent_at[self->next] + DISCORD_RATE_LIMIT_WINDOW - now, 0);
}

void
discord_rate_limit_note_sent (DiscordRateLimit *self, gint64 now)
{
  self->sent_at[self->next] = now;
  self->next = (self->next + 1) % DISCORD_RATE_LIMIT_MESSAGES;
  self->n_sent = MIN (self->n_sent + 1, DISCORD_RATE_LIMIT_MESSAGES);
}
