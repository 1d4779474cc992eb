/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's voice gateway: handshake, strictness, resume. */
#include "loopback-client.h"

static void
to_voice (Member *m, guint version)
{
  member_join (m, CHANNEL);
  member_open_voice (m, version);
}

GST_START_TEST (test_handshake)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  guint version = __i__ == 0 ? 8 : 9;
  JsonObject *d;

  to_voice (m, version);
  d = json_object_get_object_member (ws_expect (m->voice, 8), "d");
  ck_assert_int_eq (
      json_object_get_int_member (d, "heartbeat_interval"), 13750);
  ck_assert_int_eq (json_object_get_int_member (d, "v"), version);
  member_send_voice_identify (m, version);
  member_read_ready (m);
  ck_assert_uint_ne (m->ssrc, 0);
  member_discover (m);
  member_select (m, __i__ == 0 ? GCM : XCHACHA);
  ws_send (m->voice, "{\"op\":3,\"d\":{\"t\":1721000000123,\"seq_ack\":-1}}");
  d = json_object_get_object_member (ws_expect (m->voice, 6), "d");
  fail_unless (json_object_get_int_member (d, "t") == 1721000000123);
  ws_send (m->voice, "{\"op\":16,\"d\":{}}");
  ws_expect (m->voice, 16);
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  member_free (m);
}
GST_END_TEST;

/* What is sent instead of a right identify, and the close code it earns. The
 * placeholders: user, session, token. */
typedef struct
{
  const char *message;
  guint code;
} Refused;

static const Refused refused_first[] = {
  { "{\"op\":5,\"d\":{\"speaking\":1,\"delay\":0,\"ssrc\":1}}", 4003 },
  { "{\"op\":1,\"d\":{}}", 4003 },
  { "{\"op\":77,\"d\":{}}", 4001 },
  { "{\"op\":2,\"d\":{}}", 4001 },
  { "{\"op\":0}", 4002 },
  { "{\"op\":0,\"d\":[]}", 4002 },
  { "{\"op\":0,\"d\":{}}", 4002 },
  { "not json", 4002 },
  { "[]", 4002 },
  { "{\"op\":\"0\",\"d\":{}}", 4002 },
  { "{\"op\":3,\"d\":5}", 4002 },
  { "{\"op\":3,\"d\":{\"t\":\"5\"}}", 4002 },
  /* Ids are strings. */
  { "{\"op\":0,\"d\":{\"server_id\":290926798626357999,\"channel_id\":"
    "\"290926798999357250\",\"user_id\":\"@USER@\",\"session_id\":"
    "\"@SESSION@\",\"token\":\"@TOKEN@\"}}",
      4002 },
  { "{\"op\":0,\"d\":{\"server_id\":\"0290926798626357999\",\"channel_id\":"
    "\"290926798999357250\",\"user_id\":\"@USER@\",\"session_id\":"
    "\"@SESSION@\",\"token\":\"@TOKEN@\"}}",
      4002 },
  /* v9 wants the channel. */
  { "{\"op\":0,\"d\":{\"server_id\":\"290926798626357999\",\"user_id\":"
    "\"@USER@\",\"session_id\":\"@SESSION@\",\"token\":\"@TOKEN@\"}}",
      4002 },
  { "{\"op\":0,\"d\":{\"server_id\":\"290926798626357999\",\"channel_id\":"
    "\"290926798999357250\",\"user_id\":\"@USER@\",\"session_id\":"
    "\"@SESSION@\",\"token\":\"wrong\"}}",
      4004 },
  { "{\"op\":0,\"d\":{\"server_id\":\"290926798626357999\",\"channel_id\":"
    "\"290926798999357251\",\"user_id\":\"@USER@\",\"session_id\":"
    "\"@SESSION@\",\"token\":\"@TOKEN@\"}}",
      4004 },
  { "{\"op\":0,\"d\":{\"server_id\":\"290926798626357999\",\"channel_id\":"
    "\"290926798999357250\",\"user_id\":\"4\",\"session_id\":"
    "\"@SESSION@\",\"token\":\"@TOKEN@\"}}",
      4004 },
  { "{\"op\":0,\"d\":{\"server_id\":\"290926798626357999\",\"channel_id\":"
    "\"290926798999357250\",\"user_id\":\"@USER@\",\"session_id\":"
    "\"wrong\",\"token\":\"@TOKEN@\"}}",
      4006 },
  { "{\"op\":0,\"d\":{\"server_id\":\"5\",\"channel_id\":"
    "\"290926798999357250\",\"user_id\":\"@USER@\",\"session_id\":"
    "\"@SESSION@\",\"token\":\"@TOKEN@\"}}",
      4011 },
  { "{\"op\":7,\"d\":{\"server_id\":\"290926798626357999\",\"channel_id\":"
    "\"290926798999357250\",\"session_id\":\"@SESSION@\",\"token\":"
    "\"@TOKEN@\",\"seq_ack\":3}}",
      4006 },
};

