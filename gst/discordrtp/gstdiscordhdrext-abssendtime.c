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

GST_DEBUG_CATEGORY_STATIC (discord_hdrext_abs_send_time_debug);
#define GST_CAT_DEFAULT discord_hdrext_abs_send_time_debug

static GstStaticCaps unix_caps = GST_STATIC_CAPS ("timestamp/x-unix");

struct _GstDiscordHdrextAbsSendTime
{
  GstRTPHeaderExtension parent;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordHdrextAbsSendTime,
    gst_discord_hdrext_abs_send_time, GST_TYPE_RTP_HEADER_EXTENSION,
    GST_DEBUG_CATEGORY_INIT (discord_hdrext_abs_send_time_debug,
        "discordhdrextabssendtime", 0, "Absolute send time"));
GST_ELEMENT_REGISTER_DEFINE (discordhdrextabssendtime,
    "discordhdrextabssendtime", GST_RANK_MARGINAL,
    GST_TYPE_DISCORD_HDREXT_ABS_SEND_TIME);

static GstRTPHeaderExtensionFlags
abs_send_time_get_supported_flags (GstRTPHeaderExtension *ext)
{
  return GST_RTP_HEADER_EXTENSION_ONE_BYTE | GST_RTP_HEADER_EXTENSION_TWO_BYTE;
}

static gsize
abs_send_time_get_max_size (GstRTPHeaderExtension *ext, const GstBuffer *input)
{
  return DISCORD_HDREXT_ABS_SEND_TIME_SIZE;
}

static gssize
abs_send_time_write (GstRTPHeaderExtension *ext, const GstBuffer *input,
    GstRTPHeaderExtensionFlags flags, GstBuffer *output, guint8 *data,
    gsize size)
{
  if (size < DISCORD_HDREXT_ABS_SEND_TIME_SIZE)
    return -1;
  discord_hdrext_write_send_time (data, g_get_real_time ());
  return DISCORD_HDREXT_ABS_SEND_TIME_SIZE;
}

static gboolean
abs_send_time_read (GstRTPHeaderExtension *ext,
    GstRTPHeaderExtensionFlags flags, const guint8 *data, gsize size,
    GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = NULL;

  /* FALSE would leave a 1.22 depayloader locked, so bad data is skipped. */
  if (size != DISCORD_HDREXT_ABS_SEND_TIME_SIZE) {
    GST_DEBUG_OBJECT (ext, "time of %" G_GSIZE_FORMAT " bytes ignored", size);
    return TRUE;
  }
  caps = gst_static_caps_get (&unix_caps);
  gst_buffer_add_reference_timestamp_meta (buffer, caps,
      discord_hdrext_read_send_time (data, g_get_real_time ()) * GST_USECOND,
      GST_CLOCK_TIME_NONE);
  return TRUE;
}

static void
gst_discord_hdrext_abs_send_time_class_init (
    GstDiscordHdrextAbsSendTimeClass *klass)
{
  GstRTPHeaderExtensionClass *ext_class =
      GST_RTP_HEADER_EXTENSION_CLASS (klass);

  ext_class->get_supported_flags = abs_send_time_get_supported_flags;
  ext_class->get_max_size = abs_send_time_get_max_size;
  ext_class->write = abs_send_time_write;
  ext_class->read = abs_send_time_read;
  gst_rtp_header_extension_class_set_uri (
      ext_class, DISCORD_HDREXT_URI_ABS_SEND_TIME);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Absolute send time extension", GST_RTP_HDREXT_ELEMENT_CLASS,
      "Carries the wall clock of sending in RTP packets",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_hdrext_abs_send_time_init (GstDiscordHdrextAbsSendTime *self)
{
}
