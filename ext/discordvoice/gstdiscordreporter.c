/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordreporter.h"

#include <gst/discord/gstdiscorderror-private.h>

#define PROGRESS_CODE "connect"

/* gst-launch-1.0 waits in PAUSED until every progress has ended, so each START
 * is followed by exactly one COMPLETE, ERROR or CANCELED. */
typedef enum
{
  PROGRESS_STOPPED,
  PROGRESS_RUNNING,
  PROGRESS_DONE,
} Progress;

struct _GstDiscordReporter
{
  GstDiscordConnection *connection; /* owned */
  const GstDiscordSettingsHooks *hooks;
  /* A handler may be running while the element goes away: it is reached
   * through this only. */
  GWeakRef element;

  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  Progress progress;
  gboolean failed; /* the error was posted */
  GArray *viewers; /* (element-type guint64) (nullable): as told of last */
  GstDiscordConnectionState state;
};

static void
reporter_clear (gpointer data)
{
  GstDiscordReporter *self = data;

  g_weak_ref_clear (&self->element);
  g_mutex_clear (&self->lock);
  g_clear_pointer (&self->viewers, g_array_unref);
  g_object_unref (self->connection);
}

static void
reporter_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, reporter_clear);
}

static void
closure_unref (gpointer data, GClosure *closure)
{
  reporter_unref (data);
}

static const gchar *
describe_state (GstDiscordConnectionState state)
{
  switch (state) {
    case GST_DISCORD_CONNECTION_STATE_SIGNALLING:
      return "Asking Discord for a voice server";
    case GST_DISCORD_CONNECTION_STATE_OPENING:
      return "Connecting to the voice server";
    case GST_DISCORD_CONNECTION_STATE_IDENTIFYING:
      return "Identifying to the voice server";
    case GST_DISCORD_CONNECTION_STATE_DISCOVERING:
      return "Discovering our address";
    case GST_DISCORD_CONNECTION_STATE_SELECTING:
      return "Agreeing on the transport";
    case GST_DISCORD_CONNECTION_STATE_CONNECTED:
      return "Connected";
    case GST_DISCORD_CONNECTION_STATE_RESUMING:
      return "Resuming";
    case GST_DISCORD_CONNECTION_STATE_WAITING:
      return "Waiting for a voice server";
    case GST_DISCORD_CONNECTION_STATE_IDLE:
      return "Not connected";
    case GST_DISCORD_CONNECTION_STATE_FAILED:
      return "Connection failed";
  }
  return "Unknown state";
}

static void
post_progress (GstElement *element, GstProgressType type, const gchar *text)
{
  gst_element_post_message (element,
      gst_message_new_progress (
          GST_OBJECT (element), type, PROGRESS_CODE, text));
}

static gboolean
reporter_running (GstDiscordReporter *self)
{
  gboolean running;

  g_mutex_lock (&self->lock);
  running = self->progress != PROGRESS_STOPPED;
  g_mutex_unlock (&self->lock);
  return running;
}

static void
post_element_message (GstDiscordReporter *self, GstStructure *structure)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element == NULL || !reporter_running (self)) {
    gst_structure_free (structure);
    return;
  }
  gst_element_post_message (
      element, gst_message_new_element (GST_OBJECT (element), structure));
}

static void
report_failure (
    GstDiscordReporter *self, GstElement *element, const GError *error)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  first = !self->failed;
  self->failed = TRUE;
  g_mutex_unlock (&self->lock);
  if (!first)
    return;

  if (self->hooks != NULL && self->hooks->failed != NULL
      && self->hooks->failed (element, error))
    return;
  gst_discord_error_post (element, error);
}

