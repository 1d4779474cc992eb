/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sinks that come and go in a session that a source keeps: what they send is one
 * RTP stream (RFC 3550 5.1), and listeners hear all of it. */
#include "receive-helper.h"
#include "sinkfixture.h"

#define LISTENER "listener-test-token"
#define SILENCE 5
#define TICKS 960 /* of 20 ms */

typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  Outlets outlets;
} Source;

static Source *
source_new (Fixture *f, const gchar *token)
{
  g_autofree gchar *url = loopback_dup_gateway_url (f->server);
  guint64 joined = loopback_count (f->server, "voice-joined", 0);
  Source *self = g_new0 (Source, 1);

  self->src = gst_element_factory_make ("discordvoicesrc", NULL);
  fail_unless (self->src != NULL);
  g_object_set (self->src, "token", token, "gateway-url", url, "guild-id",
      GUILD, "channel-id", CHANNEL, NULL);
  gst_util_set_object_arg (G_OBJECT (self->src), "e2ee", "off");
  outlets_init (&self->outlets, self->src);
  self->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->src);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  fixture_wait_event (f, "voice-joined", joined + 1);
  return self;
}

static void
source_free (Source *self)
{
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_object_unref (self->pipeline);
  outlets_clear (&self->outlets);
  g_free (self);
}

/* -1: none of ours. */
static gint
frame_number (GstBuffer *buffer)
{
  GstMapInfo map;
  gint number = -1;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  if (map.size > SILENCE)
    number =
        map.data[1] << 24 | map.data[2] << 16 | map.data[3] << 8 | map.data[4];
  gst_buffer_unmap (buffer, &map);
  return number;
}

/* Frames 0 to @count - 1, @runs times. */
static void
expect_heard (Source *listener, guint32 ssrc, guint count, guint runs)
{
  g_autofree gchar *name = g_strdup_printf ("audio_%u", ssrc);
  Outlet *outlet = outlets_wait_pad (&listener->outlets, name);
  guint heard = 0;

  for (guint i = 0; heard < count * runs; i++) {
    gint number;

    outlet_wait_buffers (outlet, i + 1);
    g_mutex_lock (&listener->outlets.lock);
    number = frame_number (g_ptr_array_index (outlet->buffers, i));
    g_mutex_unlock (&listener->outlets.lock);
    if (number < 0)
      continue;
    fail_unless_equals_int (number, heard % count);
    heard++;
  }
}

static void
expect_one_stream (Fixture *f, guint count)
{
  Packet before = fixture_packet (f, 0);

  for (guint i = 1; i < count; i++) {
    Packet packet = fixture_packet (f, i);

    fail_unless_equals_int64 (packet.ssrc, before.ssrc);
    fail_unless_equals_int (packet.seqnum, (guint16) (before.seqnum + 1));
    fail_unless ((gint32) (packet.timestamp - before.timestamp) >= TICKS / 2,
        "packet %u", i);
    before = packet;
  }
}

static void
play_file (GstElement *pipeline)
{
  fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  wait_eos (pipeline);
}

GST_START_TEST (test_sinks_one_after_the_other)
{
  const guint frames = 10, runs = 3;
  Fixture *f = fixture_new (NULL, NULL);
  Source *keeper = source_new (f, TOKEN);
  Source *listener = source_new (f, LISTENER);

  for (guint i = 0; i < runs; i++) {
    GstElement *sink, *pipeline = file_pipeline (f, frames, &sink);

    play_file (pipeline);
    pipeline_free (pipeline);
  }
  fixture_wait_packets (f, runs * (frames + SILENCE));
  expect_one_stream (f, runs * (frames + SILENCE));
  expect_heard (listener, fixture_packet (f, 0).ssrc, frames, runs);
  fail_unless_equals_uint64 (loopback_count (f->server, "voice-joined", 0), 2);
  fixture_expect_no_violation (f);
  source_free (listener);
  source_free (keeper);
  fixture_free (f);
}
GST_END_TEST;

/* The same sink, stopped in the middle. */
GST_START_TEST (test_sink_stopped_and_started)
{
  Fixture *f = fixture_new (NULL, NULL);
  Source *keeper = source_new (f, TOKEN);
  GstElement *sink, *pipeline = file_pipeline (f, 500, &sink);
  g_autoptr (GstElement) source = NULL;
  guint before, sent;

  fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
  fixture_wait_packets (f, 5);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  before = sink_stat (keeper->src, "rtp-packets-sent");

  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  fill_source (source, 10);
  play_file (pipeline);
  sent = sink_stat (keeper->src, "rtp-packets-sent");
  fail_unless_equals_int (sent, before + 10 + SILENCE);
  fixture_wait_packets (f, sent);
  expect_one_stream (f, sent);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  source_free (keeper);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
restart_suite (void)
{
  Suite *suite = suite_create ("restart");
  TCase *tcase = tcase_create ("pipelines");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_sinks_one_after_the_other);
  tcase_add_test (tcase, test_sink_stopped_and_started);
  return suite;
}

GST_CHECK_MAIN (restart);
