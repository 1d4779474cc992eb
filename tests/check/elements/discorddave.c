/* SPDX-License-Identifier: LGPL-2.1-or-later */
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

static void
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
  g_autoptr (GError) error = NULL;

  memset (&fake, 0, sizeof fake);
  connection = gst_discord_connection_acquire (&config, &error);
  fail_unless (connection != NULL, "%s", error != NULL ? error->message : "");
}

static void
teardown (void)
{
  g_clear_pointer (&connection, gst_discord_connection_release);
}

static GstHarness *
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

static void
harness_free (GstHarness *harness)
{
  gst_element_set_bus (harness->element, NULL);
  gst_harness_teardown (harness);
}

static GstHarness *
encrypter (void)
{
  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  fake.result = GST_DISCORD_FRAME_DONE;
  return harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, OPUS);
}

static GstHarness *
decrypter (void)
{
  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  fake.result = GST_DISCORD_FRAME_DONE;
  return harness_new (GST_TYPE_DISCORD_DAVE_DEC, TRUE, DAVE_OPUS);
}

static const guint8 frame_data[] = { 0xFC, 1, 2, 3, 4, 5, 6, 7 };
static const guint8 silence_data[] = { 0xF8, 0xFF, 0xFE };

static GstBuffer *
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

static GstBuffer *
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

static GstBuffer *
make_silence (guint n)
{
  GstBuffer *buffer = gst_buffer_new_memdup (silence_data, sizeof silence_data);

  GST_BUFFER_PTS (buffer) = n * 20 * GST_MSECOND;
  return buffer;
}

static void
push (GstHarness *harness, GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (harness, buffer), GST_FLOW_OK);
}

static void
expect_caps (GstHarness *harness, const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (harness->sinkpad);
  g_autoptr (GstCaps) expected = gst_caps_from_string (text);

  fail_unless (caps != NULL);
  fail_unless (gst_caps_is_equal (caps, expected), "%" GST_PTR_FORMAT, caps);
}

/* Everything that says what a frame is, and not its bytes. */
static void
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

static void
expect_stat (GstHarness *harness, const gchar *name, guint64 expected)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (harness->element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "%s", name);
  fail_unless_equals_uint64 (value, expected);
}

static void
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

static GType
type_of (gint i)
{
  return i == 0 ? GST_TYPE_DISCORD_DAVE_ENC : GST_TYPE_DISCORD_DAVE_DEC;
}

