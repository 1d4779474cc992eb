/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections of Go Live streams against the stand-in. Time-outs only end a test
 * that would hang. */
#include "golivefixture.h"

GST_START_TEST (test_live_and_watched)
{
  Loopback *loopback = golive_start ();
  Party alice, bob;
  GstDiscordConnection *own, *watched;
  g_autofree gchar *key = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless (loopback_start (loopback, NULL));
  party_join (&alice, loopback, "alice");
  party_join (&bob, loopback, "bob");
  own = party_go_live (&alice, &error);
  g_assert_no_error (error);
  key = party_dup_key (&alice);
  watched = party_watch (&bob, key, &error);
  g_assert_no_error (error);

  stream_end (watched);
  stream_end (own);
  party_leave (&bob, loopback);
  party_leave (&alice, loopback);
  golive_stop (loopback);
}
GST_END_TEST;

static Suite *
connection_streams_suite (void)
{
  Suite *s = suite_create ("connection-streams");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, test_live_and_watched);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (connection_streams);
