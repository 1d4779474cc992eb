/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideosenders.h"
#include "videosender.h"
#include "worker.h"

#include <gst/discord/gstdiscordpayloadtypes-private.h>
#include <gst/video/video.h>

GST_DEBUG_CATEGORY_EXTERN (discord_rtp_bin_debug);
#define GST_CAT_DEFAULT discord_rtp_bin_debug

/* media-transport 10: bursts of 12 packets, a millisecond apart. */
#define BURST_PACKETS 12
#define BURST_INTERVAL 1000
/* Two seconds of NACKs for everything would not be more. */
#define MAX_QUEUED 2048
/* media-transport 9.3: not the same packet twice within this or a round trip. */
#define RESEND_GUARD 20000
#define FIRST_RTX_SEQUENCE 1
/* It takes a while to ask the connection. */
#define ROUND_TRIP_INTERVAL G_USEC_PER_SEC

/* Asked for a keyframe in one round; the others follow in the next. */
#define MAX_KEY_UNITS 16

struct _GstDiscordVideoSenders
{
  const GstDiscordVideoSendersFuncs *funcs;
  gpointer user_data;
  DiscordWorker *worker;

  /* Worker only */
  gint64 next_burst;

  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  GPtrArray *senders; /* (element-type VideoSender) */
  gboolean rtx; /* what is asked for is sent again */
  GQueue queue; /* (element-type GstBuffer): retransmissions */
  gint64 round_trip;
  gint64 round_trip_due;
  guint16 transport_sequence; /* of the last packet (media-transport 3.3) */

  guint64 remb_bitrate; /* 0: none came */
  guint64 twcc_feedbacks;
  guint64 twcc_received;
  guint64 twcc_lost;
};

static VideoSender *
find_by_pad_unlocked (GstDiscordVideoSenders *self, GstPad *pad)
{
  for (guint i = 0; i < self->senders->len; i++) {
    VideoSender *sender = g_ptr_array_index (self->senders, i);

    if (sender->pad == pad)
      return sender;
  }
  return NULL;
}

static VideoSender *
find_by_ssrc_unlocked (GstDiscordVideoSenders *self, guint32 ssrc)
{
  for (guint i = 0; ssrc != 0 && i < self->senders->len; i++) {
    VideoSender *sender = g_ptr_array_index (self->senders, i);

    if (sender->ssrc == ssrc)
      return sender;
  }
  return NULL;
}

/* Worker */

/* NULL when there is nothing to send, or not yet. */
static GstBufferList *
take_burst (GstDiscordVideoSenders *self, gint64 now)
{
  gint64 unix_ns = g_get_real_time () * (gint64) 1000;
  GstBufferList *list = NULL;

  if (now < self->next_burst)
    return NULL;
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < BURST_PACKETS && self->queue.length > 0; i++) {
    GstBuffer *packet = g_queue_pop_head (&self->queue);

    discord_rtp_packet_stamp (packet, ++self->transport_sequence, unix_ns);
    if (list == NULL)
      list = gst_buffer_list_new_sized (BURST_PACKETS);
    gst_buffer_list_add (list, packet);
  }
  g_mutex_unlock (&self->lock);
  if (list != NULL)
    self->next_burst = now + BURST_INTERVAL;
  return list;
}

/* The pads to ask; returns how many. */
static guint
take_key_requests (
    GstDiscordVideoSenders *self, gint64 now, GstPad *pads[MAX_KEY_UNITS])
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->senders->len && n < MAX_KEY_UNITS; i++) {
    VideoSender *sender = g_ptr_array_index (self->senders, i);

    if (!key_request_take (&sender->key_request, now))
      continue;
    sender->key_units++;
    pads[n++] = gst_object_ref (sender->pad);
  }
  g_mutex_unlock (&self->lock);
  return n;
}

static gint64
get_due (GstDiscordVideoSenders *self)
{
  gint64 due = G_MAXINT64;

  g_mutex_lock (&self->lock);
  if (self->queue.length > 0)
    due = self->next_burst;
  for (guint i = 0; i < self->senders->len; i++) {
    const VideoSender *sender = g_ptr_array_index (self->senders, i);

    due = MIN (due, key_request_due (&sender->key_request));
  }
  g_mutex_unlock (&self->lock);
  return due;
}

