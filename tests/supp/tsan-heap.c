/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* tsan.supp ignores what GLib itself does to memory, and with it would go what
 * GLib frees for its callers. Freed from here it counts. GLib has it from
 * malloc(), and under G_SLICE=always-malloc all slices as well. */

#include "tsan-shim.h"

#include <stdlib.h>

void (g_free) (gpointer memory)
{
  free (memory);
}

void
g_slice_free1 (gsize size, gpointer memory)
{
  free (memory);
}
