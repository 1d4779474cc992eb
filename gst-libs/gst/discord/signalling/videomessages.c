/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "videomessages.h"

#include <math.h>
#include <string.h>

/* Nothing that is shown has more; keeps doubles within what C can convert. */
#define MAX_FRAMERATE 1000
#define MAX_PIXELS 1e12

#define BEST_QUALITY 100

/* A JSON number, or one in a string. */
static gboolean
node_get_number (JsonNode *node, gdouble *value)
{
  const gchar *text;
  gchar *end;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  switch (json_node_get_value_type (node)) {
    case G_TYPE_INT64:
    case G_TYPE_DOUBLE:
      *value = json_node_get_double (node);
      return isfinite (*value);
    case G_TYPE_STRING:
      text = json_node_get_string (node);
      *value = g_ascii_strtod (text, &end);
      return end != text && *end == '\0' && isfinite (*value);
    default:
      return FALSE;
  }
}

static void
parse_resolution (JsonObject *object, GstDiscordVoiceStream *stream)
{
  JsonObject *resolution;
  const gchar *type;
  guint32 width, height;

  if (!discord_json_get_object (object, "max_resolution", &resolution)
      || !discord_json_get_u32 (resolution, "width", &width)
      || !discord_json_get_u32 (resolution, "height", &height))
    return;
  /* "source" has no size of its own. */
  if (discord_json_get_string (resolution, "type", &type)
      && g_str_equal (type, "source"))
    width = height = 0;
  gst_discord_voice_stream_set_max_resolution (stream, width, height);
}

/* Values 0 to 100; below is none, above is the best. */
static gboolean
node_get_quality (JsonNode *node, gint *quality)
{
  gdouble number;

  if (!node_get_number (node, &number) || number < 0)
    return FALSE;
  *quality = (gint) ceil (MIN (number, BEST_QUALITY));
  return TRUE;
}

/* What a stream may tell besides its SSRCs. */
static void
parse_details (JsonObject *object, GstDiscordVoiceStream *stream)
{
  const gchar *text;
  gboolean active;
  guint32 bitrate;
  gdouble number;
  gint quality;

  if (discord_json_get_string (object, "rid", &text)
      && discord_rid_is_valid (text))
    g_strlcpy (stream->rid, text, sizeof stream->rid);
  if (discord_json_get_string (object, "type", &text))
    gst_discord_voice_stream_set_screen (stream, g_str_equal (text, "screen"));
  if (node_get_quality (json_object_get_member (object, "quality"), &quality)) {
    stream->quality = (guint) quality;
    stream->fields |= DISCORD_STREAM_QUALITY;
  }
  if (discord_json_get_bool (object, "active", &active))
    gst_discord_voice_stream_set_active (stream, active);
  if (discord_json_get_u32 (object, "max_bitrate", &bitrate))
    gst_discord_voice_stream_set_max_bitrate (stream, bitrate);
  if (node_get_number (
          json_object_get_member (object, "max_framerate"), &number)
      && number >= 0 && number <= MAX_FRAMERATE)
    gst_discord_voice_stream_set_max_framerate (stream, number);
  parse_resolution (object, stream);
}

static gboolean
parse_ssrc (JsonObject *object, const gchar *name, DiscordStreamField field,
    guint32 *ssrc, guint *fields)
{
  if (!discord_json_has (object, name))
    return TRUE;
  *fields |= field;
  return discord_json_get_u32 (object, name, ssrc);
}

static gboolean
parse_stream (JsonNode *node, GstDiscordVoiceStream *stream)
{
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  object = json_node_get_object (node);
  *stream = (GstDiscordVoiceStream){ .ssrc = 0 };
  if (!parse_ssrc (
          object, "ssrc", DISCORD_STREAM_SSRC, &stream->ssrc, &stream->fields)
      || !parse_ssrc (object, "rtx_ssrc", DISCORD_STREAM_RTX_SSRC,
          &stream->rtx_ssrc, &stream->fields))
    return FALSE;
  parse_details (object, stream);
  return TRUE;
}

