/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The voice gateway's messages about video, as bytes in and bytes out. */
#include <gst/check/gstcheck.h>
#include <gst/discord/signalling/videomessages.h>
#include <locale.h>
#include <string.h>

/* JSON with ' for ". */
static JsonObject *
parse (const gchar *text)
{
  g_autofree gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  JsonObject *object = discord_json_parse_object (json, strlen (json));

  fail_if (object == NULL, "%s", text);
  return object;
}

static void
expect (gchar *built, const gchar *text)
{
  g_autofree gchar *owned = built;
  g_autofree gchar *json = g_strdelimit (g_strdup (text), "'", '"');

  fail_unless_equals_string (owned, json);
}

static GstDiscordMediaSinkWants *
parse_wants (const gchar *text)
{
  g_autoptr (JsonObject) root = parse (text);

  return discord_video_parse_wants (root);
}

/* golive 6.4 */
GST_START_TEST (test_wants_example)
{
  g_autoptr (GstDiscordMediaSinkWants) wants =
      parse_wants ("{'op':15,'d':{'41201':100,'41203':0,'any':100,"
                   "'pixelCounts':{'41201':2073600}}}");

  fail_unless_equals_int (gst_discord_media_sink_wants_get_any (wants), 100);
  fail_unless_equals_int (
      gst_discord_media_sink_wants_get_quality (wants, 41201), 100);
  fail_unless_equals_int (
      gst_discord_media_sink_wants_get_quality (wants, 41203), 0);
  fail_unless_equals_float (
      gst_discord_media_sink_wants_get_pixel_count (wants, 41201), 2073600);
  expect (discord_video_build_wants (wants),
      "{'op':15,'d':{'41201':100,'41203':0,'any':100,"
      "'pixelCounts':{'41201':2073600}}}");
}
GST_END_TEST;

static const struct
{
  const gchar *message;
  const gchar *understood; /* as we would write it; NULL: no op 15 */
} wants_cases[] = {
  { "{'op':15,'d':{}}", "{'op':15,'d':{}}" },
  { "{'op':15,'d':{'any':'50','4294967295':'100'}}",
      "{'op':15,'d':{'4294967295':100,'any':50}}" },
  { "{'op':15,'d':{'any':0.5,'7':99.01,'8':1e2}}",
      "{'op':15,'d':{'7':100,'8':100,'any':1}}" },
  { "{'op':15,'d':{'any':1000,'7':1e300}}",
      "{'op':15,'d':{'7':100,'any':100}}" },
  /* Nothing that is not understood harms the rest. */
  { "{'op':15,'d':{'any':-1,'7':-0.5,'8':true,'9':null,'10':'much','11':'',"
    "'12':[],'13':{},'14':40}}",
      "{'op':15,'d':{'14':40}}" },
  { "{'op':15,'d':{'0':1,'4294967296':1,'+7':1,' 8':1,'9 ':1,'1e3':1,"
    "'99999999999999999999':1,'':1,'-1':1,'007':7,'new':{'7':1},'15':5}}",
      "{'op':15,'d':{'7':7,'15':5}}" },
  { "{'op':15,'d':{'pixelCounts':[1],'any':3}}", "{'op':15,'d':{'any':3}}" },
  { "{'op':15,'d':{'pixelCounts':{'7':921600.5,'8':-1,'9':1e300,'any':5,"
    "'10':'640','11':0}}}",
      "{'op':15,'d':{'pixelCounts':{'7':921600.5,'10':640}}}" },
  { "{'op':15,'d':null}", NULL },
  { "{'op':15,'d':[100]}", NULL },
  { "{'op':15}", NULL },
};

GST_START_TEST (test_wants)
{
  g_autoptr (GstDiscordMediaSinkWants) wants =
      parse_wants (wants_cases[__i__].message);

  if (wants_cases[__i__].understood == NULL)
    fail_unless (wants == NULL);
  else
    expect (discord_video_build_wants (wants), wants_cases[__i__].understood);
}
GST_END_TEST;

