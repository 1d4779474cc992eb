/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoiceoutput.h"
#include "gstdiscorddavedec.h"
#include "gstdiscordvoicesrcpad.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

GstDiscordVoiceOutput *
gst_discord_voice_output_new (guint32 ssrc, guint64 user_id, guint group_id)
{
  GstDiscordVoiceOutput *self = g_new0 (GstDiscordVoiceOutput, 1);

  g_atomic_ref_count_init (&self->refs);
  self->user_id = user_id;
  self->stream =
      gst_object_ref_sink (gst_discord_user_stream_new (ssrc, group_id));
  gst_discord_user_stream_set_user (
      GST_DISCORD_USER_STREAM (self->stream), user_id);
  self->mix = gst_element_get_static_pad (self->stream, "mix");
  return self;
}

GstDiscordVoiceOutput *
gst_discord_voice_output_ref (GstDiscordVoiceOutput *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
gst_discord_voice_output_unref (gpointer data)
{
  GstDiscordVoiceOutput *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  gst_object_unref (self->mix);
  gst_clear_object (&self->pad);
  gst_object_unref (self->stream);
  g_free (self);
}

void
gst_discord_remove_element (GstBin *bin, GstElement *element)
{
  gst_element_set_locked_state (element, TRUE);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (bin, element);
}

void
gst_discord_voice_output_expose (GstDiscordVoiceOutput *self, GstBin *bin,
    GstPadTemplate *template, guint32 number, guint32 ssrc, guint64 user_id)
{
  g_autofree gchar *stream_name = g_strdup_printf ("user-%u", number);
  g_autofree gchar *pad_name = g_strdup_printf ("audio_%u", number);
  g_autoptr (GstPad) target = gst_element_get_static_pad (self->stream, "src");

  gst_object_set_name (GST_OBJECT (self->stream), stream_name);
  gst_bin_add (bin, self->stream);
  /* Not earlier: adding an element unlinks its pads. */
  self->pad = gst_object_ref_sink (gst_discord_voice_src_pad_new (
      pad_name, target, template, ssrc, user_id));
  gst_element_sync_state_with_parent (self->stream);
  gst_pad_set_active (self->pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (bin), self->pad);
}

void
gst_discord_voice_output_withdraw (GstDiscordVoiceOutput *self, GstBin *bin)
{
  gst_pad_set_active (self->pad, FALSE);
  gst_element_remove_pad (GST_ELEMENT (bin), self->pad);
  gst_discord_remove_element (bin, self->stream);
}

GstDiscordVoiceInput *
gst_discord_voice_input_new (
    guint32 ssrc, guint64 user_id, GstDiscordConnection *connection)
{
  GstElement *depay = gst_element_factory_make ("discordrtpopusdepay", NULL);
  GstDiscordVoiceInput *self;

  if (depay == NULL)
    return NULL;
  self = g_new0 (GstDiscordVoiceInput, 1);
  g_atomic_ref_count_init (&self->refs);
  self->ssrc = ssrc;
  self->depay = gst_object_ref_sink (depay);
  self->gate = gst_object_ref_sink (gst_discord_user_gate_new (user_id));
  self->decrypter = gst_object_ref_sink (
      g_object_new (GST_TYPE_DISCORD_DAVE_DEC, "connection", connection, NULL));
  return self;
}

GstDiscordVoiceInput *
gst_discord_voice_input_ref (GstDiscordVoiceInput *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
gst_discord_voice_input_unref (gpointer data)
{
  GstDiscordVoiceInput *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  gst_clear_object (&self->sink);
  g_clear_pointer (&self->output, gst_discord_voice_output_unref);
  gst_object_unref (self->decrypter);
  gst_object_unref (self->gate);
  gst_object_unref (self->depay);
  g_free (self);
}

void
gst_discord_voice_input_enter (GstDiscordVoiceInput *self, GstBin *bin)
{
  gst_bin_add_many (bin, self->depay, self->gate, self->decrypter, NULL);
  gst_element_link_pads_full (
      self->depay, "src", self->gate, "sink", GST_PAD_LINK_CHECK_NOTHING);
  gst_element_link_pads_full (
      self->gate, "src", self->decrypter, "sink", GST_PAD_LINK_CHECK_NOTHING);
}

/* Elements start before data can flow into them. */
void
gst_discord_voice_input_start (
    GstDiscordVoiceInput *self, GstBin *bin, GstPad *rtp_src)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->depay, "sink");

  gst_element_sync_state_with_parent (self->decrypter);
  gst_element_sync_state_with_parent (self->gate);
  gst_element_sync_state_with_parent (self->depay);
  if (gst_pad_link (rtp_src, sink) != GST_PAD_LINK_OK)
    GST_ERROR_OBJECT (bin, "SSRC %u is not linked", self->ssrc);
}

void
gst_discord_voice_input_leave (GstDiscordVoiceInput *self, GstBin *bin)
{
  gst_discord_remove_element (bin, self->depay);
  gst_discord_remove_element (bin, self->gate);
  gst_discord_remove_element (bin, self->decrypter);
}
