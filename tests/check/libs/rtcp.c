/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/transport/rtcp.h"

#include "vectors.h"

/* Packets as text: "type/count/length". */
static gchar *
walk (const guint8 *data, gsize length)
{
  g_auto (Bytes) compound = bytes_copy (data, length, 0);
  GString *text = g_string_new (NULL);
  RtcpIter iter;
  RtcpPacket packet;

  rtcp_iter_init (&iter, compound.data, compound.length);
  while (rtcp_iter_next (&iter, &packet)) {
    fail_unless (packet.data >= compound.data);
    fail_unless (packet.data + packet.length <= compound.data + length);
    g_string_append_printf (text, "%s%u/%u/%" G_GSIZE_FORMAT,
        text->len ? " " : "", packet.type, packet.count, packet.length);
  }
  fail_if (rtcp_iter_next (&iter, &packet));
  return g_string_free (text, FALSE);
}

static JsonObject *
find_vector (JsonParser *parser, const gchar *id)
{
  JsonArray *rtcp =
      json_object_get_array_member (vectors_root (parser), "rtcp");

  for (guint i = 0; i < json_array_get_length (rtcp); i++) {
    JsonObject *vector = json_array_get_object_element (rtcp, i);

    if (g_str_equal (json_object_get_string_member (vector, "id"), id))
      return vector;
  }
  fail ("no vector %s", id);
  return NULL;
}

GST_START_TEST (test_iter_vectors)
{
  const struct
  {
    const gchar *id;
    const gchar *packets;
  } cases[] = {
    { "gcm/rtcp/rr-empty", "201/0/8" },
    { "gcm/rtcp/rr-1", "201/1/32" },
    { "gcm/rtcp/rr-2", "201/2/56" },
    { "gcm/rtcp/sr-0", "200/0/28" },
    { "gcm/rtcp/sr-1", "200/1/52" },
    { "gcm/rtcp/pli", "206/1/12" },
    { "gcm/rtcp/nack-1", "205/1/16" },
    { "gcm/rtcp/fir", "206/4/20" },
    { "gcm/rtcp/bye", "203/1/8" },
    { "gcm/rtcp/sr-sdes", "200/0/28 202/1/16" },
    { "gcm/rtcp/rr-pli", "201/1/32 206/1/12" },
    { "gcm/rtcp/sr-nack-pli", "200/1/52 205/1/16 206/1/12" },
  };
  g_autoptr (JsonParser) parser = vectors_load ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    JsonObject *vector = find_vector (parser, cases[i].id);
    g_auto (Bytes) plain = vector_bytes (vector, "plaintext");
    g_autofree gchar *packets = walk (plain.data, plain.length);

    fail_unless_equals_string (packets, cases[i].packets);
    for (gsize length = 0; length < plain.length; length++) {
      g_autofree gchar *cut = walk (plain.data, length);

      fail_unless (g_str_has_prefix (packets, cut));
      fail_if (g_str_equal (packets, cut));
    }
  }
}
GST_END_TEST;

