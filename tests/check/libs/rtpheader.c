/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/transport/rtpheader.h"

#include "vectors.h"

#include <math.h>

static JsonObject *
extensions (JsonParser *parser)
{
  return json_object_get_object_member (vectors_root (parser), "extensions");
}

static void
check_speaking_send (JsonObject *vector)
{
  g_auto (Bytes) element = vector_bytes (vector, "element");
  guint32 flags = json_object_get_int_member (vector, "flags");

  fail_unless_equals_int (rtp_speaking_to_element (flags), element.data[0]);
}

static void
check_speaking_receive (JsonObject *vector)
{
  g_auto (Bytes) element = vector_bytes (vector, "element");
  guint32 flags = json_object_get_int_member (vector, "flags");

  fail_unless_equals_int (
      rtp_speaking_from_element (element.data[0], FALSE), flags);
  fail_unless_equals_int (rtp_speaking_from_element (element.data[0], TRUE), 0);
}

GST_START_TEST (test_speaking)
{
  g_autoptr (JsonParser) parser = vectors_load ();

  vectors_each (extensions (parser), "speaking_send", 8, check_speaking_send);
  vectors_each (
      extensions (parser), "speaking_receive", 8, check_speaking_receive);
  /* Bits we do not know change nothing. */
  fail_unless_equals_int (rtp_speaking_to_element (0xfffffff8), 0);
  fail_unless_equals_int (rtp_speaking_from_element (0xf8 | 2, FALSE), 1);
}
GST_END_TEST;

/* The seconds alone take up most of a double. */
static gint64
to_ns (gdouble seconds)
{
  gint64 whole = (gint64) seconds;

  return whole * GST_SECOND + llround ((seconds - whole) * 1e9);
}

static void
check_send_time (JsonObject *vector)
{
  gdouble seconds = json_object_get_double_member (vector, "unix_seconds");
  g_auto (Bytes) element = vector_bytes (vector, "element");
  gint64 ns = to_ns (seconds);
  guint32 expected = GST_READ_UINT24_BE (element.data);

  fail_unless_equals_int (rtp_abs_send_time (ns), expected);
  /* Within one step of 2^-18 s, and never later than the instant itself. */
  fail_unless (rtp_abs_send_time_to_unix (expected, ns) <= ns);
  fail_unless (rtp_abs_send_time_to_unix (expected, ns) > ns - 3815);
}

GST_START_TEST (test_send_time)
{
  const gint64 now = G_GINT64_CONSTANT (1721000000250000000);
  const gint64 s = G_GINT64_CONSTANT (1000000000);
  g_autoptr (JsonParser) parser = vectors_load ();

  vectors_each (extensions (parser), "abs_send_time", 6, check_send_time);

  for (guint32 element = 0; element <= 0xffffff; element += 12289) {
    gint64 back = rtp_abs_send_time_to_unix (element, now);

    fail_unless_equals_int (rtp_abs_send_time (back), element);
    fail_unless (ABS (back - now) <= 32 * s);
  }
  for (gint64 offset = -31 * s; offset <= 31 * s; offset += s / 3) {
    guint32 element = rtp_abs_send_time (now + offset);
    gint64 back = rtp_abs_send_time_to_unix (element, now);

    fail_unless (back <= now + offset && back > now + offset - 3815);
  }
  /* 1 s before 1970 is 63 s into the period. */
  fail_unless_equals_int (rtp_abs_send_time (-s), 63 << 18);
  fail_unless_equals_int (rtp_abs_send_time (-1), 0xffffff);
  fail_unless_equals_int64 (rtp_abs_send_time_to_unix (63 << 18, 0), -s);
  /* Bits above the 24 are none of ours. */
  fail_unless_equals_int64 (
      rtp_abs_send_time_to_unix (0xff000000 | 63 << 18, 0), -s);
}
GST_END_TEST;

static void
check_level (JsonObject *vector)
{
  gint16 samples[1920];

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = json_object_get_int_member (vector, "constant_sample");
  fail_unless_equals_int (rtp_audio_level_s16 (samples, G_N_ELEMENTS (samples)),
      json_object_get_int_member (vector, "level"));
}

