/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpreceiver-private.h"
#include "gstdiscordtransport.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_EXTERN (discord_rtp_bin_debug);
#define GST_CAT_DEFAULT discord_rtp_bin_debug

static void
receiver_clear (gpointer data)
{
  GstDiscordRtpReceiver *self = data;

  gst_discord_remote_streams_free (self->streams);
  gst_clear_object (&self->source);
  g_weak_ref_clear (&self->element);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

void
gst_discord_rtp_receiver_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, receiver_clear);
}

/* Taking a stream down: EOS goes into its jitter buffer and comes out behind
 * the last packet; then the stream is removed from rtpbin. Neither happens on
 * the thread that found out, which may be the stream's own. */

typedef void (*JobFunc) (GstDiscordRtpReceiver *self, guint32 ssrc);

typedef struct
{
  GstDiscordRtpReceiver *receiver; /* owned */
  guint32 ssrc;
  JobFunc run;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  gst_discord_rtp_receiver_unref (job->receiver);
  g_free (job);
}

static void
run_job (GstElement *element, gpointer user_data)
{
  Job *job = user_data;
  GstDiscordRtpReceiver *self = job->receiver;

  job->run (self, job->ssrc);
  g_mutex_lock (&self->lock);
  self->jobs--;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
call_job (GstDiscordRtpReceiver *self, guint32 ssrc, JobFunc run)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  gboolean stopping;
  Job *job;

  if (element == NULL)
    return;
  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  if (!stopping)
    self->jobs++;
  g_mutex_unlock (&self->lock);
  if (stopping)
    return;

  job = g_new (Job, 1);
  job->receiver = g_atomic_rc_box_acquire (self);
  job->ssrc = ssrc;
  job->run = run;
  gst_element_call_async (element, run_job, job, job_free);
}

/* rtpssrcdemux of 1.22.0 takes a stream down without its lock: a packet or report
 * that passes meanwhile finds half a stream. Nothing passes while the stream
 * locks of both ways in are held. */
static void
clear_ssrc (GstDiscordRtpReceiver *self, guint32 ssrc)
{
  g_autoptr (GstPad) rtp =
      gst_element_get_static_pad (self->rtpbin, "recv_rtp_sink_0");
  g_autoptr (GstPad) rtcp =
      gst_element_get_static_pad (self->rtpbin, "recv_rtcp_sink_0");

  if (rtp != NULL)
    GST_PAD_STREAM_LOCK (rtp);
  if (rtcp != NULL)
    GST_PAD_STREAM_LOCK (rtcp);
  g_signal_emit_by_name (self->rtpbin, "clear-ssrc", 0, ssrc);
  if (rtcp != NULL)
    GST_PAD_STREAM_UNLOCK (rtcp);
  if (rtp != NULL)
    GST_PAD_STREAM_UNLOCK (rtp);
}

static gboolean
begin_clearing (GstDiscordRtpReceiver *self)
{
  gboolean stopping;

  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  if (!stopping)
    self->clearing++;
  g_mutex_unlock (&self->lock);
  return !stopping;
}

static void
end_clearing (GstDiscordRtpReceiver *self)
{
  g_mutex_lock (&self->lock);
  self->clearing--;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
end_pad (GstDiscordRtpReceiver *self, guint32 ssrc)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (element != NULL)
    self->funcs->stream_ended (element, ssrc);
}

/* TRUE when another stream of the SSRC follows. A receiver that stops leaves
 * the stream to gst_discord_rtp_receiver_finish(): what rtpssrcdemux frees when
 * its state changes, it would free here as well. */
static gboolean
clear_stream (GstDiscordRtpReceiver *self, guint32 ssrc)
{
  gboolean follows;

  end_pad (self, ssrc);
  gst_discord_rtp_feedback_forget (self->feedback, ssrc);
  if (!begin_clearing (self))
    return FALSE;
  clear_ssrc (self, ssrc);
  follows = gst_discord_remote_streams_remove (
      self->streams, ssrc, g_get_monotonic_time ());
  end_clearing (self);
  return follows;
}

static void end_stream (
    GstDiscordRtpReceiver *self, guint32 ssrc, GstDiscordStreamEnd reason);

/* What came while the stream before was taken down. It has been looked at, so
 * it does not come past the probe again. */
static void
push_held (GstDiscordRtpReceiver *self, guint32 ssrc)
{
  g_autoptr (GstPad) sink = gst_pad_get_peer (self->source);
  GstBuffer *buffer;
  gboolean ended;

  while ((buffer = gst_discord_remote_streams_take_held (
              self->streams, ssrc, &ended))
      != NULL) {
    if (sink != NULL)
      gst_pad_chain (sink, buffer);
    else
      gst_buffer_unref (buffer);
  }
  if (ended)
    end_stream (self, ssrc, GST_DISCORD_STREAM_LEFT);
}

