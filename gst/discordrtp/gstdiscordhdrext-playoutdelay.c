/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextplayoutdelay
 * @title: discordhdrextplayoutdelay
 * @short_description: RTP header extension with the wanted playout delay
 *
 * How long receivers should hold a frame, at least and at most, in units of
 * 10 ms. Discord's clients send 0 and 0, as soon as possible; the server is said
 * to want the element on video (media-transport 3). What others send is in the
 * #GstDiscordMediaMeta of received buffers
 * (gst_discord_media_meta_get_playout_delay()); reading adds nothing.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-6=(string)http://www.webrtc.org/experiments/rtp-hdrext/playout-delay' ! fakesink
 * ]| Asks receivers to show every frame at once.
 * |[
 * gst-launch-1.0 videotestsrc num-buffers=30 ! vp8enc ! rtpvp8pay ! 'application/x-rtp,extmap-6=(string)http://www.webrtc.org/experiments/rtp-hdrext/playout-delay' ! rtpvp8depay ! vp8dec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

#define UNIT_MS 10
#define MAX_DELAY_MS (0xfff * UNIT_MS)

enum
{
  PROP_0,
  PROP_MIN_DELAY,
  PROP_MAX_DELAY,
};

struct _GstDiscordHdrextPlayoutDelay
{
  GstDiscordHdrextBase parent;

  /* ms; object lock */
  guint min_delay;
  guint max_delay;
};

G_DEFINE_FINAL_TYPE (GstDiscordHdrextPlayoutDelay,
    gst_discord_hdrext_playout_delay, GST_TYPE_DISCORD_HDREXT_BASE);
GST_ELEMENT_REGISTER_DEFINE (discordhdrextplayoutdelay,
    "discordhdrextplayoutdelay", GST_RANK_MARGINAL,
    GST_TYPE_DISCORD_HDREXT_PLAYOUT_DELAY);

static void
playout_delay_write (GstDiscordHdrextBase *base, guint8 *data)
{
  GstDiscordHdrextPlayoutDelay *self = GST_DISCORD_HDREXT_PLAYOUT_DELAY (base);
  guint min, max;

  GST_OBJECT_LOCK (self);
  min = self->min_delay / UNIT_MS;
  /* The two are set one after the other. */
  max = MAX (self->max_delay / UNIT_MS, min);
  GST_OBJECT_UNLOCK (self);
  data[0] = min >> 4;
  data[1] = (min & 0xf) << 4 | max >> 8;
  data[2] = max & 0xff;
}

static void
gst_discord_hdrext_playout_delay_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextPlayoutDelay *self =
      GST_DISCORD_HDREXT_PLAYOUT_DELAY (object);

  GST_OBJECT_LOCK (self);
  if (id == PROP_MIN_DELAY)
    self->min_delay = g_value_get_uint (value);
  else if (id == PROP_MAX_DELAY)
    self->max_delay = g_value_get_uint (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_hdrext_playout_delay_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordHdrextPlayoutDelay *self =
      GST_DISCORD_HDREXT_PLAYOUT_DELAY (object);

  GST_OBJECT_LOCK (self);
  if (id == PROP_MIN_DELAY)
    g_value_set_uint (value, self->min_delay);
  else if (id == PROP_MAX_DELAY)
    g_value_set_uint (value, self->max_delay);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_hdrext_playout_delay_class_init (
    GstDiscordHdrextPlayoutDelayClass *klass)
{
  const GParamFlags flags =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstDiscordHdrextBaseClass *base_class = GST_DISCORD_HDREXT_BASE_CLASS (klass);

  object_class->set_property = gst_discord_hdrext_playout_delay_set_property;
  object_class->get_property = gst_discord_hdrext_playout_delay_get_property;
  base_class->write_value = playout_delay_write;
  /**
   * GstDiscordHdrextPlayoutDelay:min-delay:
   *
   * How long receivers should hold a frame at least, in milliseconds; steps of
   * 10 are sent.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MIN_DELAY,
      g_param_spec_uint ("min-delay", "Minimum delay",
          "Shortest time receivers should hold a frame, in milliseconds", 0,
          MAX_DELAY_MS, 0, flags));
  /**
   * GstDiscordHdrextPlayoutDelay:max-delay:
   *
   * How long receivers should hold a frame at most, in milliseconds; steps of
   * 10 are sent, and never less than the minimum.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_MAX_DELAY,
      g_param_spec_uint ("max-delay", "Maximum delay",
          "Longest time receivers should hold a frame, in milliseconds", 0,
          MAX_DELAY_MS, 0, flags));

  gst_discord_hdrext_base_class_describe (base_class,
      DISCORD_HDREXT_URI_PLAYOUT_DELAY, 3, "Playout delay extension",
      "Tells in RTP packets how long a receiver should hold a frame");
}

static void
gst_discord_hdrext_playout_delay_init (GstDiscordHdrextPlayoutDelay *self)
{
}
