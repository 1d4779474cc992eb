/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideooutputs-private.h"
#include "missingelement.h"
#include "videowants.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

/* What a server can make us allocate is bounded, as it is for SSRCs. */
#define MAX_OUTPUTS 512

typedef GstDiscordVideoOutput Output;
typedef GstDiscordVideoInput Input;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Output, gst_discord_video_output_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Input, gst_discord_video_input_unref)

GPtrArray *
gst_discord_video_outputs_ref_outputs (GstDiscordVideoOutputs *self)
{
  GPtrArray *outputs =
      g_ptr_array_new_with_free_func (gst_discord_video_output_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->outputs->len; i++)
    g_ptr_array_add (outputs,
        gst_discord_video_output_ref (g_ptr_array_index (self->outputs, i)));
  g_mutex_unlock (&self->lock);
  return outputs;
}

GPtrArray *
gst_discord_video_outputs_ref_inputs (GstDiscordVideoOutputs *self)
{
  GPtrArray *inputs =
      g_ptr_array_new_with_free_func (gst_discord_video_input_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->inputs->len; i++)
    g_ptr_array_add (inputs,
        gst_discord_video_input_ref (g_ptr_array_index (self->inputs, i)));
  g_mutex_unlock (&self->lock);
  return inputs;
}

GstDiscordConnection *
gst_discord_video_outputs_ref_connection (GstDiscordVideoOutputs *self)
{
  GstDiscordConnection *connection = NULL;

  g_mutex_lock (&self->lock);
  if (self->connection != NULL)
    connection = g_object_ref (self->connection);
  g_mutex_unlock (&self->lock);
  return connection;
}

/* Inputs: whatever thread finds out links them, one at a time. */

static Output *
find_output_unlocked (GstDiscordVideoOutputs *self, Input *input)
{
  for (guint i = 0; i < self->outputs->len; i++) {
    Output *output = g_ptr_array_index (self->outputs, i);

    if (output->removed
        || (input->user_id != 0 && input->user_id != output->user_id))
      continue;
    if (discord_layers_have_ssrc (&output->layers, input->ssrc))
      return output;
  }
  return NULL;
}

static gboolean
claim (GstDiscordVideoOutputs *self, Input *input)
{
  gboolean there;

  g_mutex_lock (&self->lock);
  while (input->busy)
    g_cond_wait (&self->cond, &self->lock);
  there = !input->gone;
  input->busy = there;
  g_mutex_unlock (&self->lock);
  return there;
}

static void
release (GstDiscordVideoOutputs *self, Input *input)
{
  g_mutex_lock (&self->lock);
  input->busy = FALSE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

/* Brings a claimed input to @output (nullable). */
static void
connect_input (GstDiscordVideoOutputs *self, Input *input, Output *output)
{
  g_autoptr (Output) before = NULL;

  g_mutex_lock (&self->lock);
  if (input->output == output) {
    g_mutex_unlock (&self->lock);
    return;
  }
  before = input->output;
  input->output = output != NULL ? gst_discord_video_output_ref (output) : NULL;
  g_mutex_unlock (&self->lock);
  if (before != NULL)
    gst_discord_video_input_detach (input, before);
  if (output != NULL)
    gst_discord_video_input_attach (input, output);
}

static void
route_input (GstDiscordVideoOutputs *self, Input *input)
{
  g_autoptr (Output) output = NULL;

  if (!claim (self, input))
    return;
  g_mutex_lock (&self->lock);
  output = find_output_unlocked (self, input);
  if (output != NULL)
    gst_discord_video_output_ref (output);
  g_mutex_unlock (&self->lock);
  connect_input (self, input, output);
  release (self, input);
}

static void
route_inputs (GstDiscordVideoOutputs *self)
{
  g_autoptr (GPtrArray) inputs = gst_discord_video_outputs_ref_inputs (self);

  for (guint i = 0; i < inputs->len; i++)
    route_input (self, g_ptr_array_index (inputs, i));
}

void
gst_discord_video_outputs_add (GstDiscordVideoOutputs *self, GstPad *rtp_src,
    guint32 ssrc, guint64 user_id)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_video_outputs_ref_connection (self);
  g_autoptr (Input) input = NULL;
  gboolean wait;

  if (connection == NULL)
    return;
  input = gst_discord_video_input_new (ssrc, user_id, rtp_src, connection);
  if (input == NULL) {
    discord_missing_element_fail (
        GST_ELEMENT (self->bin), "discordrtpvideodepay");
    return;
  }
  gst_discord_video_input_enter (input, self->bin);
  g_mutex_lock (&self->lock);
  wait = self->wait_for_keyframe;
  g_ptr_array_add (self->inputs, gst_discord_video_input_ref (input));
  g_mutex_unlock (&self->lock);
  gst_discord_video_gate_set_wait_for_keyframe (
      GST_DISCORD_VIDEO_GATE (input->gate), wait);
  route_input (self, input);
}

