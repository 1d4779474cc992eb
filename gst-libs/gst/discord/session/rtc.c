/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

#include <gst/discord/gstdiscordgateway.h>

#include "../signalling/thread.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

/* A voice gateway message carries ids and keys, not media; the largest is the
 * Welcome to a large group, behind some numbers. */
#define MAX_MESSAGE (MLS_MAX_MESSAGE + 16)

DiscordRtc *
discord_rtc_ref (DiscordRtc *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
rtc_free (DiscordRtc *self)
{
  g_object_unref (self->signaller);
  g_clear_object (&self->tls_database);
  discord_listeners_free (self->listeners);
  discord_ssrc_table_free (self->ssrcs);
  g_hash_table_unref (self->stale_users);
  g_hash_table_unref (self->sender_reports);
  g_free (self->endpoint);
  g_free (self->session_id);
  g_clear_pointer (&self->dave_group, discord_dave_group_unref);
  g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
  g_clear_pointer (&self->remote_wants, gst_discord_media_sink_wants_free);
  discord_rtc_stream_clear (self);
  g_mutex_clear (&self->lock);
  if (self->notify != NULL)
    self->notify (self->user_data);
  g_free (self);
  discord_signalling_thread_unref ();
}

void
discord_rtc_unref (DiscordRtc *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    rtc_free (self);
}

void
discord_rtc_invoke (DiscordRtc *self, GSourceFunc func)
{
  discord_signalling_thread_invoke (
      func, discord_rtc_ref (self), (GDestroyNotify) discord_rtc_unref);
}

/* Commands, each run on the signalling thread in the order given. */

typedef struct
{
  DiscordRtc *rtc; /* owned */
  guint64 channel_id, user_id;
  guint number;
  guint16 port;
  gchar *text, *secret;
  GError *error;
} Command;

static Command *
command_new (DiscordRtc *self)
{
  Command *command = g_new0 (Command, 1);

  command->rtc = discord_rtc_ref (self);
  return command;
}

static void
command_free (gpointer data)
{
  Command *command = data;

  if (command->secret != NULL)
    sodium_memzero (command->secret, strlen (command->secret));
  g_free (command->secret);
  g_free (command->text);
  g_clear_error (&command->error);
  discord_rtc_unref (command->rtc);
  g_free (command);
}

static void
command_invoke (Command *command, GSourceFunc func)
{
  discord_signalling_thread_invoke (func, command, command_free);
}

/* The handlers hold references: without them the rest can go. */
static void
rtc_disconnect_signaller (DiscordRtc *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->signaller_ids); i++)
    g_clear_signal_handler (&self->signaller_ids[i], self->signaller);
  discord_rtc_stream_disconnect_signaller (self);
}

static gboolean
do_close (gpointer data)
{
  DiscordRtc *self = data;

  if (!self->running || discord_voice_session_is_active (self->session))
    return G_SOURCE_REMOVE;
  self->running = FALSE;
  discord_rtc_stream_end (self);
  discord_voice_session_free (g_steal_pointer (&self->session));
  discord_soup_websocket_factory_free (g_steal_pointer (&self->websockets));
  discord_scheduler_free_main (g_steal_pointer (&self->scheduler));
  g_clear_pointer (&self->dave_queue, discord_dave_queue_release);
  if (self->released)
    rtc_disconnect_signaller (self);
  if (self->holds_exit)
    discord_signalling_thread_drop ();
  discord_rtc_unref (self);
  return G_SOURCE_REMOVE;
}

static gboolean
do_release (gpointer data)
{
  DiscordRtc *self = data;

  self->released = TRUE;
  discord_rtc_streams_parent_gone (self, NULL);
  if (!self->running)
    rtc_disconnect_signaller (self);
  else if (discord_voice_session_is_active (self->session))
    discord_voice_session_stop (self->session, FALSE);
  return G_SOURCE_REMOVE;
}

