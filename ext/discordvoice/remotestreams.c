/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "remotestreams.h"

/* More than may speak in one channel; a bound on what a server can make us
 * allocate. */
#define MAX_STREAMS 512

/* A second of somebody who follows on an SSRC whose stream is being ended. */
#define MAX_HELD 50
#define MAX_HELD_VIDEO 1000

/* How long packets of somebody who left are still under way. */
#define STRAGGLER_TIME (2 * G_USEC_PER_SEC)

typedef struct
{
  guint64 user_id;
  gboolean video;
  GstElement *jitterbuffer; /* owned, nullable */

  gboolean ending;
  GstDiscordStreamEnd reason;
  gint64 ended; /* when that began, microseconds */

  /* What follows */
  GQueue held; /* GstBuffer, owned */
  guint64 next_user_id;
  gboolean following; /* the stream that ended is gone */
  gboolean ended_again; /* told to end while following */
} Stream;

struct _GstDiscordRemoteStreams
{
  /* Guards everything below; a leaf, nothing is called while it is held. */
  GMutex lock;
  GHashTable *streams; /* guint32 ssrc -> Stream */
  GHashTable *departed; /* guint32 ssrc -> gint64 when, microseconds */
};

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  g_clear_object (&stream->jitterbuffer);
  g_queue_clear_full (&stream->held, (GDestroyNotify) gst_buffer_unref);
  g_free (stream);
}