GST_START_TEST (test_audio_level)
{
  g_autoptr (JsonParser) parser = vectors_load ();

  vectors_each (extensions (parser), "audio_level_from_pcm16", 7, check_level);
  fail_unless_equals_int (rtp_audio_level_s16 (NULL, 0), 127);

  /* Against the formula itself, away from its rounding edges. */
  for (gint amplitude = 1; amplitude <= 32767; amplitude += 7) {
    gint16 samples[2] = { (gint16) amplitude, (gint16) -amplitude };
    gdouble exact = -20 * log10 (amplitude / 32767.0);

    if (fabs (exact - floor (exact) - 0.5) < 1e-9)
      continue;
    fail_unless_equals_int (
        rtp_audio_level_s16 (samples, 2), (gint) round (exact));
  }
}
GST_END_TEST;

GST_START_TEST (test_silence)
{
  const struct
  {
    const gchar *payload;
    gsize length;
    gboolean silence;
  } cases[] = {
    { "\xf8\xff\xfe", 3, TRUE },
    { "\xf8\xff\xfe\x01", 4, TRUE },
    { "\xf8\xff\xfe\x02\x02", 5, TRUE },
    { "\xf8\xff\xfe\x03\x03\x03", 6, TRUE },
    { "\xf8\xff\xfe\x02", 4, FALSE },
    { "\xf8\xff\xfe\x00", 4, FALSE },
    { "\xf8\xff\xfe\x02\x01", 5, FALSE },
    { "\xf8\xff\xff", 3, FALSE },
    { "\xf8\xff", 2, FALSE },
    { "", 0, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Bytes) payload =
        bytes_copy ((const guint8 *) cases[i].payload, cases[i].length, 0);

    fail_unless_equals_int (
        rtp_opus_is_silence (payload.data, payload.length), cases[i].silence);
  }

  /* No count above 255 fits a byte. */
  for (gsize padding = 250; padding < 260; padding++) {
    g_auto (Bytes) payload = { malloc (3 + padding), 3 + padding };

    memcpy (payload.data, "\xf8\xff\xfe", 3);
    memset (payload.data + 3, (guint8) padding, padding);
    fail_unless_equals_int (
        rtp_opus_is_silence (payload.data, payload.length), padding <= 255);
  }
}
GST_END_TEST;

GST_START_TEST (test_audio_extension)
{
  g_autoptr (JsonParser) parser = vectors_load ();
  JsonObject *block =
      json_object_get_object_member (extensions (parser), "audio_block");
  g_auto (Bytes) body = vector_bytes (block, "body");
  gdouble seconds = json_object_get_double_member (block, "unix_seconds");
  guint8 out[RTP_AUDIO_EXTENSION_SIZE];

  rtp_audio_extension_write (out, json_object_get_int_member (block, "flags"),
      json_object_get_int_member (block, "level"),
      rtp_abs_send_time (to_ns (seconds)));
  fail_unless_equals_int (body.length, sizeof out);
  fail_unless (memcmp (out, body.data, sizeof out) == 0);

  /* Without a flag, no voice activity; a level beyond the scale is silence. */
  rtp_audio_extension_write (out, 0, 200, 0);
  fail_unless (memcmp (out, "\x10\x7f\x32\0\0\0\x90\0\xa4", 9) == 0);
}
GST_END_TEST;

/* Elements as text: "id:hex id:hex". */
static gchar *
walk (guint16 profile, const guint8 *data, gsize length)
{
  g_auto (Bytes) body = bytes_copy (data, length, 0);
  GString *text = g_string_new (NULL);
  RtpExtensionIter iter;
  RtpExtension extension;

  rtp_extension_iter_init (&iter, profile, body.data, body.length);
  while (rtp_extension_iter_next (&iter, &extension)) {
    g_string_append_printf (text, "%s%u:", text->len ? " " : "", extension.id);
    for (gsize i = 0; i < extension.length; i++)
      g_string_append_printf (text, "%02x", extension.data[i]);
  }
  /* The end stays the end. */
  fail_if (rtp_extension_iter_next (&iter, &extension));
  return g_string_free (text, FALSE);
}

