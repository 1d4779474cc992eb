/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lets time go on downstream of streams in which nothing is said: one timer of
 * the element's clock for all its streams, which runs only while one of them is
 * linked. */

#include "gstdiscorduserstream.h"

G_BEGIN_DECLS

typedef struct _GstDiscordGapFiller GstDiscordGapFiller;

/* @element is where clock and base time come from; not referenced. */
GstDiscordGapFiller *gst_discord_gap_filler_new (GstElement *element);
void gst_discord_gap_filler_free (GstDiscordGapFiller *self);

/* @pad: where @stream leaves the element; without a peer there is no GAP. */
void gst_discord_gap_filler_add (
    GstDiscordGapFiller *self, GstDiscordUserStream *stream, GstPad *pad);
void gst_discord_gap_filler_remove (
    GstDiscordGapFiller *self, GstDiscordUserStream *stream);

/* What has not come @delay after it was due is taken for a pause. */
void gst_discord_gap_filler_set_delay (
    GstDiscordGapFiller *self, GstClockTime delay);

/* In PLAYING only. */
void gst_discord_gap_filler_start (GstDiscordGapFiller *self);
void gst_discord_gap_filler_stop (GstDiscordGapFiller *self);

G_END_DECLS
