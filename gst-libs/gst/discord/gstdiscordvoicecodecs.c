/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of codecs: what an application names, and what the registry has. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicecodec-private.h"

#include <string.h>

#include <gst/discord/gstdiscorderror.h>

#include "gstdiscordframe-private.h"

/* Voice gateway 2.4: multiples of it, unique for audio and for video. */
#define PRIORITY_STEP 1000

static gboolean
is_audio (GstDiscordCodec codec)
{
  return codec == GST_DISCORD_CODEC_OPUS;
}

static const GstDiscordVoiceCodec *
list_find (const DiscordVoiceCodecs *self, GstDiscordCodec codec)
{
  for (guint i = 0; i < self->n_codecs; i++)
    if (self->codecs[i].codec == codec)
      return &self->codecs[i];
  return NULL;
}

static void
list_append (DiscordVoiceCodecs *self, const GstDiscordVoiceCodec *codec)
{
  guint n_before = 0;

  for (guint i = 0; i < self->n_codecs; i++)
    if (is_audio (self->codecs[i].codec) == is_audio (codec->codec))
      n_before++;
  self->codecs[self->n_codecs] = *codec;
  self->codecs[self->n_codecs++].priority = (n_before + 1) * PRIORITY_STEP;
}

gboolean
discord_voice_codecs_set (
    DiscordVoiceCodecs *self, GPtrArray *codecs, GError **error)
{
  DiscordVoiceCodecs list = { .n_codecs = 0 };

  for (guint i = 0; i < codecs->len; i++) {
    const GstDiscordVoiceCodec *codec = g_ptr_array_index (codecs, i);

    if (!codec->encode && !codec->decode)
      continue;
    if (list_find (&list, codec->codec) != NULL) {
      g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
          "The codec %s is named twice.",
          gst_discord_voice_codec_get_name (codec));
      return FALSE;
    }
    list_append (&list, codec);
  }
  if (list_find (&list, GST_DISCORD_CODEC_OPUS) == NULL) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The codec opus is missing; Discord has no audio without it.");
    return FALSE;
  }
  *self = list;
  return TRUE;
}

void
discord_voice_codecs_set_rtx (DiscordVoiceCodecs *self, gboolean rtx)
{
  for (guint i = 0; i < self->n_codecs; i++)
    self->codecs[i].rtx = rtx;
}

gboolean
discord_voice_codecs_equal (
    const DiscordVoiceCodecs *self, const DiscordVoiceCodecs *other)
{
  if (self->n_codecs != other->n_codecs)
    return FALSE;
  for (guint i = 0; i < self->n_codecs; i++) {
    const GstDiscordVoiceCodec *a = &self->codecs[i], *b = &other->codecs[i];

    if (a->codec != b->codec || a->encode != b->encode || a->decode != b->decode
        || a->rtx != b->rtx)
      return FALSE;
  }
  return TRUE;
}

static GPtrArray *
array_new (void)
{
  return g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_codec_free);
}

GPtrArray *
discord_voice_codecs_to_array (const DiscordVoiceCodecs *self)
{
  GPtrArray *array = array_new ();

  for (guint i = 0; i < self->n_codecs; i++)
    g_ptr_array_add (array, gst_discord_voice_codec_copy (&self->codecs[i]));
  return array;
}

guint
discord_voice_codec_score (
    GstDiscordCodec codec, DiscordAbility encoder, DiscordAbility decoder)
{
  static const guint base[] = {
    [GST_DISCORD_CODEC_H264] = 500,
    [GST_DISCORD_CODEC_VP8] = 400,
    [GST_DISCORD_CODEC_H265] = 350,
    [GST_DISCORD_CODEC_VP9] = 300,
    [GST_DISCORD_CODEC_AV1] = 250,
  };
  static const guint encoding[] = { 0, 101000, 110000 };
  static const guint decoding[] = { 0, 20500, 25000 };

  return base[codec] + encoding[encoder] + decoding[decoder];
}

