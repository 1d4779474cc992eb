/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* GstURIHandler of discordvoicesrc, by its properties. */

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_discord_voice_src_uri_init (
    gpointer interface, gpointer interface_data);

G_END_DECLS
