/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How fast a Go Live stream is on air, how fast its picture is seen, and for how
 * long nothing is seen when its voice server is replaced: with signalling that
 * takes 50 ms each way back, default settings, and a real encoder and decoder. */
#include "common.h"
#include "pipelines.h"

#include <gst/discord/gstdiscordconnection-private.h>

#include "loopback.h"

#define SIGNALLING_DELAY "50"
#define PATIENCE_US (60 * G_TIME_SPAN_SECOND)
#define OPUS_PAYLOAD_TYPE 120
/* In between everything has settled. */
#define PICTURES 30

#define SCREEN                                                                 \
  "videotestsrc is-live=true ! "                                               \
  "video/x-raw, width=320, height=240, framerate=30/1 ! "                      \
  "vp8enc deadline=1 keyframe-max-dist=1000"
#define STREAMER_TOKEN "bench-streamer-%u"
#define VIEWER_TOKEN "bench-viewer-%u"

static gint rounds = 10;
static const GOptionEntry entries[] = {
  { "rounds", 'n', 0, G_OPTION_ARG_INT, &rounds, "how many of each kind (10)",
      "N" },
  G_OPTION_ENTRY_NULL,
};

static Loopback *loopback;
static gchar *gateway_url;

/* When what happened to one connection; 0: not yet. */
typedef struct
{
  gint64 requested; /* op 18 or 20 was sent */
  gint64 connected; /* for the last time */
} Times;

/* Guards the fields below and all Times. A leaf. */
static GMutex lock;
static GCond cond;
static gint64 first_packet; /* of video, at the server */
static GArray *pictures; /* gint64: when each was decoded */

static gint64
wait_for_time (const gint64 *time, const char *what)
{
  gint64 until = g_get_monotonic_time () + PATIENCE_US;
  gint64 value;

  g_mutex_lock (&lock);
  while (*time == 0)
    if (!g_cond_wait_until (&cond, &lock, until))
      bench_fail ("no %s", what);
  value = *time;
  g_mutex_unlock (&lock);
  return value;
}

/* @n more than there are; when the first of all was there. */
static gint64
wait_for_pictures (guint n)
{
  gint64 until = g_get_monotonic_time () + PATIENCE_US;
  gint64 first;

  g_mutex_lock (&lock);
  n += pictures->len;
  while (pictures->len < n)
    if (!g_cond_wait_until (&cond, &lock, until))
      bench_fail ("only %u pictures", pictures->len);
  first = g_array_index (pictures, gint64, 0);
  g_mutex_unlock (&lock);
  return first;
}

static void
forget (gint64 *time)
{
  g_mutex_lock (&lock);
  *time = 0;
  g_mutex_unlock (&lock);
}

static void
forget_pictures (void)
{
  g_mutex_lock (&lock);
  g_array_set_size (pictures, 0);
  g_mutex_unlock (&lock);
}

