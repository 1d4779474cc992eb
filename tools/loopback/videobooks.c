/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of each frame on its way to the server, and from its sender to
 * each who was to get it. */
#include "rtpcheck.h"
#include "voiceserver.h"

void
lb_video_sent (LbLayer *layer, const guint8 *packet)
{
  guint16 seq = lb_packet_seq (packet);

  lb_frames_sent (layer->frames, seq, lb_packet_timestamp (packet),
      g_get_monotonic_time ());
  lb_arrivals_expect (layer->arrivals, seq, TRUE);
  for (guint i = 0; i < layer->flows->len; i++) {
    LbFlow *flow = layer->flows->pdata[i];

    lb_arrivals_expect (flow->arrivals, seq, flow->on);
  }
}

static void
count (const LbVoiceSession *session, LbFrameFate fate, LbMediaCount all,
    LbMediaCount repaired, LbMediaCount lost)
{
  LbReport *report = session->server->core->report;

  if (fate == LB_FRAME_NOT_MEANT)
    return;
  lb_report_media (report, session->user_id, all, 0);
  if (fate == LB_FRAME_REPAIRED)
    lb_report_media (report, session->user_id, repaired, 0);
  else if (fate == LB_FRAME_LOST)
    lb_report_media (report, session->user_id, lost, 0);
}

static void
judge_frame (guint16 first, guint n, gpointer user_data)
{
  LbLayer *layer = user_data;

  count (layer->owner, lb_arrivals_fate (layer->arrivals, first, n),
      LB_MEDIA_FRAMES_IN, LB_MEDIA_FRAMES_IN_REPAIRED, LB_MEDIA_FRAMES_IN_LOST);
  for (guint i = 0; i < layer->flows->len; i++) {
    LbFlow *flow = layer->flows->pdata[i];

    count (flow->to, lb_arrivals_fate (flow->arrivals, first, n),
        LB_MEDIA_FRAMES_OUT, LB_MEDIA_FRAMES_OUT_REPAIRED,
        LB_MEDIA_FRAMES_OUT_LOST);
  }
}

void
lb_video_judge (LbLayer *layer, gint64 before)
{
  lb_frames_judge (layer->frames, before, judge_frame, layer);
}
