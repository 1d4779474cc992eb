/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose voice comes from which pad, whatever SSRC it has. */
#include "voicesrc-helper.h"

GST_START_TEST (test_pad_per_speaker)
{
  g_autoptr (GstCaps) expected = gst_caps_from_string (
      "audio/x-opus, rate=48000, channels=2, channel-mapping-family=0");
  Outlet *alice, *bob;
  GstDiscordMediaMeta *meta;
  guint64 user_id;
  guint ssrc;

  play ();
  push_packet (network, 1, 0xffffffff, ALICE, FRAME);
  push_packet (network, 1, 8, BOB, FRAME);
  alice = outlets_wait_pad (&outlets, "audio_4294967295");
  bob = outlets_wait_pad (&outlets, "audio_8");
  outlet_wait_buffers (alice, 1);
  outlet_wait_buffers (bob, 1);

  fail_unless (gst_caps_is_strictly_equal (alice->caps, expected));
  g_object_get (alice->src, "ssrc", &ssrc, "user-id", &user_id, NULL);
  fail_unless_equals_int (ssrc, 0xffffffff);
  fail_unless_equals_uint64 (user_id, ALICE);
  fail_unless (g_strcmp0 (g_ptr_array_index (alice->stream_ids, 0),
                   g_ptr_array_index (bob->stream_ids, 0))
      != 0);
  meta =
      gst_buffer_get_discord_media_meta (g_ptr_array_index (bob->buffers, 0));
  fail_unless (meta != NULL);
  fail_unless_equals_uint64 (meta->user_id, BOB);
  fail_unless_equals_int (meta->seqnum, 1);
  finish ();
}
GST_END_TEST;

/* The only stream of the next collection that is announced. */
static GstStream *
pop_stream (void)
{
  g_autoptr (GstMessage) message = pop_message (GST_MESSAGE_STREAM_COLLECTION);
  g_autoptr (GstStreamCollection) collection = NULL;

  gst_message_parse_stream_collection (message, &collection);
  fail_unless_equals_int (gst_stream_collection_get_size (collection), 1);
  return gst_object_ref (gst_stream_collection_get_stream (collection, 0));
}

GST_START_TEST (test_streams_are_announced)
{
  g_autoptr (GstStream) stream = NULL;
  g_autoptr (GstTagList) tags = NULL;

  play ();
  push_packet (network, 1, 7, ALICE, FRAME);
  stream = pop_stream ();
  fail_unless_equals_int (
      gst_stream_get_stream_type (stream), GST_STREAM_TYPE_AUDIO);
  tags = gst_stream_get_tags (stream);
  fail_unless (tags != NULL);
  finish ();
}
GST_END_TEST;

/* A collection that listens to them may be going away meanwhile. */
GST_START_TEST (test_announced_streams_never_change)
{
  g_autoptr (GstStream) stranger = NULL;
  g_autoptr (GstStream) alice = NULL;
  g_autoptr (GstTagList) before = NULL;
  g_autoptr (GstTagList) tags = NULL;
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, 0, FRAME);
  outlet = outlets_wait_pad (&outlets, "audio_7");
  outlet_wait_buffers (outlet, 1);
  stranger = pop_stream ();
  g_signal_emit_by_name (
      connection, "speaking", ALICE, 7, GST_DISCORD_SPEAKING_VOICE);
  push_packet (network, 2, 7, ALICE, 2 * FRAME);
  outlet_wait_buffers (outlet, 2);

  alice = pop_stream ();
  fail_unless (alice != stranger);
  fail_unless_equals_string (
      gst_stream_get_stream_id (alice), gst_stream_get_stream_id (stranger));
  before = gst_stream_get_tags (stranger);
  fail_unless (before == NULL);
  tags = gst_stream_get_tags (alice);
  fail_unless (tags != NULL);
  finish ();
}
GST_END_TEST;

static void
on_user (GObject *pad, GParamSpec *pspec, Outlets *self)
{
  g_mutex_lock (&self->lock);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* The pad is there at once, and told apart from one of a known user. */
GST_START_TEST (pain_09_user_becomes_known_later)
{
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, 0, FRAME);
  outlet = outlets_wait_pad (&outlets, "audio_7");
  fail_unless_equals_uint64 (get_user (outlet), 0);
  g_signal_connect (
      outlet->src, "notify::user-id", G_CALLBACK (on_user), &outlets);
  g_signal_emit_by_name (
      connection, "speaking", ALICE, 7, GST_DISCORD_SPEAKING_VOICE);
  outlets_wait (&outlets, get_user (outlet) == ALICE);
  outlet_wait_buffers (outlet, 1);
  fail_unless_equals_uint64 (
      gst_buffer_get_discord_media_meta (g_ptr_array_index (outlet->buffers, 0))
          ->user_id,
      ALICE);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_user_leaves)
{
  Outlet *alice, *bob;

  play ();
  push_packet (network, 1, 7, ALICE, FRAME);
  push_packet (network, 1, 8, BOB, FRAME);
  alice = outlets_wait_pad (&outlets, "audio_7");
  bob = outlets_wait_pad (&outlets, "audio_8");
  outlet_wait_buffers (alice, 1);
  g_signal_emit_by_name (connection, "user-left", ALICE);
  outlets_wait (&outlets, alice->removed);
  fail_unless (alice->eos);
  push_packet (network, 2, 8, BOB, 2 * FRAME);
  outlet_wait_buffers (bob, 2);
  fail_if (bob->eos);
  finish ();
}
GST_END_TEST;