static void
report_progress (GstDiscordReporter *self, GstElement *element,
    GstDiscordConnectionState state)
{
  GstProgressType type = GST_PROGRESS_TYPE_CONTINUE;

  g_mutex_lock (&self->lock);
  if (self->progress != PROGRESS_RUNNING) {
    g_mutex_unlock (&self->lock);
    return;
  }
  if (state == GST_DISCORD_CONNECTION_STATE_CONNECTED)
    type = GST_PROGRESS_TYPE_COMPLETE;
  else if (state == GST_DISCORD_CONNECTION_STATE_FAILED)
    type = GST_PROGRESS_TYPE_ERROR;
  if (type != GST_PROGRESS_TYPE_CONTINUE)
    self->progress = PROGRESS_DONE;
  g_mutex_unlock (&self->lock);

  post_progress (element, type, describe_state (state));
}

static GstStructure *
state_structure (GstDiscordReporter *self, GstDiscordConnectionState state,
    GstDiscordConnectionState before)
{
  guint64 guild_id, channel_id;

  g_object_get (
      self->connection, "guild-id", &guild_id, "channel-id", &channel_id, NULL);
  return gst_structure_new ("discord-state", "state",
      GST_TYPE_DISCORD_CONNECTION_STATE, state, "previous-state",
      GST_TYPE_DISCORD_CONNECTION_STATE, before, "guild-id", G_TYPE_UINT64,
      guild_id, "channel-id", G_TYPE_UINT64, channel_id, NULL);
}

static void
on_state (GstDiscordConnection *connection, GParamSpec *pspec,
    GstDiscordReporter *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  GstDiscordConnectionState state, before;

  if (element == NULL)
    return;
  g_object_get (connection, "state", &state, NULL);
  g_mutex_lock (&self->lock);
  if (self->progress == PROGRESS_STOPPED) {
    g_mutex_unlock (&self->lock);
    return;
  }
  before = self->state;
  self->state = state;
  g_mutex_unlock (&self->lock);

  if (before != state)
    post_element_message (self, state_structure (self, state, before));
  report_progress (self, element, state);
}

static void
on_error (GstDiscordConnection *connection, const GError *error,
    GstDiscordReporter *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element == NULL || !reporter_running (self))
    return;
  report_progress (self, element, GST_DISCORD_CONNECTION_STATE_FAILED);
  report_failure (self, element, error);
}

static void
report_end (GstDiscordReporter *self, const GError *error)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element == NULL || !reporter_running (self))
    return;
  report_progress (self, element, GST_DISCORD_CONNECTION_STATE_FAILED);
  if (self->hooks != NULL && self->hooks->ended != NULL)
    self->hooks->ended (element, error);
}

static void
on_stream_state (GstDiscordConnection *connection, GstDiscordStreamState state,
    GstDiscordStreamDeleteReason reason, GstDiscordReporter *self)
{
  g_autofree gchar *stream_key = NULL;
  g_autoptr (GError) error = NULL;

  g_object_get (connection, "stream-key", &stream_key, NULL);
  post_element_message (self,
      gst_structure_new ("discord-stream-state", "stream-key", G_TYPE_STRING,
          stream_key, "state", GST_TYPE_DISCORD_STREAM_STATE, state, "reason",
          GST_TYPE_DISCORD_STREAM_DELETE_REASON, reason, NULL));
  if (state != GST_DISCORD_STREAM_STATE_ENDED)
    return;
  error = gst_discord_connection_dup_error (connection);
  if (g_error_matches (
          error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_STREAM_ENDED))
    report_end (self, error);
}

static gboolean
is_same (const GArray *a, const GArray *b)
{
  guint n = a != NULL ? a->len : 0;

  if (n != (b != NULL ? b->len : 0))
    return FALSE;
  return n == 0 || memcmp (a->data, b->data, n * sizeof (guint64)) == 0;
}

/* Takes @viewers; FALSE: they are those that were told of last. */
static gboolean
take_viewers (GstDiscordReporter *self, GArray *viewers)
{
  GArray *old = viewers;
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = !is_same (self->viewers, viewers);
  if (changed) {
    old = self->viewers;
    self->viewers = viewers;
  }
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&old, g_array_unref);
  return changed;
}