/* On the stand-in's thread, for every packet that arrives. */
static void
on_packet (
    guint64 user_id, const guint8 *packet, gsize length, gpointer user_data)
{
  gint64 now = bench_now ();

  if ((packet[1] & 0x7f) == OPUS_PAYLOAD_TYPE)
    return;
  g_mutex_lock (&lock);
  if (first_packet == 0)
    first_packet = now;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static void
on_send_state (GstDiscordConnection *connection,
    const GstDiscordSendState *state, gpointer user_data)
{
  Times *times = user_data;
  gint64 now = bench_now ();

  g_mutex_lock (&lock);
  if (state->stream_state == GST_DISCORD_STREAM_STATE_REQUESTED
      && times->requested == 0)
    times->requested = now;
  else if (state->stream_state != GST_DISCORD_STREAM_STATE_CONNECTED)
    times->connected = 0;
  else if (times->connected == 0)
    times->connected = now;
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

static void
on_picture (
    GstElement *sink, GstBuffer *picture, GstPad *pad, gpointer user_data)
{
  gint64 now = bench_now ();

  g_mutex_lock (&lock);
  g_array_append_val (pictures, now);
  g_cond_broadcast (&cond);
  g_mutex_unlock (&lock);
}

/* Who is live; the connection is acquired here to see its states. */
typedef struct
{
  GstDiscordConnection *connection;
  guint watch;
  Times times;
  GstElement *pipeline;
  guint64 user_id;
} Streamer;

static void
streamer_go_live (Streamer *self, guint number, GstDiscordE2ee e2ee)
{
  g_autofree gchar *token = g_strdup_printf (STREAMER_TOKEN, number);
  g_autoptr (GstCaps) codecs = gst_caps_from_string ("video/x-vp8");
  g_autoptr (GstCaps) layers =
      gst_caps_from_string ("screen, rid=(string)100, active=true");
  GstDiscordConnectionConfig config = { .token = token,
    .account_type = GST_DISCORD_ACCOUNT_TYPE_USER,
    .gateway_url = gateway_url,
    .guild_id = BENCH_GUILD,
    .channel_id = BENCH_CHANNEL + number,
    .go_live = TRUE,
    .timeout = 30,
    .reconnect = TRUE,
    .max_reconnects = 10,
    .gateway_version = 9,
    .e2ee = e2ee,
    .codecs = codecs,
    .video_streams = layers };
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) screen = NULL;
  GstElement *sink = bench_make ("discordvoicesink");

  self->user_id = loopback_user_for_token (token);
  self->connection = gst_discord_connection_acquire (&config, &error);
  if (self->connection == NULL)
    bench_fail ("%s", error->message);
  self->watch = gst_discord_connection_add_send_watch (
      self->connection, on_send_state, &self->times);
  self->pipeline = bench_pipeline_new ();
  screen = gst_parse_bin_from_description (SCREEN, TRUE, &error);
  if (screen == NULL)
    bench_fail ("%s", error->message);
  g_object_set (sink, "connection", self->connection, NULL);
  gst_bin_add_many (
      GST_BIN (self->pipeline), gst_object_ref (screen), sink, NULL);
  if (!gst_element_link_pads (screen, "src", sink, "video_100"))
    bench_fail ("discordvoicesink takes no VP8");
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
streamer_stop (Streamer *self)
{
  bench_pipeline_free (self->pipeline);
  gst_discord_connection_remove_send_watch (self->connection, self->watch);
  gst_discord_connection_release (self->connection);
}

/* Who watches, with a decoder. */
typedef struct
{
  GstElement *pipeline;
  GstDiscordConnection *connection;
  guint watch;
  Times times;
} Viewer;

static void
on_pad (GstElement *source, GstPad *pad, GstElement *decoder)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (decoder, "sink");

  if (g_str_has_prefix (GST_PAD_NAME (pad), "video_")
      && GST_PAD_LINK_FAILED (gst_pad_link (pad, sink)))
    bench_fail ("the stream cannot be decoded");
}

static void
viewer_watch (Viewer *self, const Streamer *streamer, guint number)
{
  g_autofree gchar *token = g_strdup_printf (VIEWER_TOKEN, number);
  GstElement *source = bench_make ("discordvoicesrc");
  GstElement *decoder = bench_make ("vp8dec");
  GstElement *sink = bench_make ("fakesink");

  self->pipeline = bench_pipeline_new ();
  g_object_set (source, "token", token, "account-type",
      GST_DISCORD_ACCOUNT_TYPE_USER, "gateway-url", gateway_url, "guild-id",
      BENCH_GUILD, "channel-id", BENCH_CHANNEL + number, "stream-user",
      streamer->user_id, NULL);
  g_object_set (
      sink, "sync", FALSE, "async", FALSE, "signal-handoffs", TRUE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (on_picture), NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (on_pad), decoder);
  gst_bin_add_many (GST_BIN (self->pipeline), source, decoder, sink, NULL);
  if (!gst_element_link (decoder, sink))
    bench_fail ("no sink for pictures");
  if (gst_element_set_state (self->pipeline, GST_STATE_READY)
      != GST_STATE_CHANGE_SUCCESS)
    bench_fail ("discordvoicesrc does not get ready");
  g_object_get (source, "connection", &self->connection, NULL);
  self->watch = gst_discord_connection_add_send_watch (
      self->connection, on_send_state, &self->times);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
viewer_stop (Viewer *self)
{
  gst_discord_connection_remove_send_watch (self->connection, self->watch);
  g_object_unref (self->connection);
  bench_pipeline_free (self->pipeline);
}

static void
print (const char *name, BenchSamples *samples)
{
  BenchRow *row = bench_row_new ("golive", name);

  bench_samples_sort (samples);
  bench_row_add_int (row, "rounds", samples->values->len);
  bench_row_add_number (
      row, "p50 ms", (double) bench_samples_quantile (samples, 0.5) / 1e6);
  bench_row_add_number (
      row, "max ms", (double) bench_samples_quantile (samples, 1) / 1e6);
  bench_row_finish (row);
  bench_samples_clear (samples);
}

/* Nobody watches yet: were it to be encrypted end to end, nothing would be sent. */
static void
measure_create (void)
{
  BenchSamples samples;

  bench_samples_init (&samples);
  for (guint i = 0; i < (guint) rounds; i++) {
    Streamer streamer = { 0 };
    gint64 requested;

    forget (&first_packet);
    streamer_go_live (&streamer, i, GST_DISCORD_E2EE_OFF);
    requested = wait_for_time (&streamer.times.requested, "op 18");
    bench_samples_add (
        &samples, wait_for_time (&first_packet, "video") - requested);
    streamer_stop (&streamer);
  }
  print ("op 18 to the first video packet at the server", &samples);
}

static void
replace_server (const Streamer *streamer)
{
  g_autoptr (GError) error = NULL;

  if (!loopback_act (loopback, &error, "stream-move:%" G_GUINT64_FORMAT,
          streamer->user_id))
    bench_fail ("%s", error->message);
}

/* The end of the longest time without a picture since @begin. */
static gint64
find_return (gint64 begin)
{
  gint64 longest = 0, back = 0, before = begin;

  g_mutex_lock (&lock);
  for (guint i = 0; i < pictures->len; i++) {
    gint64 time = g_array_index (pictures, gint64, i);

    if (time - before > longest) {
      longest = time - before;
      back = time;
    }
    before = MAX (time, begin);
  }
  g_mutex_unlock (&lock);
  return back;
}

/* Of both: who sends and who watches. */
static gint64
measure_replacement (const Streamer *streamer, Viewer *viewer)
{
  gint64 begin = bench_now ();

  forget_pictures ();
  forget (&viewer->times.connected);
  replace_server (streamer);
  wait_for_time (&viewer->times.connected, "new voice server");
  wait_for_pictures (PICTURES);
  return find_return (begin) - begin;
}

static void
measure_watch (void)
{
  BenchSamples watch, replaced;

  bench_samples_init (&watch);
  bench_samples_init (&replaced);
  for (guint i = 0; i < (guint) rounds; i++) {
    guint number = (guint) rounds + i;
    Streamer streamer = { 0 };
    Viewer viewer = { 0 };

    streamer_go_live (&streamer, number, GST_DISCORD_E2EE_REQUIRED);
    wait_for_time (&streamer.times.connected, "stream");
    forget_pictures ();
    viewer_watch (&viewer, &streamer, number);
    bench_samples_add (&watch,
        wait_for_pictures (1)
            - wait_for_time (&viewer.times.requested, "op 20"));
    wait_for_pictures (PICTURES);
    bench_samples_add (&replaced, measure_replacement (&streamer, &viewer));
    viewer_stop (&viewer);
    streamer_stop (&streamer);
  }
  print ("op 20 to the first decoded frame", &watch);
  print ("voice server replaced to the first decoded frame", &replaced);
}

static void
start_standin (void)
{
  g_autoptr (GError) error = NULL;

  loopback = loopback_new ();
  loopback_set_tap (loopback, on_packet, NULL);
  if (!loopback_set (loopback, "signalling-delay", SIGNALLING_DELAY, &error)
      || !loopback_start (loopback, &error))
    bench_fail ("stand-in: %s", error->message);
  gateway_url = loopback_dup_gateway_url (loopback);
}

static void
stop_standin (void)
{
  g_auto (GStrv) violations = loopback_dup_violations (loopback);

  if (violations[0] != NULL)
    bench_fail ("the stand-in objects: %s", violations[0]);
  loopback_free (loopback);
  g_free (gateway_url);
}

int
main (int argc, char **argv)
{
  bench_parse_options (
      &argc, &argv, entries, "How fast Go Live streams are on air and seen");
  if (rounds < 1)
    bench_fail ("%d rounds", rounds);
  gst_init (NULL, NULL);
  pictures = g_array_new (FALSE, FALSE, sizeof (gint64));
  start_standin ();
  measure_create ();
  measure_watch ();
  stop_standin ();
  g_array_unref (pictures);
  return 0;
}
