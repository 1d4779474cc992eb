/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One stream that a discordrtpbin sends, seen from what receivers say about it:
 * what they miss, what they want. No lock of its own; times are in
 * microseconds. */

#include "keyrequest.h"
#include "rtxhistory.h"
#include "rtxpacket.h"
#include "sentstream.h"

#include "../../gst-libs/gst/discord/transport/rtcpfeedback.h"

G_BEGIN_DECLS

typedef struct
{
  GstPad *pad; /* owned: where its packets come in */
  gboolean started; /* packets are expected to be of @ssrc */
  guint32 ssrc; /* 0 before the first packet of video */
  guint32 rtx_ssrc; /* 0: the one after @ssrc (media-transport 9.1) */
  guint8 rtx_payload_type; /* 0: there is none, nothing is kept */
  guint16 rtx_sequence; /* of the last one */
  RtxHistory *history;
  KeyRequest key_request;
  SentStream sent; /* sound as well */

  guint64 nacks;
  guint64 plis;
  guint64 firs;
  guint64 key_units; /* asked for upstream */
  guint64 retransmitted;
  guint64 unknown; /* asked for, and not kept (any more) */
  guint64 suppressed; /* asked for again too soon */
  guint64 overflowed;
} VideoSender;

VideoSender *video_sender_new (GstPad *pad);
void video_sender_free (VideoSender *self);

/* A stream of @ssrc begins, or goes on that another sender began; nothing of the
 * one before does. @rtx_sequence: of its next retransmission. */
void video_sender_start (VideoSender *self, guint32 ssrc, guint16 rtx_sequence);
/* What was sent is not there any more, nor who may have sent on since. */
void video_sender_stop (VideoSender *self);

/* @packet goes out, of the stream that was started. @rtx: it may be asked for
 * again. */
void video_sender_packet (VideoSender *self, const RtpHeader *header,
    GstBuffer *packet, gboolean rtx, gint64 now);

/* 0: nothing is sent again. */
guint32 video_sender_get_rtx_ssrc (const VideoSender *self);

/* Appends the retransmissions that @nack asks for to @packets (element-type
 * GstBuffer), which gets no longer than @max. */
void video_sender_retransmit (VideoSender *self, const RtcpFeedback *nack,
    gint64 now, gint64 guard, GQueue *packets, guint max);

GstStructure *video_sender_get_stats (const VideoSender *self);

G_END_DECLS
