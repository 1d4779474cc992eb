/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded under ThreadSanitizer. GLib's locks are futexes in a library that is
 * not instrumented, so TSan would call every correct use a race. Each function
 * here does the real thing and tells TSan which way the order goes. Calls within
 * GLib itself bypass it: what GLib hands from thread to thread inside (main
 * contexts) is ordered by the eventfd that TSan sees. */

#include <dlfcn.h>

#include <gst/gst.h>

/* Absent in a process without TSan (a plugin scanner inherits LD_PRELOAD). */
extern void __tsan_acquire (void *address) __attribute__ ((weak));
extern void __tsan_release (void *address) __attribute__ ((weak));

static void
acquire (gpointer address)
{
  if (__tsan_acquire)
    __tsan_acquire (address);
}

static void
release (gpointer address)
{
  if (__tsan_release)
    __tsan_release (address);
}

/* Setting it twice from two threads sets it to the same. */
#define RESOLVE(name)                                                          \
  static __typeof__ (&(name)) real;                                            \
  if (!real)                                                                   \
  real = (__typeof__ (real)) dlsym (RTLD_NEXT, #name)

#define WRAP_LOCK(name, Type)                                                  \
  void (name) (Type * lock)                                                    \
  {                                                                            \
    RESOLVE (name);                                                            \
    real (lock);                                                               \
    acquire (lock);                                                            \
  }

#define WRAP_UNLOCK(name, Type)                                                \
  void (name) (Type * lock)                                                    \
  {                                                                            \
    RESOLVE (name);                                                            \
    release (lock);                                                            \
    real (lock);                                                               \
  }

#define WRAP_TRYLOCK(name, Type)                                               \
  gboolean (name) (Type * lock)                                                \
  {                                                                            \
    gboolean taken;                                                            \
    RESOLVE (name);                                                            \
    taken = real (lock);                                                       \
    if (taken)                                                                 \
      acquire (lock);                                                          \
    return taken;                                                              \
  }

/* The last one frees what the others wrote. */
#define WRAP_UNREF(name, Type)                                                 \
  void (name) (Type * object)                                                  \
  {                                                                            \
    RESOLVE (name);                                                            \
    release (object);                                                          \
    acquire (object);                                                          \
    real (object);                                                             \
  }

#define WRAP_POP(name)                                                         \
  gpointer (name) (GAsyncQueue * queue)                                        \
  {                                                                            \
    gpointer item;                                                             \
    RESOLVE (name);                                                            \
    item = real (queue);                                                       \
    acquire (queue);                                                           \
    return item;                                                               \
  }

WRAP_LOCK (g_mutex_lock, GMutex)
WRAP_TRYLOCK (g_mutex_trylock, GMutex)
WRAP_UNLOCK (g_mutex_unlock, GMutex)
WRAP_LOCK (g_rec_mutex_lock, GRecMutex)
WRAP_TRYLOCK (g_rec_mutex_trylock, GRecMutex)
WRAP_UNLOCK (g_rec_mutex_unlock, GRecMutex)
WRAP_LOCK (g_rw_lock_writer_lock, GRWLock)
WRAP_TRYLOCK (g_rw_lock_writer_trylock, GRWLock)
WRAP_UNLOCK (g_rw_lock_writer_unlock, GRWLock)
WRAP_LOCK (g_rw_lock_reader_lock, GRWLock)
WRAP_TRYLOCK (g_rw_lock_reader_trylock, GRWLock)
WRAP_UNLOCK (g_rw_lock_reader_unlock, GRWLock)
WRAP_POP (g_async_queue_pop)
WRAP_POP (g_async_queue_try_pop)
WRAP_UNREF (g_object_unref, void)
WRAP_UNREF (gst_object_unref, void)
WRAP_UNREF (g_bytes_unref, GBytes)
WRAP_UNREF (gst_mini_object_unref, GstMiniObject)

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  RESOLVE (g_cond_wait);
  release (mutex);
  real (cond, mutex);
  acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;
  RESOLVE (g_cond_wait_until);
  release (mutex);
  signalled = real (cond, mutex, end_time);
  acquire (mutex);
  return signalled;
}

void
g_async_queue_push (GAsyncQueue *queue, gpointer item)
{
  RESOLVE (g_async_queue_push);
  release (queue);
  real (queue, item);
}

gpointer
g_async_queue_timeout_pop (GAsyncQueue *queue, guint64 timeout)
{
  gpointer item;
  RESOLVE (g_async_queue_timeout_pop);
  item = real (queue, timeout);
  acquire (queue);
  return item;
}

/* The macro's atomic load of @location acquires what is released here. */
void (g_once_init_leave) (volatile void *location, gsize result)
{
  RESOLVE (g_once_init_leave);
  release ((gpointer) location);
  real (location, result);
}

/* From the last gst_mini_object_unref() of the round before. */
GstFlowReturn
gst_buffer_pool_acquire_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstFlowReturn flow;
  RESOLVE (gst_buffer_pool_acquire_buffer);
  flow = real (pool, buffer, params);
  if (flow == GST_FLOW_OK)
    acquire (*buffer);
  return flow;
}