static void
send_filled (Member *m, const char *message)
{
  g_autoptr (GString) text = g_string_new (message);

  g_string_replace (text, "@USER@", m->user, 0);
  g_string_replace (text, "@SESSION@", m->session_id, 0);
  g_string_replace (text, "@TOKEN@", m->voice_token, 0);
  ws_send (m->voice, "%s", text->str);
}

GST_START_TEST (test_refused_first)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  send_filled (m, refused_first[__i__].message);
  ws_expect_close (m->voice, refused_first[__i__].code);
  member_free (m);
}
GST_END_TEST;

/* After Ready. */
static const Refused refused_later[] = {
  { "{\"op\":0,\"d\":{}}", 4005 },
  { "{\"op\":1,\"d\":{\"protocol\":\"webrtc\",\"data\":\"sdp\"}}", 4012 },
  { "{\"op\":1,\"d\":{\"protocol\":\"udp\"}}", 4002 },
  { "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":\"here\","
    "\"port\":5,\"mode\":\"aead_xchacha20_poly1305_rtpsize\"}}}",
      4002 },
  { "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
    "\"127.0.0.1\",\"port\":0,\"mode\":\"aead_aes256_gcm_rtpsize\"}}}",
      4002 },
  { "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
    "\"127.0.0.1\",\"port\":5,\"mode\":\"xsalsa20_poly1305\"}}}",
      4016 },
  { "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
    "\"127.0.0.1\",\"port\":5,\"mode\":\"aead_aes256_gcm_rtpsize\"},"
    "\"codecs\":[{\"name\":\"H264\",\"type\":\"video\",\"priority\":1000,"
    "\"payload_type\":105,\"rtx_payload_type\":106}]}}",
      4020 },
  { "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
    "\"127.0.0.1\",\"port\":5,\"mode\":\"aead_aes256_gcm_rtpsize\"},"
    "\"codecs\":[{\"name\":\"opus\",\"type\":\"audio\",\"priority\":1000,"
    "\"payload_type\":96}]}}",
      4020 },
  { "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
    "\"127.0.0.1\",\"port\":5,\"mode\":\"aead_aes256_gcm_rtpsize\"},"
    "\"codecs\":[{\"name\":\"opus\",\"type\":\"audio\",\"priority\":1500,"
    "\"payload_type\":120}]}}",
      4020 },
  { "{\"op\":5,\"d\":{\"speaking\":true,\"delay\":0,\"ssrc\":1}}", 4002 },
  { "{\"op\":5,\"d\":{\"speaking\":1,\"delay\":0}}", 4002 },
  { "{\"op\":5,\"d\":{\"speaking\":1,\"delay\":0,\"ssrc\":1}}", 4020 },
  { "{\"op\":12,\"d\":{\"audio_ssrc\":1,\"video_ssrc\":0,\"rtx_ssrc\":0,"
    "\"streams\":[]}}",
      4020 },
  { "{\"op\":12,\"d\":{\"audio_ssrc\":1,\"video_ssrc\":0}}", 4002 },
  { "{\"op\":15,\"d\":{\"any\":\"100\"}}", 4002 },
  { "{\"op\":3,\"d\":{\"t\":1,\"seq_ack\":77}}", 4020 },
  { "{\"op\":3,\"d\":{\"t\":1,\"seq_ack\":65536}}", 4002 },
};

