/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "davepeer.h"
#include "mlsrecorded.h"

/* dave-session.json: whole sessions as each member whose private keys are
 * recorded, through DaveSession. The keys it makes and the commits it prepares
 * are replaced by those recorded. What it sends must be what was sent then, and
 * it must understand the media of its epochs. */

typedef struct
{
  JsonObject *session;
  Peer *peer;
  GString *sent; /* by the recorded member: like the log of a peer */
  GString *ours;
  guint next_media;
} Replay;

static guint n_joined, n_followed, n_refused, n_commits, n_members, n_frames;

static JsonObject *
data_of (JsonObject *entry)
{
  return json_object_get_object_member (
      json_object_get_object_member (entry, "json"), "d");
}

static void
take_key_package (Replay *self, JsonObject *entry)
{
  DaveSession *session = self->peer->session;
  g_auto (Bytes) bytes = vector_bytes (entry, "hex");
  g_auto (Bytes) init = vector_bytes (entry, "init_priv");
  g_auto (Bytes) leaf = vector_bytes (entry, "leaf_encryption_priv");

  fail_unless (bytes.length > 1 && bytes.data[0] == DAVE_OP_KEY_PACKAGE);
  mls_own_key_package_clear (&session->key_package);
  fail_unless_mls (
      mls_own_key_package_load (session->crypto,
          mls_bytes (bytes.data + 1, bytes.length - 1), bytes_view (&init),
          bytes_view (&leaf), &session->key_package),
      MLS_OK);
  /* libdave's was new after each reset. */
  session->signature_key =
      vector_key_pair (entry, "signature_priv", session->crypto);
}

/* As if it were what we had prepared. */
static void
stage_commit (Replay *self, JsonObject *entry, MlsBytes commit)
{
  DaveSession *session = self->peer->session;
  MlsStagedCommit *staged = &session->group->staged;

  fail_unless (self->peer->commit->len > 0);
  mls_staged_commit_clear (staged);
  staged->commit = mls_bytes_dup (commit);
  staged->commit_length = commit.length;
  staged->next = recorded_load (session->crypto, self->session, entry);
}

/* What must have come of an op 29 or 30. */
static void
check_outcome (Replay *self, JsonObject *entry, guint *counter)
{
  const MlsGroup *group = dave_session_group (self->peer->session);
  JsonObject *expect = json_object_get_object_member (entry, "expect");

  if (g_str_equal (json_object_get_string_member (expect, "result"), "ok")) {
    fail_unless (group != NULL);
    /* Nothing to find out where it was put in place. */
    if (!json_object_has_member (entry, "own_commit"))
      recorded_check (group, self->session, entry);
    ++*counter;
  } else {
    fail_unless (group == NULL);
    n_refused++;
  }
}

static void
take_binary (Replay *self, JsonObject *entry, gint op)
{
  g_auto (Bytes) bytes = vector_bytes (entry, "hex");

  fail_unless (bytes.length > 5);
  if (json_object_has_member (entry, "own_commit"))
    stage_commit (self, entry, mls_bytes (bytes.data + 5, bytes.length - 5));
  dave_session_binary (
      self->peer->session, op, mls_bytes (bytes.data + 3, bytes.length - 3));
  if (op == DAVE_OP_WELCOME)
    check_outcome (self, entry, &n_joined);
  else if (op == DAVE_OP_ANNOUNCE_COMMIT
      && json_object_has_member (entry, "expect"))
    check_outcome (self, entry, &n_followed);
}

static void
take_json (Replay *self, JsonObject *data, gint op)
{
  DaveSession *session = self->peer->session;
  JsonArray *users;

  switch (op) {
    case DAVE_OP_CLIENTS_CONNECT:
      users = json_object_get_array_member (data, "user_ids");
      for (guint i = 0; i < json_array_get_length (users); i++) {
        guint64 id = g_ascii_strtoull (
            json_array_get_string_element (users, i), NULL, 10);

        dave_session_users_joined (session, &id, 1);
      }
      break;
    case DAVE_OP_CLIENT_DISCONNECT:
      dave_session_user_left (session, recorded_id (data, "user_id"));
      break;
    case DAVE_OP_PREPARE_TRANSITION:
      dave_session_prepare_transition (session,
          json_object_get_int_member (data, "transition_id"),
          json_object_get_int_member (data, "protocol_version"));
      break;
    case DAVE_OP_EXECUTE_TRANSITION:
      dave_session_execute_transition (
          session, json_object_get_int_member (data, "transition_id"));
      break;
    case DAVE_OP_PREPARE_EPOCH:
      dave_session_prepare_epoch (session,
          json_object_get_int_member (data, "epoch"),
          json_object_get_int_member (data, "protocol_version"));
      break;
    default:
      fail ("op %d", op);
  }
}

