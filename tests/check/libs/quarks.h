/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For one file of a test in which GLib's table of quarks grows. */

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);

/* GLib drops its first table of quarks on purpose when there are more than
 * 2048 of them ("This leaks the old quarks array", gquark.c), and libsoup with
 * TLS brings that many, as do all elements of a call. The table is allocated by
 * GLib's constructor, which a stack shows only when it is unwound slowly. And
 * gcc 12's LeakSanitizer reads past the thread-local block of a module that was
 * loaded late (GnuTLS) when it follows __tls_get_addr. */
const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0:intercept_tls_get_addr=0";
}

const char *
__lsan_default_suppressions (void)
{
  return "leak:call_init\n";
}
#endif