GST_START_TEST (test_refused_later)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  member_send_voice_identify (m, 9);
  member_read_ready (m);
  send_filled (m, refused_later[__i__].message);
  ws_expect_close (m->voice, refused_later[__i__].code);
  ck_assert_uint_eq (loopback_count_violations (loopback), 1);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_lenient_stays_open)
{
  g_autoptr (Loopback) loopback = start_loopback ("lenient", NULL, NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  ws_send (m->voice, "{\"op\":77,\"d\":{}}");
  member_send_voice_identify (m, 9);
  member_read_ready (m);
  ck_assert_uint_eq (violations (loopback, "unknown-opcode"), 1);
  /* What cannot go on is closed all the same. */
  member_open_voice (m, 3);
  ws_expect_close (m->voice, 4012);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_binary_is_refused)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  static const char json[] = "{\"op\":3,\"d\":{\"t\":1}}";

  to_voice (m, 9);
  soup_websocket_connection_send_binary (
      m->voice->connection, json, sizeof json - 1);
  ws_expect_close (m->voice, 4002);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_versions)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 3);
  ws_expect_close (m->voice, 4012);
  member_open_voice (m, 4);
  member_send_voice_identify (m, 4);
  member_read_ready (m);
  /* Before v8 both bodies are bare integers. */
  ws_send (m->voice, "{\"op\":3,\"d\":1234}");
  ck_assert_int_eq (
      json_object_get_int_member (ws_expect (m->voice, 6), "d"), 1234);
  ws_send (m->voice, "{\"op\":3,\"d\":{\"t\":1}}");
  ws_expect_close (m->voice, 4002);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_hello_last)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("voice-hello-last", NULL, NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  member_send_voice_identify (m, 9);
  ck_assert_int_eq (json_object_get_int_member (ws_next (m->voice), "op"), 2);
  ck_assert_int_eq (json_object_get_int_member (ws_next (m->voice), "op"), 8);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_heartbeat_missed)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("voice-heartbeat-interval", "20", NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  ws_expect_close (m->voice, 4009);
  ck_assert_uint_eq (violations (loopback, "heartbeat-missed"), 1);
  member_free (m);
}
GST_END_TEST;

/* Reads until the presence of @user was told in full; -1 before any number. */
static void
expect_presence (Member *m, const char *user)
{
  JsonObject *message = ws_expect (m->voice, 11);
  JsonArray *ids = json_object_get_array_member (
      json_object_get_object_member (message, "d"), "user_ids");

  ck_assert_uint_eq (json_array_get_length (ids), 1);
  ck_assert_str_eq (json_array_get_string_element (ids, 0), user);
  message = ws_expect (m->voice, 18);
  ck_assert_str_eq (
      json_object_get_string_member (
          json_object_get_object_member (message, "d"), "user_id"),
      user);
  message = ws_expect (m->voice, 20);
  m->voice_seq = json_object_get_int_member (message, "seq");
}

