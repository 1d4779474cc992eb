/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's delivery service, with well-behaved clients: groups that grow
 * and shrink, and versions that go down and up. */
#include "loopback-e2ee.h"

#include <gst/discord/dave/frame/encryptor.h>

/* NULL-terminated names and values. */
typedef struct
{
  const char *settings[8];
} Variant;

static const Variant variants[] = {
  { { NULL } },
  { { "dave-first-ordinary", "on", NULL } },
  { { "dave-sender-first", "on", NULL } },
  { { "dave-overlap", "on", NULL } },
  { { "dave-several-proposals", "on", "dave-overlap", "on", NULL } },
  { { "dave-tell-pending", "on", NULL } },
  { { "dave-revoke", "1", NULL } },
  { { "dave-revoke", "0.5", "dave-several-proposals", "on", NULL } },
  { { "dave-ignore-ready", "on", "dave-transition-timeout", "20", NULL } },
  { { "unknown", "on", NULL } },
};

static Loopback *
start_variant (guint index)
{
  Loopback *loopback = start_loopback (NULL, NULL);
  const char *const *settings = variants[index].settings;

  for (guint i = 0; settings[i] != NULL; i += 2)
    set (loopback, settings[i], settings[i + 1]);
  return loopback;
}

#define MAX_TAKERS 5

static const char *const names[MAX_TAKERS] = { "alice", "bob", "carol", "dave",
  "eve" };

typedef struct
{
  Loopback *loopback;
  Taker *takers[MAX_TAKERS];
} Call;

static Call
call_new (Loopback *loopback, guint n_takers)
{
  Call call = { loopback, { NULL } };

  for (guint i = 0; i < n_takers; i++) {
    call.takers[i] = taker_new (loopback, names[i]);
    taker_connect (call.takers[i]);
  }
  return call;
}

static void
call_free (Call *call)
{
  for (guint i = 0; i < MAX_TAKERS; i++)
    g_clear_pointer (&call->takers[i], taker_free);
  loopback_free (call->loopback);
}

static void
check_peace (const Call *call)
{
  g_auto (GStrv) lines = loopback_dup_violations (call->loopback);

  fail_unless (lines[0] == NULL, "%s", lines[0]);
  for (guint i = 0; i < MAX_TAKERS && call->takers[i] != NULL; i++)
    ck_assert_uint_eq (call->takers[i]->n_invalid, 0);
}

/* Everybody comes, one after the other or all at once; some leave and come
 * back. */
