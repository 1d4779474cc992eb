/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's video: who gets which layer, and who sends which codec. */
#include "loopback-camera.h"

#include <string.h>

#define PSFB 206
#define PLI 1
/* H264: an IDR picture and one that needs others before it. */
#define KEY "\x65"
#define DELTA "\x41"

typedef struct
{
  Loopback *loopback;
  Camera *alice;
  Camera *bob;
  guint16 seq;
} Call;

/* Alice sends three layers. */
static Call
call_new (void)
{
  Call call = { .loopback = start_loopback (NULL, NULL) };

  call.alice = camera_new (call.loopback, "alice", "100,50,25", H264_105);
  call.bob = camera_new (call.loopback, "bob", "", H264_101);
  camera_announce (call.alice, "111");
  camera_announce (call.bob, "");
  return call;
}

static void
call_free (Call *call)
{
  ck_assert_uint_eq (loopback_count_violations (call->loopback), 0);
  camera_free (call->alice);
  camera_free (call->bob);
  loopback_free (call->loopback);
}

/* The same picture in all layers. */
static void
send_picture (Call *call, const char *payload)
{
  call->seq++;
  for (guint i = 0; i < 3; i++)
    camera_send (
        call->alice, i, call->seq, call->seq * 3000u, TRUE, payload, 1);
}

static void
expect_layer (Call *call, guint layer, const char *payload)
{
  camera_expect (call->bob, call->alice->ssrcs[layer], call->seq, payload, 1);
}

/* Alice's next op 15 says so. */
static void
expect_told (Call *call, int first, int second, int third, int any)
{
  JsonObject *d = json_object_get_object_member (
      ws_expect (call->alice->m->voice, 15), "d");
  const int wants[] = { first, second, third };

  for (guint i = 0; i < 3; i++) {
    g_autofree char *key = g_strdup_printf ("%u", call->alice->ssrcs[i]);

    ck_assert_int_eq (json_object_get_int_member (d, key), wants[i]);
  }
  ck_assert_int_eq (json_object_get_int_member (d, "any"), any);
}

/* Before any op 15 the best one, and never two. */
GST_START_TEST (test_default)
{
  Call call = call_new ();

  expect_told (&call, 0, 0, 0, 0);
  expect_told (&call, 100, 0, 0, 100);
  send_picture (&call, DELTA);
  send_picture (&call, KEY);
  call.seq--;
  expect_layer (&call, 0, DELTA);
  call.seq++;
  expect_layer (&call, 0, KEY);
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_switch)
{
  Call call = call_new ();
  Seen seen;

  expect_told (&call, 0, 0, 0, 0);
  expect_told (&call, 100, 0, 0, 100);
  send_picture (&call, DELTA);
  expect_layer (&call, 0, DELTA);
  camera_want (call.bob, "\"%u\":100,\"any\":0", call.alice->ssrcs[2]);
  /* The old one goes on until the other has something to begin with. */
  expect_told (&call, 1, 0, 100, 100);
  camera_see_type (call.alice, PSFB, PLI, &seen);
  ck_assert_uint_eq (seen.media_ssrc, call.alice->ssrcs[2]);
  send_picture (&call, DELTA);
  expect_layer (&call, 0, DELTA);
  send_picture (&call, KEY);
  expect_layer (&call, 0, KEY);
  expect_layer (&call, 2, KEY);
  expect_told (&call, 0, 0, 100, 100);
  send_picture (&call, DELTA);
  expect_layer (&call, 2, DELTA);
  call_free (&call);
}
GST_END_TEST;

/* While nobody answers the server asks again. */
GST_START_TEST (test_keyframe_is_asked_for_again)
{
  Call call = call_new ();
  Seen seen;

  camera_want (call.bob, "\"%u\":100", call.alice->ssrcs[1]);
  for (guint i = 0; i < 3; i++) {
    camera_see_type (call.alice, PSFB, PLI, &seen);
    ck_assert_uint_eq (seen.media_ssrc, call.alice->ssrcs[1]);
  }
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_overlap)
{
  Call call = call_new ();

  set (call.loopback, "layer-overlap", "60000");
  camera_want (call.bob, "\"%u\":100", call.alice->ssrcs[1]);
  for (guint i = 0; i < 2; i++) {
    send_picture (&call, KEY);
    expect_layer (&call, 0, KEY);
    expect_layer (&call, 1, KEY);
  }
  call_free (&call);
}
GST_END_TEST;

