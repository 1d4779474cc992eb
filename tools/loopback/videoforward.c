/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video packets from the sender's layer to those who get it, and again when they
 * ask (media-transport 9). */
#include "rtpcheck.h"
#include "voiceserver.h"

#include <string.h>

#define MAX_PACKET 2048
#define RTP_HEADER 12
#define TRANSPORT_SEQUENCE 5
#define RID 11
#define REPAIRED_RID 12
#define OSN 2
/* No repair comes as late as that. */
#define YOUTH 4096

/* The element keeps its content (media-transport 3). */
static void
rename_element (guint8 *packet, guint from, guint to)
{
  gsize size;
  guint8 *rid = lb_rtp_find_element (packet, from, &size);

  if (rid != NULL)
    rid[-1] = (guint8) (to << 4 | (size - 1));
}

/* Where the payload of a packet that passed its check begins. */
static gsize
payload_offset (const guint8 *packet, gsize length)
{
  gsize clear = lb_rtp_clear_size (packet, length);

  return packet[0] & 0x10 ? clear + 4u * lb_read_u16 (packet + clear - 2)
                          : clear;
}

/* By the receiver's own table; 0: it cannot decode this. */
static guint
map_type (const LbFlow *flow, guint pt, gboolean rtx)
{
  const LbCodec *theirs =
      lb_codecs_find_pt (&flow->layer->owner->video.codecs, pt);
  const LbCodec *ours = theirs != NULL
      ? lb_codecs_find (&flow->to->video.codecs, theirs->name)
      : NULL;

  if (ours == NULL || !ours->decode)
    return 0;
  return rtx ? ours->rtx_pt : ours->pt;
}

static void
dispatch (LbFlow *flow, const LbVideoMark *mark, const guint8 *packet,
    gsize length, guint pt)
{
  LbCore *core = flow->to->server->core;

  if (flow->to->media.frozen || !flow->to->media.ready)
    return;
  if (lb_core_chance (core, core->settings->video_loss_to_client)) {
    lb_report_media (core->report, flow->to->user_id, LB_MEDIA_LOST, 0);
    return;
  }
  if (lb_core_chance (core, core->settings->video_garbage))
    lb_video_send_garbage (flow, packet);
  lb_media_deliver (flow->to, mark, packet, length, pt);
}

/* Repairs of what was before its receiver got the layer are not for it: what is
 * between them and the first packet it would never get, and not ask for. */
static gboolean
is_from_before (LbFlow *flow, guint16 seq, gboolean repaired)
{
  gint16 ahead;

  if (!flow->begun) {
    if (repaired)
      return TRUE;
    flow->begun = flow->young = TRUE;
    flow->first = seq;
  }
  ahead = (gint16) (seq - flow->first);
  if (ahead > YOUTH)
    flow->young = FALSE;
  return repaired && flow->young && ahead < 0;
}

static void
forward (LbFlow *flow, const guint8 *packet, gsize length, gboolean repaired)
{
  guint pt = map_type (flow, lb_packet_type (packet), FALSE);
  LbVideoMark mark = {
    .ssrc = flow->layer->ssrc,
    .seq = lb_packet_seq (packet),
    .repair = repaired,
  };

  if (!is_from_before (flow, mark.seq, repaired) && pt != 0)
    dispatch (flow, &mark, packet, length, pt);
  else
    lb_arrivals_expect (flow->arrivals, mark.seq, FALSE);
}

void
lb_video_resend (LbFlow *flow, guint16 seq)
{
  LbCore *core = flow->to->server->core;
  LbVideoMark mark = { flow->layer->ssrc, seq, TRUE };
  guint8 packet[MAX_PACKET];
  GBytes *kept = lb_packet_cache_get (flow->layer->cache, seq);
  gsize length, offset;
  const guint8 *data;
  guint pt;

  if (kept == NULL)
    return;
  data = g_bytes_get_data (kept, &length);
  pt = map_type (flow, lb_packet_type (data), TRUE);
  if (pt == 0 || length + OSN > sizeof packet)
    return;
  offset = payload_offset (data, length);
  memcpy (packet, data, offset);
  rename_element (packet, RID, REPAIRED_RID);
  lb_write_u16 (packet + 2, flow->rtx_seq++);
  lb_write_u32 (packet + 8, flow->layer->rtx_ssrc);
  lb_write_u16 (packet + offset, seq);
  memcpy (packet + offset + OSN, data + offset, length - offset);
  lb_report_media (core->report, flow->to->user_id, LB_MEDIA_RTX_OUT, 0);
  dispatch (flow, &mark, packet, length + OSN, pt);
}

