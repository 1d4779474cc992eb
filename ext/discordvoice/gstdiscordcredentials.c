/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordcredentials.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <glib/gstdio.h>
#include <gst/discord/gstdiscorderror.h>

/* Longer than any token; a file that does not end must not be read whole. */
#define MAX_TOKEN 4096

/* Guards authorities; a leaf. path -> GWeakRef to GTlsDatabase, for the life of
 * the process. */
static GMutex authorities_lock;
static GHashTable *authorities;

void
gst_discord_secret_free (gchar *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

static gchar *
read_file (const gchar *path, GError **error)
{
  gchar buffer[MAX_TOKEN + 1];
  gchar *text = NULL;
  FILE *stream = g_fopen (path, "re");
  size_t length;

  if (stream == NULL) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The token-file “%s” cannot be opened: %s", path, g_strerror (errno));
    return NULL;
  }
  /* Unbuffered: the secret stays in memory that we can wipe. */
  setvbuf (stream, NULL, _IONBF, 0);
  length = fread (buffer, 1, sizeof (buffer), stream);
  if (ferror (stream))
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The token-file “%s” cannot be read.", path);
  else if (length > MAX_TOKEN || memchr (buffer, '\0', length) != NULL)
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The token-file “%s” does not hold a token.", path);
  else
    text = g_strndup (buffer, length);
  explicit_bzero (buffer, sizeof (buffer));
  fclose (stream);
  return text;
}

static void
strip_newline (gchar *text)
{
  gsize length = strlen (text);

  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
    text[--length] = '\0';
}

/* It goes into JSON and into an HTTP header, so printable ASCII only. */
static gboolean
is_token (const gchar *text)
{
  for (const gchar *c = text; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c))
      return FALSE;
  return text[0] != '\0';
}

gchar *
gst_discord_token_resolve (
    const gchar *token, const gchar *file, const gchar *env, GError **error)
{
  const gchar *origin;
  gchar *text;

  if (token != NULL) {
    origin = "Property token";
    text = g_strdup (token);
  } else if (file != NULL) {
    origin = "The file named by token-file";
    text = read_file (file, error);
    if (text == NULL)
      return NULL;
  } else {
    origin = "The environment variable named by token-env";
    text = g_strdup (env != NULL ? g_getenv (env) : NULL);
  }

  if (text == NULL) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "There is no token: set the property token, name a file with "
        "token-file, or put it into the environment variable %s (property "
        "token-env).",
        env != NULL ? env : "of your choice");
    return NULL;
  }
  strip_newline (text);
  if (!is_token (text)) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "%s is empty or no token: it goes in alone, without spaces and "
        "without the word Bot in front. It may come from the property token, "
        "from a file (token-file) or from an environment variable "
        "(token-env).",
        origin);
    gst_discord_secret_free (text);
    return NULL;
  }
  return text;
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static GTlsDatabase *
authorities_lookup (const gchar *path)
{
  GWeakRef *ref = NULL;
  GTlsDatabase *database;

  g_mutex_lock (&authorities_lock);
  if (authorities != NULL)
    ref = g_hash_table_lookup (authorities, path);
  database = ref != NULL ? g_weak_ref_get (ref) : NULL;
  g_mutex_unlock (&authorities_lock);
  return database;
}

static void
authorities_store (const gchar *path, GTlsDatabase *database)
{
  GWeakRef *ref = g_new0 (GWeakRef, 1);

  g_weak_ref_init (ref, database);
  g_mutex_lock (&authorities_lock);
  if (authorities == NULL)
    authorities =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, weak_ref_free);
  g_hash_table_replace (authorities, g_strdup (path), ref);
  g_mutex_unlock (&authorities_lock);
}

GTlsDatabase *
gst_discord_tls_database_get (const gchar *path, GError **error)
{
  g_autofree gchar *absolute = g_canonicalize_filename (path, NULL);
  g_autoptr (GError) cause = NULL;
  GTlsDatabase *database = authorities_lookup (absolute);

  if (database != NULL)
    return database;
  database = g_tls_file_database_new (absolute, &cause);
  if (database == NULL) {
    g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
        "The tls-ca-file “%s” cannot be used: %s", path, cause->message);
    return NULL;
  }
  authorities_store (absolute, database);
  return database;
}
