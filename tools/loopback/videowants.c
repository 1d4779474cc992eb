/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Op 15 both ways (golive 6.4 and 7.2): which layers a receiver wants, which it
 * therefore gets, and what that means for their senders. */
#include "voiceserver.h"

#include <string.h>

#define OP_MEDIA_SINK_WANTS 15
#define BEST 100
#define UNNAMED (-1)

void
lb_flow_free (LbFlow *self)
{
  lb_source_clear (&self->off);
  lb_arrivals_free (self->arrivals);
  g_free (self);
}

LbFlow *
lb_video_find_flow (LbLayer *layer, const LbVoiceSession *to)
{
  for (guint i = 0; i < layer->flows->len; i++) {
    LbFlow *flow = layer->flows->pdata[i];

    if (flow->to == to)
      return flow;
  }
  return NULL;
}

static LbFlow *
get_flow (LbLayer *layer, LbVoiceSession *to)
{
  LbFlow *flow = lb_video_find_flow (layer, to);

  if (flow != NULL)
    return flow;
  flow = g_new0 (LbFlow, 1);
  flow->layer = layer;
  flow->to = to;
  flow->rtx_seq = (guint16) g_rand_int (to->server->core->rand);
  flow->arrivals = lb_arrivals_new ();
  g_ptr_array_add (layer->flows, flow);
  return flow;
}

/* SSRCs as decimal numbers; FALSE: no such key. */
static gboolean
parse_key (const char *name, guint32 *ssrc)
{
  guint64 value;

  if (!lb_parse_id (name, &value) || value > G_MAXUINT32)
    return FALSE;
  *ssrc = (guint32) value;
  return TRUE;
}

static gboolean
read_pixels (JsonNode *node, GHashTable *pixels)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  guint32 ssrc;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value)) {
    double number;

    if (!parse_key (name, &ssrc) || !JSON_NODE_HOLDS_VALUE (value)
        || (json_node_get_value_type (value) != G_TYPE_DOUBLE
            && json_node_get_value_type (value) != G_TYPE_INT64)
        || (number = json_node_get_double (value)) < 0)
      return FALSE;
    g_hash_table_insert (
        pixels, GUINT_TO_POINTER (ssrc), g_memdup2 (&number, sizeof number));
  }
  return TRUE;
}

static gboolean
read_wants (JsonObject *d, GHashTable *wants, GHashTable *pixels, gint64 *any)
{
  g_autoptr (GList) names = json_object_get_members (d);

  for (GList *link = names; link != NULL; link = link->next) {
    const char *name = link->data;
    gint64 value;
    guint32 ssrc;

    if (g_str_equal (name, "pixelCounts")) {
      if (!read_pixels (json_object_get_member (d, name), pixels))
        return FALSE;
      continue;
    }
    if (lb_json_get_int (d, name, 0, BEST, &value) != LB_FIELD_OK)
      return FALSE;
    if (g_str_equal (name, "any"))
      *any = value;
    else if (parse_key (name, &ssrc))
      g_hash_table_insert (
          wants, GUINT_TO_POINTER (ssrc), GINT_TO_POINTER ((int) value));
    else
      return FALSE;
  }
  return TRUE;
}

/* A message replaces the one before it. */
gboolean
lb_video_take_wants (LbVoiceSession *session, JsonObject *d)
{
  LbVideoSide *side = &session->video;
  g_autoptr (GHashTable) wants = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) pixels =
      g_hash_table_new_full (NULL, NULL, NULL, g_free);
  gint64 any = BEST;

  if (!read_wants (d, wants, pixels, &any))
    return FALSE;
  g_clear_pointer (&side->wants, g_hash_table_unref);
  g_clear_pointer (&side->pixels, g_hash_table_unref);
  side->wants = g_steal_pointer (&wants);
  side->pixels = g_steal_pointer (&pixels);
  side->any = (guint) any;
  return TRUE;
}

static int
named_want (const LbVoiceSession *to, const LbLayer *layer)
{
  gpointer value;

  if (to->video.wants == NULL
      || !g_hash_table_lookup_extended (
          to->video.wants, GUINT_TO_POINTER (layer->ssrc), NULL, &value))
    return UNNAMED;
  return GPOINTER_TO_INT (value);
}

/* 100 is the best layer, less a smaller one: the best that is no better than
 * asked for, else the smallest. Those named with 0 are out. @active: of those that
 * carry something. */
