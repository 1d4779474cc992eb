/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world.h"

#include "maingateway.h"
#include "streams.h"
#include "voiceserver.h"

struct _LbWorld
{
  LbCore *core;
  GHashTable *states; /* set of LbVoiceState by server and user */
  GHashTable *places; /* server id -> index of its voice server + 1 */
  LbStreams *streams;
  guint next_place;
};

static guint
state_hash (gconstpointer key)
{
  const LbVoiceState *state = key;

  return g_int64_hash (&state->server_id) * 31 ^ g_int64_hash (&state->user_id);
}

static gboolean
state_equal (gconstpointer a, gconstpointer b)
{
  const LbVoiceState *x = a, *y = b;

  return x->server_id == y->server_id && x->user_id == y->user_id;
}

static void
state_free (LbVoiceState *state)
{
  lb_source_clear (&state->late_endpoint);
  g_free (state->token);
  g_free (state);
}

LbWorld *
lb_world_new (LbCore *core)
{
  LbWorld *self = g_new0 (LbWorld, 1);

  self->core = core;
  self->states = g_hash_table_new_full (
      state_hash, state_equal, (GDestroyNotify) state_free, NULL);
  self->places =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->streams = lb_streams_new (self, core);
  return self;
}

LbStreams *
lb_world_get_streams (LbWorld *self)
{
  return self->streams;
}

void
lb_world_free (LbWorld *self)
{
  lb_streams_free (self->streams);
  g_hash_table_unref (self->states);
  g_hash_table_unref (self->places);
  g_free (self);
}

LbVoiceState *
lb_world_find (LbWorld *self, guint64 server_id, guint64 user_id)
{
  LbVoiceState key = { .server_id = server_id, .user_id = user_id };
  LbVoiceState *state = g_hash_table_lookup (self->states, &key);

  return state != NULL
      ? state
      : lb_streams_find_side (self->streams, server_id, user_id);
}

gboolean
lb_world_knows_server (LbWorld *self, guint64 server_id)
{
  return g_hash_table_contains (self->places, &server_id);
}

GPtrArray *
lb_world_states_of (LbWorld *self, guint64 user_id)
{
  GPtrArray *found = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer state;

  g_hash_table_iter_init (&iter, self->states);
  while (g_hash_table_iter_next (&iter, &state, NULL)) {
    if (user_id == 0 || ((LbVoiceState *) state)->user_id == user_id)
      g_ptr_array_add (found, state);
  }
  return found;
}

static void
set_place (LbWorld *self, guint64 server_id, guint index)
{
  g_hash_table_insert (self->places, g_memdup2 (&server_id, sizeof server_id),
      GUINT_TO_POINTER (index % self->core->voice_servers->len + 1));
}

LbVoiceServer *
lb_world_place (LbWorld *self, guint64 server_id)
{
  guint place;

  if (!g_hash_table_contains (self->places, &server_id))
    set_place (self, server_id, self->next_place++);
  place = GPOINTER_TO_UINT (g_hash_table_lookup (self->places, &server_id));
  return self->core->voice_servers->pdata[place - 1];
}

void
lb_world_next_place (LbWorld *self, guint64 server_id)
{
  guint index;

  g_ptr_array_find (
      self->core->voice_servers, lb_world_place (self, server_id), &index);
  set_place (self, server_id, index + 1);
}

char *
lb_world_dup_endpoint (LbWorld *self, guint64 server_id)
{
  g_autofree char *plain =
      lb_voice_server_dup_endpoint (lb_world_place (self, server_id));

  return g_strconcat (
      self->core->settings->endpoint_scheme ? "wss://" : "", plain, NULL);
}

gboolean
lb_world_is_connected (LbWorld *self, guint64 server_id, guint64 user_id)
{
  return lb_voice_servers_connected (self->core, server_id, user_id);
}

static JsonObject *
state_to_json (const LbVoiceState *state)
{
  JsonObject *d = json_object_new ();

  lb_json_set_id (d, "guild_id", state->is.guild_id);
  lb_json_set_id (d, "channel_id", state->is.channel_id);
  lb_json_set_id (d, "user_id", state->user_id);
  json_object_set_string_member (d, "session_id",
      state->session != NULL ? state->session->session_id : "none");
  json_object_set_boolean_member (d, "deaf", state->deaf);
  json_object_set_boolean_member (d, "mute", state->mute);
  json_object_set_boolean_member (d, "self_deaf", state->is.self_deaf);
  json_object_set_boolean_member (d, "self_mute", state->is.self_mute);
  json_object_set_boolean_member (d, "self_video", state->is.self_video);
  json_object_set_boolean_member (d, "suppress", state->suppress);
  json_object_set_null_member (d, "request_to_speak_timestamp");
  /* There or not there, as Discord has it. */
  if (lb_streams_of_user (state->world->streams, state->is.guild_id,
          state->is.channel_id, state->user_id)
      != NULL)
    json_object_set_boolean_member (d, "self_stream", TRUE);
  return d;
}

