/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordmediasink-private.h"

GST_DEBUG_CATEGORY (discord_media_sink_debug);
#define GST_CAT_DEFAULT discord_media_sink_debug

#define NO_GENERATION G_MAXUINT
/* The others in the channel are told of (op 11) only after the session has begun
 * (op 4); a file that starts at once must not be played to nobody. */
#define OTHERS_TIMEOUT (300 * G_TIME_SPAN_MILLISECOND)

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstDiscordMediaSink, gst_discord_media_sink,
    GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (
        discord_media_sink_debug, "discordmediasink", 0, "Discord media sink"));

gboolean
gst_discord_media_sink_awaits_key (const GstDiscordSendState *send)
{
  return send->e2ee == GST_DISCORD_E2EE_STATE_NONE
      || send->e2ee == GST_DISCORD_E2EE_STATE_PENDING;
}

/* A Go Live stream that was ended by others does not come back; one that failed
 * has said so on the bus. */
static gboolean
has_ended (const GstDiscordSendState *state)
{
  return state->stream_state == GST_DISCORD_STREAM_STATE_ENDED
      && state->state != GST_DISCORD_CONNECTION_STATE_FAILED;
}

static void
take_send_state_unlocked (
    GstDiscordMediaSink *self, const GstDiscordSendState *state)
{
  /* An end from before the connection was opened again is none. */
  if (has_ended (state) && !has_ended (&self->send))
    self->over = TRUE;
  self->send = *state;
  if (state->can_send && self->joined_generation != state->generation) {
    self->joined_generation = state->generation;
    self->others_deadline = g_get_monotonic_time () + OTHERS_TIMEOUT;
  }
  if (gst_discord_media_sink_awaits_key (state))
    return;
  self->key_deadline = -1;
  self->key_warned = FALSE;
}

static void
on_send_state (GstDiscordConnection *connection,
    const GstDiscordSendState *state, gpointer user_data)
{
  GstDiscordMediaSink *self = user_data;

  g_mutex_lock (&self->lock);
  take_send_state_unlocked (self, state);
  self->told++;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
interrupt (GstDiscordMediaSink *self)
{
  g_mutex_lock (&self->lock);
  self->interrupts++;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
gst_discord_media_sink_unlock (GstBaseSink *sink)
{
  interrupt (GST_DISCORD_MEDIA_SINK (sink));
  return TRUE;
}

/* What belongs to the timeline of upstream ends with it. */
static void
reset_timeline (GstDiscordMediaSink *self)
{
  self->live_known = FALSE;
  self->next_start = GST_CLOCK_TIME_NONE;
  self->warned = GST_CLOCK_TIME_NONE;
  lateness_init (&self->lateness);
  gst_base_sink_set_ts_offset (GST_BASE_SINK (self), 0);
}

static void
take_flush_stop (GstDiscordMediaSink *self, GstEvent *event)
{
  gboolean reset_time;

  gst_event_parse_flush_stop (event, &reset_time);
  if (reset_time && self->timeline != NULL)
    discord_timeline_reset (self->timeline);
  reset_timeline (self);
}

static gboolean
gst_discord_media_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (sink);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      self->live_known = FALSE;
      gst_pad_push_event (self->srcpad, gst_event_ref (event));
      break;
    case GST_EVENT_SEGMENT:
      self->next_start = GST_CLOCK_TIME_NONE;
      break;
    case GST_EVENT_FLUSH_STOP:
      take_flush_stop (self, event);
      break;
    case GST_EVENT_TAG:
    case GST_EVENT_CUSTOM_DOWNSTREAM:
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY:
      gst_pad_push_event (self->srcpad, gst_event_ref (event));
      break;
    default:
      break;
  }
  return GST_BASE_SINK_CLASS (gst_discord_media_sink_parent_class)
      ->event (sink, event);
}

/* What comes behind an EOS of ours, which upstream knows nothing of. */
static gboolean
is_superfluous (GstDiscordMediaSink *self, GstEvent *event)
{
  gboolean superfluous;

  g_mutex_lock (&self->lock);
  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    self->over_eos = FALSE;
  superfluous = self->over_eos && GST_EVENT_IS_SERIALIZED (event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    self->over_eos = self->over;
  g_mutex_unlock (&self->lock);
  return superfluous;
}

/* A base sink refuses events behind EOS; for an encoder that is just about to
 * begin, refused caps are an error. */
static gboolean
media_sink_pad_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (parent);

  if (!is_superfluous (self, event))
    return self->base_event (pad, parent, event);
  gst_event_unref (event);
  return TRUE;
}

GstClock *
gst_discord_media_sink_ref_clock (GstDiscordMediaSink *self)
{
  GstClock *clock = NULL;

  GST_OBJECT_LOCK (self);
  if (GST_ELEMENT_CLOCK (self) != NULL)
    clock = gst_object_ref (GST_ELEMENT_CLOCK (self));
  GST_OBJECT_UNLOCK (self);
  return clock != NULL ? clock : gst_system_clock_obtain ();
}

