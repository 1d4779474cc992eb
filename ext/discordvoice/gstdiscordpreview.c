/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordpreview.h"
#include "latethread.h"
#include "previewimage.h"

#include <gst/discord/gstdiscorderror.h>

GST_DEBUG_CATEGORY_EXTERN (discord_voice_sink_debug);
#define GST_CAT_DEFAULT discord_voice_sink_debug

typedef struct
{
  guint64 uploaded;
  guint64 skipped;
  guint64 failed;
} Counters;

/* From start to stop, and longer where an upload takes its time to end: the
 * thread keeps it. */
typedef struct
{
  DiscordLateThread *thread; /* owned by who starts and stops */
  const GstDiscordPreviewFuncs *funcs;
  gpointer user_data;
  GWeakRef element;
  GObject *stream; /* owned */
  GMainContext *context; /* owned */
  GMainLoop *loop; /* owned */
  GSource *source; /* owned: ready when something is due */

  /* Thread only. */
  PreviewSchedule schedule;
  PreviewImage *image; /* owned: being made */
  GCancellable *cancellable; /* owned, nullable: of the upload under way */
  guint n_pending; /* uploads that have not ended */

  /* Guards the fields below; a leaf, nothing is called while it is held but
   * g_source_set_ready_time(). */
  GMutex lock;
  GCond cond; /* quiet */
  PreviewTimes times;
  gboolean created;
  gboolean stopping;
  gboolean quiet; /* the functions are not called any more */
  gboolean late; /* when quiet: uploads that were cancelled have not ended */
  gboolean woken; /* since the thread looked */
  Counters counters;
} Run;

struct _GstDiscordPreview
{
  GstElement *element; /* borrowed: it owns us */
  const GstDiscordPreviewFuncs *funcs;
  gpointer user_data;

  /* Guards the fields below; taken before that of the run. */
  GMutex lock;
  PreviewTimes times;
  Run *run; /* owned, nullable */
  Counters before; /* of runs that are over */
};

static void
run_clear (gpointer data)
{
  Run *run = data;

  g_weak_ref_clear (&run->element);
  g_object_unref (run->stream);
  g_source_unref (run->source);
  g_main_loop_unref (run->loop);
  g_main_context_unref (run->context);
  g_cond_clear (&run->cond);
  g_mutex_clear (&run->lock);
}

static void
run_unref (gpointer run)
{
  g_atomic_rc_box_release_full (run, run_clear);
}

static void
run_wake_unlocked (Run *run)
{
  run->woken = TRUE;
  g_source_set_ready_time (run->source, 0);
}

/* Thread */

static void
count (Run *run, PreviewOutcome outcome)
{
  g_mutex_lock (&run->lock);
  if (outcome == PREVIEW_UPLOADED)
    run->counters.uploaded++;
  else if (outcome == PREVIEW_SKIPPED)
    run->counters.skipped++;
  else
    run->counters.failed++;
  g_mutex_unlock (&run->lock);
}

static void
arm (Run *run)
{
  gint64 due = preview_schedule_due (&run->schedule);

  g_mutex_lock (&run->lock);
  if (!run->woken)
    g_source_set_ready_time (run->source, due == G_MAXINT64 ? -1 : due);
  g_mutex_unlock (&run->lock);
}

static void
finish (Run *run, PreviewOutcome outcome)
{
  preview_schedule_done (&run->schedule, outcome, g_get_monotonic_time ());
  arm (run);
}

static void
report_failure (Run *run, PreviewOutcome outcome, const GError *error)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&run->element);

  count (run, outcome);
  if (element == NULL)
    return;
  GST_INFO_OBJECT (element, "no preview: %s", error->message);
  run->funcs->failed (
      element, error, outcome != PREVIEW_FAILED, run->user_data);
}

static PreviewOutcome
outcome_of_error (const GError *error)
{
  if (g_error_matches (
          error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_AUTHORIZED))
    return PREVIEW_REFUSED;
  if (g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_STREAM_GONE))
    return PREVIEW_GONE;
  return PREVIEW_FAILED;
}

typedef struct
{
  Run *run; /* owned */
  GBytes *image; /* owned */
  GCancellable *cancellable; /* owned */
} Upload;

static void
upload_free (Upload *upload)
{
  run_unref (upload->run);
  g_bytes_unref (upload->image);
  g_object_unref (upload->cancellable);
  g_free (upload);
}

static void
report_success (Run *run, GBytes *image)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&run->element);

  count (run, PREVIEW_UPLOADED);
  if (element != NULL)
    run->funcs->uploaded (element, image, run->user_data);
}

