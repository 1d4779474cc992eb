/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* End-to-end encryption of GstDiscordConnection, among connections of this
 * process in a channel of the stand-in. Time-outs only end a test that would
 * hang. */
#include "loopback.h"

#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordconnection-private.h>

#include <glib/gstdio.h>
#include <string.h>

#define GUILD G_GUINT64_CONSTANT (290926798626357999)
#define CHANNEL G_GUINT64_CONSTANT (290926798999357250)
#define OTHER_CHANNEL G_GUINT64_CONSTANT (290926798999357251)
#define PATIENCE_MS 30000
#define MAX_MEMBERS 4

typedef struct
{
  GstDiscordConnection *connection;
  guint64 user_id;
  guint codes; /* privacy-code-changed; guard */
} Member;

typedef struct
{
  Loopback *loopback;
  gchar *url;
  Member members[MAX_MEMBERS];
  guint n_members; /* ever made */
} Call;

/* Guards what signal handlers tell; they broadcast that something changed. */
static GMutex guard;
static GCond changed;

static void
on_notify (GstDiscordConnection *connection)
{
  g_mutex_lock (&guard);
  g_cond_broadcast (&changed);
  g_mutex_unlock (&guard);
}

static void
on_code (GstDiscordConnection *connection, const gchar *code, Member *member)
{
  g_autofree gchar *property = NULL;

  g_object_get (connection, "voice-privacy-code", &property, NULL);
  fail_unless_equals_string (property, code);
  g_mutex_lock (&guard);
  member->codes++;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&guard);
}

static void
call_start (Call *call)
{
  *call = (Call){ .loopback = loopback_new () };
  fail_unless (loopback_start (call->loopback, NULL));
  call->url = loopback_dup_gateway_url (call->loopback);
}

static Member *
call_add (Call *call, const gchar *key_file)
{
  Member *member = &call->members[call->n_members];
  g_autofree gchar *token = g_strdup_printf ("token-%u", call->n_members++);
  g_autoptr (GstDiscordGateway) gateway = gst_discord_gateway_get (
      token, GST_DISCORD_ACCOUNT_TYPE_BOT, call->url, NULL, NULL, NULL);

  fail_unless (gateway != NULL);
  member->user_id = loopback_user_for_token (token);
  member->connection = g_object_new (GST_TYPE_DISCORD_CONNECTION, "signaller",
      gateway, "guild-id", GUILD, "channel-id", CHANNEL, "identity-key-file",
      key_file, NULL);
  g_signal_connect (member->connection, "notify", G_CALLBACK (on_notify), NULL);
  g_signal_connect (
      member->connection, "privacy-code-changed", G_CALLBACK (on_code), member);
  return member;
}

typedef struct
{
  gboolean done;
  GAsyncResult *result;
} Answer;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->result = g_object_ref (result);
  answer->done = TRUE;
}

static GAsyncResult *
wait_answer (Answer *answer)
{
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
  return answer->result;
}

static void
join (Member *member)
{
  Answer answer = { 0 };
  g_autoptr (GError) error = NULL;

  gst_discord_connection_connect_async (
      member->connection, NULL, on_answer, &answer);
  if (!gst_discord_connection_connect_finish (
          member->connection, wait_answer (&answer), &error))
    ck_abort_msg ("not connected: %s", error->message);
  g_object_unref (answer.result);
}

static void
leave (Member *member)
{
  Answer answer = { 0 };

  gst_discord_connection_disconnect_async (
      member->connection, FALSE, NULL, on_answer, &answer);
  fail_unless (gst_discord_connection_disconnect_finish (
      member->connection, wait_answer (&answer), NULL));
  g_object_unref (answer.result);
}

/* @violation: the one that belongs to the test, or NULL. */
static void
call_stop_after (Call *call, const gchar *violation)
{
  g_auto (GStrv) violations = NULL;
  guint n = 0;

  for (guint i = 0; i < call->n_members; i++) {
    leave (&call->members[i]);
    g_clear_object (&call->members[i].connection);
  }
  violations = loopback_dup_violations (call->loopback);
  for (; violations[n] != NULL; n++)
    if (violation == NULL || !g_str_has_prefix (violations[n], violation))
      ck_abort_msg ("violation: %s", violations[n]);
  fail_unless_equals_int (n, violation != NULL ? 1 : 0);
  loopback_free (call->loopback);
  g_free (call->url);
}

static void
call_stop (Call *call)
{
  call_stop_after (call, NULL);
}

