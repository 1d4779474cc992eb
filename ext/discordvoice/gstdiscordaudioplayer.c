/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordaudioplayer-private.h"
#include "opusframe.h"

#include <gst/audio/audio.h>

GST_DEBUG_CATEGORY_EXTERN (discord_media_sink_debug);
#define GST_CAT_DEFAULT discord_media_sink_debug

/* Op 5 travels by websocket; waiting longer than this helps nobody. */
#define ANNOUNCE_TIMEOUT G_TIME_SPAN_SECOND

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE (
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-opus"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE (
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-opus"));

G_DEFINE_FINAL_TYPE (GstDiscordAudioPlayer, gst_discord_audio_player,
    GST_TYPE_DISCORD_MEDIA_SINK);

/* One frame */

static DiscordFrameKind
gst_discord_audio_player_inspect (
    GstDiscordMediaSink *sink, GstBuffer *buffer, GstClockTime *duration)
{
  DiscordFrameKind kind = DISCORD_FRAME_MEDIA;
  GstMapInfo map;

  *duration = GST_CLOCK_TIME_NONE;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return DISCORD_FRAME_REFUSED;
  if (opus_frame_is_header (map.data, map.size)) {
    kind = DISCORD_FRAME_HEADER;
  } else {
    *duration = opus_frame_duration (map.data, map.size);
    if (!GST_CLOCK_TIME_IS_VALID (*duration) || map.size > OPUS_FRAME_MAX_SIZE
        || *duration > OPUS_FRAME_MAX_DURATION)
      kind = DISCORD_FRAME_REFUSED;
    else if (opus_frame_is_silence (map.data, map.size))
      kind = DISCORD_FRAME_SILENCE;
  }
  gst_buffer_unmap (buffer, &map);
  return kind;
}

/* A seek may make a file faster, but 20 ms of Opus last 20 ms: with more than
 * that listeners' jitter buffers overflow. What there is room for goes out, as
 * when a tape is wound. */
static gboolean
is_too_fast (GstDiscordAudioPlayer *self, const DiscordMediaFrame *frame)
{
  gdouble rate = GST_BASE_SINK (self)->segment.rate;
  GstClockTime start = frame->running_time;

  if (rate < 0.0)
    return TRUE;
  /* A frame or more ahead it is from before a flush. */
  if (rate > 1.0 && GST_CLOCK_TIME_IS_VALID (self->busy_until)
      && start < self->busy_until && self->busy_until - start <= frame->decoded)
    return TRUE;
  self->busy_until = start + frame->decoded;
  return FALSE;
}

static gboolean
gst_discord_audio_player_admit (
    GstDiscordMediaSink *sink, DiscordMediaFrame *frame)
{
  GstDiscordAudioPlayer *self = GST_DISCORD_AUDIO_PLAYER (sink);
  gboolean fast = is_too_fast (self, frame);
  gboolean muted;

  g_mutex_lock (&sink->lock);
  muted = self->speaking == GST_DISCORD_SPEAKING_NONE;
  if (muted)
    self->muted++;
  else if (fast)
    self->fast++;
  g_mutex_unlock (&sink->lock);
  return !muted && !fast;
}

static gboolean
is_announced (GstDiscordMediaSink *sink, gpointer data)
{
  const GstDiscordSendState *wanted = data;

  return sink->send.speaking_sent == wanted->speaking_sent
      || sink->send.generation != wanted->generation || !sink->send.can_send;
}

/* Op 5 comes before the first packet (voice gateway 2.9). */
static GstFlowReturn
gst_discord_audio_player_announce (
    GstDiscordMediaSink *sink, DiscordMediaFrame *frame)
{
  GstDiscordAudioPlayer *self = GST_DISCORD_AUDIO_PLAYER (sink);
  gint64 until = g_get_monotonic_time () + ANNOUNCE_TIMEOUT;
  gboolean new_session = sink->generation != frame->send.generation;
  GstDiscordSendState wanted = frame->send;
  gboolean talking;

  g_mutex_lock (&sink->lock);
  wanted.speaking_sent = self->speaking;
  self->announced_after = self->stops;
  talking = self->spurt.state != TALKSPURT_SILENT && !new_session;
  g_mutex_unlock (&sink->lock);
  if (talking)
    return GST_FLOW_OK;

  frame->announced = TRUE;
  gst_discord_connection_set_speaking (sink->connection, wanted.speaking_sent);
  for (;;) {
    gboolean in_time =
        gst_discord_media_sink_wait_until (sink, is_announced, &wanted, until);
    GstFlowReturn ret =
        gst_discord_media_sink_check_interrupt (sink, frame->buffer);
    GstDiscordSendState now;
    guint told;

    if (ret != GST_FLOW_OK)
      return ret;
    if (!gst_discord_media_sink_get_session (sink, &now, &told)
        || now.generation != wanted.generation)
      return DISCORD_FLOW_AGAIN;
    if (now.speaking_sent == wanted.speaking_sent)
      return GST_FLOW_OK;
    /* While resuming: the server knows the SSRC from earlier in this session,
     * and is told the rest as soon as it can be. */
    if (!in_time)
      return new_session ? DISCORD_FLOW_AGAIN : GST_FLOW_OK;
  }
}

static guint32
gst_discord_audio_player_get_ssrc (
    GstDiscordMediaSink *sink, const GstDiscordSendState *send)
{
  return send->ssrc;
}

/* The talk spurt may have ended since it was found to go on, or the end of the
 * last one was announced behind the beginning of this one. */
static gboolean
gst_discord_audio_player_begin (
    GstDiscordMediaSink *sink, DiscordMediaFrame *frame, GstClockTime now)
{
  GstDiscordAudioPlayer *self = GST_DISCORD_AUDIO_PLAYER (sink);

  if (frame->announced ? self->stops != self->announced_after
                       : self->spurt.state == TALKSPURT_SILENT)
    return FALSE;
  talkspurt_sent (&self->spurt, now);
  return TRUE;
}

static void
gst_discord_audio_player_prepare (
    GstDiscordMediaSink *sink, const DiscordMediaFrame *frame, GstBuffer *out)
{
  GstAudioLevelMeta *meta;

  if (frame->kind != DISCORD_FRAME_SILENCE)
    return;
  meta = gst_buffer_get_audio_level_meta (out);
  if (meta == NULL)
    gst_buffer_add_audio_level_meta (out, DISCORD_LEVEL_SILENCE, FALSE);
  else
    meta->level = DISCORD_LEVEL_SILENCE;
}

static void
gst_discord_audio_player_sent (GstDiscordMediaSink *sink)
{
  gst_discord_audio_player_arm (GST_DISCORD_AUDIO_PLAYER (sink));
}

/* Events and states */

/* The five silence frames behind the last one, then the end of speaking. Only
 * then EOS is posted. */
static GstFlowReturn
trail_before_eos (GstDiscordAudioPlayer *self)
{
  GstBaseSink *sink = GST_BASE_SINK (self);
  g_autoptr (GstClock) clock =
      gst_discord_media_sink_ref_clock (GST_DISCORD_MEDIA_SINK (self));
  GstClockTime next;

  gst_discord_audio_player_disarm (self);
  gst_discord_audio_player_end (self);
  while (
      gst_discord_audio_player_step (self, gst_clock_get_time (clock), &next)) {
    GstClockTimeDiff before = gst_element_get_base_time (GST_ELEMENT (self))
        + gst_base_sink_get_latency (sink) + gst_base_sink_get_ts_offset (sink);
    GstClockTimeDiff running_time = (GstClockTimeDiff) next - before;
    GstFlowReturn ret = gst_base_sink_wait (sink, MAX (running_time, 0), NULL);

    if (ret != GST_FLOW_OK)
      return ret;
  }
  return GST_FLOW_OK;
}

static void
trail_at_gap (GstDiscordAudioPlayer *self, GstEvent *event)
{
  GstClockTime duration;

  gst_event_parse_gap (event, NULL, &duration);
  /* A short one may be a lost frame; the pause tells if it was more. */
  if (!GST_CLOCK_TIME_IS_VALID (duration) || duration >= TALKSPURT_PAUSE)
    gst_discord_audio_player_trail (self);
}

static GstFlowReturn
gst_discord_audio_player_wait_event (GstBaseSink *sink, GstEvent *event)
{
  GstDiscordAudioPlayer *self = GST_DISCORD_AUDIO_PLAYER (sink);
  GstFlowReturn ret;

  ret = GST_BASE_SINK_CLASS (gst_discord_audio_player_parent_class)
            ->wait_event (sink, event);
  if (ret != GST_FLOW_OK)
    return ret;
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    return trail_before_eos (self);
  if (GST_EVENT_TYPE (event) == GST_EVENT_GAP)
    trail_at_gap (self, event);
  return GST_FLOW_OK;
}

/* RFC 7587 knows one stream of one or two channels only. */
static gboolean
is_surround (GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  gint channels = 1, streams = 1;

  gst_structure_get_int (structure, "channels", &channels);
  gst_structure_get_int (structure, "stream-count", &streams);
  return channels > 2 || streams > 1;
}

static gboolean
gst_discord_audio_player_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstDiscordAudioPlayer *self = GST_DISCORD_AUDIO_PLAYER (sink);

  if (is_surround (caps)) {
    if (!self->refused)
      GST_ELEMENT_ERROR (sink, CORE, NEGOTIATION,
          ("Opus of more than two channels cannot be sent; decoded (opusdec ! "
           "audioconvert) it is mixed down."),
          ("%" GST_PTR_FORMAT, caps));
    self->refused = TRUE;
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (gst_discord_audio_player_parent_class)
      ->set_caps (sink, caps);
}

static void
start (GstDiscordAudioPlayer *self)
{
  talkspurt_init (&self->spurt);
  self->busy_until = GST_CLOCK_TIME_NONE;
  self->refused = FALSE;
}

static GstStateChangeReturn
gst_discord_audio_player_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordAudioPlayer *self = GST_DISCORD_AUDIO_PLAYER (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    start (self);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_discord_audio_player_finish (self);

  ret = GST_ELEMENT_CLASS (gst_discord_audio_player_parent_class)
            ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    gst_discord_audio_player_trail (self);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || ret == GST_STATE_CHANGE_FAILURE)
    gst_discord_audio_player_disarm (self);
  return ret;
}