static gint64
run (gint64 now, gpointer user_data)
{
  GstDiscordVideoSenders *self = user_data;
  GstPad *pads[MAX_KEY_UNITS];
  GstBufferList *list = take_burst (self, now);
  guint n_pads;

  if (list != NULL)
    self->funcs->send (list, self->user_data);
  n_pads = take_key_requests (self, now, pads);
  for (guint i = 0; i < n_pads; i++) {
    GST_DEBUG_OBJECT (pads[i], "a keyframe is asked for");
    /* All headers: viewers come and go. */
    gst_pad_push_event (pads[i],
        gst_video_event_new_upstream_force_key_unit (
            GST_CLOCK_TIME_NONE, TRUE, 0));
    gst_object_unref (pads[i]);
  }
  return get_due (self);
}

/* What goes out */

static gboolean
is_video (const RtpHeader *header)
{
  const GstDiscordPayloadType *type =
      gst_discord_payload_type_find (header->payload_type);

  return type == NULL || type->rtx_payload_type != 0;
}

/* Only the thread that pushes into a pad starts a stream there. */
static gboolean
is_started (GstDiscordVideoSenders *self, GstPad *pad, guint32 ssrc)
{
  const VideoSender *sender;
  gboolean started;

  g_mutex_lock (&self->lock);
  sender = find_by_pad_unlocked (self, pad);
  started = sender == NULL || (sender->started && sender->ssrc == ssrc);
  g_mutex_unlock (&self->lock);
  return started;
}

/* Retransmissions are an RTP stream too (RFC 4588 section 4): what another sender
 * began in this session goes on, and a new one begins with 1 (media-transport
 * 9.1). */
static void
start_stream (
    GstDiscordVideoSenders *self, GstPad *pad, guint32 ssrc, guint32 rtx_ssrc)
{
  VideoSender *sender;
  guint16 sequence;

  if (!self->funcs->get_sequence (
          rtx_ssrc != 0 ? rtx_ssrc : ssrc + 1, &sequence, self->user_data))
    sequence = FIRST_RTX_SEQUENCE;
  g_mutex_lock (&self->lock);
  sender = find_by_pad_unlocked (self, pad);
  if (sender != NULL)
    video_sender_start (sender, ssrc, sequence);
  g_mutex_unlock (&self->lock);
}

/* Sound is only counted. */
static void
note_audio (GstDiscordVideoSenders *self, GstPad *pad, const RtpHeader *header,
    gsize size, gint64 now)
{
  VideoSender *sender;

  g_mutex_lock (&self->lock);
  sender = find_by_pad_unlocked (self, pad);
  if (sender != NULL)
    sent_stream_packet (
        &sender->sent, header, size, SENT_STREAM_NO_TRANSPORT_SEQUENCE, now);
  g_mutex_unlock (&self->lock);
}

GstBuffer *
gst_discord_video_senders_packet (GstDiscordVideoSenders *self, GstPad *pad,
    guint32 rtx_ssrc, GstBuffer *packet)
{
  gint64 now = g_get_monotonic_time ();
  gint32 number = SENT_STREAM_NO_TRANSPORT_SEQUENCE;
  VideoSender *sender;
  RtpHeader header;

  if (!discord_rtp_packet_read (packet, &header))
    return packet;
  if (!is_video (&header)) {
    note_audio (self, pad, &header, gst_buffer_get_size (packet), now);
    return packet;
  }
  if (discord_rtp_packet_is_numbered (packet, &header)) {
    g_mutex_lock (&self->lock);
    number = ++self->transport_sequence;
    g_mutex_unlock (&self->lock);
    packet = gst_buffer_make_writable (packet);
    discord_rtp_packet_stamp (packet, (guint16) number, -1);
  }
  if (!is_started (self, pad, header.ssrc))
    start_stream (self, pad, header.ssrc, rtx_ssrc);
  g_mutex_lock (&self->lock);
  sender = find_by_pad_unlocked (self, pad);
  if (sender != NULL) {
    sender->rtx_ssrc = rtx_ssrc;
    video_sender_packet (sender, &header, packet, self->rtx, now);
    sent_stream_packet (
        &sender->sent, &header, gst_buffer_get_size (packet), number, now);
  }
  g_mutex_unlock (&self->lock);
  return packet;
}