GST_START_TEST (test_presence)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *alice = member_new (loopback, "alice");
  Member *bob = member_new (loopback, "bob");
  JsonObject *d;

  member_connect (alice, CHANNEL, 9, GCM);
  member_speak (alice, 1);
  member_connect (bob, CHANNEL, 9, XCHACHA);
  ck_assert_uint_ne (alice->ssrc, bob->ssrc);
  fail_unless ((alice->ssrc ^ bob->ssrc) & 0x80000000u);
  expect_presence (bob, alice->user);
  d = json_object_get_object_member (ws_expect (bob->voice, 5), "d");
  ck_assert_str_eq (json_object_get_string_member (d, "user_id"), alice->user);
  fail_unless (json_object_get_int_member (d, "ssrc") == alice->ssrc);
  expect_presence (alice, bob->user);
  member_speak (bob, 5);
  d = json_object_get_object_member (ws_expect (alice->voice, 5), "d");
  ck_assert_int_eq (json_object_get_int_member (d, "speaking"), 5);
  ws_send (bob->voice,
      "{\"op\":12,\"d\":{\"audio_ssrc\":%u,\"video_ssrc\":0,\"rtx_ssrc\":0,"
      "\"streams\":[]}}",
      bob->ssrc);
  d = json_object_get_object_member (ws_expect (alice->voice, 12), "d");
  ck_assert_str_eq (json_object_get_string_member (d, "user_id"), bob->user);
  ws_close (bob->voice, 1000);
  d = json_object_get_object_member (ws_expect (alice->voice, 13), "d");
  ck_assert_str_eq (json_object_get_string_member (d, "user_id"), bob->user);
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  member_free (alice);
  member_free (bob);
}
GST_END_TEST;

static void
send_resume (Member *m, gint64 seq_ack)
{
  ws_send (m->voice,
      "{\"op\":7,\"d\":{\"server_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\",\"session_id\":\"%s\",\"token\":\"%s\",\"seq_ack\":%d}}",
      m->session_id, m->voice_token, (int) seq_ack);
}

/* The numbers of built-in members that come while the link is down. */
GST_START_TEST (test_resume)
{
  g_autoptr (Loopback) loopback = start_loopback ("seq-start", "65534", NULL);
  Member *m = member_new (loopback, "alice");
  JsonObject *message;

  if (__i__ == 1)
    set (loopback, "voice-replay-first", NULL);
  member_connect (m, CHANNEL, 9, GCM);
  wait_for (loopback, "voice-joined", m->user_id, 1);
  act (loopback, "join:77:" GUILD ":" CHANNEL);
  expect_presence (m, "77");
  /* Three numbered messages: 65534, 65535, 0. */
  ck_assert_int_eq (m->voice_seq, 0);
  act (loopback, "kill-voice:%s", m->user);
  wait_for (loopback, "voice-lost", m->user_id, 1);
  act (loopback, "speak:77:1");
  act (loopback, "leave:77");
  member_open_voice (m, 9);
  ws_expect (m->voice, 8);
  send_resume (m, 0);
  if (__i__ == 0)
    ws_expect (m->voice, 9);
  /* op 5 of the join, op 5 of speak, op 13; op 5 of the join came before the
   * kill or after it, but its number is 1 in any case. */
  for (gint64 seq = 1; seq <= 3; seq++) {
    message = ws_next (m->voice);
    ck_assert_int_eq (json_object_get_int_member (message, "seq"), seq);
    ck_assert_int_eq (
        json_object_get_int_member (message, "op"), seq < 3 ? 5 : 13);
  }
  if (__i__ == 1)
    ws_expect (m->voice, 9);
  /* Neither Ready nor Session Description follow: the next is the ACK. */
  ws_send (m->voice, "{\"op\":3,\"d\":{\"t\":1,\"seq_ack\":3}}");
  ck_assert_int_eq (json_object_get_int_member (ws_next (m->voice), "op"), 6);
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_resume_refused)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_connect (m, CHANNEL, 9, GCM);
  act (loopback, "kill-voice:%s", m->user);
  wait_for (loopback, "voice-lost", m->user_id, 1);
  if (__i__ == 0)
    set (loopback, "voice-refuse-resume", NULL);
  member_open_voice (m, 9);
  send_resume (m, __i__ == 0 ? -1 : 55);
  ws_expect_close (m->voice, 4006);
  ck_assert_uint_eq (violations (loopback, "bad-seq-ack"), __i__);
  member_free (m);
}
GST_END_TEST;

