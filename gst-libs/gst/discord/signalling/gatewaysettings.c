/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gatewaysettings.h"

#include <gst/discord/gstdiscorderror.h>
#include <sodium.h>
#include <string.h>

#include "soupwebsocket.h"

const gchar *
discord_token_get_scheme (GstDiscordAccountType account_type)
{
  switch (account_type) {
    case GST_DISCORD_ACCOUNT_TYPE_BOT:
      return "Bot ";
    case GST_DISCORD_ACCOUNT_TYPE_BEARER:
      return "Bearer ";
    case GST_DISCORD_ACCOUNT_TYPE_USER:
      break;
  }
  return "";
}

gchar *
discord_token_normalize (
    const gchar *token, GstDiscordAccountType account_type, GError **error)
{
  const gchar *prefix = discord_token_get_scheme (account_type);
  const gchar *begin = token != NULL ? token : "";
  const gchar *end;

  while (g_ascii_isspace (*begin))
    begin++;
  if (g_ascii_strncasecmp (begin, prefix, strlen (prefix)) == 0)
    begin += strlen (prefix);
  while (g_ascii_isspace (*begin))
    begin++;
  end = begin + strlen (begin);
  while (end > begin && g_ascii_isspace (end[-1]))
    end--;

  if (begin == end) {
    g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The token is empty");
    return NULL;
  }
  for (const gchar *c = begin; c < end; c++) {
    if (!g_ascii_isgraph (*c)) {
      g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
          "The token has white space or another character in it that no token "
          "has");
      return NULL;
    }
  }
  return g_strndup (begin, (gsize) (end - begin));
}

void
discord_token_free (gchar *token)
{
  if (token == NULL)
    return;
  sodium_memzero (token, strlen (token));
  g_free (token);
}

static gboolean
url_is_allowed (const gchar *url, const gchar *secure, const gchar *plain)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const gchar *host;

  if (uri == NULL)
    return FALSE;
  host = g_uri_get_host (uri);
  if (host == NULL || *host == '\0')
    return FALSE;
  if (g_str_equal (g_uri_get_scheme (uri), secure))
    return TRUE;
  return g_str_equal (g_uri_get_scheme (uri), plain)
      && discord_host_is_loopback (host);
}

gboolean
discord_gateway_url_check (const gchar *url, GError **error)
{
  if (url == NULL || url_is_allowed (url, "wss", "ws"))
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
      "The gateway URL must be wss://, or ws:// to a loopback address");
  return FALSE;
}

gboolean
discord_gateway_url_is_insecure (const gchar *url)
{
  return url != NULL && g_ascii_strncasecmp (url, "ws:", 3) == 0;
}

gboolean
discord_api_url_check (const gchar *url, GError **error)
{
  if (url == NULL || url_is_allowed (url, "https", "http"))
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
      "The API URL must be https://, or http:// to a loopback address");
  return FALSE;
}

gchar *
discord_api_url_for_gateway (const gchar *gateway_url)
{
  g_autoptr (GUri) uri = NULL;
  const gchar *host;

  if (!discord_gateway_url_is_insecure (gateway_url))
    return NULL;
  uri = g_uri_parse (gateway_url, G_URI_FLAGS_NONE, NULL);
  host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (host == NULL || *host == '\0')
    return NULL;
  return g_uri_join (G_URI_FLAGS_NONE, "http", NULL, host, g_uri_get_port (uri),
      "/api/v10", NULL, NULL);
}

gboolean
discord_tls_database_equal (GTlsDatabase *a, GTlsDatabase *b)
{
  g_autofree gchar *anchors_a = NULL;
  g_autofree gchar *anchors_b = NULL;

  if (a == b)
    return TRUE;
  if (!G_IS_TLS_FILE_DATABASE (a) || !G_IS_TLS_FILE_DATABASE (b))
    return FALSE;
  g_object_get (a, "anchors", &anchors_a, NULL);
  g_object_get (b, "anchors", &anchors_b, NULL);
  return anchors_a != NULL && g_strcmp0 (anchors_a, anchors_b) == 0;
}
