/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wants, and which layers are sent for them (golive 6.4, 6.5). */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordlayers-private.h>

#define START (100 * G_USEC_PER_SEC)
#define TOP 41201
#define MIDDLE 41203
#define LOW 41205

static const GstDiscordLayerRules usual = { TRUE, TRUE };

static GstDiscordMediaSinkWants *
want (gint any, gint top, gint middle, gint low)
{
  GstDiscordMediaSinkWants *wants = gst_discord_media_sink_wants_new ();

  gst_discord_media_sink_wants_set_any (wants, any);
  gst_discord_media_sink_wants_set_quality (wants, TOP, top);
  gst_discord_media_sink_wants_set_quality (wants, MIDDLE, middle);
  gst_discord_media_sink_wants_set_quality (wants, LOW, low);
  return wants;
}

static void
make_layers (GstDiscordLayer layers[3])
{
  /* Not by quality: the order does not matter. */
  const GstDiscordLayer made[] = {
    { .ssrc = MIDDLE, .quality = 50, .active = TRUE, .reported_at = -1 },
    { .ssrc = TOP, .quality = 100, .active = TRUE, .reported_at = -1 },
    { .ssrc = LOW, .quality = 25, .active = TRUE, .reported_at = -1 },
  };

  memcpy (layers, made, sizeof made);
}

/* "t", "m" and "l" for those selected, capital where a keyframe is due, behind
 * a "/" those announced. */
static const gchar *
decide (GstDiscordLayer layers[3], const GstDiscordLayerRules *rules,
    GstDiscordMediaSinkWants *wants, gint64 ms)
{
  static const guint order[] = { 1, 0, 2 };
  static const gchar letters[] = "tml";
  static GString *text = NULL;

  if (text == NULL)
    text = g_string_new (NULL);
  g_string_truncate (text, 0);
  gst_discord_layers_select (layers, 3, rules, wants, START + ms * 1000);
  if (wants != NULL)
    gst_discord_media_sink_wants_free (wants);
  for (guint i = 0; i < 3; i++)
    if (layers[order[i]].selected)
      g_string_append_c (text,
          layers[order[i]].started ? g_ascii_toupper (letters[i]) : letters[i]);
  g_string_append_c (text, '/');
  for (guint i = 0; i < 3; i++)
    if (layers[order[i]].announced)
      g_string_append_c (text, letters[i]);
  return text->str;
}

GST_START_TEST (test_wants)
{
  g_autoptr (GstDiscordMediaSinkWants) wants = want (-1, 100, -1, 0);
  g_autoptr (GstDiscordMediaSinkWants) copy =
      g_boxed_copy (GST_TYPE_DISCORD_MEDIA_SINK_WANTS, wants);

  fail_unless_equals_int (gst_discord_media_sink_wants_get_n_ssrcs (copy), 2);
  fail_unless_equals_int (gst_discord_media_sink_wants_get_ssrc (copy, 0), TOP);
  fail_unless_equals_int (gst_discord_media_sink_wants_get_ssrc (copy, 1), LOW);
  fail_unless_equals_int (
      gst_discord_media_sink_wants_resolve (copy, MIDDLE), -1);
  fail_unless (gst_discord_media_sink_wants_equal (wants, copy));

  gst_discord_media_sink_wants_set_any (copy, 1000);
  fail_unless_equals_int (gst_discord_media_sink_wants_get_any (copy), 100);
  fail_unless_equals_int (
      gst_discord_media_sink_wants_resolve (copy, MIDDLE), 100);
  fail_unless_equals_int (gst_discord_media_sink_wants_resolve (copy, LOW), 0);
  fail_if (gst_discord_media_sink_wants_equal (wants, copy));

  /* A size alone names a stream, and tells no quality. */
  gst_discord_media_sink_wants_set_pixel_count (copy, MIDDLE, 921600);
  fail_unless_equals_int (gst_discord_media_sink_wants_get_n_ssrcs (copy), 3);
  fail_unless_equals_int (
      gst_discord_media_sink_wants_get_quality (copy, MIDDLE), -1);
  fail_unless_equals_float (
      gst_discord_media_sink_wants_get_pixel_count (copy, MIDDLE), 921600);
  gst_discord_media_sink_wants_set_pixel_count (copy, MIDDLE, 0);
  gst_discord_media_sink_wants_set_any (copy, -1);
  fail_unless (gst_discord_media_sink_wants_equal (wants, copy));
}
GST_END_TEST;

GST_START_TEST (test_wants_are_bounded)
{
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();
  guint32 before = 0;

  for (guint i = 0; i < 10000; i++)
    gst_discord_media_sink_wants_set_quality (
        wants, 1 + (i * 2654435761u) % 100003, 50);
  fail_unless_equals_int (
      gst_discord_media_sink_wants_get_n_ssrcs (wants), 256);
  for (guint i = 0; i < 256; i++) {
    guint32 ssrc = gst_discord_media_sink_wants_get_ssrc (wants, i);

    fail_unless (ssrc > before);
    before = ssrc;
  }
}
GST_END_TEST;

GST_START_TEST (test_by_wants)
{
  GstDiscordLayer layers[3];

  make_layers (layers);
  /* Nothing told yet: the best one goes out. */
  fail_unless_equals_string (decide (layers, &usual, NULL, 0), "T/t");
  fail_unless_equals_string (decide (layers, &usual, NULL, 1000), "t/t");
  fail_unless_equals_string (
      decide (layers, &usual, want (0, 100, 1, 0), 1500), "tM/tm");
  fail_unless_equals_string (
      decide (layers, &usual, want (100, 100, 0, -1), 1600), "tL/tml");
  /* Not sent for two seconds: not active any more. */
  fail_unless_equals_string (
      decide (layers, &usual, want (100, 100, 0, -1), 3599), "tl/tml");
  fail_unless_equals_string (
      decide (layers, &usual, want (100, 100, 0, -1), 3600), "tl/tl");
  fail_unless_equals_string (
      decide (layers, &usual, want (100, -1, -1, -1), 3700), "tMl/tml");
}
GST_END_TEST;

