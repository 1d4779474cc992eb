/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Simulcast layers: offered in identify, assigned in Ready, announced by op 12
 * (golive 6.1 to 6.3). */
#include "rtpcheck.h"
#include "voiceserver.h"

#include <string.h>

#define OP_MALFORMED 4002
#define OP_INVALID_SSRC 4020

void
lb_video_side_init (LbVideoSide *self)
{
  self->layers = g_ptr_array_new ();
  self->any = 100;
}

static void
layer_free (LbLayer *self)
{
  lb_source_clear (&self->check);
  g_ptr_array_unref (self->flows);
  lb_packet_cache_free (self->cache);
  lb_missing_free (self->missing);
  lb_frames_free (self->frames);
  lb_arrivals_free (self->arrivals);
  g_free (self);
}

void
lb_video_side_clear (LbVoiceSession *session)
{
  LbVideoSide *side = &session->video;
  GHashTable *table = session->server->layers;

  lb_source_clear (&side->tick);
  for (guint i = 0; i < side->layers->len; i++) {
    LbLayer *layer = side->layers->pdata[i];

    g_hash_table_remove (table, GUINT_TO_POINTER (layer->ssrc));
    g_hash_table_remove (table, GUINT_TO_POINTER (layer->rtx_ssrc));
    lb_voice_server_return_ssrc (session->server, layer->ssrc);
    lb_voice_server_return_ssrc (session->server, layer->rtx_ssrc);
    layer_free (layer);
  }
  g_ptr_array_unref (side->layers);
  g_clear_pointer (&side->wants, g_hash_table_unref);
  g_clear_pointer (&side->pixels, g_hash_table_unref);
  g_clear_pointer (&side->arrivals, lb_arrival_log_free);
  g_clear_pointer (&side->last, json_object_unref);
  g_free (side->told);
}

LbLayer *
lb_video_find_layer (LbVoiceServer *server, guint32 ssrc)
{
  return g_hash_table_lookup (server->layers, GUINT_TO_POINTER (ssrc));
}

static gboolean
check_offered (JsonNode *node, GHashTable *rids)
{
  JsonObject *stream;
  const char *type, *rid;
  gint64 quality;
  gboolean active;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  stream = json_node_get_object (node);
  return lb_json_get_string (stream, "type", &type) == LB_FIELD_OK
      && (g_str_equal (type, "video") || g_str_equal (type, "screen"))
      && lb_json_get_string (stream, "rid", &rid) == LB_FIELD_OK && *rid != '\0'
      && strlen (rid) < sizeof ((LbLayer *) NULL)->rid
      && g_hash_table_add (rids, g_strdup (rid))
      && lb_optional (lb_json_get_int (stream, "quality", 0, 100, &quality))
      && lb_optional (lb_json_get_bool (stream, "active", &active));
}

gboolean
lb_video_check_offer (JsonObject *d)
{
  g_autoptr (GHashTable) rids =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean video;
  JsonArray *streams;
  LbField field = lb_json_get_array (d, "streams", &streams);

  if (!lb_optional (lb_json_get_bool (d, "video", &video))
      || !lb_optional (field))
    return FALSE;
  if (field == LB_FIELD_ABSENT)
    return TRUE;
  if (json_array_get_length (streams) > LB_MAX_LAYERS)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (streams); i++) {
    if (!check_offered (json_array_get_element (streams, i), rids))
      return FALSE;
  }
  return TRUE;
}

static void
add_layer (LbVoiceSession *session, JsonObject *stream)
{
  LbVoiceServer *server = session->server;
  LbLayer *layer = g_new0 (LbLayer, 1);
  gint64 quality = 0;

  lb_json_get_int (stream, "quality", 0, 100, &quality);
  layer->owner = session;
  g_strlcpy (layer->rid, json_object_get_string_member (stream, "rid"),
      sizeof layer->rid);
  layer->quality = (guint) quality;
  layer->ssrc = lb_voice_server_new_ssrc (server);
  g_hash_table_insert (server->layers, GUINT_TO_POINTER (layer->ssrc), layer);
  layer->rtx_ssrc = layer->ssrc + 1;
  /* Everywhere else, so that a client which only adds one is caught. */
  if (!server->core->settings->ready_no_rtx)
    layer->rtx_ssrc = lb_voice_server_new_ssrc (server);
  g_hash_table_insert (
      server->layers, GUINT_TO_POINTER (layer->rtx_ssrc), layer);
  layer->flows = g_ptr_array_new_with_free_func ((GDestroyNotify) lb_flow_free);
  layer->cache = lb_packet_cache_new ();
  layer->missing = lb_missing_new ();
  layer->frames = lb_frames_new ();
  layer->arrivals = lb_arrivals_new ();
  g_ptr_array_add (session->video.layers, layer);
}

