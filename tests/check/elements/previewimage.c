/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The picture of a Go Live stream's preview: what is made of video and images,
 * and which of them is taken. */
#include <gst/check/gstcheck.h>

#include "gstdiscordpreviewinput.h"
#include "previewimage.h"

/* Pictures */

typedef struct
{
  GMainLoop *loop;
  GBytes *image;
  GError *error;
} Made;

static void
on_made (GBytes *image, const GError *error, gpointer user_data)
{
  Made *made = user_data;

  fail_unless ((image == NULL) != (error == NULL));
  if (image != NULL)
    made->image = g_bytes_ref (image);
  else
    made->error = g_error_copy (error);
  g_main_loop_quit (made->loop);
}

/* The image of @sample; or NULL, and why. */
static GBytes *
make_image (GstSample *sample, GError **error)
{
  Made made = { .loop = g_main_loop_new (NULL, FALSE) };
  PreviewImage *image = preview_image_new (sample, on_made, &made);

  g_main_loop_run (made.loop);
  preview_image_free (image);
  g_main_loop_unref (made.loop);
  if (made.error != NULL)
    g_propagate_error (error, made.error);
  return made.image;
}

/* The first buffer of what @description makes. */
static GstSample *
make_sample (const gchar *description)
{
  g_autofree gchar *line = g_strconcat (description,
      " ! fakesink name=sink sync=false enable-last-sample=true", NULL);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  GstSample *sample;

  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  g_object_get (sink, "last-sample", &sample, NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (sample != NULL);
  return sample;
}

static GstSample *
sample_of_bytes (gconstpointer data, gsize size, const gchar *type)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (type);
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (data, size);

  return gst_sample_new (buffer, caps, NULL, NULL);
}

/* What the decoder makes of the image, as RGB. */
static GstSample *
decode (GBytes *image, gint *width, gint *height)
{
  GstElement *pipeline = gst_parse_launch (
      "appsrc name=src caps=image/jpeg ! jpegdec ! videoconvert ! "
      "video/x-raw,format=RGB ! fakesink name=sink sync=false",
      NULL);
  g_autoptr (GstElement) src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstBuffer) buffer = gst_buffer_new_wrapped_bytes (image);
  g_autoptr (GstMessage) message = NULL;
  GstStructure *caps;
  GstFlowReturn ret;
  GstSample *sample;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_signal_emit_by_name (src, "push-buffer", buffer, &ret);
  g_signal_emit_by_name (src, "end-of-stream", &ret);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  g_object_get (sink, "last-sample", &sample, NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  fail_unless (sample != NULL);
  caps = gst_caps_get_structure (gst_sample_get_caps (sample), 0);
  fail_unless (gst_structure_get (
      caps, "width", G_TYPE_INT, width, "height", G_TYPE_INT, height, NULL));
  return sample;
}

#define WHITE "videotestsrc num-buffers=1 pattern=white ! video/x-raw,"

static const struct
{
  const gchar *description;
  gint width;
  gint height;
} pictures[] = {
  { WHITE "format=I420,width=1920,height=1080", 512, 288 },
  { WHITE "format=BGRx,width=320,height=240", 384, 288 },
  { WHITE "format=NV12,width=3440,height=1440", 512, 214 },
  { WHITE "format=RGB,width=16,height=9", 512, 288 },
  { WHITE "format=I420,width=704,height=576,pixel-aspect-ratio=16/11", 512,
      288 },
  { WHITE "format=I420,width=640,height=480,colorimetry=bt709 ! vp8enc "
          "deadline=1",
      384, 288 },
  { WHITE "format=I420,width=640,height=360 ! x264enc tune=zerolatency ! "
          "video/x-h264,stream-format=byte-stream,alignment=au",
      512, 288 },
  { WHITE "format=RGB,width=640,height=480 ! pngenc", 384, 288 },
};

GST_START_TEST (test_picture)
{
  g_autoptr (GstSample) sample = make_sample (pictures[__i__].description);
  g_autoptr (GstSample) seen = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) image = make_image (sample, &error);
  gint width, height;
  guint8 middle[3];
  gsize offset;

  fail_unless (image != NULL, "%s", error != NULL ? error->message : "");
  fail_unless (g_bytes_get_size (image) <= PREVIEW_MAX_BYTES);
  seen = decode (image, &width, &height);
  fail_unless_equals_int (width, pictures[__i__].width);
  fail_unless_equals_int (height, pictures[__i__].height);
  /* White stays white, all of its 255. */
  offset = (gsize) (height / 2) * GST_ROUND_UP_4 (width * 3)
      + (gsize) (width / 2) * 3;
  gst_buffer_extract (gst_sample_get_buffer (seen), offset, middle, 3);
  for (guint i = 0; i < 3; i++)
    fail_unless (middle[i] > 245, "%u", middle[i]);
}
GST_END_TEST;

