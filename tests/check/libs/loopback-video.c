/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's video: layers in Ready, ops 12, 14 and 15, forwarding. */
#include "loopback-camera.h"

#include <string.h>

#define SR 200
#define PSFB 206
#define PLI 1
#define FIR 4

/* A sender of three layers and somebody who watches, with other numbers. */
typedef struct
{
  Loopback *loopback;
  Camera *alice;
  Camera *bob;
} Call;

static Call
call_new (const char *rids, const char *active)
{
  Call call = { .loopback = start_loopback (NULL, NULL) };

  call.alice = camera_new (call.loopback, "alice", rids, H264_105);
  call.bob = camera_new (call.loopback, "bob", "", H264_101);
  camera_announce (call.bob, "");
  camera_announce (call.alice, active);
  return call;
}

static void
call_free (Call *call)
{
  camera_free (call->alice);
  camera_free (call->bob);
  loopback_free (call->loopback);
}

static void
expect_no_violations (Loopback *loopback)
{
  g_auto (GStrv) lines = loopback_dup_violations (loopback);
  g_autofree char *text = g_strjoinv ("\n", lines);

  ck_assert_str_eq (text, "");
}

GST_START_TEST (test_ready)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Camera *c = camera_prepare (loopback, "alice", "100,50");
  JsonArray *streams =
      json_object_get_array_member (camera_identify (c), "streams");
  JsonObject *first = json_array_get_object_element (streams, 0);

  ck_assert_uint_eq (json_array_get_length (streams), 2);
  ck_assert_str_eq (json_object_get_string_member (first, "rid"), "100");
  ck_assert_str_eq (json_object_get_string_member (first, "type"), "video");
  ck_assert_int_eq (json_object_get_int_member (first, "quality"), 100);
  fail_if (json_object_get_boolean_member (first, "active"));
  for (guint i = 0; i < 2; i++) {
    ck_assert_uint_ne (c->ssrcs[i], 0);
    ck_assert_uint_ne (c->rtx_ssrcs[i], 0);
    ck_assert_uint_ne (c->rtx_ssrcs[i], c->ssrcs[i] + 1);
    ck_assert_uint_ne (c->ssrcs[i], c->m->ssrc);
  }
  ck_assert_uint_ne (c->ssrcs[0], c->ssrcs[1]);
  camera_free (c);
}
GST_END_TEST;

GST_START_TEST (test_ready_faults)
{
  g_autoptr (Loopback) loopback = start_loopback ("ready-reversed", NULL,
      "ready-no-rtx", NULL, "ready-refuse-rid", "50", NULL);
  Camera *c = camera_prepare (loopback, "alice", "100,50,25");
  JsonArray *streams =
      json_object_get_array_member (camera_identify (c), "streams");
  JsonObject *first = json_array_get_object_element (streams, 0);

  ck_assert_uint_eq (json_array_get_length (streams), 2);
  ck_assert_str_eq (json_object_get_string_member (first, "rid"), "25");
  fail_if (json_object_has_member (first, "rtx_ssrc"));
  ck_assert_uint_eq (c->ssrcs[1], 0);
  /* Nothing but the fault would make it so. */
  ck_assert_uint_eq (c->rtx_ssrcs[0], c->ssrcs[0] + 1);
  camera_select (c, H264_105);
  camera_free (c);
}
GST_END_TEST;

