/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "maingateway-private.h"

#include <gst/discord/gstdiscorderror-private.h>
#include <sodium.h>
#include <string.h>

#include "linkerror.h"
#include "log.h"
#include "mainmessages.h"

#define CONNECT_TIMEOUT_MS 10000
#define HELLO_TIMEOUT_MS 10000
/* A user account's READY can be megabytes. */
#define SESSION_TIMEOUT_MS 30000

/* Voice gateway 1.5. */
#define BACKOFF_BASE_MS 1000
#define BACKOFF_MAX_MS 60000
#define STABLE_US (60 * G_TIME_SPAN_SECOND)

/* Before the first session somebody waits for an error; below the 30 s that a
 * join may take. */
#define FIRST_ATTEMPTS 3
#define FIRST_TOTAL_US (20 * G_TIME_SPAN_SECOND)

/* Voice gateway 1.3: one identify per 5 s. */
#define IDENTIFY_PACE_US (5 * G_TIME_SPAN_SECOND)

/* What was sent so shortly before a loss may not have arrived. */
#define REPEAT_US (10 * G_TIME_SPAN_SECOND)

#define CLOSE_NORMAL 1000
/* Anything but 1000 and 1001 keeps the session for a resume. */
#define CLOSE_TO_RESUME 4000

static void attempt_connect (DiscordMainGateway *self);

static GstDiscordConnectionState
get_public_state (DiscordMainState state)
{
  switch (state) {
    case DISCORD_MAIN_STATE_FINDING:
    case DISCORD_MAIN_STATE_OPENING:
    case DISCORD_MAIN_STATE_HELLO:
      return GST_DISCORD_CONNECTION_STATE_OPENING;
    case DISCORD_MAIN_STATE_IDENTIFYING:
      return GST_DISCORD_CONNECTION_STATE_IDENTIFYING;
    case DISCORD_MAIN_STATE_RESUMING:
      return GST_DISCORD_CONNECTION_STATE_RESUMING;
    case DISCORD_MAIN_STATE_CONNECTED:
      return GST_DISCORD_CONNECTION_STATE_CONNECTED;
    case DISCORD_MAIN_STATE_BACKOFF:
      return GST_DISCORD_CONNECTION_STATE_WAITING;
    case DISCORD_MAIN_STATE_FAILED:
      return GST_DISCORD_CONNECTION_STATE_FAILED;
    case DISCORD_MAIN_STATE_IDLE:
      break;
  }
  return GST_DISCORD_CONNECTION_STATE_IDLE;
}

static void
set_state (DiscordMainGateway *self, DiscordMainState state)
{
  GstDiscordConnectionState before = get_public_state (self->state);

  self->state = state;
  if (get_public_state (state) != before)
    CALL (self, state, get_public_state (state), self->user_data);
}

void
discord_main_forget_session (DiscordMainGateway *self)
{
  g_clear_pointer (&self->session_id, g_free);
  g_clear_pointer (&self->resume_url, g_free);
  self->seq = -1;
}

static void
set_sending (DiscordMainGateway *self, gboolean sending)
{
  if (self->sending == sending)
    return;
  self->sending = sending;
  CALL (self, sending, sending, self->user_data);
}

/* @close_code 0: there is nothing to close. */
static void
drop_websocket (DiscordMainGateway *self, guint16 close_code)
{
  discord_heartbeat_stop (&self->heartbeat);
  discord_scheduler_clear (self->scheduler, &self->step_timer);
  discord_scheduler_clear (self->scheduler, &self->send_timer);
  set_sending (self, FALSE);
  if (self->connected_at >= 0) {
    gint64 now = discord_scheduler_now (self->scheduler);

    if (now - self->connected_at >= STABLE_US)
      self->attempt = 0;
    self->connected_at = -1;
    discord_voice_state_queue_repeat (self->voice_states, now - REPEAT_US);
    discord_stream_queue_repeat (self->streams, now - REPEAT_US);
  }
  if (self->ws == NULL)
    return;
  if (close_code != 0)
    self->ws->vtable->close (self->ws, close_code, NULL);
  self->ws->vtable->free (self->ws);
  self->ws = NULL;
}

static void
fail (DiscordMainGateway *self, const GError *error)
{
  GST_WARNING ("%p: giving up: %s", self, error->message);
  drop_websocket (self, CLOSE_NORMAL);
  discord_main_forget_session (self);
  discord_voice_state_queue_free (self->voice_states);
  self->voice_states = discord_voice_state_queue_new ();
  discord_stream_queue_clear (self->streams);
  self->had_session = FALSE;
  set_state (self, DISCORD_MAIN_STATE_FAILED);
  CALL (self, failed, error, self->user_data);
}

static void
backoff_over (gpointer user_data)
{
  DiscordMainGateway *self = user_data;

  self->step_timer = 0;
  attempt_connect (self);
}

