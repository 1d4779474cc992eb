/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fakewebsocket.h"

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>
#include <string.h>

static void
fake_send_text (DiscordWebsocket *ws, const gchar *text)
{
  FakeWebsocket *self = (FakeWebsocket *) ws;

  fail_if (self->freed);
  fail_unless (self->open, "sent on a socket that is not open: %s", text);
  g_queue_push_tail (&self->sent, g_strdup (text));
}

static void
fake_send_binary (DiscordWebsocket *ws, GBytes *data)
{
  FakeWebsocket *self = (FakeWebsocket *) ws;
  GString *hex = g_string_new (NULL);
  gsize length;
  const guint8 *bytes = g_bytes_get_data (data, &length);

  fail_if (self->freed);
  fail_unless (self->open, "sent on a socket that is not open");
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  g_queue_push_tail (&self->sent, g_string_free (hex, FALSE));
}

static void
fake_close (DiscordWebsocket *ws, guint16 code, const gchar *reason)
{
  FakeWebsocket *self = (FakeWebsocket *) ws;

  fail_if (self->freed);
  fail_unless_equals_int (self->close_code, 0);
  self->close_code = code;
  self->open = FALSE;
  self->silent = TRUE;
}

static void
fake_free (DiscordWebsocket *ws)
{
  FakeWebsocket *self = (FakeWebsocket *) ws;

  fail_if (self->freed);
  self->freed = TRUE;
  self->open = FALSE;
  self->silent = TRUE;
}

static void
socket_destroy (gpointer data)
{
  FakeWebsocket *self = data;

  g_free (self->url);
  g_queue_clear_full (&self->sent, g_free);
  g_free (self);
}

FakeWebsockets *
fake_websockets_new (void)
{
  FakeWebsockets *self = g_new0 (FakeWebsockets, 1);

  self->sockets = g_ptr_array_new_with_free_func (socket_destroy);
  return self;
}

void
fake_websockets_free (FakeWebsockets *self)
{
  for (guint i = 0; i < self->sockets->len; i++) {
    FakeWebsocket *socket = g_ptr_array_index (self->sockets, i);

    fail_unless (socket->freed, "socket %u was not freed", i);
  }
  g_ptr_array_unref (self->sockets);
  g_free (self);
}

DiscordWebsocket *
fake_websocket_make (const gchar *url,
    const DiscordWebsocketCallbacks *callbacks, gpointer user_data,
    gpointer factory_data)
{
  static const DiscordWebsocketVTable vtable = {
    fake_send_text,
    fake_send_binary,
    fake_close,
    fake_free,
  };
  FakeWebsockets *sockets = factory_data;
  FakeWebsocket *self = g_new0 (FakeWebsocket, 1);

  self->parent.vtable = &vtable;
  self->url = g_strdup (url);
  self->callbacks = *callbacks;
  self->user_data = user_data;
  g_queue_init (&self->sent);
  g_ptr_array_add (sockets->sockets, self);
  return &self->parent;
}

FakeWebsocket *
fake_websockets_get_newest (FakeWebsockets *self, guint n)
{
  fail_unless_equals_int (self->sockets->len, n);
  return g_ptr_array_index (self->sockets, n - 1);
}

void
fake_websocket_accept (FakeWebsocket *self)
{
  fail_if (self->silent);
  self->open = TRUE;
  self->callbacks.opened (&self->parent, self->user_data);
}

void
fake_websocket_say_raw (FakeWebsocket *self, const gchar *text, gsize length)
{
  fail_if (self->silent);
  self->callbacks.text (&self->parent, text, length, self->user_data);
}

void
fake_websocket_say (FakeWebsocket *self, const gchar *json)
{
  g_autofree gchar *text = g_strdelimit (g_strdup (json), "'", '"');

  fake_websocket_say_raw (self, text, strlen (text));
}

void
fake_websocket_say_binary (
    FakeWebsocket *self, const guint8 *data, gsize length)
{
  fail_if (self->silent);
  self->callbacks.binary (&self->parent, data, length, self->user_data);
}

void
fake_websocket_hang_up (FakeWebsocket *self, guint16 code, const GError *error)
{
  fail_if (self->silent);
  self->open = FALSE;
  self->silent = TRUE;
  self->callbacks.closed (
      &self->parent, code, code != 0 ? "" : NULL, error, self->user_data);
}

gchar *
fake_websocket_take (FakeWebsocket *self)
{
  fail_if (g_queue_is_empty (&self->sent), "nothing was sent");
  return g_queue_pop_head (&self->sent);
}

void
fake_websocket_expect (FakeWebsocket *self, const gchar *json)
{
  g_autofree gchar *text = g_strdelimit (g_strdup (json), "'", '"');
  g_autofree gchar *sent = fake_websocket_take (self);
  g_autoptr (JsonNode) wanted = json_from_string (text, NULL);
  g_autoptr (JsonNode) got = json_from_string (sent, NULL);

  fail_unless (wanted != NULL && got != NULL);
  fail_unless (
      json_node_equal (wanted, got), "expected %s, got %s", text, sent);
}

void
fake_websocket_expect_op (FakeWebsocket *self, gint op)
{
  g_autofree gchar *sent = fake_websocket_take (self);
  g_autoptr (JsonNode) got = json_from_string (sent, NULL);

  fail_unless (got != NULL);
  fail_unless (
      json_object_get_int_member (json_node_get_object (got), "op") == op,
      "expected op %d, got %s", op, sent);
}

void
fake_websocket_expect_nothing (FakeWebsocket *self)
{
  const gchar *sent = g_queue_peek_head (&self->sent);

  fail_unless (sent == NULL, "expected nothing, got %s", sent);
}
