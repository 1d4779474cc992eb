/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loopback-camera.h"

#include <string.h>

#define OPUS_120                                                               \
  "{\"name\":\"opus\",\"type\":\"audio\",\"priority\":1000,"                   \
  "\"payload_type\":120}"

static void
write_u16 (guint8 *to, guint value)
{
  to[0] = (guint8) (value >> 8);
  to[1] = (guint8) value;
}

static void
write_u32 (guint8 *to, guint32 value)
{
  write_u16 (to, value >> 16);
  write_u16 (to + 2, value & 0xffff);
}

static guint
read_u16 (const guint8 *from)
{
  return (guint) from[0] << 8 | from[1];
}

static guint32
read_u32 (const guint8 *from)
{
  return (guint32) read_u16 (from) << 16 | read_u16 (from + 2);
}

Camera *
camera_prepare (Loopback *loopback, const char *token, const char *rids)
{
  Camera *c = g_new0 (Camera, 1);
  g_auto (GStrv) parts = g_strsplit (rids, ",", -1);

  c->m = member_new (loopback, token);
  for (guint i = 0; parts[i] != NULL && *parts[i] != '\0'; i++)
    c->rids[c->n_layers++] = g_strdup (parts[i]);
  return c;
}

void
camera_free (Camera *c)
{
  member_free (c->m);
  for (guint i = 0; i < c->n_layers; i++)
    g_free (c->rids[i]);
  g_free (c);
}

static char *
build_offer (const Camera *c)
{
  GString *text = g_string_new ("[");

  for (guint i = 0; i < c->n_layers; i++)
    g_string_append_printf (text,
        "%s{\"type\":\"video\",\"rid\":\"%s\",\"quality\":%s,\"active\":true}",
        i > 0 ? "," : "", c->rids[i], c->rids[i]);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static void
take_layers (Camera *c, JsonArray *streams)
{
  for (guint i = 0; i < json_array_get_length (streams); i++) {
    JsonObject *stream = json_array_get_object_element (streams, i);
    gint64 ssrc = json_object_get_int_member (stream, "ssrc");

    for (guint k = 0; k < c->n_layers; k++) {
      if (!g_str_equal (
              json_object_get_string_member (stream, "rid"), c->rids[k]))
        continue;
      c->ssrcs[k] = (guint32) ssrc;
      c->rtx_ssrcs[k] = (guint32) json_object_get_int_member_with_default (
          stream, "rtx_ssrc", ssrc + 1);
    }
  }
}

JsonObject *
camera_identify (Camera *c)
{
  Member *m = c->m;
  g_autofree char *offer = build_offer (c);
  JsonObject *d;

  member_join (m, CHANNEL);
  member_open_voice (m, 9);
  ws_send (m->voice,
      "{\"op\":0,\"d\":{\"server_id\":\"" GUILD "\",\"channel_id\":\"%s\","
      "\"user_id\":\"%s\",\"session_id\":\"%s\",\"token\":\"%s\","
      "\"video\":true,\"streams\":%s,\"max_dave_protocol_version\":%u}}",
      m->channel, m->user, m->session_id, m->voice_token, offer, m->max_dave);
  d = member_read_ready (m);
  take_layers (c, json_object_get_array_member (d, "streams"));
  return d;
}

void
camera_select (Camera *c, const char *codecs)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  JsonObject *message;

  member_discover (c->m);
  getsockname (c->m->fd, (struct sockaddr *) &address, &length);
  ws_send (c->m->voice,
      "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
      "\"127.0.0.1\",\"port\":%u,\"mode\":\"" GCM "\"},\"codecs\":[" OPUS_120
      "%s%s]}}",
      ntohs (address.sin_port), *codecs != '\0' ? "," : "", codecs);
  message = ws_expect (c->m->voice, 4);
  c->description = json_object_get_object_member (message, "d");
  member_take_key (c->m, message);
}

Camera *
camera_new (
    Loopback *loopback, const char *token, const char *rids, const char *codecs)
{
  Camera *c = camera_prepare (loopback, token, rids);

  camera_identify (c);
  camera_select (c, codecs);
  c->pt = 105;
  c->rtx_pt = 106;
  return c;
}

/* Sends and waits until the stand-in has counted it. */
static void
say (Camera *c, const char *event, const char *text)
{
  guint64 before = loopback_count (c->m->loopback, event, c->m->user_id);

  ws_send (c->m->voice, "%s", text);
  wait_for (c->m->loopback, event, c->m->user_id, before + 1);
}

void
camera_announce (Camera *c, const char *active)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = (guint) strlen (active);

  g_string_append_printf (text,
      "{\"op\":12,\"d\":{\"audio_ssrc\":%u,\"video_ssrc\":%u,\"rtx_ssrc\":%u,"
      "\"streams\":[",
      c->m->ssrc, n > 0 ? c->ssrcs[0] : 0, n > 0 ? c->rtx_ssrcs[0] : 0);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text,
        "%s{\"type\":\"video\",\"rid\":\"%s\",\"ssrc\":%u,\"rtx_ssrc\":%u,"
        "\"active\":%s,\"quality\":%s,\"max_bitrate\":4000000,"
        "\"max_framerate\":30,\"max_resolution\":{\"type\":\"fixed\","
        "\"width\":1280,\"height\":720}}",
        i > 0 ? "," : "", c->rids[i], c->ssrcs[i], c->rtx_ssrcs[i],
        active[i] == '1' ? "true" : "false", c->rids[i]);
  g_string_append (text, "]}}");
  say (c, "video", text->str);
}