static void
handle_upload (Run *run, GBytes *image, const GError *error)
{
  PreviewOutcome outcome =
      error != NULL ? outcome_of_error (error) : PREVIEW_UPLOADED;

  g_clear_object (&run->cancellable);
  if (error != NULL)
    report_failure (run, outcome, error);
  else
    report_success (run, image);
  finish (run, outcome);
}

/* Uploads that were cancelled have yet to say so. */
static void
quit_when_done (Run *run)
{
  gboolean quiet;

  g_mutex_lock (&run->lock);
  quiet = run->quiet;
  g_mutex_unlock (&run->lock);
  if (quiet && run->n_pending == 0)
    g_main_loop_quit (run->loop);
}

static void
on_uploaded (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Upload *upload = user_data;
  Run *run = upload->run;
  g_autoptr (GError) error = NULL;

  run->funcs->upload_finish (run->stream, result, &error);
  run->n_pending--;
  /* Else it was cancelled, and something else may be under way. */
  if (run->cancellable == upload->cancellable)
    handle_upload (run, upload->image, error);
  upload_free (upload);
  quit_when_done (run);
}

static void
upload (Run *run, GBytes *image)
{
  Upload *upload = g_new0 (Upload, 1);

  run->cancellable = g_cancellable_new ();
  run->n_pending++;
  upload->run = g_atomic_rc_box_acquire (run);
  upload->image = g_bytes_ref (image);
  upload->cancellable = g_object_ref (run->cancellable);
  run->funcs->upload (
      run->stream, image, run->cancellable, on_uploaded, upload);
}

static void
on_image (GBytes *image, const GError *error, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (PreviewImage) done = g_steal_pointer (&run->image);

  if (image != NULL) {
    upload (run, image);
    return;
  }
  report_failure (run, PREVIEW_FAILED, error);
  finish (run, PREVIEW_FAILED);
}

static void
begin (Run *run)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&run->element);
  g_autoptr (GstSample) picture = NULL;

  if (element != NULL)
    picture = run->funcs->get_picture (element, run->user_data);
  if (picture != NULL) {
    run->image = preview_image_new (picture, on_image, run);
    return;
  }
  count (run, PREVIEW_SKIPPED);
  finish (run, PREVIEW_SKIPPED);
}

static void
abandon (Run *run)
{
  preview_schedule_stop (&run->schedule);
  g_clear_pointer (&run->image, preview_image_free);
  if (run->cancellable != NULL)
    g_cancellable_cancel (run->cancellable);
  g_clear_object (&run->cancellable);
}

static void
end (Run *run)
{
  abandon (run);
  g_mutex_lock (&run->lock);
  run->quiet = TRUE;
  run->late = run->n_pending > 0;
  g_cond_broadcast (&run->cond);
  g_mutex_unlock (&run->lock);
  quit_when_done (run);
}

static gboolean
tick (gpointer user_data)
{
  Run *run = user_data;
  gint64 now = g_get_monotonic_time ();
  gboolean created, stopping;

  g_mutex_lock (&run->lock);
  run->woken = FALSE;
  g_source_set_ready_time (run->source, -1);
  stopping = run->stopping;
  created = run->created;
  run->created = FALSE;
  preview_schedule_set_times (&run->schedule, &run->times);
  g_mutex_unlock (&run->lock);

  if (stopping) {
    end (run);
    return G_SOURCE_REMOVE;
  }
  if (created)
    preview_schedule_created (&run->schedule);
  if (run->funcs->is_live (run->stream, run->user_data))
    preview_schedule_start (&run->schedule, now);
  else
    abandon (run);
  if (preview_schedule_take (&run->schedule, now))
    begin (run);
  arm (run);
  return G_SOURCE_CONTINUE;
}

static gpointer
preview_thread (gpointer data)
{
  Run *run = data;

  g_main_context_push_thread_default (run->context);
  g_main_loop_run (run->loop);
  g_main_context_pop_thread_default (run->context);
  run_unref (run);
  return NULL;
}

/* Runs */

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static Run *
run_new (GstDiscordPreview *self, GObject *stream)
{
  Run *run = g_atomic_rc_box_new0 (Run);

  g_mutex_init (&run->lock);
  g_cond_init (&run->cond);
  g_weak_ref_init (&run->element, self->element);
  run->funcs = self->funcs;
  run->user_data = self->user_data;
  run->stream = g_object_ref (stream);
  run->times = self->times;
  preview_schedule_init (&run->schedule, &run->times);
  run->context = g_main_context_new ();
  run->loop = g_main_loop_new (run->context, FALSE);
  run->source = g_source_new (&source_funcs, sizeof (GSource));
  /* The thread keeps the run while it is in the loop. */
  g_source_set_callback (run->source, tick, run, NULL);
  g_source_attach (run->source, run->context);
  return run;
}

