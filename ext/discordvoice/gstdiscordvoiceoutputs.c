/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoiceoutputs-private.h"
#include "gstdiscordvoicesrcpad.h"
#include "missingelement.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

/* A packet this much later than the jitter buffer allows is not waited for. */
#define PAUSE_DELAY (40 * GST_MSECOND)

/* What a server can make us allocate is bounded, as it is for SSRCs. */
#define MAX_OUTPUTS 512

typedef GstDiscordVoiceOutput Output;
typedef GstDiscordVoiceInput Input;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Output, gst_discord_voice_output_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Input, gst_discord_voice_input_unref)

GPtrArray *
gst_discord_voice_outputs_ref_all (GstDiscordVoiceOutputs *self)
{
  GPtrArray *outputs =
      g_ptr_array_new_with_free_func (gst_discord_voice_output_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->outputs->len; i++)
    g_ptr_array_add (outputs,
        gst_discord_voice_output_ref (g_ptr_array_index (self->outputs, i)));
  g_mutex_unlock (&self->lock);
  return outputs;
}

void
gst_discord_voice_outputs_add_streams (
    GstDiscordVoiceOutputs *self, GstStreamCollection *collection)
{
  g_autoptr (GPtrArray) outputs = gst_discord_voice_outputs_ref_all (self);

  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);
    GstStream *stream = gst_discord_user_stream_ref_stream (
        GST_DISCORD_USER_STREAM (output->stream));

    if (stream != NULL)
      gst_stream_collection_add_stream (collection, stream);
  }
}

static void
on_stream_changed (GstDiscordUserStream *stream, GstDiscordVoiceOutputs *self)
{
  self->streams_changed (self->bin);
}

/* Outputs: one per user, whatever SSRC the user has, and one per SSRC whose user
 * is not known. */

static Output *
find_user_unlocked (GstDiscordVoiceOutputs *self, guint64 user_id)
{
  for (guint i = 0; i < self->outputs->len; i++) {
    Output *output = g_ptr_array_index (self->outputs, i);

    if (output->user_id == user_id && !output->leaving)
      return output;
  }
  return NULL;
}

static gboolean
is_fed_unlocked (GstDiscordVoiceOutputs *self, Output *output)
{
  for (guint i = 0; i < self->inputs->len; i++) {
    Input *input = g_ptr_array_index (self->inputs, i);

    if (input->output == output)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_number_unlocked (GstDiscordVoiceOutputs *self, guint32 number)
{
  for (guint i = 0; i < self->outputs->len; i++) {
    Output *output = g_ptr_array_index (self->outputs, i);

    if (output->number == number)
      return TRUE;
  }
  return FALSE;
}

/* A user who is heard again under another SSRC keeps the pad, and its name with
 * it, so that the name may be taken when somebody else gets the SSRC. */
static guint32
choose_number_unlocked (GstDiscordVoiceOutputs *self, guint32 ssrc)
{
  while (has_number_unlocked (self, ssrc))
    ssrc--;
  return ssrc;
}

static void
expose (
    GstDiscordVoiceOutputs *self, Output *output, guint32 ssrc, guint64 user_id)
{
  g_signal_connect (
      output->stream, "stream-changed", G_CALLBACK (on_stream_changed), self);
  gst_discord_voice_output_expose (
      output, self->bin, self->audio_template, output->number, ssrc, user_id);
  gst_discord_gap_filler_add (
      self->gaps, GST_DISCORD_USER_STREAM (output->stream), output->pad);

  g_mutex_lock (&self->lock);
  output->ready = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_discord_voice_outputs_mix (self, output);
}

/* Does nothing when somebody else does it. Waits for downstream. */
static void
end_output (GstDiscordVoiceOutputs *self, Output *output)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  while (!output->ready)
    g_cond_wait (&self->cond, &self->lock);
  first = !output->removed;
  output->removed = output->leaving = TRUE;
  g_mutex_unlock (&self->lock);
  if (!first)
    return;

  gst_discord_user_stream_end (GST_DISCORD_USER_STREAM (output->stream));
  gst_discord_gap_filler_remove (
      self->gaps, GST_DISCORD_USER_STREAM (output->stream));
  gst_discord_voice_output_withdraw (output, self->bin);
  gst_discord_voice_outputs_unmix (self, output);
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->outputs, output);
  g_mutex_unlock (&self->lock);
  self->streams_changed (self->bin);
}

typedef struct
{
  GstDiscordVoiceOutputs *outputs; /* of the element the job is called for */
  Output *output; /* owned */
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  gst_discord_voice_output_unref (job->output);
  g_free (job);
}