/* What comes back */

static void
update_round_trip (GstDiscordVideoSenders *self, gint64 now)
{
  gint64 round_trip;
  gboolean due;

  g_mutex_lock (&self->lock);
  due = now >= self->round_trip_due;
  self->round_trip_due = due ? now + ROUND_TRIP_INTERVAL : self->round_trip_due;
  g_mutex_unlock (&self->lock);
  if (!due)
    return;
  round_trip = self->funcs->get_round_trip (self->user_data);
  g_mutex_lock (&self->lock);
  self->round_trip = round_trip;
  g_mutex_unlock (&self->lock);
}

static void
handle_nack_unlocked (
    GstDiscordVideoSenders *self, const RtcpFeedback *nack, gint64 now)
{
  VideoSender *sender = find_by_ssrc_unlocked (self, nack->media);

  if (sender != NULL)
    video_sender_retransmit (sender, nack, now,
        MAX (RESEND_GUARD, self->round_trip), &self->queue, MAX_QUEUED);
}

static void
handle_pli_unlocked (GstDiscordVideoSenders *self, const RtcpFeedback *pli)
{
  VideoSender *sender = find_by_ssrc_unlocked (self, pli->media);

  if (sender == NULL)
    return;
  sender->plis++;
  key_request_ask (&sender->key_request);
}

static void
handle_fir_unlocked (GstDiscordVideoSenders *self, const RtcpFeedback *fir)
{
  guint8 number;
  guint32 ssrc;

  for (guint i = 0; rtcp_fir_entry (fir, i, &ssrc, &number); i++) {
    VideoSender *sender = find_by_ssrc_unlocked (self, ssrc);

    if (sender == NULL)
      continue;
    sender->firs++;
    key_request_ask (&sender->key_request);
  }
}

static void
handle_twcc_unlocked (
    GstDiscordVideoSenders *self, const RtcpFeedback *feedback)
{
  RtcpTwccPacket packet;
  RtcpTwccIter iter;
  RtcpTwcc twcc;

  if (!rtcp_twcc (feedback, &twcc))
    return;
  self->twcc_feedbacks++;
  rtcp_twcc_iter_init (&iter, &twcc);
  while (rtcp_twcc_iter_next (&iter, &packet)) {
    if (packet.received)
      self->twcc_received++;
    else
      self->twcc_lost++;
  }
}

static void
handle_feedback (
    GstDiscordVideoSenders *self, const RtcpFeedback *feedback, gint64 now)
{
  RtcpRemb remb;

  if (feedback->kind == RTCP_FEEDBACK_NACK)
    update_round_trip (self, now);
  g_mutex_lock (&self->lock);
  switch (feedback->kind) {
    case RTCP_FEEDBACK_NACK:
      handle_nack_unlocked (self, feedback, now);
      break;
    case RTCP_FEEDBACK_PLI:
      handle_pli_unlocked (self, feedback);
      break;
    case RTCP_FEEDBACK_FIR:
      handle_fir_unlocked (self, feedback);
      break;
    case RTCP_FEEDBACK_TWCC:
      handle_twcc_unlocked (self, feedback);
      break;
    case RTCP_FEEDBACK_REMB:
      if (rtcp_remb (feedback, &remb))
        self->remb_bitrate = remb.bitrate;
      break;
    case RTCP_FEEDBACK_OTHER:
      break;
  }
  g_mutex_unlock (&self->lock);
  discord_worker_wake (self->worker);
}

/* Middle 32 bits of the NTP time now (RFC 3550 section 4); modulo 2^16 s, so
 * that the epoch does not matter but for the whole seconds between both. */
static guint32
ntp_now (void)
{
  gint64 now = g_get_real_time ();
  guint64 seconds =
      (guint64) (now / G_USEC_PER_SEC) + G_GUINT64_CONSTANT (2208988800);
  guint64 fraction = (guint64) (now % G_USEC_PER_SEC) * 65536 / G_USEC_PER_SEC;

  return (guint32) (seconds << 16 | fraction);
}

static void
handle_report_unlocked (GstDiscordVideoSenders *self, guint32 reporter,
    const RtcpReportBlock *report, gint64 now)
{
  for (guint i = 0; report->ssrc != 0 && i < self->senders->len; i++) {
    VideoSender *sender = g_ptr_array_index (self->senders, i);

    if (sender->sent.ssrc == report->ssrc)
      sent_stream_report (&sender->sent, reporter, report, ntp_now (), now);
  }
}

