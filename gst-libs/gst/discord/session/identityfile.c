/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "identityfile.h"

#include <gst/discord/gstdiscorderror.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

/* A private key in PEM takes a quarter of a KiB; comments may stand before. */
#define MAX_FILE 8192
#define SCALAR_SIZE sizeof (MlsSecret)

#define CURVE "P-256"
#define CURVE_IN_FILES "prime256v1"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_clear_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)

typedef struct
{
  gsize length;
  guint8 data[MAX_FILE + 1];
} Content;

static gboolean
refuse (GError **error, const gchar *path, const gchar *why)
{
  g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
      "The identity key file \"%s\" %s.", path, why);
  return FALSE;
}

static gboolean
refuse_errno (
    GError **error, const gchar *path, const gchar *doing, gint saved_errno)
{
  g_set_error (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS,
      "The identity key file \"%s\" cannot be %s: %s.", path, doing,
      g_strerror (saved_errno));
  return FALSE;
}

/* Nobody is asked for a pass phrase: there may be nobody. */
static int
no_pass_phrase (char *buffer, int size, int writing, void *data)
{
  return -1;
}

static gboolean
scalar_from_pkey (const EVP_PKEY *pkey, guint8 scalar[SCALAR_SIZE])
{
  g_autoptr (BIGNUM) number = NULL;
  gchar curve[32];

  return EVP_PKEY_is_a (pkey, "EC")
      && EVP_PKEY_get_group_name (pkey, curve, sizeof curve, NULL) == 1
      && g_str_equal (curve, CURVE_IN_FILES)
      && EVP_PKEY_get_bn_param (pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1
      && BN_bn2binpad (number, scalar, SCALAR_SIZE) == SCALAR_SIZE;
}

static gboolean
scalar_from_content (const Content *content, guint8 scalar[SCALAR_SIZE])
{
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (BIO) bio = NULL;
  gboolean found = FALSE;

  if (content->length == SCALAR_SIZE) {
    memcpy (scalar, content->data, SCALAR_SIZE);
    return TRUE;
  }
  ERR_set_mark ();
  bio = BIO_new_mem_buf (content->data, (int) content->length);
  if (bio != NULL)
    pkey = PEM_read_bio_PrivateKey (bio, NULL, no_pass_phrase, NULL);
  if (pkey != NULL)
    found = scalar_from_pkey (pkey, scalar);
  ERR_pop_to_mark ();
  return found;
}

static gboolean
key_from_content (const Content *content, MlsKeyPair *key)
{
  g_autoptr (MlsCrypto) crypto = mls_crypto_new ();
  guint8 scalar[SCALAR_SIZE];
  gboolean done;

  done = crypto != NULL && scalar_from_content (content, scalar)
      && mls_key_pair_from_private (
             crypto, mls_bytes (scalar, sizeof scalar), key)
          == MLS_OK;
  sodium_memzero (scalar, sizeof scalar);
  return done;
}

static gboolean
read_content (gint fd, Content *content)
{
  content->length = 0;
  while (content->length < sizeof content->data) {
    gssize n = read (fd, content->data + content->length,
        sizeof content->data - content->length);

    if (n == 0)
      return TRUE;
    if (n < 0 && errno != EINTR)
      return FALSE;
    content->length += MAX (n, 0);
  }
  return TRUE;
}

static gboolean
check_owner (gint fd, const gchar *path, GError **error)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    return refuse_errno (error, path, "read", errno);
  if (!S_ISREG (status.st_mode))
    return refuse (error, path, "is no regular file");
  if (status.st_uid != geteuid ())
    return refuse (error, path, "belongs to another user");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refuse (error, path,
        "is open to other users; make it readable by its owner only "
        "(chmod 600)");
  return TRUE;
}

static gboolean
load_from (gint fd, const gchar *path, MlsKeyPair *key, GError **error)
{
  Content content;
  gboolean done;

  if (!check_owner (fd, path, error))
    return FALSE;
  if (!read_content (fd, &content))
    done = refuse_errno (error, path, "read", errno);
  else if (content.length <= MAX_FILE && key_from_content (&content, key))
    done = TRUE;
  else
    done = refuse (error, path, "holds no private key on P-256");
  sodium_memzero (&content, sizeof content);
  return done;
}

/* No terminal, device or FIFO to wait for. */
static gint
open_existing (const gchar *path)
{
  return open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

/* A new private key in PEM; NULL when OpenSSL fails. The memory is wiped. */
static BIO *
make_pem (void)
{
  g_autoptr (EVP_PKEY) pkey = EVP_EC_gen (CURVE);
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());

  if (pkey == NULL || bio == NULL
      || PEM_write_bio_PKCS8PrivateKey (bio, pkey, NULL, NULL, 0, NULL, NULL)
          != 1)
    return NULL;
  return g_steal_pointer (&bio);
}

static gboolean
write_all (gint fd, const gchar *data, gsize length)
{
  while (length > 0) {
    gssize n = write (fd, data, length);

    if (n < 0 && errno != EINTR)
      return FALSE;
    data += MAX (n, 0);
    length -= MAX (n, 0);
  }
  return fsync (fd) == 0;
}

/* TRUE also when somebody else made it just now. */
static gboolean
create (const gchar *path, GError **error)
{
  g_autoptr (BIO) pem = make_pem ();
  gboolean done;
  char *data;
  long length;
  gint fd;

  if (pem == NULL)
    return refuse (error, path, "cannot be made: OpenSSL made no key");
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno == EEXIST || refuse_errno (error, path, "made", errno);
  length = BIO_get_mem_data (pem, &data);
  done = write_all (fd, data, (gsize) length);
  if (!done) {
    refuse_errno (error, path, "written", errno);
    unlink (path);
  }
  close (fd);
  return done;
}

gboolean
discord_identity_file_load (const gchar *path, MlsKeyPair *key, GError **error)
{
  gint fd = open_existing (path);
  gboolean done;

  if (fd < 0 && errno == ENOENT) {
    if (!create (path, error))
      return FALSE;
    fd = open_existing (path);
  }
  if (fd < 0)
    return refuse_errno (error, path, "opened", errno);
  done = load_from (fd, path, key, error);
  close (fd);
  return done;
}

gboolean
discord_identity_file_check (const gchar *path, GError **error)
{
  g_auto (MlsKeyPair) key = MLS_KEY_PAIR_INIT;
  gint fd = open_existing (path);
  gboolean done;

  if (fd < 0)
    return errno == ENOENT || refuse_errno (error, path, "opened", errno);
  done = load_from (fd, path, &key, error);
  close (fd);
  return done;
}