static void
run_job (GstElement *element, gpointer user_data)
{
  Job *job = user_data;
  GstDiscordVoiceOutputs *self = job->outputs;

  end_output (self, job->output);
  g_mutex_lock (&self->lock);
  self->jobs--;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
end_output_async (GstDiscordVoiceOutputs *self, Output *output)
{
  gboolean stopping;
  Job *job;

  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  if (!stopping)
    self->jobs++;
  g_mutex_unlock (&self->lock);
  if (stopping)
    return; /* gst_discord_voice_outputs_finish() will */
  job = g_new (Job, 1);
  job->outputs = self;
  job->output = gst_discord_voice_output_ref (output);
  gst_element_call_async (GST_ELEMENT (self->bin), run_job, job, job_free);
}

/* Inputs: one per SSRC, on its way to the output of its user. */

/* The output that packets of @input belong into; a new one, which the caller has
 * to expose, when *@made. NULL when there are too many. */
static Output *
assign_output (GstDiscordVoiceOutputs *self, Input *input, guint64 user_id,
    Output **before, gboolean *made)
{
  g_autoptr (Output) fresh =
      gst_discord_voice_output_new (input->ssrc, user_id, self->group_id);
  Output *output;

  g_mutex_lock (&self->lock);
  output = user_id != 0 ? find_user_unlocked (self, user_id) : NULL;
  if (output == NULL && input->output != NULL
      && (user_id == 0 || input->output->user_id == 0)) {
    output = input->output;
    output->user_id = MAX (output->user_id, user_id);
  } else if (output == NULL && self->outputs->len < MAX_OUTPUTS) {
    output = fresh;
    output->number = choose_number_unlocked (self, input->ssrc);
    g_ptr_array_add (self->outputs, gst_discord_voice_output_ref (output));
  }
  *made = output == fresh;
  *before = input->output;
  input->output = output != NULL ? gst_discord_voice_output_ref (output) : NULL;
  while (output != NULL && !*made && !output->ready)
    g_cond_wait (&self->cond, &self->lock);
  if (output != NULL)
    gst_discord_voice_output_ref (output);
  g_mutex_unlock (&self->lock);
  return output;
}

/* The stream goes on under another SSRC. */
static void
link_input (GstDiscordVoiceOutputs *self, Input *input, GstPad *sink)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (input->decrypter, "src");
  g_autoptr (GstPad) old = NULL;

  g_mutex_lock (&self->lock);
  old = input->sink;
  input->sink = gst_object_ref (sink);
  g_mutex_unlock (&self->lock);
  if (old != NULL)
    gst_pad_unlink (src, old);
  gst_pad_link_full (src, sink, GST_PAD_LINK_CHECK_NOTHING);
}

static void
unlink_input (Input *input, Output *output, GstPad *sink)
{
  gst_discord_user_stream_remove_sink (
      GST_DISCORD_USER_STREAM (output->stream), sink);
}

/* Nobody feeds it, and nobody is known to be about to. */
static gboolean
is_over (GstDiscordVoiceOutputs *self, Output *output)
{
  gboolean over;

  g_mutex_lock (&self->lock);
  over = !is_fed_unlocked (self, output)
      && (output->user_id == 0 || output->leaving);
  g_mutex_unlock (&self->lock);
  return over;
}

static void
set_output_user (Output *output, guint64 user_id)
{
  gst_discord_user_stream_set_user (
      GST_DISCORD_USER_STREAM (output->stream), user_id);
  gst_discord_voice_src_pad_set_user (
      GST_DISCORD_VOICE_SRC_PAD (output->pad), user_id);
}

/* Before anything flows out of the gate, or on its streaming thread. */
static void
route_input (GstDiscordVoiceOutputs *self, Input *input, guint64 user_id)
{
  g_autoptr (Output) before = NULL;
  g_autoptr (Output) output = NULL;
  g_autoptr (GstPad) old = NULL;
  g_autoptr (GstPad) sink = NULL;
  gboolean made;

  output = assign_output (self, input, user_id, &before, &made);
  if (output == NULL) {
    GST_WARNING_OBJECT (self->bin, "too many users for SSRC %u", input->ssrc);
    return;
  }
  /* Before others see the output: who made it is heard first. */
  if (output != before)
    sink = gst_discord_user_stream_add_sink (
        GST_DISCORD_USER_STREAM (output->stream));
  if (made)
    expose (self, output, input->ssrc, user_id);
  if (user_id != 0)
    set_output_user (output, user_id);
  if (output == before)
    return;

  g_mutex_lock (&self->lock);
  if (input->sink != NULL)
    old = gst_object_ref (input->sink);
  g_mutex_unlock (&self->lock);
  link_input (self, input, sink);
  if (!made)
    gst_discord_voice_src_pad_set_ssrc (
        GST_DISCORD_VOICE_SRC_PAD (output->pad), input->ssrc);
  if (before == NULL)
    return;
  unlink_input (input, before, old);
  if (is_over (self, before))
    end_output_async (self, before);
}

