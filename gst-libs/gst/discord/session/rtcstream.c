/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A DiscordRtc in a Go Live stream: what its session asks of the main gateway,
 * how it depends on the voice connection of its channel, and its pause. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

#include <gst/discord/gstdiscordsignaller-private.h>
#include <gst/discord/gstdiscordstreamkey.h>

#include "../signalling/log.h"

/* Golive 4: what is offered when nothing was set. */
#define DEFAULT_RID "100"
#define DEFAULT_QUALITY 100

gboolean
discord_rtc_is_stream (DiscordRtc *self)
{
  return self->parent != NULL;
}

gchar *
discord_rtc_dup_stream_key (DiscordRtc *self)
{
  gchar *key;

  g_mutex_lock (&self->lock);
  key = g_strdup (self->stream_key);
  g_mutex_unlock (&self->lock);
  return key;
}

gboolean
discord_rtc_is_own_stream (DiscordRtc *self, const gchar *key)
{
  gboolean ours;

  g_mutex_lock (&self->lock);
  ours = g_strcmp0 (self->stream_key, key) == 0;
  g_mutex_unlock (&self->lock);
  return ours;
}

/* TRUE: it was not known before. */
static gboolean
name_stream (DiscordRtc *self, guint64 owner_id)
{
  GstDiscordStreamKey key = { .owner_id = owner_id };
  gboolean is_new;

  g_mutex_lock (&self->lock);
  key.guild_id = self->config.session.guild_id;
  key.channel_id = self->config.session.channel_id;
  is_new = owner_id != 0 && self->stream_key == NULL;
  if (is_new)
    self->stream_key = gst_discord_stream_key_to_string (&key);
  g_mutex_unlock (&self->lock);
  return is_new;
}

void
discord_rtc_stream_init (DiscordRtc *self, DiscordRtc *parent)
{
  self->parent = parent != NULL ? discord_rtc_ref (parent) : NULL;
  self->children = g_ptr_array_new ();
  self->live = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (parent != NULL)
    name_stream (self, self->config.stream_owner);
}

void
discord_rtc_stream_clear (DiscordRtc *self)
{
  g_clear_pointer (&self->parent, discord_rtc_unref);
  g_ptr_array_unref (self->children);
  g_hash_table_unref (self->live);
  g_free (self->stream_key);
}

void
discord_rtc_stream_configure (DiscordVoiceSessionConfig *config)
{
  DiscordVoiceStreams *streams = &config->streams;

  if (config->join == DISCORD_JOIN_CHANNEL)
    return;
  config->video = TRUE;
  if (config->join == DISCORD_JOIN_WATCH) {
    streams->n_streams = 0;
    return;
  }
  if (streams->n_streams == 0) {
    g_autoptr (GstDiscordVoiceStream) stream =
        gst_discord_voice_stream_new (DEFAULT_RID, DEFAULT_QUALITY);

    gst_discord_voice_stream_set_active (stream, TRUE);
    streams->streams[streams->n_streams++] = *stream;
  }
  for (guint i = 0; i < streams->n_streams; i++)
    gst_discord_voice_stream_set_screen (&streams->streams[i], TRUE);
}

/* The parent and its streams, on the signalling thread */

/* To ask for our own stream is to be told that nobody can watch that; waiting
 * for it would tell nothing. */
static gboolean
is_ours (DiscordRtc *self, const gchar *text)
{
  g_autoptr (GstDiscordStreamKey) key =
      gst_discord_stream_key_parse (text, NULL);

  return key != NULL && key->owner_id == discord_rtc_get_user_id (self->parent);
}

static gboolean
is_owner_live (DiscordRtc *self)
{
  g_autofree gchar *key = discord_rtc_dup_stream_key (self);
  g_auto (GStrv) live =
      gst_discord_signaller_get_live_streams (self->signaller);

  return key != NULL
      && (g_strv_contains ((const gchar *const *) live, key)
          || is_ours (self, key));
}

static gboolean
is_connected (DiscordRtc *self)
{
  GstDiscordSendState state;

  if (!self->running || discord_voice_session_is_leaving (self->session))
    return FALSE;
  discord_rtc_get_send_state (self, &state);
  return state.state == GST_DISCORD_CONNECTION_STATE_CONNECTED
      || state.state == GST_DISCORD_CONNECTION_STATE_RESUMING;
}

void
discord_rtc_stream_begin (DiscordRtc *self)
{
  GstDiscordSendState state;

  if (self->parent == NULL)
    return;
  /* As far as the session knows it is the first. */
  discord_rtc_get_send_state (self, &state);
  if (state.stream_state != GST_DISCORD_STREAM_STATE_IDLE)
    discord_rtc_on_stream_state (GST_DISCORD_STREAM_STATE_IDLE,
        GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN, self);
  g_ptr_array_add (self->parent->children, self);
}

void
discord_rtc_stream_prepare (DiscordRtc *self)
{
  if (self->parent == NULL)
    return;
  discord_voice_session_set_parent (self->session, is_connected (self->parent));
  discord_voice_session_stream_live (self->session, is_owner_live (self));
}

/* A parent that nobody joins would be waited for in vain. */
void
discord_rtc_stream_check_parent (DiscordRtc *self)
{
  g_autoptr (GError) error = NULL;

  if (self->parent == NULL
      || (self->parent->running
          && discord_voice_session_is_active (self->parent->session)))
    return;
  error =
      g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_CONNECTED,
          "A stream needs the voice connection of its channel, which is not "
          "joined.");
  discord_voice_session_parent_gone (self->session, error);
}

