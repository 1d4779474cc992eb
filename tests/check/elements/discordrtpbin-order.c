/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sequence numbers as a server hands them out: with probes among them, and
 * starting anew. */
#include "videohelper.h"

#define SSRC 8
#define PAD "recv_rtp_src_0_8"
#define HEADER 12

typedef struct
{
  GstElement *bin;
  GstElement *pipeline;
  GstDiscordConnection *connection;
  GstPad *network;
  Outlets outlets;
} Fixture;

static void
setup (Fixture *self)
{
  self->connection = fake_connection_new ();
  self->bin = gst_element_factory_make ("discordrtpbin", NULL);
  fail_unless (self->bin != NULL);
  g_object_set (self->bin, "connection", self->connection, "receive", TRUE,
      "receive-video", TRUE, "latency", 0, "video-latency", 0, NULL);
  outlets_init (&self->outlets, self->bin);
  self->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->bin);
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
  self->network = open_transport (self->bin);
}

static void
finish (Fixture *self)
{
  gst_clear_object (&self->network);
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (self->pipeline);
  outlets_clear (&self->outlets);
  g_object_unref (self->connection);
}

static guint64
get_counter (Fixture *self, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (self->bin, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  return value;
}

/* A packet whose picture is the tenth part of its place. */
static void
push (Fixture *self, guint16 sequence, guint place)
{
  GstBuffer *packet =
      make_packet (VP8_PT, sequence, SSRC, 5, place * GST_MSECOND);
  guint8 timestamp[4];

  GST_WRITE_UINT32_BE (timestamp, 1000 + 3000 * (place / 10));
  gst_buffer_fill (packet, 4, timestamp, sizeof (timestamp));
  gst_pad_push (self->network, packet);
}

/* As the transport passes on what is nothing but padding. */
static void
push_probe (Fixture *self, guint8 payload_type, guint16 sequence, guint32 ssrc)
{
  GstBuffer *packet =
      make_packet (payload_type, sequence, ssrc, 5, sequence * GST_MSECOND);

  gst_buffer_set_size (packet, HEADER);
  GST_BUFFER_FLAG_SET (packet, GST_BUFFER_FLAG_GAP);
  gst_pad_push (self->network, packet);
}

static void
expect_sequence (Outlet *outlet, guint index, guint16 sequence)
{
  guint8 found[2];

  gst_buffer_extract (
      g_ptr_array_index (outlet->buffers, index), 2, found, sizeof (found));
  fail_unless_equals_int (GST_READ_UINT16_BE (found), sequence);
}

/* Nothing is missing where probes were. */
GST_START_TEST (test_probes_among_video)
{
  Fixture self;
  Outlet *outlet;

  setup (&self);
  push (&self, 1, 1);
  outlet = outlets_wait_pad (&self.outlets, PAD);
  outlet_wait_buffers (outlet, 1);
  g_object_set (self.bin, "video-latency", 60000, NULL);
  push_probe (&self, VP8_PT, 2, SSRC);
  push_probe (&self, VP8_PT, 3, SSRC);
  push (&self, 4, 4);
  outlet_wait_buffers (outlet, 4);
  for (guint i = 0; i < 4; i++)
    expect_sequence (outlet, i, i + 1);
  finish (&self);
}
GST_END_TEST;

/* Neither a stream nor something strange. */
GST_START_TEST (test_probes_alone)
{
  Fixture self;
  Outlet *outlet;

  setup (&self);
  push_probe (&self, VP8_PT, 1, SSRC + 10);
  push_probe (&self, 96, 1, SSRC + 12);
  push_probe (&self, 120, 1, SSRC + 14);
  push (&self, 1, 1);
  outlet = outlets_wait_pad (&self.outlets, PAD);
  outlet_wait_buffers (outlet, 1);
  fail_unless_equals_int (GST_ELEMENT (self.bin)->numsrcpads, 1);
  fail_unless_equals_uint64 (
      get_counter (&self, "packets-unknown-payload-type"), 0);
  finish (&self);
}
GST_END_TEST;

/* A sender that starts anew with lower numbers, by so many, and goes on in time:
 * were it taken for late, nothing would come before it is where it was. */
static const guint steps_back[] = { 150, 300, 999 };

GST_START_TEST (test_starts_anew_nearby)
{
  const guint16 first = 5000, count = 200, few = 30;
  guint16 again = first + count - steps_back[__i__];
  Fixture self;
  Outlet *outlet;

  setup (&self);
  for (guint i = 0; i < count; i++)
    push (&self, first + i, i);
  outlet = outlets_wait_pad (&self.outlets, PAD);
  outlet_wait_buffers (outlet, count);
  for (guint i = 0; i < few; i++)
    push (&self, again + i, count + i);
  /* The fifth shows it; a jitter buffer has dropped those before it. */
  outlet_wait_buffers (outlet, count + few - 4);
  expect_sequence (outlet, count, again + 4);
  expect_sequence (outlet, count + few - 5, again + few - 1);
  finish (&self);
}
GST_END_TEST;

static Suite *
discordrtpbin_order_suite (void)
{
  Suite *suite = suite_create ("discordrtpbin-order");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_probes_among_video);
  tcase_add_test (tc, test_probes_alone);
  tcase_add_loop_test (
      tc, test_starts_anew_nearby, 0, G_N_ELEMENTS (steps_back));
  return suite;
}

GST_CHECK_MAIN (discordrtpbin_order);
