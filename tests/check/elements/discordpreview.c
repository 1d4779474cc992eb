/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way of a Go Live stream's previews to somebody who takes uploads. */
#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscorderror.h>

#include "gstdiscordpreview.h"

GST_DEBUG_CATEGORY (discord_voice_sink_debug);

#define MS (G_USEC_PER_SEC / 1000)
#define LONG (3600 * (gint64) G_USEC_PER_SEC)

typedef struct
{
  GstElement *element;
  GstDiscordPreview *preview;
  GstSample *picture; /* constant */

  /* Guards the fields below; a leaf. */
  GMutex lock;
  GCond cond;
  gint code; /* that uploads end with; 0: well; -1: not before cancelled */
  gboolean live;
  guint asked; /* for a picture */
  gboolean empty; /* there is no picture */
  guint uploads;
  guint cancelled;
  guint uploaded;
  guint failed;
  guint final;
} Taker;

static Taker *taker;

#define TAKER_COUNT(field)                                                     \
  G_STMT_START                                                                 \
  {                                                                            \
    g_mutex_lock (&taker->lock);                                               \
    taker->field++;                                                            \
    g_cond_broadcast (&taker->cond);                                           \
    g_mutex_unlock (&taker->lock);                                             \
  }                                                                            \
  G_STMT_END

#define TAKER_WAIT(field, count)                                               \
  G_STMT_START                                                                 \
  {                                                                            \
    g_mutex_lock (&taker->lock);                                               \
    while (taker->field < (count))                                             \
      g_cond_wait (&taker->cond, &taker->lock);                                \
    g_mutex_unlock (&taker->lock);                                             \
  }                                                                            \
  G_STMT_END

static gboolean
is_live (GObject *stream, gpointer user_data)
{
  gboolean live;

  g_mutex_lock (&taker->lock);
  live = taker->live;
  g_mutex_unlock (&taker->lock);
  return live;
}

static GstSample *
get_picture (GstElement *element, gpointer user_data)
{
  gboolean empty;

  fail_unless (element == taker->element);
  TAKER_COUNT (asked);
  g_mutex_lock (&taker->lock);
  empty = taker->empty;
  g_mutex_unlock (&taker->lock);
  return empty ? NULL : gst_sample_ref (taker->picture);
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;

  TAKER_COUNT (cancelled);
  g_task_return_error_if_cancelled (task);
}

static void
upload (GObject *stream, GBytes *image, GCancellable *cancellable,
    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task =
      g_task_new (stream, cancellable, callback, user_data);
  gint code;

  fail_unless (g_bytes_get_size (image) > 0);
  g_mutex_lock (&taker->lock);
  code = taker->code;
  g_mutex_unlock (&taker->lock);
  if (code < 0)
    g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled),
        g_object_ref (task), g_object_unref);
  else if (code > 0)
    g_task_return_new_error (task, GST_DISCORD_ERROR, code, "refused");
  else
    g_task_return_boolean (task, TRUE);
  TAKER_COUNT (uploads);
}

