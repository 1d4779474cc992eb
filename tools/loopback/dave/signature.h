/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bytes.h"

/* Ciphersuite 2 as far as somebody without a group's secrets needs it: P-256
 * with SHA-256 (RFC 9420 sections 5.1 and 5.2). */

#define LB_PUBLIC_KEY 65
#define LB_REF 32

typedef struct _LbSigner LbSigner;

LbSigner *lb_signer_new (void);
void lb_signer_free (LbSigner *self);
/* An uncompressed point. */
LbBytes lb_signer_public_key (const LbSigner *self);
/* SignWithLabel; appended to @out as a vector. */
void lb_sign (
    const LbSigner *self, const char *label, LbBytes content, GByteArray *out);

/* VerifyWithLabel. */
gboolean lb_verify (
    LbBytes public_key, const char *label, LbBytes content, LbBytes signature);
/* An uncompressed point that lies on the curve. */
gboolean lb_is_public_key (LbBytes key);
/* RefHash. */
void lb_ref_hash (const char *label, LbBytes value, guint8 ref[LB_REF]);
