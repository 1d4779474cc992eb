/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "packetqueue.h"

static void
push (GstDiscordPacketQueue *queue, guint8 first, guint count)
{
  for (guint i = 0; i < count; i++) {
    guint8 byte = first + i;
    g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (&byte, 1);

    gst_discord_packet_queue_push (queue, FALSE, &buffer, 1);
  }
}

static guint8
number (GstDiscordPacket *packet)
{
  guint8 byte;

  gst_buffer_extract (packet->buffer, 0, &byte, 1);
  gst_buffer_unref (packet->buffer);
  return byte;
}

static GstDiscordPacketQueue *
make_open_queue (guint size)
{
  GstDiscordPacketQueue *queue = gst_discord_packet_queue_new (size);

  gst_discord_packet_queue_set_flushing (queue, FALSE);
  gst_discord_packet_queue_set_open (queue, TRUE);
  return queue;
}

GST_START_TEST (pain_16_oldest_packets_are_lost)
{
  GstDiscordPacketQueue *queue = make_open_queue (4);
  GstDiscordPacket packets[8];

  push (queue, 1, 7);
  fail_unless_equals_uint64 (gst_discord_packet_queue_get_dropped (queue), 3);
  fail_unless_equals_int (gst_discord_packet_queue_pop (queue, packets, 8), 4);
  for (guint i = 0; i < 4; i++)
    fail_unless_equals_int (number (&packets[i]), 4 + i);
  gst_discord_packet_queue_free (queue);
}
GST_END_TEST;

GST_START_TEST (test_batches)
{
  GstDiscordPacketQueue *queue = make_open_queue (16);
  GstDiscordPacket packets[3];

  push (queue, 1, 5);
  fail_unless_equals_int (gst_discord_packet_queue_pop (queue, packets, 3), 3);
  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (number (&packets[i]), 1 + i);
  fail_unless_equals_int (gst_discord_packet_queue_pop (queue, packets, 3), 2);
  for (guint i = 0; i < 2; i++)
    fail_unless_equals_int (number (&packets[i]), 4 + i);
  gst_discord_packet_queue_free (queue);
}
GST_END_TEST;

GST_START_TEST (test_closed_queue_takes_nothing)
{
  GstDiscordPacketQueue *queue = make_open_queue (16);
  GstDiscordPacket packet;

  push (queue, 1, 2);
  gst_discord_packet_queue_set_open (queue, FALSE);
  push (queue, 3, 2);
  gst_discord_packet_queue_set_open (queue, TRUE);
  push (queue, 5, 1);
  fail_unless_equals_int (gst_discord_packet_queue_pop (queue, &packet, 1), 1);
  fail_unless_equals_int (number (&packet), 5);
  fail_unless_equals_uint64 (gst_discord_packet_queue_get_dropped (queue), 0);
  gst_discord_packet_queue_free (queue);
}
GST_END_TEST;

static gpointer
pop_one (gpointer data)
{
  GstDiscordPacket packet;

  return GUINT_TO_POINTER (gst_discord_packet_queue_pop (data, &packet, 1));
}

GST_START_TEST (test_flushing_ends_the_wait)
{
  GstDiscordPacketQueue *queue = make_open_queue (16);
  GThread *thread = g_thread_new ("pop", pop_one, queue);

  gst_discord_packet_queue_set_flushing (queue, TRUE);
  fail_unless_equals_int (GPOINTER_TO_UINT (g_thread_join (thread)), 0);
  push (queue, 1, 1);
  fail_unless_equals_int (GPOINTER_TO_UINT (pop_one (queue)), 0);
  gst_discord_packet_queue_free (queue);
}
GST_END_TEST;

/* What is left in it goes with it. */
GST_START_TEST (test_free_with_packets)
{
  GstDiscordPacketQueue *queue = make_open_queue (16);

  push (queue, 1, 5);
  gst_discord_packet_queue_free (queue);
}
GST_END_TEST;

static Suite *
packetqueue_suite (void)
{
  Suite *suite = suite_create ("packetqueue");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, pain_16_oldest_packets_are_lost);
  tcase_add_test (tc, test_batches);
  tcase_add_test (tc, test_closed_queue_takes_nothing);
  tcase_add_test (tc, test_flushing_ends_the_wait);
  tcase_add_test (tc, test_free_with_packets);
  return suite;
}

GST_CHECK_MAIN (packetqueue);