/* (transfer full) (nullable) */
static Run *
ref_run (GstDiscordPreview *self)
{
  Run *run = NULL;

  g_mutex_lock (&self->lock);
  if (self->run != NULL)
    run = g_atomic_rc_box_acquire (self->run);
  g_mutex_unlock (&self->lock);
  return run;
}

void
gst_discord_preview_start (GstDiscordPreview *self, GObject *stream)
{
  Run *run;

  g_mutex_lock (&self->lock);
  run = run_new (self, stream);
  self->run = g_atomic_rc_box_acquire (run);
  g_mutex_unlock (&self->lock);
  run->thread =
      discord_late_thread_new ("discord-preview", preview_thread, run);
}

static void
add_counters (Counters *sum, const Counters *more)
{
  sum->uploaded += more->uploaded;
  sum->skipped += more->skipped;
  sum->failed += more->failed;
}

void
gst_discord_preview_stop (GstDiscordPreview *self)
{
  DiscordLateThread *thread;
  Counters counters;
  gboolean late;
  Run *run;

  g_mutex_lock (&self->lock);
  run = g_steal_pointer (&self->run);
  g_mutex_unlock (&self->lock);
  if (run == NULL)
    return;
  g_mutex_lock (&run->lock);
  run->stopping = TRUE;
  run_wake_unlocked (run);
  while (!run->quiet)
    g_cond_wait (&run->cond, &run->lock);
  counters = run->counters;
  late = run->late;
  g_mutex_unlock (&run->lock);
  thread = run->thread;
  run_unref (run);
  if (late)
    discord_late_thread_leave (thread);
  else
    discord_late_thread_join (thread);
  g_mutex_lock (&self->lock);
  add_counters (&self->before, &counters);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_preview_changed (GstDiscordPreview *self)
{
  Run *run = ref_run (self);

  if (run == NULL)
    return;
  g_mutex_lock (&run->lock);
  run_wake_unlocked (run);
  g_mutex_unlock (&run->lock);
  run_unref (run);
}

void
gst_discord_preview_created (GstDiscordPreview *self)
{
  Run *run = ref_run (self);

  if (run == NULL)
    return;
  g_mutex_lock (&run->lock);
  run->created = TRUE;
  run_wake_unlocked (run);
  g_mutex_unlock (&run->lock);
  run_unref (run);
}

void
gst_discord_preview_set_times (
    GstDiscordPreview *self, const PreviewTimes *times)
{
  Run *run;

  g_mutex_lock (&self->lock);
  self->times = *times;
  g_mutex_unlock (&self->lock);
  run = ref_run (self);
  if (run == NULL)
    return;
  g_mutex_lock (&run->lock);
  run->times = *times;
  run_wake_unlocked (run);
  g_mutex_unlock (&run->lock);
  run_unref (run);
}

void
gst_discord_preview_get_times (GstDiscordPreview *self, PreviewTimes *times)
{
  g_mutex_lock (&self->lock);
  *times = self->times;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_preview_add_stats (GstDiscordPreview *self, GstStructure *stats)
{
  Counters counters;
  Run *run;

  g_mutex_lock (&self->lock);
  counters = self->before;
  run = self->run;
  if (run != NULL) {
    g_mutex_lock (&run->lock);
    add_counters (&counters, &run->counters);
    g_mutex_unlock (&run->lock);
  }
  g_mutex_unlock (&self->lock);
  gst_structure_set (stats, "previews-uploaded", G_TYPE_UINT64,
      counters.uploaded, "previews-skipped", G_TYPE_UINT64, counters.skipped,
      "previews-failed", G_TYPE_UINT64, counters.failed, NULL);
}

GstDiscordPreview *
gst_discord_preview_new (GstElement *element,
    const GstDiscordPreviewFuncs *funcs, gpointer user_data)
{
  GstDiscordPreview *self = g_new0 (GstDiscordPreview, 1);

  self->element = element;
  self->funcs = funcs;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  return self;
}

void
gst_discord_preview_free (GstDiscordPreview *self)
{
  gst_discord_preview_stop (self);
  g_mutex_clear (&self->lock);
  g_free (self);
}
