/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* How far the RTP stream of one of our SSRCs has come. Sequence and time of an
 * SSRC go on for as long as it is ours (RFC 3550 5.1), whichever element sends on
 * it next. Times are monotonic, in microseconds. */
typedef struct
{
  guint clock_rate;
  gboolean started;
  guint16 seqnum; /* of the last packet */
  guint32 timestamp; /* of the last packet */
  guint32 step; /* ticks from the frame before to that of the last packet */
  gint64 sent; /* when the first packet of that frame was */
  gint64 due; /* when it would have been without hurry */
} DiscordRtpPosition;

void discord_rtp_position_init (DiscordRtpPosition *self, guint clock_rate);

/* A packet goes out at @now. */
void discord_rtp_position_note (
    DiscordRtpPosition *self, guint16 seqnum, guint32 timestamp, gint64 now);

/* Of a packet that begins a frame at @now. FALSE: nothing was sent yet. */
gboolean discord_rtp_position_next (const DiscordRtpPosition *self, gint64 now,
    guint16 *seqnum, guint32 *timestamp);
