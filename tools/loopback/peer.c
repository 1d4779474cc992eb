/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer.h"

#include <string.h>
#include <sys/socket.h>

/* A frame larger than this is cut off by libsoup before we see it. */
#define MAX_FRAME (1024 * 1024)
/* Timers of loaded machines are late; added to what a heartbeat may take. */
#define HEARTBEAT_SLACK_MS 500

struct _LbPeer
{
  LbCore *core;
  SoupWebsocketConnection *ws;
  const char *label;
  gsize max_message;
  LbPeerCallbacks callbacks;
  gpointer owner;
  guint64 user_id;
  gboolean closing;
  guint close_code; /* ours, when closing */
  gboolean frozen;
  GSource *watch;
  guint interval;
  gint64 last_beat;
  GSource *killed;
  GQueue late; /* Late, owned, in the order of sending */
  GSource *later; /* sends what is due of them */
};

/* A frame on its way to a client that is far away. */
typedef struct
{
  SoupWebsocketDataType type;
  GBytes *message;
  gint64 due;
} Late;

static void
late_free (gpointer data)
{
  Late *late = data;

  g_bytes_unref (late->message);
  g_free (late);
}

static GSocket *
find_socket (GIOStream *stream)
{
  g_autoptr (GIOStream) base = NULL;

  if (G_IS_SOCKET_CONNECTION (stream))
    return g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
  /* TLS and libsoup's own wrapper spell it differently. */
  if (g_object_class_find_property (
          G_OBJECT_GET_CLASS (stream), "base-iostream")
      != NULL)
    g_object_get (stream, "base-iostream", &base, NULL);
  else if (g_object_class_find_property (
               G_OBJECT_GET_CLASS (stream), "base-io-stream")
      != NULL)
    g_object_get (stream, "base-io-stream", &base, NULL);
  return base != NULL ? find_socket (base) : NULL;
}

static void
handle_text (LbPeer *self, const char *text, gsize length)
{
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;
  gint64 op;

  if (length > self->max_message) {
    lb_peer_violate (
        self, 4002, "message-too-long", "%" G_GSIZE_FORMAT " bytes", length);
    return;
  }
  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, text, (gssize) length, NULL)
      || (root = json_parser_get_root (parser)) == NULL
      || !JSON_NODE_HOLDS_OBJECT (root)) {
    lb_peer_violate (self, 4002, "bad-json", NULL);
    return;
  }
  if (lb_json_get_int (json_node_get_object (root), "op", 0, 255, &op)
      != LB_FIELD_OK) {
    lb_peer_violate (self, 4002, "bad-op", NULL);
    return;
  }
  self->callbacks.message (self, op,
      json_object_get_member (json_node_get_object (root), "d"), self->owner);
}

static void
on_message (
    SoupWebsocketConnection *ws, int type, GBytes *message, gpointer user_data)
{
  LbPeer *self = user_data;
  gsize length;
  const guint8 *data = g_bytes_get_data (message, &length);

  if (self->closing || self->frozen)
    return;
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    handle_text (self, (const char *) data, length);
  else
    self->callbacks.binary (self, data, length, self->owner);
}

static void
report_closed (LbPeer *self, guint code, gboolean by_us)
{
  g_autofree char *name = g_strconcat (self->label, "-closed", NULL);

  lb_report_event (self->core->report, name, self->user_id, "%u %s", code,
      by_us ? "by us" : "by the client");
}

static void
on_closed (SoupWebsocketConnection *ws, gpointer user_data)
{
  LbPeer *self = user_data;
  guint code = self->closing ? self->close_code
                             : soup_websocket_connection_get_close_code (ws);

  report_closed (self, code, self->closing);
  self->callbacks.closed (self, code, self->closing, self->owner);
}

static void
on_error (SoupWebsocketConnection *ws, GError *error, gpointer user_data)
{
  LbPeer *self = user_data;

  /* Frames that break RFC 6455; resets and TLS ends come here as well. */
  if (error->domain == SOUP_WEBSOCKET_ERROR)
    lb_report_violation (self->core->report, "bad-frame", self->user_id, NULL);
}

