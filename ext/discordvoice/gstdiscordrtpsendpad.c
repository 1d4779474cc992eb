/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpsendpad.h"

enum
{
  PROP_0,
  PROP_RTX_SSRC
};

G_DEFINE_FINAL_TYPE (
    GstDiscordRtpSendPad, gst_discord_rtp_send_pad, GST_TYPE_GHOST_PAD);

guint32
gst_discord_rtp_send_pad_get_rtx_ssrc (GstDiscordRtpSendPad *self)
{
  return (guint32) g_atomic_int_get (&self->rtx_ssrc);
}

static void
gst_discord_rtp_send_pad_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpSendPad *self = GST_DISCORD_RTP_SEND_PAD (object);

  if (prop_id == PROP_RTX_SSRC)
    g_atomic_int_set (&self->rtx_ssrc, g_value_get_uint (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
gst_discord_rtp_send_pad_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpSendPad *self = GST_DISCORD_RTP_SEND_PAD (object);

  if (prop_id == PROP_RTX_SSRC)
    g_value_set_uint (value, gst_discord_rtp_send_pad_get_rtx_ssrc (self));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
gst_discord_rtp_send_pad_dispose (GObject *object)
{
  GstDiscordRtpSendPad *self = GST_DISCORD_RTP_SEND_PAD (object);

  gst_clear_object (&self->rtp);
  gst_clear_object (&self->rtcp);
  G_OBJECT_CLASS (gst_discord_rtp_send_pad_parent_class)->dispose (object);
}

static void
gst_discord_rtp_send_pad_class_init (GstDiscordRtpSendPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_discord_rtp_send_pad_set_property;
  object_class->get_property = gst_discord_rtp_send_pad_get_property;
  object_class->dispose = gst_discord_rtp_send_pad_dispose;

  /**
   * GstDiscordRtpSendPad:rtx-ssrc:
   *
   * The SSRC of the retransmissions of this stream's packets, as Ready announced
   * it; 0 is the SSRC after that of the media. Default: 0.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_RTX_SSRC,
      g_param_spec_uint ("rtx-ssrc", "RTX SSRC",
          "SSRC of retransmissions (0 = the one after that of the media)", 0,
          G_MAXUINT, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
}

static void
gst_discord_rtp_send_pad_init (GstDiscordRtpSendPad *self)
{
  /* The SSRC is the connection's, which the sender knows. An RTP session that had
   * to report before anything was sent would ask for the one it made up. */
  GST_PAD_UNSET_PROXY_CAPS (GST_PAD (self));
}
