/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video on the voice gateway: offer, op 12, op 14 and op 15 over a session's
 * life. */
#include "voicegateway-session.h"

#define STREAMS_READY                                                          \
  "{'op':2,'d':{'ssrc':41200,'ip':'198.51.100.20','port':50004,"               \
  "'modes':['made_up'],'streams':["                                            \
  "{'type':'video','rid':'50','quality':50,'active':false,'ssrc':41203},"      \
  "{'type':'video','rid':'100','quality':100,'active':false,'ssrc':41201,"     \
  "'rtx_ssrc':41202}]}}"
#define NO_VIDEO                                                               \
  "{'op':12,'d':{'audio_ssrc':41200,'video_ssrc':0,'rtx_ssrc':0,"              \
  "'streams':[]}}"
#define VIDEO(active)                                                          \
  "{'op':12,'d':{'audio_ssrc':41200,'video_ssrc':41201,'rtx_ssrc':41202,"      \
  "'streams':[{'type':'video','rid':'100','ssrc':41201,'rtx_ssrc':41202,"      \
  "'active':true,'quality':100},{'type':'video','rid':'50','ssrc':41203,"      \
  "'rtx_ssrc':41204,'active':" active ",'quality':50}]}}"

static DiscordVoiceStreams
make_streams (gboolean second_active)
{
  return (DiscordVoiceStreams){
    .streams = {
      { .rid = "100", .quality = 100, .active = TRUE },
      { .rid = "50", .quality = 50, .active = second_active },
      { .rid = "25", .quality = 25, .active = TRUE },
    },
    .n_streams = 3,
  };
}

static Session *
video_session (void)
{
  DiscordVoiceGatewayParams params = session_params (9);

  params.video = TRUE;
  params.rtx = TRUE;
  params.streams = make_streams (TRUE);
  params.codecs = (DiscordVoiceCodecs){
    .codecs = { { GST_DISCORD_CODEC_OPUS, 1000, TRUE, TRUE, TRUE },
        { GST_DISCORD_CODEC_H264, 1000, TRUE, TRUE, TRUE } },
    .n_codecs = 2,
  };
  return session_new_with (&params);
}

/* Up to Ready, of which one of the three layers offered is missing. */
static FakeWebsocket *
identify (Session *session)
{
  FakeWebsocket *ws = session_socket (session, 1);

  fake_websocket_accept (ws);
  fake_websocket_expect (ws,
      "{'op':0,'d':{'server_id':'9007199254740993',"
      "'channel_id':'9007199254740995','user_id':'18446744073709551615',"
      "'session_id':'c3f0','token':'9f1c2b','video':true,'streams':["
      "{'type':'video','rid':'100','quality':100,'active':true},"
      "{'type':'video','rid':'50','quality':50,'active':true},"
      "{'type':'video','rid':'25','quality':25,'active':true}],"
      "'max_dave_protocol_version':0}}");
  fake_websocket_say (ws, HELLO);
  fake_websocket_expect_op (ws, 3);
  fake_websocket_say (ws, STREAMS_READY);
  fake_websocket_expect_op (ws, 16);
  g_string_truncate (session->log, 0);
  return ws;
}

static FakeWebsocket *
connect_video (Session *session)
{
  FakeWebsocket *ws = identify (session);

  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_expect_op (ws, 1);
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_expect_op (ws, 5);
  g_string_truncate (session->log, 0);
  return ws;
}

GST_START_TEST (test_select_protocol)
{
  Session *session = video_session ();
  FakeWebsocket *ws = identify (session);
  g_autofree gchar *sent = NULL;

  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  sent = fake_websocket_take (ws);
  fail_unless (
      strstr (sent,
          "\"codecs\":[{\"name\":\"opus\",\"type\":\"audio\","
          "\"priority\":1000,\"payload_type\":120},{\"name\":\"H264\","
          "\"type\":\"video\",\"priority\":1000,\"payload_type\":105,"
          "\"rtx_payload_type\":106,\"encode\":true,\"decode\":true}],")
          != NULL,
      "%s", sent);
  fail_unless (g_str_has_suffix (
      sent, "\"experiments\":[\"fixed_keyframe_interval\"]}}"));
  session_free (session);
}
GST_END_TEST;

GST_START_TEST (test_only_receiving)
{
  Session *session = video_session ();
  FakeWebsocket *ws = connect_video (session);

  fake_websocket_expect (ws, NO_VIDEO);
  fake_websocket_expect (ws, "{'op':15,'d':{'any':100}}");
  fake_websocket_expect_nothing (ws);
  session_free (session);
}
GST_END_TEST;

