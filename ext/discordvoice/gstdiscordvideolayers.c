/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideolayers.h"
#include "layerwants.h"
#include "worker.h"

#include "../../gst-libs/gst/discord/transport/rtcp.h"

#include <gst/discord/gstdiscordlayers-private.h>

/* golive 6.5, R: also without a reason, since reports get old. */
#define INTERVAL G_USEC_PER_SEC
/* Layers of one picture do not begin at the same moment: so long the others are
 * taken to come, too, so that a lesser one does not stand in for the best. */
#define BEGIN_TOGETHER G_USEC_PER_SEC
#define NO_GENERATION G_MAXUINT

typedef struct
{
  GstDiscordVideoLayer *layer; /* owned */
  guint quality; /* lock */
  guint max_bitrate; /* lock */
  gint64 reported_at; /* lock; -1: by no receiver yet */

  /* Written by the worker, which alone reads it without the lock. */
  GstDiscordLayer choice;

  /* Worker only. */
  gboolean known; /* its RID was offered in this session */
  gboolean offered; /* it was offered once more */
  guint32 rtx_ssrc;
  LayerWants wants;
} Entry;

struct _GstDiscordVideoLayers
{
  GstElement *element; /* borrowed */
  DiscordWorker *worker;

  /* Set while the worker is stopped. */
  GstDiscordConnection *connection; /* owned */
  guint watch;
  guint subscription;

  /* Worker only. */
  guint generation;
  guint offered_generation; /* session that an offer of more layers ends */
  gboolean announced; /* the server knows of video of ours */
  gboolean camera; /* and others see the camera as on */
  gint64 active_since; /* the first layer; 0: there is none */

  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  GPtrArray *entries; /* (element-type Entry), reference counted boxes */
  gboolean always_send_top;
  gboolean announce_camera;
};

static void
entry_clear (gpointer data)
{
  gst_object_unref (((Entry *) data)->layer);
}

static void
entry_unref (gpointer entry)
{
  g_atomic_rc_box_release_full (entry, entry_clear);
}

static gpointer
entry_ref (gconstpointer entry, gpointer user_data)
{
  return g_atomic_rc_box_acquire ((gpointer) entry);
}

static GPtrArray *
copy_entries (GstDiscordVideoLayers *self)
{
  GPtrArray *entries;

  g_mutex_lock (&self->lock);
  entries = g_ptr_array_copy (self->entries, entry_ref, NULL);
  g_mutex_unlock (&self->lock);
  g_ptr_array_set_free_func (entries, entry_unref);
  return entries;
}

static Entry *
find_unlocked (GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (entry->layer == layer)
      return entry;
  }
  return NULL;
}

/* One round of the worker */

typedef struct
{
  GstDiscordVideoLayers *self;
  gint64 now;
  GPtrArray *entries; /* owned */
  GstDiscordVideoInput inputs[DISCORD_MAX_LAYERS];
  GstDiscordSendState send;
  GstDiscordVideoState video;
  GstDiscordMediaSinkWants *wants; /* owned, nullable */
  guint n_active;
  guint video_sent;
} Round;

