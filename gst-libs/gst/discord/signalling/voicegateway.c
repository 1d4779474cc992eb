/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voicegateway-private.h"

#include <sodium.h>
#include <string.h>

#include "linkerror.h"
#include "log.h"
#include "voicemessages.h"

/* Voice gateway 2.5 and 2.6. */
#define CONNECT_TIMEOUT_MS 10000
#define READY_TIMEOUT_MS 10000
#define DESCRIPTION_TIMEOUT_MS 10000
#define MIN_SILENCE_MS 60000
#define MAX_MISSING_ACKS 2

/* Voice gateway section 5: when attempts to resume begin, and their end. */
static const guint resume_at_ms[] = { 0, 1000, 3000 };
#define RESUME_TOTAL_MS 15000

#define CLOSE_NORMAL 1000
/* Anything but 1000 and 1001 keeps the session for a resume. */
#define CLOSE_TO_RESUME 4000

static void open_websocket (DiscordVoiceGateway *self);
static void schedule_attempt (DiscordVoiceGateway *self);

/* What is left when a resume is out of the question, or was refused with a
 * close code: the session is gone, and the next one has a new token. */
static DiscordReaction
reaction_without_resume (DiscordVoiceGateway *self, DiscordReaction reaction)
{
  if (reaction == DISCORD_REACTION_RESUME)
    return DISCORD_REACTION_REJOIN;
  if (reaction == DISCORD_REACTION_REJOIN_ONCE
      && self->state == DISCORD_VOICE_STATE_RESUMING)
    return DISCORD_REACTION_REJOIN;
  return reaction;
}

/* @close_code 0: there is nothing to close. */
static void
drop_websocket (DiscordVoiceGateway *self, guint16 close_code)
{
  discord_heartbeat_stop (&self->heartbeat);
  discord_scheduler_clear (self->scheduler, &self->silence_timer);
  discord_scheduler_clear (self->scheduler, &self->step_timer);
  discord_voice_video_suspend (self);
  if (self->ws == NULL)
    return;
  if (close_code != 0)
    self->ws->vtable->close (self->ws, close_code, NULL);
  self->ws->vtable->free (self->ws);
  self->ws = NULL;
}

static void
finish (DiscordVoiceGateway *self, DiscordReaction reaction, guint16 code,
    const GError *error)
{
  GST_DEBUG ("%p: over, reaction %d: %s", self, reaction, error->message);
  drop_websocket (self, CLOSE_NORMAL);
  discord_scheduler_clear (self->scheduler, &self->resume_timer);
  discord_voice_dave_clear (self);
  self->state = DISCORD_VOICE_STATE_CLOSED;
  CALL (self, closed, reaction, code, error, self->user_data);
}

static void
finish_new (DiscordVoiceGateway *self, DiscordReaction reaction,
    GstDiscordError code, const gchar *message)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_DISCORD_ERROR, code, message);

  finish (self, reaction, 0, error);
}

void
discord_voice_finish_protocol (DiscordVoiceGateway *self, const gchar *message)
{
  self->stats.messages_invalid++;
  finish_new (
      self, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_PROTOCOL, message);
}

static void
fail_resume (DiscordVoiceGateway *self)
{
  g_autoptr (GError) cause = g_steal_pointer (&self->cause);

  finish (self, DISCORD_REACTION_REJOIN, self->cause_code, cause);
}

static void
resume_timed_out (gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;

  self->resume_timer = 0;
  fail_resume (self);
}

/* @cause: (transfer full) */
static void
begin_resume (DiscordVoiceGateway *self, guint16 code, GError *cause)
{
  gint64 now = discord_scheduler_now (self->scheduler);
  gint64 elapsed_ms;

  GST_INFO ("%p: resuming: %s", self, cause->message);
  g_clear_error (&self->cause);
  self->cause = cause;
  self->cause_code = code;
  /* A server that resumes and hangs up at once gets no new set of attempts. */
  if (self->resumed_at < 0
      || now - self->resumed_at >= RESUME_TOTAL_MS * G_TIME_SPAN_MILLISECOND) {
    self->attempt = 0;
    self->resume_started = now;
  }
  elapsed_ms = (now - self->resume_started) / G_TIME_SPAN_MILLISECOND;
  self->resume_timer = discord_scheduler_add (self->scheduler,
      (guint) MAX (RESUME_TOTAL_MS - elapsed_ms, 0), resume_timed_out, self);
  self->state = DISCORD_VOICE_STATE_RESUME_WAIT;
  CALL (self, resuming, self->user_data);
  schedule_attempt (self);
}

