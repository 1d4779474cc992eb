/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Discovery and ping with a clock of our own: exact times, no socket. */

#include "udptransport-peer.h"

#define START (100 * NS_PER_MS)

typedef struct
{
  DiscordUdpControl control;
  guint8 datagram[DISCORD_DISCOVERY_SIZE];
} Fixture;

static void
start (Fixture *fixture)
{
  discord_udp_control_init (
      &fixture->control, PEER_SSRC, &discord_udp_params.control, START);
}

static gboolean
feed_response (Fixture *fixture, guint32 ssrc, const gchar *address,
    guint16 port, gint64 now_ns)
{
  guint8 response[DISCORD_DISCOVERY_SIZE];

  peer_make_response (response, ssrc, address, port);
  return discord_udp_control_input (&fixture->control, DISCORD_PACKET_DISCOVERY,
      response, sizeof response, now_ns);
}

static gboolean
feed_pong (Fixture *fixture, guint32 sequence, gint64 now_ns)
{
  guint8 reply[DISCORD_PING_SIZE];

  put_be (reply, 4, 0x1337F00D);
  put_be (reply + 4, 4, GUINT32_SWAP_LE_BE (sequence));
  return discord_udp_control_input (&fixture->control,
      DISCORD_PACKET_PING_REPLY, reply, sizeof reply, now_ns);
}

/* Past discovery at START. */
static void
start_ready (Fixture *fixture)
{
  start (fixture);
  fail_unless_equals_int (
      discord_udp_control_tick (&fixture->control, START, fixture->datagram),
      DISCORD_DISCOVERY_SIZE);
  fail_unless (feed_response (fixture, PEER_SSRC, "203.0.113.7", 51413, START));
  fail_unless_equals_int (fixture->control.state, DISCORD_UDP_CONTROL_READY);
}

static void
expect_ping (Fixture *fixture, gint64 now_ns, guint32 sequence)
{
  fail_unless_equals_int (
      discord_udp_control_tick (&fixture->control, now_ns, fixture->datagram),
      DISCORD_PING_SIZE);
  fail_unless_equals_uint64 (get_be (fixture->datagram, 4), 0x1337CAFE);
  fail_unless_equals_uint64 (get_le32 (fixture->datagram + 4), sequence);
}

GST_START_TEST (test_ten_tries_then_blocked)
{
  Fixture fixture;
  guint i;

  start (&fixture);
  for (i = 0; i < 10; i++) {
    gint64 due_ns = START + i * 500 * NS_PER_MS;

    fail_unless_equals_int64 (fixture.control.due_ns, due_ns);
    fail_unless_equals_int (discord_udp_control_tick (
                                &fixture.control, due_ns - 1, fixture.datagram),
        0);
    fail_unless_equals_int (
        discord_udp_control_tick (&fixture.control, due_ns, fixture.datagram),
        DISCORD_DISCOVERY_SIZE);
    fail_unless_equals_uint64 (get_be (fixture.datagram + 4, 4), PEER_SSRC);
  }
  fail_unless_equals_int64 (fixture.control.due_ns, START + 5000 * NS_PER_MS);
  fail_unless_equals_int (
      fixture.control.state, DISCORD_UDP_CONTROL_DISCOVERING);
  fail_unless_equals_int (discord_udp_control_tick (&fixture.control,
                              fixture.control.due_ns, fixture.datagram),
      0);
  fail_unless_equals_int (fixture.control.state, DISCORD_UDP_CONTROL_BLOCKED);
  fail_unless_equals_int64 (fixture.control.due_ns, -1);

  /* An answer now is too late. */
  feed_response (&fixture, PEER_SSRC, "203.0.113.7", 51413, START);
  fail_unless_equals_int (fixture.control.state, DISCORD_UDP_CONTROL_BLOCKED);
  fail_unless_equals_int (
      discord_udp_control_tick (&fixture.control, G_MAXINT64, fixture.datagram),
      0);
}

GST_END_TEST

GST_START_TEST (test_responses_refused)
{
  guint8 response[DISCORD_DISCOVERY_SIZE];
  gchar endless[65];
  Fixture fixture;

  start (&fixture);
  memset (endless, '1', 64);
  endless[64] = 0;
  fail_if (feed_response (&fixture, PEER_SSRC + 1, "203.0.113.7", 1, START));
  fail_if (feed_response (&fixture, PEER_SSRC, "203.0.113.7", 0, START));
  fail_if (feed_response (&fixture, PEER_SSRC, "", 1, START));
  fail_if (feed_response (&fixture, PEER_SSRC, "voice.example", 1, START));
  fail_if (feed_response (&fixture, PEER_SSRC, "203.0.113.7\"", 1, START));
  fail_if (feed_response (&fixture, PEER_SSRC, endless, 1, START));

  peer_make_response (response, PEER_SSRC, "203.0.113.7", 1);
  response[1] = 1;
  fail_if (discord_udp_control_input (&fixture.control,
      DISCORD_PACKET_DISCOVERY, response, sizeof response, START));
  fail_if (discord_udp_control_input (
      &fixture.control, DISCORD_PACKET_RTP, response, sizeof response, START));
  fail_unless_equals_int (
      fixture.control.state, DISCORD_UDP_CONTROL_DISCOVERING);

  fail_unless (feed_response (&fixture, PEER_SSRC, "2001:db8::7", 4242, START));
  fail_unless_equals_string (fixture.control.address, "2001:db8::7");
  fail_unless_equals_int (fixture.control.port, 4242);
}

