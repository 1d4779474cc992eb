/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What happens to a connection, said on the bus of one element: progress,
 * element messages, the error that ended it. */

#include "gstdiscordsettings.h"

G_BEGIN_DECLS

typedef struct _GstDiscordReporter GstDiscordReporter;

GstDiscordReporter *gst_discord_reporter_new (GstElement *element,
    GstDiscordConnection *connection, const GstDiscordSettingsHooks *hooks);

/* Around gst_discord_connection_open(): progress begins, and what was reached
 * already is reported. */
void gst_discord_reporter_start (GstDiscordReporter *self);
void gst_discord_reporter_started (GstDiscordReporter *self);

/* Before the close: an unfinished progress is cancelled, nothing is reported
 * any more. */
void gst_discord_reporter_stop (GstDiscordReporter *self);

/* Disconnects and drops the reference; a callback that is running keeps its
 * own. */
void gst_discord_reporter_free (GstDiscordReporter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstDiscordReporter, gst_discord_reporter_free)

G_END_DECLS