/* A call's states are for those in it. */
static gboolean
is_for (LbWorld *self, LbMainSession *session, const LbVoiceState *state)
{
  if (!lb_main_session_sees (session, state->is.guild_id))
    return FALSE;
  return state->is.guild_id != 0 || session->user_id == state->user_id
      || lb_world_find (self, state->server_id, session->user_id) != NULL;
}

void
lb_voice_state_announce (LbVoiceState *state)
{
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, state->world->core->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session)) {
    if (is_for (state->world, session, state))
      lb_main_session_dispatch (
          session, "VOICE_STATE_UPDATE", state_to_json (state));
  }
}

/* As it stands for who has no client. */
static LbVoiceState
make_guest (
    LbWorld *self, guint64 guild_id, guint64 channel_id, guint64 user_id)
{
  const LbVoiceState guest = {
    .world = self,
    .server_id = guild_id != 0 ? guild_id : channel_id,
    .user_id = user_id,
    .is = { .guild_id = guild_id, .channel_id = channel_id },
  };

  return guest;
}

void
lb_world_announce_live (
    LbWorld *self, guint64 guild_id, guint64 channel_id, guint64 user_id)
{
  LbVoiceState guest = make_guest (self, guild_id, channel_id, user_id);
  LbVoiceState *state = lb_world_find (self, guest.server_id, user_id);

  /* Who is elsewhere by now said so already. */
  if (state == NULL)
    lb_voice_state_announce (&guest);
  else if (state->is.channel_id == channel_id)
    lb_voice_state_announce (state);
}

void
lb_voice_state_foreign (LbVoiceState *state)
{
  JsonObject *d = state_to_json (state);
  g_autofree char *other = lb_core_random_name (state->world->core);

  json_object_set_null_member (d, "channel_id");
  json_object_set_string_member (d, "session_id", other);
  if (lb_main_session_sees (state->session, state->is.guild_id))
    lb_main_session_dispatch (state->session, "VOICE_STATE_UPDATE", d);
  else
    json_object_unref (d);
}

static void
send_server (LbVoiceState *state, gboolean with_endpoint)
{
  JsonObject *d = json_object_new ();
  g_autofree char *endpoint = NULL;

  lb_json_set_id (d, "guild_id", state->is.guild_id);
  if (state->is.guild_id == 0)
    lb_json_set_id (d, "channel_id", state->is.channel_id);
  json_object_set_string_member (d, "token", state->token);
  if (with_endpoint) {
    endpoint = lb_world_dup_endpoint (state->world, state->server_id);
    json_object_set_string_member (d, "endpoint", endpoint);
  } else {
    json_object_set_null_member (d, "endpoint");
  }
  lb_report_event (state->world->core->report, "voice-server", state->user_id,
      "%s", endpoint != NULL ? endpoint : "null");
  lb_main_session_dispatch (state->session, "VOICE_SERVER_UPDATE", d);
}

static gboolean
send_late_endpoint (gpointer user_data)
{
  LbVoiceState *state = user_data;

  lb_source_clear (&state->late_endpoint);
  send_server (state, TRUE);
  return G_SOURCE_REMOVE;
}

static void
new_token (LbVoiceState *state)
{
  g_free (state->token);
  state->token = lb_core_random_name (state->world->core);
  state->identified = FALSE;
}

static void
offer_server (LbVoiceState *state)
{
  LbCore *core = state->world->core;
  int later = core->settings->null_endpoint_first;

  lb_source_clear (&state->late_endpoint);
  send_server (state, later < 0);
  if (later >= 0)
    state->late_endpoint =
        lb_core_timeout (core, (guint) later, send_late_endpoint, state);
}

static void
announce_join (LbVoiceState *state)
{
  const LbSettings *settings = state->world->core->settings;

  g_hash_table_add (state->session->guilds,
      g_memdup2 (&state->is.guild_id, sizeof state->is.guild_id));
  lb_world_place (state->world, state->server_id);
  new_token (state);
  if (settings->server_first)
    offer_server (state);
  lb_voice_state_announce (state);
  if (!settings->server_first)
    offer_server (state);
  if (settings->foreign_session)
    lb_voice_state_foreign (state);
}

static void
leave_streams (LbVoiceState *state)
{
  lb_streams_left (state->world->streams, state->is.guild_id,
      state->is.channel_id, state->user_id, state->session);
}