static gboolean
do_start (gpointer data)
{
  DiscordRtc *self = data;
  DiscordVoiceSessionConfig config;

  g_mutex_lock (&self->lock);
  config = self->config.session;
  self->channel_id = config.channel_id;
  self->e2ee = self->config.e2ee;
  self->identity_key_file = self->config.identity_key_file;
  g_mutex_unlock (&self->lock);
  discord_rtc_stream_configure (&config);
  config.max_dave_version =
      self->e2ee != GST_DISCORD_E2EE_OFF ? DAVE_VERSION_MAX : 0;

  if (!self->running) {
    if (self->holds_exit)
      discord_signalling_thread_hold ();
    discord_rtc_ref (self);
    self->running = TRUE;
    self->scheduler = discord_scheduler_new_main (self->context);
    self->websockets =
        discord_soup_websocket_factory_new (self->tls_database, MAX_MESSAGE);
    self->session = discord_voice_session_new (&config, self->scheduler,
        discord_soup_websocket_open, self->websockets,
        &discord_rtc_session_callbacks, self);
    discord_rtc_begin_video (self);
    discord_rtc_stream_begin (self);
  } else {
    discord_voice_session_configure (self->session, &config);
  }
  discord_rtc_stream_prepare (self);
  discord_voice_session_start (self->session);
  discord_rtc_stream_check_parent (self);
  return G_SOURCE_REMOVE;
}

/* For a session that runs. */
static gboolean
do_set_codecs (gpointer data)
{
  DiscordRtc *self = data;
  DiscordVoiceCodecs codecs;

  if (!self->running)
    return G_SOURCE_REMOVE;
  discord_rtc_get_codecs (self, &codecs);
  discord_voice_session_set_codecs (self->session, &codecs);
  return G_SOURCE_REMOVE;
}

