/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstDiscordConnection as an application and our elements use it, against the
 * stand-in. Time-outs only end a test that would hang. */
#include "loopback.h"

#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordconnection-private.h>

#define GUILD G_GUINT64_CONSTANT (290926798626357999)
#define CHANNEL G_GUINT64_CONSTANT (290926798999357250)
#define OTHER_CHANNEL G_GUINT64_CONSTANT (290926798999357251)
#define PATIENCE_MS 30000

typedef struct
{
  Loopback *loopback;
  gchar *url;
} Service;

static void
service_start (Service *service)
{
  service->loopback = loopback_new ();
  fail_unless (loopback_start (service->loopback, NULL));
  service->url = loopback_dup_gateway_url (service->loopback);
}

static void
service_stop (Service *service)
{
  gchar **violations = loopback_dup_violations (service->loopback);

  if (violations[0] != NULL)
    ck_abort_msg ("violation: %s", violations[0]);
  g_strfreev (violations);
  loopback_free (service->loopback);
  g_free (service->url);
}

static GstDiscordConnection *
make_connection (Service *service, const gchar *token, guint64 guild)
{
  g_autoptr (GstDiscordGateway) gateway = gst_discord_gateway_get (
      token, GST_DISCORD_ACCOUNT_TYPE_BOT, service->url, NULL, NULL, NULL);

  fail_unless (gateway != NULL);
  return gst_discord_connection_new (
      GST_DISCORD_SIGNALLER (gateway), guild, CHANNEL);
}

typedef struct
{
  gboolean done;
  gboolean ok;
  GError *error;
} Answer;

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->ok = gst_discord_connection_connect_finish (
      GST_DISCORD_CONNECTION (source), result, &answer->error);
  answer->done = TRUE;
}

static void
on_disconnected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->ok = gst_discord_connection_disconnect_finish (
      GST_DISCORD_CONNECTION (source), result, &answer->error);
  answer->done = TRUE;
}

static void
on_moved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->ok = gst_discord_connection_move_finish (
      GST_DISCORD_CONNECTION (source), result, &answer->error);
  answer->done = TRUE;
}