typedef struct
{
  DiscordAbility encoder, decoder;
} Abilities;

/* Notes what @factory makes, or takes when @direction is that of sinks. */
static void
note_factory (GstElementFactory *factory, GstPadDirection direction,
    Abilities abilities[DISCORD_MAX_CODECS + 1])
{
  DiscordAbility ability = gst_element_factory_list_is_type (
                               factory, GST_ELEMENT_FACTORY_TYPE_HARDWARE)
      ? DISCORD_ABILITY_HARDWARE
      : DISCORD_ABILITY_SOFTWARE;
  const GList *templates =
      gst_element_factory_get_static_pad_templates (factory);

  for (const GList *t = templates; t != NULL; t = t->next) {
    GstStaticPadTemplate *template = t->data;
    g_autoptr (GstCaps) caps = NULL;

    if (template->direction != direction)
      continue;
    caps = gst_static_pad_template_get_caps (template);
    for (guint i = 0; i < gst_caps_get_size (caps); i++) {
      g_autoptr (GstCaps) one = gst_caps_copy_nth (caps, i);
      Abilities *of = &abilities[gst_discord_codec_from_caps (one)];
      DiscordAbility *noted =
          direction == GST_PAD_SRC ? &of->encoder : &of->decoder;

      *noted = MAX (*noted, ability);
    }
  }
}

static void
note_factories (GstElementFactoryListType type, GstPadDirection direction,
    Abilities abilities[DISCORD_MAX_CODECS + 1])
{
  GList *factories =
      gst_element_factory_list_get_elements (type, GST_RANK_MARGINAL);

  for (GList *f = factories; f != NULL; f = f->next)
    note_factory (f->data, direction, abilities);
  gst_plugin_feature_list_free (factories);
}

typedef struct
{
  GstDiscordVoiceCodec codec;
  guint score;
} Candidate;

static gint
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *first = a, *second = b;

  return (first->score < second->score) - (first->score > second->score);
}

void
discord_voice_codecs_set_audio (DiscordVoiceCodecs *self)
{
  /* It goes through encoded where nothing here can make it. */
  const GstDiscordVoiceCodec opus = { GST_DISCORD_CODEC_OPUS, 0, TRUE, TRUE,
    TRUE };

  self->n_codecs = 0;
  list_append (self, &opus);
}

void
discord_voice_codecs_set_available (DiscordVoiceCodecs *self)
{
  g_autoptr (GArray) candidates =
      g_array_new (FALSE, FALSE, sizeof (Candidate));
  Abilities abilities[DISCORD_MAX_CODECS + 1] = { 0 };

  note_factories (
      GST_ELEMENT_FACTORY_TYPE_VIDEO_ENCODER, GST_PAD_SRC, abilities);
  note_factories (GST_ELEMENT_FACTORY_TYPE_DECODER, GST_PAD_SINK, abilities);

  for (GstDiscordCodec c = GST_DISCORD_CODEC_VP8; c <= GST_DISCORD_CODEC_AV1;
       c++) {
    const Abilities *of = &abilities[c];
    const Candidate candidate = {
      { c, 0, of->encoder != DISCORD_ABILITY_NONE,
          of->decoder != DISCORD_ABILITY_NONE, TRUE },
      discord_voice_codec_score (c, of->encoder, of->decoder),
    };

    if (candidate.codec.encode || candidate.codec.decode)
      g_array_append_val (candidates, candidate);
  }
  g_array_sort (candidates, compare_candidates);

  discord_voice_codecs_set_audio (self);
  for (guint i = 0; i < candidates->len; i++)
    list_append (self, &g_array_index (candidates, Candidate, i).codec);
}

/**
 * gst_discord_voice_codec_list_available:
 *
 * What the registry has encoders and decoders for, the best first, and Opus.
 *
 * Returns: (transfer container) (element-type GstDiscordVoiceCodec): the list
 *
 * Since: 0.1
 */
