/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What wakes a process that is in a voice channel where nothing happens: how
 * often each of its threads went to sleep again, beside what the protocol asks
 * for. All cases run at the same time, each in a process of its own. */
#include "common.h"
#include "ends.h"
#include "pipelines.h"

#include <gst/app/gstappsrc.h>
#include <string.h>
#include <unistd.h>

#define SECOND_NS G_GINT64_CONSTANT (1000000000)
/* Until joining is over, and what was said at its start has ended. */
#define SETTLE_NS (8 * SECOND_NS)
#define SPOKEN_FRAMES BENCH_FRAMES_PER_SECOND

static double seconds = 60;
static const GOptionEntry entries[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long is measured (60)", "N" },
  G_OPTION_ENTRY_NULL,
};

/* The idle process */

typedef struct
{
  GstElement *pipeline;
  GstElement *appsrc; /* borrowed; NULL: there is none */
} Idle;

static guint64
read_switches (const char *path)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents (path, &status, NULL, NULL))
    return 0;
  line = strstr (status, "\nvoluntary_ctxt_switches:");
  if (line == NULL)
    bench_fail ("no context switches in %s", path);
  return g_ascii_strtoull (strchr (line, ':') + 1, NULL, 10);
}

/* "name|count" of each thread but the one that runs this, in tabs. */
static char *
idle_threads (const char *argument, gpointer user_data)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  g_autofree char *own = g_strdup_printf ("%d", (int) getpid ());
  const char *task;

  while ((task = g_dir_read_name (dir)) != NULL) {
    g_autofree char *comm_path =
        g_strdup_printf ("/proc/self/task/%s/comm", task);
    g_autofree char *status_path =
        g_strdup_printf ("/proc/self/task/%s/status", task);
    g_autofree char *name = NULL;

    if (g_str_equal (task, own)
        || !g_file_get_contents (comm_path, &name, NULL, NULL))
      continue;
    g_string_append_printf (text, "%s|%" G_GUINT64_FORMAT "\t",
        g_strchomp (name), read_switches (status_path));
  }
  return g_string_free (text, FALSE);
}

/* A second of talk, as somebody does who then listens. */
static void
speak (GstElement *appsrc)
{
  gint64 start = bench_now ();

  for (guint i = 0; i < SPOKEN_FRAMES; i++) {
    guint8 frame[BENCH_FRAME_SIZE];

    bench_frame_write (frame, 0, i);
    bench_sleep_until (start + i * BENCH_FRAME_NS);
    gst_app_src_push_buffer (
        GST_APP_SRC (appsrc), gst_buffer_new_memdup (frame, sizeof frame));
  }
}

static char *
idle_start (const char *argument, gpointer user_data)
{
  Idle *self = user_data;

  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  if (self->appsrc != NULL)
    speak (self->appsrc);
  return g_strdup ("ok");
}

static void
add_microphone (Idle *self, GstElement *sink)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "audio/x-opus, rate=48000, channels=2, channel-mapping-family=0");

  self->appsrc = bench_make ("appsrc");
  g_object_set (self->appsrc, "is-live", TRUE, "format", GST_FORMAT_TIME,
      "do-timestamp", TRUE, "caps", caps, NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->appsrc);
  if (!gst_element_link (self->appsrc, sink))
    bench_fail ("discordvoicesink takes no Opus");
}

/* Arguments: gateway URL, number of the member, what is in the pipeline. */
static int
idle_main (int argc, char **argv)
{
  static const BenchCommand commands[] = {
    { "start", idle_start },
    { "threads", idle_threads },
    { NULL, NULL },
  };
  Idle self = { NULL, NULL };
  guint member;

  if (argc != 4)
    bench_fail ("%s: URL MEMBER sink|source|both|microphone", argv[0]);
  gst_init (NULL, NULL);
  member = (guint) g_ascii_strtoull (argv[2], NULL, 10);
  self.pipeline = bench_pipeline_new ();
  if (!g_str_equal (argv[3], "source")) {
    GstElement *sink = bench_discord_new ("discordvoicesink", argv[1], member,
        BENCH_GUILD + member, BENCH_CHANNEL + member);

    gst_bin_add (GST_BIN (self.pipeline), sink);
    if (g_str_equal (argv[3], "microphone"))
      add_microphone (&self, sink);
  }
  if (g_str_equal (argv[3], "source") || g_str_equal (argv[3], "both"))
    gst_bin_add (GST_BIN (self.pipeline),
        bench_discord_new ("discordvoicesrc", argv[1], member,
            BENCH_GUILD + member, BENCH_CHANNEL + member));
  bench_peer_serve (commands, &self);
  bench_pipeline_free (self.pipeline);
  return 0;
}

/* What was counted */

static GHashTable *
read_threads (BenchPeer *peer)
{
  g_autofree char *answer = bench_peer_ask (peer, "threads");
  g_auto (GStrv) list = g_strsplit (answer, "\t", -1);
  GHashTable *threads =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (char **entry = list; *entry != NULL && **entry != '\0'; entry++) {
    char *bar = strrchr (*entry, '|');
    guint64 count = g_ascii_strtoull (bar + 1, NULL, 10);
    guint64 *sum;

    *bar = '\0';
    sum = g_hash_table_lookup (threads, *entry);
    if (sum == NULL) {
      sum = g_new0 (guint64, 1);
      g_hash_table_insert (threads, g_strdup (*entry), sum);
    }
    *sum += count;
  }
  return threads;
}

