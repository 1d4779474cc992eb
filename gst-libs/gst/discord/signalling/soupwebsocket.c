/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "soupwebsocket.h"

#include <libsoup/soup.h>
#include <string.h>

#include "log.h"
#include "thread.h"

/* How long a closed socket may take to send its close frame and see the
 * server's. */
#define LINGER_MS 2000

#define USER_AGENT "DiscordBot (" GST_PACKAGE_ORIGIN ", " VERSION ")"

struct _DiscordSoupWebsocketFactory
{
  guint ref_count; /* the owner and every SoupWebsocket */
  SoupSession *session;
  guint64 max_payload;
};

typedef struct
{
  DiscordWebsocket parent;

  /* The owner, the connect operation, the lingering connection. */
  guint ref_count;
  DiscordSoupWebsocketFactory *factory;
  gboolean owns_thread; /* a reference on the signalling thread */
  DiscordWebsocketCallbacks callbacks;
  gpointer user_data;
  gboolean silent; /* no callback any more */
  gboolean lingering;

  GMainContext *context;
  GCancellable *cancellable;
  SoupMessage *message; /* while connecting */
  SoupWebsocketConnection *connection; /* open or lingering */
  GSocket *socket; /* under it, to end a lingering one */
  GSource *timer; /* early failure, or end of lingering */
  GError *error; /* the early failure */
} SoupWebsocket;

static void
factory_unref (DiscordSoupWebsocketFactory *self)
{
  if (--self->ref_count > 0)
    return;
  soup_session_abort (self->session);
  g_object_unref (self->session);
  g_free (self);
}

static SoupWebsocket *
websocket_ref (SoupWebsocket *self)
{
  self->ref_count++;
  return self;
}

static void
clear_timer (SoupWebsocket *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
websocket_unref (SoupWebsocket *self)
{
  gboolean owns_thread = self->owns_thread;

  if (--self->ref_count > 0)
    return;
  clear_timer (self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->message);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
  g_clear_object (&self->socket);
  g_clear_error (&self->error);
  g_main_context_unref (self->context);
  factory_unref (self->factory);
  g_free (self);
  if (owns_thread)
    discord_signalling_thread_unref ();
}

static void
set_timer (SoupWebsocket *self, guint delay_ms, GSourceFunc func)
{
  clear_timer (self);
  self->timer = g_timeout_source_new (delay_ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, self->context);
}

/* The last callback. The owner may free the socket in it. */
static void
report_closed (
    SoupWebsocket *self, guint16 code, const gchar *reason, const GError *error)
{
  if (self->silent)
    return;
  self->silent = TRUE;
  self->callbacks.closed (&self->parent, code, reason, error, self->user_data);
}

static void
end_linger (SoupWebsocket *self)
{
  if (!self->lingering)
    return;
  self->lingering = FALSE;
  clear_timer (self);
  if (self->owns_thread)
    discord_signalling_thread_drop ();
  websocket_unref (self);
}

static gboolean
linger_timed_out (gpointer data)
{
  SoupWebsocket *self = data;

  clear_timer (self);
  GST_DEBUG ("%p: no answer to our close frame", self);
  /* libsoup reads the end of the stream now and emits closed. */
  if (self->socket != NULL)
    g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  return G_SOURCE_REMOVE;
}

/* libsoup writes the close frame when the main loop runs again, and drops it
 * when the connection goes before: so keep that until it says closed. */
static void
linger (SoupWebsocket *self)
{
  if (self->lingering || self->connection == NULL
      || soup_websocket_connection_get_state (self->connection)
          == SOUP_WEBSOCKET_STATE_CLOSED)
    return;
  self->lingering = TRUE;
  if (self->owns_thread)
    discord_signalling_thread_hold ();
  websocket_ref (self);
  set_timer (self, LINGER_MS, linger_timed_out);
}

static void
on_error (
    SoupWebsocketConnection *connection, GError *error, SoupWebsocket *self)
{
  websocket_ref (self);
  linger (self);
  report_closed (self, 0, NULL, error);
  websocket_unref (self);
}

static void
on_closed (SoupWebsocketConnection *connection, SoupWebsocket *self)
{
  websocket_ref (self);
  report_closed (self, soup_websocket_connection_get_close_code (connection),
      soup_websocket_connection_get_close_data (connection), NULL);
  end_linger (self);
  websocket_unref (self);
}

static void
refuse_message (
    SoupWebsocket *self, SoupWebsocketCloseCode code, const gchar *message)
{
  g_autoptr (GError) error =
      g_error_new_literal (SOUP_WEBSOCKET_ERROR, code, message);

  soup_websocket_connection_close (self->connection, code, NULL);
  linger (self);
  report_closed (self, 0, NULL, error);
}

static void
take_text (SoupWebsocket *self, const gchar *text, gsize length)
{
  if (length == 0)
    self->callbacks.text (&self->parent, "", 0, self->user_data);
  else if (memchr (text, 0, length) != NULL)
    refuse_message (self, SOUP_WEBSOCKET_CLOSE_BAD_DATA,
        "The server sent a text message with a NUL character");
  else
    /* libsoup documents a NUL behind the text. */
    self->callbacks.text (&self->parent, text, length, self->user_data);
}

static void
on_message (SoupWebsocketConnection *connection, gint type, GBytes *message,
    SoupWebsocket *self)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (message, &length);

  if (self->silent)
    return;
  websocket_ref (self);
  /* libsoup 3.2 holds only each frame to the limit, not their sum. */
  if (length > self->factory->max_payload)
    refuse_message (self, SOUP_WEBSOCKET_CLOSE_TOO_BIG,
        "The server sent a message over the size limit");
  else if (type == SOUP_WEBSOCKET_DATA_BINARY)
    self->callbacks.binary (&self->parent, data, length, self->user_data);
  else
    take_text (self, data, length);
  websocket_unref (self);
}

