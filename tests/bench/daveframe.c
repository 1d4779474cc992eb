/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* What end-to-end encrypting and decrypting one frame costs, beside one bare
 * AES-128-GCM of the same bytes on a context that has its key, with as many of
 * them in clear as associated data; and beside what libdave, Discord's own library, took for such frames on OpenSSL on a machine
 * of two cores. */

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/frame/encryptor.h"

#include "timing.h"

#include <glib.h>
#include <openssl/evp.h>

#define FRAME_MAX 100000
#define ROOM (2 * DAVE_TRAILER_MAX)
/* Batches of all contenders take turns, so that whatever slows the machine slows
 * all; so few frames that those of a batch stay in the cache. */
#define BATCH 8
#define BYTES_PER_CASE (300u << 20)
#define ROUNDS_MAX 20000

typedef struct
{
  const gchar *name;
  DaveCodec codec;
  DaveMedia media;
  gsize length;
  gdouble libdave_encrypt, libdave_decrypt; /* microseconds */
} Case;

static const Case cases[] = {
  { "Opus", DAVE_CODEC_OPUS, DAVE_MEDIA_AUDIO, 160, 0.57, 0.68 },
  { "H264", DAVE_CODEC_H264, DAVE_MEDIA_VIDEO, 1200, 1.7, 1.25 },
  { "H264", DAVE_CODEC_H264, DAVE_MEDIA_VIDEO, 20000, 19, 8.6 },
  { "H264", DAVE_CODEC_H264, DAVE_MEDIA_VIDEO, FRAME_MAX, 94, 41 },
  { "VP8", DAVE_CODEC_VP8, DAVE_MEDIA_VIDEO, 1200, 0, 0 },
  { "AV1", DAVE_CODEC_AV1, DAVE_MEDIA_VIDEO, 1200, 0, 0 },
};

typedef struct
{
  guint8 data[FRAME_MAX + ROOM];
  gsize length;
} Frame;

static const guint8 secret[DAVE_BASE_SECRET_SIZE] = { 0x5a };
static Frame plain, encrypted[BATCH], scratch[BATCH];
static DaveEncryptor *encryptor;
static DaveDecryptor *decryptor;
static EVP_CIPHER_CTX *seal, *open_context;
static guint32 bare_nonce;
static gsize clear_length; /* of the frame, from its start */

/* One picture of one slice, or one OBU; never a start code inside. */
static void
fill (const Case *c)
{
  static const guint8 nal[] = { 0, 0, 0, 1, 0x41, 0x9a, 0x02 };
  static const guint8 obu[] = { 0x30 };
  GRand *rand = g_rand_new_with_seed (1);

  plain.length = c->length;
  for (gsize i = 0; i < c->length; i++)
    plain.data[i] = (guint8) g_rand_int_range (rand, 2, 256);
  g_rand_free (rand);
  if (c->codec == DAVE_CODEC_H264)
    memcpy (plain.data, nal, sizeof nal);
  else if (c->codec == DAVE_CODEC_AV1)
    memcpy (plain.data, obu, sizeof obu);
}

static void
encrypt_one (const Case *c, Frame *out)
{
  DaveSegment segments[] = { { plain.data, plain.length },
    { out->data, sizeof out->data } };
  DaveView in, room;

  if (!dave_view_init (&in, &segments[0], 1)
      || !dave_view_init (&room, &segments[1], 1)
      || dave_encryptor_encrypt (encryptor, c->codec, &in, &room, &out->length)
          != DAVE_FRAME_OK)
    g_error ("%s: not encrypted", c->name);
}

/* All in one piece for these frames. */
static void
note_clear_length (const Case *c)
{
  const DaveLayout *layout = dave_encryptor_layout (encryptor);

  encrypt_one (c, &scratch[0]);
  clear_length = layout->n_ranges > 0 ? layout->ranges[0].size : 0;
  if (layout->n_ranges > 1
      || (clear_length > 0 && layout->ranges[0].offset > 0))
    g_error ("%s: not one slice", c->name);
}

static void
decrypt_one (const Case *c, Frame *in, Frame *out)
{
  DaveSegment segments[] = { { in->data, in->length },
    { out->data, sizeof out->data } };
  DaveView frame, room;
  DavePlain result;

  if (!dave_view_init (&frame, &segments[0], 1)
      || !dave_view_init (&room, &segments[1], 1)
      || dave_decryptor_decrypt (decryptor, c->media, 0, &frame, &room, &result)
          != DAVE_FRAME_OK)
    g_error ("%s: not decrypted", c->name);
}

static gboolean
bare_update (
    EVP_CIPHER_CTX *context, const Case *c, const guint8 *in, guint8 *out)
{
  int n;

  return (clear_length == 0
             || EVP_CipherUpdate (context, NULL, &n, in, (int) clear_length)
                 == 1)
      && EVP_CipherUpdate (context, out + clear_length, &n, in + clear_length,
             (int) (c->length - clear_length))
      == 1;
}