static GstDiscordE2eeState
state_of (Member *member)
{
  GstDiscordE2eeState state;

  g_object_get (member->connection, "e2ee-state", &state, NULL);
  return state;
}

static gchar *
code_of (Member *member)
{
  gchar *code;

  g_object_get (member->connection, "voice-privacy-code", &code, NULL);
  return code;
}

static guint
members_of (Member *member)
{
  g_autoptr (GArray) ids =
      gst_discord_connection_get_group_members (member->connection);

  return ids->len;
}

/* Until @state, in a group with @n_others. */
static void
wait_state (Member *member, GstDiscordE2eeState state, guint n_others)
{
  gint64 deadline =
      g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;

  g_mutex_lock (&guard);
  while (state_of (member) != state || members_of (member) != n_others)
    if (!g_cond_wait_until (&changed, &guard, deadline))
      ck_abort_msg ("user %" G_GUINT64_FORMAT ": state %d with %u others",
          member->user_id, state_of (member), members_of (member));
  g_mutex_unlock (&guard);
}

static void
wait_group (Call *call, guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    wait_state (&call->members[i], GST_DISCORD_E2EE_STATE_ENCRYPTED, n - 1);
}

/* All have the same code, and which. */
static gchar *
common_code (Call *call, guint first, guint n)
{
  g_autofree gchar *code = code_of (&call->members[first]);

  fail_unless (code != NULL);
  fail_unless_equals_int (strlen (code), 30);
  fail_unless_equals_int (strspn (code, "0123456789"), 30);
  for (guint i = first + 1; i < first + n; i++) {
    g_autofree gchar *other = code_of (&call->members[i]);

    fail_unless_equals_string (other, code);
  }
  return g_steal_pointer (&code);
}

/* A frame from one to the other. */
static GstDiscordFrameResult
pass_frame (Member *from, Member *to)
{
  static const gchar plain[] = "an Opus frame";
  g_autoptr (GstBuffer) frame = gst_buffer_new_memdup (plain, sizeof plain);
  gsize room = gst_discord_connection_encrypted_size_max (
      GST_DISCORD_CODEC_OPUS, sizeof plain);
  g_autoptr (GstBuffer) sent = gst_buffer_new_allocate (NULL, room, NULL);
  g_autoptr (GstBuffer) out = gst_buffer_new_allocate (NULL, room, NULL);
  const gchar *reason = NULL;
  gsize size = 0;
  GstDiscordFrameResult result = gst_discord_connection_encrypt (
      from->connection, GST_DISCORD_CODEC_OPUS, frame, sent, &size, &reason);

  if (result != GST_DISCORD_FRAME_DONE)
    return result;
  gst_buffer_set_size (sent, size);
  fail_unless (size > sizeof plain);
  result = gst_discord_connection_decrypt (
      to->connection, from->user_id, FALSE, sent, out, &size, &reason);
  if (result == GST_DISCORD_FRAME_DONE) {
    fail_unless_equals_int (size, sizeof plain);
    fail_unless (gst_buffer_memcmp (out, 0, plain, size) == 0);
  }
  return result;
}

/* Everybody hears everybody, as soon as the gateway let the sender change to
 * the epoch that the receiver is in. */
static void
check_media (Call *call, guint first, guint n)
{
  gint64 deadline =
      g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;

  for (guint i = first; i < first + n; i++)
    for (guint k = first; k < first + n; k++)
      while (i != k
          && pass_frame (&call->members[i], &call->members[k])
              != GST_DISCORD_FRAME_DONE) {
        fail_unless (g_get_monotonic_time () < deadline);
        g_usleep (1000);
      }
}

