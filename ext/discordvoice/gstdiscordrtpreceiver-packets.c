/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpreceiver-private.h"
#include "nackgenerator.h"

#include "../../gst-libs/gst/discord/transport/bytes.h"
#include "../../gst-libs/gst/discord/transport/rtcpfeedback.h"
#include "../../gst-libs/gst/discord/transport/rtppacket.h"

#include <gst/discord/gstdiscordmediameta.h>
#include <gst/discord/gstdiscordpayloadtypes-private.h>
#include <gst/rtp/rtp.h>

static void
count (GstDiscordRtpReceiver *self, guint64 *counter)
{
  g_mutex_lock (&self->lock);
  (*counter)++;
  g_mutex_unlock (&self->lock);
}

static gboolean
accept_stream (GstDiscordRtpReceiver *self, guint32 ssrc, gboolean video,
    GstBuffer *buffer)
{
  g_auto (GstDiscordStreamChange) change = { FALSE, NULL };
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (buffer);
  gint64 now = g_get_monotonic_time ();
  gint64 received =
      meta != NULL ? (gint64) (meta->received_time / GST_USECOND) : now;
  guint64 user_id = meta != NULL ? meta->user_id : 0;
  GstDiscordPacketVerdict verdict = gst_discord_remote_streams_packet (
      self->streams, ssrc, video, user_id, buffer, received, now, &change);

  if (change.user_changed || change.superseded != NULL)
    gst_discord_rtp_receiver_apply_change (self, ssrc, user_id, &change);
  switch (verdict) {
    case GST_DISCORD_PACKET_PASS:
      return TRUE;
    case GST_DISCORD_PACKET_HELD:
      return FALSE;
    case GST_DISCORD_PACKET_STRAGGLER:
      count (self, &self->counters.stragglers);
      return FALSE;
    case GST_DISCORD_PACKET_TOO_MANY:
      count (self, &self->counters.too_many);
      return FALSE;
    case GST_DISCORD_PACKET_OTHER_MEDIUM:
      count (self, &self->counters.unknown_payload_type);
      return FALSE;
  }
  g_return_val_if_reached (FALSE);
}

/* So that a decoder of sound never sees a packet of somebody's camera. NULL: not
 * wanted. */
static const GstDiscordPayloadType *
find_type (GstDiscordRtpReceiver *self, guint8 payload_type)
{
  const GstDiscordPayloadType *type =
      gst_discord_payload_type_find (payload_type);

  if (type == NULL || (type->rtx_payload_type != 0 && !self->video))
    return NULL;
  return type;
}

/* A jitter buffer of 1.22 drops retransmissions that it did not ask for itself,
 * and asking it would guess at packets that were never sent; so it sees an
 * ordinary packet that comes late. */
static void
unmark_restored (GstPadProbeInfo *info)
{
  GstBuffer *buffer =
      gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));

  GST_BUFFER_FLAG_UNSET (buffer, GST_RTP_BUFFER_FLAG_RETRANSMISSION);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
}

/* How far behind the others a packet may be, and not from a sender that started
 * anew, a jitter buffer guesses from their rate, of which it knows little at
 * first: in the second picture it is no more than 10. Retransmissions may be from
 * anywhere, to us and to the server, which passes what it missed on as it is; so
 * we tell. A time of 0 means 100 packets. */
#define MAX_BEHIND NACK_MAX_OUTSTANDING

/* A jitter buffer starts anew with five that follow one another, which may take a
 * while where packets are lost. */
#define N_ANEW 100

/* A sender that starts anew nearby would be late until it is where it was, seconds
 * later. Its time tells: what is late is no newer than what there was. One packet
 * may be, since pictures need not come in the order in which they are shown. */
#define N_NEWER 5

/* The least that a jitter buffer knows, 10 packets. */
#define LEAST_ORDER 1

/* Streaming thread */
typedef struct
{
  gboolean started;
  guint16 highest;
  guint32 newest; /* RTP time */
  guint behind; /* so many were too far, and nothing else since */
  guint newer; /* so many were behind and newer, and none ahead since */
  guint allowed; /* ms */
} OrderWatch;

static guint
note_order (OrderWatch *watch, guint16 sequence, guint32 timestamp)
{
  watch->highest = sequence;
  watch->newest = timestamp;
  watch->started = TRUE;
  watch->behind = watch->newer = 0;
  return GST_DISCORD_RTP_ANY_ORDER;
}

static guint
allow_order (
    OrderWatch *watch, guint16 sequence, guint32 timestamp, gboolean restored)
{
  gint16 ahead = (gint16) (sequence - watch->highest);
  gboolean newer = (gint32) (timestamp - watch->newest) > 0;

  if (restored)
    return GST_DISCORD_RTP_ANY_ORDER;
  if (!watch->started)
    return note_order (watch, sequence, timestamp);
  if (ahead > 0)
    return note_order (watch, sequence, newer ? timestamp : watch->newest);
  if (newer)
    watch->newer++;
  if (ahead >= -MAX_BEHIND && watch->newer < N_NEWER) {
    watch->behind = 0;
    return GST_DISCORD_RTP_ANY_ORDER;
  }
  if (++watch->behind == N_ANEW)
    return note_order (watch, sequence, timestamp);
  return watch->newer < N_NEWER ? 0 : LEAST_ORDER;
}

