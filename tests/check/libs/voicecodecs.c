/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of codecs: by the registry, by caps, by an application. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordvoicecodec-private.h>

static const gchar *
describe (GPtrArray *codecs)
{
  static GString *text = NULL;

  if (text == NULL)
    text = g_string_new (NULL);
  g_string_truncate (text, 0);
  for (guint i = 0; i < codecs->len; i++) {
    const GstDiscordVoiceCodec *codec = g_ptr_array_index (codecs, i);

    g_string_append_printf (text, "%s/%s:%u:%u:%u%s%s ",
        gst_discord_voice_codec_get_media (codec),
        gst_discord_voice_codec_get_name (codec),
        gst_discord_voice_codec_get_priority (codec),
        gst_discord_voice_codec_get_payload_type (codec),
        gst_discord_voice_codec_get_rtx_payload_type (codec),
        gst_discord_voice_codec_get_encode (codec) ? ":e" : "",
        gst_discord_voice_codec_get_decode (codec) ? ":d" : "");
  }
  return text->str;
}

static GPtrArray *
parse (const gchar *text, GError **error)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  fail_if (caps == NULL, "\"%s\" is no caps", text);
  return gst_discord_voice_codec_list_from_caps (caps, error);
}

GST_START_TEST (test_one_codec)
{
  g_autoptr (GstDiscordVoiceCodec) codec =
      gst_discord_voice_codec_new (GST_DISCORD_CODEC_VP8, TRUE, FALSE);
  g_autoptr (GstDiscordVoiceCodec) copy = gst_discord_voice_codec_copy (codec);

  fail_unless_equals_int (
      gst_discord_voice_codec_get_codec (copy), GST_DISCORD_CODEC_VP8);
  fail_unless_equals_string (gst_discord_voice_codec_get_name (copy), "VP8");
  fail_unless_equals_int (gst_discord_voice_codec_get_payload_type (copy), 107);
  fail_unless_equals_int (
      gst_discord_voice_codec_get_rtx_payload_type (copy), 108);
  fail_unless (gst_discord_voice_codec_get_encode (copy));
  fail_if (gst_discord_voice_codec_get_decode (copy));
  fail_unless_equals_int (gst_discord_voice_codec_get_priority (copy), 0);
}
GST_END_TEST;

/* In order of preference: feature map, "automatic codec order". */
GST_START_TEST (test_score)
{
  static const struct
  {
    GstDiscordCodec codec;
    DiscordAbility encoder, decoder;
    guint score;
  } cases[] = {
    { GST_DISCORD_CODEC_AV1, DISCORD_ABILITY_HARDWARE, DISCORD_ABILITY_HARDWARE,
        250 + 100000 + 10000 + 20000 + 5000 },
    { GST_DISCORD_CODEC_H264, DISCORD_ABILITY_SOFTWARE,
        DISCORD_ABILITY_SOFTWARE, 500 + 100000 + 1000 + 20000 + 500 },
    { GST_DISCORD_CODEC_VP8, DISCORD_ABILITY_SOFTWARE, DISCORD_ABILITY_SOFTWARE,
        400 + 100000 + 1000 + 20000 + 500 },
    { GST_DISCORD_CODEC_H265, DISCORD_ABILITY_HARDWARE, DISCORD_ABILITY_NONE,
        350 + 100000 + 10000 },
    { GST_DISCORD_CODEC_H265, DISCORD_ABILITY_SOFTWARE, DISCORD_ABILITY_NONE,
        350 + 100000 + 1000 },
    { GST_DISCORD_CODEC_VP9, DISCORD_ABILITY_NONE, DISCORD_ABILITY_HARDWARE,
        300 + 20000 + 5000 },
    { GST_DISCORD_CODEC_VP9, DISCORD_ABILITY_NONE, DISCORD_ABILITY_SOFTWARE,
        300 + 20000 + 500 },
  };
  guint before = G_MAXUINT;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint score = discord_voice_codec_score (
        cases[i].codec, cases[i].encoder, cases[i].decoder);

    fail_unless_equals_int (score, cases[i].score);
    fail_unless (score < before);
    before = score;
  }
}
GST_END_TEST;

static void
fake_class_init (gpointer klass, gpointer data)
{
  const gchar *const *words = data; /* klass, src caps, sink caps */
  const gchar *const pads[] = { "src", "sink" };

  gst_element_class_set_metadata (
      klass, "Fake", words[0], "For a test", "nobody");
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (words[1 + i]);

    gst_element_class_add_pad_template (klass,
        gst_pad_template_new (pads[i], i == 0 ? GST_PAD_SRC : GST_PAD_SINK,
            GST_PAD_ALWAYS, caps));
  }
}

static void
add_fake (const gchar *name, guint rank, const gchar *const words[3])
{
  const GTypeInfo info = {
    .class_size = sizeof (GstElementClass),
    .class_init = fake_class_init,
    .class_data = words,
    .instance_size = sizeof (GstElement),
  };
  GType type = g_type_register_static (GST_TYPE_ELEMENT, name, &info, 0);

  fail_unless (gst_element_register (NULL, name, rank, type));
}

/* With nothing but these: the test's own plugin directory has no video. */
static const gchar *const h264_hardware_encoder[] = {
  "Codec/Encoder/Video/Hardware", "video/x-h264", "video/x-raw"
};
static const gchar *const vp9_encoder[] = { "Codec/Encoder/Video",
  "video/x-vp9; image/x-any", "video/x-raw" };
static const gchar *const vp9_decoder[] = { "Codec/Decoder/Video",
  "video/x-raw", "video/x-vp9" };
