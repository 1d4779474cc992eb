/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a discordvoicesrc has for one user, and what it has for one SSRC. Both
 * are counted; which belongs to which is known to GstDiscordVoiceOutputs, whose
 * lock guards the fields marked with it. */

#include "gstdiscordusergate.h"
#include "gstdiscorduserstream.h"

#include <gst/discord/gstdiscordconnection.h>

G_BEGIN_DECLS

/* User stream ! pad, and ! mixer */
typedef struct
{
  gatomicrefcount refs;
  GstElement *stream; /* owned */
  GstPad *mix; /* of the user stream, owned */
  GstPad *pad; /* owned; NULL before it is there for others */

  /* Lock of the outputs */
  guint32 number; /* in the names of the pad and the stream */
  guint64 user_id; /* 0 while unknown */
  gboolean ready; /* the pad is there */
  gboolean leaving; /* no SSRC is added any more */
  gboolean removed; /* somebody takes it down */
  gpointer mixed_by; /* compared only */
} GstDiscordVoiceOutput;

/* Depayloader ! gate ! decrypter ! user stream. Frames are decrypted where it is
 * known whose they are. */
typedef struct
{
  gatomicrefcount refs;
  guint32 ssrc;
  GstElement *depay; /* owned */
  GstElement *gate; /* owned */
  GstElement *decrypter; /* owned */

  /* Lock of the outputs */
  GstDiscordVoiceOutput *output; /* owned, nullable */
  GstPad *sink; /* of its user stream, owned, nullable */
} GstDiscordVoiceInput;

/* @ssrc: of the first RTP stream. */
GstDiscordVoiceOutput *gst_discord_voice_output_new (
    guint32 ssrc, guint64 user_id, guint group_id);
GstDiscordVoiceOutput *gst_discord_voice_output_ref (
    GstDiscordVoiceOutput *self);
void gst_discord_voice_output_unref (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordVoiceOutput, gst_discord_voice_output_unref)

/* Puts the user stream and the pad into @bin, with @number in their names. */
void gst_discord_voice_output_expose (GstDiscordVoiceOutput *self, GstBin *bin,
    GstPadTemplate *template, guint32 number, guint32 ssrc, guint64 user_id);
/* Takes both out again. Nothing flows in it any more. */
void gst_discord_voice_output_withdraw (
    GstDiscordVoiceOutput *self, GstBin *bin);

/* Takes @element out of @bin, of which only it is stopped. */
void gst_discord_remove_element (GstBin *bin, GstElement *element);

/* (nullable): NULL when there is no depayloader. @connection: (nullable) */
GstDiscordVoiceInput *gst_discord_voice_input_new (
    guint32 ssrc, guint64 user_id, GstDiscordConnection *connection);
GstDiscordVoiceInput *gst_discord_voice_input_ref (GstDiscordVoiceInput *self);
void gst_discord_voice_input_unref (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordVoiceInput, gst_discord_voice_input_unref)

/* Makes it part of @bin; then feeds it, once its decrypter is linked; and takes
 * it out again when nothing flows in it any more. */
void gst_discord_voice_input_enter (GstDiscordVoiceInput *self, GstBin *bin);
void gst_discord_voice_input_start (
    GstDiscordVoiceInput *self, GstBin *bin, GstPad *rtp_src);
void gst_discord_voice_input_leave (GstDiscordVoiceInput *self, GstBin *bin);

G_END_DECLS
