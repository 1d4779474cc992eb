/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoiceoutputs-private.h"
#include "missingelement.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

GstDiscordMixer *
gst_discord_voice_outputs_ref_mixer (GstDiscordVoiceOutputs *self)
{
  GstDiscordMixer *mixer = NULL;

  g_mutex_lock (&self->lock);
  if (self->mixer != NULL)
    mixer = gst_object_ref (self->mixer);
  g_mutex_unlock (&self->lock);
  return mixer;
}

/* Whoever comes second, an output or the mixer, links the two. */

static void
mix_output (GstDiscordVoiceOutputs *self, GstDiscordMixer *mixer,
    GstDiscordVoiceOutput *output)
{
  gboolean claimed;

  g_mutex_lock (&self->lock);
  claimed = output->ready && output->mixed_by != mixer;
  if (claimed)
    output->mixed_by = mixer;
  g_mutex_unlock (&self->lock);
  if (claimed && !gst_discord_mixer_add (mixer, output->mix))
    GST_WARNING_OBJECT (mixer, "%" GST_PTR_FORMAT " is not mixed", output->mix);
}

GstPad *
gst_discord_voice_outputs_request_mix (
    GstDiscordVoiceOutputs *self, GstPadTemplate *template)
{
  g_autoptr (GPtrArray) outputs = NULL;
  g_autoptr (GstPad) target = NULL;
  const gchar *missing = NULL;
  GstDiscordMixer *mixer;
  GstClockTime latency;
  GstPad *pad;
  gboolean taken;

  mixer = gst_discord_mixer_new (&missing);
  if (mixer == NULL) {
    discord_missing_element_fail (GST_ELEMENT (self->bin), missing);
    return NULL;
  }
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
  outputs = gst_discord_voice_outputs_ref_all (self);
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
  outputs = gst_discord_voice_outputs_ref_all (self);
  for (guint i = 0; i < outputs->len; i++) {
    GstDiscordVoiceOutput *output = g_ptr_array_index (outputs, i);
    g_autoptr (GstPad) peer = gst_pad_get_peer (output->mix);

    if (peer != NULL)
      gst_pad_unlink (output->mix, peer);
  }
  gst_pad_set_active (pad, FALSE);
  gst_bin_remove (self->bin, GST_ELEMENT (mixer));
  gst_element_remove_pad (GST_ELEMENT (self->bin), pad);
}

void
gst_discord_voice_outputs_mix (
    GstDiscordVoiceOutputs *self, GstDiscordVoiceOutput *output)
{
  g_autoptr (GstDiscordMixer) mixer =
      gst_discord_voice_outputs_ref_mixer (self);

  if (mixer != NULL)
    mix_output (self, mixer, output);
}

void
gst_discord_voice_outputs_unmix (
    GstDiscordVoiceOutputs *self, GstDiscordVoiceOutput *output)
{
  g_autoptr (GstDiscordMixer) mixer =
      gst_discord_voice_outputs_ref_mixer (self);

  if (mixer != NULL)
    gst_discord_mixer_remove (mixer, output->mix);
}
