/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextaudiolevel
 * @title: discordhdrextaudiolevel
 * @short_description: RTP header extension with the audio level, Discord's way
 *
 * Writes RFC 6464 levels by Discord's rules: the level comes from the
 * #GstAudioLevelMeta of the frame, 0 (loudest) when it has none, and the voice
 * bit says that speaking was announced, not that voice was detected. Reading
 * adds a #GstAudioLevelMeta.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-1=(string)<"",urn:ietf:params:rtp-hdrext:ssrc-audio-level,"vad=on">' ! fakesink
 * ]| Puts the audio level into every packet.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-1=(string)<"",urn:ietf:params:rtp-hdrext:ssrc-audio-level,"vad=on">' ! rtpopusdepay ! opusdec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

#include <gst/audio/audio.h>

GST_DEBUG_CATEGORY_STATIC (discord_hdrext_audio_level_debug);
#define GST_CAT_DEFAULT discord_hdrext_audio_level_debug

#define LEVEL_LOUDEST 0
#define LEVEL_SILENCE 127
#define VOICE_BIT 0x80
#define DEFAULT_SPEAKING 1

enum
{
  PROP_0,
  PROP_SPEAKING,
};

struct _GstDiscordHdrextAudioLevel
{
  GstRTPHeaderExtension parent;

  gint speaking; /* atomic */
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordHdrextAudioLevel,
    gst_discord_hdrext_audio_level, GST_TYPE_RTP_HEADER_EXTENSION,
    GST_DEBUG_CATEGORY_INIT (discord_hdrext_audio_level_debug,
        "discordhdrextaudiolevel", 0, "Discord audio level"));
/* Below the stock element of this URI, which stays the one picked by URI. */
GST_ELEMENT_REGISTER_DEFINE (discordhdrextaudiolevel, "discordhdrextaudiolevel",
    GST_RANK_MARGINAL, GST_TYPE_DISCORD_HDREXT_AUDIO_LEVEL);

static GstRTPHeaderExtensionFlags
audio_level_get_supported_flags (GstRTPHeaderExtension *ext)
{
  return GST_RTP_HEADER_EXTENSION_ONE_BYTE | GST_RTP_HEADER_EXTENSION_TWO_BYTE;
}

static gsize
audio_level_get_max_size (GstRTPHeaderExtension *ext, const GstBuffer *input)
{
  return 1;
}

static gssize
audio_level_write (GstRTPHeaderExtension *ext, const GstBuffer *input,
    GstRTPHeaderExtensionFlags flags, GstBuffer *output, guint8 *data,
    gsize size)
{
  GstDiscordHdrextAudioLevel *self = GST_DISCORD_HDREXT_AUDIO_LEVEL (ext);
  GstAudioLevelMeta *meta =
      gst_buffer_get_audio_level_meta ((GstBuffer *) input);
  guint8 level = LEVEL_LOUDEST;

  if (size < 1)
    return -1;
  /* 1.22.0 elements put levels beyond 127 into the meta. */
  if (meta != NULL)
    level = MIN (meta->level, LEVEL_SILENCE);
  if (g_atomic_int_get (&self->speaking) != 0)
    level |= VOICE_BIT;
  data[0] = level;
  return 1;
}

static gboolean
audio_level_read (GstRTPHeaderExtension *ext, GstRTPHeaderExtensionFlags flags,
    const guint8 *data, gsize size, GstBuffer *buffer)
{
  /* FALSE would leave a 1.22 depayloader locked, so bad data is skipped. */
  if (size != 1)
    GST_DEBUG_OBJECT (ext, "level of %" G_GSIZE_FORMAT " bytes ignored", size);
  else
    gst_buffer_add_audio_level_meta (
        buffer, data[0] & ~VOICE_BIT, (data[0] & VOICE_BIT) != 0);
  return TRUE;
}

static gboolean
audio_level_set_attributes (GstRTPHeaderExtension *ext,
    GstRTPHeaderExtensionDirection direction, const gchar *attributes)
{
  /* RFC 6464 has "vad=on" and "vad=off"; the voice bit is there either way. */
  return TRUE;
}

static gboolean
audio_level_set_caps (GstRTPHeaderExtension *ext, GstCaps *caps)
{
  return gst_rtp_header_extension_set_caps_from_attributes_helper (
      ext, caps, "vad=on");
}

static void
gst_discord_hdrext_audio_level_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextAudioLevel *self = GST_DISCORD_HDREXT_AUDIO_LEVEL (object);

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
gst_discord_hdrext_audio_level_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextAudioLevel *self = GST_DISCORD_HDREXT_AUDIO_LEVEL (object);

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
gst_discord_hdrext_audio_level_class_init (
    GstDiscordHdrextAudioLevelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstRTPHeaderExtensionClass *ext_class =
      GST_RTP_HEADER_EXTENSION_CLASS (klass);

  object_class->set_property = gst_discord_hdrext_audio_level_set_property;
  object_class->get_property = gst_discord_hdrext_audio_level_get_property;
  /**
   * GstDiscordHdrextAudioLevel:speaking:
   *
   * Announced speaking flags (1 voice, 2 soundshare, 4 priority); any of them
   * sets the voice bit.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_SPEAKING,
      g_param_spec_uint ("speaking", "Speaking",
          "Announced speaking flags (1 voice, 2 soundshare, 4 priority)", 0, 7,
          DEFAULT_SPEAKING,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));

  ext_class->get_supported_flags = audio_level_get_supported_flags;
  ext_class->get_max_size = audio_level_get_max_size;
  ext_class->write = audio_level_write;
  ext_class->read = audio_level_read;
  ext_class->set_attributes = audio_level_set_attributes;
  ext_class->set_caps_from_attributes = audio_level_set_caps;
  gst_rtp_header_extension_class_set_uri (
      ext_class, DISCORD_HDREXT_URI_AUDIO_LEVEL);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Discord audio level extension", GST_RTP_HDREXT_ELEMENT_CLASS,
      "Carries the audio level in RTP packets by Discord's rules",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_hdrext_audio_level_init (GstDiscordHdrextAudioLevel *self)
{
  self->speaking = DEFAULT_SPEAKING;
}
