/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The elements that encrypt and decrypt, with the cipher of a connection replaced
 * by one that says what it is told to. */

#include <gst/audio/audio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/gstdiscordframemeta.h>
#include <gst/discord/gstdiscordmediameta.h>

#include "gstdiscorddavedec.h"
#include "gstdiscorddaveenc.h"

#define USER G_GUINT64_CONSTANT (155149108183695360)
#define SSRC 4711
#define OPUS                                                                   \
  "audio/x-opus, rate=(int)48000, channels=(int)2, "                           \
  "channel-mapping-family=(int)0"
#define DAVE_OPUS                                                              \
  "application/x-dave, original-media-type=(string)audio/x-opus, "             \
  "rate=(int)48000, channels=(int)2, channel-mapping-family=(int)0"
#define TRAILER 12

/* What the connection answers, and how often it was asked. */
static struct
{
  GstDiscordFrameResult result;
  GstDiscordE2eeState state;
  guint asked;
  guint64 user_id; /* of the last frame that was to be decrypted */
  gboolean video;
} fake;

static GstDiscordConnection *connection;

gsize
gst_discord_connection_encrypted_size_max (GstDiscordCodec codec, gsize length)
{
  return length + 64;
}

void
gst_discord_connection_get_send_state (
    GstDiscordConnection *self, GstDiscordSendState *state)
{
  *state = (GstDiscordSendState){ .e2ee = fake.state };
}

guint64
gst_discord_connection_get_user_for_ssrc (
    GstDiscordConnection *self, guint32 ssrc)
{
  return ssrc == SSRC ? USER : 0;
}

static inline void
cipher (GstBuffer *from, GstBuffer *to, gsize size, gsize clear)
{
  guint8 data[256];

  fail_unless (size <= sizeof data);
  gst_buffer_extract (from, 0, data, size);
  for (gsize i = clear; i < size; i++)
    data[i] ^= 0x5A;
  gst_buffer_fill (to, 0, data, size);
}

GstDiscordFrameResult
gst_discord_connection_encrypt (GstDiscordConnection *self,
    GstDiscordCodec codec, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  static const guint8 trailer[TRAILER] = { 1, 2, 3, 4, 5, 6, 7, 8, 1, TRAILER,
    0xFA, 0xFA };
  gsize length = gst_buffer_get_size (frame);

  fail_unless (self == connection);
  fail_unless (gst_buffer_is_writable (out));
  fail_unless (gst_buffer_get_size (out) >= length + 64);
  fake.asked++;
  if (fake.result == GST_DISCORD_FRAME_REFUSED)
    *reason = "a test";
  if (fake.result != GST_DISCORD_FRAME_DONE)
    return fake.result;
  cipher (frame, out, length, codec == GST_DISCORD_CODEC_VP8 ? 10 : 0);
  gst_buffer_fill (out, length, trailer, TRAILER);
  *size = length + TRAILER;
  return GST_DISCORD_FRAME_DONE;
}

GstDiscordFrameResult
gst_discord_connection_decrypt (GstDiscordConnection *self, guint64 user_id,
    gboolean video, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  gsize length = gst_buffer_get_size (frame);

  fail_unless (self == connection);
  fail_unless (gst_buffer_is_writable (out));
  fail_unless (gst_buffer_get_size (out) >= length);
  fake.asked++;
  fake.user_id = user_id;
  fake.video = video;
  if (fake.result == GST_DISCORD_FRAME_REFUSED)
    *reason = "a test";
  if (fake.result != GST_DISCORD_FRAME_DONE)
    return fake.result;
  fail_unless (length > TRAILER);
  cipher (frame, out, length - TRAILER, video ? 10 : 0);
  *size = length - TRAILER;
  return GST_DISCORD_FRAME_DONE;
}

/* Never opened: the elements only hand it on. */
static inline void
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
  g_autoptr (GError) error = NULL;

  memset (&fake, 0, sizeof fake);
  connection = gst_discord_connection_acquire (&config, &error);
  fail_unless (connection != NULL, "%s", error != NULL ? error->message : "");
}

static inline void
teardown (void)
{
  g_clear_pointer (&connection, gst_discord_connection_release);
}