/* Exponential, half of it by chance. */
static gint64
next_backoff (DiscordMainGateway *self)
{
  gint64 full = BACKOFF_MAX_MS;

  if (self->attempt < 6)
    full = MIN (full, BACKOFF_BASE_MS << self->attempt);
  return full / 2
      + (gint64) (discord_scheduler_random (self->scheduler) * (full / 2));
}

/* @delay_ms -1: by the back-off. */
static void
retry (DiscordMainGateway *self, gint64 delay_ms, const GError *why)
{
  gint64 now = discord_scheduler_now (self->scheduler);

  if (!self->had_session
      && (self->attempt + 1 >= FIRST_ATTEMPTS
          || now - self->first_attempt_at >= FIRST_TOTAL_US)) {
    fail (self, why);
    return;
  }
  if (delay_ms < 0)
    delay_ms = next_backoff (self);
  if (self->session_id == NULL && self->identified_at >= 0)
    delay_ms = MAX (delay_ms,
        (self->identified_at + IDENTIFY_PACE_US - now)
            / G_TIME_SPAN_MILLISECOND);
  self->attempt++;
  GST_INFO (
      "%p: again in %" G_GINT64_FORMAT " ms: %s", self, delay_ms, why->message);
  set_state (self, DISCORD_MAIN_STATE_BACKOFF);
  self->step_timer = discord_scheduler_add (
      self->scheduler, (guint) delay_ms, backoff_over, self);
}

void
discord_main_restart (DiscordMainGateway *self, gboolean keep_session,
    gint64 delay_ms, const GError *why)
{
  drop_websocket (self, CLOSE_TO_RESUME);
  if (!keep_session)
    discord_main_forget_session (self);
  retry (self, delay_ms, why);
}

static void
restart_for (DiscordMainGateway *self, const gchar *message)
{
  g_autoptr (GError) why = g_error_new_literal (
      GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE, message);

  discord_main_restart (self, TRUE, -1, why);
}

/* The URL just tried does not work: use the other one, or ask anew. */
static void
drop_url (DiscordMainGateway *self)
{
  if (self->on_resume_url)
    g_clear_pointer (&self->resume_url, g_free);
  else
    g_clear_pointer (&self->found_url, g_free);
}

static void
step_timed_out (gpointer user_data)
{
  DiscordMainGateway *self = user_data;

  self->step_timer = 0;
  switch (self->state) {
    case DISCORD_MAIN_STATE_OPENING:
      drop_url (self);
      restart_for (self, "Cannot reach the gateway: no connection within 10 s");
      break;
    case DISCORD_MAIN_STATE_HELLO:
      restart_for (self, "The gateway did not say hello");
      break;
    default:
      restart_for (self, "The gateway did not begin the session");
      break;
  }
}

static void
set_step_timeout (DiscordMainGateway *self, guint delay_ms)
{
  discord_scheduler_clear (self->scheduler, &self->step_timer);
  self->step_timer =
      discord_scheduler_add (self->scheduler, delay_ms, step_timed_out, self);
}

static void
heartbeat_beat (gint64 nonce, gpointer user_data)
{
  DiscordMainGateway *self = user_data;
  g_autofree gchar *text = discord_main_build_heartbeat (self->seq);

  if (self->ws != NULL)
    self->ws->vtable->send_text (self->ws, text);
}

static void
heartbeat_dead (gpointer user_data)
{
  restart_for (user_data, "The gateway does not answer heartbeats");
}

/* Everything but heartbeats counts (voice-gateway 1.6). */
static void
send_counted (DiscordMainGateway *self, const gchar *text)
{
  discord_rate_limit_note_sent (
      &self->rate_limit, discord_scheduler_now (self->scheduler));
  self->ws->vtable->send_text (self->ws, text);
}

static void
send_voice_state (
    DiscordMainGateway *self, const DiscordVoiceStateUpdate *update)
{
  g_autofree gchar *text = discord_main_build_voice_state (update);

  send_counted (self, text);
}

/* Op 4 first: a stream is in the channel that it names. */
static void
send_one (DiscordMainGateway *self, gint64 now)
{
  const DiscordStreamRequest *request;
  DiscordVoiceStateUpdate update;
  g_autofree gchar *text = NULL;

  if (discord_voice_state_queue_pop (self->voice_states, now, &update)) {
    send_voice_state (self, &update);
    return;
  }
  request = discord_stream_queue_pop (self->streams, now);
  text = discord_stream_build_request (request);
  send_counted (self, text);
}

/* Microseconds until the next message may go, -1: none waits. */
static gint64
get_send_wait (DiscordMainGateway *self, gint64 now)
{
  gint64 pace = discord_voice_state_queue_get_wait (self->voice_states, now);

  if (!discord_stream_queue_is_empty (self->streams))
    pace = 0;
  if (pace < 0)
    return -1;
  return MAX (pace, discord_rate_limit_get_wait (&self->rate_limit, now));
}

