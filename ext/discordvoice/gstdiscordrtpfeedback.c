/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpfeedback.h"
#include "keyrequest.h"
#include "nackgenerator.h"
#include "receptionstats.h"
#include "worker.h"

#include "../../gst-libs/gst/discord/transport/rtcpfeedback.h"

GST_DEBUG_CATEGORY_EXTERN (discord_rtp_bin_debug);
#define GST_CAT_DEFAULT discord_rtp_bin_debug

/* media-transport 8 */
#define REPORT_INTERVAL G_USEC_PER_SEC
#define VIDEO_CLOCK_RATE 90000
/* It takes a while to ask the connection. */
#define ROUND_TRIP_INTERVAL G_USEC_PER_SEC

typedef struct
{
  NackGenerator *nacks;
  ReceptionStats reception;
  KeyRequest key_request;
  gint64 report_due; /* G_MAXINT64: nothing new to report */
  gint64 reported; /* when last */

  guint64 nacks_sent;
  guint64 packets_requested;
  guint64 packets_restored;
  guint64 plis_sent;
} Stream;

struct _GstDiscordRtpFeedback
{
  const GstDiscordRtpFeedbackFuncs *funcs;
  gpointer user_data;
  DiscordWorker *worker;

  /* Worker only */
  gint64 round_trip;
  gint64 round_trip_due;

  /* Guards the fields below; only the worker's is taken while it is held. */
  GMutex lock;
  GHashTable *streams; /* guint32 ssrc -> Stream */
  gint64 patience;
  gboolean nacks; /* else nothing is asked for */
};

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  nack_generator_free (stream->nacks);
  g_free (stream);
}

static Stream *
lookup_unlocked (GstDiscordRtpFeedback *self, guint32 ssrc)
{
  return g_hash_table_lookup (self->streams, GUINT_TO_POINTER (ssrc));
}

static Stream *
ensure_unlocked (GstDiscordRtpFeedback *self, guint32 ssrc)
{
  Stream *stream = lookup_unlocked (self, ssrc);

  if (stream != NULL)
    return stream;
  stream = g_new0 (Stream, 1);
  stream->nacks = nack_generator_new ();
  stream->report_due = G_MAXINT64;
  reception_stats_init (&stream->reception, VIDEO_CLOCK_RATE);
  key_request_ask (&stream->key_request);
  g_hash_table_insert (self->streams, GUINT_TO_POINTER (ssrc), stream);
  return stream;
}

static gint64
stream_due (const Stream *stream)
{
  return MIN (MIN (nack_generator_due (stream->nacks), stream->report_due),
      key_request_due (&stream->key_request));
}

/* Worker */

typedef struct
{
  gint64 now;
  guint32 sender;
  guint32 ssrc;
  GQueue *packets; /* (element-type GstBuffer) */
} Round;

static void
add_packet (Round *round, const guint8 *data, gsize size)
{
  g_queue_push_tail (round->packets, gst_buffer_new_memdup (data, size));
}

static void
write_nacks_unlocked (GstDiscordRtpFeedback *self, Stream *stream, Round *round)
{
  guint16 sequences[RTCP_NACK_MAX_SEQUENCES];
  guint8 packet[RTCP_NACK_MAX_SIZE];
  gsize n;

  while ((n = nack_generator_poll (stream->nacks, round->now, self->round_trip,
              self->patience, sequences, RTCP_NACK_MAX_SEQUENCES))
      > 0) {
    add_packet (round, packet,
        rtcp_write_nack (packet, round->sender, round->ssrc, sequences, n));
    stream->nacks_sent++;
    stream->packets_requested += n;
  }
}

static void
write_report_unlocked (Stream *stream, Round *round)
{
  guint8 packet[RTCP_RECEIVER_REPORT_SIZE];
  RtcpReportBlock block;

  if (stream->report_due > round->now)
    return;
  stream->report_due = G_MAXINT64;
  stream->reported = round->now;
  reception_stats_report (&stream->reception, round->ssrc, round->now, &block);
  rtcp_write_receiver_report (packet, round->sender, &block);
  add_packet (round, packet, sizeof (packet));
}

static void
write_pli_unlocked (Stream *stream, Round *round)
{
  guint8 packet[RTCP_PLI_SIZE];

  if (!key_request_take (&stream->key_request, round->now))
    return;
  GST_DEBUG ("asking for a keyframe of SSRC %u", round->ssrc);
  rtcp_write_pli (packet, round->sender, round->ssrc);
  add_packet (round, packet, sizeof (packet));
  stream->plis_sent++;
}

/* Returns when something is due again. */
static gint64
collect_unlocked (GstDiscordRtpFeedback *self, Round *round)
{
  gint64 due = G_MAXINT64;
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    Stream *stream = value;

    round->ssrc = GPOINTER_TO_UINT (key);
    write_nacks_unlocked (self, stream, round);
    write_pli_unlocked (stream, round);
    write_report_unlocked (stream, round);
    due = MIN (due, stream_due (stream));
  }
  return due;
}

