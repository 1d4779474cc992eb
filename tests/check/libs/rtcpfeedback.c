/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/transport/rtcpfeedback.h"

#include "vectors.h"

#define SENDER 0x0001869f
#define MEDIA 0x00020001

/* The only packet of a compound, in a block of exactly its size. */
static RtcpPacket
only_packet (const Bytes *compound)
{
  RtcpIter iter;
  RtcpPacket packet;

  rtcp_iter_init (&iter, compound->data, compound->length);
  fail_unless (rtcp_iter_next (&iter, &packet));
  return packet;
}

static RtcpFeedback
parse (const Bytes *compound)
{
  RtcpPacket packet = only_packet (compound);
  RtcpFeedback feedback;

  fail_unless (rtcp_packet_feedback (&packet, &feedback));
  return feedback;
}

static Bytes
load (const gchar *id)
{
  g_autoptr (JsonParser) parser = vectors_load ();
  JsonArray *rtcp =
      json_object_get_array_member (vectors_root (parser), "rtcp");

  for (guint i = 0; i < json_array_get_length (rtcp); i++) {
    JsonObject *vector = json_array_get_object_element (rtcp, i);

    if (g_str_equal (json_object_get_string_member (vector, "id"), id))
      return vector_bytes (vector, "plaintext");
  }
  fail ("no vector %s", id);
  return (Bytes){ NULL, 0 };
}

/* Feedback of 205 or 206 with @fci, whole words of it. */
static Bytes
make_feedback (guint8 type, guint8 format, const guint8 *fci, gsize size)
{
  Bytes bytes = { malloc (12 + size), 12 + size };

  fail_unless (size % 4 == 0);
  memset (bytes.data, 0, 12);
  bytes.data[0] = 0x80 | format;
  bytes.data[1] = type;
  GST_WRITE_UINT16_BE (bytes.data + 2, (guint16) (2 + size / 4));
  memcpy (bytes.data + 12, fci, size);
  return bytes;
}

static gchar *
nack_text (const RtcpFeedback *feedback)
{
  GString *text = g_string_new (NULL);
  RtcpNackIter iter;
  guint16 sequence;

  rtcp_nack_iter_init (&iter, feedback);
  while (rtcp_nack_iter_next (&iter, &sequence))
    g_string_append_printf (text, "%s%u", text->len ? " " : "", sequence);
  fail_if (rtcp_nack_iter_next (&iter, &sequence));
  return g_string_free (text, FALSE);
}

GST_START_TEST (test_kinds)
{
  const struct
  {
    const gchar *id;
    RtcpFeedbackKind kind;
    guint32 media;
  } cases[] = {
    { "gcm/rtcp/nack-1", RTCP_FEEDBACK_NACK, MEDIA },
    { "gcm/rtcp/pli", RTCP_FEEDBACK_PLI, MEDIA },
    { "gcm/rtcp/fir", RTCP_FEEDBACK_FIR, 0 },
    { "gcm/rtcp/remb", RTCP_FEEDBACK_REMB, 0 },
    { "gcm/rtcp/twcc", RTCP_FEEDBACK_TWCC, 0x186a0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Bytes) bytes = load (cases[i].id);
    RtcpFeedback feedback = parse (&bytes);

    fail_unless_equals_int (feedback.kind, cases[i].kind);
    fail_unless_equals_int (feedback.sender, SENDER);
    fail_unless_equals_int (feedback.media, cases[i].media);
  }
}
GST_END_TEST;

GST_START_TEST (test_not_feedback)
{
  const gchar *ids[] = { "gcm/rtcp/rr-1", "gcm/rtcp/sr-0", "gcm/rtcp/bye" };
  g_auto (Bytes) cut =
      bytes_copy ((const guint8 *) "\x81\xce\0\1\0\0\0\1", 8, 0);
  RtcpFeedback feedback;
  RtcpPacket packet;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_auto (Bytes) bytes = load (ids[i]);

    packet = only_packet (&bytes);
    fail_if (rtcp_packet_feedback (&packet, &feedback));
  }
  packet = only_packet (&cut);
  fail_if (rtcp_packet_feedback (&packet, &feedback));
}
GST_END_TEST;

