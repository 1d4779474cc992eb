/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pipelines of encoders and a sink, in front of the stand-in. */

#include "sinkfixture.h"

#include <gst/discord/discord.h>

#define CODECS "video/x-vp8"

static inline GstElement *
make_pipeline (Fixture *f, const gchar *sources, GstElement **sink)
{
  GstElement *pipeline = gst_pipeline_new (NULL);
  GError *error = NULL;
  GstElement *bin = gst_parse_bin_from_description (sources, FALSE, &error);
  g_autoptr (GstCaps) codecs = gst_caps_from_string (CODECS);

  fail_unless (bin != NULL, "%s", error != NULL ? error->message : "");
  *sink = fixture_make_sink (f);
  g_object_set (*sink, "codecs", codecs, NULL);
  gst_bin_add_many (GST_BIN (pipeline), bin, *sink, NULL);
  return pipeline;
}

/* Links the element @name in @pipeline with the pad @pad of the sink. */
static inline GstPad *
link_layer (
    GstElement *pipeline, const gchar *name, GstElement *sink, const gchar *pad)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (pipeline), name);
  g_autoptr (GstObject) bin = gst_element_get_parent (element);
  g_autoptr (GstPad) src = gst_element_get_static_pad (element, "src");
  GstPad *ghost = gst_ghost_pad_new (name, src);
  GstPad *sinkpad = gst_element_request_pad_simple (sink, pad);

  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (bin), ghost);
  fail_unless (sinkpad != NULL, "no pad %s", pad);
  fail_unless_equals_int (gst_pad_link (ghost, sinkpad), GST_PAD_LINK_OK);
  return sinkpad;
}

static inline guint64
layer_stat (GstPad *pad, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (pad, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  return value;
}

static inline guint32
layer_ssrc (GstPad *pad)
{
  g_autoptr (GstStructure) stats = NULL;
  guint ssrc;

  g_object_get (pad, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint (stats, "ssrc", &ssrc));
  return ssrc;
}

static inline void
play (GstElement *pipeline)
{
  fail_if (gst_element_set_state (pipeline, GST_STATE_PLAYING)
      == GST_STATE_CHANGE_FAILURE);
}

static inline void
on_connected (GObject *viewer, GAsyncResult *result, gpointer data)
{
  *(gboolean *) data = gst_discord_connection_connect_finish (
      GST_DISCORD_CONNECTION (viewer), result, NULL);
}

/* Somebody who is in the channel to see, and says of what how much. */
static inline GstDiscordConnection *
make_viewer (Fixture *f)
{
  g_autofree gchar *url = loopback_dup_gateway_url (f->server);
  GError *error = NULL;
  g_autoptr (GstDiscordGateway) gateway = gst_discord_gateway_get (
      "viewer", GST_DISCORD_ACCOUNT_TYPE_BOT, url, NULL, NULL, &error);
  GstDiscordConnection *viewer;
  gboolean connected = FALSE;

  fail_unless (gateway != NULL, "%s", error != NULL ? error->message : "");
  viewer = gst_discord_connection_new (
      GST_DISCORD_SIGNALLER (gateway), GUILD, CHANNEL);
  gst_util_set_object_arg (G_OBJECT (viewer), "e2ee", "off");
  g_object_set (viewer, "video", TRUE, NULL);
  gst_discord_connection_connect_async (viewer, NULL, on_connected, &connected);
  while (!connected)
    g_main_context_iteration (NULL, TRUE);
  return viewer;
}

static inline void
want (GstDiscordConnection *viewer, guint32 ssrc)
{
  g_autoptr (GstDiscordMediaSinkWants) wants =
      gst_discord_media_sink_wants_new ();

  gst_discord_media_sink_wants_set_any (wants, 0);
  gst_discord_media_sink_wants_set_quality (wants, ssrc, 100);
  gst_discord_connection_set_wants (viewer, wants);
}
