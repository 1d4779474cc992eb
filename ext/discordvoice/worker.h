/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thread that does what is due, and does not exist before there is something
 * to do. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _DiscordWorker DiscordWorker;

/* Does what is due at @now (microseconds, monotonic). Returns when there is
 * something again, G_MAXINT64 when nothing is until somebody wakes the worker. */
typedef gint64 (*DiscordWorkerFunc) (gint64 now, gpointer user_data);

/* Stopped. */
DiscordWorker *discord_worker_new (
    const gchar *name, DiscordWorkerFunc func, gpointer user_data);
/* Stops. */
void discord_worker_free (DiscordWorker *self);

void discord_worker_start (DiscordWorker *self);
/* After it returns the function does not run. Not from the function. */
void discord_worker_stop (DiscordWorker *self);

/* There may be something due: runs the function soon, unless stopped. Any
 * thread, also with a lock held that the function takes. */
void discord_worker_wake (DiscordWorker *self);

G_END_DECLS
