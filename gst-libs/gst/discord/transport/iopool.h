/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The process-wide I/O pool: a few threads on epoll that read sockets and run
 * their timers. Started on first use, joined when the last member leaves. */

#include <glib.h>

typedef struct _DiscordIOMember DiscordIOMember;

/* Both run on one thread of the pool, the same for the member's whole life, and
 * must not block. */
typedef struct
{
  void (*readable) (gpointer user_data);
  /* Due: returns the next due time in CLOCK_MONOTONIC ns, or -1 for none. */
  gint64 (*timer) (gint64 now_ns, gpointer user_data);
} DiscordIOFuncs;

DiscordIOMember *discord_io_pool_add (gint fd, gint64 first_timer_ns,
    const DiscordIOFuncs *funcs, gpointer user_data, GError **error);

/* After this returns no function of the member runs. Not from one of them. */
void discord_io_pool_remove (DiscordIOMember *member);