static void
say (GString *log, const gchar *what, gint64 id)
{
  if (id >= 0)
    g_string_append_printf (log, "%s:%d ", what, (gint) id);
  else
    g_string_append_printf (log, "%s ", what);
}

/* Who lost a race had prepared a commit, too, which is not recorded. */
static void
note_sent (Replay *self, JsonObject *entry, gint op)
{
  switch (op) {
    case DAVE_OP_TRANSITION_READY:
      say (self->sent, "ready",
          json_object_get_int_member (data_of (entry), "transition_id"));
      break;
    case DAVE_OP_INVALID_COMMIT_WELCOME:
      say (self->sent, "invalid",
          json_object_get_int_member (data_of (entry), "transition_id"));
      break;
    case DAVE_OP_KEY_PACKAGE:
      say (self->sent, "key-package", -1);
      break;
    default:
      fail_unless_equals_int (op, DAVE_OP_COMMIT_WELCOME);
      fail_unless (self->peer->commit->len > 0);
      n_commits++;
  }
}

static void
note_ours (Replay *self)
{
  g_auto (GStrv) words = g_strsplit (self->peer->log->str, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_has_prefix (words[i], "ready:")
        || g_str_has_prefix (words[i], "invalid:")
        || g_str_equal (words[i], "key-package"))
      say (self->ours, words[i], -1);
  g_string_truncate (self->peer->log, 0);
}

static gboolean
is_other_member (const MlsGroup *group, guint64 own, guint64 user_id)
{
  guint32 position = 0;
  MlsMember member;

  if (group == NULL || user_id == own)
    return FALSE;
  while (mls_group_next_member (group, &position, &member))
    if (member.user_id == user_id)
      return TRUE;
  return FALSE;
}

/* What others sent up to the time @before, if it is of the epoch we are in. */
static void
take_media (Replay *self, gint64 before)
{
  JsonArray *media = json_object_get_array_member (self->session, "media");
  const MlsGroup *group = dave_session_group (self->peer->session);

  for (; self->next_media < json_array_get_length (media); self->next_media++) {
    JsonObject *entry = json_array_get_object_element (media, self->next_media);
    guint64 sender = recorded_id (entry, "sender");
    g_auto (Bytes) frame = { 0 };
    g_auto (Bytes) out = { 0 };
    DavePlain plain;

    if (json_object_get_int_member (entry, "t") > before)
      return;
    if (!is_other_member (group, self->peer->user_id, sender)
        || (gint64) mls_group_epoch (group)
            != json_object_get_int_member (entry, "epoch"))
      continue;
    frame = vector_bytes (entry, "encrypted");
    out = bytes_copy (frame.data, frame.length, 0);
    fail_unless_equals_int (peer_decrypt (self->peer, sender, frame.data,
                                frame.length, out.data, &plain),
        DAVE_FRAME_OK);
    check_member (entry, "frame", mls_bytes (out.data, plain.length));
    n_frames++;
  }
}

static void
start (Replay *self)
{
  /* Not in the record, as all its sessions have it. */
  if (dave_session_state (self->peer->session) == DAVE_SESSION_NONE)
    dave_session_description (self->peer->session, 1);
}

static void
replay_entry (Replay *self, JsonObject *entry)
{
  gint op;

  take_media (self, json_object_get_int_member (entry, "t"));
  if (json_object_has_member (entry, "local")) {
    start (self);
    return;
  }
  op = json_object_get_int_member (entry, "op");
  if (g_str_equal (json_object_get_string_member (entry, "dir"), "send"))
    note_sent (self, entry, op);
  else if (json_object_has_member (entry, "json"))
    take_json (self, data_of (entry), op);
  else
    take_binary (self, entry, op);
  if (op == DAVE_OP_KEY_PACKAGE)
    take_key_package (self, entry);
  note_ours (self);
}

