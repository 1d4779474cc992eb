/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What either gateway may say, fed line by line into the whole state machines:
 * a text frame each, but for
 *   !bytes   a binary frame
 *   #code    the server closes
 *   @ms      time passes
 * The first byte of the input chooses the gateway. */

#include <gst/gst.h>

#include "gst/discord/session/ssrctable.h"
#include "gst/discord/signalling/json.h"
#include "gst/discord/signalling/maingateway.h"
#include "gst/discord/signalling/rest.h"
#include "gst/discord/signalling/streamtable.h"
#include "gst/discord/signalling/voicegateway.h"

#include "fuzz.h"

#define MAX_TIMERS 64
#define MAX_FIRED 1000

typedef struct
{
  guint id;
  gint64 due;
  DiscordTimerFunc func;
  gpointer user_data;
} Timer;

typedef struct
{
  DiscordScheduler parent;
  gint64 now;
  guint last_id;
  guint n_fired;
  Timer timers[MAX_TIMERS];
} Clock;

static gint64
clock_now (DiscordScheduler *scheduler)
{
  return ((Clock *) scheduler)->now;
}

static guint
clock_add (DiscordScheduler *scheduler, guint delay_ms, DiscordTimerFunc func,
    gpointer user_data)
{
  Clock *self = (Clock *) scheduler;

  for (guint i = 0; i < MAX_TIMERS; i++) {
    if (self->timers[i].id != 0)
      continue;
    self->timers[i] = (Timer){ ++self->last_id,
      self->now + delay_ms * G_TIME_SPAN_MILLISECOND, func, user_data };
    return self->last_id;
  }
  /* No state machine needs that many. */
  FUZZ_CHECK (FALSE);
  return 0;
}

static void
clock_remove (DiscordScheduler *scheduler, guint id)
{
  Clock *self = (Clock *) scheduler;

  for (guint i = 0; i < MAX_TIMERS; i++) {
    if (self->timers[i].id == id) {
      self->timers[i].id = 0;
      return;
    }
  }
  FUZZ_CHECK (FALSE);
}

static gdouble
clock_random (DiscordScheduler *scheduler)
{
  return 0.5;
}

static void
clock_advance (Clock *self, guint64 ms)
{
  gint64 end = self->now + (gint64) ms * G_TIME_SPAN_MILLISECOND;

  while (self->n_fired++ < MAX_FIRED) {
    Timer *next = NULL;
    Timer fired;

    for (guint i = 0; i < MAX_TIMERS; i++) {
      Timer *timer = &self->timers[i];

      if (timer->id != 0 && timer->due <= end
          && (next == NULL || timer->due < next->due))
        next = timer;
    }
    if (next == NULL)
      break;
    fired = *next;
    next->id = 0;
    self->now = MAX (self->now, fired.due);
    fired.func (fired.user_data);
  }
  self->now = end;
}

/* The socket made last; the others are gone. */
typedef struct
{
  DiscordWebsocket parent;
  DiscordWebsocketCallbacks callbacks;
  gpointer user_data;
  gboolean there;
  gboolean open;
  gboolean silent;
} Socket;

static Socket the_socket;

static void
socket_send_text (DiscordWebsocket *ws, const gchar *text)
{
  JsonObject *object;

  FUZZ_CHECK (the_socket.open);
  /* Whatever the server says, what we answer is well formed. */
  object = discord_json_parse_object (text, strlen (text));
  FUZZ_CHECK (object != NULL);
  json_object_unref (object);
}

static void
socket_send_binary (DiscordWebsocket *ws, GBytes *data)
{
  const guint8 *bytes = g_bytes_get_data (data, NULL);

  FUZZ_CHECK (the_socket.open);
  FUZZ_CHECK (g_bytes_get_size (data) > 0 && bytes[0] == 28);
}

static void
socket_close (DiscordWebsocket *ws, guint16 code, const gchar *reason)
{
  FUZZ_CHECK (the_socket.there);
  the_socket.open = FALSE;
  the_socket.silent = TRUE;
}

static void
socket_free (DiscordWebsocket *ws)
{
  FUZZ_CHECK (the_socket.there);
  memset (&the_socket, 0, sizeof (the_socket));
}

static DiscordWebsocket *
socket_make (const gchar *url, const DiscordWebsocketCallbacks *callbacks,
    gpointer user_data, gpointer factory_data)
{
  static const DiscordWebsocketVTable vtable = {
    socket_send_text,
    socket_send_binary,
    socket_close,
    socket_free,
  };

  FUZZ_CHECK (!the_socket.there);
  the_socket.parent.vtable = &vtable;
  the_socket.callbacks = *callbacks;
  the_socket.user_data = user_data;
  the_socket.there = TRUE;
  return &the_socket.parent;
}

