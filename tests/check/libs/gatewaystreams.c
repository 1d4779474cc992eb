/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live by GstDiscordGateway whole, on the signalling thread, against the
 * stand-in. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordsignaller-private.h>
#include <gst/discord/signalling/thread.h>
#include <libsoup/soup.h>
#include <loopback.h>
#include <string.h>

#include "streamresult.h"

#define GUILD_TEXT "9007199254740993"
#define GUILD G_GUINT64_CONSTANT (9007199254740993)
#define CHANNEL_TEXT "9007199254740995"
#define CHANNEL G_GUINT64_CONSTANT (9007199254740995)
#define GUEST "guild:" GUILD_TEXT ":" CHANNEL_TEXT ":77"
#define TIMEOUT_MS 20000

/* "GIF89a" */
static const guint8 gif[] = { 'G', 'I', 'F', '8', '9', 'a' };

/* An account, and what the signals told it, from the signalling thread. */
typedef struct
{
  GstDiscordSignaller *gateway;
  gchar *key; /* of its own stream */

  GMutex lock; /* the following; nothing is called with it */
  GCond cond;
  GString *log; /* words, a space behind each */
  gboolean passed; /* nothing comes any more */
} User;

static void
user_log (User *user, const gchar *word, const gchar *key)
{
  fail_unless (discord_signalling_thread_is_self ());
  g_mutex_lock (&user->lock);
  g_string_append_printf (user->log, "%s:%s ", word, key);
  g_cond_broadcast (&user->cond);
  g_mutex_unlock (&user->lock);
}

static void
on_created (
    GstDiscordGateway *gateway, const GstDiscordStreamInfo *info, User *user)
{
  user_log (user, "created", gst_discord_stream_info_get_stream_key (info));
}

static void
on_updated (
    GstDiscordGateway *gateway, const GstDiscordStreamInfo *info, User *user)
{
  g_autofree gchar *word = NULL;
  gsize n_viewers;

  gst_discord_stream_info_get_viewers (info, &n_viewers);
  word = g_strdup_printf ("updated%s%u",
      gst_discord_stream_info_get_paused (info) ? "-paused" : "",
      (guint) n_viewers);
  fail_unless (gst_discord_stream_info_get_rtc_server_id (info) != 0);
  user_log (user, word, gst_discord_stream_info_get_stream_key (info));
}

static void
on_server (GstDiscordGateway *gateway, const gchar *key, const gchar *token,
    const gchar *endpoint, User *user)
{
  user_log (user, endpoint != NULL ? "server" : "gone", key);
}

static void
on_deleted (GstDiscordGateway *gateway, const gchar *key,
    GstDiscordStreamDeleteReason reason, User *user)
{
  g_autoptr (GEnumClass) reasons =
      g_type_class_ref (GST_TYPE_DISCORD_STREAM_DELETE_REASON);

  user_log (user, g_enum_get_value (reasons, reason)->value_nick, key);
}

static void
on_unavailable (GstDiscordGateway *gateway, const gchar *key, User *user)
{
  user_log (user, "unavailable", key);
}

static void
on_live (
    GstDiscordGateway *gateway, const gchar *key, gboolean live, User *user)
{
  user_log (user, live ? "live" : "dark", key);
}

static void
on_voice_server (GstDiscordGateway *gateway, guint64 guild_id,
    guint64 channel_id, const gchar *token, const gchar *endpoint, User *user)
{
  user_log (user, "joined", "");
}

/* Whether @words came, one after the other and perhaps with others between;
 * forgets what came until then. */
static gboolean
take_words (User *user, const gchar *const *words, const gchar *key)
{
  gchar *at = user->log->str;

  for (guint i = 0; words[i] != NULL; i++) {
    g_autofree gchar *word = g_strconcat (words[i], ":", key, " ", NULL);

    at = strstr (at, word);
    if (at == NULL)
      return FALSE;
    at += strlen (word);
  }
  g_string_erase (user->log, 0, at - user->log->str);
  return TRUE;
}