/* Where somebody else has sent on @ssrc in this session, the payloader is told
 * where to go on. */
static GstStructure *
describe_session (GstDiscordMediaSink *self, guint32 ssrc)
{
  GstStructure *session =
      gst_structure_new ("discord-session", "ssrc", G_TYPE_UINT, ssrc, NULL);
  guint16 seqnum, picture_id;
  guint32 timestamp;

  if (gst_discord_connection_get_rtp_position (
          self->connection, ssrc, &seqnum, &timestamp))
    gst_structure_set (session, "seqnum", G_TYPE_UINT, (guint) seqnum,
        "timestamp", G_TYPE_UINT, timestamp, NULL);
  if (gst_discord_connection_get_picture_id (
          self->connection, ssrc, &picture_id))
    gst_structure_set (
        session, "picture-id", G_TYPE_UINT, (guint) picture_id, NULL);
  return session;
}

/* The payloader starts a new RTP stream for a new session, behind everything
 * of the old one. */
static void
push_session (GstDiscordMediaSink *self, const GstDiscordSendState *send)
{
  guint32 ssrc;

  if (self->generation == send->generation)
    return;
  ssrc = GST_DISCORD_MEDIA_SINK_GET_CLASS (self)->get_ssrc (self, send);
  self->generation = send->generation;
  GST_DEBUG_OBJECT (self, "session %u, SSRC %u", send->generation, ssrc);
  gst_pad_push_event (self->srcpad,
      gst_event_new_custom (
          GST_EVENT_CUSTOM_DOWNSTREAM, describe_session (self, ssrc)));
}

/* Behind the session: the payloader puts its SSRC into the caps, and behind it
 * an RTP session remembers each SSRC it ever saw. */
static void
push_caps (GstDiscordMediaSink *self)
{
  g_autoptr (GstCaps) caps = g_steal_pointer (&self->pending_caps);

  if (caps != NULL)
    gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
}

/* Ours starts at 0 and never changes: what upstream seeks or switches is
 * already resolved in the times of our frames. */
static void
push_segment (GstDiscordMediaSink *self)
{
  GstSegment segment;

  if (self->segment_sent)
    return;
  self->segment_sent = TRUE;
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->srcpad, gst_event_new_segment (&segment));
}

GstFlowReturn
gst_discord_media_sink_push (GstDiscordMediaSink *self, GstBuffer *buffer,
    GstClockTime pts, const GstDiscordSendState *send)
{
  push_session (self, send);
  push_caps (self);
  push_segment (self);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  self->end = pts;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    self->end += GST_BUFFER_DURATION (buffer);
  return gst_pad_push (self->srcpad, buffer);
}

void
gst_discord_media_sink_take_caps (GstDiscordMediaSink *self, GstCaps *caps)
{
  GST_PAD_STREAM_LOCK (self->srcpad);
  gst_caps_replace (&self->pending_caps, caps);
  GST_PAD_STREAM_UNLOCK (self->srcpad);
}

static gboolean
gst_discord_media_sink_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  gst_discord_media_sink_take_caps (GST_DISCORD_MEDIA_SINK (sink), caps);
  return TRUE;
}

static void
add_watch (GstDiscordMediaSink *self)
{
  GstDiscordSendState send;

  gst_discord_connection_get_send_state (self->connection, &send);
  g_mutex_lock (&self->lock);
  self->told = 0;
  self->joined_generation = NO_GENERATION;
  self->send = send;
  self->over = FALSE;
  self->over_eos = FALSE;
  g_mutex_unlock (&self->lock);
  self->watch = gst_discord_connection_add_send_watch (
      self->connection, on_send_state, self);
  gst_discord_connection_get_send_state (self->connection, &send);
  g_mutex_lock (&self->lock);
  /* What the watch was told meanwhile is newer. */
  if (self->told == 0)
    take_send_state_unlocked (self, &send);
  self->running = TRUE;
  g_mutex_unlock (&self->lock);
}

static gboolean
media_sink_start (GstDiscordMediaSink *self)
{
  if (self->connection == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("There is no connection to send with."), (NULL));
    return FALSE;
  }
  self->generation = NO_GENERATION;
  self->segment_sent = FALSE;
  self->end = GST_CLOCK_TIME_NONE;
  self->rendered = FALSE;
  reset_timeline (self);
  add_watch (self);
  return TRUE;
}

static void
media_sink_stop (GstDiscordMediaSink *self)
{
  g_mutex_lock (&self->lock);
  self->running = FALSE;
  g_mutex_unlock (&self->lock);
  gst_discord_connection_remove_send_watch (self->connection, self->watch);
  self->watch = 0;
  gst_clear_caps (&self->pending_caps);
}

