/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A stand-in, members who send what the test says, and a discordvoicesrc that
 * listens to them. */

#include "receive-helper.h"

#include <gst/discord/gstdiscordconnection-private.h>

#include "loopback.h"

#define GUILD 111
#define CHANNEL 222
#define OTHER_CHANNEL 223

static Loopback *loopback;
static gchar *gateway_url;
static gchar *api_url;

static inline void
set (const gchar *name, const gchar *value)
{
  g_autoptr (GError) error = NULL;

  fail_unless (loopback_set (loopback, name, value, &error), "%s: %s", name,
      error != NULL ? error->message : "");
}

static inline void
start_loopback (void)
{
  g_autoptr (GError) error = NULL;

  loopback = loopback_new ();
  set ("speaking-grace", "10000");
  fail_unless (loopback_start (loopback, &error), "%s",
      error != NULL ? error->message : "");
  gateway_url = loopback_dup_gateway_url (loopback);
  api_url = loopback_dup_api_url (loopback);
}

/* Who is about to leave is let do so: it would look for a stand-in that is gone
 * for seconds. */
static inline void
wait_for_leaves (void)
{
  gint64 until = g_get_monotonic_time () + 3 * G_TIME_SPAN_SECOND;

  while (loopback_count (loopback, "left", 0)
          < loopback_count (loopback, "joined", 0)
      && g_get_monotonic_time () < until)
    g_usleep (1000);
}

static inline void
stop_loopback (void)
{
  wait_for_leaves ();
  g_clear_pointer (&loopback, loopback_free);
  g_clear_pointer (&gateway_url, g_free);
  g_clear_pointer (&api_url, g_free);
}

#define act(...)                                                               \
  G_STMT_START                                                                 \
  {                                                                            \
    g_autoptr (GError) act_error = NULL;                                       \
                                                                               \
    fail_unless (loopback_act (loopback, &act_error, __VA_ARGS__), "%s",       \
        act_error != NULL ? act_error->message : "");                          \
  }                                                                            \
  G_STMT_END

static inline void
wait_event (const gchar *name, guint64 user_id, guint64 count)
{
  fail_unless (
      loopback_wait (loopback, name, user_id, count, 20000), "no %s", name);
}

/* A member who sends what the test says. */
typedef struct
{
  GstDiscordConnection *connection;
  guint64 user_id;
  guint watch;
  GMutex lock;
  GCond cond;
  GstDiscordSendState state; /* lock */
} Member;