static gboolean
do_stop (gpointer data)
{
  Command *command = data;
  DiscordRtc *self = command->rtc;

  discord_rtc_streams_parent_gone (self, NULL);
  if (self->running && discord_voice_session_is_active (self->session))
    discord_voice_session_stop (self->session, command->number != 0);
  else
    self->callbacks->ended (NULL, self->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
do_move (gpointer data)
{
  Command *command = data;

  if (command->rtc->running)
    discord_voice_session_move (command->rtc->session, command->channel_id);
  discord_rtc_update_live (command->rtc);
  return G_SOURCE_REMOVE;
}

static gboolean
do_set_self_state (gpointer data)
{
  DiscordRtc *self = data;
  gboolean mute, deaf, video;

  g_mutex_lock (&self->lock);
  mute = self->config.session.self_mute;
  deaf = self->config.session.self_deaf;
  video = self->config.session.self_video;
  g_mutex_unlock (&self->lock);
  if (self->running)
    discord_voice_session_set_self_state (self->session, mute, deaf, video);
  return G_SOURCE_REMOVE;
}

static gboolean
do_set_speaking (gpointer data)
{
  Command *command = data;

  if (command->rtc->running)
    discord_voice_session_set_speaking (command->rtc->session, command->number);
  return G_SOURCE_REMOVE;
}

static gboolean
do_discovered (gpointer data)
{
  Command *command = data;
  DiscordRtc *self = command->rtc;

  if (self->running && command->number == self->transport_generation)
    discord_voice_session_discovered (
        self->session, command->text, command->port, command->error);
  return G_SOURCE_REMOVE;
}

static gboolean
do_key_exhausted (gpointer data)
{
  DiscordRtc *self = data;

  if (self->running)
    discord_voice_session_key_exhausted (self->session);
  return G_SOURCE_REMOVE;
}

static gboolean
do_voice_state (gpointer data)
{
  Command *command = data;
  DiscordRtc *self = command->rtc;

  if (!self->running)
    return G_SOURCE_REMOVE;
  discord_voice_session_voice_state (
      self->session, command->channel_id, command->user_id, command->secret);
  if (self->running)
    discord_rtc_update_identity (self);
  return G_SOURCE_REMOVE;
}

static gboolean
do_member_voice_state (gpointer data)
{
  Command *command = data;
  DiscordRtc *self = command->rtc;
  guint64 channel_id;

  g_mutex_lock (&self->lock);
  channel_id = self->channel_id;
  g_mutex_unlock (&self->lock);
  if (self->running && command->channel_id != channel_id)
    discord_rtc_remove_user (self, command->user_id);
  return G_SOURCE_REMOVE;
}

static gboolean
do_voice_server (gpointer data)
{
  Command *command = data;
  DiscordRtc *self = command->rtc;

  if (self->running)
    discord_voice_session_voice_server (
        self->session, command->secret, command->text);
  return G_SOURCE_REMOVE;
}

static gboolean
do_session_replaced (gpointer data)
{
  DiscordRtc *self = data;

  if (self->running)
    discord_voice_session_replaced (self->session);
  return G_SOURCE_REMOVE;
}

static gboolean
do_signaller_failed (gpointer data)
{
  Command *command = data;

  if (command->rtc->running)
    discord_voice_session_signaller_failed (
        command->rtc->session, command->error);
  return G_SOURCE_REMOVE;
}

/* The signaller's signals, on any thread. */

static gboolean
rtc_is_ours (DiscordRtc *self, guint64 guild_id, guint64 channel_id)
{
  gboolean ours;

  g_mutex_lock (&self->lock);
  ours = guild_id == self->config.session.guild_id;
  /* A call has no guild; its channel tells it from other calls. */
  if (ours && guild_id == 0 && channel_id != 0)
    ours = channel_id == self->config.session.channel_id;
  g_mutex_unlock (&self->lock);
  return ours;
}

static void
on_signaller_voice_state (GstDiscordSignaller *signaller, guint64 guild_id,
    guint64 channel_id, guint64 user_id, const gchar *session_id,
    DiscordRtc *self)
{
  Command *command;

  if (!rtc_is_ours (self, guild_id, channel_id) || discord_rtc_is_stream (self))
    return;
  command = command_new (self);
  command->channel_id = channel_id;
  command->user_id = user_id;
  command->secret = g_strdup (session_id);
  command_invoke (command, do_voice_state);
}

static void
on_signaller_member_voice_state (GstDiscordSignaller *signaller,
    guint64 guild_id, guint64 channel_id, guint64 user_id, DiscordRtc *self)
{
  Command *command;

  if (!rtc_is_ours (self, guild_id, 0))
    return;
  command = command_new (self);
  command->channel_id = channel_id;
  command->user_id = user_id;
  command_invoke (command, do_member_voice_state);
}

static void
on_signaller_voice_server (GstDiscordSignaller *signaller, guint64 guild_id,
    guint64 channel_id, const gchar *token, const gchar *endpoint,
    DiscordRtc *self)
{
  Command *command;

  if (!rtc_is_ours (self, guild_id, channel_id) || discord_rtc_is_stream (self))
    return;
  command = command_new (self);
  command->secret = g_strdup (token);
  command->text = g_strdup (endpoint);
  command_invoke (command, do_voice_server);
}

static void
on_signaller_session_replaced (GstDiscordSignaller *signaller, DiscordRtc *self)
{
  discord_rtc_invoke (self, do_session_replaced);
}

static void
on_signaller_failed (
    GstDiscordSignaller *signaller, const GError *error, DiscordRtc *self)
{
  Command *command = command_new (self);

  command->error = g_error_copy (error);
  command_invoke (command, do_signaller_failed);
}

static void
rtc_closure_gone (gpointer data, GClosure *closure)
{
  discord_rtc_unref (data);
}

static void
rtc_connect_signaller (DiscordRtc *self)
{
  static const struct
  {
    const gchar *name;
    GCallback func;
  } handlers[] = {
    { "voice-state", G_CALLBACK (on_signaller_voice_state) },
    { "member-voice-state", G_CALLBACK (on_signaller_member_voice_state) },
    { "voice-server", G_CALLBACK (on_signaller_voice_server) },
    { "session-replaced", G_CALLBACK (on_signaller_session_replaced) },
    { "failed", G_CALLBACK (on_signaller_failed) },
  };

  G_STATIC_ASSERT (
      G_N_ELEMENTS (handlers) == G_N_ELEMENTS (self->signaller_ids));
  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    self->signaller_ids[i] =
        g_signal_connect_data (self->signaller, handlers[i].name,
            handlers[i].func, discord_rtc_ref (self), rtc_closure_gone, 0);
  discord_rtc_stream_connect_signaller (self);
}

DiscordRtc *
discord_rtc_new (GstDiscordSignaller *signaller, GTlsDatabase *tls_database,
    DiscordRtc *parent, const DiscordRtcConfig *config,
    const DiscordRtcCallbacks *callbacks, gpointer user_data,
    GDestroyNotify notify)
{
  DiscordRtc *self = g_new0 (DiscordRtc, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  self->context = discord_signalling_thread_ref ();
  self->signaller = g_object_ref (signaller);
  /* A signaller of the application may be gone by then, as everything that an
   * interpreter has finalized. */
  self->holds_exit = GST_IS_DISCORD_GATEWAY (signaller);
  if (tls_database != NULL)
    self->tls_database = g_object_ref (tls_database);
  self->config = *config;
  self->channel_id = config->session.channel_id;
  self->callbacks = callbacks;
  self->user_data = user_data;
  self->notify = notify;
  self->listeners = discord_listeners_new ();
  self->ssrcs = discord_ssrc_table_new ();
  self->stale_users =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->sender_reports = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->latency = INFINITY;
  self->average_latency = INFINITY;
  self->gateway_stats.seq_ack = -1;
  self->closed_stats.rtt = -1;
  discord_rtc_stream_init (self, parent);
  rtc_connect_signaller (self);
  return self;
}

/* From now on no media passes, in either direction: the leave that follows goes
 * on when the caller may have ended GStreamer already. */
static void
rtc_close_media (DiscordRtc *self)
{
  DiscordRtcTransport *transport;

  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  transport = discord_rtc_steal_transport_unlocked (self);
  g_mutex_unlock (&self->lock);
  if (transport != NULL)
    discord_rtc_transport_close (transport);
}

void
discord_rtc_release (DiscordRtc *self)
{
  rtc_close_media (self);
  discord_rtc_invoke (self, do_release);
  discord_rtc_unref (self);
}

void
discord_rtc_configure (DiscordRtc *self, const DiscordRtcConfig *config)
{
  DiscordVoiceCodecs codecs;
  gboolean changed;

  g_mutex_lock (&self->lock);
  codecs = self->config.session.codecs;
  self->config = *config;
  /* What the registry had at the start stays until the next. */
  if (!config->own_codecs)
    self->config.session.codecs = codecs;
  discord_voice_codecs_set_rtx (
      &self->config.session.codecs, config->session.rtx);
  changed = !discord_voice_codecs_equal (&self->config.session.codecs, &codecs);
  g_mutex_unlock (&self->lock);
  if (changed)
    discord_rtc_invoke (self, do_set_codecs);
}

void
discord_rtc_start (DiscordRtc *self)
{
  DiscordVoiceCodecs available;

  /* Here and not on the signalling thread: it looks at every plugin. */
  discord_voice_codecs_set_available (&available);
  g_mutex_lock (&self->lock);
  self->closing = FALSE;
  if (!self->config.own_codecs)
    self->config.session.codecs = available;
  discord_voice_codecs_set_rtx (
      &self->config.session.codecs, self->config.session.rtx);
  g_mutex_unlock (&self->lock);
  discord_rtc_invoke (self, do_start);
}

void
discord_rtc_stop (DiscordRtc *self, gboolean force)
{
  Command *command = command_new (self);

  rtc_close_media (self);
  command->number = force;
  command_invoke (command, do_stop);
}

void
discord_rtc_move (DiscordRtc *self, guint64 channel_id)
{
  Command *command = command_new (self);

  g_mutex_lock (&self->lock);
  self->config.session.channel_id = channel_id;
  g_mutex_unlock (&self->lock);
  command->channel_id = channel_id;
  command_invoke (command, do_move);
}

void
discord_rtc_set_self_state (DiscordRtc *self, gboolean self_mute,
    gboolean self_deaf, gboolean self_video)
{
  g_mutex_lock (&self->lock);
  self->config.session.self_mute = self_mute;
  self->config.session.self_deaf = self_deaf;
  self->config.session.self_video = self_video;
  g_mutex_unlock (&self->lock);
  discord_rtc_invoke (self, do_set_self_state);
}

void
discord_rtc_set_speaking (DiscordRtc *self, guint flags)
{
  Command *command = command_new (self);

  command->number = flags;
  command_invoke (command, do_set_speaking);
}

void
discord_rtc_invoke_discovered (DiscordRtc *self, guint generation,
    const gchar *address, guint16 port, const GError *error)
{
  Command *command = command_new (self);

  command->number = generation;
  command->text = g_strdup (address);
  command->port = port;
  if (error != NULL)
    command->error = g_error_copy (error);
  command_invoke (command, do_discovered);
}

/* Once per transport. */
void
discord_rtc_invoke_key_exhausted (DiscordRtc *self)
{
  gboolean again;

  g_mutex_lock (&self->lock);
  again = self->key_exhausted;
  self->key_exhausted = TRUE;
  g_mutex_unlock (&self->lock);
  if (!again)
    discord_rtc_invoke (self, do_key_exhausted);
}

void
discord_rtc_invoke_close (DiscordRtc *self)
{
  discord_rtc_invoke (self, do_close);
}
