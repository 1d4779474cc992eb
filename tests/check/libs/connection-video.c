/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a connection tells and learns about video, against the stand-in.
 * Time-outs only end a test that would hang. */
#include "loopback.h"

#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordconnection-private.h>

#define GUILD G_GUINT64_CONSTANT (290926798626357999)
#define CHANNEL G_GUINT64_CONSTANT (290926798999357250)
#define OTHER G_GUINT64_CONSTANT (18446744073709551614)
#define CODECS "H264;VP8"
#define STREAMS "video,rid=(string)100;video,rid=(string)50"

typedef struct
{
  Loopback *loopback;
  gchar *url;
  GstDiscordConnection *connection;

  /* Guards what follows, which signals tell. */
  GMutex lock;
  GCond cond;
  guint64 streams_of;
  GstDiscordMediaSinkWants *wants;
  guint n_codecs; /* notified */
  guint serial; /* of the send state */
} Fixture;

static void
on_streams (GstDiscordConnection *connection, guint64 user_id, Fixture *self)
{
  g_mutex_lock (&self->lock);
  self->streams_of = user_id;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_wants (GstDiscordConnection *connection, GstDiscordMediaSinkWants *wants,
    Fixture *self)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
  self->wants = gst_discord_media_sink_wants_copy (wants);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_codec (GstDiscordConnection *connection, GParamSpec *pspec, Fixture *self)
{
  g_mutex_lock (&self->lock);
  self->n_codecs++;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_send_state (GstDiscordConnection *connection,
    const GstDiscordSendState *state, gpointer user_data)
{
  Fixture *self = user_data;

  g_mutex_lock (&self->lock);
  self->serial = state->video_serial;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  gst_discord_connection_connect_finish (
      GST_DISCORD_CONNECTION (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
fixture_start (Fixture *self)
{
  memset (self, 0, sizeof *self);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->loopback = loopback_new ();
  fail_unless (loopback_start (self->loopback, NULL));
  self->url = loopback_dup_gateway_url (self->loopback);
}

static void
fixture_connect_full (Fixture *self, gboolean rtx)
{
  g_autoptr (GstDiscordGateway) gateway = gst_discord_gateway_get (
      "token-a", GST_DISCORD_ACCOUNT_TYPE_BOT, self->url, NULL, NULL, NULL);
  g_autoptr (GstCaps) codecs = gst_caps_from_string (CODECS);
  g_autoptr (GstCaps) streams = gst_caps_from_string (STREAMS);
  gboolean connected = FALSE;

  self->connection = g_object_new (GST_TYPE_DISCORD_CONNECTION, "signaller",
      gateway, "guild-id", GUILD, "channel-id", CHANNEL, "codecs", codecs,
      "video-streams", streams, "rtx", rtx, NULL);
  g_signal_connect (
      self->connection, "user-streams-changed", G_CALLBACK (on_streams), self);
  g_signal_connect (
      self->connection, "media-sink-wants", G_CALLBACK (on_wants), self);
  g_signal_connect (
      self->connection, "notify::video-codec", G_CALLBACK (on_codec), self);
  gst_discord_connection_connect_async (
      self->connection, NULL, on_connected, &connected);
  while (!connected)
    g_main_context_iteration (NULL, TRUE);
}

static void
fixture_connect (Fixture *self)
{
  fixture_connect_full (self, TRUE);
}

static void
fixture_stop (Fixture *self)
{
  gchar **violations;

  if (self->connection != NULL) {
    g_signal_handlers_disconnect_by_data (self->connection, self);
    g_object_unref (self->connection);
    fail_unless (loopback_wait (self->loopback, "left", 0, 1, 30000));
  }
  violations = loopback_dup_violations (self->loopback);
  if (violations[0] != NULL)
    ck_abort_msg ("violation: %s", violations[0]);
  g_strfreev (violations);
  loopback_free (self->loopback);
  g_free (self->url);
  g_clear_pointer (&self->wants, gst_discord_media_sink_wants_free);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
}

static void
say (Fixture *self, const gchar *message)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (message), "'", '"');
  g_autoptr (GError) error = NULL;

  loopback_act (self->loopback, &error, "frame-voice:*:text:%s", json);
  g_assert_no_error (error);
}

/* Until @condition, which is looked at with the lock held. */
#define WAIT_FOR(self, condition)                                              \
  G_STMT_START                                                                 \
  {                                                                            \
    g_mutex_lock (&(self)->lock);                                              \
    while (!(condition))                                                       \
      g_cond_wait (&(self)->cond, &(self)->lock);                              \
    g_mutex_unlock (&(self)->lock);                                            \
  }                                                                            \
  G_STMT_END

GST_START_TEST (test_codec_to_send)
{
  Fixture f;
  GstDiscordVideoState state;
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  guint id;

  fixture_start (&f);
  fixture_connect (&f);
  g_object_get (f.connection, "video-codec", &before, NULL);
  fail_unless_equals_string (before, "H264");
  id = gst_discord_connection_add_send_watch (f.connection, on_send_state, &f);

  say (&f, "{'op':14,'d':{'video_codec':'VP8','keyframe_interval':1500}}");
  WAIT_FOR (&f, f.n_codecs == 2 && f.serial > 0);
  g_object_get (f.connection, "video-codec", &after, NULL);
  fail_unless_equals_string (after, "VP8");
  gst_discord_connection_get_video_state (f.connection, &state);
  fail_unless_equals_int (state.codec, GST_DISCORD_CODEC_VP8);
  fail_unless_equals_int (state.payload_type, 107);
  fail_unless_equals_int (state.rtx_payload_type, 108);
  fail_unless_equals_int (state.keyframe_interval, 1500);

  /* The same again is nothing new; another one is, and one that we do not know
   * is none. */
  say (&f, "{'op':14,'d':{'video_codec':'VP8'}}");
  say (&f, "{'op':14,'d':{'video_codec':'MPEG2'}}");
  WAIT_FOR (&f, f.n_codecs == 3);
  gst_discord_connection_get_video_state (f.connection, &state);
  fail_unless_equals_int (state.codec, GST_DISCORD_CODEC_UNKNOWN);
  fail_unless_equals_int (state.payload_type, 0);
  fail_unless_equals_int (state.keyframe_interval, 1500);
  gst_discord_connection_remove_send_watch (f.connection, id);
  fixture_stop (&f);
}
GST_END_TEST;

GST_START_TEST (test_layers_of_others)
{
  Fixture f;
  GstDiscordSsrcInfo info;
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (GPtrArray) none = NULL;
  const GstDiscordVoiceStream *stream;

  fixture_start (&f);
  fixture_connect (&f);
  say (&f,
      "{'op':12,'d':{'user_id':'18446744073709551614','audio_ssrc':70,"
      "'video_ssrc':80,'streams':[{'rid':'100','ssrc':80,'rtx_ssrc':90,"
      "'active':true,'quality':100},{'rid':'50','ssrc':82,'quality':50}]}}");
  WAIT_FOR (&f, f.streams_of == OTHER);
  streams = gst_discord_connection_get_user_streams (f.connection, OTHER);
  fail_unless_equals_int (streams->len, 2);
  stream = g_ptr_array_index (streams, 1);
  fail_unless_equals_string (gst_discord_voice_stream_get_rid (stream), "50");
  fail_unless_equals_int (gst_discord_voice_stream_get_rtx_ssrc (stream), 83);
  none = gst_discord_connection_get_user_streams (f.connection, 5);
  fail_unless_equals_int (none->len, 0);

  gst_discord_connection_lookup_ssrc (f.connection, 90, &info);
  fail_unless_equals_uint64 (info.user_id, OTHER);
  fail_unless_equals_int (info.kind, GST_DISCORD_SSRC_RTX);
  fail_unless_equals_int (info.pair, 80);
  gst_discord_connection_lookup_ssrc (f.connection, 82, &info);
  fail_unless_equals_int (info.kind, GST_DISCORD_SSRC_VIDEO);
  fail_unless_equals_int (info.pair, 83);
  gst_discord_connection_lookup_ssrc (f.connection, 70, &info);
  fail_unless_equals_int (info.kind, GST_DISCORD_SSRC_AUDIO);
  gst_discord_connection_lookup_ssrc (f.connection, 71, &info);
  fail_unless_equals_int (info.kind, GST_DISCORD_SSRC_UNKNOWN);
  fail_unless_equals_uint64 (info.user_id, 0);
  fixture_stop (&f);
}
GST_END_TEST;

GST_START_TEST (test_wants_of_others)
{
  Fixture f;
  g_autoptr (GstDiscordMediaSinkWants) kept = NULL;

  fixture_start (&f);
  fixture_connect (&f);
  fail_unless (gst_discord_connection_get_remote_wants (f.connection) == NULL);
  say (&f, "{'op':15,'d':{'41201':'100','any':0,'pixelCounts':{'41201':64}}}");
  WAIT_FOR (&f, f.wants != NULL);
  kept = gst_discord_connection_get_remote_wants (f.connection);
  fail_unless (gst_discord_media_sink_wants_equal (kept, f.wants));
  fail_unless_equals_int (
      gst_discord_media_sink_wants_get_quality (kept, 41201), 100);
  fixture_stop (&f);
}
GST_END_TEST;

GST_START_TEST (test_properties)
{
  Fixture f;
  g_autoptr (GstCaps) codecs = NULL;
  g_autoptr (GstCaps) streams = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GPtrArray) twice = g_ptr_array_new ();
  g_autoptr (GstDiscordVoiceStream) stream =
      gst_discord_voice_stream_new ("a", 1);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;

  fixture_start (&f);
  fixture_connect (&f);
  g_object_get (
      f.connection, "codecs", &codecs, "video-streams", &streams, NULL);
  text = gst_caps_to_string (codecs);
  fail_unless_equals_string (text,
      "opus, encode=(boolean)true, decode=(boolean)true; "
      "H264, encode=(boolean)true, decode=(boolean)true; "
      "VP8, encode=(boolean)true, decode=(boolean)true");
  fail_unless_equals_int (gst_caps_get_size (streams), 2);

  list = gst_discord_connection_get_codecs (f.connection);
  fail_unless_equals_int (list->len, 3);
  g_ptr_array_remove_index (list, 0);
  fail_if (gst_discord_connection_set_codecs (f.connection, list, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  g_clear_error (&error);
  g_ptr_array_add (twice, stream);
  g_ptr_array_add (twice, stream);
  fail_if (
      gst_discord_connection_set_video_streams (f.connection, twice, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));

  /* Told to the server, which finds nothing wrong with it. */
  g_clear_pointer (&list, g_ptr_array_unref);
  list = gst_discord_voice_codec_list_available ();
  fail_unless (gst_discord_connection_set_codecs (f.connection, list, NULL));
  fixture_stop (&f);
}
GST_END_TEST;

/* The server may name SSRCs for it; we send nothing there. */
GST_START_TEST (test_without_rtx)
{
  guint8 packet[20] = { 0x80, 108 };
  GstDiscordOutPacket out = { .deadline = GST_CLOCK_TIME_NONE };
  g_autoptr (GPtrArray) codecs = NULL;
  GstDiscordVideoState state;
  Fixture f;

  fixture_start (&f);
  fixture_connect_full (&f, FALSE);
  gst_discord_connection_get_video_state (f.connection, &state);
  fail_unless_equals_int (state.rtx_payload_type, 0);
  fail_unless (state.streams.streams[0].rtx_ssrc != 0);
  codecs = gst_discord_connection_get_codecs (f.connection);
  for (guint i = 0; i < codecs->len; i++)
    fail_unless_equals_int (gst_discord_voice_codec_get_rtx_payload_type (
                                g_ptr_array_index (codecs, i)),
        0);

  GST_WRITE_UINT32_BE (packet + 8, state.streams.streams[0].rtx_ssrc);
  out.buffer = gst_buffer_new_memdup (packet, sizeof packet);
  fail_unless_equals_int (
      gst_discord_connection_send (f.connection, &out, 1), 0);
  gst_buffer_unref (out.buffer);
  fixture_stop (&f);
}
GST_END_TEST;

static GstDiscordConnection *
acquire (Fixture *f, const gchar *codecs, const gchar *streams, gboolean no_rtx,
    gint error_code)
{
  g_autoptr (GstCaps) codecs_caps =
      codecs != NULL ? gst_caps_from_string (codecs) : NULL;
  g_autoptr (GstCaps) streams_caps =
      streams != NULL ? gst_caps_from_string (streams) : NULL;
  const GstDiscordConnectionConfig config = {
    .token = "token-a",
    .gateway_url = f->url,
    .guild_id = GUILD,
    .channel_id = CHANNEL,
    .timeout = 30,
    .gateway_version = 9,
    .codecs = codecs_caps,
    .video_streams = streams_caps,
    .video = streams == NULL,
    .no_rtx = no_rtx,
  };
  g_autoptr (GError) error = NULL;
  GstDiscordConnection *connection =
      gst_discord_connection_acquire (&config, &error);

  if (error_code < 0)
    g_assert_no_error (error);
  else
    fail_unless (g_error_matches (error, GST_DISCORD_ERROR, error_code));
  return connection;
}

/* Elements that share a connection agree on codecs; who has no picture of its
 * own goes with the others. */
GST_START_TEST (test_shared)
{
  Fixture f;
  GstDiscordConnection *first, *second;
  g_autoptr (GstCaps) streams = NULL;
  gboolean video;

  fixture_start (&f);
  acquire (&f, "MPEG2", NULL, FALSE, GST_DISCORD_ERROR_SETTINGS);
  acquire (&f, CODECS, "audio,rid=1", FALSE, GST_DISCORD_ERROR_SETTINGS);
  acquire (
      &f, CODECS, "video,rid=1;video,rid=1", FALSE, GST_DISCORD_ERROR_SETTINGS);
  first = acquire (&f, CODECS, NULL, FALSE, -1);
  second = acquire (&f, CODECS, STREAMS, FALSE, -1);
  fail_unless (first == second);
  g_object_get (first, "video-streams", &streams, "video", &video, NULL);
  fail_unless_equals_int (gst_caps_get_size (streams), 2);
  fail_unless (video);
  acquire (&f, NULL, NULL, FALSE, GST_DISCORD_ERROR_CONFLICT);
  acquire (&f, "VP8;H264", NULL, FALSE, GST_DISCORD_ERROR_CONFLICT);
  acquire (&f, CODECS, "video,rid=100", FALSE, GST_DISCORD_ERROR_CONFLICT);
  acquire (&f, CODECS, NULL, TRUE, GST_DISCORD_ERROR_CONFLICT);
  gst_discord_connection_release (second);
  gst_discord_connection_release (first);
  fixture_stop (&f);
}
GST_END_TEST;

static Suite *
connection_video_suite (void)
{
  Suite *s = suite_create ("connection-video");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_codec_to_send);
  tcase_add_test (tc, test_layers_of_others);
  tcase_add_test (tc, test_without_rtx);
  tcase_add_test (tc, test_wants_of_others);
  tcase_add_test (tc, test_properties);
  tcase_add_test (tc, test_shared);
  return s;
}

GST_CHECK_MAIN (connection_video);