/* Without video nobody gets SSRCs for it. */
GST_START_TEST (test_ready_without_video)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");
  JsonArray *streams;

  member_join (m, CHANNEL);
  member_open_voice (m, 9);
  member_send_voice_identify (m, 9);
  streams = json_object_get_array_member (member_read_ready (m), "streams");
  ck_assert_uint_eq (json_array_get_length (streams), 0);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_announce)
{
  Call call = call_new ("100,50", "11");
  JsonObject *d =
      json_object_get_object_member (ws_expect (call.bob->m->voice, 12), "d");
  JsonArray *streams = json_object_get_array_member (d, "streams");
  JsonObject *first = json_array_get_object_element (streams, 0);
  Camera *carol;

  ck_assert_str_eq (
      json_object_get_string_member (d, "user_id"), call.alice->m->user);
  ck_assert_uint_eq (
      json_object_get_int_member (d, "video_ssrc"), call.alice->ssrcs[0]);
  fail_if (json_object_has_member (d, "rtx_ssrc"));
  ck_assert_uint_eq (json_array_get_length (streams), 2);
  ck_assert_uint_eq (
      json_object_get_int_member (first, "rtx_ssrc"), call.alice->rtx_ssrcs[0]);
  ck_assert_str_eq (json_object_get_string_member (first, "rid"), "100");
  fail_if (json_object_has_member (first, "max_bitrate"));
  ck_assert_int_eq (json_object_get_int_member (first, "max_framerate"), 30);
  /* Who comes later hears of it as well, zeros included. */
  carol = camera_new (call.loopback, "carol", "", "");
  d = json_object_get_object_member (ws_expect (carol->m->voice, 12), "d");
  ck_assert_str_eq (
      json_object_get_string_member (d, "user_id"), call.alice->m->user);
  d = json_object_get_object_member (ws_expect (carol->m->voice, 12), "d");
  ck_assert_str_eq (
      json_object_get_string_member (d, "user_id"), call.bob->m->user);
  ck_assert_int_eq (json_object_get_int_member (d, "video_ssrc"), 0);
  expect_no_violations (call.loopback);
  camera_free (carol);
  call_free (&call);
}
GST_END_TEST;

/* A and R: its audio and RTX SSRC, S: its layer's, T: that plus one. */
static const struct
{
  const char *text;
  guint code;
} refused[] = {
  { "{\"audio_ssrc\":S,\"video_ssrc\":S,\"streams\":[]}", 4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":T,\"streams\":[]}", 4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":R,\"streams\":[]}", 4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":0,\"rtx_ssrc\":R,\"streams\":[]}", 4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":S,\"rtx_ssrc\":T,\"streams\":[]}", 4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":S,\"streams\":[{\"ssrc\":T}]}", 4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":S,\"streams\":[{\"ssrc\":S,"
    "\"rtx_ssrc\":T}]}",
      4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":S,\"streams\":[{\"ssrc\":S,"
    "\"rid\":\"50\"}]}",
      4020 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":S,\"streams\":[{\"ssrc\":S,"
    "\"active\":1}]}",
      4002 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":S,\"streams\":[{\"rid\":\"100\"}]}",
      4002 },
  { "{\"audio_ssrc\":A,\"video_ssrc\":S,\"streams\":[7]}", 4002 },
  { "{\"audio_ssrc\":A,\"streams\":[]}", 4002 },
};

static char *
fill_in (const Camera *c, const char *text)
{
  GString *filled = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at++) {
    if (*at == 'A')
      g_string_append_printf (filled, "%u", c->m->ssrc);
    else if (*at == 'R')
      g_string_append_printf (filled, "%u", c->rtx_ssrcs[0]);
    else if (*at == 'S')
      g_string_append_printf (filled, "%u", c->ssrcs[0]);
    else if (*at == 'T')
      g_string_append_printf (filled, "%u", c->ssrcs[0] + 1);
    else
      g_string_append_c (filled, *at);
  }
  return g_string_free (filled, FALSE);
}

GST_START_TEST (test_refused_announcements)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Camera *c = camera_new (loopback, "alice", "100", H264_105);
  g_autofree char *body = fill_in (c, refused[__i__].text);

  ws_send (c->m->voice, "{\"op\":12,\"d\":%s}", body);
  ws_expect_close (c->m->voice, refused[__i__].code);
  ck_assert_uint_eq (loopback_count_violations (loopback), 1);
  camera_free (c);
}
GST_END_TEST;

