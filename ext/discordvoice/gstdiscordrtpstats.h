/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a discordrtpbin knows about its streams, as a structure. */

#include "gstdiscordrtpfeedback.h"
#include "remotestreams.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 invalid; /* no RTP header */
  guint64 unknown_payload_type;
  guint64 stragglers; /* of streams that are ending or gone */
  guint64 too_many; /* of SSRCs beyond the limit */
} GstDiscordRtpCounters;

/* (transfer full): the `stats` of a discordrtpbin, without the connection's. */
GstStructure *gst_discord_rtp_stats_new (GstElement *rtpbin,
    GstElement *transport, GstDiscordRemoteStreams *streams,
    GstDiscordRtpFeedback *feedback, const GstDiscordRtpCounters *counters);

G_END_DECLS
