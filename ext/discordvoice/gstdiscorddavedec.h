/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstdiscorddavefilter.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_DAVE_DEC (gst_discord_dave_dec_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordDaveDec, gst_discord_dave_dec, GST,
    DISCORD_DAVE_DEC, GstDiscordDaveFilter)
GST_ELEMENT_REGISTER_DECLARE (discorddavedec);

G_END_DECLS