static gint64
run (gint64 now, gpointer user_data)
{
  GstDiscordRtpFeedback *self = user_data;
  GQueue packets = G_QUEUE_INIT;
  Round round = { .now = now,
    .sender = self->funcs->get_sender (self->user_data),
    .packets = &packets };
  GstBuffer *packet;
  gint64 due;

  if (now >= self->round_trip_due) {
    self->round_trip = self->funcs->get_round_trip (self->user_data);
    self->round_trip_due = now + ROUND_TRIP_INTERVAL;
  }
  g_mutex_lock (&self->lock);
  due = collect_unlocked (self, &round);
  g_mutex_unlock (&self->lock);
  while ((packet = g_queue_pop_head (&packets)) != NULL)
    self->funcs->send (packet, self->user_data);
  return due;
}

/* What happens to streams */

void
gst_discord_rtp_feedback_packet (GstDiscordRtpFeedback *self, guint32 ssrc,
    guint16 sequence, guint32 timestamp, gboolean restored)
{
  gint64 now = g_get_monotonic_time ();
  gint64 before, due;
  Stream *stream;

  g_mutex_lock (&self->lock);
  before = lookup_unlocked (self, ssrc) != NULL
      ? stream_due (lookup_unlocked (self, ssrc))
      : G_MAXINT64;
  stream = ensure_unlocked (self, ssrc);
  if (self->nacks
      && !nack_generator_packet (stream->nacks, sequence, restored, now))
    key_request_ask (&stream->key_request);
  if (restored) {
    stream->packets_restored++;
  } else {
    reception_stats_packet (&stream->reception, sequence, timestamp, now);
    if (stream->report_due == G_MAXINT64)
      stream->report_due =
          (stream->reported != 0 ? stream->reported : now) + REPORT_INTERVAL;
  }
  due = stream_due (stream);
  g_mutex_unlock (&self->lock);
  if (due < before)
    discord_worker_wake (self->worker);
}

void
gst_discord_rtp_feedback_sender_report (
    GstDiscordRtpFeedback *self, guint32 ssrc, guint64 ntp)
{
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL)
    reception_stats_sender_report (
        &stream->reception, ntp, g_get_monotonic_time ());
  g_mutex_unlock (&self->lock);
}

void
gst_discord_rtp_feedback_passed (
    GstDiscordRtpFeedback *self, guint32 ssrc, guint16 sequence)
{
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL)
    nack_generator_give_up (stream->nacks, sequence);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_rtp_feedback_request_key_unit (
    GstDiscordRtpFeedback *self, guint32 ssrc)
{
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL)
    key_request_ask (&stream->key_request);
  g_mutex_unlock (&self->lock);
  if (stream != NULL)
    discord_worker_wake (self->worker);
}

void
gst_discord_rtp_feedback_forget (GstDiscordRtpFeedback *self, guint32 ssrc)
{
  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->streams, GUINT_TO_POINTER (ssrc));
  g_mutex_unlock (&self->lock);
}

void
gst_discord_rtp_feedback_add_stats (
    GstDiscordRtpFeedback *self, guint32 ssrc, GstStructure *stats)
{
  const Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL)
    gst_structure_set (stats, "packets-restored", G_TYPE_UINT64,
        stream->packets_restored, "packets-requested", G_TYPE_UINT64,
        stream->packets_requested, "nacks-sent", G_TYPE_UINT64,
        stream->nacks_sent, "plis-sent", G_TYPE_UINT64, stream->plis_sent,
        NULL);
  g_mutex_unlock (&self->lock);
}

/* Life */

GstDiscordRtpFeedback *
gst_discord_rtp_feedback_new (
    const GstDiscordRtpFeedbackFuncs *funcs, gpointer user_data)
{
  GstDiscordRtpFeedback *self = g_new0 (GstDiscordRtpFeedback, 1);

  self->funcs = funcs;
  self->user_data = user_data;
  self->round_trip = -1;
  self->streams = g_hash_table_new_full (NULL, NULL, NULL, stream_free);
  g_mutex_init (&self->lock);
  self->worker = discord_worker_new ("discord-feedback", run, self);
  return self;
}

void
gst_discord_rtp_feedback_free (GstDiscordRtpFeedback *self)
{
  discord_worker_free (self->worker);
  g_hash_table_unref (self->streams);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_discord_rtp_feedback_start (GstDiscordRtpFeedback *self, gboolean nacks)
{
  g_mutex_lock (&self->lock);
  self->nacks = nacks;
  g_mutex_unlock (&self->lock);
  discord_worker_start (self->worker);
}

void
gst_discord_rtp_feedback_stop (GstDiscordRtpFeedback *self)
{
  discord_worker_stop (self->worker);
  g_mutex_lock (&self->lock);
  g_hash_table_remove_all (self->streams);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_rtp_feedback_set_patience (
    GstDiscordRtpFeedback *self, gint64 patience)
{
  g_mutex_lock (&self->lock);
  self->patience = patience;
  g_mutex_unlock (&self->lock);
}
