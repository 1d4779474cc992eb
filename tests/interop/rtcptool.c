/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTCP and retransmissions as the elements write and read them, for the test
 * that compares with another implementation.
 *
 * rtcptool nack SENDER MEDIA SEQUENCE...
 * rtcptool pli SENDER MEDIA
 * rtcptool rr SENDER SSRC FRACTION LOST HIGHEST JITTER LSR DLSR
 * rtcptool cname SSRC NAME
 * rtcptool rtx PACKET PT SEQUENCE SSRC
 * rtcptool read RTCP
 *
 * Bytes are hexadecimal digits, in and out; what was read comes as JSON. */
#include "config.h"

#include "ext/discordvoice/rtxpacket.h"
#include "gst/discord/transport/rtcpfeedback.h"

#include <json-glib/json-glib.h>

#define MAX_ARGUMENTS 300

typedef struct
{
  guint8 *data;
  gsize size;
} Bytes;

static Bytes
parse_hex (const gchar *text)
{
  Bytes bytes = { g_malloc (strlen (text) / 2 + 1), strlen (text) / 2 };

  for (gsize i = 0; i < bytes.size; i++)
    bytes.data[i] = (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4
        | g_ascii_xdigit_value (text[2 * i + 1]));
  return bytes;
}

static void
print_hex (const guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    g_print ("%02x", data[i]);
  g_print ("\n");
}

static void
set_int (JsonBuilder *json, const gchar *name, gint64 value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_int_value (json, value);
}

static void
begin_array (JsonBuilder *json, const gchar *name)
{
  json_builder_set_member_name (json, name);
  json_builder_begin_array (json);
}

static void
read_nack (JsonBuilder *json, const RtcpFeedback *feedback)
{
  RtcpNackIter iter;
  guint16 sequence;

  begin_array (json, "lost");
  rtcp_nack_iter_init (&iter, feedback);
  while (rtcp_nack_iter_next (&iter, &sequence))
    json_builder_add_int_value (json, sequence);
  json_builder_end_array (json);
}

static void
read_remb (JsonBuilder *json, const RtcpFeedback *feedback)
{
  RtcpRemb remb;

  if (!rtcp_remb (feedback, &remb))
    return;
  set_int (json, "bitrate", (gint64) remb.bitrate);
  begin_array (json, "ssrcs");
  for (guint i = 0; i < remb.n_ssrcs; i++)
    json_builder_add_int_value (json, rtcp_remb_ssrc (&remb, i));
  json_builder_end_array (json);
}

static void
read_twcc (JsonBuilder *json, const RtcpFeedback *feedback)
{
  RtcpTwcc twcc;
  RtcpTwccIter iter;
  RtcpTwccPacket packet;

  if (!rtcp_twcc (feedback, &twcc))
    return;
  set_int (json, "number", twcc.number);
  begin_array (json, "packets");
  rtcp_twcc_iter_init (&iter, &twcc);
  while (rtcp_twcc_iter_next (&iter, &packet)) {
    json_builder_begin_array (json);
    json_builder_add_int_value (json, packet.sequence);
    if (packet.received)
      json_builder_add_int_value (json, packet.arrival);
    else
      json_builder_add_null_value (json);
    json_builder_end_array (json);
  }
  json_builder_end_array (json);
}

static const gchar *
read_feedback (JsonBuilder *json, const RtcpFeedback *feedback)
{
  set_int (json, "media", feedback->media);
  switch (feedback->kind) {
    case RTCP_FEEDBACK_NACK:
      read_nack (json, feedback);
      return "nack";
    case RTCP_FEEDBACK_PLI:
      return "pli";
    case RTCP_FEEDBACK_REMB:
      read_remb (json, feedback);
      return "remb";
    case RTCP_FEEDBACK_TWCC:
      read_twcc (json, feedback);
      return "twcc";
    default:
      return "feedback";
  }
}

static const gchar *
read_sender_report (JsonBuilder *json, const RtcpSenderReport *report)
{
  g_autofree gchar *ntp = g_strdup_printf ("%" G_GUINT64_FORMAT, report->ntp);

  json_builder_set_member_name (json, "ntp");
  json_builder_add_string_value (json, ntp);
  set_int (json, "time", report->rtp_time);
  set_int (json, "packets", report->packets);
  set_int (json, "octets", report->octets);
  return "sr";
}

