/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What receiving speakers costs: discordvoicesrc, the stock elements that come
 * closest, and a bare loop that does nothing but receive and decrypt. Receiver,
 * speakers and server are processes of their own; packets are counted behind
 * the last element. */
#include "ends.h"
#include "recvworkers.h"
#include "sendworkers.h"

#define LEAST_OURS 99.5
#define LEAST_OTHERS 50.0
#define SETTLE (3 * G_GINT64_CONSTANT (1000000000))

static double seconds = 10;
static char *counts;
static const GOptionEntry entries[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long each is measured (10)", "N" },
  { "counts", 'n', 0, G_OPTION_ARG_STRING, &counts,
      "how many speakers (1,10,100)", "N,N" },
  G_OPTION_ENTRY_NULL,
};

static void
measure (const char *name, BenchPeer *receiver, BenchPeer *speakers, guint n,
    double least_percent)
{
  g_autofree char *started = bench_peer_ask (speakers, "start");
  BenchWindow window;

  bench_sleep_until (bench_now () + SETTLE);
  bench_window_measure (&window, receiver, receiver, seconds);
  bench_window_print (&window, "receivers", name, n, least_percent);
}

static void
check_pads (BenchPeer *receiver, guint n)
{
  gint64 pads = bench_peer_ask_number (receiver, "pads");

  if (pads != n)
    bench_fail ("%" G_GINT64_FORMAT " pads for %u speakers", pads, n);
}

static void
measure_ours (const char *count, guint n, const char *latency)
{
  /* The speakers want to hear nothing: forwarding to each of them would be most
   * of the work of this machine. */
  BenchPeer *standin = bench_peer_new (BENCH_ROLE_STANDIN, "deaf-drops", NULL);
  g_autofree char *url = bench_peer_ask (standin, "url");
  g_autofree char *name =
      g_strdup_printf ("discordvoicesrc latency=%s", latency);
  BenchPeer *receiver =
      bench_peer_new (BENCH_ROLE_RECEIVE_OURS, url, latency, NULL);
  BenchPeer *speakers =
      bench_peer_new (BENCH_ROLE_SEND_OURS, url, count, "speakers", NULL);
  g_autofree char *started = bench_peer_ask (receiver, "start");

  measure (name, receiver, speakers, n, LEAST_OURS);
  check_pads (receiver, n);
  bench_peer_stop (speakers);
  bench_peer_stop (receiver);
  bench_check_violations (standin);
  bench_peer_stop (standin);
}

static void
measure_stock (const char *count, guint n, const char *latency)
{
  BenchPeer *receiver =
      bench_peer_new (BENCH_ROLE_RECEIVE_STOCK, latency, NULL);
  g_autofree char *port = bench_peer_ask (receiver, "start");
  g_autofree char *name = g_strdup_printf (
      "udpsrc ! srtpdec ! rtpbin latency=%s ! rtpopusdepay", latency);
  BenchPeer *speakers =
      bench_peer_new (BENCH_ROLE_SEND_STOCK, port, count, NULL);

  measure (name, receiver, speakers, n, LEAST_OTHERS);
  check_pads (receiver, n);
  bench_peer_stop (speakers);
  bench_peer_stop (receiver);
}

static void
measure_bare (const char *count, guint n)
{
  BenchPeer *receiver = bench_peer_new (BENCH_ROLE_RECEIVE_BARE, NULL);
  g_autofree char *port = bench_peer_ask (receiver, "start");
  BenchPeer *speakers =
      bench_peer_new (BENCH_ROLE_SEND_BARE, port, count, "spread", NULL);

  measure ("bare loop", receiver, speakers, n, LEAST_OTHERS);
  bench_peer_stop (speakers);
  bench_peer_stop (receiver);
}

int
main (int argc, char **argv)
{
  static const BenchRole roles[] = {
    { BENCH_ROLE_STANDIN, bench_standin_main },
    BENCH_SENDER_ROLES,
    BENCH_RECEIVER_ROLES,
    { NULL, NULL },
  };
  g_auto (GStrv) list = NULL;

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (
      &argc, &argv, entries, "CPU and memory of receiving speakers");
  bench_check_seconds (seconds);
  list = g_strsplit (counts != NULL ? counts : "1,10,100", ",", -1);
  for (char **count = list; *count != NULL; count++) {
    guint n = (guint) g_ascii_strtoull (*count, NULL, 10);

    if (n == 0)
      bench_fail ("%s: no number of speakers", *count);
    measure_ours (*count, n, "60");
    measure_ours (*count, n, "0");
    measure_stock (*count, n, "60");
    measure_stock (*count, n, "0");
    measure_bare (*count, n);
  }
  g_free (counts);
  return 0;
}
