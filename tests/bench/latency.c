/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a packet takes from the sink pad of discordvoicesink, through the
 * stand-in, to the pad of discordvoicesrc, with latency=0: beside stock elements
 * and a relay process in the place of ours and the stand-in. All streams run at
 * the same time in this process, their packets a fraction of 20 ms apart, so
 * that the machine disturbs them alike. */
#include "common.h"
#include "ends.h"
#include "pipelines.h"

#include <gst/app/gstappsrc.h>
#include <stdio.h>

/* Before it nothing is measured: pads appear, jitter buffers settle. */
#define SETTLE_FRAMES (2 * BENCH_FRAMES_PER_SECOND)
/* What may be on its way when the last packet was pushed. */
#define TAIL_NS (1 * SECOND_NS)
#define SECOND_NS G_GINT64_CONSTANT (1000000000)

enum
{
  OURS,
  PLAIN, /* as few threads as it takes */
  RTPBIN, /* as many as ours, none of ours */
  N_STREAMS
};

typedef struct
{
  const char *name;
  guint32 number;
  GstElement *sender;
  GstElement *receiver;
  GstElement *appsrc; /* borrowed */
  guint64 n_frames;
  /* By index; each written once, by one thread, and read after the end. */
  gint64 *in;
  gint64 *out;
} Stream;

static double seconds = 60;
static const GOptionEntry entries[] = {
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds,
      "how long is measured (60)", "N" },
  G_OPTION_ENTRY_NULL,
};

static GstPadProbeReturn
note_time (GstPad *pad, GstPadProbeInfo *info, gint64 *times, Stream *stream)
{
  gint64 now = bench_now ();
  guint32 number;
  guint64 index;
  GstMapInfo map;

  if (!gst_buffer_map (GST_PAD_PROBE_INFO_BUFFER (info), &map, GST_MAP_READ))
    bench_fail ("a buffer cannot be read");
  if (bench_frame_read (map.data, map.size, &number, &index)) {
    if (number != stream->number || index >= stream->n_frames
        || times[index] != 0)
      bench_fail ("%s: a frame that was not expected", stream->name);
    times[index] = now;
  }
  gst_buffer_unmap (GST_PAD_PROBE_INFO_BUFFER (info), &map);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_in (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Stream *stream = user_data;

  return note_time (pad, info, stream->in, stream);
}

static GstPadProbeReturn
on_out (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Stream *stream = user_data;

  return note_time (pad, info, stream->out, stream);
}

static void
watch_in (Stream *stream)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (stream->appsrc, "src");
  g_autoptr (GstPad) pad = gst_pad_get_peer (src);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_in, stream, NULL);
}

static void
watch_out (Stream *stream, GstPad *pad)
{
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_out, stream, NULL);
  bench_sink_new (stream->receiver, pad);
}

/* Live, as from a microphone: due when it comes. */
static void
add_appsrc (Stream *stream)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "audio/x-opus, rate=48000, channels=2, channel-mapping-family=0");

  stream->sender = bench_pipeline_new ();
  stream->receiver = bench_pipeline_new ();
  stream->appsrc = bench_make ("appsrc");
  g_object_set (stream->appsrc, "is-live", TRUE, "format", GST_FORMAT_TIME,
      "do-timestamp", TRUE, "caps", caps, NULL);
  gst_bin_add (GST_BIN (stream->sender), stream->appsrc);
}

static void
on_audio_pad (GstElement *source, GstPad *pad, gpointer user_data)
{
  watch_out (user_data, pad);
}

static void
build_ours (Stream *stream, const char *url)
{
  GstElement *sink, *source;

  add_appsrc (stream);
  sink = bench_discord_new (
      "discordvoicesink", url, 1, BENCH_GUILD, BENCH_CHANNEL);
  source =
      bench_discord_new ("discordvoicesrc", url, 2, BENCH_GUILD, BENCH_CHANNEL);
  g_object_set (source, "latency", 0, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (on_audio_pad), stream);
  gst_bin_add (GST_BIN (stream->sender), sink);
  gst_bin_add (GST_BIN (stream->receiver), source);
  if (!gst_element_link (stream->appsrc, sink))
    bench_fail ("discordvoicesink takes no Opus");
  watch_in (stream);
}

