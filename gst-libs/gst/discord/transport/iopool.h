/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The process-wide I/O pool: a few threads on epoll that read sockets and run
 * their timers. Started on first use, joined when the last member leaves. */

#include <glib.h>

typedef struct _DiscordIOMember DiscordIOMember;

/* Both run on one thread of the pool, the same for the member's whole life, and
 * must not block. They may run before discord_io_pool_add() has returned. */
typedef struct
{
  /* The socket is readable or has an error to fetch. Level triggered: what is
   * left unread calls it again after the other members had their turn. */
  void (*readable) (gpointer user_data);
  /* Due: returns the next due time in CLOCK_MONOTONIC ns, or -1 for none. */
  gint64 (*timer) (gint64 now_ns, gpointer user_data);
} DiscordIOFuncs;

/* @fd stays the caller's and open until after the removal. @first_timer_ns in
 * CLOCK_MONOTONIC, -1 for none. The error is of GST_DISCORD_ERROR. */
DiscordIOMember *discord_io_pool_add (gint fd, gint64 first_timer_ns,
    const DiscordIOFuncs *funcs, gpointer user_data, GError **error);

/* After this returns no function of the member runs. From one of them it aborts.
 * From a function of another member only when the two never remove each other:
 * it waits. */
void discord_io_pool_remove (DiscordIOMember *member);

/* Only from the readable() of a member: its timer is due then, -1 for never,
 * whatever it was before. */
void discord_io_pool_rearm (gint64 due_ns);

/* CLOCK_MONOTONIC in nanoseconds, the clock of all times here. */
gint64 discord_io_pool_now (void);