GST_START_TEST (test_extension_iter)
{
  const struct
  {
    guint16 profile;
    const gchar *body;
    gsize length;
    const gchar *elements;
  } cases[] = {
    { 0xbede,
        "\x10\x97\x32\x06\0\0\x90\x02\xa4"
        "audio\0\0",
        16, "1:97 3:060000 9:02 10:617564696f" },
    { 0xbede, "", 0, "" },
    { 0xbede, "\0\0\0\0", 4, "" },
    /* padding between elements */
    { 0xbede, "\x10\xaa\0\0\x90\xbb\0", 7, "1:aa 9:bb" },
    /* the second element is longer than the block */
    { 0xbede, "\x10\xaa\x93\xbb\xbb\xbb", 6, "1:aa" },
    { 0xbede, "\x10\xaa\x90", 3, "1:aa" },
    { 0xbede, "\x1f", 1, "" },
    /* id 15 stops, id 0 with a length stops */
    { 0xbede, "\x10\xaa\xf0\xbb\x90\xcc", 6, "1:aa" },
    { 0xbede, "\x10\xaa\x01\xbb\xbb\x90\xcc", 7, "1:aa" },
    /* two-byte form: empty elements, ids above 14 */
    { 0x1000, "\x01\x01\x17\x09\x01\x02\x00\x00", 8, "1:17 9:02" },
    { 0x100f, "\x0f\x00\xff\x02\xab\xcd", 6, "15: 255:abcd" },
    { 0x1000, "\x01", 1, "" },
    { 0x1000, "\x01\x01\x17\x09\x02\x02", 6, "1:17" },
    { 0x1000, "\x09\x01", 2, "" },
    /* profiles of others */
    { 0x1010, "\x01\x01\x17\x00", 4, "" },
    { 0xbedf, "\x10\x97\x00\x00", 4, "" },
    { 0x0000, "\x10\x97\x00\x00", 4, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *elements = walk (
        cases[i].profile, (const guint8 *) cases[i].body, cases[i].length);

    fail_unless_equals_string (elements, cases[i].elements);
  }
}
GST_END_TEST;

/* The blocks of the vectors, also those of video that come on the same socket. */
GST_START_TEST (test_extension_iter_vectors)
{
  const gchar *const blocks[] = { "audio_block", "video_block", "screen_block",
    "rtx_block" };
  const gchar *const expected[] = {
    "1:97 3:060000 9:02 10:617564696f",
    "2:000000 3:060000 4:00 5:1234 6:000000 7:00 "
    "8:00000000000000000000000000 10:766964656f 11:313030",
    "2:000000 3:060000 4:00 5:1235 6:000000 7:01 "
    "8:00000000000000000000000000 10:73637265656e 11:313030",
    "2:000000 3:060000 4:00 5:1236 6:000000 7:00 "
    "8:00000000000000000000000000 10:766964656f 12:313030",
  };
  g_autoptr (JsonParser) parser = vectors_load ();

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++) {
    JsonObject *block =
        json_object_get_object_member (extensions (parser), blocks[i]);
    g_auto (Bytes) body = vector_bytes (block, "body");
    g_autofree gchar *elements = walk (0xbede, body.data, body.length);

    fail_unless_equals_string (elements, expected[i]);
    /* Cut anywhere, what is whole stays. */
    for (gsize length = 0; length < body.length; length++) {
      g_autofree gchar *cut = walk (0xbede, body.data, length);

      fail_unless (g_str_has_prefix (elements, cut));
    }
  }
}
GST_END_TEST;

static Suite *
rtpheader_suite (void)
{
  Suite *suite = suite_create ("rtpheader");
  TCase *tcase = tcase_create ("rtpheader");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_speaking);
  tcase_add_test (tcase, test_send_time);
  tcase_add_test (tcase, test_audio_level);
  tcase_add_test (tcase, test_silence);
  tcase_add_test (tcase, test_audio_extension);
  tcase_add_test (tcase, test_extension_iter);
  tcase_add_test (tcase, test_extension_iter_vectors);
  return suite;
}

GST_CHECK_MAIN (rtpheader);
