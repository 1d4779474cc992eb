/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients send: whose it is, whether it may be, and what it is. */
#include "rtpcheck.h"
#include "voiceserver.h"

#include <string.h>

#define MAX_DATAGRAM 2048
#define RTCP_SR 200
/* Media-transport 2.4: packets under way when the key changed. */
#define OLD_KEY_US (5 * G_USEC_PER_SEC)
static const guint8 opus_silence[] = { 0xf8, 0xff, 0xfe };

guint64
lb_address_key (const struct sockaddr_in *address)
{
  return (guint64) address->sin_addr.s_addr << 16 | address->sin_port;
}

void
lb_media_clear (LbVoiceSession *session)
{
  LbMedia *media = &session->media;
  guint64 key = lb_address_key (&media->address);
  GHashTable *addresses = session->server->addresses;

  lb_source_clear (&media->speaking_check);
  if (g_hash_table_lookup (addresses, &key) == session)
    g_hash_table_remove (addresses, &key);
  g_clear_pointer (&media->key, lb_key_free);
  g_clear_pointer (&media->old_key, lb_key_free);
  g_clear_pointer (&media->last, g_byte_array_unref);
  media->ready = FALSE;
}

void
lb_media_select (LbVoiceSession *session, const struct sockaddr_in *address,
    LbCipher cipher, guint opus_pt, const guint8 key[32])
{
  LbMedia *media = &session->media;
  guint64 old = lb_address_key (&media->address);
  guint64 now = lb_address_key (address);
  GHashTable *addresses = session->server->addresses;

  if (g_hash_table_lookup (addresses, &old) == session)
    g_hash_table_remove (addresses, &old);
  g_hash_table_insert (addresses, g_memdup2 (&now, sizeof now), session);
  g_clear_pointer (&media->old_key, lb_key_free);
  media->old_key = media->key;
  media->old_key_until = g_get_monotonic_time () + OLD_KEY_US;
  media->key = lb_key_new (cipher, key);
  media->cipher = cipher;
  media->opus_pt = opus_pt;
  media->address = *address;
  if (media->last == NULL)
    media->last = g_byte_array_new ();
  media->ready = TRUE;
}

void
lb_media_violate (
    LbVoiceSession *session, guint code, const char *name, const char *detail)
{
  if (session->peer != NULL)
    lb_peer_violate (session->peer, code, name, "%s", detail);
  else
    lb_report_violation (
        session->server->core->report, name, session->user_id, "%s", detail);
}

void
lb_media_refuse (LbVoiceSession *session, const char *name)
{
  LbReport *report = session->server->core->report;

  lb_report_media (report, session->user_id, LB_MEDIA_REFUSED, 0);
  lb_report_violation (report, name, session->user_id, NULL);
}

/* Who may send from @from; reports when nobody may. */
static LbVoiceSession *
find_sender (
    LbVoiceServer *server, const struct sockaddr_in *from, guint32 ssrc)
{
  guint64 key = lb_address_key (from);
  LbVoiceSession *session = g_hash_table_lookup (server->addresses, &key);

  if (session != NULL)
    return session;
  session = g_hash_table_lookup (server->sessions, GUINT_TO_POINTER (ssrc));
  lb_report_event (server->core->report, "stranger",
      session != NULL ? session->user_id : 0, NULL);
  return NULL;
}

/* NULL: not encrypted with a key of this session. */
static LbKey *
open_packet (LbMedia *media, const guint8 *data, gsize length, gsize clear,
    guint8 *plain)
{
  if (lb_key_open (media->key, data, length, clear, plain))
    return media->key;
  if (media->old_key != NULL && g_get_monotonic_time () < media->old_key_until
      && lb_key_open (media->old_key, data, length, clear, plain))
    return media->old_key;
  return NULL;
}

static gboolean
check_speaking (gpointer user_data)
{
  LbVoiceSession *session = user_data;

  lb_source_clear (&session->media.speaking_check);
  if (!session->announced)
    lb_media_violate (session, 4020, "media-before-speaking", "Invalid SSRC");
  else if (session->speaking == 0)
    lb_report_violation (
        session->server->core->report, "speaking-zero", session->user_id, NULL);
  return G_SOURCE_REMOVE;
}

/* Op 5 travels by TCP and may be later than the audio it announces, or earlier
 * than the last of what it ends. */
static void
expect_speaking (LbVoiceSession *session, gboolean silence)
{
  LbMedia *media = &session->media;
  LbCore *core = session->server->core;
  gint64 grace = core->settings->speaking_grace * G_GINT64_CONSTANT (1000);

  if (session->speaking != 0 || media->speaking_check != NULL)
    return;
  if (session->announced
      && (silence || g_get_monotonic_time () - media->quiet_since <= grace))
    return;
  media->speaking_check = lb_core_timeout (
      core, (guint) core->settings->speaking_grace, check_speaking, session);
}

