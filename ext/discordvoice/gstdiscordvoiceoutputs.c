/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoiceoutputs.h"
#include "gapfiller.h"
#include "gstdiscordmixer.h"
#include "gstdiscorduserstream.h"
#include "gstdiscordvoicesrcpad.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

/* A packet this much later than the jitter buffer allows is not waited for. */
#define PAUSE_DELAY (40 * GST_MSECOND)

/* One SSRC: depayloader ! user stream ! pad, and ! mixer */
typedef struct
{
  gatomicrefcount refs;
  guint32 ssrc;
  GstElement *depay; /* owned */
  GstElement *stream; /* owned */
  GstPad *pad; /* owned */
  GstPad *mix; /* of the user stream, owned */
  gpointer mixed_by; /* lock of the outputs; compared only */
} Output;

struct _GstDiscordVoiceOutputs
{
  GstBin *bin; /* borrowed: it owns us */
  GstPadTemplate *audio_template; /* borrowed from the class */
  GstDiscordGapFiller *gaps;
  guint group_id;

  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  GPtrArray *outputs; /* (element-type Output) */
  GstDiscordMixer *mixer; /* owned, nullable */
  GstPad *mix_pad; /* owned, nullable */
  GstClockTime latency;
};

static Output *
output_ref (Output *output)
{
  g_atomic_ref_count_inc (&output->refs);
  return output;
}

static void
output_unref (gpointer data)
{
  Output *output = data;

  if (!g_atomic_ref_count_dec (&output->refs))
    return;
  gst_object_unref (output->mix);
  gst_clear_object (&output->pad);
  gst_object_unref (output->stream);
  gst_object_unref (output->depay);
  g_free (output);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Output, output_unref)

static Output *
find_unlocked (GstDiscordVoiceOutputs *self, guint32 ssrc)
{
  for (guint i = 0; i < self->outputs->len; i++) {
    Output *output = g_ptr_array_index (self->outputs, i);

    if (output->ssrc == ssrc)
      return output;
  }
  return NULL;
}

static Output *
ref_output (GstDiscordVoiceOutputs *self, guint32 ssrc)
{
  Output *output;

  g_mutex_lock (&self->lock);
  output = find_unlocked (self, ssrc);
  if (output != NULL)
    output_ref (output);
  g_mutex_unlock (&self->lock);
  return output;
}

static GPtrArray *
ref_outputs (GstDiscordVoiceOutputs *self)
{
  GPtrArray *outputs = g_ptr_array_new_with_free_func (output_unref);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->outputs->len; i++)
    g_ptr_array_add (
        outputs, output_ref (g_ptr_array_index (self->outputs, i)));
  g_mutex_unlock (&self->lock);
  return outputs;
}

static GstDiscordMixer *
ref_mixer (GstDiscordVoiceOutputs *self)
{
  GstDiscordMixer *mixer = NULL;

  g_mutex_lock (&self->lock);
  if (self->mixer != NULL)
    mixer = gst_object_ref (self->mixer);
  g_mutex_unlock (&self->lock);
  return mixer;
}

static void
post_collection (GstDiscordVoiceOutputs *self)
{
  g_autoptr (GPtrArray) outputs = ref_outputs (self);
  g_autoptr (GstStreamCollection) collection = gst_stream_collection_new (NULL);

  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);
    GstStream *stream = gst_discord_user_stream_ref_stream (
        GST_DISCORD_USER_STREAM (output->stream));

    if (stream != NULL)
      gst_stream_collection_add_stream (collection, stream);
  }
  gst_element_post_message (GST_ELEMENT (self->bin),
      gst_message_new_stream_collection (GST_OBJECT (self->bin), collection));
}

static void
on_stream_changed (GstDiscordUserStream *stream, GstDiscordVoiceOutputs *self)
{
  post_collection (self);
}

/* Mixing: whoever adds second, an output or the mixer, links the two. */

static void
mix_output (
    GstDiscordVoiceOutputs *self, GstDiscordMixer *mixer, Output *output)
{
  gboolean claimed;

  g_mutex_lock (&self->lock);
  claimed = output->mixed_by != mixer;
  output->mixed_by = mixer;
  g_mutex_unlock (&self->lock);
  if (claimed && !gst_discord_mixer_add (mixer, output->mix))
    GST_WARNING_OBJECT (mixer, "SSRC %u is not mixed", output->ssrc);
}