static void
play_line (Clock *clock, const gchar *line, gsize length)
{
  Socket *s = &the_socket;

  if (length > 0 && line[0] == '@') {
    clock_advance (clock, g_ascii_strtoull (line + 1, NULL, 10) % 100000);
    return;
  }
  if (!s->there || s->silent)
    return;
  if (!s->open) {
    s->open = TRUE;
    s->callbacks.opened (&s->parent, s->user_data);
  }
  if (!s->there || s->silent)
    return;
  if (length > 0 && line[0] == '!') {
    s->callbacks.binary (
        &s->parent, (const guint8 *) line + 1, length - 1, s->user_data);
  } else if (length > 0 && line[0] == '#') {
    s->open = FALSE;
    s->silent = TRUE;
    s->callbacks.closed (&s->parent,
        (guint16) g_ascii_strtoull (line + 1, NULL, 10), "", NULL,
        s->user_data);
  } else if (memchr (line, 0, length) == NULL
      && g_utf8_validate (line, (gssize) length, NULL)) {
    /* The websocket refuses all else. */
    s->callbacks.text (&s->parent, line, length, s->user_data);
  }
}

static void
play (Clock *clock, const gchar *text, gsize length)
{
  const gchar *end = text + length;

  while (text < end) {
    const gchar *newline = memchr (text, '\n', (gsize) (end - text));
    gsize size = (gsize) ((newline != NULL ? newline : end) - text);
    /* Its own block, NUL behind it, as the websocket's. */
    gchar *line = g_malloc (size + 1);

    memcpy (line, text, size);
    line[size] = '\0';
    play_line (clock, line, size);
    g_free (line);
    text += size + 1;
  }
}

static const gchar *const rids[] = { "100", "50" };

static void
on_ready (
    DiscordVoiceGateway *gw, const DiscordVoiceReady *ready, gpointer data)
{
  FUZZ_CHECK (ready->ssrc != 0 && ready->port != 0);
  FUZZ_CHECK (ready->modes[0] != NULL);
  FUZZ_CHECK (ready->streams->n_streams == G_N_ELEMENTS (rids));
  discord_voice_gateway_select_protocol (gw, "203.0.113.7", 1, ready->modes[0]);
  discord_voice_gateway_set_speaking (gw, 1, ready->ssrc);
  discord_voice_gateway_set_video (gw, ready->streams);
}

/* What others send becomes what we know of them, and then what we would say. */
static void
on_video (DiscordVoiceGateway *gw, guint64 user_id, guint32 audio_ssrc,
    guint32 video_ssrc, const GstDiscordVoiceStream *streams, guint n_streams,
    gpointer table)
{
  DiscordVoiceStreams known;

  FUZZ_CHECK (user_id != 0);
  discord_ssrc_table_set_video (
      table, user_id, audio_ssrc, video_ssrc, streams, n_streams);
  FUZZ_CHECK (!discord_ssrc_table_set_video (
      table, user_id, audio_ssrc, video_ssrc, streams, n_streams));
  discord_ssrc_table_get_streams (table, user_id, &known);
  discord_voice_gateway_set_video (gw, &known);
}

static void
on_wants (DiscordVoiceGateway *gw, const GstDiscordMediaSinkWants *wants,
    gpointer data)
{
  guint n = gst_discord_media_sink_wants_get_n_ssrcs (wants);

  for (guint i = 0; i < n; i++) {
    guint ssrc = gst_discord_media_sink_wants_get_ssrc (wants, i);
    gint quality = gst_discord_media_sink_wants_get_quality (wants, ssrc);

    FUZZ_CHECK (ssrc != 0 && quality >= -1 && quality <= 100);
  }
  discord_voice_gateway_set_wants (gw, wants);
}

/* Answers whatever comes, as the owner of a group session might, with what came:
 * to be sent now, after a resume, or never. */
static void
on_dave (DiscordVoiceGateway *gw, const DiscordVoiceDaveMessage *message,
    gpointer data)
{
  const DiscordVoiceDaveMessage ready = { .op = 23,
    .transition_id = message->transition_id };
  const DiscordVoiceDaveMessage commit = {
    .op = 28, .payload = message->payload, .length = message->length
  };

  FUZZ_CHECK (message->op >= 21 && message->op <= 30);
  FUZZ_CHECK (message->op != 23 && message->op != 26 && message->op != 28);
  FUZZ_CHECK (message->op >= 25 || message->length == 0);
  discord_voice_gateway_send_dave (gw, &ready);
  discord_voice_gateway_send_dave (gw, &commit);
}

static void
on_closed (DiscordVoiceGateway *gw, DiscordReaction reaction, guint16 code,
    const GError *error, gpointer data)
{
  FUZZ_CHECK (reaction != DISCORD_REACTION_RESUME && error != NULL);
}

static void
play_voice (Clock *clock, const gchar *text, gsize length)
{
  static const DiscordVoiceGatewayCallbacks callbacks = {
    .ready = on_ready,
    .video = on_video,
    .wants = on_wants,
    .dave = on_dave,
    .closed = on_closed,
  };
  DiscordSsrcTable *table = discord_ssrc_table_new ();
  DiscordVoiceGatewayParams params = {
    .version = 9,
    .server_id = 1,
    .channel_id = 2,
    .user_id = 3,
    .session_id = "s",
    .token = "t",
    .endpoint = "e",
    .video = TRUE,
    .rtx = TRUE,
  };
  DiscordVoiceGateway *gw;

  for (guint i = 0; i < G_N_ELEMENTS (rids); i++)
    g_strlcpy (params.streams.streams[i].rid, rids[i], DISCORD_RID_SIZE);
  params.streams.n_streams = G_N_ELEMENTS (rids);
  gw = discord_voice_gateway_new (
      &params, &clock->parent, socket_make, NULL, &callbacks, table);
  play (clock, text, length);
  discord_voice_gateway_free (gw);
  discord_ssrc_table_free (table);
}