/* What one parser reads, another kind's does not. */
GST_START_TEST (test_kinds_are_kept_apart)
{
  const gchar *ids[] = { "gcm/rtcp/nack-1", "gcm/rtcp/pli", "gcm/rtcp/fir",
    "gcm/rtcp/remb", "gcm/rtcp/twcc" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_auto (Bytes) bytes = load (ids[i]);
    RtcpFeedback feedback = parse (&bytes);
    RtcpNackIter iter;
    RtcpRemb remb;
    RtcpTwcc twcc;
    guint32 ssrc;
    guint16 sequence;
    guint8 number;

    rtcp_nack_iter_init (&iter, &feedback);
    fail_unless_equals_int (rtcp_nack_iter_next (&iter, &sequence), i == 0);
    fail_unless_equals_int (
        rtcp_fir_entry (&feedback, 0, &ssrc, &number), i == 2);
    fail_unless_equals_int (rtcp_remb (&feedback, &remb), i == 3);
    fail_unless_equals_int (rtcp_twcc (&feedback, &twcc), i == 4);
  }
}
GST_END_TEST;

GST_START_TEST (test_nack)
{
  g_auto (Bytes) bytes = load ("gcm/rtcp/nack-3");
  RtcpFeedback feedback = parse (&bytes);
  g_autofree gchar *text = nack_text (&feedback);

  /* across the wrap, all of a bit mask, first and last bit */
  fail_unless_equals_string (text,
      "65530 65531 65532 65533 65534 65535 0 "
      "100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 "
      "400 401 416");
}
GST_END_TEST;

/* What we write is what we read, and what the vectors say. */
GST_START_TEST (test_write_nack)
{
  guint16 sequences[] = { 65530, 65531, 65532, 65533, 65534, 65535, 0, 100, 101,
    102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116,
    400, 401, 416 };
  guint8 out[RTCP_NACK_MAX_SIZE];
  g_auto (Bytes) expected = load ("gcm/rtcp/nack-3");
  gsize size =
      rtcp_write_nack (out, SENDER, MEDIA, sequences, G_N_ELEMENTS (sequences));

  fail_unless_equals_int (size, expected.length);
  fail_unless (memcmp (out, expected.data, size) == 0);
}
GST_END_TEST;

/* Even the worst case, no two in one entry, fits and is cut at the limit. */
GST_START_TEST (test_write_nack_limit)
{
  guint16 sequences[RTCP_NACK_MAX_SEQUENCES + 10];
  guint8 *out = malloc (RTCP_NACK_MAX_SIZE);
  Bytes bytes = { out, 0 };
  RtcpFeedback feedback;
  RtcpNackIter iter;
  guint16 sequence;
  guint count = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sequences); i++)
    sequences[i] = (guint16) (60000 + i * 17);
  bytes.length =
      rtcp_write_nack (out, SENDER, MEDIA, sequences, G_N_ELEMENTS (sequences));
  feedback = parse (&bytes);
  rtcp_nack_iter_init (&iter, &feedback);
  for (; rtcp_nack_iter_next (&iter, &sequence); count++)
    fail_unless_equals_int (sequence, sequences[count]);
  fail_unless_equals_int (count, RTCP_NACK_MAX_SEQUENCES);
  free (out);
}
GST_END_TEST;

GST_START_TEST (test_pli)
{
  g_auto (Bytes) expected = load ("gcm/rtcp/pli");
  guint8 out[RTCP_PLI_SIZE];

  rtcp_write_pli (out, SENDER, MEDIA);
  fail_unless_equals_int (expected.length, sizeof out);
  fail_unless (memcmp (out, expected.data, sizeof out) == 0);
}
GST_END_TEST;

GST_START_TEST (test_receiver_report)
{
  g_auto (Bytes) expected = load ("gcm/rtcp/rr-1");
  RtcpPacket packet = only_packet (&expected);
  RtcpReportBlock block;
  guint8 out[RTCP_RECEIVER_REPORT_SIZE];

  fail_unless (rtcp_packet_report_block (&packet, 0, &block));
  rtcp_write_receiver_report (out, SENDER, &block);
  fail_unless_equals_int (expected.length, sizeof out);
  fail_unless (memcmp (out, expected.data, sizeof out) == 0);

  block.packets_lost = -1;
  rtcp_write_receiver_report (out, SENDER, &block);
  fail_unless (memcmp (out + 13, "\xff\xff\xff", 3) == 0);
}
GST_END_TEST;

