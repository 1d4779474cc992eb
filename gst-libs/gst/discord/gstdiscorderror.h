/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/discord-prelude.h>

G_BEGIN_DECLS

/**
 * GstDiscordError:
 * @GST_DISCORD_ERROR_FAILED: anything without a code of its own
 * @GST_DISCORD_ERROR_SETTINGS: a missing, contradictory or refused setting
 * @GST_DISCORD_ERROR_CONFLICT: another user of the same connection has other
 *     settings
 * @GST_DISCORD_ERROR_NOT_AUTHORIZED: bad token (main gateway 4004, HTTP 401) or
 *     voice authentication failed (voice gateway 4004)
 * @GST_DISCORD_ERROR_INTENTS: intents refused (main gateway 4013, 4014)
 * @GST_DISCORD_ERROR_SHARDING: sharding required or wrong (main 4010, 4011)
 * @GST_DISCORD_ERROR_API_VERSION: gateway version refused (main gateway 4012)
 * @GST_DISCORD_ERROR_TOO_MANY_SESSIONS: main gateway 4015, 4016, or the
 *     identify limit is used up
 * @GST_DISCORD_ERROR_UNREACHABLE: no network path: DNS, TCP, HTTP or websocket
 *     handshake
 * @GST_DISCORD_ERROR_TLS: the server's certificate was refused
 * @GST_DISCORD_ERROR_JOIN_TIMEOUT: the gateway never answered the join: channel
 *     full, no CONNECT permission, or no such channel
 * @GST_DISCORD_ERROR_MOVE_TIMEOUT: as above for a move
 * @GST_DISCORD_ERROR_SERVER_TIMEOUT: the voice server stopped answering
 * @GST_DISCORD_ERROR_UDP_BLOCKED: IP discovery got no answer
 * @GST_DISCORD_ERROR_PROTOCOL: the server refused what we sent (4001, 4002,
 *     4003, 4005, 4020) or sent what we cannot use
 * @GST_DISCORD_ERROR_SESSION_INVALID: voice gateway 4006
 * @GST_DISCORD_ERROR_SESSION_TIMEOUT: voice gateway 4009
 * @GST_DISCORD_ERROR_SERVER_NOT_FOUND: voice gateway 4011
 * @GST_DISCORD_ERROR_UNKNOWN_PROTOCOL: voice gateway 4012
 * @GST_DISCORD_ERROR_DISCONNECTED: kicked, or the channel is gone (4014)
 * @GST_DISCORD_ERROR_SERVER_CRASHED: voice gateway 4013, 4015
 * @GST_DISCORD_ERROR_ENCRYPTION_MODE: no transport encryption mode in common
 *     (4016, or Ready offers none we accept)
 * @GST_DISCORD_ERROR_E2EE_REQUIRED: the call requires end-to-end encryption
 *     (4017)
 * @GST_DISCORD_ERROR_RATE_LIMITED: voice gateway 4021, or HTTP 429
 * @GST_DISCORD_ERROR_CALL_TERMINATED: everyone was disconnected (4022)
 * @GST_DISCORD_ERROR_NONCE_EXHAUSTED: the transport key is used up
 * @GST_DISCORD_ERROR_NOT_CONNECTED: the call needs a joined connection
 * @GST_DISCORD_ERROR_NOT_SUPPORTED: this signaller, or this kind of account,
 *     cannot do it
 * @GST_DISCORD_ERROR_STREAM_FULL: a Go Live stream has no room for a viewer
 * @GST_DISCORD_ERROR_STREAM_REFUSED: we may not watch a Go Live stream, or not
 *     make one there
 * @GST_DISCORD_ERROR_STREAM_GONE: there is no such Go Live stream, or it is not
 *     ours (HTTP 403, 404)
 * @GST_DISCORD_ERROR_STREAM_ENDED: the Go Live stream is over
 * @GST_DISCORD_ERROR_NOT_A_MEMBER: that user is not in the encrypted group
 *
 * Codes of #GST_DISCORD_ERROR.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_ERROR_FAILED,
  GST_DISCORD_ERROR_SETTINGS,
  GST_DISCORD_ERROR_CONFLICT,
  GST_DISCORD_ERROR_NOT_AUTHORIZED,
  GST_DISCORD_ERROR_INTENTS,
  GST_DISCORD_ERROR_SHARDING,
  GST_DISCORD_ERROR_API_VERSION,
  GST_DISCORD_ERROR_TOO_MANY_SESSIONS,
  GST_DISCORD_ERROR_UNREACHABLE,
  GST_DISCORD_ERROR_TLS,
  GST_DISCORD_ERROR_JOIN_TIMEOUT,
  GST_DISCORD_ERROR_MOVE_TIMEOUT,
  GST_DISCORD_ERROR_SERVER_TIMEOUT,
  GST_DISCORD_ERROR_UDP_BLOCKED,
  GST_DISCORD_ERROR_PROTOCOL,
  GST_DISCORD_ERROR_SESSION_INVALID,
  GST_DISCORD_ERROR_SESSION_TIMEOUT,
  GST_DISCORD_ERROR_SERVER_NOT_FOUND,
  GST_DISCORD_ERROR_UNKNOWN_PROTOCOL,
  GST_DISCORD_ERROR_DISCONNECTED,
  GST_DISCORD_ERROR_SERVER_CRASHED,
  GST_DISCORD_ERROR_ENCRYPTION_MODE,
  GST_DISCORD_ERROR_E2EE_REQUIRED,
  GST_DISCORD_ERROR_RATE_LIMITED,
  GST_DISCORD_ERROR_CALL_TERMINATED,
  GST_DISCORD_ERROR_NONCE_EXHAUSTED,
  GST_DISCORD_ERROR_NOT_CONNECTED,
  GST_DISCORD_ERROR_NOT_SUPPORTED,
  GST_DISCORD_ERROR_STREAM_FULL,
  GST_DISCORD_ERROR_STREAM_REFUSED,
  GST_DISCORD_ERROR_STREAM_GONE,
  GST_DISCORD_ERROR_STREAM_ENDED,
  GST_DISCORD_ERROR_NOT_A_MEMBER,
} GstDiscordError;

/**
 * GST_DISCORD_ERROR:
 *
 * Error domain of the library.
 *
 * Since: 0.1
 */
#define GST_DISCORD_ERROR (gst_discord_error_quark ())
GST_DISCORD_API
GQuark gst_discord_error_quark (void);

#define GST_TYPE_DISCORD_ERROR (gst_discord_error_get_type ())
GST_DISCORD_API
GType gst_discord_error_get_type (void);

G_END_DECLS
