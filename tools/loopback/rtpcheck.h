/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Reading plain RTP and RTCP of clients strictly. Pure functions over bytes. */

/* What stays clear and is authenticated; 0: the header does not fit. */
gsize lb_rtp_clear_size (const guint8 *packet, gsize length);
gboolean lb_is_rtcp (const guint8 *packet);
guint32 lb_packet_ssrc (const guint8 *packet);

/* NULL, or the name of what is wrong with a decrypted packet. @payload and
 * @payload_length are set when NULL is returned. */
const char *lb_rtp_check (const guint8 *packet, gsize length, guint opus_pt,
    const guint8 **payload, gsize *payload_length);
const char *lb_rtcp_check (const guint8 *packet, gsize length);
