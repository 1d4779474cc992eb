/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection whose users and layers the test makes up, and packets of VP8 as
 * if they had come of them. */
#include "receive-helper.h"

#include <gst/discord/gstdiscordconnection-private.h>
#include <gst/video/video.h>

#define ALICE G_GUINT64_CONSTANT (290926798999357250)
#define BOB G_GUINT64_CONSTANT (290926798999357251)
#define VP8_PT 107
#define PICTURE (40 * GST_MSECOND)

static GMutex lock;
static GCond cond;
static GHashTable *announced; /* lock; user id -> GPtrArray of streams */
static GstDiscordMediaSinkWants *wants; /* lock */

GstDiscordFrameResult
gst_discord_connection_decrypt (GstDiscordConnection *self, guint64 user_id,
    gboolean video, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  guint8 mark = 0;

  gst_buffer_extract (frame, gst_buffer_get_size (frame) - 1, &mark, 1);
  /* What was not authenticated. */
  return mark == 0xee ? GST_DISCORD_FRAME_REFUSED : GST_DISCORD_FRAME_CLEAR;
}

GArray *
gst_discord_connection_get_users (GstDiscordConnection *self)
{
  GArray *users = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iter;
  gpointer key;

  g_mutex_lock (&lock);
  g_hash_table_iter_init (&iter, announced);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (users, key, 1);
  g_mutex_unlock (&lock);
  return users;
}

GPtrArray *
gst_discord_connection_get_user_streams (
    GstDiscordConnection *self, guint64 user_id)
{
  GPtrArray *streams;

  g_mutex_lock (&lock);
  streams = g_hash_table_lookup (announced, &user_id);
  if (streams != NULL)
    g_ptr_array_ref (streams);
  g_mutex_unlock (&lock);
  return streams != NULL ? streams : g_ptr_array_new ();
}

void
gst_discord_connection_set_wants (
    GstDiscordConnection *self, const GstDiscordMediaSinkWants *told)
{
  g_mutex_lock (&lock);
  g_clear_pointer (&wants, gst_discord_media_sink_wants_free);
  wants = gst_discord_media_sink_wants_copy (told);
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static GstElement *pipeline;
static GstElement *src;
static GstDiscordConnection *connection;
static GstPad *network;
static Outlets outlets;
static guint resting; /* SSRC that is announced as inactive; 0: none */

static void
setup (void)
{
  resting = 0;
  announced = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  connection = fake_connection_new ();
  src = gst_element_factory_make ("discordvoicesrc", NULL);
  fail_unless (src != NULL);
  g_object_set (
      src, "connection", connection, "latency", 0, "video-latency", 0, NULL);
  g_mutex_init (&outlets.lock);
  g_cond_init (&outlets.cond);
  outlets.pads = g_ptr_array_new_with_free_func (outlet_free);
  g_signal_connect (
      src, "pad-removed", G_CALLBACK (outlets_on_pad_removed), &outlets);
  pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), src);
}

static void
finish (void)
{
  gst_clear_object (&network);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (pipeline);
  outlets_clear (&outlets);
  g_object_unref (connection);
  g_clear_pointer (&wants, gst_discord_media_sink_wants_free);
  g_clear_pointer (&announced, g_hash_table_unref);
}

static void
play (void)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  network = open_transport (src);
}

/* Alternating: quality and SSRC, up to 0. */
static void
announce (guint64 user_id, guint quality, ...)
{
  GPtrArray *streams = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_stream_free);
  va_list args;

  va_start (args, quality);
  for (; quality != 0; quality = va_arg (args, guint)) {
    g_autofree gchar *rid = g_strdup_printf ("%u", quality);
    GstDiscordVoiceStream *stream = gst_discord_voice_stream_new (rid, quality);

    stream->ssrc = va_arg (args, guint);
    gst_discord_voice_stream_set_active (stream, stream->ssrc != resting);
    g_ptr_array_add (streams, stream);
  }
  va_end (args);
  g_mutex_lock (&lock);
  g_hash_table_replace (
      announced, g_memdup2 (&user_id, sizeof (user_id)), streams);
  g_mutex_unlock (&lock);
  g_signal_emit_by_name (connection, "user-streams-changed", user_id);
}

static void
wait_want (guint ssrc, gint quality)
{
  g_mutex_lock (&lock);
  while (wants == NULL
      || gst_discord_media_sink_wants_get_quality (wants, ssrc) != quality)
    g_cond_wait (&cond, &lock);
  fail_unless_equals_int (gst_discord_media_sink_wants_get_any (wants), 0);
  g_mutex_unlock (&lock);
}

