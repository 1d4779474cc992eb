/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A client of the stand-in, written from the protocol's description and not
 * from ours: a bare websocket and a bare UDP socket. Everything waits on the
 * default main context; the time-outs only end a test that would hang. */

#include "loopback.h"

#include <gst/discord/crypto/transportcipher.h>

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>
#include <netinet/in.h>

#define PATIENCE_MS 30000
#define GUILD "290926798626357999"
#define CHANNEL "290926798999357250"
#define OTHER_CHANNEL "290926798999357251"
#define GCM "aead_aes256_gcm_rtpsize"
#define XCHACHA "aead_xchacha20_poly1305_rtpsize"

/* Every message as it comes, before anything else is done with it. */
typedef void (*WsTap) (int type, GBytes *message, gpointer user_data);

typedef struct
{
  SoupSession *session;
  SoupWebsocketConnection *connection;
  WsTap tap;
  gpointer tap_data;
  GQueue messages; /* JsonObject */
  GPtrArray *kept; /* those handed out */
  gboolean closed;
  guint code;
} Ws;

Ws *ws_open (const char *url);
/* With a certificate that need not be trusted. */
Ws *ws_open_tls (const char *url);
void ws_free (Ws *ws);
void ws_send (Ws *ws, const char *format, ...) G_GNUC_PRINTF (2, 3);
void ws_close (Ws *ws, guint code);
/* The next message, valid as long as @ws; NULL when the socket is closed. */
JsonObject *ws_next (Ws *ws);
/* Passes over others until one has that opcode. */
JsonObject *ws_expect (Ws *ws, gint64 op);
/* The body of the next event of that name. */
JsonObject *ws_expect_event (Ws *ws, const char *name);
/* Passes over messages; fails unless the server closes with @code. */
void ws_expect_close (Ws *ws, guint code);
/* Fails if any message of that opcode came until an answer to a heartbeat. */
void ws_expect_none (Ws *ws, gint64 op);

typedef struct
{
  Loopback *loopback;
  const char *token;
  guint64 user_id;
  char *user;
  Ws *main;
  Ws *voice;
  char *session_id;
  char *server_id; /* NULL: the guild's */
  char *channel;
  gint64 seq; /* main: last s */
  char *voice_token;
  char *endpoint;
  guint32 ssrc;
  gint64 voice_seq;
  int fd;
  struct sockaddr_in server;
  TransportMode mode;
  guint8 key[32];
  TransportCipher *cipher;
  guint max_dave; /* announced */
} Member;

Loopback *start_loopback (
    const char *first_setting, ...) G_GNUC_NULL_TERMINATED;
void set (Loopback *loopback, const char *name, const char *value);
void act (Loopback *loopback, const char *format, ...) G_GNUC_PRINTF (2, 3);

Member *member_new (Loopback *loopback, const char *token);
void member_free (Member *m);
/* Each step takes the ones before it when they were not taken. */
void member_identify_main (Member *m);
/* As a user account: bots have no Go Live. */
void member_identify_user (Member *m);
void member_join (Member *m, const char *channel);
/* The voice server of a stream instead, by the two events that open it. */
void member_take_stream (Member *m, JsonObject *create, JsonObject *server);
void member_open_voice (Member *m, guint version);
void member_send_voice_identify (Member *m, guint version);
/* Its d. */
JsonObject *member_read_ready (Member *m);
void member_take_ready (Member *m, JsonObject *d);
void member_discover (Member *m);
void member_select (Member *m, const char *mode);
/* From an encrypted socket to flags: ready to send. */
void member_connect (
    Member *m, const char *channel, guint version, const char *mode);
void member_speak (Member *m, guint flags);
/* Reads key and mode of an op 4. */
void member_take_key (Member *m, JsonObject *description);
/* The next dispatches of a join; sets voice_token and endpoint. */
void member_read_join (Member *m);

/* A plain RTP packet without extension, encrypted and sent. */
void member_send_payload (
    Member *m, guint16 seq, const guint8 *payload, gsize length);
void member_send_opus (Member *m, guint16 seq, const char *payload);
void member_send_packet (
    Member *m, TransportPacketKind kind, const guint8 *packet, gsize length);
void member_send_raw (Member *m, const guint8 *data, gsize length);
/* One datagram; 0 when none came in time. */
gsize member_receive_raw (
    Member *m, guint8 *data, gsize size, guint timeout_ms);
/* Decrypts; fails the test when none comes. */
gsize member_receive (
    Member *m, guint8 *packet, gsize size, TransportPlain *plain);

void member_expect_payload (Member *m, const char *payload, guint32 ssrc);

/* Two in one channel, the second with gateway v8. */
typedef struct
{
  Loopback *loopback;
  Member *alice;
  Member *bob;
} Pair;

Pair pair_new (const char *mode_a, const char *mode_b);
void pair_free (Pair *pair);

/* Runs the main context until something is true; fails otherwise. */
void run_until (
    gboolean (*condition) (gpointer data), gpointer data, const char *what);
/* Runs the main context until a count is reached; fails otherwise. */
void wait_for (
    Loopback *loopback, const char *name, guint64 user_id, guint64 count);
/* How many violations of that kind there were. */
guint64 violations (Loopback *loopback, const char *name);
