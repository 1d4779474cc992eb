/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Packets of sent video: what only the one who sends them last can fill in, and
 * their retransmissions (media-transport 3.3 and 9.1). */

#include <gst/gst.h>

#include "../../gst-libs/gst/discord/transport/rtppacket.h"

G_BEGIN_DECLS

/* FALSE when @packet does not begin with a whole RTP header. */
gboolean discord_rtp_packet_read (GstBuffer *packet, RtpHeader *header);

/* A retransmission of @packet with a header of its own; the payload is shared.
 * NULL when @packet is no RTP. */
GstBuffer *discord_rtx_packet_new (
    GstBuffer *packet, guint8 payload_type, guint16 sequence, guint32 ssrc);

/* Whether @packet has a transport-wide sequence number. */
gboolean discord_rtp_packet_is_numbered (
    GstBuffer *packet, const RtpHeader *header);

/* Gives @packet, which is writable, its transport-wide sequence number and, with
 * @unix_ns not negative, its time of sending, where it has room for them. */
void discord_rtp_packet_stamp (
    GstBuffer *packet, guint16 transport_sequence, gint64 unix_ns);

G_END_DECLS