GST_START_TEST (test_wants_by_the_thousand)
{
  GString *json = g_string_new ("{'op':15,'d':{");
  g_autoptr (GstDiscordMediaSinkWants) wants = NULL;

  for (guint i = 1; i < 5000; i++)
    g_string_append_printf (json, "'%u':1,", i);
  g_string_append (json, "'any':7}}");
  wants = parse_wants (json->str);
  g_string_free (json, TRUE);
  fail_unless_equals_int (gst_discord_media_sink_wants_get_any (wants), 7);
  fail_unless (gst_discord_media_sink_wants_get_n_ssrcs (wants) <= 256);
}
GST_END_TEST;

/* Voice gateway 2.10. */
GST_START_TEST (test_video_in)
{
  g_autoptr (JsonObject) root = parse (
      "{'op':12,'d':{'user_id':'18446744073709551615','audio_ssrc':41200,"
      "'video_ssrc':41201,'streams':["
      "{'type':'video','rid':'100','ssrc':41201,'rtx_ssrc':41202,"
      "'active':true,'quality':100,'max_bitrate':4000000,'max_framerate':30,"
      "'max_resolution':{'type':'fixed','width':1280,'height':720}},"
      "{'type':'screen','ssrc':41203,'max_framerate':29.97,"
      "'max_resolution':{'type':'source','width':5,'height':5}},"
      "{'rid':'50'}]}}");
  DiscordVideoMessage video;

  fail_unless (discord_video_parse (root, &video));
  fail_unless_equals_uint64 (video.user_id, G_MAXUINT64);
  fail_unless_equals_int (video.audio_ssrc, 41200);
  fail_unless_equals_int (video.video_ssrc, 41201);
  fail_unless_equals_int (video.n_streams, 3);
  fail_unless_equals_string (video.streams[0].rid, "100");
  fail_unless_equals_int (video.streams[0].rtx_ssrc, 41202);
  fail_unless (video.streams[0].active);
  fail_unless_equals_int (video.streams[0].max_bitrate, 4000000);
  fail_unless_equals_int (video.streams[0].max_height, 720);
  fail_unless_equals_string (video.streams[1].rid, "");
  fail_unless (video.streams[1].screen);
  fail_unless_equals_float (video.streams[1].max_framerate, 29.97);
  fail_unless_equals_int (video.streams[1].max_width, 0);
  fail_unless_equals_int (video.streams[1].fields,
      DISCORD_STREAM_SSRC | DISCORD_STREAM_TYPE | DISCORD_STREAM_MAX_FRAMERATE
          | DISCORD_STREAM_MAX_RESOLUTION);
  fail_unless_equals_int (video.streams[2].fields, 0);
}
GST_END_TEST;

/* From before there were several streams, and a quality of a part. */
GST_START_TEST (test_video_alone)
{
  g_autoptr (JsonObject) root = parse ("{'op':12,'d':{'user_id':5,"
                                       "'audio_ssrc':7.0,'video_ssrc':8}}");
  g_autoptr (JsonObject) pair =
      parse ("{'op':12,'d':{'user_id':'5','video_ssrc':8.0,'rtx_ssrc':10,"
             "'streams':null}}");
  g_autoptr (JsonObject) part =
      parse ("{'op':12,'d':{'user_id':'5','video_ssrc':8,"
             "'streams':[{'ssrc':8,'quality':49.5}]}}");
  DiscordVideoMessage video;

  fail_unless (discord_video_parse (root, &video));
  fail_unless_equals_uint64 (video.user_id, 5);
  fail_unless_equals_int (video.audio_ssrc, 7);
  fail_unless_equals_int (video.n_streams, 1);
  fail_unless_equals_int (video.streams[0].ssrc, 8);
  fail_unless_equals_int (video.streams[0].rtx_ssrc, 0);
  fail_unless_equals_int (video.streams[0].quality, 100);
  fail_unless (video.streams[0].active);
  fail_unless (discord_video_parse (pair, &video));
  fail_unless_equals_int (video.n_streams, 1);
  fail_unless_equals_int (video.streams[0].rtx_ssrc, 10);
  fail_unless (discord_video_parse (part, &video));
  fail_unless_equals_int (video.streams[0].quality, 50);
}
GST_END_TEST;