static GstStructure *
viewers_structure (GstDiscordConnection *connection, const GArray *viewers)
{
  g_autofree gchar *stream_key = NULL;
  g_auto (GValue) array = G_VALUE_INIT;
  GstStructure *structure;

  g_object_get (connection, "stream-key", &stream_key, NULL);
  g_value_init (&array, GST_TYPE_ARRAY);
  for (guint i = 0; viewers != NULL && i < viewers->len; i++) {
    GValue user = G_VALUE_INIT;

    g_value_init (&user, G_TYPE_UINT64);
    g_value_set_uint64 (&user, g_array_index (viewers, guint64, i));
    gst_value_array_append_and_take_value (&array, &user);
  }
  structure = gst_structure_new (
      "discord-stream-viewers", "stream-key", G_TYPE_STRING, stream_key, NULL);
  gst_structure_set_value (structure, "viewers", &array);
  return structure;
}

static void
on_viewers (GstDiscordConnection *connection, GParamSpec *pspec,
    GstDiscordReporter *self)
{
  g_autoptr (GArray) viewers = NULL;

  g_object_get (connection, "viewers", &viewers, NULL);
  if (take_viewers (self, viewers != NULL ? g_array_ref (viewers) : NULL))
    post_element_message (self, viewers_structure (connection, viewers));
}

static void
post_stream (
    GstDiscordReporter *self, const gchar *name, const gchar *stream_key)
{
  post_element_message (self,
      gst_structure_new (name, "stream-key", G_TYPE_STRING, stream_key, NULL));
}

static void
on_stream_added (GstDiscordConnection *connection, const gchar *stream_key,
    GstDiscordReporter *self)
{
  post_stream (self, "discord-stream-added", stream_key);
}

static void
on_stream_removed (GstDiscordConnection *connection, const gchar *stream_key,
    GstDiscordReporter *self)
{
  post_stream (self, "discord-stream-removed", stream_key);
}

static void
on_user_joined (
    GstDiscordConnection *connection, guint64 user_id, GstDiscordReporter *self)
{
  post_element_message (self,
      gst_structure_new (
          "discord-user-joined", "user-id", G_TYPE_UINT64, user_id, NULL));
}

static void
on_user_left (
    GstDiscordConnection *connection, guint64 user_id, GstDiscordReporter *self)
{
  post_element_message (self,
      gst_structure_new (
          "discord-user-left", "user-id", G_TYPE_UINT64, user_id, NULL));
}

static void
on_speaking (GstDiscordConnection *connection, guint64 user_id, guint ssrc,
    GstDiscordSpeakingFlags flags, GstDiscordReporter *self)
{
  post_element_message (self,
      gst_structure_new ("discord-speaking", "user-id", G_TYPE_UINT64, user_id,
          "ssrc", G_TYPE_UINT, ssrc, "flags", GST_TYPE_DISCORD_SPEAKING_FLAGS,
          flags, NULL));
}

static void
on_moved (GstDiscordConnection *connection, guint64 channel_id,
    GstDiscordReporter *self)
{
  post_element_message (self,
      gst_structure_new (
          "discord-moved", "channel-id", G_TYPE_UINT64, channel_id, NULL));
}

static void
on_move_timeout (GstDiscordConnection *connection, guint64 channel_id,
    GstDiscordReporter *self)
{
  post_element_message (self,
      gst_structure_new ("discord-move-timeout", "channel-id", G_TYPE_UINT64,
          channel_id, NULL));
}

static void
on_resumed (GstDiscordConnection *connection, GstDiscordReporter *self)
{
  post_element_message (self, gst_structure_new_empty ("discord-resumed"));
}

static void
on_e2ee_state (GstDiscordConnection *connection, GParamSpec *pspec,
    GstDiscordReporter *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  GstDiscordE2eeState state;

  if (element == NULL)
    return;
  g_object_get (connection, "e2ee-state", &state, NULL);
  post_element_message (self,
      gst_structure_new ("discord-e2ee-state", "state",
          GST_TYPE_DISCORD_E2EE_STATE, state, NULL));
  g_object_notify (G_OBJECT (element), "e2ee-state");
}

