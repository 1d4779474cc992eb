/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files and live input that are sent to listeners, in an encrypted group. */

#include "receive-members.h"

#define PATIENCE (20 * G_TIME_SPAN_SECOND)
#define FRAME_SIZE 4

typedef struct
{
  GstElement *pipeline;
  GstElement *source;
  GstElement *sink;
  guint64 user_id;
} Sender;

static inline GstBuffer *
sender_frame (guint number)
{
  guint8 frame[FRAME_SIZE] = { OPUS_TOC, 1 };
  GstBuffer *buffer;

  GST_WRITE_UINT16_BE (frame + 2, number);
  buffer = gst_buffer_new_memdup (frame, sizeof frame);
  GST_BUFFER_PTS (buffer) = number * FRAME;
  GST_BUFFER_DURATION (buffer) = FRAME;
  return buffer;
}

/* Frames 0 .. @count - 1, and then EOS. */
static inline Sender *
sender_new (const gchar *token, guint count, gboolean live)
{
  Sender *self = g_new0 (Sender, 1);
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "audio/x-opus, rate=48000, channels=2, channel-mapping-family=0");
  GstFlowReturn flow;

  self->user_id = loopback_user_for_token (token);
  self->pipeline = gst_pipeline_new (NULL);
  self->source = gst_element_factory_make ("appsrc", NULL);
  self->sink = gst_element_factory_make ("discordvoicesink", NULL);
  fail_unless (self->source != NULL && self->sink != NULL);
  g_object_set (self->source, "caps", caps, "is-live", live, NULL);
  gst_util_set_object_arg (G_OBJECT (self->source), "format", "time");
  g_object_set (self->sink, "token", token, "gateway-url", gateway_url,
      "api-url", api_url, "guild-id", (guint64) GUILD, "channel-id",
      (guint64) CHANNEL, NULL);
  gst_bin_add_many (GST_BIN (self->pipeline), self->source, self->sink, NULL);
  fail_unless (gst_element_link (self->source, self->sink));
  for (guint i = 0; i < count; i++) {
    g_autoptr (GstBuffer) buffer = sender_frame (i);

    g_signal_emit_by_name (self->source, "push-buffer", buffer, &flow);
  }
  g_signal_emit_by_name (self->source, "end-of-stream", &flow);
  return self;
}

static inline void
sender_play (Sender *self)
{
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static inline GstMessage *
sender_pop (Sender *self, GstMessageType types)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (
      bus, PATIENCE * GST_USECOND, types | GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "no message");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && (types & GST_MESSAGE_ERROR) == 0) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail ("%s", error->message);
  }
  return message;
}

static inline void
sender_wait_eos (Sender *self)
{
  gst_message_unref (sender_pop (self, GST_MESSAGE_EOS));
}

static inline void
sender_free (Sender *self)
{
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (self->pipeline);
  g_free (self);
}

static inline guint64
get_stat (GstElement *element, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  return value;
}

static inline void
expect_stat (GstElement *element, const gchar *name, guint64 expected)
{
  fail_unless (get_stat (element, name) == expected, "%s is %" G_GUINT64_FORMAT,
      name, get_stat (element, name));
}

/* Pads of a listener by the order in which they came. */
static inline Outlet *
listener_wait_outlet (Listener *self, guint index)
{
  Outlet *outlet;

  outlets_wait (&self->outlets, self->outlets.pads->len > index);
  g_mutex_lock (&self->outlets.lock);
  outlet = g_ptr_array_index (self->outlets.pads, index);
  g_mutex_unlock (&self->outlets.lock);
  return outlet;
}

/* Numbers of the frames so far, silence left out. */
static inline GArray *
outlet_numbers_unlocked (Outlet *outlet)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < outlet->buffers->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (outlet->buffers, i);
    guint8 data[FRAME_SIZE];
    guint number;

    if (gst_buffer_get_size (buffer) == 3
        && gst_buffer_memcmp (buffer, 0, "\xf8\xff\xfe", 3) == 0)
      continue;
    fail_unless_equals_int (gst_buffer_get_size (buffer), FRAME_SIZE);
    gst_buffer_extract (buffer, 0, data, sizeof data);
    fail_unless (data[0] == OPUS_TOC && data[1] == 1, "not our frame");
    number = GST_READ_UINT16_BE (data + 2);
    g_array_append_val (numbers, number);
  }
  return numbers;
}

static inline gboolean
outlet_has_unlocked (Outlet *outlet, guint number)
{
  g_autoptr (GArray) numbers = outlet_numbers_unlocked (outlet);

  return numbers->len > 0
      && g_array_index (numbers, guint, numbers->len - 1) >= number;
}

/* Until frame @number, or a later one, is there. */
static inline void
outlet_wait_number (Outlet *outlet, guint number)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;
  gboolean in_time = TRUE;

  g_mutex_lock (&outlet->outlets->lock);
  while (in_time && !outlet_has_unlocked (outlet, number))
    in_time = g_cond_wait_until (
        &outlet->outlets->cond, &outlet->outlets->lock, until);
  g_mutex_unlock (&outlet->outlets->lock);
  fail_unless (in_time, "frame %u did not come", number);
}

/* Every frame up to @last once, in order, from the first that came on. */
static inline guint
outlet_expect_run (Outlet *outlet, guint last)
{
  g_autoptr (GArray) numbers = NULL;

  outlet_wait_number (outlet, last);
  g_mutex_lock (&outlet->outlets->lock);
  numbers = outlet_numbers_unlocked (outlet);
  g_mutex_unlock (&outlet->outlets->lock);
  for (guint i = 1; i < numbers->len; i++)
    fail_unless (g_array_index (numbers, guint, i)
            == g_array_index (numbers, guint, i - 1) + 1,
        "frame %u comes behind %u", g_array_index (numbers, guint, i),
        g_array_index (numbers, guint, i - 1));
  return g_array_index (numbers, guint, 0);
}