static const char *const refused_offers[] = {
  "\"streams\":7",
  "\"streams\":[7]",
  "\"streams\":[{\"type\":\"video\"}]",
  "\"streams\":[{\"type\":\"audio\",\"rid\":\"100\"}]",
  "\"streams\":[{\"type\":\"video\",\"rid\":\"100\"},"
  "{\"type\":\"video\",\"rid\":\"100\"}]",
  "\"streams\":[{\"type\":\"video\",\"rid\":\"100\",\"quality\":101}]",
  "\"video\":1",
};

GST_START_TEST (test_refused_offers)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Member *m = member_new (loopback, "alice");

  member_join (m, CHANNEL);
  member_open_voice (m, 9);
  ws_send (m->voice,
      "{\"op\":0,\"d\":{\"server_id\":\"" GUILD "\",\"channel_id\":\"%s\","
      "\"user_id\":\"%s\",\"session_id\":\"%s\",\"token\":\"%s\",%s}}",
      m->channel, m->user, m->session_id, m->voice_token,
      refused_offers[__i__]);
  ws_expect_close (m->voice, 4002);
  member_free (m);
}
GST_END_TEST;

GST_START_TEST (test_forward)
{
  Call call = call_new ("100", "1");
  Seen seen;

  camera_send (call.alice, 0, 65535, 9000, FALSE,
      "\x65"
      "first",
      6);
  camera_send (call.alice, 0, 0, 9000, TRUE,
      "\x65"
      "second",
      7);
  camera_see (call.bob, &seen);
  ck_assert_uint_eq (seen.type, 101);
  ck_assert_uint_eq (seen.ssrc, call.alice->ssrcs[0]);
  ck_assert_uint_eq (seen.seq, 65535);
  ck_assert_uint_eq (seen.timestamp, 9000);
  fail_if (seen.marker);
  camera_see (call.bob, &seen);
  ck_assert_uint_eq (seen.seq, 0);
  fail_unless (seen.marker);
  fail_unless (memcmp (seen.payload,
                   "\x65"
                   "second",
                   7)
      == 0);
  /* Nobody hears themself. */
  ck_assert_uint_eq (
      loopback_count (call.loopback, "rtp-out", call.alice->m->user_id), 0);
  expect_no_violations (call.loopback);
  call_free (&call);
}
GST_END_TEST;