/* Back to what it was; the length of @packet, or 0. */
static gsize
restore (LbLayer *layer, const guint8 *rtx, gsize length, guint8 *packet)
{
  const LbCodec *codec =
      lb_codecs_find_pt (&layer->owner->video.codecs, lb_packet_type (rtx));
  gsize offset = payload_offset (rtx, length);

  if (codec == NULL || length < offset + OSN)
    return 0;
  memcpy (packet, rtx, offset);
  rename_element (packet, REPAIRED_RID, RID);
  packet[1] = (guint8) ((packet[1] & 0x80) | codec->pt);
  memcpy (packet + 2, rtx + offset, OSN);
  lb_write_u32 (packet + 8, layer->ssrc);
  memcpy (packet + offset, rtx + offset + OSN, length - offset - OSN);
  return length - OSN;
}

/* RFC 3550 A.1 and A.8, without the probation. */
static void
note_reception (LbReception *self, guint16 seq, guint32 timestamp)
{
  gint64 arrival = g_get_monotonic_time () * 90 / 1000;
  gint64 transit = arrival - timestamp;
  gint16 ahead = (gint16) (seq - (guint16) self->highest);

  if (self->received++ == 0) {
    self->highest = self->base = seq;
  } else {
    gint32 change = (gint32) (transit - self->transit);

    if (ahead > 0)
      self->highest += (guint64) ahead;
    self->jitter += (ABS ((double) change) - self->jitter) / 16;
  }
  self->transit = transit;
}

static gboolean
begins_picture (const LbLayer *layer, const guint8 *packet, gsize length)
{
  const LbCodec *codec =
      lb_codecs_find_pt (&layer->owner->video.codecs, lb_packet_type (packet));
  gsize offset = payload_offset (packet, length);

  return codec != NULL
      && lb_video_starts_keyframe (
          codec->name, packet + offset, length - offset);
}

/* @packet as its sender made it first, come one way or the other. */
static void
take (LbLayer *layer, const guint8 *packet, gsize length, gboolean repaired)
{
  guint16 seq = lb_packet_seq (packet);
  gboolean key;

  if (!lb_packet_cache_put (layer->cache, packet, length))
    return;
  lb_missing_arrived (layer->missing, layer, seq);
  lb_arrivals_came (layer->arrivals, seq, repaired);
  key = !repaired && begins_picture (layer, packet, length);
  for (guint i = 0; i < layer->flows->len; i++) {
    LbFlow *flow = layer->flows->pdata[i];

    if (flow->pending && key)
      lb_video_switch (flow);
    if (flow->on)
      forward (flow, packet, length, repaired);
  }
}

/* Media-transport 3.3: one count over all layers and their retransmissions. */
static void
note_transport (LbVoiceSession *session, const guint8 *packet)
{
  LbVideoSide *side = &session->video;
  gsize size;
  const guint8 *number =
      lb_rtp_find_element ((guint8 *) packet, TRANSPORT_SEQUENCE, &size);

  if (number == NULL || session->server->core->settings->twcc_interval == 0)
    return;
  if (side->arrivals == NULL)
    side->arrivals = lb_arrival_log_new ();
  lb_arrival_log_add (
      side->arrivals, (guint16) lb_read_u16 (number), g_get_monotonic_time ());
}

void
lb_video_arrived (LbLayer *layer, const guint8 *packet, gsize length)
{
  guint8 original[MAX_PACKET];

  note_transport (layer->owner, packet);
  if (lb_packet_ssrc (packet) == layer->ssrc) {
    note_reception (&layer->reception, lb_packet_seq (packet),
        lb_packet_timestamp (packet));
    take (layer, packet, length, FALSE);
    return;
  }
  length = restore (layer, packet, length, original);
  if (length > 0)
    take (layer, original, length, TRUE);
}

void
lb_video_delivered (LbVoiceSession *to, const LbVideoMark *mark)
{
  LbLayer *layer = lb_video_find_layer (to->server, mark->ssrc);
  LbFlow *flow = layer != NULL ? lb_video_find_flow (layer, to) : NULL;

  if (flow != NULL)
    lb_arrivals_came (flow->arrivals, mark->seq, mark->repair);
}
