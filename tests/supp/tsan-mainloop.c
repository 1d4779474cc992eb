/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is handed to another thread's main context or to a thread pool: the
 * order is made by locks within GLib, which calls its own functions directly. */

#include "tsan-shim.h"

/* A callback as it was set, in place of GLib's own copy: the source asks for it
 * in the thread that dispatches. */
typedef struct
{
  gatomicrefcount references;
  GSourceFunc func;
  gpointer data;
  GDestroyNotify notify;
} Callback;

static void
callback_ref (gpointer data)
{
  Callback *self = data;

  g_atomic_ref_count_inc (&self->references);
}

static void
callback_unref (gpointer data)
{
  Callback *self = data;

  release (self);
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  acquire (self);
  if (self->notify)
    self->notify (self->data);
  g_free (self);
}

static void
callback_get (gpointer data, GSource *source, GSourceFunc *func, gpointer *arg)
{
  Callback *self = data;

  acquire (source);
  *func = self->func;
  *arg = self->data;
}

static GSourceCallbackFuncs callback_funcs = { callback_ref, callback_unref,
  callback_get };

/* GStreamer drops the message behind it where nothing is seen. */
static gboolean
handle_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Callback *self = data;
  gboolean more = ((GstBusFunc) self->func) (bus, message, self->data);

  release (&GST_MINI_OBJECT_CAST (message)->refcount);
  return more;
}

static void
bus_callback_get (
    gpointer data, GSource *source, GSourceFunc *func, gpointer *arg)
{
  acquire (source);
  *func = G_SOURCE_FUNC (handle_message);
  *arg = data;
}

static GSourceCallbackFuncs bus_callback_funcs = { callback_ref, callback_unref,
  bus_callback_get };

static gboolean
is_bus_watch (GSource *source)
{
  return g_strcmp0 (g_source_get_name (source), "GStreamer message bus watch")
      == 0;
}

void
g_source_set_callback (
    GSource *source, GSourceFunc func, gpointer data, GDestroyNotify notify)
{
  Callback *self = g_new0 (Callback, 1);

  g_atomic_ref_count_init (&self->references);
  self->func = func;
  self->data = data;
  self->notify = notify;
  release (source);
  g_source_set_callback_indirect (source, self,
      is_bus_watch (source) ? &bus_callback_funcs : &callback_funcs);
}

guint
g_source_attach (GSource *source, GMainContext *context)
{
  RESOLVE (g_source_attach);
  release (source);
  return real (source, context);
}

void
g_source_set_ready_time (GSource *source, gint64 ready_time)
{
  RESOLVE (g_source_set_ready_time);
  release (source);
  real (source, ready_time);
}

static guint
attach_default (GSource *source, gint priority, GSourceFunc func, gpointer data,
    GDestroyNotify notify)
{
  guint id;

  g_source_set_priority (source, priority);
  g_source_set_callback (source, func, data, notify);
  id = g_source_attach (source, NULL);
  g_source_unref (source);
  return id;
}

guint
g_idle_add_full (
    gint priority, GSourceFunc func, gpointer data, GDestroyNotify notify)
{
  return attach_default (g_idle_source_new (), priority, func, data, notify);
}

guint
g_idle_add (GSourceFunc func, gpointer data)
{
  return g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, func, data, NULL);
}

guint
g_timeout_add_full (gint priority, guint interval, GSourceFunc func,
    gpointer data, GDestroyNotify notify)
{
  return attach_default (
      g_timeout_source_new (interval), priority, func, data, notify);
}

guint
g_timeout_add (guint interval, GSourceFunc func, gpointer data)
{
  return g_timeout_add_full (G_PRIORITY_DEFAULT, interval, func, data, NULL);
}

guint
g_timeout_add_seconds_full (gint priority, guint interval, GSourceFunc func,
    gpointer data, GDestroyNotify notify)
{
  return attach_default (
      g_timeout_source_new_seconds (interval), priority, func, data, notify);
}

guint
g_timeout_add_seconds (guint interval, GSourceFunc func, gpointer data)
{
  return g_timeout_add_seconds_full (
      G_PRIORITY_DEFAULT, interval, func, data, NULL);
}

static gboolean
run_callback (gpointer data)
{
  Callback *self = data;

  acquire (self);
  return self->func (self->data);
}

void
g_main_context_invoke_full (GMainContext *context, gint priority,
    GSourceFunc func, gpointer data, GDestroyNotify notify)
{
  Callback *self = g_new0 (Callback, 1);
  RESOLVE (g_main_context_invoke_full);

  g_atomic_ref_count_init (&self->references);
  self->func = func;
  self->data = data;
  self->notify = notify;
  release (self);
  real (context, priority, run_callback, self, callback_unref);
}

void
g_main_context_invoke (GMainContext *context, GSourceFunc func, gpointer data)
{
  g_main_context_invoke_full (context, G_PRIORITY_DEFAULT, func, data, NULL);
}

void
g_main_loop_quit (GMainLoop *loop)
{
  RESOLVE (g_main_loop_quit);
  release (loop);
  real (loop);
}

void
g_main_loop_run (GMainLoop *loop)
{
  RESOLVE (g_main_loop_run);
  real (loop);
  acquire (loop);
}

typedef struct
{
  GFunc func;
  gpointer data;
} PoolFunc;

static void
run_pool_func (gpointer item, gpointer data)
{
  PoolFunc *self = data;

  acquire (item);
  self->func (item, self->data);
}

/* The PoolFunc stays: a pool may be freed before its last item ran. */
GThreadPool *
g_thread_pool_new (GFunc func, gpointer data, gint max_threads,
    gboolean exclusive, GError **error)
{
  PoolFunc *self = g_new (PoolFunc, 1);
  RESOLVE (g_thread_pool_new);

  self->func = func;
  self->data = data;
  return real (run_pool_func, self, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer item, GError **error)
{
  RESOLVE (g_thread_pool_push);
  release (item);
  return real (pool, item, error);
}