LbPeer *
lb_peer_new (LbCore *core, SoupWebsocketConnection *ws, const char *label,
    gsize max_message, const LbPeerCallbacks *callbacks, gpointer owner)
{
  LbPeer *self = g_new0 (LbPeer, 1);

  self->core = core;
  self->ws = g_object_ref (ws);
  self->label = label;
  self->max_message = max_message;
  self->callbacks = *callbacks;
  self->owner = owner;
  g_queue_init (&self->late);
  soup_websocket_connection_set_max_incoming_payload_size (ws, MAX_FRAME);
  g_signal_connect (ws, "message", G_CALLBACK (on_message), self);
  g_signal_connect (ws, "error", G_CALLBACK (on_error), self);
  g_signal_connect (ws, "closed", G_CALLBACK (on_closed), self);
  return self;
}

void
lb_peer_free (LbPeer *self)
{
  g_signal_handlers_disconnect_by_data (self->ws, self);
  lb_source_clear (&self->watch);
  lb_source_clear (&self->killed);
  lb_source_clear (&self->later);
  g_queue_clear_full (&self->late, late_free);
  g_object_unref (self->ws);
  g_free (self);
}

void
lb_peer_set_user (LbPeer *self, guint64 user_id)
{
  self->user_id = user_id;
}

guint64
lb_peer_get_user (LbPeer *self)
{
  return self->user_id;
}

SoupWebsocketConnection *
lb_peer_get_websocket (LbPeer *self)
{
  return self->ws;
}

gboolean
lb_peer_is_open (LbPeer *self)
{
  return !self->closing && !self->frozen
      && soup_websocket_connection_get_state (self->ws)
      == SOUP_WEBSOCKET_STATE_OPEN;
}

static void
send_late (LbPeer *self, gint64 until)
{
  Late *late;

  while (
      (late = g_queue_peek_head (&self->late)) != NULL && late->due <= until) {
    g_queue_pop_head (&self->late);
    if (lb_peer_is_open (self))
      soup_websocket_connection_send_message (
          self->ws, late->type, late->message);
    late_free (late);
  }
}

static gboolean
on_later (gpointer user_data)
{
  LbPeer *self = user_data;
  const Late *next;

  lb_source_clear (&self->later);
  send_late (self, g_get_monotonic_time ());
  next = g_queue_peek_head (&self->late);
  if (next != NULL)
    self->later = lb_core_timeout (self->core,
        (guint) MAX ((next->due - g_get_monotonic_time ()) / 1000, 0) + 1,
        on_later, self);
  return G_SOURCE_REMOVE;
}

static void
send_message (LbPeer *self, SoupWebsocketDataType type, GBytes *message)
{
  guint delay = (guint) self->core->settings->signalling_delay;
  Late *late;

  if (!lb_peer_is_open (self))
    return;
  if (delay == 0 && self->late.length == 0) {
    soup_websocket_connection_send_message (self->ws, type, message);
    return;
  }
  late = g_new (Late, 1);
  late->type = type;
  late->message = g_bytes_ref (message);
  late->due = g_get_monotonic_time () + delay * (gint64) 1000;
  g_queue_push_tail (&self->late, late);
  if (self->later == NULL)
    self->later = lb_core_timeout (self->core, delay, on_later, self);
}

void
lb_peer_send_text (LbPeer *self, const char *text)
{
  g_autoptr (GBytes) message = g_bytes_new (text, strlen (text));

  send_message (self, SOUP_WEBSOCKET_DATA_TEXT, message);
}

void
lb_peer_send_binary (LbPeer *self, GBytes *message)
{
  send_message (self, SOUP_WEBSOCKET_DATA_BINARY, message);
}

/* Clients must pass over what they do not know (voice gateway section 0). */
static void
add_unknown_fields (JsonObject *message)
{
  JsonObject *unknown = json_object_new ();
  JsonObject *d;

  json_object_set_string_member (unknown, "x", "from a later version");
  json_object_set_null_member (unknown, "y");
  json_object_set_object_member (message, "unknown_field", unknown);
  if (lb_json_get_object (message, "d", &d) == LB_FIELD_OK)
    json_object_set_int_member (d, "unknown_field", 1);
}