static void
on_privacy_code (GstDiscordConnection *connection, GParamSpec *pspec,
    GstDiscordReporter *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autofree gchar *code = NULL;

  if (element == NULL)
    return;
  g_object_get (connection, "voice-privacy-code", &code, NULL);
  post_element_message (self,
      gst_structure_new ("discord-privacy-code", "voice-privacy-code",
          G_TYPE_STRING, code, NULL));
  g_object_notify (G_OBJECT (element), "voice-privacy-code");
}

static void
reporter_connect (
    GstDiscordReporter *self, const gchar *signal, GCallback callback)
{
  g_signal_connect_data (self->connection, signal, callback,
      g_atomic_rc_box_acquire (self), closure_unref, 0);
}

GstDiscordReporter *
gst_discord_reporter_new (GstElement *element, GstDiscordConnection *connection,
    const GstDiscordSettingsHooks *hooks)
{
  GstDiscordReporter *self = g_atomic_rc_box_new0 (GstDiscordReporter);

  g_mutex_init (&self->lock);
  g_weak_ref_init (&self->element, element);
  self->connection = g_object_ref (connection);
  self->hooks = hooks;

  reporter_connect (self, "notify::state", G_CALLBACK (on_state));
  reporter_connect (self, "stream-state-changed", G_CALLBACK (on_stream_state));
  reporter_connect (self, "notify::viewers", G_CALLBACK (on_viewers));
  reporter_connect (self, "stream-added", G_CALLBACK (on_stream_added));
  reporter_connect (self, "stream-removed", G_CALLBACK (on_stream_removed));
  reporter_connect (self, "user-joined", G_CALLBACK (on_user_joined));
  reporter_connect (self, "user-left", G_CALLBACK (on_user_left));
  reporter_connect (self, "speaking", G_CALLBACK (on_speaking));
  reporter_connect (self, "moved", G_CALLBACK (on_moved));
  reporter_connect (self, "move-timeout", G_CALLBACK (on_move_timeout));
  reporter_connect (self, "error", G_CALLBACK (on_error));
  reporter_connect (self, "resumed", G_CALLBACK (on_resumed));
  reporter_connect (self, "notify::e2ee-state", G_CALLBACK (on_e2ee_state));
  reporter_connect (
      self, "notify::voice-privacy-code", G_CALLBACK (on_privacy_code));
  return self;
}

void
gst_discord_reporter_start (GstDiscordReporter *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element != NULL)
    post_progress (element, GST_PROGRESS_TYPE_START, "Connecting to Discord");
  g_mutex_lock (&self->lock);
  self->progress = PROGRESS_RUNNING;
  self->failed = FALSE;
  self->state = GST_DISCORD_CONNECTION_STATE_IDLE;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_reporter_started (GstDiscordReporter *self)
{
  g_autoptr (GError) error =
      gst_discord_connection_dup_error (self->connection);
  GstDiscordConnectionState state;

  /* Another element may have joined already, or failed to, and then nothing
   * changes any more. */
  g_object_get (self->connection, "state", &state, NULL);
  if (error != NULL)
    on_error (self->connection, error, self);
  else if (state == GST_DISCORD_CONNECTION_STATE_CONNECTED)
    on_state (self->connection, NULL, self);
}

void
gst_discord_reporter_stop (GstDiscordReporter *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  gboolean unfinished;

  g_mutex_lock (&self->lock);
  unfinished = self->progress == PROGRESS_RUNNING;
  self->progress = PROGRESS_STOPPED;
  g_mutex_unlock (&self->lock);

  if (unfinished && element != NULL)
    post_progress (element, GST_PROGRESS_TYPE_CANCELED, "Cancelled");
}

void
gst_discord_reporter_free (GstDiscordReporter *self)
{
  g_signal_handlers_disconnect_by_data (self->connection, self);
  reporter_unref (self);
}
