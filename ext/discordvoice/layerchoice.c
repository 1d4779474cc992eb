/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "layerchoice.h"

#define BEST_QUALITY 100

/* What is not told does not stand in the way: partial messages are normal. */
static gboolean
is_usable (const GstDiscordVoiceStream *layer)
{
  if (layer->ssrc == 0)
    return FALSE;
  return layer->active || (layer->fields & DISCORD_STREAM_ACTIVE) == 0;
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
choose_by_quality (const DiscordVoiceStreams *layers, guint quality)
{
  const GstDiscordVoiceStream *best = NULL, *least = NULL;

  for (guint i = 0; i < layers->n_streams; i++) {
    const GstDiscordVoiceStream *layer = &layers->streams[i];

    if (!is_usable (layer))
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
    const GstDiscordVoiceStream *most)
{
  const GstDiscordVoiceStream *chosen = most;

  for (guint i = 0; i < layers->n_streams; i++) {
    const GstDiscordVoiceStream *layer = &layers->streams[i];

    if (!is_usable (layer) || pixels_of (layer) < pixel_count
        || quality_of (layer) >= quality_of (chosen))
      continue;
    chosen = layer;
  }
  return chosen;
}

guint32
discord_layer_choose (
    const DiscordVoiceStreams *layers, guint quality, guint64 pixel_count)
{
  const GstDiscordVoiceStream *chosen = NULL;

  if (quality > 0)
    chosen = choose_by_quality (layers, quality);
  if (chosen != NULL && pixel_count > 0)
    chosen = choose_by_size (layers, pixel_count, chosen);
  return chosen != NULL ? chosen->ssrc : 0;
}

gboolean
discord_layers_are_active (const DiscordVoiceStreams *layers)
{
  return choose_by_quality (layers, BEST_QUALITY) != NULL;
}

gboolean
discord_layers_have_ssrc (const DiscordVoiceStreams *layers, guint32 ssrc)
{
  for (guint i = 0; i < layers->n_streams; i++)
    if (layers->streams[i].ssrc == ssrc)
      return TRUE;
  return FALSE;
}