static void
send_waiting (gpointer user_data)
{
  DiscordMainGateway *self = user_data;
  gint64 now = discord_scheduler_now (self->scheduler);
  gint64 wait;

  self->send_timer = 0;
  while ((wait = get_send_wait (self, now)) == 0)
    send_one (self, now);
  if (wait > 0)
    self->send_timer = discord_scheduler_add (self->scheduler,
        (guint) ((wait + G_TIME_SPAN_MILLISECOND - 1)
            / G_TIME_SPAN_MILLISECOND),
        send_waiting, self);
  set_sending (self, wait > 0);
}

static void
flush (DiscordMainGateway *self)
{
  if (self->state != DISCORD_MAIN_STATE_CONNECTED)
    return;
  discord_scheduler_clear (self->scheduler, &self->send_timer);
  send_waiting (self);
}

void
discord_main_session_begun (DiscordMainGateway *self)
{
  discord_scheduler_clear (self->scheduler, &self->step_timer);
  self->connected_at = discord_scheduler_now (self->scheduler);
  set_state (self, DISCORD_MAIN_STATE_CONNECTED);
  flush (self);
}

void
discord_main_begin_session (DiscordMainGateway *self, guint interval_ms)
{
  GString *json;

  if (self->session_id != NULL) {
    json = discord_main_build_resume (
        self->account_type, self->token, self->session_id, self->seq);
    self->stats.resumes++;
    set_state (self, DISCORD_MAIN_STATE_RESUMING);
  } else {
    json = discord_main_build_identify (self->account_type, self->token);
    self->stats.identifies++;
    self->identified_at = discord_scheduler_now (self->scheduler);
    set_state (self, DISCORD_MAIN_STATE_IDENTIFYING);
  }
  set_step_timeout (self, SESSION_TIMEOUT_MS);
  send_counted (self, json->str);
  discord_json_free_secret (json);

  /* Voice gateway 1.4: bots begin at a random point of the interval. */
  discord_heartbeat_start (&self->heartbeat, interval_ms,
      self->account_type == GST_DISCORD_ACCOUNT_TYPE_BOT
          ? (guint) (interval_ms * discord_scheduler_random (self->scheduler))
          : 0);
}

static void
on_opened (DiscordWebsocket *ws, gpointer user_data)
{
  DiscordMainGateway *self = user_data;

  discord_rate_limit_reset (&self->rate_limit);
  set_state (self, DISCORD_MAIN_STATE_HELLO);
  set_step_timeout (self, HELLO_TIMEOUT_MS);
}

static void
on_text (
    DiscordWebsocket *ws, const gchar *text, gsize length, gpointer user_data)
{
  discord_main_dispatch_text (user_data, text, length);
}

static void
on_binary (
    DiscordWebsocket *ws, const guint8 *data, gsize length, gpointer user_data)
{
  DiscordMainGateway *self = user_data;

  /* With encoding=json there are none. */
  self->stats.messages_received++;
  self->stats.messages_invalid++;
}

