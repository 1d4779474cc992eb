/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Video when sinks come and go in a session, and when sessions come and go under
 * a sink: what receivers see is one RTP stream for each SSRC, and a keyframe
 * where something is missing. */
#include "video-sender.h"

#define RTX_TYPE 108 /* of VP8 */
#define RETRANSMISSIONS 5
#define PICTURE_ID_MASK 0x7fff

/* Nothing but the first frame is a keyframe unless it is asked for. */
#define CAMERA                                                                 \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw,width=64,height=48,framerate=30/1 ! "                           \
  "vp8enc deadline=1 keyframe-max-dist=9999 name="

typedef struct
{
  GstElement *pipeline;
  GstElement *sink;
  GstPad *pad; /* owned */
} Camera;

static void
camera_start (Camera *self, Fixture *f)
{
  self->pipeline = make_pipeline (f, CAMERA "camera", &self->sink);
  self->pad = link_layer (self->pipeline, "camera", self->sink, "video");
  play (self->pipeline);
}

static void
camera_stop (Camera *self)
{
  gst_clear_object (&self->pad);
  pipeline_free (self->pipeline);
}

/* Somebody with the same account who stays in the channel. */
static GstElement *
make_keeper (Fixture *f)
{
  g_autofree gchar *url = loopback_dup_gateway_url (f->server);
  g_autoptr (GstCaps) codecs = gst_caps_from_string (CODECS);
  GstElement *pipeline = gst_pipeline_new (NULL);
  GstElement *src = gst_element_factory_make ("discordvoicesrc", NULL);

  fail_unless (src != NULL);
  g_object_set (src, "token", TOKEN, "gateway-url", url, "guild-id", GUILD,
      "channel-id", CHANNEL, "codecs", codecs, NULL);
  gst_util_set_object_arg (G_OBJECT (src), "e2ee", "off");
  gst_bin_add (GST_BIN (pipeline), src);
  play (pipeline);
  return pipeline;
}

static gboolean
is_start_of_frame (const Packet *packet)
{
  return (packet->head[0] & 0x10) != 0;
}

/* RFC 7741 4.2 and RFC 6386 9.1; the stand-in's channel is not encrypted. */
static gboolean
is_keyframe (const Packet *packet)
{
  return is_start_of_frame (packet) && (packet->head[4] & 0x01) == 0;
}

static guint16
picture_id (const Packet *packet)
{
  return (packet->head[2] << 8 | packet->head[3]) & PICTURE_ID_MASK;
}

/* The first packet that is of another SSRC, once it is there. */
static guint
wait_other_ssrc (Fixture *f, guint32 ssrc)
{
  for (guint i = 0;; i++) {
    fixture_wait_packets (f, i + 1);
    if (fixture_packet (f, i).ssrc != ssrc)
      return i;
  }
}

/* All that was sent on @ssrc is one RTP stream; how many keyframes. */
static guint
expect_one_stream (Fixture *f, guint32 ssrc)
{
  guint keyframes = 0;
  Packet before = { .ssrc = 0 };

  for (guint i = 0; i < fixture_count (f); i++) {
    Packet packet = fixture_packet (f, i);

    if (packet.ssrc != ssrc)
      continue;
    keyframes += is_keyframe (&packet);
    if (before.ssrc == 0) {
      fail_unless (is_keyframe (&packet));
    } else {
      fail_unless_equals_int (packet.seqnum, (guint16) (before.seqnum + 1));
      fail_unless_equals_int (picture_id (&packet),
          (picture_id (&before) + before.marker) & PICTURE_ID_MASK);
      fail_unless ((packet.timestamp == before.timestamp) == !before.marker);
      fail_unless ((gint32) (packet.timestamp - before.timestamp) >= 0);
    }
    before = packet;
  }
  return keyframes;
}

