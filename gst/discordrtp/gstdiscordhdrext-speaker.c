/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextspeaker
 * @title: discordhdrextspeaker
 * @short_description: RTP header extension with Discord's speaking flags
 *
 * Writes the speaking flags into every packet (media-transport 3.1). What
 * others send is in the #GstDiscordMediaMeta of received buffers; reading adds
 * nothing.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-9=(string)urn:discord:rtp-hdrext:speaker' ! fakesink
 * ]| Puts the speaking flags into every packet.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-9=(string)urn:discord:rtp-hdrext:speaker' ! rtpopusdepay ! opusdec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

GST_DEBUG_CATEGORY_STATIC (discord_hdrext_speaker_debug);
#define GST_CAT_DEFAULT discord_hdrext_speaker_debug

#define DEFAULT_SPEAKING 1

enum
{
  PROP_0,
  PROP_SPEAKING,
};

struct _GstDiscordHdrextSpeaker
{
  GstRTPHeaderExtension parent;

  gint speaking; /* atomic */
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordHdrextSpeaker,
    gst_discord_hdrext_speaker, GST_TYPE_RTP_HEADER_EXTENSION,
    GST_DEBUG_CATEGORY_INIT (discord_hdrext_speaker_debug,
        "discordhdrextspeaker", 0, "Discord speaker"));
GST_ELEMENT_REGISTER_DEFINE (discordhdrextspeaker, "discordhdrextspeaker",
    GST_RANK_MARGINAL, GST_TYPE_DISCORD_HDREXT_SPEAKER);

static GstRTPHeaderExtensionFlags
speaker_get_supported_flags (GstRTPHeaderExtension *ext)
{
  return GST_RTP_HEADER_EXTENSION_ONE_BYTE | GST_RTP_HEADER_EXTENSION_TWO_BYTE;
}

static gsize
speaker_get_max_size (GstRTPHeaderExtension *ext, const GstBuffer *input)
{
  return 1;
}

static gssize
speaker_write (GstRTPHeaderExtension *ext, const GstBuffer *input,
    GstRTPHeaderExtensionFlags flags, GstBuffer *output, guint8 *data,
    gsize size)
{
  GstDiscordHdrextSpeaker *self = GST_DISCORD_HDREXT_SPEAKER (ext);
  guint speaking = (guint) g_atomic_int_get (&self->speaking);

  if (size < 1)
    return -1;
  /* Voice and soundshare one bit up, priority down to bit 0. */
  data[0] = (guint8) ((speaking & 3) << 1 | (speaking & 4) >> 2);
  return 1;
}

static gboolean
speaker_read (GstRTPHeaderExtension *ext, GstRTPHeaderExtensionFlags flags,
    const guint8 *data, gsize size, GstBuffer *buffer)
{
  return TRUE;
}

static void
gst_discord_hdrext_speaker_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextSpeaker *self = GST_DISCORD_HDREXT_SPEAKER (object);

  switch (id) {
    case PROP_SPEAKING:
      g_atomic_int_set (&self->speaking, (gint) g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_hdrext_speaker_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextSpeaker *self = GST_DISCORD_HDREXT_SPEAKER (object);

  switch (id) {
    case PROP_SPEAKING:
      g_value_set_uint (value, (guint) g_atomic_int_get (&self->speaking));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_hdrext_speaker_class_init (GstDiscordHdrextSpeakerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstRTPHeaderExtensionClass *ext_class =
      GST_RTP_HEADER_EXTENSION_CLASS (klass);

  object_class->set_property = gst_discord_hdrext_speaker_set_property;
  object_class->get_property = gst_discord_hdrext_speaker_get_property;
  /**
   * GstDiscordHdrextSpeaker:speaking:
   *
   * Speaking flags to send (1 voice, 2 soundshare, 4 priority).
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_SPEAKING,
      g_param_spec_uint ("speaking", "Speaking",
          "Speaking flags to send (1 voice, 2 soundshare, 4 priority)", 0, 7,
          DEFAULT_SPEAKING,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));

  ext_class->get_supported_flags = speaker_get_supported_flags;
  ext_class->get_max_size = speaker_get_max_size;
  ext_class->write = speaker_write;
  ext_class->read = speaker_read;
  gst_rtp_header_extension_class_set_uri (
      ext_class, DISCORD_HDREXT_URI_SPEAKER);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Discord speaker extension", GST_RTP_HDREXT_ELEMENT_CLASS,
      "Carries Discord's speaking flags in RTP packets",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_hdrext_speaker_init (GstDiscordHdrextSpeaker *self)
{
  self->speaking = DEFAULT_SPEAKING;
}
