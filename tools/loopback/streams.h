/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "world.h"

/* Go Live by the main gateway's books: who is live, and who watches. */
typedef struct
{
  LbStreams *streams;
  char *key;
  guint64 guild_id; /* 0: a call */
  guint64 channel_id;
  guint64 owner_id;
  guint64 rtc_server_id;
  guint64 rtc_channel_id;
  char *region;
  gboolean paused;
  gboolean unavailable;
  GPtrArray
      *sides; /* LbVoiceState of owner and viewers on the stream's server */
  GArray *guests; /* guint64 ids of viewers without a client */
  GBytes *preview; /* NULL: none */
  char *preview_name;
  const char *preview_type;
  gint64 preview_at;
  GSource *later; /* the end of an outage, or a new endpoint */
} LbStream;

typedef struct
{
  guint64 guild_id;
  guint64 channel_id;
  guint64 owner_id;
} LbStreamKey;

LbStreams *lb_streams_new (LbWorld *world, LbCore *core);
void lb_streams_free (LbStreams *self);

/* Exactly "guild:G:C:O" or "call:C:O". */
gboolean lb_stream_key_parse (const char *text, LbStreamKey *key);
char *lb_stream_key_format (const LbStreamKey *key);
/* NULL: there is none. */
LbStream *lb_streams_find (LbStreams *self, const char *key);
LbStream *lb_streams_of_user (
    LbStreams *self, guint64 guild_id, guint64 channel_id, guint64 owner_id);
/* The streams of a user, of everybody for 0; a container to free. */
GPtrArray *lb_streams_owned_by (LbStreams *self, guint64 owner_id);
gboolean lb_streams_has_server (LbStreams *self, guint64 rtc_server_id);
/* Whose identify a stream's voice server may take; NULL: nobody's. */
LbVoiceState *lb_streams_find_side (
    LbStreams *self, guint64 rtc_server_id, guint64 user_id);

/* Whether the server is that of somebody else's stream. */
gboolean lb_streams_only_watches (
    LbStreams *self, guint64 rtc_server_id, guint64 user_id);

/* Nobody takes part yet, not even the owner. */
LbStream *lb_stream_new (LbStreams *self, const LbStreamKey *key);
void lb_stream_add (LbStream *self, LbMainSession *session);
/* NULL: takes no part. */
LbVoiceState *lb_stream_find_side (LbStream *self, guint64 user_id);
/* A new STREAM_CREATE and STREAM_SERVER_UPDATE for one who takes part. */
void lb_stream_offer (LbStream *self, LbVoiceState *side);
void lb_stream_offer_server (LbStream *self, LbVoiceState *side);
/* STREAM_UPDATE to all. */
void lb_stream_tell (LbStream *self);
guint lb_stream_count_viewers (LbStream *self);
/* Who stopped watching. */
void lb_stream_remove (LbStream *self, LbVoiceState *side, const char *reason);
/* Frees it; the owner hears @own_reason. */
void lb_stream_end (LbStream *self, const char *reason, const char *own_reason);
/* STREAM_DELETE; @session may be of one who takes no part. */
void lb_streams_refuse (LbStreams *self, LbMainSession *session,
    const char *key, const char *reason, gboolean unavailable);

/* Its server is out of order, until it returns. @named: a new server is named
 * before the stream is said to be back. */
void lb_stream_outage (LbStream *self);
void lb_stream_return (LbStream *self, gboolean named);
/* Another server, or only another token; none, and after @ms (when not negative)
 * another. */
void lb_stream_move (LbStream *self, gboolean same_endpoint);
void lb_stream_null_endpoint (LbStream *self, int ms);

/* A user left or changed the channel, or a session is over. */
void lb_streams_left (LbStreams *self, guint64 guild_id, guint64 channel_id,
    guint64 user_id, LbMainSession *session);

/* streamops.c: ops 18 to 22; @d: NULL when it is no object. */
void lb_stream_op (LbMainSession *session, gint64 op, JsonObject *d);

/* streamrest.c: what is below /streams/; FALSE: no such resource. @user_id: of
 * the token. */
gboolean lb_stream_rest (LbCore *core, SoupServerMessage *message,
    const char *resource, guint64 user_id);
void lb_stream_rest_serve (LbCore *core);