/* Join, join, leave, rejoin; each is another code for all. */
GST_START_TEST (test_group)
{
  Call call;
  g_autofree gchar *two = NULL, *three = NULL, *again = NULL, *none = NULL;
  g_autoptr (GstStructure) stats = NULL;
  GstDiscordE2eeState state;
  guint epochs, refused;
  guint64 frames;

  call_start (&call);
  for (guint i = 0; i < 3; i++)
    call_add (&call, NULL);
  fail_unless_equals_int (
      state_of (&call.members[0]), GST_DISCORD_E2EE_STATE_NONE);
  join (&call.members[0]);
  wait_state (&call.members[0], GST_DISCORD_E2EE_STATE_ALONE, 0);
  fail_unless_equals_int (pass_frame (&call.members[0], &call.members[1]),
      GST_DISCORD_FRAME_NO_KEY);

  join (&call.members[1]);
  wait_group (&call, 0, 2);
  two = common_code (&call, 0, 2);
  check_media (&call, 0, 2);
  fail_unless_equals_int (pass_frame (&call.members[0], &call.members[2]),
      GST_DISCORD_FRAME_NO_KEY);

  join (&call.members[2]);
  wait_group (&call, 0, 3);
  three = common_code (&call, 0, 3);
  fail_if (g_str_equal (two, three));
  check_media (&call, 0, 3);

  leave (&call.members[0]);
  fail_unless_equals_int (
      state_of (&call.members[0]), GST_DISCORD_E2EE_STATE_NONE);
  none = code_of (&call.members[0]);
  fail_unless (none == NULL);
  wait_group (&call, 1, 2);
  again = common_code (&call, 1, 2);
  fail_if (g_str_equal (three, again));
  check_media (&call, 1, 2);

  join (&call.members[0]);
  wait_group (&call, 0, 3);
  check_media (&call, 0, 3);
  leave (&call.members[0]);
  leave (&call.members[1]);
  wait_state (&call.members[2], GST_DISCORD_E2EE_STATE_ALONE, 0);

  stats = gst_discord_connection_get_stats (call.members[2].connection);
  fail_unless (gst_structure_get (stats, "e2ee-state",
      GST_TYPE_DISCORD_E2EE_STATE, &state, "e2ee-epochs", G_TYPE_UINT, &epochs,
      "e2ee-messages-refused", G_TYPE_UINT, &refused, "e2ee-decrypted",
      G_TYPE_UINT64, &frames, NULL));
  fail_unless_equals_int (state, GST_DISCORD_E2EE_STATE_ALONE);
  fail_unless (epochs >= 3);
  fail_unless_equals_int (refused, 0);
  fail_unless_equals_uint64 (frames, 5);
  call_stop (&call);
}

GST_END_TEST;

/* The group outlives a lost websocket; what was missed is made up for. */
GST_START_TEST (test_resume)
{
  Call call;
  g_autofree gchar *before = NULL;
  guint resumes = 0;

  call_start (&call);
  for (guint i = 0; i < 3; i++)
    call_add (&call, NULL);
  join (&call.members[0]);
  join (&call.members[1]);
  wait_group (&call, 0, 2);
  before = common_code (&call, 0, 2);

  fail_unless (loopback_act (call.loopback, NULL,
      "close-voice:%" G_GUINT64_FORMAT ":4015", call.members[0].user_id));
  join (&call.members[2]);
  wait_group (&call, 0, 3);
  check_media (&call, 0, 3);
  while (resumes == 0) {
    g_autoptr (GstStructure) stats =
        gst_discord_connection_get_stats (call.members[0].connection);

    fail_unless (gst_structure_get_uint (stats, "resumes", &resumes));
  }
  call_stop (&call);
}

GST_END_TEST;

/* A new identify is a new session: the others see us leave and come. */
GST_START_TEST (test_new_session)
{
  Call call;
  g_autofree gchar *before = NULL, *after = NULL;
  gint64 deadline =
      g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;

  call_start (&call);
  for (guint i = 0; i < 2; i++)
    call_add (&call, NULL);
  join (&call.members[0]);
  join (&call.members[1]);
  wait_group (&call, 0, 2);
  before = common_code (&call, 0, 2);
  check_media (&call, 0, 2);

  fail_unless (loopback_act (call.loopback, NULL,
      "close-voice:%" G_GUINT64_FORMAT ":4006", call.members[0].user_id));
  fail_unless (
      loopback_wait (call.loopback, "voice-joined", 0, 3, PATIENCE_MS));
  /* Both have been out of the old group and are in the new one. */
  g_mutex_lock (&guard);
  while (call.members[0].codes < 3)
    fail_unless (g_cond_wait_until (&changed, &guard, deadline));
  g_mutex_unlock (&guard);
  wait_group (&call, 0, 2);
  for (;;) {
    g_autofree gchar *a = code_of (&call.members[0]);
    g_autofree gchar *b = code_of (&call.members[1]);

    if (g_strcmp0 (a, b) == 0)
      break;
    g_usleep (1000);
  }
  after = common_code (&call, 0, 2);
  fail_if (g_str_equal (before, after));
  check_media (&call, 0, 2);
  call_stop (&call);
}

GST_END_TEST;

