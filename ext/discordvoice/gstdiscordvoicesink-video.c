/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The video pads of a discordvoicesink. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesink-private.h"
#include "gstdiscordvoicesinkpad.h"
#include "videocaps.h"

#include <gst/discord/gstdiscordvoicestream.h>

GST_DEBUG_CATEGORY_EXTERN (discord_voice_sink_debug);
#define GST_CAT_DEFAULT discord_voice_sink_debug

#define VIDEO_RID "100"
#define LAYER_PREFIX "video_"
#define BEST_QUALITY 100

GstStaticPadTemplate gst_discord_voice_sink_video_template =
    GST_STATIC_PAD_TEMPLATE ("video", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

GstStaticPadTemplate gst_discord_voice_sink_layer_template =
    GST_STATIC_PAD_TEMPLATE ("video_%s", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

static void
configure (GstDiscordVoiceSink *self, GstDiscordVideoLayer *layer)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_settings_ref_connection (self->settings);
  gboolean header_extensions;
  guint e2ee_timeout, keyframe_replay;

  GST_OBJECT_LOCK (self);
  e2ee_timeout = self->e2ee_timeout;
  keyframe_replay = self->keyframe_replay;
  header_extensions = self->header_extensions;
  GST_OBJECT_UNLOCK (self);
  gst_discord_video_layer_set_connection (layer, connection);
  gst_discord_video_layer_set_header_extensions (layer, header_extensions,
      gst_discord_go_live_sink_is_enabled (self->go_live));
  gst_discord_video_layer_set_e2ee_timeout (layer, e2ee_timeout);
  gst_discord_video_layer_set_keyframe_replay (layer, keyframe_replay);
}

void
gst_discord_voice_sink_configure_video (GstDiscordVoiceSink *self)
{
  g_autoptr (GPtrArray) layers = gst_discord_video_layers_list (self->layers);
  gboolean always_send_top, announce_camera;
  guint e2ee_timeout, keyframe_replay;

  GST_OBJECT_LOCK (self);
  always_send_top = self->always_send_top;
  announce_camera = self->announce_camera;
  e2ee_timeout = self->e2ee_timeout;
  keyframe_replay = self->keyframe_replay;
  GST_OBJECT_UNLOCK (self);
  gst_discord_video_layers_set_always_send_top (self->layers, always_send_top);
  /* A screen is no camera. */
  gst_discord_video_layers_set_announce_camera (self->layers,
      announce_camera && !gst_discord_go_live_sink_is_enabled (self->go_live));
  for (guint i = 0; i < layers->len; i++) {
    gst_discord_video_layer_set_e2ee_timeout (
        g_ptr_array_index (layers, i), e2ee_timeout);
    gst_discord_video_layer_set_keyframe_replay (
        g_ptr_array_index (layers, i), keyframe_replay);
  }
}

static void
start_layers (GstDiscordVoiceSink *self)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_settings_ref_connection (self->settings);

  gst_discord_connection_want_nothing_yet (connection);
  gst_discord_voice_sink_configure_video (self);
  gst_discord_video_layers_start (self->layers, connection);
}

void
gst_discord_voice_sink_start_video (GstDiscordVoiceSink *self)
{
  g_autoptr (GPtrArray) layers = gst_discord_video_layers_list (self->layers);

  for (guint i = 0; i < layers->len; i++) {
    configure (self, g_ptr_array_index (layers, i));
    gst_discord_video_layer_set_async (g_ptr_array_index (layers, i), TRUE);
  }
  if (layers->len > 0)
    start_layers (self);
}

void
gst_discord_voice_sink_stop_video (GstDiscordVoiceSink *self)
{
  gst_discord_video_layers_stop (self->layers);
}

void
gst_discord_voice_sink_set_video_connection (
    GstDiscordVoiceSink *self, GstDiscordConnection *connection)
{
  g_autoptr (GPtrArray) layers = gst_discord_video_layers_list (self->layers);

  for (guint i = 0; i < layers->len; i++)
    gst_discord_video_layer_set_connection (
        g_ptr_array_index (layers, i), connection);
}

