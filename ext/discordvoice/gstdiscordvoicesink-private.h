/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of a discordvoicesink. */

#include "gstdiscordaudiosender.h"
#include "gstdiscordgolivesink.h"
#include "gstdiscordsettings.h"
#include "gstdiscordvideolayers.h"
#include "gstdiscordvoicesink.h"

G_BEGIN_DECLS

struct _GstDiscordVoiceSink
{
  GstBin parent;

  GstDiscordSettings *settings;
  GstElement *rtpbin; /* owned by the bin; NULL when not installed */
  GstDiscordVideoLayers *layers; /* owned */
  GstDiscordGoLiveSink *go_live; /* owned */
  DiscordTimeline *timeline; /* of all pads, owned */

  /* The object lock guards the fields below. */
  GstDiscordSpeakingFlags speaking;
  gboolean header_extensions;
  guint e2ee_timeout;
  GstStructure *encoder_properties;
  GstDiscordAudioSender *audio; /* owned; NULL without a pad */
  GstPad *rtp_pad; /* of rtpbin, owned */
  gboolean always_send_top;
  gboolean announce_camera;
  guint keyframe_replay;
};

/* gstdiscordvoicesink-pads.c */

void gst_discord_voice_sink_install_pads (GstElementClass *klass);
/* FALSE, and an error message, when an element is missing. */
gboolean gst_discord_voice_sink_check (
    GstDiscordVoiceSink *self, const gchar *missing);
/* FALSE, and an error message, when the pad `preview` is used amiss. */
gboolean gst_discord_voice_sink_check_preview (GstDiscordVoiceSink *self);
/* Whether PAUSED is to wait for a frame of a pad that is made now. */
gboolean gst_discord_voice_sink_may_wait (GstDiscordVoiceSink *self);
/* Takes @child, which nothing is pushed into any more, out of the bin. */
void gst_discord_voice_sink_drop (GstDiscordVoiceSink *self, GstElement *child);

/* gstdiscordvoicesink-audio.c */

extern GstStaticPadTemplate gst_discord_voice_sink_audio_template;

/* (transfer full) (nullable) */
GstDiscordAudioSender *gst_discord_voice_sink_ref_audio (
    GstDiscordVoiceSink *self);
void gst_discord_voice_sink_configure_audio (GstDiscordVoiceSink *self);
GstPad *gst_discord_voice_sink_request_audio (
    GstDiscordVoiceSink *self, GstPadTemplate *template);
void gst_discord_voice_sink_drop_audio (GstDiscordVoiceSink *self);

/* gstdiscordvoicesink-video.c */

extern GstStaticPadTemplate gst_discord_voice_sink_video_template;
extern GstStaticPadTemplate gst_discord_voice_sink_layer_template;

void gst_discord_voice_sink_configure_video (GstDiscordVoiceSink *self);
/* The connection begins, or goes. */
void gst_discord_voice_sink_start_video (GstDiscordVoiceSink *self);
void gst_discord_voice_sink_stop_video (GstDiscordVoiceSink *self);
void gst_discord_voice_sink_set_video_connection (
    GstDiscordVoiceSink *self, GstDiscordConnection *connection);
/* @name: video, video_RID, or NULL for any. */
GstPad *gst_discord_voice_sink_request_video (
    GstDiscordVoiceSink *self, GstPadTemplate *template, const gchar *name);
void gst_discord_voice_sink_release_video (
    GstDiscordVoiceSink *self, GstPad *pad);
void gst_discord_voice_sink_dispose_video (GstDiscordVoiceSink *self);
void gst_discord_voice_sink_add_video_stats (
    GstDiscordVoiceSink *self, GstStructure *stats);

G_END_DECLS
