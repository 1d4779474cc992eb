/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the last reference frees, and what a weak one brings back: counted with
 * atomics in libraries that are not instrumented. */

#include "tsan-shim.h"

#include <string.h>

extern void __tsan_write_range (void *address, unsigned long size)
    __attribute__ ((weak));

/* Takes one reference of @count unless it is the last, which the real function
 * has to take: what the others wrote is acquired before. */
static gboolean
drop_if_not_last (gint *count)
{
  gint old = g_atomic_int_get (count);

  release (count);
  while (old > 1)
    if (g_atomic_int_compare_and_exchange_full (count, old, old - 1, &old))
      return TRUE;
  acquire (count);
  return FALSE;
}

/* Nothing here uses toggle references. */
void
g_object_unref (gpointer object)
{
  RESOLVE (g_object_unref);
  if (!object || !drop_if_not_last ((gint *) &((GObject *) object)->ref_count))
    real (object);
}

void
gst_mini_object_unref (GstMiniObject *object)
{
  RESOLVE (gst_mini_object_unref);
  if (!object || !drop_if_not_last (&object->refcount))
    real (object);
}

/* As GStreamer does it, but the reference goes by the function above. */
GstMiniObject *
gst_mini_object_make_writable (GstMiniObject *object)
{
  GstMiniObject *copy;

  if (gst_mini_object_is_writable (object))
    return object;
  copy = gst_mini_object_copy (object);
  gst_mini_object_unref (object);
  return copy;
}

/* Given away, it may lose its references where nothing is seen. */
#define WRAP_GIVE(Return, name, Owner, Type)                                   \
  Return (name) (Owner * owner, Type * object)                                 \
  {                                                                            \
    RESOLVE (name);                                                            \
    release (&GST_MINI_OBJECT_CAST (object)->refcount);                        \
    return real (owner, object);                                               \
  }

WRAP_GIVE (GstFlowReturn, gst_pad_push, GstPad, GstBuffer)
WRAP_GIVE (gboolean, gst_pad_push_event, GstPad, GstEvent)
WRAP_GIVE (gboolean, gst_element_post_message, GstElement, GstMessage)
WRAP_GIVE (gboolean, gst_bus_post, GstBus, GstMessage)

/* Where a type of GLib keeps a count that it does not show: the one number that
 * @ref raises. */
static gsize
find_count (gconstpointer object, gpointer (*ref) (gpointer))
{
  const gint *words = object;
  gint before[8];

  memcpy (before, object, sizeof (before));
  ref ((gpointer) object);
  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    if (words[i] == before[i] + 1)
      return i * sizeof (gint);
  g_error ("no reference count in the first %zu bytes", sizeof (before));
}

void
g_bytes_unref (GBytes *bytes)
{
  static gsize offset;
  RESOLVE (g_bytes_unref);

  if (bytes == NULL)
    return;
  if (offset == 0)
    offset = find_count (
        g_bytes_new_static ("", 1), (gpointer (*) (gpointer)) g_bytes_ref);
  if (!drop_if_not_last ((gint *) ((gchar *) bytes + offset)))
    real (bytes);
}

void
g_ptr_array_unref (GPtrArray *array)
{
  static gsize offset;
  RESOLVE (g_ptr_array_unref);

  if (offset == 0)
    offset = find_count (
        g_ptr_array_new (), (gpointer (*) (gpointer)) g_ptr_array_ref);
  if (!drop_if_not_last ((gint *) ((gchar *) array + offset)))
    real (array);
}

gboolean (g_atomic_ref_count_dec) (gatomicrefcount *count)
{
  gboolean last;
  RESOLVE (g_atomic_ref_count_dec);
  release (count);
  last = real (count);
  if (last)
    acquire (count);
  return last;
}

static _Thread_local GDestroyNotify clear_box;

/* Freeing counts as writing; GLib frees it where tsan.supp looks away. */
static void
clear_last (gpointer box)
{
  GDestroyNotify clear = g_steal_pointer (&clear_box);

  acquire (box);
  if (clear)
    clear (box);
  if (__tsan_write_range)
    __tsan_write_range (box, g_atomic_rc_box_get_size (box));
}

void
g_atomic_rc_box_release_full (gpointer box, GDestroyNotify clear)
{
  RESOLVE (g_atomic_rc_box_release_full);
  release (box);
  clear_box = clear;
  real (box, clear_last);
}

void
g_atomic_rc_box_release (gpointer box)
{
  g_atomic_rc_box_release_full (box, NULL);
}

void
g_weak_ref_init (GWeakRef *weak, gpointer object)
{
  RESOLVE (g_weak_ref_init);
  real (weak, object);
  release (weak);
}

void
g_weak_ref_set (GWeakRef *weak, gpointer object)
{
  RESOLVE (g_weak_ref_set);
  release (weak);
  real (weak, object);
}

gpointer
g_weak_ref_get (GWeakRef *weak)
{
  gpointer object;
  RESOLVE (g_weak_ref_get);
  object = real (weak);
  acquire (weak);
  return object;
}

/* Ordered behind the last gst_mini_object_unref() of the round before. */
GstFlowReturn
gst_buffer_pool_acquire_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstFlowReturn flow;
  RESOLVE (gst_buffer_pool_acquire_buffer);
  flow = real (pool, buffer, params);
  if (flow == GST_FLOW_OK)
    acquire (&GST_MINI_OBJECT_CAST (*buffer)->refcount);
  return flow;
}