void
lb_video_take_offer (LbVoiceSession *session, JsonObject *d)
{
  const char *refused = session->server->core->settings->ready_refuse_rid;
  gboolean video = FALSE;
  JsonArray *streams;

  lb_json_get_bool (d, "video", &video);
  if (!video || lb_json_get_array (d, "streams", &streams) != LB_FIELD_OK)
    return;
  for (guint i = 0; i < json_array_get_length (streams); i++) {
    JsonObject *stream = json_array_get_object_element (streams, i);

    if (g_strcmp0 (json_object_get_string_member (stream, "rid"), refused) != 0)
      add_layer (session, stream);
  }
}

/* Golive 6.1: the type is always video, active is the server's view. */
static JsonObject *
layer_to_json (const LbLayer *layer, gboolean with_rtx)
{
  JsonObject *stream = json_object_new ();

  json_object_set_string_member (stream, "type", "video");
  json_object_set_string_member (stream, "rid", layer->rid);
  json_object_set_int_member (stream, "quality", layer->quality);
  json_object_set_boolean_member (stream, "active", FALSE);
  json_object_set_int_member (stream, "ssrc", layer->ssrc);
  if (with_rtx)
    json_object_set_int_member (stream, "rtx_ssrc", layer->rtx_ssrc);
  return stream;
}

JsonArray *
lb_video_answer (const LbVoiceSession *session)
{
  const LbSettings *settings = session->server->core->settings;
  const GPtrArray *layers = session->video.layers;
  JsonArray *streams = json_array_new ();

  for (guint i = 0; i < layers->len; i++) {
    guint at = settings->ready_reversed ? layers->len - 1 - i : i;

    json_array_add_object_element (
        streams, layer_to_json (layers->pdata[at], !settings->ready_no_rtx));
  }
  return streams;
}

static LbLayer *
own_layer (LbVoiceSession *session, gint64 ssrc)
{
  LbLayer *layer = lb_video_find_layer (session->server, (guint32) ssrc);

  return layer != NULL && layer->owner == session
          && layer->ssrc == (guint32) ssrc
      ? layer
      : NULL;
}

/* NULL: malformed, or not of @session, by @code. */
static LbLayer *
read_stream (LbVoiceSession *session, JsonNode *node, guint *code)
{
  gint64 ssrc, rtx = 0, number;
  gboolean active;
  const char *type, *rid = NULL;
  JsonObject *stream, *resolution;
  LbLayer *layer;

  *code = OP_MALFORMED;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  stream = json_node_get_object (node);
  if (lb_json_get_int (stream, "ssrc", 0, G_MAXUINT32, &ssrc) != LB_FIELD_OK
      || !lb_optional (lb_json_get_string (stream, "type", &type))
      || !lb_optional (lb_json_get_string (stream, "rid", &rid))
      || !lb_optional (lb_json_get_bool (stream, "active", &active))
      || !lb_optional (lb_json_get_int (stream, "quality", 0, 100, &number))
      || !lb_optional (
          lb_json_get_object (stream, "max_resolution", &resolution))
      || !lb_optional (
          lb_json_get_int (stream, "rtx_ssrc", 0, G_MAXUINT32, &rtx)))
    return NULL;
  *code = OP_INVALID_SSRC;
  layer = own_layer (session, ssrc);
  if (layer == NULL || (rtx != 0 && layer->rtx_ssrc != (guint32) rtx)
      || (rid != NULL && !g_str_equal (layer->rid, rid)))
    return NULL;
  return layer;
}

