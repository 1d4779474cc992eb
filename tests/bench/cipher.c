/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What protecting and unprotecting one packet costs beside the bare AEAD calls
 * of both libraries on the same bytes, and beside libsrtp2. Payload sizes are
 * the arguments, 160 and 1200 without any. Exits with 1 when a row is missing. */

#include "gst/discord/crypto/transportcipher.h"

#include "timing.h"

#include <openssl/evp.h>
#include <sodium.h>

#ifdef HAVE_SRTP2
#include <srtp2/srtp.h>
#endif

#define HEADER_SIZE 12
#define TAG_SIZE 16
#define SSRC 99999
#define MAX_PAYLOAD 1400

/* A batch of the largest packets stays in the first-level cache; batches of all
 * contenders take turns, so that whatever slows the machine slows all. The first
 * packets of a batch are not timed: they warm caches and branch predictors up
 * after the contender before. */
#define WARM_UP 8
#define BATCH 24
#define ROUNDS 4001

typedef struct
{
  guint8 data[HEADER_SIZE + MAX_PAYLOAD + 64];
  gsize length; /* of what is protected or unprotected next */
  guint8 nonce[24]; /* of the bare calls */
} Packet;

typedef struct _Contender Contender;

struct _Contender
{
  const gchar *name;
  gboolean bare;
  /* One packet in place; false on failure. */
  gboolean (*protect) (Packet *packet);
  gboolean (*unprotect) (Packet *packet);
};

typedef struct
{
  const gchar *name;
  const Contender *contenders;
  guint n_contenders;
  TransportMode mode;
} Family;

static guint8 key[32];
static guint16 sequence;
static TransportCipher *cipher;
static crypto_aead_aes256gcm_state *gcm_schedule;
static EVP_CIPHER_CTX *gcm_seal, *gcm_open, *chacha_seal, *chacha_open;
#ifdef HAVE_SRTP2
static srtp_t srtp_sender, srtp_receiver;
#endif

static gboolean
ours_protect (Packet *packet)
{
  return transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet->data,
             packet->length, sizeof packet->data, &packet->length)
      == TRANSPORT_OK;
}

static gboolean
ours_unprotect (Packet *packet)
{
  TransportPlain plain;

  return transport_cipher_unprotect (
             cipher, TRANSPORT_PACKET_RTP, packet->data, packet->length, &plain)
      == TRANSPORT_OK;
}

static gboolean
sodium_gcm_protect (Packet *packet)
{
  guint8 *message = packet->data + HEADER_SIZE;
  gsize length = packet->length - HEADER_SIZE;

  packet->length += TAG_SIZE;
  return crypto_aead_aes256gcm_encrypt_detached_afternm (message,
             message + length, NULL, message, length, packet->data, HEADER_SIZE,
             NULL, packet->nonce, gcm_schedule)
      == 0;
}

static gboolean
sodium_gcm_unprotect (Packet *packet)
{
  guint8 *message = packet->data + HEADER_SIZE;
  gsize length = packet->length - HEADER_SIZE - TAG_SIZE;

  return crypto_aead_aes256gcm_decrypt_detached_afternm (message, NULL, message,
             length, message + length, packet->data, HEADER_SIZE, packet->nonce,
             gcm_schedule)
      == 0;
}

static gboolean
sodium_xchacha_protect (Packet *packet)
{
  guint8 *message = packet->data + HEADER_SIZE;
  gsize length = packet->length - HEADER_SIZE;

  packet->length += TAG_SIZE;
  return crypto_aead_xchacha20poly1305_ietf_encrypt_detached (message,
             message + length, NULL, message, length, packet->data, HEADER_SIZE,
             NULL, packet->nonce, key)
      == 0;
}

static gboolean
sodium_xchacha_unprotect (Packet *packet)
{
  guint8 *message = packet->data + HEADER_SIZE;
  gsize length = packet->length - HEADER_SIZE - TAG_SIZE;

  return crypto_aead_xchacha20poly1305_ietf_decrypt_detached (message, NULL,
             message, length, message + length, packet->data, HEADER_SIZE,
             packet->nonce, key)
      == 0;
}