static void
round_clear (Round *round)
{
  g_clear_pointer (&round->entries, g_ptr_array_unref);
  g_clear_pointer (&round->wants, gst_discord_media_sink_wants_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Round, round_clear)

static Entry *
round_entry (const Round *round, guint index)
{
  return g_ptr_array_index (round->entries, index);
}

/* All of one session: when it changes meanwhile the watch calls again, but the
 * SSRCs of another must not be taken for those of this one. */
static void
round_read_connection (Round *round)
{
  GstDiscordConnection *connection = round->self->connection;
  guint serial;

  do {
    gst_discord_connection_get_send_state (connection, &round->send);
    serial = round->send.video_serial;
    gst_discord_connection_get_video_state (connection, &round->video);
    g_clear_pointer (&round->wants, gst_discord_media_sink_wants_free);
    round->wants = gst_discord_connection_get_remote_wants (connection);
    gst_discord_connection_get_send_state (connection, &round->send);
  } while (round->send.video_serial != serial);
}

static const GstDiscordVoiceStream *
find_stream (const DiscordVoiceStreams *streams, const gchar *rid)
{
  for (guint i = 0; i < streams->n_streams; i++)
    if (g_str_equal (streams->streams[i].rid, rid))
      return &streams->streams[i];
  return NULL;
}

static void
round_read_layers (Round *round)
{
  GstDiscordVideoLayers *self = round->self;

  for (guint i = 0; i < round->entries->len; i++) {
    Entry *entry = round_entry (round, i);
    const GstDiscordVoiceStream *stream = find_stream (
        &round->video.streams, gst_discord_video_layer_get_rid (entry->layer));

    gst_discord_video_player_get_input (
        gst_discord_video_layer_get_player (entry->layer), &round->inputs[i]);
    round->n_active += round->inputs[i].active;
    g_mutex_lock (&self->lock);
    entry->choice.ssrc = stream != NULL ? stream->ssrc : 0;
    entry->choice.quality = entry->quality;
    entry->choice.reported_at = entry->reported_at;
    g_mutex_unlock (&self->lock);
    entry->known = stream != NULL;
    entry->rtx_ssrc = stream != NULL ? stream->rtx_ssrc : 0;
  }
}

static void
round_see_active (Round *round)
{
  GstDiscordVideoLayers *self = round->self;
  gboolean begins;

  if (round->n_active == 0)
    self->active_since = 0;
  else if (self->active_since == 0)
    self->active_since = round->now;
  begins =
      round->n_active > 0 && round->now - self->active_since < BEGIN_TOGETHER;
  for (guint i = 0; i < round->entries->len; i++)
    round_entry (round, i)->choice.active = begins || round->inputs[i].active;
}

/* A new session begins everything anew: SSRCs, RTP streams, what is wanted. */
static void
forget_session (Entry *entry)
{
  entry->choice.selected = FALSE;
  entry->choice.announced = FALSE;
  entry->choice.unwanted_since = 0;
  entry->wants.told = FALSE;
}

static void
round_select (Round *round)
{
  GstDiscordVideoLayers *self = round->self;
  GstDiscordLayer choices[DISCORD_MAX_LAYERS];
  guint n = round->entries->len;
  GstDiscordLayerRules rules = { .simulcast = n > 1 };
  gboolean is_new = self->generation != round->send.generation;

  self->generation = round->send.generation;
  g_mutex_lock (&self->lock);
  rules.always_send_top = self->always_send_top;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < n; i++) {
    if (is_new)
      forget_session (round_entry (round, i));
    choices[i] = round_entry (round, i)->choice;
  }
  gst_discord_layers_select (choices, n, &rules, round->wants, round->now);
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < n; i++)
    round_entry (round, i)->choice = choices[i];
  g_mutex_unlock (&self->lock);
}

static GstDiscordVoiceStream *
make_stream (const Round *round, guint index)
{
  Entry *entry = round_entry (round, index);
  const GstDiscordVideoInput *input = &round->inputs[index];
  GstDiscordVoiceStream *stream = gst_discord_voice_stream_new (
      gst_discord_video_layer_get_rid (entry->layer), entry->choice.quality);
  guint max_bitrate;

  g_mutex_lock (&round->self->lock);
  max_bitrate = entry->max_bitrate;
  g_mutex_unlock (&round->self->lock);
  gst_discord_voice_stream_set_active (stream, entry->choice.announced);
  if (max_bitrate > 0)
    gst_discord_voice_stream_set_max_bitrate (stream, max_bitrate);
  gst_discord_voice_stream_fill (
      stream, 0, input->width, input->height, input->framerate);
  return stream;
}

/* Op 12: all layers that there are, those that are not sent as inactive; none
 * without video. */
static void
round_announce (Round *round)
{
  GstDiscordConnection *connection = round->self->connection;
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_stream_free);
  gboolean any = FALSE;

  for (guint i = 0; i < round->entries->len; i++) {
    const GstDiscordLayer *choice = &round_entry (round, i)->choice;

    if (choice->ssrc == 0)
      continue;
    any |= choice->active;
    g_ptr_array_add (streams, make_stream (round, i));
  }
  if (!any)
    g_ptr_array_set_size (streams, 0);
  round->self->announced |= any;
  round->video_sent = gst_discord_connection_set_video (connection,
      (const GstDiscordVoiceStream *const *) streams->pdata, streams->len);
}

