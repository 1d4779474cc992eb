/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

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

static inline void
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

static inline void
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

static inline void
play (void)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  network = open_transport (src);
}

/* Alternating: quality and SSRC, up to 0. */
static inline void
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

static inline void
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
static inline GstPad *
wait_pad (const gchar *name)
{
  GstPad *pad;

  while ((pad = gst_element_get_static_pad (src, name)) == NULL)
    g_thread_yield ();
  return pad;
}

static inline Outlet *
link_pad (const gchar *name)
{
  g_autoptr (GstPad) pad = wait_pad (name);

  return outlets_link (&outlets, pad);
}

/* One packet, one frame (RFC 7741, RFC 6386 section 9.1) that ends in its
 * number, or in what does not decrypt. */
static inline void
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

static inline guint8
frame_number (Outlet *outlet, guint index)
{
  GstBuffer *buffer = g_ptr_array_index (outlet->buffers, index);
  guint8 number;

  gst_buffer_extract (buffer, gst_buffer_get_size (buffer) - 1, &number, 1);
  return number;
}

static inline void
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
static inline void
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

static inline guint64
get_stat (const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (src, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

static inline void
wait_stat (const gchar *name, guint64 value)
{
  while (get_stat (name) != value)
    g_thread_yield ();
}