/* Somebody without end-to-end encryption: all go on in clear, until he left. */
GST_START_TEST (test_downgrade_and_upgrade)
{
  Call call;
  Member *plain;

  call_start (&call);
  for (guint i = 0; i < 3; i++)
    call_add (&call, NULL);
  plain = &call.members[2];
  g_object_set (plain->connection, "e2ee", GST_DISCORD_E2EE_OFF, NULL);
  join (&call.members[0]);
  join (&call.members[1]);
  wait_group (&call, 0, 2);

  join (plain);
  wait_state (plain, GST_DISCORD_E2EE_STATE_CLEAR, 0);
  for (guint i = 0; i < 2; i++)
    wait_state (&call.members[i], GST_DISCORD_E2EE_STATE_CLEAR, 0);
  fail_unless_equals_int (
      pass_frame (&call.members[0], plain), GST_DISCORD_FRAME_CLEAR);
  fail_unless_equals_int (
      pass_frame (plain, &call.members[0]), GST_DISCORD_FRAME_CLEAR);

  leave (plain);
  wait_group (&call, 0, 2);
  g_free (common_code (&call, 0, 2));
  check_media (&call, 0, 2);
  call_stop (&call);
}

GST_END_TEST;

/* 4017: where it is required, whoever does not offer it gets told so. */
GST_START_TEST (test_required_by_the_server)
{
  Call call;
  Member *member;
  Answer answer = { 0 };
  g_autoptr (GError) error = NULL;

  call_start (&call);
  fail_unless (loopback_set (call.loopback, "dave-required", NULL, NULL));
  member = call_add (&call, NULL);
  g_object_set (member->connection, "e2ee", GST_DISCORD_E2EE_OFF, NULL);
  gst_discord_connection_connect_async (
      member->connection, NULL, on_answer, &answer);
  fail_if (gst_discord_connection_connect_finish (
      member->connection, wait_answer (&answer), &error));
  g_object_unref (answer.result);
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_E2EE_REQUIRED));
  fail_unless (strstr (error->message, "e2ee") != NULL);
  fail_unless_equals_int (loopback_count (call.loopback, "voice-joined", 0), 0);
  call_stop_after (&call, "e2ee-required");
}

GST_END_TEST;

static gchar *
verify (Member *member, guint64 user_id, GError **error)
{
  Answer answer = { 0 };
  gchar *code;

  gst_discord_connection_get_verification_code_async (
      member->connection, user_id, NULL, on_answer, &answer);
  code = gst_discord_connection_get_verification_code_finish (
      member->connection, wait_answer (&answer), error);
  g_object_unref (answer.result);
  return code;
}

static GBytes *
fingerprint_of (
    Member *member, guint64 user_id, GCancellable *cancellable, GError **error)
{
  Answer answer = { 0 };
  GBytes *fingerprint;

  gst_discord_connection_get_fingerprint_async (
      member->connection, user_id, cancellable, on_answer, &answer);
  fingerprint = gst_discord_connection_get_fingerprint_finish (
      member->connection, wait_answer (&answer), error);
  g_object_unref (answer.result);
  return fingerprint;
}

GST_START_TEST (test_verification)
{
  Call call;
  Member *a, *b;
  g_autofree gchar *code_a = NULL, *code_b = NULL;
  g_autoptr (GBytes) fingerprint_a = NULL;
  g_autoptr (GBytes) fingerprint_b = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  call_start (&call);
  a = call_add (&call, NULL);
  b = call_add (&call, NULL);
  /* Nobody is in a group that is not there. */
  fail_unless (verify (a, b->user_id, &error) == NULL);
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_A_MEMBER));
  g_clear_error (&error);
  join (a);
  join (b);
  wait_group (&call, 0, 2);

  code_a = verify (a, b->user_id, NULL);
  code_b = verify (b, a->user_id, NULL);
  fail_unless_equals_int (strlen (code_a), 45);
  fail_unless_equals_int (strspn (code_a, "0123456789"), 45);
  fail_unless_equals_string (code_a, code_b);
  fingerprint_a = fingerprint_of (a, b->user_id, NULL, NULL);
  fingerprint_b = fingerprint_of (b, a->user_id, NULL, NULL);
  fail_unless_equals_int (g_bytes_get_size (fingerprint_a), 64);
  fail_unless (g_bytes_equal (fingerprint_a, fingerprint_b));

  /* Not with ourselves, and not with somebody who is not here. */
  fail_unless (verify (a, a->user_id, &error) == NULL);
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_A_MEMBER));
  g_clear_error (&error);
  fail_unless (verify (a, 5, &error) == NULL);
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_A_MEMBER));
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  fail_unless (fingerprint_of (a, b->user_id, cancellable, &error) == NULL);
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  call_stop (&call);
}

GST_END_TEST;

/* With keys of our own files a later call has the same verification code; the
 * privacy code is another one. */