static gint64
time_of (JsonArray *view, guint i)
{
  return json_object_get_int_member (
      json_array_get_object_element (view, i), "t");
}

/* Of op 13 about @user_id in @view behind @after. */
static gint64
departure_in (JsonArray *view, guint64 user_id, gint64 after)
{
  for (guint i = 0; i < json_array_get_length (view); i++) {
    JsonObject *entry = json_array_get_object_element (view, i);

    if (time_of (view, i) > after && json_object_has_member (entry, "op")
        && json_object_get_int_member (entry, "op") == DAVE_OP_CLIENT_DISCONNECT
        && recorded_id (data_of (entry), "user_id") == user_id)
      return time_of (view, i);
  }
  return G_MAXINT64;
}

/* When the member with @view had left, by what the others were told. */
static gint64
departure (JsonObject *session, JsonArray *view, guint64 user_id)
{
  JsonArray *members = json_object_get_array_member (session, "members");
  gint64 last = time_of (view, json_array_get_length (view) - 1);
  gint64 first = G_MAXINT64;

  for (guint i = 0; i < json_array_get_length (members); i++) {
    JsonArray *other = json_object_get_array_member (
        json_array_get_object_element (members, i), "view");

    first = MIN (first, departure_in (other, user_id, last));
  }
  return first;
}

static void
replay_member (JsonObject *session, JsonObject *member)
{
  JsonArray *view = json_object_get_array_member (member, "view");
  g_autoptr (Peer) peer = peer_new (
      recorded_id (member, "user_id"), recorded_id (session, "group_id"), NULL);
  Replay self = { session, peer, g_string_new (NULL), g_string_new (NULL), 0 };

  for (guint i = 0; i < json_array_get_length (view); i++)
    replay_entry (&self, json_array_get_object_element (view, i));
  take_media (&self, departure (session, view, peer->user_id));
  fail_unless_equals_string (self.ours->str, self.sent->str);
  g_string_free (self.ours, TRUE);
  g_string_free (self.sent, TRUE);
  n_members++;
}

GST_START_TEST (sessions)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("../dave-session.json");
  JsonArray *all = json_object_get_array_member (
      json_node_get_object (json_parser_get_root (parser)), "sessions");

  for (guint i = 0; i < json_array_get_length (all); i++) {
    JsonObject *session = json_array_get_object_element (all, i);
    JsonArray *members = json_object_get_array_member (session, "members");

    for (guint j = 0; j < json_array_get_length (members); j++) {
      JsonObject *member = json_array_get_object_element (members, j);

      if (g_str_equal (json_object_get_string_member (member, "implementation"),
              "libdave"))
        replay_member (session, member);
    }
  }
  fail_unless_equals_int (n_members, 49);
  fail_unless_equals_int (n_joined, 40);
  fail_unless_equals_int (n_refused, 3);
  fail_unless_equals_int (n_followed, 130);
  fail_unless_equals_int (n_commits, 47);
  fail_unless_equals_int (n_frames, 429);
}
GST_END_TEST;

/* dave-negative.json: what a member must refuse, and what that makes it say. */

static void
load_member (Peer *peer, JsonObject *root)
{
  JsonObject *member = json_object_get_object_member (root, "member");
  JsonArray *users = json_object_get_array_member (root, "expected_users");
  g_auto (Bytes) sender = vector_bytes (root, "external_sender");
  g_auto (Bytes) key_package = vector_bytes (member, "key_package");
  g_auto (Bytes) init = vector_bytes (member, "init_priv");
  g_auto (Bytes) leaf = vector_bytes (member, "leaf_encryption_priv");

  for (guint i = 0; i < json_array_get_length (users); i++) {
    guint64 id =
        g_ascii_strtoull (json_array_get_string_element (users, i), NULL, 10);

    dave_session_users_joined (peer->session, &id, 1);
  }
  dave_session_binary (
      peer->session, DAVE_OP_EXTERNAL_SENDER, bytes_view (&sender));
  dave_session_description (peer->session, 1);
  mls_own_key_package_clear (&peer->session->key_package);
  fail_unless_mls (mls_own_key_package_load (peer->session->crypto,
                       bytes_view (&key_package), bytes_view (&init),
                       bytes_view (&leaf), &peer->session->key_package),
      MLS_OK);
  peer_check (peer, "key-package state:pending");
}