GST_START_TEST (test_cname)
{
  static const guint8 expected[] = { 0x81, 202, 0, 3, 0, 1, 0x86, 0x9f, 1, 5,
    'o', 't', 't', 'e', 'r', 0 };
  guint8 out[RTCP_CNAME_MAX_SIZE];
  g_autofree gchar *longest = g_strnfill (RTCP_CNAME_MAX + 20, 'x');

  fail_unless_equals_int (rtcp_write_cname (out, SENDER, "otter"), 16);
  fail_unless (memcmp (out, expected, 16) == 0);
  /* At least one zero ends the chunk, also when a word is full. */
  fail_unless_equals_int (rtcp_write_cname (out, SENDER, "sealed"), 20);
  fail_unless_equals_int (rtcp_write_cname (out, SENDER, "ab"), 16);
  fail_unless_equals_int (rtcp_write_cname (out, SENDER, longest), 76);
  fail_unless_equals_int (out[9], RTCP_CNAME_MAX);
}
GST_END_TEST;

GST_START_TEST (test_fir)
{
  g_auto (Bytes) bytes = load ("gcm/rtcp/fir");
  RtcpFeedback feedback = parse (&bytes);
  guint32 ssrc;
  guint8 sequence;

  fail_unless (rtcp_fir_entry (&feedback, 0, &ssrc, &sequence));
  fail_unless_equals_int (ssrc, MEDIA);
  fail_unless_equals_int (sequence, 7);
  fail_if (rtcp_fir_entry (&feedback, 1, &ssrc, &sequence));
  fail_if (rtcp_fir_entry (&feedback, G_MAXUINT, &ssrc, &sequence));
}
GST_END_TEST;

GST_START_TEST (test_remb)
{
  g_auto (Bytes) bytes = load ("gcm/rtcp/remb");
  RtcpFeedback feedback = parse (&bytes);
  RtcpRemb remb;

  fail_unless (rtcp_remb (&feedback, &remb));
  /* 17d090: exponent 5, mantissa 0x3d090 */
  fail_unless_equals_uint64 (remb.bitrate, 8000000);
  fail_unless_equals_int (remb.n_ssrcs, 1);
  fail_unless_equals_int (rtcp_remb_ssrc (&remb, 0), 100000);
}
GST_END_TEST;

GST_START_TEST (test_remb_malformed)
{
  const struct
  {
    const gchar *fci;
    gsize size;
  } cases[] = {
    { "REMB", 4 }, /* no bit rate */
    { "REMB\2\0\0\1\0\0\0\1", 12 }, /* an SSRC less than it says */
    { "REMB\0\xff\xff\xff", 8 }, /* 18 bits, 63 further up */
    { "RAMB\0\0\0\1", 8 }, /* something else */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Bytes) bytes =
        make_feedback (206, 15, (const guint8 *) cases[i].fci, cases[i].size);
    RtcpFeedback feedback = parse (&bytes);
    RtcpRemb remb;

    fail_if (rtcp_remb (&feedback, &remb));
  }
}
GST_END_TEST;

/* "number+arrival", or the number alone when it was not received. */
static gchar *
twcc_text (const RtcpTwcc *twcc)
{
  GString *text = g_string_new (NULL);
  RtcpTwccPacket packet;
  RtcpTwccIter iter;

  rtcp_twcc_iter_init (&iter, twcc);
  while (rtcp_twcc_iter_next (&iter, &packet)) {
    g_string_append_printf (
        text, "%s%u", text->len ? " " : "", packet.sequence);
    if (packet.received)
      g_string_append_printf (text, "%+" G_GINT64_FORMAT, packet.arrival);
  }
  return g_string_free (text, FALSE);
}

GST_START_TEST (test_twcc)
{
  g_auto (Bytes) bytes = load ("gcm/rtcp/twcc");
  RtcpFeedback feedback = parse (&bytes);
  g_autofree gchar *text = NULL;
  RtcpTwcc twcc;

  fail_unless (rtcp_twcc (&feedback, &twcc));
  fail_unless_equals_int (twcc.base, 0x1234);
  fail_unless_equals_int (twcc.count, 3);
  fail_unless_equals_int (twcc.reference, 16);
  fail_unless_equals_int (twcc.number, 7);
  text = twcc_text (&twcc);
  fail_unless_equals_string (text, "4660+1028000 4661+1030000 4662+1031000");
}
GST_END_TEST;