/* Without op 12, without a decoder: no video, and no harm to audio. */
GST_START_TEST (test_who_gets_nothing)
{
  Call call = call_new ("100", "1");
  Camera *carol = camera_new (call.loopback, "carol", "", H264_105);
  Camera *dave = camera_new (call.loopback, "dave", "", "");
  Camera *erin = camera_new (call.loopback, "erin", "", VP8_107);

  camera_announce (dave, "");
  camera_announce (erin, "");
  member_speak (call.alice->m, 1);
  camera_send (call.alice, 0, 1, 9000, TRUE, "\x65", 1);
  member_send_opus (call.alice->m, 1, "heard");
  camera_expect (call.bob, call.alice->ssrcs[0], 1, "\x65", 1);
  member_expect_payload (carol->m, "heard", call.alice->m->ssrc);
  member_expect_payload (dave->m, "heard", call.alice->m->ssrc);
  member_expect_payload (erin->m, "heard", call.alice->m->ssrc);
  expect_no_violations (call.loopback);
  camera_free (carol);
  camera_free (dave);
  camera_free (erin);
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_keyframe_requests)
{
  Call call = call_new ("100", "1");
  guint8 fci[8] = { 0 };
  guint32 ssrc = GUINT32_TO_BE (call.alice->ssrcs[0]);
  Seen seen;

  memcpy (fci, &ssrc, sizeof ssrc);
  if (__i__ == 0)
    camera_feedback (call.bob, PSFB, PLI, call.alice->ssrcs[0], NULL, 0);
  else
    camera_feedback (call.bob, PSFB, FIR, 0, fci, sizeof fci);
  camera_see_type (call.alice, PSFB, PLI, &seen);
  ck_assert_uint_eq (seen.media_ssrc, call.alice->ssrcs[0]);
  ck_assert_uint_eq (seen.length, 12);
  ck_assert_uint_eq (loopback_count (call.loopback, "pli-in", 0), 1);
  ck_assert_uint_eq (loopback_count (call.loopback, "pli-out", 0), 1);
  /* About nobody's, or an RTX stream: not passed on. */
  camera_feedback (call.bob, PSFB, PLI, 7, NULL, 0);
  camera_feedback (call.bob, PSFB, PLI, call.alice->rtx_ssrcs[0], NULL, 0);
  wait_for (call.loopback, "pli-unknown", call.bob->m->user_id, 2);
  ck_assert_uint_eq (loopback_count (call.loopback, "pli-out", 0), 1);
  expect_no_violations (call.loopback);
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_sender_reports)
{
  Call call = call_new ("100,50", "11");
  guint8 packet[28] = { 0x80, SR, 0, 6 };
  guint32 ssrc = GUINT32_TO_BE (call.alice->ssrcs[1]);
  Seen seen;

  /* Of a layer nobody gets, then of that which is watched. */
  memcpy (packet + 4, &ssrc, 4);
  member_send_packet (
      call.alice->m, TRANSPORT_PACKET_RTCP, packet, sizeof packet);
  ssrc = GUINT32_TO_BE (call.alice->ssrcs[0]);
  memcpy (packet + 4, &ssrc, 4);
  member_send_packet (
      call.alice->m, TRANSPORT_PACKET_RTCP, packet, sizeof packet);
  camera_see (call.bob, &seen);
  ck_assert_uint_eq (seen.type, SR);
  ck_assert_uint_eq (seen.ssrc, call.alice->ssrcs[0]);
  ck_assert_uint_eq (loopback_count (call.loopback, "rtcp-out", 0), 1);
  /* Feedback has the audio SSRC, always. */
  packet[0] = 0x81;
  packet[1] = PSFB;
  member_send_packet (
      call.alice->m, TRANSPORT_PACKET_RTCP, packet, sizeof packet);
  wait_for (call.loopback, "rtcp-sender", call.alice->m->user_id, 1);
  call_free (&call);
}
GST_END_TEST;

typedef struct
{
  guint8 pt;
  const char *rid;
  const char *payload;
  gsize length;
  const char *violation;
} Bad;

static const Bad bad[] = {
  { 120, "100", "\x65", 1, "payload-type" },
  { 106, "100", "\x65", 1, "payload-type" },
  { 105, "100", "", 0, "rtp-empty" },
  { 105, "50", "\x65", 1, "wrong-rid" },
};

GST_START_TEST (test_bad_packets)
{
  Call call = call_new ("100", "1");

  call.alice->pt = bad[__i__].pt;
  g_free (call.alice->rids[0]);
  call.alice->rids[0] = g_strdup (bad[__i__].rid);
  camera_send (
      call.alice, 0, 1, 1, TRUE, bad[__i__].payload, bad[__i__].length);
  wait_for (call.loopback, bad[__i__].violation, call.alice->m->user_id, 1);
  ck_assert_uint_eq (loopback_count (call.loopback, "rtp-out", 0), 0);
  call_free (&call);
}
GST_END_TEST;

/* Op 12 before the first packet, with time for TCP. */
GST_START_TEST (test_media_before_video)
{
  g_autoptr (Loopback) loopback = start_loopback ("speaking-grace", "20", NULL);
  Camera *alice = camera_new (loopback, "alice", "100", H264_105);

  camera_send (alice, 0, 1, 1, TRUE, "\x65", 1);
  ws_expect_close (alice->m->voice, 4020);
  ck_assert_uint_eq (violations (loopback, "media-before-video"), 1);
  camera_free (alice);
}
GST_END_TEST;

