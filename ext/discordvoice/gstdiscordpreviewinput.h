/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the picture of a preview comes from: the newest buffer of the pad
 * `preview`, else the newest keyframe of a video pad. */

#include <gst/gst.h>

G_BEGIN_DECLS

#define DISCORD_PREVIEW_CAPS "image/jpeg; video/x-raw"

typedef struct _GstDiscordPreviewInput GstDiscordPreviewInput;

GstDiscordPreviewInput *gst_discord_preview_input_new (void);
void gst_discord_preview_input_free (GstDiscordPreviewInput *self);

/* (transfer floating): takes pictures. It is no pad of a sink element, so that
 * neither PAUSED nor EOS waits for it. NULL: there is one. */
GstPad *gst_discord_preview_input_make_pad (
    GstDiscordPreviewInput *self, GstPadTemplate *template);
/* Before the pad goes. FALSE: it is not ours. */
gboolean gst_discord_preview_input_release_pad (
    GstDiscordPreviewInput *self, GstPad *pad);

/* Whether there is a pad, and something gives it pictures. */
gboolean gst_discord_preview_input_is_linked (GstDiscordPreviewInput *self);

/* @pad takes encoded video, the layer of that @quality. */
void gst_discord_preview_input_add_video (
    GstDiscordPreviewInput *self, GstPad *pad, guint quality);
void gst_discord_preview_input_remove_video (
    GstDiscordPreviewInput *self, GstPad *pad);

/* Whether pictures are kept at all. Nothing is kept from before. */
void gst_discord_preview_input_set_active (
    GstDiscordPreviewInput *self, gboolean active);

/* (transfer full) (nullable): of the pad where it is linked, and else, with
 * @video, of the best video pad that had a keyframe. Any thread. */
GstSample *gst_discord_preview_input_get_picture (
    GstDiscordPreviewInput *self, gboolean video);

G_END_DECLS