#define EXPECT(user, key, ...)                                                 \
  user_expect (user, key, (const gchar *const[]){ __VA_ARGS__, NULL })

static void
user_expect (User *user, const gchar *key, const gchar *const *words)
{
  gint64 end = g_get_monotonic_time () + TIMEOUT_MS * 1000;
  gboolean in_time = TRUE;
  gboolean came;

  g_mutex_lock (&user->lock);
  while (!(came = take_words (user, words, key)) && in_time)
    in_time = g_cond_wait_until (&user->cond, &user->lock, end);
  g_mutex_unlock (&user->lock);
  fail_unless (came, "waited in vain for %s; got %s", words[0], user->log->str);
}

static User *
user_new (Loopback *loopback, const gchar *token, GstDiscordAccountType type)
{
  g_autofree gchar *url = loopback_dup_gateway_url (loopback);
  g_autofree gchar *api = loopback_dup_api_url (loopback);
  g_autoptr (GError) error = NULL;
  User *user = g_new0 (User, 1);
  GstDiscordGateway *gateway =
      gst_discord_gateway_get (token, type, url, api, NULL, &error);

  g_assert_no_error (error);
  user->gateway = GST_DISCORD_SIGNALLER (gateway);
  user->key = g_strdup_printf ("guild:" GUILD_TEXT ":" CHANNEL_TEXT
                               ":%" G_GUINT64_FORMAT,
      loopback_user_for_token (token));
  user->log = g_string_new (NULL);
  g_mutex_init (&user->lock);
  g_cond_init (&user->cond);
  g_signal_connect (gateway, "stream-created", G_CALLBACK (on_created), user);
  g_signal_connect (gateway, "stream-updated", G_CALLBACK (on_updated), user);
  g_signal_connect (gateway, "stream-server", G_CALLBACK (on_server), user);
  g_signal_connect (gateway, "stream-deleted", G_CALLBACK (on_deleted), user);
  g_signal_connect (
      gateway, "stream-unavailable", G_CALLBACK (on_unavailable), user);
  g_signal_connect (gateway, "stream-live", G_CALLBACK (on_live), user);
  g_signal_connect (
      gateway, "voice-server", G_CALLBACK (on_voice_server), user);
  return user;
}

static void
user_join (User *user)
{
  gst_discord_signaller_update_voice_state (
      user->gateway, GUILD, CHANNEL, FALSE, FALSE);
  EXPECT (user, "", "joined");
}

static gboolean
note_passed (gpointer data)
{
  User *user = data;

  g_mutex_lock (&user->lock);
  user->passed = TRUE;
  g_cond_broadcast (&user->cond);
  g_mutex_unlock (&user->lock);
  return G_SOURCE_REMOVE;
}

static void
user_free (User *user)
{
  discord_signalling_thread_ref ();
  g_object_unref (user->gateway);
  discord_signalling_thread_invoke (note_passed, user, NULL);
  g_mutex_lock (&user->lock);
  while (!user->passed)
    g_cond_wait (&user->cond, &user->lock);
  g_mutex_unlock (&user->lock);
  discord_signalling_thread_unref ();
  g_string_free (user->log, TRUE);
  g_mutex_clear (&user->lock);
  g_cond_clear (&user->cond);
  g_free (user->key);
  g_free (user);
}

static Loopback *
start (const gchar *setting, const gchar *value)
{
  Loopback *loopback = loopback_new ();
  g_autoptr (GError) error = NULL;

  if (setting != NULL)
    loopback_set (loopback, setting, value, &error);
  g_assert_no_error (error);
  loopback_start (loopback, &error);
  g_assert_no_error (error);
  return loopback;
}

static void
act (Loopback *loopback, const gchar *action)
{
  g_autoptr (GError) error = NULL;

  loopback_act (loopback, &error, "%s", action);
  g_assert_no_error (error);
}

static void
expect_clean (Loopback *loopback)
{
  g_auto (GStrv) violations = loopback_dup_violations (loopback);

  fail_unless (violations[0] == NULL, "%s", violations[0]);
}

