/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the others in the channel change about video that is being sent: its
 * codec, and when its next keyframe comes. */
#include "video-sender.h"

#include <gst/discord/gstdiscordconnection-private.h>

#define PACKETS 20
#define FRAMES 10
#define VP8_TYPE 107
#define H264_TYPE 105
#define VP8_CAPS "video/x-vp8"
#define H264_CAPS                                                              \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au"

/* Nothing is a keyframe but what is asked for, by nobody else than receivers. */
#define NO_INTERVAL "keyframe-interval", "60000"

/* A camera that can do two codecs, and changes when it is told to reconfigure;
 * its pads in the order of their codecs. */
#define TWO_CODECS                                                             \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! tee name=t "    \
  "t. ! queue ! vp8enc deadline=1 keyframe-max-dist=9999 ! out.sink_0 "        \
  "t. ! queue ! openh264enc gop-size=9999 ! h264parse config-interval=-1 ! "   \
  "video/x-h264,stream-format=byte-stream,alignment=au ! out.sink_1 "          \
  "input-selector name=out sync-streams=false"

static GstPadProbeReturn
answer_caps (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  g_autoptr (GstCaps) all = NULL;
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *filter;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return GST_PAD_PROBE_OK;
  gst_query_parse_caps (query, &filter);
  all = gst_caps_from_string (VP8_CAPS "; " H264_CAPS);
  caps = filter != NULL ? gst_caps_intersect (filter, all) : gst_caps_ref (all);
  gst_query_set_caps_result (query, caps);
  return GST_PAD_PROBE_HANDLED;
}

/* What the sink names first is what it is to be now. */
static GstPadProbeReturn
on_reconfigure (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstElement *selector = user_data;
  g_autoptr (GstCaps) wanted = NULL;
  g_autoptr (GstPad) active = NULL;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) != GST_EVENT_RECONFIGURE)
    return GST_PAD_PROBE_OK;
  wanted = gst_pad_peer_query_caps (pad, NULL);
  active = gst_element_get_static_pad (selector,
      gst_structure_has_name (gst_caps_get_structure (wanted, 0), VP8_CAPS)
          ? "sink_0"
          : "sink_1");
  g_object_set (selector, "active-pad", active, NULL);
  return GST_PAD_PROBE_OK;
}

static void
let_codec_change (GstElement *pipeline)
{
  g_autoptr (GstElement) selector =
      gst_bin_get_by_name (GST_BIN (pipeline), "out");
  g_autoptr (GstObject) bin = gst_element_get_parent (selector);
  g_autoptr (GstPad) pad =
      gst_element_get_static_pad (GST_ELEMENT (bin), "out");

  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_QUERY_UPSTREAM | GST_PAD_PROBE_TYPE_PUSH, answer_caps,
      NULL, NULL);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_reconfigure, selector, NULL);
}

/* Waits for that many packets of @type behind the @index first of all; the index
 * of the first. */
static guint
wait_type (Fixture *f, guint index, guint type)
{
  guint first = 0, n = 0;

  for (; n < PACKETS; index++) {
    fixture_wait_packets (f, index + 1);
    if (fixture_packet (f, index).payload_type != type)
      continue;
    first = n == 0 ? index : first;
    n++;
  }
  return first;
}

/* Parameter sets come with a keyframe only (Rec. ITU-T H.264 table 7-1). */
static gboolean
is_h264_keyframe (Fixture *f, guint index)
{
  Packet packet;

  do {
    packet = fixture_packet (f, index++);
    if ((packet.head[0] & 0x1f) == 7)
      return TRUE;
  } while (!packet.marker);
  return FALSE;
}

static gboolean
is_vp8_keyframe (const Packet *packet)
{
  return packet->payload_type == VP8_TYPE && (packet->head[0] & 0x10) != 0
      && (packet->head[4] & 0x01) == 0;
}

/* Op 14, twice: upstream goes along, each time with a keyframe, and all of it is
 * one RTP stream. */
