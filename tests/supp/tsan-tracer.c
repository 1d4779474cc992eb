/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Buffers, messages and the like whose last reference goes within GStreamer, or
 * which go back to their pool: GStreamer's own tracing tells of these. */

#include "tsan-shim.h"

#ifndef GST_USE_UNSTABLE_API
#define GST_USE_UNSTABLE_API
#endif
#include <gst/gsttracer.h>

typedef GstTracer TsanTracer;
typedef GstTracerClass TsanTracerClass;

static GType tsan_tracer_get_type (void);
G_DEFINE_TYPE (TsanTracer, tsan_tracer, GST_TYPE_TRACER)

static void
tsan_tracer_class_init (TsanTracerClass *klass)
{
}

static void
tsan_tracer_init (TsanTracer *self)
{
}

/* Buffers that share memory with it may outlive it. */
static void
drop_memory (GstBuffer *buffer)
{
  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++) {
    GstMemory *memory = gst_buffer_peek_memory (buffer, i);

    for (; memory != NULL; memory = memory->parent) {
      acquire (&memory->mini_object.refcount);
      release (&memory->mini_object.refcount);
    }
  }
}

/* Behind every gst_mini_object_unref() of ours, and before whoever finds it in
 * the pool. One that is not the last within GStreamer (a buffer whose memory is
 * merged) is told of when it has happened: nothing of @object but its address may
 * be used then. */
static void
on_unreffed (GstTracer *self, GstClockTime ts, GstMiniObject *object, gint left)
{
  if (left > 0) {
    release (&object->refcount);
    return;
  }
  acquire (&object->refcount);
  if (GST_IS_BUFFER (object))
    drop_memory (GST_BUFFER_CAST (object));
  release (&object->refcount);
}

/* Every way to initialise GStreamer comes by here. */
gboolean
g_option_context_parse (
    GOptionContext *context, gint *argc, gchar ***argv, GError **error)
{
  static GstTracer *tracer;
  gboolean ok;
  RESOLVE (g_option_context_parse);

  ok = real (context, argc, argv, error);
  if (ok && tracer == NULL && gst_is_initialized ()) {
    tracer = g_object_new (tsan_tracer_get_type (), NULL);
    gst_tracing_register_hook (
        tracer, "mini-object-unreffed", G_CALLBACK (on_unreffed));
  }
  return ok;
}
