/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordmediasinkwants
 * @title: GstDiscordMediaSinkWants
 * @short_description: Which video streams a receiver wants, and how well
 *
 * Goes both ways (golive 6.4 and 7.2). From the server it tells which of our
 * layers somebody wants; to the server it tells which of the others' layers we
 * want. A quality is 0, not wanted at all, to 100, the best there is. Streams
 * that are not named fall under "any".
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordmediasinkwants.h"

#include <math.h>

/* More streams than there are in any call; a peer decides how many it names. */
#define MAX_ENTRIES 256

#define NOT_TOLD (-1)

typedef struct
{
  guint32 ssrc;
  gint quality; /* NOT_TOLD, or 0 to 100 */
  gdouble pixel_count; /* 0: not told */
} Entry;

struct _GstDiscordMediaSinkWants
{
  gint any;
  GArray *entries; /* of Entry, by SSRC */
};

G_DEFINE_BOXED_TYPE (GstDiscordMediaSinkWants, gst_discord_media_sink_wants,
    gst_discord_media_sink_wants_copy, gst_discord_media_sink_wants_free)

/**
 * gst_discord_media_sink_wants_new:
 *
 * Returns: (transfer full): wants that tell nothing yet
 *
 * Since: 0.1
 */
GstDiscordMediaSinkWants *
gst_discord_media_sink_wants_new (void)
{
  GstDiscordMediaSinkWants *self = g_new (GstDiscordMediaSinkWants, 1);

  self->any = NOT_TOLD;
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  return self;
}

/**
 * gst_discord_media_sink_wants_copy:
 * @self: wants
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
GstDiscordMediaSinkWants *
gst_discord_media_sink_wants_copy (const GstDiscordMediaSinkWants *self)
{
  GstDiscordMediaSinkWants *copy = g_new (GstDiscordMediaSinkWants, 1);

  copy->any = self->any;
  copy->entries = g_array_copy (self->entries);
  return copy;
}

/**
 * gst_discord_media_sink_wants_free:
 * @self: (transfer full): wants
 *
 * Frees them.
 *
 * Since: 0.1
 */
void
gst_discord_media_sink_wants_free (GstDiscordMediaSinkWants *self)
{
  g_array_unref (self->entries);
  g_free (self);
}

/**
 * gst_discord_media_sink_wants_equal:
 * @self: wants
 * @other: wants
 *
 * Returns: whether both tell the same
 *
 * Since: 0.1
 */
gboolean
gst_discord_media_sink_wants_equal (
    const GstDiscordMediaSinkWants *self, const GstDiscordMediaSinkWants *other)
{
  if (self->any != other->any || self->entries->len != other->entries->len)
    return FALSE;
  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *a = &g_array_index (self->entries, Entry, i);
    const Entry *b = &g_array_index (other->entries, Entry, i);

    if (a->ssrc != b->ssrc || a->quality != b->quality
        || a->pixel_count != b->pixel_count)
      return FALSE;
  }
  return TRUE;
}

/* Where @ssrc is, or would be. */
static gboolean
find_entry (const GstDiscordMediaSinkWants *self, guint32 ssrc, guint *index)
{
  guint low = 0, high = self->entries->len;

  while (low < high) {
    guint middle = low + (high - low) / 2;
    guint32 there = g_array_index (self->entries, Entry, middle).ssrc;

    if (there == ssrc) {
      *index = middle;
      return TRUE;
    }
    if (there < ssrc)
      low = middle + 1;
    else
      high = middle;
  }
  *index = low;
  return FALSE;
}

static const Entry *
get_entry (const GstDiscordMediaSinkWants *self, guint32 ssrc)
{
  guint index;

  if (!find_entry (self, ssrc, &index))
    return NULL;
  return &g_array_index (self->entries, Entry, index);
}

/* NULL when there is no room for more. */
static Entry *
ensure_entry (GstDiscordMediaSinkWants *self, guint32 ssrc)
{
  const Entry empty = { ssrc, NOT_TOLD, 0 };
  guint index;

  if (!find_entry (self, ssrc, &index)) {
    if (self->entries->len >= MAX_ENTRIES)
      return NULL;
    g_array_insert_val (self->entries, index, empty);
  }
  return &g_array_index (self->entries, Entry, index);
}

static void
drop_when_empty (GstDiscordMediaSinkWants *self, guint32 ssrc)
{
  guint index;
  const Entry *entry;

  if (!find_entry (self, ssrc, &index))
    return;
  entry = &g_array_index (self->entries, Entry, index);
  if (entry->quality == NOT_TOLD && entry->pixel_count == 0)
    g_array_remove_index (self->entries, index);
}