static void
on_rtp_pad (GstElement *rtpbin, GstPad *pad, gpointer user_data)
{
  Stream *stream = user_data;
  GstElement *depayloader;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;

  if (!GST_PAD_IS_SRC (pad))
    return;
  depayloader = bench_make ("rtpopusdepay");
  sink = gst_element_get_static_pad (depayloader, "sink");
  src = gst_element_get_static_pad (depayloader, "src");
  gst_bin_add (GST_BIN (stream->receiver), depayloader);
  watch_out (stream, src);
  gst_element_sync_state_with_parent (depayloader);
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, sink)))
    bench_fail ("rtpbin's pad cannot be linked");
}

static GstElement *
add_udpsrc (Stream *stream)
{
  GstElement *udpsrc = bench_make ("udpsrc");
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "application/x-rtp, media=audio, clock-rate=48000, encoding-name=OPUS, "
      "payload=120");

  g_object_set (udpsrc, "address", "127.0.0.1", "port", 0, "caps", caps, NULL);
  gst_bin_add (GST_BIN (stream->receiver), udpsrc);
  return udpsrc;
}

static void
add_udpsink (Stream *stream, const char *port)
{
  GstElement *payloader = bench_make ("rtpopuspay");
  GstElement *sink = bench_make ("udpsink");

  g_object_set (payloader, "pt", 120, NULL);
  /* Or 20 ms would be waited for nothing. */
  g_object_set (sink, "host", "127.0.0.1", "port",
      (gint) g_ascii_strtoull (port, NULL, 10), "processing-deadline",
      (guint64) 0, NULL);
  gst_bin_add_many (GST_BIN (stream->sender), payloader, sink, NULL);
  if (!gst_element_link_many (stream->appsrc, payloader, sink, NULL))
    bench_fail ("the stock sender cannot be linked");
  watch_in (stream);
}

static void
tell_relay (GstElement *udpsrc, BenchPeer *relay)
{
  g_autofree char *answer = NULL;
  gint port;

  g_object_get (udpsrc, "port", &port, NULL);
  answer = bench_peer_ask (relay, "relay %d", port);
}

static void
build_plain (Stream *stream, BenchPeer *relay)
{
  g_autofree char *port = bench_peer_ask (relay, "port");
  GstElement *udpsrc, *depayloader = bench_make ("rtpopusdepay");
  g_autoptr (GstPad) src = gst_element_get_static_pad (depayloader, "src");

  add_appsrc (stream);
  add_udpsink (stream, port);
  udpsrc = add_udpsrc (stream);
  gst_bin_add (GST_BIN (stream->receiver), depayloader);
  if (!gst_element_link (udpsrc, depayloader))
    bench_fail ("the stock receiver cannot be linked");
  watch_out (stream, src);
  gst_element_set_state (stream->receiver, GST_STATE_PLAYING);
  tell_relay (udpsrc, relay);
}

static void
build_rtpbin (Stream *stream, BenchPeer *relay)
{
  g_autofree char *port = bench_peer_ask (relay, "port");
  GstElement *udpsrc, *rtpbin = bench_make ("rtpbin");

  add_appsrc (stream);
  add_udpsink (stream, port);
  udpsrc = add_udpsrc (stream);
  g_object_set (rtpbin, "latency", 0, NULL);
  g_signal_connect (rtpbin, "pad-added", G_CALLBACK (on_rtp_pad), stream);
  gst_bin_add (GST_BIN (stream->receiver), rtpbin);
  if (!gst_element_link_pads (udpsrc, "src", rtpbin, "recv_rtp_sink_0"))
    bench_fail ("the stock receiver cannot be linked");
  gst_element_set_state (stream->receiver, GST_STATE_PLAYING);
  tell_relay (udpsrc, relay);
}

static void
wait_for_joined (BenchPeer *standin, gint64 members)
{
  gint64 until = bench_now () + 10 * SECOND_NS;

  while (bench_peer_ask_number (standin, "event voice-joined") < members) {
    if (bench_now () > until)
      bench_fail ("the stand-in was not joined");
    bench_sleep_until (bench_now () + 10000000);
  }
  /* Until the keys are there. */
  bench_sleep_until (bench_now () + SECOND_NS);
}

static void
push (Stream *stream, guint64 index)
{
  guint8 frame[BENCH_FRAME_SIZE];
  GstBuffer *buffer;

  bench_frame_write (frame, stream->number, index);
  buffer = gst_buffer_new_memdup (frame, sizeof frame);
  GST_BUFFER_DURATION (buffer) = BENCH_FRAME_NS;
  if (gst_app_src_push_buffer (GST_APP_SRC (stream->appsrc), buffer)
      != GST_FLOW_OK)
    bench_fail ("%s takes no buffer", stream->name);
}