/* One that cannot be read is no reason to lose the others. */
gboolean
discord_video_parse_streams (JsonObject *d,
    GstDiscordVoiceStream streams[DISCORD_VIDEO_MAX_STREAMS], guint *n_streams)
{
  JsonArray *array;

  *n_streams = 0;
  if (!discord_json_has (d, "streams"))
    return TRUE;
  if (!discord_json_get_array (d, "streams", &array))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array)
       && *n_streams < DISCORD_VIDEO_MAX_STREAMS;
       i++)
    if (parse_stream (json_array_get_element (array, i), &streams[*n_streams]))
      (*n_streams)++;
  return TRUE;
}

/* The SSRC without a list of streams is one of them, as it was before there
 * were several. */
static void
imply_stream (JsonObject *d, DiscordVideoMessage *video)
{
  GstDiscordVoiceStream *stream = &video->streams[0];

  *stream = (GstDiscordVoiceStream){ .ssrc = video->video_ssrc,
    .active = TRUE,
    .quality = BEST_QUALITY,
    .fields =
        DISCORD_STREAM_SSRC | DISCORD_STREAM_ACTIVE | DISCORD_STREAM_QUALITY };
  if (parse_ssrc (d, "rtx_ssrc", DISCORD_STREAM_RTX_SSRC, &stream->rtx_ssrc,
          &stream->fields))
    video->n_streams = 1;
}

gboolean
discord_video_parse (JsonObject *root, DiscordVideoMessage *video)
{
  JsonObject *d;

  if (!discord_json_get_object (root, "d", &d)
      || !discord_json_get_snowflake (d, "user_id", &video->user_id)
      || !discord_json_get_optional_u32 (d, "audio_ssrc", &video->audio_ssrc)
      || !discord_json_get_optional_u32 (d, "video_ssrc", &video->video_ssrc)
      || !discord_video_parse_streams (d, video->streams, &video->n_streams))
    return FALSE;
  /* golive 7.1: 0 is the end, whatever the list still has. */
  if (discord_json_has (d, "video_ssrc") && video->video_ssrc == 0)
    video->n_streams = 0;
  else if (!discord_json_has (d, "streams") && video->video_ssrc != 0)
    imply_stream (d, video);
  return TRUE;
}

/* What tells only something about a session, and cannot be read, is not told. */
static void
get_detail (JsonObject *d, const gchar *name, const gchar **text)
{
  if (!discord_json_get_string (d, name, text))
    *text = NULL;
}

void
discord_video_parse_session (JsonObject *d, DiscordVoiceSessionUpdate *update)
{
  gdouble interval;

  update->keyframe_interval = -1;
  get_detail (d, "audio_codec", &update->audio_codec);
  get_detail (d, "video_codec", &update->video_codec);
  get_detail (d, "media_session_id", &update->media_session_id);
  if (node_get_number (
          json_object_get_member (d, "keyframe_interval"), &interval)
      && interval >= 0 && interval <= G_MAXUINT32)
    update->keyframe_interval = (gint64) interval;
}

gboolean
discord_video_parse_session_update (
    JsonObject *root, DiscordVoiceSessionUpdate *update)
{
  JsonObject *d;

  if (!discord_json_get_object (root, "d", &d))
    return FALSE;
  discord_video_parse_session (d, update);
  return TRUE;
}

/* All digits, and an SSRC (golive 6.4). */
static gboolean
parse_key (const gchar *key, guint32 *ssrc)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (key, 10, 1, G_MAXUINT32, &number, NULL))
    return FALSE;
  *ssrc = (guint32) number;
  return g_ascii_isdigit (*key);
}

static void
parse_pixel_counts (JsonNode *node, GstDiscordMediaSinkWants *wants)
{
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;
  gdouble pixels;
  guint32 ssrc;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &key, &value))
    if (parse_key (key, &ssrc) && node_get_number (value, &pixels)
        && pixels >= 0 && pixels <= MAX_PIXELS)
      gst_discord_media_sink_wants_set_pixel_count (wants, ssrc, pixels);
}

