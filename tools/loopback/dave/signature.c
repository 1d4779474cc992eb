/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "signature.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#define MAX_SIGNATURE 80

struct _LbSigner
{
  EVP_PKEY *key;
  guint8 public_key[LB_PUBLIC_KEY];
};

LbSigner *
lb_signer_new (void)
{
  LbSigner *self = g_new0 (LbSigner, 1);
  gsize length = 0;

  self->key = EVP_EC_gen ("P-256");
  if (self->key == NULL
      || !EVP_PKEY_get_octet_string_param (self->key, OSSL_PKEY_PARAM_PUB_KEY,
          self->public_key, sizeof self->public_key, &length)
      || length != sizeof self->public_key)
    g_error ("OpenSSL cannot make a P-256 key");
  return self;
}

void
lb_signer_free (LbSigner *self)
{
  EVP_PKEY_free (self->key);
  g_free (self);
}

LbBytes
lb_signer_public_key (const LbSigner *self)
{
  return (LbBytes){ self->public_key, sizeof self->public_key };
}

static GByteArray *
labelled (const char *label, LbBytes content)
{
  g_autofree char *full = g_strconcat ("MLS 1.0 ", label, NULL);
  GByteArray *out = g_byte_array_new ();

  lb_write_vector (out, (LbBytes){ (const guint8 *) full, strlen (full) });
  lb_write_vector (out, content);
  return out;
}

void
lb_sign (
    const LbSigner *self, const char *label, LbBytes content, GByteArray *out)
{
  g_autoptr (GByteArray) text = labelled (label, content);
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  guint8 signature[MAX_SIGNATURE];
  gsize length = sizeof signature;

  if (!EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, self->key)
      || !EVP_DigestSign (context, signature, &length, text->data, text->len))
    g_error ("OpenSSL cannot sign");
  EVP_MD_CTX_free (context);
  lb_write_vector (out, (LbBytes){ signature, length });
}

/* NULL: not an uncompressed point of the curve. */
static EVP_PKEY *
load_public_key (LbBytes key)
{
  EVP_PKEY_CTX *context;
  EVP_PKEY *result = NULL;
  OSSL_PARAM params[] = {
    OSSL_PARAM_utf8_string (OSSL_PKEY_PARAM_GROUP_NAME, (char *) "P-256", 5),
    OSSL_PARAM_octet_string (
        OSSL_PKEY_PARAM_PUB_KEY, (guint8 *) key.data, key.length),
    OSSL_PARAM_END,
  };

  if (key.length != LB_PUBLIC_KEY || key.data[0] != 4)
    return NULL;
  context = EVP_PKEY_CTX_new_from_name (NULL, "EC", NULL);
  if (EVP_PKEY_fromdata_init (context) != 1
      || EVP_PKEY_fromdata (context, &result, EVP_PKEY_PUBLIC_KEY, params) != 1)
    result = NULL;
  EVP_PKEY_CTX_free (context);
  return result;
}

gboolean
lb_is_public_key (LbBytes key)
{
  EVP_PKEY *loaded = load_public_key (key);

  EVP_PKEY_free (loaded);
  return loaded != NULL;
}

gboolean
lb_verify (
    LbBytes public_key, const char *label, LbBytes content, LbBytes signature)
{
  g_autoptr (GByteArray) text = labelled (label, content);
  EVP_PKEY *key = load_public_key (public_key);
  EVP_MD_CTX *context;
  gboolean good;

  if (key == NULL)
    return FALSE;
  context = EVP_MD_CTX_new ();
  good = EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, key) == 1
      && EVP_DigestVerify (
             context, signature.data, signature.length, text->data, text->len)
          == 1;
  EVP_MD_CTX_free (context);
  EVP_PKEY_free (key);
  return good;
}

void
lb_ref_hash (const char *label, LbBytes value, guint8 ref[LB_REF])
{
  g_autoptr (GByteArray) text = labelled (label, value);
  gsize length = LB_REF;
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, text->data, text->len);
  g_checksum_get_digest (checksum, ref, &length);
  g_checksum_free (checksum);
}