void
gst_discord_audio_player_set_speaking (
    GstDiscordAudioPlayer *self, GstDiscordSpeakingFlags speaking)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  gboolean talking;

  g_mutex_lock (&sink->lock);
  talking = sink->running && self->spurt.state != TALKSPURT_SILENT
      && self->speaking != speaking;
  self->speaking = speaking;
  g_mutex_unlock (&sink->lock);

  if (!talking)
    return;
  if (speaking == GST_DISCORD_SPEAKING_NONE)
    gst_discord_audio_player_trail (self);
  else
    gst_discord_connection_set_speaking (sink->connection, speaking);
}

void
gst_discord_audio_player_set_keeps_speaking (
    GstDiscordAudioPlayer *self, gboolean keeps)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);

  g_mutex_lock (&sink->lock);
  self->keeps_speaking = keeps;
  g_mutex_unlock (&sink->lock);
}

void
gst_discord_audio_player_add_stats (
    GstDiscordAudioPlayer *self, GstStructure *stats)
{
  GstDiscordMediaSink *sink = GST_DISCORD_MEDIA_SINK (self);
  guint64 silence, muted, fast;

  gst_discord_media_sink_add_stats (sink, "audio-", stats);
  g_mutex_lock (&sink->lock);
  silence = self->silence;
  muted = self->muted;
  fast = self->fast;
  g_mutex_unlock (&sink->lock);
  gst_structure_set (stats, "audio-silence-frames-sent", G_TYPE_UINT64, silence,
      "audio-dropped-muted", G_TYPE_UINT64, muted, "audio-dropped-fast",
      G_TYPE_UINT64, fast, NULL);
}