GstPad *
gst_discord_voice_outputs_request_mix (
    GstDiscordVoiceOutputs *self, GstPadTemplate *template)
{
  g_autoptr (GPtrArray) outputs = NULL;
  g_autoptr (GstPad) target = NULL;
  GstDiscordMixer *mixer;
  GstClockTime latency;
  GstPad *pad;
  gboolean taken;

  mixer = gst_discord_mixer_new ();
  if (mixer == NULL)
    return NULL;
  gst_object_ref_sink (mixer);
  target = gst_element_get_static_pad (GST_ELEMENT (mixer), "src");
  pad = gst_ghost_pad_new_no_target_from_template ("mix", template);

  g_mutex_lock (&self->lock);
  taken = self->mixer != NULL;
  if (!taken) {
    self->mixer = gst_object_ref (mixer);
    self->mix_pad = gst_object_ref (pad);
  }
  latency = self->latency;
  g_mutex_unlock (&self->lock);
  if (taken) {
    gst_object_unref (gst_object_ref_sink (pad));
    gst_object_unref (mixer);
    return NULL;
  }

  gst_discord_mixer_set_latency (mixer, latency);
  gst_bin_add (self->bin, GST_ELEMENT (mixer));
  gst_ghost_pad_set_target (GST_GHOST_PAD (pad), target);
  outputs = ref_outputs (self);
  for (guint i = 0; i < outputs->len; i++)
    mix_output (self, mixer, g_ptr_array_index (outputs, i));
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self->bin), pad);
  gst_element_sync_state_with_parent (GST_ELEMENT (mixer));
  gst_object_unref (mixer);
  return pad;
}

void
gst_discord_voice_outputs_release_mix (
    GstDiscordVoiceOutputs *self, GstPad *pad)
{
  g_autoptr (GstDiscordMixer) mixer = NULL;
  g_autoptr (GstPad) mix_pad = NULL;
  g_autoptr (GPtrArray) outputs = NULL;

  g_mutex_lock (&self->lock);
  if (self->mix_pad == pad) {
    mixer = g_steal_pointer (&self->mixer);
    mix_pad = g_steal_pointer (&self->mix_pad);
  }
  g_mutex_unlock (&self->lock);
  if (mixer == NULL)
    return;

  /* Shut down first: that frees the threads of the inputs. */
  gst_element_set_locked_state (GST_ELEMENT (mixer), TRUE);
  gst_element_set_state (GST_ELEMENT (mixer), GST_STATE_NULL);
  outputs = ref_outputs (self);
  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);
    g_autoptr (GstPad) peer = gst_pad_get_peer (output->mix);

    if (peer != NULL)
      gst_pad_unlink (output->mix, peer);
  }
  gst_pad_set_active (pad, FALSE);
  gst_bin_remove (self->bin, GST_ELEMENT (mixer));
  gst_element_remove_pad (GST_ELEMENT (self->bin), pad);
}

/* Outputs */

static Output *
output_new (GstDiscordVoiceOutputs *self, guint32 ssrc, guint64 user_id)
{
  g_autofree gchar *depay_name = g_strdup_printf ("depay-%u", ssrc);
  g_autofree gchar *stream_name = g_strdup_printf ("user-%u", ssrc);
  GstElement *depay = gst_element_factory_make ("rtpopusdepay", depay_name);
  Output *output;

  if (depay == NULL) {
    GST_ELEMENT_ERROR (self->bin, CORE, MISSING_PLUGIN,
        ("The rtpopusdepay element of gst-plugins-good is missing."), (NULL));
    return NULL;
  }
  output = g_new0 (Output, 1);
  g_atomic_ref_count_init (&output->refs);
  output->ssrc = ssrc;
  output->depay = gst_object_ref_sink (depay);
  output->stream =
      gst_object_ref_sink (gst_discord_user_stream_new (ssrc, self->group_id));
  gst_object_set_name (GST_OBJECT (output->stream), stream_name);
  gst_discord_user_stream_set_user (
      GST_DISCORD_USER_STREAM (output->stream), user_id);
  output->mix = gst_element_get_static_pad (output->stream, "mix");
  return output;
}

/* Not before the stream is in the bin: adding an element unlinks its pads. */
static void
output_make_pad (Output *output, GstPadTemplate *template, guint64 user_id)
{
  g_autofree gchar *name = g_strdup_printf ("audio_%u", output->ssrc);
  g_autoptr (GstPad) target =
      gst_element_get_static_pad (output->stream, "src");

  output->pad = gst_object_ref_sink (gst_discord_voice_src_pad_new (
      name, target, template, output->ssrc, user_id));
}

