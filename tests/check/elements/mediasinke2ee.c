/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the pacing sink does when a group or a session comes and goes, with a
 * connection that says what it is told to. */
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "gstdiscordaudioplayer-private.h"
#include "gstdiscorddaveenc.h"

#define FRAME (20 * GST_MSECOND)
#define FRAME_SIZE 4
#define PATIENCE (20 * G_TIME_SPAN_SECOND)

static struct
{
  GMutex lock;
  GCond cond;
  GstDiscordSendState state;
  GstDiscordSendStateFunc watch;
  gpointer watch_data;
  /* Of the pad behind the sink: */
  guint without_key; /* so many frames are answered with that */
  gint never; /* this frame always is */
  gboolean explains; /* and says that the group is gone */
  guint refused;
  GArray *numbers; /* frames that went out */
  /* Of the session: */
  guint generation;
  gint moves_behind; /* behind this frame it is another one */
  gboolean intrudes; /* the end of the last talk spurt comes in between */
  GstDiscordSpeakingFlags announced; /* last */
  guint unannounced; /* frames that went out while that was none */
} fake;

static GstDiscordConnection *connection;
static GstElement *pipeline, *source, *sink;
static GstPad *behind;

void
gst_discord_connection_get_send_state (
    GstDiscordConnection *self, GstDiscordSendState *state)
{
  g_mutex_lock (&fake.lock);
  *state = fake.state;
  g_mutex_unlock (&fake.lock);
}

guint
gst_discord_connection_add_send_watch (GstDiscordConnection *self,
    GstDiscordSendStateFunc func, gpointer user_data)
{
  fake.watch = func;
  fake.watch_data = user_data;
  return 1;
}

void
gst_discord_connection_remove_send_watch (GstDiscordConnection *self, guint id)
{
  fake.watch = NULL;
}

static void
tell (GstDiscordE2eeState e2ee, GstDiscordSpeakingFlags speaking)
{
  GstDiscordSendState state;

  g_mutex_lock (&fake.lock);
  fake.state = (GstDiscordSendState){
    .state = GST_DISCORD_CONNECTION_STATE_CONNECTED,
    .can_send = TRUE,
    .generation = fake.generation,
    .ssrc = 4711,
    .speaking_sent = speaking,
    .e2ee = e2ee,
  };
  state = fake.state;
  g_mutex_unlock (&fake.lock);
  if (fake.watch != NULL)
    fake.watch (connection, &state, fake.watch_data);
}

void
gst_discord_connection_set_speaking (
    GstDiscordConnection *self, GstDiscordSpeakingFlags flags)
{
  gboolean intruding = flags == GST_DISCORD_SPEAKING_NONE && fake.intrudes;

  fake.announced = flags;
  /* One that is on its way behind another shows later. */
  if (!intruding)
    tell (fake.state.e2ee, flags);
  if (flags != GST_DISCORD_SPEAKING_NONE && fake.intrudes) {
    GstClockTime next;

    gst_discord_audio_player_step (GST_DISCORD_AUDIO_PLAYER (sink), 0, &next);
    fake.intrudes = FALSE;
  }
}

static gboolean
take (guint number)
{
  gboolean taken;

  g_mutex_lock (&fake.lock);
  taken = fake.without_key == 0 && (gint) number != fake.never;
  if (taken)
    g_array_append_val (fake.numbers, number);
  else
    fake.without_key -= MIN (fake.without_key, 1);
  g_mutex_unlock (&fake.lock);
  return taken;
}