/* A JPEG that fits goes as it is. */
GST_START_TEST (test_jpeg_stays)
{
  g_autoptr (GstSample) sample =
      make_sample (WHITE "width=1280,height=720 ! jpegenc");
  g_autoptr (GBytes) image = make_image (sample, NULL);
  GstBuffer *buffer = gst_sample_get_buffer (sample);

  fail_unless (image != NULL);
  gst_check_buffer_data (
      buffer, g_bytes_get_data (image, NULL), g_bytes_get_size (image));
}
GST_END_TEST;

GST_START_TEST (test_large_jpeg_shrinks)
{
  g_autoptr (GstSample) sample =
      make_sample ("videotestsrc num-buffers=1 pattern=snow ! "
                   "video/x-raw,width=1920,height=1080 ! jpegenc");
  g_autoptr (GBytes) image = NULL;
  g_autoptr (GstSample) seen = NULL;
  gint width, height;

  fail_unless (
      gst_buffer_get_size (gst_sample_get_buffer (sample)) > PREVIEW_MAX_BYTES);
  image = make_image (sample, NULL);
  fail_unless (image != NULL);
  fail_unless (g_bytes_get_size (image) <= PREVIEW_MAX_BYTES);
  seen = decode (image, &width, &height);
  fail_unless_equals_int (width, 512);
  fail_unless_equals_int (height, 288);
}
GST_END_TEST;

static const struct
{
  const gchar *type;
  const gchar *data;
} garbage[] = {
  { "image/jpeg", "this is no image, whatever the caps say" },
  { "video/x-vp8", "\x10\x02\x00\x9d\x01\x2a" },
  { "application/x-nothing", "nobody knows what to do with this" },
};

GST_START_TEST (test_garbage)
{
  g_autoptr (GstSample) sample = sample_of_bytes (
      garbage[__i__].data, strlen (garbage[__i__].data), garbage[__i__].type);
  g_autoptr (GError) error = NULL;

  fail_unless (make_image (sample, &error) == NULL);
  fail_unless (error != NULL);
}
GST_END_TEST;

