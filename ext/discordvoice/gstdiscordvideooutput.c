/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideooutput.h"
#include "gstdiscorddavedec.h"
#include "gstdiscordvoiceoutput.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

GstDiscordVideoOutput *
gst_discord_video_output_new (
    guint64 user_id, const gchar *layer, guint group_id)
{
  GstDiscordVideoOutput *self = g_new0 (GstDiscordVideoOutput, 1);

  g_atomic_ref_count_init (&self->refs);
  self->idle_until = GST_CLOCK_TIME_NONE;
  self->user_id = user_id;
  self->layer = g_strdup (layer);
  self->stream =
      gst_object_ref_sink (gst_discord_video_stream_new (user_id, group_id));
  return self;
}

GstDiscordVideoOutput *
gst_discord_video_output_ref (GstDiscordVideoOutput *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
gst_discord_video_output_unref (gpointer data)
{
  GstDiscordVideoOutput *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  gst_clear_object (&self->pad);
  gst_object_unref (self->stream);
  g_free (self->layer);
  g_free (self);
}

void
gst_discord_video_output_enter (GstDiscordVideoOutput *self, GstBin *bin,
    GstPadTemplate *template, guint32 number)
{
  g_autofree gchar *stream_name = g_strdup_printf ("video-%u", number);
  g_autofree gchar *pad_name = g_strdup_printf ("video_%u", number);
  g_autoptr (GstPad) target = gst_element_get_static_pad (self->stream, "src");

  self->number = number;
  gst_object_set_name (GST_OBJECT (self->stream), stream_name);
  gst_bin_add (bin, self->stream);
  /* Not earlier: adding an element unlinks its pads. */
  self->pad = gst_object_ref_sink (gst_discord_video_src_pad_new (
      pad_name, target, template, number, self->user_id));
  gst_element_sync_state_with_parent (self->stream);
  gst_pad_set_active (self->pad, TRUE);
}

void
gst_discord_video_output_withdraw (GstDiscordVideoOutput *self, GstBin *bin)
{
  gst_pad_set_active (self->pad, FALSE);
  gst_element_remove_pad (GST_ELEMENT (bin), self->pad);
  gst_discord_remove_element (bin, self->stream);
}

GstDiscordVideoInput *
gst_discord_video_input_new (guint32 ssrc, guint64 user_id, GstPad *rtp_src,
    GstDiscordConnection *connection)
{
  GstElement *depay = gst_element_factory_make ("discordrtpvideodepay", NULL);
  GstDiscordVideoInput *self;

  if (depay == NULL)
    return NULL;
  self = g_new0 (GstDiscordVideoInput, 1);
  g_atomic_ref_count_init (&self->refs);
  self->ssrc = ssrc;
  self->user_id = user_id;
  self->rtp_src = gst_object_ref (rtp_src);
  self->depay = gst_object_ref_sink (depay);
  self->decrypter = gst_object_ref_sink (
      g_object_new (GST_TYPE_DISCORD_DAVE_DEC, "connection", connection, NULL));
  self->gate = gst_object_ref_sink (gst_discord_video_gate_new ());
  return self;
}

GstDiscordVideoInput *
gst_discord_video_input_ref (GstDiscordVideoInput *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
gst_discord_video_input_unref (gpointer data)
{
  GstDiscordVideoInput *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  gst_clear_object (&self->sink);
  g_clear_pointer (&self->output, gst_discord_video_output_unref);
  gst_object_unref (self->gate);
  gst_object_unref (self->decrypter);
  gst_object_unref (self->depay);
  gst_object_unref (self->rtp_src);
  g_free (self);
}

/* Elements start before data can flow into them. */
void
gst_discord_video_input_enter (GstDiscordVideoInput *self, GstBin *bin)
{
  gst_bin_add_many (bin, self->depay, self->decrypter, self->gate, NULL);
  gst_element_link_pads_full (
      self->depay, "src", self->decrypter, "sink", GST_PAD_LINK_CHECK_NOTHING);
  gst_element_link_pads_full (
      self->decrypter, "src", self->gate, "sink", GST_PAD_LINK_CHECK_NOTHING);
  gst_element_sync_state_with_parent (self->gate);
  gst_element_sync_state_with_parent (self->decrypter);
  gst_element_sync_state_with_parent (self->depay);
}

void
gst_discord_video_input_leave (GstDiscordVideoInput *self, GstBin *bin)
{
  gst_discord_remove_element (bin, self->depay);
  gst_discord_remove_element (bin, self->decrypter);
  gst_discord_remove_element (bin, self->gate);
}

void
gst_discord_video_input_attach (
    GstDiscordVideoInput *self, GstDiscordVideoOutput *output)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->gate, "src");
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->depay, "sink");

  self->sink = gst_discord_video_stream_add_sink (
      GST_DISCORD_VIDEO_STREAM (output->stream), self->ssrc);
  gst_pad_link_full (src, self->sink, GST_PAD_LINK_CHECK_NOTHING);
  if (!gst_pad_is_linked (sink)
      && gst_pad_link (self->rtp_src, sink) != GST_PAD_LINK_OK)
    GST_ERROR_OBJECT (self->depay, "SSRC %u is not linked", self->ssrc);
}

void
gst_discord_video_input_detach (
    GstDiscordVideoInput *self, GstDiscordVideoOutput *output)
{
  g_autoptr (GstPad) src = gst_element_get_static_pad (self->gate, "src");
  g_autoptr (GstPad) sink = g_steal_pointer (&self->sink);

  gst_pad_unlink (src, sink);
  gst_discord_video_stream_remove_sink (
      GST_DISCORD_VIDEO_STREAM (output->stream), sink);
}
