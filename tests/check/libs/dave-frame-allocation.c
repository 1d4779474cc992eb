/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* No allocation per frame: libcrypto's are counted by what it calls for memory,
 * and our own folder allocates in its _new() functions only, which are called
 * before. The process could also be short of memory at any of them. */

#include "gst/discord/dave/frame/decryptor.h"
#include "gst/discord/dave/frame/encryptor.h"

#include <gst/check/gstcheck.h>
#include <openssl/crypto.h>

static guint n_allocations;
/* How many more are to succeed; -1: all. */
static gint allowed = -1;

static gboolean
count (void)
{
  n_allocations++;
  if (allowed == 0)
    return FALSE;
  if (allowed > 0)
    allowed--;
  return TRUE;
}

static void *
counted_malloc (size_t size, const char *file, int line)
{
  return count () ? malloc (size) : NULL;
}

static void *
counted_realloc (void *block, size_t size, const char *file, int line)
{
  return count () ? realloc (block, size) : NULL;
}

static void
counted_free (void *block, const char *file, int line)
{
  free (block);
}

static const guint8 secret[DAVE_BASE_SECRET_SIZE] = "sixteen bytes, M";

static void
exchange (DaveEncryptor *encryptor, DaveDecryptor *decryptor, DaveCodec codec,
    gsize size, gboolean forge)
{
  static guint8 memory[40000], plain_memory[40000];
  DaveSegment segment = { memory, sizeof memory };
  DaveSegment plain_segment = { plain_memory, sizeof plain_memory };
  DaveView view, plain_view, frame;
  DavePlain plain;
  gsize length;

  fail_unless (dave_view_init (&view, &segment, 1));
  fail_unless (dave_view_init (&plain_view, &plain_segment, 1));
  memset (plain_memory, 0xab, size);
  if (size > 8)
    memcpy (plain_memory, "\0\0\1\x65\x88\x84\1\2", 8);
  frame = dave_view_prefix (&plain_view, size);
  fail_unless_equals_int (
      dave_encryptor_encrypt (encryptor, codec, &frame, &view, &length),
      DAVE_FRAME_OK);
  if (forge)
    memory[dave_encryptor_layout (encryptor)->length] ^= 1; /* the tag */
  frame = dave_view_prefix (&view, length);
  fail_unless_equals_int (dave_decryptor_decrypt (decryptor, DAVE_MEDIA_VIDEO,
                              0, &frame, &plain_view, &plain)
          == DAVE_FRAME_OK,
      !forge);
  fail_unless_equals_int (dave_decryptor_decrypt_in_place (
                              decryptor, DAVE_MEDIA_VIDEO, 0, &frame, &plain),
      forge ? DAVE_FRAME_AUTH : DAVE_FRAME_REPLAY);
}

GST_START_TEST (test_no_allocation_per_frame)
{
  const gsize sizes[] = { 0, 3, 160, 1200, 20000 };
  DaveEncryptor *encryptor;
  DaveDecryptor *decryptor;

  n_allocations = 0;
  encryptor = dave_encryptor_new (secret, 0);
  decryptor = dave_decryptor_new ();
  fail_unless (dave_decryptor_add_key (decryptor, secret, 0, 0));
  fail_unless (n_allocations > 0);

  n_allocations = 0;
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gint codec = DAVE_CODEC_UNKNOWN; codec <= DAVE_CODEC_H265; codec++) {
      /* sent in clear */
      if (codec == DAVE_CODEC_OPUS && sizes[i] == 3)
        continue;
      exchange (encryptor, decryptor, codec, sizes[i], FALSE);
      exchange (encryptor, decryptor, codec, sizes[i], TRUE);
    }
  fail_unless_equals_int (n_allocations, 0);
  dave_encryptor_free (encryptor);
  dave_decryptor_free (decryptor);
}
GST_END_TEST;

/* Without memory there is no encryptor, and nothing leaks; with it, there is. */
GST_START_TEST (test_out_of_memory)
{
  DaveEncryptor *encryptor = NULL;
  DaveDecryptor *decryptor = dave_decryptor_new ();
  gint n;

  /* What libcrypto sets up once for the process is not ours to test. */
  dave_encryptor_free (dave_encryptor_new (secret, 0));
  for (n = 0; encryptor == NULL; n++) {
    fail_unless (n < 100);
    allowed = n;
    encryptor = dave_encryptor_new (secret, 0);
    allowed = -1;
  }
  fail_unless (n > 1);
  dave_encryptor_free (encryptor);

  for (n = 0;; n++) {
    gboolean added;

    fail_unless (n < 100);
    allowed = n;
    added = dave_decryptor_add_key (decryptor, secret, 0, 0);
    allowed = -1;
    fail_unless_equals_uint64 (
        dave_decryptor_expire_keys (decryptor, 0), added ? 1 : 0);
    if (added)
      break;
  }
  fail_unless (n > 1);
  dave_decryptor_free (decryptor);
}
GST_END_TEST;

static Suite *
dave_frame_allocation_suite (void)
{
  Suite *suite = suite_create ("dave-frame-allocation");
  TCase *tcase = tcase_create ("dave-frame-allocation");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_no_allocation_per_frame);
  tcase_add_test (tcase, test_out_of_memory);
  return suite;
}

int
main (int argc, char **argv)
{
  /* Before libcrypto allocates for the first time. */
  if (CRYPTO_set_mem_functions (counted_malloc, counted_realloc, counted_free)
      != 1)
    return 1;
  gst_check_init (&argc, &argv);
  return gst_check_run_suite (
      dave_frame_allocation_suite (), "dave_frame_allocation", __FILE__);
}
