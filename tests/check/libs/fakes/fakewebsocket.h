/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/signalling/websocket.h>

/* A scripted peer: the test opens, feeds and closes what the client under test
 * made, and looks at what that sent. */
typedef struct
{
  DiscordWebsocket parent;

  gchar *url;
  DiscordWebsocketCallbacks callbacks;
  gpointer user_data;
  gboolean open;
  gboolean silent; /* no callback may come any more */
  gboolean freed; /* by the client */
  guint16 close_code; /* the client's, 0: it did not close */
  GQueue sent; /* owned gchar; of a binary frame its bytes in hexadecimal */
} FakeWebsocket;

typedef struct
{
  GPtrArray *sockets; /* FakeWebsocket, oldest first */
} FakeWebsockets;

FakeWebsockets *fake_websockets_new (void);
/* Fails the test when the client left one unfreed. */
void fake_websockets_free (FakeWebsockets *self);

/* The DiscordWebsocketFactory; its data is a FakeWebsockets. */
DiscordWebsocket *fake_websocket_make (const gchar *url,
    const DiscordWebsocketCallbacks *callbacks, gpointer user_data,
    gpointer factory_data);

/* The @n-th ever made, which must be there and the newest. */
FakeWebsocket *fake_websockets_get_newest (FakeWebsockets *self, guint n);

void fake_websocket_accept (FakeWebsocket *self);
/* JSON may be written with ' for ". */
void fake_websocket_say (FakeWebsocket *self, const gchar *json);
void fake_websocket_say_raw (
    FakeWebsocket *self, const gchar *text, gsize length);
void fake_websocket_say_binary (
    FakeWebsocket *self, const guint8 *data, gsize length);
/* @code 0: the link is lost; then @error, which may be NULL, says how. */
void fake_websocket_hang_up (
    FakeWebsocket *self, guint16 code, const GError *error);

/* The next thing sent is @json, member for member. */
void fake_websocket_expect (FakeWebsocket *self, const gchar *json);
/* The next thing sent has this opcode. */
void fake_websocket_expect_op (FakeWebsocket *self, gint op);
void fake_websocket_expect_nothing (FakeWebsocket *self);
/* The next thing sent as it is; free it. */
gchar *fake_websocket_take (FakeWebsocket *self);
