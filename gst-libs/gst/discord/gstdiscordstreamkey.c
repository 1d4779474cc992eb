/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordstreamkey
 * @title: GstDiscordStreamKey
 * @short_description: The name of a Go Live stream
 *
 * As text a key is "guild:GUILD:CHANNEL:OWNER" or "call:CHANNEL:OWNER", each
 * part a decimal id.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordstreamkey-private.h"

#include <string.h>

#include "gstdiscorderror.h"
#include "signalling/json.h"

/* "guild:" and three ids of 20 digits; zeros in front only make them longer
 * than any that is an id. */
#define MAX_LENGTH 80

G_DEFINE_BOXED_TYPE (GstDiscordStreamKey, gst_discord_stream_key,
    gst_discord_stream_key_copy, gst_discord_stream_key_free)

gboolean
gst_discord_stream_key_scan (const gchar *text, GstDiscordStreamKey *key)
{
  GstDiscordStreamKey scanned = { 0 };
  guint64 *const of_guild[] = { &scanned.guild_id, &scanned.channel_id,
    &scanned.owner_id };
  guint64 *const of_call[] = { &scanned.channel_id, &scanned.owner_id };
  guint64 *const *ids;
  g_auto (GStrv) parts = NULL;
  guint n_ids;

  if (strlen (text) > MAX_LENGTH)
    return FALSE;
  parts = g_strsplit (text, ":", 0);
  if (g_strcmp0 (parts[0], "guild") == 0) {
    ids = of_guild;
    n_ids = G_N_ELEMENTS (of_guild);
  } else if (g_strcmp0 (parts[0], "call") == 0) {
    ids = of_call;
    n_ids = G_N_ELEMENTS (of_call);
  } else {
    return FALSE;
  }
  if (g_strv_length (parts) != n_ids + 1)
    return FALSE;
  for (guint i = 0; i < n_ids; i++) {
    if (!discord_json_parse_snowflake (parts[i + 1], ids[i]))
      return FALSE;
  }
  *key = scanned;
  return TRUE;
}

/**
 * gst_discord_stream_key_new:
 * @guild_id: the guild, 0 for a call
 * @channel_id: the voice channel or the call
 * @owner_id: the user whose screen it is
 *
 * Makes a key.
 *
 * Returns: (transfer full): the key
 *
 * Since: 0.1
 */
GstDiscordStreamKey *
gst_discord_stream_key_new (
    guint64 guild_id, guint64 channel_id, guint64 owner_id)
{
  GstDiscordStreamKey *self = g_new (GstDiscordStreamKey, 1);

  *self = (GstDiscordStreamKey){ guild_id, channel_id, owner_id };
  return self;
}

/**
 * gst_discord_stream_key_parse:
 * @text: "guild:GUILD:CHANNEL:OWNER" or "call:CHANNEL:OWNER"
 * @error: return location for an error
 *
 * Reads a key. Keys of the third form, "test:OWNER", are those of speed tests:
 * nobody can watch one.
 *
 * Returns: (transfer full): the key, or %NULL with
 *     %GST_DISCORD_ERROR_SETTINGS
 *
 * Since: 0.1
 */
GstDiscordStreamKey *
gst_discord_stream_key_parse (const gchar *text, GError **error)
{
  GstDiscordStreamKey key;

  g_return_val_if_fail (text != NULL, NULL);

  if (!gst_discord_stream_key_scan (text, &key)) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "A stream key is guild:GUILD:CHANNEL:OWNER or call:CHANNEL:OWNER, with "
        "decimal ids");
    return NULL;
  }
  return gst_discord_stream_key_copy (&key);
}

/**
 * gst_discord_stream_key_to_string:
 * @self: a key
 *
 * Writes a key the one way there is: equal keys are equal text.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
gchar *
gst_discord_stream_key_to_string (const GstDiscordStreamKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->guild_id == 0)
    return g_strdup_printf ("call:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
        self->channel_id, self->owner_id);
  return g_strdup_printf ("guild:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
                          ":%" G_GUINT64_FORMAT,
      self->guild_id, self->channel_id, self->owner_id);
}

/**
 * gst_discord_stream_key_equal:
 * @a: a key
 * @b: another
 *
 * Compares keys; a #GEqualFunc.
 *
 * Returns: whether both name the same stream
 *
 * Since: 0.1
 */
gboolean
gst_discord_stream_key_equal (
    const GstDiscordStreamKey *a, const GstDiscordStreamKey *b)
{
  return a->guild_id == b->guild_id && a->channel_id == b->channel_id
      && a->owner_id == b->owner_id;
}

/**
 * gst_discord_stream_key_hash:
 * @self: a key
 *
 * A #GHashFunc.
 *
 * Returns: the hash
 *
 * Since: 0.1
 */
guint
gst_discord_stream_key_hash (const GstDiscordStreamKey *self)
{
  return (g_int64_hash (&self->guild_id) * 31
             + g_int64_hash (&self->channel_id))
      * 31
      + g_int64_hash (&self->owner_id);
}

/**
 * gst_discord_stream_key_copy:
 * @self: a key
 *
 * Copies a key.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
GstDiscordStreamKey *
gst_discord_stream_key_copy (const GstDiscordStreamKey *self)
{
  return g_memdup2 (self, sizeof (*self));
}

/**
 * gst_discord_stream_key_free:
 * @self: (transfer full): a key
 *
 * Frees a key.
 *
 * Since: 0.1
 */
void
gst_discord_stream_key_free (GstDiscordStreamKey *self)
{
  g_free (self);
}
