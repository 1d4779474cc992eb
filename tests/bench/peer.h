/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Processes of a benchmark: each contender runs in one of its own, and so does
 * the other end, so that what the kernel counts for a process is what that
 * contender costs. A peer is this program once more, in another role. It takes
 * a request a line on stdin and gives a line back on stdout; it goes when stdin
 * ends. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv); /* argv[0] is the name */
} BenchRole;

/* Runs the role that the command line asks for, ends the process then; returns
 * when it asks for none. @roles ends with a NULL name. */
void bench_peer_dispatch (int argc, char **argv, const BenchRole *roles);

typedef struct _BenchPeer BenchPeer;

/* Fails when it cannot be started; arguments end with NULL. */
BenchPeer *bench_peer_new (const char *role, ...) G_GNUC_NULL_TERMINATED;
/* Waits for its answer; fails when it ends instead. */
char *bench_peer_ask (BenchPeer *self, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
gint64 bench_peer_ask_number (BenchPeer *self, const char *request);
/* Ends it and waits; fails unless it exits with 0. */
void bench_peer_stop (BenchPeer *self);

/* The other side: a command takes what follows its name. */
typedef struct
{
  const char *name;
  char *(*run) (const char *argument, gpointer user_data);
} BenchCommand;

/* Until stdin ends. @commands ends with a NULL name. */
void bench_peer_serve (const BenchCommand *commands, gpointer user_data);

G_END_DECLS