void
gst_discord_voice_outputs_add (GstDiscordVoiceOutputs *self, GstPad *rtp_src,
    guint32 ssrc, guint64 user_id)
{
  g_autoptr (Output) output = output_new (self, ssrc, user_id);
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstDiscordMixer) mixer = NULL;

  if (output == NULL)
    return;
  gst_bin_add_many (self->bin, output->depay, output->stream, NULL);
  gst_element_link_pads_full (
      output->depay, "src", output->stream, "sink", GST_PAD_LINK_CHECK_NOTHING);
  output_make_pad (output, self->audio_template, user_id);
  g_signal_connect (
      output->stream, "stream-changed", G_CALLBACK (on_stream_changed), self);

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->outputs, output_ref (output));
  g_mutex_unlock (&self->lock);
  mixer = ref_mixer (self);
  if (mixer != NULL)
    mix_output (self, mixer, output);

  gst_element_sync_state_with_parent (output->stream);
  gst_element_sync_state_with_parent (output->depay);
  gst_pad_set_active (output->pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self->bin), output->pad);
  gst_discord_gap_filler_add (
      self->gaps, GST_DISCORD_USER_STREAM (output->stream), output->pad);

  sink = gst_element_get_static_pad (output->depay, "sink");
  if (gst_pad_link (rtp_src, sink) != GST_PAD_LINK_OK)
    GST_ERROR_OBJECT (self->bin, "SSRC %u is not linked", ssrc);
}

static void
remove_element (GstDiscordVoiceOutputs *self, GstElement *element)
{
  gst_element_set_locked_state (element, TRUE);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (self->bin, element);
}

/* Nothing flows in it any more. */
void
gst_discord_voice_outputs_remove (GstDiscordVoiceOutputs *self, guint32 ssrc)
{
  g_autoptr (Output) output = NULL;
  g_autoptr (GstDiscordMixer) mixer = NULL;
  guint index;

  g_mutex_lock (&self->lock);
  output = find_unlocked (self, ssrc);
  if (output != NULL && g_ptr_array_find (self->outputs, output, &index))
    g_ptr_array_steal_index (self->outputs, index);
  g_mutex_unlock (&self->lock);
  if (output == NULL)
    return;

  gst_discord_gap_filler_remove (
      self->gaps, GST_DISCORD_USER_STREAM (output->stream));
  gst_pad_set_active (output->pad, FALSE);
  gst_element_remove_pad (GST_ELEMENT (self->bin), output->pad);
  remove_element (self, output->depay);
  remove_element (self, output->stream);
  mixer = ref_mixer (self);
  if (mixer != NULL)
    gst_discord_mixer_remove (mixer, output->mix);
  post_collection (self);
}

void
gst_discord_voice_outputs_set_user (
    GstDiscordVoiceOutputs *self, guint32 ssrc, guint64 user_id)
{
  g_autoptr (Output) output = ref_output (self, ssrc);

  if (output == NULL)
    return;
  gst_discord_user_stream_set_user (
      GST_DISCORD_USER_STREAM (output->stream), user_id);
  gst_discord_voice_src_pad_set_user (
      GST_DISCORD_VOICE_SRC_PAD (output->pad), user_id);
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
  mixer = ref_mixer (self);
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
  if (GST_IS_DISCORD_MIXER (element)) {
    gst_discord_mixer_send_eos (GST_DISCORD_MIXER (element));
  } else {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "sink");

    gst_pad_send_event (pad, gst_event_new_eos ());
  }
}

gboolean
gst_discord_voice_outputs_send_eos (GstDiscordVoiceOutputs *self)
{
  g_autoptr (GPtrArray) outputs = ref_outputs (self);
  g_autoptr (GstDiscordMixer) mixer = ref_mixer (self);

  for (guint i = 0; i < outputs->len; i++) {
    Output *output = g_ptr_array_index (outputs, i);

    gst_element_call_async (output->stream, send_eos, NULL, NULL);
  }
  if (mixer != NULL)
    gst_element_call_async (GST_ELEMENT (mixer), send_eos, NULL, NULL);
  return outputs->len > 0 || mixer != NULL;
}

GstDiscordVoiceOutputs *
gst_discord_voice_outputs_new (GstBin *bin, GstPadTemplate *audio_template)
{
  GstDiscordVoiceOutputs *self = g_new0 (GstDiscordVoiceOutputs, 1);

  self->bin = bin;
  self->audio_template = audio_template;
  self->gaps = gst_discord_gap_filler_new (GST_ELEMENT (bin));
  self->group_id = gst_util_group_id_next ();
  g_mutex_init (&self->lock);
  self->outputs = g_ptr_array_new_with_free_func (output_unref);
  return self;
}

void
gst_discord_voice_outputs_free (GstDiscordVoiceOutputs *self)
{
  gst_discord_gap_filler_free (self->gaps);
  g_ptr_array_unref (self->outputs);
  gst_clear_object (&self->mixer);
  gst_clear_object (&self->mix_pad);
  g_mutex_clear (&self->lock);
  g_free (self);
}
