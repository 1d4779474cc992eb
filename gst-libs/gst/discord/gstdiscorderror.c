/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscorderror
 * @title: GstDiscordError
 * @short_description: Error domain, close codes and what follows from them
 *
 * Every way a connection can fail has one code here. Close codes of both
 * gateways, the reaction to each and the bus error it ends in are tables of
 * this file and nowhere else.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorderror-private.h"

#include <gio/gio.h>

typedef struct
{
  guint16 close_code;
} GstDiscordErrorPrivate;

static void
gst_discord_error_private_init (GstDiscordErrorPrivate *priv)
{
  priv->close_code = 0;
}

static void
gst_discord_error_private_copy (
    const GstDiscordErrorPrivate *src, GstDiscordErrorPrivate *dest)
{
  *dest = *src;
}

static void
gst_discord_error_private_clear (GstDiscordErrorPrivate *priv)
{
}

G_DEFINE_EXTENDED_ERROR (GstDiscordError, gst_discord_error)

#define DISCORD_ERROR_ENTRY(NAME, nick)                                        \
  {                                                                            \
    GST_DISCORD_ERROR_##NAME, "GST_DISCORD_ERROR_" #NAME, nick                 \
  }

GType
gst_discord_error_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    DISCORD_ERROR_ENTRY (FAILED, "failed"),
    DISCORD_ERROR_ENTRY (SETTINGS, "settings"),
    DISCORD_ERROR_ENTRY (CONFLICT, "conflict"),
    DISCORD_ERROR_ENTRY (NOT_AUTHORIZED, "not-authorized"),
    DISCORD_ERROR_ENTRY (INTENTS, "intents"),
    DISCORD_ERROR_ENTRY (SHARDING, "sharding"),
    DISCORD_ERROR_ENTRY (API_VERSION, "api-version"),
    DISCORD_ERROR_ENTRY (TOO_MANY_SESSIONS, "too-many-sessions"),
    DISCORD_ERROR_ENTRY (UNREACHABLE, "unreachable"),
    DISCORD_ERROR_ENTRY (TLS, "tls"),
    DISCORD_ERROR_ENTRY (JOIN_TIMEOUT, "join-timeout"),
    DISCORD_ERROR_ENTRY (MOVE_TIMEOUT, "move-timeout"),
    DISCORD_ERROR_ENTRY (SERVER_TIMEOUT, "server-timeout"),
    DISCORD_ERROR_ENTRY (UDP_BLOCKED, "udp-blocked"),
    DISCORD_ERROR_ENTRY (PROTOCOL, "protocol"),
    DISCORD_ERROR_ENTRY (SESSION_INVALID, "session-invalid"),
    DISCORD_ERROR_ENTRY (SESSION_TIMEOUT, "session-timeout"),
    DISCORD_ERROR_ENTRY (SERVER_NOT_FOUND, "server-not-found"),
    DISCORD_ERROR_ENTRY (UNKNOWN_PROTOCOL, "unknown-protocol"),
    DISCORD_ERROR_ENTRY (DISCONNECTED, "disconnected"),
    DISCORD_ERROR_ENTRY (SERVER_CRASHED, "server-crashed"),
    DISCORD_ERROR_ENTRY (ENCRYPTION_MODE, "encryption-mode"),
    DISCORD_ERROR_ENTRY (E2EE_REQUIRED, "e2ee-required"),
    DISCORD_ERROR_ENTRY (RATE_LIMITED, "rate-limited"),
    DISCORD_ERROR_ENTRY (CALL_TERMINATED, "call-terminated"),
    DISCORD_ERROR_ENTRY (NONCE_EXHAUSTED, "nonce-exhausted"),
    DISCORD_ERROR_ENTRY (NOT_CONNECTED, "not-connected"),
    DISCORD_ERROR_ENTRY (NOT_SUPPORTED, "not-supported"),
    DISCORD_ERROR_ENTRY (STREAM_FULL, "stream-full"),
    DISCORD_ERROR_ENTRY (STREAM_REFUSED, "stream-refused"),
    DISCORD_ERROR_ENTRY (STREAM_GONE, "stream-gone"),
    DISCORD_ERROR_ENTRY (STREAM_ENDED, "stream-ended"),
    DISCORD_ERROR_ENTRY (NOT_A_MEMBER, "not-a-member"),
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstDiscordError", values));
  return type;
}

/* Voice gateway section 4. The last row is every other code: 1000-3999 not
 * closed by us, and 0 for a link lost without a close frame. */
