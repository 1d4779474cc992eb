/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "keyrequest.h"
#include "nackgenerator.h"

#define MS 1000
#define NEVER INT64_MAX
#define LATENCY (200 * MS)

static NackGenerator *nacks;

static void
setup (void)
{
  nacks = nack_generator_new ();
}

static void
teardown (void)
{
  nack_generator_free (nacks);
}

static void
packets (guint16 first, guint16 last, gint64 now)
{
  for (guint16 i = first; i != (guint16) (last + 1); i++)
    fail_unless (nack_generator_packet (nacks, i, FALSE, now));
}

/* What is asked for at @now, as text. */
static void
check_poll_rtt (gint64 now, gint64 rtt, const gchar *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint16 sequences[16];
  gsize n = nack_generator_poll (
      nacks, now, rtt, LATENCY, sequences, G_N_ELEMENTS (sequences));

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%s%u", i > 0 ? " " : "", sequences[i]);
  fail_unless_equals_string (text->str, expected);
}

static void
check_poll (gint64 now, const gchar *expected)
{
  check_poll_rtt (now, 40 * MS, expected);
}

GST_START_TEST (test_nothing_missing)
{
  packets (65000, 100, 0);
  fail_unless_equals_int64 (nack_generator_due (nacks), NEVER);
  check_poll (0, "");
}
GST_END_TEST;

GST_START_TEST (test_asks_at_once_for_all)
{
  packets (65532, 65533, 0);
  fail_unless (nack_generator_packet (nacks, 1, FALSE, 5 * MS));
  fail_unless_equals_int64 (nack_generator_due (nacks), 5 * MS);
  check_poll (5 * MS, "65534 65535 0");
  check_poll (5 * MS, "");
}
GST_END_TEST;

/* Again when the answer should have been here: four times in a latency of five
 * round trips, since retransmissions get lost too. */
GST_START_TEST (test_retries)
{
  packets (1, 1, 0);
  packets (3, 3, 0);
  check_poll (0, "2");
  fail_unless_equals_int64 (nack_generator_due (nacks), 50 * MS);
  check_poll (49 * MS, "");
  check_poll (50 * MS, "2");
  fail_unless_equals_int64 (nack_generator_due (nacks), 100 * MS);
  check_poll (100 * MS, "2");
  check_poll (150 * MS, "2");
}
GST_END_TEST;

GST_START_TEST (test_retry_interval)
{
  static const struct
  {
    gint64 round_trip;
    gint64 interval;
  } cases[] = {
    { -1, 100 * MS }, /* not known */
    { 0, 20 * MS }, { 10 * MS, 20 * MS }, { 16 * MS, 20 * MS },
    { 100 * MS, 125 * MS }, { 120 * MS, 150 * MS },
    { 60000 * MS, 1000 * MS }, /* nobody waits so long for a packet */
  };

  packets (1, 1, 0);
  packets (3, 3, 0);
  check_poll_rtt (0, cases[__i__].round_trip, "2");
  fail_unless_equals_int64 (nack_generator_due (nacks), cases[__i__].interval);
}
GST_END_TEST;

GST_START_TEST (test_gives_up_by_age)
{
  packets (1, 1, 0);
  packets (3, 3, 0);
  check_poll (0, "2");
  check_poll (LATENCY, "2");
  check_poll (LATENCY + 50 * MS, "");
  fail_unless_equals_int64 (nack_generator_due (nacks), NEVER);
}
GST_END_TEST;

GST_START_TEST (test_gives_up_after_sends)
{
  guint16 sequence;
  guint sends = 0;

  packets (1, 1, 0);
  packets (3, 3, 0);
  for (gint64 now = 0; now < 1000 * 100 * MS; now += 100 * MS)
    sends += nack_generator_poll (nacks, now, -1, G_MAXINT64, &sequence, 1);
  fail_unless_equals_int (sends, NACK_MAX_SENDS);
  fail_unless_equals_int (nack_generator_outstanding (nacks), 0);
}
GST_END_TEST;

/* By any way: late, or as a retransmission. */
GST_START_TEST (test_arrival_ends_it)
{
  packets (10, 10, 0);
  packets (14, 14, 0);
  fail_unless (nack_generator_packet (nacks, 12, FALSE, 0));
  check_poll (0, "11 13");
  fail_unless (nack_generator_packet (nacks, 11, TRUE, 50 * MS));
  check_poll (100 * MS, "13");
  fail_unless (nack_generator_packet (nacks, 11, TRUE, 150 * MS));
  fail_unless_equals_int (nack_generator_outstanding (nacks), 1);
}
GST_END_TEST;

GST_START_TEST (test_reorder_stage_passes)
{
  packets (65533, 65533, 0);
  packets (4, 4, 0);
  nack_generator_give_up (nacks, 0);
  check_poll (0, "1 2 3");
  nack_generator_give_up (nacks, 100);
  fail_unless_equals_int (nack_generator_outstanding (nacks), 0);
}
GST_END_TEST;

