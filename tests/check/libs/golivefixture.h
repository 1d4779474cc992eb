/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Users of the stand-in who go live and watch, by GstDiscordConnection. */

#include "loopback.h"

#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordconnection-private.h>

#define GUILD G_GUINT64_CONSTANT (290926798626357999)
#define CHANNEL G_GUINT64_CONSTANT (290926798999357250)
#define OTHER_CHANNEL G_GUINT64_CONSTANT (290926798999357251)

typedef struct
{
  GstDiscordGateway *gateway;
  GstDiscordConnection *voice;
  guint64 user_id;
  gboolean gone; /* left already */
} Party;

/* @name: (nullable): a setting of the stand-in */
Loopback *golive_start (const gchar *name, const gchar *value);
void golive_act (Loopback *loopback, const gchar *action, guint64 user_id,
    const gchar *rest);
/* Fails when anybody broke a rule. */
void golive_stop (Loopback *loopback);

/* Joined to CHANNEL. @token: of a user account. */
void party_join (Party *self, Loopback *loopback, const gchar *token);
/* Leaves; every stream's connection is the test's to end first. */
void party_leave (Party *self, Loopback *loopback);
gchar *party_dup_key (const Party *self);

/* To the end of the call; NULL with @error. */
GstDiscordConnection *party_go_live (Party *self, GError **error);
GstDiscordConnection *party_watch (
    Party *self, const gchar *key, GError **error);

/* An element's, for @config of which the account is filled in. */
GstDiscordConnection *party_acquire (Loopback *loopback, const gchar *token,
    GstDiscordConnectionConfig *config, GError **error);

/* alice is live, bob watches. */
typedef struct
{
  Loopback *loopback;
  Party alice, bob;
  gchar *key;
  GstDiscordConnection *own, *watched; /* NULL: the test ended it */
} Call;

void call_start (Call *self, Loopback *loopback);
void call_stop (Call *self);

/* Ends it, and is the last to have it. */
void stream_end (GstDiscordConnection *stream);

/* The states of a stream from now on, first letters in order, and how it ended. */
typedef struct
{
  GstDiscordConnection *stream;
  GMutex lock; /* guards what follows */
  GCond cond;
  GString *states;
  GstDiscordStreamDeleteReason reason;
  guint errors; /* ::error emitted */
} States;

void states_watch (States *self, GstDiscordConnection *stream);
/* Until the states begin with @expected. */
void states_wait (States *self, const gchar *expected);
/* The same of how they end, where not all is foreseen. */
void states_wait_end (States *self, const gchar *expected);
void states_unwatch (States *self);
