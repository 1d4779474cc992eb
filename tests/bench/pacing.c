/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How evenly packets of a file leave: the gaps between them where they arrive,
 * and the rate against the pipeline's clock. Beside a udpsink pipeline and a
 * thread that does nothing but sleep until absolute deadlines and send; all at
 * the same time on the same machine. A second pipeline of ours runs on a clock
 * that is fast on purpose: packets must follow it. */
#include "arrivals.h"
#include "common.h"
#include "ends.h"
#include "pipelines.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND_NS G_GINT64_CONSTANT (1000000000)
/* The start of a session is not what is measured. */
#define SETTLE_FRAMES BENCH_FRAMES_PER_SECOND
/* Sound cards are off by less. */
#define FAST_CLOCK_PPM 200

enum
{
  STREAM_OURS = 1,
  STREAM_FAST,
  STREAM_STOCK,
  STREAM_BARE,
};

static double seconds = 60;
static const GOptionEntry entries[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long is measured (60)", "N" },
  G_OPTION_ENTRY_NULL,
};

/* Senders */

static GstElement *
build_ours (const char *url, guint32 stream, GstClock *clock)
{
  GstElement *pipeline = bench_pipeline_new ();
  GstElement *source = bench_opus_source_new (stream, 0);
  GstElement *sink = bench_discord_new (
      "discordvoicesink", url, 1, BENCH_GUILD + stream, BENCH_CHANNEL + stream);

  gst_object_set_name (GST_OBJECT (sink), "sender");
  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  if (!gst_element_link (source, sink))
    bench_fail ("discordvoicesink takes no Opus");
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  return pipeline;
}

static GstElement *
build_stock (const char *port, GstClock *clock)
{
  GstElement *pipeline = bench_pipeline_new ();
  GstElement *source = bench_opus_source_new (STREAM_STOCK, 0);
  GstElement *payloader = bench_make ("rtpopuspay");
  GstElement *sink = bench_make ("udpsink");

  g_object_set (sink, "host", "127.0.0.1", "port", atoi (port), NULL);
  gst_bin_add_many (GST_BIN (pipeline), source, payloader, sink, NULL);
  if (!gst_element_link_many (source, payloader, sink, NULL))
    bench_fail ("the stock sender cannot be linked");
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  return pipeline;
}

static GstClock *
make_fast_clock (void)
{
  GstClock *clock = g_object_new (GST_TYPE_SYSTEM_CLOCK, NULL);
  GstClockTime now = gst_clock_get_internal_time (clock);

  gst_object_ref_sink (clock);
  gst_clock_set_calibration (
      clock, now, now, 1000000 + FAST_CLOCK_PPM, 1000000);
  return clock;
}

typedef struct
{
  guint16 port;
  gint stop; /* atomic */
} Bare;

static gpointer
bare_run (gpointer user_data)
{
  Bare *self = user_data;
  struct sockaddr_in to = { .sin_family = AF_INET };
  guint8 packet[12 + BENCH_FRAME_SIZE] = { 0x80, 120 };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gint64 start = bench_now ();

  to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  to.sin_port = htons (self->port);
  if (fd < 0 || connect (fd, (struct sockaddr *) &to, sizeof to) != 0)
    bench_fail ("no connected UDP socket");
  for (guint64 i = 0; !g_atomic_int_get (&self->stop); i++) {
    bench_frame_write (packet + 12, STREAM_BARE, i);
    bench_sleep_until (start + (gint64) i * BENCH_FRAME_NS);
    if (send (fd, packet, sizeof packet, 0) != sizeof packet)
      bench_fail ("the bare loop cannot send");
  }
  close (fd);
  return NULL;
}

/* How often the sink gave up its deadlines and went on from where it was. */
static gint64
get_restarts (GstElement *pipeline)
{
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sender");
  g_autoptr (GstStructure) stats = NULL;
  guint64 restarts = 0;

  g_object_get (sink, "stats", &stats, NULL);
  if (!gst_structure_get_uint64 (stats, "audio-restarts", &restarts))
    bench_fail ("discordvoicesink tells no restarts");
  return (gint64) restarts;
}