static const guint resumable_codes[] = { 1000, 1001, 1011, 3999, 4013, 4015 };
static const guint final_codes[] = { 4001, 4002, 4003, 4004, 4005, 4006, 4009,
  4011, 4012, 4014, 4016, 4017, 4020, 4021, 4022 };

GST_START_TEST (test_close_code_resumable)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  guint code = resumable_codes[__i__];

  member_connect (m, CHANNEL, 9, GCM);
  act (loopback, "close-voice:%s:%u", m->user, code);
  ws_expect_close (m->voice, code);
  wait_for (loopback, "voice-lost", m->user_id, 1);
  member_open_voice (m, 9);
  send_resume (m, -1);
  ws_expect (m->voice, 9);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_close_code_final)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  guint code = final_codes[__i__];

  member_connect (m, CHANNEL, 9, GCM);
  act (loopback, "close-voice:%s:%u", m->user, code);
  ws_expect_close (m->voice, code);
  wait_for (loopback, "voice-session-ended", m->user_id, 1);
  member_open_voice (m, 9);
  send_resume (m, -1);
  ws_expect_close (m->voice, 4006);
  /* A new op 4 for the same channel brings a new voice server. */
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"" CHANNEL
      "\"}}");
  member_read_join (m);
  member_open_voice (m, 9);
  member_send_voice_identify (m, 9);
  member_read_ready (m);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_expired)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("voice-resume-window", "0", NULL);
  Member *m = member_new (loopback, "alice");

  member_connect (m, CHANNEL, 9, GCM);
  act (loopback, "kill-voice:*");
  wait_for (loopback, "voice-session-ended", m->user_id, 1);
  member_open_voice (m, 9);
  send_resume (m, -1);
  ws_expect_close (m->voice, 4006);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_odd_answers)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("ready-ssrc", "0", "key-length", "16", "modes",
          "aead_xchacha20_poly1305_rtpsize,new_mode", "unknown", "on", NULL);
  Member *m = member_new (loopback, "alice");
  JsonObject *d;

  to_voice (m, 9);
  member_send_voice_identify (m, 9);
  d = json_object_get_object_member (ws_expect (m->voice, 2), "d");
  ck_assert_int_eq (json_object_get_int_member (d, "ssrc"), 0);
  ck_assert_uint_eq (
      json_array_get_length (json_object_get_array_member (d, "modes")), 2);
  ws_expect (m->voice, 99);
  ws_send (m->voice,
      "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
      "\"127.0.0.1\",\"port\":5,\"mode\":\"" XCHACHA "\"}}}");
  d = json_object_get_object_member (ws_expect (m->voice, 4), "d");
  ck_assert_uint_eq (
      json_array_get_length (json_object_get_array_member (d, "secret_key")),
      16);
  ws_send (m->voice,
      "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
      "\"127.0.0.1\",\"port\":5,\"mode\":\"new_mode\"}}}");
  ws_expect_close (m->voice, 4016);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_session_description_again)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  guint8 first[32];

  member_connect (m, CHANNEL, 9, GCM);
  memcpy (first, m->key, sizeof first);
  act (loopback, "rekey:%s", m->user);
  member_take_key (m, ws_expect (m->voice, 4));
  fail_if (memcmp (first, m->key, sizeof first) == 0);
  act (loopback, "session-update:%s:VP8", m->user);
  ck_assert_str_eq (
      json_object_get_string_member (
          json_object_get_object_member (ws_expect (m->voice, 14), "d"),
          "video_codec"),
      "VP8");
  act (loopback, "heartbeat-voice:%s", m->user);
  ws_expect (m->voice, 3);
  member_free (m);
}
GST_END_TEST;

