/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a layer did not come to the server, and asking for it (media-transport
 * 9.2, with the server as the receiver). */
#include "voiceserver.h"

/* More at once is no loss but another stream, or an outage. */
#define MAX_GAP 1000
#define MAX_ASKED 10
#define MAX_OUTSTANDING 1000

typedef struct
{
  guint16 seq;
  guint asked;
  gint64 due;
} Missing;

struct _LbMissing
{
  GArray *list; /* Missing, by sequence */
  gboolean started;
  guint16 highest;
};

LbMissing *
lb_missing_new (void)
{
  LbMissing *self = g_new0 (LbMissing, 1);

  self->list = g_array_new (FALSE, FALSE, sizeof (Missing));
  return self;
}

void
lb_missing_free (LbMissing *self)
{
  g_array_unref (self->list);
  g_free (self);
}

static void
found (LbMissing *self, guint16 seq)
{
  for (guint i = 0; i < self->list->len; i++) {
    if (g_array_index (self->list, Missing, i).seq != seq)
      continue;
    g_array_remove_index (self->list, i);
    return;
  }
}

static void
start_over (LbMissing *self, LbLayer *layer, guint16 seq)
{
  g_array_set_size (self->list, 0);
  self->highest = seq;
  lb_video_ask_keyframe (layer);
}

void
lb_missing_arrived (LbMissing *self, LbLayer *layer, guint16 seq)
{
  gint16 ahead = (gint16) (seq - self->highest);

  if (!self->started) {
    self->started = TRUE;
    self->highest = seq;
    return;
  }
  if (ahead <= 0 && ahead >= -MAX_GAP) {
    found (self, seq);
    return;
  }
  if (ahead < 0 || ahead > MAX_GAP
      || self->list->len + (guint) ahead > MAX_OUTSTANDING) {
    start_over (self, layer, seq);
    return;
  }
  for (guint16 lost = self->highest + 1; lost != seq; lost++) {
    Missing missing = { .seq = lost };

    g_array_append_val (self->list, missing);
  }
  self->highest = seq;
  if (ahead > 1)
    lb_missing_ask (self, layer);
}

/* What is due, and gives up what was asked for often enough. */
void
lb_missing_ask (LbMissing *self, LbLayer *layer)
{
  LbVoiceSession *owner = layer->owner;
  int interval = owner->server->core->settings->nack_interval;
  const LbCodec *codec =
      lb_codecs_find (&owner->video.codecs, owner->video.codec);
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GArray) seqs = g_array_new (FALSE, FALSE, sizeof (guint16));
  guint i = 0;

  if (interval == 0 || codec == NULL || codec->rtx_pt == 0) {
    g_array_set_size (self->list, 0);
    return;
  }
  while (i < self->list->len) {
    Missing *missing = &g_array_index (self->list, Missing, i);

    if (missing->due > now) {
      i++;
      continue;
    }
    if (missing->asked == MAX_ASKED) {
      g_array_remove_index (self->list, i);
      continue;
    }
    missing->asked++;
    missing->due = now + interval * G_GINT64_CONSTANT (1000);
    g_array_append_val (seqs, missing->seq);
    i++;
  }
  if (seqs->len > 0)
    lb_video_send_nack (layer, (const guint16 *) seqs->data, seqs->len);
}
