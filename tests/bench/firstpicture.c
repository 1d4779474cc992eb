/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long it takes from subscribing to somebody's video, which runs for long
 * already, until there is a frame that a decoder can begin with: the server is
 * told (op 15), a packet comes, a PLI goes to the sender, and a keyframe back.
 * The sender makes keyframes when it is asked to, at no other time. */
#include "common.h"
#include "ends.h"
#include "pipelines.h"

#include <gst/base/gstpushsrc.h>
#include <gst/video/video.h>
#include <string.h>

#define FRAME_NS (GST_SECOND / 30)
#define KEYFRAME_SIZE 12000
#define DELTA_SIZE 3000
#define CAPS "video/x-vp8, width=(int)1280, height=(int)720"
/* One way, on each of the two ways between a client and the server. */
#define DELAY_MS 20
#define RTT_MS (4 * DELAY_MS)
/* Keyframes are asked for at most so often (media-transport 8), so that a round
 * must not begin sooner after the one before. */
#define PAUSE_NS GST_SECOND
#define PATIENCE (10 * G_TIME_SPAN_SECOND)

static gint rounds = 15;
static const GOptionEntry entries[] = {
  { "rounds", 'n', 0, G_OPTION_ARG_INT, &rounds, "how many a row (15)", "N" },
  G_OPTION_ENTRY_NULL,
};

/* One round, by the clock of all pipelines. */
static struct
{
  GMutex lock;
  GCond cond;
  gint64 subscribed;
  gint64 asked; /* the sender's encoder was, first; 0 before */
  gint64 keyframe; /* the first one after that left it */
  gint64 picture; /* the first frame came out */
} this_round;

static void
note (gint64 *moment)
{
  gint64 now = bench_now ();

  g_mutex_lock (&this_round.lock);
  if (this_round.subscribed != 0 && *moment == 0)
    *moment = now;
  g_cond_broadcast (&this_round.cond);
  g_mutex_unlock (&this_round.lock);
}

/* A camera with an encoder behind it: 30 frames a second, made up. */

#define BENCH_TYPE_CAMERA (bench_camera_get_type ())
G_DECLARE_FINAL_TYPE (BenchCamera, bench_camera, BENCH, CAMERA, GstPushSrc)

struct _BenchCamera
{
  GstPushSrc parent;

  guint64 next;
  gint keyframe; /* atomic: the next frame is to be one */
};

G_DEFINE_FINAL_TYPE (BenchCamera, bench_camera, GST_TYPE_PUSH_SRC)

static GstStaticPadTemplate camera_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS));

/* RFC 6386 section 9.1 */
static GstBuffer *
make_frame (gboolean keyframe)
{
  static const guint8 key[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0,
    0x02 };
  static const guint8 delta[] = { 0x11, 0, 0 };
  gsize size = keyframe ? KEYFRAME_SIZE : DELTA_SIZE;
  guint8 *data = g_malloc0 (size);

  if (keyframe)
    memcpy (data, key, sizeof key);
  else
    memcpy (data, delta, sizeof delta);
  return gst_buffer_new_wrapped (data, size);
}

static GstFlowReturn
bench_camera_create (GstPushSrc *source, GstBuffer **buffer)
{
  BenchCamera *self = BENCH_CAMERA (source);
  gboolean keyframe =
      g_atomic_int_compare_and_exchange (&self->keyframe, TRUE, FALSE);

  *buffer = make_frame (keyframe);
  GST_BUFFER_PTS (*buffer) = self->next++ * FRAME_NS;
  GST_BUFFER_DURATION (*buffer) = FRAME_NS;
  if (!keyframe)
    GST_BUFFER_FLAG_SET (*buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return GST_FLOW_OK;
}

/* When its time has come, and nobody waits for it any more. */
static GstPadProbeReturn
on_camera_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  g_mutex_lock (&this_round.lock);
  if (this_round.asked != 0 && this_round.keyframe == 0
      && !GST_BUFFER_FLAG_IS_SET (
          GST_PAD_PROBE_INFO_BUFFER (info), GST_BUFFER_FLAG_DELTA_UNIT))
    this_round.keyframe = bench_now ();
  g_mutex_unlock (&this_round.lock);
  return GST_PAD_PROBE_OK;
}

static gboolean
bench_camera_event (GstBaseSrc *source, GstEvent *event)
{
  if (gst_video_event_is_force_key_unit (event)) {
    note (&this_round.asked);
    g_atomic_int_set (&BENCH_CAMERA (source)->keyframe, TRUE);
    return TRUE;
  }
  return GST_BASE_SRC_CLASS (bench_camera_parent_class)->event (source, event);
}

