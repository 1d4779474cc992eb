/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* No allocation per packet: counts every one of this process, also those of
 * libsodium and OpenSSL. */

#include "gst/discord/crypto/transportcipher.h"

#include <errno.h>
#include <gst/check/gstcheck.h>

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature (name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)              \
    || HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define WITH_SANITIZER 1
#endif

static volatile gboolean counting;
static volatile guint allocations;

static void
count_allocation (void)
{
  if (counting)
    allocations++;
}

#ifdef WITH_SANITIZER

/* sanitizer/allocator_interface.h, which GCC does not install. */
extern int __sanitizer_install_malloc_and_free_hooks (
    void (*on_malloc) (const volatile void *block, size_t size),
    void (*on_free) (const volatile void *block));

static void
on_malloc (const volatile void *block, size_t size)
{
  count_allocation ();
}

static void
on_free (const volatile void *block)
{
}

static void
install (void)
{
  static gboolean installed;

  if (!installed)
    fail_unless (
        __sanitizer_install_malloc_and_free_hooks (on_malloc, on_free) != 0);
  installed = TRUE;
}

#else

/* glibc's own names for what the definitions below hide. */
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *block, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

void *
malloc (size_t size)
{
  count_allocation ();
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  count_allocation ();
  return __libc_calloc (n, size);
}

void *
realloc (void *block, size_t size)
{
  count_allocation ();
  return __libc_realloc (block, size);
}

int
posix_memalign (void **block, size_t alignment, size_t size)
{
  count_allocation ();
  *block = __libc_memalign (alignment, size);
  return *block == NULL ? ENOMEM : 0;
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  count_allocation ();
  return __libc_memalign (alignment, size);
}

static void
install (void)
{
}

#endif

/* Keeps the compiler from leaving an allocation out. */
static void *volatile escape;

GST_START_TEST (test_counter_counts)
{
  install ();
  allocations = 0;
  counting = TRUE;
  escape = malloc (10);
  counting = FALSE;
  free (escape);
  fail_unless_equals_int (allocations, 1);

  /* OpenSSL's too. */
  allocations = 0;
  counting = TRUE;
  transport_cipher_free (transport_cipher_new (
      TRANSPORT_MODE_AES256_GCM, (const guint8[32]){ 1 }, 0));
  counting = FALSE;
  fail_unless (allocations > 0);
}
GST_END_TEST;

/* Counts in the two calls only: an assertion allocates. */
static void
exchange (TransportCipher *cipher, gsize payload, gboolean forge)
{
  guint8 packet[1500] = { 0x80, 120 };
  TransportPlain plain;
  gsize length;
  TransportResult result;

  counting = TRUE;
  result = transport_cipher_protect (cipher, TRANSPORT_PACKET_RTP, packet,
      12 + payload, sizeof packet, &length);
  counting = FALSE;
  fail_unless_equals_int (result, TRANSPORT_OK);

  if (forge)
    packet[length - 5] ^= 1;
  counting = TRUE;
  result = transport_cipher_unprotect (
      cipher, TRANSPORT_PACKET_RTP, packet, length, &plain);
  counting = FALSE;
  fail_unless_equals_int (result, forge ? TRANSPORT_AUTH : TRANSPORT_OK);
}

GST_START_TEST (test_no_allocation_per_packet)
{
  const gsize payloads[] = { 1, 160, 223, 224, 367, 368, 960, 1020, 1200,
    1400 };
  TransportMode mode = __i__ == 0 ? TRANSPORT_MODE_AES256_GCM
                                  : TRANSPORT_MODE_XCHACHA20_POLY1305;
  TransportCipher *cipher =
      transport_cipher_new (mode, (const guint8[32]){ 1 }, 0);

  install ();
  allocations = 0;
  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++) {
    exchange (cipher, payloads[i], FALSE);
    exchange (cipher, payloads[i], TRUE);
  }
  fail_unless_equals_int (allocations, 0);
  transport_cipher_free (cipher);
}
GST_END_TEST;

/* It puts its own malloc() in place of ours, which then counts nothing. */
static gboolean
under_valgrind (void)
{
  const gchar *preloaded = g_getenv ("LD_PRELOAD");

  return preloaded != NULL && strstr (preloaded, "vgpreload") != NULL;
}

static Suite *
cipherallocation_suite (void)
{
  Suite *suite = suite_create ("cipherallocation");
  TCase *tcase = tcase_create ("cipherallocation");

  suite_add_tcase (suite, tcase);
  if (under_valgrind ())
    return suite;
  tcase_add_test (tcase, test_counter_counts);
  tcase_add_loop_test (tcase, test_no_allocation_per_packet, 0, 2);
  return suite;
}

GST_CHECK_MAIN (cipherallocation);