/* What op 15 of bob's leads to; S, T, U: the three SSRCs. -1: no layer. */
static const struct
{
  const char *wants;
  int layer;
  int told[4];
} choices[] = {
  { "\"any\":0", -1, { 0, 0, 0, 0 } },
  { "\"any\":100", 0, { 100, 0, 0, 100 } },
  { "\"any\":99", 1, { 0, 100, 0, 100 } },
  { "\"any\":50", 1, { 0, 100, 0, 100 } },
  { "\"any\":25", 2, { 0, 0, 100, 100 } },
  /* Nothing is that small: the sender may make it so. */
  { "\"any\":10", 2, { 0, 0, 10, 10 } },
  { "\"S\":0,\"any\":100", 1, { 0, 100, 0, 100 } },
  { "\"S\":0,\"T\":0,\"U\":0,\"any\":100", -1, { 0, 0, 0, 0 } },
  { "\"S\":40,\"any\":0", 2, { 0, 0, 100, 100 } },
  { "\"S\":60,\"T\":0,\"any\":0", 2, { 0, 0, 100, 100 } },
  { "\"U\":100", 2, { 0, 0, 100, 100 } },
  /* Somebody else's do not count. */
  { "\"77\":100,\"any\":0", -1, { 0, 0, 0, 0 } },
};

static char *
fill_in (const Camera *c, const char *text)
{
  GString *filled = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at++) {
    if (*at >= 'S' && *at <= 'U')
      g_string_append_printf (filled, "%u", c->ssrcs[*at - 'S']);
    else
      g_string_append_c (filled, *at);
  }
  return g_string_free (filled, FALSE);
}

GST_START_TEST (test_choices)
{
  Call call = call_new ();
  g_autofree char *wants = fill_in (call.alice, choices[__i__].wants);
  const int *told = choices[__i__].told;
  Seen seen;

  expect_told (&call, 0, 0, 0, 0);
  expect_told (&call, 100, 0, 0, 100);
  camera_want (call.bob, "\"any\":0");
  expect_told (&call, 0, 0, 0, 0);
  camera_want (call.bob, "%s", wants);
  if (told[3] != 0)
    expect_told (&call, told[0], told[1], told[2], told[3]);
  send_picture (&call, KEY);
  if (choices[__i__].layer >= 0)
    expect_layer (&call, (guint) choices[__i__].layer, KEY);
  wait_for (call.loopback, "rtp-in", call.alice->m->user_id, 3);
  member_speak (call.alice->m, 1);
  member_send_opus (call.alice->m, 1, "end");
  camera_see_type (call.bob, 0, 0, &seen);
  ck_assert_uint_eq (seen.ssrc, call.alice->m->ssrc);
  call_free (&call);
}
GST_END_TEST;

/* Two of one sender, by name. */
GST_START_TEST (test_two_at_once)
{
  Call call = call_new ();

  camera_want (call.bob, "\"any\":0");
  camera_want (call.bob, "\"%u\":100,\"%u\":100,\"any\":0",
      call.alice->ssrcs[0], call.alice->ssrcs[2]);
  send_picture (&call, KEY);
  expect_layer (&call, 0, KEY);
  expect_layer (&call, 2, KEY);
  call_free (&call);
}
GST_END_TEST;

/* A layer that its sender stops is replaced at once. */
GST_START_TEST (test_inactive_layer_is_no_choice)
{
  Call call = call_new ();

  set (call.loopback, "speaking-grace", "60000");
  send_picture (&call, KEY);
  expect_layer (&call, 0, KEY);
  camera_announce (call.alice, "011");
  send_picture (&call, DELTA);
  expect_layer (&call, 1, DELTA);
  camera_announce (call.alice, "");
  send_picture (&call, DELTA);
  wait_for (call.loopback, "rtp-in", call.alice->m->user_id, 9);
  ck_assert_uint_eq (loopback_count (call.loopback, "rtp-out", 0), 2);
  call_free (&call);
}
GST_END_TEST;

/* A layer that its sender lets rest can be wanted: the sender hears of it, another
 * one stands in, and it takes its place with a keyframe once it is active. */