static void
next_attempt (gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;

  self->step_timer = 0;
  self->state = DISCORD_VOICE_STATE_RESUME_OPENING;
  open_websocket (self);
}

static void
schedule_attempt (DiscordVoiceGateway *self)
{
  gint64 elapsed_ms =
      (discord_scheduler_now (self->scheduler) - self->resume_started)
      / G_TIME_SPAN_MILLISECOND;
  gint64 delay_ms;

  if (self->attempt >= G_N_ELEMENTS (resume_at_ms)) {
    fail_resume (self);
    return;
  }
  delay_ms = resume_at_ms[self->attempt++] - elapsed_ms;
  self->state = DISCORD_VOICE_STATE_RESUME_WAIT;
  self->step_timer = discord_scheduler_add (
      self->scheduler, (guint) MAX (delay_ms, 0), next_attempt, self);
}

/* The server fell silent, by whatever measure. */
static void
link_dead (DiscordVoiceGateway *self, const gchar *message)
{
  switch (self->state) {
    case DISCORD_VOICE_STATE_CONNECTED:
      drop_websocket (self, CLOSE_TO_RESUME);
      begin_resume (self, 0,
          g_error_new_literal (
              GST_DISCORD_ERROR, GST_DISCORD_ERROR_SERVER_TIMEOUT, message));
      break;
    case DISCORD_VOICE_STATE_RESUME_OPENING:
    case DISCORD_VOICE_STATE_RESUMING:
      drop_websocket (self, CLOSE_TO_RESUME);
      schedule_attempt (self);
      break;
    default:
      finish_new (self, DISCORD_REACTION_REJOIN,
          GST_DISCORD_ERROR_SERVER_TIMEOUT, message);
      break;
  }
}

static void
step_timed_out (gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;

  self->step_timer = 0;
  switch (self->state) {
    case DISCORD_VOICE_STATE_OPENING:
      finish_new (self, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_UNREACHABLE,
          "Cannot reach the voice server: no connection within 10 s");
      break;
    case DISCORD_VOICE_STATE_IDENTIFYING:
      link_dead (self, "The voice server did not answer our identify");
      break;
    case DISCORD_VOICE_STATE_SELECTING:
      link_dead (self, "The voice server sent no session description");
      break;
    default:
      link_dead (self, "The voice server did not open a connection");
      break;
  }
}

static void
set_step_timeout (DiscordVoiceGateway *self, guint delay_ms)
{
  discord_scheduler_clear (self->scheduler, &self->step_timer);
  self->step_timer =
      discord_scheduler_add (self->scheduler, delay_ms, step_timed_out, self);
}

static void
check_silence (gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;
  gint64 limit_ms = MAX (MIN_SILENCE_MS, 3 * (gint64) self->interval_ms);
  gint64 silent_ms =
      (discord_scheduler_now (self->scheduler) - self->received_at)
      / G_TIME_SPAN_MILLISECOND;

  self->silence_timer = 0;
  if (silent_ms >= limit_ms) {
    link_dead (self, "The voice server fell silent");
    return;
  }
  self->silence_timer = discord_scheduler_add (
      self->scheduler, (guint) (limit_ms - silent_ms), check_silence, self);
}

static void
send_secret (DiscordVoiceGateway *self, GString *json)
{
  discord_voice_send_text (self, json->str);
  discord_json_free_secret (json);
}

static void
heartbeat_beat (gint64 nonce, gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;

  discord_voice_send_taken (
      self, discord_voice_build_heartbeat (nonce, self->stats.seq_ack));
}