GST_START_TEST (test_iter_malformed)
{
  const struct
  {
    const gchar *compound;
    gsize length;
    const gchar *packets;
  } cases[] = {
    { "", 0, "" },
    { "\x80\xc9\x00\x00", 4, "" },
    { "\x80\xc9\x00\x01\0\0\0\1", 8, "201/0/8" },
    /* the length goes beyond the end, by a word and by all of it */
    { "\x80\xc9\x00\x02\0\0\0\1", 8, "" },
    { "\x80\xc9\xff\xff\0\0\0\1", 8, "" },
    /* another version, first and second */
    { "\x40\xc9\x00\x01\0\0\0\1", 8, "" },
    { "\x80\xc9\x00\x01\0\0\0\1\xc0\xc9\x00\x01\0\0\0\1", 16, "201/0/8" },
    /* a header alone is a packet when something follows */
    { "\x80\xcb\x00\x00\x80\xc9\x00\x01\0\0\0\1", 12, "203/0/4 201/0/8" },
    /* padding: four bytes, none, three, all, and into the header */
    { "\xa0\xc9\x00\x02\0\0\0\1\0\0\0\4", 12, "201/0/8" },
    { "\xa0\xc9\x00\x02\0\0\0\1\0\0\0\0", 12, "" },
    { "\xa0\xc9\x00\x02\0\0\0\1\0\0\0\3", 12, "201/0/9" },
    { "\xa0\xc9\x00\x02\0\0\0\1\0\0\0\x08", 12, "201/0/4" },
    { "\xa0\xc9\x00\x02\0\0\0\1\0\0\0\x0c", 12, "" },
    { "\xa0\xc9\x00\x02\0\0\0\1\0\0\0\xfc", 12, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *packets =
        walk ((const guint8 *) cases[i].compound, cases[i].length);

    fail_unless_equals_string (packets, cases[i].packets);
  }
}
GST_END_TEST;

static const guint8 sender_report[] = { 0x82, 200, 0, 18, /* header */
  0x00, 0x01, 0x86, 0x9f, /* sender */
  0xe8, 0x01, 0x02, 0x03, 0x80, 0x00, 0x00, 0x01, /* NTP */
  0xff, 0xff, 0xfe, 0xdc, /* RTP time */
  0x00, 0x00, 0x00, 0x64, 0x00, 0x01, 0x00, 0x00, /* packets, octets */
  0x00, 0x00, 0x00, 0x07, 0x40, 0x00, 0x00, 0x03, /* first block */
  0x00, 0x02, 0xff, 0xfe, 0x00, 0x00, 0x00, 0x11, /* */
  0x02, 0x03, 0x80, 0x00, 0x00, 0x01, 0x00, 0x00, /* */
  0x00, 0x00, 0x00, 0x08, 0xff, 0xff, 0xff, 0xff, /* second block */
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* */
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 };

static RtcpPacket
first_packet (const Bytes *compound)
{
  RtcpIter iter;
  RtcpPacket packet;

  rtcp_iter_init (&iter, compound->data, compound->length);
  fail_unless (rtcp_iter_next (&iter, &packet));
  return packet;
}

GST_START_TEST (test_sender_report)
{
  g_auto (Bytes) bytes = bytes_copy (sender_report, sizeof sender_report, 0);
  RtcpPacket packet = first_packet (&bytes);
  RtcpSenderReport report;
  RtcpReportBlock block;
  guint32 ssrc;

  fail_unless (rtcp_packet_sender (&packet, &ssrc));
  fail_unless_equals_int (ssrc, 99999);
  fail_unless (rtcp_packet_sender_report (&packet, &report));
  fail_unless_equals_int (report.ssrc, 99999);
  fail_unless_equals_uint64 (
      report.ntp, G_GUINT64_CONSTANT (0xe801020380000001));
  fail_unless (report.rtp_time == 0xfffffedc);
  fail_unless_equals_int (report.packets, 100);
  fail_unless_equals_int (report.octets, 65536);

  fail_unless (rtcp_packet_report_block (&packet, 0, &block));
  fail_unless_equals_int (block.ssrc, 7);
  fail_unless_equals_int (block.fraction_lost, 0x40);
  fail_unless_equals_int (block.packets_lost, 3);
  fail_unless_equals_int (block.highest_sequence, 0x2fffe);
  fail_unless_equals_int (block.jitter, 17);
  fail_unless_equals_int (block.last_sender_report, 0x02038000);
  fail_unless_equals_int (block.delay_since, 65536);
  fail_unless (rtcp_packet_report_block (&packet, 1, &block));
  fail_unless_equals_int (block.packets_lost, -1);
  fail_if (rtcp_packet_report_block (&packet, 2, &block));

  /* What is behind the last block is an extension of some profile. */
  packet.count = 1;
  fail_unless (rtcp_packet_report_block (&packet, 0, &block));
  fail_if (rtcp_packet_report_block (&packet, 1, &block));
}
GST_END_TEST;

/* The count promises more than the length holds. */
GST_START_TEST (test_report_shorter_than_count)
{
  for (guint words = 1; words < 18; words++) {
    gsize length = (words + 1) * 4;
    g_auto (Bytes) bytes = bytes_copy (sender_report, length, 0);
    RtcpPacket packet;
    RtcpSenderReport report;
    RtcpReportBlock block;

    bytes.data[3] = (guint8) words;
    packet = first_packet (&bytes);
    fail_unless_equals_int (
        rtcp_packet_sender_report (&packet, &report), length >= 28);
    fail_unless_equals_int (
        rtcp_packet_report_block (&packet, 0, &block), length >= 52);
    fail_if (rtcp_packet_report_block (&packet, 1, &block));
  }
}
GST_END_TEST;

GST_START_TEST (test_other_types_have_no_reports)
{
  for (guint type = 192; type < 224; type++) {
    g_auto (Bytes) bytes = bytes_copy (sender_report, sizeof sender_report, 0);
    RtcpPacket packet;
    RtcpSenderReport report;
    RtcpReportBlock block;

    bytes.data[1] = (guint8) type;
    packet = first_packet (&bytes);
    fail_unless_equals_int (
        rtcp_packet_sender_report (&packet, &report), type == 200);
    fail_unless_equals_int (rtcp_packet_report_block (&packet, 0, &block),
        type == 200 || type == 201);
  }
}
GST_END_TEST;

GST_START_TEST (test_header_alone_has_no_sender)
{
  g_auto (Bytes) bytes =
      bytes_copy ((const guint8 *) "\x80\xcb\0\0\x80\xc9\0\0", 8, 0);
  RtcpPacket packet = first_packet (&bytes);
  guint32 ssrc;

  fail_if (rtcp_packet_sender (&packet, &ssrc));
}
GST_END_TEST;

static Suite *
rtcp_suite (void)
{
  Suite *suite = suite_create ("rtcp");
  TCase *tcase = tcase_create ("rtcp");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_iter_vectors);
  tcase_add_test (tcase, test_iter_malformed);
  tcase_add_test (tcase, test_sender_report);
  tcase_add_test (tcase, test_report_shorter_than_count);
  tcase_add_test (tcase, test_other_types_have_no_reports);
  tcase_add_test (tcase, test_header_alone_has_no_sender);
  return suite;
}

GST_CHECK_MAIN (rtcp);