static inline void
on_send_state (GstDiscordConnection *connection,
    const GstDiscordSendState *state, gpointer user_data)
{
  Member *self = user_data;

  g_mutex_lock (&self->lock);
  self->state = *state;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* Until it may send in session @generation. */
static inline void
member_wait_session (Member *self, guint generation)
{
  g_mutex_lock (&self->lock);
  while (!self->state.can_send || self->state.generation < generation)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
  gst_discord_connection_set_speaking (
      self->connection, GST_DISCORD_SPEAKING_VOICE);
}

static inline Member *
member_new (const gchar *token)
{
  GstDiscordConnectionConfig config = { .token = token,
    .gateway_url = gateway_url,
    .api_url = api_url,
    .guild_id = GUILD,
    .channel_id = CHANNEL,
    .timeout = 30,
    .reconnect = TRUE,
    .max_reconnects = 10,
    .gateway_version = 9,
    .e2ee = GST_DISCORD_E2EE_OFF };
  g_autoptr (GError) error = NULL;
  Member *self = g_new0 (Member, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->user_id = loopback_user_for_token (token);
  self->connection = gst_discord_connection_acquire (&config, &error);
  fail_unless (
      self->connection != NULL, "%s", error != NULL ? error->message : "");
  self->watch = gst_discord_connection_add_send_watch (
      self->connection, on_send_state, self);
  gst_discord_connection_open (self->connection);

  member_wait_session (self, 1);
  return self;
}

static inline void
member_free (Member *self)
{
  gst_discord_connection_remove_send_watch (self->connection, self->watch);
  gst_discord_connection_close (self->connection);
  wait_event ("left", self->user_id, 1);
  gst_discord_connection_release (self->connection);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static inline guint32
member_get_ssrc (Member *self)
{
  guint32 ssrc;

  g_mutex_lock (&self->lock);
  ssrc = self->state.ssrc;
  g_mutex_unlock (&self->lock);
  return ssrc;
}

static inline void
member_send_type (Member *self, guint8 payload_type, guint first, guint count)
{
  guint32 ssrc = member_get_ssrc (self);

  for (guint i = first; i < first + count; i++) {
    g_autoptr (GstBuffer) buffer = make_packet (payload_type, i, ssrc, 0, 0);
    GstDiscordOutPacket packet = { .buffer = buffer,
      .deadline = GST_CLOCK_TIME_NONE };

    fail_unless_equals_int (
        gst_discord_connection_send (self->connection, &packet, 1), 1);
  }
}

static inline void
member_send (Member *self, guint first, guint count)
{
  member_send_type (self, 120, first, count);
}

/* The element under test */
typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  guint64 user_id;
  Outlets outlets;
} Listener;

static inline GstElement *
make_src (const gchar *token)
{
  GstElement *src = gst_element_factory_make ("discordvoicesrc", NULL);

  fail_unless (src != NULL);
  g_object_set (src, "token", token, "gateway-url", gateway_url, "api-url",
      api_url, "guild-id", (guint64) GUILD, "channel-id", (guint64) CHANNEL,
      NULL);
  return src;
}

static inline Listener *
listener_new (const gchar *token)
{
  Listener *self = g_new0 (Listener, 1);

  self->src = make_src (token);
  self->user_id = loopback_user_for_token (token);
  outlets_init (&self->outlets, self->src);
  self->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->src);
  return self;
}

/* The stand-in forwards as soon as it has told the key; what arrives before that
 * is read is lost. */
static inline void
wait_connected (GstElement *src)
{
  g_autoptr (GstDiscordConnection) connection = NULL;
  GstDiscordConnectionState state = GST_DISCORD_CONNECTION_STATE_IDLE;
  gint64 until = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  g_object_get (src, "connection", &connection, NULL);
  while (state != GST_DISCORD_CONNECTION_STATE_CONNECTED
      && g_get_monotonic_time () < until) {
    g_usleep (1000);
    g_object_get (connection, "state", &state, NULL);
  }
  fail_unless_equals_int (state, GST_DISCORD_CONNECTION_STATE_CONNECTED);
}

static inline void
listener_play (Listener *self)
{
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_PLAYING),
      GST_STATE_CHANGE_SUCCESS);
  wait_event ("voice-joined", self->user_id, 1);
  wait_connected (self->src);
}

static inline void
listener_free (Listener *self)
{
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (self->pipeline);
  outlets_clear (&self->outlets);
  g_free (self);
}

static inline Outlet *
listener_wait_pad (Listener *self, Member *member)
{
  g_autofree gchar *name =
      g_strdup_printf ("audio_%u", (guint) member_get_ssrc (member));

  return outlets_wait_pad (&self->outlets, name);
}

static inline GstMessage *
listener_pop (Listener *self, GstMessageType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

  return gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, type);
}

/* Each packet once, in order, byte for byte, at times that grow. */
static inline void
check_packets (Outlet *outlet, guint first, guint count)
{
  outlet_wait_buffers (outlet, count);
  g_mutex_lock (&outlet->outlets->lock);
  fail_unless_equals_int (outlet->buffers->len, count);
  for (guint i = 0; i < count; i++) {
    GstBuffer *buffer = g_ptr_array_index (outlet->buffers, i);
    guint8 expected[4] = { OPUS_TOC, 1 };

    GST_WRITE_UINT16_BE (expected + 2, first + i);
    gst_check_buffer_data (buffer, expected, sizeof (expected));
    if (i > 0)
      fail_unless (GST_BUFFER_PTS (buffer)
          > GST_BUFFER_PTS (g_ptr_array_index (outlet->buffers, i - 1)));
  }
  g_mutex_unlock (&outlet->outlets->lock);
}

static inline void
check_no_violations (void)
{
  g_auto (GStrv) violations = loopback_dup_violations (loopback);

  fail_unless (violations[0] == NULL, "%s", violations[0]);
}
