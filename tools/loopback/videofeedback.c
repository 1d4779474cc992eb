/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTCP about video (media-transport 8): what clients say is acted upon, and the
 * server reports about senders. */
#include "rtpcheck.h"
#include "voiceserver.h"

#include <string.h>

#define TICK_MS 10
#define REPORT_US G_USEC_PER_SEC
/* With nothing to do for so long the clock stops. */
#define IDLE_US (5 * G_USEC_PER_SEC)
/* Media-transport 8: at most one PLI in 500 ms. */
#define KEYFRAME_US (500 * 1000)

#define RTCP_RR 201
#define RTCP_RTPFB 205
#define RTCP_PSFB 206
#define FMT_NACK 1
#define FMT_PLI 1
#define FMT_FIR 4
#define FMT_REMB 15
#define FEEDBACK_HEADER 12
#define MAX_NACK_ITEMS 253
#define BLOCK 24

static void
write_header (guint8 *packet, guint count, guint type, gsize length)
{
  packet[0] = (guint8) (0x80 | count);
  packet[1] = (guint8) type;
  lb_write_u16 (packet + 2, (guint) (length / 4 - 1));
  lb_write_u32 (packet + 4, LB_SERVER_SSRC);
}

static void
send_pli (LbLayer *layer)
{
  LbVoiceSession *owner = layer->owner;
  guint8 packet[FEEDBACK_HEADER];

  write_header (packet, FMT_PLI, RTCP_PSFB, sizeof packet);
  lb_write_u32 (packet + 8, layer->ssrc);
  lb_report_media (
      owner->server->core->report, owner->user_id, LB_MEDIA_PLI_OUT, 0);
  lb_media_send_rtcp (owner, packet, sizeof packet);
}

void
lb_video_ask_keyframe (LbLayer *layer)
{
  send_pli (layer);
  for (guint i = 0; i < layer->flows->len; i++)
    ((LbFlow *) layer->flows->pdata[i])->asked = g_get_monotonic_time ();
  lb_video_touch (layer->owner);
}

/* Sequence numbers in rising order, as PID and BLP. */
void
lb_video_send_nack (LbLayer *layer, const guint16 *seqs, guint n)
{
  LbVoiceSession *owner = layer->owner;
  guint8 packet[FEEDBACK_HEADER + 4 * MAX_NACK_ITEMS];
  gsize length = FEEDBACK_HEADER;
  guint i = 0;

  while (i < n && length < sizeof packet) {
    guint16 pid = seqs[i++], blp = 0;

    for (; i < n && (guint16) (seqs[i] - pid) <= 16 && seqs[i] != pid; i++)
      blp |= (guint16) (1u << (guint16) (seqs[i] - pid - 1));
    lb_write_u16 (packet + length, pid);
    lb_write_u16 (packet + length + 2, blp);
    length += 4;
  }
  write_header (packet, FMT_NACK, RTCP_RTPFB, length);
  lb_write_u32 (packet + 8, layer->ssrc);
  for (guint k = 0; k < i; k++)
    lb_report_media (
        owner->server->core->report, owner->user_id, LB_MEDIA_NACK_OUT, 0);
  lb_media_send_rtcp (owner, packet, length);
}

static void
resend (LbFlow *flow, guint16 pid, guint16 blp)
{
  LbVoiceSession *to = flow->to;

  for (guint i = 0; i <= 16; i++) {
    if (i > 0 && !(blp & 1u << (i - 1)))
      continue;
    lb_report_media (
        to->server->core->report, to->user_id, LB_MEDIA_NACK_IN, 0);
    lb_video_resend (flow, (guint16) (pid + i));
  }
}

