/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstDiscordGateway whole, on the signalling thread, against the stand-in. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/signalling/thread.h>
#include <loopback.h>
#include <math.h>
#include <string.h>

#define GUILD G_GUINT64_CONSTANT (9007199254740993)
#define CHANNEL G_GUINT64_CONSTANT (9007199254740995)
#define TIMEOUT_MS 20000

/* What the signals told, from the signalling thread. */
typedef struct
{
  GMutex lock; /* all of it; nothing is called with it */
  GCond cond;
  guint voice_states;
  guint64 channel_id;
  guint64 user_id;
  gchar *session_id;
  guint voice_servers;
  gchar *endpoint;
  guint replaced;
  GError *error;
  guint failures;
  GstDiscordConnectionState state;
  gboolean has_latency;
} Told;

static void
on_voice_state (GstDiscordGateway *gateway, guint64 guild_id,
    guint64 channel_id, guint64 user_id, const gchar *session_id, Told *told)
{
  fail_unless (discord_signalling_thread_is_self ());
  fail_unless_equals_uint64 (guild_id, GUILD);
  g_mutex_lock (&told->lock);
  told->voice_states++;
  told->channel_id = channel_id;
  told->user_id = user_id;
  g_free (told->session_id);
  told->session_id = g_strdup (session_id);
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
}

static void
on_voice_server (GstDiscordGateway *gateway, guint64 guild_id,
    guint64 channel_id, const gchar *token, const gchar *endpoint, Told *told)
{
  fail_unless (token != NULL && *token != '\0');
  g_mutex_lock (&told->lock);
  told->voice_servers++;
  g_free (told->endpoint);
  told->endpoint = g_strdup (endpoint);
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
}

static void
on_replaced (GstDiscordGateway *gateway, Told *told)
{
  g_mutex_lock (&told->lock);
  told->replaced++;
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
}

static void
on_failed (GstDiscordGateway *gateway, const GError *error, Told *told)
{
  g_mutex_lock (&told->lock);
  told->failures++;
  g_clear_error (&told->error);
  told->error = g_error_copy (error);
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
}

static void
on_notify (GstDiscordGateway *gateway, GParamSpec *pspec, Told *told)
{
  GstDiscordConnectionState state;
  gdouble latency;

  g_object_get (gateway, "state", &state, "latency", &latency, NULL);
  g_mutex_lock (&told->lock);
  told->state = state;
  told->has_latency = isfinite (latency);
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
}

