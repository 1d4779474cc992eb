/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New voice sessions under a discordvoicesrc: whoever is still there is heard on
 * the same pad (pain 5). */
#include "receive-members.h"

#include <glib/gstdio.h>

static void
move_server (Listener *listener, Member *member)
{
  act ("server-move:%" G_GUINT64_FORMAT, listener->user_id);
  member_wait_session (member, 2);
}

/* The listener's session only; the SSRC of the member stays. */
static void
invalidate_session (Listener *listener, Member *member)
{
  act ("close-voice:%" G_GUINT64_FORMAT ":4006", listener->user_id);
}

static void
move_channel (Listener *listener, Member *member)
{
  act ("move:%" G_GUINT64_FORMAT ":%u", listener->user_id, OTHER_CHANNEL);
  act ("move:%" G_GUINT64_FORMAT ":%u", member->user_id, OTHER_CHANNEL);
  member_wait_session (member, 2);
}

static const struct
{
  const gchar *name;
  void (*run) (Listener *listener, Member *member);
} hand_overs[] = {
  { "server move", move_server },
  { "4006", invalidate_session },
  { "other channel", move_channel },
};

/* Until it can decrypt what the second session sends. */
static void
wait_second_session (Listener *listener)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (listener->pipeline);
  guint sessions = 0;

  while (sessions < 2) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);
    const GstStructure *structure = gst_message_get_structure (message);
    gint state;

    fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ELEMENT);
    if (gst_structure_has_name (structure, "discord-state")
        && gst_structure_get_enum (
            structure, "state", GST_TYPE_DISCORD_CONNECTION_STATE, &state)
        && state == GST_DISCORD_CONNECTION_STATE_CONNECTED)
      sessions++;
  }
}

static void
hand_over (guint index, Listener *listener, Member *member)
{
  GST_INFO ("%s", hand_overs[index].name);
  hand_overs[index].run (listener, member);
  wait_second_session (listener);
}

static void
check_one_stream (Outlet *outlet, guint before)
{
  GstClockTime end = 0;

  g_mutex_lock (&outlet->outlets->lock);
  fail_if (outlet->eos);
  fail_if (outlet->removed);
  fail_unless_equals_int (outlet->stream_ids->len, 1);
  fail_unless_equals_int (outlet_count_events (outlet, GST_EVENT_SEGMENT), 1);
  fail_unless (outlet_count_events (outlet, GST_EVENT_GAP) > 0);
  for (guint i = 0; i < outlet->buffers->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (outlet->buffers, i);

    fail_unless (GST_BUFFER_PTS (buffer) >= end);
    fail_unless_equals_int (packet_number (buffer), i + 1);
    end = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  }
  fail_unless (GST_BUFFER_FLAG_IS_SET (
      (GstBuffer *) g_ptr_array_index (outlet->buffers, before),
      GST_BUFFER_FLAG_DISCONT));
  g_mutex_unlock (&outlet->outlets->lock);
}

static void
check_mix (Outlet *mix)
{
  g_mutex_lock (&mix->outlets->lock);
  fail_if (mix->eos);
  for (guint i = 1; i < mix->buffers->len; i++) {
    GstBuffer *before = g_ptr_array_index (mix->buffers, i - 1);
    GstBuffer *buffer = g_ptr_array_index (mix->buffers, i);

    fail_unless_equals_uint64 (GST_BUFFER_PTS (buffer),
        GST_BUFFER_PTS (before) + GST_BUFFER_DURATION (before));
  }
  g_mutex_unlock (&mix->outlets->lock);
}

GST_START_TEST (pain_05_pad_survives_a_new_session)
{
  Listener *listener = listener_new ("listener");
  g_autoptr (GstPad) mix_pad =
      gst_element_request_pad_simple (listener->src, "mix");
  Outlet *mix = outlets_wait_pad (&listener->outlets, "mix");
  Outlet *outlet;
  Member *alice;
  guint64 user_id;
  guint ssrc;

  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 10);
  outlet = listener_wait_pad (listener, alice);
  outlet_wait_buffers (outlet, 10);
  hand_over (__i__, listener, alice);
  outlets_wait (
      &listener->outlets, outlet_count_events (outlet, GST_EVENT_GAP) > 0);
  member_send (alice, 11, 10);
  outlet_wait_buffers (outlet, 20);
  check_one_stream (outlet, 10);
  g_object_get (outlet->src, "ssrc", &ssrc, "user-id", &user_id, NULL);
  fail_unless_equals_int (ssrc, member_get_ssrc (alice));
  fail_unless_equals_uint64 (user_id, alice->user_id);
  fail_unless_equals_int (
      gst_buffer_get_discord_media_meta (
          g_ptr_array_index (outlet->buffers, outlet->buffers->len - 1))
          ->ssrc,
      ssrc);
  fail_unless_equals_int (listener->outlets.pads->len, 2);
  check_mix (mix);
  member_free (alice);
  outlets_wait (&listener->outlets, outlet->removed);
  fail_unless (outlet->eos);
  listener_free (listener);
}
GST_END_TEST;

