/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video over the voice gateway sessions of one stay in a channel. */
#include "sessionfixture.h"

#define READY(first, second)                                                   \
  "{'op':2,'d':{'ssrc':4294967294,'ip':'127.0.0.1','port':50004,"              \
  "'modes':['aead_aes256_gcm_rtpsize'],'streams':["                            \
  "{'rid':'50','ssrc':" second "},{'rid':'100','ssrc':" first "}]}}"
#define DESCRIPTION(more)                                                         \
  "{'op':4,'d':{'mode':'aead_aes256_gcm_rtpsize','secret_key':[7,1,2,3,4,5,6,"    \
  "7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31]" more \
  "}}"
#define VIDEO_CODEC ",'video_codec':'VP8','keyframe_interval':2000"
#define VIDEO(first, rtx)                                                      \
  "{'op':12,'d':{'audio_ssrc':4294967294,'video_ssrc':" first                  \
  ",'rtx_ssrc':" rtx ",'streams':[{'type':'video','rid':'100','ssrc':" first   \
  ",'rtx_ssrc':" rtx ",'active':true,'quality':100}]}}"

static Fixture *
video_fixture (void)
{
  DiscordVoiceSessionConfig config = fixture_default_config ();

  config.rtx = TRUE;
  config.streams = (DiscordVoiceStreams){
    .streams = { { .rid = "100", .quality = 100, .active = TRUE },
        { .rid = "50", .quality = 50, .active = TRUE } },
    .n_streams = 2,
  };
  return fixture_new_full (&config);
}

/* From the open websocket to the messages of video. */
static void
handshake_with (
    Fixture *f, FakeWebsocket *ws, const gchar *ready, const gchar *description)
{
  g_autofree gchar *identify = fake_websocket_take (ws);

  fail_unless (strstr (identify, "\"video\":true,\"streams\":[{") != NULL);
  fake_websocket_say (ws, "{'op':8,'d':{'v':9,'heartbeat_interval':41250}}");
  fake_websocket_expect_op (ws, 3);
  fake_websocket_say (ws, ready);
  fake_websocket_expect_op (ws, 16);
  discord_voice_session_discovered (f->session, "203.0.113.7", 51413, NULL);
  fake_websocket_expect_op (ws, 1);
  fake_websocket_say (ws, description);
  fake_websocket_expect_op (ws, 5);
}

static void
handshake (Fixture *f, FakeWebsocket *ws, const gchar *ready)
{
  handshake_with (f, ws, ready, DESCRIPTION (VIDEO_CODEC));
}

GST_START_TEST (test_over_a_server_move)
{
  Fixture *f = video_fixture ();
  const DiscordVoiceStreams sent = {
    .streams = { { .rid = "100", .quality = 100, .active = TRUE } },
    .n_streams = 1,
  };
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();
  FakeWebsocket *ws;

  /* Before there is any session. */
  discord_voice_session_set_video (f->session, &sent);
  discord_voice_session_start (f->session);
  ws = fixture_signal (f, "token-1");
  handshake (f, ws, READY ("10", "20"));
  fake_websocket_expect (ws, VIDEO ("10", "11"));
  fake_websocket_expect (ws, "{'op':15,'d':{'any':100}}");
  fail_unless_equals_string (f->media->str, "VP8:2000 ");
  fail_unless_equals_int (f->streams.n_streams, 2);
  fail_unless_equals_int (f->streams.streams[0].ssrc, 10);
  fail_unless_equals_int (f->streams.streams[1].ssrc, 20);

  gst_discord_media_sink_wants_set_any (wants, 25);
  gst_discord_media_sink_wants_set_quality (wants, 77, 100);
  fake_scheduler_advance (f->scheduler, 1000);
  discord_voice_session_set_wants (f->session, wants);
  fake_websocket_expect (ws, "{'op':15,'d':{'77':100,'any':25}}");
  fake_websocket_say (ws, "{'op':14,'d':{'video_codec':'H264'}}");
  fake_websocket_say (ws, "{'op':15,'d':{'any':50,'10':0}}");
  fail_unless_equals_string (f->media->str, "VP8:2000 H264:-1 any=50 ");

  /* Elsewhere all SSRCs are others; what is sent and wanted of any is not. */
  fixture_voice_server (f, "token-2", "other.example:443");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  handshake (f, ws, READY ("30", "40"));
  fake_websocket_expect (ws, VIDEO ("30", "31"));
  fake_websocket_expect (ws, "{'op':15,'d':{'any':25}}");
  fake_websocket_expect_nothing (ws);
  fail_unless_equals_int (f->streams.streams[0].ssrc, 30);
  fixture_free (f);
}
GST_END_TEST;

