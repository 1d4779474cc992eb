/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How packets of a frame are spread over time (media-transport 10), on a clock
 * that goes when it is told to. */
#include "gstdiscordpacketpacer.h"

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>

#define START GST_SECOND
#define AT(ms) (START + (ms) *GST_MSECOND)

typedef struct
{
  GstClockTime time;
  guint packets;
} Burst;

typedef struct
{
  GstTestClock *clock; /* in the place of the system's */
  GstHarness *harness;
  GstFlowReturn flow; /* of whoever is behind */

  /* Guards the fields below; a leaf. */
  GMutex lock;
  GArray *bursts; /* Burst */
  gboolean eos;
} Fixture;

static GstPadProbeReturn
on_output (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Fixture *f = user_data;
  Burst burst = { gst_clock_get_time (GST_CLOCK (f->clock)), 1 };
  GstPadProbeType type = GST_PAD_PROBE_INFO_TYPE (info);

  g_mutex_lock (&f->lock);
  if (type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    f->eos |= GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS;
  } else {
    fail_if (f->eos);
    if (type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
      burst.packets =
          gst_buffer_list_length (GST_PAD_PROBE_INFO_BUFFER_LIST (info));
    g_array_append_val (f->bursts, burst);
  }
  g_mutex_unlock (&f->lock);
  if (f->flow == GST_FLOW_OK || type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    return GST_PAD_PROBE_OK;
  GST_PAD_PROBE_INFO_FLOW_RETURN (info) = f->flow;
  gst_mini_object_unref (GST_PAD_PROBE_INFO_DATA (info));
  return GST_PAD_PROBE_HANDLED;
}

static void
fixture_init (Fixture *f)
{
  GstElement *pacer = g_object_new (GST_TYPE_DISCORD_PACKET_PACER, NULL);
  g_autoptr (GstPad) src = gst_element_get_static_pad (pacer, "src");

  *f = (Fixture){ .flow = GST_FLOW_OK };
  g_mutex_init (&f->lock);
  f->bursts = g_array_new (FALSE, FALSE, sizeof (Burst));
  f->clock = GST_TEST_CLOCK (gst_test_clock_new_with_start_time (START));
  gst_system_clock_set_default (GST_CLOCK (f->clock));
  gst_pad_add_probe (src,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST
          | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      on_output, f, NULL);
  f->harness =
      gst_harness_new_with_element (g_object_ref_sink (pacer), "sink", "src");
  gst_object_unref (pacer);
  gst_harness_set_src_caps_str (f->harness, "application/x-rtp");
}

static void
fixture_clear (Fixture *f)
{
  gst_harness_teardown (f->harness);
  gst_system_clock_set_default (NULL);
  gst_object_unref (f->clock);
  g_array_unref (f->bursts);
  g_mutex_clear (&f->lock);
}

static void
expect_bursts (Fixture *f, const Burst *expected, guint n)
{
  g_mutex_lock (&f->lock);
  fail_unless_equals_int (f->bursts->len, n);
  for (guint i = 0; i < n; i++) {
    const Burst *burst = &g_array_index (f->bursts, Burst, i);

    fail_unless_equals_uint64 (burst->time, expected[i].time);
    fail_unless_equals_int (burst->packets, expected[i].packets);
  }
  g_mutex_unlock (&f->lock);
}

#define expect(f, ...)                                                         \
  G_STMT_START                                                                 \
  {                                                                            \
    const Burst expected[] = { __VA_ARGS__ };                                  \
                                                                               \
    expect_bursts (f, expected, G_N_ELEMENTS (expected));                      \
  }                                                                            \
  G_STMT_END

static GstBufferList *
make_frame (guint packets)
{
  GstBufferList *list = gst_buffer_list_new_sized (packets);

  for (guint i = 0; i < packets; i++)
    gst_buffer_list_add (list, gst_buffer_new_allocate (NULL, 100, NULL));
  return list;
}

typedef struct
{
  Fixture *f;
  guint packets;
  gboolean eos;
} Push;

static gpointer
run_push (gpointer data)
{
  const Push *push = data;
  GstHarness *h = push->f->harness;
  GstFlowReturn ret = gst_pad_push_list (h->srcpad, make_frame (push->packets));

  if (push->eos)
    fail_unless (gst_harness_push_event (h, gst_event_new_eos ()));
  return GINT_TO_POINTER (ret);
}

static GstFlowReturn
push_now (Fixture *f, guint packets)
{
  return gst_pad_push_list (f->harness->srcpad, make_frame (packets));
}

/* What it pushes it may have to wait with. */
static GThread *
start_push (Push *push)
{
  return g_thread_new ("push", run_push, push);
}

static GstFlowReturn
finish_push (GThread *thread)
{
  return GPOINTER_TO_INT (g_thread_join (thread));
}

static void
crank (Fixture *f, guint times)
{
  while (times-- > 0)
    fail_unless (gst_test_clock_crank (f->clock));
}

/* The clock goes to @time while somebody waits for an earlier one. */
static void
oversleep (Fixture *f, GstClockTime time)
{
  GstClockID id;

  gst_test_clock_wait_for_next_pending_id (f->clock, NULL);
  gst_test_clock_set_time (f->clock, time);
  id = gst_test_clock_process_next_clock_id (f->clock);
  fail_unless (id != NULL);
  gst_clock_id_unref (id);
}

GST_START_TEST (test_twelve_a_millisecond)
{
  Fixture f;
  GThread *thread;

  fixture_init (&f);
  thread = start_push (&(Push){ &f, 30, FALSE });
  crank (&f, 2);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_OK);
  expect (&f, { AT (0), 12 }, { AT (1), 12 }, { AT (2), 6 });
  fixture_clear (&f);
}
GST_END_TEST;

/* Nobody waits where there is nothing to spread. */
GST_START_TEST (test_small_frames)
{
  Fixture f;

  fixture_init (&f);
  fail_unless_equals_int (push_now (&f, 12), GST_FLOW_OK);
  gst_test_clock_set_time (f.clock, AT (20));
  fail_unless_equals_int (
      gst_pad_push (f.harness->srcpad, gst_buffer_new ()), GST_FLOW_OK);
  gst_test_clock_set_time (f.clock, AT (21));
  fail_unless_equals_int (push_now (&f, 1), GST_FLOW_OK);
  expect (&f, { AT (0), 12 }, { AT (20), 1 }, { AT (21), 1 });
  fixture_clear (&f);
}
GST_END_TEST;

/* Frames that come behind each other share the pace. */
GST_START_TEST (test_frame_behind_frame)
{
  Fixture f;
  GThread *thread;

  fixture_init (&f);
  fail_unless_equals_int (push_now (&f, 5), GST_FLOW_OK);
  thread = start_push (&(Push){ &f, 13, FALSE });
  crank (&f, 2);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_OK);
  expect (&f, { AT (0), 5 }, { AT (1), 12 }, { AT (2), 1 });
  fixture_clear (&f);
}
GST_END_TEST;

