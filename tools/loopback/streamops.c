/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ops 18 to 22 of the main gateway. */
#include "maingateway.h"
#include "streams.h"

enum
{
  OP_CREATE = 18,
  OP_DELETE = 19,
  OP_WATCH = 20,
  OP_PING = 21,
  OP_PAUSE = 22,
};

static void
violate (LbMainSession *session, const char *what)
{
  lb_peer_violate (session->peer, 4002, "bad-stream", "%s", what);
}

/* What the settings have to say to op 18 and 20. */
static gboolean
is_refused (LbStreams *self, LbMainSession *session, const char *key)
{
  const LbSettings *settings = session->core->settings;

  if (settings->stream_silent || session->account == LB_ACCOUNT_BOT) {
    lb_report_event (
        session->core->report, "stream-ignored", session->user_id, NULL);
    return TRUE;
  }
  if (settings->stream_reject == NULL || *settings->stream_reject == '\0')
    return FALSE;
  lb_streams_refuse (self, session, key, settings->stream_reject, FALSE);
  return TRUE;
}

/* Whether the session's own voice state is there. */
static gboolean
is_in (LbMainSession *session, guint64 guild_id, guint64 channel_id)
{
  LbVoiceState *state = lb_world_find (session->core->world,
      guild_id != 0 ? guild_id : channel_id, session->user_id);

  return state != NULL && state->session == session
      && state->is.channel_id == channel_id;
}

static gboolean
read_create (JsonObject *d, LbStreamKey *key, const char **region)
{
  const char *type;
  LbField field;

  *region = NULL;
  if (lb_json_get_string (d, "type", &type) != LB_FIELD_OK
      || lb_json_get_id (d, "channel_id", &key->channel_id) != LB_FIELD_OK)
    return FALSE;
  field = lb_json_get_id (d, "guild_id", &key->guild_id);
  if (g_str_equal (type, "guild") ? field != LB_FIELD_OK
                                  : !g_str_equal (type, "call")
              || (field != LB_FIELD_NULL && field != LB_FIELD_ABSENT))
    return FALSE;
  field = lb_json_get_string (d, "preferred_region", region);
  return field == LB_FIELD_NULL || lb_optional (field);
}

static void
handle_create (LbStreams *self, LbMainSession *session, JsonObject *d)
{
  LbStreamKey key = { .owner_id = session->user_id };
  g_autofree char *text = NULL;
  const char *region;
  LbStream *stream;

  if (!read_create (d, &key, &region)) {
    violate (session, "create");
    return;
  }
  text = lb_stream_key_format (&key);
  if (is_refused (self, session, text))
    return;
  if (!is_in (session, key.guild_id, key.channel_id)) {
    lb_streams_refuse (self, session, text, "invalid_channel", FALSE);
    return;
  }
  stream = lb_streams_find (self, text);
  if (stream == NULL)
    stream = lb_stream_new (self, &key);
  if (region != NULL) {
    g_free (stream->region);
    stream->region = g_strdup (region);
  }
  lb_stream_add (stream, session);
}

/* (transfer none): the key's text; NULL: answered. */
static const char *
read_key (
    LbStreams *self, LbMainSession *session, JsonObject *d, LbStreamKey *key)
{
  const char *text;

  if (lb_json_get_string (d, "stream_key", &text) != LB_FIELD_OK) {
    violate (session, "no stream_key");
    return NULL;
  }
  if (lb_stream_key_parse (text, key))
    return text;
  lb_report_violation (
      session->core->report, "bad-stream-key", session->user_id, NULL);
  lb_streams_refuse (self, session, text, "parse_failed", FALSE);
  return NULL;
}

static void
handle_watch (LbStreams *self, LbMainSession *session, const char *text,
    const LbStreamKey *key)
{
  int limit = session->core->settings->stream_limit;
  LbStream *stream = lb_streams_find (self, text);

  if (is_refused (self, session, text))
    return;
  if (key->owner_id == session->user_id
      || !is_in (session, key->guild_id, key->channel_id))
    lb_streams_refuse (self, session, text, "unauthorized", FALSE);
  else if (stream == NULL)
    lb_streams_refuse (self, session, text, "stream_ended", FALSE);
  else if (lb_stream_find_side (stream, session->user_id) == NULL
      && lb_stream_count_viewers (stream) >= (guint) limit)
    lb_streams_refuse (self, session, text, "stream_full", FALSE);
  else
    lb_stream_add (stream, session);
}

static void
handle_delete (LbStream *stream, LbMainSession *session, LbVoiceState *side)
{
  if (stream->owner_id == session->user_id)
    lb_stream_end (stream, "stream_ended", "user_requested");
  else if (side != NULL)
    lb_stream_remove (stream, side, "user_requested");
}

/* A new server only where the old one is not in use any more. */
static void
handle_ping (LbStream *stream, LbVoiceState *side)
{
  if (side == NULL || stream->unavailable || !side->identified
      || lb_world_is_connected (
          side->world, stream->rtc_server_id, side->user_id))
    return;
  lb_stream_offer_server (stream, side);
}

static void
handle_pause (LbStream *stream, LbMainSession *session, JsonObject *d)
{
  if (lb_json_get_bool (d, "paused", &stream->paused) != LB_FIELD_OK
      || stream->owner_id != session->user_id)
    violate (session, "pause");
  else
    lb_stream_tell (stream);
}

void
lb_stream_op (LbMainSession *session, gint64 op, JsonObject *d)
{
  LbStreams *self = lb_world_get_streams (session->core->world);
  LbVoiceState *side;
  LbStream *stream;
  LbStreamKey key;
  const char *text;

  if (d == NULL) {
    violate (session, "no object");
    return;
  }
  if (op == OP_CREATE) {
    handle_create (self, session, d);
    return;
  }
  text = read_key (self, session, d, &key);
  if (text == NULL)
    return;
  if (op == OP_WATCH) {
    handle_watch (self, session, text, &key);
    return;
  }
  stream = lb_streams_find (self, text);
  if (stream == NULL)
    return;
  side = lb_stream_find_side (stream, session->user_id);
  if (op == OP_DELETE)
    handle_delete (stream, session, side);
  else if (op == OP_PING)
    handle_ping (stream, side);
  else
    handle_pause (stream, session, d);
}