void
lb_peer_send (LbPeer *self, JsonObject *message)
{
  g_autofree char *text = NULL;
  gboolean unknown = self->core->settings->unknown;

  if (unknown)
    add_unknown_fields (message);
  text = lb_json_to_text (message);
  json_object_unref (message);
  lb_peer_send_text (self, text);
  if (unknown)
    lb_peer_send_text (self, "{\"op\":99,\"d\":{\"unknown\":[1,null,\"x\"]}}");
}

void
lb_peer_close (LbPeer *self, guint code, const char *reason)
{
  g_autofree char *name = NULL;

  if (!lb_peer_is_open (self))
    return;
  send_late (self, G_MAXINT64);
  self->closing = TRUE;
  self->close_code = code;
  lb_source_clear (&self->watch);
  name = g_strdup_printf ("%s-close", self->label);
  lb_report_event (
      self->core->report, name, self->user_id, "%u %s", code, reason);
  soup_websocket_connection_close (self->ws, (gushort) code, reason);
}

static void
record_violation (LbPeer *self, guint code, const char *name,
    const char *format, va_list args)
{
  g_autofree char *detail =
      format != NULL ? g_strdup_vprintf (format, args) : NULL;

  lb_report_violation (self->core->report, name, self->user_id, "%s%s%u",
      detail != NULL ? detail : "", detail != NULL ? ", " : "", code);
}

void
lb_peer_refuse (
    LbPeer *self, guint code, const char *name, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  record_violation (self, code, name, format, args);
  va_end (args);
  lb_peer_close (self, code, name);
}

void
lb_peer_violate (
    LbPeer *self, guint code, const char *name, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  record_violation (self, code, name, format, args);
  va_end (args);
  if (!self->core->settings->lenient)
    lb_peer_close (self, code, name);
}

static gboolean
check_heartbeat (gpointer user_data)
{
  LbPeer *self = user_data;
  gint64 silence = (g_get_monotonic_time () - self->last_beat) / 1000;

  if (silence <= self->interval + self->interval / 2 + HEARTBEAT_SLACK_MS)
    return G_SOURCE_CONTINUE;
  self->last_beat = g_get_monotonic_time ();
  lb_peer_violate (
      self, 4009, "heartbeat-missed", "%" G_GINT64_FORMAT " ms", silence);
  return G_SOURCE_CONTINUE;
}

void
lb_peer_watch (LbPeer *self, guint interval_ms)
{
  lb_source_clear (&self->watch);
  self->interval = interval_ms;
  self->last_beat = g_get_monotonic_time ();
  self->watch = lb_core_timeout (
      self->core, MAX (interval_ms / 2, 10), check_heartbeat, self);
}

void
lb_peer_beat (LbPeer *self)
{
  self->last_beat = g_get_monotonic_time ();
}

static gboolean
after_kill (gpointer user_data)
{
  LbPeer *self = user_data;

  report_closed (self, 0, TRUE);
  /* Frees self. */
  self->callbacks.closed (self, 0, TRUE, self->owner);
  return G_SOURCE_REMOVE;
}

/* A zero linger makes the kernel reset the connection: no FIN, no TLS or
 * websocket goodbye. */
void
lb_peer_kill (LbPeer *self)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };
  GSocket *socket =
      find_socket (soup_websocket_connection_get_io_stream (self->ws));

  if (self->killed != NULL || socket == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->ws, self);
  self->closing = TRUE;
  lb_source_clear (&self->watch);
  setsockopt (
      g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  g_socket_close (socket, NULL);
  self->killed = lb_core_timeout (self->core, 0, after_kill, self);
}

/* The link stays up and nothing more passes: what the client sends stays in the
 * kernel (a low-water mark it cannot reach), so that not even its close frame is
 * answered; what we would say is lost. */
void
lb_peer_freeze (LbPeer *self, gboolean frozen)
{
  GSocket *socket =
      find_socket (soup_websocket_connection_get_io_stream (self->ws));
  int mark = frozen ? G_MAXINT : 1;

  self->frozen = frozen;
  self->last_beat = g_get_monotonic_time ();
  if (socket != NULL)
    setsockopt (
        g_socket_get_fd (socket), SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark);
}