GPtrArray *
gst_discord_voice_codec_list_available (void)
{
  DiscordVoiceCodecs list;

  discord_voice_codecs_set_available (&list);
  return discord_voice_codecs_to_array (&list);
}

static GstDiscordCodec
codec_from_structure (const GstStructure *structure)
{
  const gchar *name = gst_structure_get_name (structure);
  g_autoptr (GstCaps) caps = NULL;

  if (strchr (name, '/') == NULL)
    return gst_discord_codec_from_name (name);
  caps = gst_caps_new_empty_simple (name);
  return gst_discord_codec_from_caps (caps);
}

/* Absent is fine and keeps @value. */
static gboolean
get_ability (const GstStructure *structure, const gchar *field, gboolean *value)
{
  return !gst_structure_has_field (structure, field)
      || gst_structure_get_boolean (structure, field, value);
}

/**
 * gst_discord_voice_codec_list_from_caps:
 * @caps: names of codecs, such as "H264;VP8" or "video/x-h264;video/x-vp8"
 * @error: return location for an error
 *
 * The order of @caps is kept. The boolean fields `encode` and `decode`, which
 * are %TRUE where absent, tell what we cannot do. Opus may be left out.
 *
 * Returns: (transfer container) (element-type GstDiscordVoiceCodec): the list, %NULL
 *     with %GST_DISCORD_ERROR_SETTINGS when something in @caps is no codec of
 *     Discord's, or is there twice
 *
 * Since: 0.1
 */
GPtrArray *
gst_discord_voice_codec_list_from_caps (const GstCaps *caps, GError **error)
{
  g_autoptr (GPtrArray) codecs = array_new ();
  DiscordVoiceCodecs list;
  gboolean has_opus = FALSE;

  g_return_val_if_fail (GST_IS_CAPS (caps), NULL);

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *structure = gst_caps_get_structure (caps, i);
    GstDiscordCodec codec = codec_from_structure (structure);
    gboolean encode = TRUE, decode = TRUE;

    if (codec == GST_DISCORD_CODEC_UNKNOWN
        || !get_ability (structure, "encode", &encode)
        || !get_ability (structure, "decode", &decode)) {
      g_autofree gchar *text = gst_structure_to_string (structure);

      g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
          "\"%s\" is no codec; opus, H264, VP8, H265, VP9 and AV1 are, with "
          "the boolean fields encode and decode.",
          text);
      return NULL;
    }
    has_opus |= codec == GST_DISCORD_CODEC_OPUS;
    g_ptr_array_add (
        codecs, gst_discord_voice_codec_new (codec, encode, decode));
  }
  if (!has_opus)
    g_ptr_array_insert (codecs, 0,
        gst_discord_voice_codec_new (GST_DISCORD_CODEC_OPUS, TRUE, TRUE));
  if (!discord_voice_codecs_set (&list, codecs, error))
    return NULL;
  return discord_voice_codecs_to_array (&list);
}

/**
 * gst_discord_voice_codec_list_to_caps:
 * @codecs: (element-type GstDiscordVoiceCodec): a list
 *
 * Returns: (transfer full): what gst_discord_voice_codec_list_from_caps() makes
 *     the same list of
 *
 * Since: 0.1
 */
GstCaps *
gst_discord_voice_codec_list_to_caps (GPtrArray *codecs)
{
  GstCaps *caps = gst_caps_new_empty ();

  for (guint i = 0; i < codecs->len; i++) {
    const GstDiscordVoiceCodec *codec = g_ptr_array_index (codecs, i);

    gst_caps_append_structure (caps,
        gst_structure_new (gst_discord_voice_codec_get_name (codec), "encode",
            G_TYPE_BOOLEAN, codec->encode, "decode", G_TYPE_BOOLEAN,
            codec->decode, NULL));
  }
  return caps;
}