static const gchar *const av1_hardware_decoder[] = {
  "Codec/Decoder/Video/Hardware", "video/x-raw", "video/x-av1, profile=main"
};
/* These three are not what their pads might tell. */
static const gchar *const h265_muxer[] = { "Codec/Muxer", "video/x-h265",
  "video/x-h265" };
static const gchar *const any_encoder[] = { "Codec/Encoder/Video", "ANY",
  "video/x-raw" };
static const gchar *const h265_unranked[] = { "Codec/Encoder/Video",
  "video/x-h265", "video/x-raw" };

GST_START_TEST (test_available)
{
  g_autoptr (GPtrArray) codecs = NULL;
  GList *plugins = gst_registry_get_plugin_list (gst_registry_get ());

  for (GList *p = plugins; p != NULL; p = p->next)
    if (gst_plugin_get_filename (p->data) != NULL)
      gst_registry_remove_plugin (gst_registry_get (), p->data);
  gst_plugin_list_free (plugins);

  codecs = gst_discord_voice_codec_list_available ();
  fail_unless_equals_string (describe (codecs), "audio/opus:1000:120:0:e:d ");
  g_clear_pointer (&codecs, g_ptr_array_unref);

  add_fake ("FakeH264Enc", GST_RANK_PRIMARY, h264_hardware_encoder);
  add_fake ("FakeVp9Enc", GST_RANK_MARGINAL, vp9_encoder);
  add_fake ("FakeVp9Dec", GST_RANK_PRIMARY, vp9_decoder);
  add_fake ("FakeAv1Dec", GST_RANK_PRIMARY, av1_hardware_decoder);
  add_fake ("FakeH265Mux", GST_RANK_PRIMARY, h265_muxer);
  add_fake ("FakeAnyEnc", GST_RANK_PRIMARY, any_encoder);
  add_fake ("FakeH265Enc", GST_RANK_NONE, h265_unranked);
  codecs = gst_discord_voice_codec_list_available ();
  fail_unless_equals_string (describe (codecs),
      "audio/opus:1000:120:0:e:d "
      "video/VP9:1000:109:110:e:d "
      "video/H264:2000:105:106:e "
      "video/AV1:3000:101:102:d ");
}
GST_END_TEST;

static const struct
{
  const gchar *caps;
  const gchar *list; /* NULL: refused */
} caps_cases[] = {
  { "H264;VP8",
      "audio/opus:1000:120:0:e:d video/H264:1000:105:106:e:d "
      "video/VP8:2000:107:108:e:d " },
  { "video/x-vp9; audio/x-opus; h265,decode=(boolean)false",
      "video/VP9:1000:109:110:e:d audio/opus:1000:120:0:e:d "
      "video/H265:2000:103:104:e " },
  /* Neither way: as if it were not there. */
  { "AV1,encode=false,decode=false; opus", "audio/opus:1000:120:0:e:d " },
  { "opus", "audio/opus:1000:120:0:e:d " },
  { "H264;H264", NULL },
  { "H264;video/x-h264", NULL },
  { "MPEG2", NULL },
  { "video/x-raw", NULL },
  { "H264,encode=(string)often", NULL },
  { "opus,encode=false,decode=false", NULL },
};

GST_START_TEST (test_caps)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) codecs = parse (caps_cases[__i__].caps, &error);

  if (caps_cases[__i__].list == NULL) {
    fail_unless (codecs == NULL);
    fail_unless (
        g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
    return;
  }
  g_assert_no_error (error);
  fail_unless_equals_string (describe (codecs), caps_cases[__i__].list);
}
GST_END_TEST;

GST_START_TEST (test_caps_and_back)
{
  g_autoptr (GPtrArray) codecs =
      parse ("VP8,encode=false;opus;AV1;H264,decode=false", NULL);
  g_autoptr (GstCaps) caps = gst_discord_voice_codec_list_to_caps (codecs);
  g_autoptr (GPtrArray) again =
      gst_discord_voice_codec_list_from_caps (caps, NULL);
  g_autofree gchar *text = g_strdup (describe (codecs));

  fail_unless_equals_string (describe (again), text);
}
GST_END_TEST;

/* An array has to name Opus; launch lines with caps need not. */
GST_START_TEST (test_array_needs_opus)
{
  g_autoptr (GPtrArray) codecs = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_codec_free);
  DiscordVoiceCodecs list = { .n_codecs = 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) back = NULL;

  g_ptr_array_add (
      codecs, gst_discord_voice_codec_new (GST_DISCORD_CODEC_VP8, TRUE, TRUE));
  fail_if (discord_voice_codecs_set (&list, codecs, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  fail_unless (strstr (error->message, "opus") != NULL);
  fail_unless_equals_int (list.n_codecs, 0);

  g_ptr_array_add (
      codecs, gst_discord_voice_codec_new (GST_DISCORD_CODEC_OPUS, TRUE, TRUE));
  fail_unless (discord_voice_codecs_set (&list, codecs, NULL));
  discord_voice_codecs_set_rtx (&list, FALSE);
  back = discord_voice_codecs_to_array (&list);
  fail_unless_equals_string (
      describe (back), "video/VP8:1000:107:0:e:d audio/opus:1000:120:0:e:d ");
}
GST_END_TEST;

static Suite *
voicecodecs_suite (void)
{
  Suite *s = suite_create ("voicecodecs");
  TCase *tc = tcase_create ("codecs");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_one_codec);
  tcase_add_test (tc, test_score);
  tcase_add_test (tc, test_available);
  tcase_add_loop_test (tc, test_caps, 0, G_N_ELEMENTS (caps_cases));
  tcase_add_test (tc, test_caps_and_back);
  tcase_add_test (tc, test_array_needs_opus);
  return s;
}

GST_CHECK_MAIN (voicecodecs);
