/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTP payloads of video against tests/vectors/rtp-payload.json. */

#include "rtpformats-helper.h"

static JsonObject *
find_frame (JsonObject *root, const gchar *id)
{
  JsonArray *frames = json_object_get_array_member (root, "frames");

  for (guint i = 0; i < json_array_get_length (frames); i++) {
    JsonObject *frame = json_array_get_object_element (frames, i);

    if (g_str_equal (json_object_get_string_member (frame, "id"), id))
      return frame;
  }
  g_assert_not_reached ();
}

/* Where the NAL units of a frame that cannot be searched for them are. */
static void
list_nals (JsonArray *nals, Facts *facts)
{
  guint32 at = 0;

  facts->media.n_units = json_array_get_length (nals);
  for (guint i = 0; i < facts->media.n_units; i++) {
    guint32 size = (guint32) json_object_get_int_member (
        json_array_get_object_element (nals, i), "size");

    facts->units[i] = (GstDiscordFrameUnit){ at + 4, size };
    at += 4 + size;
  }
}

/* An encrypted frame is known by what its plain form was. */
static Facts *
facts_of_vector (const Codec *codec, JsonObject *frame, const Bytes *data)
{
  JsonObject *properties = json_object_get_object_member (frame, "properties");
  Facts *facts;

  if (json_object_has_member (properties, "nals")) {
    facts = g_new0 (Facts, 1);
    list_nals (json_object_get_array_member (properties, "nals"), facts);
    return facts;
  }
  if (json_object_has_member (frame, "metadata_frame")) {
    g_auto (Bytes) plain = vector_bytes (frame, "metadata_frame");

    return facts_new (codec, plain.data, plain.length);
  }
  return facts_new (codec, data->data, data->length);
}

static void
check_frame_comes_back (
    const Codec *codec, const RtpPayloads *payloads, const Bytes *frame)
{
  RtpAssembler assembler;
  guint n = rtp_payloads_count (payloads);

  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, codec->depay);
  for (guint i = 0; i < n; i++) {
    g_autoptr (GByteArray) payload = payload_bytes (payloads, i, frame->data);

    fail_unless (payload->len <= RTP_PAYLOAD_MAX);
    fail_unless_equals_int (assembler_push (&assembler, FALSE, 7, i + 1 == n,
                                payload->data, payload->len),
        i + 1 == n ? RTP_ASSEMBLED_FRAME : RTP_ASSEMBLED_NOTHING);
  }
  fail_unless_equals_uint64 (assembler.frame.size, frame->length);
  fail_unless (memcmp (assembler.frame.data, frame->data, frame->length) == 0);
  rtp_assembler_clear (&assembler);
}

static void
check_payloads (const RtpPayloads *payloads, const Bytes *frame,
    JsonArray *expected, const gchar *id)
{
  fail_unless (
      rtp_payloads_count (payloads) == json_array_get_length (expected),
      "%s: %u payloads", id, rtp_payloads_count (payloads));
  for (guint i = 0; i < rtp_payloads_count (payloads); i++) {
    JsonArray *entry = json_array_get_array_element (expected, i);
    g_auto (Bytes) bytes =
        bytes_from_hex (json_array_get_string_element (entry, 1));
    g_autoptr (GByteArray) payload = payload_bytes (payloads, i, frame->data);

    fail_unless_equals_int (json_array_get_boolean_element (entry, 0),
        i + 1 == rtp_payloads_count (payloads));
    fail_unless (payload->len == bytes.length
            && memcmp (payload->data, bytes.data, bytes.length) == 0,
        "%s: payload %u", id, i);
  }
}

GST_START_TEST (test_packetise)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("rtp-payload.json");
  JsonObject *root = vectors_root (parser);
  JsonArray *vectors = json_object_get_array_member (root, "packetise");
  RtpPayloads payloads;

  rtp_payloads_init (&payloads);
  fail_unless_equals_int (json_array_get_length (vectors), 50);
  for (guint i = 0; i < json_array_get_length (vectors); i++) {
    JsonObject *vector = json_array_get_object_element (vectors, i);
    const gchar *id = json_object_get_string_member (vector, "frame");
    const Codec *codec =
        codec_of (json_object_get_string_member (vector, "codec"));
    JsonObject *frame = find_frame (root, id);
    g_auto (Bytes) data = vector_bytes (frame, "frame");
    g_autofree Facts *facts = facts_of_vector (codec, frame, &data);
    RtpVideoFrame known = facts_frame (facts, data.data, data.length);

    if (json_object_has_member (vector, "picture_id"))
      known.picture_id = json_object_get_int_member (vector, "picture_id");
    rtp_payloads_reset (&payloads);
    fail_unless (codec->pay (&known, &payloads), "%s", id);
    if (json_object_get_boolean_member (vector, "exact"))
      check_payloads (&payloads, &data,
          json_object_get_array_member (vector, "payloads"), id);
    check_frame_comes_back (codec, &payloads, &data);
  }
  rtp_payloads_clear (&payloads);
}
GST_END_TEST;