/* Retransmissions are numbered one by one, from 1 on (media-transport 9.1). */
static guint
expect_retransmissions (Fixture *f)
{
  guint16 sequence = 0;
  guint n = 0;

  for (guint i = 0; i < fixture_count (f); i++) {
    Packet packet = fixture_packet (f, i);

    if (packet.payload_type != RTX_TYPE)
      continue;
    fail_unless_equals_int (packet.seqnum, ++sequence);
    n++;
  }
  return n;
}

GST_START_TEST (test_sinks_one_after_the_other)
{
  Fixture *f = fixture_new ("video-loss-to-server", "0.2", NULL);
  GstElement *keeper = NULL;
  guint32 ssrc = 0;

  for (guint i = 1; i <= 3; i++) {
    Camera camera;

    camera_start (&camera, f);
    if (keeper == NULL)
      keeper = make_keeper (f);
    fixture_wait_event (f, "rtx-in", i * RETRANSMISSIONS);
    fail_unless (ssrc == 0 || ssrc == layer_ssrc (camera.pad));
    ssrc = layer_ssrc (camera.pad);
    camera_stop (&camera);
  }
  fail_unless (expect_one_stream (f, ssrc) >= 3);
  fail_unless (expect_retransmissions (f) >= 3 * RETRANSMISSIONS);
  fail_unless_equals_uint64 (loopback_count (f->server, "voice-joined", 0), 1);
  fixture_expect_no_violation (f);
  pipeline_free (keeper);
  fixture_free (f);
}
GST_END_TEST;

/* The session is lost and another one takes its place. */
GST_START_TEST (test_new_session)
{
  static const gchar *const losses[][2] = {
    { "kill-voice:*", "voice-refuse-resume" },
    { "server-move:*", NULL },
    { "server-move:*:same", NULL },
    { "close-voice:*:4006", NULL },
  };
  Fixture *f = fixture_new (NULL, NULL);
  const gchar *const *loss = losses[__i__];
  Camera camera;
  guint32 before, after;
  guint64 told;
  guint first;

  if (loss[1] != NULL)
    fixture_set (f, loss[1], "true");
  camera_start (&camera, f);
  fixture_wait_packets (f, 10);
  before = fixture_packet (f, 0).ssrc;
  told = loopback_count (f->server, "video", 0);

  fixture_act (f, loss[0]);
  fixture_wait_event (f, "voice-joined", 2);
  first = wait_other_ssrc (f, before);
  after = fixture_packet (f, first).ssrc;
  fixture_wait_packets (f, first + 10);
  fail_unless_equals_int (layer_ssrc (camera.pad), after);
  /* Op 12, before the first packet: the stand-in is strict about that. */
  fail_unless (loopback_count (f->server, "video", 0) > told);
  camera_stop (&camera);

  expect_one_stream (f, before);
  expect_one_stream (f, after);
  for (guint i = first; i < fixture_count (f); i++)
    fail_unless (fixture_packet (f, i).ssrc == after);
  fixture_expect_no_violation (f);
  fixture_free (f);
}
GST_END_TEST;

/* The websocket is lost, the session is not: it goes on where it was, and with
 * a keyframe where frames are missing. */
GST_START_TEST (test_resumed_session)
{
  Fixture *f = fixture_new (NULL, NULL);
  Camera camera;
  guint64 dropped;
  guint32 ssrc;
  guint sent;

  camera_start (&camera, f);
  fixture_wait_packets (f, 10);
  ssrc = fixture_packet (f, 0).ssrc;
  dropped = layer_stat (camera.pad, "dropped-not-ready");
  fixture_act (f, "kill-voice:*");
  fixture_wait_event (f, "voice-resumed", 1);
  sent = fixture_count (f);
  fixture_wait_packets (f, sent + 10);
  fail_unless_equals_int (fixture_packet (f, sent + 9).ssrc, ssrc);
  if (layer_stat (camera.pad, "dropped-not-ready") > dropped)
    while (expect_one_stream (f, ssrc) < 2)
      fixture_wait_packets (f, fixture_count (f) + 1);
  expect_one_stream (f, ssrc);
  camera_stop (&camera);
  fixture_expect_no_violation (f);
  fixture_free (f);
}
GST_END_TEST;

