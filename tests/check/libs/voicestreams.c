/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Simulcast layers: offered, assigned by Ready, told by op 12. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordvoicestream-private.h>

GST_START_TEST (test_boxed)
{
  g_autoptr (GstDiscordVoiceStream) stream =
      gst_discord_voice_stream_new ("50", 50);
  g_autoptr (GstDiscordVoiceStream) copy = NULL;
  guint width, height;

  fail_unless (gst_discord_voice_stream_get_active (stream));
  fail_if (gst_discord_voice_stream_get_screen (stream));
  fail_if (
      gst_discord_voice_stream_get_max_resolution (stream, &width, &height));
  gst_discord_voice_stream_set_active (stream, FALSE);
  gst_discord_voice_stream_set_screen (stream, TRUE);
  gst_discord_voice_stream_set_max_bitrate (stream, 1500000);
  gst_discord_voice_stream_set_max_framerate (stream, 29.97);
  gst_discord_voice_stream_set_max_resolution (stream, 640, 360);
  copy = g_boxed_copy (GST_TYPE_DISCORD_VOICE_STREAM, stream);

  fail_unless_equals_string (gst_discord_voice_stream_get_rid (copy), "50");
  fail_unless_equals_int (gst_discord_voice_stream_get_quality (copy), 50);
  fail_if (gst_discord_voice_stream_get_active (copy));
  fail_unless (gst_discord_voice_stream_get_screen (copy));
  fail_unless_equals_int (
      gst_discord_voice_stream_get_max_bitrate (copy), 1500000);
  fail_unless_equals_float (
      gst_discord_voice_stream_get_max_framerate (copy), 29.97);
  fail_unless (
      gst_discord_voice_stream_get_max_resolution (copy, &width, &height));
  fail_unless_equals_int (width, 640);
  fail_unless_equals_int (height, 360);
  fail_unless_equals_int (gst_discord_voice_stream_get_ssrc (copy), 0);
  fail_unless_equals_int (gst_discord_voice_stream_get_rtx_ssrc (copy), 0);
}
GST_END_TEST;

GST_START_TEST (test_rid)
{
  fail_unless (gst_discord_voice_stream_new ("", 1) == NULL);
  fail_unless (gst_discord_voice_stream_new ("a b", 1) == NULL);
  fail_unless (gst_discord_voice_stream_new ("\"", 1) == NULL);
  fail_unless (gst_discord_voice_stream_new ("\xc3\xa9", 1) == NULL);
  fail_unless (gst_discord_voice_stream_new ("12345678901234567", 1) == NULL);
  gst_discord_voice_stream_free (
      gst_discord_voice_stream_new ("1234567890-_cdEF", 1));
}
GST_END_TEST;

static void
offer (DiscordVoiceStreams *streams, const gchar *first, const gchar *second)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_stream_free);

  g_ptr_array_add (array, gst_discord_voice_stream_new (first, 100));
  g_ptr_array_add (array, gst_discord_voice_stream_new (second, 50));
  fail_unless (discord_voice_streams_set (streams, array, NULL));
}

/* golive 6.1: in any order, inactive in the answer, and some refused. */
GST_START_TEST (test_assign)
{
  const GstDiscordVoiceStream answer[] = {
    { .rid = "50", .ssrc = 41203, .active = FALSE, .quality = 1 },
    { .rid = "elsewhere", .ssrc = 41209 },
    { .rid = "100", .ssrc = 41201, .rtx_ssrc = 41250, .active = FALSE },
    { .rid = "100", .ssrc = 41207, .rtx_ssrc = 41208 },
  };
  DiscordVoiceStreams streams;

  offer (&streams, "100", "50");
  discord_voice_streams_assign (&streams, answer, G_N_ELEMENTS (answer));
  fail_unless_equals_int (streams.n_streams, 2);
  fail_unless_equals_int (streams.streams[0].ssrc, 41201);
  fail_unless_equals_int (streams.streams[0].rtx_ssrc, 41250);
  fail_unless (streams.streams[0].active);
  fail_unless_equals_int (streams.streams[1].ssrc, 41203);
  fail_unless_equals_int (streams.streams[1].rtx_ssrc, 41204);
  fail_unless (streams.streams[1].active);
  fail_unless_equals_int (streams.streams[1].quality, 50);

  /* The next session refuses the first one. */
  discord_voice_streams_assign (&streams, answer, 1);
  fail_unless_equals_int (streams.streams[0].ssrc, 0);
  fail_unless_equals_int (
      gst_discord_voice_stream_get_rtx_ssrc (&streams.streams[0]), 0);
  fail_unless_equals_int (streams.streams[1].ssrc, 41203);
  discord_voice_streams_assign (&streams, NULL, 0);
  fail_unless_equals_int (streams.streams[1].ssrc, 0);
}
GST_END_TEST;

