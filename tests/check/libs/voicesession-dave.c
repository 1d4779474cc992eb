/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a stay in a channel has to do with end-to-end encryption: the version it
 * agrees on, and whose messages are whose. */
#include "sessionfixture.h"

#include <string.h>

#define READY                                                                  \
  "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1','port':50004,"              \
  "'modes':['aead_aes256_gcm_rtpsize']}}"
#define DESCRIPTION(version)                                                   \
  "{'op':4,'d':{'mode':'aead_aes256_gcm_rtpsize','dave_protocol_version'"      \
  ":" version ",'secret_key':[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,"   \
  "19,20,21,22,23,24,25,26,27,28,29,30,31,32]}}"

static Fixture *
fixture_new_with (guint max_dave_version)
{
  DiscordVoiceSessionConfig config = fixture_default_config ();

  config.max_dave_version = max_dave_version;
  return fixture_new_full (&config);
}

/* Up to the session description, which the test says. */
static FakeWebsocket *
select_protocol (Fixture *f)
{
  FakeWebsocket *ws;

  discord_voice_session_start (f->session);
  ws = fixture_signal (f, "token-1");
  fake_websocket_say (ws, "{'op':8,'d':{'v':9,'heartbeat_interval':41250}}");
  fake_websocket_say (ws, READY);
  discord_voice_session_discovered (f->session, "203.0.113.7", 51413, NULL);
  return ws;
}

static void
forget_sent (FakeWebsocket *ws)
{
  while (!g_queue_is_empty (&ws->sent))
    g_free (fake_websocket_take (ws));
}

GST_START_TEST (test_announced_and_agreed)
{
  Fixture *f = fixture_new_with (__i__);
  FakeWebsocket *ws = select_protocol (f);
  g_autofree gchar *identify = fake_websocket_take (ws);

  fail_unless (strstr (identify,
                   __i__ == 1 ? "\"max_dave_protocol_version\":1"
                              : "\"max_dave_protocol_version\":0")
      != NULL);
  fail_unless_equals_int (f->dave_version, -1);
  fake_websocket_say (ws, __i__ == 1 ? DESCRIPTION ("1") : DESCRIPTION ("0"));
  fail_unless (f->can_send);
  fail_unless_equals_int (f->dave_version, __i__);

  /* A later one has a key and nothing else. */
  f->dave_version = -1;
  fake_websocket_say (ws, DESCRIPTION ("0"));
  fail_unless_equals_int (f->dave_version, -1);
  fail_unless (f->can_send);
  fixture_free (f);
}

GST_END_TEST

/* We send nothing in clear where that is not agreed, and nothing that we do not
 * know how to encrypt. */
GST_START_TEST (test_version_we_did_not_offer)
{
  Fixture *f = fixture_new_with (__i__);
  FakeWebsocket *ws = select_protocol (f);

  fake_websocket_say (ws, __i__ == 0 ? DESCRIPTION ("1") : DESCRIPTION ("2"));
  fail_unless_equals_int (f->dave_version, -1);
  fail_if (f->can_send);
  fail_unless_equals_int (f->ended, 1);
  fail_unless (g_error_matches (f->error, GST_DISCORD_ERROR,
      __i__ == 0 ? GST_DISCORD_ERROR_E2EE_REQUIRED
                 : GST_DISCORD_ERROR_PROTOCOL));
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_messages_of_this_session_only)
{
  static const guint8 external_sender[] = { 0, 1, 25, 1, 2, 3 };
  const DiscordVoiceDaveMessage ready = { .op = 23, .transition_id = 7 };
  Fixture *f = fixture_new_with (1);
  FakeWebsocket *ws = select_protocol (f), *next;

  fake_websocket_say_binary (ws, external_sender, sizeof external_sender);
  fake_websocket_say (ws, DESCRIPTION ("1"));
  fake_websocket_say (
      ws, "{'op':21,'d':{'transition_id':7,'protocol_version':1},'seq':2}");
  fail_unless_equals_string (f->dave->str, "25 21 ");
  forget_sent (ws);
  discord_voice_session_send_dave (f->session, &ready);
  fake_websocket_expect (ws, "{'op':23,'d':{'transition_id':7}}");

  /* A server move: what is still to be said is of no use there. */
  fixture_voice_server (f, "token-2", "other.example:443");
  next = fixture_next_socket (f);
  fake_websocket_accept (next);
  fake_websocket_expect_op (next, 0);
  fail_unless_equals_uint64 (
      discord_voice_session_get_channel_id (f->session), CHANNEL);
  fixture_free (f);
}

GST_END_TEST

/* Nothing is there to send to, and nothing breaks. */
GST_START_TEST (test_without_a_gateway)
{
  const DiscordVoiceDaveMessage ready = { .op = 23, .transition_id = 7 };
  g_autoptr (GError) error = g_error_new_literal (
      GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS, "no key");
  Fixture *f = fixture_new_with (1);

  discord_voice_session_send_dave (f->session, &ready);
  discord_voice_session_abort (f->session, error);
  fail_unless_equals_int (f->ended, 0);
  fail_unless_equals_uint64 (
      discord_voice_session_get_channel_id (f->session), CHANNEL);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_abort)
{
  g_autoptr (GError) error = g_error_new_literal (
      GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS, "no key");
  Fixture *f = fixture_new_with (1);
  FakeWebsocket *ws = select_protocol (f);

  if (__i__ == 1)
    fake_websocket_say (ws, DESCRIPTION ("1"));
  g_string_truncate (f->asked, 0);
  discord_voice_session_abort (f->session, error);
  fail_unless_equals_int (f->ended, 1);
  fail_unless (g_error_matches (
      f->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  fail_unless_equals_string (f->asked->str, "leave ");
  fixture_free (f);
}

GST_END_TEST

static Suite *
voicesession_dave_suite (void)
{
  Suite *s = suite_create ("voicesession-dave");
  TCase *tc = tcase_create ("encryption");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_announced_and_agreed, 0, 2);
  tcase_add_loop_test (tc, test_version_we_did_not_offer, 0, 2);
  tcase_add_test (tc, test_messages_of_this_session_only);
  tcase_add_test (tc, test_without_a_gateway);
  tcase_add_loop_test (tc, test_abort, 0, 2);
  return s;
}

GST_CHECK_MAIN (voicesession_dave);
