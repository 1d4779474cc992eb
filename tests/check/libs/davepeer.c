/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "davepeer.h"

static void say (Peer *self, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static void
say (Peer *self, const gchar *format, ...)
{
  va_list arguments;

  if (self->log->len > 0)
    g_string_append_c (self->log, ' ');
  va_start (arguments, format);
  g_string_append_vprintf (self->log, format, arguments);
  va_end (arguments);
}

static void
keep (GByteArray *array, MlsBytes bytes)
{
  g_byte_array_set_size (array, 0);
  g_byte_array_append (array, bytes.data, bytes.length);
}

static void
on_key_package (MlsBytes payload, void *user_data)
{
  Peer *self = user_data;

  say (self, "key-package");
  keep (self->key_package, payload);
}

static void
on_commit (MlsBytes payload, void *user_data)
{
  Peer *self = user_data;

  say (self, "commit");
  keep (self->commit, payload);
}

static void
on_ready (uint16_t transition_id, void *user_data)
{
  Peer *self = user_data;

  say (self, "ready:%u", transition_id);
  self->ready = transition_id;
}

static void
on_invalid (uint16_t transition_id, void *user_data)
{
  Peer *self = user_data;

  say (self, "invalid:%u", transition_id);
  self->invalid = transition_id;
}

static DaveDecryptor *
decryptor_of (Peer *self, guint64 user_id)
{
  gint64 key = (gint64) user_id;
  DaveDecryptor *decryptor = g_hash_table_lookup (self->decryptors, &key);

  if (decryptor != NULL)
    return decryptor;
  decryptor = dave_decryptor_new ();
  fail_unless (decryptor != NULL);
  if (self->clear_allowed)
    dave_decryptor_allow_clear (decryptor);
  g_hash_table_insert (
      self->decryptors, g_memdup2 (&key, sizeof key), decryptor);
  return decryptor;
}

static gboolean
is_among (gint64 user_id, const DaveMemberSecret *members, guint n_members)
{
  for (guint i = 0; i < n_members; i++)
    if (members[i].user_id == (guint64) user_id)
      return TRUE;
  return FALSE;
}

static void
on_receivers (
    const DaveMemberSecret *members, unsigned n_members, void *user_data)
{
  Peer *self = user_data;
  GHashTableIter iter;
  gpointer key, decryptor;

  say (self, "receivers:%u", n_members);
  g_hash_table_iter_init (&iter, self->decryptors);
  while (g_hash_table_iter_next (&iter, &key, &decryptor))
    if (!is_among (*(gint64 *) key, members, n_members))
      dave_decryptor_retire_keys (decryptor, self->now);
  for (guint i = 0; i < n_members; i++)
    fail_unless (
        dave_decryptor_add_key (decryptor_of (self, members[i].user_id),
            members[i].secret, self->now, self->now));
}

static void
on_sender (const uint8_t *secret, void *user_data)
{
  Peer *self = user_data;

  say (self, secret != NULL ? "sender:key" : "sender:none");
  g_clear_pointer (&self->encryptor, dave_encryptor_free);
  if (secret == NULL)
    return;
  fail_unless (memcmp (self->secret, secret, sizeof self->secret) != 0);
  memcpy (self->secret, secret, sizeof self->secret);
  self->encryptor = dave_encryptor_new (secret, 0);
  fail_unless (self->encryptor != NULL);
}

static void
on_allow_clear (void *user_data)
{
  Peer *self = user_data;
  GHashTableIter iter;
  gpointer decryptor;

  say (self, "allow-clear");
  self->clear_allowed = TRUE;
  g_hash_table_iter_init (&iter, self->decryptors);
  while (g_hash_table_iter_next (&iter, NULL, &decryptor))
    dave_decryptor_allow_clear (decryptor);
}

static void
on_retire_clear (void *user_data)
{
  Peer *self = user_data;
  GHashTableIter iter;
  gpointer decryptor;

  say (self, "retire-clear");
  self->clear_allowed = FALSE;
  g_hash_table_iter_init (&iter, self->decryptors);
  while (g_hash_table_iter_next (&iter, NULL, &decryptor))
    dave_decryptor_retire_clear (decryptor, self->now);
}

static void
on_state (DaveSessionState state, void *user_data)
{
  static const gchar *const names[] = { "none", "clear", "alone", "pending",
    "encrypted" };
  Peer *self = user_data;

  say (self, "state:%s", names[state]);
  fail_unless (state != self->state);
  fail_unless_equals_int (state, dave_session_state (self->session));
  self->state = state;
}

static void
on_group (void *user_data)
{
  Peer *self = user_data;

  say (self, dave_session_group (self->session) ? "group" : "no-group");
}

static void
on_refused (unsigned opcode, MlsResult reason, void *user_data)
{
  Peer *self = user_data;

  say (self, "refused:%u", opcode);
  fail_unless (reason != MLS_OK);
  self->refused = reason;
}

static const DaveSessionCallbacks callbacks = {
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

Peer *
peer_new (guint64 user_id, guint64 group_id, const MlsKeyPair *signature_key)
{
  Peer *self = g_new0 (Peer, 1);
  DaveSessionConfig config = { user_id, group_id, &self->signature_key };

  self->user_id = user_id;
  self->crypto = mls_crypto_new ();
  if (signature_key != NULL)
    self->signature_key = *signature_key;
  else
    fail_unless (
        mls_key_pair_generate (self->crypto, &self->signature_key) == MLS_OK);
  self->log = g_string_new (NULL);
  self->key_package = g_byte_array_new ();
  self->commit = g_byte_array_new ();
  self->ready = self->invalid = -1;
  self->decryptors = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
      (GDestroyNotify) dave_decryptor_free);
  self->session = dave_session_new (&config, &callbacks, self);
  fail_unless (self->session != NULL);
  return self;
}

void
peer_free (Peer *self)
{
  dave_session_free (self->session);
  dave_encryptor_free (self->encryptor);
  g_hash_table_unref (self->decryptors);
  g_byte_array_unref (self->key_package);
  g_byte_array_unref (self->commit);
  g_string_free (self->log, TRUE);
  mls_crypto_free (self->crypto);
  g_free (self);
}

void
peer_take (Peer *self, unsigned opcode, const GByteArray *payload)
{
  /* A block of its own size, so that nothing is read behind it. */
  guint8 *copy = g_memdup2 (payload->data, payload->len);

  dave_session_binary (self->session, opcode, mls_bytes (copy, payload->len));
  g_free (copy);
}

void
peer_check (Peer *self, const gchar *expected)
{
  fail_unless_equals_string (self->log->str, expected);
  g_string_truncate (self->log, 0);
}

gboolean
peer_send (Peer *self, guint8 filling, Frame *frame)
{
  DaveSegment in = { frame->plain, sizeof frame->plain };
  DaveSegment out = { frame->data, sizeof frame->data };
  DaveView plain, room;

  frame->sender = self->user_id;
  memset (frame->plain, filling, sizeof frame->plain);
  if (self->state == DAVE_SESSION_CLEAR) {
    fail_unless (self->encryptor == NULL);
    memcpy (frame->data, frame->plain, sizeof frame->plain);
    frame->length = sizeof frame->plain;
    return TRUE;
  }
  if (self->encryptor == NULL)
    return FALSE;
  fail_unless (dave_view_init (&plain, &in, 1));
  fail_unless (dave_view_init (&room, &out, 1));
  fail_unless_equals_int (dave_encryptor_encrypt (self->encryptor,
                              DAVE_CODEC_OPUS, &plain, &room, &frame->length),
      DAVE_FRAME_OK);
  return TRUE;
}

DaveFrameResult
peer_decrypt (Peer *self, guint64 sender, const guint8 *data, gsize length,
    guint8 *out, DavePlain *plain)
{
  DaveSegment segments[] = { { (guint8 *) data, length }, { out, length } };
  DaveView in_view, out_view;

  fail_unless (dave_view_init (&in_view, &segments[0], 1));
  fail_unless (dave_view_init (&out_view, &segments[1], 1));
  return dave_decryptor_decrypt (decryptor_of (self, sender), DAVE_MEDIA_AUDIO,
      self->now, &in_view, &out_view, plain);
}

DaveFrameResult
peer_receive (Peer *self, const Frame *frame)
{
  guint8 out[sizeof frame->data];
  DavePlain plain;
  DaveFrameResult result = peer_decrypt (
      self, frame->sender, frame->data, frame->length, out, &plain);

  if (result != DAVE_FRAME_OK)
    return result;
  fail_unless_equals_int (plain.length, sizeof frame->plain);
  fail_unless (memcmp (out, frame->plain, sizeof frame->plain) == 0);
  return DAVE_FRAME_OK;
}