/* The table of streams behind the gateway, which never loses what a stream was
 * created with, whatever comes after that. */
static void
on_stream_created (
    DiscordMainGateway *gw, const GstDiscordStreamInfo *info, gpointer table)
{
  const guint64 id = gst_discord_stream_info_get_rtc_server_id (info);
  GstDiscordStreamInfo *known = discord_stream_table_created (table, info);

  FUZZ_CHECK (id != 0);
  if (known == NULL)
    return;
  FUZZ_CHECK (gst_discord_stream_info_get_rtc_server_id (known) == id);
  FUZZ_CHECK (discord_stream_table_is_available (
      table, gst_discord_stream_info_get_key (info)));
  gst_discord_stream_info_free (known);
}

static void
on_stream_updated (
    DiscordMainGateway *gw, const GstDiscordStreamInfo *info, gpointer table)
{
  GstDiscordStreamInfo *known = discord_stream_table_updated (table, info);

  if (known == NULL)
    return;
  FUZZ_CHECK (gst_discord_stream_info_get_rtc_server_id (known) != 0);
  gst_discord_stream_info_free (known);
}

static void
on_stream_server (DiscordMainGateway *gw, const GstDiscordStreamKey *key,
    const gchar *token, const gchar *endpoint, gpointer table)
{
  const gchar *known_token, *known_endpoint;

  discord_stream_table_server (table, key, token, endpoint);
  if (!discord_stream_table_get_server (
          table, key, &known_token, &known_endpoint))
    return;
  FUZZ_CHECK (strcmp (token, known_token) == 0);
  FUZZ_CHECK (strcmp (endpoint, known_endpoint) == 0);
}

static void
on_stream_deleted (DiscordMainGateway *gw, const GstDiscordStreamKey *key,
    const gchar *reason, gboolean unavailable, gpointer table)
{
  const DiscordStreamRequest again = {
    .op = DISCORD_MAIN_OP_WATCH_STREAM,
    .key = *key,
  };

  discord_stream_table_deleted (table, key, unavailable);
  FUZZ_CHECK (!discord_stream_table_is_available (table, key));
  discord_main_gateway_request_stream (gw, &again);
}

static void
on_member_live (DiscordMainGateway *gw, guint64 guild_id, guint64 channel_id,
    guint64 user_id, gboolean live, gpointer table)
{
  DiscordLiveChange change;

  discord_stream_table_set_live (
      table, guild_id, channel_id, user_id, live, &change);
  FUZZ_CHECK (!change.began || (live && channel_id != 0));
}

static void
play_main (Clock *clock, const gchar *text, gsize length)
{
  static const DiscordMainGatewayCallbacks callbacks = {
    .stream_created = on_stream_created,
    .stream_updated = on_stream_updated,
    .stream_server = on_stream_server,
    .stream_deleted = on_stream_deleted,
    .member_live = on_member_live,
  };
  const DiscordMainGatewayParams params = {
    .account_type = GST_DISCORD_ACCOUNT_TYPE_BOT,
    .token = "t",
    .url = "wss://e",
  };
  const DiscordVoiceStateUpdate join = { .guild_id = 1, .channel_id = 2 };
  const DiscordStreamRequest create = {
    .op = DISCORD_MAIN_OP_CREATE_STREAM,
    .key = { .guild_id = 1, .channel_id = 2 },
  };
  DiscordStreamTable *table = discord_stream_table_new ();
  DiscordMainGateway *gw = discord_main_gateway_new (
      &params, &clock->parent, socket_make, NULL, &callbacks, table);

  discord_main_gateway_update_voice_state (gw, &join);
  discord_main_gateway_request_stream (gw, &create);
  play (clock, text, length);
  discord_main_gateway_free (gw);
  discord_stream_table_free (table);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const DiscordSchedulerVTable vtable = {
    clock_now,
    clock_add,
    clock_remove,
    clock_random,
  };
  Clock clock = { .parent = { &vtable }, .now = G_TIME_SPAN_SECOND };
  gboolean used_up;

  if (size < 1)
    return 0;
  gst_init (NULL, NULL);
  gst_debug_set_active (FALSE);
  if (data[0] == 'r')
    g_free (discord_rest_parse_gateway (
        (const gchar *) data + 1, size - 1, &used_up));
  else if (data[0] == 'm')
    play_main (&clock, (const gchar *) data + 1, size - 1);
  else
    play_voice (&clock, (const gchar *) data + 1, size - 1);

  FUZZ_CHECK (!the_socket.there);
  for (guint i = 0; i < MAX_TIMERS; i++)
    FUZZ_CHECK (clock.timers[i].id == 0);
  return 0;
}
