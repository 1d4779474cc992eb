/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One process with a streamer and many viewers of its Go Live stream at 720p30,
 * end-to-end encrypted, the stand-in in another. Nothing that the encoder makes
 * may be lost on the sender's side; what viewers get is counted. */
#include "common.h"
#include "ends.h"
#include "pipelines.h"

#include <gst/discord/discord.h>

#define STREAMER_TOKEN "bench-streamer"
#define VIEWER_TOKEN "bench-viewer-%u"
#define RATE 30
#define PATIENCE_US (120 * G_TIME_SPAN_SECOND)
#define SCREEN                                                                 \
  "videotestsrc is-live=true pattern=smpte ! "                                 \
  "video/x-raw, width=1280, height=720, framerate=30/1 ! "                     \
  "vp8enc name=encoder deadline=1 cpu-used=16 end-usage=cbr "                  \
  "target-bitrate=2500000 keyframe-max-dist=300"

static gint n_viewers = 20;
static double seconds = 20;
static const GOptionEntry entries[] = {
  { "viewers", 'v', 0, G_OPTION_ARG_INT, &n_viewers, "how many watch (20)",
      "N" },
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long is measured (20)", "N" },
  G_OPTION_ENTRY_NULL,
};

typedef struct
{
  GstElement *pipeline;
  guint frames; /* atomic */
} Viewer;

typedef struct
{
  GstElement *pipeline;
  GstElement *sink; /* borrowed */
  GstPad *pad; /* owned */
  guint frames; /* atomic: that the encoder made */
} Streamer;

static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_atomic_int_inc ((gint *) user_data);
  return GST_PAD_PROBE_OK;
}

static void
set_place (GstElement *element, const char *url, const char *token)
{
  g_object_set (element, "gateway-url", url, "token", token, "account-type",
      GST_DISCORD_ACCOUNT_TYPE_USER, "guild-id", BENCH_GUILD, "channel-id",
      BENCH_CHANNEL, NULL);
}

static void
streamer_start (Streamer *self, const char *url)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) screen =
      gst_parse_bin_from_description (SCREEN, TRUE, &error);
  g_autoptr (GstCaps) codecs = gst_caps_from_string ("video/x-vp8");
  g_autoptr (GstPad) src = NULL;

  if (screen == NULL)
    bench_fail ("%s", error->message);
  self->pipeline = bench_pipeline_new ();
  self->sink = bench_make ("discordvoicesink");
  set_place (self->sink, url, STREAMER_TOKEN);
  g_object_set (self->sink, "go-live", TRUE, "codecs", codecs, NULL);
  gst_bin_add_many (
      GST_BIN (self->pipeline), gst_object_ref (screen), self->sink, NULL);
  self->pad = gst_element_request_pad_simple (self->sink, "video");
  src = gst_element_get_static_pad (screen, "src");
  if (GST_PAD_LINK_FAILED (gst_pad_link (src, self->pad)))
    bench_fail ("discordvoicesink takes no VP8");
  gst_pad_add_probe (
      self->pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, &self->frames, NULL);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
on_pad (GstElement *source, GstPad *pad, Viewer *self)
{
  if (!g_str_has_prefix (GST_PAD_NAME (pad), "video_"))
    return;
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame, &self->frames, NULL);
  bench_sink_new (self->pipeline, pad);
}

