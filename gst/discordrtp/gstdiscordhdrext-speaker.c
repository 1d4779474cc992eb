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

#define DEFAULT_SPEAKING 1

enum
{
  PROP_0,
  PROP_SPEAKING,
};

struct _GstDiscordHdrextSpeaker
{
  GstDiscordHdrextBase parent;

  gint speaking; /* atomic */
};

G_DEFINE_FINAL_TYPE (GstDiscordHdrextSpeaker, gst_discord_hdrext_speaker,
    GST_TYPE_DISCORD_HDREXT_BASE);
GST_ELEMENT_REGISTER_DEFINE (discordhdrextspeaker, "discordhdrextspeaker",
    GST_RANK_MARGINAL, GST_TYPE_DISCORD_HDREXT_SPEAKER);

static void
speaker_write (GstDiscordHdrextBase *base, guint8 *data)
{
  GstDiscordHdrextSpeaker *self = GST_DISCORD_HDREXT_SPEAKER (base);
  guint speaking = (guint) g_atomic_int_get (&self->speaking);

  /* Voice and soundshare one bit up, priority down to bit 0. */
  data[0] = (guint8) ((speaking & 3) << 1 | (speaking & 4) >> 2);
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
  GstDiscordHdrextBaseClass *base_class = GST_DISCORD_HDREXT_BASE_CLASS (klass);

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

  base_class->write_value = speaker_write;
  gst_discord_hdrext_base_class_describe (base_class,
      DISCORD_HDREXT_URI_SPEAKER, 1, "Discord speaker extension",
      "Carries Discord's speaking flags in RTP packets");
}

static void
gst_discord_hdrext_speaker_init (GstDiscordHdrextSpeaker *self)
{
  self->speaking = DEFAULT_SPEAKING;
}
