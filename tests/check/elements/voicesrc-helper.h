/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A discordvoicesrc on a connection that never joins, and packets as if they had
 * come in. */

#include "receive-helper.h"

#include <gst/discord/gstdiscordconnection-private.h>

#define ALICE G_GUINT64_CONSTANT (290926798999357250)
#define BOB G_GUINT64_CONSTANT (290926798999357251)

/* The elements ask this one: what comes in is in clear, and may be. */
GstDiscordFrameResult
gst_discord_connection_decrypt (GstDiscordConnection *self, guint64 user_id,
    gboolean video, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  return GST_DISCORD_FRAME_CLEAR;
}

static GstElement *pipeline;
static GstElement *src;
static GstDiscordConnection *connection;
static GstPad *network;
static Outlets outlets;

static inline void
setup (void)
{
  connection = fake_connection_new ();
  src = gst_element_factory_make ("discordvoicesrc", NULL);
  fail_unless (src != NULL);
  g_object_set (src, "connection", connection, "latency", 0, NULL);
  outlets_init (&outlets, src);
  pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (pipeline), src);
}

/* At the end of each test and not as a fixture: GstCheck waits for all
 * streaming threads before fixtures are torn down. */
static inline void
finish (void)
{
  gst_clear_object (&network);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (pipeline);
  outlets_clear (&outlets);
  g_object_unref (connection);
}

static inline void
play (void)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_NO_PREROLL);
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  network = open_transport (src);
}

static inline GstClockTime
now (void)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (src);

  return gst_clock_get_time (clock) - gst_element_get_base_time (src);
}

static inline GstMessage *
pop_message (GstMessageType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  return gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, type);
}

static inline guint64
get_user (Outlet *outlet)
{
  guint64 user_id;

  g_object_get (outlet->src, "user-id", &user_id, NULL);
  return user_id;
}

static inline guint
get_ssrc (Outlet *outlet)
{
  guint ssrc;

  g_object_get (outlet->src, "ssrc", &ssrc, NULL);
  return ssrc;
}

static inline void
tell_ssrc (guint64 user_id, guint ssrc)
{
  g_signal_emit_by_name (
      connection, "speaking", user_id, ssrc, GST_DISCORD_SPEAKING_VOICE);
}

/* One stream, whatever SSRCs its packets had. */
static inline void
check_goes_on (Outlet *outlet, guint count, guint ssrc)
{
  GstBuffer *before, *buffer;

  outlet_wait_buffers (outlet, count);
  g_mutex_lock (&outlets.lock);
  before = g_ptr_array_index (outlet->buffers, count - 2);
  buffer = g_ptr_array_index (outlet->buffers, count - 1);
  fail_unless_equals_int (
      gst_buffer_get_discord_media_meta (buffer)->ssrc, ssrc);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  fail_unless (GST_BUFFER_PTS (buffer)
      >= GST_BUFFER_PTS (before) + GST_BUFFER_DURATION (before));
  fail_if (outlet->eos);
  fail_if (outlet->removed);
  fail_unless_equals_int (outlet->stream_ids->len, 1);
  g_mutex_unlock (&outlets.lock);
  fail_unless_equals_int (get_ssrc (outlet), ssrc);
}
