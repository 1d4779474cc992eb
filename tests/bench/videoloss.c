/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of 1080p30 with end-to-end encryption when the network loses
 * packets on both ways, retransmissions among them. Frames are compared byte by
 * byte where they come out of discordvoicesrc, and then decoded. */
#include "ends.h"
#include "pipelines.h"
#include "videoframes.h"
#include "videoworkers.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#define BITRATE 6000000
#define LOOP (2 * BENCH_VIDEO_RATE) /* frames that are made */
#define SENDER "bench-token-0"
#define VIEWER "bench-token-1"
/* Of each leg, between a client and the server. */
#define ONE_WAY_MS "20"
/* A frame that was complete at the receiver so long after it had been sent came
 * in time for the 200 ms of the jitter buffer, which begin when it can be there
 * at the earliest: both legs later, less what timers and threads take. */
#define IN_TIME_MS "230"
/* Until what happened in the window is judged. */
#define SETTLE (G_GINT64_CONSTANT (1000000000))

static double seconds = 20;
static char *codecs;
static char *losses;
static const GOptionEntry entries[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long each is measured (20)", "N" },
  { "codecs", 'c', 0, G_OPTION_ARG_STRING, &codecs,
      "which are measured (H264,VP8)", "NAME,NAME" },
  { "losses", 'l', 0, G_OPTION_ARG_STRING, &losses,
      "percent of the packets, each way (10,2)", "N,N" },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  BenchPeer *standin;
  BenchPeer *viewer;
  BenchPeer *sender;
} Call;

typedef struct
{
  gint64 sent;
  gint64 delivered;
  gint64 left_out;
  gint64 repaired_in; /* on the sender's leg */
  gint64 repaired_out;
  gint64 too_late; /* or never complete: of the network, not of ours */
  guint frames, pictures, errors; /* decoded */
} Result;

static void
call_begin (Call *self, const char *file, const char *codec, const char *loss)
{
  g_autofree char *to_server =
      g_strconcat ("video-loss-to-server=", loss, NULL);
  g_autofree char *to_client =
      g_strconcat ("video-loss-to-client=", loss, NULL);
  g_autofree char *url = NULL;

  self->standin = bench_peer_new (BENCH_ROLE_STANDIN, "seed=4", to_server,
      to_client, "delay-to-server=" ONE_WAY_MS, "delay-to-client=" ONE_WAY_MS,
      "repair-window=" IN_TIME_MS, NULL);
  url = bench_peer_ask (self->standin, "url");
  self->viewer = bench_peer_new (BENCH_ROLE_SEE_VIDEO, url, file, codec, NULL);
  self->sender = bench_peer_new (BENCH_ROLE_SEND_VIDEO, url, file, codec, NULL);
  g_free (bench_peer_ask (self->viewer, "start"));
  g_free (bench_peer_ask (self->standin, "await voice-joined " VIEWER));
  g_free (bench_peer_ask (self->sender, "start"));
}

static void
call_end (Call *self)
{
  bench_check_violations (self->standin);
  bench_peer_stop (self->sender);
  bench_peer_stop (self->viewer);
  bench_peer_stop (self->standin);
}

/* From the first frame that was seen on. */
static void
call_measure (Call *self, Result *result)
{
  g_autofree char *request = NULL;
  g_autofree char *decoded = NULL;
  gint64 first = bench_peer_ask_number (self->viewer, "wait 0");
  gint64 last;

  request = g_strdup_printf (
      "wait %" G_GINT64_FORMAT, first + (gint64) (seconds * BENCH_VIDEO_RATE));
  last = bench_peer_ask_number (self->viewer, request);
  bench_sleep_until (bench_now () + SETTLE);
  result->sent = bench_video_ask_range (self->sender, "sent", first, last);
  result->delivered =
      bench_video_ask_range (self->viewer, "delivered", first, last);
  result->left_out =
      bench_video_ask_range (self->viewer, "left-out", first, last);
  result->repaired_in = bench_peer_ask_number (
      self->standin, "media " SENDER " frames_in_repaired");
  result->repaired_out = bench_peer_ask_number (
      self->standin, "media " VIEWER " frames_out_repaired");
  result->too_late =
      bench_peer_ask_number (self->standin, "media " VIEWER " frames_out_lost");
  decoded = bench_peer_ask (self->viewer, "decode");
  if (sscanf (decoded, "%u %u %u", &result->frames, &result->pictures,
          &result->errors)
      != 3)
    bench_fail ("nothing was decoded: %s", decoded);
}

/* What the elements answer for, apart from what the network took for good. */
static void
check (const Result *result)
{
  gint64 missing = result->sent - result->delivered - result->left_out;

  if (result->errors > 0 || result->pictures != result->frames)
    bench_fail ("of %u frames %u became pictures, with %u errors",
        result->frames, result->pictures, result->errors);
  if (missing > result->too_late)
    bench_fail ("%" G_GINT64_FORMAT " frames are missing, but only "
                "%" G_GINT64_FORMAT " were not repaired in time",
        missing, result->too_late);
}

static void
print (const Result *result, const char *codec, const char *percent,
    double bitrate)
{
  g_autofree char *name =
      g_strdup_printf ("%s, %s %% each way", codec, percent);
  BenchRow *row = bench_row_new ("videoloss", name);

  bench_row_add_number (row, "Mbit/s", bitrate / 1e6);
  bench_row_add_int (row, "frames sent", result->sent);
  bench_row_add_int (row, "delivered", result->delivered);
  bench_row_add_number (row, "delivered %",
      100 * (double) result->delivered / (double) result->sent);
  bench_row_add_int (row, "repaired to the server", result->repaired_in);
  bench_row_add_int (row, "repaired to the viewer", result->repaired_out);
  bench_row_add_int (row, "lost for good",
      result->sent - result->delivered - result->left_out);
  bench_row_add_int (row, "not repaired in time", result->too_late);
  bench_row_add_int (row, "left out until a keyframe", result->left_out);
  bench_row_add_int (row, "decoded", result->pictures);
  bench_row_add_int (row, "decode errors", result->errors);
  bench_row_finish (row);
}

static void
measure (const char *file, const char *codec, const char *percent)
{
  g_autofree char *loss =
      g_strdup_printf ("%g", g_ascii_strtod (percent, NULL) / 100);
  Result result = { 0 };
  double bitrate;
  Call call;

  call_begin (&call, file, codec, loss);
  bitrate = (double) bench_peer_ask_number (call.sender, "bitrate");
  call_measure (&call, &result);
  call_end (&call);
  print (&result, codec, percent, bitrate);
  check (&result);
}

static void
measure_codec (const char *codec, char **percents)
{
  g_autofree char *file = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("bench-video-XXXXXX", &file, &error);

  if (fd < 0)
    bench_fail ("%s", error->message);
  close (fd);
  bench_video_frames_make (file, codec, LOOP, BITRATE);
  for (; *percents != NULL; percents++)
    measure (file, codec, *percents);
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
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) percents = NULL;

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (&argc, &argv, entries, "Video on a network that loses");
  bench_check_seconds (seconds);
  gst_init (NULL, NULL);
  names = g_strsplit (codecs != NULL ? codecs : "H264,VP8", ",", -1);
  percents = g_strsplit (losses != NULL ? losses : "10,2", ",", -1);
  for (char **name = names; *name != NULL; name++)
    measure_codec (*name, percents);
  g_free (codecs);
  g_free (losses);
  return 0;
}
