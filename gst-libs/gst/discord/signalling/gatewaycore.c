/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gatewaycore.h"

#include <gst/discord/gstdiscorderror.h>

#include "gatewaysettings.h"
#include "maingateway.h"
#include "rest.h"
#include "soupwebsocket.h"
#include "streamrest.h"
#include "thread.h"

/* Voice gateway 1.1: a user account's READY can be megabytes. */
#define MAX_PAYLOAD (16 * 1024 * 1024)

struct _DiscordGatewayCore
{
  /* Set before the first invocation, then used on the signalling thread. */
  GWeakRef owner;
  DiscordGatewayCoreCallbacks callbacks;
  GMainContext *context; /* the signalling thread's; we hold that */
  GError *settings_error; /* nullable */
  GstDiscordAccountType account_type;
  gchar *token; /* NULL once started */
  gchar *gateway_url;
  gchar *api_url;
  GTlsDatabase *tls_database;

  /* Of the signalling thread. */
  DiscordScheduler *scheduler;
  DiscordSoupWebsocketFactory *websockets;
  DiscordRest *rest;
  DiscordStreamRest *stream_rest;
  DiscordMainGateway *main;
};

static void
on_gateway_found (
    const gchar *url, const GError *error, gboolean fatal, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;

  if (url != NULL)
    discord_main_gateway_found_url (self->main, url);
  else
    discord_main_gateway_find_url_failed (self->main, error, fatal);
}

static void
on_find_url (DiscordMainGateway *gw, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;

  discord_rest_find_gateway (self->rest, on_gateway_found, self);
}

static void
on_state (
    DiscordMainGateway *gw, GstDiscordConnectionState state, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    self->callbacks.state (owner, state);
}

static void
on_ready (DiscordMainGateway *gw, guint64 user_id, gboolean replaced,
    gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner == NULL)
    return;
  self->callbacks.user_id (owner, user_id);
  if (replaced)
    gst_discord_signaller_session_replaced (GST_DISCORD_SIGNALLER (owner));
}

static void
on_voice_state (DiscordMainGateway *gw, guint64 guild_id, guint64 channel_id,
    guint64 user_id, const gchar *session_id, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    gst_discord_signaller_voice_state (GST_DISCORD_SIGNALLER (owner), guild_id,
        channel_id, user_id, session_id);
}

static void
on_member_voice_state (DiscordMainGateway *gw, guint64 guild_id,
    guint64 channel_id, guint64 user_id, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    gst_discord_signaller_member_voice_state (
        GST_DISCORD_SIGNALLER (owner), guild_id, channel_id, user_id);
}

static void
on_voice_server (DiscordMainGateway *gw, guint64 guild_id, guint64 channel_id,
    const gchar *token, const gchar *endpoint, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    gst_discord_signaller_voice_server (
        GST_DISCORD_SIGNALLER (owner), guild_id, channel_id, token, endpoint);
}

static void
on_member_live (DiscordMainGateway *gw, guint64 guild_id, guint64 channel_id,
    guint64 user_id, gboolean live, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    gst_discord_signaller_member_live (
        GST_DISCORD_SIGNALLER (owner), guild_id, channel_id, user_id, live);
}

static void
on_stream_created (DiscordMainGateway *gw, const GstDiscordStreamInfo *info,
    gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    gst_discord_signaller_stream_created (GST_DISCORD_SIGNALLER (owner), info);
}

static void
on_stream_updated (DiscordMainGateway *gw, const GstDiscordStreamInfo *info,
    gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    gst_discord_signaller_stream_updated (GST_DISCORD_SIGNALLER (owner), info);
}

static void
on_stream_server (DiscordMainGateway *gw, const GstDiscordStreamKey *key,
    const gchar *token, const gchar *endpoint, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);
  g_autofree gchar *text = gst_discord_stream_key_to_string (key);

  if (owner != NULL)
    gst_discord_signaller_stream_server (
        GST_DISCORD_SIGNALLER (owner), text, token, endpoint);
}

static void
on_stream_deleted (DiscordMainGateway *gw, const GstDiscordStreamKey *key,
    const gchar *reason, gboolean unavailable, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);
  g_autofree gchar *text = gst_discord_stream_key_to_string (key);

  if (owner != NULL)
    gst_discord_signaller_stream_deleted (
        GST_DISCORD_SIGNALLER (owner), text, reason, unavailable);
}

static void
on_latency (DiscordMainGateway *gw, gpointer user_data)
{
  DiscordGatewayCore *self = user_data;
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    self->callbacks.latency (owner, discord_main_gateway_get_latency (gw));
}

