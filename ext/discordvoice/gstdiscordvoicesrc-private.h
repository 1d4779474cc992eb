/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of a discordvoicesrc. */

#include "departures.h"
#include "gstdiscordsettings.h"
#include "gstdiscordvideooutputs.h"
#include "gstdiscordvoiceoutputs.h"
#include "gstdiscordvoicesrc.h"
#include "receivewatchdog.h"

G_BEGIN_DECLS

struct _GstDiscordVoiceSrc
{
  GstBin parent;

  GstDiscordSettings *settings;
  GstDiscordVoiceOutputs *outputs;
  GstDiscordVideoOutputs *videos;
  GstDiscordDepartures *departures;
  GstElement *rtp;

  /* Object lock */
  guint latency;
  gboolean eos_on_disconnect;
  GstDiscordGoLive go_live;

  /* State changes only */
  GstDiscordConnection *watched; /* owned */
  gulong latency_handler;
  gulong user_left_handler;

  ReceiveWatchdog watchdog; /* signalling thread */
};

/* Ids of the properties about Go Live, counted from the first. */
enum
{
  GST_DISCORD_GO_LIVE_PROP_STREAM_KEY,
  GST_DISCORD_GO_LIVE_PROP_STREAM_USER,
  GST_DISCORD_N_GO_LIVE_PROPS,
};

void gst_discord_voice_src_install_go_live (
    GObjectClass *klass, guint first_id);
/* FALSE: @prop, counted from the first, is none of them. */
gboolean gst_discord_voice_src_set_go_live (
    GstDiscordVoiceSrc *self, guint prop, const GValue *value);
gboolean gst_discord_voice_src_get_go_live (
    GstDiscordVoiceSrc *self, guint prop, GValue *value);

/* What the connection tells, followed from PAUSED on. */
void gst_discord_voice_src_watch (GstDiscordVoiceSrc *self);
void gst_discord_voice_src_unwatch (GstDiscordVoiceSrc *self);

/* @user_id left for good. */
void gst_discord_voice_src_departed (GstElement *element, guint64 user_id);

G_END_DECLS