static void
heartbeat_dead (gpointer user_data)
{
  link_dead (user_data, "The voice server does not answer heartbeats");
}

static void
on_text (
    DiscordWebsocket *ws, const gchar *text, gsize length, gpointer user_data)
{
  discord_voice_dispatch_text (user_data, text, length);
}

static void
on_binary (
    DiscordWebsocket *ws, const guint8 *data, gsize length, gpointer user_data)
{
  discord_voice_dispatch_binary (user_data, data, length);
}

static void
on_opened (DiscordWebsocket *ws, gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;

  self->received_at = discord_scheduler_now (self->scheduler);
  self->silence_timer = discord_scheduler_add (
      self->scheduler, MIN_SILENCE_MS, check_silence, self);
  if (self->state == DISCORD_VOICE_STATE_OPENING) {
    self->state = DISCORD_VOICE_STATE_IDENTIFYING;
    set_step_timeout (self, READY_TIMEOUT_MS);
    send_secret (self, discord_voice_build_identify (&self->params));
    CALL (self, identifying, self->user_data);
  } else {
    /* How long op 9 may take is the limit of all attempts together. */
    discord_scheduler_clear (self->scheduler, &self->step_timer);
    self->state = DISCORD_VOICE_STATE_RESUMING;
    self->replaying = TRUE;
    send_secret (
        self, discord_voice_build_resume (&self->params, self->stats.seq_ack));
  }
}

static GError *
closed_error (const DiscordCloseCode *row, guint16 code, const gchar *reason,
    const GError *error)
{
  if (error != NULL)
    return g_error_new (
        GST_DISCORD_ERROR, row->error, "%s (%s)", row->message, error->message);
  return gst_discord_error_new_closed (row, code, reason);
}

/* The websocket went before it opened. */
static void
open_failed (DiscordVoiceGateway *self, const GError *error)
{
  gboolean fatal;
  g_autoptr (GError) told =
      discord_link_error_new ("the voice server", error, &fatal);

  if (fatal || self->state == DISCORD_VOICE_STATE_OPENING)
    finish (self, fatal ? DISCORD_REACTION_GIVE_UP : DISCORD_REACTION_REJOIN, 0,
        told);
  else
    schedule_attempt (self);
}

static void
on_closed (DiscordWebsocket *ws, guint16 code, const gchar *reason,
    const GError *error, gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;
  const DiscordCloseCode *row = gst_discord_voice_close_code (code);
  g_autoptr (GError) told = closed_error (row, code, reason, error);

  GST_DEBUG ("%p: closed in state %d: %s", self, self->state, told->message);
  drop_websocket (self, 0);
  if (code == 0
      && (self->state == DISCORD_VOICE_STATE_OPENING
          || self->state == DISCORD_VOICE_STATE_RESUME_OPENING))
    open_failed (self, error);
  else if (code == 0 && self->state == DISCORD_VOICE_STATE_RESUMING)
    schedule_attempt (self);
  else if (self->state == DISCORD_VOICE_STATE_CONNECTED
      && row->reaction == DISCORD_REACTION_RESUME)
    begin_resume (self, code, g_steal_pointer (&told));
  else
    finish (self, reaction_without_resume (self, row->reaction), code, told);
}

static void
open_websocket (DiscordVoiceGateway *self)
{
  static const DiscordWebsocketCallbacks callbacks = {
    on_opened,
    on_text,
    on_binary,
    on_closed,
  };
  g_autofree gchar *url =
      g_strdup_printf ("%s://%s/?v=%u", self->params.insecure ? "ws" : "wss",
          self->endpoint, self->params.version);

  set_step_timeout (self, CONNECT_TIMEOUT_MS);
  self->ws = self->factory (url, &callbacks, self, self->factory_data);
}

/* Some servers have sent "wss://" in front (voice gateway 1.8). */
static gchar *
strip_scheme (const gchar *endpoint)
{
  const gchar *scheme = strstr (endpoint, "://");
  gchar *host = g_strdup (scheme != NULL ? scheme + 3 : endpoint);

  if (g_str_has_suffix (host, "/"))
    host[strlen (host) - 1] = '\0';
  return host;
}

