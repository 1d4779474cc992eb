/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packetkey.h"

#include "nonces.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#define TAG 16
#define NONCE 4
#define MAX_SEALED (1u << 28)

struct _LbKey
{
  LbCipher cipher;
  guint8 key[32];
  EVP_CIPHER_CTX *seal; /* AES only */
  EVP_CIPHER_CTX *open;
  guint32 sealed;
  LbNonces *nonces;
};

gboolean
lb_cipher_from_name (const char *name, LbCipher *cipher)
{
  *cipher = g_str_equal (name, "aead_aes256_gcm_rtpsize")
      ? LB_CIPHER_AES256_GCM
      : LB_CIPHER_XCHACHA20_POLY1305;
  return g_str_equal (name, lb_cipher_name (*cipher));
}

const char *
lb_cipher_name (LbCipher cipher)
{
  return cipher == LB_CIPHER_AES256_GCM ? "aead_aes256_gcm_rtpsize"
                                        : "aead_xchacha20_poly1305_rtpsize";
}

LbKey *
lb_key_new (LbCipher cipher, const guint8 key[32])
{
  LbKey *self = g_new0 (LbKey, 1);

  self->cipher = cipher;
  memcpy (self->key, key, sizeof self->key);
  self->nonces = lb_nonces_new ();
  if (cipher == LB_CIPHER_AES256_GCM) {
    self->seal = EVP_CIPHER_CTX_new ();
    self->open = EVP_CIPHER_CTX_new ();
    EVP_EncryptInit_ex (self->seal, EVP_aes_256_gcm (), NULL, key, NULL);
    EVP_DecryptInit_ex (self->open, EVP_aes_256_gcm (), NULL, key, NULL);
  }
  return self;
}

void
lb_key_free (LbKey *self)
{
  EVP_CIPHER_CTX_free (self->seal);
  EVP_CIPHER_CTX_free (self->open);
  lb_nonces_free (self->nonces);
  lb_wipe (self->key, sizeof self->key);
  g_free (self);
}

void
lb_wipe (gpointer data, gsize length)
{
  sodium_memzero (data, length);
}

static gboolean
open_gcm (LbKey *self, const guint8 *nonce, const guint8 *datagram,
    gsize length, gsize clear, guint8 *plain)
{
  gsize body = length - clear - LB_OVERHEAD;
  int done;

  return EVP_DecryptInit_ex (self->open, NULL, NULL, NULL, nonce)
      && EVP_DecryptUpdate (self->open, NULL, &done, datagram, (int) clear)
      && EVP_DecryptUpdate (
          self->open, plain + clear, &done, datagram + clear, (int) body)
      && EVP_CIPHER_CTX_ctrl (self->open, EVP_CTRL_GCM_SET_TAG, TAG,
          (void *) (datagram + clear + body))
      && EVP_DecryptFinal_ex (self->open, plain + clear + body, &done) > 0;
}

gboolean
lb_key_open (LbKey *self, const guint8 *datagram, gsize length, gsize clear,
    guint8 *plain)
{
  guint8 nonce[24] = { 0 };

  if (length < clear + LB_OVERHEAD)
    return FALSE;
  memcpy (nonce, datagram + length - NONCE, NONCE);
  memcpy (plain, datagram, clear);
  if (self->cipher == LB_CIPHER_AES256_GCM)
    return open_gcm (self, nonce, datagram, length, clear, plain);
  return crypto_aead_xchacha20poly1305_ietf_decrypt (plain + clear, NULL, NULL,
             datagram + clear, length - clear - NONCE, datagram, clear, nonce,
             self->key)
      == 0;
}

/* Key and counter space are shared with the client. Those who count up from 1
 * in either byte order or from 2^31 little-endian do not come here for 2^30
 * packets: the first and the last byte are both within 0x40..0x7f. */
static void
our_nonce (guint32 counter, guint8 nonce[24])
{
  memset (nonce, 0, 24);
  nonce[0] = (guint8) (0x40 | (counter >> 22 & 0x3f));
  nonce[1] = (guint8) (counter >> 14);
  nonce[2] = (guint8) (counter >> 6);
  nonce[3] = (guint8) (0x40 | (counter & 0x3f));
}

static gboolean
seal_gcm (LbKey *self, const guint8 *nonce, const guint8 *plain, gsize length,
    gsize clear, guint8 *datagram)
{
  int done;

  return EVP_EncryptInit_ex (self->seal, NULL, NULL, NULL, nonce)
      && EVP_EncryptUpdate (self->seal, NULL, &done, plain, (int) clear)
      && EVP_EncryptUpdate (self->seal, datagram + clear, &done, plain + clear,
          (int) (length - clear))
      && EVP_EncryptFinal_ex (self->seal, datagram + length, &done)
      && EVP_CIPHER_CTX_ctrl (
          self->seal, EVP_CTRL_GCM_GET_TAG, TAG, datagram + length);
}

gboolean
lb_key_seal (LbKey *self, const guint8 *plain, gsize length, gsize clear,
    guint8 *datagram)
{
  guint8 nonce[24];

  if (self->sealed >= MAX_SEALED)
    return FALSE;
  our_nonce (self->sealed++, nonce);
  memcpy (datagram, plain, clear);
  memcpy (datagram + length + TAG, nonce, NONCE);
  if (self->cipher == LB_CIPHER_AES256_GCM)
    return seal_gcm (self, nonce, plain, length, clear, datagram);
  return crypto_aead_xchacha20poly1305_ietf_encrypt (datagram + clear, NULL,
             plain + clear, length - clear, plain, clear, NULL, nonce,
             self->key)
      == 0;
}

gboolean
lb_key_note_nonce (LbKey *self, const guint8 nonce[4])
{
  return lb_nonces_add (self->nonces, nonce);
}
