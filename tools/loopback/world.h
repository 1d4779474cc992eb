/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core.h"
#include "json.h"

typedef struct _LbStreams LbStreams;

/* Who is in which voice channel by the main gateway's books, and which voice
 * server they were sent to. */
typedef struct
{
  guint64 guild_id; /* 0: a call */
  guint64 channel_id; /* 0: leave */
  gboolean self_mute;
  gboolean self_deaf;
  gboolean self_video;
} LbVoiceWish;

struct _LbVoiceState
{
  LbWorld *world;
  guint64 server_id; /* the guild, or the channel of a call */
  guint64 user_id;
  LbMainSession *session; /* NULL in passing only: no client */
  LbVoiceWish is;
  gboolean mute;
  gboolean deaf;
  gboolean suppress;
  char *token; /* what the voice gateway expects */
  gboolean identified; /* the token was used */
  GSource *late_endpoint;
};

LbWorld *lb_world_new (LbCore *core);
void lb_world_free (LbWorld *self);

/* Op 4. */
void lb_world_voice_state (
    LbWorld *self, LbMainSession *session, const LbVoiceWish *wish);
void lb_world_drop_session (LbWorld *self, LbMainSession *session);

/* On a voice server, that of a stream included. */
LbVoiceState *lb_world_find (LbWorld *self, guint64 server_id, guint64 user_id);
gboolean lb_world_knows_server (LbWorld *self, guint64 server_id);
/* The states of a user, of everybody for 0; a container to free. */
GPtrArray *lb_world_states_of (LbWorld *self, guint64 user_id);
/* Where the voice gateway of a server id is now. */
LbVoiceServer *lb_world_place (LbWorld *self, guint64 server_id);
JsonObject *lb_world_guild_to_json (LbWorld *self, guint64 guild_id);
/* (element-type guint64) (transfer full): in which somebody is, or is live. */
GArray *lb_world_list_guilds (LbWorld *self);

/* host:port of that, with a scheme when the settings want one. */
char *lb_world_dup_endpoint (LbWorld *self, guint64 server_id);
void lb_world_next_place (LbWorld *self, guint64 server_id);
/* Whether a client is on the voice server. */
gboolean lb_world_is_connected (
    LbWorld *self, guint64 server_id, guint64 user_id);

LbStreams *lb_world_get_streams (LbWorld *self);
/* VOICE_STATE_UPDATE of somebody who went live or ended that, and who may have
 * no client. */
void lb_world_announce_live (
    LbWorld *self, guint64 guild_id, guint64 channel_id, guint64 user_id);

/* What moderators and Discord itself do. */
void lb_voice_state_kick (LbVoiceState *state);
void lb_voice_state_move (LbVoiceState *state, guint64 channel_id);
/* VOICE_STATE_UPDATE again, after a change of mute, deaf or suppress. */
void lb_voice_state_announce (LbVoiceState *state);
void lb_voice_state_foreign (LbVoiceState *state);
/* A null endpoint; after @ms (when not negative) a new token for the old one. */
void lb_voice_state_null_endpoint (LbVoiceState *state, int ms);
void lb_world_server_move (
    LbWorld *self, guint64 server_id, gboolean same_endpoint);