static void
remove_stream (GstDiscordRtpReceiver *self, guint32 ssrc)
{
  g_autoptr (GstElement) jitterbuffer =
      gst_discord_remote_streams_ref_jitterbuffer (self->streams, ssrc);

  if (jitterbuffer != NULL) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (jitterbuffer, "src");

    /* Held by the streaming thread until EOS is all the way down. */
    GST_PAD_STREAM_LOCK (pad);
    GST_PAD_STREAM_UNLOCK (pad);
  }
  GST_DEBUG_OBJECT (self->rtpbin, "removing SSRC %u", ssrc);
  if (clear_stream (self, ssrc))
    push_held (self, ssrc);
}

typedef struct
{
  GstDiscordRtpReceiver *receiver; /* owned */
  guint32 ssrc;
} StreamWatch;

static void
stream_watch_free (gpointer data)
{
  StreamWatch *watch = data;

  gst_discord_rtp_receiver_unref (watch->receiver);
  g_free (watch);
}

/* A packet that the jitter buffer waits for no more need not come any more. */
static void
note_lost (StreamWatch *watch, GstEvent *event)
{
  guint sequence;

  if (gst_event_has_name (event, "GstRTPPacketLost")
      && gst_structure_get_uint (
          gst_event_get_structure (event), "seqnum", &sequence))
    gst_discord_rtp_feedback_passed (
        watch->receiver->feedback, watch->ssrc, (guint16) sequence);
}

static GstPadProbeReturn
on_jitterbuffer_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  StreamWatch *watch = user_data;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      call_job (watch->receiver, watch->ssrc, remove_stream);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      note_lost (watch, event);
      break;
    case GST_EVENT_CUSTOM_UPSTREAM:
      /* rtpsession would ask in a compound, when it gets round to it. */
      if (!gst_video_event_is_force_key_unit (event))
        break;
      gst_discord_rtp_feedback_request_key_unit (
          watch->receiver->feedback, watch->ssrc);
      return GST_PAD_PROBE_DROP;
    default:
      break;
  }
  return GST_PAD_PROBE_OK;
}

static void
drain_stream (GstDiscordRtpReceiver *self, guint32 ssrc)
{
  g_autoptr (GstElement) jitterbuffer = NULL;

  /* What arrived before the end is on its way to the jitter buffer, or makes
   * one. */
  gst_discord_transport_wait_pushed (GST_DISCORD_TRANSPORT (self->transport));
  jitterbuffer =
      gst_discord_remote_streams_ref_jitterbuffer (self->streams, ssrc);
  if (jitterbuffer != NULL) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (jitterbuffer, "sink");

    if (gst_pad_send_event (pad, gst_event_new_eos ()))
      return; /* on_jitterbuffer_event() goes on */
  }
  remove_stream (self, ssrc);
}

static void
end_stream (
    GstDiscordRtpReceiver *self, guint32 ssrc, GstDiscordStreamEnd reason)
{
  if (!gst_discord_remote_streams_end (
          self->streams, ssrc, reason, g_get_monotonic_time ()))
    return;
  GST_DEBUG_OBJECT (self->rtpbin, "SSRC %u ends", ssrc);
  call_job (self, ssrc, drain_stream);
}

static void
end_streams (
    GstDiscordRtpReceiver *self, GArray *ssrcs, GstDiscordStreamEnd reason)
{
  for (guint i = 0; ssrcs != NULL && i < ssrcs->len; i++)
    end_stream (self, g_array_index (ssrcs, guint32, i), reason);
}

void
gst_discord_rtp_receiver_apply_change (GstDiscordRtpReceiver *self,
    guint32 ssrc, guint64 user_id, const GstDiscordStreamChange *change)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (change->user_changed && element != NULL)
    self->funcs->ssrc_user (element, ssrc, user_id);
  end_streams (self, change->superseded, GST_DISCORD_STREAM_LEFT);
}

/* What the connection tells; signalling thread. The element is held so that it
 * is not disposed of under the callback. */

static void
on_speaking (GstDiscordConnection *connection, guint64 user_id, guint ssrc,
    GstDiscordSpeakingFlags flags, GstDiscordRtpReceiver *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_auto (GstDiscordStreamChange) change = { FALSE, NULL };

  if (element == NULL)
    return;
  gst_discord_remote_streams_map (self->streams, ssrc, user_id, &change);
  gst_discord_rtp_receiver_apply_change (self, ssrc, user_id, &change);
}

