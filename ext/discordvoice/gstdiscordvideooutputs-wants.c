/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the server for the pads there are, and what comes of it. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideooutputs-private.h"
#include "videowants.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

#define RTX_MAP "application/x-rtp-ssrc-map"
#define BEST_QUALITY 100

static guint
get_standard_quality (GstDiscordVideoOutputs *self)
{
  guint quality;

  g_mutex_lock (&self->lock);
  quality = self->quality;
  g_mutex_unlock (&self->lock);
  return quality;
}

static void
get_layers (GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output,
    DiscordVoiceStreams *layers)
{
  g_mutex_lock (&self->lock);
  *layers = output->layers;
  g_mutex_unlock (&self->lock);
}

/* Every layer is named, so that nobody guesses. */
static void
name_layers (GstDiscordMediaSinkWants *wants, const DiscordVoiceStreams *layers)
{
  for (guint i = 0; i < layers->n_streams; i++)
    if (layers->streams[i].ssrc != 0)
      gst_discord_media_sink_wants_set_quality (
          wants, layers->streams[i].ssrc, 0);
}

/* The layer that is shown goes on until there is a keyframe of the other, and
 * another one is shown while the one that we want rests: these are named with the
 * number that no server takes for another layer. */
static void
add_wish (GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output,
    GstDiscordMediaSinkWants *wants)
{
  GstDiscordVideoStream *stream = GST_DISCORD_VIDEO_STREAM (output->stream);
  DiscordVoiceStreams layers;
  guint64 pixel_count;
  guint32 wish, target, current;
  guint quality = gst_discord_video_src_pad_get_wish (
      GST_DISCORD_VIDEO_SRC_PAD (output->pad), get_standard_quality (self),
      &pixel_count);

  get_layers (self, output, &layers);
  wish = discord_layer_choose_resting (&layers, quality, pixel_count);
  target = discord_layer_choose (&layers, quality, pixel_count);
  gst_discord_video_stream_set_target (stream, target);
  current = gst_discord_video_stream_get_current (stream);
  name_layers (wants, &layers);
  if (wish == 0)
    return;
  gst_discord_media_sink_wants_set_quality (wants, wish, quality);
  gst_discord_media_sink_wants_set_pixel_count (wants, wish, pixel_count);
  if (target == 0)
    return;
  if (target != wish)
    gst_discord_media_sink_wants_set_quality (wants, target, BEST_QUALITY);
  if (current != target && discord_layers_have_ssrc (&layers, current))
    gst_discord_media_sink_wants_set_quality (wants, current, BEST_QUALITY);
  gst_discord_voice_src_pad_set_ssrc (
      GST_DISCORD_VOICE_SRC_PAD (output->pad), current != 0 ? current : target);
}

static void
add_rtx_pairs (GstStructure *map, const DiscordVoiceStreams *layers)
{
  for (guint i = 0; i < layers->n_streams; i++) {
    const GstDiscordVoiceStream *layer = &layers->streams[i];
    g_autofree gchar *field = g_strdup_printf ("%u", layer->ssrc);

    if (layer->ssrc != 0 && layer->rtx_ssrc != 0)
      gst_structure_set (map, field, G_TYPE_UINT, layer->rtx_ssrc, NULL);
  }
}

static void
set_rtx_map (GstDiscordVideoOutputs *self, GstStructure *map)
{
  g_autoptr (GstStructure) before = NULL;

  g_object_get (self->rtp, "rtx-ssrc-map", &before, NULL);
  if (before == NULL || !gst_structure_is_equal (before, map))
    g_object_set (self->rtp, "rtx-ssrc-map", map, NULL);
}

void
gst_discord_video_outputs_tell_wants (GstDiscordVideoOutputs *self)
{
  g_autoptr (GPtrArray) outputs = gst_discord_video_outputs_ref_outputs (self);
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_video_outputs_ref_connection (self);
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();
  g_autoptr (GstStructure) map = gst_structure_new_empty (RTX_MAP);

  if (connection == NULL)
    return;
  for (guint i = 0; i < outputs->len; i++) {
    GstDiscordVideoOutput *output = g_ptr_array_index (outputs, i);
    DiscordVoiceStreams layers;

    add_wish (self, output, wants);
    get_layers (self, output, &layers);
    add_rtx_pairs (map, &layers);
  }
  set_rtx_map (self, map);
  discord_video_wants_set (connection, self, wants);
}

/* Streams and statistics */

void
gst_discord_video_outputs_add_streams (
    GstDiscordVideoOutputs *self, GstStreamCollection *collection)
{
  g_autoptr (GPtrArray) outputs = gst_discord_video_outputs_ref_outputs (self);

  for (guint i = 0; i < outputs->len; i++) {
    GstDiscordVideoOutput *output = g_ptr_array_index (outputs, i);
    GstStream *stream = gst_discord_video_stream_ref_stream (
        GST_DISCORD_VIDEO_STREAM (output->stream));

    if (stream != NULL)
      gst_stream_collection_add_stream (collection, stream);
  }
}

static void
add_input (GstDiscordVideoTotals *totals, GstDiscordVideoInput *input)
{
  GstDiscordVideoGateStats stats;

  gst_discord_video_gate_get_stats (
      GST_DISCORD_VIDEO_GATE (input->gate), &stats);
  totals->passed += stats.passed;
  totals->dropped += stats.dropped;
  totals->requests += stats.requests;
}

static void
add_output (GstDiscordVideoTotals *totals, GstDiscordVideoOutput *output)
{
  totals->switches += gst_discord_video_stream_get_switches (
      GST_DISCORD_VIDEO_STREAM (output->stream));
}

static void
keep (GstDiscordVideoOutputs *self, const GstDiscordVideoTotals *totals)
{
  g_mutex_lock (&self->lock);
  self->totals.passed += totals->passed;
  self->totals.dropped += totals->dropped;
  self->totals.requests += totals->requests;
  self->totals.switches += totals->switches;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_video_outputs_keep_input_stats (
    GstDiscordVideoOutputs *self, GstDiscordVideoInput *input)
{
  GstDiscordVideoTotals totals = { 0 };

  add_input (&totals, input);
  keep (self, &totals);
}

void
gst_discord_video_outputs_keep_output_stats (
    GstDiscordVideoOutputs *self, GstDiscordVideoOutput *output)
{
  GstDiscordVideoTotals totals = { 0 };

  add_output (&totals, output);
  keep (self, &totals);
}

void
gst_discord_video_outputs_add_stats (
    GstDiscordVideoOutputs *self, GstStructure *stats)
{
  g_autoptr (GPtrArray) inputs = gst_discord_video_outputs_ref_inputs (self);
  g_autoptr (GPtrArray) outputs = gst_discord_video_outputs_ref_outputs (self);
  GstDiscordVideoTotals totals;

  g_mutex_lock (&self->lock);
  totals = self->totals;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < inputs->len; i++)
    add_input (&totals, g_ptr_array_index (inputs, i));
  for (guint i = 0; i < outputs->len; i++)
    add_output (&totals, g_ptr_array_index (outputs, i));
  gst_structure_set (stats, "video-streams", G_TYPE_UINT, outputs->len,
      "video-frames-decodable", G_TYPE_UINT64, totals.passed,
      "video-frames-undecodable", G_TYPE_UINT64, totals.dropped,
      "video-keyframe-requests", G_TYPE_UINT64, totals.requests,
      "video-layer-switches", G_TYPE_UINT64, totals.switches, NULL);
}
