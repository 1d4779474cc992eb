/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loopback-e2ee.h"

#include <string.h>

static void
keep (GByteArray **array, MlsBytes payload)
{
  g_clear_pointer (array, g_byte_array_unref);
  *array = g_byte_array_new ();
  g_byte_array_append (*array, payload.data, (guint) payload.length);
}

void
taker_send (Taker *self, guint op, const GByteArray *payload)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();
  guint8 opcode = (guint8) op;
  SoupWebsocketConnection *connection = self->member->voice->connection;

  g_byte_array_append (message, &opcode, 1);
  g_byte_array_append (message, payload->data, payload->len);
  if (soup_websocket_connection_get_state (connection)
      == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_binary (
        connection, message->data, message->len);
}

static void
send_filtered (Taker *self, guint op, GByteArray *payload)
{
  if (self->filter == NULL || self->filter (self, op, payload))
    taker_send (self, op, payload);
}

static void
on_key_package (MlsBytes payload, void *user_data)
{
  Taker *self = user_data;

  keep (&self->key_package, payload);
  send_filtered (self, 26, self->key_package);
}

static void
on_commit (MlsBytes payload, void *user_data)
{
  Taker *self = user_data;

  keep (&self->commit, payload);
  send_filtered (self, 28, self->commit);
}

static void
on_ready (uint16_t id, void *user_data)
{
  Taker *self = user_data;

  ws_send (self->member->voice, "{\"op\":23,\"d\":{\"transition_id\":%u}}", id);
}

static void
on_invalid (uint16_t id, void *user_data)
{
  Taker *self = user_data;

  self->n_invalid++;
  ws_send (self->member->voice, "{\"op\":31,\"d\":{\"transition_id\":%u}}", id);
}

static void
on_receivers (
    const DaveMemberSecret *members, unsigned n_members, void *user_data)
{
  Taker *self = user_data;

  g_hash_table_remove_all (self->heard);
  for (unsigned i = 0; i < n_members; i++)
    g_hash_table_insert (self->heard,
        g_memdup2 (&members[i].user_id, sizeof (guint64)),
        g_bytes_new (members[i].secret, MLS_SENDER_SECRET_SIZE));
}

static void
on_sender (const uint8_t *secret, void *user_data)
{
  Taker *self = user_data;

  self->sends = secret != NULL;
  if (secret != NULL)
    memcpy (self->secret, secret, sizeof self->secret);
}

static void
on_allow_clear (void *user_data)
{
  ((Taker *) user_data)->clear_allowed = TRUE;
}

static void
on_retire_clear (void *user_data)
{
  ((Taker *) user_data)->clear_allowed = FALSE;
}

static void
on_state (DaveSessionState state, void *user_data)
{
  ((Taker *) user_data)->state = state;
}

static void
on_group (void *user_data)
{
}

static void
on_refused (unsigned opcode, MlsResult reason, void *user_data)
{
  ((Taker *) user_data)->n_refused++;
}

static const DaveSessionCallbacks session_callbacks = {
  .send_key_package = on_key_package,
  .send_commit = on_commit,
  .send_ready = on_ready,
  .send_invalid = on_invalid,
  .receivers = on_receivers,
  .sender = on_sender,
  .allow_clear = on_allow_clear,
  .retire_clear = on_retire_clear,
  .state_changed = on_state,
  .group_changed = on_group,
  .refused = on_refused,
};

static guint64
read_id (const char *text)
{
  return g_ascii_strtoull (text, NULL, 10);
}

static void
take_joined (Taker *self, JsonArray *ids)
{
  for (guint i = 0; i < json_array_get_length (ids); i++) {
    guint64 id = read_id (json_array_get_string_element (ids, i));

    dave_session_users_joined (self->session, &id, 1);
  }
}

static void
take_text (Taker *self, gint64 op, JsonObject *d)
{
  switch (op) {
    case 4:
      dave_session_description (self->session,
          (unsigned) json_object_get_int_member (d, "dave_protocol_version"));
      break;
    case 11:
      take_joined (self, json_object_get_array_member (d, "user_ids"));
      break;
    case 13:
      dave_session_user_left (self->session,
          read_id (json_object_get_string_member (d, "user_id")));
      break;
    case 21:
      dave_session_prepare_transition (self->session,
          (uint16_t) json_object_get_int_member (d, "transition_id"),
          (unsigned) json_object_get_int_member (d, "protocol_version"));
      break;
    case 22:
      self->transition =
          (guint16) json_object_get_int_member (d, "transition_id");
      dave_session_execute_transition (self->session, self->transition);
      break;
    case 24:
      self->n_renewals++;
      dave_session_prepare_epoch (self->session,
          (uint64_t) json_object_get_int_member (d, "epoch"),
          (unsigned) json_object_get_int_member (d, "protocol_version"));
      break;
    default:
      break;
  }
}

static void
take_message (int type, GBytes *message, gpointer user_data)
{
  Taker *self = user_data;
  gsize length;
  const guint8 *data = g_bytes_get_data (message, &length);
  g_autoptr (JsonParser) parser = NULL;
  JsonObject *object;
  JsonNode *d;

  if (type == SOUP_WEBSOCKET_DATA_BINARY) {
    fail_unless (length > 3);
    self->last_seq = data[0] << 8 | data[1];
    if (data[2] != self->deaf_to)
      dave_session_binary (
          self->session, data[2], mls_bytes (data + 3, length - 3));
    return;
  }
  parser = json_parser_new ();
  fail_unless (json_parser_load_from_data (
      parser, (const char *) data, (gssize) length, NULL));
  object = json_node_get_object (json_parser_get_root (parser));
  self->last_seq = (int) json_object_get_int_member_with_default (
      object, "seq", self->last_seq);
  d = json_object_get_member (object, "d");
  if (d != NULL && JSON_NODE_HOLDS_OBJECT (d))
    take_text (self, json_object_get_int_member (object, "op"),
        json_node_get_object (d));
}