/* What came of a stream */

/* All frames one after the other, from when it was settled. */
static GArray *
get_arrivals (BenchPeer *end, guint32 stream, const char *name)
{
  g_autofree char *text = bench_peer_ask (end, "arrivals %u", stream);
  GArray *arrivals = bench_arrivals_parse (text);
  double expected = seconds * BENCH_FRAMES_PER_SECOND;

  if (arrivals->len <= SETTLE_FRAMES)
    bench_fail ("%s: nothing came", name);
  g_array_remove_range (arrivals, 0, SETTLE_FRAMES);
  for (guint i = 1; i < arrivals->len; i++) {
    if (g_array_index (arrivals, BenchArrival, i).index
        != g_array_index (arrivals, BenchArrival, i - 1).index + 1)
      bench_fail ("%s: a packet is missing", name);
  }
  if (arrivals->len < expected * 0.99)
    bench_fail ("%s: %u packets in %.0f s", name, arrivals->len, seconds);
  return arrivals;
}

static void
print_gaps (const GArray *arrivals, const char *name)
{
  static const double limits[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10 };
  BenchSamples gaps;
  BenchRow *row = bench_row_new ("gaps", name);

  bench_samples_init (&gaps);
  for (guint i = 1; i < arrivals->len; i++)
    bench_samples_add (&gaps,
        g_array_index (arrivals, BenchArrival, i).time_ns
            - g_array_index (arrivals, BenchArrival, i - 1).time_ns);
  bench_samples_sort (&gaps);
  bench_row_add_int (row, "packets", arrivals->len);
  bench_row_add_number (
      row, "p50 ms", (double) bench_samples_quantile (&gaps, 0.5) / 1e6);
  bench_row_add_number (
      row, "p99 ms", (double) bench_samples_quantile (&gaps, 0.99) / 1e6);
  bench_row_add_number (
      row, "p99.9 ms", (double) bench_samples_quantile (&gaps, 0.999) / 1e6);
  bench_row_add_number (
      row, "max ms", (double) bench_samples_quantile (&gaps, 1) / 1e6);
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++) {
    g_autofree char *key = g_strdup_printf ("within %g ms %%", limits[i]);

    bench_row_add_number (row, key,
        bench_samples_within (
            &gaps, BENCH_FRAME_NS, (gint64) (limits[i] * 1e6)));
  }
  bench_row_finish (row);
  bench_samples_clear (&gaps);
}

/* Least squares: how fast what is late of a packet grows, with the standard
 * error of that. */
static void
fit_drift (const GArray *arrivals, double period, double *slope, double *error)
{
  guint n = arrivals->len;
  const BenchArrival *first = &g_array_index (arrivals, BenchArrival, 0);
  double mean_x = (n - 1) / 2.0, mean_y = 0, xx = 0, xy = 0, rest = 0;
  g_autofree double *late = g_new (double, n);

  for (guint i = 0; i < n; i++) {
    late[i] = (double) (g_array_index (arrivals, BenchArrival, i).time_ns
                  - first->time_ns)
        - i * period;
    mean_y += late[i] / n;
  }
  for (guint i = 0; i < n; i++) {
    xx += (i - mean_x) * (i - mean_x);
    xy += (i - mean_x) * (late[i] - mean_y);
  }
  *slope = xy / xx / period * 1e6;
  for (guint i = 0; i < n; i++) {
    double off = late[i] - mean_y - xy / xx * (i - mean_x);

    rest += off * off;
  }
  *error = sqrt (rest / (n - 2) / xx) / period * 1e6;
}

