/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* That the tsan setup sees what it should, and only that: TSan makes a process
 * that had a race end with 66. */

#include <gst/check/gstcheck.h>

#define RACE 66
#define ROUNDS 20

static gpointer
run_loop (gpointer loop)
{
  g_main_context_push_thread_default (g_main_loop_get_context (loop));
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (g_main_loop_get_context (loop));
  return NULL;
}

static gboolean
count_up (gpointer data)
{
  guint *counted = data;

  ++*counted;
  return G_SOURCE_REMOVE;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* Memory goes over with a source, and is freed over there. */
GST_START_TEST (test_handed_to_a_main_context)
{
  GMainContext *context = g_main_context_new ();
  GMainLoop *loop = g_main_loop_new (context, FALSE);
  GThread *thread = g_thread_new (NULL, run_loop, loop);

  for (guint i = 0; i < ROUNDS; i++) {
    g_autoptr (GSource) source = g_idle_source_new ();

    g_source_set_callback (source, count_up, g_new0 (guint, 1), g_free);
    g_source_attach (source, context);
    g_main_context_invoke_full (
        context, G_PRIORITY_DEFAULT, count_up, g_new0 (guint, 1), g_free);
  }
  g_main_context_invoke_full (context, G_PRIORITY_LOW, quit, loop, NULL);
  g_thread_join (thread);
  g_main_loop_unref (loop);
  g_main_context_unref (context);
}
GST_END_TEST;

static void
count_item (gpointer item, gpointer total)
{
  g_atomic_int_add ((gint *) total, *(gint *) item);
  g_free (item);
}

GST_START_TEST (test_handed_to_a_thread_pool)
{
  gint total = 0;
  GThreadPool *pool = g_thread_pool_new (count_item, &total, 2, FALSE, NULL);

  for (guint i = 0; i < ROUNDS; i++) {
    gint *item = g_new (gint, 1);

    *item = 1;
    g_thread_pool_push (pool, item, NULL);
  }
  g_thread_pool_free (pool, FALSE, TRUE);
  fail_unless_equals_int (g_atomic_int_get (&total), ROUNDS);
}
GST_END_TEST;

static gpointer
release_box (gpointer box)
{
  ++*(guint *) box;
  g_atomic_rc_box_release (box);
  return NULL;
}

static gpointer
release_array (gpointer data)
{
  GPtrArray *array = data;

  fail_unless_equals_int (*(guint *) g_ptr_array_index (array, 0), 7);
  g_ptr_array_unref (array);
  return NULL;
}

static gpointer
release_message (gpointer message)
{
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_message_unref (message);
  return NULL;
}

/* Whoever drops the last reference frees what the others have used. */
GST_START_TEST (test_last_reference)
{
  for (guint i = 0; i < ROUNDS; i++) {
    guint *box = g_atomic_rc_box_new0 (guint);
    guint *seven = g_new (guint, 1);
    GPtrArray *array = g_ptr_array_new_with_free_func (g_free);
    GstMessage *message = gst_message_new_eos (NULL);
    GThread *threads[3];

    *seven = 7;
    g_ptr_array_add (array, seven);
    threads[0] =
        g_thread_new (NULL, release_box, g_atomic_rc_box_acquire (box));
    threads[1] = g_thread_new (NULL, release_array, g_ptr_array_ref (array));
    threads[2] =
        g_thread_new (NULL, release_message, gst_message_ref (message));
    g_atomic_rc_box_release (box);
    release_array (array);
    release_message (message);
    for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
      g_thread_join (threads[j]);
  }
}
GST_END_TEST;

static gpointer
read_number (gpointer data)
{
  volatile guint *number = data;
  guint read = *number;

  return GUINT_TO_POINTER (read);
}

GST_START_TEST (race_of_numbers)
{
  volatile guint number = 0;
  GThread *thread = g_thread_new (NULL, read_number, (gpointer) &number);

  number = 1;
  g_thread_join (thread);
}
GST_END_TEST;

GST_START_TEST (race_with_free)
{
  guint *number = g_new0 (guint, 1);
  GThread *thread = g_thread_new (NULL, read_number, number);

  g_free (number);
  g_thread_join (thread);
}
GST_END_TEST;

GST_START_TEST (race_with_last_reference)
{
  guint *box = g_atomic_rc_box_new0 (guint);
  GThread *thread = g_thread_new (NULL, read_number, box);

  g_atomic_rc_box_release (box);
  g_thread_join (thread);
}
GST_END_TEST;

static Suite *
tsan_shim_suite (void)
{
  Suite *s = suite_create ("tsan");
  TCase *tc = tcase_create ("shim");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_handed_to_a_main_context);
  tcase_add_test (tc, test_handed_to_a_thread_pool);
  tcase_add_test (tc, test_last_reference);
  tcase_add_exit_test (tc, race_of_numbers, RACE);
  tcase_add_exit_test (tc, race_with_free, RACE);
  tcase_add_exit_test (tc, race_with_last_reference, RACE);
  return s;
}

GST_CHECK_MAIN (tsan_shim);
