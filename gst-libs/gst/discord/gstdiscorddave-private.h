/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* End-to-end encrypted frames as caps and buffers; for our own plugins, not
 * installed. Encrypted media has a media type of its own, so that no parser,
 * payloader or decoder takes it by mistake. */

#include <gst/discord/discord-prelude.h>

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_DISCORD_DAVE_CAPS "application/x-dave"
/* Field: the media type before encryption. Its other fields stay. */
#define GST_DISCORD_DAVE_ORIGINAL "original-media-type"

/* The first structure is in its encrypted form. */
GST_DISCORD_API
gboolean gst_discord_caps_is_encrypted (const GstCaps *caps);

/* (transfer full): each structure in its encrypted form, and in clear. What is
 * so already stays. */
GST_DISCORD_API
GstCaps *gst_discord_caps_encrypted (const GstCaps *caps);
GST_DISCORD_API
GstCaps *gst_discord_caps_clear (const GstCaps *caps);

/* The protocol frame check of the DAVE whitepaper: whether it looks like a frame
 * that somebody encrypted. */
GST_DISCORD_API
gboolean gst_discord_buffer_is_encrypted (GstBuffer *buffer);

G_END_DECLS
