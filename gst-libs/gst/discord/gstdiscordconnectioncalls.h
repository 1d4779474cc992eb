/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The asynchronous calls of a connection that wait for it to get somewhere.
 * Each ends once: with success, an error, or when it is cancelled. */
typedef struct _DiscordConnectionCalls DiscordConnectionCalls;

typedef enum
{
  DISCORD_CALL_CONNECT,
  DISCORD_CALL_DISCONNECT,
  DISCORD_CALL_MOVE,
} DiscordCallKind;

DiscordConnectionCalls *discord_connection_calls_new (void);
void discord_connection_calls_free (DiscordConnectionCalls *self);

/* Takes @task, which returns a boolean; any thread. */
void discord_connection_calls_add (DiscordConnectionCalls *self,
    DiscordCallKind kind, guint64 channel_id, GTask *task);

/* What happened; any thread. */
void discord_connection_calls_connected (DiscordConnectionCalls *self);
void discord_connection_calls_moved (
    DiscordConnectionCalls *self, guint64 channel_id);
void discord_connection_calls_move_timeout (
    DiscordConnectionCalls *self, guint64 channel_id);
/* @error NULL: left. */
void discord_connection_calls_ended (
    DiscordConnectionCalls *self, const GError *error);
