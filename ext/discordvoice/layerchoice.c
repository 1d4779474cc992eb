/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "layerchoice.h"

#define BEST_QUALITY 100

/* What is not told does not stand in the way: partial messages are normal.
 * @resting: one that carries nothing now will do. */
static gboolean
is_usable (const GstDiscordVoiceStream *layer, gboolean resting)
{
  if (layer->ssrc == 0)
    return FALSE;
  return resting || layer->active
      || (layer->fields & DISCORD_STREAM_ACTIVE) == 0;
}

static guint
quality_of (const GstDiscordVoiceStream *layer)
{
  return (layer->fields & DISCORD_STREAM_QUALITY) != 0 ? layer->quality
                                                       : BEST_QUALITY;
}

static guint64
pixels_of (const GstDiscordVoiceStream *layer)
{
  return (guint64) layer->max_width * layer->max_height;
}

/* The best one that is not above @quality, else the least. */
static const GstDiscordVoiceStream *
choose_by_quality (
    const DiscordVoiceStreams *layers, guint quality, gboolean resting)
{
  const GstDiscordVoiceStream *best = NULL, *least = NULL;

  for (guint i = 0; i < layers->n_streams; i++) {
    const GstDiscordVoiceStream *layer = &layers->streams[i];

    if (!is_usable (layer, resting))
      continue;
    if (least == NULL || quality_of (layer) < quality_of (least))
      least = layer;
    if (quality_of (layer) <= quality
        && (best == NULL || quality_of (layer) > quality_of (best)))
      best = layer;
  }
  return best != NULL ? best : least;
}

/* The smallest one of which nothing has to be enlarged; @most without any. */
static const GstDiscordVoiceStream *
choose_by_size (const DiscordVoiceStreams *layers, guint64 pixel_count,
    const GstDiscordVoiceStream *most, gboolean resting)
{
  const GstDiscordVoiceStream *chosen = most;

  for (guint i = 0; i < layers->n_streams; i++) {
    const GstDiscordVoiceStream *layer = &layers->streams[i];

    if (!is_usable (layer, resting) || pixels_of (layer) < pixel_count
        || quality_of (layer) >= quality_of (chosen))
      continue;
    chosen = layer;
  }
  return chosen;
}

static guint32
choose (const DiscordVoiceStreams *layers, guint quality, guint64 pixel_count,
    gboolean resting)
{
  const GstDiscordVoiceStream *chosen = NULL;

  if (quality > 0)
    chosen = choose_by_quality (layers, quality, resting);
  if (chosen != NULL && pixel_count > 0)
    chosen = choose_by_size (layers, pixel_count, chosen, resting);
  return chosen != NULL ? chosen->ssrc : 0;
}

guint32
discord_layer_choose (
    const DiscordVoiceStreams *layers, guint quality, guint64 pixel_count)
{
  return choose (layers, quality, pixel_count, FALSE);
}

guint32
discord_layer_choose_resting (
    const DiscordVoiceStreams *layers, guint quality, guint64 pixel_count)
{
  return choose (layers, quality, pixel_count, TRUE);
}

gboolean
discord_layers_are_active (const DiscordVoiceStreams *layers)
{
  return choose_by_quality (layers, BEST_QUALITY, FALSE) != NULL;
}

gboolean
discord_layers_have_ssrc (const DiscordVoiceStreams *layers, guint32 ssrc)
{
  for (guint i = 0; i < layers->n_streams; i++)
    if (ssrc != 0 && layers->streams[i].ssrc == ssrc)
      return TRUE;
  return FALSE;
}