/* (transfer full) */
static GstPad *
wait_pad (const gchar *name)
{
  GstPad *pad;

  while ((pad = gst_element_get_static_pad (src, name)) == NULL)
    g_thread_yield ();
  return pad;
}

static Outlet *
link_pad (const gchar *name)
{
  g_autoptr (GstPad) pad = wait_pad (name);

  return outlets_link (&outlets, pad);
}

/* One packet, one frame (RFC 7741, RFC 6386 section 9.1) that ends in its
 * number, or in what does not decrypt. */
static void
push_frame (guint16 sequence, guint32 ssrc, guint64 user_id, gboolean keyframe,
    guint8 last)
{
  static const guint8 key[] = { 0x10, 0x00, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48,
    0 };
  static const guint8 delta[] = { 0x10, 0x01, 0, 0 };
  GstBuffer *packet =
      make_packet (VP8_PT, sequence, ssrc, user_id, sequence * PICTURE);
  guint8 header[12];
  GstBuffer *rtp;
  guint8 *data = g_malloc (32);
  gsize size = keyframe ? sizeof (key) : sizeof (delta);

  gst_buffer_extract (packet, 0, header, sizeof (header));
  header[1] |= 0x80; /* marker */
  GST_WRITE_UINT32_BE (header + 4, 3600 * (guint32) sequence);
  memcpy (data, header, sizeof (header));
  memcpy (data + 12, keyframe ? key : delta, size);
  data[12 + size] = last;
  rtp = gst_buffer_new_wrapped_full (0, data, 32, 0, 13 + size, data, g_free);
  gst_buffer_copy_into (rtp, packet, GST_BUFFER_COPY_METADATA, 0, -1);
  gst_buffer_unref (packet);
  gst_pad_push (network, rtp);
}

static guint8
frame_number (Outlet *outlet, guint index)
{
  GstBuffer *buffer = g_ptr_array_index (outlet->buffers, index);
  guint8 number;

  gst_buffer_extract (buffer, gst_buffer_get_size (buffer) - 1, &number, 1);
  return number;
}

static void
expect_frames (Outlet *outlet, guint count, ...)
{
  va_list args;

  outlet_wait_buffers (outlet, count);
  g_mutex_lock (&outlets.lock);
  fail_unless_equals_int (outlet->buffers->len, count);
  va_start (args, count);
  for (guint i = 0; i < count; i++)
    fail_unless_equals_int (frame_number (outlet, i), va_arg (args, gint));
  va_end (args);
  g_mutex_unlock (&outlets.lock);
}

/* What was announced is taken by a thread of the source: keyframes until one is
 * passed, as @count-th buffer. */
static void
push_until_passed (guint32 ssrc, Outlet *outlet, guint count, guint8 last)
{
  g_mutex_lock (&outlets.lock);
  for (guint16 sequence = 1; outlet->buffers->len < count; sequence++) {
    g_mutex_unlock (&outlets.lock);
    push_frame (sequence, ssrc, ALICE, TRUE, last);
    g_usleep (G_USEC_PER_SEC / 100);
    g_mutex_lock (&outlets.lock);
  }
  fail_unless_equals_int (frame_number (outlet, count - 1), last);
  g_mutex_unlock (&outlets.lock);
}

