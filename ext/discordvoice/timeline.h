/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much later than its timestamps say a file is played by now. All pads of a
 * sink have one together: what holds up the audio moves the video as far, and
 * they stay in step (media-transport 10). Thread-safe. */

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _DiscordTimeline DiscordTimeline;

DiscordTimeline *discord_timeline_new (void);
DiscordTimeline *discord_timeline_ref (DiscordTimeline *self);
void discord_timeline_unref (DiscordTimeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DiscordTimeline, discord_timeline_unref)

void discord_timeline_reset (DiscordTimeline *self);
GstClockTimeDiff discord_timeline_get_offset (DiscordTimeline *self);
/* To @offset at least: several pads notice one delay, each by itself. */
void discord_timeline_raise (DiscordTimeline *self, GstClockTimeDiff offset);

G_END_DECLS