GST_START_TEST (test_offer_refused)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_stream_free);
  DiscordVoiceStreams streams = { .n_streams = 1 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 2; i++)
    g_ptr_array_add (array, gst_discord_voice_stream_new ("100", 100));
  fail_if (discord_voice_streams_set (&streams, array, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  g_clear_error (&error);

  g_ptr_array_set_size (array, 0);
  for (guint i = 0; i <= DISCORD_MAX_LAYERS; i++) {
    g_autofree gchar *rid = g_strdup_printf ("%u", i);

    g_ptr_array_add (array, gst_discord_voice_stream_new (rid, i));
  }
  fail_if (discord_voice_streams_set (&streams, array, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  fail_unless_equals_int (streams.n_streams, 1);
}
GST_END_TEST;

/* Voice gateway 2.10: partial entries are merged by RID. */
GST_START_TEST (test_update)
{
  const GstDiscordVoiceStream first[] = {
    { .rid = "100",
        .ssrc = 10,
        .rtx_ssrc = 15,
        .quality = 100,
        .active = TRUE,
        .fields = DISCORD_STREAM_SSRC | DISCORD_STREAM_RTX_SSRC
            | DISCORD_STREAM_QUALITY | DISCORD_STREAM_ACTIVE },
    { .rid = "50",
        .ssrc = 20,
        .quality = 50,
        .active = TRUE,
        .fields = DISCORD_STREAM_SSRC | DISCORD_STREAM_QUALITY
            | DISCORD_STREAM_ACTIVE },
  };
  const GstDiscordVoiceStream second[] = {
    { .rid = "50", .active = FALSE, .fields = DISCORD_STREAM_ACTIVE },
    { .rid = "50", .ssrc = 99, .fields = DISCORD_STREAM_SSRC },
    { .ssrc = 10,
        .max_width = 640,
        .max_height = 360,
        .fields = DISCORD_STREAM_SSRC | DISCORD_STREAM_MAX_RESOLUTION },
  };
  const GstDiscordVoiceStream third[] = {
    { .rid = "100", .ssrc = 30, .fields = DISCORD_STREAM_SSRC },
  };
  DiscordVoiceStreams known = { .n_streams = 0 };

  discord_voice_streams_update (&known, first, G_N_ELEMENTS (first));
  discord_voice_streams_update (&known, second, G_N_ELEMENTS (second));
  fail_unless_equals_int (known.n_streams, 2);
  fail_unless_equals_string (known.streams[0].rid, "50");
  fail_unless_equals_int (known.streams[0].ssrc, 20);
  fail_unless_equals_int (known.streams[0].quality, 50);
  fail_if (known.streams[0].active);
  fail_unless_equals_string (known.streams[1].rid, "100");
  fail_unless_equals_int (known.streams[1].max_width, 640);
  fail_unless (known.streams[1].active);

  /* Another SSRC has another pair; what is not named is gone. */
  discord_voice_streams_update (&known, third, G_N_ELEMENTS (third));
  fail_unless_equals_int (known.n_streams, 1);
  fail_unless_equals_int (known.streams[0].ssrc, 30);
  fail_unless_equals_int (
      gst_discord_voice_stream_get_rtx_ssrc (&known.streams[0]), 31);
  fail_unless (known.streams[0].active);
  discord_voice_streams_update (&known, NULL, 0);
  fail_unless_equals_int (known.n_streams, 0);
}
GST_END_TEST;

GST_START_TEST (test_more_than_there_is_room_for)
{
  GstDiscordVoiceStream many[DISCORD_MAX_LAYERS + 4] = { 0 };
  DiscordVoiceStreams known = { .n_streams = 0 };

  for (guint i = 0; i < G_N_ELEMENTS (many); i++) {
    many[i].ssrc = 100 + i;
    many[i].fields = DISCORD_STREAM_SSRC;
  }
  discord_voice_streams_update (&known, many, G_N_ELEMENTS (many));
  fail_unless_equals_int (known.n_streams, DISCORD_MAX_LAYERS);
  /* No pair above the last number. */
  known.streams[0].ssrc = G_MAXUINT32;
  fail_unless_equals_int (
      gst_discord_voice_stream_get_rtx_ssrc (&known.streams[0]), 0);
}
GST_END_TEST;

GST_START_TEST (test_fill)
{
  static const struct
  {
    guint quality, bitrate, height, framerate, expected;
  } cases[] = {
    { 100, 0, 720, 30, 4000000 },
    { 100, 0, 1080, 30, 8000000 },
    { 100, 0, 720, 60, 8000000 },
    { 50, 0, 720, 30, 1000000 },
    { 100, 3000000, 1080, 60, 3000000 },
    { 25, 3000000, 1080, 60, 750000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstDiscordVoiceStream) stream =
        gst_discord_voice_stream_new ("r", cases[i].quality);
    guint width, height;

    gst_discord_voice_stream_fill (
        stream, cases[i].bitrate, 1280, cases[i].height, cases[i].framerate);
    fail_unless_equals_int (
        gst_discord_voice_stream_get_max_bitrate (stream), cases[i].expected);
    fail_unless (
        gst_discord_voice_stream_get_max_resolution (stream, &width, &height));
    fail_unless_equals_int (width, 1280);
    fail_unless_equals_int (height, cases[i].height);

    /* What is there already stays. */
    gst_discord_voice_stream_fill (stream, 1, 2, 3, 4);
    fail_unless_equals_int (
        gst_discord_voice_stream_get_max_bitrate (stream), cases[i].expected);
    fail_unless_equals_float (
        gst_discord_voice_stream_get_max_framerate (stream),
        cases[i].framerate);
  }
}
GST_END_TEST;

static const struct
{
  const gchar *caps;
  const gchar *again; /* NULL: refused */
} caps_cases[] = {
  { "video,rid=(string)100; screen,rid=50",
      "video, rid=(string)100, quality=(int)100, active=(boolean)true; "
      "screen, rid=(string)50, quality=(int)50, active=(boolean)true" },
  { "video,rid=(string)big,active=false,max-bitrate=1500000,"
    "max-framerate=(fraction)30000/1001,max-width=640,max-height=360,"
    "ssrc=(uint)7",
      "video, rid=(string)big, quality=(int)100, active=(boolean)false, "
      "max-bitrate=(int)1500000, max-framerate=(fraction)30000/1001, "
      "max-width=(int)640, max-height=(int)360" },
  { "video,rid=7,quality=40",
      "video, rid=(string)7, quality=(int)40, active=(boolean)true" },
  { "audio,rid=1", NULL },
  { "video", NULL },
  { "video,rid=(string)\"\"", NULL },
  { "video,rid=-1",
      "video, rid=(string)-1, quality=(int)100, "
      "active=(boolean)true" },
  { "video,rid=1,quality=0", NULL },
  { "video,rid=1,quality=101", NULL },
  { "video,rid=1,quality=(string)good", NULL },
  { "video,rid=1;screen,rid=1", NULL },
  { "video,rid=1;video,rid=2;video,rid=3;video,rid=4;video,rid=5;video,rid=6;"
    "video,rid=7;video,rid=8;video,rid=9",
      NULL },
};

GST_START_TEST (test_caps)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_cases[__i__].caps);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (GstCaps) again = NULL;
  g_autofree gchar *text = NULL;

  streams = gst_discord_voice_stream_list_from_caps (caps, &error);
  if (caps_cases[__i__].again == NULL) {
    fail_unless (streams == NULL);
    fail_unless (
        g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
    return;
  }
  g_assert_no_error (error);
  again = gst_discord_voice_stream_list_to_caps (streams);
  text = gst_caps_to_string (again);
  fail_unless_equals_string (text, caps_cases[__i__].again);
}
GST_END_TEST;

static Suite *
voicestreams_suite (void)
{
  Suite *s = suite_create ("voicestreams");
  TCase *tc = tcase_create ("streams");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_boxed);
  tcase_add_test (tc, test_rid);
  tcase_add_test (tc, test_assign);
  tcase_add_test (tc, test_offer_refused);
  tcase_add_test (tc, test_update);
  tcase_add_test (tc, test_more_than_there_is_room_for);
  tcase_add_test (tc, test_fill);
  tcase_add_loop_test (tc, test_caps, 0, G_N_ELEMENTS (caps_cases));
  return s;
}

GST_CHECK_MAIN (voicestreams);
