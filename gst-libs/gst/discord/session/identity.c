/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "identity.h"

#include "identityfile.h"

#include <gst/discord/gstdiscorderror.h>

struct _DiscordIdentity
{
  guint64 user_id;
  gchar *path;
  guint users; /* table_lock */
  MlsKeyPair key;
};

/* Guards the list, and how often its members are in use. A leaf. */
static GMutex table_lock;
static GList *table;

static void
identity_free (DiscordIdentity *self)
{
  mls_key_pair_clear (&self->key);
  g_free (self->path);
  g_free (self);
}

static gboolean
make_key (MlsKeyPair *key, GError **error)
{
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();

  if (crypto != NULL && mls_key_pair_generate (crypto, key) == MLS_OK)
    return TRUE;
  g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED,
      "OpenSSL made no key for end-to-end encryption.");
  return FALSE;
}

static DiscordIdentity *
identity_new (guint64 user_id, const gchar *path, GError **error)
{
  DiscordIdentity *self = g_new0 (DiscordIdentity, 1);

  self->user_id = user_id;
  self->path = g_strdup (path);
  if (path != NULL ? discord_identity_file_load (path, &self->key, error)
                   : make_key (&self->key, error))
    return self;
  identity_free (self);
  return NULL;
}

static DiscordIdentity *
table_find_unlocked (guint64 user_id)
{
  for (GList *l = table; l != NULL; l = l->next) {
    DiscordIdentity *identity = l->data;

    if (identity->user_id == user_id)
      return identity;
  }
  return NULL;
}

/* The one in use, counted; or @made (transfer full, nullable), from now on in
 * use; or NULL. */
static DiscordIdentity *
table_use (guint64 user_id, DiscordIdentity *made)
{
  DiscordIdentity *found;

  g_mutex_lock (&table_lock);
  found = table_find_unlocked (user_id);
  if (found == NULL && made != NULL) {
    found = g_steal_pointer (&made);
    table = g_list_prepend (table, found);
  }
  if (found != NULL)
    found->users++;
  g_mutex_unlock (&table_lock);
  if (made != NULL)
    identity_free (made);
  return found;
}

DiscordIdentity *
discord_identity_acquire (guint64 user_id, const gchar *path, GError **error)
{
  DiscordIdentity *self = table_use (user_id, NULL);

  if (self == NULL) {
    self = identity_new (user_id, path, error);
    if (self == NULL)
      return NULL;
    self = table_use (user_id, self);
  }
  if (g_strcmp0 (self->path, path) == 0)
    return self;
  discord_identity_release (self);
  g_set_error_literal (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT,
      "This account has another connection with another \"identity-key-file\".");
  return NULL;
}

void
discord_identity_release (DiscordIdentity *self)
{
  gboolean last;

  g_mutex_lock (&table_lock);
  last = --self->users == 0;
  if (last)
    table = g_list_remove (table, self);
  g_mutex_unlock (&table_lock);
  if (last)
    identity_free (self);
}

const MlsKeyPair *
discord_identity_get_key (const DiscordIdentity *self)
{
  return &self->key;
}