typedef struct
{
  GstDiscordVoiceOutputs *outputs; /* of the bin that contains the gate */
  Input *input; /* borrowed: lives until the gate is out of the bin */
} Route;

static void
on_route (GstElement *gate, guint64 user_id, Route *route)
{
  route_input (route->outputs, route->input, user_id);
}

static void
route_free (gpointer data, GClosure *closure)
{
  g_free (data);
}

/* Somebody is known to be here and not heard at the moment. */
static gboolean
is_somebody_awaited (GstDiscordVoiceOutputs *self)
{
  gboolean awaited = FALSE;

  g_mutex_lock (&self->lock);
  for (guint i = 0; !awaited && i < self->outputs->len; i++) {
    Output *output = g_ptr_array_index (self->outputs, i);

    awaited = output->user_id != 0 && !output->leaving
        && !is_fed_unlocked (self, output);
  }
  g_mutex_unlock (&self->lock);
  return awaited;
}

static GstDiscordConnection *
ref_connection (GstDiscordVoiceOutputs *self)
{
  GstDiscordConnection *connection = NULL;

  g_mutex_lock (&self->lock);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  g_mutex_unlock (&self->lock);
  return connection;
}

void
gst_discord_voice_outputs_set_connection (
    GstDiscordVoiceOutputs *self, GstDiscordConnection *connection)
{
  g_autoptr (GstDiscordConnection) old = NULL;

  g_mutex_lock (&self->lock);
  old = self->connection;
  self->connection = connection != NULL ? g_object_ref (connection) : NULL;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_voice_outputs_add (GstDiscordVoiceOutputs *self, GstPad *rtp_src,
    guint32 ssrc, guint64 user_id)
{
  g_autoptr (GstDiscordConnection) connection = ref_connection (self);
  g_autoptr (Input) input =
      gst_discord_voice_input_new (ssrc, user_id, connection);
  Route *route;

  if (input == NULL) {
    discord_missing_element_fail (
        GST_ELEMENT (self->bin), "discordrtpopusdepay");
    return;
  }
  gst_discord_voice_input_enter (input, self->bin);
  route = g_new (Route, 1);
  route->outputs = self;
  route->input = input;
  g_signal_connect_data (
      input->gate, "route", G_CALLBACK (on_route), route, route_free, 0);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->inputs, gst_discord_voice_input_ref (input));
  g_mutex_unlock (&self->lock);
  /* A stranger gets a pad at once, unless it may turn out in a moment to be
   * somebody who has one. */
  if (user_id != 0 || !is_somebody_awaited (self))
    route_input (self, input, user_id);
  gst_discord_voice_input_start (input, self->bin, rtp_src);
}

static Input *
ref_input (GstDiscordVoiceOutputs *self, guint32 ssrc, gboolean steal)
{
  Input *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; found == NULL && i < self->inputs->len; i++) {
    Input *input = g_ptr_array_index (self->inputs, i);

    if (input->ssrc != ssrc)
      continue;
    found = gst_discord_voice_input_ref (input);
    if (steal)
      g_ptr_array_remove_index (self->inputs, i);
  }
  g_mutex_unlock (&self->lock);
  return found;
}

/* Nothing flows in it any more. */
void
gst_discord_voice_outputs_remove (GstDiscordVoiceOutputs *self, guint32 ssrc)
{
  g_autoptr (Input) input = ref_input (self, ssrc, TRUE);

  if (input == NULL)
    return;
  gst_discord_voice_input_leave (input, self->bin);
  if (input->output == NULL)
    return;
  unlink_input (input, input->output, input->sink);
  if (is_over (self, input->output))
    end_output (self, input->output);
}

/* Elsewhere than on the streaming thread an output can be given its user, but an
 * input no other output. */
void
gst_discord_voice_outputs_set_user (
    GstDiscordVoiceOutputs *self, guint32 ssrc, guint64 user_id)
{
  g_autoptr (Input) input = ref_input (self, ssrc, FALSE);
  g_autoptr (Output) output = NULL;

  if (input == NULL || user_id == 0)
    return;
  gst_discord_user_gate_set_user (GST_DISCORD_USER_GATE (input->gate), user_id);
  if (gst_discord_user_gate_get_user (GST_DISCORD_USER_GATE (input->gate))
      != user_id)
    return; /* the SSRC is somebody else's now, and will have a new pad */
  g_mutex_lock (&self->lock);
  if (input->output != NULL && input->output->ready
      && input->output->user_id == 0
      && find_user_unlocked (self, user_id) == NULL) {
    output = gst_discord_voice_output_ref (input->output);
    output->user_id = user_id;
  }
  g_mutex_unlock (&self->lock);
  if (output != NULL)
    set_output_user (output, user_id);
}