GST_START_TEST (test_video_is_sent_once)
{
  Session *session = video_session ();
  FakeWebsocket *ws = connect_video (session);
  DiscordVoiceStreams streams = make_streams (TRUE);

  fake_websocket_expect_op (ws, 12);
  fake_websocket_expect_op (ws, 15);
  discord_voice_gateway_set_video (session->gw, &streams);
  fake_websocket_expect (ws, VIDEO ("true"));
  discord_voice_gateway_set_video (session->gw, &streams);
  fake_websocket_expect_nothing (ws);
  streams = make_streams (FALSE);
  discord_voice_gateway_set_video (session->gw, &streams);
  fake_websocket_expect (ws, VIDEO ("false"));
  streams.n_streams = 0;
  discord_voice_gateway_set_video (session->gw, &streams);
  fake_websocket_expect (ws, NO_VIDEO);
  session_free (session);
}
GST_END_TEST;

GST_START_TEST (test_set_before_connected)
{
  Session *session = video_session ();
  DiscordVoiceStreams streams = make_streams (TRUE);
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();
  FakeWebsocket *ws;

  gst_discord_media_sink_wants_set_any (wants, 0);
  gst_discord_media_sink_wants_set_quality (wants, 7, 100);
  discord_voice_gateway_set_video (session->gw, &streams);
  discord_voice_gateway_set_wants (session->gw, wants);
  ws = connect_video (session);
  fake_websocket_expect (ws, VIDEO ("true"));
  fake_websocket_expect (ws, "{'op':15,'d':{'7':100,'any':0}}");
  fake_websocket_expect_nothing (ws);
  session_free (session);
}
GST_END_TEST;

GST_START_TEST (test_resumed)
{
  Session *session = video_session ();
  FakeWebsocket *ws = connect_video (session);
  DiscordVoiceStreams streams = make_streams (TRUE);
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();

  discord_voice_gateway_set_video (session->gw, &streams);
  fake_websocket_hang_up (ws, 0, NULL);
  /* While the websocket is away. */
  streams = make_streams (FALSE);
  discord_voice_gateway_set_video (session->gw, &streams);
  gst_discord_media_sink_wants_set_any (wants, 5);
  discord_voice_gateway_set_wants (session->gw, wants);

  fake_scheduler_advance (session->scheduler, 0);
  ws = session_socket (session, 2);
  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 7);
  fake_websocket_say (ws, RESUMED);
  fake_websocket_expect_op (ws, 5);
  fake_websocket_expect (ws, VIDEO ("false"));
  fake_websocket_expect (ws, "{'op':15,'d':{'any':5}}");
  fake_websocket_expect_nothing (ws);
  session_free (session);
}
GST_END_TEST;

/* golive 7.2: at most two in any second, the last one counting. */
GST_START_TEST (test_wants_are_coalesced)
{
  Session *session = video_session ();
  FakeWebsocket *ws = connect_video (session);
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();

  fake_websocket_expect_op (ws, 12);
  fake_websocket_expect_op (ws, 15);
  for (gint any = 1; any <= 10; any++) {
    gst_discord_media_sink_wants_set_any (wants, any);
    discord_voice_gateway_set_wants (session->gw, wants);
  }
  fake_scheduler_advance (session->scheduler, 50);
  fake_websocket_expect_nothing (ws);
  fake_scheduler_advance (session->scheduler, 1);
  fake_websocket_expect (ws, "{'op':15,'d':{'any':10}}");
  gst_discord_media_sink_wants_set_any (wants, 20);
  discord_voice_gateway_set_wants (session->gw, wants);
  gst_discord_media_sink_wants_set_any (wants, 21);
  discord_voice_gateway_set_wants (session->gw, wants);
  fake_scheduler_advance (session->scheduler, 949);
  fake_websocket_expect_nothing (ws);
  fake_scheduler_advance (session->scheduler, 1);
  fake_websocket_expect (ws, "{'op':15,'d':{'any':21}}");
  gst_discord_media_sink_wants_set_any (wants, 10);
  discord_voice_gateway_set_wants (session->gw, wants);
  fake_scheduler_advance (session->scheduler, 51);
  fake_websocket_expect (ws, "{'op':15,'d':{'any':10}}");

  /* The same again, or there and back, is nothing to tell. */
  discord_voice_gateway_set_wants (session->gw, wants);
  gst_discord_media_sink_wants_set_any (wants, 11);
  discord_voice_gateway_set_wants (session->gw, wants);
  gst_discord_media_sink_wants_set_any (wants, 10);
  discord_voice_gateway_set_wants (session->gw, wants);
  fake_scheduler_advance (session->scheduler, 2000);
  fake_websocket_expect_nothing (ws);

  gst_discord_media_sink_wants_set_any (wants, 12);
  discord_voice_gateway_set_wants (session->gw, wants);
  fake_websocket_expect (ws, "{'op':15,'d':{'any':12}}");
  session_free (session);
}
GST_END_TEST;