/* What is offered counts from the next join on; what comes later is offered with
 * its first frame (gstdiscordvideolayers.c). */
static void
offer (GstDiscordVoiceSink *self)
{
  g_autoptr (GstCaps) streams =
      gst_discord_video_layers_get_offer (self->layers);

  gst_discord_settings_set_video_streams (self->settings, streams);
}

static guint
quality_of_rid (const gchar *rid)
{
  guint64 quality;

  if (g_ascii_string_to_unsigned (rid, 10, 1, BEST_QUALITY, &quality, NULL))
    return (guint) quality;
  return BEST_QUALITY;
}

static void
on_quality (GstPad *pad, GParamSpec *pspec, GstDiscordVoiceSink *self)
{
  guint quality;

  g_object_get (pad, "quality", &quality, NULL);
  gst_discord_video_layers_set_quality (self->layers,
      gst_discord_voice_sink_pad_get_layer (GST_DISCORD_VOICE_SINK_PAD (pad)),
      quality);
  offer (self);
}

static void
on_max_bitrate (GstPad *pad, GParamSpec *pspec, GstDiscordVoiceSink *self)
{
  guint max_bitrate;

  g_object_get (pad, "max-bitrate", &max_bitrate, NULL);
  gst_discord_video_layers_set_max_bitrate (self->layers,
      gst_discord_voice_sink_pad_get_layer (GST_DISCORD_VOICE_SINK_PAD (pad)),
      max_bitrate);
}

/* Session 0 of the RTP bin is for audio. */
static gboolean
link_layer (GstDiscordVoiceSink *self, GstDiscordVideoLayer *layer)
{
  g_autoptr (GstPad) src =
      gst_element_get_static_pad (GST_ELEMENT (layer), "src");

  for (guint session = 1; session <= DISCORD_MAX_LAYERS; session++) {
    g_autofree gchar *name = g_strdup_printf ("send_rtp_sink_%u", session);
    g_autoptr (GstPad) taken = gst_element_get_static_pad (self->rtpbin, name);
    g_autoptr (GstPad) pad = NULL;

    if (taken != NULL)
      continue;
    pad = gst_element_request_pad_simple (self->rtpbin, name);
    return pad != NULL && GST_PAD_LINK_SUCCESSFUL (gst_pad_link (src, pad));
  }
  return FALSE;
}

static void
remove_layer (GstDiscordVoiceSink *self, GstDiscordVideoLayer *layer)
{
  g_autoptr (GstPad) src =
      gst_element_get_static_pad (GST_ELEMENT (layer), "src");
  g_autoptr (GstPad) rtp_pad = gst_pad_get_peer (src);

  gst_discord_voice_sink_drop (self, GST_ELEMENT (layer));
  gst_discord_video_layers_remove (self->layers, layer);
  if (rtp_pad != NULL)
    gst_element_release_request_pad (self->rtpbin, rtp_pad);
}

static gboolean
add_layer (
    GstDiscordVoiceSink *self, GstDiscordVideoLayer *layer, guint quality)
{
  const gchar *rid = gst_discord_video_layer_get_rid (layer);
  g_autofree gchar *missing = NULL;

  gst_discord_video_layer_check (layer, &missing);
  if (!gst_discord_voice_sink_check (self, missing))
    return FALSE;
  if (!gst_discord_video_layers_add (self->layers, layer, quality)) {
    GST_WARNING_OBJECT (self, "layer %s is there, or there are too many", rid);
    return FALSE;
  }
  gst_discord_video_layer_set_timeline (layer, self->timeline);
  configure (self, layer);
  gst_discord_video_layer_set_async (
      layer, gst_discord_voice_sink_may_wait (self));
  gst_bin_add (GST_BIN (self), GST_ELEMENT (layer));
  if (link_layer (self, layer))
    return TRUE;
  GST_WARNING_OBJECT (self, "no RTP session for the layer %s", rid);
  remove_layer (self, layer);
  return FALSE;
}

