/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections of Go Live streams against the stand-in: what an application asks
 * for and learns. Time-outs only end a test that would hang. */
#include "golivefixture.h"

static void
fail_unless_error (GError *error, GstDiscordError code)
{
  fail_unless (g_error_matches (error, GST_DISCORD_ERROR, (gint) code),
      "failed with %s", error != NULL ? error->message : "nothing");
}

/* Until @condition; what changes is notified to @object by @property. */
static void
wake (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  g_main_context_wakeup (NULL);
}

#define WAIT_NOTIFIED(object, property, condition)                             \
  G_STMT_START                                                                 \
  {                                                                            \
    gulong id = g_signal_connect (                                             \
        object, "notify::" property, G_CALLBACK (wake), NULL);                 \
    while (!(condition))                                                       \
      g_main_context_iteration (NULL, TRUE);                                   \
    g_signal_handler_disconnect (object, id);                                  \
  }                                                                            \
  G_STMT_END

static guint
count_viewers (GstDiscordConnection *stream)
{
  g_autoptr (GArray) viewers = NULL;

  g_object_get (stream, "viewers", &viewers, NULL);
  return viewers->len;
}

static gboolean
is_paused (GstDiscordConnection *stream)
{
  gboolean paused;

  g_object_get (stream, "paused", &paused, NULL);
  return paused;
}

static gboolean
is_encrypted (GstDiscordConnection *stream)
{
  GstDiscordSendState state;

  gst_discord_connection_get_send_state (stream, &state);
  return state.e2ee == GST_DISCORD_E2EE_STATE_ENCRYPTED;
}

