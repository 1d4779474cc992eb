/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "websocket.h"

/* Makes DiscordWebsockets on libsoup in the thread-default main context of its
 * caller; one per owner, used and freed on that one thread. */
typedef struct _DiscordSoupWebsocketFactory DiscordSoupWebsocketFactory;

/* @tls_database: (nullable): the system's when NULL. @max_payload: the largest
 * message taken; a larger one closes the socket with an error. */
DiscordSoupWebsocketFactory *discord_soup_websocket_factory_new (
    GTlsDatabase *tls_database, guint64 max_payload);

/* Sockets that were closed or freed go on to send their close frame for up to
 * 2 s; all others must have been freed. */
void discord_soup_websocket_factory_free (DiscordSoupWebsocketFactory *self);

/* A DiscordWebsocketFactory; @factory_data is a DiscordSoupWebsocketFactory.
 * ws:// is refused with G_IO_ERROR_NOT_SUPPORTED unless the host is a loopback
 * address, as everything that fails: through the closed callback. */
DiscordWebsocket *discord_soup_websocket_open (const gchar *url,
    const DiscordWebsocketCallbacks *callbacks, gpointer user_data,
    gpointer factory_data);

/* Whether @host (no brackets) is in 127.0.0.0/8, is ::1, or "localhost". */
gboolean discord_host_is_loopback (const gchar *host);
