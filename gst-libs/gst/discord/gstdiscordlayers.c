/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordlayers-private.h"

/* A receiver report is a sign that somebody gets the layer. */
#define REPORT_LIFETIME (3 * G_USEC_PER_SEC)

/* How long the best layer goes on that nobody wants, and how long a layer that
 * is not sent stays active in op 12: wants come and go. */
#define GRACE (2 * G_USEC_PER_SEC)

static gboolean
may_be_sent (const GstDiscordLayer *layer)
{
  return layer->active && layer->ssrc != 0;
}

static GstDiscordLayer *
find_top (GstDiscordLayer *layers, guint n_layers)
{
  GstDiscordLayer *top = NULL;

  for (guint i = 0; i < n_layers; i++)
    if (may_be_sent (&layers[i])
        && (top == NULL || layers[i].quality > top->quality))
      top = &layers[i];
  return top;
}

static gboolean
has_receiver (const GstDiscordLayer *layer,
    const GstDiscordMediaSinkWants *wants, gint64 now)
{
  if (layer->quality >= 100)
    return TRUE;
  if (layer->reported_at >= 0 && now - layer->reported_at < REPORT_LIFETIME)
    return TRUE;
  return wants != NULL
      && gst_discord_media_sink_wants_resolve (wants, layer->ssrc) > 0;
}

/* Nobody wants the best layer, nor anything that it might stand for. */
static gboolean
is_unwanted (const GstDiscordLayer *top, const GstDiscordMediaSinkWants *wants)
{
  return wants != NULL && gst_discord_media_sink_wants_get_any (wants) <= 0
      && gst_discord_media_sink_wants_resolve (wants, top->ssrc) == 0;
}

static gboolean
top_is_sent (GstDiscordLayer *top, const GstDiscordLayerRules *rules,
    const GstDiscordMediaSinkWants *wants, gint64 now)
{
  if (rules->always_send_top || !is_unwanted (top, wants)) {
    top->unwanted_since = 0;
    return TRUE;
  }
  if (top->unwanted_since == 0)
    top->unwanted_since = now;
  return now - top->unwanted_since < GRACE;
}

/* TRUE when what op 12 says of it has changed. @stays: active there in any
 * case. */
static gboolean
decide (GstDiscordLayer *layer, gboolean selected, gboolean stays, gint64 now)
{
  gboolean was_announced = layer->announced;

  if (layer->selected && !selected)
    layer->deselected_at = now;
  layer->started = selected && !layer->selected;
  layer->selected = selected;
  layer->announced = may_be_sent (layer)
      && (selected || stays
          || (was_announced && now - layer->deselected_at < GRACE));
  return layer->announced != was_announced;
}

gboolean
gst_discord_layers_select (GstDiscordLayer *layers, guint n_layers,
    const GstDiscordLayerRules *rules, const GstDiscordMediaSinkWants *wants,
    gint64 now)
{
  GstDiscordLayer *top = find_top (layers, n_layers);
  gboolean changed = FALSE, others = FALSE, others_announced = FALSE;

  for (guint i = 0; i < n_layers; i++) {
    GstDiscordLayer *layer = &layers[i];
    gboolean selected, was_selected = layer->selected;

    if (layer == top)
      continue;
    selected = rules->simulcast && may_be_sent (layer)
        && has_receiver (layer, wants, now);
    others |= selected;
    changed |= decide (layer, selected, FALSE, now) || selected != was_selected;
    others_announced |= layer->announced;
  }
  if (top != NULL) {
    gboolean was_selected = top->selected;
    /* Where no other has a receiver the best one is sent without. */
    gboolean selected = (!others || has_receiver (top, wants, now))
        && top_is_sent (top, rules, wants, now);

    /* To others video ends with its last active layer (golive 7.1), and then
     * nobody would ask for it again. */
    changed |= decide (top, selected, !others_announced, now)
        || selected != was_selected;
  }
  return changed;
}
