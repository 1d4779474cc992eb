/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* discordvoicesrc in front of the stand-in, with members whose packets the test
 * makes itself. */
#include "receive-members.h"

GST_START_TEST (test_packets_arrive_as_sent)
{
  Listener *listener = listener_new ("listener");
  GstDiscordMediaMeta *meta;
  Member *alice;
  Outlet *outlet;
  guint64 user_id;

  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 50);
  outlet = listener_wait_pad (listener, alice);
  check_packets (outlet, 1, 50);

  g_object_get (outlet->src, "user-id", &user_id, NULL);
  fail_unless_equals_uint64 (user_id, alice->user_id);
  meta = gst_buffer_get_discord_media_meta (
      g_ptr_array_index (outlet->buffers, 0));
  fail_unless_equals_uint64 (meta->user_id, alice->user_id);
  fail_unless_equals_int (meta->ssrc, member_get_ssrc (alice));
  fail_unless_equals_int (meta->seqnum, 1);

  member_free (alice);
  outlets_wait (&listener->outlets, outlet->removed);
  fail_unless (outlet->eos);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

/* What the network does to single packets. */
GST_START_TEST (test_damage_on_the_way)
{
  Listener *listener;
  Member *alice;

  set ("duplicate-to-client", "0.3");
  set ("padding", "0.5");
  set ("replay", "0.2");
  set ("stranger", "0.2");
  set ("lying", "0.2");
  listener = listener_new ("listener");
  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 200);
  check_packets (listener_wait_pad (listener, alice), 1, 200);
  member_free (alice);
  listener_free (listener);
}
GST_END_TEST;

/* What is lost is said, and the stream goes on. */
GST_START_TEST (test_loss_becomes_gaps)
{
  Listener *listener;
  Member *alice;
  Outlet *outlet;
  guint16 last = 0;

  set ("loss-to-client", "0.2");
  listener = listener_new ("listener");
  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 100);
  set ("loss-to-client", "0");
  member_send (alice, 101, 1);
  outlet = listener_wait_pad (listener, alice);
  outlets_wait (&listener->outlets,
      outlet->buffers->len > 0
          && packet_number (
                 g_ptr_array_index (outlet->buffers, outlet->buffers->len - 1))
              == 101);
  fail_unless (outlet->buffers->len < 101);
  for (guint i = 0; i < outlet->buffers->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (outlet->buffers, i);
    guint16 number = packet_number (buffer);

    fail_unless (number > last);
    if (number != last + 1)
      fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
    last = number;
  }
  fail_unless (outlet_count_events (outlet, GST_EVENT_GAP) > 0);
  member_free (alice);
  listener_free (listener);
}
GST_END_TEST;

/* Nothing but our pings for the listener to send, and it still receives. */
GST_START_TEST (pain_07_receives_without_ever_sending)
{
  Listener *listener = listener_new ("listener");
  LoopbackMedia media;
  Member *alice;
  Outlet *outlet;

  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 10);
  outlet = listener_wait_pad (listener, alice);
  wait_event ("ping", listener->user_id, 1);
  outlet_wait_buffers (outlet, 10);
  member_send (alice, 11, 10);
  check_packets (outlet, 1, 20);
  loopback_get_media (loopback, listener->user_id, &media);
  fail_unless_equals_uint64 (media.rtp_in, 0);
  /* the empty receiver report that opens the way */
  fail_unless_equals_uint64 (media.rtcp_in, 1);
  member_free (alice);
  listener_free (listener);
}
GST_END_TEST;

/* The server does not know a camera's payload types apart; we do. */
GST_START_TEST (pain_08_camera_in_the_call)
{
  Listener *listener;
  Member *alice;
  Outlet *outlet;

  set ("lenient", NULL);
  listener = listener_new ("listener");
  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 5);
  outlet = listener_wait_pad (listener, alice);
  member_send_type (alice, 105, 6, 5);
  member_send (alice, 11, 5);
  outlets_wait (&listener->outlets, outlet->buffers->len >= 10);
  for (guint i = 0; i < 10; i++) {
    guint16 number = packet_number (g_ptr_array_index (outlet->buffers, i));

    fail_unless (number <= 5 || number >= 11);
  }
  member_free (alice);
  listener_free (listener);
}
GST_END_TEST;