static void
bench_camera_get_times (GstBaseSrc *source, GstBuffer *buffer,
    GstClockTime *start, GstClockTime *end)
{
  *start = GST_BUFFER_PTS (buffer);
  *end = *start + GST_BUFFER_DURATION (buffer);
}

static void
bench_camera_class_init (BenchCameraClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_PUSH_SRC_CLASS (klass)->create = bench_camera_create;
  GST_BASE_SRC_CLASS (klass)->event = bench_camera_event;
  GST_BASE_SRC_CLASS (klass)->get_times = bench_camera_get_times;
  gst_element_class_add_static_pad_template (element_class, &camera_template);
  gst_element_class_set_static_metadata (element_class,
      "Video benchmark source", "Source/Video", "Makes up frames of VP8",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
bench_camera_init (BenchCamera *self)
{
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  self->keyframe = TRUE;
}

/* Members */

static GstElement *
make_member (const char *factory, const char *url, guint token)
{
  GstElement *element =
      bench_discord_new (factory, url, token, BENCH_GUILD, BENCH_CHANNEL);

  gst_util_set_object_arg (G_OBJECT (element), "codecs", "opus;VP8");
  return element;
}

static GstElement *
start_camera (const char *url)
{
  GstElement *pipeline = bench_pipeline_new ();
  GstElement *camera = g_object_new (BENCH_TYPE_CAMERA, NULL);
  GstElement *sink = make_member ("discordvoicesink", url, 0);
  g_autoptr (GstPad) src = gst_element_get_static_pad (camera, "src");

  gst_bin_add_many (GST_BIN (pipeline), camera, sink, NULL);
  if (!gst_element_link_pads (camera, "src", sink, "video"))
    bench_fail ("discordvoicesink takes no VP8");
  gst_pad_add_probe (
      src, GST_PAD_PROBE_TYPE_BUFFER, on_camera_frame, NULL, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bench_pipeline_wait (pipeline);
  return pipeline;
}

typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  GstPad *pad; /* of the video, owned; lock of the round */
} Viewer;

static void
on_pad (GstElement *src, GstPad *pad, Viewer *self)
{
  if (!g_str_has_prefix (GST_PAD_NAME (pad), "video_"))
    return;
  g_mutex_lock (&this_round.lock);
  self->pad = gst_object_ref (pad);
  g_cond_broadcast (&this_round.cond);
  g_mutex_unlock (&this_round.lock);
}

static void
viewer_start (Viewer *self, const char *url, guint token, guint latency)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;

  *self = (Viewer){ .pipeline = bench_pipeline_new (),
    .src = make_member ("discordvoicesrc", url, token) };
  g_object_set (self->src, "video-latency", latency, NULL);
  g_signal_connect (self->src, "pad-added", G_CALLBACK (on_pad), self);
  gst_bin_add (GST_BIN (self->pipeline), self->src);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  g_mutex_lock (&this_round.lock);
  while (self->pad == NULL)
    if (!g_cond_wait_until (&this_round.cond, &this_round.lock, until))
      bench_fail ("there is no video to look at");
  g_mutex_unlock (&this_round.lock);
}

static void
viewer_stop (Viewer *self)
{
  bench_pipeline_free (self->pipeline);
  gst_clear_object (&self->pad);
}

static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (GST_BUFFER_FLAG_IS_SET (
          GST_PAD_PROBE_INFO_BUFFER (info), GST_BUFFER_FLAG_DELTA_UNIT))
    bench_fail ("the first frame is no keyframe");
  note (&this_round.picture);
  return GST_PAD_PROBE_REMOVE;
}

static void
viewer_subscribe (Viewer *self)
{
  gst_pad_add_probe (
      self->pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture, NULL, NULL);
  g_mutex_lock (&this_round.lock);
  this_round.asked = this_round.keyframe = this_round.picture = 0;
  this_round.subscribed = bench_now ();
  g_mutex_unlock (&this_round.lock);
  bench_sink_new (self->pipeline, self->pad);
}

static void
viewer_wait_picture (void)
{
  gint64 until = g_get_monotonic_time () + PATIENCE;

  g_mutex_lock (&this_round.lock);
  while (this_round.picture == 0)
    if (!g_cond_wait_until (&this_round.cond, &this_round.lock, until))
      bench_fail ("no picture came");
  if (this_round.asked == 0 || this_round.keyframe == 0)
    bench_fail ("the picture did not come of a keyframe that was asked for");
  g_mutex_unlock (&this_round.lock);
}