static void
on_sending (DiscordMainGateway *gw, gboolean sending, gpointer user_data)
{
  /* A leave that waits for its second must not be lost to process exit. */
  if (sending)
    discord_signalling_thread_hold ();
  else
    discord_signalling_thread_drop ();
}

static void
tell_failed (DiscordGatewayCore *self, const GError *error)
{
  g_autoptr (GstDiscordGateway) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    gst_discord_signaller_failed (GST_DISCORD_SIGNALLER (owner), error);
}

static void
on_failed (DiscordMainGateway *gw, const GError *error, gpointer user_data)
{
  tell_failed (user_data, error);
}

static gboolean
core_start (gpointer data)
{
  static const DiscordMainGatewayCallbacks callbacks = {
    .find_url = on_find_url,
    .state = on_state,
    .ready = on_ready,
    .voice_state = on_voice_state,
    .member_voice_state = on_member_voice_state,
    .voice_server = on_voice_server,
    .member_live = on_member_live,
    .stream_created = on_stream_created,
    .stream_updated = on_stream_updated,
    .stream_server = on_stream_server,
    .stream_deleted = on_stream_deleted,
    .latency = on_latency,
    .sending = on_sending,
    .failed = on_failed,
  };
  DiscordGatewayCore *self = data;
  DiscordMainGatewayParams params = {
    .account_type = self->account_type,
    .token = self->token,
    .url = self->gateway_url,
  };

  self->scheduler = discord_scheduler_new_main (self->context);
  self->websockets =
      discord_soup_websocket_factory_new (self->tls_database, MAX_PAYLOAD);
  self->rest = discord_rest_new (self->api_url, self->account_type, self->token,
      self->tls_database, self->scheduler);
  self->stream_rest = discord_stream_rest_new (self->api_url,
      self->account_type, self->token, self->tls_database, self->scheduler);
  self->main = discord_main_gateway_new (&params, self->scheduler,
      discord_soup_websocket_open, self->websockets, &callbacks, self);
  g_clear_pointer (&self->token, discord_token_free);
  return G_SOURCE_REMOVE;
}

static gboolean
core_stop (gpointer data)
{
  DiscordGatewayCore *self = data;

  g_clear_pointer (&self->main, discord_main_gateway_free);
  g_clear_pointer (&self->rest, discord_rest_free);
  g_clear_pointer (&self->stream_rest, discord_stream_rest_free);
  g_clear_pointer (&self->websockets, discord_soup_websocket_factory_free);
  g_clear_pointer (&self->scheduler, discord_scheduler_free_main);
  g_weak_ref_clear (&self->owner);
  g_clear_error (&self->settings_error);
  g_clear_pointer (&self->token, discord_token_free);
  g_free (self->gateway_url);
  g_free (self->api_url);
  g_clear_object (&self->tls_database);
  g_free (self);
  /* On the thread itself, so that no caller waits for it to end. */
  discord_signalling_thread_unref ();
  return G_SOURCE_REMOVE;
}

static void
drop_hold (gpointer data)
{
  discord_signalling_thread_drop ();
}

DiscordGatewayCore *
discord_gateway_core_new (GstDiscordGateway *owner,
    GstDiscordAccountType account_type, const gchar *token,
    const gchar *gateway_url, const gchar *api_url, GTlsDatabase *tls_database,
    GError *settings_error, const DiscordGatewayCoreCallbacks *callbacks)
{
  DiscordGatewayCore *self = g_new0 (DiscordGatewayCore, 1);

  g_weak_ref_init (&self->owner, owner);
  self->callbacks = *callbacks;
  self->context = discord_signalling_thread_ref ();
  self->settings_error = settings_error;
  self->account_type = account_type;
  self->token = g_strdup (token);
  self->gateway_url = g_strdup (gateway_url);
  self->api_url = api_url != NULL ? g_strdup (api_url)
                                  : discord_api_url_for_gateway (gateway_url);
  g_set_object (&self->tls_database, tls_database);
  if (settings_error == NULL)
    discord_signalling_thread_invoke (core_start, self, NULL);
  return self;
}

void
discord_gateway_core_stop (DiscordGatewayCore *self)
{
  discord_signalling_thread_hold ();
  discord_signalling_thread_invoke (core_stop, self, drop_hold);
}

typedef struct
{
  DiscordGatewayCore *core;
  DiscordVoiceStateUpdate update;
} UpdateCall;

static gboolean
core_update_voice_state (gpointer data)
{
  UpdateCall *call = data;
  DiscordGatewayCore *self = call->core;

  if (self->settings_error == NULL)
    discord_main_gateway_update_voice_state (self->main, &call->update);
  else if (call->update.channel_id != 0)
    tell_failed (self, self->settings_error);
  return G_SOURCE_REMOVE;
}

