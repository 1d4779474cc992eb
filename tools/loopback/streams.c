/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "streams.h"

#include "maingateway.h"
#include "voiceserver.h"

#include <string.h>

struct _LbStreams
{
  LbWorld *world;
  LbCore *core;
  GHashTable *by_key; /* char * -> LbStream, owned */
  GList *late; /* Late, owned */
};

/* An event on its way. */
typedef struct
{
  LbStreams *streams;
  char *session_id;
  const char *event;
  JsonObject *d;
  GSource *source;
} Late;

static void
late_free (gpointer data)
{
  Late *late = data;

  late->streams->late = g_list_remove (late->streams->late, late);
  lb_source_clear (&late->source);
  g_free (late->session_id);
  json_object_unref (late->d);
  g_free (late);
}

static gboolean
deliver (gpointer user_data)
{
  Late *late = user_data;
  LbMainSession *session =
      g_hash_table_lookup (late->streams->core->sessions, late->session_id);

  if (session != NULL)
    lb_main_session_dispatch (session, late->event, json_object_ref (late->d));
  late_free (late);
  return G_SOURCE_REMOVE;
}

/* Takes @d. */
static void
dispatch (
    LbStreams *self, LbMainSession *session, const char *event, JsonObject *d)
{
  int delay = self->core->settings->stream_delay;
  Late *late;

  if (delay == 0) {
    lb_main_session_dispatch (session, event, d);
    return;
  }
  late = g_new0 (Late, 1);
  late->streams = self;
  late->session_id = g_strdup (session->session_id);
  late->event = event;
  late->d = d;
  late->source = lb_core_timeout (self->core, (guint) delay, deliver, late);
  self->late = g_list_prepend (self->late, late);
}

static void
side_free (gpointer data)
{
  LbVoiceState *side = data;

  g_free (side->token);
  g_free (side);
}

static void
stream_free (gpointer data)
{
  LbStream *self = data;

  lb_source_clear (&self->later);
  g_ptr_array_unref (self->sides);
  g_array_unref (self->guests);
  g_clear_pointer (&self->preview, g_bytes_unref);
  g_free (self->preview_name);
  g_free (self->region);
  g_free (self->key);
  g_free (self);
}

LbStreams *
lb_streams_new (LbWorld *world, LbCore *core)
{
  LbStreams *self = g_new0 (LbStreams, 1);

  self->world = world;
  self->core = core;
  self->by_key =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, stream_free);
  return self;
}

void
lb_streams_free (LbStreams *self)
{
  while (self->late != NULL)
    late_free (self->late->data);
  g_hash_table_unref (self->by_key);
  g_free (self);
}

gboolean
lb_stream_key_parse (const char *text, LbStreamKey *key)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 6);
  guint n = g_strv_length (parts);

  *key = (LbStreamKey){ 0 };
  if (n == 4 && g_str_equal (parts[0], "guild"))
    return lb_parse_id (parts[1], &key->guild_id)
        && lb_parse_id (parts[2], &key->channel_id)
        && lb_parse_id (parts[3], &key->owner_id);
  return n == 3 && g_str_equal (parts[0], "call")
      && lb_parse_id (parts[1], &key->channel_id)
      && lb_parse_id (parts[2], &key->owner_id);
}

char *
lb_stream_key_format (const LbStreamKey *key)
{
  if (key->guild_id == 0)
    return g_strdup_printf ("call:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
        key->channel_id, key->owner_id);
  return g_strdup_printf ("guild:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
                          ":%" G_GUINT64_FORMAT,
      key->guild_id, key->channel_id, key->owner_id);
}

LbStream *
lb_streams_find (LbStreams *self, const char *key)
{
  return g_hash_table_lookup (self->by_key, key);
}

LbStream *
lb_streams_of_user (
    LbStreams *self, guint64 guild_id, guint64 channel_id, guint64 owner_id)
{
  const LbStreamKey key = { guild_id, channel_id, owner_id };
  g_autofree char *text = lb_stream_key_format (&key);

  return lb_streams_find (self, text);
}

