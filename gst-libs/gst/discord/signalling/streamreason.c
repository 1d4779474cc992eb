/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "streamreason.h"

#include <gst/discord/gstdiscorderror.h>

#define NO_ERROR (-1)

static const struct
{
  GstDiscordStreamDeleteReason reason;
  const gchar *word;
  gint error; /* a GstDiscordError, or NO_ERROR */
  const gchar *message;
} reasons[] = {
  { GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED, "user_requested", NO_ERROR,
      NULL },
  { GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED, "stream_ended", NO_ERROR,
      NULL },
  { GST_DISCORD_STREAM_DELETE_REASON_STREAM_FULL, "stream_full",
      GST_DISCORD_ERROR_STREAM_FULL,
      "The stream has as many viewers as it may have." },
  { GST_DISCORD_STREAM_DELETE_REASON_UNAUTHORIZED, "unauthorized",
      GST_DISCORD_ERROR_STREAM_REFUSED, "We may not watch this stream." },
  { GST_DISCORD_STREAM_DELETE_REASON_SAFETY_GUILD_RATE_LIMITED,
      "safety_guild_rate_limited", GST_DISCORD_ERROR_RATE_LIMITED,
      "Too many streams in this guild; try again later." },
  { GST_DISCORD_STREAM_DELETE_REASON_PARSE_FAILED, "parse_failed",
      GST_DISCORD_ERROR_PROTOCOL, "The gateway could not read a stream key." },
  { GST_DISCORD_STREAM_DELETE_REASON_INVALID_CHANNEL, "invalid_channel",
      GST_DISCORD_ERROR_STREAM_REFUSED, "Nobody can be live in this channel." },
};

GstDiscordStreamDeleteReason
discord_stream_delete_reason_parse (const gchar *word)
{
  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (reasons); i++) {
    if (g_str_equal (reasons[i].word, word))
      return reasons[i].reason;
  }
  return GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN;
}

GError *
discord_stream_delete_reason_new_error (GstDiscordStreamDeleteReason reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++) {
    if (reasons[i].reason == reason && reasons[i].error != NO_ERROR)
      return g_error_new_literal (
          GST_DISCORD_ERROR, reasons[i].error, reasons[i].message);
  }
  return NULL;
}