GST_START_TEST (test_overflow)
{
  packets (1, 1, 0);
  fail_unless (
      nack_generator_packet (nacks, 2 + NACK_MAX_OUTSTANDING, FALSE, 0));
  fail_unless_equals_int (
      nack_generator_outstanding (nacks), NACK_MAX_OUTSTANDING);
  packets (1003, 1003, 0);
  fail_if (nack_generator_packet (nacks, 1005, FALSE, 0));
  fail_unless_equals_int (nack_generator_outstanding (nacks), 0);
  /* and goes on from there */
  packets (1007, 1007, 0);
  check_poll (0, "1006");
  fail_if (nack_generator_packet (nacks, 1007 + 0x7fff, FALSE, 0));
}
GST_END_TEST;

/* At most so many at once; the rest is due still. */
GST_START_TEST (test_poll_is_bounded)
{
  guint16 sequences[4];

  packets (1, 1, 0);
  packets (12, 12, 0);
  for (guint i = 0; i < 2; i++) {
    fail_unless_equals_int (
        nack_generator_poll (nacks, 0, 0, LATENCY, sequences, 4), 4);
    fail_unless_equals_int (sequences[0], 2 + 4 * i);
    fail_unless_equals_int64 (nack_generator_due (nacks), 0);
  }
  fail_unless_equals_int (
      nack_generator_poll (nacks, 0, 0, LATENCY, sequences, 4), 2);
  fail_unless_equals_int64 (nack_generator_due (nacks), 20 * MS);
}
GST_END_TEST;

/* One packet from far behind is old, two in a row are a new beginning; old
 * retransmissions are probes. */
GST_START_TEST (test_sender_starts_anew)
{
  packets (40000, 40000, 0);
  for (guint16 i = 0; i < 10; i++)
    fail_unless (nack_generator_packet (nacks, 20000 + i, TRUE, 0));
  fail_unless (nack_generator_packet (nacks, 20000, FALSE, 0));
  packets (40001, 40001, 0);
  fail_unless (nack_generator_packet (nacks, 20001, FALSE, 0));
  packets (40003, 40003, 0);
  check_poll (0, "40002");

  packets (20010, 20011, 0);
  packets (20013, 20013, 0);
  check_poll (0, "20012");
}
GST_END_TEST;

/* All that is lost of a random stream is asked for, and nothing else. */
GST_START_TEST (test_random_loss)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4);
  gboolean lost[5000] = { FALSE }, asked[5000] = { FALSE };
  guint n_lost = 0;

  for (guint i = 0; i < G_N_ELEMENTS (lost); i++) {
    guint16 sequences[64];
    gsize n;

    lost[i] = i > 0 && i < G_N_ELEMENTS (lost) - 1
        && g_rand_int_range (random, 0, 10) == 0;
    n_lost += lost[i];
    if (lost[i])
      continue;
    fail_unless (
        nack_generator_packet (nacks, (guint16) (63000 + i), FALSE, i * MS));
    n = nack_generator_poll (
        nacks, i * MS, 0, LATENCY, sequences, G_N_ELEMENTS (sequences));
    for (gsize j = 0; j < n; j++) {
      guint16 index = sequences[j] - (guint16) 63000;

      fail_unless (lost[index]);
      asked[index] = TRUE;
    }
  }
  fail_unless (n_lost > 300);
  fail_unless (memcmp (lost, asked, sizeof lost) == 0);
}
GST_END_TEST;

GST_START_TEST (test_key_request)
{
  KeyRequest request = { FALSE };

  fail_unless (key_request_due (&request) == INT64_MAX);
  fail_if (key_request_take (&request, 0));
  key_request_ask (&request);
  fail_unless (key_request_take (&request, 0));
  fail_if (key_request_take (&request, 0));

  /* Many that come too soon become one, when it is time. */
  for (guint i = 0; i < 10; i++)
    key_request_ask (&request);
  fail_unless (key_request_due (&request) == KEY_REQUEST_INTERVAL);
  fail_if (key_request_take (&request, KEY_REQUEST_INTERVAL - 1));
  fail_unless (key_request_take (&request, KEY_REQUEST_INTERVAL));
  fail_if (key_request_take (&request, 10 * KEY_REQUEST_INTERVAL));
}
GST_END_TEST;

static Suite *
nackgenerator_suite (void)
{
  Suite *suite = suite_create ("nackgenerator");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_nothing_missing);
  tcase_add_test (tc, test_asks_at_once_for_all);
  tcase_add_test (tc, test_retries);
  tcase_add_loop_test (tc, test_retry_interval, 0, 7);
  tcase_add_test (tc, test_gives_up_by_age);
  tcase_add_test (tc, test_gives_up_after_sends);
  tcase_add_test (tc, test_arrival_ends_it);
  tcase_add_test (tc, test_reorder_stage_passes);
  tcase_add_test (tc, test_overflow);
  tcase_add_test (tc, test_poll_is_bounded);
  tcase_add_test (tc, test_sender_starts_anew);
  tcase_add_test (tc, test_random_loss);
  tcase_add_test (tc, test_key_request);
  return suite;
}

GST_CHECK_MAIN (nackgenerator);