static const struct
{
  const gchar *message;
  gint n_streams; /* -1: malformed */
} video_cases[] = {
  { "{'d':{'user_id':'5'}}", 0 },
  { "{'d':{'user_id':'5','streams':null}}", 0 },
  { "{'d':{'user_id':'5','streams':[{'rid':7,'type':[],'quality':-1,"
    "'active':'yes','max_bitrate':-1,'max_framerate':1e99,"
    "'max_resolution':[]}]}}",
      1 },
  { "{'d':{'user_id':'5','streams':[{'rid':'a name that is too long'}]}}", 1 },
  { "{'d':{'user_id':'5','streams':[{'rid':'\\u0000'}]}}", 1 },
  { "{'d':{'user_id':'5','streams':{}}}", -1 },
  { "{'d':{'user_id':'5','streams':[7]}}", 0 },
  { "{'d':{'user_id':'5','streams':[null,{}]}}", 1 },
  { "{'d':{'user_id':'5','streams':[{},{'ssrc':'7'}]}}", 1 },
  { "{'d':{'user_id':'5','streams':[{'ssrc':4294967296},{}]}}", 1 },
  { "{'d':{'user_id':'5','streams':[{'rtx_ssrc':-1}]}}", 0 },
  { "{'d':{'user_id':5}}", 0 },
  { "{'d':{'user_id':5.0}}", -1 },
  { "{'d':{'user_id':'5','video_ssrc':0,'streams':[{}]}}", 0 },
  { "{'d':{'user_id':'5','video_ssrc':null,'streams':[{}]}}", 1 },
  { "{'d':{'user_id':'5','video_ssrc':7,'streams':[]}}", 0 },
  { "{'d':{'user_id':'5','video_ssrc':1.5}}", -1 },
  { "{'d':[]}", -1 },
};

GST_START_TEST (test_video_odd)
{
  g_autoptr (JsonObject) root = parse (video_cases[__i__].message);
  DiscordVideoMessage video;

  if (video_cases[__i__].n_streams < 0) {
    fail_if (discord_video_parse (root, &video));
    return;
  }
  fail_unless (discord_video_parse (root, &video));
  fail_unless_equals_int (video.n_streams, video_cases[__i__].n_streams);
  for (guint i = 0; i < video.n_streams; i++) {
    fail_unless_equals_string (video.streams[i].rid, "");
    fail_unless_equals_int (video.streams[i].fields & ~DISCORD_STREAM_TYPE, 0);
  }
}
GST_END_TEST;

GST_START_TEST (test_video_too_many)
{
  GString *json = g_string_new ("{'d':{'user_id':'5','streams':[{}");
  g_autoptr (JsonObject) fits = NULL;
  g_autoptr (JsonObject) many = NULL;
  DiscordVideoMessage video;

  for (guint i = 1; i < DISCORD_VIDEO_MAX_STREAMS; i++)
    g_string_append (json, ",{}");
  g_string_append (json, "]}}");
  fits = parse (json->str);
  fail_unless (discord_video_parse (fits, &video));
  fail_unless_equals_int (video.n_streams, DISCORD_VIDEO_MAX_STREAMS);

  g_string_truncate (json, json->len - 3);
  g_string_append (json, ",{}]}}");
  many = parse (json->str);
  fail_unless (discord_video_parse (many, &video));
  fail_unless_equals_int (video.n_streams, DISCORD_VIDEO_MAX_STREAMS);
  g_string_free (json, TRUE);
}
GST_END_TEST;

