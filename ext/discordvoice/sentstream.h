/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What was sent of one RTP stream, and what the server last reported of it
 * (RFC 3550 6.4). No lock of its own; times are in microseconds. */

#include <gst/gst.h>

#include "../../gst-libs/gst/discord/transport/rtcp.h"
#include "../../gst-libs/gst/discord/transport/rtppacket.h"

G_BEGIN_DECLS

#define SENT_STREAM_NO_TRANSPORT_SEQUENCE (-1)

typedef struct
{
  guint32 ssrc; /* 0 before the first packet */
  guint64 packets;
  guint64 octets; /* of payload, without padding */
  guint16 sequence; /* of the last packet, as the next two are */
  gint32 transport_sequence;
  gint64 time;

  gboolean reported;
  guint32 reporter;
  RtcpReportBlock report; /* the last one */
  gint64 report_time;
  gint64 round_trip; /* by it; -1: unknown */
} SentStream;

/* A packet of @size bytes goes out. With another SSRC than the last one it is
 * the first of a new stream. */
void sent_stream_packet (SentStream *self, const RtpHeader *header, gsize size,
    gint32 transport_sequence, gint64 now);

/* @ntp: now, the middle 32 bits of NTP time. */
void sent_stream_report (SentStream *self, guint32 reporter,
    const RtcpReportBlock *report, guint32 ntp, gint64 now);

/* What was reported was about another session. */
void sent_stream_forget_report (SentStream *self);

void sent_stream_add_stats (const SentStream *self, GstStructure *stats);

G_END_DECLS