static void
handle_nack (LbVoiceSession *from, const guint8 *packet, gsize length)
{
  LbLayer *layer = lb_video_find_layer (from->server, lb_read_u32 (packet + 8));
  LbFlow *flow = layer != NULL ? lb_video_find_flow (layer, from) : NULL;

  if (flow == NULL || layer->ssrc != lb_read_u32 (packet + 8)) {
    lb_report_event (
        from->server->core->report, "nack-unknown", from->user_id, NULL);
    return;
  }
  for (gsize i = FEEDBACK_HEADER; i + 4 <= length; i += 4)
    resend (flow, (guint16) lb_read_u16 (packet + i),
        (guint16) lb_read_u16 (packet + i + 2));
}

/* For the sender of a layer in the same room; PLI and FIR alike. */
static void
pass_on_keyframe_request (LbVoiceSession *from, guint32 ssrc)
{
  LbLayer *layer = lb_video_find_layer (from->server, ssrc);
  LbReport *report = from->server->core->report;

  lb_report_media (report, from->user_id, LB_MEDIA_PLI_IN, 0);
  if (layer == NULL || layer->ssrc != ssrc || layer->owner->room != from->room)
    lb_report_event (report, "pli-unknown", from->user_id, "%u", ssrc);
  else
    send_pli (layer);
}

void
lb_video_feedback (LbVoiceSession *from, const guint8 *packet, gsize length)
{
  guint fmt = packet[0] & 0x1f;

  if (packet[1] == RTCP_RTPFB && fmt == FMT_NACK)
    handle_nack (from, packet, length);
  else if (packet[1] == RTCP_PSFB && fmt == FMT_PLI)
    pass_on_keyframe_request (from, lb_read_u32 (packet + 8));
  else if (packet[1] == RTCP_PSFB && fmt == FMT_FIR
      && length >= FEEDBACK_HEADER + 8)
    pass_on_keyframe_request (from, lb_read_u32 (packet + FEEDBACK_HEADER));
  else if (packet[1] == RTCP_RR && fmt > 0)
    lb_report_event (
        from->server->core->report, "receiver-report", from->user_id, NULL);
}

void
lb_video_sender_report (LbLayer *layer, const guint8 *packet, gsize length)
{
  if (lb_packet_ssrc (packet) != layer->ssrc)
    return;
  layer->reception.last_sr = lb_read_u32 (packet + 10);
  layer->reception.last_sr_at = g_get_monotonic_time ();
  for (guint i = 0; i < layer->flows->len; i++) {
    LbFlow *flow = layer->flows->pdata[i];

    if (flow->on)
      lb_media_send_rtcp (flow->to, packet, length);
  }
}

/* RFC 3550 6.4.1. */
static void
write_block (LbReception *self, guint32 ssrc, guint8 *block)
{
  guint64 expected = self->highest - self->base + 1;
  gint64 lost = (gint64) (expected - self->received);
  gint64 expected_now = (gint64) (expected - self->expected_before);
  gint64 received_now = (gint64) (self->received - self->received_before);
  gint64 lost_now = expected_now - received_now;
  guint64 delay = (guint64) (g_get_monotonic_time () - self->last_sr_at);

  lost = CLAMP (lost, -0x800000, 0x7fffff);
  lb_write_u32 (block, ssrc);
  lb_write_u32 (block + 4, (guint32) lost & 0xffffff);
  block[4] = (guint8) (expected_now > 0 && lost_now > 0
          ? MIN (lost_now * 256 / expected_now, 255)
          : 0);
  lb_write_u32 (block + 8, (guint32) self->highest);
  lb_write_u32 (block + 12, (guint32) self->jitter);
  lb_write_u32 (block + 16, self->last_sr);
  lb_write_u32 (block + 20,
      self->last_sr != 0 ? (guint32) (delay * 65536 / G_USEC_PER_SEC) : 0);
  self->expected_before = expected;
  self->received_before = self->received;
}

static gboolean
is_watched (const LbLayer *layer)
{
  for (guint i = 0; i < layer->flows->len; i++) {
    if (((LbFlow *) layer->flows->pdata[i])->on)
      return TRUE;
  }
  return FALSE;
}