static guint64
get_count (GHashTable *threads, const char *name)
{
  guint64 *count = g_hash_table_lookup (threads, name);

  return count != NULL ? *count : 0;
}

/* What the protocol made one member do, as the stand-in saw it. */
typedef struct
{
  gint64 pings;
  gint64 heartbeats; /* of both gateways */
  gint64 rtcp;
} Traffic;

typedef struct
{
  const char *what;
  const char *name;
  BenchPeer *peer;
  GHashTable *threads;
  Traffic traffic;
} Case;

static gint64
ask_member (BenchPeer *standin, const char *what, guint member)
{
  g_autofree char *request =
      g_strdup_printf ("%s " BENCH_TOKEN_FORMAT, what, member);

  return bench_peer_ask_number (standin, request);
}

static void
read_traffic (BenchPeer *standin, guint member, Traffic *traffic)
{
  traffic->pings = ask_member (standin, "event ping", member);
  traffic->heartbeats = ask_member (standin, "event voice-heartbeat", member)
      + ask_member (standin, "event main-heartbeat", member);
  traffic->rtcp = ask_member (standin, "rtcp", member);
}

/* "name count" of those that woke up, and how often all did. */
static char *
compare_threads (GHashTable *before, GHashTable *after, guint64 *total)
{
  g_autoptr (GList) names =
      g_list_sort (g_hash_table_get_keys (after), (GCompareFunc) strcmp);
  GString *text = g_string_new (NULL);

  *total = 0;
  for (GList *l = names; l != NULL; l = l->next) {
    guint64 count = get_count (after, l->data) - get_count (before, l->data);

    *total += count;
    if (count > 0)
      g_string_append_printf (text, "%s%s %" G_GUINT64_FORMAT,
          text->len > 0 ? ", " : "", (char *) l->data, count);
  }
  return g_string_free (text, FALSE);
}

static void
print_case (
    const Case *idle, GHashTable *after, const Traffic *traffic, double took)
{
  guint64 total;
  g_autofree char *threads = compare_threads (idle->threads, after, &total);
  gint64 pings = traffic->pings - idle->traffic.pings;
  gint64 heartbeats = traffic->heartbeats - idle->traffic.heartbeats;
  BenchRow *row = bench_row_new ("idle", idle->name);

  bench_row_add_number (row, "seconds", took);
  bench_row_add_int (row, "wake-ups", (gint64) total);
  bench_row_add_number (row, "per second", (double) total / took);
  bench_row_add_int (row, "pings", pings);
  bench_row_add_int (row, "heartbeats", heartbeats);
  bench_row_add_int (row, "RTCP sent", traffic->rtcp - idle->traffic.rtcp);
  /* One to send each, one for the answer. */
  bench_row_add_int (row, "wake-ups beyond 2 per ping and heartbeat",
      (gint64) total - 2 * (pings + heartbeats));
  bench_row_add_text (row, "by thread", threads);
  bench_row_finish (row);
}

static void
start_cases (Case *cases, guint n, const char *url)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *member = g_strdup_printf ("%u", i);

    cases[i].peer = bench_peer_new ("idle", url, member, cases[i].what, NULL);
    g_free (bench_peer_ask (cases[i].peer, "start"));
  }
  bench_sleep_until (bench_now () + SETTLE_NS);
}

static void
measure (Case *cases, guint n)
{
  BenchPeer *standin = bench_peer_new (BENCH_ROLE_STANDIN, NULL);
  g_autofree char *url = bench_peer_ask (standin, "url");
  gint64 begin;

  start_cases (cases, n, url);
  if (bench_peer_ask_number (standin, "event voice-joined") != n)
    bench_fail ("not all have joined");
  begin = bench_now ();
  for (guint i = 0; i < n; i++) {
    cases[i].threads = read_threads (cases[i].peer);
    read_traffic (standin, i, &cases[i].traffic);
  }
  bench_sleep_until (begin + (gint64) (seconds * 1e9));
  for (guint i = 0; i < n; i++) {
    g_autoptr (GHashTable) after = read_threads (cases[i].peer);
    Traffic traffic;

    read_traffic (standin, i, &traffic);
    print_case (
        &cases[i], after, &traffic, (double) (bench_now () - begin) / 1e9);
    g_hash_table_unref (cases[i].threads);
    bench_peer_stop (cases[i].peer);
  }
  if (bench_peer_ask_number (standin, "event voice-joined") != n)
    bench_fail ("somebody had to join again");
  bench_check_violations (standin);
  bench_peer_stop (standin);
}

int
main (int argc, char **argv)
{
  static const BenchRole roles[] = {
    { BENCH_ROLE_STANDIN, bench_standin_main },
    { "idle", idle_main },
    { NULL, NULL },
  };
  static Case cases[] = {
    { "sink", "discordvoicesink, no pad", NULL, NULL, { 0, 0, 0 } },
    { "source", "discordvoicesrc, nobody speaks", NULL, NULL, { 0, 0, 0 } },
    { "both", "both, one connection", NULL, NULL, { 0, 0, 0 } },
    { "microphone", "discordvoicesink, live input that pauses", NULL, NULL,
        { 0, 0, 0 } },
  };

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (
      &argc, &argv, entries, "Wake-ups of idle joined connections");
  bench_check_seconds (seconds);
  measure (cases, G_N_ELEMENTS (cases));
  return 0;
}