static Input *
ref_input (GstDiscordVideoOutputs *self, guint32 ssrc, gboolean steal)
{
  Input *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; found == NULL && i < self->inputs->len; i++) {
    Input *input = g_ptr_array_index (self->inputs, i);

    if (input->ssrc != ssrc)
      continue;
    found = gst_discord_video_input_ref (input);
    if (steal)
      g_ptr_array_remove_index (self->inputs, i);
  }
  g_mutex_unlock (&self->lock);
  return found;
}

/* Nothing flows in it any more. */
void
gst_discord_video_outputs_remove (GstDiscordVideoOutputs *self, guint32 ssrc)
{
  g_autoptr (Input) input = ref_input (self, ssrc, TRUE);

  if (input == NULL || !claim (self, input))
    return;
  gst_discord_video_outputs_keep_input_stats (self, input);
  connect_input (self, input, NULL);
  gst_discord_video_input_leave (input, self->bin);
  g_mutex_lock (&self->lock);
  input->gone = TRUE;
  g_mutex_unlock (&self->lock);
  release (self, input);
}

void
gst_discord_video_outputs_set_user (
    GstDiscordVideoOutputs *self, guint32 ssrc, guint64 user_id)
{
  g_autoptr (Input) input = ref_input (self, ssrc, FALSE);

  if (input == NULL)
    return;
  g_mutex_lock (&self->lock);
  if (input->user_id == 0)
    input->user_id = user_id;
  g_mutex_unlock (&self->lock);
  route_input (self, input);
}

/* Outputs: one thread at a time. */

static void
on_stream_changed (GstDiscordVideoStream *stream, GstDiscordVideoOutputs *self)
{
  self->streams_changed (self->bin);
}

static void
on_wish (gpointer object, gpointer argument, GstDiscordVideoOutputs *self)
{
  gst_discord_video_outputs_reconsider (self);
}

static void
on_switched (GstDiscordVideoStream *stream, GstDiscordVideoOutputs *self)
{
  gst_discord_video_outputs_reconsider (self);
}

static gboolean
has_number_unlocked (GstDiscordVideoOutputs *self, guint32 number)
{
  for (guint i = 0; i < self->outputs->len; i++) {
    Output *output = g_ptr_array_index (self->outputs, i);

    if (output->number == number)
      return TRUE;
  }
  return FALSE;
}

/* See choose_number_unlocked() of GstDiscordVoiceOutputs. */
static guint32
choose_number (GstDiscordVideoOutputs *self, guint32 ssrc)
{
  g_mutex_lock (&self->lock);
  while (has_number_unlocked (self, ssrc))
    ssrc--;
  g_mutex_unlock (&self->lock);
  return ssrc;
}