static void
on_network_event (SoupMessage *message, GSocketClientEvent event,
    GIOStream *stream, SoupWebsocket *self)
{
  if (event != G_SOCKET_CLIENT_CONNECTED || !G_IS_SOCKET_CONNECTION (stream))
    return;
  g_set_object (&self->socket,
      g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)));
}

static GError *
handshake_error (SoupMessage *message, const GError *error)
{
  guint status = soup_message_get_status (message);

  if (error->domain != SOUP_WEBSOCKET_ERROR || status == 0
      || status == SOUP_STATUS_SWITCHING_PROTOCOLS)
    return g_error_copy (error);
  return g_error_new (error->domain, error->code, "%s (HTTP status %u)",
      error->message, status);
}

static void
on_connected (GObject *session, GAsyncResult *result, gpointer data)
{
  SoupWebsocket *self = data;
  g_autoptr (SoupMessage) message = g_steal_pointer (&self->message);
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *connection = soup_session_websocket_connect_finish (
      SOUP_SESSION (session), result, &error);

  g_signal_handlers_disconnect_by_data (message, self);
  if (connection == NULL) {
    g_autoptr (GError) told = handshake_error (message, error);

    report_closed (self, 0, NULL, told);
    websocket_unref (self);
    return;
  }

  self->connection = connection;
  soup_websocket_connection_set_max_incoming_payload_size (
      connection, self->factory->max_payload);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), self);
  g_signal_connect (connection, "error", G_CALLBACK (on_error), self);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  if (self->silent) {
    /* Closed while connecting, too late to cancel. */
    soup_websocket_connection_close (
        connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    linger (self);
  } else {
    self->callbacks.opened (&self->parent, self->user_data);
  }
  websocket_unref (self);
}

static void
soup_websocket_send (
    DiscordWebsocket *ws, SoupWebsocketDataType type, GBytes *data)
{
  SoupWebsocket *self = (SoupWebsocket *) ws;

  if (self->silent || self->connection == NULL
      || soup_websocket_connection_get_state (self->connection)
          != SOUP_WEBSOCKET_STATE_OPEN)
    return;
  soup_websocket_connection_send_message (self->connection, type, data);
}

static void
soup_websocket_send_text (DiscordWebsocket *ws, const gchar *text)
{
  g_autoptr (GBytes) data = g_bytes_new_static (text, strlen (text));

  /* Copied into the frame before this returns. */
  soup_websocket_send (ws, SOUP_WEBSOCKET_DATA_TEXT, data);
}

static void
soup_websocket_send_binary (DiscordWebsocket *ws, GBytes *data)
{
  soup_websocket_send (ws, SOUP_WEBSOCKET_DATA_BINARY, data);
}