GPtrArray *
lb_streams_owned_by (LbStreams *self, guint64 owner_id)
{
  GPtrArray *found = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer stream;

  g_hash_table_iter_init (&iter, self->by_key);
  while (g_hash_table_iter_next (&iter, NULL, &stream)) {
    if (owner_id == 0 || ((LbStream *) stream)->owner_id == owner_id)
      g_ptr_array_add (found, stream);
  }
  return found;
}

LbVoiceState *
lb_stream_find_side (LbStream *self, guint64 user_id)
{
  for (guint i = 0; i < self->sides->len; i++) {
    LbVoiceState *side = self->sides->pdata[i];

    if (side->user_id == user_id)
      return side;
  }
  return NULL;
}

static LbStream *
find_by_server (LbStreams *self, guint64 rtc_server_id)
{
  GHashTableIter iter;
  gpointer stream;

  g_hash_table_iter_init (&iter, self->by_key);
  while (g_hash_table_iter_next (&iter, NULL, &stream)) {
    if (((LbStream *) stream)->rtc_server_id == rtc_server_id)
      return stream;
  }
  return NULL;
}

gboolean
lb_streams_has_server (LbStreams *self, guint64 rtc_server_id)
{
  return find_by_server (self, rtc_server_id) != NULL;
}

LbVoiceState *
lb_streams_find_side (LbStreams *self, guint64 rtc_server_id, guint64 user_id)
{
  LbStream *stream = find_by_server (self, rtc_server_id);

  return stream != NULL ? lb_stream_find_side (stream, user_id) : NULL;
}

gboolean
lb_streams_only_watches (
    LbStreams *self, guint64 rtc_server_id, guint64 user_id)
{
  LbStream *stream = find_by_server (self, rtc_server_id);

  return stream != NULL && stream->owner_id != user_id;
}

/* Above 2^53, and the group of end-to-end encryption is one less: ids that end
 * in 0 are where a client which reckons with text goes wrong. */
static guint64
new_rtc_id (LbCore *core)
{
  guint64 id = (lb_core_random64 (core) >> 4) | G_GUINT64_CONSTANT (1) << 59;

  return id - id % 10;
}

LbStream *
lb_stream_new (LbStreams *streams, const LbStreamKey *key)
{
  LbStream *self = g_new0 (LbStream, 1);

  self->streams = streams;
  self->key = lb_stream_key_format (key);
  self->guild_id = key->guild_id;
  self->channel_id = key->channel_id;
  self->owner_id = key->owner_id;
  self->rtc_server_id = new_rtc_id (streams->core);
  self->rtc_channel_id = new_rtc_id (streams->core);
  self->region = g_strdup ("rotterdam");
  self->sides = g_ptr_array_new_with_free_func (side_free);
  self->guests = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_hash_table_replace (streams->by_key, self->key, self);
  lb_world_place (streams->world, self->rtc_server_id);
  lb_report_event (
      streams->core->report, "stream-started", self->owner_id, NULL);
  lb_world_announce_live (
      streams->world, self->guild_id, self->channel_id, self->owner_id);
  return self;
}

static JsonArray *
viewers_to_json (LbStream *self)
{
  JsonArray *viewers = json_array_new ();

  for (guint i = 0; i < self->sides->len + self->guests->len; i++) {
    guint64 id = i < self->sides->len
        ? ((LbVoiceState *) self->sides->pdata[i])->user_id
        : g_array_index (self->guests, guint64, i - self->sides->len);
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, id);

    if (id != self->owner_id)
      json_array_add_string_element (viewers, text);
  }
  return viewers;
}

guint
lb_stream_count_viewers (LbStream *self)
{
  guint count = self->sides->len + self->guests->len;

  return lb_stream_find_side (self, self->owner_id) != NULL ? count - 1 : count;
}