/* The documented sequence on a context that lives as long as the key. */
static gboolean
evp_protect (EVP_CIPHER_CTX *context, const guint8 *subkey, const guint8 *iv,
    Packet *packet)
{
  guint8 *message = packet->data + HEADER_SIZE;
  gsize length = packet->length - HEADER_SIZE;
  int n;

  packet->length += TAG_SIZE;
  return EVP_EncryptInit_ex (context, NULL, NULL, subkey, iv)
      && EVP_EncryptUpdate (context, NULL, &n, packet->data, HEADER_SIZE)
      && EVP_EncryptUpdate (context, message, &n, message, (int) length)
      && EVP_EncryptFinal_ex (context, message + length, &n)
      && EVP_CIPHER_CTX_ctrl (
          context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, message + length);
}

static gboolean
evp_unprotect (EVP_CIPHER_CTX *context, const guint8 *subkey, const guint8 *iv,
    Packet *packet)
{
  guint8 *message = packet->data + HEADER_SIZE;
  gsize length = packet->length - HEADER_SIZE - TAG_SIZE;
  int n;

  return EVP_DecryptInit_ex (context, NULL, NULL, subkey, iv)
      && EVP_CIPHER_CTX_ctrl (
          context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, message + length)
      && EVP_DecryptUpdate (context, NULL, &n, packet->data, HEADER_SIZE)
      && EVP_DecryptUpdate (context, message, &n, message, (int) length)
      && EVP_DecryptFinal_ex (context, message + length, &n) > 0;
}

static gboolean
openssl_gcm_protect (Packet *packet)
{
  return evp_protect (gcm_seal, NULL, packet->nonce, packet);
}

static gboolean
openssl_gcm_unprotect (Packet *packet)
{
  return evp_unprotect (gcm_open, NULL, packet->nonce, packet);
}

/* OpenSSL has no XChaCha20: HChaCha20 is libsodium's. */
static gboolean
openssl_xchacha_protect (Packet *packet)
{
  guint8 subkey[32];
  guint8 iv[12] = { 0 };

  crypto_core_hchacha20 (subkey, packet->nonce, key, NULL);
  memcpy (iv + 4, packet->nonce + 16, 8);
  return evp_protect (chacha_seal, subkey, iv, packet);
}

static gboolean
openssl_xchacha_unprotect (Packet *packet)
{
  guint8 subkey[32];
  guint8 iv[12] = { 0 };

  crypto_core_hchacha20 (subkey, packet->nonce, key, NULL);
  memcpy (iv + 4, packet->nonce + 16, 8);
  return evp_unprotect (chacha_open, subkey, iv, packet);
}

#ifdef HAVE_SRTP2
static gboolean
srtp_protect_packet (Packet *packet)
{
  int length = (int) packet->length;
  gboolean done =
      srtp_protect (srtp_sender, packet->data, &length) == srtp_err_status_ok;

  packet->length = length;
  return done;
}

static gboolean
srtp_unprotect_packet (Packet *packet)
{
  int length = (int) packet->length;

  return srtp_unprotect (srtp_receiver, packet->data, &length)
      == srtp_err_status_ok;
}

static srtp_t
new_srtp (srtp_ssrc_type_t direction)
{
  guint8 master[SRTP_AES_GCM_256_KEY_LEN_WSALT] = { 1 };
  srtp_policy_t policy = { 0 };
  srtp_t session;

  /* AEAD_AES_256_GCM of RFC 7714: 16-byte tag. */
  srtp_crypto_policy_set_aes_gcm_256_16_auth (&policy.rtp);
  srtp_crypto_policy_set_aes_gcm_256_16_auth (&policy.rtcp);
  policy.ssrc.type = direction;
  policy.key = master;
  policy.window_size = 128;
  if (srtp_create (&session, &policy) != srtp_err_status_ok)
    g_error ("libsrtp2 has no AES-256-GCM");
  return session;
}
#endif

