/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "layerwants.h"

#define SSRC 41201

/* As in golive 6.4, with whether that was news. */
static gboolean
update (LayerWants *self, gint quality, gint any, gdouble pixels)
{
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();

  gst_discord_media_sink_wants_set_quality (wants, SSRC, quality);
  gst_discord_media_sink_wants_set_any (wants, any);
  gst_discord_media_sink_wants_set_pixel_count (wants, SSRC, pixels);
  return layer_wants_update (self, wants, SSRC, TRUE);
}

static void
expect (const LayerWants *self, const gchar *text)
{
  g_autoptr (GstStructure) told = layer_wants_to_structure (self, "100");
  g_autoptr (GstStructure) expected = gst_structure_new_from_string (text);
  g_autofree gchar *is = gst_structure_to_string (told);

  fail_unless (gst_structure_is_equal (told, expected), "%s", is);
}

GST_START_TEST (test_whole)
{
  LayerWants wants = { FALSE };

  fail_unless (update (&wants, 60, 100, 2073600));
  expect (&wants,
      "discord-media-wants, rid=(string)100, ssrc=(uint)41201, "
      "quality=(int)60, any=(int)100, pixel-count=(double)2073600, "
      "selected=(boolean)true");
  /* Not named: as any. Not told at all: -1. */
  fail_unless (update (&wants, -1, 30, 0));
  expect (&wants,
      "discord-media-wants, rid=(string)100, ssrc=(uint)41201, "
      "quality=(int)30, any=(int)30, pixel-count=(double)0, "
      "selected=(boolean)true");
  fail_unless (update (&wants, -1, -1, 0));
  expect (&wants,
      "discord-media-wants, rid=(string)100, ssrc=(uint)41201, "
      "quality=(int)-1, any=(int)-1, pixel-count=(double)0, "
      "selected=(boolean)true");
}
GST_END_TEST;

GST_START_TEST (test_news_only)
{
  g_autoptr (GstDiscordMediaSinkWants) none =
      gst_discord_media_sink_wants_new ();
  LayerWants wants = { FALSE };

  /* The first is news, whatever it says. */
  fail_unless (update (&wants, 0, 0, 0));
  fail_if (update (&wants, 0, 0, 0));
  fail_unless (update (&wants, 1, 0, 0));
  fail_unless (update (&wants, 1, 1, 0));
  fail_unless (update (&wants, 1, 1, 0.5));
  fail_if (update (&wants, 1, 1, 0.5));
  /* Nothing was told, or the layer was refused. */
  fail_if (layer_wants_update (&wants, NULL, SSRC, TRUE));
  fail_if (layer_wants_update (&wants, none, 0, TRUE));
  /* Another session, and another decision. */
  fail_unless (layer_wants_update (&wants, none, SSRC + 2, TRUE));
  fail_unless (layer_wants_update (&wants, none, SSRC + 2, FALSE));
  fail_if (layer_wants_update (&wants, none, SSRC + 2, FALSE));
}
GST_END_TEST;

static Suite *
layerwants_suite (void)
{
  Suite *suite = suite_create ("layerwants");
  TCase *tc = tcase_create ("general");

  tcase_add_test (tc, test_whole);
  tcase_add_test (tc, test_news_only);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (layerwants);