static void
expose (GstDiscordVideoOutputs *self, guint64 user_id, const gchar *layer,
    const DiscordVoiceStreams *layers)
{
  g_autoptr (Output) output =
      gst_discord_video_output_new (user_id, layer, self->group_id);
  guint32 ssrc = discord_layers_are_active (layers)
      ? discord_layer_choose (layers, 100, 0)
      : discord_layer_choose_resting (layers, 100, 0);
  guint32 number = choose_number (self, ssrc);
  guint latency;

  gst_discord_video_output_enter (output, self->bin, self->template, number);
  g_signal_connect (
      output->stream, "stream-changed", G_CALLBACK (on_stream_changed), self);
  g_signal_connect (output->stream, "switched", G_CALLBACK (on_switched), self);
  g_signal_connect (
      output->stream, "reconfigured", G_CALLBACK (on_switched), self);
  g_signal_connect (output->pad, "linked", G_CALLBACK (on_wish), self);
  g_signal_connect (output->pad, "unlinked", G_CALLBACK (on_wish), self);
  g_signal_connect (output->pad, "notify::quality", G_CALLBACK (on_wish), self);
  g_signal_connect (
      output->pad, "notify::pixel-count", G_CALLBACK (on_wish), self);

  g_mutex_lock (&self->lock);
  output->layers = *layers;
  latency = self->latency;
  g_ptr_array_add (self->outputs, gst_discord_video_output_ref (output));
  g_mutex_unlock (&self->lock);
  gst_discord_video_stream_set_latency (
      GST_DISCORD_VIDEO_STREAM (output->stream), latency * GST_MSECOND);
  gst_element_add_pad (GST_ELEMENT (self->bin), output->pad);
}

void
gst_discord_video_outputs_end_output (
    GstDiscordVideoOutputs *self, Output *output)
{
  g_mutex_lock (&self->lock);
  output->removed = TRUE;
  g_mutex_unlock (&self->lock);
  route_inputs (self);
  gst_discord_video_stream_end (GST_DISCORD_VIDEO_STREAM (output->stream));
  g_signal_handlers_disconnect_by_data (output->pad, self);
  g_signal_handlers_disconnect_by_data (output->stream, self);
  gst_discord_video_outputs_keep_output_stats (self, output);
  gst_discord_video_output_withdraw (output, self->bin);
  g_mutex_lock (&self->lock);
  g_ptr_array_remove (self->outputs, output);
  g_mutex_unlock (&self->lock);
  self->streams_changed (self->bin);
}

/* @layer: (nullable) */
static Output *
ref_output (GstDiscordVideoOutputs *self, guint64 user_id, const gchar *layer)
{
  Output *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; found == NULL && i < self->outputs->len; i++) {
    Output *output = g_ptr_array_index (self->outputs, i);

    if (output->user_id == user_id && g_strcmp0 (output->layer, layer) == 0)
      found = gst_discord_video_output_ref (output);
  }
  g_mutex_unlock (&self->lock);
  return found;
}

static gboolean
has_room (GstDiscordVideoOutputs *self)
{
  gboolean room;

  g_mutex_lock (&self->lock);
  room = self->outputs->len < MAX_OUTPUTS;
  g_mutex_unlock (&self->lock);
  return room;
}

/* Nothing is there before a layer of the user's carries something, @has_video;
 * after that a pause of the sender is none of the pad. */
static void
update_output (GstDiscordVideoOutputs *self, guint64 user_id,
    const gchar *layer, const DiscordVoiceStreams *layers, gboolean has_video)
{
  g_autoptr (Output) output = ref_output (self, user_id, layer);

  if (output == NULL) {
    if (has_video && has_room (self))
      expose (self, user_id, layer, layers);
    return;
  }
  g_mutex_lock (&self->lock);
  output->layers = *layers;
  output->idle_until = GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->lock);
}

/* A layer is known by its RID, which outlives sessions. */
static gchar *
name_layer (const GstDiscordVoiceStream *layer)
{
  return layer->rid[0] != '\0' ? g_strdup (layer->rid)
                               : g_strdup_printf ("%u", layer->ssrc);
}

static gboolean
is_layer_of (const DiscordVoiceStreams *layers, const gchar *name)
{
  for (guint i = 0; i < layers->n_streams; i++) {
    g_autofree gchar *other = name_layer (&layers->streams[i]);

    if (g_str_equal (other, name))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_over (
    const Output *output, guint64 user_id, const DiscordVoiceStreams *layers)
{
  if (output->user_id != user_id)
    return FALSE;
  return output->layer != NULL ? !is_layer_of (layers, output->layer)
                               : layers->n_streams == 0;
}

/* A layer that is not offered any more is no camera that is off. */
static void
rest_outputs (GstDiscordVideoOutputs *self, guint64 user_id,
    const DiscordVoiceStreams *layers)
{
  g_autoptr (GPtrArray) outputs = gst_discord_video_outputs_ref_outputs (self);

  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);

    if (!is_over (output, user_id, layers))
      continue;
    if (layers->n_streams == 0)
      gst_discord_video_outputs_set_idle (self, output);
    else
      gst_discord_video_outputs_end_output (self, output);
  }
}

