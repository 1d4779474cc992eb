/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Layers of one picture: what was offered, assigned and told. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicestream-private.h"

#include <string.h>

#include <gst/discord/gstdiscorderror.h>

/* golive 6.3 */
#define HIGH_BITRATE 8000000
#define USUAL_BITRATE 4000000
#define USUAL_HEIGHT 720
#define USUAL_FRAMERATE 30

gboolean
discord_voice_stream_equal (
    const GstDiscordVoiceStream *self, const GstDiscordVoiceStream *other)
{
  return self->ssrc == other->ssrc && self->rtx_ssrc == other->rtx_ssrc
      && g_str_equal (self->rid, other->rid) && self->fields == other->fields
      && self->screen == other->screen && self->active == other->active
      && self->quality == other->quality
      && self->max_bitrate == other->max_bitrate
      && self->max_framerate == other->max_framerate
      && self->max_width == other->max_width
      && self->max_height == other->max_height;
}

void
discord_voice_stream_merge (
    GstDiscordVoiceStream *self, const GstDiscordVoiceStream *update)
{
  guint told = update->fields;

  if (told & DISCORD_STREAM_SSRC) {
    /* The pair of another SSRC is not the one of this. */
    if (self->ssrc != update->ssrc)
      self->rtx_ssrc = 0;
    self->ssrc = update->ssrc;
  }
  if (told & DISCORD_STREAM_RTX_SSRC)
    self->rtx_ssrc = update->rtx_ssrc;
  if (told & DISCORD_STREAM_TYPE)
    self->screen = update->screen;
  if (told & DISCORD_STREAM_QUALITY)
    self->quality = update->quality;
  if (told & DISCORD_STREAM_ACTIVE)
    self->active = update->active;
  if (told & DISCORD_STREAM_MAX_BITRATE)
    self->max_bitrate = update->max_bitrate;
  if (told & DISCORD_STREAM_MAX_FRAMERATE)
    self->max_framerate = update->max_framerate;
  if (told & DISCORD_STREAM_MAX_RESOLUTION) {
    self->max_width = update->max_width;
    self->max_height = update->max_height;
  }
  self->fields |= told;
}

gboolean
discord_voice_streams_equal (
    const DiscordVoiceStreams *self, const DiscordVoiceStreams *other)
{
  if (self->n_streams != other->n_streams)
    return FALSE;
  for (guint i = 0; i < self->n_streams; i++)
    if (!discord_voice_stream_equal (&self->streams[i], &other->streams[i]))
      return FALSE;
  return TRUE;
}

GstDiscordVoiceStream *
discord_voice_streams_find (DiscordVoiceStreams *self, const gchar *rid)
{
  for (guint i = 0; i < self->n_streams; i++)
    if (g_str_equal (self->streams[i].rid, rid))
      return &self->streams[i];
  return NULL;
}

static gboolean
is_same_layer (
    const GstDiscordVoiceStream *known, const GstDiscordVoiceStream *update)
{
  if (update->rid[0] != '\0')
    return g_str_equal (known->rid, update->rid);
  return update->ssrc != 0 && known->ssrc == update->ssrc;
}

/* What was known of the layer that @update is about, or NULL. */
static const GstDiscordVoiceStream *
find_known (
    const DiscordVoiceStreams *known, const GstDiscordVoiceStream *update)
{
  for (guint i = 0; i < known->n_streams; i++)
    if (is_same_layer (&known->streams[i], update))
      return &known->streams[i];
  return NULL;
}

void
discord_voice_streams_update (DiscordVoiceStreams *self,
    const GstDiscordVoiceStream *update, guint n_update)
{
  const DiscordVoiceStreams known = *self;

  self->n_streams = 0;
  for (guint i = 0; i < n_update && self->n_streams < DISCORD_MAX_LAYERS; i++) {
    const GstDiscordVoiceStream *before = find_known (&known, &update[i]);
    GstDiscordVoiceStream stream = update[i];

    /* A peer may name one twice; the first counts. */
    if (find_known (self, &update[i]) != NULL)
      continue;
    if (before != NULL) {
      stream = *before;
      discord_voice_stream_merge (&stream, &update[i]);
    }
    self->streams[self->n_streams++] = stream;
  }
}

