/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "golivefixture.h"

Loopback *
golive_start (const gchar *name, const gchar *value)
{
  Loopback *loopback = loopback_new ();
  g_autoptr (GError) error = NULL;

  if (name != NULL)
    loopback_set (loopback, name, value, &error);
  g_assert_no_error (error);
  loopback_start (loopback, &error);
  g_assert_no_error (error);
  return loopback;
}

void
golive_act (
    Loopback *loopback, const gchar *action, guint64 user_id, const gchar *rest)
{
  g_autoptr (GError) error = NULL;

  loopback_act (
      loopback, &error, "%s:%" G_GUINT64_FORMAT "%s", action, user_id, rest);
  g_assert_no_error (error);
}

void
golive_stop (Loopback *loopback)
{
  g_auto (GStrv) violations = loopback_dup_violations (loopback);

  if (violations[0] != NULL)
    ck_abort_msg ("violation: %s", violations[0]);
  loopback_free (loopback);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

void
party_join (Party *self, Loopback *loopback, const gchar *token)
{
  g_autofree gchar *url = loopback_dup_gateway_url (loopback);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  self->gateway = gst_discord_gateway_get (
      token, GST_DISCORD_ACCOUNT_TYPE_USER, url, NULL, NULL, &error);
  g_assert_no_error (error);
  self->voice = gst_discord_connection_new (
      GST_DISCORD_SIGNALLER (self->gateway), GUILD, CHANNEL);
  self->user_id = loopback_user_for_token (token);
  gst_discord_connection_connect_async (self->voice, NULL, on_result, &result);
  gst_discord_connection_connect_finish (
      self->voice, wait_result (&result), &error);
  g_assert_no_error (error);
}

void
party_leave (Party *self, Loopback *loopback)
{
  guint64 before = loopback_count (loopback, "left", self->user_id);

  g_object_unref (self->voice);
  if (!self->gone)
    fail_unless (
        loopback_wait (loopback, "left", self->user_id, before + 1, 30000));
  g_object_unref (self->gateway);
}

gchar *
party_dup_key (const Party *self)
{
  const GstDiscordStreamKey key = { GUILD, CHANNEL, self->user_id };

  return gst_discord_stream_key_to_string (&key);
}

GstDiscordConnection *
party_go_live (Party *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  gst_discord_connection_create_stream_async (
      self->voice, NULL, NULL, on_result, &result);
  return gst_discord_connection_create_stream_finish (
      self->voice, wait_result (&result), error);
}

GstDiscordConnection *
party_watch (Party *self, const gchar *key, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  gst_discord_connection_watch_stream_async (
      self->voice, key, NULL, on_result, &result);
  return gst_discord_connection_watch_stream_finish (
      self->voice, wait_result (&result), error);
}

GstDiscordConnection *
party_acquire (Loopback *loopback, const gchar *token,
    GstDiscordConnectionConfig *config, GError **error)
{
  g_autofree gchar *url = loopback_dup_gateway_url (loopback);

  config->token = token;
  config->account_type = GST_DISCORD_ACCOUNT_TYPE_USER;
  config->gateway_url = url;
  config->timeout = 30;
  config->reconnect = TRUE;
  config->max_reconnects = 10;
  config->gateway_version = 9;
  return gst_discord_connection_acquire (config, error);
}

void
stream_end (GstDiscordConnection *stream)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  gst_discord_connection_disconnect_async (
      stream, FALSE, NULL, on_result, &result);
  gst_discord_connection_disconnect_finish (
      stream, wait_result (&result), &error);
  g_assert_no_error (error);
  g_clear_object (&result);
  g_object_unref (stream);
}

static void
on_state (GstDiscordConnection *stream, GstDiscordStreamState state,
    GstDiscordStreamDeleteReason reason, States *self)
{
  static const gchar letters[] = "irsc+wue";

  g_mutex_lock (&self->lock);
  g_string_append_c (self->states, letters[state]);
  self->reason = reason;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_error (GstDiscordConnection *stream, const GError *error, States *self)
{
  g_mutex_lock (&self->lock);
  self->errors++;
  g_mutex_unlock (&self->lock);
}

void
states_watch (States *self, GstDiscordConnection *stream)
{
  *self = (States){ .stream = g_object_ref (stream) };
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->states = g_string_new (NULL);
  g_signal_connect (
      stream, "stream-state-changed", G_CALLBACK (on_state), self);
  g_signal_connect (stream, "error", G_CALLBACK (on_error), self);
}

void
states_wait (States *self, const gchar *expected)
{
  g_mutex_lock (&self->lock);
  while (self->states->len < strlen (expected))
    g_cond_wait (&self->cond, &self->lock);
  fail_unless_equals_string (self->states->str, expected);
  g_mutex_unlock (&self->lock);
}

void
states_wait_end (States *self, const gchar *expected)
{
  g_mutex_lock (&self->lock);
  while (!g_str_has_suffix (self->states->str, expected))
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
states_unwatch (States *self)
{
  g_signal_handlers_disconnect_by_data (self->stream, self);
  g_object_unref (self->stream);
  /* A handler may still be about to let go. */
  g_mutex_lock (&self->lock);
  g_string_free (self->states, TRUE);
  g_mutex_unlock (&self->lock);
}

void
call_start (Call *self, Loopback *loopback)
{
  g_autoptr (GError) error = NULL;

  *self = (Call){ .loopback = loopback };
  party_join (&self->alice, loopback, "alice");
  party_join (&self->bob, loopback, "bob");
  self->key = party_dup_key (&self->alice);
  self->own = party_go_live (&self->alice, &error);
  g_assert_no_error (error);
  self->watched = party_watch (&self->bob, self->key, &error);
  g_assert_no_error (error);
}

void
call_stop (Call *self)
{
  if (self->watched != NULL)
    stream_end (self->watched);
  if (self->own != NULL)
    stream_end (self->own);
  party_leave (&self->bob, self->loopback);
  party_leave (&self->alice, self->loopback);
  g_free (self->key);
  golive_stop (self->loopback);
}
