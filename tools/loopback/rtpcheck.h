/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Reading plain RTP and RTCP of clients strictly. Pure functions over bytes. */

/* What stays clear and is authenticated; 0: the header does not fit. */
gsize lb_rtp_clear_size (const guint8 *packet, gsize length);
gboolean lb_is_rtcp (const guint8 *packet);
guint32 lb_packet_ssrc (const guint8 *packet);
/* Of RTP. */
guint16 lb_packet_seq (const guint8 *packet);
guint32 lb_packet_timestamp (const guint8 *packet);
guint lb_packet_type (const guint8 *packet);
gboolean lb_packet_marker (const guint8 *packet);
guint lb_read_u16 (const guint8 *from);
guint32 lb_read_u32 (const guint8 *from);
void lb_write_u16 (guint8 *to, guint value);
void lb_write_u32 (guint8 *to, guint32 value);

/* NULL, or the name of what is wrong with a decrypted packet. @payload and
 * @payload_length are set when NULL is returned. */
const char *lb_rtp_check (const guint8 *packet, gsize length, guint pt,
    const guint8 **payload, gsize *payload_length);
/* The content of a header extension in a packet that passed lb_rtp_check(),
 * which then may be written to; NULL: it has none of that id. */
guint8 *lb_rtp_find_element (guint8 *packet, guint id, gsize *size);
const char *lb_rtcp_check (const guint8 *packet, gsize length);