static void
print_rate (
    const GArray *arrivals, const char *name, double clock_ppm, gint64 restarts)
{
  double period = BENCH_FRAME_NS / (1 + clock_ppm / 1e6);
  guint n = arrivals->len;
  double took = (double) (g_array_index (arrivals, BenchArrival, n - 1).time_ns
      - g_array_index (arrivals, BenchArrival, 0).time_ns);
  double slope, error;
  BenchRow *row = bench_row_new ("pacing", name);

  fit_drift (arrivals, period, &slope, &error);
  bench_row_add_int (row, "packets", n);
  bench_row_add_number (row, "seconds", took / 1e9);
  /* Late packets are a slow rate. */
  bench_row_add_number (
      row, "mean rate error ppm", ((n - 1) * period / took - 1) * 1e6);
  bench_row_add_number (row, "drift ppm", slope);
  bench_row_add_number (row, "standard error ppm", error);
  /* A drift with restarts is time given up at once after a stall. */
  if (restarts >= 0)
    bench_row_add_int (row, "restarts", restarts);
  bench_row_finish (row);
}

static void
print (BenchPeer *standin, BenchPeer *end, GstElement *const *pipelines)
{
  static const struct
  {
    guint32 stream;
    const char *name;
    double clock_ppm;
    gboolean at_standin;
  } streams[] = {
    { STREAM_OURS, "discordvoicesink", 0, TRUE },
    { STREAM_FAST, "discordvoicesink on a clock 200 ppm fast", FAST_CLOCK_PPM,
        TRUE },
    { STREAM_STOCK, "rtpopuspay ! udpsink", 0, FALSE },
    { STREAM_BARE, "bare loop", 0, FALSE },
  };
  GArray *arrivals[G_N_ELEMENTS (streams)];

  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    arrivals[i] = get_arrivals (streams[i].at_standin ? standin : end,
        streams[i].stream, streams[i].name);
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    print_rate (arrivals[i], streams[i].name, streams[i].clock_ppm,
        streams[i].at_standin ? get_restarts (pipelines[i]) : -1);
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++) {
    print_gaps (arrivals[i], streams[i].name);
    g_array_unref (arrivals[i]);
  }
}

static void
measure (void)
{
  BenchPeer *standin = bench_peer_new (BENCH_ROLE_STANDIN, NULL);
  BenchPeer *end = bench_peer_new (BENCH_ROLE_UDP, NULL);
  g_autofree char *url = bench_peer_ask (standin, "url");
  g_autofree char *port = bench_peer_ask (end, "port");
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  g_autoptr (GstClock) fast = make_fast_clock ();
  GstElement *pipelines[] = { build_ours (url, STREAM_OURS, clock),
    build_ours (url, STREAM_FAST, fast), build_stock (port, clock) };
  Bare bare = { (guint16) atoi (port), 0 };
  GThread *thread;

  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++) {
    gst_element_set_state (pipelines[i], GST_STATE_PLAYING);
    bench_pipeline_wait (pipelines[i]);
  }
  g_free (bench_peer_ask (standin, "record"));
  g_free (bench_peer_ask (end, "record"));
  thread = g_thread_new ("bare", bare_run, &bare);
  /* The first second is thrown away. */
  bench_sleep_until (bench_now () + (gint64) (seconds * 1e9) + SECOND_NS);
  print (standin, end, pipelines);
  for (guint i = 0; i < G_N_ELEMENTS (pipelines); i++)
    bench_pipeline_free (pipelines[i]);
  g_atomic_int_set (&bare.stop, 1);
  g_thread_join (thread);
  bench_check_violations (standin);
  bench_peer_stop (standin);
  bench_peer_stop (end);
}

int
main (int argc, char **argv)
{
  static const BenchRole roles[] = {
    { BENCH_ROLE_STANDIN, bench_standin_main },
    { BENCH_ROLE_UDP, bench_udp_main },
    { NULL, NULL },
  };

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (
      &argc, &argv, entries, "Gaps between packets, rate and drift");
  bench_check_seconds (seconds);
  bench_prepare_process ();
  gst_init (NULL, NULL);
  measure ();
  return 0;
}
