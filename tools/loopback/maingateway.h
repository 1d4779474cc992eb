/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer.h"

/* Main gateway: sockets (maingateway.c) and the sessions that outlive them
 * (mainsession.c). */
typedef enum
{
  LB_ACCOUNT_BOT,
  LB_ACCOUNT_USER,
  LB_ACCOUNT_BEARER,
} LbAccount;

struct _LbMainSession
{
  LbCore *core;
  char *session_id;
  char *token_hash; /* the token itself is not kept */
  guint64 user_id;
  LbAccount account;
  gint64 intents;
  LbPeer *peer; /* NULL: link lost, kept for a resume */
  gint64 seq; /* of the last event */
  GQueue events; /* char *, the newest is number seq */
  GHashTable *guilds; /* guint64 ids it has joined voice in */
  GSource *expiry;
};

void lb_main_gateway_serve (LbCore *core);
void lb_main_gateway_drop_all (LbCore *core);

LbMainSession *lb_main_session_new (
    LbCore *core, const char *token, LbAccount account, gint64 intents);
/* For the table of sessions; use lb_main_session_end(). */
void lb_main_session_free (LbMainSession *self);
/* Forgets the session and takes its user out of voice. */
void lb_main_session_end (LbMainSession *self);
void lb_main_session_lost (LbMainSession *self);
void lb_main_session_dispatch (
    LbMainSession *self, const char *event, JsonObject *d);
/* FALSE when the events after @seq are no longer known. */
gboolean lb_main_session_replay (LbMainSession *self, gint64 seq);
/* Whether events about a guild (0: calls) are for this session. */
gboolean lb_main_session_sees (LbMainSession *self, guint64 guild_id);
void lb_main_session_ready (LbMainSession *self, gint64 version);
/* Ends what a user left behind with a lost link: a new identify does that. */
void lb_main_sessions_end_lost (LbCore *core, guint64 user_id);
/* Of the token alone; the prefix of a bearer token is not part of it. */
char *lb_token_hash (const char *token);