void
discord_voice_streams_assign (DiscordVoiceStreams *self,
    const GstDiscordVoiceStream *answer, guint n_answer)
{
  for (guint i = 0; i < self->n_streams; i++) {
    self->streams[i].ssrc = 0;
    self->streams[i].rtx_ssrc = 0;
  }
  for (guint i = 0; i < n_answer; i++) {
    GstDiscordVoiceStream *stream =
        discord_voice_streams_find (self, answer[i].rid);

    if (stream == NULL || answer[i].ssrc == 0 || stream->ssrc != 0)
      continue;
    stream->ssrc = answer[i].ssrc;
    stream->rtx_ssrc = gst_discord_voice_stream_get_rtx_ssrc (&answer[i]);
  }
}

gboolean
discord_voice_streams_set (
    DiscordVoiceStreams *self, GPtrArray *streams, GError **error)
{
  DiscordVoiceStreams list = { .n_streams = 0 };

  if (streams->len > DISCORD_MAX_LAYERS) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "%u video streams are too many; %u can be offered.", streams->len,
        DISCORD_MAX_LAYERS);
    return FALSE;
  }
  for (guint i = 0; i < streams->len; i++) {
    const GstDiscordVoiceStream *stream = g_ptr_array_index (streams, i);

    if (discord_voice_streams_find (&list, stream->rid) != NULL) {
      g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
          "The video stream \"%s\" is there twice.", stream->rid);
      return FALSE;
    }
    list.streams[list.n_streams] = *stream;
    list.streams[list.n_streams].ssrc = 0;
    list.streams[list.n_streams++].rtx_ssrc = 0;
  }
  *self = list;
  return TRUE;
}

static GPtrArray *
array_new (void)
{
  return g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_stream_free);
}

GPtrArray *
discord_voice_streams_to_array (const DiscordVoiceStreams *self)
{
  GPtrArray *array = array_new ();

  for (guint i = 0; i < self->n_streams; i++)
    g_ptr_array_add (array, gst_discord_voice_stream_copy (&self->streams[i]));
  return array;
}

void
gst_discord_voice_stream_fill (GstDiscordVoiceStream *self, guint bitrate,
    guint width, guint height, gdouble framerate)
{
  if (bitrate == 0)
    bitrate = height > USUAL_HEIGHT || framerate > USUAL_FRAMERATE
        ? HIGH_BITRATE
        : USUAL_BITRATE;
  if (self->max_bitrate == 0)
    gst_discord_voice_stream_set_max_bitrate (
        self, self->quality >= 100 ? bitrate : bitrate / 4);
  if (self->max_framerate == 0)
    gst_discord_voice_stream_set_max_framerate (self, framerate);
  if (self->max_width == 0 || self->max_height == 0)
    gst_discord_voice_stream_set_max_resolution (self, width, height);
}

/* By convention the RID is the quality. */
static guint
rid_quality (const gchar *rid)
{
  guint64 quality;

  return g_ascii_string_to_unsigned (rid, 10, 1, 100, &quality, NULL)
      ? (guint) quality
      : 100;
}

static void
stream_set_limits (GstDiscordVoiceStream *self, const GstStructure *structure)
{
  gint bitrate, width, height, n, d;
  gdouble framerate;

  if (gst_structure_get_int (structure, "max-bitrate", &bitrate) && bitrate > 0)
    gst_discord_voice_stream_set_max_bitrate (self, (guint) bitrate);
  if (gst_structure_get_fraction (structure, "max-framerate", &n, &d) && n > 0)
    framerate = (gdouble) n / d;
  else if (gst_structure_get_int (structure, "max-framerate", &n) && n > 0)
    framerate = n;
  else if (!gst_structure_get_double (structure, "max-framerate", &framerate))
    framerate = 0;
  if (framerate > 0)
    gst_discord_voice_stream_set_max_framerate (self, MIN (framerate, 1000));
  if (gst_structure_get_int (structure, "max-width", &width) && width >= 0
      && gst_structure_get_int (structure, "max-height", &height)
      && height >= 0)
    gst_discord_voice_stream_set_max_resolution (
        self, (guint) width, (guint) height);
}