static void
on_never_made (GBytes *image, const GError *error, gpointer user_data)
{
  fail ("called after free");
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

GST_START_TEST (test_freed_while_made)
{
  g_autoptr (GstSample) sample = make_sample (pictures[0].description);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  PreviewImage *image = preview_image_new (sample, on_never_made, NULL);

  preview_image_free (image);
  image = preview_image_new (sample, on_never_made, NULL);
  g_main_context_iteration (NULL, TRUE);
  preview_image_free (image);
  g_idle_add (quit, loop);
  g_main_loop_run (loop);
}
GST_END_TEST;

/* Input */

#define CAPS "image/jpeg; video/x-raw"

static GstStaticPadTemplate preview_template = GST_STATIC_PAD_TEMPLATE (
    "preview", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS (CAPS));
static GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE (
    "video", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GstFlowReturn
drop (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

/* A source that is linked with @sinkpad and may push. */
static GstPad *
make_source (GstPad *sinkpad, const gchar *type)
{
  GstPad *src = gst_pad_new_from_static_template (&src_template, "src");
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (type);
  GstSegment segment;

  gst_pad_set_active (sinkpad, TRUE);
  gst_pad_set_active (src, TRUE);
  fail_unless_equals_int (gst_pad_link (src, sinkpad), GST_PAD_LINK_OK);
  fail_unless (gst_pad_push_event (src, gst_event_new_stream_start ("test")));
  fail_unless (gst_pad_push_event (src, gst_event_new_caps (caps)));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_pad_push_event (src, gst_event_new_segment (&segment)));
  return src;
}

/* A buffer that says @number. */
static void
push (GstPad *src, guint8 number, gboolean delta)
{
  GstBuffer *buffer = gst_buffer_new_memdup (&number, 1);

  if (delta)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  fail_unless_equals_int (gst_pad_push (src, buffer), GST_FLOW_OK);
}

/* The number of the picture; -1: there is none. */
static gint
get_number (GstDiscordPreviewInput *input, gboolean video)
{
  g_autoptr (GstSample) sample =
      gst_discord_preview_input_get_picture (input, video);
  guint8 number;

  if (sample == NULL)
    return -1;
  fail_unless (gst_sample_get_caps (sample) != NULL);
  gst_buffer_extract (gst_sample_get_buffer (sample), 0, &number, 1);
  return number;
}

static GstPad *
make_video_pad (GstDiscordPreviewInput *input, guint quality)
{
  GstPad *pad = gst_pad_new_from_static_template (&video_template, "video");

  gst_pad_set_chain_function (pad, drop);
  gst_discord_preview_input_add_video (input, pad, quality);
  return pad;
}

static GstPad *
make_preview_pad (GstDiscordPreviewInput *input)
{
  g_autoptr (GstPadTemplate) template =
      gst_static_pad_template_get (&preview_template);

  return gst_discord_preview_input_make_pad (input, template);
}

GST_START_TEST (test_input_video)
{
  GstDiscordPreviewInput *input = gst_discord_preview_input_new ();
  g_autoptr (GstPad) half = make_video_pad (input, 50);
  g_autoptr (GstPad) best = make_video_pad (input, 100);
  g_autoptr (GstPad) half_src = make_source (half, "video/x-vp8");
  g_autoptr (GstPad) best_src = make_source (best, "video/x-vp8");

  push (best_src, 1, FALSE);
  fail_unless_equals_int (get_number (input, TRUE), -1);
  gst_discord_preview_input_set_active (input, TRUE);
  push (half_src, 2, FALSE);
  fail_unless_equals_int (get_number (input, TRUE), 2);
  fail_unless_equals_int (get_number (input, FALSE), -1);
  push (best_src, 3, TRUE);
  fail_unless_equals_int (get_number (input, TRUE), 2);
  push (best_src, 4, FALSE);
  push (best_src, 5, TRUE);
  push (half_src, 6, FALSE);
  fail_unless_equals_int (get_number (input, TRUE), 4);
  gst_discord_preview_input_remove_video (input, best);
  fail_unless_equals_int (get_number (input, TRUE), 6);
  gst_discord_preview_input_set_active (input, FALSE);
  push (half_src, 7, FALSE);
  fail_unless_equals_int (get_number (input, TRUE), -1);
  gst_discord_preview_input_remove_video (input, half);
  gst_discord_preview_input_free (input);
}
GST_END_TEST;

/* A pad that is linked decides, also by having nothing yet. */
GST_START_TEST (test_input_pad)
{
  GstDiscordPreviewInput *input = gst_discord_preview_input_new ();
  g_autoptr (GstPad) video = make_video_pad (input, 100);
  g_autoptr (GstPad) video_src = make_source (video, "video/x-vp8");
  g_autoptr (GstPad) pad = gst_object_ref_sink (make_preview_pad (input));
  g_autoptr (GstPad) src = NULL;

  gst_discord_preview_input_set_active (input, TRUE);
  fail_unless (make_preview_pad (input) == NULL);
  push (video_src, 1, FALSE);
  fail_unless_equals_int (get_number (input, TRUE), 1);
  src = make_source (pad, "image/jpeg");
  fail_unless_equals_int (get_number (input, TRUE), -1);
  push (src, 2, FALSE);
  push (src, 3, FALSE);
  fail_unless_equals_int (get_number (input, TRUE), 3);
  fail_unless_equals_int (get_number (input, FALSE), 3);
  /* What was shown last stays. */
  fail_unless (gst_pad_push_event (src, gst_event_new_eos ()));
  fail_unless_equals_int (get_number (input, TRUE), 3);
  fail_if (gst_discord_preview_input_release_pad (input, video));
  fail_unless (gst_discord_preview_input_release_pad (input, pad));
  fail_unless_equals_int (get_number (input, TRUE), 1);
  gst_discord_preview_input_remove_video (input, video);
  gst_discord_preview_input_free (input);
}
GST_END_TEST;

static Suite *
preview_image_suite (void)
{
  Suite *suite = suite_create ("previewimage");
  TCase *images = tcase_create ("image");
  TCase *inputs = tcase_create ("input");

  tcase_add_loop_test (images, test_picture, 0, G_N_ELEMENTS (pictures));
  tcase_add_test (images, test_jpeg_stays);
  tcase_add_test (images, test_large_jpeg_shrinks);
  tcase_add_loop_test (images, test_garbage, 0, G_N_ELEMENTS (garbage));
  tcase_add_test (images, test_freed_while_made);
  tcase_add_test (inputs, test_input_video);
  tcase_add_test (inputs, test_input_pad);
  suite_add_tcase (suite, images);
  suite_add_tcase (suite, inputs);
  return suite;
}

GST_CHECK_MAIN (preview_image);