/* Frames come, and the server has a place for some. */
static gboolean
round_has_picture (const Round *round)
{
  for (guint i = 0; i < round->entries->len; i++)
    if (round->inputs[i].active && round_entry (round, i)->choice.ssrc != 0)
      return TRUE;
  return FALSE;
}

/* Main gateway op 4. It goes on in the channel only: a join with the camera on
 * gets no answer where there are too many of them (voice gateway 1.7). Between
 * two sessions it stays what it is, unless the frames end. */
static void
round_show_camera (Round *round)
{
  GstDiscordVideoLayers *self = round->self;
  gboolean camera;

  g_mutex_lock (&self->lock);
  camera = self->announce_camera && round->n_active > 0;
  g_mutex_unlock (&self->lock);
  if (camera && !round->send.can_send)
    return;
  camera = camera && round_has_picture (round);
  if (camera == self->camera)
    return;
  self->camera = camera;
  g_object_set (self->connection, "self-video", camera, NULL);
}

static void
round_decide (Round *round)
{
  for (guint i = 0; i < round->entries->len; i++) {
    Entry *entry = round_entry (round, i);
    GstDiscordVideoDecision decision = {
      .generation =
          entry->choice.active ? round->send.generation : NO_GENERATION,
      .ssrc = entry->choice.ssrc,
      .selected = entry->choice.selected,
      .codec = round->video.codec,
      .keyframe_interval = round->video.keyframe_interval,
      .video_sent = round->video_sent,
    };

    gst_discord_video_layer_set_rtx_ssrc (entry->layer, entry->rtx_ssrc);
    gst_discord_video_player_decide (
        gst_discord_video_layer_get_player (entry->layer), &decision,
        entry->choice.started);
  }
}

/* What somebody wants of a layer, for whoever encodes it. */
static void
round_tell_wants (Round *round)
{
  GstElement *element = round->self->element;

  for (guint i = 0; i < round->entries->len; i++) {
    Entry *entry = round_entry (round, i);
    const GstDiscordLayer *choice = &entry->choice;
    GstStructure *told;

    if (!layer_wants_update (
            &entry->wants, round->wants, choice->ssrc, choice->selected))
      continue;
    told = layer_wants_to_structure (
        &entry->wants, gst_discord_video_layer_get_rid (entry->layer));
    gst_pad_push_event (
        GST_BASE_SINK_PAD (gst_discord_video_layer_get_player (entry->layer)),
        gst_event_new_custom (
            GST_EVENT_CUSTOM_UPSTREAM, gst_structure_copy (told)));
    gst_element_post_message (
        element, gst_message_new_element (GST_OBJECT (element), told));
  }
}

/* Pads that came after the channel was joined are offered once there are frames
 * for one, all together, and each only once. TRUE: this session ends now. */
static gboolean
round_offer (Round *round)
{
  g_autoptr (GstCaps) offer = NULL;
  gboolean due = FALSE;

  if (round->self->offered_generation == round->send.generation)
    return TRUE;
  for (guint i = 0; i < round->entries->len; i++) {
    const Entry *entry = round_entry (round, i);

    due |= round->inputs[i].active && !entry->known && !entry->offered;
  }
  if (!due)
    return FALSE;
  for (guint i = 0; i < round->entries->len; i++)
    round_entry (round, i)->offered = TRUE;
  offer = gst_discord_video_layers_get_offer (round->self);
  if (offer == NULL)
    return FALSE;
  round->self->offered_generation = round->send.generation;
  gst_discord_connection_offer (round->self->connection, offer);
  return TRUE;
}

static gint64
run (gint64 now, gpointer user_data)
{
  GstDiscordVideoLayers *self = user_data;
  g_auto (Round) round = { .self = self, .now = now };

  round.entries = copy_entries (self);
  round_read_connection (&round);
  round_read_layers (&round);
  round_see_active (&round);
  round_show_camera (&round);
  /* What was decided stays until there is a session again. */
  if (!round.send.can_send || round_offer (&round))
    return G_MAXINT64;
  round_select (&round);
  round_announce (&round);
  round_decide (&round);
  round_tell_wants (&round);
  return round.n_active > 0 ? now + INTERVAL : G_MAXINT64;
}