static LbLayer *
pick (const GPtrArray *layers, const LbVoiceSession *to, guint want,
    gboolean active)
{
  LbLayer *best = NULL, *smallest = NULL;

  for (guint i = 0; i < layers->len; i++) {
    LbLayer *layer = layers->pdata[i];

    if (!layer->listed || (active && !layer->active)
        || named_want (to, layer) == 0)
      continue;
    if (smallest == NULL || layer->quality < smallest->quality)
      smallest = layer;
    if (layer->quality <= want
        && (best == NULL || layer->quality > best->quality))
      best = layer;
  }
  return best != NULL ? best : smallest;
}

/* The layer's sender is to know when it is asked for less than it is. */
static void
want_layer (LbLayer *layer, LbVoiceSession *to, guint want)
{
  LbFlow *flow;
  double *pixels;

  if (layer == NULL)
    return;
  flow = get_flow (layer, to);
  flow->want = MAX (flow->want, want >= layer->quality ? BEST : want);
  pixels = to->video.pixels != NULL ? g_hash_table_lookup (
               to->video.pixels, GUINT_TO_POINTER (flow->layer->ssrc))
                                    : NULL;
  flow->pixels = pixels != NULL ? *pixels : 0;
}

/* A sender that lets a layer rest because nobody wants it has to hear that
 * somebody does; another one stands in until it is there. */
static void
want_best (
    LbLayer *layer, const GPtrArray *layers, LbVoiceSession *to, guint want)
{
  want_layer (layer, to, want);
  if (layer != NULL && !layer->active)
    want_layer (pick (layers, to, want, TRUE), to, want);
}

/* Sets the want of each flow of @from to @to. Layers that are named decide; only
 * when none is, "any" does. */
static void
weigh (LbVoiceSession *from, LbVoiceSession *to)
{
  const GPtrArray *layers = from->video.layers;
  gboolean named = FALSE;

  for (guint i = 0; i < layers->len; i++) {
    LbFlow *flow = lb_video_find_flow (layers->pdata[i], to);

    if (flow != NULL)
      flow->want = 0;
  }
  for (guint i = 0; i < layers->len; i++) {
    LbLayer *layer = layers->pdata[i];
    int want = named_want (to, layer);

    if (want <= 0 || !layer->listed)
      continue;
    named = TRUE;
    want_best (layer->quality <= (guint) want
            ? layer
            : pick (layers, to, (guint) want, FALSE),
        layers, to, (guint) want);
  }
  if (!named && to->video.any > 0)
    want_best (
        pick (layers, to, to->video.any, FALSE), layers, to, to->video.any);
}

static void
stop (LbFlow *flow)
{
  lb_source_clear (&flow->off);
  flow->on = flow->pending = flow->leaving = FALSE;
  lb_arrivals_give_up (flow->arrivals);
}

static void
start (LbFlow *flow)
{
  lb_source_clear (&flow->off);
  flow->on = TRUE;
  flow->begun = FALSE;
  flow->pending = flow->leaving = FALSE;
  lb_report_event (flow->to->server->core->report, "layer", flow->to->user_id,
      "%u %s", flow->layer->ssrc, flow->layer->rid);
}

static gboolean
has_picture (const LbVoiceSession *from, const LbVoiceSession *to)
{
  for (guint i = 0; i < from->video.layers->len; i++) {
    LbFlow *flow = lb_video_find_flow (from->video.layers->pdata[i], to);

    if (flow != NULL && flow->on && flow->layer->active)
      return TRUE;
  }
  return FALSE;
}

/* What has a picture keeps it until the other layer has one to begin with. */
static void
steer (LbVoiceSession *from, LbVoiceSession *to)
{
  gboolean had = has_picture (from, to), waiting = FALSE;

  for (guint i = 0; i < from->video.layers->len; i++) {
    LbFlow *flow = lb_video_find_flow (from->video.layers->pdata[i], to);

    if (flow == NULL || flow->want == 0)
      continue;
    if (!flow->layer->active) {
      stop (flow);
      continue;
    }
    if (!flow->on && !had)
      start (flow);
    flow->leaving = FALSE;
    lb_source_clear (&flow->off);
    if (flow->on)
      continue;
    waiting = TRUE;
    if (!flow->pending)
      lb_video_ask_keyframe (flow->layer);
    flow->pending = TRUE;
  }
  for (guint i = 0; i < from->video.layers->len; i++) {
    LbFlow *flow = lb_video_find_flow (from->video.layers->pdata[i], to);

    if (flow == NULL || flow->want != 0)
      continue;
    flow->pending = FALSE;
    if (flow->on && waiting && flow->layer->active)
      flow->leaving = TRUE;
    else if (flow->off == NULL)
      stop (flow);
  }
}

static void
drop (LbVoiceSession *from, LbVoiceSession *to)
{
  for (guint i = 0; i < from->video.layers->len; i++) {
    LbFlow *flow = lb_video_find_flow (from->video.layers->pdata[i], to);

    if (flow == NULL)
      continue;
    flow->want = 0;
    stop (flow);
  }
}