static void
soup_websocket_close (DiscordWebsocket *ws, guint16 code, const gchar *reason)
{
  SoupWebsocket *self = (SoupWebsocket *) ws;

  self->silent = TRUE;
  g_cancellable_cancel (self->cancellable);
  clear_timer (self);
  if (self->connection == NULL)
    return;
  if (soup_websocket_connection_get_state (self->connection)
      == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->connection, code, reason);
  linger (self);
}

static void
soup_websocket_free (DiscordWebsocket *ws)
{
  SoupWebsocket *self = (SoupWebsocket *) ws;

  if (!self->lingering)
    soup_websocket_close (ws, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  self->silent = TRUE;
  websocket_unref (self);
}

static gboolean
report_early_failure (gpointer data)
{
  SoupWebsocket *self = data;

  websocket_ref (self);
  clear_timer (self);
  report_closed (self, 0, NULL, self->error);
  websocket_unref (self);
  return G_SOURCE_REMOVE;
}

gboolean
discord_host_is_loopback (const gchar *host)
{
  g_autoptr (GInetAddress) address = NULL;

  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
check_url (GUri *uri, GError **error)
{
  if (g_strcmp0 (g_uri_get_scheme (uri), "wss") == 0)
    return TRUE;
  if (g_strcmp0 (g_uri_get_scheme (uri), "ws") == 0
      && discord_host_is_loopback (g_uri_get_host (uri)))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      "Only wss:// URLs, and ws:// to a loopback address, may be opened");
  return FALSE;
}

static SoupMessage *
new_message (SoupSession *session, const gchar *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, error);
  SoupMessage *message;

  if (uri == NULL)
    return NULL;
  if (g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    g_set_error_literal (
        error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "The URL has no host");
    return NULL;
  }
  if (!check_url (uri, error))
    return NULL;
  /* Without TLS nothing may leave this machine, to a proxy neither. */
  if (g_str_equal (g_uri_get_scheme (uri), "ws"))
    soup_session_set_proxy_resolver (session, NULL);
  message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  /* A redirect could lead the token to a plain ws:// host. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  /* Without compression the payload limit is the limit of memory. */
  soup_message_disable_feature (message, SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  return message;
}

DiscordWebsocket *
discord_soup_websocket_open (const gchar *url,
    const DiscordWebsocketCallbacks *callbacks, gpointer user_data,
    gpointer factory_data)
{
  static const DiscordWebsocketVTable vtable = {
    soup_websocket_send_text,
    soup_websocket_send_binary,
    soup_websocket_close,
    soup_websocket_free,
  };
  DiscordSoupWebsocketFactory *factory = factory_data;
  SoupWebsocket *self = g_new0 (SoupWebsocket, 1);

  self->parent.vtable = &vtable;
  self->ref_count = 1;
  self->factory = factory;
  factory->ref_count++;
  self->callbacks = *callbacks;
  self->user_data = user_data;
  self->context = g_main_context_ref_thread_default ();
  self->cancellable = g_cancellable_new ();
  self->owns_thread = discord_signalling_thread_is_self ();
  if (self->owns_thread)
    discord_signalling_thread_ref ();

  self->message = new_message (factory->session, url, &self->error);
  if (self->message == NULL) {
    set_timer (self, 0, report_early_failure);
    return &self->parent;
  }
  g_signal_connect (
      self->message, "network-event", G_CALLBACK (on_network_event), self);
  soup_session_websocket_connect_async (factory->session, self->message, NULL,
      NULL, G_PRIORITY_DEFAULT, self->cancellable, on_connected,
      websocket_ref (self));
  return &self->parent;
}

DiscordSoupWebsocketFactory *
discord_soup_websocket_factory_new (
    GTlsDatabase *tls_database, guint64 max_payload)
{
  DiscordSoupWebsocketFactory *self = g_new0 (DiscordSoupWebsocketFactory, 1);

  self->ref_count = 1;
  self->max_payload = max_payload;
  self->session = soup_session_new_with_options (
      "user-agent", USER_AGENT, "timeout", 0, NULL);
  if (tls_database != NULL)
    soup_session_set_tls_database (self->session, tls_database);
  return self;
}

void
discord_soup_websocket_factory_free (DiscordSoupWebsocketFactory *self)
{
  factory_unref (self);
}
