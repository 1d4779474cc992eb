/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "linkerror.h"

#include <gst/discord/gstdiscorderror.h>

GError *
discord_link_error_new (const gchar *what, const GError *error, gboolean *fatal)
{
  *fatal = TRUE;
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    return g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_TLS,
        "The certificate of %s was refused: %s", what, error->message);
  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_UNAVAILABLE))
    return g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_TLS,
        "No TLS for %s: install glib-networking", what);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT)
      || (error != NULL && error->domain == G_URI_ERROR))
    return g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The URL of %s cannot be used: %s", what, error->message);

  *fatal = FALSE;
  return g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE,
      "Cannot reach %s: %s", what,
      error != NULL ? error->message : "the connection was closed");
}