void
lb_media_speaking_changed (LbVoiceSession *session)
{
  lb_source_clear (&session->media.speaking_check);
  if (session->speaking == 0)
    session->media.quiet_since = g_get_monotonic_time ();
}

static gboolean
accept_rtp (LbVoiceSession *session, const guint8 *packet, gsize length)
{
  const guint8 *payload;
  gsize payload_length;
  const char *wrong = lb_rtp_check (
      packet, length, session->media.opus_pt, &payload, &payload_length);
  gboolean silence;

  if (wrong != NULL) {
    lb_media_refuse (session, wrong);
    return FALSE;
  }
  silence = payload_length == sizeof opus_silence
      && memcmp (payload, opus_silence, sizeof opus_silence) == 0;
  expect_speaking (session, silence);
  if (!silence && lb_dave_forbids_clear (session->room->dave)
      && !lb_dave_is_frame (payload, payload_length))
    lb_report_violation (
        session->server->core->report, "clear-media", session->user_id, NULL);
  return TRUE;
}

static gboolean
accept_rtcp (LbVoiceSession *session, const guint8 *packet, gsize length)
{
  const char *wrong = lb_rtcp_check (packet, length);

  if (wrong != NULL)
    lb_media_refuse (session, wrong);
  return wrong == NULL;
}

/* Media-transport 8: feedback comes from the audio SSRC, always. */
static gboolean
accept_sender_report (
    LbVoiceSession *session, const guint8 *packet, gsize length)
{
  if (packet[1] == RTCP_SR)
    return accept_rtcp (session, packet, length);
  lb_media_refuse (session, "rtcp-sender");
  return FALSE;
}

/* Its audio SSRC, and for what is video those of its layers. */
static gboolean
accept_plain (LbVoiceSession *session, const guint8 *packet, gsize length)
{
  guint32 ssrc = lb_packet_ssrc (packet);
  LbLayer *layer = lb_video_find_layer (session->server, ssrc);
  gboolean rtcp = lb_is_rtcp (packet);

  /* Golive 4: reports and feedback are all a viewer sends. */
  if (!rtcp && session->only_watches) {
    lb_media_refuse (session, "viewer-sends");
    return FALSE;
  }
  if (layer != NULL && layer->owner == session)
    return rtcp ? accept_sender_report (session, packet, length)
                : lb_video_accept (layer, packet, length);
  if (ssrc != session->ssrc) {
    lb_media_violate (session, 4020, "ssrc-not-owned", "media");
    return FALSE;
  }
  return rtcp ? accept_rtcp (session, packet, length)
              : accept_rtp (session, packet, length);
}

/* Decrypts and checks; FALSE: it was refused and reported. */
static gboolean
accept_packet (
    LbVoiceSession *session, const guint8 *data, gsize length, guint8 *plain)
{
  gsize clear = lb_rtp_clear_size (data, length);
  LbKey *key;

  if (clear == 0 || length < clear + LB_OVERHEAD) {
    lb_media_refuse (session, "rtp-short");
    return FALSE;
  }
  key = open_packet (&session->media, data, length, clear, plain);
  if (key == NULL) {
    lb_media_refuse (session, "undecryptable");
    return FALSE;
  }
  if (!lb_key_note_nonce (key, data + length - 4)) {
    lb_media_refuse (session, "nonce-reuse");
    return FALSE;
  }
  return accept_plain (session, plain, length - LB_OVERHEAD);
}

void
lb_media_receive (LbVoiceServer *server, const struct sockaddr_in *from,
    const guint8 *data, gsize length)
{
  LbCore *core = server->core;
  guint8 plain[MAX_DATAGRAM];
  LbVoiceSession *session = find_sender (server, from, lb_packet_ssrc (data));
  gboolean rtcp = lb_is_rtcp (data);

  if (session == NULL || session->media.frozen
      || !accept_packet (session, data, length, plain))
    return;
  lb_report_media (core->report, session->user_id,
      rtcp ? LB_MEDIA_RTCP_IN : LB_MEDIA_RTP_IN, length);
  if (core->tap != NULL && !rtcp)
    core->tap (session->user_id, plain, length - LB_OVERHEAD, core->tap_data);
  if (!rtcp && lb_packet_ssrc (plain) != session->ssrc
      && lb_core_chance (core, core->settings->video_loss_to_server)) {
    lb_report_media (core->report, session->user_id, LB_MEDIA_LOST, 0);
    return;
  }
  lb_udp_arrived (
      server->udp, from, session->ssrc, plain, length - LB_OVERHEAD);
}
