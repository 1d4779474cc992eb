/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "thread.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* A leave may have to wait a second for its turn (voice-gateway 1.6). */
#define EXIT_WAIT_US (3 * G_TIME_SPAN_SECOND)
/* And who was told to end has one of its own, however long that took. */
#define END_WAIT_US (1 * G_TIME_SPAN_SECOND)

typedef struct
{
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  gboolean skip_pending; /* the process is going */
} SignallingThread;

/* Guards every variable below, and a SignallingThread until it was told to
 * quit. A leaf but for the main context's own lock. */
static GMutex lock;
static GCond changed; /* holds, ending */
static SignallingThread *current;
static guint references;
static guint holds;
static guint ending; /* threads told to quit that still run */
/* Those that nobody could join when they were told. What ends with a thread ends
 * behind @ending: OpenSSL frees what is the thread's, and twice when its own exit
 * hook does so at the same time. */
static GSList *unjoined; /* (element-type GThread) */
/* Of the last thread that ended: one that returned a result to it (GTask,
 * GCancellable) may still be inside GLib, which looks at the context of a source
 * without a reference. */
static GMainContext *last_context;
static gboolean exit_hook_set;
static void (*exit_func) (void);

static _Thread_local gboolean on_signalling_thread;

void
discord_threads_join (GSList **threads)
{
  while (*threads != NULL) {
    g_thread_join ((*threads)->data);
    *threads = g_slist_delete_link (*threads, *threads);
  }
}

static gpointer
signalling_thread_main (gpointer data)
{
  SignallingThread *self = data;
  GMainContext *before;
  gboolean skip_pending;

  on_signalling_thread = TRUE;
  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  /* Behind whoever told us: @self is ours alone from here on. */
  g_mutex_lock (&lock);
  skip_pending = self->skip_pending;
  g_mutex_unlock (&lock);
  /* What was invoked before the last reference went still runs, and cancelled
   * operations end here. Nobody is left to own a source that stays ready. */
  while (!skip_pending && g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);

  g_main_loop_unref (self->loop);
  g_mutex_lock (&lock);
  before = g_steal_pointer (&last_context);
  last_context = self->context;
  ending--;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
  g_clear_pointer (&before, g_main_context_unref);
  g_free (self);
  return NULL;
}

static gboolean
quit_loop (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* A plain g_main_loop_quit() is lost when the loop does not run yet. */
static void
tell_to_quit_unlocked (SignallingThread *self)
{
  g_autoptr (GSource) quit = g_idle_source_new ();

  g_source_set_priority (quit, G_PRIORITY_HIGH);
  g_source_set_callback (quit, quit_loop, g_main_loop_ref (self->loop),
      (GDestroyNotify) g_main_loop_unref);
  g_source_attach (quit, self->context);
}

/* Waits with the lock held until @counter is 0, for @patience at most. */
static gboolean
wait_for_zero_unlocked (const guint *counter, gint64 patience)
{
  gint64 deadline = g_get_monotonic_time () + patience;

  while (*counter > 0)
    if (!g_cond_wait_until (&changed, &lock, deadline))
      return *counter == 0;
  return TRUE;
}

/* Lets leaves under way go out, and then stops the thread, so that it does not
 * run into libraries that are being finalized. */
static void
at_process_exit (void)
{
  void (*func) (void);
  SignallingThread *last;

  if (on_signalling_thread)
    return;

  g_mutex_lock (&lock);
  wait_for_zero_unlocked (&holds, EXIT_WAIT_US);
  last = g_steal_pointer (&current);
  if (last != NULL) {
    ending++;
    last->skip_pending = TRUE;
    unjoined = g_slist_prepend (unjoined, last->thread);
    tell_to_quit_unlocked (last);
  }
  if (wait_for_zero_unlocked (&ending, END_WAIT_US))
    discord_threads_join (&unjoined);
  func = exit_func;
  g_mutex_unlock (&lock);
  if (func != NULL)
    func ();
}

static void
set_exit_hook_unlocked (void)
{
  if (exit_hook_set)
    return;
  exit_hook_set = TRUE;
  /* Hooks run last set first: OpenSSL's, which takes away what our threads use,
   * must be set before. Without an option it would not be set at all. */
  OPENSSL_init_crypto (OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL);
  atexit (at_process_exit);
}

static SignallingThread *
start_unlocked (void)
{
  SignallingThread *self = g_new0 (SignallingThread, 1);

  set_exit_hook_unlocked ();
  if (ending == 0)
    discord_threads_join (&unjoined);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("discord-signal", signalling_thread_main, self);
  return self;
}

GMainContext *
discord_signalling_thread_ref (void)
{
  GMainContext *context;

  g_mutex_lock (&lock);
  if (references++ == 0)
    current = start_unlocked ();
  context = current != NULL ? current->context : NULL;
  g_mutex_unlock (&lock);
  return context;
}

void
discord_signalling_thread_unref (void)
{
  SignallingThread *last = NULL;
  GThread *thread = NULL;

  g_mutex_lock (&lock);
  if (--references == 0)
    last = g_steal_pointer (&current);
  if (last != NULL) {
    ending++;
    /* @last frees itself as soon as it was told. */
    if (on_signalling_thread)
      unjoined = g_slist_prepend (unjoined, last->thread);
    else
      thread = last->thread;
    tell_to_quit_unlocked (last);
  }
  g_mutex_unlock (&lock);

  if (thread != NULL)
    g_thread_join (thread);
}

void
discord_signalling_thread_invoke (
    GSourceFunc func, gpointer data, GDestroyNotify notify)
{
  /* Outlives our reference to the source, which uses it, see last_context. */
  g_autoptr (GMainContext) context = NULL;
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, data, notify);
  g_source_set_static_name (source, "discord-invoke");

  g_mutex_lock (&lock);
  if (current != NULL)
    context = g_main_context_ref (current->context);
  g_mutex_unlock (&lock);

  /* Without a thread (process exit) the source goes, and its notify runs. */
  if (context != NULL)
    g_source_attach (source, context);
}

gboolean
discord_signalling_thread_is_self (void)
{
  return on_signalling_thread;
}

void
discord_signalling_thread_set_exit_func (void (*func) (void))
{
  g_mutex_lock (&lock);
  set_exit_hook_unlocked ();
  exit_func = func;
  g_mutex_unlock (&lock);
}

void
discord_signalling_thread_hold (void)
{
  g_mutex_lock (&lock);
  holds++;
  g_mutex_unlock (&lock);
}

void
discord_signalling_thread_drop (void)
{
  g_mutex_lock (&lock);
  holds--;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}