GST_START_TEST (test_resting_layer_comes_back)
{
  Call call = call_new ();

  expect_told (&call, 0, 0, 0, 0);
  expect_told (&call, 100, 0, 0, 100);
  send_picture (&call, KEY);
  expect_layer (&call, 0, KEY);
  set (call.loopback, "speaking-grace", "60000");
  camera_announce (call.alice, "100");
  if (__i__ == 0)
    camera_want (call.bob, "\"any\":50");
  else
    camera_want (call.bob, "\"%u\":50,\"%u\":100,\"any\":0",
        call.alice->ssrcs[1], call.alice->ssrcs[0]);
  expect_told (&call, __i__ == 0 ? 50 : 100, 100, 0, 100);
  send_picture (&call, DELTA);
  expect_layer (&call, 0, DELTA);

  camera_announce (call.alice, "110");
  if (__i__ == 0)
    expect_told (&call, 1, 100, 0, 100);
  send_picture (&call, KEY);
  expect_layer (&call, 0, KEY);
  expect_layer (&call, 1, KEY);
  if (__i__ == 0)
    expect_told (&call, 0, 100, 0, 100);
  call_free (&call);
}
GST_END_TEST;

/* Each receiver for itself; the sender hears of the most that is wanted. */
GST_START_TEST (test_several_receivers)
{
  Call call = call_new ();
  Camera *carol = camera_new (call.loopback, "carol", "", H264_105);
  JsonObject *d, *counts;
  g_autofree char *key = g_strdup_printf ("%u", call.alice->ssrcs[2]);

  camera_want (carol, "\"%s\":100,\"any\":0,\"pixelCounts\":{\"%s\":921600.5}",
      key, key);
  camera_announce (carol, "");
  expect_told (&call, 0, 0, 0, 0);
  expect_told (&call, 100, 0, 0, 100);
  d = json_object_get_object_member (ws_expect (call.alice->m->voice, 15), "d");
  ck_assert_int_eq (json_object_get_int_member (d, key), 100);
  counts = json_object_get_object_member (d, "pixelCounts");
  ck_assert_uint_eq (json_object_get_size (counts), 1);
  fail_unless (json_object_get_double_member (counts, key) == 921600.5);
  send_picture (&call, KEY);
  expect_layer (&call, 0, KEY);
  camera_expect (carol, call.alice->ssrcs[2], call.seq, KEY, 1);
  ws_close (carol->m->voice, 1000);
  camera_free (carol);
  expect_told (&call, 100, 0, 0, 100);
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_no_wants)
{
  g_autoptr (Loopback) loopback = start_loopback ("no-wants", NULL, NULL);
  Camera *alice = camera_new (loopback, "alice", "100", H264_105);

  camera_announce (alice, "1");
  ws_send (alice->m->voice, "{\"op\":3,\"d\":{\"t\":1,\"seq_ack\":-1}}");
  ws_expect_none (alice->m->voice, 15);
  camera_free (alice);
}
GST_END_TEST;

static const char *const bad_wants[] = {
  "\"any\":101",
  "\"any\":-1",
  "\"any\":1.5",
  "\"x\":1",
  "\"1\":true",
  "\"pixelCounts\":7",
  "\"pixelCounts\":{\"x\":1}",
  "\"pixelCounts\":{\"1\":-1}",
  "\"pixelCounts\":{\"1\":\"1\"}",
};

GST_START_TEST (test_bad_wants)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Camera *c = camera_new (loopback, "alice", "", "");

  ws_send (c->m->voice, "{\"op\":15,\"d\":{%s}}", bad_wants[__i__]);
  ws_expect_close (c->m->voice, 4002);
  ck_assert_uint_eq (violations (loopback, "bad-wants"), 1);
  camera_free (c);
}
GST_END_TEST;

static const char *
codec_in (JsonObject *d)
{
  return json_object_get_string_member (d, "video_codec");
}

/* The next op 14. */
static void
expect_codec (Camera *c, const char *codec)
{
  JsonObject *message = ws_expect (c->m->voice, 14);

  ck_assert_str_eq (
      codec_in (json_object_get_object_member (message, "d")), codec);
}