static void
on_user_left (GstDiscordConnection *connection, guint64 user_id,
    GstDiscordRtpReceiver *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GArray) ssrcs = NULL;

  if (element == NULL || user_id == 0)
    return;
  ssrcs = gst_discord_remote_streams_list (self->streams, user_id);
  end_streams (self, ssrcs, GST_DISCORD_STREAM_LEFT);
}

/* A new session knows nothing of the SSRCs of the one before. */
static void
on_send_state (GstDiscordConnection *connection,
    const GstDiscordSendState *state, gpointer user_data)
{
  GstDiscordRtpReceiver *self = user_data;
  g_autoptr (GArray) ssrcs = NULL;
  gboolean renewed;

  g_mutex_lock (&self->lock);
  renewed = self->generation != state->generation;
  self->generation = state->generation;
  g_mutex_unlock (&self->lock);
  if (!renewed)
    return;
  ssrcs = gst_discord_remote_streams_list (self->streams, 0);
  end_streams (self, ssrcs, GST_DISCORD_STREAM_RENEWED);
}

static void
closure_unref (gpointer data, GClosure *closure)
{
  gst_discord_rtp_receiver_unref (data);
}

static gulong
watch_signal (
    GstDiscordRtpReceiver *self, const gchar *name, GCallback callback)
{
  return g_signal_connect_data (self->connection, name, callback,
      g_atomic_rc_box_acquire (self), closure_unref, 0);
}

void
gst_discord_rtp_receiver_start (GstDiscordRtpReceiver *self,
    GstDiscordConnection *connection, gboolean video)
{
  GstDiscordSendState state;

  self->video = video;
  g_mutex_lock (&self->lock);
  self->stopping = FALSE;
  g_mutex_unlock (&self->lock);
  if (connection == NULL)
    return;

  self->connection = g_object_ref (connection);
  gst_discord_connection_get_send_state (connection, &state);
  g_mutex_lock (&self->lock);
  self->generation = state.generation;
  g_mutex_unlock (&self->lock);
  self->send_watch =
      gst_discord_connection_add_send_watch (connection, on_send_state, self);
  self->speaking_handler =
      watch_signal (self, "speaking", G_CALLBACK (on_speaking));
  self->user_left_handler =
      watch_signal (self, "user-left", G_CALLBACK (on_user_left));
}

void
gst_discord_rtp_receiver_stop (GstDiscordRtpReceiver *self)
{
  if (self->connection != NULL) {
    gst_discord_connection_remove_send_watch (
        self->connection, self->send_watch);
    g_clear_signal_handler (&self->speaking_handler, self->connection);
    g_clear_signal_handler (&self->user_left_handler, self->connection);
    g_clear_object (&self->connection);
  }
  /* Nothing waits for downstream while it clears. */
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  while (self->clearing > 0)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_rtp_receiver_finish (GstDiscordRtpReceiver *self)
{
  g_autoptr (GArray) ssrcs = NULL;

  /* With all pads inactive nothing holds a job up. */
  g_mutex_lock (&self->lock);
  while (self->jobs > 0)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);

  ssrcs = gst_discord_remote_streams_list (self->streams, 0);
  for (guint i = 0; i < ssrcs->len; i++) {
    end_pad (self, g_array_index (ssrcs, guint32, i));
    clear_ssrc (self, g_array_index (ssrcs, guint32, i));
  }
  gst_discord_remote_streams_clear (self->streams);
}

/* What rtpbin tells */

static guint
get_video_latency (GstDiscordRtpReceiver *self)
{
  guint latency;

  g_mutex_lock (&self->lock);
  latency = self->video_latency;
  g_mutex_unlock (&self->lock);
  return latency;
}

static void
on_new_jitterbuffer (GstElement *rtpbin, GstElement *jitterbuffer,
    guint session, guint ssrc, GstDiscordRtpReceiver *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (jitterbuffer, "src");
  StreamWatch *watch = g_new (StreamWatch, 1);

  watch->receiver = g_atomic_rc_box_acquire (self);
  watch->ssrc = ssrc;
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
      on_jitterbuffer_event, watch, stream_watch_free);
  gst_discord_remote_streams_set_jitterbuffer (
      self->streams, ssrc, jitterbuffer);
  if (gst_discord_remote_streams_is_video (self->streams, ssrc)) {
    g_object_set (jitterbuffer, "latency", get_video_latency (self), NULL);
    gst_discord_rtp_receiver_watch_order (jitterbuffer);
  }
}

