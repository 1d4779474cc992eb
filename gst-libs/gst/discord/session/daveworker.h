/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The process-wide MLS worker: one thread on which the group work of all
 * connections runs, since a commit in a large group takes longer than a
 * streaming thread, the I/O pool or the signalling thread may wait. Started by
 * the first queue and joined when the last is released (or, when that happens on
 * the signalling thread, left to end on its own). */
typedef struct _DiscordDaveQueue DiscordDaveQueue;

/* The jobs of one connection. They run in their order, one after the other, and
 * take turns with those of other queues. */
DiscordDaveQueue *discord_dave_queue_new (void);
/* What was pushed before still runs. */
void discord_dave_queue_release (DiscordDaveQueue *self);

/* Any thread. @notify (nullable) is called with @data on the worker after @func,
 * and alone at process exit. */
void discord_dave_queue_push (
    DiscordDaveQueue *self, GFunc func, gpointer data, GDestroyNotify notify);

gboolean discord_dave_worker_is_self (void);