/* Whoever is not in the new session is gone. */
GST_START_TEST (pain_05_user_leaves_during_the_hand_over)
{
  Listener *listener = listener_new ("listener");
  Outlet *outlet;
  Member *alice;

  listener_play (listener);
  alice = member_new ("alice");
  member_send (alice, 1, 10);
  outlet = listener_wait_pad (listener, alice);
  outlet_wait_buffers (outlet, 10);
  act ("close-voice:%" G_GUINT64_FORMAT ":4006", listener->user_id);
  member_free (alice);
  outlets_wait (&listener->outlets, outlet->removed);
  fail_unless (outlet->eos);
  listener_free (listener);
}
GST_END_TEST;

typedef struct
{
  GMutex lock;
  GCond cond;
  guint count;
} Tap;

static void
on_handoff (GstElement *identity, GstBuffer *buffer, Tap *tap)
{
  g_mutex_lock (&tap->lock);
  tap->count++;
  g_cond_broadcast (&tap->cond);
  g_mutex_unlock (&tap->lock);
}

static void
tap_wait (Tap *tap, guint count)
{
  g_mutex_lock (&tap->lock);
  while (tap->count < count)
    g_cond_wait (&tap->cond, &tap->lock);
  g_mutex_unlock (&tap->lock);
}

/* Ogg (RFC 3533 section 6): one logical stream, begun once and ended once. */
static void
check_pages (const gchar *data, gsize length)
{
  guint begun = 0, ended = 0;
  gsize offset = 0;

  while (offset < length) {
    const guint8 *page = (const guint8 *) data + offset;
    gsize size;

    fail_unless (length - offset >= 27 && memcmp (page, "OggS", 4) == 0);
    size = 27 + page[26];
    fail_unless (length - offset >= size);
    for (guint i = 0; i < page[26]; i++)
      size += page[27 + i];
    begun += page[5] & 0x02 ? 1 : 0;
    ended += page[5] & 0x04 ? 1 : 0;
    offset += size;
  }
  fail_unless_equals_int (begun, 1);
  fail_unless_equals_int (ended, 1);
}

static void
check_recording (const gchar *path, guint packets)
{
  g_autofree gchar *data = NULL;
  gsize length;

  fail_unless (g_file_get_contents (path, &data, &length, NULL));
  check_pages (data, length);
  for (guint i = 1; i <= packets; i++) {
    guint8 packet[4] = { OPUS_TOC, 1 };

    GST_WRITE_UINT16_BE (packet + 2, i);
    fail_unless (memmem (data, length, packet, sizeof (packet)) != NULL,
        "packet %u is missing", i);
  }
}

/* The line of the documentation. */
GST_START_TEST (pain_05_recording_survives_a_new_session)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *line = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) tap_element = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  Listener listener = { .user_id = loopback_user_for_token ("listener") };
  Tap tap = { 0 };
  Member *alice;
  int fd = g_file_open_tmp ("handover-XXXXXX.opus", &path, &error);

  fail_unless (fd >= 0);
  g_close (fd, NULL);
  line = g_strdup_printf (
      "discordvoicesrc token=listener gateway-url=%s api-url=%s guild-id=%u "
      "channel-id=%u ! identity name=tap signal-handoffs=true ! opusparse ! "
      "oggmux ! filesink location=%s",
      gateway_url, api_url, GUILD, CHANNEL, path);
  listener.pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error != NULL ? error->message : "");
  tap_element = gst_bin_get_by_name (GST_BIN (listener.pipeline), "tap");
  g_signal_connect (tap_element, "handoff", G_CALLBACK (on_handoff), &tap);
  gst_element_set_state (listener.pipeline, GST_STATE_PLAYING);
  wait_event ("voice-joined", listener.user_id, 1);
  alice = member_new ("alice");
  member_send (alice, 1, 10);
  tap_wait (&tap, 10);
  hand_over (__i__, &listener, alice);
  member_send (alice, 11, 10);
  tap_wait (&tap, 20);

  gst_element_send_event (listener.pipeline, gst_event_new_eos ());
  bus = gst_element_get_bus (listener.pipeline);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  member_free (alice);
  gst_element_set_state (listener.pipeline, GST_STATE_NULL);
  gst_object_unref (listener.pipeline);
  check_recording (path, 20);
  g_unlink (path);
}
GST_END_TEST;

static Suite *
handover_suite (void)
{
  Suite *suite = suite_create ("handover");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, start_loopback, stop_loopback);
  tcase_add_loop_test (
      tc, pain_05_pad_survives_a_new_session, 0, G_N_ELEMENTS (hand_overs));
  tcase_add_loop_test (tc, pain_05_recording_survives_a_new_session, 0,
      G_N_ELEMENTS (hand_overs));
  tcase_add_test (tc, pain_05_user_leaves_during_the_hand_over);
  return suite;
}

GST_CHECK_MAIN (handover);