/* NULL when @name is none that a layer can have. */
static const gchar *
rid_of_name (GstDiscordVoiceSink *self, const gchar *name)
{
  g_autoptr (GstDiscordVoiceStream) stream = NULL;
  const gchar *rid = VIDEO_RID;

  if (name != NULL && g_str_has_prefix (name, LAYER_PREFIX))
    rid = name + strlen (LAYER_PREFIX);
  stream = gst_discord_voice_stream_new (rid, BEST_QUALITY);
  if (stream != NULL)
    return rid;
  GST_WARNING_OBJECT (self, "a layer cannot be called \"%s\"", rid);
  return NULL;
}

GstPad *
gst_discord_voice_sink_request_video (
    GstDiscordVoiceSink *self, GstPadTemplate *template, const gchar *name)
{
  const gchar *rid = rid_of_name (self, name);
  g_autoptr (GstDiscordVideoLayer) layer = NULL;
  g_autofree gchar *pad_name = NULL;
  guint quality;
  GstPad *pad;

  if (rid == NULL)
    return NULL;
  quality = quality_of_rid (rid);
  layer = gst_object_ref_sink (gst_discord_video_layer_new (rid));
  if (!add_layer (self, layer, quality))
    return NULL;
  offer (self);
  if (GST_STATE (self) >= GST_STATE_PAUSED)
    start_layers (self);
  gst_element_sync_state_with_parent (GST_ELEMENT (layer));

  if (g_str_equal (GST_PAD_TEMPLATE_NAME_TEMPLATE (template), "video"))
    pad_name = g_strdup ("video");
  else
    pad_name = g_strconcat (LAYER_PREFIX, rid, NULL);
  pad = gst_discord_voice_sink_pad_new (pad_name, template, layer, quality);
  g_signal_connect (pad, "notify::quality", G_CALLBACK (on_quality), self);
  g_signal_connect (
      pad, "notify::max-bitrate", G_CALLBACK (on_max_bitrate), self);
  gst_discord_preview_input_add_video (
      gst_discord_go_live_sink_get_input (self->go_live), pad, quality);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

void
gst_discord_voice_sink_release_video (GstDiscordVoiceSink *self, GstPad *pad)
{
  GstDiscordVideoLayer *layer =
      gst_discord_voice_sink_pad_get_layer (GST_DISCORD_VOICE_SINK_PAD (pad));
  g_autoptr (GstObject) parent = gst_object_get_parent (GST_OBJECT (layer));

  g_signal_handlers_disconnect_by_data (pad, self);
  gst_discord_preview_input_remove_video (
      gst_discord_go_live_sink_get_input (self->go_live), pad);
  /* Pads that nobody released go after their layers. */
  if (parent == NULL)
    return;
  remove_layer (self, layer);
  offer (self);
}

void
gst_discord_voice_sink_dispose_video (GstDiscordVoiceSink *self)
{
  g_autoptr (GPtrArray) layers = gst_discord_video_layers_list (self->layers);

  gst_discord_video_layers_stop (self->layers);
  for (guint i = 0; i < layers->len; i++)
    remove_layer (self, g_ptr_array_index (layers, i));
}

/* What is known of packets is known of all layers together. */
static void
add_rtp_stats (GstDiscordVoiceSink *self, GstStructure *stats)
{
  static const gchar *const fields[] = { "senders", "remb-bitrate",
    "twcc-feedbacks-received", "twcc-packets-received", "twcc-packets-lost" };
  g_autoptr (GstStructure) rtp = NULL;

  if (self->rtpbin != NULL)
    g_object_get (self->rtpbin, "stats", &rtp, NULL);
  for (guint i = 0; rtp != NULL && i < G_N_ELEMENTS (fields); i++) {
    const GValue *value = gst_structure_get_value (rtp, fields[i]);

    if (value != NULL)
      gst_structure_set_value (stats, fields[i], value);
  }
}

void
gst_discord_voice_sink_add_video_stats (
    GstDiscordVoiceSink *self, GstStructure *stats)
{
  gst_discord_video_layers_add_stats (self->layers, stats);
  add_rtp_stats (self, stats);
}
