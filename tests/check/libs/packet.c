/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gst/discord/transport/packet.h"

#include "vectors.h"

static void
check_classification (JsonObject *vector)
{
  const gchar *name = json_object_get_string_member (vector, "name");
  const gchar *kind = json_object_get_string_member (vector, "kind");
  g_auto (Bytes) datagram = vector_bytes (vector, "datagram");
  DiscordPacketKind found =
      discord_packet_classify (datagram.data, datagram.length);

  if (g_str_equal (kind, "rtp"))
    fail_unless (found == DISCORD_PACKET_RTP, "%s", name);
  else if (g_str_equal (kind, "rtcp"))
    fail_unless (found == DISCORD_PACKET_RTCP, "%s", name);
  else if (g_str_equal (kind, "control"))
    fail_unless (
        found == DISCORD_PACKET_PING_REPLY || found == DISCORD_PACKET_DISCOVERY,
        "%s", name);
  else if (g_str_equal (kind, "invalid"))
    fail_unless (found == DISCORD_PACKET_OTHER, "%s", name);
  else
    fail ("%s: unknown kind %s", name, kind);
}

GST_START_TEST (test_classification_vectors)
{
  g_autoptr (JsonParser) parser = vectors_load ();

  vectors_each (
      vectors_root (parser), "classification", 21, check_classification);
}
GST_END_TEST;

/* media-transport 1.3, each bound of each rule. */
GST_START_TEST (test_classification_bounds)
{
  guint8 data[75] = { 0x00, 0x02, 0x00, 70 };

  fail_unless_equals_int (
      discord_packet_classify (data, 74), DISCORD_PACKET_DISCOVERY);
  fail_unless_equals_int (
      discord_packet_classify (data, 73), DISCORD_PACKET_OTHER);
  fail_unless_equals_int (
      discord_packet_classify (data, 75), DISCORD_PACKET_OTHER);
  data[3] = 71;
  fail_unless_equals_int (
      discord_packet_classify (data, 75), DISCORD_PACKET_DISCOVERY);
  data[1] = 3;
  fail_unless_equals_int (
      discord_packet_classify (data, 75), DISCORD_PACKET_OTHER);

  for (guint type = 0; type < 256; type++) {
    guint8 media[8] = { 0x80, (guint8) type };
    gboolean is_rtcp = type >= 194 && type <= 223;

    fail_unless_equals_int (discord_packet_classify (media, sizeof media),
        is_rtcp ? DISCORD_PACKET_RTCP : DISCORD_PACKET_RTP);
    fail_unless_equals_int (
        discord_packet_classify (media, 7), DISCORD_PACKET_OTHER);
  }

  /* A ping reply with more behind it is still one. */
  fail_unless_equals_int (
      discord_packet_classify (
          (const guint8 *) "\x13\x37\xf0\x0d\x01\x00\x00\x00\x00", 9),
      DISCORD_PACKET_PING_REPLY);
  fail_unless_equals_int (
      discord_packet_classify (
          (const guint8 *) "\x13\x37\xf0\x0d\x01\x00\x00", 7),
      DISCORD_PACKET_OTHER);
}
GST_END_TEST;

static void
check_discovery (JsonObject *vector)
{
  guint32 ssrc = json_object_get_int_member (vector, "ssrc");
  g_auto (Bytes) datagram = vector_bytes (vector, "datagram");
  gchar address[65];
  guint16 port;

  if (!json_object_has_member (vector, "address")) {
    guint8 request[DISCORD_DISCOVERY_SIZE];

    discord_discovery_write_request (request, ssrc);
    fail_unless_equals_int (datagram.length, sizeof request);
    fail_unless (memcmp (request, datagram.data, sizeof request) == 0);
    return;
  }

  fail_unless (discord_discovery_parse_response (
      datagram.data, datagram.length, ssrc, address, &port));
  fail_unless_equals_string (
      address, json_object_get_string_member (vector, "address"));
  fail_unless_equals_int (port, json_object_get_int_member (vector, "port"));
}