GstDiscordMediaSinkWants *
discord_video_parse_wants (JsonObject *root)
{
  g_autoptr (GstDiscordMediaSinkWants) wants = NULL;
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;
  JsonObject *d;
  guint32 ssrc;
  gint quality;

  if (!discord_json_get_object (root, "d", &d))
    return NULL;
  wants = gst_discord_media_sink_wants_new ();
  json_object_iter_init (&iter, d);
  while (json_object_iter_next (&iter, &key, &value)) {
    if (g_str_equal (key, "pixelCounts")) {
      parse_pixel_counts (value, wants);
      continue;
    }
    if (!node_get_quality (value, &quality))
      continue;
    if (g_str_equal (key, "any"))
      gst_discord_media_sink_wants_set_any (wants, quality);
    else if (parse_key (key, &ssrc))
      gst_discord_media_sink_wants_set_quality (wants, ssrc, quality);
  }
  return g_steal_pointer (&wants);
}

/* No locale may put a comma into it. */
static void
append_number (GString *json, gdouble value)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (json, g_ascii_formatd (text, sizeof text, "%.10g", value));
}

static const gchar *
stream_type (const GstDiscordVoiceStream *stream)
{
  return stream->screen ? "screen" : "video";
}

static const gchar *
json_bool (gboolean value)
{
  return value ? "true" : "false";
}

void
discord_video_append_offer (GString *json, const DiscordVoiceStreams *streams)
{
  g_string_append (json, "\"streams\":[");
  for (guint i = 0; i < streams->n_streams; i++) {
    const GstDiscordVoiceStream *stream = &streams->streams[i];

    g_string_append_printf (json,
        "%s{\"type\":\"%s\",\"rid\":\"%s\",\"quality\":%u,\"active\":%s}",
        i > 0 ? "," : "", stream_type (stream), stream->rid, stream->quality,
        json_bool (stream->active));
  }
  g_string_append (json, "],");
}

static void
append_codec (GString *json, const GstDiscordVoiceCodec *codec)
{
  guint rtx = gst_discord_voice_codec_get_rtx_payload_type (codec);

  g_string_append_printf (json,
      "{\"name\":\"%s\",\"type\":\"%s\",\"priority\":%u,\"payload_type\":%u",
      gst_discord_voice_codec_get_name (codec),
      gst_discord_voice_codec_get_media (codec), codec->priority,
      gst_discord_voice_codec_get_payload_type (codec));
  if (rtx != 0)
    g_string_append_printf (json, ",\"rtx_payload_type\":%u", rtx);
  /* Both are true where they are not told. */
  if (codec->codec != GST_DISCORD_CODEC_OPUS)
    g_string_append_printf (json, ",\"encode\":%s,\"decode\":%s",
        json_bool (codec->encode), json_bool (codec->decode));
  g_string_append_c (json, '}');
}

void
discord_video_append_codecs (GString *json, const DiscordVoiceCodecs *codecs)
{
  g_string_append (json, "\"codecs\":[");
  for (guint i = 0; i < codecs->n_codecs; i++) {
    if (i > 0)
      g_string_append_c (json, ',');
    append_codec (json, &codecs->codecs[i]);
  }
  g_string_append (json, "],");
}