/* What encoders make becomes what is sent. */
GST_START_TEST (test_canonical_form)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("rtp-payload.json");
  JsonArray *frames =
      json_object_get_array_member (vectors_root (parser), "frames");
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (frames); i++) {
    JsonObject *frame = json_array_get_object_element (frames, i);
    const Codec *codec =
        codec_of (json_object_get_string_member (frame, "codec"));
    JsonObject *properties =
        json_object_get_object_member (frame, "properties");
    g_auto (Bytes) expected = { 0 };
    g_auto (Bytes) input = { 0 };
    g_auto (Bytes) out = { 0 };
    g_autofree MediaFrame *media = g_new (MediaFrame, 1);

    if (!g_str_equal (json_object_get_string_member (frame, "kind"), "encoder"))
      continue;
    n++;
    expected = vector_bytes (frame, "frame");
    input = vector_bytes (frame,
        json_object_has_member (frame, "encoder_frame") ? "encoder_frame"
                                                        : "frame");
    fail_unless_equals_int (
        media_frame_parse (media, codec->codec, input.data, input.length),
        MEDIA_FRAME_OK);
    fail_unless_equals_int (media->keyframe,
        json_object_get_boolean_member (properties, "keyframe"));
    out = bytes_copy (NULL, 0, media_frame_size (media, input.length));
    out.length = media_frame_size (media, input.length);
    media_frame_write (media, input.data, input.length, out.data);
    fail_unless (out.length == expected.length
            && memcmp (out.data, expected.data, out.length) == 0,
        "%s", json_object_get_string_member (frame, "id"));
  }
  fail_unless_equals_int (n, 30);
}
GST_END_TEST;

static void
check_frames (const RtpAssembler *assembler, JsonObject *root,
    JsonArray *expected, guint *n, const gchar *id)
{
  g_auto (Bytes) frame = { 0 };

  fail_unless (*n < json_array_get_length (expected), "%s: one more", id);
  frame = vector_bytes (
      find_frame (root, json_array_get_string_element (expected, *n)), "frame");
  fail_unless (assembler->frame.size == frame.length
          && memcmp (assembler->frame.data, frame.data, frame.length) == 0,
      "%s: frame %u", id, *n);
  (*n)++;
}

GST_START_TEST (test_depacketise)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("rtp-payload.json");
  JsonObject *root = vectors_root (parser);
  JsonArray *vectors = json_object_get_array_member (root, "depacketise");

  fail_unless_equals_int (json_array_get_length (vectors), 56);
  for (guint i = 0; i < json_array_get_length (vectors); i++) {
    JsonObject *vector = json_array_get_object_element (vectors, i);
    const gchar *id = json_object_get_string_member (vector, "id");
    JsonArray *expected = json_object_get_array_member (vector, "expect");
    JsonArray *packets = json_object_get_array_member (vector, "packets");
    guint16 next = 0;
    guint n = 0;
    RtpAssembler assembler;

    rtp_assembler_init (&assembler);
    rtp_assembler_reset (&assembler,
        codec_of (json_object_get_string_member (vector, "codec"))->depay);
    for (guint j = 0; j < json_array_get_length (packets); j++) {
      JsonArray *packet = json_array_get_array_element (packets, j);
      guint16 sequence = json_array_get_int_element (packet, 1);
      g_auto (Bytes) payload =
          bytes_from_hex (json_array_get_string_element (packet, 3));

      if ((rtp_assembler_push (&assembler, j > 0 && sequence != next,
               json_array_get_int_element (packet, 2),
               json_array_get_boolean_element (packet, 0), payload.data,
               payload.length)
              & RTP_ASSEMBLED_FRAME)
          != 0)
        check_frames (&assembler, root, expected, &n, id);
      next = sequence + 1;
    }
    fail_unless (n == json_array_get_length (expected), "%s: %u frames", id, n);
    rtp_assembler_clear (&assembler);
  }
}
GST_END_TEST;