GST_START_TEST (test_codec_changes)
{
  Fixture *f = fixture_new (NO_INTERVAL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, TWO_CODECS, &sink);
  g_autoptr (GstPad) pad = link_layer (pipeline, "out", sink, "video");
  g_autoptr (GstCaps) codecs =
      gst_caps_from_string ("video/x-vp8; video/x-h264");
  Packet before, packet;
  guint first;

  g_object_set (sink, "codecs", codecs, NULL);
  let_codec_change (pipeline);
  play (pipeline);
  wait_type (f, 0, VP8_TYPE);

  fixture_act (f, "session-update:*:H264");
  first = wait_type (f, 0, H264_TYPE);
  fail_unless (is_h264_keyframe (f, first));
  fail_unless (layer_stat (pad, "dropped-wrong-codec") > 0);

  fixture_act (f, "session-update:*:VP8");
  first = wait_type (f, first, VP8_TYPE);
  packet = fixture_packet (f, first);
  fail_unless (is_vp8_keyframe (&packet));
  pipeline_free (pipeline);

  before = fixture_packet (f, 0);
  for (guint i = 1; i < fixture_count (f); i++) {
    packet = fixture_packet (f, i);
    fail_unless_equals_int64 (packet.ssrc, before.ssrc);
    fail_unless_equals_int (packet.seqnum, (guint16) (before.seqnum + 1));
    before = packet;
  }
  fixture_expect_no_violation (f);
  fixture_free (f);
}
GST_END_TEST;

/* Somebody who gets all of it, decrypted. */
typedef struct
{
  GstElement *pipeline;
  gint frames[2]; /* atomic: VP8, H.264 */
} Viewer;

static void
on_frame (GstElement *sink, GstBuffer *frame, GstPad *pad, Viewer *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);

  g_atomic_int_inc (
      &self->frames[gst_structure_has_name (structure, "video/x-h264")]);
}

static void
on_pad (GstElement *src, GstPad *pad, Viewer *self)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sinkpad = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "sync", FALSE, "async", FALSE, "signal-handoffs",
      g_str_has_prefix (GST_PAD_NAME (pad), "video_"), NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (on_frame), self);
  gst_bin_add (GST_BIN (self->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  fail_unless_equals_int (gst_pad_link (pad, sinkpad), GST_PAD_LINK_OK);
}

static void
viewer_join (Viewer *self, Fixture *f)
{
  g_autofree gchar *url = loopback_dup_gateway_url (f->server);
  GstElement *src = gst_element_factory_make ("discordvoicesrc", NULL);

  fail_unless (src != NULL);
  g_object_set (src, "token", "viewer", "gateway-url", url, "guild-id", GUILD,
      "channel-id", CHANNEL, NULL);
  g_signal_connect (src, "pad-added", G_CALLBACK (on_pad), self);
  self->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (self->pipeline), src);
  play (self->pipeline);
  fixture_wait_event (f, "voice-joined", 1);
}

/* More frames of a codec than there are now. */
static void
viewer_wait (Viewer *self, Fixture *f, guint codec)
{
  gint count = g_atomic_int_get (&self->frames[codec]) + FRAMES;

  while (g_atomic_int_get (&self->frames[codec]) < count)
    fixture_wait_packets (f, fixture_count (f) + 1);
}

/* The same with end-to-end encryption, where somebody has to be there to see. */
GST_START_TEST (test_codec_changes_encrypted)
{
  Fixture *f = fixture_new (NO_INTERVAL, NULL);
  GstElement *sink, *pipeline = make_pipeline (f, TWO_CODECS, &sink);
  g_autoptr (GstPad) pad = link_layer (pipeline, "out", sink, "video");
  g_autoptr (GstCaps) codecs =
      gst_caps_from_string ("video/x-vp8; video/x-h264");
  Viewer viewer = { NULL };

  g_object_set (sink, "codecs", codecs, NULL);
  gst_util_set_object_arg (G_OBJECT (sink), "e2ee", "required");
  let_codec_change (pipeline);
  viewer_join (&viewer, f);
  play (pipeline);
  viewer_wait (&viewer, f, 0);
  fixture_act (f, "session-update:*:H264");
  viewer_wait (&viewer, f, 1);
  fixture_act (f, "session-update:*:VP8");
  viewer_wait (&viewer, f, 0);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  pipeline_free (viewer.pipeline);
  fixture_free (f);
}
GST_END_TEST;

