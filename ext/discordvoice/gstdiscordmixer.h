/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everybody mixed: Opus streams in, one continuous raw stream out. Not
 * registered as a feature. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_MIXER (gst_discord_mixer_get_type ())
G_DECLARE_FINAL_TYPE (
    GstDiscordMixer, gst_discord_mixer, GST, DISCORD_MIXER, GstBin)

/* (transfer floating) (nullable): NULL without the element @missing, which
 * is NULL before. */
GstDiscordMixer *gst_discord_mixer_new (const gchar **missing);

/* How late its inputs are, by the jitter buffers. */
void gst_discord_mixer_set_latency (
    GstDiscordMixer *self, GstClockTime latency);

/* Mixes in what comes out of @src, which is in the same bin as the mixer. */
gboolean gst_discord_mixer_add (GstDiscordMixer *self, GstPad *src);
/* After nothing flows out of @src any more. */
void gst_discord_mixer_remove (GstDiscordMixer *self, GstPad *src);

/* Nothing comes out behind this. */
void gst_discord_mixer_send_eos (GstDiscordMixer *self);

#define GST_DISCORD_MIXER_CAPS                                                 \
  "audio/x-raw, format=(string)S16LE, rate=(int)48000, channels=(int)2, "      \
  "layout=(string)interleaved"

G_END_DECLS
