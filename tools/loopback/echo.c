/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A member that says again what it hears, so that one person alone can hear
 * themself. One speaker at a time: it has one SSRC. */
#include "rtpcheck.h"
#include "voiceserver.h"

/* After so much quiet another speaker may have the echo. */
#define HOLD_US G_USEC_PER_SEC
#define FRAME_TICKS 960

struct _LbEcho
{
  LbRoom *room;
  LbVoiceSession *session;
  LbImpair *later;
  LbPath no_faults;
  guint32 speaker; /* SSRC of who is echoed; 0: nobody */
  gint64 last_heard;
  guint16 seq_offset;
  guint32 timestamp_offset;
  guint16 last_seq; /* as sent */
  guint32 last_timestamp;
};

static void
say (const LbParcel *parcel, gpointer owner)
{
  LbEcho *self = owner;

  lb_media_spread (self->room, self->session, parcel->data, parcel->length);
}

static void
never_lost (const LbParcel *parcel, gpointer owner)
{
}

LbEcho *
lb_echo_new (LbRoom *room)
{
  static const LbImpairCallbacks callbacks = { say, never_lost };
  LbEcho *self = g_new0 (LbEcho, 1);
  g_autofree char *name =
      g_strdup_printf ("echo %" G_GUINT64_FORMAT, room->channel_id);

  self->room = room;
  self->session = lb_room_add_built_in (room, lb_token_user (name));
  self->session->is_echo = TRUE;
  self->session->speaking = 1;
  self->later =
      lb_impair_new (room->server->core, &self->no_faults, &callbacks, self);
  return self;
}

void
lb_echo_free (LbEcho *self)
{
  lb_impair_free (self->later);
  g_free (self);
}

/* The stream goes on where the speaker before stopped. */
static gboolean
take_speaker (LbEcho *self, guint32 ssrc, const guint8 *packet)
{
  gint64 now = g_get_monotonic_time ();

  if (self->speaker != ssrc) {
    if (self->speaker != 0 && now - self->last_heard < HOLD_US)
      return FALSE;
    self->speaker = ssrc;
    self->seq_offset = (guint16) (self->last_seq + 1 - lb_packet_seq (packet));
    self->timestamp_offset =
        self->last_timestamp + FRAME_TICKS - lb_packet_timestamp (packet);
  }
  self->last_heard = now;
  return TRUE;
}

static void
rewrite (LbEcho *self, guint8 *packet)
{
  guint16 seq = (guint16) (lb_packet_seq (packet) + self->seq_offset);
  guint32 timestamp = lb_packet_timestamp (packet) + self->timestamp_offset;

  lb_write_u16 (packet + 2, seq);
  lb_write_u32 (packet + 4, timestamp);
  lb_write_u32 (packet + 8, self->session->ssrc);
  self->last_seq = seq;
  self->last_timestamp = timestamp;
}

void
lb_echo_hear (
    LbEcho *self, LbVoiceSession *speaker, const guint8 *packet, gsize length)
{
  g_autofree guint8 *copy = NULL;
  LbParcel parcel = { .length = length };
  int delay = self->room->server->core->settings->echo_delay;

  if (!take_speaker (self, speaker->ssrc, packet))
    return;
  copy = g_memdup2 (packet, length);
  rewrite (self, copy);
  parcel.data = copy;
  if (delay > 0)
    lb_impair_hold (self->later, &parcel, (guint) delay);
  else
    say (&parcel, self);
}