void
gst_discord_voice_outputs_user_left (
    GstDiscordVoiceOutputs *self, guint64 user_id)
{
  g_autoptr (Output) output = NULL;
  gboolean fed = FALSE;

  g_mutex_lock (&self->lock);
  output = user_id != 0 ? find_user_unlocked (self, user_id) : NULL;
  if (output != NULL) {
    gst_discord_voice_output_ref (output);
    output->leaving = TRUE;
    fed = is_fed_unlocked (self, output);
  }
  g_mutex_unlock (&self->lock);
  if (output == NULL)
    return;
  gst_discord_user_stream_set_last (GST_DISCORD_USER_STREAM (output->stream));
  if (!fed)
    end_output_async (self, output);
}

void
gst_discord_voice_outputs_start (GstDiscordVoiceOutputs *self)
{
  g_mutex_lock (&self->lock);
  self->stopping = FALSE;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_voice_outputs_stop (GstDiscordVoiceOutputs *self)
{
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_voice_outputs_finish (GstDiscordVoiceOutputs *self)
{
  g_autoptr (GPtrArray) outputs = NULL;

  /* With all pads inactive nothing holds a job up. */
  g_mutex_lock (&self->lock);
  while (self->jobs > 0)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
  outputs = gst_discord_voice_outputs_ref_all (self);
  for (guint i = 0; i < outputs->len; i++)
    end_output (self, g_ptr_array_index (outputs, i));
}

guint
gst_discord_voice_outputs_get_count (GstDiscordVoiceOutputs *self)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = self->outputs->len;
  g_mutex_unlock (&self->lock);
  return count;
}

void
gst_discord_voice_outputs_set_latency (
    GstDiscordVoiceOutputs *self, GstClockTime latency)
{
  g_autoptr (GstDiscordMixer) mixer = NULL;

  g_mutex_lock (&self->lock);
  self->latency = latency;
  g_mutex_unlock (&self->lock);
  gst_discord_gap_filler_set_delay (self->gaps, latency + PAUSE_DELAY);
  mixer = gst_discord_voice_outputs_ref_mixer (self);
  if (mixer != NULL)
    gst_discord_mixer_set_latency (mixer, latency);
}

void
gst_discord_voice_outputs_play (GstDiscordVoiceOutputs *self, gboolean playing)
{
  if (playing)
    gst_discord_gap_filler_start (self->gaps);
  else
    gst_discord_gap_filler_stop (self->gaps);
}

static void
send_eos (GstElement *element, gpointer user_data)
{
  if (GST_IS_DISCORD_MIXER (element))
    gst_discord_mixer_send_eos (GST_DISCORD_MIXER (element));
  else
    gst_discord_user_stream_end (GST_DISCORD_USER_STREAM (element));
}

gboolean
gst_discord_voice_outputs_send_eos (GstDiscordVoiceOutputs *self)
{
  g_autoptr (GPtrArray) outputs = gst_discord_voice_outputs_ref_all (self);
  g_autoptr (GstDiscordMixer) mixer =
      gst_discord_voice_outputs_ref_mixer (self);

  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);

    gst_element_call_async (output->stream, send_eos, NULL, NULL);
  }
  if (mixer != NULL)
    gst_element_call_async (GST_ELEMENT (mixer), send_eos, NULL, NULL);
  return outputs->len > 0 || mixer != NULL;
}

GstDiscordVoiceOutputs *
gst_discord_voice_outputs_new (GstBin *bin, GstPadTemplate *audio_template,
    guint group_id, void (*streams_changed) (GstBin *bin))
{
  GstDiscordVoiceOutputs *self = g_new0 (GstDiscordVoiceOutputs, 1);

  self->bin = bin;
  self->audio_template = audio_template;
  self->gaps = gst_discord_gap_filler_new (GST_ELEMENT (bin));
  self->group_id = group_id;
  self->streams_changed = streams_changed;
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->inputs = g_ptr_array_new_with_free_func (gst_discord_voice_input_unref);
  self->outputs =
      g_ptr_array_new_with_free_func (gst_discord_voice_output_unref);
  return self;
}

void
gst_discord_voice_outputs_free (GstDiscordVoiceOutputs *self)
{
  gst_discord_gap_filler_free (self->gaps);
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->outputs);
  g_clear_object (&self->connection);
  gst_clear_object (&self->mixer);
  gst_clear_object (&self->mix_pad);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}
