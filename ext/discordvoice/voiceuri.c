/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "voiceuri.h"

#include <gio/gio.h>

#define SCHEME "discord"
#define CALL_GUILD "@me"

static gboolean
bad_uri (GError **error, const gchar *text)
{
  g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI, text);
  return FALSE;
}

static gboolean
parse_id (const gchar *text, guint64 *id)
{
  return g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT64, id, NULL);
}

/* A URI may come from anywhere, and the token goes to the gateway. */
static gboolean
is_loopback (const gchar *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (host == NULL || g_uri_get_userinfo (uri) != NULL)
    return FALSE;
  if (g_strcmp0 (g_uri_get_scheme (uri), "ws") != 0
      && g_strcmp0 (g_uri_get_scheme (uri), "wss") != 0)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
parse_query (const gchar *query, DiscordVoiceUri *uri, GError **error)
{
  GUriParamsIter iter;
  gchar *name, *value;
  gboolean good = TRUE;

  g_uri_params_iter_init (&iter, query, -1, "&", G_URI_PARAMS_NONE);
  while (good && g_uri_params_iter_next (&iter, &name, &value, error)) {
    if (g_strcmp0 (name, "gateway-url") != 0) {
      good =
          bad_uri (error, "The only parameter of a discord URI is gateway-url");
    } else if (!is_loopback (value)) {
      good = bad_uri (
          error, "The gateway-url of a discord URI must be a loopback address");
    } else {
      g_free (uri->gateway_url);
      uri->gateway_url = g_strdup (value);
    }
    g_free (name);
    g_free (value);
  }
  if (good && error != NULL && *error != NULL) {
    g_clear_error (error);
    return bad_uri (error, "The parameters of the discord URI are malformed");
  }
  return good;
}

static gboolean
parse_guild (const gchar *text, guint64 *guild_id)
{
  if (g_strcmp0 (text, CALL_GUILD) == 0) {
    *guild_id = 0;
    return TRUE;
  }
  return parse_id (text, guild_id);
}

/* <guild>/<channel>[/<user>] */
static gboolean
parse_path (const gchar *text, DiscordVoiceUri *uri)
{
  g_auto (GStrv) path = g_strsplit (text, "/", 4);
  guint n_parts = g_strv_length (path);

  if (n_parts != 2 && n_parts != 3)
    return FALSE;
  if (!parse_guild (path[0], &uri->guild_id)
      || !parse_id (path[1], &uri->channel_id))
    return FALSE;
  return n_parts == 2 || parse_id (path[2], &uri->user_id);
}

gboolean
discord_voice_uri_parse (
    const gchar *text, DiscordVoiceUri *uri, GError **error)
{
  g_auto (DiscordVoiceUri) result = { .gateway_url = NULL };
  g_auto (GStrv) parts = NULL;
  g_autoptr (GError) query_error = NULL;

  if (g_ascii_strncasecmp (text, SCHEME "://", strlen (SCHEME "://")) != 0)
    return bad_uri (error, "Not a discord URI");
  /* By hand: to a URI parser "@me" is host "me" with an empty user. */
  parts = g_strsplit (text + strlen (SCHEME "://"), "?", 2);
  if (parts[0] == NULL || !parse_path (parts[0], &result))
    return bad_uri (error,
        "A discord URI is discord://<guild id or @me>/<channel id>[/<user id>]");
  if (parts[1] != NULL && !parse_query (parts[1], &result, &query_error)) {
    g_propagate_error (error, g_steal_pointer (&query_error));
    return FALSE;
  }

  *uri = result;
  result.gateway_url = NULL;
  return TRUE;
}

void
discord_voice_uri_clear (DiscordVoiceUri *uri)
{
  g_clear_pointer (&uri->gateway_url, g_free);
}

gchar *
discord_voice_uri_format (guint64 guild_id, guint64 channel_id, guint64 user_id)
{
  g_autoptr (GString) text = NULL;

  if (channel_id == 0)
    return NULL;
  text = g_string_new (SCHEME "://");
  if (guild_id == 0)
    g_string_append (text, CALL_GUILD);
  else
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, guild_id);
  g_string_append_printf (text, "/%" G_GUINT64_FORMAT, channel_id);
  if (user_id != 0)
    g_string_append_printf (text, "/%" G_GUINT64_FORMAT, user_id);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
