/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Websocket frames that a client must survive. */
#include "peer.h"

#include <string.h>

#define DEFAULT_OVERSIZE (17 * 1024 * 1024)
#define MAX_OVERSIZE (64 * 1024 * 1024)

typedef struct
{
  const char *kind;
  void (*send) (
      LbPeer *peer, const char *bytes, gsize length, const char *argument);
  const char *bytes;
  gsize length;
} BadFrame;

static void
send_text (LbPeer *peer, const char *bytes, gsize length, const char *argument)
{
  lb_peer_send_text (peer, bytes);
}

static void
send_argument (
    LbPeer *peer, const char *bytes, gsize length, const char *argument)
{
  lb_peer_send_text (peer, argument != NULL ? argument : bytes);
}

static void
send_binary (
    LbPeer *peer, const char *bytes, gsize length, const char *argument)
{
  if (lb_peer_is_open (peer))
    soup_websocket_connection_send_binary (
        lb_peer_get_websocket (peer), bytes, length);
}

/* Past libsoup's framing; only between whole frames, which is where the main
 * loop calls us. */
static void
send_raw (LbPeer *peer, const char *bytes, gsize length, const char *argument)
{
  GIOStream *stream =
      soup_websocket_connection_get_io_stream (lb_peer_get_websocket (peer));
  GOutputStream *output = g_io_stream_get_output_stream (stream);

  if (lb_peer_is_open (peer))
    g_pollable_output_stream_write_nonblocking (
        G_POLLABLE_OUTPUT_STREAM (output), bytes, length, NULL, NULL);
}

static void
send_oversized (
    LbPeer *peer, const char *bytes, gsize length, const char *argument)
{
  guint64 size = DEFAULT_OVERSIZE;
  g_autofree char *text = NULL;
  static const char head[] = "{\"op\":98,\"d\":\"";
  static const char tail[] = "\"}";

  if (argument != NULL)
    g_ascii_string_to_unsigned (
        argument, 10, sizeof head + sizeof tail, MAX_OVERSIZE, &size, NULL);
  text = g_malloc (size + 1);
  memset (text, 'x', size);
  memcpy (text, head, sizeof head - 1);
  memcpy (text + size - (sizeof tail - 1), tail, sizeof tail);
  lb_peer_send_text (peer, text);
}

#define BYTES(text) text, sizeof text - 1

/* The raw ones are unmasked server frames: a text frame that is no UTF-8, one
 * of the reserved opcode 3, one with reserved bits set, a control frame in
 * pieces. */
static const BadFrame bad_frames[] = {
  { "malformed", send_text, BYTES ("{\"op\":5,,\"d\":}") },
  { "truncated", send_text, BYTES ("{\"op\":5,\"d\":{\"user_id\":\"12345") },
  { "empty", send_text, BYTES ("") },
  { "array", send_text, BYTES ("[{\"op\":5}]") },
  { "noop", send_text, BYTES ("{\"d\":{\"user_id\":\"1\"}}") },
  { "types", send_text,
      BYTES ("{\"op\":\"five\",\"d\":17,\"seq\":\"x\",\"s\":{}}") },
  { "nested", send_text,
      BYTES ("{\"op\":5,\"d\":{\"user_id\":{\"a\":[[[[]]]]},\"ssrc\":[]}}") },
  { "numbers", send_text,
      BYTES ("{\"op\":5,\"d\":{\"user_id\":12345678901234567890,"
             "\"ssrc\":-1,\"speaking\":1e99}}") },
  { "text", send_argument, BYTES ("{}") },
  { "oversized", send_oversized, NULL, 0 },
  { "binary", send_binary, BYTES ("\x00\x01\x63garbage") },
  { "short-binary", send_binary, BYTES ("\x00") },
  { "utf8", send_raw, BYTES ("\x81\x02\xff\xfe") },
  { "opcode", send_raw, BYTES ("\x83\x01\x00") },
  { "reserved", send_raw, BYTES ("\xf1\x02{}") },
  { "control", send_raw, BYTES ("\x09\x00") },
};

static const BadFrame *
find (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_frames); i++) {
    if (g_str_equal (bad_frames[i].kind, kind))
      return &bad_frames[i];
  }
  return NULL;
}

gboolean
lb_peer_knows_bad_frame (const char *kind)
{
  return find (kind) != NULL;
}

void
lb_peer_send_bad_frame (LbPeer *self, const char *kind, const char *argument)
{
  const BadFrame *frame = find (kind);

  frame->send (self, frame->bytes, frame->length, argument);
}