static GstFlowReturn
on_frame (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  guint8 data[FRAME_SIZE];
  gsize size = gst_buffer_extract (buffer, 0, data, sizeof data);

  gst_buffer_unref (buffer);
  if (size < sizeof data)
    return GST_FLOW_OK;
  if (fake.announced == GST_DISCORD_SPEAKING_NONE)
    fake.unannounced++;
  if (data[FRAME_SIZE - 1] == fake.moves_behind) {
    fake.generation++;
    fake.intrudes = TRUE;
    tell (fake.state.e2ee, GST_DISCORD_SPEAKING_NONE);
  }
  if (take (data[FRAME_SIZE - 1]))
    return GST_FLOW_OK;
  if (fake.explains)
    tell (GST_DISCORD_E2EE_STATE_PENDING, GST_DISCORD_SPEAKING_VOICE);
  g_mutex_lock (&fake.lock);
  fake.refused++;
  g_cond_broadcast (&fake.cond);
  g_mutex_unlock (&fake.lock);
  return GST_DISCORD_DAVE_FLOW_NO_KEY;
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

static void
setup (void)
{
  GstDiscordConnectionConfig config = { .session_id = "session",
    .voice_token = "token",
    .endpoint = "127.0.0.1:9",
    .user_id = 1,
    .guild_id = 2,
    .channel_id = 3,
    .timeout = 30,
    .gateway_version = 9 };
  g_autoptr (GstCaps) caps = gst_caps_from_string ("audio/x-opus");
  g_autoptr (GstPad) src = NULL;

  memset (&fake, 0, sizeof fake);
  fake.never = -1;
  fake.moves_behind = -1;
  fake.generation = 1;
  fake.numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  connection = gst_discord_connection_acquire (&config, NULL);
  fail_unless (connection != NULL);
  tell (GST_DISCORD_E2EE_STATE_ENCRYPTED, GST_DISCORD_SPEAKING_NONE);

  pipeline = gst_pipeline_new (NULL);
  source = gst_element_factory_make ("appsrc", NULL);
  sink = g_object_new (GST_TYPE_DISCORD_AUDIO_PLAYER, NULL);
  g_object_set (source, "caps", caps, NULL);
  gst_util_set_object_arg (G_OBJECT (source), "format", "time");
  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  gst_element_link (source, sink);
  gst_discord_media_sink_set_connection (
      GST_DISCORD_MEDIA_SINK (sink), connection);
  gst_discord_media_sink_set_e2ee_timeout (
      GST_DISCORD_MEDIA_SINK (sink), 60000);
  behind = gst_pad_new ("behind", GST_PAD_SINK);
  gst_pad_set_chain_function (behind, on_frame);
  gst_pad_set_event_function (behind, on_event);
  gst_pad_set_active (behind, TRUE);
  src = gst_element_get_static_pad (sink, "src");
  gst_pad_link (src, behind);
}

static void
finish (void)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_discord_media_sink_set_connection (GST_DISCORD_MEDIA_SINK (sink), NULL);
  gst_object_unref (pipeline);
  gst_pad_set_active (behind, FALSE);
  gst_object_unref (behind);
  gst_discord_connection_release (connection);
  g_array_unref (fake.numbers);
}

static void
play (guint count)
{
  GstFlowReturn flow;

  for (guint i = 0; i < count; i++) {
    guint8 data[FRAME_SIZE] = { 0xFC, 1, 0, (guint8) i };
    g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (data, sizeof data);

    GST_BUFFER_PTS (buffer) = i * FRAME;
    GST_BUFFER_DURATION (buffer) = FRAME;
    g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  }
  g_signal_emit_by_name (source, "end-of-stream", &flow);
  fail_unless (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static void
wait_eos (void)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      bus, PATIENCE * GST_USECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "no EOS");
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
}

static void
wait_refused (guint count)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  gboolean in_time = TRUE;

  g_mutex_lock (&fake.lock);
  while (in_time && fake.refused < count)
    in_time = g_cond_wait_until (&fake.cond, &fake.lock, until);
  g_mutex_unlock (&fake.lock);
  fail_unless (in_time, "%u refused", fake.refused);
}

static void
expect_stat (const gchar *name, guint64 expected)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  guint64 value;

  gst_discord_media_sink_add_stats (
      GST_DISCORD_MEDIA_SINK (sink), "audio-", stats);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  fail_unless_equals_uint64 (value, expected);
}

