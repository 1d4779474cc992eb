/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which of our simulcast layers are sent (golive 6.5), for our own plugins; not
 * installed. No clock, no lock: times are handed in, in microseconds. */

#include <gst/discord/gstdiscordmediasinkwants.h>

G_BEGIN_DECLS

typedef struct
{
  /* What is known of it. */
  guint32 ssrc; /* 0: refused by the server, never sent */
  guint quality;
  gboolean active; /* whether we want to send it at all */
  gint64 reported_at; /* the last receiver report about it; -1: none yet */

  /* What is decided; begins with zeros. */
  gboolean selected; /* encode, encrypt, send */
  gboolean started; /* by the last decision: needs a keyframe */
  gboolean announced; /* active in op 12 */
  gint64 deselected_at;
  gint64 unwanted_since; /* of the best layer; 0: it is wanted */
} GstDiscordLayer;

typedef struct
{
  gboolean simulcast; /* the source has more than one layer */
  gboolean always_send_top; /* also when nobody wants the best layer */
} GstDiscordLayerRules;

/* To be called when @wants (nullable: none received) or a layer changes, and once
 * a second. @now is above 0 and never goes back. TRUE when another layer than
 * before is selected or announced: op 12 is due. */
GST_DISCORD_API
gboolean gst_discord_layers_select (GstDiscordLayer *layers, guint n_layers,
    const GstDiscordLayerRules *rules, const GstDiscordMediaSinkWants *wants,
    gint64 now);

G_END_DECLS