/* What makes a round due */

static void
on_input_changed (gpointer user_data)
{
  GstDiscordVideoLayers *self = user_data;

  discord_worker_wake (self->worker);
}

static void
on_send_state (GstDiscordConnection *connection,
    const GstDiscordSendState *state, gpointer user_data)
{
  GstDiscordVideoLayers *self = user_data;

  discord_worker_wake (self->worker);
}

static void
note_report (GstDiscordVideoLayers *self, guint32 ssrc, gint64 now)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (entry->choice.ssrc == ssrc)
      entry->reported_at = now;
  }
  g_mutex_unlock (&self->lock);
}

/* A receiver's report about a layer tells that somebody gets it. */
static void
read_reports (GstDiscordVideoLayers *self, GstBuffer *buffer)
{
  gint64 now = g_get_monotonic_time ();
  RtcpReportBlock report;
  RtcpPacket packet;
  RtcpIter iter;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  rtcp_iter_init (&iter, map.data, map.size);
  while (rtcp_iter_next (&iter, &packet))
    for (guint i = 0; rtcp_packet_report_block (&packet, i, &report); i++)
      if (report.ssrc != 0)
        note_report (self, report.ssrc, now);
  gst_buffer_unmap (buffer, &map);
}

static void
on_packets (GstDiscordSubscribeFlags kind, GstBuffer *const *buffers,
    guint n_buffers, gpointer user_data)
{
  for (guint i = 0; i < n_buffers; i++)
    read_reports (user_data, buffers[i]);
}

/* Layers */

gboolean
gst_discord_video_layers_add (
    GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer, guint quality)
{
  const gchar *rid = gst_discord_video_layer_get_rid (layer);
  Entry *entry = g_atomic_rc_box_new0 (Entry);
  gboolean fits;

  entry->layer = gst_object_ref (layer);
  entry->quality = quality;
  entry->reported_at = -1;
  g_mutex_lock (&self->lock);
  fits = self->entries->len < DISCORD_MAX_LAYERS;
  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *other = g_ptr_array_index (self->entries, i);

    fits &= !g_str_equal (gst_discord_video_layer_get_rid (other->layer), rid);
  }
  if (fits)
    g_ptr_array_add (self->entries, entry);
  g_mutex_unlock (&self->lock);
  if (!fits) {
    entry_unref (entry);
    return FALSE;
  }
  gst_discord_video_player_set_changed_func (
      gst_discord_video_layer_get_player (layer), on_input_changed, self);
  return TRUE;
}

gboolean
gst_discord_video_layers_remove (
    GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer)
{
  Entry *entry;

  g_mutex_lock (&self->lock);
  entry = find_unlocked (self, layer);
  if (entry != NULL) {
    entry = g_atomic_rc_box_acquire (entry);
    g_ptr_array_remove_fast (self->entries, entry);
  }
  g_mutex_unlock (&self->lock);
  if (entry == NULL)
    return FALSE;
  gst_discord_video_player_set_changed_func (
      gst_discord_video_layer_get_player (layer), NULL, NULL);
  entry_unref (entry);
  discord_worker_wake (self->worker);
  return TRUE;
}

void
gst_discord_video_layers_set_quality (
    GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer, guint quality)
{
  Entry *entry;

  g_mutex_lock (&self->lock);
  entry = find_unlocked (self, layer);
  if (entry != NULL)
    entry->quality = quality;
  g_mutex_unlock (&self->lock);
  discord_worker_wake (self->worker);
}

void
gst_discord_video_layers_set_max_bitrate (
    GstDiscordVideoLayers *self, GstDiscordVideoLayer *layer, guint max_bitrate)
{
  Entry *entry;

  g_mutex_lock (&self->lock);
  entry = find_unlocked (self, layer);
  if (entry != NULL)
    entry->max_bitrate = max_bitrate;
  g_mutex_unlock (&self->lock);
  discord_worker_wake (self->worker);
}