#define OK(call)                                                               \
  G_STMT_START                                                                 \
  {                                                                            \
    GError *error = NULL;                                                      \
    fail_unless (call);                                                        \
    g_assert_no_error (error);                                                 \
  }                                                                            \
  G_STMT_END

/* One goes live, the other watches, whichever event comes first. */
GST_START_TEST (test_create_and_watch)
{
  g_autoptr (Loopback) loopback =
      start ("server-first", __i__ == 1 ? "on" : "off");
  User *alice = user_new (loopback, "alice", GST_DISCORD_ACCOUNT_TYPE_USER);
  User *bob = user_new (loopback, "bob", GST_DISCORD_ACCOUNT_TYPE_BEARER);
  const gchar *first = __i__ == 1 ? "server" : "created";
  const gchar *second = __i__ == 1 ? "created" : "server";
  g_auto (GStrv) live = NULL;
  g_auto (GstDiscordStreamServer) server = { 0 };

  user_join (alice);
  user_join (bob);
  OK (gst_discord_signaller_create_stream (
      alice->gateway, GUILD, CHANNEL, NULL, &error));
  EXPECT (alice, alice->key, first, second);
  EXPECT (bob, alice->key, "live");
  live = gst_discord_signaller_get_live_streams (bob->gateway);
  fail_unless_equals_string (live[0], alice->key);

  OK (gst_discord_signaller_watch_stream (bob->gateway, live[0], &error));
  EXPECT (bob, alice->key, first, second);
  EXPECT (alice, alice->key, "updated1");
  fail_unless (gst_discord_signaller_get_stream_server (
      bob->gateway, alice->key, &server));
  fail_unless_equals_uint64 (server.user_id, loopback_user_for_token ("bob"));
  fail_unless_equals_int (server.rtc_server_id % 10, 0);
  fail_unless (server.rtc_channel_id != 0 && server.session_id != NULL
      && server.token != NULL && server.endpoint != NULL);

  OK (gst_discord_signaller_set_stream_paused (
      alice->gateway, alice->key, TRUE, &error));
  EXPECT (bob, alice->key, "updated-paused1");
  OK (gst_discord_signaller_ping_stream (bob->gateway, alice->key, &error));
  OK (gst_discord_signaller_delete_stream (bob->gateway, alice->key, &error));
  EXPECT (bob, alice->key, "user-requested");
  EXPECT (alice, alice->key, "updated-paused0");
  OK (gst_discord_signaller_delete_stream (alice->gateway, alice->key, &error));
  EXPECT (alice, alice->key, "user-requested");
  EXPECT (bob, alice->key, "dark");
  user_free (alice);
  user_free (bob);
  expect_clean (loopback);
}

GST_END_TEST

/* Every answer to op 18 and to op 20 that is a refusal. */
GST_START_TEST (test_refused)
{
  static const gchar *const reasons[] = { "user_requested", "stream_ended",
    "stream_full", "unauthorized", "safety_guild_rate_limited", "parse_failed",
    "invalid_channel", "something_new" };
  static const gchar *const words[] = { "user-requested", "stream-ended",
    "stream-full", "unauthorized", "safety-guild-rate-limited", "parse-failed",
    "invalid-channel", "unknown" };
  g_autoptr (Loopback) loopback = start (NULL, NULL);
  User *alice = user_new (loopback, "alice", GST_DISCORD_ACCOUNT_TYPE_USER);

  act (loopback, "stream-start:77:" GUILD_TEXT ":" CHANNEL_TEXT);
  user_join (alice);
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++) {
    g_autofree gchar *action =
        g_strconcat ("set:stream-reject=", reasons[i], NULL);

    act (loopback, action);
    OK (gst_discord_signaller_create_stream (
        alice->gateway, GUILD, CHANNEL, NULL, &error));
    EXPECT (alice, alice->key, words[i]);
    OK (gst_discord_signaller_watch_stream (alice->gateway, GUEST, &error));
    EXPECT (alice, GUEST, words[i]);
  }
  fail_unless (
      gst_discord_signaller_get_stream (alice->gateway, GUEST) == NULL);
  user_free (alice);
  expect_clean (loopback);
}

