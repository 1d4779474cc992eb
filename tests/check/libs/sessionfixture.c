/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sessionfixture.h"

#define READY                                                                  \
  "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1','port':50004,"              \
  "'modes':['aead_xchacha20_poly1305_rtpsize','aead_aes256_gcm_rtpsize']}}"
#define DESCRIPTION                                                            \
  "{'op':4,'d':{'mode':'aead_aes256_gcm_rtpsize','secret_key':[7,1,2,3,4,5,6," \
  "7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31]}}"

static void
on_update_voice_state (
    const DiscordVoiceStateUpdate *update, gpointer user_data)
{
  Fixture *self = user_data;

  fail_unless_equals_uint64 (update->guild_id, GUILD);
  g_string_append_printf (self->asked, "%s%s%s ",
      update->channel_id == 0             ? "leave"
          : update->channel_id == CHANNEL ? "join"
                                          : "move",
      update->self_mute ? "+mute" : "", update->self_video ? "+video" : "");
}

static gboolean
on_stream_op (DiscordStreamOp op, gpointer user_data, GError **error)
{
  static const gchar *const names[] = { "create", "delete", "watch", "ping" };
  Fixture *self = user_data;

  if (self->refuse_stream) {
    g_set_error_literal (
        error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_SUPPORTED, "no");
    return FALSE;
  }
  g_string_append_printf (
      self->asked, "%s ", names[op - DISCORD_STREAM_OP_CREATE]);
  return TRUE;
}

static void
on_stream_state (GstDiscordStreamState state,
    GstDiscordStreamDeleteReason reason, gpointer user_data)
{
  static const gchar letters[] = "irsc+wue";
  Fixture *self = user_data;

  g_string_append_c (self->stream_states, letters[state]);
  self->reason = reason;
}

static gboolean
on_transport_open (const gchar *ip, guint16 port, guint32 ssrc,
    gpointer user_data, GError **error)
{
  Fixture *self = user_data;

  fail_unless_equals_string (ip, "127.0.0.1");
  fail_unless_equals_int (port, 50004);
  fail_unless_equals_uint64 (ssrc, SSRC);
  if (self->refuse_transport) {
    g_set_error_literal (
        error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE, "no route");
    return FALSE;
  }
  self->opened++;
  return TRUE;
}

static gboolean
on_transport_set_key (
    TransportMode mode, const guint8 key[TRANSPORT_KEY_SIZE], gpointer data)
{
  Fixture *self = data;

  self->mode = mode;
  self->key = key[0];
  return TRUE;
}

static void
on_transport_close (gpointer user_data)
{
  ((Fixture *) user_data)->closed++;
}

static void
on_state_changed (GstDiscordConnectionState state, gpointer user_data)
{
  Fixture *self = user_data;
  static const gchar letters[] = "-soidecrwf";

  g_string_append_c (self->states, letters[state]);
}

static void
on_can_send_changed (gboolean can_send, gpointer user_data)
{
  ((Fixture *) user_data)->can_send = can_send;
}

static void
on_ready (guint32 ssrc, const DiscordVoiceStreams *streams, gpointer user_data)
{
  Fixture *self = user_data;

  self->ssrc = ssrc;
  self->streams = *streams;
  self->readies++;
}

static void
on_resumed (gpointer user_data)
{
  ((Fixture *) user_data)->resumes++;
}

static void
on_moved (guint64 channel_id, gpointer user_data)
{
  ((Fixture *) user_data)->moved_to = channel_id;
}

static void
on_move_timeout (guint64 channel_id, gpointer user_data)
{
  ((Fixture *) user_data)->move_timed_out = channel_id;
}

static void
on_speaking_sent (guint flags, gpointer user_data)
{
  ((Fixture *) user_data)->speaking_sent = flags;
}

static void
on_dave_version (guint version, gpointer user_data)
{
  ((Fixture *) user_data)->dave_version = (gint) version;
}

static void
on_dave (const DiscordVoiceDaveMessage *message, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->dave, "%u ", message->op);
}

static void
on_latency (gdouble last, gdouble average, gpointer user_data)
{
}

static void
on_speaking (guint64 user_id, guint32 ssrc, guint flags, gpointer user_data)
{
}

static void
on_video (guint64 user_id, guint32 audio_ssrc, guint32 video_ssrc,
    const GstDiscordVoiceStream *streams, guint n_streams, gpointer data)
{
}

static void
on_media (const DiscordVoiceSessionUpdate *update, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (self->media, "%s:%" G_GINT64_FORMAT " ",
      update->video_codec != NULL ? update->video_codec : "-",
      update->keyframe_interval);
}

static void
on_wants (const GstDiscordMediaSinkWants *wants, gpointer user_data)
{
  Fixture *self = user_data;

  g_string_append_printf (
      self->media, "any=%d ", gst_discord_media_sink_wants_get_any (wants));
}

static void
on_clients_connect (const guint64 *ids, guint n_ids, gpointer user_data)
{
}

static void
on_client_disconnect (guint64 user_id, gpointer user_data)
{
}

static void
on_client_number (guint64 user_id, gint64 number, gpointer user_data)
{
  ((Fixture *) user_data)->client_numbers++;
}

static void
on_ended (const GError *error, gpointer user_data)
{
  Fixture *self = user_data;

  self->ended++;
  g_clear_error (&self->error);
  if (error != NULL)
    self->error = g_error_copy (error);
}