static GstStateChangeReturn
gst_discord_media_sink_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && !media_sink_start (self))
    return GST_STATE_CHANGE_FAILURE;

  ret = GST_ELEMENT_CLASS (gst_discord_media_sink_parent_class)
            ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && ret == GST_STATE_CHANGE_FAILURE))
    media_sink_stop (self);
  return ret;
}

void
gst_discord_media_sink_set_connection (
    GstDiscordMediaSink *self, GstDiscordConnection *connection)
{
  GstDiscordConnection *old;

  if (connection != NULL)
    g_object_ref (connection);
  GST_OBJECT_LOCK (self);
  old = self->connection;
  self->connection = connection;
  GST_OBJECT_UNLOCK (self);
  g_clear_object (&old);
}

GstDiscordConnection *
gst_discord_media_sink_ref_connection (GstDiscordMediaSink *self)
{
  GstDiscordConnection *connection = NULL;

  GST_OBJECT_LOCK (self);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  GST_OBJECT_UNLOCK (self);
  return connection;
}

void
gst_discord_media_sink_set_timeline (
    GstDiscordMediaSink *self, DiscordTimeline *timeline)
{
  g_assert (self->timeline == NULL);
  self->timeline = discord_timeline_ref (timeline);
}

void
gst_discord_media_sink_set_e2ee_timeout (
    GstDiscordMediaSink *self, guint timeout)
{
  g_mutex_lock (&self->lock);
  self->e2ee_timeout = timeout;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_discord_media_sink_is_over (GstDiscordMediaSink *self)
{
  gboolean over;

  g_mutex_lock (&self->lock);
  over = self->running && self->over;
  g_mutex_unlock (&self->lock);
  return over;
}

void
gst_discord_media_sink_add_stats (
    GstDiscordMediaSink *self, const gchar *prefix, GstStructure *stats)
{
  GstDiscordMediaSinkStats now;
  const struct
  {
    const gchar *name;
    const guint64 *value;
  } fields[] = {
    { "frames-sent", &now.frames },
    { "bytes-sent", &now.bytes },
    { "dropped-not-ready", &now.not_ready },
    { "dropped-no-key", &now.no_key },
    { "dropped-alone", &now.alone },
    { "dropped-paused", &now.paused },
    { "dropped-late", &now.late },
    { "refused", &now.refused },
    { "restarts", &now.restarts },
    { "frames-late", &now.behind },
    { "lateness-max", &now.lateness_max },
  };

  g_mutex_lock (&self->lock);
  now = self->stats;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_autofree gchar *name = g_strconcat (prefix, fields[i].name, NULL);

    gst_structure_set (stats, name, G_TYPE_UINT64, *fields[i].value, NULL);
  }
}

static void
gst_discord_media_sink_finalize (GObject *object)
{
  GstDiscordMediaSink *self = GST_DISCORD_MEDIA_SINK (object);

  g_clear_object (&self->connection);
  g_clear_pointer (&self->timeline, discord_timeline_unref);
  gst_clear_caps (&self->pending_caps);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_discord_media_sink_parent_class)->finalize (object);
}

static void
gst_discord_media_sink_class_init (GstDiscordMediaSinkClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_media_sink_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_media_sink_change_state);
  sink_class->render = GST_DEBUG_FUNCPTR (gst_discord_media_sink_render);
  sink_class->preroll = GST_DEBUG_FUNCPTR (gst_discord_media_sink_preroll);
  sink_class->unlock = GST_DEBUG_FUNCPTR (gst_discord_media_sink_unlock);
  sink_class->unlock_stop = GST_DEBUG_FUNCPTR (gst_discord_media_sink_unlock);
  sink_class->get_times = GST_DEBUG_FUNCPTR (gst_discord_media_sink_get_times);
  sink_class->event = GST_DEBUG_FUNCPTR (gst_discord_media_sink_event);
  sink_class->set_caps = GST_DEBUG_FUNCPTR (gst_discord_media_sink_set_caps);
}

static void
gst_discord_media_sink_init (GstDiscordMediaSink *self)
{
  GstBaseSink *sink = GST_BASE_SINK (self);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->key_deadline = -1;
  lateness_init (&self->lateness);

  self->base_event = GST_PAD_EVENTFUNC (GST_BASE_SINK_PAD (sink));
  gst_pad_set_event_function (GST_BASE_SINK_PAD (sink), media_sink_pad_event);
  gst_base_sink_set_sync (sink, TRUE);
  gst_base_sink_set_qos_enabled (sink, TRUE);
  gst_base_sink_set_last_sample_enabled (sink, FALSE);
  gst_base_sink_set_processing_deadline (sink, 0);
}

void
gst_discord_media_sink_add_source_pad (GstDiscordMediaSink *self)
{
  GstElement *element = GST_ELEMENT (self);

  self->srcpad = gst_pad_new_from_template (
      gst_element_get_pad_template (element, "src"), "src");
  gst_element_add_pad (element, self->srcpad);
}