static const Contender gcm_contenders[] = {
  { "gst-discord", FALSE, ours_protect, ours_unprotect },
  { "libsodium", TRUE, sodium_gcm_protect, sodium_gcm_unprotect },
  { "openssl", TRUE, openssl_gcm_protect, openssl_gcm_unprotect },
#ifdef HAVE_SRTP2
  { "libsrtp2", FALSE, srtp_protect_packet, srtp_unprotect_packet },
#endif
};

static const Contender xchacha_contenders[] = {
  { "gst-discord", FALSE, ours_protect, ours_unprotect },
  { "libsodium", TRUE, sodium_xchacha_protect, sodium_xchacha_unprotect },
  { "hchacha20+openssl", TRUE, openssl_xchacha_protect,
      openssl_xchacha_unprotect },
};

static const Family families[] = {
  { "aes256-gcm", gcm_contenders, G_N_ELEMENTS (gcm_contenders),
      TRANSPORT_MODE_AES256_GCM },
  { "xchacha20-poly1305", xchacha_contenders, G_N_ELEMENTS (xchacha_contenders),
      TRANSPORT_MODE_XCHACHA20_POLY1305 },
};

/* A new sequence each, as libsrtp2 demands. */
static void
fill (Packet *packet, gsize payload)
{
  memset (packet->data, 0, HEADER_SIZE);
  packet->data[0] = 0x80;
  packet->data[1] = 120;
  packet->data[2] = sequence >> 8;
  packet->data[3] = (guint8) sequence;
  packet->data[9] = (guint8) (SSRC >> 16);
  packet->data[10] = (guint8) (SSRC >> 8);
  packet->data[11] = (guint8) SSRC;
  memset (packet->data + HEADER_SIZE, (guint8) sequence, payload);
  packet->length = HEADER_SIZE + payload;
  memset (packet->nonce, 0, sizeof packet->nonce);
  memcpy (packet->nonce, &sequence, sizeof sequence);
  sequence++;
}

/* Nanoseconds a packet for one batch. */
static gdouble
time_batch (const Contender *contender, gboolean protect, gsize payload)
{
  static Packet packets[WARM_UP + BATCH];
  gboolean (*work) (Packet * packet) =
      protect ? contender->protect : contender->unprotect;
  gboolean done = TRUE;
  gint64 start;

  for (guint i = 0; i < G_N_ELEMENTS (packets); i++) {
    fill (&packets[i], payload);
    if (!protect)
      done &= contender->protect (&packets[i]);
  }
  for (guint i = 0; i < WARM_UP; i++)
    done &= work (&packets[i]);

  start = timing_now ();
  for (guint i = WARM_UP; i < G_N_ELEMENTS (packets); i++)
    done &= work (&packets[i]);
  start = timing_now () - start;

  if (!done)
    g_error ("%s failed", contender->name);
  return (gdouble) start / BATCH;
}

static void
print_ratio (const gchar *family, const gchar *operation, const gchar *to,
    gsize payload, gdouble ratio)
{
  printf ("{\"bench\":\"cipher\",\"case\":\"%s %s: gst-discord / %s\","
          "\"size\":%zu,\"ratio\":%.3f}\n",
      family, operation, to, payload, ratio);
}

/* The first contender is ours. */
static void
print_rows (const Family *family, const gchar *operation, gsize payload,
    const gdouble *medians)
{
  gdouble best = G_MAXDOUBLE;

  for (guint i = 0; i < family->n_contenders; i++) {
    printf ("{\"bench\":\"cipher\",\"case\":\"%s %s: %s\",\"size\":%zu,"
            "\"ns\":%.1f}\n",
        family->name, operation, family->contenders[i].name, payload,
        medians[i]);
    if (family->contenders[i].bare)
      best = MIN (best, medians[i]);
  }

  print_ratio (
      family->name, operation, "better bare call", payload, medians[0] / best);
  for (guint i = 1; i < family->n_contenders; i++) {
    if (!family->contenders[i].bare)
      print_ratio (family->name, operation, family->contenders[i].name, payload,
          medians[0] / medians[i]);
  }
}

