/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Processes that receive many speakers on one socket, in three ways. Requests:
 *   start   listens; "ok", or the port where
 *   count   packets that were handed out so far
 *   pads    how many speakers were seen
 *   usage   what the process used so far, see BenchWorkerUsage */

#include "peer.h"

G_BEGIN_DECLS

/* discordvoicesrc with a fakesink per speaker. Arguments: gateway URL, latency
 * in ms. */
#define BENCH_ROLE_RECEIVE_OURS "receive-ours"
/* udpsrc ! srtpdec ! rtpbin ! rtpopusdepay ! fakesink. Argument: latency. */
#define BENCH_ROLE_RECEIVE_STOCK "receive-stock"
/* One thread with a loop of recv and AEAD. */
#define BENCH_ROLE_RECEIVE_BARE "receive-bare"

#define BENCH_RECEIVER_ROLES                                                   \
  { BENCH_ROLE_RECEIVE_OURS, bench_receive_ours_main },                        \
      { BENCH_ROLE_RECEIVE_STOCK, bench_receive_stock_main },                  \
  {                                                                            \
    BENCH_ROLE_RECEIVE_BARE, bench_receive_bare_main                           \
  }

/* Beyond those of the speakers. */
#define BENCH_RECEIVER_TOKEN 100000

int bench_receive_ours_main (int argc, char **argv);
int bench_receive_stock_main (int argc, char **argv);
int bench_receive_bare_main (int argc, char **argv);

G_END_DECLS