GST_START_TEST (test_codecs_of_a_running_session)
{
  Fixture *f = video_fixture ();
  DiscordVoiceCodecs codecs = { .n_codecs = 0 };
  FakeWebsocket *ws;

  discord_voice_codecs_set_audio (&codecs);
  discord_voice_session_set_codecs (f->session, &codecs);
  discord_voice_session_start (f->session);
  ws = fixture_signal (f, "token-1");
  handshake (f, ws, READY ("10", "20"));
  fake_websocket_expect_op (ws, 12);
  fake_websocket_expect_op (ws, 15);
  fake_websocket_expect_nothing (ws);
  discord_voice_session_set_codecs (f->session, &codecs);
  fake_websocket_expect_op (ws, 14);
  fixture_free (f);
}
GST_END_TEST;

/* Bots may be told neither codec nor interval; those of the session before do
 * not hold then. */
GST_START_TEST (test_codec_not_told)
{
  Fixture *f = video_fixture ();
  FakeWebsocket *ws;

  discord_voice_session_start (f->session);
  ws = fixture_signal (f, "token-1");
  handshake (f, ws, READY ("10", "20"));
  fixture_voice_server (f, "token-2", "other.example:443");
  ws = fixture_next_socket (f);
  fake_websocket_accept (ws);
  handshake_with (f, ws, READY ("30", "40"), DESCRIPTION (""));
  fail_unless_equals_string (f->media->str, "VP8:2000 :0 ");
  fixture_free (f);
}
GST_END_TEST;

/* Layers that come later are offered by identifying once more, where we are and
 * with what we have; what is sent is told again. */
GST_START_TEST (test_offer_while_joined)
{
  Fixture *f = video_fixture ();
  const DiscordVoiceStreams sent = {
    .streams = { { .rid = "100", .quality = 100, .active = TRUE } },
    .n_streams = 1,
  };
  const DiscordVoiceStreams offer = {
    .streams = { { .rid = "25", .quality = 25, .active = TRUE },
        { .rid = "100", .quality = 100, .active = TRUE } },
    .n_streams = 2,
  };
  FakeWebsocket *ws, *again;
  g_autofree gchar *identify = NULL;

  discord_voice_session_set_video (f->session, &sent);
  discord_voice_session_start (f->session);
  ws = fixture_signal (f, "token-1");
  handshake (f, ws, READY ("10", "20"));
  discord_voice_session_offer (f->session, &offer);
  fail_unless_equals_int (f->closed, 1);
  again = fixture_next_socket (f);
  fake_websocket_accept (again);
  identify = fake_websocket_take (again);
  fail_unless (strstr (identify, "\"token\":\"token-1\"") != NULL);
  fail_unless (strstr (identify, "\"rid\":\"25\"") != NULL);
  fail_unless (strstr (identify, "\"rid\":\"50\"") == NULL);
  fixture_free (f);
}
GST_END_TEST;

/* Nothing to begin anew: it counts for the join. */
GST_START_TEST (test_offer_before_joining)
{
  Fixture *f = video_fixture ();
  const DiscordVoiceStreams offer = {
    .streams = { { .rid = "25", .quality = 25, .active = TRUE } },
    .n_streams = 1,
  };
  FakeWebsocket *ws;
  g_autofree gchar *identify = NULL;

  discord_voice_session_start (f->session);
  discord_voice_session_offer (f->session, &offer);
  ws = fixture_signal (f, "token-1");
  identify = fake_websocket_take (ws);
  fail_unless (strstr (identify, "\"rid\":\"25\"") != NULL);
  fail_unless (strstr (identify, "\"rid\":\"100\"") == NULL);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
voicesession_video_suite (void)
{
  Suite *s = suite_create ("voicesession-video");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_over_a_server_move);
  tcase_add_test (tc, test_codec_not_told);
  tcase_add_test (tc, test_offer_while_joined);
  tcase_add_test (tc, test_offer_before_joining);
  tcase_add_test (tc, test_codecs_of_a_running_session);
  return s;
}

GST_CHECK_MAIN (voicesession_video);