GST_START_TEST (test_without_a_connection_frames_pass)
{
  GstHarness *h = harness_new (type_of (__i__), FALSE, OPUS);
  GstBuffer *frame = make_frame (0);
  GstBuffer *out;

  push (h, gst_buffer_ref (frame));
  out = gst_harness_pull (h);
  fail_unless (out == frame, "a copy was made");
  expect_caps (h, OPUS);
  fail_unless_equals_int (fake.asked, 0);
  expect_stat (h, "frames-clear", 1);
  gst_buffer_unref (out);
  gst_buffer_unref (frame);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_encrypted_and_back)
{
  GstHarness *enc = encrypter ();
  GstHarness *dec = decrypter ();

  for (guint n = 0; n < 3; n++) {
    GstBuffer *out;

    push (enc, make_frame (n));
    out = gst_harness_pull (enc);
    expect_metadata (out, n);
    fail_unless_equals_int (
        gst_buffer_get_size (out), sizeof frame_data + TRAILER);
    fail_if (gst_buffer_memcmp (out, 0, frame_data, sizeof frame_data) == 0);

    push (dec, out);
    out = gst_harness_pull (dec);
    expect_metadata (out, n);
    gst_check_buffer_data (out, frame_data, sizeof frame_data);
    gst_buffer_unref (out);
  }
  expect_caps (enc, DAVE_OPUS);
  expect_caps (dec, OPUS);
  fail_unless_equals_uint64 (fake.user_id, USER);
  fail_if (fake.video);
  expect_stat (enc, "frames-encrypted", 3);
  expect_stat (dec, "frames-decrypted", 3);
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

/* What describes the clear stream does not describe ciphertext. */
GST_START_TEST (test_caps_lose_what_a_decoder_would_want)
{
  GstHarness *h = encrypter ();

  gst_harness_set_src_caps_str (
      h, OPUS ", streamheader=(buffer)<00, 01>, codec_data=(buffer)02");
  push (h, make_frame (0));
  gst_buffer_unref (gst_harness_pull (h));
  expect_caps (h, DAVE_OPUS);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_pain_24_silence_stays_in_clear)
{
  GstHarness *h = encrypter ();
  GstBuffer *out;

  push (h, make_frame (0));
  gst_buffer_unref (gst_harness_pull (h));
  fake.asked = 0;
  push (h, make_silence (1));
  out = gst_harness_pull (h);
  gst_check_buffer_data (out, silence_data, sizeof silence_data);
  gst_buffer_unref (out);
  fail_unless_equals_int (fake.asked, 0);
  expect_caps (h, DAVE_OPUS);

  /* It ends a talk spurt when there is no group any more, too. */
  fake.result = GST_DISCORD_FRAME_NO_KEY;
  push (h, make_silence (2));
  gst_buffer_unref (gst_harness_pull (h));
  harness_free (h);
}
GST_END_TEST;

/* The server goes to version 0 and back; silence in between is in neither. */
GST_START_TEST (test_caps_follow_the_version)
{
  GstHarness *enc = encrypter ();
  GstHarness *dec = decrypter ();
  static const struct
  {
    GstDiscordFrameResult result;
    const gchar *caps;
  } steps[] = {
    { GST_DISCORD_FRAME_DONE, DAVE_OPUS },
    { GST_DISCORD_FRAME_CLEAR, OPUS },
    { GST_DISCORD_FRAME_CLEAR, OPUS },
    { GST_DISCORD_FRAME_DONE, DAVE_OPUS },
    { GST_DISCORD_FRAME_DONE, DAVE_OPUS },
  };

  for (guint n = 0; n < G_N_ELEMENTS (steps); n++) {
    GstBuffer *out;

    fake.result = steps[n].result;
    push (enc, make_frame (n));
    expect_caps (enc, steps[n].caps);
    push (dec, gst_harness_pull (enc));
    out = gst_harness_pull (dec);
    gst_check_buffer_data (out, frame_data, sizeof frame_data);
    expect_metadata (out, n);
    gst_buffer_unref (out);
    push (enc, make_silence (n));
    expect_caps (enc, steps[n].caps);
    gst_buffer_unref (gst_harness_pull (enc));
  }
  expect_caps (dec, OPUS);
  expect_stat (enc, "frames-encrypted", 3);
  expect_stat (enc, "frames-clear", 2 + G_N_ELEMENTS (steps));
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

/* The caps that are there before the first frame are those it will have. */
GST_START_TEST (test_first_caps_are_a_good_guess)
{
  static const struct
  {
    GstDiscordE2eeState state;
    const gchar *caps;
  } rows[] = {
    { GST_DISCORD_E2EE_STATE_CLEAR, OPUS },
    { GST_DISCORD_E2EE_STATE_NONE, DAVE_OPUS },
    { GST_DISCORD_E2EE_STATE_PENDING, DAVE_OPUS },
    { GST_DISCORD_E2EE_STATE_ENCRYPTED, DAVE_OPUS },
  };
  GstHarness *h = harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, NULL);

  fake.state = rows[__i__].state;
  gst_harness_set_src_caps_str (h, OPUS);
  expect_caps (h, rows[__i__].caps);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_without_a_key_nothing_goes_out)
{
  GstHarness *h = encrypter ();
  GstBuffer *out;

  fake.result = GST_DISCORD_FRAME_NO_KEY;
  push (h, make_frame (0));
  push (h, make_frame (1));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_stat (h, "dropped-no-key", 2);
  expect_warnings (h, 0, 0);

  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_frame (2));
  out = gst_harness_pull (h);
  fail_unless (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  push (h, make_frame (3));
  out = gst_harness_pull (h);
  fail_if (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_upstream_of_ours_is_told)
{
  GstHarness *h = encrypter ();

  gst_discord_dave_enc_set_tells_no_key (
      GST_DISCORD_DAVE_ENC (h->element), TRUE);
  fake.result = GST_DISCORD_FRAME_NO_KEY;
  fail_unless_equals_int (
      gst_harness_push (h, make_frame (0)), GST_DISCORD_DAVE_FLOW_NO_KEY);
  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_frame (0));
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_a_frame_that_is_refused)
{
  GstHarness *h = encrypter ();

  fake.result = GST_DISCORD_FRAME_REFUSED;
  for (guint n = 0; n < 5; n++)
    push (h, make_frame (n));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_stat (h, "refused", 5);
  expect_warnings (h, 1, GST_STREAM_ERROR_ENCODE);
  harness_free (h);
}
GST_END_TEST;

/* A counted warning once in a while, never an error. */
GST_START_TEST (test_undecryptable)
{
  GstHarness *h = decrypter ();
  GstBuffer *out;

  fake.result = GST_DISCORD_FRAME_REFUSED;
  for (guint n = 0; n < 5; n++)
    push (h, make_encrypted (n));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_stat (h, "dropped-undecryptable", 5);
  expect_warnings (h, 1, GST_STREAM_ERROR_DECRYPT);

  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_encrypted (5));
  out = gst_harness_pull (h);
  fail_unless (GST_BUFFER_IS_DISCONT (out));
  gst_check_buffer_data (out, frame_data, sizeof frame_data);
  gst_buffer_unref (out);
  push (h, make_encrypted (6));
  out = gst_harness_pull (h);
  fail_if (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  harness_free (h);
}
GST_END_TEST;

/* The first frames after a join come before the group: nobody's fault. */
GST_START_TEST (test_a_missing_key_is_told_once_we_have_ours)
{
  GstHarness *h = decrypter ();

  fake.result = GST_DISCORD_FRAME_NO_KEY;
  fake.state = GST_DISCORD_E2EE_STATE_PENDING;
  push (h, make_encrypted (0));
  expect_warnings (h, 0, 0);
  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  push (h, make_encrypted (1));
  push (h, make_encrypted (2));
  expect_warnings (h, 1, GST_STREAM_ERROR_DECRYPT_NOKEY);
  expect_stat (h, "dropped-no-key", 3);
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  harness_free (h);
}
GST_END_TEST;

/* Nothing to decrypt it for, and labelled as in clear: ciphertext stays in. */
GST_START_TEST (test_ciphertext_never_passes)
{
  GstHarness *h = harness_new (
      GST_TYPE_DISCORD_DAVE_DEC, FALSE, __i__ == 0 ? DAVE_OPUS : OPUS);

  push (h, make_encrypted (0));
  fail_unless_equals_int (gst_harness_buffers_received (h), 0);
  expect_warnings (h, 1, GST_STREAM_ERROR_DECRYPT_NOKEY);
  push (h, make_frame (1));
  gst_buffer_unref (gst_harness_pull (h));
  expect_caps (h, OPUS);
  expect_stat (h, "dropped-no-key", 1);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_the_user_of_a_frame)
{
  GstHarness *h = decrypter ();
  GstBuffer *buffer = make_encrypted (0);

  gst_buffer_get_discord_media_meta (buffer)->user_id = 7;
  push (h, buffer);
  fail_unless_equals_uint64 (fake.user_id, 7);

  /* Not known when the packet arrived, but now. */
  buffer = make_encrypted (1);
  gst_buffer_get_discord_media_meta (buffer)->user_id = 0;
  push (h, buffer);
  fail_unless_equals_uint64 (fake.user_id, USER);

  buffer = make_encrypted (2);
  gst_buffer_remove_meta (
      buffer, (GstMeta *) gst_buffer_get_discord_media_meta (buffer));
  push (h, buffer);
  fail_unless_equals_uint64 (fake.user_id, 0);
  harness_free (h);
}
GST_END_TEST;

/* Downstream that only knows Opus gets neither ciphertext nor what is in clear
 * although it must not be. */
GST_START_TEST (test_downstream_without_dave)
{
  GstHarness *h = harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, NULL);

  fake.state = GST_DISCORD_E2EE_STATE_CLEAR;
  fake.result = GST_DISCORD_FRAME_CLEAR;
  gst_harness_set_sink_caps_str (h, "audio/x-opus");
  gst_harness_set_src_caps_str (h, OPUS);
  push (h, make_frame (0));
  fake.result = GST_DISCORD_FRAME_DONE;
  fail_unless_equals_int (
      gst_harness_push (h, make_frame (1)), GST_FLOW_NOT_NEGOTIATED);
  fail_unless_equals_int (gst_harness_buffers_received (h), 1);
  harness_free (h);
}
GST_END_TEST;

