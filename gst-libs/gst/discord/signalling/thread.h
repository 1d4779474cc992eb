/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The process-wide signalling thread: a GMainContext that runs every websocket
 * and timer. Started by the first reference, joined when the last goes (or, when
 * that happens on the thread itself, left to end on its own). At process exit
 * it is given up to 3 s to finish what was asked (leaving channels), and is joined
 * then if it ends within another. */
GMainContext *discord_signalling_thread_ref (void);
void discord_signalling_thread_unref (void);

/* Runs @func there, after everything invoked before; from the thread itself at
 * its next iteration too, never at once. */
void discord_signalling_thread_invoke (
    GSourceFunc func, gpointer data, GDestroyNotify notify);

gboolean discord_signalling_thread_is_self (void);

/* @func, at most one in the process, is called at process exit behind all that
 * the thread had to finish. */
void discord_signalling_thread_set_exit_func (void (*func) (void));

/* Work that process exit waits for, e.g. a leave under way. */
void discord_signalling_thread_hold (void);
void discord_signalling_thread_drop (void);

/* Joins all of (element-type GThread) @threads, which have done what they had to,
 * and empties it. */
void discord_threads_join (GSList **threads);
