/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "videoworkers.h"

#include "pipelines.h"
#include "sendworkers.h"
#include "videosource.h"

#include <gst/app/gstappsrc.h>
#include <stdio.h>
#include <unistd.h>

#define SENDER_TOKEN 0
#define VIEWER_TOKEN 1
/* Without any frame: as much as a loaded machine may need to join. */
#define PATIENCE (60 * G_TIME_SPAN_SECOND)
#define E2EE_TIMEOUT_MS 60000

/* Which frames were seen at some place. */
typedef struct
{
  /* Guards the fields below. A leaf. */
  GMutex lock;
  GCond cond;
  gboolean awaited; /* waking nobody is a system call too */
  GByteArray *seen; /* 1 for each number that was */
} Book;

static void
book_init (Book *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->seen = g_byte_array_new ();
}

static void
book_clear (Book *self)
{
  g_byte_array_unref (self->seen);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

static void
book_add (Book *self, guint32 number)
{
  static const guint8 zero = 0;

  g_mutex_lock (&self->lock);
  if (number < self->seen->len)
    bench_fail ("frame %u comes behind %u", number, self->seen->len - 1);
  while (self->seen->len <= number)
    g_byte_array_append (self->seen, &zero, 1);
  self->seen->data[number] = 1;
  if (self->awaited)
    g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static char *
book_count (Book *self, const char *argument)
{
  guint from, to, n = 0;

  if (sscanf (argument, "%u %u", &from, &to) != 2)
    bench_fail ("no range: %s", argument);
  g_mutex_lock (&self->lock);
  for (guint i = from; i < MIN (to, self->seen->len); i++)
    n += self->seen->data[i];
  g_mutex_unlock (&self->lock);
  return g_strdup_printf ("%u", n);
}

static char *
book_wait (Book *self, guint32 number)
{
  gboolean in_time = TRUE;
  guint last;

  g_mutex_lock (&self->lock);
  self->awaited = TRUE;
  while (in_time && self->seen->len <= number)
    in_time = g_cond_wait_until (
        &self->cond, &self->lock, g_get_monotonic_time () + PATIENCE);
  self->awaited = FALSE;
  last = self->seen->len - 1;
  g_mutex_unlock (&self->lock);
  if (!in_time)
    bench_fail ("frame %u did not come", number);
  return g_strdup_printf ("%u", last);
}

static GstElement *
make_encrypted (const char *factory, const char *url, guint token)
{
  GstElement *element =
      bench_discord_new (factory, url, token, BENCH_GUILD, BENCH_CHANNEL);

  gst_util_set_object_arg (G_OBJECT (element), "e2ee", "required");
  return element;
}

/* Sending */

typedef struct
{
  BenchVideoFrames *frames;
  GstElement *pipeline;
  GstElement *sink;
  Book sent;
  BenchUsage before;
} Sender;

static char *
sender_start (const char *argument, gpointer user_data)
{
  Sender *self = user_data;

  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  bench_pipeline_wait (self->pipeline);
  g_free (book_wait (&self->sent, 0));
  return g_strdup ("ok");
}

static char *
sender_pid (const char *argument, gpointer user_data)
{
  return g_strdup_printf ("%d", getpid ());
}

static char *
sender_bitrate (const char *argument, gpointer user_data)
{
  Sender *self = user_data;

  return g_strdup_printf (
      "%.0f", bench_video_frames_get_bitrate (self->frames));
}

static char *
sender_sent (const char *argument, gpointer user_data)
{
  Sender *self = user_data;

  return book_count (&self->sent, argument);
}

static char *
sender_usage (const char *argument, gpointer user_data)
{
  Sender *self = user_data;

  return bench_worker_format_usage (&self->before);
}

/* What is about to be encrypted. */
static GstPadProbeReturn
on_sent (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Sender *self = user_data;

  book_add (&self->sent,
      bench_video_frames_read (self->frames, GST_PAD_PROBE_INFO_BUFFER (info)));
  return GST_PAD_PROBE_OK;
}

static void
sender_build (Sender *self, const char *url)
{
  GstElement *source = bench_video_source_new (self->frames);
  g_autoptr (GstCaps) caps = bench_video_frames_get_caps (self->frames);
  g_autoptr (GstElement) encrypter = NULL;
  g_autoptr (GstPad) pad = NULL;

  self->pipeline = bench_pipeline_new ();
  self->sink = make_encrypted ("discordvoicesink", url, SENDER_TOKEN);
  g_object_set (
      self->sink, "codecs", caps, "e2ee-timeout", E2EE_TIMEOUT_MS, NULL);
  gst_bin_add_many (GST_BIN (self->pipeline), source, self->sink, NULL);
  if (!gst_element_link_pads (source, "src", self->sink, "video"))
    bench_fail ("discordvoicesink takes no video");
  encrypter = gst_bin_get_by_name (GST_BIN (self->sink), "encrypter");
  if (encrypter == NULL)
    bench_fail ("discordvoicesink does not encrypt");
  pad = gst_element_get_static_pad (encrypter, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_sent, self, NULL);
}

int
bench_send_video_main (int argc, char **argv)
{
  static const BenchCommand commands[] = {
    { "start", sender_start },
    { "pid", sender_pid },
    { "bitrate", sender_bitrate },
    { "sent", sender_sent },
    { "usage", sender_usage },
    { NULL, NULL },
  };
  Sender self = { 0 };

  if (argc != 4)
    bench_fail ("%s: URL FILE CODEC", argv[0]);
  gst_init (NULL, NULL);
  bench_usage_read (&self.before);
  book_init (&self.sent);
  self.frames = bench_video_frames_load (argv[2], argv[3]);
  sender_build (&self, argv[1]);
  bench_peer_serve (commands, &self);
  bench_pipeline_free (self.pipeline);
  bench_video_frames_free (self.frames);
  book_clear (&self.sent);
  return 0;
}

/* Seeing */

/* How many frames had been left out for want of a keyframe when @number came. */
typedef struct
{
  guint32 number;
  guint64 left_out;
} Mark;

typedef struct
{
  BenchVideoFrames *frames;
  GstElement *pipeline;
  GstElement *source;
  Book delivered;
  GArray *marks; /* (element-type Mark), behind gaps; the book's lock */
  guint32 next; /* streaming thread */
  /* Streaming thread, then the one that decodes after it has ended. */
  GPtrArray *kept; /* (element-type GstBuffer) */
} Viewer;

static char *
viewer_start (const char *argument, gpointer user_data)
{
  Viewer *self = user_data;

  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  bench_pipeline_wait (self->pipeline);
  return g_strdup ("ok");
}

static char *
viewer_wait (const char *argument, gpointer user_data)
{
  Viewer *self = user_data;

  return book_wait (
      &self->delivered, (guint32) g_ascii_strtoull (argument, NULL, 10));
}

static char *
viewer_delivered (const char *argument, gpointer user_data)
{
  Viewer *self = user_data;

  return book_count (&self->delivered, argument);
}

static guint64
left_out_unlocked (const Viewer *self, guint32 number)
{
  guint64 left_out = 0;

  for (guint i = 0; i < self->marks->len; i++) {
    const Mark *mark = &g_array_index (self->marks, Mark, i);

    if (mark->number <= number)
      left_out = mark->left_out;
  }
  return left_out;
}

static char *
viewer_left_out (const char *argument, gpointer user_data)
{
  Viewer *self = user_data;
  guint64 n;
  guint from, to;

  if (sscanf (argument, "%u %u", &from, &to) != 2)
    bench_fail ("no range: %s", argument);
  g_mutex_lock (&self->delivered.lock);
  n = left_out_unlocked (self, to) - left_out_unlocked (self, from);
  g_mutex_unlock (&self->delivered.lock);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, n);
}

/* A decoder complains in messages, and marks or leaves out what is broken. */
typedef struct
{
  guint pictures;
  guint errors;
} Decoded;

static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Decoded *decoded = user_data;

  decoded->pictures++;
  if (GST_BUFFER_FLAG_IS_SET (
          GST_PAD_PROBE_INFO_BUFFER (info), GST_BUFFER_FLAG_CORRUPTED))
    decoded->errors++;
  return GST_PAD_PROBE_OK;
}