/* Nothing is answered, not even the close; afterwards everything is. */
GST_START_TEST (test_freeze)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_connect (m, CHANNEL, 9, GCM);
  act (loopback, "freeze-voice:*:on");
  ws_send (m->voice, "{\"op\":3,\"d\":{\"t\":1,\"seq_ack\":-1}}");
  act (loopback, "rekey:*");
  ck_assert_uint_eq (loopback_count (loopback, "voice-heartbeat", 0), 0);
  act (loopback, "freeze-voice:*:off");
  /* The second op 4 is lost, the heartbeat was only kept waiting. */
  ws_expect_none (m->voice, 4);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_drop_acks)
{
  g_autoptr (Loopback) loopback = start_loopback (
      "voice-drop-acks", NULL, "voice-server-heartbeat", NULL, NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  ws_expect (m->voice, 8);
  ws_send (m->voice, "{\"op\":3,\"d\":{\"t\":1}}");
  /* The question comes where the ACK would have. */
  ck_assert_int_eq (json_object_get_int_member (ws_next (m->voice), "op"), 3);
  member_free (m);
}
GST_END_TEST;

/* An hour late is never, for a test; identify does not wait for it. */
GST_START_TEST (test_late_hello)
{
  g_autoptr (Loopback) loopback =
      start_loopback ("voice-hello-delay", "3600000", NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  member_send_voice_identify (m, 9);
  ck_assert_int_eq (json_object_get_int_member (ws_next (m->voice), "op"), 2);
  member_free (m);
}
GST_END_TEST;

/* No Ready, or no Session Description; the link itself lives. */
GST_START_TEST (test_no_answer)
{
  g_autoptr (Loopback) loopback = start_loopback (
      __i__ == 0 ? "voice-silent" : "no-session-description", NULL, NULL);
  Member *m = member_new (loopback, "alice");

  to_voice (m, 9);
  member_send_voice_identify (m, 9);
  if (__i__ == 1) {
    member_read_ready (m);
    ws_send (m->voice,
        "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
        "\"127.0.0.1\",\"port\":5,\"mode\":\"" GCM "\"}}}");
  }
  ws_send (m->voice, "{\"op\":3,\"d\":{\"t\":1}}");
  ws_expect_none (m->voice, __i__ == 0 ? 2 : 4);
  member_free (m);
}
GST_END_TEST;

static Suite *
loopback_voice_suite (void)
{
  Suite *s = suite_create ("loopback-voice");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_handshake, 0, 2);
  tcase_add_loop_test (tc, test_refused_first, 0, G_N_ELEMENTS (refused_first));
  tcase_add_loop_test (tc, test_refused_later, 0, G_N_ELEMENTS (refused_later));
  tcase_add_test (tc, test_lenient_stays_open);
  tcase_add_test (tc, test_binary_is_refused);
  tcase_add_test (tc, test_versions);
  tcase_add_test (tc, test_hello_last);
  tcase_add_test (tc, test_heartbeat_missed);
  tcase_add_test (tc, test_presence);
  tcase_add_loop_test (tc, test_resume, 0, 2);
  tcase_add_loop_test (tc, test_resume_refused, 0, 2);
  tcase_add_loop_test (
      tc, test_close_code_resumable, 0, G_N_ELEMENTS (resumable_codes));
  tcase_add_loop_test (
      tc, test_close_code_final, 0, G_N_ELEMENTS (final_codes));
  tcase_add_test (tc, test_expired);
  tcase_add_test (tc, test_odd_answers);
  tcase_add_test (tc, test_session_description_again);
  tcase_add_test (tc, test_freeze);
  tcase_add_test (tc, test_drop_acks);
  tcase_add_test (tc, test_late_hello);
  tcase_add_loop_test (tc, test_no_answer, 0, 2);
  return s;
}

GST_CHECK_MAIN (loopback_voice);