static void
bare_encrypt (const Case *c, Frame *out)
{
  guint8 *tag = out->data + c->length, *iv = tag + DAVE_TAG_SIZE;
  int n;

  dave_cipher_iv (++bare_nonce, iv);
  if (EVP_EncryptInit_ex (seal, NULL, NULL, NULL, iv) != 1
      || !bare_update (seal, c, plain.data, out->data)
      || EVP_EncryptFinal_ex (seal, tag, &n) != 1
      || EVP_CIPHER_CTX_ctrl (seal, EVP_CTRL_AEAD_GET_TAG, DAVE_TAG_SIZE, tag)
          != 1)
    g_error ("OpenSSL failed");
  memcpy (out->data, plain.data, clear_length);
}

static void
bare_decrypt (const Case *c, Frame *in, Frame *out)
{
  guint8 *tag = in->data + c->length, *iv = tag + DAVE_TAG_SIZE;
  int n;

  if (EVP_DecryptInit_ex (open_context, NULL, NULL, NULL, iv) != 1
      || !bare_update (open_context, c, in->data, out->data)
      || EVP_CIPHER_CTX_ctrl (
             open_context, EVP_CTRL_AEAD_SET_TAG, DAVE_TAG_SIZE, tag)
          != 1
      || EVP_DecryptFinal_ex (open_context, out->data + c->length, &n) != 1)
    g_error ("OpenSSL failed");
}

enum
{
  BARE_ENCRYPT,
  BARE_DECRYPT,
  ENCRYPT,
  DECRYPT,
  N_CONTENDERS
};

static void
work (guint contender, const Case *c, guint i)
{
  switch (contender) {
    case BARE_ENCRYPT:
      bare_encrypt (c, &encrypted[i]);
      break;
    case BARE_DECRYPT:
      bare_decrypt (c, &encrypted[i], &scratch[i]);
      break;
    case ENCRYPT:
      encrypt_one (c, &encrypted[i]);
      break;
    default:
      decrypt_one (c, &encrypted[i], &scratch[i]);
      break;
  }
}

/* Nanoseconds a frame; the first of the batch warms up. */
static gdouble
time_batch (guint contender, const Case *c)
{
  gint64 start;

  work (contender, c, 0);
  start = timing_now ();
  for (guint i = 1; i < BATCH; i++)
    work (contender, c, i);
  return (gdouble) (timing_now () - start) / (BATCH - 1);
}

static void
print_row (const Case *c, const gdouble *ns)
{
  printf ("{\"bench\":\"dave frame\",\"case\":\"%s\",\"size\":%zu,"
          "\"encrypt us\":%.3f,\"decrypt us\":%.3f,"
          "\"bare encrypt us\":%.3f,\"bare decrypt us\":%.3f,"
          "\"encrypt / bare\":%.2f,\"decrypt / bare\":%.2f",
      c->name, c->length, ns[ENCRYPT] / 1e3, ns[DECRYPT] / 1e3,
      ns[BARE_ENCRYPT] / 1e3, ns[BARE_DECRYPT] / 1e3,
      ns[ENCRYPT] / ns[BARE_ENCRYPT], ns[DECRYPT] / ns[BARE_DECRYPT]);
  if (c->libdave_encrypt > 0)
    printf (",\"libdave encrypt us\":%.2f,\"libdave decrypt us\":%.2f",
        c->libdave_encrypt, c->libdave_decrypt);
  printf ("}\n");
  fflush (stdout);
}

/* In the order of N_CONTENDERS: what is decrypted was encrypted just before. */
static void
measure (const Case *c)
{
  guint rounds = MIN (BYTES_PER_CASE / BATCH / c->length, ROUNDS_MAX);
  g_autofree gdouble *times = g_new (gdouble, N_CONTENDERS * rounds);
  gdouble medians[N_CONTENDERS];

  fill (c);
  note_clear_length (c);
  for (guint round = 0; round < rounds; round++)
    for (guint i = 0; i < N_CONTENDERS; i++)
      times[i * rounds + round] = time_batch (i, c);
  for (guint i = 0; i < N_CONTENDERS; i++)
    medians[i] = timing_median (times + i * rounds, rounds);
  print_row (c, medians);
}

static EVP_CIPHER_CTX *
new_context (gboolean encrypt)
{
  static const guint8 key[16] = { 0x5a };
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();

  if (EVP_CipherInit_ex (context, EVP_aes_128_gcm (), NULL, key, NULL, encrypt)
      != 1)
    g_error ("OpenSSL lacks AES-128-GCM");
  return context;
}

int
main (void)
{
  encryptor = dave_encryptor_new (secret, 0);
  decryptor = dave_decryptor_new ();
  if (encryptor == NULL || decryptor == NULL
      || !dave_decryptor_add_key (decryptor, secret, 0, 0))
    g_error ("no keys");
  seal = new_context (TRUE);
  open_context = new_context (FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    measure (&cases[i]);
  EVP_CIPHER_CTX_free (seal);
  EVP_CIPHER_CTX_free (open_context);
  dave_encryptor_free (encryptor);
  dave_decryptor_free (decryptor);
  return EXIT_SUCCESS;
}
