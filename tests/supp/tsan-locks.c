/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib's locks are futexes in a library that is not instrumented: TSan would
 * call every correct use a race. */

#include "tsan-shim.h"

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

gpointer
g_once_impl (GOnce *once, GThreadFunc func, gpointer arg)
{
  gpointer result;
  RESOLVE (g_once_impl);
  result = real (once, func, arg);
  release (once);
  acquire (once);
  return result;
}