static gboolean
upload_finish (GObject *stream, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_uploaded (GstElement *element, GBytes *image, gpointer user_data)
{
  TAKER_COUNT (uploaded);
}

static void
on_failed (GstElement *element, const GError *error, gboolean final,
    gpointer user_data)
{
  fail_unless (error != NULL);
  TAKER_COUNT (failed);
  if (final)
    TAKER_COUNT (final);
}

/* As far as anybody looks. */
static GstSample *
make_jpeg (void)
{
  static const guint8 data[] = { 0xff, 0xd8, 0xff, 0xd9 };
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("image/jpeg");
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (data, sizeof (data));

  return gst_sample_new (buffer, caps, NULL, NULL);
}

static const GstDiscordPreviewFuncs funcs = {
  .is_live = is_live,
  .get_picture = get_picture,
  .upload = upload,
  .upload_finish = upload_finish,
  .uploaded = on_uploaded,
  .failed = on_failed,
};

static void
set_times (gint64 interval, gint64 retry_interval)
{
  const PreviewTimes times = { .interval = interval,
    .retry_interval = retry_interval };

  gst_discord_preview_set_times (taker->preview, &times);
}

static void
set_live (gboolean live)
{
  g_mutex_lock (&taker->lock);
  taker->live = live;
  g_mutex_unlock (&taker->lock);
  gst_discord_preview_changed (taker->preview);
}

static void
set_code (gint code)
{
  g_mutex_lock (&taker->lock);
  taker->code = code;
  g_mutex_unlock (&taker->lock);
}

static void
setup (void)
{
  taker = g_new0 (Taker, 1);
  g_mutex_init (&taker->lock);
  g_cond_init (&taker->cond);
  taker->element =
      gst_object_ref_sink (gst_element_factory_make ("fakesink", NULL));
  taker->picture = make_jpeg ();
  taker->preview = gst_discord_preview_new (taker->element, &funcs, NULL);
}

static void
teardown (void)
{
  gst_discord_preview_free (taker->preview);
  gst_object_unref (taker->element);
  gst_sample_unref (taker->picture);
  g_cond_clear (&taker->cond);
  g_mutex_clear (&taker->lock);
  g_clear_pointer (&taker, g_free);
}

static void
start (void)
{
  g_autoptr (GObject) stream = g_object_new (G_TYPE_OBJECT, NULL);

  gst_discord_preview_start (taker->preview, stream);
}

static guint64
get_stat (const gchar *name)
{
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  guint64 value;

  gst_discord_preview_add_stats (taker->preview, stats);
  fail_unless (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

GST_START_TEST (test_uploads)
{
  set_times (5 * MS, LONG);
  start ();
  set_live (TRUE);
  TAKER_WAIT (uploaded, 3);
  gst_discord_preview_stop (taker->preview);
  fail_unless_equals_uint64 (get_stat ("previews-uploaded"), taker->uploaded);
  fail_unless_equals_uint64 (get_stat ("previews-failed"), 0);
  fail_unless_equals_int (taker->failed, 0);
}
GST_END_TEST;

/* Nothing is asked for before there is a session, or with none any more. */
GST_START_TEST (test_only_live)
{
  set_times (LONG, LONG);
  start ();
  gst_discord_preview_stop (taker->preview);
  fail_unless_equals_int (taker->asked, 0);
  start ();
  set_live (TRUE);
  TAKER_WAIT (uploaded, 1);
  set_live (FALSE);
  set_live (TRUE);
  gst_discord_preview_stop (taker->preview);
  /* Stopped, and whoever told so late is not listened to. */
  set_live (TRUE);
  gst_discord_preview_created (taker->preview);
}
GST_END_TEST;

GST_START_TEST (test_skips_and_failures)
{
  taker->empty = TRUE;
  set_times (LONG, 5 * MS);
  start ();
  set_live (TRUE);
  TAKER_WAIT (asked, 3);
  set_code (GST_DISCORD_ERROR_RATE_LIMITED);
  g_mutex_lock (&taker->lock);
  taker->empty = FALSE;
  g_mutex_unlock (&taker->lock);
  TAKER_WAIT (failed, 2);
  set_code (0);
  TAKER_WAIT (uploaded, 1);
  gst_discord_preview_stop (taker->preview);
  fail_unless_equals_int (taker->final, 0);
  fail_unless (get_stat ("previews-skipped") >= 2);
  fail_unless_equals_uint64 (get_stat ("previews-failed"), taker->failed);
}
GST_END_TEST;

/* An upload without an end ends with the session, and with the stream. */
GST_START_TEST (test_slow_upload_is_cancelled)
{
  set_code (-1);
  set_times (LONG, LONG);
  start ();
  set_live (TRUE);
  TAKER_WAIT (uploads, 1);
  set_live (FALSE);
  TAKER_WAIT (cancelled, 1);
  set_live (TRUE);
  TAKER_WAIT (uploads, 2);
  gst_discord_preview_stop (taker->preview);
  TAKER_WAIT (cancelled, 2);
  fail_unless_equals_int (taker->failed, 0);
  fail_unless_equals_int (taker->uploaded, 0);
}
GST_END_TEST;

/* Not ours, or gone: no more until it is created. */
GST_START_TEST (test_gone)
{
  set_code (GST_DISCORD_ERROR_STREAM_GONE);
  set_times (LONG, 0);
  start ();
  set_live (TRUE);
  TAKER_WAIT (final, 1);
  set_code (0);
  set_live (FALSE);
  gst_discord_preview_created (taker->preview);
  set_live (TRUE);
  TAKER_WAIT (uploaded, 1);
  gst_discord_preview_stop (taker->preview);
  fail_unless_equals_int (taker->failed, 1);
}
GST_END_TEST;

/* A token that is refused is refused for good. */
GST_START_TEST (test_refused)
{
  set_code (GST_DISCORD_ERROR_NOT_AUTHORIZED);
  set_times (0, 0);
  start ();
  set_live (TRUE);
  TAKER_WAIT (final, 1);
  set_code (0);
  gst_discord_preview_created (taker->preview);
  gst_discord_preview_stop (taker->preview);
  fail_unless_equals_int (taker->uploads, 1);
  fail_unless_equals_int (taker->failed, 1);
}
GST_END_TEST;

static Suite *
discord_preview_suite (void)
{
  Suite *suite = suite_create ("discordpreview");
  TCase *tc = tcase_create ("elements");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_uploads);
  tcase_add_test (tc, test_only_live);
  tcase_add_test (tc, test_skips_and_failures);
  tcase_add_test (tc, test_slow_upload_is_cancelled);
  tcase_add_test (tc, test_gone);
  tcase_add_test (tc, test_refused);
  suite_add_tcase (suite, tc);
  return suite;
}

GST_CHECK_MAIN (discord_preview);