static const DiscordVoiceSessionCallbacks callbacks = {
  .update_voice_state = on_update_voice_state,
  .stream_op = on_stream_op,
  .stream_state = on_stream_state,
  .transport_open = on_transport_open,
  .transport_set_key = on_transport_set_key,
  .transport_close = on_transport_close,
  .state_changed = on_state_changed,
  .can_send_changed = on_can_send_changed,
  .ready = on_ready,
  .resumed = on_resumed,
  .moved = on_moved,
  .move_timeout = on_move_timeout,
  .speaking_sent = on_speaking_sent,
  .dave_version = on_dave_version,
  .dave = on_dave,
  .latency = on_latency,
  .speaking = on_speaking,
  .video = on_video,
  .media = on_media,
  .wants = on_wants,
  .clients_connect = on_clients_connect,
  .client_disconnect = on_client_disconnect,
  .client_flags = on_client_number,
  .client_platform = on_client_number,
  .ended = on_ended,
};

DiscordVoiceSessionConfig
fixture_default_config (void)
{
  return (DiscordVoiceSessionConfig){
    .guild_id = GUILD,
    .channel_id = CHANNEL,
    .timeout = 30,
    .reconnect = TRUE,
    .max_reconnects = 10,
    .gateway_version = 9,
    .modes = { TRANSPORT_MODE_AES256_GCM, TRANSPORT_MODE_XCHACHA20_POLY1305 },
    .n_modes = 2,
  };
}

Fixture *
fixture_new_full (const DiscordVoiceSessionConfig *config)
{
  Fixture *self = g_new0 (Fixture, 1);

  self->scheduler = fake_scheduler_new ();
  self->scheduler->random = 0.5; /* no jitter */
  self->websockets = fake_websockets_new ();
  self->asked = g_string_new (NULL);
  self->states = g_string_new (NULL);
  self->stream_states = g_string_new (NULL);
  self->speaking_sent = -1;
  self->dave_version = -1;
  self->dave = g_string_new (NULL);
  self->media = g_string_new (NULL);
  self->session = discord_voice_session_new (config, &self->scheduler->parent,
      fake_websocket_make, self->websockets, &callbacks, self);
  return self;
}

Fixture *
fixture_new (void)
{
  DiscordVoiceSessionConfig config = fixture_default_config ();

  return fixture_new_full (&config);
}

void
fixture_free (Fixture *self)
{
  discord_voice_session_free (self->session);
  fail_unless_equals_int (self->opened, self->closed);
  fake_websockets_free (self->websockets);
  fake_scheduler_free (self->scheduler);
  g_string_free (self->asked, TRUE);
  g_string_free (self->states, TRUE);
  g_string_free (self->stream_states, TRUE);
  g_string_free (self->dave, TRUE);
  g_string_free (self->media, TRUE);
  g_clear_error (&self->error);
  g_free (self);
}

void
fixture_voice_state (Fixture *self, guint64 channel_id)
{
  discord_voice_session_voice_state (self->session, channel_id, USER, "c3f0");
}

void
fixture_voice_server (Fixture *self, const gchar *token, const gchar *endpoint)
{
  discord_voice_session_voice_server (self->session, token, endpoint);
}

FakeWebsocket *
fixture_next_socket (Fixture *self)
{
  return fake_websockets_get_newest (self->websockets, ++self->n_sockets);
}

FakeWebsocket *
fixture_signal (Fixture *self, const gchar *token)
{
  FakeWebsocket *ws;

  fixture_voice_state (self, CHANNEL);
  fixture_voice_server (self, token, "voice.example:443");
  ws = fixture_next_socket (self);
  fake_websocket_accept (ws);
  return ws;
}

void
fixture_handshake (Fixture *self, FakeWebsocket *ws)
{
  fake_websocket_say (ws, "{'op':8,'d':{'v':9,'heartbeat_interval':41250}}");
  fake_websocket_say (ws, READY);
  discord_voice_session_discovered (self->session, "203.0.113.7", 51413, NULL);
  fake_websocket_say (ws, DESCRIPTION);
}

FakeWebsocket *
fixture_connect (Fixture *self)
{
  FakeWebsocket *ws;

  discord_voice_session_start (self->session);
  ws = fixture_signal (self, "token-1");
  fixture_handshake (self, ws);
  fail_unless (self->can_send);
  g_string_truncate (self->asked, 0);
  g_string_truncate (self->states, 0);
  return ws;
}

Fixture *
fixture_new_stream (DiscordJoin join)
{
  DiscordVoiceSessionConfig config = fixture_default_config ();

  config.join = join;
  return fixture_new_full (&config);
}

void
fixture_stream_created (Fixture *self, guint64 rtc_server_id)
{
  const DiscordStreamPlace place = { rtc_server_id, RTC_CHANNEL, USER, "c3f0" };

  discord_voice_session_stream_created (self->session, &place);
}

FakeWebsocket *
fixture_connect_stream (Fixture *self)
{
  FakeWebsocket *ws;

  discord_voice_session_set_parent (self->session, TRUE);
  discord_voice_session_start (self->session);
  fixture_stream_created (self, RTC_SERVER);
  fixture_voice_server (self, "token-1", "voice.example:443");
  ws = fixture_next_socket (self);
  fake_websocket_accept (ws);
  fixture_handshake (self, ws);
  fail_unless (self->can_send);
  g_string_truncate (self->asked, 0);
  g_string_truncate (self->states, 0);
  g_string_truncate (self->stream_states, 0);
  return ws;
}