static void
wait_answer (Answer *answer)
{
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
connect_now (GstDiscordConnection *connection)
{
  Answer answer = { 0 };

  gst_discord_connection_connect_async (
      connection, NULL, on_connected, &answer);
  wait_answer (&answer);
  if (!answer.ok)
    ck_abort_msg ("not connected: %s", answer.error->message);
}

static void
disconnect_now (GstDiscordConnection *connection)
{
  Answer answer = { 0 };

  gst_discord_connection_disconnect_async (
      connection, FALSE, NULL, on_disconnected, &answer);
  wait_answer (&answer);
  fail_unless (answer.ok);
}

static GstDiscordConnectionState
state_of (GstDiscordConnection *connection)
{
  GstDiscordConnectionState state;

  g_object_get (connection, "state", &state, NULL);
  return state;
}

GST_START_TEST (test_connect_and_disconnect)
{
  Service service;
  GstDiscordConnection *connection;
  g_autofree gchar *endpoint = NULL;
  guint64 user_id = 0;

  service_start (&service);
  connection = make_connection (&service, "token-a", GUILD);
  fail_unless_equals_int (
      state_of (connection), GST_DISCORD_CONNECTION_STATE_IDLE);
  /* More than once on the same connection. */
  for (guint i = 1; i <= 2; i++) {
    connect_now (connection);
    fail_unless_equals_int (
        state_of (connection), GST_DISCORD_CONNECTION_STATE_CONNECTED);
    disconnect_now (connection);
    fail_unless_equals_int (
        state_of (connection), GST_DISCORD_CONNECTION_STATE_IDLE);
    fail_unless (
        loopback_wait (service.loopback, "voice-joined", 0, i, PATIENCE_MS));
  }
  g_object_get (connection, "user-id", &user_id, "endpoint", &endpoint, NULL);
  fail_unless_equals_uint64 (user_id, loopback_user_for_token ("token-a"));
  fail_unless (endpoint != NULL);
  g_object_unref (connection);
  service_stop (&service);
}

GST_END_TEST;

/* The last reference leaves by itself. */
GST_START_TEST (test_unref_leaves)
{
  Service service;
  GstDiscordConnection *connection;

  service_start (&service);
  connection = make_connection (&service, "token-a", GUILD);
  connect_now (connection);
  g_object_unref (connection);
  fail_unless (loopback_wait (service.loopback, "left", 0, 1, PATIENCE_MS));
  fail_unless (loopback_wait (
      service.loopback, "main-session-ended", 0, 1, PATIENCE_MS));
  service_stop (&service);
}

GST_END_TEST;

GST_START_TEST (test_cancelled_connect)
{
  Service service;
  GstDiscordConnection *connection;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Answer answer = { 0 };

  service_start (&service);
  /* Nobody answers a join of a full channel. */
  fail_unless (loopback_set (
      service.loopback, "full-channel", "290926798999357250", NULL));
  connection = make_connection (&service, "token-a", GUILD);
  if (__i__ == 0)
    g_cancellable_cancel (cancellable);
  gst_discord_connection_connect_async (
      connection, cancellable, on_connected, &answer);
  if (__i__ == 1)
    g_cancellable_cancel (cancellable);
  wait_answer (&answer);
  fail_if (answer.ok);
  fail_unless (
      g_error_matches (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_error_free (answer.error);

  /* The cancellable has forgotten us. */
  g_cancellable_reset (cancellable);
  g_cancellable_cancel (cancellable);
  g_object_unref (connection);
  service_stop (&service);
}

GST_END_TEST;

GST_START_TEST (test_channel_full)
{
  Service service;
  GstDiscordConnection *connection;
  g_autoptr (GError) kept = NULL;
  Answer answer = { 0 };

  service_start (&service);
  fail_unless (loopback_set (
      service.loopback, "full-channel", "290926798999357250", NULL));
  connection = make_connection (&service, "token-a", GUILD);
  g_object_set (connection, "timeout", 1, NULL);
  gst_discord_connection_connect_async (
      connection, NULL, on_connected, &answer);
  wait_answer (&answer);
  fail_unless (g_error_matches (
      answer.error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_JOIN_TIMEOUT));
  fail_unless_equals_int (
      state_of (connection), GST_DISCORD_CONNECTION_STATE_FAILED);
  kept = gst_discord_connection_dup_error (connection);
  fail_unless_equals_string (kept->message, answer.error->message);
  g_error_free (answer.error);

  /* And again, where there is a place. */
  g_object_set (connection, "channel-id", OTHER_CHANNEL, NULL);
  connect_now (connection);
  disconnect_now (connection);
  g_object_unref (connection);
  service_stop (&service);
}

GST_END_TEST;

GST_START_TEST (test_move)
{
  Service service;
  GstDiscordConnection *connection;
  guint64 channel = 0;
  Answer answer = { 0 };

  service_start (&service);
  connection = make_connection (&service, "token-a", GUILD);
  gst_discord_connection_move_async (
      connection, OTHER_CHANNEL, NULL, on_moved, &answer);
  wait_answer (&answer);
  fail_unless (g_error_matches (
      answer.error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_CONNECTED));
  g_clear_error (&answer.error);

  connect_now (connection);
  answer.done = FALSE;
  gst_discord_connection_move_async (
      connection, OTHER_CHANNEL, NULL, on_moved, &answer);
  wait_answer (&answer);
  fail_unless (answer.ok);
  g_object_get (connection, "channel-id", &channel, NULL);
  fail_unless_equals_uint64 (channel, OTHER_CHANNEL);
  disconnect_now (connection);
  g_object_unref (connection);
  service_stop (&service);
}

GST_END_TEST;

/* Several accounts and guilds in one process: each its own session, one main
 * gateway per token. */
/* The camera goes on after the join, stays on when we mute ourselves and over a
 * new session, and goes off. */
GST_START_TEST (test_camera)
{
  Service service;
  GstDiscordConnection *connection;
  gboolean on = TRUE;

  service_start (&service);
  connection = make_connection (&service, "token-a", GUILD);
  g_object_get (connection, "self-video", &on, NULL);
  fail_if (on);
  connect_now (connection);
  fail_unless_equals_uint64 (
      loopback_count (service.loopback, "camera-on", 0), 0);

  g_object_set (connection, "self-video", TRUE, NULL);
  fail_unless (
      loopback_wait (service.loopback, "camera-on", 0, 1, PATIENCE_MS));
  g_object_set (connection, "self-mute", TRUE, NULL);
  fail_unless (
      loopback_wait (service.loopback, "voice-state", 0, 3, PATIENCE_MS));
  fail_unless (loopback_act (service.loopback, NULL, "invalid-session:*"));
  fail_unless (
      loopback_wait (service.loopback, "camera-on", 0, 2, PATIENCE_MS));
  fail_unless_equals_uint64 (
      loopback_count (service.loopback, "camera-off", 0), 1);

  g_object_set (connection, "self-video", FALSE, NULL);
  fail_unless (
      loopback_wait (service.loopback, "camera-off", 0, 2, PATIENCE_MS));
  fail_unless_equals_uint64 (loopback_count (service.loopback, "left", 0), 1);
  disconnect_now (connection);
  g_object_unref (connection);
  service_stop (&service);
}

GST_END_TEST;

GST_START_TEST (test_three_connections)
{
  Service service;
  GstDiscordConnection *connections[3];

  service_start (&service);
  connections[0] = make_connection (&service, "token-a", GUILD);
  connections[1] = make_connection (&service, "token-a", GUILD + 1);
  connections[2] = make_connection (&service, "token-b", GUILD);
  for (guint i = 0; i < 3; i++)
    connect_now (connections[i]);
  fail_unless_equals_uint64 (
      loopback_count (service.loopback, "identify", 0), 2);
  fail_unless (
      loopback_wait (service.loopback, "voice-joined", 0, 3, PATIENCE_MS));
  for (guint i = 0; i < 3; i++)
    g_object_unref (connections[i]);
  fail_unless (loopback_wait (service.loopback, "left", 0, 3, PATIENCE_MS));
  service_stop (&service);
}

GST_END_TEST;

static void
note_user (GstDiscordConnection *connection, guint64 user_id, gint *count)
{
  g_atomic_int_inc (count);
}

/* A new session of ours is not everybody leaving and joining. */
GST_START_TEST (test_pain_05_users_survive_a_new_session)
{
  Service service;
  GstDiscordConnection *a, *b;
  gint joined = 0, left = 0;
  GArray *users;

  service_start (&service);
  a = make_connection (&service, "token-a", GUILD);
  g_signal_connect (a, "user-joined", G_CALLBACK (note_user), &joined);
  g_signal_connect (a, "user-left", G_CALLBACK (note_user), &left);
  b = make_connection (&service, "token-b", GUILD);
  connect_now (a);
  connect_now (b);
  while (g_atomic_int_get (&joined) == 0)
    g_usleep (1000);

  fail_unless (loopback_act (service.loopback, NULL,
      "close-voice:%" G_GUINT64_FORMAT ":4006",
      loopback_user_for_token ("token-a")));
  fail_unless (
      loopback_wait (service.loopback, "voice-joined", 0, 3, PATIENCE_MS));
  /* Longer than the time in which op 11 may tell who is here. */
  g_usleep (2500 * 1000);
  users = gst_discord_connection_get_users (a);
  fail_unless_equals_int (users->len, 1);
  fail_unless_equals_uint64 (
      g_array_index (users, guint64, 0), loopback_user_for_token ("token-b"));
  g_array_unref (users);
  fail_unless_equals_int (g_atomic_int_get (&joined), 1);
  fail_unless_equals_int (g_atomic_int_get (&left), 0);

  disconnect_now (b);
  while (g_atomic_int_get (&left) == 0)
    g_usleep (1000);
  g_object_unref (b);
  g_object_unref (a);
  service_stop (&service);
}

GST_END_TEST;

static GstDiscordConnectionConfig
element_config (Service *service)
{
  return (GstDiscordConnectionConfig){
    .token = "token-a",
    .gateway_url = service->url,
    .guild_id = GUILD,
    .channel_id = CHANNEL,
    .timeout = 30,
    .reconnect = TRUE,
    .max_reconnects = 10,
    .gateway_version = 9,
  };
}

static void
send_silence (GstDiscordConnection *connection, guint16 seqnum)
{
  guint8 packet[15] = { 0x80, 120, 0, 0, [12] = 0xf8, 0xff, 0xfe };
  GstDiscordSendState state;
  GstDiscordOutPacket out = { .deadline = GST_CLOCK_TIME_NONE };

  gst_discord_connection_get_send_state (connection, &state);
  GST_WRITE_UINT16_BE (packet + 2, seqnum);
  GST_WRITE_UINT32_BE (packet + 4, seqnum * 960);
  GST_WRITE_UINT32_BE (packet + 8, state.ssrc);
  out.buffer = gst_buffer_new_memdup (packet, sizeof packet);
  fail_unless_equals_int (gst_discord_connection_send (connection, &out, 1), 1);
  gst_buffer_unref (out.buffer);
}

static void
count_packets (GstDiscordSubscribeFlags kind, GstBuffer *const *buffers,
    guint n_buffers, gpointer user_data)
{
  for (guint i = 0; i < n_buffers; i++)
    fail_unless (gst_buffer_get_discord_media_meta (buffers[i]) != NULL);
  g_atomic_int_add ((gint *) user_data, n_buffers);
}

/* The leave goes on in the background, when GStreamer may be gone: not a packet
 * may pass once close() has returned. */
GST_START_TEST (test_no_packet_after_close)
{
  Service service;
  GstDiscordConnectionConfig config;
  GstDiscordConnection *listener, *talker;
  GstDiscordSendState state = { 0 };
  gint packets = 0, at_close;
  guint id;

  service_start (&service);
  config = element_config (&service);
  listener = gst_discord_connection_acquire (&config, NULL);
  id = gst_discord_connection_subscribe (
      listener, GST_DISCORD_SUBSCRIBE_RTP, count_packets, &packets);
  gst_discord_connection_open (listener);
  talker = make_connection (&service, "token-b", GUILD);
  connect_now (talker);
  fail_unless (
      loopback_wait (service.loopback, "voice-joined", 0, 2, PATIENCE_MS));
  gst_discord_connection_set_speaking (talker, GST_DISCORD_SPEAKING_VOICE);
  while (state.speaking_sent == 0)
    gst_discord_connection_get_send_state (talker, &state);
  for (guint16 i = 0; g_atomic_int_get (&packets) < 5; i++) {
    send_silence (talker, i);
    g_usleep (1000);
  }

  gst_discord_connection_close (listener);
  at_close = g_atomic_int_get (&packets);
  for (guint16 i = 1000; i < 1050; i++) {
    send_silence (talker, i);
    g_usleep (1000);
  }
  fail_unless_equals_int (g_atomic_int_get (&packets), at_close);
  gst_discord_connection_unsubscribe (listener, id);
  gst_discord_connection_release (listener);
  disconnect_now (talker);
  g_object_unref (talker);
  service_stop (&service);
}

GST_END_TEST;

static void
start_speaking (GstDiscordConnection *connection, guint generation)
{
  GstDiscordSendState state = { 0 };

  while (!state.can_send || state.generation < generation) {
    g_thread_yield ();
    gst_discord_connection_get_send_state (connection, &state);
  }
  gst_discord_connection_set_speaking (connection, GST_DISCORD_SPEAKING_VOICE);
  while (state.speaking_sent == 0) {
    g_thread_yield ();
    gst_discord_connection_get_send_state (connection, &state);
  }
}

/* An RTP stream lasts as long as its session (RFC 3550 5.1). */
GST_START_TEST (test_rtp_position)
{
  Service service;
  GstDiscordConnection *connection;
  GstDiscordSendState first, second;
  gint64 begin, end;
  guint32 timestamp;
  guint16 seqnum;

  service_start (&service);
  connection = make_connection (&service, "token-a", GUILD);
  connect_now (connection);
  start_speaking (connection, 1);
  gst_discord_connection_get_send_state (connection, &first);
  fail_if (gst_discord_connection_get_rtp_position (
      connection, first.ssrc, &seqnum, &timestamp));

  begin = g_get_monotonic_time ();
  send_silence (connection, 100);
  fail_unless (gst_discord_connection_get_rtp_position (
      connection, first.ssrc, &seqnum, &timestamp));
  end = g_get_monotonic_time ();
  fail_unless_equals_int (seqnum, 101);
  fail_unless (timestamp >= 101 * 960);
  fail_unless (timestamp <= 100 * 960 + MAX (960, (end - begin) * 48 / 1000));
  fail_if (gst_discord_connection_get_rtp_position (
      connection, first.ssrc + 1, &seqnum, &timestamp));

  fail_unless (loopback_act (service.loopback, NULL,
      "close-voice:%" G_GUINT64_FORMAT ":4006",
      loopback_user_for_token ("token-a")));
  start_speaking (connection, 2);
  gst_discord_connection_get_send_state (connection, &second);
  fail_if (gst_discord_connection_get_rtp_position (
      connection, first.ssrc, &seqnum, &timestamp));
  fail_if (gst_discord_connection_get_rtp_position (
      connection, second.ssrc, &seqnum, &timestamp));
  disconnect_now (connection);
  g_object_unref (connection);
  service_stop (&service);
}

GST_END_TEST;

GST_START_TEST (test_elements_share)
{
  Service service;
  GstDiscordConnectionConfig config;
  GstDiscordConnection *first, *second;
  GError *error = NULL;

  service_start (&service);
  config = element_config (&service);
  first = gst_discord_connection_acquire (&config, NULL);
  second = gst_discord_connection_acquire (&config, NULL);
  fail_unless (first != NULL && first == second);
  gst_discord_connection_acquire_existing (first);

  config.channel_id = OTHER_CHANNEL;
  fail_unless (gst_discord_connection_acquire (&config, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT));
  fail_unless (strstr (error->message, "channel-id") != NULL);
  g_error_free (error);

  gst_discord_connection_open (first);
  gst_discord_connection_open (second);
  connect_now (first);
  gst_discord_connection_close (first);
  fail_unless_equals_int (
      state_of (second), GST_DISCORD_CONNECTION_STATE_CONNECTED);
  disconnect_now (second);
  gst_discord_connection_release (first);
  gst_discord_connection_release (first);
  gst_discord_connection_release (second);

  /* Nobody is left: other settings are free again. */
  first = gst_discord_connection_acquire (&config, NULL);
  fail_unless (first != NULL);
  gst_discord_connection_release (first);
  service_stop (&service);
}

GST_END_TEST;

GST_START_TEST (test_settings_are_checked)
{
  Service service = { .url = (gchar *) "ws://127.0.0.1:1" };
  GstDiscordConnectionConfig config = element_config (&service);
  const gchar *const modes[] = { "xsalsa20_poly1305", NULL };
  const gchar *word = NULL;
  GError *error = NULL;

  switch (__i__) {
    case 0:
      config.token = NULL;
      word = "token";
      break;
    case 1:
      config.channel_id = 0;
      word = "channel-id";
      break;
    case 2:
      config.gateway_version = 7;
      word = "version";
      break;
    case 3:
      config.encryption_modes = modes;
      word = "xsalsa20_poly1305";
      break;
    case 4:
      config.gateway_url = "ws://192.0.2.1:80";
      word = "ws://";
      break;
    case 5:
      config.token = NULL;
      config.session_id = "session";
      config.endpoint = "voice.example";
      config.user_id = 5;
      word = "voice-token";
      break;
    default:
      g_assert_not_reached ();
  }
  fail_unless (gst_discord_connection_acquire (&config, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  if (strstr (error->message, word) == NULL)
    ck_abort_msg ("%s is not named: %s", word, error->message);
  fail_unless (strstr (error->message, "token-a") == NULL);
  g_error_free (error);
}

GST_END_TEST;

GST_START_TEST (test_unreachable)
{
  Service service = { .url = (gchar *) "ws://127.0.0.1:1" };
  GstDiscordConnection *connection =
      make_connection (&service, "token-a", GUILD);
  Answer answer = { 0 };

  gst_discord_connection_connect_async (
      connection, NULL, on_connected, &answer);
  wait_answer (&answer);
  fail_unless (g_error_matches (
      answer.error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE));
  g_error_free (answer.error);
  g_object_unref (connection);
}

GST_END_TEST;

static Suite *
connection_suite (void)
{
  Suite *s = suite_create ("connection");
  TCase *tc = tcase_create ("application");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_connect_and_disconnect);
  tcase_add_test (tc, test_unref_leaves);
  tcase_add_loop_test (tc, test_cancelled_connect, 0, 2);
  tcase_add_test (tc, test_channel_full);
  tcase_add_test (tc, test_move);
  tcase_add_test (tc, test_camera);
  tcase_add_test (tc, test_three_connections);
  tcase_add_test (tc, test_pain_05_users_survive_a_new_session);
  tcase_add_test (tc, test_unreachable);

  tc = tcase_create ("elements");
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_no_packet_after_close);
  tcase_add_test (tc, test_rtp_position);
  tcase_add_test (tc, test_elements_share);
  tcase_add_loop_test (tc, test_settings_are_checked, 0, 6);
  return s;
}

GST_CHECK_MAIN (connection);
