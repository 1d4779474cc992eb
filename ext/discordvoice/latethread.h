/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thread that nobody may wait for when it is told to end, because something
 * else has to end first. Process exit waits for it, up to 3 s, so that it does not
 * run into libraries that are being finalized. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct _DiscordLateThread DiscordLateThread;

/* Once it was told to end it is joined or left; @self is gone with that. */
DiscordLateThread *discord_late_thread_new (
    const gchar *name, GThreadFunc func, gpointer data);

void discord_late_thread_join (DiscordLateThread *self);
/* Does not wait. */
void discord_late_thread_leave (DiscordLateThread *self);

G_END_DECLS
