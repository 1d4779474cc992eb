/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The request pads of a discordvoicesink. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesink-private.h"
#include "gstdiscordvoicesinkpad.h"
#include "missingelement.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_sink_debug);
#define GST_CAT_DEFAULT discord_voice_sink_debug

static GstStaticPadTemplate preview_template =
    GST_STATIC_PAD_TEMPLATE ("preview", GST_PAD_SINK, GST_PAD_REQUEST,
        GST_STATIC_CAPS (DISCORD_PREVIEW_CAPS));

gboolean
gst_discord_voice_sink_check (GstDiscordVoiceSink *self, const gchar *missing)
{
  if (self->rtpbin == NULL)
    missing = "discordrtpbin";
  if (missing == NULL)
    return TRUE;
  discord_missing_element_fail (GST_ELEMENT (self), missing);
  return FALSE;
}

/* Raw video that is linked without the name of a pad ends up there, where it is
 * all but what was meant. */
gboolean
gst_discord_voice_sink_check_preview (GstDiscordVoiceSink *self)
{
  gboolean go_live = gst_discord_go_live_sink_is_enabled (self->go_live);

  if (!gst_discord_preview_input_is_linked (
          gst_discord_go_live_sink_get_input (self->go_live)))
    return TRUE;
  if (go_live && GST_ELEMENT (self)->numsinkpads > 1)
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("The pad preview takes the thumbnail of a Go Live stream; video to be "
       "sent has to be encoded."),
      ("go-live is %s",
          go_live ? "set, and there is no other pad" : "not set"));
  return FALSE;
}

/* A new sink that waits for its first frame takes the whole pipeline back to
 * PAUSED, where a live source that is added with it never gives one. Only what
 * goes to PAUSED together can wait together. */
gboolean
gst_discord_voice_sink_may_wait (GstDiscordVoiceSink *self)
{
  GstState target;

  GST_OBJECT_LOCK (self);
  target = GST_STATE_TARGET (self);
  GST_OBJECT_UNLOCK (self);
  return target < GST_STATE_PLAYING || GST_STATE (self) < GST_STATE_PAUSED;
}

void
gst_discord_voice_sink_drop (GstDiscordVoiceSink *self, GstElement *child)
{
  gst_element_set_locked_state (child, TRUE);
  gst_element_set_state (child, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), child);
}

static GstPad *
request_preview (GstDiscordVoiceSink *self, GstPadTemplate *template)
{
  GstPad *pad = gst_discord_preview_input_make_pad (
      gst_discord_go_live_sink_get_input (self->go_live), template);

  if (pad == NULL) {
    GST_WARNING_OBJECT (self, "there is one preview pad already");
    return NULL;
  }
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static GstPad *
gst_discord_voice_sink_request_new_pad (GstElement *element,
    GstPadTemplate *template, const gchar *name, const GstCaps *caps)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (element);

  if (g_str_equal (GST_PAD_TEMPLATE_NAME_TEMPLATE (template), "audio"))
    return gst_discord_voice_sink_request_audio (self, template);
  if (g_str_equal (GST_PAD_TEMPLATE_NAME_TEMPLATE (template), "preview"))
    return request_preview (self, template);
  return gst_discord_voice_sink_request_video (self, template, name);
}

static void
gst_discord_voice_sink_release_pad (GstElement *element, GstPad *pad)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (element);

  if (gst_discord_preview_input_release_pad (
          gst_discord_go_live_sink_get_input (self->go_live), pad)) {
    gst_pad_set_active (pad, FALSE);
    gst_element_remove_pad (element, pad);
    return;
  }
  /* First what the streaming thread may wait in, or the pad waits for it. */
  if (GST_IS_DISCORD_VOICE_SINK_PAD (pad))
    gst_discord_voice_sink_release_video (self, pad);
  else
    gst_discord_voice_sink_drop_audio (self);
  gst_pad_set_active (pad, FALSE);
  gst_ghost_pad_set_target (GST_GHOST_PAD (pad), NULL);
  gst_element_remove_pad (element, pad);
}

void
gst_discord_voice_sink_install_pads (GstElementClass *klass)
{
  klass->request_new_pad =
      GST_DEBUG_FUNCPTR (gst_discord_voice_sink_request_new_pad);
  klass->release_pad = GST_DEBUG_FUNCPTR (gst_discord_voice_sink_release_pad);
  gst_element_class_add_static_pad_template (
      klass, &gst_discord_voice_sink_audio_template);
  gst_element_class_add_static_pad_template_with_gtype (klass,
      &gst_discord_voice_sink_video_template, GST_TYPE_DISCORD_VOICE_SINK_PAD);
  gst_element_class_add_static_pad_template_with_gtype (klass,
      &gst_discord_voice_sink_layer_template, GST_TYPE_DISCORD_VOICE_SINK_PAD);
  gst_element_class_add_static_pad_template (klass, &preview_template);
}
