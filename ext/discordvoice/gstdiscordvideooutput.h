/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a discordvoicesrc has for one video pad, and what it has for one SSRC of
 * video. Both are counted; which belongs to which is known to
 * GstDiscordVideoOutputs, whose lock guards the fields marked with it. */

#include "gstdiscordvideogate.h"
#include "gstdiscordvideosrcpad.h"
#include "gstdiscordvideostream.h"
#include "layerchoice.h"

#include <gst/discord/gstdiscordconnection.h>

G_BEGIN_DECLS

/* Video stream ! pad */
typedef struct
{
  gatomicrefcount refs;
  guint64 user_id;
  gchar *layer; /* the one layer it is for, by name; NULL: for all of them */
  GstElement *stream; /* owned */
  GstPad *pad; /* owned; NULL before it is exposed */

  /* Lock of the outputs */
  guint32 number; /* in the names of the pad and the stream */
  DiscordVoiceStreams layers;
  GstClockTime idle_until; /* by the bin's clock; NONE: there is video */
  gboolean removed; /* somebody takes it down */
} GstDiscordVideoOutput;

/* Depayloader ! decrypter ! gate */
typedef struct
{
  gatomicrefcount refs;
  guint32 ssrc;
  GstPad *rtp_src; /* owned */
  GstElement *depay; /* owned, as those below */
  GstElement *decrypter;
  GstElement *gate;

  /* Who set busy */
  GstPad *sink; /* of the stream it feeds, owned, nullable */

  /* Lock of the outputs */
  guint64 user_id; /* 0 while unknown */
  GstDiscordVideoOutput *output; /* owned, nullable */
  gboolean busy; /* somebody links it */
  gboolean gone; /* the SSRC is */
} GstDiscordVideoInput;

/* @layer: (nullable) */
GstDiscordVideoOutput *gst_discord_video_output_new (
    guint64 user_id, const gchar *layer, guint group_id);
GstDiscordVideoOutput *gst_discord_video_output_ref (
    GstDiscordVideoOutput *self);
void gst_discord_video_output_unref (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordVideoOutput, gst_discord_video_output_unref)

/* Puts the stream into @bin and makes the pad, with @number in their names; the
 * pad is not added yet. */
void gst_discord_video_output_enter (GstDiscordVideoOutput *self, GstBin *bin,
    GstPadTemplate *template, guint32 number);
/* Takes both out again. Nothing flows in it any more. */
void gst_discord_video_output_withdraw (
    GstDiscordVideoOutput *self, GstBin *bin);

/* (nullable): NULL when there is no depayloader. @connection: (nullable) */
GstDiscordVideoInput *gst_discord_video_input_new (guint32 ssrc,
    guint64 user_id, GstPad *rtp_src, GstDiscordConnection *connection);
GstDiscordVideoInput *gst_discord_video_input_ref (GstDiscordVideoInput *self);
void gst_discord_video_input_unref (gpointer self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (
    GstDiscordVideoInput, gst_discord_video_input_unref)

/* Makes it part of @bin, and takes it out again when nothing flows in it any
 * more. */
void gst_discord_video_input_enter (GstDiscordVideoInput *self, GstBin *bin);
void gst_discord_video_input_leave (GstDiscordVideoInput *self, GstBin *bin);

/* Feeds @output, and feeds it no more. The first one lets packets in: until then
 * they cost nothing. */
void gst_discord_video_input_attach (
    GstDiscordVideoInput *self, GstDiscordVideoOutput *output);
void gst_discord_video_input_detach (
    GstDiscordVideoInput *self, GstDiscordVideoOutput *output);

G_END_DECLS