void
camera_want (Camera *c, const char *format, ...)
{
  g_autofree char *body = NULL;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  body = g_strdup_vprintf (format, args);
  va_end (args);
  text = g_strdup_printf ("{\"op\":15,\"d\":{%s}}", body);
  say (c, "wants", text);
}

/* Header and extensions; the length of both. */
static gsize
build_head (Camera *c, guint8 *packet, guint layer, gboolean rtx, guint16 seq,
    guint32 timestamp, gboolean marker)
{
  guint rid = (guint) strlen (c->rids[layer]);
  guint words = (3 + 1 + rid + 3) / 4;

  memset (packet, 0, 16 + 4 * words);
  packet[0] = 0x90;
  packet[1] = (guint8) ((marker ? 0x80 : 0) | (rtx ? c->rtx_pt : c->pt));
  write_u16 (packet + 2, seq);
  write_u32 (packet + 4, timestamp);
  write_u32 (packet + 8, rtx ? c->rtx_ssrcs[layer] : c->ssrcs[layer]);
  write_u16 (packet + 12, 0xbede);
  write_u16 (packet + 14, words);
  packet[16] = 5 << 4 | 1;
  write_u16 (packet + 17, seq);
  packet[19] = (guint8) ((rtx ? 12 : 11) << 4 | (rid - 1));
  memcpy (packet + 20, c->rids[layer], rid);
  return 16 + 4 * words;
}

void
camera_send (Camera *c, guint layer, guint16 seq, guint32 timestamp,
    gboolean marker, const char *payload, gsize length)
{
  guint8 packet[2048];
  gsize head = build_head (c, packet, layer, FALSE, seq, timestamp, marker);

  memcpy (packet + head, payload, length);
  member_send_packet (c->m, TRANSPORT_PACKET_RTP, packet, head + length);
}

void
camera_resend (Camera *c, guint layer, guint16 rtx_seq, guint16 seq,
    guint32 timestamp, gboolean marker, const char *payload, gsize length)
{
  guint8 packet[2048];
  gsize head = build_head (c, packet, layer, TRUE, rtx_seq, timestamp, marker);

  write_u16 (packet + head, seq);
  memcpy (packet + head + 2, payload, length);
  member_send_packet (c->m, TRANSPORT_PACKET_RTP, packet, head + 2 + length);
}

void
camera_feedback (Camera *c, guint8 type, guint fmt, guint32 media_ssrc,
    const void *fci, gsize length)
{
  guint8 packet[1500];

  packet[0] = (guint8) (0x80 | fmt);
  packet[1] = type;
  write_u16 (packet + 2, (guint) (2 + length / 4));
  write_u32 (packet + 4, c->m->ssrc);
  write_u32 (packet + 8, media_ssrc);
  if (length > 0)
    memcpy (packet + 12, fci, length);
  member_send_packet (c->m, TRANSPORT_PACKET_RTCP, packet, 12 + length);
}

void
camera_see (Camera *c, Seen *seen)
{
  TransportPlain plain;

  memset (seen, 0, sizeof *seen);
  seen->length =
      member_receive (c->m, seen->packet, sizeof seen->packet, &plain);
  seen->rtcp = seen->packet[1] >= 194 && seen->packet[1] <= 223;
  if (seen->rtcp) {
    seen->type = seen->packet[1];
    seen->fmt = seen->packet[0] & 0x1f;
    seen->ssrc = read_u32 (seen->packet + 4);
    if (seen->length >= 12)
      seen->media_ssrc = read_u32 (seen->packet + 8);
    return;
  }
  seen->type = seen->packet[1] & 0x7f;
  seen->marker = seen->packet[1] >> 7;
  seen->seq = (guint16) read_u16 (seen->packet + 2);
  seen->timestamp = read_u32 (seen->packet + 4);
  seen->ssrc = read_u32 (seen->packet + 8);
  seen->payload = seen->packet + plain.payload_offset;
  seen->payload_length = seen->length - plain.payload_offset;
}

void
camera_see_type (Camera *c, guint type, guint fmt, Seen *seen)
{
  for (;;) {
    camera_see (c, seen);
    if (type == 0 ? !seen->rtcp
                  : seen->rtcp && seen->type == type && seen->fmt == fmt)
      return;
  }
}

void
camera_expect (
    Camera *c, guint32 ssrc, guint16 seq, const char *payload, gsize length)
{
  Seen seen;

  camera_see_type (c, 0, 0, &seen);
  ck_assert_uint_eq (seen.ssrc, ssrc);
  ck_assert_uint_eq (seen.seq, seq);
  ck_assert_uint_eq (seen.payload_length, length);
  fail_unless (memcmp (seen.payload, payload, length) == 0);
}