GST_START_TEST (test_come_and_go)
{
  Call call = call_new (start_variant ((guint) __i__), 1);

  taker_wait_state (call.takers[0], DAVE_SESSION_ALONE);
  for (guint n = 2; n <= 3; n++) {
    call.takers[n - 1] = taker_new (call.loopback, names[n - 1]);
    taker_connect (call.takers[n - 1]);
    takers_wait_group (call.takers, n);
  }
  for (guint n = 3; n < MAX_TAKERS; n++) {
    call.takers[n] = taker_new (call.loopback, names[n]);
    taker_connect (call.takers[n]);
  }
  takers_wait_group (call.takers, MAX_TAKERS);
  for (guint i = 0; i < 3; i++) {
    Taker *last = call.takers[MAX_TAKERS - 1];

    taker_leave (last);
    takers_wait_group (call.takers, MAX_TAKERS - 1);
    taker_connect (last);
    takers_wait_group (call.takers, MAX_TAKERS);
    memmove (
        call.takers + 1, call.takers, (MAX_TAKERS - 1) * sizeof call.takers[0]);
    call.takers[0] = last;
  }
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* Several changes under way at once. */
GST_START_TEST (test_crowd)
{
  Call call = call_new (start_variant ((guint) __i__), MAX_TAKERS);

  for (guint round = 0; round < 3; round++) {
    takers_wait_group (call.takers, MAX_TAKERS);
    taker_leave (call.takers[round]);
    taker_leave (call.takers[(round + 2) % MAX_TAKERS]);
    taker_connect (call.takers[round]);
    taker_leave (call.takers[(round + 4) % MAX_TAKERS]);
    taker_connect (call.takers[(round + 2) % MAX_TAKERS]);
    taker_connect (call.takers[(round + 4) % MAX_TAKERS]);
  }
  takers_wait_group (call.takers, MAX_TAKERS);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* Both found the group; the slower one is welcomed. */
GST_START_TEST (test_race)
{
  Call call = call_new (start_loopback (NULL, NULL), 2);

  takers_wait_group (call.takers, 2);
  wait_for (call.loopback, "dave-commit-late", 0, 1);
  ck_assert_uint_eq (loopback_count (call.loopback, "dave-commit", 0), 1);
  ck_assert_uint_eq (taker_epoch (call.takers[0]), 1);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* The last one gets a group of its own again, that the next one joins. */
GST_START_TEST (test_alone_again)
{
  Call call = call_new (
      start_loopback ("dave-sole-version", __i__ == 0 ? "1" : "0", NULL), 2);

  takers_wait_group (call.takers, 2);
  taker_leave (call.takers[1]);
  taker_wait_epoch (call.takers[0], 0);
  wait_for (
      call.loopback, "dave-key-package", call.takers[0]->member->user_id, 2);
  taker_connect (call.takers[1]);
  if (__i__ == 0)
    takers_wait_group (call.takers, 2);
  taker_wait_epoch (call.takers[1], 1);
  taker_wait_epoch (call.takers[0], 1);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* While somebody without encryption is here all of it is in clear. */
GST_START_TEST (test_down_and_up)
{
  guint n_takers = (guint) __i__;
  Call call = call_new (start_loopback (NULL, NULL), n_takers);
  Member *old = member_new (call.loopback, "old");

  if (n_takers > 1)
    takers_wait_group (call.takers, n_takers);
  member_connect (old, CHANNEL, 9, GCM);
  for (guint i = 0; i < n_takers; i++)
    taker_wait_state (call.takers[i], DAVE_SESSION_CLEAR);
  fail_unless (call.takers[0]->clear_allowed);
  call.takers[n_takers] = taker_new (call.loopback, names[n_takers]);
  taker_connect (call.takers[n_takers]);
  taker_wait_state (call.takers[n_takers], DAVE_SESSION_CLEAR);

  member_speak (call.takers[0]->member, 1);
  member_send_opus (call.takers[0]->member, 1, "in clear");
  member_expect_payload (old, "in clear", call.takers[0]->member->ssrc);
  ws_close (old->voice, 1000);
  takers_wait_group (call.takers, n_takers + 1);
  member_free (old);
  fail_if (call.takers[0]->clear_allowed);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_required)
{
  Loopback *loopback = start_loopback ("dave-required", "on", NULL);
  Member *old = member_new (loopback, "old");
  Call call = { loopback, { NULL } };

  member_join (old, CHANNEL);
  member_open_voice (old, 9);
  member_send_voice_identify (old, 9);
  ws_expect_close (old->voice, 4017);
  ck_assert_uint_eq (violations (loopback, "e2ee-required"), 1);
  member_free (old);

  /* Members of its own do not bring it down. */
  act (loopback, "join:77:" GUILD ":" CHANNEL);
  for (guint i = 0; i < 2; i++) {
    call.takers[i] = taker_new (loopback, names[i]);
    taker_connect (call.takers[i]);
  }
  takers_wait_group (call.takers, 2);
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_switched_off)
{
  Call call = call_new (start_loopback ("dave", "0", NULL), 2);

  taker_wait_state (call.takers[0], DAVE_SESSION_CLEAR);
  taker_wait_state (call.takers[1], DAVE_SESSION_CLEAR);
  fail_unless (call.takers[0]->key_package == NULL);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* Everybody is renewed while the call goes on: an ordinary transition. */
GST_START_TEST (test_new_group)
{
  Call call = call_new (start_loopback (NULL, NULL), 3);
  guint before;

  takers_wait_group (call.takers, 3);
  before = call.takers[0]->n_renewals;
  act (call.loopback, "dave-new-group:*");
  taker_wait_renewals (call.takers[0], before + 1);
  takers_wait_group (call.takers, 3);
  wait_for (call.loopback, "dave-executed", 0, 2);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* What was missed with the link comes after the resume, binary messages too. */
GST_START_TEST (test_resume)
{
  Call call = call_new (start_loopback (NULL, NULL), 2);
  const Member *bob = call.takers[1]->member;

  takers_wait_group (call.takers, 2);
  act (call.loopback, "kill-voice:%s", bob->user);
  wait_for (call.loopback, "voice-lost", bob->user_id, 1);
  call.takers[2] = taker_new (call.loopback, names[2]);
  taker_connect (call.takers[2]);
  taker_wait_epoch (call.takers[2], 2);
  taker_resume (call.takers[1]);
  takers_wait_group (call.takers, 3);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* One of a channel, on the main gateway only. */
static Member *
stream_taker_new (Call *call, guint index)
{
  Member *m;

  call->takers[index] = taker_new (call->loopback, names[index]);
  m = call->takers[index]->member;
  member_identify_user (m);
  member_join (m, CHANNEL);
  return m;
}

static void
open_stream (Taker *taker)
{
  Member *m = taker->member;
  JsonObject *create = ws_expect_event (m->main, "STREAM_CREATE");

  member_take_stream (
      m, create, ws_expect_event (m->main, "STREAM_SERVER_UPDATE"));
  taker_connect_stream (taker);
}

/* The group of a stream has a name of its own. */
GST_START_TEST (test_stream)
{
  Call call = { start_loopback (NULL, NULL), { NULL } };
  Member *alice = stream_taker_new (&call, 0);
  Member *bob = stream_taker_new (&call, 1);

  ws_send (alice->main,
      "{\"op\":18,\"d\":{\"type\":\"guild\",\"guild_id\":\"" GUILD "\","
      "\"channel_id\":\"" CHANNEL "\",\"preferred_region\":null}}");
  open_stream (call.takers[0]);
  taker_wait_state (call.takers[0], DAVE_SESSION_ALONE);
  ws_send (bob->main,
      "{\"op\":20,\"d\":{\"stream_key\":\"guild:" GUILD ":" CHANNEL ":%s\"}}",
      alice->user);
  open_stream (call.takers[1]);
  takers_wait_group (call.takers, 2);
  check_peace (&call);
  call_free (&call);
}
GST_END_TEST;

/* Encrypted as @from sends. */
static gsize
encrypt (const Taker *from, const char *text, guint8 *frame, gsize size)
{
  DaveEncryptor *encryptor = dave_encryptor_new (from->secret, 0);
  const DaveSegment segment = { frame, size };
  gsize length = strlen (text);
  DaveView view;

  memcpy (frame, text, length);
  dave_view_init (&view, &segment, 1);
  ck_assert_int_eq (dave_encryptor_encrypt_in_place (
                        encryptor, DAVE_CODEC_OPUS, &view, length, &length),
      DAVE_FRAME_OK);
  dave_encryptor_free (encryptor);
  return length;
}

/* Media while encryption is in force. */
GST_START_TEST (test_media)
{
  static const guint8 silence[] = { 0xf8, 0xff, 0xfe };
  Call call = call_new (start_loopback (NULL, NULL), 2);
  Member *alice = call.takers[0]->member;
  guint8 frame[100];
  gsize length;

  takers_wait_group (call.takers, 2);
  length = encrypt (call.takers[0], "as good as Opus", frame, sizeof frame);
  member_speak (alice, 1);
  member_send_payload (alice, 1, frame, length);
  member_send_payload (alice, 2, silence, sizeof silence);
  wait_for (call.loopback, "rtp-in", alice->user_id, 2);
  check_peace (&call);
  member_send_opus (alice, 3, "in clear");
  wait_for (call.loopback, "clear-media", alice->user_id, 1);
  frame[length - 3]--; /* the size of what is behind the media */
  member_send_payload (alice, 4, frame, length);
  wait_for (call.loopback, "rtp-in", alice->user_id, 4);
  ck_assert_uint_eq (violations (call.loopback, "clear-media"), 2);
  call_free (&call);
}
GST_END_TEST;

static Suite *
loopback_dave_suite (void)
{
  Suite *s = suite_create ("loopback-dave");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 120);
  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_come_and_go, 0, G_N_ELEMENTS (variants));
  tcase_add_loop_test (tc, test_crowd, 0, G_N_ELEMENTS (variants));
  tcase_add_test (tc, test_race);
  tcase_add_loop_test (tc, test_alone_again, 0, 2);
  tcase_add_loop_test (tc, test_down_and_up, 1, 4);
  tcase_add_test (tc, test_required);
  tcase_add_test (tc, test_switched_off);
  tcase_add_test (tc, test_new_group);
  tcase_add_test (tc, test_resume);
  tcase_add_test (tc, test_stream);
  tcase_add_test (tc, test_media);
  return s;
}

GST_CHECK_MAIN (loopback_dave);