GST_END_TEST

static void
expect_server (User *user, gboolean expected)
{
  g_auto (GstDiscordStreamServer) server = { 0 };

  fail_unless_equals_int (
      gst_discord_signaller_get_stream_server (user->gateway, GUEST, &server),
      expected);
}

/* A watched stream's server: out of order and back, moved, gone for a while. */
GST_START_TEST (test_outages)
{
  g_autoptr (Loopback) loopback = start (NULL, NULL);
  User *alice = user_new (loopback, "alice", GST_DISCORD_ACCOUNT_TYPE_USER);

  act (loopback, "stream-start:77:" GUILD_TEXT ":" CHANNEL_TEXT);
  user_join (alice);
  OK (gst_discord_signaller_watch_stream (alice->gateway, GUEST, &error));
  EXPECT (alice, GUEST, "created", "server");
  act (loopback, "stream-outage:77");
  EXPECT (alice, GUEST, "unavailable");
  expect_server (alice, FALSE);
  act (loopback, "stream-return:77");
  EXPECT (alice, GUEST, "created", "server");
  expect_server (alice, TRUE);
  act (loopback, "stream-outage:77");
  EXPECT (alice, GUEST, "unavailable");
  act (loopback, "stream-return:77:server");
  EXPECT (alice, GUEST, "server", "created");
  expect_server (alice, TRUE);
  act (loopback, "stream-move:77");
  EXPECT (alice, GUEST, "server");
  act (loopback, "stream-null-endpoint:77");
  EXPECT (alice, GUEST, "gone");
  expect_server (alice, FALSE);
  act (loopback, "stream-move:77:same");
  EXPECT (alice, GUEST, "server");
  expect_server (alice, TRUE);
  /* Out of the channel is out of the stream. */
  act (loopback, "kick:*");
  EXPECT (alice, GUEST, "user-requested");
  expect_server (alice, FALSE);
  user_free (alice);
  expect_clean (loopback);
}

GST_END_TEST

/* Bots are not sent away by a gateway that does not know the opcode. */
GST_START_TEST (test_bot)
{
  g_autoptr (Loopback) loopback = start (NULL, NULL);
  User *bot = user_new (loopback, "bot", GST_DISCORD_ACCOUNT_TYPE_BOT);
  g_autoptr (GError) error = NULL;

  user_join (bot);
  fail_if (gst_discord_signaller_create_stream (
      bot->gateway, GUILD, CHANNEL, NULL, &error));
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_SUPPORTED));
  g_clear_error (&error);
  fail_if (gst_discord_signaller_watch_stream (bot->gateway, GUEST, &error));
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_SUPPORTED));
  fail_unless_equals_int (loopback_count (loopback, "stream-op", 0), 0);
  user_free (bot);
  expect_clean (loopback);
}

GST_END_TEST

static gboolean
upload (User *user, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) image = g_bytes_new_static (gif, sizeof (gif));
  g_autoptr (GAsyncResult) done = NULL;
  GAsyncResult *result = NULL;

  gst_discord_signaller_upload_stream_preview_async (
      user->gateway, user->key, image, cancellable, on_done, &result);
  done = wait_done (&result);
  return gst_discord_signaller_upload_stream_preview_finish (
      user->gateway, done, error);
}

static gchar *
fetch (User *user, const gchar *key, GError **error)
{
  g_autoptr (GAsyncResult) done = NULL;
  GAsyncResult *result = NULL;

  gst_discord_signaller_fetch_stream_preview_async (
      user->gateway, key, NULL, on_done, &result);
  done = wait_done (&result);
  return gst_discord_signaller_fetch_stream_preview_finish (
      user->gateway, done, error);
}

/* What a picture's URL serves. */
static void
expect_picture (const gchar *url)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GBytes) answer =
      soup_session_send_and_read (session, message, NULL, NULL);
  g_autoptr (GBytes) expected = g_bytes_new_static (gif, sizeof (gif));

  fail_unless_equals_int (soup_message_get_status (message), 200);
  fail_unless (g_bytes_equal (answer, expected));
}