GST_START_TEST (test_inactive_layer)
{
  Call call = call_new ("100,50", "11");

  /* What was under way is no violation. */
  set (call.loopback, "speaking-grace", "60000");
  camera_announce (call.alice, __i__ == 0 ? "10" : "");
  camera_send (call.alice, 1, 1, 1, TRUE, "\x65", 1);
  wait_for (call.loopback, "rtp-in", call.alice->m->user_id, 1);
  set (call.loopback, "speaking-grace", "0");
  camera_send (call.alice, 1, 2, 2, TRUE, "\x65", 1);
  wait_for (call.loopback, "video-inactive", call.alice->m->user_id, 1);
  ck_assert_uint_eq (loopback_count (call.loopback, "voice-close", 0), 0);
  call_free (&call);
}
GST_END_TEST;

/* A frame in packets of the given sizes, ending as @tail says. */
typedef struct
{
  const char *packets[3];
  gboolean gap; /* before the last packet */
  gboolean clear;
} Ending;

static const Ending endings[] = {
  { { "\x65 frame \xfa\xfa" }, FALSE, FALSE },
  { { "\x65 frame", " and \xfa\xfa" }, FALSE, FALSE },
  { { "\x65 frame \xfa", "\xfa" }, FALSE, FALSE },
  { { "\x65 frame", "\xfa", "\xfa" }, FALSE, FALSE },
  { { "\x65 frame" }, FALSE, TRUE },
  { { "\x65 frame \xfa\xfa ", "more" }, FALSE, TRUE },
  { { "\x65 frame ", "\xfa" }, FALSE, TRUE },
  { { "\x65 frame ", "\xfa\xfb" }, FALSE, TRUE },
  /* One byte of it behind the two that tell of the fragment. */
  { { "\x65 frame \xfa", "\x7c\x45\xfa" }, FALSE, FALSE },
  { { "\x65 frame ", "\x7c\x45\xfa" }, FALSE, TRUE },
  { { "\x65 frame \xfa", "\x7c\x45\xfb" }, FALSE, TRUE },
  /* What was before is not known. */
  { { "\x65 frame ", "\x7c\x45\xfa" }, TRUE, FALSE },
  { { "\x65 frame ", "\xfa" }, TRUE, FALSE },
};

static void
send_ending (Camera *c, guint16 *seq, guint32 timestamp, const Ending *ending)
{
  for (guint i = 0; i < 3 && ending->packets[i] != NULL; i++) {
    const char *payload = ending->packets[i];
    gboolean last = i == 2 || ending->packets[i + 1] == NULL;

    (*seq)++;
    if (last && ending->gap)
      (*seq)++;
    camera_send (c, 0, *seq, timestamp, last, payload, strlen (payload));
  }
}

/* The trailer of end-to-end encryption, however the frame was cut. */
GST_START_TEST (test_clear_media)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Camera *c = camera_prepare (loopback, "alice", "100");
  guint64 clear = 0, packets = 0;
  guint16 seq = 0;

  c->m->max_dave = 1;
  camera_identify (c);
  camera_select (c, H264_105);
  c->pt = 105;
  camera_announce (c, "1");
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    send_ending (c, &seq, i, &endings[i]);
    for (guint k = 0; k < 3 && endings[i].packets[k] != NULL; k++)
      packets++;
    wait_for (loopback, "rtp-in", c->m->user_id, packets);
    clear += endings[i].clear;
    fail_unless (violations (loopback, "clear-media") == clear, "%u", i);
  }
  ck_assert_uint_eq (loopback_count_violations (loopback), clear);
  camera_free (c);
}
GST_END_TEST;

/* In a channel without encryption nobody minds. */
GST_START_TEST (test_clear_media_where_all_is_clear)
{
  Call call = call_new ("100", "1");

  camera_send (call.alice, 0, 1, 1, TRUE, "\x65 clear", 7);
  camera_expect (call.bob, call.alice->ssrcs[0], 1, "\x65 clear", 7);
  expect_no_violations (call.loopback);
  call_free (&call);
}
GST_END_TEST;