Taker *
taker_new (Loopback *loopback, const char *token)
{
  Taker *self = g_new0 (Taker, 1);
  MlsCrypto *crypto = mls_crypto_new ();

  self->member = member_new (loopback, token);
  self->member->max_dave = 1;
  self->heard = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_bytes_unref);
  ck_assert_int_eq (mls_key_pair_generate (crypto, &self->key), MLS_OK);
  mls_crypto_free (crypto);
  return self;
}

void
taker_free (Taker *self)
{
  member_free (self->member);
  g_clear_pointer (&self->session, dave_session_free);
  g_clear_pointer (&self->commit, g_byte_array_unref);
  g_clear_pointer (&self->key_package, g_byte_array_unref);
  g_hash_table_unref (self->heard);
  mls_key_pair_clear (&self->key);
  g_free (self);
}

static void
open_voice (Taker *self)
{
  member_open_voice (self->member, 9);
  self->member->voice->tap = take_message;
  self->member->voice->tap_data = self;
}

static void
begin (Taker *self, guint64 group_id)
{
  DaveSessionConfig config = { .user_id = self->member->user_id,
    .group_id = group_id,
    .signature_key = &self->key };

  g_clear_pointer (&self->session, dave_session_free);
  self->session = dave_session_new (&config, &session_callbacks, self);
  self->state = dave_session_state (self->session);
  self->sends = FALSE;
  g_hash_table_remove_all (self->heard);
  self->last_seq = -1;
}

static void
log_in (Taker *self)
{
  Member *m = self->member;

  open_voice (self);
  member_send_voice_identify (m, 9);
  member_read_ready (m);
  member_discover (m);
  member_select (m, GCM);
}

void
taker_connect (Taker *self)
{
  begin (self, read_id (CHANNEL));
  member_join (self->member, CHANNEL);
  log_in (self);
}

void
taker_connect_stream (Taker *self)
{
  begin (self, read_id (self->member->server_id) - 1);
  log_in (self);
}

void
taker_resume (Taker *self)
{
  const Member *m = self->member;

  open_voice (self);
  ws_send (m->voice,
      "{\"op\":7,\"d\":{\"server_id\":\"" GUILD
      "\",\"channel_id\":\"%s\",\"session_id\":\"%s\",\"token\":\"%s\","
      "\"seq_ack\":%d}}",
      m->channel, m->session_id, m->voice_token, self->last_seq);
  ws_expect (m->voice, 9);
}

void
taker_leave (Taker *self)
{
  ws_send (self->member->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD
      "\",\"channel_id\":null,\"self_mute\":false,\"self_deaf\":false}}");
  ws_close (self->member->voice, 1000);
}

guint64
taker_epoch (Taker *self)
{
  const MlsGroup *group = dave_session_group (self->session);

  return group != NULL ? mls_group_epoch (group) : 0;
}

typedef struct
{
  Taker *taker;
  guint64 value;
} Wish;

static gboolean
has_epoch (gpointer data)
{
  const Wish *wish = data;

  return taker_epoch (wish->taker) == wish->value;
}

void
taker_wait_epoch (Taker *self, guint64 epoch)
{
  Wish wish = { self, epoch };

  run_until (has_epoch, &wish, "epoch");
}

static gboolean
has_state (gpointer data)
{
  const Wish *wish = data;

  return wish->taker->state == wish->value;
}

void
taker_wait_state (Taker *self, DaveSessionState state)
{
  Wish wish = { self, state };

  run_until (has_state, &wish, "state");
}

static gboolean
has_renewals (gpointer data)
{
  const Wish *wish = data;

  return wish->taker->n_renewals >= wish->value;
}

void
taker_wait_renewals (Taker *self, guint count)
{
  Wish wish = { self, count };

  run_until (has_renewals, &wish, "renewal");
}

typedef struct
{
  Taker *const *takers;
  guint n_takers;
} Crowd;

static MlsBytes
authenticator (Taker *taker)
{
  return mls_group_epoch_authenticator (dave_session_group (taker->session));
}

/* What @from sends with is what @to expects of it. */
static gboolean
is_heard (const Taker *from, const Taker *to)
{
  GBytes *secret = g_hash_table_lookup (to->heard, &from->member->user_id);

  return secret != NULL && from->sends
      && memcmp (
             g_bytes_get_data (secret, NULL), from->secret, sizeof from->secret)
      == 0;
}

static gboolean
is_one_group (gpointer data)
{
  const Crowd *crowd = data;

  for (guint i = 0; i < crowd->n_takers; i++) {
    Taker *taker = crowd->takers[i];
    const MlsGroup *group = dave_session_group (taker->session);

    if (group == NULL || mls_group_n_members (group) != crowd->n_takers
        || !mls_bytes_equal (
            authenticator (taker), authenticator (crowd->takers[0])))
      return FALSE;
    for (guint j = 0; j < crowd->n_takers; j++) {
      if (i != j && !is_heard (taker, crowd->takers[j]))
        return FALSE;
    }
  }
  return TRUE;
}

void
takers_wait_group (Taker *const *takers, guint n_takers)
{
  Crowd crowd = { takers, n_takers };

  run_until (is_one_group, &crowd, "one group");
}
