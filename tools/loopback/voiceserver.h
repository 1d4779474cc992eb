/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dave/dave.h"
#include "impair.h"
#include "packetkey.h"
#include "peer.h"
#include "video.h"

#include <netinet/in.h>

/* A voice server: a websocket endpoint and the UDP media server behind it. */
typedef struct _LbUdp LbUdp;
typedef struct _LbEcho LbEcho;

struct _LbVoiceServer
{
  LbCore *core;
  SoupServer *http;
  guint port;
  LbUdp *udp;
  GHashTable *conns; /* set of websockets, owned */
  GHashTable *sessions; /* SSRC -> LbVoiceSession, owned */
  GHashTable *layers; /* SSRC, media's and RTX's -> LbLayer of a session */
  GQueue used_ssrcs; /* of sessions and layers that are gone, oldest first */
  GHashTable *addresses; /* guint64 address -> LbVoiceSession */
  GPtrArray *rooms; /* LbRoom, owned */
};

/* Those who hear each other. */
struct _LbRoom
{
  LbVoiceServer *server;
  guint64 server_id;
  guint64 channel_id;
  GPtrArray *members; /* LbVoiceSession */
  LbEcho *echo; /* NULL without --echo */
  LbDave *dave;
};

/* The media side of a session, kept across resumes. */
typedef struct
{
  gboolean ready; /* there was a session description */
  gboolean frozen;
  struct sockaddr_in address;
  LbCipher cipher;
  guint opus_pt;
  LbKey *key;
  LbKey *old_key; /* accepted for a while after a new one */
  gint64 old_key_until;
  gint64 quiet_since; /* when the speaking flags became 0 */
  GSource *speaking_check;
  GByteArray *last; /* an older datagram, for the replay fault */
} LbMedia;

struct _LbVoiceSession
{
  LbVoiceServer *server;
  guint64 server_id;
  guint64 channel_id;
  guint64 user_id;
  char *session_id;
  char *token;
  guint version;
  guint32 ssrc;
  gboolean built_in; /* a member of our own, without a client */
  gboolean is_echo;
  gboolean only_watches; /* a stream of somebody else's */
  LbPeer *peer; /* NULL: link lost, waiting for a resume */
  gboolean retired; /* over, its client still has to close */
  guint retire_code;
  GSource *expiry;
  LbRoom *room; /* NULL before the session description */

  guint16 next_seq;
  int last_acked; /* -1: nothing yet */
  GQueue unacked; /* LbNumbered */

  gboolean announced; /* sent op 5 at least once */
  guint speaking;
  LbVideoSide video;
  LbDaveSide dave;
  LbMedia media;
};

LbVoiceServer *lb_voice_server_new (LbCore *core, GError **error);
void lb_voice_server_free (LbVoiceServer *self);
char *lb_voice_server_dup_endpoint (LbVoiceServer *self);

/* Not 0, and nobody's here. */
guint32 lb_voice_server_new_ssrc (LbVoiceServer *self);
void lb_voice_server_return_ssrc (LbVoiceServer *self, guint32 ssrc);

/* Over all voice servers: a member's sessions are over; clients that do not
 * close by themselves within @grace_ms are closed with 4014. */
void lb_voice_servers_retire (
    LbCore *core, guint64 server_id, guint64 user_id, guint grace_ms);
gboolean lb_voice_servers_connected (
    LbCore *core, guint64 server_id, guint64 user_id);
/* Not retired sessions of a user, of everybody for 0; a container to free. */
GPtrArray *lb_voice_servers_sessions (LbCore *core, guint64 user_id);

/* voicegateway.c */
void lb_voice_gateway_accept (
    LbVoiceServer *server, guint version, SoupWebsocketConnection *ws);
void lb_voice_conn_free (gpointer conn);

/* voicesession.c */
LbVoiceSession *lb_voice_session_new (LbVoiceServer *server, guint64 server_id,
    guint64 channel_id, guint64 user_id);
