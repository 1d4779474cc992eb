/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What our payloaders have in common: the outgoing RTP stream, its header
 * extensions and how a new session starts a new one. Pads are made of the
 * templates "sink" and "src" of the class. */

#include <gst/rtp/rtp.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_RTP_PAY (gst_discord_rtp_pay_get_type ())
G_DECLARE_DERIVABLE_TYPE (
    GstDiscordRtpPay, gst_discord_rtp_pay, GST, DISCORD_RTP_PAY, GstElement)

struct _GstDiscordRtpPayClass
{
  GstElementClass parent;

  /* What comes in is going to be @caps; optional. */
  gboolean (*set_caps) (GstDiscordRtpPay *self, GstCaps *caps);
  /* What our packets are, but for payload type, SSRC and extensions. */
  GstCaps *(*get_caps) (GstDiscordRtpPay *self);
  guint (*get_default_pt) (GstDiscordRtpPay *self);
  guint (*get_clock_rate) (GstDiscordRtpPay *self);
  /* A new RTP stream begins, or one goes on that another sender began; optional.
   * @session: the event that says so (nullable). */
  void (*start_stream) (GstDiscordRtpPay *self, const GstStructure *session);
  /* Takes @frame. */
  GstFlowReturn (*handle_frame) (GstDiscordRtpPay *self, GstBuffer *frame);
};

/* Sending of one frame; all packets have its metas and times. */
typedef struct
{
  GstBuffer *frame; /* borrowed */
  GPtrArray *extensions;
  guint8 pt;
  guint32 timestamp;
} GstDiscordRtpFrame;

/* @duration: in RTP ticks, of a frame whose buffer does not know. */
void gst_discord_rtp_pay_begin (GstDiscordRtpPay *self, GstBuffer *frame,
    guint32 duration, GstDiscordRtpFrame *sent);

/* A packet with the first @size bytes of its payload, to which the rest is
 * appended. */
GstBuffer *gst_discord_rtp_pay_packet (GstDiscordRtpPay *self,
    const GstDiscordRtpFrame *sent, gboolean marker, const guint8 *payload,
    gsize size);

void gst_discord_rtp_pay_end (GstDiscordRtpPay *self, GstDiscordRtpFrame *sent);

GstPad *gst_discord_rtp_pay_get_src_pad (GstDiscordRtpPay *self);

G_END_DECLS