/* One at a time: each is out before the next is sent. */
GST_START_TEST (pain_18_latency_0_waits_for_nothing)
{
  Listener *listener = listener_new ("listener");
  Member *alice;
  Outlet *outlet = NULL;

  g_object_set (listener->src, "latency", 0, NULL);
  listener_play (listener);
  alice = member_new ("alice");
  for (guint i = 1; i <= 20; i++) {
    member_send (alice, i, 1);
    if (outlet == NULL)
      outlet = listener_wait_pad (listener, alice);
    outlet_wait_buffers (outlet, i);
  }
  check_packets (outlet, 1, 20);
  member_free (alice);
  listener_free (listener);
}
GST_END_TEST;

/* Source and sink of one account share a session, and neither disturbs the
 * other. */
GST_START_TEST (pain_19_send_while_receiving)
{
  Listener *listener = listener_new ("listener");
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) sender = NULL;
  g_autofree gchar *line = g_strdup_printf (
      "audiotestsrc is-live=true ! opusenc ! discordvoicesink token=listener "
      "gateway-url=%s api-url=%s guild-id=%u channel-id=%u",
      gateway_url, api_url, GUILD, CHANNEL);
  Member *alice;
  Outlet *outlet;

  listener_play (listener);
  sender = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error != NULL ? error->message : "");
  gst_element_set_state (sender, GST_STATE_PLAYING);
  alice = member_new ("alice");
  wait_event ("speaking", listener->user_id, 1);
  member_send (alice, 1, 30);
  outlet = listener_wait_pad (listener, alice);
  check_packets (outlet, 1, 30);
  fail_unless_equals_uint64 (
      loopback_count (loopback, "identify", listener->user_id), 1);
  gst_element_set_state (sender, GST_STATE_NULL);
  member_send (alice, 31, 20);
  check_packets (outlet, 1, 50);
  member_free (alice);
  listener_free (listener);
  check_no_violations ();
}
GST_END_TEST;

GST_START_TEST (test_two_sources_of_one_connection)
{
  Listener *one = listener_new ("listener");
  Listener *two = listener_new ("listener");
  Member *alice;

  listener_play (one);
  fail_unless_equals_int (
      gst_element_set_state (two->pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  alice = member_new ("alice");
  member_send (alice, 1, 30);
  check_packets (listener_wait_pad (one, alice), 1, 30);
  check_packets (listener_wait_pad (two, alice), 1, 30);
  fail_unless_equals_uint64 (
      loopback_count (loopback, "voice-joined", one->user_id), 1);

  /* The one that stays is not disturbed. */
  listener_free (one);
  member_send (alice, 31, 10);
  check_packets (listener_wait_pad (two, alice), 1, 40);
  member_free (alice);
  listener_free (two);
}
GST_END_TEST;

GST_START_TEST (test_resume_keeps_the_streams)
{
  Listener *listener = listener_new ("listener");
  Member *alice;
  Outlet *outlet;

  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 10);
  outlet = listener_wait_pad (listener, alice);
  outlet_wait_buffers (outlet, 10);
  act ("kill-voice:%" G_GUINT64_FORMAT, listener->user_id);
  member_send (alice, 11, 10);
  wait_event ("voice-resumed", listener->user_id, 1);
  member_send (alice, 21, 10);
  check_packets (outlet, 1, 30);
  fail_if (outlet->removed);
  member_free (alice);
  listener_free (listener);
}
GST_END_TEST;

static void
check_kick (gboolean eos_on_disconnect)
{
  Listener *listener = listener_new ("listener");
  Member *alice;
  Outlet *outlet;

  g_object_set (listener->src, "eos-on-disconnect", eos_on_disconnect, NULL);
  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 10);
  outlet = listener_wait_pad (listener, alice);
  outlet_wait_buffers (outlet, 10);
  act ("kick:%" G_GUINT64_FORMAT, listener->user_id);
  if (eos_on_disconnect) {
    g_autoptr (GstBus) bus = gst_element_get_bus (listener->pipeline);
    g_autoptr (GstMessage) message = NULL;

    outlets_wait (&listener->outlets, outlet->eos);
    message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    fail_unless (message == NULL);
  } else {
    g_autoptr (GstMessage) message = listener_pop (listener, GST_MESSAGE_ERROR);
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail_unless_equals_int (error->domain, GST_RESOURCE_ERROR);
  }
  member_free (alice);
  listener_free (listener);
}