static void
gst_discord_audio_player_class_init (GstDiscordAudioPlayerClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);
  GstDiscordMediaSinkClass *sink_class = GST_DISCORD_MEDIA_SINK_CLASS (klass);

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_audio_player_change_state);
  base_class->wait_event =
      GST_DEBUG_FUNCPTR (gst_discord_audio_player_wait_event);
  base_class->set_caps = GST_DEBUG_FUNCPTR (gst_discord_audio_player_set_caps);

  sink_class->medium = "audio";
  sink_class->refusal =
      "An Opus packet cannot be sent: more than 60 ms, more than 1200 bytes, "
      "or no Opus at all.";
  sink_class->inspect = gst_discord_audio_player_inspect;
  sink_class->admit = gst_discord_audio_player_admit;
  sink_class->announce = gst_discord_audio_player_announce;
  sink_class->get_ssrc = gst_discord_audio_player_get_ssrc;
  sink_class->begin = gst_discord_audio_player_begin;
  sink_class->prepare = gst_discord_audio_player_prepare;
  sink_class->sent = gst_discord_audio_player_sent;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Discord audio player",
      "Sink", "Paces Opus for the payloader behind it",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_audio_player_init (GstDiscordAudioPlayer *self)
{
  self->speaking = GST_DISCORD_SPEAKING_VOICE;
  self->busy_until = GST_CLOCK_TIME_NONE;
  talkspurt_init (&self->spurt);
  gst_discord_media_sink_add_source_pad (GST_DISCORD_MEDIA_SINK (self));
}