static GstPad *
add_camera (GstElement *pipeline, GstElement *sink, const gchar *name)
{
  g_autofree gchar *line = g_strconcat (CAMERA, name, NULL);
  GstElement *bin = gst_parse_bin_from_description (line, FALSE, NULL);
  GstPad *pad;

  gst_bin_add (GST_BIN (pipeline), bin);
  pad = link_layer (pipeline, name, sink, name);
  gst_element_sync_state_with_parent (bin);
  return pad;
}

static void
expect_sent (Fixture *f, GstPad *pad)
{
  while (layer_stat (pad, "frames-sent") == 0)
    fixture_wait_packets (f, fixture_count (f) + 1);
  fail_unless_equals_uint64 (layer_stat (pad, "dropped-not-offered"), 0);
}

/* The layers are known before the channel is joined. */
GST_START_TEST (test_pad_in_ready)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f, "fakesrc num-buffers=0 ! fakesink", &sink);
  g_autoptr (GstPad) pad = NULL;

  gst_element_set_state (pipeline, GST_STATE_READY);
  pad = add_camera (pipeline, sink, "video");
  play (pipeline);
  fixture_wait_packets (f, 10);
  expect_sent (f, pad);
  fail_unless_equals_uint64 (loopback_count (f->server, "voice-joined", 0), 1);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Layers are offered when identifying, so that is done once more, for all that is
 * there. */
GST_START_TEST (test_pad_after_joining)
{
  Fixture *f = fixture_new (NULL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (
          f, "audiotestsrc is-live=true ! opusenc name=voice", &sink);
  g_autoptr (GstPad) voice = link_layer (pipeline, "voice", sink, "audio");
  g_autoptr (GstPad) best = NULL;
  g_autoptr (GstPad) half = NULL;

  play (pipeline);
  fixture_wait_packets (f, 10);
  best = add_camera (pipeline, sink, "video_100");
  fixture_wait_event (f, "voice-joined", 2);
  expect_sent (f, best);
  half = add_camera (pipeline, sink, "video_50");
  fixture_wait_event (f, "voice-joined", 3);
  while (layer_ssrc (half) == 0)
    fixture_wait_packets (f, fixture_count (f) + 1);
  fail_unless_equals_uint64 (layer_stat (half, "dropped-not-offered"), 0);
  expect_sent (f, best);
  fail_unless_equals_uint64 (loopback_count (f->server, "voice-joined", 0), 3);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* Refused is refused: nothing is begun anew for it. */
GST_START_TEST (test_refused_layer)
{
  Fixture *f = fixture_new ("ready-refuse-rid", "50", NULL);
  GstElement *sink, *pipeline = make_pipeline (f, CAMERA "best", &sink);
  g_autoptr (GstPad) best = link_layer (pipeline, "best", sink, "video_100");
  g_autoptr (GstPad) half = add_camera (pipeline, sink, "video_50");
  g_autoptr (GstMessage) message = NULL;

  play (pipeline);
  message = wait_message (pipeline, GST_MESSAGE_WARNING);
  expect_sent (f, best);
  fail_unless (layer_stat (half, "dropped-not-offered") > 0);
  fail_unless_equals_uint64 (loopback_count (f->server, "voice-joined", 0), 1);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
video_restart_suite (void)
{
  Suite *suite = suite_create ("video-restart");
  TCase *tcase = tcase_create ("pipelines");

  tcase_set_timeout (tcase, 90);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_sinks_one_after_the_other);
  tcase_add_loop_test (tcase, test_new_session, 0, 4);
  tcase_add_test (tcase, test_resumed_session);
  tcase_add_test (tcase, test_pad_in_ready);
  tcase_add_test (tcase, test_pad_after_joining);
  tcase_add_test (tcase, test_refused_layer);
  return suite;
}

GST_CHECK_MAIN (video_restart);