/* The best that all others can decode; without a common one the best. */
GST_START_TEST (test_agreement)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Camera *alice = camera_new (loopback, "alice", "100", H264_105 "," VP8_107);
  Camera *audio = camera_new (loopback, "audio", "", "");
  Camera *bob, *carol;

  ck_assert_str_eq (codec_in (alice->description), "H264");
  ck_assert_str_eq (codec_in (audio->description), "H264");
  ck_assert_int_eq (
      json_object_get_int_member (alice->description, "keyframe_interval"),
      2000);
  bob = camera_new (loopback, "bob", "100", VP8_107);
  ck_assert_str_eq (codec_in (bob->description), "VP8");
  expect_codec (alice, "VP8");
  carol = camera_new (loopback, "carol", "100", H264_101);
  ck_assert_str_eq (codec_in (carol->description), "H264");
  expect_codec (alice, "H264");
  ws_close (carol->m->voice, 1000);
  camera_free (carol);
  expect_codec (alice, "VP8");
  ws_send (bob->m->voice,
      "{\"op\":14,\"d\":{\"codecs\":[{\"name\":\"opus\",\"type\":\"audio\","
      "\"priority\":1000,\"payload_type\":120}," H264_101 "]}}");
  expect_codec (bob, "H264");
  expect_codec (alice, "H264");
  act (loopback, "session-update:%s:VP9", alice->m->user);
  expect_codec (alice, "VP9");
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  camera_free (alice);
  camera_free (audio);
  camera_free (bob);
}
GST_END_TEST;

/* What was told counts, once there was time to do it. */
GST_START_TEST (test_wrong_codec)
{
  g_autoptr (Loopback) loopback = start_loopback ("codec-grace", "60000", NULL);
  Camera *alice = camera_new (loopback, "alice", "100", H264_105 "," VP8_107);

  camera_announce (alice, "1");
  act (loopback, "session-update:%s:VP8", alice->m->user);
  expect_codec (alice, "VP8");
  camera_send (alice, 0, 1, 1, TRUE, KEY, 1);
  wait_for (loopback, "rtp-in", alice->m->user_id, 1);
  ck_assert_uint_eq (loopback_count_violations (loopback), 0);
  set (loopback, "codec-grace", "0");
  camera_send (alice, 0, 2, 2, TRUE, KEY, 1);
  wait_for (loopback, "wrong-codec", alice->m->user_id, 1);
  alice->pt = 107;
  camera_send (alice, 0, 3, 3, TRUE, "\x10", 2);
  wait_for (loopback, "rtp-in", alice->m->user_id, 3);
  ck_assert_uint_eq (loopback_count_violations (loopback), 1);
  camera_free (alice);
}
GST_END_TEST;

static const struct
{
  const char *body;
  guint code;
  const char *violation;
} bad_updates[] = {
  { "{}", 4002, "bad-session-update" },
  { "{\"codecs\":{}}", 4002, "bad-session-update" },
  { "{\"codecs\":[]}", 4020, "bad-codecs" },
  { "{\"codecs\":[" H264_105 "]}", 4020, "bad-codecs" },
};

GST_START_TEST (test_bad_updates)
{
  g_autoptr (Loopback) loopback = start_loopback (NULL, NULL);
  Camera *c = camera_new (loopback, "alice", "", "");

  ws_send (c->m->voice, "{\"op\":14,\"d\":%s}", bad_updates[__i__].body);
  ws_expect_close (c->m->voice, bad_updates[__i__].code);
  ck_assert_uint_eq (violations (loopback, bad_updates[__i__].violation), 1);
  camera_free (c);
}
GST_END_TEST;

static Suite *
loopback_video_wants_suite (void)
{
  Suite *s = suite_create ("loopback-video-wants");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_default);
  tcase_add_test (tc, test_switch);
  tcase_add_test (tc, test_keyframe_is_asked_for_again);
  tcase_add_test (tc, test_overlap);
  tcase_add_loop_test (tc, test_choices, 0, G_N_ELEMENTS (choices));
  tcase_add_test (tc, test_two_at_once);
  tcase_add_test (tc, test_inactive_layer_is_no_choice);
  tcase_add_loop_test (tc, test_resting_layer_comes_back, 0, 2);
  tcase_add_test (tc, test_several_receivers);
  tcase_add_test (tc, test_no_wants);
  tcase_add_loop_test (tc, test_bad_wants, 0, G_N_ELEMENTS (bad_wants));
  tcase_add_test (tc, test_agreement);
  tcase_add_test (tc, test_wrong_codec);
  tcase_add_loop_test (tc, test_bad_updates, 0, G_N_ELEMENTS (bad_updates));
  return s;
}

GST_CHECK_MAIN (loopback_video_wants);
