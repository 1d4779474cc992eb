/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Processes that send pre-encoded Opus in real time, each stream a packet every
 * 20 ms, in three ways. Requests:
 *   start   builds everything, plays, answers when all send
 *   usage   what the process used so far, see BenchWorkerUsage */

#include "common.h"
#include "peer.h"

G_BEGIN_DECLS

/* discordvoicesink pipelines. Arguments: gateway URL, how many, "guilds" for
 * one guild each or "speakers" for all in one channel, deaf. */
#define BENCH_ROLE_SEND_OURS "send-ours"
/* rtpopuspay ! srtpenc ! udpsink pipelines. Arguments: port, how many. */
#define BENCH_ROLE_SEND_STOCK "send-stock"
/* One thread with a loop of AEAD and send. Arguments: port, how many, "tick"
 * for one wake-up every 20 ms or "spread" for one per stream. */
#define BENCH_ROLE_SEND_BARE "send-bare"

#define BENCH_SENDER_ROLES                                                     \
  { BENCH_ROLE_SEND_OURS, bench_send_ours_main },                              \
      { BENCH_ROLE_SEND_STOCK, bench_send_stock_main },                        \
  {                                                                            \
    BENCH_ROLE_SEND_BARE, bench_send_bare_main                                 \
  }

int bench_send_ours_main (int argc, char **argv);
int bench_send_stock_main (int argc, char **argv);
int bench_send_bare_main (int argc, char **argv);

/* Of stock senders and receivers: key and salt of AES-256-GCM (RFC 7714). */
#define BENCH_SRTP_KEY_SIZE 44
extern const guint8 bench_srtp_key[BENCH_SRTP_KEY_SIZE];
#define BENCH_SRTP_PAYLOAD_TYPE 120
/* Of bare ones. */
extern const guint8 bench_transport_key[32];

/* The figures of a worker, @before from before it built anything. */
typedef struct
{
  BenchUsage now;
  gint64 rss_before_kib;
} BenchWorkerUsage;

/* In the worker. */
char *bench_worker_format_usage (const BenchUsage *before);
/* In who asks. */
void bench_worker_read_usage (BenchPeer *worker, BenchWorkerUsage *usage);

/* One measured window: waits @seconds between two looks at @worker and at
 * @counter, which answers "count". */
typedef struct
{
  gint64 packets;
  double seconds;
  double cpu_us; /* all together */
  double switches;
  BenchWorkerUsage end;
} BenchWindow;

void bench_window_measure (
    BenchWindow *window, BenchPeer *worker, BenchPeer *counter, double seconds);
/* One row; fails when less than @least_percent of the packets of @streams came. */
void bench_window_print (const BenchWindow *window, const char *bench,
    const char *name, guint streams, double least_percent);

G_END_DECLS
