/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loopback-client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static gboolean
on_patience (gpointer expired)
{
  *(gboolean *) expired = TRUE;
  return G_SOURCE_REMOVE;
}

/* Iterates until *@what is true; the time-out only ends a hang. */
#define RUN_UNTIL(condition)                                                   \
  G_STMT_START                                                                 \
  {                                                                            \
    gboolean expired_ = FALSE;                                                 \
    guint timeout_ = g_timeout_add (PATIENCE_MS, on_patience, &expired_);      \
    while (!(condition) && !expired_)                                          \
      g_main_context_iteration (NULL, TRUE);                                   \
    fail_if (expired_, "nothing came: %s", #condition);                        \
    g_source_remove (timeout_);                                                \
  }                                                                            \
  G_STMT_END

static void
on_message (SoupWebsocketConnection *connection, int type, GBytes *message,
    gpointer user_data)
{
  Ws *ws = user_data;
  g_autoptr (JsonParser) parser = json_parser_new ();
  gsize length;
  const char *data = g_bytes_get_data (message, &length);

  if (ws->tap != NULL)
    ws->tap (type, message, ws->tap_data);
  /* What the frame faults send is not for this client. */
  if (!json_parser_load_from_data (parser, data, (gssize) length, NULL)
      || json_parser_get_root (parser) == NULL
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return;
  g_queue_push_tail (&ws->messages,
      json_object_ref (json_node_get_object (json_parser_get_root (parser))));
}

static void
on_closed (SoupWebsocketConnection *connection, gpointer user_data)
{
  Ws *ws = user_data;

  ws->closed = TRUE;
  ws->code = soup_websocket_connection_get_close_code (connection);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Ws *ws = user_data;
  g_autoptr (GError) error = NULL;

  ws->connection = soup_session_websocket_connect_finish (
      SOUP_SESSION (source), result, &error);
  fail_unless (
      ws->connection != NULL, "%s", error != NULL ? error->message : "");
  soup_websocket_connection_set_max_incoming_payload_size (
      ws->connection, 64 * 1024 * 1024);
  g_signal_connect (ws->connection, "message", G_CALLBACK (on_message), ws);
  g_signal_connect (ws->connection, "closed", G_CALLBACK (on_closed), ws);
}

static gboolean
accept_any (SoupMessage *message, GTlsCertificate *certificate,
    GTlsCertificateFlags errors, gpointer user_data)
{
  return TRUE;
}

static Ws *
open_ws (const char *url, gboolean tls)
{
  Ws *ws = g_new0 (Ws, 1);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);

  g_queue_init (&ws->messages);
  ws->kept =
      g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  ws->session = soup_session_new ();
  if (tls)
    g_signal_connect (
        message, "accept-certificate", G_CALLBACK (accept_any), NULL);
  soup_session_websocket_connect_async (
      ws->session, message, NULL, NULL, 0, NULL, on_connected, ws);
  RUN_UNTIL (ws->connection != NULL);
  return ws;
}

Ws *
ws_open (const char *url)
{
  return open_ws (url, FALSE);
}

Ws *
ws_open_tls (const char *url)
{
  return open_ws (url, TRUE);
}

void
ws_free (Ws *ws)
{
  if (ws == NULL)
    return;
  g_signal_handlers_disconnect_by_data (ws->connection, ws);
  g_queue_clear_full (&ws->messages, (GDestroyNotify) json_object_unref);
  g_ptr_array_unref (ws->kept);
  g_object_unref (ws->connection);
  soup_session_abort (ws->session);
  g_object_unref (ws->session);
  g_free (ws);
}

void
ws_send (Ws *ws, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (soup_websocket_connection_get_state (ws->connection)
      == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (ws->connection, text);
}

void
ws_close (Ws *ws, guint code)
{
  soup_websocket_connection_close (ws->connection, (gushort) code, NULL);
  RUN_UNTIL (ws->closed);
}

JsonObject *
ws_next (Ws *ws)
{
  JsonObject *message;

  RUN_UNTIL (!g_queue_is_empty (&ws->messages) || ws->closed);
  message = g_queue_pop_head (&ws->messages);
  if (message != NULL)
    g_ptr_array_add (ws->kept, message);
  return message;
}

JsonObject *
ws_expect (Ws *ws, gint64 op)
{
  JsonObject *message;

  while ((message = ws_next (ws)) != NULL) {
    if (json_object_get_int_member_with_default (message, "op", -1) == op)
      return message;
  }
  fail ("closed with %u instead of op %d", ws->code, (int) op);
  return NULL;
}

JsonObject *
ws_expect_event (Ws *ws, const char *name)
{
  for (;;) {
    JsonObject *message = ws_expect (ws, 0);

    if (g_str_equal (json_object_get_string_member (message, "t"), name))
      return json_object_get_object_member (message, "d");
  }
}

void
ws_expect_close (Ws *ws, guint code)
{
  RUN_UNTIL (ws->closed);
  ck_assert_uint_eq (ws->code, code);
}

void
ws_expect_none (Ws *ws, gint64 op)
{
  for (;;) {
    JsonObject *message = ws_next (ws);
    gint64 found;

    fail_unless (message != NULL, "closed with %u", ws->code);
    found = json_object_get_int_member (message, "op");
    ck_assert_int_ne (found, op);
    if (found == 11 || found == 6)
      return;
  }
}

void
set (Loopback *loopback, const char *name, const char *value)
{
  g_autoptr (GError) error = NULL;

  fail_unless (loopback_set (loopback, name, value, &error), "%s",
      error != NULL ? error->message : "");
}

void
act (Loopback *loopback, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fail_unless (loopback_act (loopback, &error, "%s", text), "%s",
      error != NULL ? error->message : "");
}

Loopback *
start_loopback (const char *first_setting, ...)
{
  Loopback *loopback = loopback_new ();
  g_autoptr (GError) error = NULL;
  va_list args;

  va_start (args, first_setting);
  for (const char *name = first_setting; name != NULL;
       name = va_arg (args, const char *))
    set (loopback, name, va_arg (args, const char *));
  va_end (args);
  fail_unless (loopback_start (loopback, &error), "%s",
      error != NULL ? error->message : "");
  return loopback;
}

Member *
member_new (Loopback *loopback, const char *token)
{
  Member *m = g_new0 (Member, 1);
  struct sockaddr_in address = { .sin_family = AF_INET };

  m->loopback = loopback;
  m->token = token;
  m->user_id = loopback_user_for_token (token);
  m->user = g_strdup_printf ("%" G_GUINT64_FORMAT, m->user_id);
  m->voice_seq = -1;
  m->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fail_unless (bind (m->fd, (struct sockaddr *) &address, sizeof address) == 0);
  return m;
}

void
member_free (Member *m)
{
  ws_free (m->main);
  ws_free (m->voice);
  if (m->cipher != NULL)
    transport_cipher_free (m->cipher);
  close (m->fd);
  g_free (m->user);
  g_free (m->session_id);
  g_free (m->server_id);
  g_free (m->channel);
  g_free (m->voice_token);
  g_free (m->endpoint);
  g_free (m);
}

static void
identify_main (Member *m, const char *query, const char *account)
{
  g_autofree char *base = loopback_dup_gateway_url (m->loopback);
  g_autofree char *url = g_strconcat (base, query, NULL);
  JsonObject *ready;

  m->main = ws_open (url);
  ws_expect (m->main, 10);
  ws_send (m->main,
      "{\"op\":2,\"d\":{\"token\":\"%s\",%s,"
      "\"properties\":{\"os\":\"linux\"}}}",
      m->token, account);
  ready = ws_expect_event (m->main, "READY");
  m->session_id =
      g_strdup (json_object_get_string_member (ready, "session_id"));
  ck_assert_str_eq (json_object_get_string_member (
                        json_object_get_object_member (ready, "user"), "id"),
      m->user);
}

void
member_identify_main (Member *m)
{
  if (m->main == NULL)
    identify_main (m, "/?v=10&encoding=json", "\"intents\":129");
}

void
member_identify_user (Member *m)
{
  identify_main (m, "/?v=9&encoding=json", "\"capabilities\":4605");
}

static void
replace (char **string, const char *value)
{
  g_free (*string);
  *string = g_strdup (value);
}

void
member_read_join (Member *m)
{
  gboolean state = FALSE, server = FALSE;

  while (!state || !server) {
    JsonObject *message = ws_expect (m->main, 0);
    JsonObject *d = json_object_get_object_member (message, "d");
    const char *name = json_object_get_string_member (message, "t");

    if (g_str_equal (name, "VOICE_STATE_UPDATE")
        && g_str_equal (json_object_get_string_member (d, "user_id"), m->user)
        && g_str_equal (
            json_object_get_string_member (d, "session_id"), m->session_id)) {
      state = TRUE;
      replace (&m->channel,
          json_object_get_string_member_with_default (d, "channel_id", NULL));
    } else if (g_str_equal (name, "VOICE_SERVER_UPDATE")
        && !json_object_get_null_member (d, "endpoint")) {
      server = TRUE;
      replace (&m->voice_token, json_object_get_string_member (d, "token"));
      replace (&m->endpoint, json_object_get_string_member (d, "endpoint"));
    }
  }
}

void
member_join (Member *m, const char *channel)
{
  member_identify_main (m);
  ws_send (m->main,
      "{\"op\":4,\"d\":{\"guild_id\":\"" GUILD "\",\"channel_id\":\"%s\","
      "\"self_mute\":false,\"self_deaf\":false}}",
      channel);
  member_read_join (m);
}

void
member_take_stream (Member *m, JsonObject *create, JsonObject *server)
{
  replace (
      &m->server_id, json_object_get_string_member (create, "rtc_server_id"));
  replace (
      &m->channel, json_object_get_string_member (create, "rtc_channel_id"));
  replace (&m->endpoint, json_object_get_string_member (server, "endpoint"));
  replace (&m->voice_token, json_object_get_string_member (server, "token"));
}

void
member_open_voice (Member *m, guint version)
{
  g_autofree char *url =
      g_strdup_printf ("ws://%s/?v=%u", m->endpoint, version);

  g_clear_pointer (&m->voice, ws_free);
  m->voice = ws_open (url);
}

void
member_send_voice_identify (Member *m, guint version)
{
  g_autofree char *channel =
      g_strdup_printf ("\"channel_id\":\"%s\",", m->channel);

  ws_send (m->voice,
      "{\"op\":0,\"d\":{\"server_id\":\"%s\",%s\"user_id\":\"%s\","
      "\"session_id\":\"%s\",\"token\":\"%s\","
      "\"max_dave_protocol_version\":%u}}",
      m->server_id != NULL ? m->server_id : GUILD, version >= 9 ? channel : "",
      m->user, m->session_id, m->voice_token, m->max_dave);
}

void
member_take_ready (Member *m, JsonObject *d)
{
  m->ssrc = (guint32) json_object_get_int_member (d, "ssrc");
  m->server.sin_family = AF_INET;
  m->server.sin_port = htons ((guint16) json_object_get_int_member (d, "port"));
  fail_unless (inet_pton (AF_INET, json_object_get_string_member (d, "ip"),
                   &m->server.sin_addr)
      == 1);
}

JsonObject *
member_read_ready (Member *m)
{
  JsonObject *d = json_object_get_object_member (ws_expect (m->voice, 2), "d");

  member_take_ready (m, d);
  return d;
}

void
member_discover (Member *m)
{
  guint8 request[74] = { 0, 1, 0, 70 };
  guint8 answer[2048];
  guint32 ssrc = GUINT32_TO_BE (m->ssrc);
  struct sockaddr_in address;
  socklen_t length = sizeof address;

  memcpy (request + 4, &ssrc, 4);
  member_send_raw (m, request, sizeof request);
  ck_assert_uint_eq (
      member_receive_raw (m, answer, sizeof answer, PATIENCE_MS), 74);
  getsockname (m->fd, (struct sockaddr *) &address, &length);
  ck_assert_uint_eq (answer[1], 2);
  ck_assert_uint_eq (answer[3], 70);
  fail_unless (memcmp (answer + 4, &ssrc, 4) == 0);
  ck_assert_str_eq ((char *) answer + 8, "127.0.0.1");
  fail_unless (memcmp (answer + 72, &address.sin_port, 2) == 0);
}

void
member_take_key (Member *m, JsonObject *description)
{
  JsonObject *d = json_object_get_object_member (description, "d");
  JsonArray *key = json_object_get_array_member (d, "secret_key");

  ck_assert_uint_eq (json_array_get_length (key), 32);
  for (guint i = 0; i < 32; i++)
    m->key[i] = (guint8) json_array_get_int_element (key, i);
  fail_unless (transport_mode_from_name (
      json_object_get_string_member (d, "mode"), &m->mode));
  if (m->cipher != NULL)
    transport_cipher_free (m->cipher);
  m->cipher = transport_cipher_new (m->mode, m->key, 0x80000000u);
}

void
member_select (Member *m, const char *mode)
{
  struct sockaddr_in address;
  socklen_t length = sizeof address;

  getsockname (m->fd, (struct sockaddr *) &address, &length);
  ws_send (m->voice,
      "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"address\":"
      "\"127.0.0.1\",\"port\":%u,\"mode\":\"%s\"},\"codecs\":[{\"name\":"
      "\"opus\",\"type\":\"audio\",\"priority\":1000,\"payload_type\":120}]}}",
      ntohs (address.sin_port), mode);
  member_take_key (m, ws_expect (m->voice, 4));
}

void
member_speak (Member *m, guint flags)
{
  guint64 before = loopback_count (
      m->loopback, flags != 0 ? "speaking" : "speaking-stopped", m->user_id);

  ws_send (m->voice,
      "{\"op\":5,\"d\":{\"speaking\":%u,\"delay\":0,\"ssrc\":%u}}", flags,
      m->ssrc);
  wait_for (m->loopback, flags != 0 ? "speaking" : "speaking-stopped",
      m->user_id, before + 1);
}

void
member_connect (Member *m, const char *channel, guint version, const char *mode)
{
  member_join (m, channel);
  member_open_voice (m, version);
  member_send_voice_identify (m, version);
  member_read_ready (m);
  member_discover (m);
  member_select (m, mode);
}

void
member_send_raw (Member *m, const guint8 *data, gsize length)
{
  ck_assert_int_eq (sendto (m->fd, data, length, 0,
                        (struct sockaddr *) &m->server, sizeof m->server),
      (int) length);
}

void
member_send_packet (
    Member *m, TransportPacketKind kind, const guint8 *packet, gsize length)
{
  guint8 datagram[2048];
  gsize size;

  memcpy (datagram, packet, length);
  ck_assert_int_eq (transport_cipher_protect (m->cipher, kind, datagram, length,
                        sizeof datagram, &size),
      TRANSPORT_OK);
  member_send_raw (m, datagram, size);
}

void
member_send_payload (
    Member *m, guint16 seq, const guint8 *payload, gsize length)
{
  guint8 packet[1500] = { 0x80, 120 };
  guint32 ssrc = GUINT32_TO_BE (m->ssrc);
  guint32 timestamp = GUINT32_TO_BE (seq * 960u);
  guint16 seq_be = GUINT16_TO_BE (seq);

  memcpy (packet + 2, &seq_be, 2);
  memcpy (packet + 4, &timestamp, 4);
  memcpy (packet + 8, &ssrc, 4);
  memcpy (packet + 12, payload, length);
  member_send_packet (m, TRANSPORT_PACKET_RTP, packet, 12 + length);
}

void
member_send_opus (Member *m, guint16 seq, const char *payload)
{
  member_send_payload (m, seq, (const guint8 *) payload, strlen (payload));
}

gsize
member_receive_raw (Member *m, guint8 *data, gsize size, guint timeout_ms)
{
  struct pollfd poller = { .fd = m->fd, .events = POLLIN };
  gint64 deadline = g_get_monotonic_time () + timeout_ms * 1000;

  /* The websockets go on meanwhile. */
  while (poll (&poller, 1, 5) == 0) {
    while (g_main_context_iteration (NULL, FALSE))
      continue;
    if (g_get_monotonic_time () > deadline)
      return 0;
  }
  return (gsize) recv (m->fd, data, size, 0);
}

gsize
member_receive (Member *m, guint8 *packet, gsize size, TransportPlain *plain)
{
  gsize length = member_receive_raw (m, packet, size, PATIENCE_MS);
  gboolean rtcp;

  fail_unless (length > 12, "nothing was received");
  rtcp = packet[1] >= 194 && packet[1] <= 223;
  ck_assert_int_eq (transport_cipher_unprotect (m->cipher,
                        rtcp ? TRANSPORT_PACKET_RTCP : TRANSPORT_PACKET_RTP,
                        packet, length, plain),
      TRANSPORT_OK);
  return plain->length;
}

void
run_until (
    gboolean (*condition) (gpointer data), gpointer data, const char *what)
{
  gboolean expired = FALSE;
  guint timeout = g_timeout_add (PATIENCE_MS, on_patience, &expired);

  while (!condition (data) && !expired)
    g_main_context_iteration (NULL, TRUE);
  fail_if (expired, "nothing came: %s", what);
  g_source_remove (timeout);
}

void
wait_for (Loopback *loopback, const char *name, guint64 user_id, guint64 count)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_MS * 1000;

  while (!loopback_wait (loopback, name, user_id, count, 2)) {
    while (g_main_context_iteration (NULL, FALSE))
      continue;
    fail_if (g_get_monotonic_time () > deadline, "%s stays at %u", name,
        (guint) loopback_count (loopback, name, user_id));
  }
}

guint64
violations (Loopback *loopback, const char *name)
{
  return loopback_count (loopback, name, 0);
}

Pair
pair_new (const char *mode_a, const char *mode_b)
{
  Pair pair;

  pair.loopback = start_loopback (NULL, NULL);
  pair.alice = member_new (pair.loopback, "alice");
  pair.bob = member_new (pair.loopback, "bob");
  member_connect (pair.alice, CHANNEL, 9, mode_a);
  member_connect (pair.bob, CHANNEL, 8, mode_b);
  wait_for (pair.loopback, "voice-joined", 0, 2);
  return pair;
}

void
pair_free (Pair *pair)
{
  member_free (pair->alice);
  member_free (pair->bob);
  loopback_free (pair->loopback);
}

void
member_expect_payload (Member *m, const char *payload, guint32 ssrc)
{
  guint8 packet[2048];
  TransportPlain plain;
  gsize length = member_receive (m, packet, sizeof packet, &plain);
  guint32 found;

  ck_assert_uint_eq (length - plain.payload_offset, strlen (payload));
  fail_unless (
      memcmp (packet + plain.payload_offset, payload, strlen (payload)) == 0);
  memcpy (&found, packet + 8, 4);
  ck_assert_uint_eq (GUINT32_FROM_BE (found), ssrc);
}
