/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video from encryption over RTP to decryption, with the frames of
 * tests/vectors/rtp-payload.json. The connection is one with a key of ours. */

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/frame/encryptor.h"

#include "rtpvideo-helper.h"
#include "vectors.h"

#include "gstdiscorddavedec.h"
#include "gstdiscorddaveenc.h"

#define ROUNDS 20
#define LOSS 0.05
#define SEED 5

static const guint8 secret[DAVE_BASE_SECRET_SIZE] = { 2, 7, 1, 8 };

static GstDiscordConnection *connection;
static DaveEncryptor *encryptor;
static DaveDecryptor *decryptor;
static GRand *network; /* what it loses; NULL: nothing */

gsize
gst_discord_connection_encrypted_size_max (GstDiscordCodec codec, gsize length)
{
  return dave_encryptor_size_max ((DaveCodec) codec, length);
}

void
gst_discord_connection_get_send_state (
    GstDiscordConnection *self, GstDiscordSendState *state)
{
  *state = (GstDiscordSendState){ .e2ee = GST_DISCORD_E2EE_STATE_ENCRYPTED };
}

guint64
gst_discord_connection_get_user_for_ssrc (
    GstDiscordConnection *self, guint32 ssrc)
{
  return 1;
}

static DaveView
view_of (DaveSegment *segment, const GstMapInfo *map)
{
  *segment = (DaveSegment){ map->data, map->size };
  return (DaveView){ segment, 1, map->size };
}

GstDiscordFrameResult
gst_discord_connection_encrypt (GstDiscordConnection *self,
    GstDiscordCodec codec, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  DaveSegment in_segment, out_segment;
  DaveView in_view, out_view;
  DaveFrameResult result;
  GstMapInfo in_map, out_map;

  fail_unless (gst_buffer_map (frame, &in_map, GST_MAP_READ));
  fail_unless (gst_buffer_map (out, &out_map, GST_MAP_WRITE));
  in_view = view_of (&in_segment, &in_map);
  out_view = view_of (&out_segment, &out_map);
  result = dave_encryptor_encrypt (
      encryptor, (DaveCodec) codec, &in_view, &out_view, size);
  gst_buffer_unmap (out, &out_map);
  gst_buffer_unmap (frame, &in_map);
  fail_unless_equals_int (result, DAVE_FRAME_OK);
  return GST_DISCORD_FRAME_DONE;
}

GstDiscordFrameResult
gst_discord_connection_decrypt (GstDiscordConnection *self, guint64 user_id,
    gboolean video, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  DaveSegment in_segment, out_segment;
  DaveView in_view, out_view;
  DaveFrameResult result;
  DavePlain plain = { 0 };
  GstMapInfo in_map, out_map;

  fail_unless (gst_buffer_map (frame, &in_map, GST_MAP_READ));
  fail_unless (gst_buffer_map (out, &out_map, GST_MAP_WRITE));
  in_view = view_of (&in_segment, &in_map);
  out_view = view_of (&out_segment, &out_map);
  result = dave_decryptor_decrypt (
      decryptor, DAVE_MEDIA_VIDEO, 0, &in_view, &out_view, &plain);
  gst_buffer_unmap (out, &out_map);
  gst_buffer_unmap (frame, &in_map);
  *size = plain.length;
  *reason = dave_frame_result_name (result);
  return result == DAVE_FRAME_OK ? GST_DISCORD_FRAME_DONE
                                 : GST_DISCORD_FRAME_REFUSED;
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

  connection = gst_discord_connection_acquire (&config, NULL);
  fail_unless (connection != NULL);
  encryptor = dave_encryptor_new (secret, 0);
  decryptor = dave_decryptor_new ();
  fail_unless (dave_decryptor_add_key (decryptor, secret, 0, 0));
  gst_element_register (
      NULL, "encrypt", GST_RANK_NONE, GST_TYPE_DISCORD_DAVE_ENC);
  gst_element_register (
      NULL, "decrypt", GST_RANK_NONE, GST_TYPE_DISCORD_DAVE_DEC);
}

static void
teardown (void)
{
  g_clear_pointer (&connection, gst_discord_connection_release);
  g_clear_pointer (&encryptor, dave_encryptor_free);
  g_clear_pointer (&decryptor, dave_decryptor_free);
  g_clear_pointer (&network, g_rand_free);
}

typedef struct
{
  const gchar *name;
  const gchar *caps;
} Codec;

static const Codec codecs[] = {
  { "H264",
      "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au" },
  { "H265",
      "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au" },
  { "VP8", "video/x-vp8" },
  { "VP9", "video/x-vp9, alignment=(string)super-frame" },
  { "AV1",
      "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu" },
};

/* What an encoder made, and what a decoder gets: AV1 is a temporal unit again,
 * others keep their canonical form. */
typedef struct
{
  GPtrArray *sent;
  GPtrArray *expected;
} Frames;