static void
run (Stream *streams, guint64 n_frames)
{
  gint64 start = bench_now ();

  for (guint64 index = 0; index < n_frames; index++) {
    for (guint i = 0; i < N_STREAMS; i++) {
      bench_sleep_until (start + (gint64) index * BENCH_FRAME_NS
          + i * BENCH_FRAME_NS / N_STREAMS);
      push (&streams[i], index);
    }
  }
  bench_sleep_until (bench_now () + TAIL_NS);
}

static void
collect (Stream *stream, BenchSamples *samples)
{
  guint64 missing = 0;

  bench_samples_init (samples);
  for (guint64 i = SETTLE_FRAMES; i < stream->n_frames; i++) {
    if (stream->in[i] == 0 || stream->out[i] == 0)
      missing++;
    else
      bench_samples_add (samples, stream->out[i] - stream->in[i]);
  }
  if (missing > 0)
    bench_fail ("%s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                " packets are missing",
        stream->name, missing, stream->n_frames - SETTLE_FRAMES);
  bench_samples_sort (samples);
}

static void
add_quantiles (
    BenchRow *row, const BenchSamples *samples, const BenchSamples *without)
{
  static const struct
  {
    const char *key;
    double share;
  } quantiles[] = {
    { "p50 ms", 0.5 },
    { "p99 ms", 0.99 },
    { "p99.9 ms", 0.999 },
    { "max ms", 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++) {
    gint64 value = bench_samples_quantile (samples, quantiles[i].share);

    if (without != NULL)
      value -= bench_samples_quantile (without, quantiles[i].share);
    bench_row_add_number (row, quantiles[i].key, (double) value / 1e6);
  }
}

static void
print (Stream *streams)
{
  BenchSamples samples[N_STREAMS];
  BenchRow *row;

  for (guint i = 0; i < N_STREAMS; i++) {
    collect (&streams[i], &samples[i]);
    row = bench_row_new ("latency", streams[i].name);
    bench_row_add_int (row, "packets", samples[i].values->len);
    add_quantiles (row, &samples[i], NULL);
    bench_row_finish (row);
  }
  row = bench_row_new ("latency", "ours beyond the plain pipeline");
  bench_row_add_int (row, "packets", samples[OURS].values->len);
  add_quantiles (row, &samples[OURS], &samples[PLAIN]);
  bench_row_finish (row);
  for (guint i = 0; i < N_STREAMS; i++)
    bench_samples_clear (&samples[i]);
}

static void
stream_init (Stream *stream, const char *name, guint32 number, guint64 n)
{
  *stream = (Stream){ .name = name, .number = number, .n_frames = n };
  stream->in = g_new0 (gint64, n);
  stream->out = g_new0 (gint64, n);
}

static void
stream_clear (Stream *stream)
{
  bench_pipeline_free (stream->sender);
  bench_pipeline_free (stream->receiver);
  g_free (stream->in);
  g_free (stream->out);
}

static void
measure (void)
{
  BenchPeer *standin = bench_peer_new (BENCH_ROLE_STANDIN, NULL);
  BenchPeer *relays[] = { bench_peer_new (BENCH_ROLE_UDP, NULL),
    bench_peer_new (BENCH_ROLE_UDP, NULL) };
  g_autofree char *url = bench_peer_ask (standin, "url");
  guint64 n = SETTLE_FRAMES + (guint64) (seconds * BENCH_FRAMES_PER_SECOND);
  Stream streams[N_STREAMS];

  stream_init (&streams[OURS], "discordvoicesink, discordvoicesrc", 1, n);
  stream_init (&streams[PLAIN], "udpsink, udpsrc", 2, n);
  stream_init (&streams[RTPBIN], "udpsink, udpsrc ! rtpbin", 3, n);
  build_ours (&streams[OURS], url);
  build_plain (&streams[PLAIN], relays[0]);
  build_rtpbin (&streams[RTPBIN], relays[1]);
  for (guint i = 0; i < N_STREAMS; i++) {
    gst_element_set_state (streams[i].receiver, GST_STATE_PLAYING);
    gst_element_set_state (streams[i].sender, GST_STATE_PLAYING);
  }
  wait_for_joined (standin, 2);
  run (streams, n);
  print (streams);
  for (guint i = 0; i < N_STREAMS; i++)
    stream_clear (&streams[i]);
  bench_check_violations (standin);
  bench_peer_stop (standin);
  bench_peer_stop (relays[0]);
  bench_peer_stop (relays[1]);
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
      &argc, &argv, entries, "Latency added between sink and source");
  bench_check_seconds (seconds);
  bench_prepare_process ();
  gst_init (NULL, NULL);
  measure ();
  return 0;
}