static guint64
get_stat (const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

static void
wait_stat (const gchar *name, guint64 value)
{
  while (get_stat (name) != value)
    g_thread_yield ();
}

/* Nobody links anything: nothing is asked for, and what comes all the same harms
 * nobody. */
GST_START_TEST (test_unlinked_costs_nothing)
{
  g_autoptr (GstPad) pad = NULL;

  play ();
  announce (ALICE, 100, 10, 0);
  pad = wait_pad ("video_10");
  wait_want (10, 0);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_packet (network, 1, 20, ALICE, FRAME);
  gst_object_unref (wait_pad ("audio_20"));
  wait_stat ("video-frames-decodable", 1);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_linking_asks)
{
  Outlet *outlet;
  GstDiscordMediaMeta *meta;
  g_autoptr (GstCaps) caps =
      gst_caps_from_string ("video/x-vp8, width=64, height=48");
  guint64 user_id;
  guint ssrc;

  play ();
  announce (ALICE, 100, 10, 0);
  announce (BOB, 100, 20, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  wait_want (20, 0);
  push_frame (1, 10, ALICE, FALSE, 1);
  push_frame (2, 10, ALICE, TRUE, 2);
  push_frame (3, 10, ALICE, FALSE, 3);
  expect_frames (outlet, 2, 2, 3);
  fail_unless (gst_caps_is_strictly_equal (outlet->caps, caps));
  meta = gst_buffer_get_discord_media_meta (
      g_ptr_array_index (outlet->buffers, 0));
  fail_unless_equals_uint64 (meta->user_id, ALICE);
  fail_unless_equals_int (meta->ssrc, 10);
  fail_if (GST_BUFFER_FLAG_IS_SET (
      g_ptr_array_index (outlet->buffers, 0), GST_BUFFER_FLAG_DELTA_UNIT));
  fail_unless (g_str_has_suffix (
      g_ptr_array_index (outlet->stream_ids, 0), "290926798999357250/video"));
  g_object_get (outlet->src, "user-id", &user_id, "ssrc", &ssrc, NULL);
  fail_unless_equals_uint64 (user_id, ALICE);
  fail_unless_equals_int (ssrc, 10);
  fail_unless_equals_uint64 (get_stat ("video-frames-undecodable"), 1);

  gst_pad_unlink (outlet->src, outlet->sink);
  wait_want (10, 0);
  finish ();
}
GST_END_TEST;

/* What is shown again begins with a keyframe. */
GST_START_TEST (test_linking_again)
{
  Outlet *outlet;

  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);
  gst_pad_unlink (outlet->src, outlet->sink);
  wait_want (10, 0);
  push_frame (2, 10, ALICE, FALSE, 2);
  wait_stat ("video-frames-decodable", 2);
  gst_pad_link (outlet->src, outlet->sink);
  wait_want (10, 100);
  push_frame (3, 10, ALICE, FALSE, 3);
  push_frame (4, 10, ALICE, TRUE, 4);
  expect_frames (outlet, 2, 1, 4);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_quality_chooses_a_layer)
{
  Outlet *outlet;
  guint ssrc;

  play ();
  announce (ALICE, 100, 10, 50, 20, 25, 30, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  wait_want (20, 0);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);

  /* Both until the other has a keyframe. */
  g_object_set (outlet->src, "quality", 60, NULL);
  wait_want (20, 60);
  wait_want (10, 100);
  push_frame (1, 20, ALICE, FALSE, 2);
  wait_stat ("video-frames-undecodable", 1);
  push_frame (2, 10, ALICE, FALSE, 3);
  expect_frames (outlet, 2, 1, 3);
  push_frame (2, 20, ALICE, TRUE, 4);
  outlet_wait_buffers (outlet, 3);
  wait_want (10, 0);
  push_frame (3, 10, ALICE, FALSE, 5);
  wait_stat ("video-frames-decodable", 4);
  push_frame (3, 20, ALICE, FALSE, 6);
  expect_frames (outlet, 4, 1, 3, 4, 6);
  fail_unless (GST_BUFFER_IS_DISCONT (g_ptr_array_index (outlet->buffers, 2)));
  fail_unless_equals_uint64 (get_stat ("video-layer-switches"), 1);
  g_object_get (outlet->src, "ssrc", &ssrc, NULL);
  fail_unless_equals_int (ssrc, 20);
  for (guint i = 1; i < 4; i++)
    fail_unless (GST_BUFFER_PTS (g_ptr_array_index (outlet->buffers, i))
        > GST_BUFFER_PTS (g_ptr_array_index (outlet->buffers, i - 1)));

  g_object_set (outlet->src, "quality", 0, NULL);
  wait_want (20, 0);
  g_object_set (outlet->src, "quality", -1, NULL);
  g_object_set (src, "default-video-quality", 30, NULL);
  wait_want (30, 30);
  finish ();
}
GST_END_TEST;

static gboolean
answer_caps (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstCaps) caps = NULL;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return gst_pad_query_default (pad, parent, query);
  caps = gst_caps_from_string ("video/x-vp8, width=320, height=180");
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

/* What is behind a decoder is passed on by it. */
GST_START_TEST (test_downstream_caps_tell_the_size)
{
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstPad) sink = gst_pad_new ("sink", GST_PAD_SINK);

  gst_object_ref_sink (sink);
  gst_pad_set_query_function (sink, answer_caps);
  gst_pad_set_active (sink, TRUE);
  play ();
  announce (ALICE, 100, 10, 0);
  pad = wait_pad ("video_10");
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
  wait_want (10, 100);
  g_mutex_lock (&lock);
  fail_unless (
      gst_discord_media_sink_wants_get_pixel_count (wants, 10) == 320 * 180);
  g_mutex_unlock (&lock);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_pad_per_stream)
{
  Outlet *high, *low;

  gst_util_set_object_arg (G_OBJECT (src), "video-pads", "per-stream");
  play ();
  announce (ALICE, 100, 10, 50, 20, 0);
  high = link_pad ("video_10");
  low = link_pad ("video_20");
  wait_want (10, 100);
  wait_want (20, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_frame (1, 20, ALICE, TRUE, 2);
  expect_frames (high, 1, 1);
  expect_frames (low, 1, 2);
  announce (ALICE, 100, 10, 0);
  outlets_wait (&outlets, low->removed);
  fail_unless (low->eos);
  fail_if (high->eos);
  finish ();
}
GST_END_TEST;

/* Senders let a layer rest that nobody asks for (golive 6.3): so it is asked for,
 * and another one is shown until it is there. */
GST_START_TEST (test_resting_layer)
{
  g_autoptr (GstPad) pad = NULL;
  Outlet *outlet;

  play ();
  resting = 20;
  announce (ALICE, 100, 10, 50, 20, 0);
  pad = wait_pad ("video_10");
  g_object_set (pad, "quality", 50, NULL);
  outlet = outlets_link (&outlets, pad);
  wait_want (20, 50);
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);

  resting = 0;
  announce (ALICE, 100, 10, 50, 20, 0);
  push_until_passed (20, outlet, 2, 2);
  wait_want (10, 0);
  wait_want (20, 50);
  finish ();
}
GST_END_TEST;

