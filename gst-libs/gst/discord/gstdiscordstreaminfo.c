/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordstreaminfo
 * @title: GstDiscordStreamInfo
 * @short_description: What is known of a Go Live stream
 *
 * Signals of #GstDiscordSignaller carry everything that is known. Whoever
 * implements a signaller fills in what the message at hand tells and leaves the
 * rest unset: the library puts both together.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordstreaminfo-private.h"

#include <string.h>

#include "gstdiscordstreamkey-private.h"

struct _GstDiscordStreamInfo
{
  GstDiscordStreamKey key;
  gchar *text; /* of the key */
  guint64 rtc_server_id; /* 0: not told */
  guint64 rtc_channel_id; /* 0: not told */
  gchar *region; /* NULL: not told */
  GArray *viewers; /* NULL: not told */
  gboolean has_paused;
  gboolean paused;
};

G_DEFINE_BOXED_TYPE (GstDiscordStreamInfo, gst_discord_stream_info,
    gst_discord_stream_info_copy, gst_discord_stream_info_free)

GstDiscordStreamInfo *
gst_discord_stream_info_new_for_key (const GstDiscordStreamKey *key)
{
  GstDiscordStreamInfo *self = g_new0 (GstDiscordStreamInfo, 1);

  self->key = *key;
  self->text = gst_discord_stream_key_to_string (key);
  return self;
}

/**
 * gst_discord_stream_info_new:
 * @stream_key: the key as text
 * @error: return location for an error
 *
 * Makes one that tells nothing yet.
 *
 * Returns: (transfer full): the info, or %NULL with
 *     %GST_DISCORD_ERROR_SETTINGS when @stream_key is no key
 *
 * Since: 0.1
 */
GstDiscordStreamInfo *
gst_discord_stream_info_new (const gchar *stream_key, GError **error)
{
  g_autoptr (GstDiscordStreamKey) key =
      gst_discord_stream_key_parse (stream_key, error);

  return key != NULL ? gst_discord_stream_info_new_for_key (key) : NULL;
}

static GArray *
viewers_new (const guint64 *viewers, gsize n_viewers)
{
  GArray *array =
      g_array_sized_new (FALSE, FALSE, sizeof (guint64), (guint) n_viewers);

  return g_array_append_vals (array, viewers, (guint) n_viewers);
}

/**
 * gst_discord_stream_info_copy:
 * @self: an info
 *
 * Copies it.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
GstDiscordStreamInfo *
gst_discord_stream_info_copy (const GstDiscordStreamInfo *self)
{
  GstDiscordStreamInfo *copy = g_memdup2 (self, sizeof (*self));

  copy->text = g_strdup (self->text);
  copy->region = g_strdup (self->region);
  if (self->viewers != NULL)
    copy->viewers = g_array_copy (self->viewers);
  return copy;
}

/**
 * gst_discord_stream_info_free:
 * @self: (transfer full): an info
 *
 * Frees it.
 *
 * Since: 0.1
 */
void
gst_discord_stream_info_free (GstDiscordStreamInfo *self)
{
  g_free (self->text);
  g_free (self->region);
  g_clear_pointer (&self->viewers, g_array_unref);
  g_free (self);
}

/**
 * gst_discord_stream_info_get_stream_key:
 * @self: an info
 *
 * Which stream it is about.
 *
 * Returns: (transfer none): the key as text
 *
 * Since: 0.1
 */
const gchar *
gst_discord_stream_info_get_stream_key (const GstDiscordStreamInfo *self)
{
  return self->text;
}

/**
 * gst_discord_stream_info_get_key:
 * @self: an info
 *
 * Which stream it is about.
 *
 * Returns: (transfer none): the key
 *
 * Since: 0.1
 */
const GstDiscordStreamKey *
gst_discord_stream_info_get_key (const GstDiscordStreamInfo *self)
{
  return &self->key;
}

/**
 * gst_discord_stream_info_set_server:
 * @self: an info
 * @rtc_server_id: the server id of the stream's own voice connection
 * @rtc_channel_id: its channel id, 0 when that was not told
 *
 * Tells what STREAM_CREATE alone carries.
 *
 * Since: 0.1
 */
void
gst_discord_stream_info_set_server (
    GstDiscordStreamInfo *self, guint64 rtc_server_id, guint64 rtc_channel_id)
{
  self->rtc_server_id = rtc_server_id;
  self->rtc_channel_id = rtc_channel_id;
}

/**
 * gst_discord_stream_info_get_rtc_server_id:
 * @self: an info
 *
 * The server id of the stream's own voice connection.
 *
 * Returns: the id, 0 while it is not known
 *
 * Since: 0.1
 */
guint64
gst_discord_stream_info_get_rtc_server_id (const GstDiscordStreamInfo *self)
{
  return self->rtc_server_id;
}

/**
 * gst_discord_stream_info_get_rtc_channel_id:
 * @self: an info
 *
 * The channel id of the stream's own voice connection.
 *
 * Returns: the id, 0 when the server names none
 *
 * Since: 0.1
 */