GstDiscordRemoteStreams *
gst_discord_remote_streams_new (void)
{
  GstDiscordRemoteStreams *self = g_new0 (GstDiscordRemoteStreams, 1);

  g_mutex_init (&self->lock);
  self->streams = g_hash_table_new_full (NULL, NULL, NULL, stream_free);
  self->departed = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
gst_discord_remote_streams_free (GstDiscordRemoteStreams *self)
{
  g_hash_table_unref (self->streams);
  g_hash_table_unref (self->departed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static Stream *
lookup_unlocked (GstDiscordRemoteStreams *self, guint32 ssrc)
{
  return g_hash_table_lookup (self->streams, GUINT_TO_POINTER (ssrc));
}

static gboolean
has_expired (gpointer key, gpointer value, gpointer user_data)
{
  gint64 *when = value;
  gint64 *now = user_data;

  return *now - *when > STRAGGLER_TIME;
}

static gboolean
has_departed_unlocked (GstDiscordRemoteStreams *self, guint32 ssrc, gint64 now)
{
  if (g_hash_table_size (self->departed) == 0)
    return FALSE;
  g_hash_table_foreach_remove (self->departed, has_expired, &now);
  return g_hash_table_contains (self->departed, GUINT_TO_POINTER (ssrc));
}

static void
supersede (GstDiscordStreamChange *change, guint32 ssrc)
{
  if (change->superseded == NULL)
    change->superseded = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_append_val (change->superseded, ssrc);
}

static void
change_user_unlocked (guint32 ssrc, Stream *stream, guint64 user_id,
    GstDiscordStreamChange *change)
{
  if (stream->user_id == user_id)
    return;
  if (stream->ending && !(stream->following && stream->user_id == 0)) {
    change->user_changed = stream->next_user_id != user_id;
    stream->next_user_id = user_id;
    return;
  }
  change->user_changed = TRUE;
  if (stream->user_id == 0) {
    stream->user_id = user_id;
  } else {
    stream->next_user_id = user_id;
    supersede (change, ssrc);
  }
}

static void
map_unlocked (GstDiscordRemoteStreams *self, guint32 ssrc, Stream *stream,
    guint64 user_id, GstDiscordStreamChange *change)
{
  GHashTableIter iter;
  gpointer key, value;

  if (stream != NULL)
    change_user_unlocked (ssrc, stream, user_id, change);
  if (stream != NULL && stream->video)
    return;
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    Stream *other = value;
    guint32 other_ssrc = GPOINTER_TO_UINT (key);

    if (other_ssrc != ssrc && other->user_id == user_id && !other->video
        && !other->ending)
      supersede (change, other_ssrc);
  }
}

static GstDiscordPacketVerdict
hold_unlocked (Stream *stream, guint64 user_id, GstBuffer *buffer)
{
  if (stream->held.length >= (stream->video ? MAX_HELD_VIDEO : MAX_HELD))
    return GST_DISCORD_PACKET_TOO_MANY;
  if (user_id != 0)
    stream->next_user_id = user_id;
  g_queue_push_tail (&stream->held, gst_buffer_ref (buffer));
  return GST_DISCORD_PACKET_HELD;
}

static GstDiscordPacketVerdict
ending_packet_unlocked (
    Stream *stream, guint64 user_id, GstBuffer *buffer, gint64 received)
{
  gboolean same_user = user_id == 0 || user_id == stream->user_id;

  if (stream->following || !same_user)
    return hold_unlocked (stream, user_id, buffer);
  if (received <= stream->ended)
    return GST_DISCORD_PACKET_PASS;
  if (user_id == 0 && stream->reason == GST_DISCORD_STREAM_LEFT)
    return GST_DISCORD_PACKET_STRAGGLER;
  return hold_unlocked (stream, user_id, buffer);
}

static GstDiscordPacketVerdict
new_packet_unlocked (GstDiscordRemoteStreams *self, guint32 ssrc,
    gboolean video, guint64 user_id, gint64 now, GstDiscordStreamChange *change)
{
  Stream *stream;

  if (user_id == 0 && has_departed_unlocked (self, ssrc, now))
    return GST_DISCORD_PACKET_STRAGGLER;
  if (g_hash_table_size (self->streams) >= MAX_STREAMS)
    return GST_DISCORD_PACKET_TOO_MANY;
  stream = g_new0 (Stream, 1);
  stream->video = video;
  g_queue_init (&stream->held);
  g_hash_table_insert (self->streams, GUINT_TO_POINTER (ssrc), stream);
  g_hash_table_remove (self->departed, GUINT_TO_POINTER (ssrc));
  if (user_id != 0)
    map_unlocked (self, ssrc, stream, user_id, change);
  return GST_DISCORD_PACKET_PASS;
}

GstDiscordPacketVerdict
gst_discord_remote_streams_packet (GstDiscordRemoteStreams *self, guint32 ssrc,
    gboolean video, guint64 user_id, GstBuffer *buffer, gint64 received,
    gint64 now, GstDiscordStreamChange *change)
{
  GstDiscordPacketVerdict verdict = GST_DISCORD_PACKET_PASS;
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream == NULL) {
    verdict = new_packet_unlocked (self, ssrc, video, user_id, now, change);
  } else if (stream->video != video) {
    verdict = GST_DISCORD_PACKET_OTHER_MEDIUM;
  } else if (stream->ending) {
    verdict = ending_packet_unlocked (stream, user_id, buffer, received);
  } else if (user_id != 0 && stream->user_id != user_id) {
    map_unlocked (self, ssrc, stream, user_id, change);
    if (stream->user_id != user_id)
      verdict = hold_unlocked (stream, user_id, buffer);
  }
  g_mutex_unlock (&self->lock);
  return verdict;
}

void
gst_discord_remote_streams_map (GstDiscordRemoteStreams *self, guint32 ssrc,
    guint64 user_id, GstDiscordStreamChange *change)
{
  if (user_id == 0)
    return;
  g_mutex_lock (&self->lock);
  map_unlocked (self, ssrc, lookup_unlocked (self, ssrc), user_id, change);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_stream_change_clear (GstDiscordStreamChange *change)
{
  g_clear_pointer (&change->superseded, g_array_unref);
}

guint64
gst_discord_remote_streams_get_user (
    GstDiscordRemoteStreams *self, guint32 ssrc)
{
  guint64 user_id = 0;
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL)
    user_id = stream->user_id;
  g_mutex_unlock (&self->lock);
  return user_id;
}

gboolean
gst_discord_remote_streams_contains (
    GstDiscordRemoteStreams *self, guint32 ssrc)
{
  gboolean contains;

  g_mutex_lock (&self->lock);
  contains = lookup_unlocked (self, ssrc) != NULL;
  g_mutex_unlock (&self->lock);
  return contains;
}

gboolean
gst_discord_remote_streams_is_video (
    GstDiscordRemoteStreams *self, guint32 ssrc)
{
  const Stream *stream;
  gboolean video;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  video = stream != NULL && stream->video;
  g_mutex_unlock (&self->lock);
  return video;
}

GArray *
gst_discord_remote_streams_list (GstDiscordRemoteStreams *self, guint64 user_id)
{
  GArray *ssrcs = g_array_new (FALSE, FALSE, sizeof (guint32));
  GHashTableIter iter;
  gpointer key, value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    guint32 ssrc = GPOINTER_TO_UINT (key);

    if (user_id == 0 || ((Stream *) value)->user_id == user_id)
      g_array_append_val (ssrcs, ssrc);
  }
  g_mutex_unlock (&self->lock);
  return ssrcs;
}

