/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A stand-in, users who are live, and pipelines that watch them. */

#include "pictures.h"
#include "receive-members.h"

#include <gst/discord/gstdiscordconnection-private.h>

/* As long as a key on request and its picture may take on a slow machine. */
#define N_PICTURES 20

/* An encoder that gives keyframes when asked only. */
#define SCREEN                                                                 \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw, format=I420, width=176, height=144, framerate=30/1 ! "         \
  "vp8enc deadline=1 keyframe-max-dist=1000 ! tee name=t "                     \
  "t. ! queue ! vp8dec ! fakesink name=pictures "                              \
  "t. ! queue ! discordvoicesink name=sink "                                   \
  "audiotestsrc is-live=true samplesperbuffer=960 ! opusenc ! sink.audio"

/* The same picture in two sizes. */
#define LAYERS                                                                 \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw, format=I420, width=176, height=144, framerate=30/1 ! "         \
  "tee name=both discordvoicesink name=sink "                                  \
  "both. ! queue ! vp8enc deadline=1 keyframe-max-dist=1000 ! tee name=t "     \
  "t. ! queue ! vp8dec ! fakesink name=pictures t. ! queue ! sink.video_100 "  \
  "both. ! queue ! videoscale ! video/x-raw, width=64, height=48 ! "           \
  "vp8enc deadline=1 keyframe-max-dist=1000 ! tee name=u "                     \
  "u. ! queue ! vp8dec ! fakesink name=small u. ! queue ! sink.video_50 "      \
  "audiotestsrc is-live=true samplesperbuffer=960 ! opusenc ! sink.audio"

/* Who is live, with picture and sound. */
typedef struct
{
  guint64 user_id;
  gchar *key;
  GstDiscordConnection *connection; /* of the stream */
  GstElement *pipeline;
  Pictures pictures;
} Streamer;

static inline GstDiscordConnection *
acquire_own_stream (const gchar *token, const gchar *offer)
{
  g_autoptr (GstCaps) codecs = gst_caps_from_string ("video/x-vp8");
  g_autoptr (GstCaps) layers = gst_caps_from_string (offer);
  GstDiscordConnectionConfig config = { .token = token,
    .account_type = GST_DISCORD_ACCOUNT_TYPE_USER,
    .gateway_url = gateway_url,
    .api_url = api_url,
    .guild_id = GUILD,
    .channel_id = CHANNEL,
    .go_live = TRUE,
    .timeout = 60,
    .reconnect = TRUE,
    .max_reconnects = 10,
    .gateway_version = 9,
    .codecs = codecs,
    .video_streams = layers };
  g_autoptr (GError) error = NULL;
  GstDiscordConnection *connection =
      gst_discord_connection_acquire (&config, &error);

  fail_unless (connection != NULL, "%s", error != NULL ? error->message : "");
  return connection;
}

static inline void
wait_stream_state (
    GstDiscordConnection *connection, GstDiscordStreamState expected)
{
  gint64 until = g_get_monotonic_time () + PICTURE_PATIENCE;
  GstDiscordSendState state;

  do {
    g_usleep (1000);
    gst_discord_connection_get_send_state (connection, &state);
  } while (state.stream_state != expected && g_get_monotonic_time () < until);
  fail_unless_equals_int (state.stream_state, expected);
}

#define ONE_LAYER "screen, rid=(string)100, active=true"
#define TWO_LAYERS                                                             \
  "screen, rid=(string)100, quality=100, active=true; "                        \
  "screen, rid=(string)50, quality=50, active=true"

/* Live, and nothing is shown yet. */
static inline Streamer *
streamer_new_with_layers (const gchar *token, const gchar *offer)
{
  Streamer *self = g_new0 (Streamer, 1);

  self->user_id = loopback_user_for_token (token);
  self->key = g_strdup_printf (
      "guild:%u:%u:%" G_GUINT64_FORMAT, GUILD, CHANNEL, self->user_id);
  pictures_init (&self->pictures);
  self->connection = acquire_own_stream (token, offer);
  gst_discord_connection_open (self->connection);
  wait_stream_state (self->connection, GST_DISCORD_STREAM_STATE_CONNECTED);
  return self;
}

static inline Streamer *
streamer_new (const gchar *token)
{
  return streamer_new_with_layers (token, ONE_LAYER);
}

static inline void
streamer_play_line (Streamer *self, const gchar *line)
{
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GError) error = NULL;

  self->pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error != NULL ? error->message : "");
  sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  g_object_set (sink, "connection", self->connection, NULL);
  pictures_watch (&self->pictures, self->pipeline, "pictures");
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static inline void
streamer_play (Streamer *self)
{
  streamer_play_line (self, SCREEN);
}