/* The SSRCs of who left are those of who comes. */
GST_START_TEST (test_reuse)
{
  g_autoptr (Loopback) loopback = start_loopback ("reuse-ssrcs", NULL, NULL);
  Camera *alice = camera_new (loopback, "alice", "100", H264_105);
  Camera *bob;

  ws_close (alice->m->voice, 1000);
  wait_for (loopback, "voice-session-ended", alice->m->user_id, 1);
  bob = camera_new (loopback, "bob", "100", H264_105);
  ck_assert_uint_eq (bob->m->ssrc, alice->m->ssrc);
  ck_assert_uint_eq (bob->ssrcs[0], alice->ssrcs[0]);
  ck_assert_uint_eq (bob->rtx_ssrcs[0], alice->rtx_ssrcs[0]);
  camera_free (alice);
  camera_free (bob);
}
GST_END_TEST;

/* Between garbage every packet comes, in order. */
GST_START_TEST (test_garbage)
{
  Call call = call_new ("100", "1");
  guint probes = 0, opus = 0, rtx = 0, strangers = 0, nacks = 0, others = 0;
  guint32 ssrc = call.alice->ssrcs[0];
  Seen seen;

  set (call.loopback, "video-garbage", "1");
  for (guint16 seq = 1; seq <= 100;) {
    if (probes + opus + rtx + strangers + nacks + others == seq - 1u)
      camera_send (call.alice, 0, seq, seq, TRUE, "\x65", 1);
    camera_see (call.bob, &seen);
    if (!seen.rtcp && seen.type == 101) {
      ck_assert_uint_eq (seen.ssrc, ssrc);
      ck_assert_uint_eq (seen.seq, seq++);
      continue;
    }
    probes += !seen.rtcp && seen.type == 96;
    opus += !seen.rtcp && seen.type == 120 && seen.ssrc == ssrc;
    rtx += seen.type == 102 && seen.ssrc == call.alice->rtx_ssrcs[0];
    strangers += seen.type == 102 && seen.ssrc != call.alice->rtx_ssrcs[0];
    nacks += seen.type == 205 && seen.fmt == 1;
    others += seen.rtcp && seen.fmt == 15;
  }
  ck_assert_uint_gt (MIN (MIN (probes, opus), MIN (rtx, strangers)), 0);
  ck_assert_uint_gt (MIN (nacks, others), 0);
  ck_assert_uint_eq (probes + opus + rtx + strangers + nacks + others, 100);
  expect_no_violations (call.loopback);
  call_free (&call);
}
GST_END_TEST;

static Suite *
loopback_video_suite (void)
{
  Suite *s = suite_create ("loopback-video");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_ready);
  tcase_add_test (tc, test_ready_faults);
  tcase_add_test (tc, test_ready_without_video);
  tcase_add_test (tc, test_announce);
  tcase_add_loop_test (
      tc, test_refused_announcements, 0, G_N_ELEMENTS (refused));
  tcase_add_loop_test (
      tc, test_refused_offers, 0, G_N_ELEMENTS (refused_offers));
  tcase_add_test (tc, test_forward);
  tcase_add_test (tc, test_who_gets_nothing);
  tcase_add_loop_test (tc, test_keyframe_requests, 0, 2);
  tcase_add_test (tc, test_sender_reports);
  tcase_add_loop_test (tc, test_bad_packets, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tc, test_media_before_video);
  tcase_add_loop_test (tc, test_inactive_layer, 0, 2);
  tcase_add_test (tc, test_reuse);
  tcase_add_test (tc, test_garbage);
  tcase_add_test (tc, test_clear_media);
  tcase_add_test (tc, test_clear_media_where_all_is_clear);
  return s;
}

GST_CHECK_MAIN (loopback_video);
