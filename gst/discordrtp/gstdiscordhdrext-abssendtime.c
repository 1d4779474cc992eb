/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordhdrextabssendtime
 * @title: discordhdrextabssendtime
 * @short_description: RTP header extension with the absolute send time
 *
 * Writes the wall clock of the moment the packet is made, as 24 bits of
 * seconds modulo 64. Reading adds a #GstReferenceTimestampMeta with caps
 * timestamp/x-unix.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-3=(string)http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time' ! fakesink
 * ]| Puts its send time into every packet.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay ! 'application/x-rtp,extmap-3=(string)http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time' ! rtpopusdepay ! opusdec ! fakesink
 * ]| Reads it again behind the packets.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"

static GstStaticCaps unix_caps = GST_STATIC_CAPS ("timestamp/x-unix");

struct _GstDiscordHdrextAbsSendTime
{
  GstDiscordHdrextBase parent;
};

G_DEFINE_FINAL_TYPE (GstDiscordHdrextAbsSendTime,
    gst_discord_hdrext_abs_send_time, GST_TYPE_DISCORD_HDREXT_BASE);
GST_ELEMENT_REGISTER_DEFINE (discordhdrextabssendtime,
    "discordhdrextabssendtime", GST_RANK_MARGINAL,
    GST_TYPE_DISCORD_HDREXT_ABS_SEND_TIME);

static void
abs_send_time_write (GstDiscordHdrextBase *base, guint8 *data)
{
  discord_hdrext_write_send_time (data, g_get_real_time ());
}

static void
abs_send_time_read (
    GstDiscordHdrextBase *base, const guint8 *data, GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = gst_static_caps_get (&unix_caps);

  gst_buffer_add_reference_timestamp_meta (buffer, caps,
      discord_hdrext_read_send_time (data, g_get_real_time ()) * GST_USECOND,
      GST_CLOCK_TIME_NONE);
}

static void
gst_discord_hdrext_abs_send_time_class_init (
    GstDiscordHdrextAbsSendTimeClass *klass)
{
  GstDiscordHdrextBaseClass *base_class = GST_DISCORD_HDREXT_BASE_CLASS (klass);

  base_class->write_value = abs_send_time_write;
  base_class->read_value = abs_send_time_read;
  gst_discord_hdrext_base_class_describe (base_class,
      DISCORD_HDREXT_URI_ABS_SEND_TIME, DISCORD_HDREXT_ABS_SEND_TIME_SIZE,
      "Absolute send time extension",
      "Carries the wall clock of sending in RTP packets");
}

static void
gst_discord_hdrext_abs_send_time_init (GstDiscordHdrextAbsSendTime *self)
{
}
