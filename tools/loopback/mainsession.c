/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "maingateway.h"

#include "world.h"

#define INTENT_GUILDS (1 << 0)
#define INTENT_GUILD_VOICE_STATES (1 << 7)
/* More than a lost client can have missed and still want. */
#define MAX_EVENTS 1000

char *
lb_token_hash (const char *token)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
}

LbMainSession *
lb_main_session_new (
    LbCore *core, const char *token, LbAccount account, gint64 intents)
{
  LbMainSession *self = g_new0 (LbMainSession, 1);

  self->core = core;
  self->session_id = lb_core_random_name (core);
  self->token_hash = lb_token_hash (token);
  self->user_id = lb_token_user (token);
  self->account = account;
  self->intents = intents;
  self->guilds =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_queue_init (&self->events);
  g_hash_table_insert (core->sessions, self->session_id, self);
  return self;
}

void
lb_main_session_free (LbMainSession *self)
{
  lb_source_clear (&self->expiry);
  g_queue_clear_full (&self->events, g_free);
  g_hash_table_unref (self->guilds);
  g_free (self->token_hash);
  g_free (self->session_id);
  g_free (self);
}

void
lb_main_session_end (LbMainSession *self)
{
  LbCore *core = self->core;

  lb_world_drop_session (core->world, self);
  lb_report_event (core->report, "main-session-ended", self->user_id, NULL);
  g_hash_table_remove (core->sessions, self->session_id);
}

static gboolean
on_expired (gpointer user_data)
{
  lb_main_session_end (user_data);
  return G_SOURCE_REMOVE;
}

void
lb_main_session_lost (LbMainSession *self)
{
  self->peer = NULL;
  lb_source_clear (&self->expiry);
  self->expiry = lb_core_timeout (self->core,
      (guint) self->core->settings->main_resume_window, on_expired, self);
}

void
lb_main_session_dispatch (LbMainSession *self, const char *event, JsonObject *d)
{
  JsonObject *message = lb_json_message (0, d);

  json_object_set_string_member (message, "t", event);
  json_object_set_int_member (message, "s", ++self->seq);
  g_queue_push_tail (&self->events, lb_json_to_text (message));
  if (self->events.length > MAX_EVENTS)
    g_free (g_queue_pop_head (&self->events));
  if (self->peer != NULL)
    lb_peer_send (self->peer, message);
  else
    json_object_unref (message);
}

gboolean
lb_main_session_replay (LbMainSession *self, gint64 seq)
{
  guint missed = (guint) (self->seq - seq);

  if (missed > self->events.length)
    return FALSE;
  for (GList *link =
           g_queue_peek_nth_link (&self->events, self->events.length - missed);
       missed > 0 && link != NULL; link = link->next)
    lb_peer_send_text (self->peer, link->data);
  return TRUE;
}

gboolean
lb_main_session_sees (LbMainSession *self, guint64 guild_id)
{
  if (self->account == LB_ACCOUNT_BOT
      && !(self->intents & INTENT_GUILD_VOICE_STATES))
    return FALSE;
  if (guild_id == 0)
    return self->account != LB_ACCOUNT_BOT;
  /* Without a list a user is in every guild. */
  if (self->core->settings->guilds->len == 0 && self->account != LB_ACCOUNT_BOT)
    return TRUE;
  return lb_settings_list_has_id (self->core->settings->guilds, guild_id)
      || g_hash_table_contains (self->guilds, &guild_id);
}

/* (element-type guint64) (transfer full): those it is told of when it begins. */
static GArray *
list_guilds (LbMainSession *self)
{
  const GPtrArray *texts = self->core->settings->guilds;
  GArray *ids;

  if (texts->len == 0 && self->account != LB_ACCOUNT_BOT)
    return lb_world_list_guilds (self->core->world);
  ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; i < texts->len; i++) {
    guint64 id;

    if (lb_parse_id (texts->pdata[i], &id))
      g_array_append_val (ids, id);
  }
  return ids;
}

static JsonObject *
user_to_json (LbMainSession *self)
{
  JsonObject *user = json_object_new ();
  g_autofree char *name =
      g_strdup_printf ("loopback-%04x", (guint) (self->user_id & 0xffff));

  lb_json_set_id (user, "id", self->user_id);
  json_object_set_string_member (user, "username", name);
  json_object_set_string_member (user, "discriminator", "0");
  json_object_set_null_member (user, "avatar");
  json_object_set_boolean_member (user, "bot", self->account == LB_ACCOUNT_BOT);
  return user;
}

static JsonObject *
unavailable_guild (guint64 id)
{
  JsonObject *guild = json_object_new ();

  lb_json_set_id (guild, "id", id);
  json_object_set_boolean_member (guild, "unavailable", TRUE);
  return guild;
}

void
lb_main_session_ready (LbMainSession *self, gint64 version)
{
  JsonObject *d = json_object_new ();
  JsonArray *guilds = json_array_new ();
  g_autoptr (GArray) ids = list_guilds (self);
  g_autofree char *url = lb_core_url (self->core, "ws", self->core->port);
  gboolean announce =
      self->account != LB_ACCOUNT_BOT || (self->intents & INTENT_GUILDS);

  for (guint i = 0; i < ids->len; i++) {
    guint64 id = g_array_index (ids, guint64, i);

    json_array_add_object_element (guilds,
        self->account == LB_ACCOUNT_BOT
            ? unavailable_guild (id)
            : lb_world_guild_to_json (self->core->world, id));
  }
  json_object_set_int_member (d, "v", version);
  json_object_set_object_member (d, "user", user_to_json (self));
  json_object_set_string_member (d, "session_id", self->session_id);
  json_object_set_string_member (d, "resume_gateway_url", url);
  json_object_set_array_member (d, "guilds", guilds);
  json_object_set_array_member (d, "private_channels", json_array_new ());
  if (self->account == LB_ACCOUNT_BOT) {
    JsonObject *application = json_object_new ();

    lb_json_set_id (application, "id", self->user_id);
    json_object_set_int_member (application, "flags", 0);
    json_object_set_object_member (d, "application", application);
  }
  lb_main_session_dispatch (self, "READY", d);
  if (self->account != LB_ACCOUNT_BOT || !announce)
    return;
  for (guint i = 0; i < ids->len; i++)
    lb_main_session_dispatch (self, "GUILD_CREATE",
        lb_world_guild_to_json (
            self->core->world, g_array_index (ids, guint64, i)));
}

void
lb_main_sessions_end_lost (LbCore *core, guint64 user_id)
{
  g_autoptr (GList) sessions = g_hash_table_get_values (core->sessions);

  for (GList *link = sessions; link != NULL; link = link->next) {
    LbMainSession *session = link->data;

    if (session->user_id == user_id && session->peer == NULL)
      lb_main_session_end (session);
  }
}
