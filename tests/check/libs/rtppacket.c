/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/gstdiscordpayloadtypes-private.h"
#include "gst/discord/transport/rtpheader.h"
#include "gst/discord/transport/rtppacket.h"

#include "vectors.h"

/* Marker, type 105, a CSRC, elements 3, 5 and 11 in two words, two bytes of
 * payload and four of padding. */
static const guint8 packet[] = { 0xb1, 0xe9, 0xff, 0xfe, /* V, P, X, CC 1 */
  0x00, 0x01, 0x5f, 0x90, 0x00, 0x01, 0x86, 0xa0, /* timestamp, SSRC */
  0x00, 0x00, 0x00, 0x07, /* CSRC */
  0xbe, 0xde, 0x00, 0x03, /* extension: three words */
  0x32, 1, 2, 3, 0x51, 4, 5, 0xb2, '1', '0', '0', 0, /* elements */
  0xaa, 0xbb, 0, 0, 0, 4 };

GST_START_TEST (test_parse)
{
  g_auto (Bytes) bytes = bytes_copy (packet, sizeof packet, 0);
  RtpHeader header;

  fail_unless (rtp_header_parse (bytes.data, bytes.length, &header));
  fail_unless (header.marker);
  fail_unless_equals_int (header.payload_type, 105);
  fail_unless_equals_int (header.sequence, 65534);
  fail_unless_equals_int (header.timestamp, 90000);
  fail_unless_equals_int (header.ssrc, 100000);
  fail_unless_equals_int (header.size, 32);
  fail_unless_equals_int (header.padding, 4);
  fail_unless_equals_int (header.extension_profile, 0xbede);
  fail_unless_equals_int (header.extension_offset, 20);
  fail_unless_equals_int (header.extension_length, 12);
}
GST_END_TEST;

GST_START_TEST (test_plain)
{
  g_auto (Bytes) bytes =
      bytes_copy ((const guint8 *) "\x80\x69\0\1\0\0\0\2\0\0\0\3", 12, 0);
  RtpHeader header;

  fail_unless (rtp_header_parse (bytes.data, 12, &header));
  fail_if (header.marker);
  fail_unless_equals_int (header.size, 12);
  fail_unless_equals_int (header.padding, 0);
  fail_unless_equals_int (header.extension_offset, 0);
  fail_if (rtp_header_set_extension (bytes.data, &header, 3, packet, 3));
}
GST_END_TEST;

/* Every length short of the header is refused, without reading further. */
GST_START_TEST (test_cut_off)
{
  for (gsize length = 0; length < sizeof packet; length++) {
    g_auto (Bytes) bytes = bytes_copy (packet, length, 0);
    RtpHeader header;

    if (length > 0)
      bytes.data[0] = 0x91; /* without padding */
    fail_unless_equals_int (
        rtp_header_parse (bytes.data, length, &header), length >= 32);
  }
}
GST_END_TEST;

GST_START_TEST (test_malformed)
{
  const struct
  {
    gsize at;
    guint8 value;
  } cases[] = {
    { 0, 0x71 }, /* version 1 */
    { sizeof packet - 1, 0 }, /* no padding at all */
    { sizeof packet - 1, 7 }, /* into the header */
    { 19, 6 }, /* extension longer than the packet */
    { 18, 0xff },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Bytes) bytes = bytes_copy (packet, sizeof packet, 0);
    RtpHeader header;

    bytes.data[cases[i].at] = cases[i].value;
    fail_if (rtp_header_parse (bytes.data, bytes.length, &header));
  }
}
GST_END_TEST;

GST_START_TEST (test_rewrite)
{
  g_auto (Bytes) bytes = bytes_copy (packet, sizeof packet, 0);
  RtpHeader header;

  rtp_header_rewrite (bytes.data, 106, 0x1234, 0xfedcba98);
  fail_unless (rtp_header_parse (bytes.data, bytes.length, &header));
  fail_unless (header.marker);
  fail_unless_equals_int (header.payload_type, 106);
  fail_unless_equals_int (header.sequence, 0x1234);
  fail_unless (header.ssrc == 0xfedcba98);
  fail_unless_equals_int (header.timestamp, 90000);
  fail_unless (memcmp (bytes.data + 12, packet + 12, sizeof packet - 12) == 0);
}
GST_END_TEST;

GST_START_TEST (test_extensions)
{
  const guint8 value[] = { 9, 8, 7 };
  g_auto (Bytes) bytes = bytes_copy (packet, sizeof packet, 0);
  RtpHeader header;

  fail_unless (rtp_header_parse (bytes.data, bytes.length, &header));
  rtp_header_rename_extension (bytes.data, &header, 11, 12);
  fail_unless (rtp_header_set_extension (bytes.data, &header, 3, value, 3));
  /* there, and of another size */
  fail_if (rtp_header_set_extension (bytes.data, &header, 5, value, 3));
  fail_if (rtp_header_set_extension (bytes.data, &header, 4, value, 1));
  fail_unless (memcmp (bytes.data + 20,
                   "\x32\x09\x08\x07\x51\4\5\xc2"
                   "100\0",
                   12)
      == 0);
}
GST_END_TEST;