/* What decoders get of AV1 is what the encoder made. */
GST_START_TEST (test_temporal_unit)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("rtp-payload.json");
  JsonArray *frames =
      json_object_get_array_member (vectors_root (parser), "frames");
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (frames); i++) {
    JsonObject *frame = json_array_get_object_element (frames, i);
    g_auto (Bytes) expected = { 0 };
    g_auto (Bytes) input = { 0 };
    g_auto (Bytes) out = { 0 };

    if (!g_str_equal (json_object_get_string_member (frame, "codec"), "AV1")
        || !json_object_has_member (frame, "encoder_frame"))
      continue;
    n++;
    expected = vector_bytes (frame, "encoder_frame");
    input = vector_bytes (frame, "frame");
    out = bytes_copy (NULL, 0, input.length + MEDIA_TEMPORAL_UNIT_GROWTH);
    out.length =
        media_av1_write_temporal_unit (input.data, input.length, out.data);
    fail_unless_equals_uint64 (out.length, expected.length);
    fail_unless (memcmp (out.data, expected.data, out.length) == 0);
  }
  fail_unless_equals_int (n, 6);
}
GST_END_TEST;

typedef struct
{
  const gchar *codec;
  guint n_packets;
  struct
  {
    gboolean marker;
    const gchar *payload;
  } packets[3];
} Lie;

/* Fragments that begin nowhere, inside another, are of another type, never end;
 * lengths past the end; elements that continue nothing. */
static const Lie lies[] = {
  { "H264", 2, { { FALSE, "7c81aa" }, { TRUE, "7c81aa" } } },
  { "H264", 2, { { FALSE, "7c81aa" }, { TRUE, "7c45aa" } } },
  { "H264", 2, { { FALSE, "7c81aa" }, { TRUE, "41aa" } } },
  { "H264", 1, { { TRUE, "7c81aa" } } },
  { "H264", 1, { { TRUE, "7c01aa" } } },
  { "H264", 1, { { TRUE, "7c" } } },
  { "H264", 1, { { TRUE, "78ffff41" } } },
  { "H264", 1, { { TRUE, "7800" } } },
  { "H264", 1, { { TRUE, "780000" } } },
  { "H265", 1, { { TRUE, "62" } } },
  { "H265", 1, { { TRUE, "620101" } } },
  { "H265", 1, { { TRUE, "6001000140" } } },
  { "H265", 2, { { FALSE, "620181aa" }, { TRUE, "620142aa" } } },
  { "VP8", 1, { { TRUE, "10" } } },
  { "VP8", 1, { { TRUE, "90" } } },
  { "VP8", 1, { { TRUE, "908080" } } },
  { "VP8", 1, { { TRUE, "90e080" } } },
  { "VP8", 1, { { TRUE, "00aa" } } },
  { "VP8", 1, { { TRUE, "11aa" } } },
  { "VP8", 2, { { FALSE, "10aa" }, { TRUE, "10aa" } } },
  { "VP9", 1, { { TRUE, "08" } } },
  { "VP9", 1, { { TRUE, "88ff" } } },
  { "VP9", 1, { { TRUE, "0aff" } } },
  { "VP9", 1, { { TRUE, "0a08ff0c" } } },
  { "VP9", 1, { { TRUE, "04aa" } } },
  { "VP9", 2, { { FALSE, "08aa" }, { TRUE, "08aa" } } },
  { "AV1", 1, { { TRUE, "10" } } },
  { "AV1", 1, { { TRUE, "9030aa" } } },
  { "AV1", 1, { { TRUE, "5030aa" } } },
  { "AV1", 1, { { TRUE, "0003" } } },
  { "AV1", 1, { { TRUE, "00ffffffffffffffffff01aa" } } },
  { "AV1", 1, { { TRUE, "20ff30aa" } } },
  { "AV1", 1, { { TRUE, "300230aa" } } },
  { "AV1", 1, { { TRUE, "1032ffaa" } } },
  { "AV1", 2, { { FALSE, "5030aa" }, { TRUE, "1030aa" } } },
};