GPtrArray *
gst_discord_video_layers_list (GstDiscordVideoLayers *self)
{
  GPtrArray *layers = g_ptr_array_new_with_free_func (gst_object_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);

    g_ptr_array_add (layers, gst_object_ref (entry->layer));
  }
  g_mutex_unlock (&self->lock);
  return layers;
}

GstCaps *
gst_discord_video_layers_get_offer (GstDiscordVideoLayers *self)
{
  g_autoptr (GPtrArray) offer = g_ptr_array_new_with_free_func (
      (GDestroyNotify) gst_discord_voice_stream_free);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);
    GstDiscordVoiceStream *stream = gst_discord_voice_stream_new (
        gst_discord_video_layer_get_rid (entry->layer), entry->quality);

    g_ptr_array_add (offer, stream);
  }
  g_mutex_unlock (&self->lock);
  return offer->len > 0 ? gst_discord_voice_stream_list_to_caps (offer) : NULL;
}

void
gst_discord_video_layers_set_always_send_top (
    GstDiscordVideoLayers *self, gboolean always)
{
  g_mutex_lock (&self->lock);
  self->always_send_top = always;
  g_mutex_unlock (&self->lock);
  discord_worker_wake (self->worker);
}

void
gst_discord_video_layers_set_announce_camera (
    GstDiscordVideoLayers *self, gboolean announce)
{
  g_mutex_lock (&self->lock);
  self->announce_camera = announce;
  g_mutex_unlock (&self->lock);
  discord_worker_wake (self->worker);
}

/* Life */

void
gst_discord_video_layers_start (
    GstDiscordVideoLayers *self, GstDiscordConnection *connection)
{
  if (self->connection != NULL)
    return;
  self->connection = g_object_ref (connection);
  self->generation = NO_GENERATION;
  self->offered_generation = NO_GENERATION;
  self->active_since = 0;
  for (guint i = 0; i < self->entries->len; i++)
    ((Entry *) g_ptr_array_index (self->entries, i))->offered = FALSE;
  discord_worker_start (self->worker);
  self->watch =
      gst_discord_connection_add_send_watch (connection, on_send_state, self);
  self->subscription = gst_discord_connection_subscribe (
      connection, GST_DISCORD_SUBSCRIBE_RTCP, on_packets, self);
  discord_worker_wake (self->worker);
}

void
gst_discord_video_layers_stop (GstDiscordVideoLayers *self)
{
  if (self->connection == NULL)
    return;
  gst_discord_connection_remove_send_watch (self->connection, self->watch);
  gst_discord_connection_unsubscribe (self->connection, self->subscription);
  discord_worker_stop (self->worker);
  if (self->announced)
    gst_discord_connection_set_video (self->connection, NULL, 0);
  self->announced = FALSE;
  if (self->camera)
    g_object_set (self->connection, "self-video", FALSE, NULL);
  self->camera = FALSE;
  g_clear_object (&self->connection);
}

GstDiscordVideoLayers *
gst_discord_video_layers_new (GstElement *element)
{
  GstDiscordVideoLayers *self = g_new0 (GstDiscordVideoLayers, 1);

  self->element = element;
  g_mutex_init (&self->lock);
  self->entries = g_ptr_array_new_with_free_func (entry_unref);
  self->worker = discord_worker_new ("discord-layers", run, self);
  return self;
}

void
gst_discord_video_layers_free (GstDiscordVideoLayers *self)
{
  gst_discord_video_layers_stop (self);
  discord_worker_free (self->worker);
  g_ptr_array_unref (self->entries);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_discord_video_layers_add_stats (
    GstDiscordVideoLayers *self, GstStructure *stats)
{
  g_autoptr (GPtrArray) layers = gst_discord_video_layers_list (self);
  GValue array = G_VALUE_INIT;

  g_value_init (&array, GST_TYPE_ARRAY);
  for (guint i = 0; i < layers->len; i++) {
    GValue value = G_VALUE_INIT;

    g_value_init (&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&value,
        gst_discord_video_layer_get_stats (g_ptr_array_index (layers, i)));
    gst_value_array_append_and_take_value (&array, &value);
  }
  gst_structure_take_value (stats, "video-layers", &array);
}