GST_START_TEST (test_identity_from_file)
{
  g_autofree gchar *folder = g_dir_make_tmp ("discord-e2ee-XXXXXX", NULL);
  g_autofree gchar *file_a = g_build_filename (folder, "a", NULL);
  g_autofree gchar *file_b = g_build_filename (folder, "b", NULL);
  gchar *privacy[2], *codes[2];

  for (guint i = 0; i < 2; i++) {
    Call call;
    Member *a, *b;

    call_start (&call);
    a = call_add (&call, file_a);
    b = call_add (&call, file_b);
    join (a);
    join (b);
    wait_group (&call, 0, 2);
    privacy[i] = common_code (&call, 0, 2);
    codes[i] = verify (a, b->user_id, NULL);
    call_stop (&call);
  }
  fail_unless_equals_string (codes[0], codes[1]);
  fail_if (g_str_equal (privacy[0], privacy[1]));
  for (guint i = 0; i < 2; i++) {
    g_free (privacy[i]);
    g_free (codes[i]);
  }
  g_unlink (file_a);
  g_unlink (file_b);
  g_rmdir (folder);
}

GST_END_TEST;

/* An application's own connection finds out before it joins. */
GST_START_TEST (test_refused_identity_file)
{
  g_autofree gchar *folder = g_dir_make_tmp ("discord-e2ee-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (folder, "key", NULL);
  g_autoptr (GError) error = NULL;
  Answer answer = { 0 };
  Member *member;
  Call call;

  fail_unless (g_file_set_contents (file, "no key", -1, NULL));
  fail_unless_equals_int (g_chmod (file, 0600), 0);
  call_start (&call);
  member = call_add (&call, file);
  gst_discord_connection_connect_async (
      member->connection, NULL, on_answer, &answer);
  fail_if (gst_discord_connection_connect_finish (
      member->connection, wait_answer (&answer), &error));
  g_object_unref (answer.result);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  fail_unless (strstr (error->message, file) != NULL);
  call_stop (&call);
  g_unlink (file);
  g_rmdir (folder);
}

GST_END_TEST;

/* Elements that share a connection want the same encryption. */
GST_START_TEST (test_elements_agree)
{
  g_autofree gchar *folder = g_dir_make_tmp ("discord-e2ee-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (folder, "key", NULL);
  GstDiscordConnectionConfig config = {
    .token = "token-a",
    .gateway_url = "ws://127.0.0.1:1",
    .guild_id = GUILD,
    .channel_id = CHANNEL,
    .timeout = 30,
    .gateway_version = 9,
    .identity_key_file = file,
  };
  GstDiscordConnection *first;
  g_autoptr (GError) error = NULL;

  first = gst_discord_connection_acquire (&config, NULL);
  fail_unless (first != NULL);
  /* Looking whether the file is good makes none. */
  fail_if (g_file_test (file, G_FILE_TEST_EXISTS));
  config.e2ee = GST_DISCORD_E2EE_ALLOWED;
  fail_unless (gst_discord_connection_acquire (&config, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT));
  fail_unless (strstr (error->message, "\"e2ee\"") != NULL);
  g_clear_error (&error);
  config.e2ee = GST_DISCORD_E2EE_REQUIRED;
  config.identity_key_file = NULL;
  fail_unless (gst_discord_connection_acquire (&config, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT));
  fail_unless (strstr (error->message, "\"identity-key-file\"") != NULL);
  g_clear_error (&error);
  gst_discord_connection_release (first);

  config.identity_key_file = file;
  fail_unless (g_file_set_contents (file, "no key", -1, NULL));
  fail_unless (gst_discord_connection_acquire (&config, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  /* Not needed, not looked at. */
  config.e2ee = GST_DISCORD_E2EE_OFF;
  first = gst_discord_connection_acquire (&config, NULL);
  fail_unless (first != NULL);
  gst_discord_connection_release (first);
  g_unlink (file);
  g_rmdir (folder);
}

GST_END_TEST;

static Suite *
connection_e2ee_suite (void)
{
  Suite *s = suite_create ("connection-e2ee");
  TCase *tc = tcase_create ("call");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_group);
  tcase_add_test (tc, test_resume);
  tcase_add_test (tc, test_new_session);
  tcase_add_test (tc, test_downgrade_and_upgrade);
  tcase_add_test (tc, test_required_by_the_server);
  tcase_add_test (tc, test_verification);
  tcase_add_test (tc, test_identity_from_file);
  tcase_add_test (tc, test_refused_identity_file);
  tcase_add_test (tc, test_elements_agree);
  return s;
}

GST_CHECK_MAIN (connection_e2ee);
