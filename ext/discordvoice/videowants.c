/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "videowants.h"

#define TABLE "gst-discord-video-wants"

/* Guards the table of every connection. Held while the connection is told, so
 * that the last message tells what is wanted last; the connection's locks are
 * taken inside it, and nobody is called back. */
static GMutex lock;

static void
wants_free (gpointer wants)
{
  gst_discord_media_sink_wants_free (wants);
}

static GHashTable *
ensure_table_unlocked (GstDiscordConnection *connection)
{
  GHashTable *table = g_object_get_data (G_OBJECT (connection), TABLE);

  if (table != NULL)
    return table;
  table = g_hash_table_new_full (NULL, NULL, NULL, wants_free);
  g_object_set_data_full (
      G_OBJECT (connection), TABLE, table, (GDestroyNotify) g_hash_table_unref);
  return table;
}

/* Who wants more of a stream gets it. */
static void
merge (GstDiscordMediaSinkWants *all, const GstDiscordMediaSinkWants *wants)
{
  guint n = gst_discord_media_sink_wants_get_n_ssrcs (wants);

  for (guint i = 0; i < n; i++) {
    guint ssrc = gst_discord_media_sink_wants_get_ssrc (wants, i);
    gint quality = gst_discord_media_sink_wants_get_quality (wants, ssrc);
    gdouble pixels = gst_discord_media_sink_wants_get_pixel_count (wants, ssrc);

    quality =
        MAX (quality, gst_discord_media_sink_wants_get_quality (all, ssrc));
    pixels =
        MAX (pixels, gst_discord_media_sink_wants_get_pixel_count (all, ssrc));
    gst_discord_media_sink_wants_set_quality (all, ssrc, quality);
    gst_discord_media_sink_wants_set_pixel_count (all, ssrc, pixels);
  }
}

void
discord_video_wants_set (GstDiscordConnection *connection, gpointer owner,
    const GstDiscordMediaSinkWants *wants)
{
  g_autoptr (GstDiscordMediaSinkWants) all =
      gst_discord_media_sink_wants_new ();
  GHashTableIter iter;
  GHashTable *table;
  gpointer other;

  /* Every stream that is known is named. */
  gst_discord_media_sink_wants_set_any (all, 0);
  g_mutex_lock (&lock);
  table = ensure_table_unlocked (connection);
  if (wants != NULL)
    g_hash_table_replace (
        table, owner, gst_discord_media_sink_wants_copy (wants));
  else
    g_hash_table_remove (table, owner);
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    merge (all, other);
  gst_discord_connection_set_wants (connection, all);
  g_mutex_unlock (&lock);
}