static JsonObject *
stream_to_json (LbStream *self, gboolean with_ids)
{
  JsonObject *d = json_object_new ();

  json_object_set_string_member (d, "stream_key", self->key);
  json_object_set_string_member (d, "region", self->region);
  json_object_set_array_member (d, "viewer_ids", viewers_to_json (self));
  json_object_set_boolean_member (d, "paused", self->paused);
  if (!with_ids)
    return d;
  lb_json_set_id (d, "rtc_server_id", self->rtc_server_id);
  if (!self->streams->core->settings->stream_no_channel)
    lb_json_set_id (d, "rtc_channel_id", self->rtc_channel_id);
  return d;
}

static void
send_create (LbStream *self, LbVoiceState *side)
{
  lb_report_event (
      self->streams->core->report, "stream-create", side->user_id, NULL);
  dispatch (self->streams, side->session, "STREAM_CREATE",
      stream_to_json (self, TRUE));
}

static void
send_server (LbStream *self, LbVoiceState *side, gboolean with_endpoint)
{
  LbCore *core = self->streams->core;
  JsonObject *d = json_object_new ();
  g_autofree char *endpoint = NULL;

  json_object_set_string_member (d, "stream_key", self->key);
  json_object_set_null_member (d, "guild_id");
  json_object_set_string_member (d, "token", side->token);
  if (with_endpoint) {
    endpoint =
        lb_world_dup_endpoint (self->streams->world, self->rtc_server_id);
    json_object_set_string_member (d, "endpoint", endpoint);
  } else {
    json_object_set_null_member (d, "endpoint");
  }
  lb_report_event (core->report, "stream-server", side->user_id, "%s",
      endpoint != NULL ? endpoint : "null");
  dispatch (self->streams, side->session, "STREAM_SERVER_UPDATE", d);
}

static void
new_token (LbStream *self, LbVoiceState *side)
{
  g_free (side->token);
  side->token = lb_core_random_name (self->streams->core);
  side->identified = FALSE;
}

void
lb_stream_offer_server (LbStream *self, LbVoiceState *side)
{
  new_token (self, side);
  send_server (self, side, TRUE);
}

void
lb_stream_offer (LbStream *self, LbVoiceState *side)
{
  gboolean server_first = self->streams->core->settings->server_first;

  if (self->unavailable) {
    lb_streams_refuse (
        self->streams, side->session, self->key, "stream_ended", TRUE);
    return;
  }
  if (server_first)
    lb_stream_offer_server (self, side);
  send_create (self, side);
  if (!server_first)
    lb_stream_offer_server (self, side);
}

void
lb_stream_add (LbStream *self, LbMainSession *session)
{
  LbVoiceState *side = lb_stream_find_side (self, session->user_id);
  gboolean is_new = side == NULL;

  if (is_new) {
    side = g_new0 (LbVoiceState, 1);
    side->world = self->streams->world;
    side->server_id = self->rtc_server_id;
    side->user_id = session->user_id;
    side->is.channel_id = self->rtc_channel_id;
    g_ptr_array_add (self->sides, side);
  }
  side->session = session;
  lb_stream_offer (self, side);
  if (is_new && session->user_id != self->owner_id)
    lb_stream_tell (self);
}

void
lb_stream_tell (LbStream *self)
{
  for (guint i = 0; i < self->sides->len; i++) {
    LbVoiceState *side = self->sides->pdata[i];

    dispatch (self->streams, side->session, "STREAM_UPDATE",
        stream_to_json (self, FALSE));
  }
}

void
lb_streams_refuse (LbStreams *self, LbMainSession *session, const char *key,
    const char *reason, gboolean unavailable)
{
  JsonObject *d = json_object_new ();

  json_object_set_string_member (d, "stream_key", key);
  json_object_set_string_member (d, "reason", reason);
  json_object_set_boolean_member (d, "unavailable", unavailable);
  lb_report_event (self->core->report, "stream-delete", session->user_id,
      "%s%s", reason, unavailable ? " unavailable" : "");
  dispatch (self, session, "STREAM_DELETE", d);
}

static void
end_side (LbStream *self, LbVoiceState *side, const char *reason)
{
  LbCore *core = self->streams->core;

  lb_streams_refuse (self->streams, side->session, self->key, reason, FALSE);
  lb_voice_servers_retire (core, self->rtc_server_id, side->user_id,
      (guint) core->settings->leave_grace);
}

