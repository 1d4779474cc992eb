/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstdiscordgolivesink.h"
#include "gstdiscordpreview.h"

G_BEGIN_DECLS

struct _GstDiscordGoLiveSink
{
  GstElement *element; /* borrowed: it owns us */
  GstDiscordSettings *settings; /* borrowed */
  GstDiscordPreview *preview; /* owned */
  GstDiscordPreviewInput *input; /* owned */

  /* Written in state changes, under the object lock. */
  GstDiscordConnection *connection; /* owned; NULL unless there is a stream */
  guint watch;

  /* Signalling thread. */
  GstDiscordStreamState state;

  /* The element's object lock guards the fields below. */
  GstDiscordGoLive go_live;
  gboolean paused;
  GstDiscordPreviewMode preview_mode;
  guint preview_interval; /* these three in milliseconds */
  guint preview_retry_interval;
  guint preview_start_delay;
};

/* gstdiscordgolivesink-props.c */
void gst_discord_go_live_sink_init_properties (GstDiscordGoLiveSink *self);

#define DISCORD_PREVIEW_UPLOADED "preview-uploaded"

G_END_DECLS
