/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The audio pad of a discordvoicesink. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesink-private.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_sink_debug);
#define GST_CAT_DEFAULT discord_voice_sink_debug

/* The RTP bin takes other sessions for video. */
#define AUDIO_SESSION_PAD "send_rtp_sink_0"

GstStaticPadTemplate gst_discord_voice_sink_audio_template =
    GST_STATIC_PAD_TEMPLATE ("audio",
    GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS (DISCORD_AUDIO_SENDER_CAPS));

GstDiscordAudioSender *
gst_discord_voice_sink_ref_audio (GstDiscordVoiceSink *self)
{
  GstDiscordAudioSender *audio = NULL;

  GST_OBJECT_LOCK (self);
  if (self->audio != NULL)
    audio = gst_object_ref (self->audio);
  GST_OBJECT_UNLOCK (self);
  return audio;
}

static void
configure (GstDiscordVoiceSink *self, GstDiscordAudioSender *audio)
{
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_settings_ref_connection (self->settings);
  g_autoptr (GstStructure) properties = NULL;
  GstDiscordSpeakingFlags speaking;
  gboolean extensions;
  guint e2ee_timeout;

  GST_OBJECT_LOCK (self);
  e2ee_timeout = self->e2ee_timeout;
  speaking = self->speaking;
  extensions = self->header_extensions;
  if (self->encoder_properties != NULL)
    properties = gst_structure_copy (self->encoder_properties);
  GST_OBJECT_UNLOCK (self);

  gst_discord_audio_sender_set_connection (audio, connection);
  gst_discord_audio_sender_set_header_extensions (audio, extensions);
  gst_discord_audio_sender_set_encoder_properties (audio, properties);
  gst_discord_audio_sender_set_e2ee_timeout (audio, e2ee_timeout);
  gst_discord_audio_sender_set_soundshare (
      audio, gst_discord_go_live_sink_is_enabled (self->go_live));
  gst_discord_audio_sender_set_speaking (audio, speaking);
}

void
gst_discord_voice_sink_configure_audio (GstDiscordVoiceSink *self)
{
  g_autoptr (GstDiscordAudioSender) audio =
      gst_discord_voice_sink_ref_audio (self);

  if (audio == NULL)
    return;
  configure (self, audio);
  gst_discord_audio_sender_set_async (audio, TRUE);
}

static gboolean
link_audio (GstDiscordVoiceSink *self, GstDiscordAudioSender *audio)
{
  g_autoptr (GstPad) src =
      gst_element_get_static_pad (GST_ELEMENT (audio), "src");
  GstPad *rtp_pad =
      gst_element_request_pad_simple (self->rtpbin, AUDIO_SESSION_PAD);

  if (rtp_pad == NULL || GST_PAD_LINK_FAILED (gst_pad_link (src, rtp_pad))) {
    g_clear_object (&rtp_pad);
    return FALSE;
  }
  GST_OBJECT_LOCK (self);
  self->rtp_pad = rtp_pad;
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

/* Takes the place of the one pad, or finds it taken. */
static gboolean
claim_audio (GstDiscordVoiceSink *self, GstDiscordAudioSender *audio)
{
  gboolean claimed;

  GST_OBJECT_LOCK (self);
  claimed = self->audio == NULL;
  if (claimed)
    self->audio = gst_object_ref (audio);
  GST_OBJECT_UNLOCK (self);
  return claimed;
}

void
gst_discord_voice_sink_drop_audio (GstDiscordVoiceSink *self)
{
  g_autoptr (GstDiscordAudioSender) audio = NULL;
  g_autoptr (GstPad) rtp_pad = NULL;

  GST_OBJECT_LOCK (self);
  audio = g_steal_pointer (&self->audio);
  rtp_pad = g_steal_pointer (&self->rtp_pad);
  GST_OBJECT_UNLOCK (self);

  if (audio != NULL) {
    gst_discord_audio_sender_finish (audio);
    gst_discord_voice_sink_drop (self, GST_ELEMENT (audio));
  }
  if (rtp_pad != NULL)
    gst_element_release_request_pad (self->rtpbin, rtp_pad);
}

static GstPad *
add_audio_pad (GstDiscordVoiceSink *self, GstDiscordAudioSender *audio,
    GstPadTemplate *template)
{
  g_autoptr (GstPad) target =
      gst_element_get_static_pad (GST_ELEMENT (audio), "sink");
  GstPad *pad = gst_ghost_pad_new_from_template ("audio", target, template);

  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

GstPad *
gst_discord_voice_sink_request_audio (
    GstDiscordVoiceSink *self, GstPadTemplate *template)
{
  g_autoptr (GstDiscordAudioSender) audio =
      g_object_new (GST_TYPE_DISCORD_AUDIO_SENDER, "name", "audio", NULL);
  g_autofree gchar *missing = NULL;

  gst_object_ref_sink (audio);
  gst_discord_audio_sender_check (audio, &missing);
  if (!gst_discord_voice_sink_check (self, missing))
    return NULL;
  if (!claim_audio (self, audio)) {
    GST_WARNING_OBJECT (self, "there is one audio pad already");
    return NULL;
  }

  gst_discord_audio_sender_set_timeline (audio, self->timeline);
  configure (self, audio);
  gst_discord_audio_sender_set_async (
      audio, gst_discord_voice_sink_may_wait (self));
  gst_bin_add (GST_BIN (self), GST_ELEMENT (audio));
  if (!link_audio (self, audio)) {
    GST_WARNING_OBJECT (self, "no RTP session for the pad");
    gst_discord_voice_sink_drop_audio (self);
    return NULL;
  }
  gst_element_sync_state_with_parent (GST_ELEMENT (audio));
  return add_audio_pad (self, audio, template);
}
