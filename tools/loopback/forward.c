/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What members hear of each other, and what may be wrong with it. */
#include "rtpcheck.h"
#include "voiceserver.h"
#include "world.h"

#include <string.h>

#define MAX_DATAGRAM 2048
#define MAX_PAD 64
#define RTCP_SR 200

static void
send_sealed (LbVoiceSession *to, const guint8 *packet, gsize length)
{
  guint8 datagram[MAX_DATAGRAM];
  gsize clear = lb_rtp_clear_size (packet, length);

  if (length + LB_OVERHEAD > sizeof datagram)
    return;
  if (!lb_key_seal (to->media.key, packet, length, clear, datagram)) {
    lb_report_event (
        to->server->core->report, "key-used-up", to->user_id, NULL);
    return;
  }
  lb_udp_send (
      to->server->udp, &to->media.address, datagram, length + LB_OVERHEAD);
}

/* RTP that promises more than it holds, in the ways a parser can be led on;
 * where the tag is right the lie is behind it. */
static void
send_lies (LbVoiceSession *to, const guint8 *packet)
{
  GRand *rand = to->server->core->rand;
  struct sockaddr_in *address = &to->media.address;
  guint8 lie[64];

  for (guint i = 0; i < sizeof lie; i++)
    lie[i] = (guint8) g_rand_int (rand);
  memcpy (lie, packet, 12);
  lie[0] = 0x80;
  switch (g_rand_int_range (rand, 0, 6)) {
    case 0: /* extension longer than the packet */
      lie[0] = 0x90;
      memcpy (lie + 12, "\xbe\xde\x7f\xff", 4);
      send_sealed (to, lie, 32);
      break;
    case 1: /* more padding than packet */
      lie[0] = 0xa0;
      lie[31] = 255;
      send_sealed (to, lie, 32);
      break;
    case 2: /* padding of nothing */
      lie[0] = 0xa0;
      lie[31] = 0;
      send_sealed (to, lie, 32);
      break;
    case 3: /* CSRCs beyond the end */
      lie[0] = 0x8f;
      lb_udp_send (to->server->udp, address, lie, 40);
      break;
    case 4: /* a bare header */
      lb_udp_send (to->server->udp, address, lie, 12);
      break;
    default: /* RTCP of 256 KiB, it says */
      memcpy (lie, "\x9f\xc8\xff\xff", 4);
      send_sealed (to, lie, 32);
      break;
  }
}

static void
add_padding (LbVoiceSession *to, guint8 *packet, gsize *length)
{
  gsize pad = (gsize) g_rand_int_range (to->server->core->rand, 1, MAX_PAD);

  packet[0] |= 0x20;
  memset (packet + *length, 0, pad);
  *length += pad;
  packet[*length - 1] = (guint8) pad;
}

/* The last but one stays for the replay fault. */
static void
replay_older (LbVoiceSession *to, const guint8 *datagram, gsize length)
{
  LbCore *core = to->server->core;
  GByteArray *last = to->media.last;

  if (last->len > 0 && lb_core_chance (core, core->settings->replay))
    lb_udp_send (to->server->udp, &to->media.address, last->data, last->len);
  g_byte_array_set_size (last, 0);
  g_byte_array_append (last, datagram, (guint) length);
}

void
lb_media_deliver (LbVoiceSession *to, const LbVideoMark *mark,
    const guint8 *original, gsize length, guint pt)
{
  LbCore *core = to->server->core;
  const LbSettings *settings = core->settings;
  guint8 packet[MAX_DATAGRAM];
  guint8 datagram[MAX_DATAGRAM];
  gsize clear = lb_rtp_clear_size (original, length);

  if (length + MAX_PAD + LB_OVERHEAD > sizeof packet)
    return;
  memcpy (packet, original, length);
  /* Each member hears by its own payload types. */
  packet[1] = (guint8) ((packet[1] & 0x80) | pt);
  if (!(packet[0] & 0x20) && lb_core_chance (core, settings->padding))
    add_padding (to, packet, &length);
  if (lb_core_chance (core, settings->lying))
    send_lies (to, packet);
  if (!lb_key_seal (to->media.key, packet, length, clear, datagram)) {
    lb_report_event (core->report, "key-used-up", to->user_id, NULL);
    return;
  }
  length += LB_OVERHEAD;
  if (lb_core_chance (core, settings->stranger))
    lb_udp_send_as_stranger (
        to->server->udp, &to->media.address, datagram, length);
  lb_udp_send_video (
      to->server->udp, &to->media.address, mark, datagram, length);
  lb_report_media (core->report, to->user_id, LB_MEDIA_RTP_OUT, length);
  if (settings->replay > 0)
    replay_older (to, datagram, length);
}

void
lb_media_send_rtcp (LbVoiceSession *to, const guint8 *packet, gsize length)
{
  if (!to->media.ready || to->media.frozen)
    return;
  send_sealed (to, packet, length);
  lb_report_media (to->server->core->report, to->user_id, LB_MEDIA_RTCP_OUT,
      length + LB_OVERHEAD);
}

static gboolean
hears (const LbVoiceSession *session)
{
  LbCore *core = session->server->core;
  LbVoiceState *state;

  if (!session->media.ready || session->media.frozen)
    return FALSE;
  if (!core->settings->deaf_drops)
    return TRUE;
  state = lb_world_find (core->world, session->server_id, session->user_id);
  return state == NULL || !(state->is.self_deaf || state->deaf);
}

void
lb_media_spread (LbRoom *room, const LbVoiceSession *except,
    const guint8 *packet, gsize length)
{
  gboolean rtcp = lb_is_rtcp (packet);

  for (guint i = 0; i < room->members->len; i++) {
    LbVoiceSession *member = room->members->pdata[i];

    if (member == except || !hears (member))
      continue;
    if (!rtcp) {
      lb_media_deliver (member, NULL, packet, length, member->media.opus_pt);
      continue;
    }
    lb_media_send_rtcp (member, packet, length);
  }
}

/* Server mutes and stage audience. */
static gboolean
is_silenced (const LbVoiceSession *session)
{
  LbVoiceState *state = lb_world_find (
      session->server->core->world, session->server_id, session->user_id);

  return state != NULL && (state->mute || state->suppress);
}

static void
forward_video (LbLayer *layer, const guint8 *packet, gsize length)
{
  if (lb_is_rtcp (packet))
    lb_video_sender_report (layer, packet, length);
  else
    lb_video_arrived (layer, packet, length);
}

void
lb_media_forward (
    LbVoiceServer *server, guint32 ssrc, const guint8 *packet, gsize length)
{
  LbVoiceSession *session =
      g_hash_table_lookup (server->sessions, GUINT_TO_POINTER (ssrc));

  LbLayer *layer;

  /* It may have left while the packet was under way. */
  if (session == NULL || session->room == NULL)
    return;
  /* Receiver reports and feedback are for the server itself. */
  if (lb_is_rtcp (packet) && packet[1] != RTCP_SR) {
    lb_video_feedback (session, packet, length);
    return;
  }
  layer = lb_video_find_layer (server, lb_packet_ssrc (packet));
  if (layer != NULL) {
    forward_video (layer, packet, length);
    return;
  }
  if (is_silenced (session))
    return;
  lb_media_spread (session->room, session, packet, length);
  if (session->room->echo != NULL && !lb_is_rtcp (packet))
    lb_echo_hear (session->room->echo, session, packet, length);
}
