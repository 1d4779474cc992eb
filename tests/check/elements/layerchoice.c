/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "layerchoice.h"
#include "videostart.h"

#define TOLD (DISCORD_STREAM_QUALITY | DISCORD_STREAM_ACTIVE)

static const DiscordVoiceStreams three = { .streams = { { .ssrc = 50,
                                                            .quality = 50,
                                                            .active = TRUE,
                                                            .fields = TOLD,
                                                            .max_width = 640,
                                                            .max_height = 360 },
                                               { .ssrc = 100,
                                                   .quality = 100,
                                                   .active = TRUE,
                                                   .fields = TOLD,
                                                   .max_width = 1280,
                                                   .max_height = 720 },
                                               { .ssrc = 25,
                                                   .quality = 25,
                                                   .active = TRUE,
                                                   .fields = TOLD,
                                                   .max_width = 320,
                                                   .max_height = 180 } },
  .n_streams = 3 };

typedef struct
{
  guint quality;
  guint64 pixel_count;
  guint32 ssrc;
} Choice;

static const Choice choices[] = {
  { 100, 0, 100 },
  { 99, 0, 50 },
  { 50, 0, 50 },
  { 49, 0, 25 },
  /* Something is wanted, and that is the least. */
  { 1, 0, 25 },
  { 0, 0, 0 },
  { 0, 1000000, 0 },
  { 100, 1280 * 720, 100 },
  { 100, 1280 * 720 + 1, 100 },
  { 100, 1280 * 720 - 1, 100 },
  { 100, 640 * 360, 50 },
  { 100, 640 * 360 + 1, 100 },
  { 100, 1, 25 },
  { 60, 1280 * 720, 50 },
  { 60, 320 * 180, 25 },
};

GST_START_TEST (test_choice)
{
  const Choice *choice = &choices[__i__];

  fail_unless_equals_int (
      discord_layer_choose (&three, choice->quality, choice->pixel_count),
      choice->ssrc);
}
GST_END_TEST;

/* What carries nothing is no choice; what was not told is no obstacle. */
GST_START_TEST (test_unusable_layers)
{
  DiscordVoiceStreams layers = three;

  layers.streams[1].active = FALSE;
  fail_unless_equals_int (discord_layer_choose (&layers, 100, 0), 50);
  layers.streams[0].ssrc = 0;
  fail_unless_equals_int (discord_layer_choose (&layers, 100, 0), 25);
  layers.streams[2].active = FALSE;
  fail_unless_equals_int (discord_layer_choose (&layers, 100, 0), 0);
  fail_if (discord_layers_are_active (&layers));
  layers.streams[2].fields = 0;
  fail_unless_equals_int (discord_layer_choose (&layers, 100, 0), 25);
  fail_unless (discord_layers_are_active (&layers));
  layers.n_streams = 0;
  fail_unless_equals_int (discord_layer_choose (&layers, 100, 0), 0);
  fail_unless (discord_layers_have_ssrc (&three, 25));
  fail_if (discord_layers_have_ssrc (&three, 26));
  layers = three;
  layers.streams[0].ssrc = 0;
  fail_if (discord_layers_have_ssrc (&layers, 0));
}
GST_END_TEST;

/* What rests may be asked for; what was refused may not. */
GST_START_TEST (test_resting_layers)
{
  DiscordVoiceStreams layers = three;

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    fail_unless_equals_int (discord_layer_choose_resting (&three,
                                choices[i].quality, choices[i].pixel_count),
        choices[i].ssrc);
  layers.streams[0].active = FALSE;
  fail_unless_equals_int (discord_layer_choose (&layers, 60, 0), 25);
  fail_unless_equals_int (discord_layer_choose_resting (&layers, 60, 0), 50);
  fail_unless_equals_int (
      discord_layer_choose_resting (&layers, 100, 640 * 360), 50);
  layers.streams[0].ssrc = 0;
  fail_unless_equals_int (discord_layer_choose_resting (&layers, 60, 0), 25);
  layers = three;
  for (guint i = 0; i < 3; i++)
    layers.streams[i].active = FALSE;
  fail_unless_equals_int (discord_layer_choose_resting (&layers, 100, 0), 100);
  fail_unless_equals_int (discord_layer_choose_resting (&layers, 0, 0), 0);
}
GST_END_TEST;

typedef struct
{
  GstDiscordCodec codec;
  gboolean complete;
  const gchar *frame;
  gsize size;
} Start;

#define FRAME(bytes) bytes, sizeof (bytes) - 1
#define NAL "\0\0\0\1"

static const Start starts[] = {
  { GST_DISCORD_CODEC_H264, TRUE,
      FRAME (NAL "\x67.." NAL "\x68." NAL "\x65....") },
  { GST_DISCORD_CODEC_H264, TRUE,
      FRAME (NAL "\x09." NAL "\x68." NAL "\x67.." NAL "\x06." NAL "\x25.") },
  { GST_DISCORD_CODEC_H264, FALSE, FRAME (NAL "\x67.." NAL "\x65....") },
  { GST_DISCORD_CODEC_H264, FALSE, FRAME (NAL "\x65....") },
  /* Behind the picture they are too late. */
  { GST_DISCORD_CODEC_H264, FALSE,
      FRAME (NAL "\x67.." NAL "\x65...." NAL "\x68.") },
  { GST_DISCORD_CODEC_H264, FALSE, FRAME (NAL "\x67.." NAL "\x68.") },
  { GST_DISCORD_CODEC_H264, FALSE, FRAME ("\0\0\1") },
  { GST_DISCORD_CODEC_H264, FALSE, FRAME ("") },
  { GST_DISCORD_CODEC_H265, TRUE,
      FRAME (NAL "\x40\1" NAL "\x42\1" NAL "\x44\1" NAL "\x26\1...") },
  { GST_DISCORD_CODEC_H265, FALSE,
      FRAME (NAL "\x42\1" NAL "\x44\1" NAL "\x26\1...") },
  { GST_DISCORD_CODEC_H265, FALSE, FRAME (NAL "\x26\1...") },
  { GST_DISCORD_CODEC_VP8, TRUE, FRAME (".") },
  { GST_DISCORD_CODEC_AV1, TRUE, FRAME (".") },
};

GST_START_TEST (test_start)
{
  const Start *start = &starts[__i__];
  /* With nothing behind it that could be read. */
  g_autofree guint8 *frame = g_memdup2 (start->frame, start->size);

  fail_unless_equals_int (
      discord_video_keyframe_is_complete (start->codec, frame, start->size),
      start->complete);
}
GST_END_TEST;

static Suite *
layerchoice_suite (void)
{
  Suite *s = suite_create ("layerchoice");
  TCase *tc = tcase_create ("video");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_choice, 0, G_N_ELEMENTS (choices));
  tcase_add_test (tc, test_unusable_layers);
  tcase_add_test (tc, test_resting_layers);
  tcase_add_loop_test (tc, test_start, 0, G_N_ELEMENTS (starts));
  return s;
}

GST_CHECK_MAIN (layerchoice);