GST_START_TEST (pain_25_kicked_is_an_error)
{
  check_kick (FALSE);
}
GST_END_TEST;

GST_START_TEST (test_kicked_can_be_eos)
{
  check_kick (TRUE);
}
GST_END_TEST;

/* At whatever point of joining. */
GST_START_TEST (test_stop_while_connecting)
{
  static const struct
  {
    const gchar *setting, *value, *event;
  } phases[] = {
    { "hello-delay", "20000", "main-opened" },
    { "voice-silent", "on", "voice-identify" },
    { "silent-discovery", "on", "discovery" },
    { "no-session-description", "on", "select-protocol" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (phases); i++) {
    g_autofree gchar *token = g_strdup_printf ("listener-%u", i);
    Listener *listener = listener_new (token);

    set (phases[i].setting, phases[i].value);
    fail_unless_equals_int (
        gst_element_set_state (listener->pipeline, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
    wait_event (phases[i].event, i == 0 ? 0 : listener->user_id, 1);
    listener_free (listener);
    set (phases[i].setting, i == 0 ? "0" : "off");
  }
}
GST_END_TEST;

GST_START_TEST (test_stop_while_everybody_speaks)
{
  Member *members[4];

  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    g_autofree gchar *token = g_strdup_printf ("member-%u", i);

    members[i] = member_new (token);
  }
  for (guint round = 0; round < 5; round++) {
    g_autofree gchar *token = g_strdup_printf ("listener-%u", round);
    Listener *listener = listener_new (token);

    g_object_set (listener->src, "latency", 20 * round, NULL);
    listener_play (listener);
    for (guint i = 0; i < G_N_ELEMENTS (members); i++)
      member_send (members[i], 1 + 10 * round, 10);
    if (round % 2 == 0)
      listener_wait_pad (listener, members[round % 4]);
    listener_free (listener);
  }
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    member_free (members[i]);
}
GST_END_TEST;

GST_START_TEST (test_no_secrets_in_dumps)
{
  Listener *listener = listener_new ("a-very-secret-token");
  g_autofree gchar *dot = NULL;
  g_autofree gchar *stats = NULL;
  g_autoptr (GstStructure) structure = NULL;

  listener_play (listener);
  dot = gst_debug_bin_to_dot_data (
      GST_BIN (listener->pipeline), GST_DEBUG_GRAPH_SHOW_ALL);
  fail_unless (strstr (dot, "discordvoicesrc") != NULL);
  fail_unless (strstr (dot, "very-secret") == NULL);
  g_object_get (listener->src, "stats", &structure, NULL);
  stats = gst_structure_to_string (structure);
  fail_unless (strstr (stats, "very-secret") == NULL);
  listener_free (listener);
}
GST_END_TEST;

static Suite *
receive_suite (void)
{
  Suite *suite = suite_create ("receive");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, start_loopback, stop_loopback);
  tcase_add_test (tc, test_packets_arrive_as_sent);
  tcase_add_test (tc, test_damage_on_the_way);
  tcase_add_test (tc, test_loss_becomes_gaps);
  tcase_add_test (tc, pain_07_receives_without_ever_sending);
  tcase_add_test (tc, pain_08_camera_in_the_call);
  tcase_add_test (tc, pain_18_latency_0_waits_for_nothing);
  tcase_add_test (tc, pain_19_send_while_receiving);
  tcase_add_test (tc, test_two_sources_of_one_connection);
  tcase_add_test (tc, test_resume_keeps_the_streams);
  tcase_add_test (tc, pain_25_kicked_is_an_error);
  tcase_add_test (tc, test_kicked_can_be_eos);
  tcase_add_test (tc, test_stop_while_connecting);
  tcase_add_test (tc, test_stop_while_everybody_speaks);
  tcase_add_test (tc, test_no_secrets_in_dumps);
  return suite;
}

GST_CHECK_MAIN (receive);