/* The same with a pad of its own, without which nobody could ask. */
GST_START_TEST (test_resting_stream_has_a_pad)
{
  Outlet *low;

  gst_util_set_object_arg (G_OBJECT (src), "video-pads", "per-stream");
  play ();
  resting = 20;
  announce (ALICE, 100, 10, 50, 20, 0);
  low = link_pad ("video_20");
  wait_want (20, 100);
  resting = 0;
  announce (ALICE, 100, 10, 50, 20, 0);
  push_until_passed (20, low, 1, 2);
  finish ();
}
GST_END_TEST;

/* The camera is off; and the pad of another one is not touched. */
GST_START_TEST (test_end_of_video)
{
  Outlet *alice, *bob;

  play ();
  announce (ALICE, 100, 10, 0);
  announce (BOB, 100, 20, 0);
  alice = link_pad ("video_10");
  bob = link_pad ("video_20");
  wait_want (10, 100);
  wait_want (20, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_frame (1, 20, BOB, TRUE, 1);
  outlet_wait_buffers (alice, 1);
  announce (ALICE, 0);
  outlets_wait (&outlets, alice->removed);
  fail_unless (alice->eos);

  /* On again under the same SSRC, whose packets go on. */
  announce (ALICE, 100, 10, 0);
  alice = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (2, 10, ALICE, TRUE, 2);
  expect_frames (alice, 1, 2);

  g_signal_emit_by_name (connection, "user-left", ALICE);
  outlets_wait (&outlets, alice->removed);
  fail_unless (alice->eos);
  push_frame (2, 20, BOB, FALSE, 2);
  expect_frames (bob, 2, 1, 2);
  finish ();
}
GST_END_TEST;

/* In a new session the layers have other SSRCs. */
GST_START_TEST (pain_05_video_goes_on_in_another_session)
{
  Outlet *outlet;

  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  expect_frames (outlet, 1, 1);
  announce (ALICE, 100, 30, 0);
  wait_want (30, 100);
  push_frame (1, 30, ALICE, TRUE, 2);
  push_frame (2, 30, ALICE, FALSE, 3);
  expect_frames (outlet, 3, 1, 2, 3);
  fail_unless_equals_int (outlet->stream_ids->len, 1);
  fail_if (outlet->eos);
  fail_unless_equals_int (outlets.pads->len, 1);
  finish ();
}
GST_END_TEST;

/* A frame that was lost, or that nobody authenticated, takes those with it that
 * depend on it. */
GST_START_TEST (pain_13_loss_waits_for_a_keyframe)
{
  gboolean refused = __i__ == 1;
  Outlet *outlet;

  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  if (refused)
    push_frame (2, 10, ALICE, FALSE, 0xee);
  push_frame (3, 10, ALICE, FALSE, 3);
  push_frame (4, 10, ALICE, FALSE, 4);
  push_frame (5, 10, ALICE, TRUE, 5);
  push_frame (6, 10, ALICE, FALSE, 6);
  expect_frames (outlet, 3, 1, 5, 6);
  fail_unless_equals_uint64 (get_stat ("video-frames-undecodable"), 2);
  fail_unless (get_stat ("video-keyframe-requests") > 0);
  finish ();
}
GST_END_TEST;

GST_START_TEST (test_loss_left_to_the_decoder)
{
  Outlet *outlet;

  g_object_set (src, "wait-for-keyframe", FALSE, NULL);
  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_frame (3, 10, ALICE, FALSE, 3);
  expect_frames (outlet, 2, 1, 3);
  fail_unless (GST_BUFFER_IS_DISCONT (g_ptr_array_index (outlet->buffers, 1)));
  finish ();
}
GST_END_TEST;

/* Neither pads nor a word to the server. */
GST_START_TEST (test_no_video)
{
  gboolean video;

  gst_util_set_object_arg (G_OBJECT (src), "video-pads", "none");
  play ();
  g_object_get (connection, "video", &video, NULL);
  fail_if (video);
  announce (ALICE, 100, 10, 0);
  push_frame (1, 10, ALICE, TRUE, 1);
  push_packet (network, 1, 20, ALICE, FRAME);
  gst_object_unref (wait_pad ("audio_20"));
  fail_unless (gst_element_get_static_pad (src, "video_10") == NULL);
  fail_unless (wants == NULL);
  finish ();
}
GST_END_TEST;

/* One asks for nothing, which is no reason for the other to get nothing. */
GST_START_TEST (test_two_sources_on_one_connection)
{
  GstElement *other = gst_element_factory_make ("discordvoicesrc", NULL);
  Outlet *outlet;

  gst_bin_add (GST_BIN (pipeline), other);
  g_object_set (other, "connection", connection, NULL);
  play ();
  announce (ALICE, 100, 10, 0);
  outlet = link_pad ("video_10");
  wait_want (10, 100);
  g_object_set (outlet->src, "quality", 40, NULL);
  wait_want (10, 40);
  g_object_set (other, "default-video-quality", 10, NULL);
  g_object_set (outlet->src, "quality", 41, NULL);
  wait_want (10, 41);
  finish ();
}
GST_END_TEST;

static gboolean
is_live (GstPad *pad, GstClockTime *latency)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean live;

  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_latency (query, &live, latency, NULL);
  return live;
}

