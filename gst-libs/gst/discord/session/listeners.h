/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

/* Callbacks that can be removed from any thread such that after removal none
 * runs, without a lock being held while they run. */
typedef struct _DiscordListeners DiscordListeners;

DiscordListeners *discord_listeners_new (void);
void discord_listeners_free (DiscordListeners *self);

guint discord_listeners_add (DiscordListeners *self, guint mask, GCallback func,
    gpointer object, gpointer user_data);
/* Waits for a running call; not from one. False when @id is not ours. */
gboolean discord_listeners_remove (DiscordListeners *self, guint id);

/* Any listener whose mask has a bit of @mask? */
gboolean discord_listeners_wanted (DiscordListeners *self, guint mask);

typedef void (*DiscordListenersInvoke) (
    GCallback func, gpointer object, gpointer user_data, gpointer call_data);

/* Calls those whose mask has a bit of @mask, by way of @invoke. */
void discord_listeners_call (DiscordListeners *self, guint mask,
    DiscordListenersInvoke invoke, gpointer call_data);
