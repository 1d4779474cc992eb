/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_TRANSPORT (gst_discord_transport_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordTransport, gst_discord_transport, GST,
    DISCORD_TRANSPORT, GstElement)

/* (transfer full): a sink pad whose packets are sent, active and of no element.
 * For a bin in which what is received and what is sent pass the same elements: it
 * would see a loop. Not to be used when the transport is gone. */
GstPad *gst_discord_transport_new_outlet (
    GstDiscordTransport *self, gboolean rtcp);

GST_ELEMENT_REGISTER_DECLARE (discordtransport);

/* Waits until every packet that has arrived so far was pushed. Not from a thread
 * that pushes them. */
void gst_discord_transport_wait_pushed (GstDiscordTransport *self);

G_END_DECLS