static guint64
get_counter (GstDiscordConnection *connection, const gchar *name)
{
  g_autoptr (GstStructure) stats =
      gst_discord_connection_get_stats (connection);
  guint64 value;

  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

GST_START_TEST (test_what_is_told)
{
  Call c;
  g_autoptr (GstDiscordConnection) parent = NULL;
  g_autoptr (GPtrArray) connections = NULL;
  g_autofree gchar *key = NULL;
  g_autofree gchar *known = NULL;
  g_autofree gchar *region = NULL;
  g_auto (GStrv) streams = NULL;
  GstDiscordStreamState state;
  guint64 channel_id;

  call_start (&c, golive_start (NULL, NULL));
  WAIT_NOTIFIED (c.own, "viewers", count_viewers (c.own) == 1);
  /* Only who reckons the group as the server does gets a key. */
  WAIT_NOTIFIED (c.own, "e2ee-state", is_encrypted (c.own));
  WAIT_NOTIFIED (c.watched, "e2ee-state", is_encrypted (c.watched));
  g_object_get (c.own, "stream-key", &key, "parent", &parent, "region", &region,
      "stream-state", &state, "channel-id", &channel_id, NULL);
  fail_unless_equals_string (key, c.key);
  fail_unless (parent == c.alice.voice);
  fail_unless_equals_string (region, "rotterdam");
  fail_unless_equals_int (state, GST_DISCORD_STREAM_STATE_CONNECTED);
  fail_unless_equals_uint64 (channel_id, CHANNEL);

  streams = gst_discord_connection_get_streams (c.bob.voice);
  fail_unless_equals_int (g_strv_length (streams), 1);
  fail_unless_equals_string (streams[0], c.key);
  known = gst_discord_connection_get_stream_key (c.bob.voice, c.alice.user_id);
  fail_unless_equals_string (known, c.key);
  fail_unless (
      gst_discord_connection_get_stream_key (c.bob.voice, c.bob.user_id)
      == NULL);
  g_object_get (c.bob.voice, "stream-connections", &connections, NULL);
  fail_unless_equals_int (connections->len, 1);
  fail_unless (connections->pdata[0] == c.watched);
  g_clear_pointer (&connections, g_ptr_array_unref);
  g_clear_object (&parent);
  call_stop (&c);
}
GST_END_TEST;

static void
on_live (GstDiscordConnection *voice, const gchar *key, GAsyncQueue *queue)
{
  g_async_queue_push (queue, g_strdup (key));
}

GST_START_TEST (test_who_is_live)
{
  Loopback *loopback = golive_start (NULL, NULL);
  g_autoptr (GAsyncQueue) added = g_async_queue_new_full (g_free);
  g_autoptr (GAsyncQueue) removed = g_async_queue_new_full (g_free);
  g_autofree gchar *one = NULL;
  g_autofree gchar *same = NULL;
  g_auto (GStrv) streams = NULL;
  Party bob = { 0 };

  party_join (&bob, loopback, "bob");
  g_signal_connect (bob.voice, "stream-added", G_CALLBACK (on_live), added);
  g_signal_connect (bob.voice, "stream-removed", G_CALLBACK (on_live), removed);
  golive_act (
      loopback, "stream-start", 77, ":290926798626357999:290926798999357251");
  golive_act (
      loopback, "stream-start", 78, ":290926798626357999:290926798999357250");
  one = g_async_queue_pop (added);
  fail_unless_equals_string (
      one, "guild:290926798626357999:290926798999357250:78");
  golive_act (loopback, "stream-end", 78, "");
  same = g_async_queue_pop (removed);
  fail_unless_equals_string (same, one);
  g_object_get (bob.voice, "streams", &streams, NULL);
  fail_unless_equals_int (g_strv_length (streams), 0);
  fail_unless_equals_int (g_async_queue_length (added), 0);
  g_signal_handlers_disconnect_by_func (bob.voice, on_live, added);
  g_signal_handlers_disconnect_by_func (bob.voice, on_live, removed);
  party_leave (&bob, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

static const struct
{
  const gchar *word;
  GstDiscordError error;
} refusals[] = {
  { "stream_full", GST_DISCORD_ERROR_STREAM_FULL },
  { "unauthorized", GST_DISCORD_ERROR_STREAM_REFUSED },
  { "safety_guild_rate_limited", GST_DISCORD_ERROR_RATE_LIMITED },
  { "parse_failed", GST_DISCORD_ERROR_PROTOCOL },
  { "invalid_channel", GST_DISCORD_ERROR_STREAM_REFUSED },
  { "stream_ended", GST_DISCORD_ERROR_STREAM_ENDED },
  { "user_requested", GST_DISCORD_ERROR_STREAM_ENDED },
  { "of_a_later_version", GST_DISCORD_ERROR_STREAM_ENDED },
};

GST_START_TEST (test_refused)
{
  Loopback *loopback = golive_start ("stream-reject", refusals[__i__].word);
  g_autoptr (GError) error = NULL;
  Party alice = { 0 };

  party_join (&alice, loopback, "alice");
  fail_unless (party_go_live (&alice, &error) == NULL);
  fail_unless_error (error, refusals[__i__].error);
  g_clear_error (&error);
  fail_unless (party_watch (&alice,
                   "guild:290926798626357999:290926798999357250:77", &error)
      == NULL);
  fail_unless_error (error, refusals[__i__].error);
  party_leave (&alice, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_no_answer)
{
  Loopback *loopback = golive_start ("stream-silent", NULL);
  g_autoptr (GError) error = NULL;
  Party alice = { 0 };

  party_join (&alice, loopback, "alice");
  /* Streams take it over. */
  g_object_set (alice.voice, "timeout", 1, NULL);
  fail_unless (party_go_live (&alice, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_JOIN_TIMEOUT);
  party_leave (&alice, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_cannot_be_asked_for)
{
  Call c;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstDiscordConnection) idle = NULL;
  GstDiscordConnection *voice;
  guint64 asked;

  call_start (&c, golive_start (NULL, NULL));
  asked = loopback_count (c.loopback, "stream-op", 0);
  fail_unless (party_watch (&c.bob, "guild:1:2", &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_SETTINGS);
  g_clear_error (&error);
  fail_unless (party_watch (&c.alice, c.key, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_SETTINGS);
  g_clear_error (&error);
  fail_unless (party_watch (&c.bob,
                   "guild:290926798626357999:290926798999357251:77", &error)
      == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_NOT_CONNECTED);
  g_clear_error (&error);

  /* On a stream, and on what is not joined. */
  voice = c.bob.voice;
  c.bob.voice = c.watched;
  fail_unless (party_go_live (&c.bob, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  fail_unless (party_watch (&c.bob, c.key, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  idle = gst_discord_connection_new (
      GST_DISCORD_SIGNALLER (c.bob.gateway), GUILD, CHANNEL);
  c.bob.voice = idle;
  fail_unless (party_go_live (&c.bob, &error) == NULL);
  fail_unless_error (error, GST_DISCORD_ERROR_NOT_CONNECTED);
  c.bob.voice = voice;
  fail_unless_equals_uint64 (
      loopback_count (c.loopback, "stream-op", 0), asked);
  call_stop (&c);
}
GST_END_TEST;

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

GST_START_TEST (test_cannot_move)
{
  Call c;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  call_start (&c, golive_start (NULL, NULL));
  gst_discord_connection_move_async (
      c.watched, OTHER_CHANNEL, NULL, on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  fail_if (gst_discord_connection_move_finish (c.watched, result, &error));
  fail_unless_error (error, GST_DISCORD_ERROR_NOT_SUPPORTED);
  g_clear_object (&result);
  call_stop (&c);
}
GST_END_TEST;

GST_START_TEST (test_cancelled)
{
  Loopback *loopback = golive_start ("stream-delay", "60000");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Party alice = { 0 };

  party_join (&alice, loopback, "alice");
  gst_discord_connection_create_stream_async (
      alice.voice, NULL, cancellable, on_done, &result);
  fail_unless (loopback_wait (loopback, "stream-op", alice.user_id, 1, 30000));
  g_cancellable_cancel (cancellable);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  fail_unless (
      gst_discord_connection_create_stream_finish (alice.voice, result, &error)
      == NULL);
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_clear_object (&result);
  /* Op 19: nobody keeps it. */
  fail_unless (loopback_wait (loopback, "stream-op", alice.user_id, 2, 30000));
  party_leave (&alice, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

/* An RTP packet of no consequence: silence. */
static guint
send_silence (GstDiscordConnection *connection)
{
  guint8 packet[15] = { 0x80, 120, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0xf8, 0xff,
    0xfe };
  GstDiscordOutPacket out = { .deadline = GST_CLOCK_TIME_NONE };
  GstDiscordSendState state;
  guint sent;

  gst_discord_connection_get_send_state (connection, &state);
  GST_WRITE_UINT32_BE (packet + 8, state.ssrc);
  out.buffer = gst_buffer_new_memdup (packet, sizeof packet);
  sent = gst_discord_connection_send (connection, &out, 1);
  gst_buffer_unref (out.buffer);
  return sent;
}

GST_START_TEST (test_viewers_send_no_rtp)
{
  Call c;

  call_start (&c, golive_start (NULL, NULL));
  gst_discord_connection_set_speaking (c.own, GST_DISCORD_SPEAKING_SOUNDSHARE);
  fail_unless_equals_int (send_silence (c.watched), 0);
  fail_unless_equals_uint64 (get_counter (c.watched, "dropped-viewer"), 1);
  fail_unless_equals_int (send_silence (c.own), 1);
  fail_unless (loopback_wait (c.loopback, "rtp-in", c.alice.user_id, 1, 30000));
  fail_unless_equals_uint64 (
      loopback_count (c.loopback, "rtp-in", c.bob.user_id), 0);
  call_stop (&c);
}
GST_END_TEST;

GST_START_TEST (test_pause)
{
  Call c;
  g_autoptr (GstDiscordVoiceStream) stream =
      gst_discord_voice_stream_new ("100", 100);
  const GstDiscordVoiceStream *streams[] = { stream };
  guint64 told;

  call_start (&c, golive_start (NULL, NULL));
  gst_discord_voice_stream_set_active (stream, TRUE);
  told = loopback_count (c.loopback, "video", c.alice.user_id);
  gst_discord_connection_set_video (c.own, streams, 1);
  fail_unless (
      loopback_wait (c.loopback, "video", c.alice.user_id, told + 1, 30000));

  g_object_set (c.own, "paused", TRUE, NULL);
  fail_unless_equals_int (send_silence (c.own), 0);
  fail_unless_equals_uint64 (get_counter (c.own, "dropped-paused"), 1);
  fail_unless (
      loopback_wait (c.loopback, "video", c.alice.user_id, told + 2, 30000));
  WAIT_NOTIFIED (c.watched, "paused", is_paused (c.watched));
  fail_unless (is_paused (c.own));

  g_object_set (c.own, "paused", FALSE, NULL);
  fail_unless (
      loopback_wait (c.loopback, "video", c.alice.user_id, told + 3, 30000));
  WAIT_NOTIFIED (c.watched, "paused", !is_paused (c.watched));
  call_stop (&c);
}
GST_END_TEST;

/* The pause outlives the stream it was told of. */
GST_START_TEST (test_pause_before)
{
  Loopback *loopback = golive_start (NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GstDiscordConnection *own;
  Party alice = { 0 };

  party_join (&alice, loopback, "alice");
  own = g_object_new (
      GST_TYPE_DISCORD_CONNECTION, "parent", alice.voice, "paused", TRUE, NULL);
  gst_discord_connection_connect_async (own, NULL, on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  fail_unless (gst_discord_connection_connect_finish (own, result, &error));
  /* Ops 18 and 22. */
  fail_unless (loopback_wait (loopback, "stream-op", alice.user_id, 2, 30000));
  fail_unless_equals_int (send_silence (own), 0);
  g_clear_object (&result);
  stream_end (own);
  party_leave (&alice, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_several_streams)
{
  Call c;
  GstDiscordConnection *other, *same;
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (GError) error = NULL;

  call_start (&c, golive_start (NULL, NULL));
  golive_act (
      c.loopback, "stream-start", 77, ":290926798626357999:290926798999357250");
  other = party_watch (
      &c.bob, "guild:290926798626357999:290926798999357250:77", &error);
  g_assert_no_error (error);
  connections = gst_discord_connection_get_stream_connections (c.bob.voice);
  fail_unless_equals_int (connections->len, 2);
  same = party_watch (&c.bob, c.key, &error);
  g_assert_no_error (error);
  fail_unless (same == c.watched);
  g_object_unref (same);
  g_clear_pointer (&connections, g_ptr_array_unref);
  /* One ends; the other does not care. */
  stream_end (other);
  connections = gst_discord_connection_get_stream_connections (c.bob.voice);
  fail_unless_equals_int (connections->len, 1);
  g_clear_pointer (&connections, g_ptr_array_unref);
  call_stop (&c);
}
GST_END_TEST;

static void
fail_unless_same_settings (
    GstDiscordConnection *connection, gboolean reconnect, guint timeout)
{
  g_auto (GStrv) modes = NULL;
  g_autoptr (GstCaps) codecs = NULL;
  gboolean got_reconnect, rtx, udp_qos, self_deaf;
  guint got_timeout;
  GstDiscordE2ee e2ee;

  g_object_get (connection, "reconnect", &got_reconnect, "timeout",
      &got_timeout, "rtx", &rtx, "udp-qos", &udp_qos, "self-deaf", &self_deaf,
      "e2ee", &e2ee, "encryption-modes", &modes, "codecs", &codecs, NULL);
  fail_unless_equals_int (got_reconnect, reconnect);
  fail_unless_equals_int (got_timeout, timeout);
  fail_if (rtx);
  fail_unless (udp_qos);
  /* Of the channel, not of the stream. */
  fail_if (self_deaf);
  fail_unless_equals_int (e2ee, GST_DISCORD_E2EE_ALLOWED);
  fail_unless_equals_int (g_strv_length (modes), 1);
  fail_unless_equals_int (gst_caps_get_size (codecs), 2);
}

GST_START_TEST (test_settings_of_the_parent)
{
  static const gchar *const modes[] = { "aead_xchacha20_poly1305_rtpsize",
    NULL };
  Loopback *loopback = golive_start (NULL, NULL);
  g_autofree gchar *url = loopback_dup_gateway_url (loopback);
  g_autoptr (GstDiscordGateway) gateway = gst_discord_gateway_get (
      "alice", GST_DISCORD_ACCOUNT_TYPE_USER, url, NULL, NULL, NULL);
  g_autoptr (GstCaps) codecs = gst_caps_from_string ("opus;VP8");
  g_autoptr (GstDiscordConnection) voice = g_object_new (
      GST_TYPE_DISCORD_CONNECTION, "signaller", gateway, "guild-id", GUILD,
      "channel-id", CHANNEL, "reconnect", FALSE, "timeout", 7, "rtx", FALSE,
      "udp-qos", TRUE, "self-deaf", TRUE, "e2ee", GST_DISCORD_E2EE_ALLOWED,
      "encryption-modes", modes, "codecs", codecs, NULL);
  g_autoptr (GstDiscordConnection) plain =
      g_object_new (GST_TYPE_DISCORD_CONNECTION, "parent", voice, NULL);
  g_autoptr (GstDiscordConnection) other = g_object_new (
      GST_TYPE_DISCORD_CONNECTION, "parent", voice, "timeout", 11, NULL);

  fail_unless_same_settings (plain, FALSE, 7);
  fail_unless_same_settings (other, FALSE, 11);
  g_clear_object (&plain);
  g_clear_object (&other);
  g_clear_object (&voice);
  g_clear_object (&gateway);
  golive_stop (loopback);
}
GST_END_TEST;

GST_START_TEST (test_dropped_reference_ends_it)
{
  Call c;
  guint64 asked;

  call_start (&c, golive_start (NULL, NULL));
  asked = loopback_count (c.loopback, "stream-op", c.alice.user_id);
  g_clear_object (&c.own);
  fail_unless (loopback_wait (
      c.loopback, "stream-op", c.alice.user_id, asked + 1, 30000));
  fail_unless (
      loopback_wait (c.loopback, "stream-ended", c.alice.user_id, 1, 30000));
  call_stop (&c);
}
GST_END_TEST;

GST_START_TEST (test_again_at_once)
{
  Call c;
  g_autoptr (GError) error = NULL;

  call_start (&c, golive_start (NULL, NULL));
  /* The answer to our op 19 comes when the next stream is asked for. */
  for (guint i = 0; i < 5; i++) {
    stream_end (c.watched);
    c.watched = party_watch (&c.bob, c.key, &error);
    g_assert_no_error (error);
    stream_end (c.own);
    c.own = party_go_live (&c.alice, &error);
    g_assert_no_error (error);
    stream_end (c.watched);
    c.watched = party_watch (&c.bob, c.key, &error);
    g_assert_no_error (error);
  }
  call_stop (&c);
}
GST_END_TEST;

static Suite *
connection_streams_suite (void)
{
  Suite *s = suite_create ("connection-streams");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_what_is_told);
  tcase_add_test (tc, test_who_is_live);
  tcase_add_loop_test (tc, test_refused, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tc, test_no_answer);
  tcase_add_test (tc, test_cannot_be_asked_for);
  tcase_add_test (tc, test_cannot_move);
  tcase_add_test (tc, test_cancelled);
  tcase_add_test (tc, test_viewers_send_no_rtp);
  tcase_add_test (tc, test_pause);
  tcase_add_test (tc, test_pause_before);
  tcase_add_test (tc, test_several_streams);
  tcase_add_test (tc, test_settings_of_the_parent);
  tcase_add_test (tc, test_dropped_reference_ends_it);
  tcase_add_test (tc, test_again_at_once);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (connection_streams);
