/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Pipelines that go live with discordvoicesink; golive-members.h has those who
 * watch. */

#include "golive-members.h"

/* Encoders that give keyframes when asked only. */
#define LIVE_PICTURE                                                           \
  "videotestsrc is-live=true pattern=ball ! "                                  \
  "video/x-raw, format=I420, width=176, height=144, framerate=30/1 ! "         \
  "vp8enc deadline=1 keyframe-max-dist=1000 ! "
#define LIVE_SOUND                                                             \
  "audiotestsrc is-live=true samplesperbuffer=960 ! queue ! sink.audio "
#define LIVE                                                                   \
  LIVE_PICTURE "tee name=t t. ! queue ! vp8dec ! fakesink name=pictures "      \
               "t. ! queue ! sink.video " LIVE_SOUND

typedef struct
{
  GstElement *pipeline;
  GstElement *sink;
  guint64 user_id;
  gchar *key;
  Pictures pictures; /* of a fakesink of that name, where there is one */
  GPtrArray *messages; /* (element-type GstMessage): taken off the bus */
} Live;

static inline Live *
live_new (const gchar *token, const gchar *description)
{
  g_autofree gchar *line =
      g_strconcat (description, "discordvoicesink name=sink", NULL);
  g_autoptr (GstCaps) codecs =
      gst_caps_from_string ("audio/x-opus; video/x-vp8");
  g_autoptr (GstElement) pictures = NULL;
  Live *self = g_new0 (Live, 1);
  GError *error = NULL;

  self->pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error != NULL ? error->message : "");
  self->sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "sink");
  self->user_id = loopback_user_for_token (token);
  self->key = g_strdup_printf (
      "guild:%u:%u:%" G_GUINT64_FORMAT, GUILD, CHANNEL, self->user_id);
  self->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  g_object_set (self->sink, "go-live", TRUE, "account-type",
      GST_DISCORD_ACCOUNT_TYPE_USER, "token", token, "gateway-url", gateway_url,
      "api-url", api_url, "guild-id", (guint64) GUILD, "channel-id",
      (guint64) CHANNEL, "codecs", codecs, NULL);
  gst_util_set_object_arg (G_OBJECT (self->sink), "preview-mode", "off");
  pictures_init (&self->pictures);
  pictures = gst_bin_get_by_name (GST_BIN (self->pipeline), "pictures");
  if (pictures != NULL)
    pictures_watch (&self->pictures, self->pipeline, "pictures");
  return self;
}

static inline void
live_play (Live *self)
{
  fail_unless (gst_element_set_state (self->pipeline, GST_STATE_PLAYING)
      != GST_STATE_CHANGE_FAILURE);
}

static inline void
live_stop (Live *self)
{
  fail_unless_equals_int (
      gst_element_set_state (self->pipeline, GST_STATE_NULL),
      GST_STATE_CHANGE_SUCCESS);
}

static inline void
live_free (Live *self)
{
  live_stop (self);
  gst_object_unref (self->sink);
  gst_object_unref (self->pipeline);
  g_ptr_array_unref (self->messages);
  pictures_clear (&self->pictures);
  g_free (self->key);
  g_free (self);
}

/* (transfer none): the next of @types; all others are kept. */
static inline GstMessage *
live_pop (Live *self, GstMessageType types)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessage *message;

  while ((message = gst_bus_timed_pop (bus, PICTURE_PATIENCE * GST_USECOND))
      != NULL) {
    g_autoptr (GError) error = NULL;

    g_ptr_array_add (self->messages, message);
    if (GST_MESSAGE_TYPE (message) & types)
      return message;
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
      gst_message_parse_error (message, &error, NULL);
    fail_if (error != NULL, "%s", error != NULL ? error->message : "");
  }
  fail ("no message");
  return NULL;
}

static inline void
live_wait_eos (Live *self)
{
  live_pop (self, GST_MESSAGE_EOS);
}

/* (transfer none): the next element message of that name. */
static inline const GstStructure *
live_wait_message (Live *self, const gchar *name)
{
  for (;;) {
    const GstStructure *structure =
        gst_message_get_structure (live_pop (self, GST_MESSAGE_ELEMENT));

    if (gst_structure_has_name (structure, name))
      return structure;
  }
}

static inline void
live_wait_state (Live *self, GstDiscordStreamState expected)
{
  for (;;) {
    const GstStructure *structure =
        live_wait_message (self, "discord-stream-state");
    gint state;

    fail_unless (gst_structure_get_enum (
        structure, "state", GST_TYPE_DISCORD_STREAM_STATE, &state));
    if (state == (gint) expected)
      return;
  }
}

/* It failed with @expected of GST_DISCORD_ERROR. */
static inline void
live_expect_error (Live *self, GstDiscordError expected)
{
  GstMessage *message = live_pop (self, GST_MESSAGE_ERROR);
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;
  gint code;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  fail_unless (details != NULL, "%s", error->message);
  fail_unless (gst_structure_get_int (details, "code", &code));
  fail_unless (code == (gint) expected, "%d: %s", code, error->message);
}

/* Neither EOS nor an error was told of up to now. */
static inline void
live_expect_going_on (Live *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  GstMessage *message;

  while ((message = gst_bus_pop (bus)) != NULL) {
    g_ptr_array_add (self->messages, message);
    fail_if (GST_MESSAGE_TYPE (message) & (GST_MESSAGE_ERROR | GST_MESSAGE_EOS),
        "%s", GST_MESSAGE_TYPE_NAME (message));
  }
}

static inline guint64
get_stat (GstElement *element, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, name, &value), "no %s", name);
  return value;
}

static inline guint64
live_stat (Live *self, const gchar *name)
{
  return get_stat (self->sink, name);
}

/* Until that counter is at least @value. */
static inline void
live_wait_stat (Live *self, const gchar *name, guint64 value)
{
  gint64 end = g_get_monotonic_time () + PICTURE_PATIENCE;

  while (live_stat (self, name) < value && g_get_monotonic_time () < end)
    g_usleep (1000);
  fail_unless (live_stat (self, name) >= value, "%s", name);
}