static DiscordVoiceStreams
make_streams (void)
{
  return (DiscordVoiceStreams){
    .streams = {
      { .rid = "50", .ssrc = 41203, .rtx_ssrc = 41204, .quality = 50 },
      { .rid = "100", .ssrc = 41201, .rtx_ssrc = 41202, .quality = 100,
          .active = TRUE, .max_bitrate = 4000000, .max_framerate = 30,
          .max_width = 1280, .max_height = 720,
          .fields = DISCORD_STREAM_MAX_RESOLUTION },
      { .rid = "25", .quality = 25, .active = TRUE },
    },
    .n_streams = 3,
  };
}

#define LAYER_100                                                              \
  "{'type':'video','rid':'100','ssrc':41201,'rtx_ssrc':41202,"                 \
  "'active':true,'quality':100,'max_bitrate':4000000,'max_framerate':30,"      \
  "'max_resolution':{'type':'fixed','width':1280,'height':720}}"
#define LAYER_50                                                               \
  "{'type':'video','rid':'50','ssrc':41203,'rtx_ssrc':41204,'active':false,"   \
  "'quality':50}"

/* Voice gateway 2.10; a layer that was refused is not there. */
GST_START_TEST (test_video_out)
{
  DiscordVoiceStreams streams = make_streams ();
  const DiscordVoiceStreams none = { .n_streams = 0 };

  expect (discord_video_build (41200, &streams, TRUE),
      "{'op':12,'d':{'audio_ssrc':41200,'video_ssrc':41201,'rtx_ssrc':41202,"
      "'streams':[" LAYER_50 "," LAYER_100 "]}}");
  expect (discord_video_build (41200, &none, TRUE),
      "{'op':12,'d':{'audio_ssrc':41200,'video_ssrc':0,'rtx_ssrc':0,"
      "'streams':[]}}");

  streams.n_streams = 1;
  streams.streams[0].screen = TRUE;
  streams.streams[0].max_framerate = 29.97;
  streams.streams[0].fields = DISCORD_STREAM_MAX_RESOLUTION;
  expect (discord_video_build (41200, &streams, FALSE),
      "{'op':12,'d':{'audio_ssrc':41200,'video_ssrc':41203,'rtx_ssrc':0,"
      "'streams':[{'type':'screen','rid':'50','ssrc':41203,'active':false,"
      "'quality':50,'max_framerate':29.97,"
      "'max_resolution':{'type':'source','width':0,'height':0}}]}}");

  streams.streams[0].ssrc = 0;
  expect (discord_video_build (41200, &streams, TRUE),
      "{'op':12,'d':{'audio_ssrc':41200,'video_ssrc':0,'rtx_ssrc':0,"
      "'streams':[]}}");
}
GST_END_TEST;

/* JSON has points, whatever the language of the user. */
GST_START_TEST (test_locale)
{
  const gchar *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "C" };
  DiscordVoiceStreams streams = make_streams ();
  g_autofree gchar *built = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (locales); i++)
    if (setlocale (LC_NUMERIC, locales[i]) != NULL)
      break;
  streams.streams[1].max_framerate = 23.976;
  built = discord_video_build (1, &streams, TRUE);
  fail_unless (strstr (built, "\"max_framerate\":23.976,") != NULL);
  setlocale (LC_NUMERIC, "C");
}
GST_END_TEST;

