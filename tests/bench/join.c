/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long it takes from set_state() until a channel of the stand-in can be
 * spoken in: the first one of an account, main gateway and all, and further
 * ones over the same gateway session. */
#include "common.h"
#include "ends.h"
#include "pipelines.h"

/* Every join and every leave is a message, and a session has 110 a minute. */
#define JOINS_PER_TOKEN 40

static gint joins = 40;
static const GOptionEntry entries[] = {
  { "joins", 'n', 0, G_OPTION_ARG_INT, &joins, "how many of each kind (40)",
      "N" },
  G_OPTION_ENTRY_NULL,
};

static GstElement *
build (const char *url, guint token, guint guild)
{
  GstElement *pipeline = bench_pipeline_new ();
  GstElement *source = bench_opus_source_new (0, 0);
  GstElement *sink = bench_discord_new ("discordvoicesink", url, token,
      BENCH_GUILD + guild, BENCH_CHANNEL + guild);

  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  if (!gst_element_link (source, sink))
    bench_fail ("discordvoicesink takes no Opus");
  return pipeline;
}

/* A pipeline of a file prerolls when the session can send. */
static void
time_join (GstElement *pipeline, BenchSamples *samples)
{
  gint64 start = bench_now ();

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bench_pipeline_wait (pipeline);
  bench_samples_add (samples, bench_now () - start);
}

static void
print (const char *name, BenchSamples *samples)
{
  BenchRow *row = bench_row_new ("join", name);

  bench_samples_sort (samples);
  bench_row_add_int (row, "joins", samples->values->len);
  bench_row_add_number (
      row, "p50 ms", (double) bench_samples_quantile (samples, 0.5) / 1e6);
  bench_row_add_number (
      row, "p99 ms", (double) bench_samples_quantile (samples, 0.99) / 1e6);
  bench_row_add_number (
      row, "max ms", (double) bench_samples_quantile (samples, 1) / 1e6);
  bench_row_finish (row);
  bench_samples_clear (samples);
}

static void
measure_first (const char *url)
{
  BenchSamples samples;

  bench_samples_init (&samples);
  for (guint i = 0; i < (guint) joins; i++) {
    GstElement *pipeline = build (url, i, i);

    time_join (pipeline, &samples);
    bench_pipeline_free (pipeline);
  }
  print ("first of an account", &samples);
}

static void
measure_further (const char *url)
{
  BenchSamples samples;

  bench_samples_init (&samples);
  for (guint done = 0; done < (guint) joins;) {
    guint token = 1000 + done;
    GstElement *first = build (url, token, 0);

    gst_element_set_state (first, GST_STATE_PLAYING);
    bench_pipeline_wait (first);
    for (guint i = 1; i <= JOINS_PER_TOKEN && done < (guint) joins;
         i++, done++) {
      GstElement *pipeline = build (url, token, i);

      time_join (pipeline, &samples);
      bench_pipeline_free (pipeline);
    }
    bench_pipeline_free (first);
  }
  print ("further of an account", &samples);
}

int
main (int argc, char **argv)
{
  static const BenchRole roles[] = {
    { BENCH_ROLE_STANDIN, bench_standin_main },
    { NULL, NULL },
  };
  g_autofree char *url = NULL;
  BenchPeer *standin;

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (&argc, &argv, entries, "Time to join a voice channel");
  if (joins < 1)
    bench_fail ("%d joins", joins);
  bench_prepare_process ();
  gst_init (NULL, NULL);
  standin = bench_peer_new (BENCH_ROLE_STANDIN, NULL);
  url = bench_peer_ask (standin, "url");
  measure_first (url);
  measure_further (url);
  bench_check_violations (standin);
  bench_peer_stop (standin);
  return 0;
}