GST_START_TEST (test_latency)
{
  g_autoptr (GstPad) pad = NULL;
  GstClockTime latency;

  g_object_set (src, "video-latency", 120, NULL);
  play ();
  announce (ALICE, 100, 10, 0);
  pad = wait_pad ("video_10");
  fail_unless (is_live (pad, &latency));
  fail_unless_equals_uint64 (latency, 120 * GST_MSECOND);
  finish ();
}
GST_END_TEST;

/* Whoever is there comes and goes while the element starts and stops. */
GST_START_TEST (test_restart)
{
  announce (ALICE, 100, 10, 50, 20, 0);
  for (guint i = 0; i < 10; i++) {
    play ();
    announce (BOB, 100, 30 + i, 0);
    push_frame (1, 10, ALICE, TRUE, 1);
    gst_clear_object (&network);
    fail_unless (gst_element_set_state (pipeline, GST_STATE_READY)
        == GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (GST_ELEMENT (src)->numsrcpads, 0);
  }
  finish ();
}
GST_END_TEST;

static Suite *
discordvoicesrc_video_suite (void)
{
  Suite *s = suite_create ("discordvoicesrc-video");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, test_unlinked_costs_nothing);
  tcase_add_test (tc, test_linking_asks);
  tcase_add_test (tc, test_linking_again);
  tcase_add_test (tc, test_quality_chooses_a_layer);
  tcase_add_test (tc, test_downstream_caps_tell_the_size);
  tcase_add_test (tc, test_pad_per_stream);
  tcase_add_test (tc, test_resting_layer);
  tcase_add_test (tc, test_resting_stream_has_a_pad);
  tcase_add_test (tc, test_end_of_video);
  tcase_add_test (tc, pain_05_video_goes_on_in_another_session);
  tcase_add_loop_test (tc, pain_13_loss_waits_for_a_keyframe, 0, 2);
  tcase_add_test (tc, test_loss_left_to_the_decoder);
  tcase_add_test (tc, test_no_video);
  tcase_add_test (tc, test_two_sources_on_one_connection);
  tcase_add_test (tc, test_latency);
  tcase_add_test (tc, test_restart);
  return s;
}

GST_CHECK_MAIN (discordvoicesrc_video);