/* What is measured */

typedef struct
{
  BenchSamples asked; /* from subscribing on */
  BenchSamples keyframe; /* from being asked on */
  BenchSamples picture; /* from the keyframe on */
  BenchSamples all;
} Samples;

static void
samples_add_round (Samples *self)
{
  bench_samples_add (&self->asked, this_round.asked - this_round.subscribed);
  bench_samples_add (&self->keyframe, this_round.keyframe - this_round.asked);
  bench_samples_add (&self->picture, this_round.picture - this_round.keyframe);
  bench_samples_add (&self->all, this_round.picture - this_round.subscribed);
}

static void
add_median (BenchRow *row, const char *key, BenchSamples *samples)
{
  bench_samples_sort (samples);
  bench_row_add_number (
      row, key, (double) bench_samples_quantile (samples, 0.5) / 1e6);
  bench_samples_clear (samples);
}

static void
print (const char *name, guint latency, Samples *samples)
{
  BenchRow *row = bench_row_new ("firstpicture", name);
  gint64 most;

  bench_row_add_int (row, "rounds", samples->all.values->len);
  bench_row_add_int (row, "RTT ms", RTT_MS);
  bench_row_add_int (row, "latency ms", latency);
  add_median (row, "to PLI at sender p50 ms", &samples->asked);
  add_median (row, "to keyframe p50 ms", &samples->keyframe);
  add_median (row, "to picture p50 ms", &samples->picture);
  bench_samples_sort (&samples->all);
  most = bench_samples_quantile (&samples->all, 1);
  add_median (row, "all p50 ms", &samples->all);
  bench_row_add_number (row, "all max ms", (double) most / 1e6);
  bench_row_finish (row);
}

static void
samples_init (Samples *self)
{
  bench_samples_init (&self->asked);
  bench_samples_init (&self->keyframe);
  bench_samples_init (&self->picture);
  bench_samples_init (&self->all);
}

static void
one_round (Viewer *viewer, Samples *samples)
{
  bench_sleep_until (bench_now () + PAUSE_NS);
  viewer_subscribe (viewer);
  viewer_wait_picture ();
  samples_add_round (samples);
}

/* Each one comes, looks and goes. */
static void
measure_new (const char *url, guint first_token, guint latency)
{
  Samples samples;

  samples_init (&samples);
  for (guint i = 0; i < (guint) rounds; i++) {
    Viewer viewer;

    viewer_start (&viewer, url, first_token + i, latency);
    one_round (&viewer, &samples);
    viewer_stop (&viewer);
  }
  print ("new viewer", latency, &samples);
}

static void
measure (const char *url)
{
  static const guint latencies[] = { 0, 200 };

  for (guint i = 0; i < G_N_ELEMENTS (latencies); i++)
    measure_new (url, 100 + 1000 * i, latencies[i]);
}

int
main (int argc, char **argv)
{
  static const BenchRole roles[] = {
    { BENCH_ROLE_STANDIN, bench_standin_main },
    { NULL, NULL },
  };
  g_autofree char *url = NULL;
  g_autofree char *to_server = NULL, *to_client = NULL;
  BenchPeer *standin;
  GstElement *camera;
  Viewer watcher;

  bench_peer_dispatch (argc, argv, roles);
  bench_parse_options (
      &argc, &argv, entries, "Time from subscribing to the first picture");
  if (rounds < 1 || rounds > 300)
    bench_fail ("%d rounds", rounds);
  bench_prepare_process ();
  gst_init (NULL, NULL);
  to_server = g_strdup_printf ("delay-to-server=%d", DELAY_MS);
  to_client = g_strdup_printf ("delay-to-client=%d", DELAY_MS);
  standin = bench_peer_new (BENCH_ROLE_STANDIN, to_server, to_client, NULL);
  url = bench_peer_ask (standin, "url");
  camera = start_camera (url);
  /* For whom the camera sends all the time. */
  viewer_start (&watcher, url, 1, 0);
  viewer_subscribe (&watcher);
  viewer_wait_picture ();
  measure (url);
  viewer_stop (&watcher);
  bench_pipeline_free (camera);
  bench_check_violations (standin);
  bench_peer_stop (standin);
  return 0;
}