static void
update_call_done (gpointer data)
{
  g_free (data);
  discord_signalling_thread_drop ();
}

void
discord_gateway_core_update_voice_state (
    DiscordGatewayCore *self, const DiscordVoiceStateUpdate *update)
{
  UpdateCall *call = g_new (UpdateCall, 1);

  /* From the signalling thread as well, or calls would overtake each other.
   * The core is there: it stops after everything invoked before. */
  call->core = self;
  call->update = *update;
  discord_signalling_thread_hold ();
  discord_signalling_thread_invoke (
      core_update_voice_state, call, update_call_done);
}

typedef struct
{
  DiscordGatewayCore *core;
  DiscordStreamRequest request;
  gchar *region; /* what request.region points to */
} StreamCall;

static gboolean
core_request_stream (gpointer data)
{
  StreamCall *call = data;
  DiscordGatewayCore *self = call->core;

  if (self->settings_error == NULL)
    discord_main_gateway_request_stream (self->main, &call->request);
  else
    tell_failed (self, self->settings_error);
  return G_SOURCE_REMOVE;
}

static void
stream_call_done (gpointer data)
{
  StreamCall *call = data;

  g_free (call->region);
  g_free (call);
  discord_signalling_thread_drop ();
}

/* Golive section 0: bots have no Go Live, and who sends an opcode that is not
 * for them is disconnected. */
static gboolean
check_account (DiscordGatewayCore *self, GError **error)
{
  if (self->account_type != GST_DISCORD_ACCOUNT_TYPE_BOT)
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_NOT_SUPPORTED,
      "Go Live needs a user account, or an OAuth2 token with the voice scope");
  return FALSE;
}

gboolean
discord_gateway_core_request_stream (DiscordGatewayCore *self,
    const DiscordStreamRequest *request, GError **error)
{
  StreamCall *call;

  if (!check_account (self, error))
    return FALSE;
  call = g_new0 (StreamCall, 1);
  /* As a voice state: the core is there, and nothing overtakes. */
  call->core = self;
  call->request = *request;
  call->region = g_strdup (request->region);
  call->request.region = call->region;
  discord_signalling_thread_hold ();
  discord_signalling_thread_invoke (
      core_request_stream, call, stream_call_done);
  return TRUE;
}

typedef struct
{
  DiscordGatewayCore *core; /* there as long as @task holds its owner */
  DiscordStreamRestKind kind;
  gchar *stream_key;
  GBytes *image; /* nullable */
  gchar *region; /* nullable */
  GTask *task;
} RestCall;

static void
rest_call_free (gpointer data)
{
  RestCall *call = data;

  g_free (call->stream_key);
  g_clear_pointer (&call->image, g_bytes_unref);
  g_free (call->region);
  g_object_unref (call->task);
  g_free (call);
}

static gboolean
core_request_rest (gpointer data)
{
  RestCall *call = data;
  DiscordGatewayCore *self = call->core;

  if (self->settings_error != NULL) {
    g_task_return_error (call->task, g_error_copy (self->settings_error));
    return G_SOURCE_REMOVE;
  }
  switch (call->kind) {
    case DISCORD_STREAM_REST_UPLOAD_PREVIEW:
      discord_stream_rest_upload_preview (
          self->stream_rest, call->stream_key, call->image, call->task);
      break;
    case DISCORD_STREAM_REST_FETCH_PREVIEW:
      discord_stream_rest_fetch_preview (
          self->stream_rest, call->stream_key, call->task);
      break;
    case DISCORD_STREAM_REST_SET_REGION:
      discord_stream_rest_set_region (
          self->stream_rest, call->stream_key, call->region, call->task);
      break;
    case DISCORD_STREAM_REST_NOTIFY:
      discord_stream_rest_notify (
          self->stream_rest, call->stream_key, call->task);
      break;
  }
  return G_SOURCE_REMOVE;
}

void
discord_gateway_core_request_rest (DiscordGatewayCore *self,
    DiscordStreamRestKind kind, const gchar *stream_key, GBytes *image,
    const gchar *region, GTask *task)
{
  GError *error = NULL;
  RestCall *call;

  if (!check_account (self, &error)) {
    g_task_return_error (task, error);
    return;
  }
  call = g_new0 (RestCall, 1);
  call->core = self;
  call->kind = kind;
  call->stream_key = g_strdup (stream_key);
  call->image = image != NULL ? g_bytes_ref (image) : NULL;
  call->region = g_strdup (region);
  call->task = g_object_ref (task);
  discord_signalling_thread_invoke (core_request_rest, call, rest_call_free);
}
