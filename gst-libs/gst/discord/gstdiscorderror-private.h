/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscorderror.h>

G_BEGIN_DECLS

/* What to do after the voice gateway closed on us (voice-gateway section 4). */
typedef enum
{
  DISCORD_REACTION_NONE, /* our own close */
  DISCORD_REACTION_RESUME, /* resume; when that fails, rejoin */
  DISCORD_REACTION_REJOIN, /* new op 4, as often as the policy allows */
  DISCORD_REACTION_REJOIN_ONCE, /* once; fatal when it comes back in a minute */
  DISCORD_REACTION_REJOIN_XCHACHA, /* once, with XChaCha20 only */
  DISCORD_REACTION_WAIT, /* for the main gateway to tell */
  DISCORD_REACTION_GIVE_UP,
} DiscordReaction;

typedef struct
{
  guint16 code;
  DiscordReaction reaction;
  GstDiscordError error;
  const gchar *message; /* a sentence a person can act on */
} DiscordCloseCode;

/* Never NULL: codes without a row of their own get the row of their range. */
GST_DISCORD_API
const DiscordCloseCode *gst_discord_voice_close_code (guint16 code);

/* Main gateway (voice-gateway 1.5): RESUME, REJOIN (new identify) or GIVE_UP. */
GST_DISCORD_API
const DiscordCloseCode *gst_discord_main_close_code (guint16 code);

/* Posts @error once as GST_MESSAGE_ERROR of @element with domain and code of
 * the craft table, and the details close-code and retryable where known. */
GST_DISCORD_API
void gst_discord_error_post (GstElement *element, const GError *error);

/* Keeps the close code with the error: gst_discord_error_get_close_code()
 * reads it back from errors made here, 0 from others. */
GST_DISCORD_API
GError *gst_discord_error_new_closed (
    const DiscordCloseCode *row, guint16 code, const gchar *reason);
GST_DISCORD_API
guint16 gst_discord_error_get_close_code (const GError *error);

G_END_DECLS
