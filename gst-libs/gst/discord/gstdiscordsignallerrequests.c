/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Go Live asks a GstDiscordSignaller for. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordsignaller-private.h"

#include "gstdiscorderror.h"
#include "gstdiscordstreamkey-private.h"

static gboolean
check_supported (gboolean supported, GError **error)
{
  if (!supported)
    g_set_error_literal (error, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_SUPPORTED, "This signaller knows no Go Live");
  return supported;
}

static gboolean
check_place (GstDiscordSignaller *self, guint64 guild_id, guint64 channel_id,
    GError **error)
{
  if (gst_discord_signaller_is_in (self, guild_id, channel_id))
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_NOT_CONNECTED,
      "Go Live needs a voice connection to the stream's channel");
  return FALSE;
}

/* (transfer full): the one way to write @stream_key, NULL when it is none. */
static gchar *
normalize_key (
    const gchar *stream_key, GstDiscordStreamKey *key, GError **error)
{
  g_autoptr (GstDiscordStreamKey) parsed =
      gst_discord_stream_key_parse (stream_key, error);

  if (parsed == NULL)
    return NULL;
  *key = *parsed;
  return gst_discord_stream_key_to_string (parsed);
}

static gboolean
finish_asking (GError *failure, GError **error)
{
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

/* @func: (nullable): of the implementation */
static gboolean
ask (GstDiscordSignaller *self, const gchar *stream_key,
    void (*func) (GstDiscordSignaller *, const gchar *, GError **),
    GError **error)
{
  GstDiscordStreamKey key;
  g_autofree gchar *text = normalize_key (stream_key, &key, error);
  GError *failure = NULL;

  if (text == NULL || !check_supported (func != NULL, error))
    return FALSE;
  func (self, text, &failure);
  return finish_asking (failure, error);
}

/**
 * gst_discord_signaller_create_stream:
 * @self: a signaller
 * @guild_id: the guild, 0 for a call
 * @channel_id: the channel we are in
 * @preferred_region: (nullable): a voice region, %NULL leaves it to Discord
 * @error: return location for an error
 *
 * Asks to go live (main gateway op 18). The answer comes as
 * #GstDiscordSignaller::stream-created and #GstDiscordSignaller::stream-server
 * in either order, as #GstDiscordSignaller::stream-deleted, or not at all.
 *
 * Returns: %FALSE when it could not be asked for:
 *     %GST_DISCORD_ERROR_NOT_CONNECTED when we are not in that channel,
 *     %GST_DISCORD_ERROR_NOT_SUPPORTED
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_create_stream (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, const gchar *preferred_region,
    GError **error)
{
  GstDiscordSignallerInterface *iface;
  GError *failure = NULL;

  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), FALSE);
  g_return_val_if_fail (channel_id != 0, FALSE);

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  if (!check_supported (iface->create_stream != NULL, error)
      || !check_place (self, guild_id, channel_id, error))
    return FALSE;
  iface->create_stream (self, guild_id, channel_id, preferred_region, &failure);
  return finish_asking (failure, error);
}

/**
 * gst_discord_signaller_watch_stream:
 * @self: a signaller
 * @stream_key: the stream
 * @error: return location for an error
 *
 * Asks to watch a stream (main gateway op 20), with the answers of
 * gst_discord_signaller_create_stream().
 *
 * Returns: %FALSE when it could not be asked for:
 *     %GST_DISCORD_ERROR_SETTINGS when @stream_key is no key or our own,
 *     %GST_DISCORD_ERROR_NOT_CONNECTED when we are not in the stream's channel,
 *     %GST_DISCORD_ERROR_NOT_SUPPORTED
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_watch_stream (
    GstDiscordSignaller *self, const gchar *stream_key, GError **error)
{
  GstDiscordSignallerInterface *iface;
  GstDiscordStreamKey key;

  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), FALSE);
  g_return_val_if_fail (stream_key != NULL, FALSE);

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  if (!check_supported (iface->watch_stream != NULL, error))
    return FALSE;
  if (gst_discord_stream_key_scan (stream_key, &key)) {
    if (gst_discord_signaller_is_self (self, key.owner_id)) {
      g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
          "Nobody can watch their own stream");
      return FALSE;
    }
    if (!check_place (self, key.guild_id, key.channel_id, error))
      return FALSE;
  }
  return ask (self, stream_key, iface->watch_stream, error);
}

/**
 * gst_discord_signaller_delete_stream:
 * @self: a signaller
 * @stream_key: the stream
 * @error: return location for an error
 *
 * Ends our stream, or stops watching one (main gateway op 19).
 *
 * Returns: %FALSE when it could not be asked for
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_delete_stream (
    GstDiscordSignaller *self, const gchar *stream_key, GError **error)
{
  GstDiscordStreamKey key;
  g_autofree gchar *text = NULL;

  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), FALSE);
  g_return_val_if_fail (stream_key != NULL, FALSE);

  text = normalize_key (stream_key, &key, error);
  if (text == NULL)
    return FALSE;
  /* Before it is asked: the answer may be quick. */
  gst_discord_signaller_note_stream_delete (self, text);
  return ask (
      self, text, GST_DISCORD_SIGNALLER_GET_IFACE (self)->delete_stream, error);
}

/**
 * gst_discord_signaller_ping_stream:
 * @self: a signaller
 * @stream_key: the stream
 * @error: return location for an error
 *
 * Asks the gateway to look after the stream's server (main gateway op 21). It
 * may name another one.
 *
 * Returns: %FALSE when it could not be asked for
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_ping_stream (
    GstDiscordSignaller *self, const gchar *stream_key, GError **error)
{
  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), FALSE);
  g_return_val_if_fail (stream_key != NULL, FALSE);

  return ask (self, stream_key,
      GST_DISCORD_SIGNALLER_GET_IFACE (self)->ping_stream, error);
}

/**
 * gst_discord_signaller_set_stream_paused:
 * @self: a signaller
 * @stream_key: our stream
 * @paused: whether it is to be paused
 * @error: return location for an error
 *
 * Tells viewers that our stream pauses or goes on (main gateway op 22).
 *
 * Returns: %FALSE when it could not be asked for:
 *     %GST_DISCORD_ERROR_SETTINGS when the stream is not ours
 *
 * Since: 0.1
 */
gboolean
gst_discord_signaller_set_stream_paused (GstDiscordSignaller *self,
    const gchar *stream_key, gboolean paused, GError **error)
{
  GstDiscordSignallerInterface *iface;
  GstDiscordStreamKey key;
  g_autofree gchar *text = NULL;
  GError *failure = NULL;

  g_return_val_if_fail (GST_IS_DISCORD_SIGNALLER (self), FALSE);
  g_return_val_if_fail (stream_key != NULL, FALSE);

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  text = normalize_key (stream_key, &key, error);
  if (text == NULL
      || !check_supported (iface->set_stream_paused != NULL, error))
    return FALSE;
  if (!gst_discord_signaller_is_self (self, key.owner_id)) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "Only its owner can pause a stream");
    return FALSE;
  }
  iface->set_stream_paused (self, text, paused, &failure);
  return finish_asking (failure, error);
}
