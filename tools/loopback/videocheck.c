/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether video may be what a client made of it. */
#include "rtpcheck.h"
#include "voiceserver.h"

#include <string.h>

#define INVALID_SSRC 4020
#define RID 11
#define REPAIRED_RID 12
#define OSN 2
#define DAVE_MARKER 0xfa
/* Of a payload, in any codec's format. */
#define LONGEST_HEADER 16

static gboolean
check_announced (gpointer user_data)
{
  LbLayer *layer = user_data;

  lb_source_clear (&layer->check);
  if (!layer->announced)
    lb_media_violate (
        layer->owner, INVALID_SSRC, "media-before-video", "Invalid SSRC");
  else if (!layer->active)
    lb_report_violation (layer->owner->server->core->report, "video-inactive",
        layer->owner->user_id, "%s", layer->rid);
  return G_SOURCE_REMOVE;
}

/* Op 12 travels by TCP, as op 5 does. */
static void
expect_announced (LbLayer *layer)
{
  LbCore *core = layer->owner->server->core;
  gint64 grace = core->settings->speaking_grace * G_GINT64_CONSTANT (1000);

  if (layer->active || layer->check != NULL)
    return;
  if (layer->announced && g_get_monotonic_time () - layer->quiet_since <= grace)
    return;
  layer->check = lb_core_timeout (
      core, (guint) core->settings->speaking_grace, check_announced, layer);
}

static gboolean
has_other_rid (const LbLayer *layer, const guint8 *packet, guint id)
{
  gsize size;
  const guint8 *rid = lb_rtp_find_element ((guint8 *) packet, id, &size);

  return rid != NULL
      && (size != strlen (layer->rid) || memcmp (rid, layer->rid, size) != 0);
}

static void
check_codec (LbLayer *layer, const LbCodec *codec)
{
  const LbVideoSide *side = &layer->owner->video;
  LbCore *core = layer->owner->server->core;

  /* An encoder of another codec is not there at once. */
  if (g_ascii_strcasecmp (codec->name, side->codec) != 0
      && g_get_monotonic_time () - side->codec_since
          > core->settings->codec_grace * G_GINT64_CONSTANT (1000))
    lb_report_violation (
        core->report, "wrong-codec", layer->owner->user_id, "%s", codec->name);
}

/* The last two bytes of a frame, however it was cut. Of a short packet only the
 * last byte is certainly the frame's: what is before it may tell of the
 * fragment, and the byte that is meant have ended the packet before. */
static void
note_tail (
    LbLayer *layer, const guint8 *packet, const guint8 *payload, gsize length)
{
  gboolean begins = lb_packet_timestamp (packet) != layer->tail_timestamp;
  gboolean follows =
      !begins && lb_packet_seq (packet) == (guint16) (layer->tail_seq + 1);
  guint8 before = length > 1 ? payload[length - 2] : 0;

  if (length > LONGEST_HEADER + 1 || before == DAVE_MARKER
      || (begins && length > 1)) {
    layer->tail[0] = before;
    layer->n_tail = 2;
  } else {
    layer->tail[0] = layer->tail[1];
    layer->n_tail = follows ? MIN (layer->n_tail + 1, 2) : 1;
  }
  layer->tail[1] = payload[length - 1];
  layer->tail_seq = lb_packet_seq (packet);
  layer->tail_timestamp = lb_packet_timestamp (packet);
}

/* An encrypted frame ends in its trailer (media-transport 12). */
static void
check_encrypted (LbLayer *layer, const guint8 *packet)
{
  LbVoiceSession *owner = layer->owner;

  if (!lb_packet_marker (packet) || layer->n_tail < 2
      || !lb_dave_forbids_clear (owner->room->dave)
      || (layer->tail[0] == DAVE_MARKER && layer->tail[1] == DAVE_MARKER))
    return;
  lb_report_violation (
      owner->server->core->report, "clear-media", owner->user_id, "video");
}

gboolean
lb_video_accept (LbLayer *layer, const guint8 *packet, gsize length)
{
  gboolean rtx = lb_packet_ssrc (packet) == layer->rtx_ssrc;
  guint pt = lb_packet_type (packet);
  const LbCodec *codec = lb_codecs_find_pt (&layer->owner->video.codecs, pt);
  const guint8 *payload;
  gsize payload_length;
  const char *wrong;

  wrong = codec == NULL || pt != (rtx ? codec->rtx_pt : codec->pt)
      ? "payload-type"
      : lb_rtp_check (packet, length, pt, &payload, &payload_length);
  if (wrong == NULL
      && (has_other_rid (layer, packet, RID)
          || has_other_rid (layer, packet, REPAIRED_RID)))
    wrong = "wrong-rid";
  if (wrong != NULL) {
    lb_media_refuse (layer->owner, wrong);
    return FALSE;
  }
  expect_announced (layer);
  lb_video_touch (layer->owner);
  if (rtx) {
    lb_report_media (layer->owner->server->core->report, layer->owner->user_id,
        LB_MEDIA_RTX_IN, 0);
    return payload_length >= OSN;
  }
  check_codec (layer, codec);
  note_tail (layer, packet, payload, payload_length);
  check_encrypted (layer, packet);
  lb_video_sent (layer, packet);
  return TRUE;
}