/**
 * gst_discord_media_sink_wants_set_any:
 * @self: wants
 * @any: 0 to 100, -1 for nothing
 *
 * Tells how well streams are wanted that are not named.
 *
 * Since: 0.1
 */
void
gst_discord_media_sink_wants_set_any (GstDiscordMediaSinkWants *self, gint any)
{
  self->any = CLAMP (any, NOT_TOLD, 100);
}

/**
 * gst_discord_media_sink_wants_get_any:
 * @self: wants
 *
 * Returns: how well streams are wanted that are not named; -1 when not told
 *
 * Since: 0.1
 */
gint
gst_discord_media_sink_wants_get_any (const GstDiscordMediaSinkWants *self)
{
  return self->any;
}

/**
 * gst_discord_media_sink_wants_set_quality:
 * @self: wants
 * @ssrc: a stream, never 0
 * @quality: 0 to 100, -1 for no longer naming it
 *
 * Tells how well a stream is wanted.
 *
 * Since: 0.1
 */
void
gst_discord_media_sink_wants_set_quality (
    GstDiscordMediaSinkWants *self, guint ssrc, gint quality)
{
  Entry *entry;

  g_return_if_fail (ssrc != 0);

  entry = ensure_entry (self, ssrc);
  if (entry == NULL)
    return;
  entry->quality = CLAMP (quality, NOT_TOLD, 100);
  drop_when_empty (self, ssrc);
}

/**
 * gst_discord_media_sink_wants_get_quality:
 * @self: wants
 * @ssrc: a stream
 *
 * Returns: how well @ssrc is wanted; -1 when it is not named
 *
 * Since: 0.1
 */
gint
gst_discord_media_sink_wants_get_quality (
    const GstDiscordMediaSinkWants *self, guint ssrc)
{
  const Entry *entry = get_entry (self, ssrc);

  return entry != NULL ? entry->quality : NOT_TOLD;
}

/**
 * gst_discord_media_sink_wants_set_pixel_count:
 * @self: wants
 * @ssrc: a stream, never 0
 * @pixel_count: width times height of what shows it, 0 for nothing
 *
 * Tells how large a stream is shown.
 *
 * Since: 0.1
 */
void
gst_discord_media_sink_wants_set_pixel_count (
    GstDiscordMediaSinkWants *self, guint ssrc, gdouble pixel_count)
{
  Entry *entry;

  g_return_if_fail (ssrc != 0);
  g_return_if_fail (isfinite (pixel_count));

  entry = ensure_entry (self, ssrc);
  if (entry == NULL)
    return;
  entry->pixel_count = MAX (pixel_count, 0);
  drop_when_empty (self, ssrc);
}

/**
 * gst_discord_media_sink_wants_get_pixel_count:
 * @self: wants
 * @ssrc: a stream
 *
 * Returns: how large @ssrc is shown, 0 when not told
 *
 * Since: 0.1
 */
gdouble
gst_discord_media_sink_wants_get_pixel_count (
    const GstDiscordMediaSinkWants *self, guint ssrc)
{
  const Entry *entry = get_entry (self, ssrc);

  return entry != NULL ? entry->pixel_count : 0;
}

/**
 * gst_discord_media_sink_wants_resolve:
 * @self: wants
 * @ssrc: a stream
 *
 * Returns: how well @ssrc is wanted, by its name or else as any; -1 when
 *     neither was told
 *
 * Since: 0.1
 */
gint
gst_discord_media_sink_wants_resolve (
    const GstDiscordMediaSinkWants *self, guint ssrc)
{
  gint quality = gst_discord_media_sink_wants_get_quality (self, ssrc);

  return quality != NOT_TOLD ? quality : self->any;
}

/**
 * gst_discord_media_sink_wants_get_n_ssrcs:
 * @self: wants
 *
 * Returns: how many streams are named
 *
 * Since: 0.1
 */
guint
gst_discord_media_sink_wants_get_n_ssrcs (const GstDiscordMediaSinkWants *self)
{
  return self->entries->len;
}

/**
 * gst_discord_media_sink_wants_get_ssrc:
 * @self: wants
 * @index: less than gst_discord_media_sink_wants_get_n_ssrcs()
 *
 * Returns: one of the streams that are named, in ascending order
 *
 * Since: 0.1
 */
guint
gst_discord_media_sink_wants_get_ssrc (
    const GstDiscordMediaSinkWants *self, guint index)
{
  g_return_val_if_fail (index < self->entries->len, 0);

  return g_array_index (self->entries, Entry, index).ssrc;
}