static inline GstHarness *
harness_new (GType type, gboolean connected, const gchar *caps)
{
  g_autoptr (GstElement) element =
      gst_object_ref_sink (g_object_new (type, NULL));
  g_autoptr (GstBus) bus = gst_bus_new ();
  GstHarness *harness;

  if (connected)
    g_object_set (element, "connection", connection, NULL);
  gst_element_set_bus (element, bus);
  harness = gst_harness_new_with_element (element, "sink", "src");
  if (caps != NULL)
    gst_harness_set_src_caps_str (harness, caps);
  return harness;
}

static inline void
harness_free (GstHarness *harness)
{
  gst_element_set_bus (harness->element, NULL);
  gst_harness_teardown (harness);
}

static inline GstHarness *
encrypter (void)
{
  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  fake.result = GST_DISCORD_FRAME_DONE;
  return harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, OPUS);
}

static inline GstHarness *
decrypter (void)
{
  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  fake.result = GST_DISCORD_FRAME_DONE;
  return harness_new (GST_TYPE_DISCORD_DAVE_DEC, TRUE, DAVE_OPUS);
}

static const guint8 frame_data[] = { 0xFC, 1, 2, 3, 4, 5, 6, 7 };
static const guint8 silence_data[] = { 0xF8, 0xFF, 0xFE };

static inline GstBuffer *
make_frame (guint n)
{
  GstBuffer *buffer = gst_buffer_new_memdup (frame_data, sizeof frame_data);
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);

  meta->user_id = USER;
  meta->ssrc = SSRC;
  gst_buffer_add_audio_level_meta (buffer, 42, TRUE);
  GST_BUFFER_PTS (buffer) = n * 20 * GST_MSECOND;
  GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
  GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
  GST_BUFFER_OFFSET (buffer) = n;
  return buffer;
}

static inline GstBuffer *
make_encrypted (guint n)
{
  GstBuffer *frame = make_frame (n);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 128, NULL);
  GstDiscordFrameResult result = fake.result;
  gsize size;

  fake.result = GST_DISCORD_FRAME_DONE;
  gst_discord_connection_encrypt (
      connection, GST_DISCORD_CODEC_OPUS, frame, buffer, &size, NULL);
  fake.result = result;
  fake.asked = 0;
  gst_buffer_set_size (buffer, size);
  gst_buffer_copy_into (buffer, frame, GST_BUFFER_COPY_METADATA, 0, -1);
  gst_buffer_unref (frame);
  return buffer;
}

static inline GstBuffer *
make_silence (guint n)
{
  GstBuffer *buffer = gst_buffer_new_memdup (silence_data, sizeof silence_data);

  GST_BUFFER_PTS (buffer) = n * 20 * GST_MSECOND;
  return buffer;
}

static inline void
push (GstHarness *harness, GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (harness, buffer), GST_FLOW_OK);
}

static inline void
expect_caps (GstHarness *harness, const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  g_autoptr (GstCaps) expected = gst_caps_from_string (text);

  fail_unless (caps != NULL);
  fail_unless (gst_caps_is_equal (caps, expected), "%" GST_PTR_FORMAT, caps);
}

/* Everything that says what a frame is, and not its bytes. */
static inline void
expect_metadata (GstBuffer *buffer, guint n)
{
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (buffer);
  GstAudioLevelMeta *level = gst_buffer_get_audio_level_meta (buffer);

  fail_unless (meta != NULL && level != NULL);
  fail_unless_equals_uint64 (meta->user_id, USER);
  fail_unless_equals_int (level->level, 42);
  fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer), n * 20 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DTS (buffer), n * 20 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_DURATION (buffer), 20 * GST_MSECOND);
  fail_unless_equals_uint64 (GST_BUFFER_OFFSET (buffer), n);
}

static inline void
expect_stat (GstHarness *harness, const gchar *name, guint64 expected)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (harness->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  fail_unless_equals_uint64 (value, expected);
}

static inline void
expect_warnings (GstHarness *harness, guint count, gint code)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (harness->element);
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (
              bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR))
      != NULL) {
    g_autoptr (GError) error = NULL;

    fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_WARNING);
    gst_message_parse_warning (message, &error, NULL);
    fail_unless (g_error_matches (error, GST_STREAM_ERROR, code));
    gst_message_unref (message);
    fail_unless (count > 0, "one warning too many");
    count--;
  }
  fail_unless_equals_int (count, 0);
}