/* What there is at the top: 0, or those of a layer that is ours. */
static gboolean
is_top_valid (LbVoiceSession *session, gint64 video_ssrc, gint64 rtx_ssrc)
{
  LbLayer *layer;

  if (video_ssrc == 0)
    return rtx_ssrc == 0;
  layer = own_layer (session, video_ssrc);
  return layer != NULL && (rtx_ssrc == 0 || layer->rtx_ssrc == rtx_ssrc);
}

static void
set_active (LbLayer *layer, gboolean active)
{
  if (layer->active && !active)
    layer->quiet_since = g_get_monotonic_time ();
  if (layer->active != active)
    lb_report_event (layer->owner->server->core->report,
        active ? "layer-active" : "layer-inactive", layer->owner->user_id, "%s",
        layer->rid);
  layer->active = active;
  layer->announced |= active;
}

/* Golive 6.2: what of a stream others are told. */
static JsonObject *
stream_for_others (JsonObject *stream)
{
  static const char *const members[] = { "type", "rid", "ssrc", "rtx_ssrc",
    "quality", "active", "max_framerate", "max_resolution" };
  JsonObject *copy = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    if (json_object_has_member (stream, members[i]))
      json_object_set_member (
          copy, members[i], json_object_dup_member (stream, members[i]));
  }
  return copy;
}

static JsonObject *
for_others (LbVoiceSession *session, gint64 video_ssrc, JsonArray *streams)
{
  JsonObject *d = json_object_new ();
  JsonArray *copies = json_array_new ();

  for (guint i = 0; i < json_array_get_length (streams); i++)
    json_array_add_object_element (
        copies, stream_for_others (json_array_get_object_element (streams, i)));
  lb_json_set_id (d, "user_id", session->user_id);
  json_object_set_int_member (d, "audio_ssrc", session->ssrc);
  json_object_set_int_member (d, "video_ssrc", video_ssrc);
  json_object_set_array_member (d, "streams", copies);
  return d;
}

static void
apply (LbVoiceSession *session, JsonArray *streams)
{
  GPtrArray *layers = session->video.layers;

  for (guint i = 0; i < layers->len; i++) {
    LbLayer *layer = layers->pdata[i];
    gboolean active = FALSE;

    layer->listed = FALSE;
    for (guint k = 0; k < json_array_get_length (streams); k++) {
      JsonObject *stream = json_array_get_object_element (streams, k);

      if (json_object_get_int_member (stream, "ssrc") != layer->ssrc)
        continue;
      lb_json_get_bool (stream, "active", &active);
      layer->listed = TRUE;
    }
    set_active (layer, active);
  }
}

const char *
lb_video_announce (LbVoiceSession *session, JsonObject *d, guint *code)
{
  LbVideoSide *side = &session->video;
  gint64 audio_ssrc, video_ssrc, rtx_ssrc = 0;
  JsonArray *streams;

  *code = OP_MALFORMED;
  if (lb_json_get_int (d, "audio_ssrc", 0, G_MAXUINT32, &audio_ssrc)
          != LB_FIELD_OK
      || lb_json_get_int (d, "video_ssrc", 0, G_MAXUINT32, &video_ssrc)
          != LB_FIELD_OK
      || !lb_optional (
          lb_json_get_int (d, "rtx_ssrc", 0, G_MAXUINT32, &rtx_ssrc))
      || lb_json_get_array (d, "streams", &streams) != LB_FIELD_OK)
    return "bad-video";
  for (guint i = 0; i < json_array_get_length (streams); i++) {
    if (read_stream (session, json_array_get_element (streams, i), code)
        == NULL)
      return *code == OP_MALFORMED ? "bad-video" : "ssrc-not-owned";
  }
  *code = OP_INVALID_SSRC;
  if ((guint32) audio_ssrc != session->ssrc
      || !is_top_valid (session, video_ssrc, rtx_ssrc))
    return "ssrc-not-owned";
  apply (session, streams);
  side->announced = TRUE;
  g_clear_pointer (&side->last, json_object_unref);
  side->last = for_others (session, video_ssrc, streams);
  return NULL;
}