GST_END_TEST

GST_START_TEST (test_second_response_changes_nothing)
{
  Fixture fixture;
  gint64 due_ns;

  start_ready (&fixture);
  due_ns = fixture.control.due_ns;
  fail_unless (feed_response (&fixture, PEER_SSRC, "192.0.2.1", 1, START + 9));
  fail_unless_equals_string (fixture.control.address, "203.0.113.7");
  fail_unless_equals_int (fixture.control.port, 51413);
  fail_unless_equals_int64 (fixture.control.due_ns, due_ns);
}

GST_END_TEST

GST_START_TEST (test_ping_schedule_and_rtt)
{
  Fixture fixture;
  gint64 first_ns = START + 100 * NS_PER_MS;
  guint i;

  start_ready (&fixture);
  fail_unless_equals_int64 (fixture.control.due_ns, first_ns);
  fail_unless_equals_int64 (fixture.control.rtt_ns, -1);
  for (i = 0; i < 5; i++) {
    gint64 due_ns = first_ns + i * 5000 * NS_PER_MS;

    fail_unless_equals_int64 (fixture.control.due_ns, due_ns);
    /* Lateness moves this ping, not the ones after it. */
    expect_ping (&fixture, due_ns + 7, i + 1);
    fail_unless (feed_pong (&fixture, i + 1, due_ns + 7 + 1000 + i));
    fail_unless_equals_int64 (fixture.control.rtt_ns, 1000 + i);
  }
  fail_unless_equals_uint64 (fixture.control.pings_sent, 5);
  fail_unless_equals_uint64 (fixture.control.pings_lost, 0);
}

GST_END_TEST

GST_START_TEST (test_lost_and_late_pings)
{
  Fixture fixture;
  DiscordUdpControl *control = &fixture.control;

  start_ready (&fixture);
  expect_ping (&fixture, control->due_ns, 1);
  expect_ping (&fixture, control->due_ns, 2);
  fail_unless_equals_uint64 (control->pings_lost, 1);

  /* The reply to the first: ours, but lost is lost. */
  fail_unless (feed_pong (&fixture, 1, control->ping_sent_ns + 1));
  fail_unless_equals_int64 (control->rtt_ns, -1);

  /* Just past the limit, before the next one went out. */
  fail_unless (
      feed_pong (&fixture, 2, control->ping_sent_ns + 5000 * NS_PER_MS + 1));
  fail_unless_equals_int64 (control->rtt_ns, -1);
  expect_ping (&fixture, control->due_ns, 3);
  fail_unless_equals_uint64 (control->pings_lost, 2);

  /* Just within it; and the same reply twice counts once. */
  fail_unless (
      feed_pong (&fixture, 3, control->ping_sent_ns + 5000 * NS_PER_MS));
  fail_unless_equals_int64 (control->rtt_ns, 5000 * NS_PER_MS);
  fail_unless (feed_pong (&fixture, 3, control->ping_sent_ns + 1));
  fail_unless_equals_int64 (control->rtt_ns, 5000 * NS_PER_MS);
  expect_ping (&fixture, control->due_ns, 4);
  fail_unless_equals_uint64 (control->pings_lost, 2);
}

GST_END_TEST

GST_START_TEST (test_pongs_never_asked_for)
{
  Fixture fixture;

  start_ready (&fixture);
  fail_if (feed_pong (&fixture, 1, START));
  expect_ping (&fixture, fixture.control.due_ns, 1);
  fail_if (feed_pong (&fixture, 0, START));
  fail_if (feed_pong (&fixture, 2, START));
  fail_if (feed_pong (&fixture, 0x01000000, START));
  fail_unless_equals_int64 (fixture.control.rtt_ns, -1);
  fail_unless (feed_pong (&fixture, 1, fixture.control.ping_sent_ns + 3));
  fail_unless_equals_int64 (fixture.control.rtt_ns, 3);
}

GST_END_TEST

GST_START_TEST (test_no_burst_after_a_stall)
{
  Fixture fixture;
  gint64 late_ns;

  start_ready (&fixture);
  late_ns = fixture.control.due_ns + NS_PER_HOUR;
  expect_ping (&fixture, late_ns, 1);
  fail_unless_equals_int64 (fixture.control.due_ns, late_ns + 5000 * NS_PER_MS);
}

GST_END_TEST

static Suite *
udptransport_control_suite (void)
{
  Suite *suite = suite_create ("udptransport-control");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_ten_tries_then_blocked);
  tcase_add_test (tcase, test_responses_refused);
  tcase_add_test (tcase, test_second_response_changes_nothing);
  tcase_add_test (tcase, test_ping_schedule_and_rtt);
  tcase_add_test (tcase, test_lost_and_late_pings);
  tcase_add_test (tcase, test_pongs_never_asked_for);
  tcase_add_test (tcase, test_no_burst_after_a_stall);
  return suite;
}

GST_CHECK_MAIN (udptransport_control);