guint64
gst_discord_stream_info_get_rtc_channel_id (const GstDiscordStreamInfo *self)
{
  return self->rtc_channel_id;
}

/**
 * gst_discord_stream_info_get_e2ee_group_id:
 * @self: an info
 *
 * The group that encrypts the stream end to end. It is not the channel, as in
 * a voice connection, but one less than the server id.
 *
 * Returns: the id, 0 while it is not known
 *
 * Since: 0.1
 */
guint64
gst_discord_stream_info_get_e2ee_group_id (const GstDiscordStreamInfo *self)
{
  return self->rtc_server_id != 0 ? self->rtc_server_id - 1 : 0;
}

/**
 * gst_discord_stream_info_set_region:
 * @self: an info
 * @region: (nullable): where the stream's server is
 *
 * Tells the voice region.
 *
 * Since: 0.1
 */
void
gst_discord_stream_info_set_region (
    GstDiscordStreamInfo *self, const gchar *region)
{
  g_free (self->region);
  self->region = g_strdup (region);
}

/**
 * gst_discord_stream_info_get_region:
 * @self: an info
 *
 * The voice region.
 *
 * Returns: (nullable) (transfer none): the region, %NULL while it is not known
 *
 * Since: 0.1
 */
const gchar *
gst_discord_stream_info_get_region (const GstDiscordStreamInfo *self)
{
  return self->region;
}

/**
 * gst_discord_stream_info_set_viewers:
 * @self: an info
 * @viewers: (array length=n_viewers) (nullable): who watches
 * @n_viewers: how many
 *
 * Tells who watches, the owner not among them.
 *
 * Since: 0.1
 */
void
gst_discord_stream_info_set_viewers (
    GstDiscordStreamInfo *self, const guint64 *viewers, gsize n_viewers)
{
  g_return_if_fail (n_viewers <= G_MAXUINT / sizeof (guint64));

  g_clear_pointer (&self->viewers, g_array_unref);
  self->viewers = viewers_new (viewers, n_viewers);
}

/**
 * gst_discord_stream_info_get_viewers:
 * @self: an info
 * @n_viewers: (out): how many
 *
 * Who watches.
 *
 * Returns: (array length=n_viewers) (nullable) (transfer none): their ids
 *
 * Since: 0.1
 */
const guint64 *
gst_discord_stream_info_get_viewers (
    const GstDiscordStreamInfo *self, gsize *n_viewers)
{
  *n_viewers = self->viewers != NULL ? self->viewers->len : 0;
  return self->viewers != NULL ? (const guint64 *) self->viewers->data : NULL;
}

/**
 * gst_discord_stream_info_set_paused:
 * @self: an info
 * @paused: whether the owner paused it
 *
 * Tells whether the stream is paused.
 *
 * Since: 0.1
 */
void
gst_discord_stream_info_set_paused (GstDiscordStreamInfo *self, gboolean paused)
{
  self->has_paused = TRUE;
  self->paused = paused != FALSE;
}

/**
 * gst_discord_stream_info_get_paused:
 * @self: an info
 *
 * Whether the owner paused it.
 *
 * Returns: %TRUE when it is paused
 *
 * Since: 0.1
 */
gboolean
gst_discord_stream_info_get_paused (const GstDiscordStreamInfo *self)
{
  return self->paused;
}

static gboolean
merge_id (guint64 *id, guint64 update)
{
  if (update == 0 || *id == update)
    return FALSE;
  *id = update;
  return TRUE;
}

static gboolean
merge_viewers (GstDiscordStreamInfo *self, GArray *viewers)
{
  if (viewers == NULL)
    return FALSE;
  if (self->viewers != NULL && self->viewers->len == viewers->len
      && (viewers->len == 0
          || memcmp (self->viewers->data, viewers->data,
                 viewers->len * sizeof (guint64))
              == 0))
    return FALSE;
  g_clear_pointer (&self->viewers, g_array_unref);
  self->viewers = g_array_copy (viewers);
  return TRUE;
}

gboolean
gst_discord_stream_info_merge (
    GstDiscordStreamInfo *self, const GstDiscordStreamInfo *update)
{
  gboolean changed = merge_id (&self->rtc_server_id, update->rtc_server_id);

  changed |= merge_id (&self->rtc_channel_id, update->rtc_channel_id);
  changed |= merge_viewers (self, update->viewers);
  if (update->region != NULL && g_strcmp0 (self->region, update->region) != 0) {
    gst_discord_stream_info_set_region (self, update->region);
    changed = TRUE;
  }
  if (update->has_paused
      && (!self->has_paused || self->paused != update->paused)) {
    gst_discord_stream_info_set_paused (self, update->paused);
    changed = TRUE;
  }
  return changed;
}

void
gst_discord_stream_info_forget_server (GstDiscordStreamInfo *self)
{
  self->rtc_server_id = 0;
  self->rtc_channel_id = 0;
}