static GstPadProbeReturn
on_jitterbuffer_rtp (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gboolean restored =
      GST_BUFFER_FLAG_IS_SET (buffer, GST_RTP_BUFFER_FLAG_RETRANSMISSION);
  OrderWatch *watch = user_data;
  guint8 header[RTP_PACKET_MIN_SIZE] = { 0 };
  guint allowed;

  /* All of it is there, see below. */
  gst_buffer_extract (buffer, 0, header, sizeof (header));
  allowed = allow_order (watch, bytes_read_u16 (header + 2),
      bytes_read_u32 (header + 4), restored);
  if (allowed != watch->allowed) {
    g_autoptr (GstElement) jitterbuffer = gst_pad_get_parent_element (pad);

    watch->allowed = allowed;
    if (jitterbuffer != NULL)
      g_object_set (jitterbuffer, "max-misorder-time", allowed, NULL);
  }
  if (restored)
    unmark_restored (info);
  return GST_PAD_PROBE_OK;
}

void
gst_discord_rtp_receiver_watch_order (GstElement *jitterbuffer)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (jitterbuffer, "sink");

  g_object_set (jitterbuffer, "max-misorder-time", 0, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_jitterbuffer_rtp,
      g_new0 (OrderWatch, 1), g_free);
}

/* Probes for bandwidth are padding and nothing else. In the middle of video they
 * count, since without them their sequence numbers would be missing; they begin
 * no stream, and sound has none. */
static gboolean
is_idle_probe (GstDiscordRtpReceiver *self, GstBuffer *packet,
    const GstDiscordPayloadType *type, guint32 ssrc)
{
  return GST_BUFFER_FLAG_IS_SET (packet, GST_BUFFER_FLAG_GAP)
      && (type == NULL || type->rtx_payload_type == 0
          || !gst_discord_remote_streams_contains (self->streams, ssrc));
}

GstPadProbeReturn
gst_discord_rtp_receiver_on_rtp (
    GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstDiscordRtpReceiver *self = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gboolean restored =
      GST_BUFFER_FLAG_IS_SET (buffer, GST_RTP_BUFFER_FLAG_RETRANSMISSION);
  const GstDiscordPayloadType *type;
  guint8 header[RTP_PACKET_MIN_SIZE];
  gboolean video;
  guint32 ssrc;

  if (gst_buffer_extract (buffer, 0, header, sizeof (header))
      != sizeof (header)) {
    count (self, &self->counters.invalid);
    return GST_PAD_PROBE_DROP;
  }
  type = find_type (self, header[1] & 0x7f);
  ssrc = bytes_read_u32 (header + 8);
  if (is_idle_probe (self, buffer, type, ssrc))
    return GST_PAD_PROBE_DROP;
  if (type == NULL) {
    count (self, &self->counters.unknown_payload_type);
    return GST_PAD_PROBE_DROP;
  }
  video = type->rtx_payload_type != 0;
  if (!accept_stream (self, ssrc, video, buffer))
    return GST_PAD_PROBE_DROP;
  if (video)
    gst_discord_rtp_feedback_packet (self->feedback, ssrc,
        bytes_read_u16 (header + 2), bytes_read_u32 (header + 4), restored);
  return GST_PAD_PROBE_OK;
}

/* rtpbin plays those streams in step that have one CNAME. The server forwards
 * none, but tells whose a stream is. */
static GstBuffer *
add_cname (GstBuffer *report, guint32 ssrc, guint64 user_id)
{
  guint8 packet[RTCP_CNAME_MAX_SIZE];
  gchar cname[RTCP_CNAME_MAX];
  gsize size;

  g_snprintf (cname, sizeof (cname), "%" G_GUINT64_FORMAT "@discord", user_id);
  size = rtcp_write_cname (packet, ssrc, cname);
  return gst_buffer_append (report, gst_buffer_new_memdup (packet, size));
}

/* FALSE when it is about no stream of ours. */
static gboolean
handle_remote (GstDiscordRtpReceiver *self, const RtcpPacket *packet,
    GstPadProbeInfo *info)
{
  RtcpSenderReport report;
  guint64 user_id;
  guint32 ssrc;

  if (!rtcp_packet_sender (packet, &ssrc)
      || !gst_discord_remote_streams_contains (self->streams, ssrc))
    return FALSE;
  if (!self->video || !rtcp_packet_sender_report (packet, &report))
    return TRUE;
  gst_discord_rtp_feedback_sender_report (self->feedback, ssrc, report.ntp);
  user_id = gst_discord_remote_streams_get_user (self->streams, ssrc);
  if (user_id != 0)
    GST_PAD_PROBE_INFO_DATA (info) =
        add_cname (GST_PAD_PROBE_INFO_BUFFER (info), ssrc, user_id);
  return TRUE;
}

/* A report about an SSRC that sent nothing would make rtpbin build a whole
 * stream for it. The transport passes single packets with a sender. */
GstPadProbeReturn
gst_discord_rtp_receiver_on_rtcp (
    GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstDiscordRtpReceiver *self = user_data;
  GstBuffer *buffer = gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info));
  gboolean ours = FALSE;
  RtcpPacket packet;
  RtcpIter iter;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    gst_buffer_unref (buffer);
    return GST_PAD_PROBE_DROP;
  }
  rtcp_iter_init (&iter, map.data, map.size);
  if (rtcp_iter_next (&iter, &packet)) {
    gst_discord_video_senders_rtcp (self->senders, &packet);
    ours = handle_remote (self, &packet, info);
  }
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return ours ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}