static GBytes *
bytes_of (JsonObject *frame, const gchar *member)
{
  g_auto (Bytes) bytes = { 0 };

  if (!json_object_has_member (frame, member))
    member = "frame";
  bytes = vector_bytes (frame, member);
  return g_bytes_new (bytes.data, bytes.length);
}

static Frames
load (const Codec *codec)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  Frames frames = {
    g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
    g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref),
  };
  JsonArray *array;

  fail_unless (json_parser_load_from_file (
      parser, TEST_VECTORS_DIR "/rtp-payload.json", NULL));
  array = json_object_get_array_member (vectors_root (parser), "frames");
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *frame = json_array_get_object_element (array, i);

    if (!g_str_equal (
            json_object_get_string_member (frame, "codec"), codec->name)
        || !g_str_equal (
            json_object_get_string_member (frame, "kind"), "encoder"))
      continue;
    g_ptr_array_add (frames.sent, bytes_of (frame, "encoder_frame"));
    g_ptr_array_add (frames.expected,
        bytes_of (frame,
            g_str_equal (codec->name, "AV1") ? "encoder_frame" : "frame"));
  }
  fail_unless_equals_int (frames.sent->len, 6);
  return frames;
}

static void
frames_clear (Frames *frames)
{
  g_ptr_array_unref (frames->sent);
  g_ptr_array_unref (frames->expected);
}

/* Between payloader and depayloader. */
static GstPadProbeReturn
lose (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (network != NULL && g_rand_double (network) < LOSS)
    return GST_PAD_PROBE_DROP;
  return GST_PAD_PROBE_OK;
}

static Fixture
call_new (const Codec *codec)
{
  Fixture f = fixture_new ("encrypt name=enc ! discordrtpvideopay ! "
                           "identity name=network ! discordrtpvideodepay ! "
                           "decrypt name=dec",
      codec->caps, codec->caps);
  GstBin *bin = GST_BIN (f.harness->element);
  g_autoptr (GstElement) enc = gst_bin_get_by_name (bin, "enc");
  g_autoptr (GstElement) dec = gst_bin_get_by_name (bin, "dec");
  g_autoptr (GstElement) between = gst_bin_get_by_name (bin, "network");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (between, "src");

  g_object_set (enc, "connection", connection, NULL);
  g_object_set (dec, "connection", connection, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, lose, NULL, NULL);
  return f;
}

/* Whether frame @index came out, and nothing else than that. */
static gboolean
send_frame (Fixture *f, const Frames *frames, guint index)
{
  GBytes *bytes = frames->sent->pdata[index % frames->sent->len];
  GBytes *expected = frames->expected->pdata[index % frames->sent->len];
  GstBuffer *frame = gst_buffer_new_wrapped_bytes (bytes);
  g_autoptr (GstBuffer) out = NULL;

  GST_BUFFER_PTS (frame) = index * GST_SECOND / 30;
  GST_BUFFER_DURATION (frame) = GST_SECOND / 30;
  fail_unless_equals_int (gst_harness_push (f->harness, frame), GST_FLOW_OK);
  out = gst_harness_try_pull (f->harness);
  fail_unless (gst_harness_try_pull (f->harness) == NULL);
  if (out == NULL)
    return FALSE;
  gst_check_buffer_data (
      out, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
  fail_unless_equals_uint64 (GST_BUFFER_PTS (out), index * GST_SECOND / 30);
  return TRUE;
}

GST_START_TEST (test_every_frame_arrives)
{
  Frames frames = load (&codecs[__i__]);
  Fixture f = call_new (&codecs[__i__]);

  for (guint i = 0; i < frames.sent->len * ROUNDS; i++)
    fail_unless (send_frame (&f, &frames, i));
  fail_unless_equals_int (count_warnings (&f), 0);
  fixture_clear (&f);
  frames_clear (&frames);
}
GST_END_TEST;

/* What comes out is authentic, or does not come out. */
GST_START_TEST (test_loss)
{
  Frames frames = load (&codecs[__i__]);
  Fixture f = call_new (&codecs[__i__]);
  guint n = 0;

  network = g_rand_new_with_seed (SEED);
  for (guint i = 0; i < frames.sent->len * ROUNDS; i++)
    n += send_frame (&f, &frames, i);
  fail_unless (
      n > frames.sent->len * ROUNDS / 2 && n < frames.sent->len * ROUNDS);
  fixture_clear (&f);
  frames_clear (&frames);
}
GST_END_TEST;

static Suite *
discordvideoe2ee_suite (void)
{
  Suite *suite = suite_create ("discordvideoe2ee");
  TCase *tcase = tcase_create ("frames");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (
      tcase, test_every_frame_arrives, 0, G_N_ELEMENTS (codecs));
  tcase_add_loop_test (tcase, test_loss, 0, G_N_ELEMENTS (codecs));
  return suite;
}

GST_CHECK_MAIN (discordvideoe2ee);