/* Time in which nothing was sent is not made up for. */
GST_START_TEST (test_no_credit)
{
  Fixture f;
  GThread *thread;

  fixture_init (&f);
  fail_unless_equals_int (push_now (&f, 1), GST_FLOW_OK);
  gst_test_clock_set_time (f.clock, AT (100));
  thread = start_push (&(Push){ &f, 25, FALSE });
  crank (&f, 2);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_OK);
  expect (
      &f, { AT (0), 1 }, { AT (100), 12 }, { AT (101), 12 }, { AT (102), 1 });
  fixture_clear (&f);
}
GST_END_TEST;

/* Who wakes too late does not make the next one late as well. */
GST_START_TEST (test_absolute_schedule)
{
  const GstClockTime late = AT (1) + 700 * GST_USECOND;
  Fixture f;
  GThread *thread;

  fixture_init (&f);
  thread = start_push (&(Push){ &f, 36, FALSE });
  oversleep (&f, late);
  crank (&f, 1);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_OK);
  expect (&f, { AT (0), 12 }, { late, 12 }, { AT (2), 12 });
  fixture_clear (&f);
}
GST_END_TEST;

/* ... and several turns that were missed are not made up for. */
GST_START_TEST (test_slept_long)
{
  Fixture f;
  GThread *thread;

  fixture_init (&f);
  thread = start_push (&(Push){ &f, 48, FALSE });
  oversleep (&f, AT (10));
  crank (&f, 1);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_OK);
  expect (
      &f, { AT (0), 12 }, { AT (10), 12 }, { AT (10), 12 }, { AT (11), 12 });
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_eos_behind_the_last)
{
  Fixture f;
  GThread *thread;

  fixture_init (&f);
  thread = start_push (&(Push){ &f, 24, TRUE });
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  fail_if (f.eos);
  crank (&f, 1);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_OK);
  fail_unless (f.eos);
  expect (&f, { AT (0), 12 }, { AT (1), 12 });
  fixture_clear (&f);
}
GST_END_TEST;

/* A flush ends the wait, and what was waiting is gone. */
GST_START_TEST (test_flush)
{
  Fixture f;
  GThread *thread;
  GstSegment segment;

  fixture_init (&f);
  thread = start_push (&(Push){ &f, 36, FALSE });
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  gst_harness_push_event (f.harness, gst_event_new_flush_start ());
  fail_unless_equals_int (finish_push (thread), GST_FLOW_FLUSHING);
  expect (&f, { AT (0), 12 });
  gst_harness_push_event (f.harness, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (f.harness, gst_event_new_segment (&segment));
  g_array_set_size (f.bursts, 0);

  gst_test_clock_set_time (f.clock, AT (50));
  thread = start_push (&(Push){ &f, 13, FALSE });
  crank (&f, 1);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_OK);
  expect (&f, { AT (50), 12 }, { AT (51), 1 });
  fixture_clear (&f);
}
GST_END_TEST;

/* Stopping does not wait for the clock. */
GST_START_TEST (test_stop_while_waiting)
{
  Fixture f;
  GThread *thread;

  fixture_init (&f);
  thread = start_push (&(Push){ &f, 1200, FALSE });
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  fail_unless_equals_int (
      gst_element_set_state (f.harness->element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (finish_push (thread), GST_FLOW_FLUSHING);
  expect (&f, { AT (0), 12 });
  fixture_clear (&f);
}
GST_END_TEST;

GST_START_TEST (test_error_ends_the_frame)
{
  Fixture f;

  fixture_init (&f);
  f.flow = GST_FLOW_ERROR;
  fail_unless_equals_int (push_now (&f, 36), GST_FLOW_ERROR);
  expect (&f, { AT (0), 12 });
  fixture_clear (&f);
}
GST_END_TEST;

static Suite *
packet_pacer_suite (void)
{
  Suite *suite = suite_create ("packetpacer");
  TCase *tcase = tcase_create ("pacer");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_twelve_a_millisecond);
  tcase_add_test (tcase, test_small_frames);
  tcase_add_test (tcase, test_frame_behind_frame);
  tcase_add_test (tcase, test_no_credit);
  tcase_add_test (tcase, test_absolute_schedule);
  tcase_add_test (tcase, test_slept_long);
  tcase_add_test (tcase, test_eos_behind_the_last);
  tcase_add_test (tcase, test_flush);
  tcase_add_test (tcase, test_stop_while_waiting);
  tcase_add_test (tcase, test_error_ends_the_frame);
  return suite;
}

GST_CHECK_MAIN (packet_pacer);