static void
open_failed (DiscordMainGateway *self, const GError *error)
{
  gboolean fatal;
  g_autoptr (GError) told =
      discord_link_error_new ("the gateway", error, &fatal);

  drop_url (self);
  if (fatal)
    fail (self, told);
  else
    retry (self, -1, told);
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

static void
on_closed (DiscordWebsocket *ws, guint16 code, const gchar *reason,
    const GError *error, gpointer user_data)
{
  DiscordMainGateway *self = user_data;
  const DiscordCloseCode *row = gst_discord_main_close_code (code);
  g_autoptr (GError) told = closed_error (row, code, reason, error);

  GST_DEBUG ("%p: closed in state %d: %s", self, self->state, told->message);
  drop_websocket (self, 0);
  if (self->state == DISCORD_MAIN_STATE_OPENING) {
    open_failed (self, error);
    return;
  }
  if (row->reaction == DISCORD_REACTION_GIVE_UP) {
    fail (self, told);
    return;
  }
  if (row->reaction != DISCORD_REACTION_RESUME)
    discord_main_forget_session (self);
  retry (self, -1, told);
}

static void
open_websocket (DiscordMainGateway *self, const gchar *base)
{
  static const DiscordWebsocketCallbacks callbacks = {
    on_opened,
    on_text,
    on_binary,
    on_closed,
  };
  g_autofree gchar *url = discord_main_build_url (base, self->account_type);

  set_state (self, DISCORD_MAIN_STATE_OPENING);
  set_step_timeout (self, CONNECT_TIMEOUT_MS);
  self->ws = self->factory (url, &callbacks, self, self->factory_data);
}

static void
attempt_connect (DiscordMainGateway *self)
{
  const gchar *base =
      self->fixed_url != NULL ? self->fixed_url : self->found_url;

  self->on_resume_url = self->session_id != NULL && self->resume_url != NULL;
  if (self->on_resume_url)
    base = self->resume_url;
  if (base != NULL) {
    open_websocket (self, base);
    return;
  }
  set_state (self, DISCORD_MAIN_STATE_FINDING);
  CALL (self, find_url, self->user_data);
}

void
discord_main_gateway_found_url (DiscordMainGateway *self, const gchar *url)
{
  if (self->state != DISCORD_MAIN_STATE_FINDING)
    return;
  g_free (self->found_url);
  self->found_url = g_strdup (url);
  open_websocket (self, self->found_url);
}

void
discord_main_gateway_find_url_failed (
    DiscordMainGateway *self, const GError *error, gboolean fatal)
{
  if (self->state != DISCORD_MAIN_STATE_FINDING)
    return;
  if (fatal)
    fail (self, error);
  else
    retry (self, -1, error);
}

DiscordMainGateway *
discord_main_gateway_new (const DiscordMainGatewayParams *params,
    DiscordScheduler *scheduler, DiscordWebsocketFactory factory,
    gpointer factory_data, const DiscordMainGatewayCallbacks *callbacks,
    gpointer user_data)
{
  DiscordMainGateway *self = g_new0 (DiscordMainGateway, 1);

  self->account_type = params->account_type;
  self->token = g_strdup (params->token);
  self->fixed_url = g_strdup (params->url);
  self->scheduler = scheduler;
  self->factory = factory;
  self->factory_data = factory_data;
  self->callbacks = *callbacks;
  self->user_data = user_data;
  self->seq = -1;
  self->connected_at = -1;
  self->identified_at = -1;
  self->voice_states = discord_voice_state_queue_new ();
  self->streams = discord_stream_queue_new ();
  /* One unanswered beat is a dead link (voice-gateway 1.4). */
  discord_heartbeat_init (
      &self->heartbeat, scheduler, 1, heartbeat_beat, heartbeat_dead, self);
  return self;
}

static void
send_last_leaves (DiscordMainGateway *self)
{
  DiscordVoiceStateUpdate update;
  gint64 now = discord_scheduler_now (self->scheduler);

  if (self->state != DISCORD_MAIN_STATE_CONNECTED)
    return;
  while (discord_rate_limit_get_wait (&self->rate_limit, now) == 0
      && discord_voice_state_queue_pop_leave (self->voice_states, &update))
    send_voice_state (self, &update);
}

void
discord_main_gateway_free (DiscordMainGateway *self)
{
  send_last_leaves (self);
  drop_websocket (self, CLOSE_NORMAL);
  discord_main_forget_session (self);
  discord_voice_state_queue_free (self->voice_states);
  discord_stream_queue_free (self->streams);
  sodium_memzero (self->token, strlen (self->token));
  g_free (self->token);
  g_free (self->fixed_url);
  g_free (self->found_url);
  g_free (self);
}

static gboolean
is_idle (DiscordMainGateway *self)
{
  return self->state == DISCORD_MAIN_STATE_IDLE
      || self->state == DISCORD_MAIN_STATE_FAILED;
}

void
discord_main_gateway_connect (DiscordMainGateway *self)
{
  if (!is_idle (self))
    return;
  self->attempt = 0;
  self->first_attempt_at = discord_scheduler_now (self->scheduler);
  attempt_connect (self);
}

/* There is something to send. */
static void
flush_or_connect (DiscordMainGateway *self)
{
  if (is_idle (self))
    discord_main_gateway_connect (self);
  else
    flush (self);
}

void
discord_main_gateway_update_voice_state (
    DiscordMainGateway *self, const DiscordVoiceStateUpdate *update)
{
  /* Without a session there is nothing to leave. */
  if (is_idle (self) && update->channel_id == 0)
    return;
  discord_voice_state_queue_push (self->voice_states, update);
  flush_or_connect (self);
}

void
discord_main_gateway_request_stream (
    DiscordMainGateway *self, const DiscordStreamRequest *request)
{
  DiscordStreamRequest known = *request;

  if (is_idle (self) && request->op != DISCORD_MAIN_OP_CREATE_STREAM
      && request->op != DISCORD_MAIN_OP_WATCH_STREAM)
    return;
  if (request->op == DISCORD_MAIN_OP_CREATE_STREAM)
    known.key.owner_id = self->user_id;
  discord_stream_queue_push (self->streams, &known);
  flush_or_connect (self);
}

gdouble
discord_main_gateway_get_latency (DiscordMainGateway *self)
{
  return discord_heartbeat_get_latency (&self->heartbeat);
}

void
discord_main_gateway_get_stats (
    DiscordMainGateway *self, DiscordMainGatewayStats *stats)
{
  *stats = self->stats;
}
