/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What it costs to send 1080p30 that is encoded already: a process that holds
 * nothing but the frames and a discordvoicesink, which encrypts them end to end,
 * packetises, encrypts and sends. System calls are counted with strace in a
 * second window, since that slows everything down. */
#include "ends.h"
#include "pipelines.h"
#include "videoframes.h"
#include "videoworkers.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sendworkers.h"

#define BITRATE 8000000
#define LOOP (2 * BENCH_VIDEO_RATE) /* frames that are made */
#define VIEWER "bench-token-1"
#define SETTLE (2 * G_GINT64_CONSTANT (1000000000))

static double seconds = 20;
static const GOptionEntry entries[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long each window is (20)", "N" },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  gint64 packets;
  gint64 frames;
} Counts;

static void
read_counts (Counts *counts, BenchPeer *standin, BenchPeer *sender)
{
  counts->packets = bench_peer_ask_number (standin, "count");
  counts->frames = bench_video_ask_range (sender, "sent", 0, G_MAXUINT32);
}

/* CPU time */

static void
measure_cpu (BenchRow *row, BenchPeer *standin, BenchPeer *sender)
{
  BenchWorkerUsage before, after;
  Counts first, last;
  gint64 begin = bench_now ();
  double used, frames, elapsed;

  read_counts (&first, standin, sender);
  bench_worker_read_usage (sender, &before);
  bench_sleep_until (begin + (gint64) (seconds * 1e9));
  bench_worker_read_usage (sender, &after);
  read_counts (&last, standin, sender);
  elapsed = (double) (bench_now () - begin) / 1e9;
  used = (double) (after.now.cpu_us - before.now.cpu_us);
  frames = (double) (last.frames - first.frames);
  if (frames < 0.9 * elapsed * BENCH_VIDEO_RATE)
    bench_fail ("only %.0f frames in %.1f s", frames, elapsed);
  bench_row_add_number (row, "frames/s", frames / elapsed);
  bench_row_add_number (row, "packets per frame",
      (double) (last.packets - first.packets) / frames);
  bench_row_add_number (row, "us per frame", used / frames);
  bench_row_add_number (row, "% of a core", used / elapsed / 1e4);
  bench_row_add_number (row, "sleeps per frame",
      (double) (after.now.switches - before.now.switches) / frames);
}

/* System calls */

static GSubprocess *
start_strace (const char *pid, const char *report)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  GSubprocess *strace = g_subprocess_launcher_spawn (
      launcher, &error, "strace", "-f", "-c", "-o", report, "-p", pid, NULL);

  if (strace == NULL)
    bench_fail ("strace: %s", error->message);
  lines = g_data_input_stream_new (g_subprocess_get_stderr_pipe (strace));
  g_filter_input_stream_set_close_base_stream (
      G_FILTER_INPUT_STREAM (lines), FALSE);
  line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  if (line == NULL || strstr (line, " attached") == NULL)
    bench_fail ("strace: %s", line != NULL ? line : "ended");
  return strace;
}

/* "% time, seconds, usecs/call, calls, [errors,] syscall" */
static gboolean
read_line (const char *line, char name[64], guint64 *calls)
{
  guint64 errors;

  return sscanf (line,
             "%*f %*f %*u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
             " %63[a-z0-9_]",
             calls, &errors, name)
      == 3
      || sscanf (line, "%*f %*f %*u %" G_GUINT64_FORMAT " %63[a-z0-9_]", calls,
             name)
      == 2;
}

static void
print_calls (BenchRow *row, const char *report, double frames)
{
  g_autofree char *text = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  double sends = 0, calls = 0;

  if (!g_file_get_contents (report, &text, NULL, &error))
    bench_fail ("strace: %s", error->message);
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    char name[64];
    guint64 n;

    if (!read_line (*line, name, &n) || g_str_equal (name, "total"))
      continue;
    calls += (double) n;
    if (g_str_has_prefix (name, "send"))
      sends += (double) n;
    if ((double) n >= frames / 20)
      g_string_append_printf (all, "%s%s %.2f", all->len > 0 ? ", " : "", name,
          (double) n / frames);
  }
  if (sends == 0)
    bench_fail ("strace saw nothing sent");
  bench_row_add_number (row, "sending calls per frame", sends / frames);
  bench_row_add_number (row, "system calls per frame", calls / frames);
  bench_row_add_text (row, "of which", all->str);
}

static void
measure_calls (BenchRow *row, BenchPeer *standin, BenchPeer *sender)
{
  g_autofree char *pid = bench_peer_ask (sender, "pid");
  g_autofree char *report =
      g_build_filename (g_get_tmp_dir (), "bench-strace-XXXXXX", NULL);
  g_autoptr (GSubprocess) strace = NULL;
  Counts first, last;
  int fd = g_mkstemp (report);

  if (fd < 0)
    bench_fail ("no temporary file");
  close (fd);
  strace = start_strace (pid, report);
  read_counts (&first, standin, sender);
  bench_sleep_until (bench_now () + (gint64) (seconds * 1e9));
  read_counts (&last, standin, sender);
  g_subprocess_send_signal (strace, SIGINT);
  g_subprocess_wait (strace, NULL, NULL);
  print_calls (row, report, (double) (last.frames - first.frames));
  g_unlink (report);
}

static void
measure (const char *codec)
{
  g_autofree char *file = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  BenchPeer *standin, *viewer, *sender;
  BenchRow *row = bench_row_new ("videosend", codec);
  int fd = g_file_open_tmp ("bench-video-XXXXXX", &file, &error);

  if (fd < 0)
    bench_fail ("%s", error->message);
  close (fd);
  bench_video_frames_make (file, codec, LOOP, BITRATE);
  standin = bench_peer_new (BENCH_ROLE_STANDIN, NULL);
  url = bench_peer_ask (standin, "url");
  /* Frames are encrypted for somebody. */
  viewer = bench_peer_new (BENCH_ROLE_SEE_VIDEO, url, file, codec, NULL);
  sender = bench_peer_new (BENCH_ROLE_SEND_VIDEO, url, file, codec, NULL);
  g_free (bench_peer_ask (viewer, "start"));
  g_free (bench_peer_ask (standin, "await voice-joined " VIEWER));
  g_free (bench_peer_ask (sender, "start"));
  g_free (bench_peer_ask (viewer, "wait 0"));
  bench_sleep_until (bench_now () + SETTLE);

  bench_row_add_number (
      row, "Mbit/s", (double) bench_peer_ask_number (sender, "bitrate") / 1e6);
  measure_cpu (row, standin, sender);
  measure_calls (row, standin, sender);
  bench_check_violations (standin);
  bench_peer_stop (sender);
  bench_peer_stop (viewer);
  bench_peer_stop (standin);
  bench_row_finish (row);
  g_unlink (file);
}

int
main (int argc, char **argv)
{
  static const BenchRole roles[] = {
    { BENCH_ROLE_STANDIN, bench_standin_main },
    BENCH_VIDEO_ROLES,
    { NULL, NULL },
  };

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (&argc, &argv, entries, "What sending video costs");
  bench_check_seconds (seconds);
  gst_init (NULL, NULL);
  measure ("H264");
  measure ("VP8");
  return 0;
}
