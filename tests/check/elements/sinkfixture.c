/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sinkfixture.h"

#include <gst/rtp/rtp.h>

#define FRAME_SIZE 16
#define FRAME_TOC 0xFC /* CELT, 20 ms, stereo, one frame */
#define LEAVE_MS 2000
#define TICKS 960 /* of 20 ms */

/* GST_READ_ and GST_WRITE_ want their numbers aligned. */
static guint32
read_be (const guint8 *data, gsize size)
{
  guint32 value = 0;

  for (gsize i = 0; i < size; i++)
    value = value << 8 | data[i];
  return value;
}

static Packet
packet_parse (const guint8 *data, gsize length)
{
  static const guint8 silence[] = { 0xF8, 0xFF, 0xFE };
  gsize header = 12 + 4 * (data[0] & 15);
  Packet packet = { .number = -1 };

  if (data[0] & 0x10) {
    gsize block = read_be (data + header + 2, 2) * 4;

    packet.extensions = g_bytes_new (data + header + 4, block);
    header += 4 + block;
  }
  packet.seqnum = (guint16) read_be (data + 2, 2);
  packet.timestamp = read_be (data + 4, 4);
  packet.ssrc = read_be (data + 8, 4);
  packet.payload_type = data[1] & 0x7f;
  packet.marker = (data[1] & 0x80) != 0;
  packet.payload_size = length - header;
  memcpy (packet.head, data + header,
      MIN (packet.payload_size, sizeof packet.head));
  packet.silence = packet.payload_size == sizeof silence
      && memcmp (data + header, silence, sizeof silence) == 0;
  if (packet.payload_size == FRAME_SIZE && data[header] == FRAME_TOC)
    packet.number = (gint) read_be (data + header + 1, 4);
  return packet;
}

static void
on_packet (guint64 user, const guint8 *data, gsize length, gpointer user_data)
{
  Fixture *self = user_data;
  Packet packet = packet_parse (data, length);

  g_mutex_lock (&self->lock);
  g_array_append_val (self->packets, packet);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
packet_clear (gpointer data)
{
  g_clear_pointer (&((Packet *) data)->extensions, g_bytes_unref);
}

Fixture *
fixture_new (const gchar *name, ...)
{
  Fixture *self = g_new0 (Fixture, 1);
  GError *error = NULL;
  va_list args;

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->packets = g_array_new (FALSE, FALSE, sizeof (Packet));
  g_array_set_clear_func (self->packets, packet_clear);
  self->server = loopback_new ();
  self->user = loopback_user_for_token (TOKEN);

  va_start (args, name);
  for (; name != NULL; name = va_arg (args, const gchar *))
    fail_unless (
        loopback_set (self->server, name, va_arg (args, const gchar *), &error),
        "%s", error != NULL ? error->message : "");
  va_end (args);
  loopback_set_tap (self->server, on_packet, self);
  fail_unless (loopback_start (self->server, &error), "%s",
      error != NULL ? error->message : "");
  return self;
}

/* Leaving goes on behind the state change; without somebody who answers, the
 * library waits for it at exit. */
static void
wait_left (Fixture *self)
{
  guint64 opened = loopback_count (self->server, "main-opened", 0);

  loopback_wait (self->server, "main-closed", 0, opened, LEAVE_MS);
}

void
fixture_free (Fixture *self)
{
  wait_left (self);
  loopback_free (self->server);
  g_array_unref (self->packets);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

GstElement *
fixture_make_sink (Fixture *self)
{
  g_autofree gchar *url = loopback_dup_gateway_url (self->server);
  GstElement *sink = gst_element_factory_make ("discordvoicesink", NULL);

  fail_unless (sink != NULL);
  g_object_set (sink, "token", TOKEN, "gateway-url", url, "guild-id", GUILD,
      "channel-id", CHANNEL, NULL);
  gst_util_set_object_arg (G_OBJECT (sink), "e2ee", "off");
  return sink;
}

guint
fixture_count (Fixture *self)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = self->packets->len;
  g_mutex_unlock (&self->lock);
  return count;
}

Packet
fixture_packet (Fixture *self, guint index)
{
  Packet packet;

  g_mutex_lock (&self->lock);
  fail_unless (
      index < self->packets->len, "packet %u of %u", index, self->packets->len);
  packet = g_array_index (self->packets, Packet, index);
  g_mutex_unlock (&self->lock);
  return packet;
}

void
fixture_wait_packets (Fixture *self, guint count)
{
  gint64 until =
      g_get_monotonic_time () + PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (in_time && self->packets->len < count)
    in_time = g_cond_wait_until (&self->cond, &self->lock, until);
  fail_unless (in_time, "%u packets instead of %u", self->packets->len, count);
  g_mutex_unlock (&self->lock);
}

guint
fixture_wait_number (Fixture *self, gint number)
{
  for (guint i = 0;; i++) {
    fixture_wait_packets (self, i + 1);
    if (fixture_packet (self, i).number == number)
      return i;
  }
}

void
fixture_wait_event (Fixture *self, const gchar *name, guint count)
{
  fail_unless (loopback_wait (self->server, name, 0, count, PATIENCE_MS),
      "no %s number %u", name, count);
}

void
fixture_expect_no_violation (Fixture *self)
{
  g_auto (GStrv) violations = loopback_dup_violations (self->server);
  g_autofree gchar *text = g_strjoinv ("; ", violations);

  fail_unless (
      loopback_count_violations (self->server) == 0, "violations: %s", text);
}

void
fixture_act (Fixture *self, const gchar *action)
{
  GError *error = NULL;

  fail_unless (loopback_act (self->server, &error, "%s", action), "%s",
      error != NULL ? error->message : "");
}

void
fixture_set (Fixture *self, const gchar *name, const gchar *value)
{
  GError *error = NULL;

  fail_unless (loopback_set (self->server, name, value, &error), "%s",
      error != NULL ? error->message : "");
}

void
fixture_expect_run (
    Fixture *self, guint first, gint number, guint count, guint64 restarts)
{
  Packet before = fixture_packet (self, first);
  guint64 jumps = 0;

  fail_unless_equals_int (before.number, number);
  for (guint i = 1; i < count; i++) {
    Packet packet = fixture_packet (self, first + i);
    gint32 step = (gint32) (packet.timestamp - before.timestamp);

    fail_unless_equals_int (packet.number, number + (gint) i);
    fail_unless_equals_int64 (packet.ssrc, before.ssrc);
    fail_unless_equals_int (packet.seqnum, (guint16) (before.seqnum + 1));
    fail_unless (step >= TICKS, "%d ticks before packet %u", step, first + i);
    jumps += step > TICKS;
    before = packet;
  }
  fail_unless (jumps <= restarts, "%" G_GUINT64_FORMAT " jumps", jumps);
}

void
fixture_expect_silence (Fixture *self, guint first)
{
  Packet before = fixture_packet (self, first - 1);

  for (guint i = 0; i < 5; i++) {
    Packet packet = fixture_packet (self, first + i);

    fail_unless (packet.silence, "packet %u is no silence", first + i);
    fail_unless_equals_int64 (packet.ssrc, before.ssrc);
    fail_unless_equals_int (packet.seqnum, (guint16) (before.seqnum + 1));
    fail_unless ((gint32) (packet.timestamp - before.timestamp) >= TICKS / 2);
    before = packet;
  }
}

GstBuffer *
numbered_frame (gint number, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, FRAME_SIZE, NULL);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  memset (map.data, 0, map.size);
  map.data[0] = FRAME_TOC;
  for (guint i = 0; i < 4; i++)
    map.data[1 + i] = (guint8) ((guint32) number >> (24 - 8 * i));
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
  return buffer;
}