static void
viewer_start (Viewer *self, const char *url, guint number, guint64 owner)
{
  g_autofree char *token = g_strdup_printf (VIEWER_TOKEN, number);
  GstElement *source = bench_make ("discordvoicesrc");

  self->pipeline = bench_pipeline_new ();
  set_place (source, url, token);
  g_object_set (source, "stream-user", owner, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (on_pad), self);
  gst_bin_add (GST_BIN (self->pipeline), source);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static guint
get_frames (const Viewer *viewer)
{
  return (guint) g_atomic_int_get ((const gint *) &viewer->frames);
}

static void
wait_for_frames (const Viewer *viewer, guint n)
{
  gint64 until = g_get_monotonic_time () + PATIENCE_US;

  while (get_frames (viewer) < n) {
    if (g_get_monotonic_time () > until)
      bench_fail ("a viewer has %u frames only", get_frames (viewer));
    g_usleep (10000);
  }
}

/* All that a sender may have dropped by now, whatever the reason. */
static guint64
count_dropped (Streamer *streamer)
{
  static const char *const counters[] = { "dropped-late", "dropped-not-ready",
    "dropped-no-key", "dropped-alone", "dropped-unwanted",
    "dropped-no-keyframe", "dropped-not-offered", "dropped-wrong-codec" };
  g_autoptr (GstStructure) pad = NULL;
  g_autoptr (GstStructure) sink = NULL;
  guint64 dropped = 0, value;

  g_object_get (streamer->pad, "stats", &pad, NULL);
  g_object_get (streamer->sink, "stats", &sink, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    if (gst_structure_get_uint64 (pad, counters[i], &value))
      dropped += value;
  if (gst_structure_get_uint64 (sink, "send-dropped", &value))
    dropped += value;
  return dropped;
}

static guint64
get_sent (Streamer *streamer)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 sent = 0;

  g_object_get (streamer->sink, "stats", &stats, NULL);
  if (!gst_structure_get_uint64 (stats, "rtp-packets-sent", &sent))
    bench_fail ("discordvoicesink tells no count");
  return sent;
}

static void
measure (Streamer *streamer, Viewer *viewers, BenchPeer *standin)
{
  guint64 dropped = count_dropped (streamer), sent = get_sent (streamer);
  gint64 arrived = bench_peer_ask_number (standin, "count");
  guint made = (guint) g_atomic_int_get ((gint *) &streamer->frames);
  guint least = G_MAXUINT;
  g_autofree guint *before = g_new (guint, (guint) n_viewers);
  BenchUsage begin_usage, end_usage;
  gint64 begin = bench_now ();
  BenchRow *row;

  for (guint i = 0; i < (guint) n_viewers; i++)
    before[i] = get_frames (&viewers[i]);
  bench_usage_read (&begin_usage);
  bench_sleep_until (begin + (gint64) (seconds * 1e9));
  bench_usage_read (&end_usage);
  for (guint i = 0; i < (guint) n_viewers; i++)
    least = MIN (least, get_frames (&viewers[i]) - before[i]);
  made = (guint) g_atomic_int_get ((gint *) &streamer->frames) - made;
  sent = get_sent (streamer) - sent;
  arrived = bench_peer_ask_number (standin, "count") - arrived;
  dropped = count_dropped (streamer) - dropped;

  row = bench_row_new ("goliveviewers", "720p30, DAVE, one process");
  bench_row_add_int (row, "viewers", n_viewers);
  bench_row_add_number (row, "seconds", seconds);
  bench_row_add_int (row, "frames encoded", made);
  bench_row_add_number (row, "of 30 fps %", 100 * made / (seconds * RATE));
  bench_row_add_int (row, "dropped by the sender", (gint64) dropped);
  bench_row_add_int (row, "packets sent", (gint64) sent);
  bench_row_add_int (row, "packets arrived", arrived);
  bench_row_add_int (row, "frames of the slowest viewer", least);
  bench_row_add_number (row, "% of a core",
      (double) (end_usage.cpu_us - begin_usage.cpu_us) / seconds / 1e4);
  bench_row_add_int (row, "threads", end_usage.threads);
  bench_row_finish (row);
}

static void
run (const char *url, BenchPeer *standin)
{
  g_autofree Viewer *viewers = g_new0 (Viewer, (guint) n_viewers);
  Streamer streamer = { 0 };
  guint64 owner;
  g_autoptr (GstDiscordConnection) connection = NULL;

  streamer_start (&streamer, url);
  g_object_get (streamer.sink, "connection", &connection, NULL);
  while (bench_peer_ask_number (standin, "event stream-started") == 0)
    g_usleep (10000);
  g_object_get (connection, "user-id", &owner, NULL);
  for (guint i = 0; i < (guint) n_viewers; i++)
    viewer_start (&viewers[i], url, i, owner);
  for (guint i = 0; i < (guint) n_viewers; i++)
    wait_for_frames (&viewers[i], 2 * RATE);
  measure (&streamer, viewers, standin);
  for (guint i = 0; i < (guint) n_viewers; i++)
    bench_pipeline_free (viewers[i].pipeline);
  gst_object_unref (streamer.pad);
  bench_pipeline_free (streamer.pipeline);
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
  bench_parse_options (
      &argc, &argv, entries, "A Go Live stream and many viewers");
  bench_check_seconds (seconds);
  if (n_viewers < 1 || n_viewers > 1000)
    bench_fail ("%d viewers", n_viewers);
  bench_prepare_process ();
  gst_init (NULL, NULL);
  standin = bench_peer_new (BENCH_ROLE_STANDIN, "stream-limit=1000", NULL);
  url = bench_peer_ask (standin, "url");
  run (url, standin);
  bench_check_violations (standin);
  bench_peer_stop (standin);
  return 0;
}