GST_START_TEST (pain_05_user_with_another_ssrc_keeps_the_pad)
{
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, ALICE, now ());
  outlet = outlets_wait_pad (&outlets, "audio_7");
  outlet_wait_buffers (outlet, 1);
  for (guint ssrc = 8; ssrc < 12; ssrc++) {
    tell_ssrc (ALICE, ssrc);
    push_packet (network, 60000 + ssrc, ssrc, ALICE, now ());
    check_goes_on (outlet, ssrc - 6, ssrc);
  }
  fail_unless_equals_int (outlets.pads->len, 1);
  finish ();
}
GST_END_TEST;

/* A packet may be the first to tell. */
GST_START_TEST (pain_05_packet_tells_the_other_ssrc)
{
  Outlet *outlet;

  play ();
  push_packet (network, 1, 7, ALICE, now ());
  outlet = outlets_wait_pad (&outlets, "audio_7");
  outlet_wait_buffers (outlet, 1);
  push_packet (network, 1, 8, ALICE, now ());
  check_goes_on (outlet, 2, 8);
  fail_unless_equals_int (outlets.pads->len, 1);
  finish ();
}
GST_END_TEST;

/* Alice, whose old SSRC is over, and nothing came with the new one yet. */
static Outlet *
await_alice (void)
{
  Outlet *outlet;

  push_packet (network, 1, 7, ALICE, now ());
  outlet = outlets_wait_pad (&outlets, "audio_7");
  outlet_wait_buffers (outlet, 1);
  tell_ssrc (ALICE, 9);
  for (;;) {
    g_autoptr (GstElement) rtp = gst_bin_get_by_name (GST_BIN (src), "rtp");
    g_autoptr (GstPad) pad =
        gst_element_get_static_pad (rtp, "recv_rtp_src_0_7");

    if (pad == NULL)
      return outlet;
    g_thread_yield ();
  }
}

/* No pad comes and goes while it turns out who it is. */
GST_START_TEST (pain_05_stranger_is_somebody_awaited)
{
  Outlet *alice;

  play ();
  alice = await_alice ();
  push_packet (network, 1, 8, 0, now ());
  tell_ssrc (ALICE, 8);
  check_goes_on (alice, 2, 8);
  fail_unless_equals_int (outlets.pads->len, 1);
  finish ();
}
GST_END_TEST;

/* It is not waited for longer than for anybody, and goes on after that. */
GST_START_TEST (pain_05_stranger_is_recognised_late)
{
  Outlet *alice, *stranger;

  play ();
  alice = await_alice ();
  push_packet (network, 1, 8, 0, now ());
  stranger = outlets_wait_pad (&outlets, "audio_8");
  outlet_wait_buffers (stranger, 1);
  tell_ssrc (ALICE, 8);
  push_packet (network, 2, 8, ALICE, now ());
  check_goes_on (alice, 2, 8);
  outlets_wait (&outlets, stranger->removed);
  fail_unless (stranger->eos);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_user_leaves_between_ssrcs)
{
  Outlet *alice;

  play ();
  alice = await_alice ();
  fail_if (alice->eos);
  g_signal_emit_by_name (connection, "user-left", ALICE);
  outlets_wait (&outlets, alice->removed);
  fail_unless (alice->eos);
  finish ();
}
GST_END_TEST;

/* Nobody hears one in the name of the other. */
GST_START_TEST (pain_05_ssrc_goes_to_another_user)
{
  Outlet *alice, *bob;

  play ();
  push_packet (network, 100, 7, ALICE, now ());
  alice = outlets_wait_pad (&outlets, "audio_7");
  outlet_wait_buffers (alice, 1);
  for (guint i = 1; i <= 3; i++)
    push_packet (network, i, 7, BOB, now ());
  bob = outlets_wait_pad (&outlets, "audio_6");
  outlet_wait_buffers (bob, 3);
  for (guint i = 0; i < 3; i++) {
    GstBuffer *buffer = g_ptr_array_index (bob->buffers, i);

    fail_unless_equals_int (packet_number (buffer), i + 1);
    fail_unless_equals_uint64 (
        gst_buffer_get_discord_media_meta (buffer)->user_id, BOB);
  }
  fail_unless_equals_uint64 (get_user (bob), BOB);
  fail_unless_equals_int (get_ssrc (bob), 7);
  fail_unless_equals_uint64 (get_user (alice), ALICE);
  push_packet (network, 1, 8, ALICE, now ());
  check_goes_on (alice, 2, 8);
  finish ();
}
GST_END_TEST;

static Suite *
discordvoicesrc_users_suite (void)
{
  Suite *suite = suite_create ("discordvoicesrc-users");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_pad_per_speaker);
  tcase_add_test (tc, test_streams_are_announced);
  tcase_add_test (tc, test_announced_streams_never_change);
  tcase_add_test (tc, pain_09_user_becomes_known_later);
  tcase_add_test (tc, test_user_leaves);
  tcase_add_test (tc, pain_05_user_with_another_ssrc_keeps_the_pad);
  tcase_add_test (tc, pain_05_packet_tells_the_other_ssrc);
  tcase_add_test (tc, pain_05_stranger_is_somebody_awaited);
  tcase_add_test (tc, pain_05_stranger_is_recognised_late);
  tcase_add_test (tc, test_user_leaves_between_ssrcs);
  tcase_add_test (tc, pain_05_ssrc_goes_to_another_user);
  return suite;
}

GST_CHECK_MAIN (discordvoicesrc_users);