/* Only about layers somebody sees: to a sender a report means viewers. */
static void
send_report (LbVoiceSession *session)
{
  guint8 packet[8 + LB_MAX_LAYERS * BLOCK];
  gsize length = 8;

  for (guint i = 0; i < session->video.layers->len; i++) {
    LbLayer *layer = session->video.layers->pdata[i];
    LbReception *reception = &layer->reception;

    if (reception->received == reception->received_before
        || !is_watched (layer))
      continue;
    write_block (reception, layer->ssrc, packet + length);
    length += BLOCK;
  }
  if (length == 8)
    return;
  write_header (packet, (guint) (length / BLOCK), RTCP_RR, length);
  lb_media_send_rtcp (session, packet, length);
}

/* draft-alvestrand-rmcat-remb: 18 bits of mantissa, about all layers. */
static void
send_remb (LbVoiceSession *session)
{
  const GPtrArray *layers = session->video.layers;
  guint8 packet[20 + LB_MAX_LAYERS * 4] = { 0 };
  guint64 mantissa = (guint64) session->server->core->settings->remb;
  gsize length = 20 + layers->len * 4;
  guint exponent = 0;

  if (mantissa == 0 || layers->len == 0)
    return;
  for (; mantissa > 0x3ffff; mantissa >>= 1)
    exponent++;
  write_header (packet, FMT_REMB, RTCP_PSFB, length);
  memcpy (packet + 12, "REMB", 4);
  lb_write_u32 (packet + 16,
      (guint32) layers->len << 24 | exponent << 18 | (guint32) mantissa);
  for (guint i = 0; i < layers->len; i++)
    lb_write_u32 (packet + 20 + 4 * i, ((LbLayer *) layers->pdata[i])->ssrc);
  lb_media_send_rtcp (session, packet, length);
}

static void
send_twcc (LbVoiceSession *session)
{
  LbVideoSide *side = &session->video;
  guint8 packet[1200];
  gsize length;

  if (side->arrivals == NULL)
    return;
  length = lb_arrival_log_build (side->arrivals,
      ((LbLayer *) side->layers->pdata[0])->ssrc, packet, sizeof packet);
  if (length > 0)
    lb_media_send_rtcp (session, packet, length);
}

static void
ask_again (LbLayer *layer, gint64 now)
{
  for (guint i = 0; i < layer->flows->len; i++) {
    LbFlow *flow = layer->flows->pdata[i];

    if (flow->pending && now - flow->asked >= KEYFRAME_US) {
      lb_video_ask_keyframe (layer);
      return;
    }
  }
}

static gboolean
is_due (gint64 *last, gint64 now, gint64 interval)
{
  if (interval == 0 || now - *last < interval)
    return FALSE;
  *last = now;
  return TRUE;
}

static gboolean
on_tick (gpointer user_data)
{
  LbVoiceSession *session = user_data;
  LbVideoSide *side = &session->video;
  const LbSettings *settings = session->server->core->settings;
  gint64 now = g_get_monotonic_time ();
  gboolean busy = now - side->last_packet < IDLE_US;

  for (guint i = 0; i < side->layers->len; i++) {
    LbLayer *layer = side->layers->pdata[i];

    lb_missing_ask (layer->missing, layer);
    ask_again (layer, now);
    lb_video_judge (layer, now - settings->repair_window * 1000);
    busy |= !lb_frames_is_empty (layer->frames);
  }
  if (is_due (&side->last_report, now, REPORT_US)) {
    send_report (session);
    send_remb (session);
  }
  if (is_due (&side->last_twcc, now,
          settings->twcc_interval * G_GINT64_CONSTANT (1000)))
    send_twcc (session);
  if (busy)
    return G_SOURCE_CONTINUE;
  lb_source_clear (&side->tick);
  return G_SOURCE_REMOVE;
}

void
lb_video_touch (LbVoiceSession *session)
{
  LbVideoSide *side = &session->video;

  side->last_packet = g_get_monotonic_time ();
  if (side->tick != NULL)
    return;
  side->last_report = side->last_twcc = side->last_packet;
  side->tick =
      lb_core_timeout (session->server->core, TICK_MS, on_tick, session);
}