static void
end_outputs (GstDiscordVideoOutputs *self, guint64 user_id)
{
  g_autoptr (GPtrArray) outputs = gst_discord_video_outputs_ref_outputs (self);

  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);

    if (output->user_id == user_id)
      gst_discord_video_outputs_end_output (self, output);
  }
}

static void
update_outputs (GstDiscordVideoOutputs *self, guint64 user_id,
    const DiscordVoiceStreams *layers)
{
  gboolean has_video = discord_layers_are_active (layers);
  GstDiscordVideoPads pads;

  if (layers->n_streams == 0)
    return;
  g_mutex_lock (&self->lock);
  pads = self->pads;
  g_mutex_unlock (&self->lock);
  if (pads == GST_DISCORD_VIDEO_PADS_PER_USER) {
    update_output (self, user_id, NULL, layers, has_video);
    return;
  }
  for (guint i = 0; i < layers->n_streams; i++) {
    g_autofree gchar *name = name_layer (&layers->streams[i]);
    DiscordVoiceStreams layer = { .streams = { layers->streams[i] },
      .n_streams = 1 };

    /* One that rests is there once somebody asks for it. */
    if (layers->streams[i].ssrc != 0)
      update_output (self, user_id, name, &layer, has_video);
  }
}

static void
look_at_user (GstDiscordVideoOutputs *self, GstDiscordConnection *connection,
    guint64 user_id)
{
  g_autoptr (GPtrArray) streams =
      gst_discord_connection_get_user_streams (connection, user_id);
  DiscordVoiceStreams layers = { .n_streams = 0 };

  for (guint i = 0; i < MIN (streams->len, DISCORD_MAX_LAYERS); i++)
    layers.streams[layers.n_streams++] =
        *(const GstDiscordVoiceStream *) g_ptr_array_index (streams, i);
  rest_outputs (self, user_id, &layers);
  update_outputs (self, user_id, &layers);
  route_inputs (self);
}

/* Changes, told by anybody, acted on where an application's handlers may take
 * their time. */

typedef enum
{
  CHANGE_WANTS,
  CHANGE_STREAMS,
  CHANGE_LEFT,
  CHANGE_IDLE,
} ChangeKind;

typedef struct
{
  ChangeKind kind;
  guint64 user_id;
} Change;

static void
act (GstDiscordVideoOutputs *self, const Change *change)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_video_outputs_ref_connection (self);

  if (connection == NULL)
    return;
  if (change->kind == CHANGE_STREAMS)
    look_at_user (self, connection, change->user_id);
  else if (change->kind == CHANGE_LEFT)
    end_outputs (self, change->user_id);
  else if (change->kind == CHANGE_IDLE)
    gst_discord_video_outputs_end_idle (self);
  gst_discord_video_outputs_tell_wants (self);
}

static Change *
next_change (GstDiscordVideoOutputs *self)
{
  Change *change = NULL;

  g_mutex_lock (&self->lock);
  if (!self->stopping)
    change = g_queue_pop_head (&self->changes);
  if (change == NULL) {
    self->working = FALSE;
    g_cond_broadcast (&self->cond);
  }
  g_mutex_unlock (&self->lock);
  return change;
}

static void
work (GstElement *element, gpointer user_data)
{
  GstDiscordVideoOutputs *self = user_data;
  Change *change;

  while ((change = next_change (self)) != NULL) {
    act (self, change);
    g_free (change);
  }
}

static gint
compare_change (gconstpointer a, gconstpointer b)
{
  const Change *change = a, *other = b;

  return change->kind != other->kind || change->user_id != other->user_id;
}