/* All forms of chunks, negative deltas, a sequence that wraps. */
GST_START_TEST (test_twcc_chunks)
{
  static const guint8 fci[] = {
    0xff, 0xfe, 0, 25, /* base 65534, 25 packets */
    0xff, 0xff, 0xff, 1, /* reference -1, feedback 1 */
    0x40, 0x02, /* run: two large deltas */
    0x00, 0x02, /* run: two not received */
    0xa0, 0x01, /* one bit each: first and last of 14 */
    0xd9, 0x00, /* two bits each: small, large, small, 4 not received */
    0x00, 0x04, 0xff, 0xfc, /* large: +1 ms, -1 ms */
    4, 8, /* small */
    4, 0x00, 0x08, 4, /* small, large, small */
    0, 0, /* padding */
  };
  g_auto (Bytes) bytes = make_feedback (205, 15, fci, sizeof fci);
  RtcpFeedback feedback = parse (&bytes);
  g_autofree gchar *text = NULL;
  RtcpTwcc twcc;

  fail_unless (rtcp_twcc (&feedback, &twcc));
  text = twcc_text (&twcc);
  fail_unless_equals_string (text,
      "65534-63000 65535-64000 0 1 "
      "2-63000 3 4 5 6 7 8 9 10 11 12 13 14 15-61000 "
      "16-60000 17-58000 18-57000 19 20 21 22");
}
GST_END_TEST;

/* What fills the last word is no delta: a packet more than there are deltas and
 * it is refused. */
GST_START_TEST (test_twcc_padded)
{
  static const gchar *texts[] = { "7+250", "7+250 8+500", "7+250 8+500 9+750",
    "7+250 8+500 9+750 10+1000" };
  guint8 n = (guint8) (__i__ / 2 + 1), told = (guint8) (n + __i__ % 2);
  guint8 padding = (guint8) ((6 - n) % 4);
  guint8 fci[16] = { 0, 7, 0, told, 0, 0, 0, 0, 0x20, told };
  gsize size = 10u + n + padding;
  g_auto (Bytes) bytes = { NULL, 0 };
  RtcpFeedback feedback;
  RtcpTwcc twcc;

  memset (fci + 10, 1, n);
  if (padding > 0)
    fci[size - 1] = padding;
  bytes = make_feedback (205, 15, fci, size);
  if (padding > 0)
    bytes.data[0] |= 0x20;
  feedback = parse (&bytes);
  fail_unless_equals_int (rtcp_twcc (&feedback, &twcc), told == n);
  if (told == n) {
    g_autofree gchar *text = twcc_text (&twcc);

    fail_unless_equals_string (text, texts[n - 1]);
  }
}
GST_END_TEST;

/* A byte less anywhere in chunks and deltas and it is refused. */
GST_START_TEST (test_twcc_cut_off)
{
  static const guint8 fci[] = { 0, 1, 0, 9, 0, 0, 0, 0, /* 9 packets */
    0x20, 0x04, 0x40, 0x05, /* 4 small deltas, 5 large */
    1, 2, 3, 4, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0 };

  for (gsize size = 0; size <= sizeof fci; size += 4) {
    g_auto (Bytes) bytes = make_feedback (205, 15, fci, size);
    RtcpFeedback feedback = parse (&bytes);
    RtcpTwcc twcc;

    fail_unless_equals_int (rtcp_twcc (&feedback, &twcc), size >= 28);
  }
}
GST_END_TEST;

/* Chunks that tell of no packet at all end with the packet. */
GST_START_TEST (test_twcc_empty_runs)
{
  guint8 fci[1024] = { 0, 1, 0xff, 0xff };
  g_auto (Bytes) bytes = make_feedback (205, 15, fci, sizeof fci);
  RtcpFeedback feedback = parse (&bytes);
  RtcpTwcc twcc;

  fail_if (rtcp_twcc (&feedback, &twcc));
}
GST_END_TEST;

static Suite *
rtcpfeedback_suite (void)
{
  Suite *suite = suite_create ("rtcpfeedback");
  TCase *tcase = tcase_create ("rtcpfeedback");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_kinds);
  tcase_add_test (tcase, test_not_feedback);
  tcase_add_test (tcase, test_kinds_are_kept_apart);
  tcase_add_test (tcase, test_nack);
  tcase_add_test (tcase, test_write_nack);
  tcase_add_test (tcase, test_write_nack_limit);
  tcase_add_test (tcase, test_pli);
  tcase_add_test (tcase, test_receiver_report);
  tcase_add_test (tcase, test_cname);
  tcase_add_test (tcase, test_fir);
  tcase_add_test (tcase, test_remb);
  tcase_add_test (tcase, test_remb_malformed);
  tcase_add_test (tcase, test_twcc);
  tcase_add_test (tcase, test_twcc_chunks);
  tcase_add_loop_test (tcase, test_twcc_padded, 0, 8);
  tcase_add_test (tcase, test_twcc_cut_off);
  tcase_add_test (tcase, test_twcc_empty_runs);
  return suite;
}

GST_CHECK_MAIN (rtcpfeedback);