GST_START_TEST (test_two_byte_extensions)
{
  static const guint8 two[] = { 0x90, 105, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0x10,
    0x00, 0, 2, 11, 1, 'x', 0, 3, 0, 0, 0 };
  g_auto (Bytes) bytes = bytes_copy (two, sizeof two, 0);
  RtpHeader header;

  fail_unless (rtp_header_parse (bytes.data, bytes.length, &header));
  rtp_header_rename_extension (bytes.data, &header, 11, 12);
  fail_unless_equals_int (bytes.data[16], 12);
  fail_unless_equals_int (bytes.data[18], 'x');
}
GST_END_TEST;

/* A sender makes the block of media into that of a retransmission. */
GST_START_TEST (test_rtx_block_of_the_vectors)
{
  g_autoptr (JsonParser) parser = vectors_load ();
  JsonObject *extensions =
      json_object_get_object_member (vectors_root (parser), "extensions");
  JsonObject *vector = json_object_get_object_member (extensions, "rtx_block");
  g_auto (Bytes) body = vector_bytes (vector, "body");
  Bytes bytes = { malloc (16 + body.length), 16 + body.length };
  RtpExtension element;
  RtpExtensionIter iter;
  RtpHeader header;
  gboolean found = FALSE;

  memset (bytes.data, 0, 16);
  bytes.data[0] = 0x90;
  GST_WRITE_UINT16_BE (bytes.data + 12, 0xbede);
  GST_WRITE_UINT16_BE (bytes.data + 14, (guint16) (body.length / 4));
  memcpy (bytes.data + 16, body.data, body.length);
  fail_unless (rtp_header_parse (bytes.data, bytes.length, &header));
  rtp_header_rename_extension (
      bytes.data, &header, RTP_EXTENSION_REPAIRED_RID, RTP_EXTENSION_RID);
  rtp_extension_iter_init (&iter, header.extension_profile,
      bytes.data + header.extension_offset, header.extension_length);
  while (rtp_extension_iter_next (&iter, &element)) {
    fail_if (element.id == RTP_EXTENSION_REPAIRED_RID);
    found |= element.id == RTP_EXTENSION_RID;
  }
  fail_unless (found);
  rtp_header_rename_extension (
      bytes.data, &header, RTP_EXTENSION_RID, RTP_EXTENSION_REPAIRED_RID);
  fail_unless (memcmp (bytes.data + 16, body.data, body.length) == 0);
  bytes_clear (&bytes);
}
GST_END_TEST;

GST_START_TEST (test_payload_types)
{
  const GstDiscordPayloadType *types;
  gboolean taken[128] = { FALSE };
  guint n_types;

  types = gst_discord_payload_types (&n_types);
  fail_unless_equals_int (n_types, 6);
  for (guint i = 0; i < n_types; i++) {
    guint pt = types[i].payload_type, rtx = types[i].rtx_payload_type;

    /* media-transport 1.3: 66 to 95 with a marker look like RTCP. */
    fail_unless (pt >= 96 && pt < 128 && !taken[pt]);
    taken[pt] = TRUE;
    fail_unless (gst_discord_payload_type_find (pt) == &types[i]);
    fail_unless (gst_discord_payload_type_find_rtx (pt) == NULL);
    fail_unless (
        gst_discord_payload_type_of_codec (types[i].codec) == &types[i]);
    fail_unless_equals_int (rtx == 0, types[i].codec == GST_DISCORD_CODEC_OPUS);
    if (rtx == 0)
      continue;
    fail_unless (rtx >= 96 && rtx < 128 && !taken[rtx]);
    taken[rtx] = TRUE;
    fail_unless (gst_discord_payload_type_find_rtx (rtx) == &types[i]);
    fail_unless (gst_discord_payload_type_find (rtx) == NULL);
  }
  fail_unless (gst_discord_payload_type_find (0) == NULL);
  fail_unless (gst_discord_payload_type_find_rtx (0) == NULL);
  fail_unless (
      gst_discord_payload_type_of_codec (GST_DISCORD_CODEC_UNKNOWN) == NULL);
}
GST_END_TEST;

static Suite *
rtppacket_suite (void)
{
  Suite *suite = suite_create ("rtppacket");
  TCase *tcase = tcase_create ("rtppacket");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_parse);
  tcase_add_test (tcase, test_plain);
  tcase_add_test (tcase, test_cut_off);
  tcase_add_test (tcase, test_malformed);
  tcase_add_test (tcase, test_rewrite);
  tcase_add_test (tcase, test_extensions);
  tcase_add_test (tcase, test_two_byte_extensions);
  tcase_add_test (tcase, test_rtx_block_of_the_vectors);
  tcase_add_test (tcase, test_payload_types);
  return suite;
}

GST_CHECK_MAIN (rtppacket);
