/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Internal: what discorddaveenc and discorddavedec have in common. One pad in,
 * one out; caps in clear or encrypted; frames that may be dropped. */

#include <gst/discord/gstdiscordconnection-private.h>
#include <gst/discord/gstdiscorddave-private.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_DAVE_FILTER (gst_discord_dave_filter_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstDiscordDaveFilter, gst_discord_dave_filter, GST,
    DISCORD_DAVE_FILTER, GstElement)

#define GST_DISCORD_CLEAR_MEDIA                                                \
  "audio/x-opus; video/x-vp8; "                                                \
  "video/x-vp9, alignment=(string)super-frame; "                               \
  "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au; "    \
  "video/x-h265, stream-format=(string)byte-stream, alignment=(string)au; "    \
  "video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"

#define GST_DISCORD_DAVE_MEDIA                                                 \
  "application/x-dave, original-media-type=(string)audio/x-opus; "             \
  "application/x-dave, original-media-type=(string)video/x-vp8; "              \
  "application/x-dave, original-media-type=(string)video/x-vp9, "              \
  "alignment=(string)super-frame; "                                            \
  "application/x-dave, original-media-type=(string)video/x-h264, "             \
  "stream-format=(string)byte-stream, alignment=(string)au; "                  \
  "application/x-dave, original-media-type=(string)video/x-h265, "             \
  "stream-format=(string)byte-stream, alignment=(string)au; "                  \
  "application/x-dave, original-media-type=(string)video/x-av1, "              \
  "stream-format=(string)obu-stream, alignment=(string)tu"

typedef enum
{
  GST_DISCORD_DAVE_DONE, /* encrypted, decrypted */
  GST_DISCORD_DAVE_CLEAR, /* passed on as it came */
  GST_DISCORD_DAVE_NO_KEY, /* dropped */
  GST_DISCORD_DAVE_REFUSED, /* dropped */
  GST_DISCORD_DAVE_N_COUNTERS
} GstDiscordDaveCounter;

struct _GstDiscordDaveFilterClass
{
  GstElementClass parent_class;

  /* Field names in the statistics. */
  const gchar *counters[GST_DISCORD_DAVE_N_COUNTERS];

  /* New caps came in. Streaming thread. */
  gboolean (*set_caps) (GstDiscordDaveFilter *self);
  /* Takes @buffer. Streaming thread, with caps. @connection: (nullable). */
  GstFlowReturn (*process) (GstDiscordDaveFilter *self,
      GstDiscordConnection *connection, GstBuffer *buffer);
  /* (nullable): what is kept belongs to a stream that is over, or to other caps.
   * Streaming thread, or below PAUSED. */
  void (*forget) (GstDiscordDaveFilter *self);
  /* (nullable): the property was set. Any thread. @connection: (nullable). */
  void (*connection_changed) (
      GstDiscordDaveFilter *self, GstDiscordConnection *connection);
};

/* Call first in instance init. */
void gst_discord_dave_filter_add_pads (GstDiscordDaveFilter *self);

/* (transfer full) (nullable): any thread. */
GstDiscordConnection *gst_discord_dave_filter_ref_connection (
    GstDiscordDaveFilter *self);

/* For the streaming thread only. */

GstDiscordCodec gst_discord_dave_filter_get_codec (GstDiscordDaveFilter *self);

/* The caps of what follows. FALSE when downstream does not take them. */
gboolean gst_discord_dave_filter_set_encrypted (
    GstDiscordDaveFilter *self, gboolean encrypted);
gboolean gst_discord_dave_filter_is_encrypted (GstDiscordDaveFilter *self);

/* (transfer full): at least so large, in one piece; nothing in it. */
GstBuffer *gst_discord_dave_filter_take_buffer (
    GstDiscordDaveFilter *self, gsize size);
/* It was not needed: the next frame may have it. */
void gst_discord_dave_filter_return_buffer (
    GstDiscordDaveFilter *self, GstBuffer *buffer);

/* Everything of @input but its memory. Takes both, and returns @output. */
GstBuffer *gst_discord_dave_filter_finish_buffer (
    GstBuffer *output, gsize size, GstBuffer *input);

/* Takes @buffer, counts it and pushes it. */
GstFlowReturn gst_discord_dave_filter_push (GstDiscordDaveFilter *self,
    GstBuffer *buffer, GstDiscordDaveCounter counter);
/* Counts a frame that does not go on: the next one is DISCONT. */
void gst_discord_dave_filter_drop (
    GstDiscordDaveFilter *self, GstDiscordDaveCounter counter);

/* TRUE when it is time for another warning, after a while without. */
gboolean gst_discord_dave_filter_may_warn (GstDiscordDaveFilter *self);

G_END_DECLS