static void
expect_accepted (GstHarness *h, const gchar *text, gboolean expected)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (h->element, "sink");

  fail_unless (gst_pad_query_accept_caps (sink, caps) == expected, "%s", text);
}

GST_START_TEST (test_what_is_taken_depends_on_downstream)
{
  GstHarness *enc = harness_new (GST_TYPE_DISCORD_DAVE_ENC, TRUE, NULL);
  GstHarness *dec = harness_new (GST_TYPE_DISCORD_DAVE_DEC, TRUE, NULL);

  gst_harness_set_sink_caps_str (
      enc, "application/x-dave, original-media-type=(string)audio/x-opus");
  expect_accepted (enc, OPUS, TRUE);
  expect_accepted (enc, "video/x-vp8", FALSE);
  gst_harness_set_sink_caps_str (enc, "application/x-dave");
  expect_accepted (enc, "video/x-vp8", TRUE);
  expect_accepted (enc, DAVE_OPUS, FALSE);

  gst_harness_set_sink_caps_str (dec, "video/x-vp8");
  expect_accepted (dec, OPUS, FALSE);
  expect_accepted (dec, DAVE_OPUS, FALSE);
  expect_accepted (dec, "video/x-vp8", TRUE);
  expect_accepted (
      dec, "application/x-dave, original-media-type=(string)video/x-vp8", TRUE);
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

GST_START_TEST (test_flush)
{
  GstHarness *h = encrypter ();
  GstSegment segment;
  GstBuffer *out;

  fake.result = GST_DISCORD_FRAME_NO_KEY;
  push (h, make_frame (0));
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  fake.result = GST_DISCORD_FRAME_DONE;
  push (h, make_frame (1));
  out = gst_harness_pull (h);
  fail_if (GST_BUFFER_IS_DISCONT (out));
  gst_buffer_unref (out);
  expect_caps (h, DAVE_OPUS);
  harness_free (h);
}
GST_END_TEST;

GST_START_TEST (test_states_and_connections_come_and_go)
{
  GstHarness *h = harness_new (GST_TYPE_DISCORD_DAVE_ENC, FALSE, OPUS);

  fake.state = GST_DISCORD_E2EE_STATE_ENCRYPTED;
  fake.result = GST_DISCORD_FRAME_DONE;
  for (guint n = 0; n < 20; n++) {
    push (h, make_frame (n));
    expect_caps (h, OPUS);
    g_object_set (h->element, "connection", connection, NULL);
    push (h, make_frame (n));
    expect_caps (h, DAVE_OPUS);
    g_object_set (h->element, "connection", NULL, NULL);

    fail_unless_equals_int (gst_element_set_state (h->element, GST_STATE_NULL),
        GST_STATE_CHANGE_SUCCESS);
    fail_unless_equals_int (
        gst_element_set_state (h->element, GST_STATE_PLAYING),
        GST_STATE_CHANGE_SUCCESS);
  }
  fail_unless_equals_int (gst_harness_buffers_received (h), 40);
  harness_free (h);
}
GST_END_TEST;

/* A keyframe of VP8, 16x16 (RFC 6386 9.1), as far as it is read. */
static const guint8 vp8_frame[] = { 0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 16, 0,
  16, 0, 1, 2, 3, 4 };

GST_START_TEST (test_video_carries_what_a_packetiser_needs)
{
  GstHarness *enc = encrypter ();
  GstHarness *dec = decrypter ();
  GstDiscordFrameMeta *meta;
  GstBuffer *out;

  gst_harness_set_src_caps_str (enc, "video/x-vp8, width=16, height=16");
  gst_harness_set_src_caps_str (dec,
      "application/x-dave, original-media-type=(string)video/x-vp8, "
      "width=16, height=16");
  push (enc, gst_buffer_new_memdup (vp8_frame, sizeof vp8_frame));
  expect_caps (enc,
      "application/x-dave, original-media-type=(string)video/x-vp8, "
      "width=16, height=16");
  out = gst_harness_pull (enc);
  meta = gst_buffer_get_discord_frame_meta (out);
  fail_unless (meta != NULL);
  fail_unless (meta->codec == GST_DISCORD_CODEC_VP8 && meta->keyframe);

  push (dec, out);
  out = gst_harness_pull (dec);
  gst_check_buffer_data (out, vp8_frame, sizeof vp8_frame);
  expect_caps (dec, "video/x-vp8, width=16, height=16");
  fail_unless (fake.video);
  gst_buffer_unref (out);

  /* Not what the caps say. */
  push (enc, gst_buffer_new_memdup (vp8_frame, 1));
  fail_unless_equals_int (gst_harness_buffers_received (enc), 1);
  expect_stat (enc, "refused", 1);
  harness_free (enc);
  harness_free (dec);
}
GST_END_TEST;

static Suite *
dave_suite (void)
{
  Suite *suite = suite_create ("discorddave");
  TCase *tcase = tcase_create ("elements");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_without_a_connection_frames_pass, 0, 2);
  tcase_add_test (tcase, test_encrypted_and_back);
  tcase_add_test (tcase, test_caps_lose_what_a_decoder_would_want);
  tcase_add_test (tcase, test_pain_24_silence_stays_in_clear);
  tcase_add_test (tcase, test_caps_follow_the_version);
  tcase_add_loop_test (tcase, test_first_caps_are_a_good_guess, 0, 4);
  tcase_add_test (tcase, test_without_a_key_nothing_goes_out);
  tcase_add_test (tcase, test_upstream_of_ours_is_told);
  tcase_add_test (tcase, test_a_frame_that_is_refused);
  tcase_add_test (tcase, test_undecryptable);
  tcase_add_test (tcase, test_a_missing_key_is_told_once_we_have_ours);
  tcase_add_loop_test (tcase, test_ciphertext_never_passes, 0, 2);
  tcase_add_test (tcase, test_the_user_of_a_frame);
  tcase_add_test (tcase, test_downstream_without_dave);
  tcase_add_test (tcase, test_what_is_taken_depends_on_downstream);
  tcase_add_test (tcase, test_flush);
  tcase_add_test (tcase, test_states_and_connections_come_and_go);
  tcase_add_test (tcase, test_video_carries_what_a_packetiser_needs);
  return suite;
}

GST_CHECK_MAIN (dave);