static inline void
streamer_stop (Streamer *self)
{
  if (self->pipeline == NULL)
    return;
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_clear_object (&self->pipeline);
}

/* Ends the stream, when it is not over yet. */
static inline void
streamer_free (Streamer *self)
{
  streamer_stop (self);
  gst_discord_connection_close (self->connection);
  gst_discord_connection_release (self->connection);
  pictures_clear (&self->pictures);
  g_free (self->key);
  g_free (self);
}

/* Who watches: a decoder behind the pad of the picture, and what comes out of
 * both pads before it. */
typedef struct
{
  GstElement *pipeline;
  GstElement *src;
  guint64 user_id;
  Pictures pictures;
  GPtrArray *messages; /* (element-type GstMessage): taken off the bus */

  GMutex lock;
  guint n_video_pads;
  guint n_audio_pads;
  guint n_sounds; /* audio buffers */
  guint n_caps; /* of video */
  GstClockTime last_pts; /* of video */
  GstPad *video; /* the last one, owned */
} Viewer;

static inline GstPadProbeReturn
on_sound (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Viewer *self = user_data;

  g_mutex_lock (&self->lock);
  self->n_sounds++;
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static inline GstPadProbeReturn
on_screen (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Viewer *self = user_data;

  g_mutex_lock (&self->lock);
  if (GST_IS_EVENT (info->data)) {
    self->n_caps +=
        GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS;
  } else {
    GstClockTime pts = GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info));

    fail_unless (
        !GST_CLOCK_TIME_IS_VALID (self->last_pts) || pts > self->last_pts,
        "%" GST_TIME_FORMAT " after %" GST_TIME_FORMAT, GST_TIME_ARGS (pts),
        GST_TIME_ARGS (self->last_pts));
    self->last_pts = pts;
  }
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

static inline void
link_behind (Viewer *self, GstPad *pad, const gchar *description)
{
  g_autoptr (GstPad) sink = NULL;
  GstElement *bin = gst_parse_bin_from_description (description, TRUE, NULL);

  if (strstr (description, "name=pictures") != NULL)
    pictures_watch (&self->pictures, bin, "pictures");
  gst_bin_add (GST_BIN (self->pipeline), bin);
  gst_element_sync_state_with_parent (bin);
  sink = gst_element_get_static_pad (bin, "sink");
  fail_unless_equals_int (gst_pad_link (pad, sink), GST_PAD_LINK_OK);
}

static inline void
on_stream_pad (GstElement *src, GstPad *pad, Viewer *self)
{
  gboolean video = g_str_has_prefix (GST_PAD_NAME (pad), "video_");

  g_mutex_lock (&self->lock);
  if (video) {
    self->n_video_pads++;
    self->last_pts = GST_CLOCK_TIME_NONE;
    gst_object_replace ((GstObject **) &self->video, GST_OBJECT (pad));
  } else {
    self->n_audio_pads++;
  }
  g_mutex_unlock (&self->lock);
  if (video) {
    gst_pad_add_probe (pad,
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        on_screen, self, NULL);
    link_behind (self, pad, "queue ! vp8dec ! fakesink name=pictures");
  } else {
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_sound, self, NULL);
    link_behind (self, pad, "queue ! fakesink sync=false async=false");
  }
}

/* Watches the stream of @stream_user, unless told otherwise before it plays. */
static inline Viewer *
viewer_new (const gchar *token, guint64 stream_user)
{
  Viewer *self = g_new0 (Viewer, 1);

  g_mutex_init (&self->lock);
  self->last_pts = GST_CLOCK_TIME_NONE;
  self->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  pictures_init (&self->pictures);
  self->src = make_src (token);
  self->user_id = loopback_user_for_token (token);
  g_object_set (self->src, "account-type", GST_DISCORD_ACCOUNT_TYPE_USER,
      "stream-user", stream_user, NULL);
  g_signal_connect (self->src, "pad-added", G_CALLBACK (on_stream_pad), self);
  self->pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->src);
  return self;
}