static void
check_discovery_ignored (JsonObject *vector)
{
  g_auto (Bytes) datagram = vector_bytes (vector, "datagram");
  gchar address[65];
  guint16 port;

  fail_if (discord_discovery_parse_response (datagram.data, datagram.length,
               json_object_get_int_member (vector, "ssrc"), address, &port),
      "%s", json_object_get_string_member (vector, "id"));
}

static void
check_ping (JsonObject *vector)
{
  guint32 sequence = json_object_get_int_member (vector, "sequence");
  g_auto (Bytes) request = vector_bytes (vector, "request");
  g_auto (Bytes) response = vector_bytes (vector, "response");
  guint8 ping[DISCORD_PING_SIZE];
  guint32 echoed = ~sequence;

  discord_ping_write_request (ping, sequence);
  fail_unless_equals_int (request.length, sizeof ping);
  fail_unless (memcmp (ping, request.data, sizeof ping) == 0);

  fail_unless (
      discord_ping_parse_reply (response.data, response.length, &echoed));
  fail_unless_equals_int (echoed, sequence);
  fail_if (discord_ping_parse_reply (request.data, request.length, &echoed));
  for (gsize length = 0; length < response.length; length++) {
    g_auto (Bytes) cut = bytes_copy (response.data, length, 0);

    fail_if (discord_ping_parse_reply (cut.data, cut.length, &echoed));
  }
}

GST_START_TEST (test_control_vectors)
{
  g_autoptr (JsonParser) parser = vectors_load ();
  JsonObject *control =
      json_object_get_object_member (vectors_root (parser), "control");

  vectors_each (control, "ip_discovery", 4, check_discovery);
  vectors_each (control, "ip_discovery_ignore", 4, check_discovery_ignored);
  vectors_each (control, "ping", 4, check_ping);
}
GST_END_TEST;

static guint8 *
new_response (gsize length, guint32 ssrc)
{
  guint8 *response = g_malloc0 (length);

  discord_discovery_write_request (response, ssrc);
  response[1] = 2;
  response[3] = (guint8) (length - 4);
  memcpy (response + 8, "192.0.2.1", 9);
  return response;
}

GST_START_TEST (test_discovery_of_others)
{
  g_autofree guint8 *response = new_response (74, 7);
  g_autofree guint8 *longer = new_response (75, 7);
  gchar address[65];
  guint16 port;

  fail_unless (
      discord_discovery_parse_response (response, 74, 7, address, &port));
  for (guint bit = 0; bit < 32; bit++)
    fail_if (discord_discovery_parse_response (
        response, 74, 7 ^ 1u << bit, address, &port));
  fail_if (discord_discovery_parse_response (longer, 75, 7, address, &port));
}
GST_END_TEST;

/* The address goes into a JSON message: only text may come out. */
GST_START_TEST (test_discovery_address_is_text)
{
  const gchar *const bad[] = { "", "192.0.2.1 ", "192.0.2.1\n", "\"", "\x7f",
    "\xc3\xa4", "\xff" };
  guint8 response[DISCORD_DISCOVERY_SIZE];
  gchar address[65];
  guint16 port;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    gboolean is_quote = g_str_equal (bad[i], "\"");

    discord_discovery_write_request (response, 7);
    response[1] = 2;
    memcpy (response + 8, bad[i], strlen (bad[i]));
    /* A quote is text: escaping is the business of the JSON writer. */
    fail_unless_equals_int (discord_discovery_parse_response (
                                response, sizeof response, 7, address, &port),
        is_quote);
  }

  /* What is behind the NUL does not matter. */
  discord_discovery_write_request (response, 7);
  response[1] = 2;
  memcpy (response + 8, "192.0.2.1\0\xff\xff", 12);
  fail_unless (discord_discovery_parse_response (
      response, sizeof response, 7, address, &port));
  fail_unless_equals_string (address, "192.0.2.1");
}
GST_END_TEST;

static Suite *
packet_suite (void)
{
  Suite *suite = suite_create ("packet");
  TCase *tcase = tcase_create ("packet");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_classification_vectors);
  tcase_add_test (tcase, test_classification_bounds);
  tcase_add_test (tcase, test_control_vectors);
  tcase_add_test (tcase, test_discovery_of_others);
  tcase_add_test (tcase, test_discovery_address_is_text);
  return suite;
}

GST_CHECK_MAIN (packet);
