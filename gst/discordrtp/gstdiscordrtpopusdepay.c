/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordrtpopusdepay
 * @title: discordrtpopusdepay
 * @short_description: Takes Opus frames, clear or encrypted, out of RTP packets
 *
 * One frame for each packet, not copied, with all metas of the packet such as
 * #GstDiscordMediaMeta.
 *
 * A packet does not say whether its frame is end-to-end encrypted. Downstream
 * that takes `application/x-dave, original-media-type=audio/x-opus`, such as
 * #discorddavedec, gets all frames under these caps and finds out. Other
 * downstream gets `audio/x-opus`, and of the frames only those that are in
 * clear: the first encrypted one is told by a warning.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordrtpopuspay ! discordrtpopusdepay ! opusdec ! fakesink
 * ]| Packetises and depacketises.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordrtpopuspay ! discordrtpopusdepay ! discorddavedec ! opusdec ! fakesink
 * ]| The same behind a network, where frames may be encrypted.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpopusdepay.h"

#include <gst/discord/gstdiscorddave-private.h>

GST_DEBUG_CATEGORY_STATIC (discord_rtp_opus_depay_debug);
#define GST_CAT_DEFAULT discord_rtp_opus_depay_debug

#define FIELDS "rate=(int)48000, channels=(int)2, channel-mapping-family=(int)0"
#define ENCRYPTED_CAPS                                                         \
  "application/x-dave, original-media-type=(string)audio/x-opus, " FIELDS
#define CLEAR_CAPS "audio/x-opus, " FIELDS

struct _GstDiscordRtpOpusDepay
{
  GstRTPBaseDepayload parent;

  /* Streaming thread. */
  gboolean clear_only;
  gboolean warned;
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("application/x-rtp, media=(string)audio, "
                     "payload=(int)[96, 127], clock-rate=(int)48000, "
                     "encoding-name=(string)OPUS"));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (ENCRYPTED_CAPS "; " CLEAR_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordRtpOpusDepay,
    gst_discord_rtp_opus_depay, GST_TYPE_RTP_BASE_DEPAYLOAD,
    GST_DEBUG_CATEGORY_INIT (discord_rtp_opus_depay_debug,
        "discordrtpopusdepay", 0, "Discord Opus depayloader"));
GST_ELEMENT_REGISTER_DEFINE (discordrtpopusdepay, "discordrtpopusdepay",
    GST_RANK_NONE, GST_TYPE_DISCORD_RTP_OPUS_DEPAY);

static gboolean
negotiate (GstDiscordRtpOpusDepay *self)
{
  GstPad *src = GST_RTP_BASE_DEPAYLOAD_SRCPAD (self);
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (src);
  g_autoptr (GstCaps) taken = gst_pad_peer_query_caps (src, template);
  g_autoptr (GstCaps) encrypted = gst_caps_from_string (ENCRYPTED_CAPS);
  g_autoptr (GstCaps) clear = gst_caps_from_string (CLEAR_CAPS);

  self->clear_only = !gst_caps_can_intersect (taken, encrypted);
  return gst_pad_set_caps (src, self->clear_only ? clear : encrypted);
}

static gboolean
gst_discord_rtp_opus_depay_set_caps (GstRTPBaseDepayload *depay, GstCaps *caps)
{
  depay->clock_rate = 48000; /* RFC 7587 4.1 */
  return negotiate (GST_DISCORD_RTP_OPUS_DEPAY (depay));
}

static gboolean
may_pass (GstDiscordRtpOpusDepay *self, GstBuffer *frame)
{
  if (gst_buffer_get_size (frame) == 0) {
    GST_DEBUG_OBJECT (self, "a packet without a frame");
    return FALSE;
  }
  if (!self->clear_only || !gst_discord_buffer_is_encrypted (frame))
    return TRUE;
  if (!self->warned)
    GST_ELEMENT_WARNING (self, STREAM, DECRYPT,
        ("The audio is end-to-end encrypted and cannot be played like this."),
        ("downstream takes no application/x-dave; is a discorddavedec "
         "missing?"));
  self->warned = TRUE;
  return FALSE;
}

static GstBuffer *
gst_discord_rtp_opus_depay_process (
    GstRTPBaseDepayload *depay, GstRTPBuffer *packet)
{
  GstDiscordRtpOpusDepay *self = GST_DISCORD_RTP_OPUS_DEPAY (depay);
  g_autoptr (GstBuffer) frame = gst_rtp_buffer_get_payload_buffer (packet);

  if (gst_pad_check_reconfigure (GST_RTP_BASE_DEPAYLOAD_SRCPAD (depay)))
    negotiate (self);
  if (frame == NULL || !may_pass (self, frame))
    return NULL;
  gst_buffer_copy_into (frame, packet->buffer, GST_BUFFER_COPY_META, 0, -1);
  return g_steal_pointer (&frame);
}

static GstStateChangeReturn
gst_discord_rtp_opus_depay_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordRtpOpusDepay *self = GST_DISCORD_RTP_OPUS_DEPAY (element);
  GstStateChangeReturn ret;

  ret = GST_ELEMENT_CLASS (gst_discord_rtp_opus_depay_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    self->warned = FALSE;
  return ret;
}

static void
gst_discord_rtp_opus_depay_class_init (GstDiscordRtpOpusDepayClass *klass)
{
  GstRTPBaseDepayloadClass *depay_class = GST_RTP_BASE_DEPAYLOAD_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  depay_class->set_caps =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_opus_depay_set_caps);
  depay_class->process_rtp_packet =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_opus_depay_process);
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_opus_depay_change_state);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord Opus RTP depayloader", "Codec/Depayloader/Network/RTP",
      "Takes Opus frames, clear or encrypted, out of RTP packets",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtpopusdepay.md");
}

static void
gst_discord_rtp_opus_depay_init (GstDiscordRtpOpusDepay *self)
{
}
