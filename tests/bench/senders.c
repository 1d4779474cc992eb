/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sending pre-encoded Opus in real time costs: discordvoicesink, the stock
 * elements that come closest, and a bare loop that does nothing but encrypt and
 * send. Each runs in a process of its own; packets are counted where they
 * arrive. */
#include "ends.h"
#include "sendworkers.h"

/* The contenders other than ours may fall behind; their row says so. */
#define LEAST_OURS 99.5
#define LEAST_OTHERS 50.0

static double seconds = 10;
static char *counts;
static const GOptionEntry entries[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long each is measured (10)", "N" },
  { "counts", 'n', 0, G_OPTION_ARG_STRING, &counts,
      "how many senders (1,50,500)", "N,N" },
  G_OPTION_ENTRY_NULL,
};

#define SETTLE (2 * G_GINT64_CONSTANT (1000000000))

static void
measure (const char *name, BenchPeer *end, BenchPeer *worker, guint n,
    double least_percent)
{
  g_autofree char *started = bench_peer_ask (worker, "start");
  BenchWindow window;

  bench_sleep_until (bench_now () + SETTLE);
  bench_window_measure (&window, worker, end, seconds);
  bench_window_print (&window, "senders", name, n, least_percent);
  bench_peer_stop (worker);
}

static void
measure_ours (const char *count, guint n)
{
  BenchPeer *end = bench_peer_new (BENCH_ROLE_STANDIN, NULL);
  g_autofree char *url = bench_peer_ask (end, "url");

  measure ("discordvoicesink", end,
      bench_peer_new (BENCH_ROLE_SEND_OURS, url, count, "guilds", NULL), n,
      LEAST_OURS);
  bench_check_violations (end);
  bench_peer_stop (end);
}

static void
measure_stock (const char *count, guint n)
{
  BenchPeer *end = bench_peer_new (BENCH_ROLE_UDP, NULL);
  g_autofree char *port = bench_peer_ask (end, "port");

  measure ("rtpopuspay ! srtpenc ! udpsink", end,
      bench_peer_new (BENCH_ROLE_SEND_STOCK, port, count, NULL), n,
      LEAST_OTHERS);
  bench_peer_stop (end);
}

static void
measure_bare (const char *count, guint n)
{
  BenchPeer *end = bench_peer_new (BENCH_ROLE_UDP, NULL);
  g_autofree char *port = bench_peer_ask (end, "port");

  measure ("bare loop", end,
      bench_peer_new (BENCH_ROLE_SEND_BARE, port, count, "tick", NULL), n,
      LEAST_OTHERS);
  bench_peer_stop (end);
}

int
main (int argc, char **argv)
{
  static const BenchRole roles[] = {
    { BENCH_ROLE_STANDIN, bench_standin_main },
    { BENCH_ROLE_UDP, bench_udp_main },
    BENCH_SENDER_ROLES,
    { NULL, NULL },
  };
  g_auto (GStrv) list = NULL;

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (
      &argc, &argv, entries, "CPU and memory of real-time senders");
  bench_check_seconds (seconds);
  list = g_strsplit (counts != NULL ? counts : "1,50,500", ",", -1);
  for (char **count = list; *count != NULL; count++) {
    guint n = (guint) g_ascii_strtoull (*count, NULL, 10);

    if (n == 0)
      bench_fail ("%s: no number of senders", *count);
    measure_ours (*count, n);
    measure_stock (*count, n);
    measure_bare (*count, n);
  }
  g_free (counts);
  return 0;
}