void
fill_source (GstElement *source, guint count)
{
  GstFlowReturn ret;

  for (guint i = 0; i < count; i++) {
    g_autoptr (GstBuffer) buffer = numbered_frame (i, i * 20 * GST_MSECOND);

    g_signal_emit_by_name (source, "push-buffer", buffer, &ret);
    fail_unless_equals_int (ret, GST_FLOW_OK);
  }
  g_signal_emit_by_name (source, "end-of-stream", &ret);
}

GstElement *
file_pipeline (Fixture *self, guint count, GstElement **sink)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *source = gst_element_factory_make ("appsrc", "source");
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "audio/x-opus, rate=48000, channels=2, channel-mapping-family=0");

  g_object_set (source, "caps", caps, NULL);
  gst_util_set_object_arg (G_OBJECT (source), "format", "time");
  *sink = fixture_make_sink (self);
  gst_bin_add_many (GST_BIN (pipeline), source, *sink, NULL);
  fail_unless (gst_element_link (source, *sink));
  fill_source (source, count);
  return pipeline;
}

void
pipeline_free (GstElement *pipeline)
{
  fail_unless_equals_int (gst_element_set_state (pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (pipeline);
}

GstMessage *
wait_message (GstElement *pipeline, GstMessageType types)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (
      bus, PATIENCE_MS * GST_MSECOND, types | GST_MESSAGE_ERROR);

  fail_unless (message != NULL, "no message");
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR
      && (types & GST_MESSAGE_ERROR) == 0) {
    GError *error;

    gst_message_parse_error (message, &error, NULL);
    fail ("%s", error->message);
  }
  return message;
}

void
wait_eos (GstElement *pipeline)
{
  gst_message_unref (wait_message (pipeline, GST_MESSAGE_EOS));
}

guint64
sink_stat (GstElement *sink, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;
  guint small;

  g_object_get (sink, "stats", &stats, NULL);
  if (gst_structure_get_uint (stats, name, &small))
    return small;
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  return value;
}
