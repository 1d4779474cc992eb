/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "videosender.h"

#include <gst/discord/gstdiscordpayloadtypes-private.h>

VideoSender *
video_sender_new (GstPad *pad)
{
  VideoSender *self = g_new0 (VideoSender, 1);

  self->pad = gst_object_ref (pad);
  self->history = rtx_history_new ();
  sent_stream_forget_report (&self->sent);
  return self;
}

void
video_sender_free (VideoSender *self)
{
  gst_object_unref (self->pad);
  rtx_history_free (self->history);
  g_free (self);
}

void
video_sender_start (VideoSender *self, guint32 ssrc, guint16 rtx_sequence)
{
  rtx_history_clear (self->history);
  self->started = TRUE;
  self->ssrc = ssrc;
  self->rtx_sequence = (guint16) (rtx_sequence - 1);
  sent_stream_forget_report (&self->sent);
}

void
video_sender_stop (VideoSender *self)
{
  rtx_history_clear (self->history);
  self->key_request = (KeyRequest){ FALSE };
  self->started = FALSE;
}

void
video_sender_packet (VideoSender *self, const RtpHeader *header,
    GstBuffer *packet, gboolean rtx, gint64 now)
{
  const GstDiscordPayloadType *type =
      gst_discord_payload_type_find (header->payload_type);

  self->rtx_payload_type = rtx && type != NULL ? type->rtx_payload_type : 0;
  if (self->rtx_payload_type != 0)
    rtx_history_add (self->history, header->sequence, packet, now);
}

guint32
video_sender_get_rtx_ssrc (const VideoSender *self)
{
  if (self->rtx_payload_type == 0)
    return 0;
  return self->rtx_ssrc != 0 ? self->rtx_ssrc : self->ssrc + 1;
}

static void
retransmit_one (VideoSender *self, guint16 sequence, gint64 now, gint64 guard,
    GQueue *packets)
{
  g_autoptr (GstBuffer) packet = NULL;
  GstBuffer *rtx;

  switch (rtx_history_take (self->history, sequence, now, guard, &packet)) {
    case RTX_HISTORY_UNKNOWN:
      self->unknown++;
      return;
    case RTX_HISTORY_TOO_SOON:
      self->suppressed++;
      return;
    case RTX_HISTORY_FOUND:
      break;
  }
  rtx = discord_rtx_packet_new (packet, self->rtx_payload_type,
      self->rtx_sequence + 1, video_sender_get_rtx_ssrc (self));
  if (rtx == NULL)
    return;
  self->rtx_sequence++;
  self->retransmitted++;
  g_queue_push_tail (packets, rtx);
}

void
video_sender_retransmit (VideoSender *self, const RtcpFeedback *nack,
    gint64 now, gint64 guard, GQueue *packets, guint max)
{
  RtcpNackIter iter;
  guint16 sequence;

  self->nacks++;
  rtcp_nack_iter_init (&iter, nack);
  while (rtcp_nack_iter_next (&iter, &sequence)) {
    if (self->rtx_payload_type == 0)
      self->unknown++;
    else if (packets->length >= max)
      self->overflowed++;
    else
      retransmit_one (self, sequence, now, guard, packets);
  }
}

GstStructure *
video_sender_get_stats (const VideoSender *self)
{
  GstStructure *stats = gst_structure_new ("application/x-discord-sender",
      "rtx-ssrc", G_TYPE_UINT, (guint) video_sender_get_rtx_ssrc (self),
      "history-packets", G_TYPE_UINT, rtx_history_get_packets (self->history),
      "history-bytes", G_TYPE_UINT64,
      (guint64) rtx_history_get_bytes (self->history), "nacks-received",
      G_TYPE_UINT64, self->nacks, "plis-received", G_TYPE_UINT64, self->plis,
      "firs-received", G_TYPE_UINT64, self->firs, "key-unit-requests",
      G_TYPE_UINT64, self->key_units, "packets-retransmitted", G_TYPE_UINT64,
      self->retransmitted, "retransmissions-unknown", G_TYPE_UINT64,
      self->unknown, "retransmissions-suppressed", G_TYPE_UINT64,
      self->suppressed, "retransmissions-overflowed", G_TYPE_UINT64,
      self->overflowed, NULL);

  sent_stream_add_stats (&self->sent, stats);
  return stats;
}