/* What others see of the camera (golive 1). */
static void
show_camera (LbVoiceState *state, gboolean on)
{
  if (state->is.self_video == on)
    return;
  state->is.self_video = on;
  lb_report_event (state->world->core->report, on ? "camera-on" : "camera-off",
      state->user_id, NULL);
}

/* Frees @state. */
static void
leave (LbVoiceState *state, guint grace_ms)
{
  LbWorld *self = state->world;

  show_camera (state, FALSE);
  lb_report_event (self->core->report, "left", state->user_id, NULL);
  leave_streams (state);
  lb_voice_servers_retire (
      self->core, state->server_id, state->user_id, grace_ms);
  state->is.channel_id = 0;
  lb_voice_state_announce (state);
  g_hash_table_remove (self->states, state);
}

void
lb_voice_state_kick (LbVoiceState *state)
{
  leave (state, 0);
}

void
lb_voice_state_move (LbVoiceState *state, guint64 channel_id)
{
  LbWorld *self = state->world;

  lb_report_event (self->core->report, "moved", state->user_id,
      "%" G_GUINT64_FORMAT, channel_id);
  if (channel_id != state->is.channel_id)
    leave_streams (state);
  lb_voice_servers_retire (self->core, state->server_id, state->user_id, 0);
  state->is.channel_id = channel_id;
  announce_join (state);
}

void
lb_voice_state_null_endpoint (LbVoiceState *state, int ms)
{
  LbCore *core = state->world->core;

  send_server (state, FALSE);
  lb_source_clear (&state->late_endpoint);
  lb_voice_servers_retire (core, state->server_id, state->user_id,
      (guint) core->settings->leave_grace);
  new_token (state);
  if (ms >= 0)
    state->late_endpoint =
        lb_core_timeout (core, (guint) ms, send_late_endpoint, state);
}

void
lb_world_server_move (LbWorld *self, guint64 server_id, gboolean same_endpoint)
{
  g_autoptr (GPtrArray) states = lb_world_states_of (self, 0);

  if (!same_endpoint)
    lb_world_next_place (self, server_id);
  for (guint i = 0; i < states->len; i++) {
    LbVoiceState *state = states->pdata[i];

    if (state->server_id != server_id)
      continue;
    lb_voice_servers_retire (self->core, server_id, state->user_id,
        (guint) self->core->settings->leave_grace);
    new_token (state);
    send_server (state, TRUE);
  }
}

static gboolean
may_join (LbWorld *self, LbMainSession *session, const LbVoiceWish *wish)
{
  const LbSettings *settings = self->core->settings;

  if (wish->guild_id == 0)
    return session->account != LB_ACCOUNT_BOT
        && !lb_settings_list_has_id (settings->full_channels, wish->channel_id);
  if (settings->guilds->len > 0
      && !lb_settings_list_has_id (settings->guilds, wish->guild_id))
    return FALSE;
  if (lb_settings_list_has_id (settings->full_channels, wish->channel_id)
      || lb_settings_list_has_id (settings->closed_channels, wish->channel_id))
    return FALSE;
  return settings->channels->len == 0
      || lb_settings_list_has_id (settings->channels, wish->channel_id);
}

/* The state that a wish for @guild_id is about; calls are one per session. */
static LbVoiceState *
current_state (LbWorld *self, LbMainSession *session, guint64 guild_id)
{
  g_autoptr (GPtrArray) states = NULL;

  if (guild_id != 0)
    return lb_world_find (self, guild_id, session->user_id);
  states = lb_world_states_of (self, session->user_id);
  for (guint i = 0; i < states->len; i++) {
    LbVoiceState *state = states->pdata[i];

    if (state->is.guild_id == 0 && state->session == session)
      return state;
  }
  return NULL;
}

/* User accounts are in one channel at a time. */
static void
leave_others (LbWorld *self, LbMainSession *session, const LbVoiceState *keep)
{
  g_autoptr (GPtrArray) states = lb_world_states_of (self, session->user_id);

  for (guint i = 0; i < states->len; i++) {
    LbVoiceState *state = states->pdata[i];

    if (state != keep && state->session == session)
      leave (state, 0);
  }
}

static void
join (LbWorld *self, LbMainSession *session, const LbVoiceWish *wish)
{
  LbVoiceState *state = g_new0 (LbVoiceState, 1);

  state->world = self;
  state->server_id = wish->guild_id != 0 ? wish->guild_id : wish->channel_id;
  state->user_id = session->user_id;
  state->session = session;
  state->is = *wish;
  state->is.self_video = FALSE;
  g_hash_table_replace (self->states, state, state);
  lb_report_event (self->core->report, "joined", state->user_id, NULL);
  show_camera (state, wish->self_video);
  announce_join (state);
}