void lb_voice_session_free (LbVoiceSession *self);
/* Ends it, closing a client that is still there with @code. */
void lb_voice_session_end (
    LbVoiceSession *self, guint code, const char *reason);
void lb_voice_session_retire (LbVoiceSession *self, guint code, guint grace_ms);
void lb_voice_session_lost (LbVoiceSession *self);
/* Takes @d. */
void lb_voice_session_send (LbVoiceSession *self, gint64 op, JsonObject *d);
void lb_voice_session_send_numbered (
    LbVoiceSession *self, gint64 op, JsonObject *d);
/* A binary message; not sent to clients below v8, which know none. */
void lb_voice_session_send_binary (
    LbVoiceSession *self, guint op, GBytes *payload);
/* FALSE: a number that was never sent, or is forgotten. -1: none seen. */
gboolean lb_voice_session_ack (LbVoiceSession *self, gint64 seq_ack);
void lb_voice_session_replay (LbVoiceSession *self);

/* room.c */
LbRoom *lb_room_get (
    LbVoiceServer *server, guint64 server_id, guint64 channel_id);
void lb_room_free (LbRoom *self);
void lb_room_join (LbRoom *self, LbVoiceSession *session);
void lb_room_leave (LbVoiceSession *session);
/* Op 5 or 12 of a member to all others. */
void lb_room_speaking (LbVoiceSession *session);
void lb_room_video (LbVoiceSession *session);
/* A member that never sends; leaves with lb_voice_session_end(). */
LbVoiceSession *lb_room_add_built_in (LbRoom *self, guint64 user_id);

/* udp.c */
LbUdp *lb_udp_new (LbVoiceServer *server, GError **error);
void lb_udp_free (LbUdp *self);
guint lb_udp_get_port (LbUdp *self);
/* Through the faults towards clients, then out. */
void lb_udp_send (LbUdp *self, const struct sockaddr_in *to, const guint8 *data,
    gsize length);
void lb_udp_send_video (LbUdp *self, const struct sockaddr_in *to,
    const LbVideoMark *mark, const guint8 *data, gsize length);
void lb_udp_send_as_stranger (LbUdp *self, const struct sockaddr_in *to,
    const guint8 *data, gsize length);

/* Media of session @ssrc that was opened, through the faults towards us. */
void lb_udp_arrived (LbUdp *self, const struct sockaddr_in *from, guint32 ssrc,
    const guint8 *packet, gsize length);

/* media.c */
void lb_media_select (LbVoiceSession *session,
    const struct sockaddr_in *address, LbCipher cipher, guint opus_pt,
    const guint8 key[32]);
void lb_media_clear (LbVoiceSession *session);
/* A datagram that is RTP or RTCP, from @from. */
void lb_media_receive (LbVoiceServer *server, const struct sockaddr_in *from,
    const guint8 *data, gsize length);
/* Reports a datagram that is not taken, and one that may end the session. */
void lb_media_refuse (LbVoiceSession *session, const char *name);
void lb_media_violate (
    LbVoiceSession *session, guint code, const char *name, const char *detail);
void lb_media_speaking_changed (LbVoiceSession *session);
guint64 lb_address_key (const struct sockaddr_in *address);

/* forward.c */
/* A plain packet that passed the faults towards the server. */
void lb_media_forward (
    LbVoiceServer *server, guint32 ssrc, const guint8 *packet, gsize length);
/* One packet to one member, by its payload type for it; @mark: NULL but for
 * video. */
void lb_media_deliver (LbVoiceSession *to, const LbVideoMark *mark,
    const guint8 *original, gsize length, guint pt);
void lb_media_send_rtcp (
    LbVoiceSession *to, const guint8 *packet, gsize length);
/* To everybody in the room but @except; encrypted for each. */
void lb_media_spread (LbRoom *room, const LbVoiceSession *except,
    const guint8 *packet, gsize length);

/* echo.c */
LbEcho *lb_echo_new (LbRoom *room);
void lb_echo_free (LbEcho *self);
void lb_echo_hear (
    LbEcho *self, LbVoiceSession *speaker, const guint8 *packet, gsize length);