/* Waits, with no more than TIMEOUT_MS for what must come. */
#define WAIT(told, condition)                                                  \
  G_STMT_START                                                                 \
  {                                                                            \
    gint64 end = g_get_monotonic_time () + TIMEOUT_MS * 1000;                  \
    gboolean in_time = TRUE;                                                   \
    g_mutex_lock (&(told)->lock);                                              \
    while (in_time && !(condition))                                            \
      in_time = g_cond_wait_until (&(told)->cond, &(told)->lock, end);         \
    in_time = (condition);                                                     \
    g_mutex_unlock (&(told)->lock);                                            \
    fail_unless (in_time, "waited in vain for " #condition);                   \
  }                                                                            \
  G_STMT_END

static void
told_init (Told *told, GstDiscordGateway *gateway)
{
  memset (told, 0, sizeof (*told));
  g_mutex_init (&told->lock);
  g_cond_init (&told->cond);
  g_signal_connect (gateway, "voice-state", G_CALLBACK (on_voice_state), told);
  g_signal_connect (
      gateway, "voice-server", G_CALLBACK (on_voice_server), told);
  g_signal_connect (
      gateway, "session-replaced", G_CALLBACK (on_replaced), told);
  g_signal_connect (gateway, "failed", G_CALLBACK (on_failed), told);
  g_signal_connect (gateway, "notify::state", G_CALLBACK (on_notify), told);
  g_signal_connect (gateway, "notify::latency", G_CALLBACK (on_notify), told);
}

/* After the gateway is gone and its thread has ended. */
static void
told_clear (Told *told)
{
  g_free (told->session_id);
  g_free (told->endpoint);
  g_clear_error (&told->error);
  g_mutex_clear (&told->lock);
  g_cond_clear (&told->cond);
}

static gboolean
tell_passed (gpointer data)
{
  Told *told = data;

  g_mutex_lock (&told->lock);
  told->failures = G_MAXUINT;
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
  return G_SOURCE_REMOVE;
}

/* Drops the gateway and waits until no signal of it can come any more. */
static void
drop_gateway (GstDiscordGateway *gateway, Told *told)
{
  discord_signalling_thread_ref ();
  g_object_unref (gateway);
  discord_signalling_thread_invoke (tell_passed, told, NULL);
  WAIT (told, told->failures == G_MAXUINT);
  discord_signalling_thread_unref ();
  told_clear (told);
}

static Loopback *
start (const gchar *name, const gchar *value)
{
  Loopback *loopback = loopback_new ();
  g_autoptr (GError) error = NULL;

  if (name != NULL)
    loopback_set (loopback, name, value, &error);
  g_assert_no_error (error);
  loopback_start (loopback, &error);
  g_assert_no_error (error);
  return loopback;
}

static GstDiscordGateway *
get_gateway (Loopback *loopback, gboolean by_rest)
{
  g_autofree gchar *url = loopback_dup_gateway_url (loopback);
  g_autofree gchar *api = loopback_dup_api_url (loopback);
  g_autoptr (GError) error = NULL;
  GstDiscordGateway *gateway = gst_discord_gateway_get ("alice",
      GST_DISCORD_ACCOUNT_TYPE_BOT, by_rest ? NULL : url, api, NULL, &error);

  g_assert_no_error (error);
  return gateway;
}

static void
update (GstDiscordGateway *gateway, guint64 channel_id)
{
  gst_discord_signaller_update_voice_state (
      GST_DISCORD_SIGNALLER (gateway), GUILD, channel_id, FALSE, FALSE);
}

static void
expect_clean (Loopback *loopback)
{
  g_auto (GStrv) violations = loopback_dup_violations (loopback);

  fail_unless (violations[0] == NULL, "%s", violations[0]);
}

GST_START_TEST (test_join_and_leave)
{
  const gboolean by_rest = __i__ % 2 == 1;
  g_autoptr (Loopback) loopback =
      start (__i__ >= 2 ? "server-first" : NULL, NULL);
  GstDiscordGateway *gateway = get_gateway (loopback, by_rest);
  const guint64 me = loopback_user_for_token ("alice");
  guint64 user_id;
  Told told;

  told_init (&told, gateway);
  update (gateway, CHANNEL);
  WAIT (&told, told.voice_states == 1 && told.voice_servers == 1);
  fail_unless_equals_uint64 (told.channel_id, CHANNEL);
  fail_unless_equals_uint64 (told.user_id, me);
  fail_unless (told.session_id != NULL && told.endpoint != NULL);
  g_object_get (gateway, "user-id", &user_id, NULL);
  fail_unless_equals_uint64 (user_id, me);
  WAIT (&told, told.state == GST_DISCORD_CONNECTION_STATE_CONNECTED);

  update (gateway, 0);
  WAIT (&told, told.voice_states == 2);
  fail_unless_equals_uint64 (told.channel_id, 0);
  drop_gateway (gateway, &told);
  expect_clean (loopback);
}

GST_END_TEST

/* The leave would wait for its second; the object is dropped at once. */
GST_START_TEST (test_dropped_after_leave)
{
  g_autoptr (Loopback) loopback = start (NULL, NULL);
  GstDiscordGateway *gateway = get_gateway (loopback, FALSE);
  const guint64 me = loopback_user_for_token ("alice");
  Told told;

  told_init (&told, gateway);
  update (gateway, CHANNEL);
  WAIT (&told, told.voice_states == 1);
  update (gateway, 0);
  drop_gateway (gateway, &told);
  fail_unless (loopback_wait (loopback, "left", me, 1, TIMEOUT_MS));
  fail_unless (
      loopback_wait (loopback, "main-session-ended", me, 1, TIMEOUT_MS));
  expect_clean (loopback);
}

GST_END_TEST

GST_START_TEST (test_latency)
{
  g_autoptr (Loopback) loopback = start ("heartbeat-interval", "200");
  GstDiscordGateway *gateway = get_gateway (loopback, FALSE);
  Told told;

  told_init (&told, gateway);
  update (gateway, CHANNEL);
  WAIT (&told, told.has_latency);
  drop_gateway (gateway, &told);
  expect_clean (loopback);
}

GST_END_TEST

GST_START_TEST (test_bad_token)
{
  for (guint by_rest = 0; by_rest < 2; by_rest++) {
    g_autoptr (Loopback) loopback = start ("token", "somebody-else");
    GstDiscordGateway *gateway = get_gateway (loopback, by_rest == 1);
    Told told;

    told_init (&told, gateway);
    update (gateway, CHANNEL);
    WAIT (&told, told.failures == 1);
    fail_unless (g_error_matches (
        told.error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_AUTHORIZED));
    WAIT (&told, told.state == GST_DISCORD_CONNECTION_STATE_FAILED);
    /* It can be asked again, and fails again. */
    update (gateway, CHANNEL);
    WAIT (&told, told.failures == 2);
    drop_gateway (gateway, &told);
  }
}

GST_END_TEST

/* A new session forgets the old voice state: whoever joined is told. */
GST_START_TEST (test_session_replaced)
{
  g_autoptr (Loopback) loopback = start ("refuse-resume", "on");
  GstDiscordGateway *gateway = get_gateway (loopback, FALSE);
  g_autoptr (GError) error = NULL;
  Told told;

  told_init (&told, gateway);
  update (gateway, CHANNEL);
  WAIT (&told, told.voice_states == 1);
  loopback_act (loopback, &error, "close-main:*:4000");
  g_assert_no_error (error);
  WAIT (&told, told.replaced == 1);
  update (gateway, CHANNEL);
  WAIT (&told, told.voice_states == 2);
  fail_unless_equals_int (told.failures, 0);
  drop_gateway (gateway, &told);
  expect_clean (loopback);
}

GST_END_TEST

/* Made by hand with something that cannot work: the first join tells. */
GST_START_TEST (test_bad_settings_by_hand)
{
  GstDiscordGateway *gateway =
      g_object_new (GST_TYPE_DISCORD_GATEWAY, "token", "a b", NULL);
  Told told;

  told_init (&told, gateway);
  update (gateway, 0);
  update (gateway, CHANNEL);
  WAIT (&told, told.failures == 1);
  fail_unless (g_error_matches (
      told.error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  drop_gateway (gateway, &told);
}

GST_END_TEST

/* Dropped at every stage of connecting. */
GST_START_TEST (test_dropped_early)
{
  g_autoptr (Loopback) loopback = start (NULL, NULL);

  for (guint i = 0; i < 20; i++) {
    GstDiscordGateway *gateway = get_gateway (loopback, i % 2 == 1);
    Told told;

    told_init (&told, gateway);
    if (i > 0)
      update (gateway, CHANNEL);
    if (i >= 10)
      WAIT (&told, told.state != GST_DISCORD_CONNECTION_STATE_IDLE);
    if (i >= 15)
      WAIT (&told, told.state != GST_DISCORD_CONNECTION_STATE_OPENING);
    drop_gateway (gateway, &told);
  }
}

GST_END_TEST

static Suite *
gatewayobject_suite (void)
{
  Suite *s = suite_create ("gatewayobject");
  TCase *tc = tcase_create ("gateway");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_join_and_leave, 0, 4);
  tcase_add_test (tc, test_dropped_after_leave);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_bad_token);
  tcase_add_test (tc, test_session_replaced);
  tcase_add_test (tc, test_bad_settings_by_hand);
  tcase_add_test (tc, test_dropped_early);
  return s;
}

GST_CHECK_MAIN (gatewayobject);