GST_START_TEST (test_by_reports)
{
  GstDiscordLayer layers[3];

  make_layers (layers);
  layers[0].reported_at = START;
  fail_unless_equals_string (
      decide (layers, &usual, want (0, 100, 0, 0), 2999), "TM/tm");
  fail_unless_equals_string (
      decide (layers, &usual, want (0, 100, 0, 0), 3000), "t/tm");
  layers[0].reported_at = START + 4 * G_USEC_PER_SEC;
  fail_unless_equals_string (
      decide (layers, &usual, want (0, 100, 0, 0), 4000), "tM/tm");
}
GST_END_TEST;

/* The third change to the reference: the best layer rests as well. */
GST_START_TEST (test_top_that_nobody_wants)
{
  const GstDiscordLayerRules thrifty = { TRUE, FALSE };
  GstDiscordLayer layers[3];

  make_layers (layers);
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 0, 0), 0), "T/t");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 0, 0), 1999), "t/t");
  /* Wanted for a moment: the time starts again. */
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 5, 0, 0), 2000), "t/t");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 0, 0), 2100), "t/t");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 0, 0), 4099), "t/t");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 0, 0), 4100), "/t");
  /* It stays active, or others would take the video for ended. */
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 0, 0), 6100), "/t");
  /* As soon as somebody looks it is there, beginning with a keyframe. */
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 100, 0, 0), 6200), "T/t");
  /* Somebody unnamed may look at it. */
  fail_unless_equals_string (
      decide (layers, &thrifty, want (100, 0, 0, 0), 60000), "t/t");

  /* By default it never rests. */
  make_layers (layers);
  for (guint s = 0; s < 10; s++)
    decide (layers, &usual, want (0, 0, 0, 0), s * 1000);
  fail_unless (layers[1].selected);
}
GST_END_TEST;

/* With another one that is active the best may rest in op 12 as well. */
GST_START_TEST (test_top_rests_beside_another)
{
  const GstDiscordLayerRules thrifty = { TRUE, FALSE };
  GstDiscordLayer layers[3];

  make_layers (layers);
  layers[1].quality = 99;
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 1, 1, 0), 0), "TM/tm");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 1, 0), 1000), "m/tm");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 1, 0), 2999), "m/tm");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 1, 0), 3000), "m/m");
  /* Until the other one rests, too. */
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 0, 0, 0), 3100), "T/tm");
  fail_unless_equals_string (
      decide (layers, &thrifty, want (0, 1, 0, 0), 5100), "t/t");
}
GST_END_TEST;

GST_START_TEST (test_without_simulcast)
{
  const GstDiscordLayerRules one = { FALSE, TRUE };
  GstDiscordLayer layers[3];

  make_layers (layers);
  fail_unless_equals_string (
      decide (layers, &one, want (100, 100, 100, 100), 0), "T/t");
}
GST_END_TEST;

GST_START_TEST (test_refused_and_inactive)
{
  GstDiscordLayer layers[3];

  /* The best one was refused: the next takes its place. */
  make_layers (layers);
  layers[1].ssrc = 0;
  fail_unless_equals_string (decide (layers, &usual, NULL, 0), "M/m");
  fail_unless_equals_string (
      decide (layers, &usual, want (0, 100, 0, 100), 1), "L/ml");

  make_layers (layers);
  for (guint i = 0; i < 3; i++)
    layers[i].active = FALSE;
  fail_unless_equals_string (
      decide (layers, &usual, want (100, 100, 100, 100), 0), "/");
  fail_if (gst_discord_layers_select (NULL, 0, &usual, NULL, START));
}
GST_END_TEST;

GST_START_TEST (test_tells_when_op_12_is_due)
{
  GstDiscordLayer layers[3];
  g_autoptr (GstDiscordMediaSinkWants) low = want (0, 0, 0, 1);
  g_autoptr (GstDiscordMediaSinkWants) none = want (0, 0, 0, 0);

  make_layers (layers);
  fail_unless (gst_discord_layers_select (layers, 3, &usual, NULL, START));
  fail_if (gst_discord_layers_select (layers, 3, &usual, none, START + 1));
  fail_unless (gst_discord_layers_select (layers, 3, &usual, low, START + 2));
  fail_unless (gst_discord_layers_select (layers, 3, &usual, none, START + 3));
  fail_if (gst_discord_layers_select (layers, 3, &usual, none, START + 4));
  fail_unless (gst_discord_layers_select (
      layers, 3, &usual, none, START + 3 + 2 * G_USEC_PER_SEC));
}
GST_END_TEST;

static Suite *
layers_suite (void)
{
  Suite *s = suite_create ("layers");
  TCase *tc = tcase_create ("layers");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_wants);
  tcase_add_test (tc, test_wants_are_bounded);
  tcase_add_test (tc, test_by_wants);
  tcase_add_test (tc, test_by_reports);
  tcase_add_test (tc, test_top_that_nobody_wants);
  tcase_add_test (tc, test_top_rests_beside_another);
  tcase_add_test (tc, test_without_simulcast);
  tcase_add_test (tc, test_refused_and_inactive);
  tcase_add_test (tc, test_tells_when_op_12_is_due);
  return s;
}

GST_CHECK_MAIN (layers);
