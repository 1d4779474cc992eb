/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video and feedback that a receiver has to survive; nothing in it is wrong with
 * the encryption or the lengths of RTP, which the other faults take care of. */
#include "rtpcheck.h"
#include "voiceserver.h"

#include <string.h>

#define HEADER 12
#define RTPFB 205
#define PSFB 206
/* Kept for probes (voice gateway 2.4). */
#define PROBE_PT 96
#define NACK_ITEMS 200

static void
send_rtp (LbFlow *flow, const guint8 *head, guint32 ssrc, guint pt,
    const char *payload, gsize length)
{
  guint8 packet[64];

  memcpy (packet, head, HEADER);
  packet[0] = 0x80;
  lb_write_u32 (packet + 8, ssrc);
  memcpy (packet + HEADER, payload, length);
  lb_media_deliver (flow->to, NULL, packet, HEADER + length, pt);
}

static void
send_feedback (LbFlow *flow, guint type, guint fmt, guint items)
{
  GRand *rand = flow->to->server->core->rand;
  guint8 packet[HEADER + 4 * NACK_ITEMS];

  packet[0] = (guint8) (0x80 | fmt);
  packet[1] = (guint8) type;
  lb_write_u16 (packet + 2, 2 + items);
  lb_write_u32 (packet + 4, LB_SERVER_SSRC);
  lb_write_u32 (packet + 8, flow->layer->ssrc);
  for (guint i = 0; i < items; i++)
    lb_write_u32 (packet + HEADER + 4 * i, g_rand_int (rand));
  lb_media_send_rtcp (flow->to, packet, HEADER + 4 * items);
}

void
lb_video_send_garbage (LbFlow *flow, const guint8 *packet)
{
  const LbCodecs *codecs = &flow->to->video.codecs;
  const LbCodec *codec =
      lb_codecs_find (codecs, flow->layer->owner->video.codec);
  guint32 ssrc = flow->layer->ssrc, rtx_ssrc = flow->layer->rtx_ssrc;
  GRand *rand = flow->to->server->core->rand;
  guint rtx_pt = codec != NULL && codec->rtx_pt != 0 ? codec->rtx_pt : PROBE_PT;

  switch (g_rand_int_range (rand, 0, 8)) {
    case 0: /* a payload type nobody declared */
      send_rtp (flow, packet, ssrc, PROBE_PT, "probe", 5);
      break;
    case 1: /* audio where video was */
      send_rtp (flow, packet, ssrc, codecs->opus_pt, "opus", 4);
      break;
    case 2: /* retransmission by nobody */
      send_rtp (flow, packet, g_rand_int (rand), rtx_pt, "\x00\x01x", 3);
      break;
    case 3: /* and of nothing */
      send_rtp (flow, packet, rtx_ssrc, rtx_pt, "\x00", 1);
      break;
    case 4: /* a probe: a packet from long ago */
      send_rtp (flow, packet, rtx_ssrc, rtx_pt, "\x00\x01x", 3);
      break;
    case 5: /* NACKs without end, for what they never sent */
      send_feedback (flow, RTPFB, 1, NACK_ITEMS);
      break;
    case 6: /* transport-wide feedback about more than it has room for */
      send_feedback (flow, RTPFB, 15, 2);
      break;
    default: /* of the application layer, but no REMB */
      send_feedback (flow, PSFB, 15, 2);
      break;
  }
}
