/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "p256.h"

#include "crypto-private.h"

/* The EC_POINT functions instead of an EVP_PKEY for each key: importing one
 * costs OpenSSL 3.0 twice as much as multiplying the base point. */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BN_CTX, BN_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_clear_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EC_POINT, EC_POINT_clear_free)

void
mls_key_pair_clear (MlsKeyPair *self)
{
  mls_secret_clear (&self->private_key);
}

static MlsResult
scalar_new (MlsCrypto *crypto, MlsBytes bytes, BIGNUM **out)
{
  g_autoptr (BIGNUM) scalar = BN_new ();

  if (bytes.length != sizeof (MlsSecret))
    return MLS_ERROR_KEY;
  if (scalar == NULL)
    return MLS_ERROR_CRYPTO;
  BN_set_flags (scalar, BN_FLG_CONSTTIME);
  if (BN_bin2bn (bytes.data, (int) bytes.length, scalar) == NULL)
    return MLS_ERROR_CRYPTO;
  if (BN_is_zero (scalar)
      || BN_cmp (scalar, EC_GROUP_get0_order (crypto->curve)) >= 0)
    return MLS_ERROR_KEY;
  *out = g_steal_pointer (&scalar);
  return MLS_OK;
}

MlsResult
mls_key_pair_from_private (
    MlsCrypto *crypto, MlsBytes private_key, MlsKeyPair *out)
{
  g_autoptr (BN_CTX) context = BN_CTX_new ();
  g_autoptr (EC_POINT) point = EC_POINT_new (crypto->curve);
  g_autoptr (BIGNUM) scalar = NULL;

  MLS_TRY (scalar_new (crypto, private_key, &scalar));
  if (context == NULL || point == NULL
      || EC_POINT_mul (crypto->curve, point, scalar, NULL, NULL, context) != 1
      || EC_POINT_point2oct (crypto->curve, point,
             POINT_CONVERSION_UNCOMPRESSED, out->public_key,
             sizeof out->public_key, context)
          != sizeof out->public_key)
    return MLS_ERROR_CRYPTO;
  memmove (out->private_key.data, private_key.data, private_key.length);
  return MLS_OK;
}

MlsResult
mls_key_pair_generate (MlsCrypto *crypto, MlsKeyPair *out)
{
  g_auto (MlsSecret) candidate = MLS_SECRET_ZERO;
  MlsResult result;

  /* All but one of 2^32 candidates are below the group order. */
  do {
    MLS_TRY (mls_random (candidate.data, sizeof candidate.data));
    result =
        mls_key_pair_from_private (crypto, MLS_SECRET_BYTES (&candidate), out);
  } while (result == MLS_ERROR_KEY);
  return result;
}

/* Fails for points that are not on the curve, too. */
static MlsResult
point_new (MlsCrypto *crypto, MlsBytes key, EC_POINT **out)
{
  g_autoptr (EC_POINT) point = NULL;

  if (key.length != MLS_PUBLIC_KEY_SIZE
      || key.data[0] != POINT_CONVERSION_UNCOMPRESSED)
    return MLS_ERROR_KEY;
  point = EC_POINT_new (crypto->curve);
  if (point == NULL)
    return MLS_ERROR_CRYPTO;
  if (EC_POINT_oct2point (crypto->curve, point, key.data, key.length, NULL)
      != 1)
    return MLS_ERROR_KEY;
  *out = g_steal_pointer (&point);
  return MLS_OK;
}

MlsResult
mls_public_key_check (MlsCrypto *crypto, MlsBytes key)
{
  g_autoptr (EC_POINT) point = NULL;

  return point_new (crypto, key, &point);
}

MlsResult
mls_p256_ecdh (MlsCrypto *crypto, const MlsSecret *private_key,
    MlsBytes public_key, MlsSecret *out)
{
  g_autoptr (BN_CTX) context = BN_CTX_new ();
  g_autoptr (EC_POINT) shared = EC_POINT_new (crypto->curve);
  g_autoptr (EC_POINT) point = NULL;
  g_autoptr (BIGNUM) scalar = NULL;
  g_autoptr (BIGNUM) x = BN_new ();

  MLS_TRY (point_new (crypto, public_key, &point));
  MLS_TRY (scalar_new (crypto, MLS_SECRET_BYTES (private_key), &scalar));
  if (context == NULL || shared == NULL || x == NULL
      || EC_POINT_mul (crypto->curve, shared, NULL, point, scalar, context) != 1
      || EC_POINT_get_affine_coordinates (
             crypto->curve, shared, x, NULL, context)
          != 1
      || BN_bn2binpad (x, out->data, sizeof out->data) != sizeof out->data)
    return MLS_ERROR_CRYPTO;
  return MLS_OK;
}