GST_START_TEST (test_rest)
{
  g_autoptr (Loopback) loopback = start (NULL, NULL);
  User *alice = user_new (loopback, "alice", GST_DISCORD_ACCOUNT_TYPE_USER);
  User *bob = user_new (loopback, "bob", GST_DISCORD_ACCOUNT_TYPE_BEARER);
  g_autoptr (GAsyncResult) moved = NULL;
  g_autoptr (GAsyncResult) notified = NULL;
  g_autofree gchar *url = NULL;
  GAsyncResult *result = NULL;
  GError *error = NULL;

  user_join (alice);
  /* Nothing is live yet. */
  fail_if (upload (alice, NULL, &error));
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_STREAM_GONE));
  g_clear_error (&error);
  OK (gst_discord_signaller_create_stream (
      alice->gateway, GUILD, CHANNEL, NULL, &error));
  EXPECT (alice, alice->key, "created", "server");
  /* A 429 on the way is waited for. */
  act (loopback, "set:rest-limited=1");
  fail_unless (upload (alice, NULL, &error));
  fail_unless_equals_int (loopback_count (loopback, "preview", 0), 1);
  url = fetch (bob, alice->key, &error);
  g_assert_no_error (error);
  expect_picture (url);

  gst_discord_signaller_set_stream_region_async (
      alice->gateway, alice->key, "brazil", NULL, on_done, &result);
  moved = wait_done (&result);
  fail_unless (gst_discord_signaller_set_stream_region_finish (
      alice->gateway, moved, &error));
  EXPECT (alice, alice->key, "updated0", "server");
  gst_discord_signaller_notify_stream_async (
      alice->gateway, alice->key, NULL, on_done, &result);
  notified = wait_done (&result);
  fail_unless (gst_discord_signaller_notify_stream_finish (
      alice->gateway, notified, &error));
  user_free (alice);
  user_free (bob);
  expect_clean (loopback);
}

GST_END_TEST

/* Refused, and given up by whoever asked. */
GST_START_TEST (test_rest_errors)
{
  g_autoptr (Loopback) loopback = start ("rest-status", "401");
  User *alice = user_new (loopback, "alice", GST_DISCORD_ACCOUNT_TYPE_USER);
  User *bot = user_new (loopback, "bot", GST_DISCORD_ACCOUNT_TYPE_BOT);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) image = g_bytes_new_static (gif, sizeof (gif));
  g_autoptr (GAsyncResult) stopped = NULL;
  GAsyncResult *result = NULL;
  GError *error = NULL;

  fail_if (upload (alice, NULL, &error));
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_AUTHORIZED));
  g_clear_error (&error);
  fail_if (upload (bot, NULL, &error));
  fail_unless (g_error_matches (
      error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_SUPPORTED));
  g_clear_error (&error);

  act (loopback, "set:rest-delay=3600000");
  gst_discord_signaller_upload_stream_preview_async (
      alice->gateway, alice->key, image, cancellable, on_done, &result);
  fail_unless (loopback_wait (loopback, "rest", 0, 2, TIMEOUT_MS));
  fail_unless (result == NULL);
  g_cancellable_cancel (cancellable);
  stopped = wait_done (&result);
  fail_if (gst_discord_signaller_upload_stream_preview_finish (
      alice->gateway, stopped, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_error (&error);
  g_clear_object (&stopped);
  user_free (alice);
  user_free (bot);
}

GST_END_TEST

static Suite *
gatewaystreams_suite (void)
{
  Suite *s = suite_create ("gatewaystreams");
  TCase *tc = tcase_create ("streams");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_create_and_watch, 0, 2);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_outages);
  tcase_add_test (tc, test_bot);
  tcase_add_test (tc, test_rest);
  tcase_add_test (tc, test_rest_errors);
  return s;
}

GST_CHECK_MAIN (gatewaystreams);