static void
append_stream (GString *json, const GstDiscordVoiceStream *stream, gboolean rtx)
{
  g_string_append_printf (json, "{\"type\":\"%s\",\"rid\":\"%s\",\"ssrc\":%u",
      stream_type (stream), stream->rid, stream->ssrc);
  if (rtx)
    g_string_append_printf (json, ",\"rtx_ssrc\":%u",
        gst_discord_voice_stream_get_rtx_ssrc (stream));
  g_string_append_printf (json, ",\"active\":%s,\"quality\":%u",
      json_bool (stream->active), stream->quality);
  if (stream->max_bitrate != 0)
    g_string_append_printf (json, ",\"max_bitrate\":%u", stream->max_bitrate);
  if (stream->max_framerate > 0) {
    g_string_append (json, ",\"max_framerate\":");
    append_number (json, stream->max_framerate);
  }
  if (stream->fields & DISCORD_STREAM_MAX_RESOLUTION)
    g_string_append_printf (json,
        ",\"max_resolution\":{\"type\":\"%s\",\"width\":%u,\"height\":%u}",
        stream->max_width != 0 && stream->max_height != 0 ? "fixed" : "source",
        stream->max_width, stream->max_height);
  g_string_append_c (json, '}');
}

/* The best that is sent, else the best. */
static const GstDiscordVoiceStream *
find_first (const DiscordVoiceStreams *streams)
{
  const GstDiscordVoiceStream *first = NULL;

  for (guint i = 0; i < streams->n_streams; i++) {
    const GstDiscordVoiceStream *stream = &streams->streams[i];

    if (stream->ssrc != 0
        && (first == NULL || stream->active > first->active
            || (stream->active == first->active
                && stream->quality > first->quality)))
      first = stream;
  }
  return first;
}

gchar *
discord_video_build (
    guint32 audio_ssrc, const DiscordVoiceStreams *streams, gboolean rtx)
{
  const GstDiscordVoiceStream *first = find_first (streams);
  GString *json = g_string_new (NULL);
  guint n = 0;

  g_string_append_printf (json,
      "{\"op\":12,\"d\":{\"audio_ssrc\":%u,\"video_ssrc\":%u,\"rtx_ssrc\":%u,"
      "\"streams\":[",
      audio_ssrc, first != NULL ? first->ssrc : 0,
      first != NULL && rtx ? gst_discord_voice_stream_get_rtx_ssrc (first) : 0);
  for (guint i = 0; i < streams->n_streams; i++) {
    if (streams->streams[i].ssrc == 0)
      continue;
    if (n++ > 0)
      g_string_append_c (json, ',');
    append_stream (json, &streams->streams[i], rtx);
  }
  g_string_append (json, "]}}");
  return g_string_free (json, FALSE);
}

/* In place of the comma behind the last member. */
static gchar *
end_message (GString *json)
{
  if (json->str[json->len - 1] == ',')
    g_string_truncate (json, json->len - 1);
  g_string_append (json, "}}");
  return g_string_free (json, FALSE);
}

gchar *
discord_video_build_session_update (const DiscordVoiceCodecs *codecs)
{
  GString *json = g_string_new ("{\"op\":14,\"d\":{");

  discord_video_append_codecs (json, codecs);
  return end_message (json);
}

gchar *
discord_video_build_wants (const GstDiscordMediaSinkWants *wants)
{
  guint n = gst_discord_media_sink_wants_get_n_ssrcs (wants);
  GString *json = g_string_new ("{\"op\":15,\"d\":{");
  GString *pixels = g_string_new (NULL);

  for (guint i = 0; i < n; i++) {
    guint32 ssrc = gst_discord_media_sink_wants_get_ssrc (wants, i);
    gint quality = gst_discord_media_sink_wants_get_quality (wants, ssrc);
    gdouble count = gst_discord_media_sink_wants_get_pixel_count (wants, ssrc);

    if (quality >= 0)
      g_string_append_printf (json, "\"%u\":%d,", ssrc, quality);
    if (count > 0) {
      g_string_append_printf (
          pixels, "%s\"%u\":", pixels->len > 0 ? "," : "", ssrc);
      append_number (pixels, count);
    }
  }
  if (gst_discord_media_sink_wants_get_any (wants) >= 0)
    g_string_append_printf (
        json, "\"any\":%d,", gst_discord_media_sink_wants_get_any (wants));
  if (pixels->len > 0)
    g_string_append_printf (json, "\"pixelCounts\":{%s},", pixels->str);
  g_string_free (pixels, TRUE);
  return end_message (json);
}
