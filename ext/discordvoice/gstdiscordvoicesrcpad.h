/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_VOICE_SRC_PAD (gst_discord_voice_src_pad_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstDiscordVoiceSrcPad, gst_discord_voice_src_pad, GST,
    DISCORD_VOICE_SRC_PAD, GstGhostPad)

struct _GstDiscordVoiceSrcPadClass
{
  GstGhostPadClass parent_class;
};

/* (transfer floating) */
GstPad *gst_discord_voice_src_pad_new (const gchar *name, GstPad *target,
    GstPadTemplate *template, guint32 ssrc, guint64 user_id);

/* Any thread, both. */
void gst_discord_voice_src_pad_set_ssrc (
    GstDiscordVoiceSrcPad *self, guint32 ssrc);
void gst_discord_voice_src_pad_set_user (
    GstDiscordVoiceSrcPad *self, guint64 user_id);

G_END_DECLS