static void
handle_reports (
    GstDiscordVideoSenders *self, const RtcpPacket *packet, gint64 now)
{
  RtcpReportBlock report;
  guint32 reporter;

  if (!rtcp_packet_sender (packet, &reporter))
    return;
  g_mutex_lock (&self->lock);
  for (guint i = 0; rtcp_packet_report_block (packet, i, &report); i++)
    handle_report_unlocked (self, reporter, &report, now);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_video_senders_rtcp (
    GstDiscordVideoSenders *self, const RtcpPacket *packet)
{
  gint64 now = g_get_monotonic_time ();
  RtcpFeedback feedback;

  if (rtcp_packet_feedback (packet, &feedback))
    handle_feedback (self, &feedback, now);
  else
    handle_reports (self, packet, now);
}

/* Streams */

void
gst_discord_video_senders_add (GstDiscordVideoSenders *self, GstPad *pad)
{
  VideoSender *sender = video_sender_new (pad);

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->senders, sender);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_video_senders_remove (GstDiscordVideoSenders *self, GstPad *pad)
{
  VideoSender *sender;
  guint index;

  g_mutex_lock (&self->lock);
  sender = find_by_pad_unlocked (self, pad);
  if (sender != NULL && g_ptr_array_find (self->senders, sender, &index))
    g_ptr_array_remove_index_fast (self->senders, index);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&sender, video_sender_free);
}

void
gst_discord_video_senders_add_stats (
    GstDiscordVideoSenders *self, GstStructure *stats)
{
  GValue array = G_VALUE_INIT;

  g_value_init (&array, GST_TYPE_ARRAY);
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->senders->len; i++) {
    GValue value = G_VALUE_INIT;

    g_value_init (&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed (
        &value, video_sender_get_stats (g_ptr_array_index (self->senders, i)));
    gst_value_array_append_and_take_value (&array, &value);
  }
  gst_structure_set (stats, "remb-bitrate", G_TYPE_UINT64, self->remb_bitrate,
      "twcc-feedbacks-received", G_TYPE_UINT64, self->twcc_feedbacks,
      "twcc-packets-received", G_TYPE_UINT64, self->twcc_received,
      "twcc-packets-lost", G_TYPE_UINT64, self->twcc_lost, NULL);
  g_mutex_unlock (&self->lock);
  gst_structure_take_value (stats, "senders", &array);
}

/* Life */

GstDiscordVideoSenders *
gst_discord_video_senders_new (
    const GstDiscordVideoSendersFuncs *funcs, gpointer user_data)
{
  GstDiscordVideoSenders *self = g_new0 (GstDiscordVideoSenders, 1);

  self->funcs = funcs;
  self->user_data = user_data;
  self->round_trip = -1;
  /* media-transport 3.3: a random start. */
  self->transport_sequence = (guint16) g_random_int ();
  self->senders = g_ptr_array_new ();
  g_queue_init (&self->queue);
  g_mutex_init (&self->lock);
  self->worker = discord_worker_new ("discord-resend", run, self);
  return self;
}

void
gst_discord_video_senders_free (GstDiscordVideoSenders *self)
{
  discord_worker_free (self->worker);
  g_queue_clear_full (&self->queue, (GDestroyNotify) gst_buffer_unref);
  for (guint i = 0; i < self->senders->len; i++)
    video_sender_free (g_ptr_array_index (self->senders, i));
  g_ptr_array_unref (self->senders);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_discord_video_senders_start (GstDiscordVideoSenders *self, gboolean rtx)
{
  g_mutex_lock (&self->lock);
  self->rtx = rtx;
  g_mutex_unlock (&self->lock);
  discord_worker_start (self->worker);
}

void
gst_discord_video_senders_stop (GstDiscordVideoSenders *self)
{
  discord_worker_stop (self->worker);
  self->next_burst = 0;
  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->queue, (GDestroyNotify) gst_buffer_unref);
  for (guint i = 0; i < self->senders->len; i++)
    video_sender_stop (g_ptr_array_index (self->senders, i));
  g_mutex_unlock (&self->lock);
}
