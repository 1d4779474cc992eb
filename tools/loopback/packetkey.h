/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Transport encryption (media-transport section 2) written apart from the
 * client's, on the libraries' own calls, so that a mistake there is not made
 * here as well. */
typedef enum
{
  LB_CIPHER_AES256_GCM,
  LB_CIPHER_XCHACHA20_POLY1305,
} LbCipher;

#define LB_OVERHEAD 20 /* tag 16, nonce 4 */

typedef struct _LbKey LbKey;

gboolean lb_cipher_from_name (const char *name, LbCipher *cipher);
const char *lb_cipher_name (LbCipher cipher);

LbKey *lb_key_new (LbCipher cipher, const guint8 key[32]);
void lb_key_free (LbKey *self);

/* @clear bytes of the datagram are authenticated only; @plain has room for
 * @length bytes and gets @length - LB_OVERHEAD. */
gboolean lb_key_open (LbKey *self, const guint8 *datagram, gsize length,
    gsize clear, guint8 *plain);
/* @datagram has room for @length + LB_OVERHEAD. FALSE when the nonces that are
 * ours are used up. */
gboolean lb_key_seal (LbKey *self, const guint8 *plain, gsize length,
    gsize clear, guint8 *datagram);
/* FALSE: this key has opened a datagram with that nonce before. */
gboolean lb_key_note_nonce (LbKey *self, const guint8 nonce[4]);
void lb_wipe (gpointer data, gsize length);