static void
tell (GstDiscordVideoOutputs *self, ChangeKind kind, guint64 user_id)
{
  const Change change = { kind, user_id };
  gboolean start = FALSE;

  g_mutex_lock (&self->lock);
  if (!self->stopping && self->connection != NULL) {
    if (g_queue_find_custom (&self->changes, &change, compare_change) == NULL)
      g_queue_push_tail (&self->changes, g_memdup2 (&change, sizeof (change)));
    start = !self->working;
    self->working = TRUE;
  }
  g_mutex_unlock (&self->lock);
  if (start)
    gst_element_call_async (GST_ELEMENT (self->bin), work, self, NULL);
}

void
gst_discord_video_outputs_reconsider (GstDiscordVideoOutputs *self)
{
  tell (self, CHANGE_WANTS, 0);
}

void
gst_discord_video_outputs_look_at_idle (GstDiscordVideoOutputs *self)
{
  tell (self, CHANGE_IDLE, 0);
}

void
gst_discord_video_outputs_user_left (
    GstDiscordVideoOutputs *self, guint64 user_id)
{
  tell (self, CHANGE_LEFT, user_id);
}

/* Life */

typedef struct
{
  GWeakRef element;
  GstDiscordVideoOutputs *outputs; /* of the element */
} Watch;

static void
watch_free (gpointer data, GClosure *closure)
{
  Watch *watch = data;

  g_weak_ref_clear (&watch->element);
  g_free (watch);
}

static void
on_user_streams (
    GstDiscordConnection *connection, guint64 user_id, Watch *watch)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&watch->element);

  if (element != NULL)
    tell (watch->outputs, CHANGE_STREAMS, user_id);
}

static void
watch_connection (
    GstDiscordVideoOutputs *self, GstDiscordConnection *connection)
{
  Watch *watch = g_new0 (Watch, 1);

  g_weak_ref_init (&watch->element, self->bin);
  watch->outputs = self;
  self->streams_handler =
      g_signal_connect_data (connection, "user-streams-changed",
          G_CALLBACK (on_user_streams), watch, watch_free, 0);
}

void
gst_discord_video_outputs_start (
    GstDiscordVideoOutputs *self, GstDiscordConnection *connection)
{
  g_autoptr (GArray) users = NULL;

  if (!gst_discord_video_outputs_are_wanted (self))
    return;
  g_mutex_lock (&self->lock);
  self->stopping = FALSE;
  self->connection = g_object_ref (connection);
  g_mutex_unlock (&self->lock);
  /* Nothing, at first. */
  gst_discord_video_outputs_tell_wants (self);
  watch_connection (self, connection);
  users = gst_discord_connection_get_users (connection);
  for (guint i = 0; i < users->len; i++)
    tell (self, CHANGE_STREAMS, g_array_index (users, guint64, i));
}

void
gst_discord_video_outputs_stop (GstDiscordVideoOutputs *self)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_video_outputs_ref_connection (self);

  if (connection != NULL)
    g_clear_signal_handler (&self->streams_handler, connection);
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_mutex_unlock (&self->lock);
}

void
gst_discord_video_outputs_finish (GstDiscordVideoOutputs *self)
{
  g_autoptr (GPtrArray) outputs = NULL;
  g_autoptr (GstDiscordConnection) connection = NULL;

  /* With all pads inactive nothing holds it up. */
  g_mutex_lock (&self->lock);
  while (self->working)
    g_cond_wait (&self->cond, &self->lock);
  g_queue_clear_full (&self->changes, g_free);
  connection = g_steal_pointer (&self->connection);
  g_mutex_unlock (&self->lock);
  outputs = gst_discord_video_outputs_ref_outputs (self);
  gst_discord_video_outputs_stop_idle_timer (self);
  for (guint i = 0; i < outputs->len; i++)
    gst_discord_video_outputs_end_output (self, g_ptr_array_index (outputs, i));
  if (connection != NULL)
    discord_video_wants_set (connection, self, NULL);
}

static void
end_stream (GstElement *element, gpointer user_data)
{
  gst_discord_video_stream_end (GST_DISCORD_VIDEO_STREAM (element));
}

gboolean
gst_discord_video_outputs_send_eos (GstDiscordVideoOutputs *self)
{
  g_autoptr (GPtrArray) outputs = gst_discord_video_outputs_ref_outputs (self);

  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);

    gst_element_call_async (output->stream, end_stream, NULL, NULL);
  }
  return outputs->len > 0;
}