void
gst_discord_remote_streams_set_jitterbuffer (
    GstDiscordRemoteStreams *self, guint32 ssrc, GstElement *jitterbuffer)
{
  g_autoptr (GstElement) old = NULL;
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL) {
    old = stream->jitterbuffer;
    stream->jitterbuffer = gst_object_ref (jitterbuffer);
  }
  g_mutex_unlock (&self->lock);
}

GstElement *
gst_discord_remote_streams_ref_jitterbuffer (
    GstDiscordRemoteStreams *self, guint32 ssrc)
{
  GstElement *jitterbuffer = NULL;
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL && stream->jitterbuffer != NULL)
    jitterbuffer = gst_object_ref (stream->jitterbuffer);
  g_mutex_unlock (&self->lock);
  return jitterbuffer;
}

gboolean
gst_discord_remote_streams_end (GstDiscordRemoteStreams *self, guint32 ssrc,
    GstDiscordStreamEnd reason, gint64 now)
{
  gboolean first = FALSE;
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL && stream->following) {
    stream->ended_again = TRUE;
  } else if (stream != NULL) {
    first = !stream->ending;
    if (first)
      stream->ended = now;
    if (first || reason == GST_DISCORD_STREAM_RENEWED)
      stream->reason = reason;
    stream->ending = TRUE;
  }
  g_mutex_unlock (&self->lock);
  return first;
}

gboolean
gst_discord_remote_streams_remove (
    GstDiscordRemoteStreams *self, guint32 ssrc, gint64 now)
{
  g_autoptr (GstElement) jitterbuffer = NULL;
  gboolean followed;
  Stream *stream;

  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  followed = stream != NULL && stream->held.length > 0;
  if (followed) {
    jitterbuffer = g_steal_pointer (&stream->jitterbuffer);
    stream->user_id = stream->next_user_id;
    stream->following = TRUE;
  } else if (stream != NULL) {
    if (stream->reason == GST_DISCORD_STREAM_LEFT)
      g_hash_table_replace (self->departed, GUINT_TO_POINTER (ssrc),
          g_memdup2 (&now, sizeof (now)));
    jitterbuffer = g_steal_pointer (&stream->jitterbuffer);
    g_hash_table_remove (self->streams, GUINT_TO_POINTER (ssrc));
  }
  g_mutex_unlock (&self->lock);
  return followed;
}

GstBuffer *
gst_discord_remote_streams_take_held (
    GstDiscordRemoteStreams *self, guint32 ssrc, gboolean *ended)
{
  GstBuffer *buffer = NULL;
  Stream *stream;

  *ended = FALSE;
  g_mutex_lock (&self->lock);
  stream = lookup_unlocked (self, ssrc);
  if (stream != NULL && stream->following) {
    buffer = g_queue_pop_head (&stream->held);
    if (buffer == NULL) {
      stream->ending = stream->following = FALSE;
      *ended = stream->ended_again;
      stream->ended_again = FALSE;
    }
  }
  g_mutex_unlock (&self->lock);
  return buffer;
}

void
gst_discord_remote_streams_clear (GstDiscordRemoteStreams *self)
{
  g_autoptr (GHashTable) old = NULL;

  g_mutex_lock (&self->lock);
  old = self->streams;
  self->streams = g_hash_table_new_full (NULL, NULL, NULL, stream_free);
  g_hash_table_remove_all (self->departed);
  g_mutex_unlock (&self->lock);
}
