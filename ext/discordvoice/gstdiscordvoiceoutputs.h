/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What comes out of a discordvoicesrc: a pad per user, the mix, and the elements
 * behind them. A user who is heard under another SSRC, in a new voice session
 * above all, goes on on the same pad. */

#include <gst/discord/gstdiscordconnection.h>
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstDiscordVoiceOutputs GstDiscordVoiceOutputs;

/* @bin owns the outputs and contains their elements. @streams_changed: there are
 * other streams than before; any thread. */
GstDiscordVoiceOutputs *gst_discord_voice_outputs_new (GstBin *bin,
    GstPadTemplate *audio_template, guint group_id,
    void (*streams_changed) (GstBin *bin));
/* To be called when the bin is disposed of. */
void gst_discord_voice_outputs_free (GstDiscordVoiceOutputs *self);

/* What frames are decrypted for; below PAUSED. (nullable) */
void gst_discord_voice_outputs_set_connection (
    GstDiscordVoiceOutputs *self, GstDiscordConnection *connection);

/* READY->PAUSED; PAUSED->READY before and after the children. */
void gst_discord_voice_outputs_start (GstDiscordVoiceOutputs *self);
void gst_discord_voice_outputs_stop (GstDiscordVoiceOutputs *self);
void gst_discord_voice_outputs_finish (GstDiscordVoiceOutputs *self);

/* @rtp_src: pad of the discordrtpbin for @ssrc. */
void gst_discord_voice_outputs_add (GstDiscordVoiceOutputs *self,
    GstPad *rtp_src, guint32 ssrc, guint64 user_id);
/* When that pad is gone. The pad of a user stays, that of a stranger goes. */
void gst_discord_voice_outputs_remove (
    GstDiscordVoiceOutputs *self, guint32 ssrc);
void gst_discord_voice_outputs_set_user (
    GstDiscordVoiceOutputs *self, guint32 ssrc, guint64 user_id);
/* The pad of the user goes, with the last SSRC there is or else now. */
void gst_discord_voice_outputs_user_left (
    GstDiscordVoiceOutputs *self, guint64 user_id);
guint gst_discord_voice_outputs_get_count (GstDiscordVoiceOutputs *self);
void gst_discord_voice_outputs_add_streams (
    GstDiscordVoiceOutputs *self, GstStreamCollection *collection);

/* (transfer none) (nullable): the mix, made on request; NULL when there is one
 * already, or an element is missing. */
GstPad *gst_discord_voice_outputs_request_mix (
    GstDiscordVoiceOutputs *self, GstPadTemplate *template);
void gst_discord_voice_outputs_release_mix (
    GstDiscordVoiceOutputs *self, GstPad *pad);

/* Depth of the jitter buffers. */
void gst_discord_voice_outputs_set_latency (
    GstDiscordVoiceOutputs *self, GstClockTime latency);

/* Entering and leaving PLAYING. */
void gst_discord_voice_outputs_play (
    GstDiscordVoiceOutputs *self, gboolean playing);

/* EOS on every pad there is now, from threads that may wait for downstream.
 * FALSE when there is none. */
gboolean gst_discord_voice_outputs_send_eos (GstDiscordVoiceOutputs *self);

G_END_DECLS
