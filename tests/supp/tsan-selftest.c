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

/* Waits for the last but one without an order that TSan would see. */
static void
wait_until_last (const GstMiniObject *object)
{
  while (__atomic_load_n (&object->refcount, __ATOMIC_RELAXED) > 1)
    g_thread_yield ();
}

static gpointer
drop_message (gpointer message)
{
  wait_until_last (message);
  gst_message_unref (message);
  return NULL;
}

static gboolean
look_at_message (GstBus *bus, GstMessage *message, gpointer loop)
{
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

/* Who posted it frees what the watch has seen. */
GST_START_TEST (test_message_of_a_watch)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GstBus *bus = gst_bus_new ();

  gst_bus_add_watch (bus, look_at_message, loop);
  for (guint i = 0; i < ROUNDS; i++) {
    GstMessage *message = gst_message_new_eos (NULL);
    GThread *thread;

    gst_bus_post (bus, gst_message_ref (message));
    thread = g_thread_new (NULL, drop_message, message);
    g_main_loop_run (loop);
    g_thread_join (thread);
  }
  gst_bus_remove_watch (bus);
  gst_object_unref (bus);
  g_main_loop_unref (loop);
}
GST_END_TEST;

static gpointer
read_buffer (gpointer data)
{
  GstBuffer *buffer = data;
  guint8 byte = 0;

  gst_buffer_extract (buffer, 0, &byte, 1);
  fail_unless_equals_int (byte, 7);
  gst_buffer_unref (buffer);
  return NULL;
}

/* Of two buffers with the same memory, whole or in part, the last one frees it. */
GST_START_TEST (test_shared_memory)
{
  for (guint i = 0; i < ROUNDS; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 16, NULL);
    GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
    GThread *thread;

    gst_buffer_memset (buffer, 0, 7, 16);
    thread = g_thread_new (NULL, read_buffer,
        gst_buffer_copy_region (
            buffer, GST_BUFFER_COPY_MEMORY, i % 2, i % 2 == 0 ? 16 : 8));
    wait_until_last (GST_MINI_OBJECT_CAST (memory));
    gst_buffer_unref (buffer);
    g_thread_join (thread);
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
  tcase_add_test (tc, test_message_of_a_watch);
  tcase_add_test (tc, test_shared_memory);
  tcase_add_exit_test (tc, race_of_numbers, RACE);
  tcase_add_exit_test (tc, race_with_free, RACE);
  tcase_add_exit_test (tc, race_with_last_reference, RACE);
  return s;
}

GST_CHECK_MAIN (tsan_shim);