static void
read_report_blocks (JsonBuilder *json, const RtcpPacket *packet)
{
  RtcpReportBlock block;

  begin_array (json, "reports");
  for (guint i = 0; rtcp_packet_report_block (packet, i, &block); i++) {
    json_builder_begin_object (json);
    set_int (json, "ssrc", block.ssrc);
    set_int (json, "fractionLost", block.fraction_lost);
    set_int (json, "packetsLost", block.packets_lost);
    set_int (json, "highestSequence", block.highest_sequence);
    set_int (json, "jitter", block.jitter);
    set_int (json, "lsr", block.last_sender_report);
    set_int (json, "dlsr", block.delay_since);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static void
read_packet (JsonBuilder *json, const RtcpPacket *packet)
{
  const gchar *kind = "other";
  RtcpFeedback feedback;
  RtcpSenderReport report;
  guint32 sender;

  json_builder_begin_object (json);
  if (rtcp_packet_sender (packet, &sender))
    set_int (json, "sender", sender);
  if (rtcp_packet_feedback (packet, &feedback)) {
    kind = read_feedback (json, &feedback);
  } else if (rtcp_packet_sender_report (packet, &report)) {
    kind = read_sender_report (json, &report);
  } else if (packet->type == RTCP_RECEIVER_REPORT) {
    read_report_blocks (json, packet);
    kind = "rr";
  }
  json_builder_set_member_name (json, "kind");
  json_builder_add_string_value (json, kind);
  json_builder_end_object (json);
}

static void
read_rtcp (const gchar *text)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *out = NULL;
  Bytes bytes = parse_hex (text);
  RtcpIter iter;
  RtcpPacket packet;

  json_builder_begin_array (json);
  rtcp_iter_init (&iter, bytes.data, bytes.size);
  while (rtcp_iter_next (&iter, &packet))
    read_packet (json, &packet);
  json_builder_end_array (json);
  root = json_builder_get_root (json);
  out = json_to_string (root, FALSE);
  g_print ("%s\n", out);
  g_free (bytes.data);
}

static void
write_nack (const guint32 *arguments, guint n)
{
  guint8 out[RTCP_NACK_MAX_SIZE];
  guint16 sequences[MAX_ARGUMENTS];

  for (guint i = 2; i < n; i++)
    sequences[i - 2] = (guint16) arguments[i];
  print_hex (
      out, rtcp_write_nack (out, arguments[0], arguments[1], sequences, n - 2));
}

static void
write_pli (const guint32 *arguments)
{
  guint8 out[RTCP_PLI_SIZE];

  rtcp_write_pli (out, arguments[0], arguments[1]);
  print_hex (out, sizeof out);
}

static void
write_rr (const guint32 *arguments)
{
  guint8 out[RTCP_RECEIVER_REPORT_SIZE];

  rtcp_write_receiver_report (out, arguments[0],
      &(RtcpReportBlock){
          .ssrc = arguments[1],
          .fraction_lost = (guint8) arguments[2],
          .packets_lost = (gint32) arguments[3],
          .highest_sequence = arguments[4],
          .jitter = arguments[5],
          .last_sender_report = arguments[6],
          .delay_since = arguments[7],
      });
  print_hex (out, sizeof out);
}

static void
write_cname (guint32 ssrc, const gchar *name)
{
  guint8 out[RTCP_CNAME_MAX_SIZE];

  print_hex (out, rtcp_write_cname (out, ssrc, name));
}

static void
write_rtx (const gchar *text, const guint32 *arguments)
{
  Bytes bytes = parse_hex (text);
  g_autoptr (GstBuffer) packet =
      gst_buffer_new_wrapped (bytes.data, bytes.size);
  g_autoptr (GstBuffer) rtx = discord_rtx_packet_new (
      packet, (guint8) arguments[0], (guint16) arguments[1], arguments[2]);
  GstMapInfo map;

  g_assert (rtx != NULL);
  gst_buffer_map (rtx, &map, GST_MAP_READ);
  print_hex (map.data, map.size);
  gst_buffer_unmap (rtx, &map);
}

int
main (int argc, char **argv)
{
  const gchar *command = argc > 2 ? argv[1] : "";
  guint32 arguments[MAX_ARGUMENTS] = { 0 };
  guint n = MIN ((guint) MAX (argc - 2, 0), MAX_ARGUMENTS);

  gst_init (NULL, NULL);
  for (guint i = 0; i < n; i++)
    arguments[i] = (guint32) g_ascii_strtoull (argv[i + 2], NULL, 10);
  if (g_str_equal (command, "nack") && n > 2)
    write_nack (arguments, n);
  else if (g_str_equal (command, "pli") && n == 2)
    write_pli (arguments);
  else if (g_str_equal (command, "rr") && n == 8)
    write_rr (arguments);
  else if (g_str_equal (command, "cname") && n == 2)
    write_cname (arguments[0], argv[3]);
  else if (g_str_equal (command, "rtx") && n == 4)
    write_rtx (argv[2], arguments + 1);
  else if (g_str_equal (command, "read") && n == 1)
    read_rtcp (argv[2]);
  else
    return 2;
  return 0;
}
