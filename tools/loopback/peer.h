/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core.h"
#include "json.h"

/* One client's websocket, on either gateway: framing, strictness that both
 * gateways share, and the ways a socket can be made to fail. */
typedef struct
{
  /* @d is NULL when there is none. */
  void (*message) (LbPeer *peer, gint64 op, JsonNode *d, gpointer owner);
  void (*binary) (
      LbPeer *peer, const guint8 *data, gsize length, gpointer owner);
  /* Last callback, never from inside a call; the owner frees the peer. @by_us:
   * we began to close, @code is ours. Else the client's; 0: the link broke. */
  void (*closed) (LbPeer *peer, guint code, gboolean by_us, gpointer owner);
} LbPeerCallbacks;

/* @label: "main" or "voice", the prefix of its events. */
LbPeer *lb_peer_new (LbCore *core, SoupWebsocketConnection *ws,
    const char *label, gsize max_message, const LbPeerCallbacks *callbacks,
    gpointer owner);
/* Without a close frame when still open. */
void lb_peer_free (LbPeer *self);

void lb_peer_set_user (LbPeer *self, guint64 user_id);
guint64 lb_peer_get_user (LbPeer *self);
gboolean lb_peer_is_open (LbPeer *self);

/* Takes @message. */
void lb_peer_send (LbPeer *self, JsonObject *message);
void lb_peer_send_text (LbPeer *self, const char *text);
void lb_peer_send_binary (LbPeer *self, GBytes *message);
void lb_peer_close (LbPeer *self, guint code, const char *reason);
/* Records a violation and closes; lb_peer_violate() does not close when told to
 * be lenient, so it is for what can be passed over. */
void lb_peer_refuse (LbPeer *self, guint code, const char *name,
    const char *format, ...) G_GNUC_PRINTF (4, 5);
void lb_peer_violate (LbPeer *self, guint code, const char *name,
    const char *format, ...) G_GNUC_PRINTF (4, 5);

/* Closes with 4009 when no heartbeat comes within an interval and a half. */
void lb_peer_watch (LbPeer *self, guint interval_ms);
void lb_peer_beat (LbPeer *self);

/* Faults. */
void lb_peer_kill (LbPeer *self);
void lb_peer_freeze (LbPeer *self, gboolean frozen);
SoupWebsocketConnection *lb_peer_get_websocket (LbPeer *self);

/* frames.c: frames no client wants. @argument may be NULL. */
gboolean lb_peer_knows_bad_frame (const char *kind);
void lb_peer_send_bad_frame (
    LbPeer *self, const char *kind, const char *argument);