/* Only what a host and a port are made of: no path, query or user. */
static gboolean
endpoint_is_valid (const gchar *endpoint)
{
  return *endpoint != '\0'
      && strspn (endpoint,
             "abcdefghijklmnopqrstuvwxyz"
             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]")
      == strlen (endpoint);
}

static void
refuse_endpoint (gpointer user_data)
{
  DiscordVoiceGateway *self = user_data;

  self->step_timer = 0;
  finish_new (self, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_PROTOCOL,
      "The voice server's endpoint is not a host and a port");
}

DiscordVoiceGateway *
discord_voice_gateway_new (const DiscordVoiceGatewayParams *params,
    DiscordScheduler *scheduler, DiscordWebsocketFactory factory,
    gpointer factory_data, const DiscordVoiceGatewayCallbacks *callbacks,
    gpointer user_data)
{
  DiscordVoiceGateway *self = g_new0 (DiscordVoiceGateway, 1);

  self->params = *params;
  if (self->params.codecs.n_codecs == 0)
    discord_voice_codecs_set_audio (&self->params.codecs);
  self->params.session_id = self->session_id = g_strdup (params->session_id);
  self->params.token = self->token = g_strdup (params->token);
  self->params.endpoint = self->endpoint = strip_scheme (params->endpoint);
  self->connection_id = g_uuid_string_random ();
  self->scheduler = scheduler;
  self->factory = factory;
  self->factory_data = factory_data;
  self->callbacks = *callbacks;
  self->user_data = user_data;
  self->resumed_at = -1;
  g_queue_init (&self->dave_waiting);
  self->stats.seq_ack = -1;
  discord_heartbeat_init (&self->heartbeat, scheduler, MAX_MISSING_ACKS,
      heartbeat_beat, heartbeat_dead, self);

  if (endpoint_is_valid (self->endpoint))
    open_websocket (self);
  else
    self->step_timer =
        discord_scheduler_add (scheduler, 0, refuse_endpoint, self);
  return self;
}

void
discord_voice_gateway_free (DiscordVoiceGateway *self)
{
  drop_websocket (self, CLOSE_NORMAL);
  discord_scheduler_clear (self->scheduler, &self->resume_timer);
  discord_voice_dave_clear (self);
  discord_voice_video_clear (self);
  sodium_memzero (self->token, strlen (self->token));
  g_free (self->token);
  g_free (self->session_id);
  g_free (self->endpoint);
  g_free (self->connection_id);
  g_clear_error (&self->cause);
  g_free (self);
}

void
discord_voice_gateway_set_channel (
    DiscordVoiceGateway *self, guint64 channel_id)
{
  self->params.channel_id = channel_id;
}

void
discord_voice_gateway_select_protocol (DiscordVoiceGateway *self,
    const gchar *address, guint16 port, const gchar *mode)
{
  if (self->state != DISCORD_VOICE_STATE_READY)
    return;
  self->state = DISCORD_VOICE_STATE_SELECTING;
  set_step_timeout (self, DESCRIPTION_TIMEOUT_MS);
  discord_voice_send_taken (self,
      discord_voice_build_select_protocol (
          &self->params, address, port, mode, self->connection_id));
}

gboolean
discord_voice_gateway_set_speaking (
    DiscordVoiceGateway *self, guint flags, guint32 ssrc)
{
  self->speaking = flags;
  self->speaking_ssrc = ssrc;
  if (self->state != DISCORD_VOICE_STATE_CONNECTED)
    return FALSE;
  discord_voice_send_speaking (self);
  return TRUE;
}

gdouble
discord_voice_gateway_get_latency (DiscordVoiceGateway *self)
{
  return discord_heartbeat_get_latency (&self->heartbeat);
}

gdouble
discord_voice_gateway_get_average_latency (DiscordVoiceGateway *self)
{
  return discord_heartbeat_get_average (&self->heartbeat);
}

void
discord_voice_gateway_get_stats (
    DiscordVoiceGateway *self, DiscordVoiceGatewayStats *stats)
{
  *stats = self->stats;
}
