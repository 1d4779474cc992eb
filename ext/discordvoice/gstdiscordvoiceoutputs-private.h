/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Between the files of GstDiscordVoiceOutputs. */

#include "gapfiller.h"
#include "gstdiscordmixer.h"
#include "gstdiscordvoiceoutput.h"
#include "gstdiscordvoiceoutputs.h"

G_BEGIN_DECLS

struct _GstDiscordVoiceOutputs
{
  GstBin *bin; /* borrowed: it owns us */
  GstPadTemplate *audio_template; /* borrowed from the class */
  GstDiscordGapFiller *gaps;
  guint group_id;
  void (*streams_changed) (GstBin *bin);

  /* Guards the fields below and those of outputs and inputs that say so; a leaf,
   * nothing is called while it is held. */
  GMutex lock;
  GCond cond;
  GstDiscordConnection *connection; /* owned, nullable */
  GPtrArray *outputs; /* (element-type Output) */
  GPtrArray *inputs; /* (element-type Input) */
  GstDiscordMixer *mixer; /* owned, nullable */
  GstPad *mix_pad; /* owned, nullable */
  GstClockTime latency;
  gboolean stopping;
  guint jobs; /* outputs being ended by other threads */
};

/* (transfer full) (element-type GstDiscordVoiceOutput): all there are now */
GPtrArray *gst_discord_voice_outputs_ref_all (GstDiscordVoiceOutputs *self);

/* (transfer full) (nullable) */
GstDiscordMixer *gst_discord_voice_outputs_ref_mixer (
    GstDiscordVoiceOutputs *self);

/* Mixes @output in when there is a mix: to be called once it is ready. */
void gst_discord_voice_outputs_mix (
    GstDiscordVoiceOutputs *self, GstDiscordVoiceOutput *output);
/* Takes it out of the mix again, once its stream is not in the bin any more. */
void gst_discord_voice_outputs_unmix (
    GstDiscordVoiceOutputs *self, GstDiscordVoiceOutput *output);

G_END_DECLS