void
lb_stream_remove (LbStream *self, LbVoiceState *side, const char *reason)
{
  end_side (self, side, reason);
  g_ptr_array_remove (self->sides, side);
  lb_stream_tell (self);
}

void
lb_stream_end (LbStream *self, const char *reason, const char *own_reason)
{
  LbStreams *streams = self->streams;
  guint64 guild_id = self->guild_id;
  guint64 channel_id = self->channel_id;
  guint64 owner_id = self->owner_id;

  lb_report_event (
      streams->core->report, "stream-ended", owner_id, "%s", reason);
  for (guint i = 0; i < self->sides->len; i++) {
    LbVoiceState *side = self->sides->pdata[i];

    end_side (self, side, side->user_id == owner_id ? own_reason : reason);
  }
  g_hash_table_remove (streams->by_key, self->key);
  lb_world_announce_live (streams->world, guild_id, channel_id, owner_id);
}

/* The media server drops everybody. */
static void
retire_all (LbStream *self)
{
  LbCore *core = self->streams->core;

  for (guint i = 0; i < self->sides->len; i++) {
    LbVoiceState *side = self->sides->pdata[i];

    lb_voice_servers_retire (core, self->rtc_server_id, side->user_id,
        (guint) core->settings->leave_grace);
  }
}

void
lb_stream_outage (LbStream *self)
{
  self->unavailable = TRUE;
  retire_all (self);
  for (guint i = 0; i < self->sides->len; i++) {
    LbVoiceState *side = self->sides->pdata[i];

    lb_streams_refuse (
        self->streams, side->session, self->key, "stream_ended", TRUE);
  }
}

void
lb_stream_return (LbStream *self, gboolean named)
{
  self->unavailable = FALSE;
  self->rtc_server_id = new_rtc_id (self->streams->core);
  self->rtc_channel_id = new_rtc_id (self->streams->core);
  lb_world_place (self->streams->world, self->rtc_server_id);
  for (guint i = 0; i < self->sides->len; i++) {
    LbVoiceState *side = self->sides->pdata[i];

    side->server_id = self->rtc_server_id;
    side->is.channel_id = self->rtc_channel_id;
    if (named)
      lb_stream_offer_server (self, side);
    send_create (self, side);
    if (!named)
      lb_stream_offer_server (self, side);
  }
}

void
lb_stream_move (LbStream *self, gboolean same_endpoint)
{
  retire_all (self);
  if (!same_endpoint)
    lb_world_next_place (self->streams->world, self->rtc_server_id);
  for (guint i = 0; i < self->sides->len; i++)
    lb_stream_offer_server (self, self->sides->pdata[i]);
}

static gboolean
on_new_endpoint (gpointer user_data)
{
  LbStream *self = user_data;

  lb_source_clear (&self->later);
  lb_stream_move (self, FALSE);
  return G_SOURCE_REMOVE;
}

void
lb_stream_null_endpoint (LbStream *self, int ms)
{
  retire_all (self);
  for (guint i = 0; i < self->sides->len; i++)
    send_server (self, self->sides->pdata[i], FALSE);
  lb_source_clear (&self->later);
  if (ms >= 0)
    self->later = lb_core_timeout (
        self->streams->core, (guint) ms, on_new_endpoint, self);
}

void
lb_streams_left (LbStreams *self, guint64 guild_id, guint64 channel_id,
    guint64 user_id, LbMainSession *session)
{
  g_autoptr (GPtrArray) all = lb_streams_owned_by (self, 0);

  for (guint i = 0; i < all->len; i++) {
    LbStream *stream = all->pdata[i];
    LbVoiceState *side = lb_stream_find_side (stream, user_id);

    if (stream->guild_id != guild_id || stream->channel_id != channel_id
        || side == NULL || side->session != session)
      continue;
    if (stream->owner_id == user_id)
      lb_stream_end (stream, "stream_ended", "user_requested");
    else
      lb_stream_remove (stream, side, "user_requested");
  }
}