GST_START_TEST (test_wants_due_when_the_link_is_lost)
{
  Session *session = video_session ();
  FakeWebsocket *ws = connect_video (session);
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();

  gst_discord_media_sink_wants_set_any (wants, 3);
  discord_voice_gateway_set_wants (session->gw, wants);
  fake_websocket_hang_up (ws, 4006, NULL);
  fake_scheduler_advance (session->scheduler, 10000);
  fail_unless (session->closed);
  session_free (session);
}
GST_END_TEST;

GST_START_TEST (test_codecs_change)
{
  const DiscordVoiceCodecs codecs = {
    .codecs = { { GST_DISCORD_CODEC_OPUS, 1000, TRUE, TRUE, TRUE } },
    .n_codecs = 1,
  };
  static const gchar update[] =
      "{'op':14,'d':{'codecs':[{'name':'opus','type':'audio','priority':1000,"
      "'payload_type':120}]}}";
  Session *session = video_session ();
  FakeWebsocket *ws = identify (session);
  g_autofree gchar *select = NULL;

  /* Before op 1 it is in time for that. */
  discord_voice_gateway_set_codecs (session->gw, &codecs);
  fake_websocket_expect_nothing (ws);
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  select = fake_websocket_take (ws);
  fail_unless (strstr (select, "H264") == NULL);
  /* Behind it another message has to tell, once the session stands. */
  discord_voice_gateway_set_codecs (session->gw, &codecs);
  fake_websocket_expect_nothing (ws);
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_expect_op (ws, 5);
  fake_websocket_expect_op (ws, 12);
  fake_websocket_expect_op (ws, 15);
  fake_websocket_expect (ws, update);
  discord_voice_gateway_set_codecs (session->gw, &codecs);
  fake_websocket_expect (ws, update);
  session_free (session);
}
GST_END_TEST;

GST_START_TEST (test_told)
{
  Session *session = video_session ();
  FakeWebsocket *ws = connect_video (session);

  fake_websocket_say (ws,
      "{'op':15,'d':{'41201':100,'41203':0,'any':100,"
      "'pixelCounts':{'41201':2073600.0}}}");
  fake_websocket_say (ws, "{'op':14,'d':{'video_codec':'VP8'}}");
  fake_websocket_say (ws,
      "{'op':14,'d':{'audio_codec':'opus','media_session_id':'5b1c',"
      "'keyframe_interval':2000}}");
  session_expect (session,
      "wants:100:41201=100/2073600:41203=0/0 "
      "update:(NULL):VP8:(NULL):-1 update:opus:(NULL):5b1c:2000 ");
  fail_unless_equals_int (session_stats (session).messages_invalid, 0);
  fake_websocket_say (ws, "{'op':14,'d':7}");
  fake_websocket_say (ws, "{'op':15,'d':100}");
  fake_websocket_say (ws, "{'op':12,'d':{'user_id':'5','streams':7}}");
  session_expect (session, "");
  fail_unless_equals_int (session_stats (session).messages_invalid, 3);
  session_free (session);
}
GST_END_TEST;

/* An answer that cannot be read takes the video, not the audio. */
GST_START_TEST (test_ready_with_nonsense)
{
  Session *session = video_session ();
  FakeWebsocket *ws = session_socket (session, 1);
  DiscordVoiceStreams streams = make_streams (TRUE);

  fake_websocket_accept (ws);
  fake_websocket_expect_op (ws, 0);
  fake_websocket_say (ws,
      "{'op':2,'d':{'ssrc':41200,'ip':'198.51.100.20','port':50004,"
      "'modes':['made_up'],'streams':[{'rid':'100','ssrc':'41201'}]}}");
  fake_websocket_expect_op (ws, 16);
  discord_voice_gateway_set_video (session->gw, &streams);
  discord_voice_gateway_select_protocol (
      session->gw, "203.0.113.7", 51413, "made_up");
  fake_websocket_expect_op (ws, 1);
  fake_websocket_say (ws, DESCRIPTION);
  fake_websocket_expect_op (ws, 5);
  fake_websocket_expect (ws, NO_VIDEO);
  session_free (session);
}
GST_END_TEST;

static Suite *
voicegateway_video_suite (void)
{
  Suite *s = suite_create ("voicegateway-video");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_select_protocol);
  tcase_add_test (tc, test_only_receiving);
  tcase_add_test (tc, test_video_is_sent_once);
  tcase_add_test (tc, test_set_before_connected);
  tcase_add_test (tc, test_resumed);
  tcase_add_test (tc, test_wants_are_coalesced);
  tcase_add_test (tc, test_wants_due_when_the_link_is_lost);
  tcase_add_test (tc, test_codecs_change);
  tcase_add_test (tc, test_told);
  tcase_add_test (tc, test_ready_with_nonsense);
  return s;
}

GST_CHECK_MAIN (voicegateway_video);