GST_START_TEST (test_session_update)
{
  static const gchar *const bad[] = { "{'d':null}", "{'d':7}", "{}" };
  g_autoptr (JsonObject) odd =
      parse ("{'op':14,'d':{'video_codec':'VP8','audio_codec':[],"
             "'media_session_id':5,'keyframe_interval':1999.5}}");
  g_autoptr (JsonObject) none =
      parse ("{'op':14,'d':{'video_codec':8,'keyframe_interval':-1}}");
  g_autoptr (JsonObject) some =
      parse ("{'op':14,'d':{'video_codec':'VP8','new':[],'audio_codec':null}}");
  g_autoptr (JsonObject) all =
      parse ("{'op':14,'d':{'audio_codec':'opus','video_codec':'H264',"
             "'media_session_id':'5b1c','keyframe_interval':2000}}");
  DiscordVoiceSessionUpdate update;

  fail_unless (discord_video_parse_session_update (some, &update));
  fail_unless_equals_string (update.video_codec, "VP8");
  fail_unless (update.audio_codec == NULL);
  fail_unless (update.media_session_id == NULL);
  fail_unless_equals_int64 (update.keyframe_interval, -1);
  fail_unless (discord_video_parse_session_update (all, &update));
  fail_unless_equals_string (update.audio_codec, "opus");
  fail_unless_equals_string (update.media_session_id, "5b1c");
  fail_unless_equals_int64 (update.keyframe_interval, 2000);

  fail_unless (discord_video_parse_session_update (odd, &update));
  fail_unless_equals_string (update.video_codec, "VP8");
  fail_unless (update.audio_codec == NULL);
  fail_unless (update.media_session_id == NULL);
  fail_unless_equals_int64 (update.keyframe_interval, 1999);
  fail_unless (discord_video_parse_session_update (none, &update));
  fail_unless (update.video_codec == NULL);
  fail_unless_equals_int64 (update.keyframe_interval, -1);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (JsonObject) root = parse (bad[i]);

    fail_if (discord_video_parse_session_update (root, &update));
  }
}
GST_END_TEST;

/* Voice gateway 2.4. */
GST_START_TEST (test_offer_and_codecs)
{
  DiscordVoiceStreams streams = make_streams ();
  DiscordVoiceCodecs codecs = {
    .codecs = {
      { GST_DISCORD_CODEC_OPUS, 1000, TRUE, TRUE, TRUE },
      { GST_DISCORD_CODEC_H264, 1000, TRUE, TRUE, TRUE },
      { GST_DISCORD_CODEC_AV1, 2000, FALSE, TRUE, FALSE },
    },
    .n_codecs = 3,
  };
  GString *json = g_string_new (NULL);

  discord_video_append_offer (json, &streams);
  expect (g_string_free (json, FALSE),
      "'streams':[{'type':'video','rid':'50','quality':50,'active':false},"
      "{'type':'video','rid':'100','quality':100,'active':true},"
      "{'type':'video','rid':'25','quality':25,'active':true}],");
  expect (discord_video_build_session_update (&codecs),
      "{'op':14,'d':{'codecs':[{'name':'opus','type':'audio','priority':1000,"
      "'payload_type':120},{'name':'H264','type':'video','priority':1000,"
      "'payload_type':105,'rtx_payload_type':106,'encode':true,"
      "'decode':true},{'name':'AV1','type':'video','priority':2000,"
      "'payload_type':101,'encode':false,'decode':true}]}}");
}
GST_END_TEST;

static Suite *
videomessages_suite (void)
{
  Suite *s = suite_create ("videomessages");
  TCase *tc = tcase_create ("messages");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_wants_example);
  tcase_add_loop_test (tc, test_wants, 0, G_N_ELEMENTS (wants_cases));
  tcase_add_test (tc, test_wants_by_the_thousand);
  tcase_add_test (tc, test_video_in);
  tcase_add_test (tc, test_video_alone);
  tcase_add_loop_test (tc, test_video_odd, 0, G_N_ELEMENTS (video_cases));
  tcase_add_test (tc, test_video_too_many);
  tcase_add_test (tc, test_video_out);
  tcase_add_test (tc, test_locale);
  tcase_add_test (tc, test_session_update);
  tcase_add_test (tc, test_offer_and_codecs);
  return s;
}

GST_CHECK_MAIN (videomessages);