/* A client whose voice link is gone may ask for the channel it is in and gets a
 * new voice server; with a living link that only changes flags. */
static gboolean
wants_server (const LbVoiceState *state)
{
  return state->identified
      && !lb_voice_servers_connected (
          state->world->core, state->server_id, state->user_id);
}

static void
change (LbVoiceState *state, LbMainSession *session, const LbVoiceWish *wish)
{
  LbWorld *self = state->world;
  gboolean same =
      state->is.channel_id == wish->channel_id && state->session == session;

  if (!same && state->is.guild_id == 0) {
    leave (state, 0);
    join (self, session, wish);
    return;
  }
  state->session = session;
  state->is.self_mute = wish->self_mute;
  state->is.self_deaf = wish->self_deaf;
  show_camera (state, wish->self_video);
  if (same && !wants_server (state))
    lb_voice_state_announce (state);
  else
    lb_voice_state_move (state, wish->channel_id);
}

void
lb_world_voice_state (
    LbWorld *self, LbMainSession *session, const LbVoiceWish *wish)
{
  LbVoiceState *state = current_state (self, session, wish->guild_id);

  if (wish->channel_id == 0) {
    if (state != NULL && state->session == session)
      leave (state, (guint) self->core->settings->leave_grace);
    return;
  }
  /* Who is in may stay and change flags, also when the channel is full. */
  if ((state == NULL || state->is.channel_id != wish->channel_id)
      && !may_join (self, session, wish)) {
    lb_report_event (
        self->core->report, "join-ignored", session->user_id, NULL);
    return;
  }
  if (session->account != LB_ACCOUNT_BOT)
    leave_others (self, session, state);
  if (state != NULL)
    change (state, session, wish);
  else
    join (self, session, wish);
}

void
lb_world_drop_session (LbWorld *self, LbMainSession *session)
{
  g_autoptr (GPtrArray) states = lb_world_states_of (self, session->user_id);

  for (guint i = 0; i < states->len; i++) {
    LbVoiceState *state = states->pdata[i];

    if (state->session == session)
      leave (state, 0);
  }
}

/* Those who are live without a client. */
static void
add_live_guests (LbWorld *self, guint64 guild_id, JsonArray *voice_states)
{
  g_autoptr (GPtrArray) streams = lb_streams_owned_by (self->streams, 0);

  for (guint i = 0; i < streams->len; i++) {
    const LbStream *stream = streams->pdata[i];
    LbVoiceState guest = make_guest (
        self, stream->guild_id, stream->channel_id, stream->owner_id);

    if (stream->guild_id == guild_id
        && lb_world_find (self, guest.server_id, guest.user_id) == NULL)
      json_array_add_object_element (voice_states, state_to_json (&guest));
  }
}

JsonObject *
lb_world_guild_to_json (LbWorld *self, guint64 guild_id)
{
  JsonObject *guild = json_object_new ();
  JsonArray *channels = json_array_new ();
  JsonArray *voice_states = json_array_new ();
  const GPtrArray *ids = self->core->settings->channels;
  g_autoptr (GPtrArray) states = lb_world_states_of (self, 0);

  for (guint i = 0; i < ids->len; i++) {
    JsonObject *channel = json_object_new ();

    json_object_set_string_member (channel, "id", ids->pdata[i]);
    json_object_set_int_member (channel, "type", 2);
    json_object_set_string_member (channel, "name", "voice");
    json_array_add_object_element (channels, channel);
  }
  for (guint i = 0; i < states->len; i++) {
    LbVoiceState *state = states->pdata[i];

    if (state->is.guild_id == guild_id)
      json_array_add_object_element (voice_states, state_to_json (state));
  }
  add_live_guests (self, guild_id, voice_states);
  lb_json_set_id (guild, "id", guild_id);
  json_object_set_string_member (guild, "name", "loopback");
  json_object_set_array_member (guild, "channels", channels);
  json_object_set_array_member (guild, "voice_states", voice_states);
  return guild;
}

static void
add_guild (GArray *ids, guint64 id)
{
  for (guint i = 0; i < ids->len; i++) {
    if (g_array_index (ids, guint64, i) == id)
      return;
  }
  if (id != 0)
    g_array_append_val (ids, id);
}

GArray *
lb_world_list_guilds (LbWorld *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GPtrArray) states = lb_world_states_of (self, 0);
  g_autoptr (GPtrArray) streams = lb_streams_owned_by (self->streams, 0);

  for (guint i = 0; i < states->len; i++)
    add_guild (ids, ((const LbVoiceState *) states->pdata[i])->is.guild_id);
  for (guint i = 0; i < streams->len; i++)
    add_guild (ids, ((const LbStream *) streams->pdata[i])->guild_id);
  return ids;
}