/* The transition id is not recorded. */
static void
take_with_id (Peer *peer, unsigned opcode, JsonObject *object,
    const gchar *name, guint8 id)
{
  g_auto (Bytes) message = vector_bytes (object, name);
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  const guint8 header[] = { 0, id };

  g_byte_array_append (payload, header, sizeof header);
  g_byte_array_append (payload, message.data, message.length);
  peer_take (peer, opcode, payload);
}

static void
take_proposals_before (Peer *peer, JsonObject *vector)
{
  JsonArray *before = json_object_get_array_member (vector, "proposals_before");

  for (guint i = 0; i < json_array_get_length (before); i++) {
    g_autoptr (JsonObject) holder = json_object_new ();
    g_auto (Bytes) payload = { 0 };

    json_object_set_string_member (
        holder, "payload", json_array_get_string_element (before, i));
    payload = vector_bytes (holder, "payload");
    dave_session_binary (
        peer->session, DAVE_OP_PROPOSALS, bytes_view (&payload));
  }
  g_string_truncate (peer->log, 0);
}

static void
check_proposals (Peer *peer, JsonObject *vector, const gchar *expect)
{
  g_auto (Bytes) payload = vector_bytes (vector, "input");

  dave_session_binary (peer->session, DAVE_OP_PROPOSALS, bytes_view (&payload));
  if (g_str_equal (expect, "commit"))
    peer_check (peer, "commit");
  else if (g_str_equal (expect, "nothing"))
    peer_check (peer, "");
  else
    peer_check (peer, "refused:27");
}

static void
check_commit (Peer *peer, JsonObject *vector, const gchar *expect)
{
  take_proposals_before (peer, vector);
  take_with_id (peer, DAVE_OP_ANNOUNCE_COMMIT, vector, "input", 6);
  if (g_str_equal (expect, "accept")) {
    fail_unless_equals_int (peer->ready, 6);
    check_member (vector, "epoch_authenticator",
        mls_group_epoch_authenticator (dave_session_group (peer->session)));
  } else if (peer->refused == MLS_ERROR_GROUP_ID) {
    peer_check (peer, "refused:29");
  } else {
    peer_check (peer, "refused:29 invalid:6 no-group key-package");
  }
}

static void
check_welcome (Peer *peer, JsonObject *vector, const gchar *expect)
{
  take_with_id (peer, DAVE_OP_WELCOME, vector, "input", 6);
  if (g_str_equal (expect, "accept")) {
    fail_unless_equals_int (peer->ready, 6);
  } else {
    peer_check (peer, "refused:30 invalid:6 key-package");
  }
}

static void
check_case (JsonObject *root, JsonObject *vector)
{
  const gchar *expect = json_object_get_string_member (vector, "expect");
  JsonObject *member = json_object_get_object_member (root, "member");
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();
  MlsKeyPair identity = vector_key_pair (member, "signature_priv", crypto);
  g_autoptr (Peer) peer = peer_new (recorded_id (member, "user_id"),
      recorded_id (root, "group_id"), &identity);
  gint op = json_object_get_int_member (vector, "op");

  load_member (peer, root);
  if (op == DAVE_OP_WELCOME) {
    check_welcome (peer, vector, expect);
    return;
  }
  take_with_id (peer, DAVE_OP_WELCOME, member, "welcome", 0);
  fail_unless_equals_int (peer->state, DAVE_SESSION_ENCRYPTED);
  g_string_truncate (peer->log, 0);
  if (op == DAVE_OP_PROPOSALS)
    check_proposals (peer, vector, expect);
  else
    check_commit (peer, vector, expect);
}

GST_START_TEST (refusals)
{
  g_autoptr (JsonParser) parser = mls_vectors_load ("../dave-negative.json");
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));
  JsonArray *cases = json_object_get_array_member (root, "cases");

  fail_unless_equals_int (json_array_get_length (cases), 60);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    check_case (root, json_array_get_object_element (cases, i));
}
GST_END_TEST;

static Suite *
davesession_vectors_suite (void)
{
  Suite *suite = suite_create ("davesession-vectors");
  TCase *tc = tcase_create ("all");

  tcase_add_test (tc, sessions);
  tcase_add_test (tc, refusals);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (davesession_vectors);