/* Golive 6.3: who has not sent an op 12 gets no video either. */
static gboolean
can_watch (const LbVoiceSession *session)
{
  return session->media.ready && session->video.announced
      && lb_codecs_decode_any (&session->video.codecs);
}

static gboolean
was_announced (const LbVoiceSession *session)
{
  for (guint i = 0; i < session->video.layers->len; i++) {
    if (((LbLayer *) session->video.layers->pdata[i])->announced)
      return TRUE;
  }
  return FALSE;
}

static guint
wanted (const LbLayer *layer, double *pixels)
{
  guint want = 0;

  *pixels = 0;
  for (guint i = 0; i < layer->flows->len; i++) {
    const LbFlow *flow = layer->flows->pdata[i];

    if (flow->want == 0 && !flow->leaving)
      continue;
    want = MAX (want, flow->leaving ? 1 : flow->want);
    *pixels = MAX (*pixels, flow->pixels);
  }
  return want;
}

static JsonObject *
build_wants (const LbVoiceSession *session)
{
  JsonObject *d = json_object_new ();
  JsonObject *counts = json_object_new ();
  guint most = 0;

  for (guint i = 0; i < session->video.layers->len; i++) {
    const LbLayer *layer = session->video.layers->pdata[i];
    g_autofree char *key = g_strdup_printf ("%u", layer->ssrc);
    double pixels;
    guint want = wanted (layer, &pixels);

    most = MAX (most, want);
    json_object_set_int_member (d, key, want);
    if (pixels > 0)
      json_object_set_double_member (counts, key, pixels);
  }
  json_object_set_int_member (d, "any", most);
  if (json_object_get_size (counts) > 0)
    json_object_set_object_member (d, "pixelCounts", counts);
  else
    json_object_unref (counts);
  return d;
}

static void
tell (LbVoiceSession *session)
{
  LbVideoSide *side = &session->video;
  g_autoptr (JsonObject) d = NULL;
  g_autofree char *text = NULL;

  if (!was_announced (session) || session->server->core->settings->no_wants)
    return;
  d = build_wants (session);
  text = lb_json_to_text (d);
  if (g_strcmp0 (text, side->told) == 0)
    return;
  g_free (side->told);
  side->told = g_strdup (text);
  lb_report_event (session->server->core->report, "wants-told",
      session->user_id, "%s", text);
  lb_voice_session_send_numbered (
      session, OP_MEDIA_SINK_WANTS, g_steal_pointer (&d));
}

static gboolean
on_overlap_over (gpointer user_data)
{
  LbFlow *flow = user_data;

  stop (flow);
  tell (flow->layer->owner);
  return G_SOURCE_REMOVE;
}

void
lb_video_switch (LbFlow *flow)
{
  LbVoiceSession *from = flow->layer->owner;
  int overlap = from->server->core->settings->layer_overlap;

  start (flow);
  for (guint i = 0; i < from->video.layers->len; i++) {
    LbFlow *other = lb_video_find_flow (from->video.layers->pdata[i], flow->to);

    if (other == NULL || !other->leaving)
      continue;
    if (overlap == 0) {
      stop (other);
    } else if (other->off == NULL) {
      other->off = lb_core_timeout (
          from->server->core, (guint) overlap, on_overlap_over, other);
    }
  }
  tell (from);
}

void
lb_video_choose (LbRoom *room)
{
  for (guint i = 0; i < room->members->len; i++) {
    LbVoiceSession *from = room->members->pdata[i];

    if (from->video.layers->len == 0)
      continue;
    for (guint k = 0; k < room->members->len; k++) {
      LbVoiceSession *to = room->members->pdata[k];

      if (to == from)
        continue;
      if (!can_watch (to)) {
        drop (from, to);
        continue;
      }
      weigh (from, to);
      steer (from, to);
    }
    tell (from);
  }
}

void
lb_video_left (LbRoom *room, LbVoiceSession *session)
{
  for (guint i = 0; i < room->members->len; i++) {
    LbVoiceSession *from = room->members->pdata[i];

    for (guint k = 0; k < from->video.layers->len; k++) {
      LbLayer *layer = from->video.layers->pdata[k];
      LbFlow *flow = lb_video_find_flow (layer, session);

      if (flow != NULL)
        g_ptr_array_remove (layer->flows, flow);
    }
  }
  for (guint k = 0; k < session->video.layers->len; k++) {
    LbLayer *layer = session->video.layers->pdata[k];

    g_ptr_array_set_size (layer->flows, 0);
  }
  lb_video_choose (room);
}
