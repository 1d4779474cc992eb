/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstdiscorddavefilter.h"

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_DAVE_ENC (gst_discord_dave_enc_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordDaveEnc, gst_discord_dave_enc, GST,
    DISCORD_DAVE_ENC, GstDiscordDaveFilter)
GST_ELEMENT_REGISTER_DECLARE (discorddaveenc);

/* A frame was dropped since there is no key to encrypt it with. */
#define GST_DISCORD_DAVE_FLOW_NO_KEY GST_FLOW_CUSTOM_SUCCESS_2

/* Whether upstream, which is ours, wants to be told with that flow return. Below
 * PAUSED. */
void gst_discord_dave_enc_set_tells_no_key (
    GstDiscordDaveEnc *self, gboolean tells);

G_END_DECLS