static inline void
viewer_play (Viewer *self)
{
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static inline void
viewer_stop (Viewer *self)
{
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
}

static inline void
viewer_free (Viewer *self)
{
  viewer_stop (self);
  gst_object_unref (self->pipeline);
  gst_clear_object (&self->video);
  g_ptr_array_unref (self->messages);
  pictures_clear (&self->pictures);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* @n more pictures than there are. */
static inline void
viewer_wait_pictures (Viewer *self, guint n)
{
  guint before;

  g_mutex_lock (&self->pictures.lock);
  before = self->pictures.checksums->len;
  g_mutex_unlock (&self->pictures.lock);
  pictures_wait (&self->pictures, before + n);
}

static inline guint
viewer_get (Viewer *self, const guint *field)
{
  guint value;

  g_mutex_lock (&self->lock);
  value = *field;
  g_mutex_unlock (&self->lock);
  return value;
}

static inline void
viewer_wait_sounds (Viewer *self, guint n)
{
  guint until = viewer_get (self, &self->n_sounds) + n;
  gint64 end = g_get_monotonic_time () + PICTURE_PATIENCE;

  while (viewer_get (self, &self->n_sounds) < until
      && g_get_monotonic_time () < end)
    g_usleep (1000);
  fail_unless (viewer_get (self, &self->n_sounds) >= until, "no sound");
}

/* Extended types are no flags. */
static inline gboolean
is_one_of (GstMessage *message, GstMessageType types)
{
  return !GST_MESSAGE_TYPE_IS_EXTENDED (message)
      && (GST_MESSAGE_TYPE (message) & types) != 0;
}

/* The next of @types; all others are kept. */
static inline GstMessage *
viewer_pop (Viewer *self, GstMessageType types)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessage *message;

  while ((message = gst_bus_timed_pop (bus, PICTURE_PATIENCE * GST_USECOND))
      != NULL) {
    g_ptr_array_add (self->messages, message);
    if (is_one_of (message, types))
      return message;
  }
  fail ("no message");
  return NULL;
}

static inline void
viewer_wait_eos (Viewer *self)
{
  GstMessage *message = viewer_pop (self, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  fail_unless (error == NULL, "%s", error != NULL ? error->message : "");
}

/* Fails with @code of GST_DISCORD_ERROR, and says so once. */
static inline void
viewer_expect_error (Viewer *self, GstDiscordError expected)
{
  GstMessage *message = viewer_pop (self, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;
  gint code;

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  fail_unless (details != NULL, "%s", error->message);
  fail_unless_equals_string (gst_structure_get_string (details, "domain"),
      g_quark_to_string (GST_DISCORD_ERROR));
  fail_unless (gst_structure_get_int (details, "code", &code));
  fail_unless (code == (gint) expected, "%d: %s", code, error->message);
}

/* How often the element said so; of what viewer_pop() and those that use it have
 * taken from the bus. @reason (out, optional): the last one. */
static inline guint
viewer_count_states (Viewer *self, GstDiscordStreamState state,
    GstDiscordStreamDeleteReason *reason)
{
  guint count = 0;

  for (guint i = 0; i < self->messages->len; i++) {
    const GstStructure *told =
        gst_message_get_structure (g_ptr_array_index (self->messages, i));
    gint told_state, told_reason;

    if (told == NULL || !gst_structure_has_name (told, "discord-stream-state"))
      continue;
    fail_unless (
        gst_structure_has_field_typed (told, "stream-key", G_TYPE_STRING));
    fail_unless (gst_structure_get_enum (
        told, "state", GST_TYPE_DISCORD_STREAM_STATE, &told_state));
    fail_unless (gst_structure_get_enum (
        told, "reason", GST_TYPE_DISCORD_STREAM_DELETE_REASON, &told_reason));
    if (told_state != (gint) state)
      continue;
    count++;
    if (reason != NULL)
      *reason = told_reason;
  }
  return count;
}

/* Who comes is sent frames from before its time, which it cannot decrypt. */
static inline gboolean
is_about_decryption (const GError *error)
{
  return g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT)
      || g_error_matches (
          error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT_NOKEY);
}

/* Neither EOS nor an error nor another warning was told of up to now. */
static inline void
viewer_expect_going_on (Viewer *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessage *message;

  while ((message = gst_bus_pop (bus)) != NULL) {
    g_autoptr (GError) error = NULL;

    g_ptr_array_add (self->messages, message);
    fail_if (is_one_of (message, GST_MESSAGE_EOS), "EOS");
    if (is_one_of (message, GST_MESSAGE_ERROR))
      gst_message_parse_error (message, &error, NULL);
    else if (is_one_of (message, GST_MESSAGE_WARNING))
      gst_message_parse_warning (message, &error, NULL);
    fail_unless (error == NULL || is_about_decryption (error), "%s: %s",
        GST_MESSAGE_SRC_NAME (message), error != NULL ? error->message : "");
  }
  fail_unless_equals_int (viewer_get (self, &self->n_video_pads), 1);
  fail_unless_equals_int (viewer_get (self, &self->n_audio_pads), 1);
  fail_unless_equals_int (viewer_get (self, &self->n_caps), 1);
}