static const DiscordCloseCode voice_close_codes[] = {
  { 4001, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_PROTOCOL,
      "The voice server does not know an opcode we sent." },
  { 4002, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_PROTOCOL,
      "The voice server could not read a message we sent." },
  { 4003, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_NOT_AUTHORIZED,
      "The voice server got a message before we had identified." },
  { 4004, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_NOT_AUTHORIZED,
      "The voice server refused the voice token." },
  { 4005, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_PROTOCOL,
      "The voice server got a second identify." },
  { 4006, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SESSION_INVALID,
      "The voice session is no longer valid." },
  { 4009, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SESSION_TIMEOUT,
      "The voice session timed out." },
  { 4011, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SERVER_NOT_FOUND,
      "The voice server does not serve this guild or channel." },
  { 4012, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_UNKNOWN_PROTOCOL,
      "The voice server refused the UDP protocol." },
  { 4013, DISCORD_REACTION_RESUME, GST_DISCORD_ERROR_SERVER_CRASHED,
      "The voice server's media worker crashed." },
  { 4014, DISCORD_REACTION_WAIT, GST_DISCORD_ERROR_DISCONNECTED,
      "Disconnected from the channel: kicked, moved, or the channel is gone." },
  { 4015, DISCORD_REACTION_RESUME, GST_DISCORD_ERROR_SERVER_CRASHED,
      "The voice server crashed." },
  { 4016, DISCORD_REACTION_REJOIN_XCHACHA, GST_DISCORD_ERROR_ENCRYPTION_MODE,
      "The voice server does not know the transport encryption mode." },
  { 4017, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_E2EE_REQUIRED,
      "This call requires end-to-end encryption (DAVE); set e2ee to "
      "required." },
  { 4020, DISCORD_REACTION_REJOIN_ONCE, GST_DISCORD_ERROR_PROTOCOL,
      "The voice server refused a request as malformed." },
  { 4021, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_RATE_LIMITED,
      "Rate limited by the voice server; try again after a minute." },
  { 4022, DISCORD_REACTION_WAIT, GST_DISCORD_ERROR_CALL_TERMINATED,
      "The call ended: everyone was disconnected." },
  { 0, DISCORD_REACTION_RESUME, GST_DISCORD_ERROR_SERVER_TIMEOUT,
      "The connection to the voice server was lost." },
};

/* Codes from 4000 that no source lists: the session is gone, its cause is not
 * known. */
static const DiscordCloseCode voice_close_unknown = { 4000,
  DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_FAILED,
  "The voice server closed the connection for a reason we do not know." };

/* Voice gateway 1.5, the main gateway's codes. */
static const DiscordCloseCode main_close_codes[] = {
  { 4003, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_PROTOCOL,
      "The gateway got a message before we had identified." },
  { 4004, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_NOT_AUTHORIZED,
      "The gateway refused the token." },
  { 4007, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SESSION_INVALID,
      "The gateway refused the sequence number of a resume." },
  { 4009, DISCORD_REACTION_REJOIN, GST_DISCORD_ERROR_SESSION_TIMEOUT,
      "The gateway session timed out." },
  { 4010, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_SHARDING,
      "The gateway refused the shard." },
  { 4011, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_SHARDING,
      "This bot is in too many guilds for one connection: sharding is required; "
      "bring your own gateway." },
  { 4012, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_API_VERSION,
      "The gateway no longer serves this API version." },
  { 4013, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_INTENTS,
      "The gateway refused the intents." },
  { 4014, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_INTENTS,
      "The gateway refused an intent this bot may not use." },
  { 4015, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_TOO_MANY_SESSIONS,
      "This account has too many gateway sessions." },
  { 4016, DISCORD_REACTION_GIVE_UP, GST_DISCORD_ERROR_TOO_MANY_SESSIONS,
      "The connection request is gone." },
  { 0, DISCORD_REACTION_RESUME, GST_DISCORD_ERROR_UNREACHABLE,
      "The connection to the gateway was lost." },
};

const DiscordCloseCode *
gst_discord_voice_close_code (guint16 code)
{
  guint last = G_N_ELEMENTS (voice_close_codes) - 1;

  for (guint i = 0; i < last; i++) {
    if (voice_close_codes[i].code == code)
      return &voice_close_codes[i];
  }
  return code < 4000 ? &voice_close_codes[last] : &voice_close_unknown;
}

const DiscordCloseCode *
gst_discord_main_close_code (guint16 code)
{
  guint last = G_N_ELEMENTS (main_close_codes) - 1;

  for (guint i = 0; i < last; i++) {
    if (main_close_codes[i].code == code)
      return &main_close_codes[i];
  }
  return &main_close_codes[last];
}

GError *
gst_discord_error_new_closed (
    const DiscordCloseCode *row, guint16 code, const gchar *reason)
{
  g_autofree gchar *valid = NULL;
  GError *error;

  if (reason != NULL && *reason != '\0') {
    valid = g_utf8_make_valid (reason, -1);
    error = g_error_new (GST_DISCORD_ERROR, row->error,
        "%s (close code %u: %s)", row->message, code, valid);
  } else if (code != 0) {
    error = g_error_new (GST_DISCORD_ERROR, row->error, "%s (close code %u)",
        row->message, code);
  } else {
    error = g_error_new_literal (GST_DISCORD_ERROR, row->error, row->message);
  }
  gst_discord_error_get_private (error)->close_code = code;
  return error;
}