/* NULL: no layer. */
static GstDiscordVoiceStream *
stream_from_structure (const GstStructure *structure)
{
  const gchar *name = gst_structure_get_name (structure);
  const gchar *rid = gst_structure_get_string (structure, "rid");
  g_autoptr (GstDiscordVoiceStream) self = NULL;
  g_autofree gchar *number = NULL;
  gboolean active;
  gint value;

  if (strcmp (name, "video") != 0 && strcmp (name, "screen") != 0)
    return NULL;
  /* "rid=100" without a type is a number. */
  if (rid == NULL && gst_structure_get_int (structure, "rid", &value))
    rid = number = g_strdup_printf ("%d", value);
  if (rid == NULL)
    return NULL;
  self = gst_discord_voice_stream_new (rid, rid_quality (rid));
  if (self == NULL)
    return NULL;
  if (gst_structure_has_field (structure, "quality")) {
    if (!gst_structure_get_int (structure, "quality", &value) || value < 1
        || value > 100)
      return NULL;
    self->quality = (guint) value;
  }
  if (gst_structure_get_boolean (structure, "active", &active))
    gst_discord_voice_stream_set_active (self, active);
  gst_discord_voice_stream_set_screen (self, strcmp (name, "screen") == 0);
  stream_set_limits (self, structure);
  return g_steal_pointer (&self);
}

/**
 * gst_discord_voice_stream_list_from_caps:
 * @caps: layers, such as "video,rid=(string)100; video,rid=(string)50"
 * @error: return location for an error
 *
 * A layer is called "video", or "screen" when it shows one. Its fields are
 * `rid`, and where it has something to tell `quality` (int; otherwise the number
 * that is the RID, or 100), `active` (boolean), `max-bitrate` (int, bit/s),
 * `max-framerate` (fraction), `max-width` and `max-height` (int).
 *
 * Returns: (transfer container) (element-type GstDiscordVoiceStream): the list,
 *     %NULL with %GST_DISCORD_ERROR_SETTINGS when something in @caps is no layer,
 *     one is there twice, or there are too many
 *
 * Since: 0.1
 */
GPtrArray *
gst_discord_voice_stream_list_from_caps (const GstCaps *caps, GError **error)
{
  g_autoptr (GPtrArray) streams = array_new ();
  DiscordVoiceStreams list;

  g_return_val_if_fail (GST_IS_CAPS (caps), NULL);

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *structure = gst_caps_get_structure (caps, i);
    GstDiscordVoiceStream *stream = stream_from_structure (structure);

    if (stream == NULL) {
      g_autofree gchar *text = gst_structure_to_string (structure);

      g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
          "\"%s\" is no video stream; \"video\" or \"screen\" with a rid of "
          "letters and digits is.",
          text);
      return NULL;
    }
    g_ptr_array_add (streams, stream);
  }
  if (!discord_voice_streams_set (&list, streams, error))
    return NULL;
  return g_steal_pointer (&streams);
}

/**
 * gst_discord_voice_stream_list_to_caps:
 * @streams: (element-type GstDiscordVoiceStream): layers
 *
 * Layers that have them also tell their `ssrc` and `rtx-ssrc` (uint).
 *
 * Returns: (transfer full): what gst_discord_voice_stream_list_from_caps() takes
 *
 * Since: 0.1
 */
GstCaps *
gst_discord_voice_stream_list_to_caps (GPtrArray *streams)
{
  GstCaps *caps = gst_caps_new_empty ();

  for (guint i = 0; i < streams->len; i++) {
    const GstDiscordVoiceStream *stream = g_ptr_array_index (streams, i);
    GstStructure *structure = gst_structure_new (
        stream->screen ? "screen" : "video", "rid", G_TYPE_STRING, stream->rid,
        "quality", G_TYPE_INT, (gint) stream->quality, "active", G_TYPE_BOOLEAN,
        stream->active, NULL);
    gint n, d;

    if (stream->max_bitrate > 0)
      gst_structure_set (structure, "max-bitrate", G_TYPE_INT,
          (gint) MIN (stream->max_bitrate, G_MAXINT), NULL);
    if (stream->max_framerate > 0) {
      gst_util_double_to_fraction (stream->max_framerate, &n, &d);
      gst_structure_set (
          structure, "max-framerate", GST_TYPE_FRACTION, n, d, NULL);
    }
    if (stream->fields & DISCORD_STREAM_MAX_RESOLUTION)
      gst_structure_set (structure, "max-width", G_TYPE_INT,
          (gint) MIN (stream->max_width, G_MAXINT), "max-height", G_TYPE_INT,
          (gint) MIN (stream->max_height, G_MAXINT), NULL);
    if (stream->ssrc != 0)
      gst_structure_set (structure, "ssrc", G_TYPE_UINT, stream->ssrc,
          "rtx-ssrc", G_TYPE_UINT,
          gst_discord_voice_stream_get_rtx_ssrc (stream), NULL);
    gst_caps_append_structure (caps, structure);
  }
  return caps;
}
