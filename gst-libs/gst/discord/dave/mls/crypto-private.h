/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "crypto.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

struct _MlsCrypto
{
  EVP_MD *sha256;
  EVP_MD_CTX *hash;
  EVP_MAC_CTX *hmac; /* holds no key between calls */
  EC_GROUP *curve;
  EVP_PKEY *any_key; /* nobody's; to be copied for its curve */
};
