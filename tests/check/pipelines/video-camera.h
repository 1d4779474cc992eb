/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who sends a picture. Its pipeline shows at "pictures" what the encoder's own
 * output decodes to, and ends in a discordvoicesink called "sink". */

#include "video-members.h"

typedef struct
{
  GstElement *pipeline;
  GstElement *sink; /* owned */
  guint64 user_id;
  Pictures pictures;
} Camera;

static inline void
camera_start (Camera *self, const gchar *line, const Case *c)
{
  g_autoptr (GstCaps) codecs = gst_caps_from_string (c->caps);
  g_autoptr (GError) error = NULL;

  self->user_id = loopback_user_for_token ("camera");
  self->pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s: %s", line, error ? error->message : "");
  self->sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  g_object_set (self->sink, "token", "camera", "gateway-url", gateway_url,
      "api-url", api_url, "guild-id", (guint64) GUILD, "channel-id",
      (guint64) CHANNEL, "codecs", codecs, NULL);
  pictures_init (&self->pictures);
  pictures_watch (&self->pictures, self->pipeline, "pictures");
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static inline void
camera_stop (Camera *self)
{
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
  gst_object_unref (self->sink);
  gst_object_unref (self->pipeline);
  pictures_clear (&self->pictures);
}