/* One encoder and nothing else: an error, which names both codecs. */
GST_START_TEST (test_codec_cannot_change)
{
  Fixture *f = fixture_new (NO_INTERVAL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f,
          "videotestsrc is-live=true ! "
          "video/x-raw,width=64,height=48,framerate=30/1 ! "
          "vp8enc deadline=1 name=camera",
          &sink);
  g_autoptr (GstPad) pad = link_layer (pipeline, "camera", sink, "video");
  g_autoptr (GstCaps) codecs =
      gst_caps_from_string ("video/x-vp8; video/x-h264");
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (sink, "codecs", codecs, NULL);
  play (pipeline);
  wait_type (f, 0, VP8_TYPE);
  fixture_act (f, "session-update:*:H264");
  message = wait_message (pipeline, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (
      g_error_matches (error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION));
  fail_unless (strstr (error->message, "VP8") != NULL);
  fail_unless (strstr (error->message, "H264") != NULL);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static GstPadProbeReturn
count_key_units (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  if (gst_event_has_name (GST_PAD_PROBE_INFO_EVENT (info), "GstForceKeyUnit"))
    g_atomic_int_inc ((gint *) user_data);
  return GST_PAD_PROBE_OK;
}

static void
send_pli (GstDiscordConnection *viewer, guint32 media)
{
  GstDiscordOutPacket packet = { .rtcp = TRUE,
    .deadline = GST_CLOCK_TIME_NONE };
  guint8 pli[12] = { 0x81, 206, 0, 2 };
  GstDiscordSendState state;

  gst_discord_connection_get_send_state (viewer, &state);
  GST_WRITE_UINT32_BE (pli + 4, state.ssrc);
  GST_WRITE_UINT32_BE (pli + 8, media);
  packet.buffer = gst_buffer_new_memdup (pli, sizeof pli);
  fail_unless_equals_int (gst_discord_connection_send (viewer, &packet, 1), 1);
  gst_buffer_unref (packet.buffer);
}

static guint
count_keyframes (Fixture *f, guint32 ssrc)
{
  guint n = 0;

  for (guint i = 0; i < fixture_count (f); i++) {
    Packet packet = fixture_packet (f, i);

    n += packet.ssrc == ssrc && is_vp8_keyframe (&packet);
  }
  return n;
}

static void
wait_keyframes (Fixture *f, guint32 ssrc, guint count)
{
  while (count_keyframes (f, ssrc) < count)
    fixture_wait_packets (f, fixture_count (f) + 1);
}

/* A receiver's PLI is for one layer, and only its encoder is asked. */
GST_START_TEST (test_pli_reaches_its_layer)
{
  Fixture *f = fixture_new (NO_INTERVAL, NULL);
  GstElement *sink,
      *pipeline = make_pipeline (f,
          "videotestsrc is-live=true ! "
          "video/x-raw,width=64,height=48,framerate=30/1 ! tee name=t "
          "t. ! queue ! vp8enc deadline=1 keyframe-max-dist=9999 name=best "
          "t. ! queue ! vp8enc deadline=1 keyframe-max-dist=9999 name=half",
          &sink);
  g_autoptr (GstPad) best = link_layer (pipeline, "best", sink, "video_100");
  g_autoptr (GstPad) half = link_layer (pipeline, "half", sink, "video_50");
  g_autoptr (GstDiscordConnection) viewer = NULL;
  gint asked_best = 0, asked_half = 0, asked;
  guint32 ssrc;

  play (pipeline);
  viewer = make_viewer (f);
  fixture_wait_event (f, "voice-joined", 2);
  /* Then all layers have their SSRCs. */
  fixture_wait_packets (f, 1);
  ssrc = layer_ssrc (half);
  want (viewer, ssrc);
  wait_keyframes (f, ssrc, 1);

  gst_pad_add_probe (best, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, count_key_units,
      &asked_best, NULL);
  gst_pad_add_probe (half, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, count_key_units,
      &asked_half, NULL);
  for (guint i = 0; i < 3; i++) {
    guint keyframes = count_keyframes (f, ssrc);

    asked = g_atomic_int_get (&asked_half);
    send_pli (viewer, ssrc);
    wait_keyframes (f, ssrc, keyframes + 1);
    fail_unless (g_atomic_int_get (&asked_half) > asked);
  }
  fail_unless_equals_int (g_atomic_int_get (&asked_best), 0);
  fixture_expect_no_violation (f);
  pipeline_free (pipeline);
  fixture_free (f);
}
GST_END_TEST;

static Suite *
video_change_suite (void)
{
  Suite *suite = suite_create ("video-change");
  TCase *tcase = tcase_create ("pipelines");

  tcase_set_timeout (tcase, 90);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_codec_changes);
  tcase_add_test (tcase, test_codec_changes_encrypted);
  tcase_add_test (tcase, test_codec_cannot_change);
  tcase_add_test (tcase, test_pli_reaches_its_layer);
  return suite;
}

GST_CHECK_MAIN (video_change);
