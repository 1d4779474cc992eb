/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "sentstream.h"

void
sent_stream_packet (SentStream *self, const RtpHeader *header, gsize size,
    gint32 transport_sequence, gint64 now)
{
  if (self->ssrc != header->ssrc)
    *self = (SentStream){ .ssrc = header->ssrc, .round_trip = -1 };
  self->packets++;
  self->octets += size - MIN (size, header->size + header->padding);
  self->sequence = header->sequence;
  self->transport_sequence = transport_sequence;
  self->time = now;
}

void
sent_stream_report (SentStream *self, guint32 reporter,
    const RtcpReportBlock *report, guint32 ntp, gint64 now)
{
  /* RFC 3550 6.4.1, in 1/65536 s */
  gint32 round_trip =
      (gint32) (ntp - report->last_sender_report - report->delay_since);

  self->reported = TRUE;
  self->reporter = reporter;
  self->report = *report;
  self->report_time = now;
  if (report->last_sender_report != 0 && round_trip >= 0)
    self->round_trip = (gint64) round_trip * G_USEC_PER_SEC / 65536;
}

void
sent_stream_forget_report (SentStream *self)
{
  self->reported = FALSE;
  self->round_trip = -1;
}

static void
add_report (const SentStream *self, GstStructure *stats)
{
  const RtcpReportBlock *report = &self->report;

  gst_structure_set (stats, "remote-ssrc", G_TYPE_UINT, (guint) self->reporter,
      "remote-report-time", G_TYPE_UINT64,
      (guint64) self->report_time * GST_USECOND, "remote-fraction-lost",
      G_TYPE_DOUBLE, report->fraction_lost / 256.0, "remote-packets-lost",
      G_TYPE_INT, (gint) report->packets_lost, "remote-highest-seqnum",
      G_TYPE_UINT, (guint) report->highest_sequence, "remote-jitter",
      G_TYPE_UINT, (guint) report->jitter, "remote-last-sr", G_TYPE_UINT,
      (guint) report->last_sender_report, "remote-delay-since-last-sr",
      G_TYPE_UINT, (guint) report->delay_since, NULL);
  if (self->round_trip >= 0)
    gst_structure_set (stats, "round-trip-time", G_TYPE_DOUBLE,
        self->round_trip / (gdouble) G_USEC_PER_SEC, NULL);
}

void
sent_stream_add_stats (const SentStream *self, GstStructure *stats)
{
  gst_structure_set (stats, "ssrc", G_TYPE_UINT, (guint) self->ssrc,
      "packets-sent", G_TYPE_UINT64, self->packets, "octets-sent",
      G_TYPE_UINT64, self->octets, NULL);
  if (self->packets > 0)
    gst_structure_set (stats, "last-seqnum", G_TYPE_UINT,
        (guint) self->sequence, "last-sent-time", G_TYPE_UINT64,
        (guint64) self->time * GST_USECOND, NULL);
  if (self->packets > 0
      && self->transport_sequence != SENT_STREAM_NO_TRANSPORT_SEQUENCE)
    gst_structure_set (stats, "last-transport-seqnum", G_TYPE_UINT,
        (guint) self->transport_sequence, NULL);
  if (self->reported)
    add_report (self, stats);
}