GST_START_TEST (test_lies)
{
  const Lie *lie = &lies[__i__];
  RtpAssembler assembler;
  guint losses = 0;

  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, codec_of (lie->codec)->depay);
  for (guint i = 0; i < lie->n_packets; i++) {
    g_auto (Bytes) payload = bytes_from_hex (lie->packets[i].payload);
    RtpAssembled assembled = assembler_push (&assembler, FALSE, 1,
        lie->packets[i].marker, payload.data, payload.length);

    fail_if ((assembled & RTP_ASSEMBLED_FRAME) != 0);
    losses += (assembled & RTP_ASSEMBLED_LOSS) != 0;
  }
  fail_unless_equals_int (losses, 1);
  fail_unless_equals_uint64 (assembler.n_lost, 1);
  fail_unless (assembler.discont);
  rtp_assembler_clear (&assembler);
}
GST_END_TEST;

/* Bandwidth probes come with the time of the frame before, or of the next. */
GST_START_TEST (test_empty_payloads)
{
  static const guint8 nal[] = { 0x41, 1 };
  RtpAssembler assembler;

  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, &rtp_h264_depay_format);
  fail_unless_equals_int (assembler_push (&assembler, FALSE, 1, FALSE, NULL, 0),
      RTP_ASSEMBLED_NOTHING);
  fail_unless_equals_int (
      assembler_push (&assembler, FALSE, 1, FALSE, nal, sizeof nal),
      RTP_ASSEMBLED_NOTHING);
  fail_unless_equals_int (assembler_push (&assembler, FALSE, 1, FALSE, NULL, 0),
      RTP_ASSEMBLED_NOTHING);
  fail_unless_equals_int (
      assembler_push (&assembler, FALSE, 1, TRUE, nal, sizeof nal),
      RTP_ASSEMBLED_FRAME);
  fail_unless_equals_uint64 (assembler.frame.size, 2 * (4 + sizeof nal));
  fail_unless_equals_int (assembler_push (&assembler, FALSE, 1, TRUE, NULL, 0),
      RTP_ASSEMBLED_NOTHING);
  fail_unless_equals_int (assembler_push (&assembler, FALSE, 2, TRUE, NULL, 0),
      RTP_ASSEMBLED_NOTHING);
  fail_unless_equals_uint64 (assembler.n_lost, 0);
  rtp_assembler_clear (&assembler);
}
GST_END_TEST;

/* Layers of one picture end with E each and share the time. */
GST_START_TEST (test_vp9_layer_frames)
{
  static const guint8 lower[] = { 0x0c, 1 }, upper[] = { 0x0c, 2 };
  RtpAssembler assembler;

  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, &rtp_vp9_depay_format);
  fail_unless_equals_int (
      assembler_push (&assembler, FALSE, 1, FALSE, lower, sizeof lower),
      RTP_ASSEMBLED_FRAME);
  fail_unless_equals_int (assembler.frame.data[0], 1);
  fail_unless_equals_int (
      assembler_push (&assembler, FALSE, 1, TRUE, upper, sizeof upper),
      RTP_ASSEMBLED_FRAME);
  fail_unless_equals_int (assembler.frame.data[0], 2);
  fail_unless_equals_uint64 (assembler.frame.size, 1);
  rtp_assembler_clear (&assembler);
}
GST_END_TEST;

GST_START_TEST (test_frame_too_large)
{
  g_autofree guint8 *payload = g_malloc0 (60000);
  RtpAssembler assembler;
  RtpAssembled assembled = RTP_ASSEMBLED_NOTHING;
  guint n;

  payload[0] = 0x10;
  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, &rtp_vp8_depay_format);
  for (n = 0; assembled == RTP_ASSEMBLED_NOTHING; n++) {
    assembled =
        rtp_assembler_push (&assembler, FALSE, 1, FALSE, payload, 60000);
    payload[0] = 0;
  }
  fail_unless_equals_int (assembled, RTP_ASSEMBLED_LOSS);
  fail_unless_equals_int (n, RTP_FRAME_MAX / 59999 + 1);
  rtp_assembler_clear (&assembler);
}
GST_END_TEST;

static Suite *
rtpformats_suite (void)
{
  Suite *s = suite_create ("rtpformats");
  TCase *tc = tcase_create ("rtpformats");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_packetise);
  tcase_add_test (tc, test_canonical_form);
  tcase_add_test (tc, test_depacketise);
  tcase_add_test (tc, test_temporal_unit);
  tcase_add_loop_test (tc, test_lies, 0, G_N_ELEMENTS (lies));
  tcase_add_test (tc, test_empty_payloads);
  tcase_add_test (tc, test_vp9_layer_frames);
  tcase_add_test (tc, test_frame_too_large);
  return s;
}

GST_CHECK_MAIN (rtpformats);