void
discord_rtc_stream_end (DiscordRtc *self)
{
  if (self->parent != NULL)
    g_ptr_array_remove (self->parent->children, self);
}

void
discord_rtc_streams_parent_connected (DiscordRtc *self)
{
  for (guint i = 0; i < self->children->len; i++) {
    DiscordRtc *child = g_ptr_array_index (self->children, i);

    /* Now it is known who we are. */
    discord_voice_session_stream_live (child->session, is_owner_live (child));
    discord_voice_session_set_parent (child->session, TRUE);
  }
}

void
discord_rtc_streams_parent_gone (DiscordRtc *self, const GError *error)
{
  for (guint i = 0; i < self->children->len; i++) {
    DiscordRtc *child = g_ptr_array_index (self->children, i);

    discord_voice_session_parent_gone (child->session, error);
  }
}

/* What the session asks */

static gboolean
prepare_to_ask (DiscordRtc *self)
{
  g_autofree gchar *key = NULL;

  if (name_stream (self, discord_rtc_get_user_id (self->parent)))
    self->callbacks->changed (DISCORD_RTC_STREAM_KEY, self->user_data);
  key = discord_rtc_dup_stream_key (self);
  if (key == NULL)
    return FALSE;
  /* In this order: an answer that comes in between is one or the other. */
  discord_voice_session_expect_deletes (self->session,
      gst_discord_signaller_count_stream_deletes (self->signaller, key));
  g_mutex_lock (&self->lock);
  self->stream_number++;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
ask_to_create (DiscordRtc *self, GError **error)
{
  const gchar *region;
  guint64 guild_id, channel_id;

  g_mutex_lock (&self->lock);
  region = self->config.preferred_region;
  guild_id = self->config.session.guild_id;
  channel_id = self->config.session.channel_id;
  g_mutex_unlock (&self->lock);
  return gst_discord_signaller_create_stream (
      self->signaller, guild_id, channel_id, region, error);
}

gboolean
discord_rtc_stream_op (DiscordStreamOp op, gpointer user_data, GError **error)
{
  DiscordRtc *self = user_data;
  gboolean is_new =
      op == DISCORD_STREAM_OP_CREATE || op == DISCORD_STREAM_OP_WATCH;
  g_autofree gchar *key = NULL;

  if (is_new && !prepare_to_ask (self)) {
    g_set_error_literal (error, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_CONNECTED, "Our own user id is not known");
    return FALSE;
  }
  key = discord_rtc_dup_stream_key (self);
  switch (op) {
    case DISCORD_STREAM_OP_CREATE:
      return ask_to_create (self, error);
    case DISCORD_STREAM_OP_WATCH:
      return gst_discord_signaller_watch_stream (self->signaller, key, error);
    case DISCORD_STREAM_OP_PING:
      return gst_discord_signaller_ping_stream (self->signaller, key, error);
    case DISCORD_STREAM_OP_DELETE:
      return gst_discord_signaller_delete_stream (self->signaller, key, error);
  }
  return FALSE;
}

void
discord_rtc_on_stream_state (GstDiscordStreamState state,
    GstDiscordStreamDeleteReason reason, gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  self->send_state.stream_state = state;
  g_mutex_unlock (&self->lock);
  discord_rtc_notify_send_state (self);
  self->callbacks->stream_state (state, reason, self->user_data);
}

/* Pause */

/* Whether the main gateway knows a stream that it can pause. */
static gboolean
is_pausable (GstDiscordStreamState state)
{
  return state >= GST_DISCORD_STREAM_STATE_SIGNALLED
      && state <= GST_DISCORD_STREAM_STATE_WAITING;
}

void
discord_rtc_tell_paused (DiscordRtc *self, gboolean paused)
{
  g_autofree gchar *key = discord_rtc_dup_stream_key (self);
  g_autoptr (GError) error = NULL;

  if (!gst_discord_signaller_set_stream_paused (
          self->signaller, key, paused, &error))
    GST_WARNING ("pause not told: %s", error->message);
}

static gboolean
do_set_paused (gpointer data)
{
  DiscordRtc *self = data;
  GstDiscordSendState state;
  gboolean paused;

  g_mutex_lock (&self->lock);
  paused = self->paused;
  state = self->send_state;
  g_mutex_unlock (&self->lock);
  if (self->running) {
    discord_rtc_tell_video (self);
    if (is_pausable (state.stream_state))
      discord_rtc_tell_paused (self, paused);
  }
  /* Not before op 12 says that there is something again. */
  g_mutex_lock (&self->lock);
  self->send_state.paused = self->paused;
  g_mutex_unlock (&self->lock);
  discord_rtc_notify_send_state (self);
  self->callbacks->changed (DISCORD_RTC_STREAM_INFO, self->user_data);
  return G_SOURCE_REMOVE;
}

void
discord_rtc_set_paused (DiscordRtc *self, gboolean paused)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->paused != paused;
  self->paused = paused;
  if (paused)
    self->send_state.paused = TRUE;
  g_mutex_unlock (&self->lock);
  if (changed)
    discord_rtc_invoke (self, do_set_paused);
}

gboolean
discord_rtc_get_paused (DiscordRtc *self)
{
  gboolean paused;

  g_mutex_lock (&self->lock);
  paused = self->paused;
  g_mutex_unlock (&self->lock);
  return paused;
}

GstDiscordStreamInfo *
discord_rtc_dup_stream_info (DiscordRtc *self)
{
  g_autofree gchar *key = discord_rtc_dup_stream_key (self);

  return key != NULL ? gst_discord_signaller_get_stream (self->signaller, key)
                     : NULL;
}
