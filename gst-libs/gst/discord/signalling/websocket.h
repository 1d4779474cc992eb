/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* A websocket client as the state machines see it; the real one is on libsoup,
 * tests bring a scripted one. Callbacks and calls are all on one thread, and
 * callbacks never come from inside a call; every call is allowed from inside a
 * callback. Sending before opened or after the peer closed does nothing. */
typedef struct _DiscordWebsocket DiscordWebsocket;

typedef struct
{
  void (*opened) (DiscordWebsocket *ws, gpointer user_data);
  /* @text is NUL-terminated valid UTF-8; a frame with a NUL inside is refused
   * before. */
  void (*text) (DiscordWebsocket *ws, const gchar *text, gsize length,
      gpointer user_data);
  void (*binary) (DiscordWebsocket *ws, const guint8 *data, gsize length,
      gpointer user_data);
  /* Last callback, once, also when it never opened. @code is 0 when the link
   * was lost without a close frame; @error (nullable) says why it never opened
   * or broke: G_IO_ERROR, G_RESOLVER_ERROR, G_TLS_ERROR, SOUP_WEBSOCKET_ERROR. */
  void (*closed) (DiscordWebsocket *ws, guint16 code, const gchar *reason,
      const GError *error, gpointer user_data);
} DiscordWebsocketCallbacks;

typedef struct
{
  void (*send_text) (DiscordWebsocket *ws, const gchar *text);
  void (*send_binary) (DiscordWebsocket *ws, GBytes *data);
  /* Starts the closing handshake; no callback comes after this call. */
  void (*close) (DiscordWebsocket *ws, guint16 code, const gchar *reason);
  /* No callback comes after this call. */
  void (*free) (DiscordWebsocket *ws);
} DiscordWebsocketVTable;

struct _DiscordWebsocket
{
  const DiscordWebsocketVTable *vtable;
};

/* Opens @url (ws:// or wss://) and returns the socket, not yet open. */
typedef DiscordWebsocket *(*DiscordWebsocketFactory) (const gchar *url,
    const DiscordWebsocketCallbacks *callbacks, gpointer user_data,
    gpointer factory_data);
