/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a discordvoicesink does more when it makes a Go Live stream: its
 * properties, previews, and the end of the stream. */

#include "gstdiscordpreviewinput.h"
#include "gstdiscordsettings.h"

G_BEGIN_DECLS

/**
 * GstDiscordPreviewMode:
 * @GST_DISCORD_PREVIEW_MODE_AUTO: the pad `preview` where it is linked, else
 *     a picture of the video
 * @GST_DISCORD_PREVIEW_MODE_PAD: the pad `preview` only
 * @GST_DISCORD_PREVIEW_MODE_OFF: none
 *
 * What is shown of a stream to those who do not watch it.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_PREVIEW_MODE_AUTO,
  GST_DISCORD_PREVIEW_MODE_PAD,
  GST_DISCORD_PREVIEW_MODE_OFF,
} GstDiscordPreviewMode;

#define GST_TYPE_DISCORD_PREVIEW_MODE (gst_discord_preview_mode_get_type ())
GType gst_discord_preview_mode_get_type (void);

typedef struct _GstDiscordGoLiveSink GstDiscordGoLiveSink;

/* Ids of the properties, counted from the first. */
enum
{
  GST_DISCORD_GO_LIVE_SINK_PROP_GO_LIVE,
  GST_DISCORD_GO_LIVE_SINK_PROP_PAUSED,
  GST_DISCORD_GO_LIVE_SINK_PROP_PREFERRED_REGION,
  GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_MODE,
  GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_INTERVAL,
  GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_RETRY_INTERVAL,
  GST_DISCORD_GO_LIVE_SINK_PROP_PREVIEW_START_DELAY,
  GST_DISCORD_N_GO_LIVE_SINK_PROPS,
};

/* The properties and the signal. */
void gst_discord_go_live_sink_install (GObjectClass *klass, guint first_id);

/* Both are not referenced: @element owns us, and @settings for longer. */
GstDiscordGoLiveSink *gst_discord_go_live_sink_new (
    GstElement *element, GstDiscordSettings *settings);
void gst_discord_go_live_sink_free (GstDiscordGoLiveSink *self);

/* FALSE: @prop, counted from the first, is none of them. */
gboolean gst_discord_go_live_sink_set_property (
    GstDiscordGoLiveSink *self, guint prop, const GValue *value);
gboolean gst_discord_go_live_sink_get_property (
    GstDiscordGoLiveSink *self, guint prop, GValue *value);

/* Whether there is to be a stream, or the connection is that of one. */
gboolean gst_discord_go_live_sink_is_enabled (GstDiscordGoLiveSink *self);
/* Borrowed. */
GstDiscordPreviewInput *gst_discord_go_live_sink_get_input (
    GstDiscordGoLiveSink *self);

/* Around PAUSED; nothing where @connection is none of a stream. */
void gst_discord_go_live_sink_start (
    GstDiscordGoLiveSink *self, GstDiscordConnection *connection);
void gst_discord_go_live_sink_stop (GstDiscordGoLiveSink *self);

/* The stream is over, without an error: EOS for all that sends. Any thread. */
void gst_discord_go_live_sink_ended (GstDiscordGoLiveSink *self);

void gst_discord_go_live_sink_add_stats (
    GstDiscordGoLiveSink *self, GstStructure *stats);

G_END_DECLS