guint16
gst_discord_error_get_close_code (const GError *error)
{
  if (error->domain != GST_DISCORD_ERROR)
    return 0;
  return gst_discord_error_get_private (error)->close_code;
}

/* READ stands for READ of a source and WRITE of a sink. */
static GstResourceError
discord_error_to_resource (GstDiscordError code)
{
  switch (code) {
    case GST_DISCORD_ERROR_SETTINGS:
    case GST_DISCORD_ERROR_CONFLICT:
    case GST_DISCORD_ERROR_API_VERSION:
    case GST_DISCORD_ERROR_SHARDING:
    case GST_DISCORD_ERROR_UNKNOWN_PROTOCOL:
    case GST_DISCORD_ERROR_ENCRYPTION_MODE:
    case GST_DISCORD_ERROR_E2EE_REQUIRED:
    case GST_DISCORD_ERROR_NOT_SUPPORTED:
      return GST_RESOURCE_ERROR_SETTINGS;
    case GST_DISCORD_ERROR_NOT_AUTHORIZED:
    case GST_DISCORD_ERROR_STREAM_REFUSED:
    case GST_DISCORD_ERROR_INTENTS:
      return GST_RESOURCE_ERROR_NOT_AUTHORIZED;
    case GST_DISCORD_ERROR_STREAM_GONE:
    case GST_DISCORD_ERROR_STREAM_ENDED:
    case GST_DISCORD_ERROR_SERVER_NOT_FOUND:
      return GST_RESOURCE_ERROR_NOT_FOUND;
    case GST_DISCORD_ERROR_JOIN_TIMEOUT:
    case GST_DISCORD_ERROR_MOVE_TIMEOUT:
    case GST_DISCORD_ERROR_TOO_MANY_SESSIONS:
    case GST_DISCORD_ERROR_STREAM_FULL:
    case GST_DISCORD_ERROR_RATE_LIMITED:
      return GST_RESOURCE_ERROR_BUSY;
    case GST_DISCORD_ERROR_DISCONNECTED:
    case GST_DISCORD_ERROR_CALL_TERMINATED:
      return GST_RESOURCE_ERROR_READ;
    case GST_DISCORD_ERROR_UNREACHABLE:
    case GST_DISCORD_ERROR_TLS:
    case GST_DISCORD_ERROR_SERVER_TIMEOUT:
    case GST_DISCORD_ERROR_UDP_BLOCKED:
    case GST_DISCORD_ERROR_PROTOCOL:
    case GST_DISCORD_ERROR_SESSION_INVALID:
    case GST_DISCORD_ERROR_SESSION_TIMEOUT:
    case GST_DISCORD_ERROR_SERVER_CRASHED:
      return GST_RESOURCE_ERROR_OPEN_READ_WRITE;
    case GST_DISCORD_ERROR_FAILED:
    case GST_DISCORD_ERROR_NONCE_EXHAUSTED:
    case GST_DISCORD_ERROR_NOT_CONNECTED:
    case GST_DISCORD_ERROR_NOT_A_MEMBER:
      break;
  }
  return GST_RESOURCE_ERROR_FAILED;
}

/* Whether starting the pipeline again without changing anything may help. */
static gboolean
discord_error_is_retryable (GstDiscordError code)
{
  switch (discord_error_to_resource (code)) {
    case GST_RESOURCE_ERROR_SETTINGS:
    case GST_RESOURCE_ERROR_NOT_AUTHORIZED:
      return FALSE;
    default:
      return code != GST_DISCORD_ERROR_TLS
          && code != GST_DISCORD_ERROR_DISCONNECTED;
  }
}

void
gst_discord_error_post (GstElement *element, const GError *error)
{
  GstResourceError code = GST_RESOURCE_ERROR_OPEN_READ_WRITE;
  gboolean retryable = TRUE;
  GstStructure *details;

  if (error->domain == GST_DISCORD_ERROR) {
    code = discord_error_to_resource (error->code);
    retryable = discord_error_is_retryable (error->code);
  } else if (error->domain == G_TLS_ERROR) {
    retryable = FALSE;
  }
  if (code == GST_RESOURCE_ERROR_READ
      && GST_OBJECT_FLAG_IS_SET (element, GST_ELEMENT_FLAG_SINK))
    code = GST_RESOURCE_ERROR_WRITE;

  details = gst_structure_new ("discord-error", "domain", G_TYPE_STRING,
      g_quark_to_string (error->domain), "code", G_TYPE_INT, error->code,
      "retryable", G_TYPE_BOOLEAN, retryable, NULL);
  if (gst_discord_error_get_close_code (error) != 0)
    gst_structure_set (details, "close-code", G_TYPE_UINT,
        gst_discord_error_get_close_code (error), NULL);

  gst_element_message_full_with_details (element, GST_MESSAGE_ERROR,
      GST_RESOURCE_ERROR, code, g_strdup (error->message),
      g_strdup_printf (
          "%s, code %d", g_quark_to_string (error->domain), error->code),
      __FILE__, GST_FUNCTION, __LINE__, details);
}