static void
expect_frames (guint from, guint count)
{
  fail_unless_equals_int (fake.numbers->len, count);
  for (guint i = 0; i < count; i++)
    fail_unless_equals_int (
        g_array_index (fake.numbers, guint, i), (gint) (from + i));
}

/* The group goes between the look at it and the sending: the same frame goes out
 * when there is one again, once. */
GST_START_TEST (test_group_lost_under_a_frame)
{
  fake.without_key = 1;
  fake.explains = TRUE;
  play (5);
  wait_refused (1);
  tell (GST_DISCORD_E2EE_STATE_ENCRYPTED, GST_DISCORD_SPEAKING_VOICE);
  wait_eos ();
  expect_frames (0, 5);
  expect_stat ("audio-frames-sent", 5);
  expect_stat ("audio-bytes-sent", 20);
  expect_stat ("audio-dropped-no-key", 0);
  finish ();
}
GST_END_TEST;

/* Nobody tells that the group is gone: not for ever. */
GST_START_TEST (test_a_frame_that_nobody_explains)
{
  fake.never = 0;
  play (3);
  wait_eos ();
  expect_frames (1, 2);
  expect_stat ("audio-frames-sent", 2);
  expect_stat ("audio-dropped-no-key", 1);
  finish ();
}
GST_END_TEST;

/* A file that waits for the group can be stopped and paused. */
GST_START_TEST (test_stop_while_waiting_for_the_group)
{
  static const GstState states[] = { GST_STATE_PAUSED, GST_STATE_READY,
    GST_STATE_NULL };

  fake.without_key = 1;
  fake.explains = TRUE;
  play (5);
  wait_refused (1);
  fail_unless (gst_element_set_state (pipeline, states[__i__])
      != GST_STATE_CHANGE_FAILURE);
  fail_unless_equals_int (fake.numbers->len, 0);
  finish ();
}
GST_END_TEST;

/* Told of nobody at first, as op 11 comes behind op 4. */
GST_START_TEST (test_others_are_told_of_late)
{
  tell (GST_DISCORD_E2EE_STATE_ALONE, GST_DISCORD_SPEAKING_NONE);
  play (5);
  tell (GST_DISCORD_E2EE_STATE_PENDING, GST_DISCORD_SPEAKING_NONE);
  tell (GST_DISCORD_E2EE_STATE_ENCRYPTED, GST_DISCORD_SPEAKING_NONE);
  wait_eos ();
  expect_frames (0, 5);
  expect_stat ("audio-dropped-alone", 0);
  finish ();
}
GST_END_TEST;

/* The server moves while somebody speaks: what ends the talk spurt of the old
 * session has its own thread, which may come between the announcement of the new
 * one and its first frame. */
GST_START_TEST (test_end_of_the_last_session_comes_late)
{
  gboolean live = __i__ == 1;

  g_object_set (source, "is-live", live, NULL);
  if (live) /* more than a machine stands still */
    gst_pipeline_set_latency (GST_PIPELINE (pipeline), 2 * GST_SECOND);
  fake.moves_behind = 2;
  play (6);
  wait_eos ();
  fail_unless_equals_int (fake.generation, 2);
  fail_if (fake.intrudes);
  fail_unless_equals_int (fake.numbers->len, 6);
  fail_unless_equals_int (fake.unannounced, 0);
  fail_unless_equals_int (fake.announced, GST_DISCORD_SPEAKING_NONE);
  finish ();
}
GST_END_TEST;

static Suite *
mediasinke2ee_suite (void)
{
  Suite *suite = suite_create ("mediasinke2ee");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, NULL);
  tcase_add_test (tcase, test_group_lost_under_a_frame);
  tcase_add_test (tcase, test_a_frame_that_nobody_explains);
  tcase_add_loop_test (tcase, test_stop_while_waiting_for_the_group, 0, 3);
  tcase_add_test (tcase, test_others_are_told_of_late);
  tcase_add_loop_test (tcase, test_end_of_the_last_session_comes_late, 0, 2);
  return suite;
}

GST_CHECK_MAIN (mediasinke2ee);