static void
feed (GstElement *pipeline, const Viewer *viewer)
{
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "in");
  g_autoptr (GstCaps) caps = bench_video_frames_get_caps (viewer->frames);

  g_object_set (source, "caps", caps, "max-bytes", (guint64) 0, NULL);
  gst_util_set_object_arg (G_OBJECT (source), "format", "time");
  for (guint i = 0; i < viewer->kept->len; i++)
    gst_app_src_push_buffer (GST_APP_SRC (source),
        gst_buffer_ref (g_ptr_array_index (viewer->kept, i)));
  gst_app_src_end_of_stream (GST_APP_SRC (source));
}

/* Until EOS. */
static guint
count_complaints (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  guint n = 0;

  for (;;) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
            GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
      return n;
    n++;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      return n;
  }
}

static char *
viewer_decode (const char *argument, gpointer user_data)
{
  Viewer *self = user_data;
  g_autofree char *line =
      g_strdup_printf ("appsrc name=in ! %s ! fakesink name=out",
          bench_video_frames_get_decoder (self->frames));
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  Decoded decoded = { 0 };
  GstElement *pipeline;

  gst_element_set_state (self->pipeline, GST_STATE_READY);
  pipeline = gst_parse_launch (line, &error);
  if (error != NULL)
    bench_fail ("%s", error->message);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture, &decoded, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  feed (pipeline, self);
  decoded.errors += count_complaints (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return g_strdup_printf (
      "%u %u %u", self->kept->len, decoded.pictures, decoded.errors);
}

static void
mark_gap (Viewer *self, guint32 number)
{
  g_autoptr (GstStructure) stats = NULL;
  Mark mark = { .number = number };

  g_object_get (self->source, "stats", &stats, NULL);
  if (!gst_structure_get_uint64 (
          stats, "video-frames-undecodable", &mark.left_out))
    bench_fail ("discordvoicesrc does not count what it leaves out");
  g_mutex_lock (&self->delivered.lock);
  g_array_append_val (self->marks, mark);
  g_mutex_unlock (&self->delivered.lock);
}

static GstPadProbeReturn
on_delivered (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *frame = GST_PAD_PROBE_INFO_BUFFER (info);
  Viewer *self = user_data;
  guint32 number = bench_video_frames_check (self->frames, frame);

  if (number != self->next)
    mark_gap (self, number);
  self->next = number + 1;
  g_ptr_array_add (self->kept, gst_buffer_ref (frame));
  book_add (&self->delivered, number);
  return GST_PAD_PROBE_OK;
}

static void
on_pad (GstElement *source, GstPad *pad, gpointer user_data)
{
  Viewer *self = user_data;

  bench_sink_new (self->pipeline, pad);
  if (g_str_has_prefix (GST_PAD_NAME (pad), "video_"))
    gst_pad_add_probe (
        pad, GST_PAD_PROBE_TYPE_BUFFER, on_delivered, self, NULL);
}

int
bench_see_video_main (int argc, char **argv)
{
  static const BenchCommand commands[] = {
    { "start", viewer_start },
    { "wait", viewer_wait },
    { "delivered", viewer_delivered },
    { "left-out", viewer_left_out },
    { "decode", viewer_decode },
    { NULL, NULL },
  };
  Viewer self = { 0 };

  if (argc != 4)
    bench_fail ("%s: URL FILE CODEC", argv[0]);
  gst_init (NULL, NULL);
  book_init (&self.delivered);
  self.marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  self.kept =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  self.frames = bench_video_frames_load (argv[2], argv[3]);
  self.pipeline = bench_pipeline_new ();
  self.source = make_encrypted ("discordvoicesrc", argv[1], VIEWER_TOKEN);
  g_signal_connect (self.source, "pad-added", G_CALLBACK (on_pad), &self);
  gst_bin_add (GST_BIN (self.pipeline), self.source);
  bench_peer_serve (commands, &self);
  bench_pipeline_free (self.pipeline);
  g_ptr_array_unref (self.kept);
  g_array_unref (self.marks);
  bench_video_frames_free (self.frames);
  book_clear (&self.delivered);
  return 0;
}

gint64
bench_video_ask_range (
    BenchPeer *worker, const char *request, gint64 from, gint64 to)
{
  g_autofree char *line = g_strdup_printf (
      "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, request, from, to);

  return bench_peer_ask_number (worker, line);
}