/* rtpbin gives all its jitter buffers one latency. */
void
gst_discord_rtp_receiver_update_latency (GstDiscordRtpReceiver *self)
{
  g_autoptr (GArray) ssrcs = gst_discord_remote_streams_list (self->streams, 0);
  guint latency = get_video_latency (self);

  for (guint i = 0; i < ssrcs->len; i++) {
    guint32 ssrc = g_array_index (ssrcs, guint32, i);
    g_autoptr (GstElement) jitterbuffer =
        gst_discord_remote_streams_ref_jitterbuffer (self->streams, ssrc);

    if (jitterbuffer != NULL
        && gst_discord_remote_streams_is_video (self->streams, ssrc))
      g_object_set (jitterbuffer, "latency", latency, NULL);
  }
}

void
gst_discord_rtp_receiver_set_video_latency (
    GstDiscordRtpReceiver *self, guint latency)
{
  g_mutex_lock (&self->lock);
  self->video_latency = latency;
  g_mutex_unlock (&self->lock);
  gst_discord_rtp_feedback_set_patience (
      self->feedback, (gint64) latency * G_TIME_SPAN_MILLISECOND);
  gst_discord_rtp_receiver_update_latency (self);
}

static void
on_timeout (
    GstElement *rtpbin, guint session, guint ssrc, GstDiscordRtpReceiver *self)
{
  /* A user who is silent keeps the pad; one who was never announced does not,
   * nor does a layer of video that is not sent any more. */
  if (gst_discord_remote_streams_get_user (self->streams, ssrc) == 0
      || gst_discord_remote_streams_is_video (self->streams, ssrc))
    end_stream (self, ssrc, GST_DISCORD_STREAM_LEFT);
}

static gulong
add_probe (GstDiscordRtpReceiver *self, GstPad *pad, GstPadProbeCallback probe)
{
  return gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe,
      g_atomic_rc_box_acquire (self), gst_discord_rtp_receiver_unref);
}

void
gst_discord_rtp_receiver_set_source (GstDiscordRtpReceiver *self, GstPad *src)
{
  if (self->source != NULL)
    gst_pad_remove_probe (self->source, self->source_probe);
  gst_object_replace ((GstObject **) &self->source, GST_OBJECT (src));
  self->source_probe = add_probe (self, src, gst_discord_rtp_receiver_on_rtp);
}

GstDiscordRtpReceiver *
gst_discord_rtp_receiver_new (GstElement *element, GstElement *rtpbin,
    GstElement *transport, GstDiscordRtpFeedback *feedback,
    GstDiscordVideoSenders *senders, const GstDiscordRtpReceiverFuncs *funcs)
{
  GstDiscordRtpReceiver *self = g_atomic_rc_box_new0 (GstDiscordRtpReceiver);
  g_autoptr (GstPad) rtcp_src =
      gst_element_get_static_pad (transport, "rtcp_src");

  g_weak_ref_init (&self->element, element);
  self->rtpbin = rtpbin;
  self->transport = transport;
  self->feedback = feedback;
  self->senders = senders;
  self->funcs = funcs;
  self->streams = gst_discord_remote_streams_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);

  add_probe (self, rtcp_src, gst_discord_rtp_receiver_on_rtcp);
  g_signal_connect_data (rtpbin, "new-jitterbuffer",
      G_CALLBACK (on_new_jitterbuffer), g_atomic_rc_box_acquire (self),
      closure_unref, 0);
  g_signal_connect_data (rtpbin, "on-timeout", G_CALLBACK (on_timeout),
      g_atomic_rc_box_acquire (self), closure_unref, 0);
  return self;
}

void
gst_discord_rtp_receiver_free (GstDiscordRtpReceiver *self)
{
  gst_discord_rtp_receiver_stop (self);
  gst_discord_remote_streams_clear (self->streams);
  if (self->source != NULL)
    gst_pad_remove_probe (self->source, self->source_probe);
  gst_discord_rtp_receiver_unref (self);
}

guint64
gst_discord_rtp_receiver_get_user (GstDiscordRtpReceiver *self, guint32 ssrc)
{
  return gst_discord_remote_streams_get_user (self->streams, ssrc);
}

GstStructure *
gst_discord_rtp_receiver_get_stats (GstDiscordRtpReceiver *self)
{
  GstDiscordRtpCounters counters;

  g_mutex_lock (&self->lock);
  counters = self->counters;
  g_mutex_unlock (&self->lock);
  return gst_discord_rtp_stats_new (
      self->rtpbin, self->transport, self->streams, self->feedback, &counters);
}
