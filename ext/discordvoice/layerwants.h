/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What others want of one of our layers (golive 6.4), as whoever encodes it is
 * told. Pure. */

#include <gst/discord/gstdiscordmediasinkwants.h>
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean told; /* once; the rest is what was told last */
  guint32 ssrc;
  gint quality;
  gint any;
  gdouble pixel_count;
  gboolean selected;
} LayerWants;

/* TRUE when it is news. @wants: (nullable): the server told nothing yet. */
gboolean layer_wants_update (LayerWants *self,
    const GstDiscordMediaSinkWants *wants, guint32 ssrc, gboolean selected);

/* (transfer full): `discord-media-wants` (golive 6.5). */
GstStructure *layer_wants_to_structure (
    const LayerWants *self, const gchar *rid);

G_END_DECLS