/* Sender and receiver must see the same packets, or the receiver loses count of
 * how often the sequence wrapped. */
static void
restart_srtp (void)
{
#ifdef HAVE_SRTP2
  if (srtp_sender != NULL) {
    srtp_dealloc (srtp_sender);
    srtp_dealloc (srtp_receiver);
  }
  srtp_sender = new_srtp (ssrc_any_outbound);
  srtp_receiver = new_srtp (ssrc_any_inbound);
#endif
}

static void
measure (const Family *family, gboolean protect, gsize payload)
{
  g_autofree gdouble *times =
      g_new (gdouble, (gsize) family->n_contenders * ROUNDS);
  g_autofree gdouble *medians = g_new (gdouble, family->n_contenders);

  restart_srtp ();
  for (guint round = 0; round < ROUNDS; round++) {
    for (guint i = 0; i < family->n_contenders; i++) {
      times[i * ROUNDS + round] =
          time_batch (&family->contenders[i], protect, payload);
    }
  }

  for (guint i = 0; i < family->n_contenders; i++)
    medians[i] = timing_median (times + i * ROUNDS, ROUNDS);
  print_rows (family, protect ? "protect" : "unprotect", payload, medians);
  fflush (stdout);
}

static EVP_CIPHER_CTX *
new_context (const EVP_CIPHER *algorithm, gboolean encrypt)
{
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();

  if (!EVP_CipherInit_ex (context, algorithm, NULL, key, NULL, encrypt))
    g_error ("OpenSSL lacks a cipher");
  return context;
}

static void
init (void)
{
  if (sodium_init () < 0 || !crypto_aead_aes256gcm_is_available ())
    g_error ("libsodium has no AES-256-GCM on this CPU to compare with");
  memset (key, 0x5a, sizeof key);
  gcm_schedule = sodium_malloc (sizeof *gcm_schedule);
  crypto_aead_aes256gcm_beforenm (gcm_schedule, key);
  gcm_seal = new_context (EVP_aes_256_gcm (), TRUE);
  gcm_open = new_context (EVP_aes_256_gcm (), FALSE);
  chacha_seal = new_context (EVP_chacha20_poly1305 (), TRUE);
  chacha_open = new_context (EVP_chacha20_poly1305 (), FALSE);
#ifdef HAVE_SRTP2
  if (srtp_init () != srtp_err_status_ok)
    g_error ("libsrtp2 does not start");
#endif
}

static void
finish (void)
{
  sodium_free (gcm_schedule);
  EVP_CIPHER_CTX_free (gcm_seal);
  EVP_CIPHER_CTX_free (gcm_open);
  EVP_CIPHER_CTX_free (chacha_seal);
  EVP_CIPHER_CTX_free (chacha_open);
#ifdef HAVE_SRTP2
  srtp_dealloc (srtp_sender);
  srtp_dealloc (srtp_receiver);
  srtp_shutdown ();
#endif
}

static void
measure_all (gsize payload)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    cipher =
        transport_cipher_new (families[i].mode, key, TRANSPORT_FIRST_NONCE);
    if (cipher == NULL)
      g_error ("no cipher");
    measure (&families[i], TRUE, payload);
    measure (&families[i], FALSE, payload);
    transport_cipher_free (cipher);
  }
}

int
main (int argc, char **argv)
{
  static const gsize usual[] = { 160, 1200 };

  init ();
  for (gint i = 1; i < argc; i++) {
    guint64 payload = g_ascii_strtoull (argv[i], NULL, 10);

    if (payload == 0 || payload > MAX_PAYLOAD)
      g_error ("%s: no payload size", argv[i]);
    measure_all (payload);
  }
  for (guint i = 0; argc == 1 && i < G_N_ELEMENTS (usual); i++)
    measure_all (usual[i]);
  finish ();

#ifdef HAVE_SRTP2
  return EXIT_SUCCESS;
#else
  printf ("{\"bench\":\"cipher\",\"case\":\"aes256-gcm: libsrtp2\","
          "\"missing\":\"built without libsrtp2\"}\n");
  return EXIT_FAILURE;
#endif
}
