/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which media a retransmission belongs to, by payload type or by SSRC, in the
 * form that GStreamer's RTX elements use: a structure whose field names are the
 * decimal numbers of the media and whose values, guint, are those of their
 * retransmissions. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* (element-type guint guint): from retransmission to media. Entries that are no
 * numbers from 1 to @max, or whose retransmission is that of an earlier one, are
 * left out and told by a warning. */
GHashTable *discord_rtx_map_parse (const GstStructure *structure, guint max);

/* 0 when @map has none. */
guint discord_rtx_map_media (GHashTable *map, guint rtx);
gboolean discord_rtx_map_has_media (GHashTable *map, guint media);

G_END_DECLS
