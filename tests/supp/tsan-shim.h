/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the files of the preloaded module share. Each function of theirs does the
 * real thing and tells ThreadSanitizer which way the order goes. */

#ifndef TSAN_SHIM_H
#define TSAN_SHIM_H

#include <dlfcn.h>

#include <gst/gst.h>

/* Absent in a process without TSan (a plugin scanner inherits LD_PRELOAD). */
extern void __tsan_acquire (void *address) __attribute__ ((weak));
extern void __tsan_release (void *address) __attribute__ ((weak));

static inline void
acquire (gconstpointer address)
{
  if (__tsan_acquire)
    __tsan_acquire ((gpointer) address);
}

static inline void
release (gconstpointer address)
{
  if (__tsan_release)
    __tsan_release ((gpointer) address);
}

/* Setting it twice from two threads sets it to the same. */
#define RESOLVE(name)                                                          \
  static __typeof__ (&(name)) real;                                            \
  if (!real)                                                                   \
  real = (__typeof__ (real)) dlsym (RTLD_NEXT, #name)

#endif
