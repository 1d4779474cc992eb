/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/discord-prelude.h>

G_BEGIN_DECLS

/**
 * GstDiscordAccountType:
 * @GST_DISCORD_ACCOUNT_TYPE_BOT: a bot account, the supported default
 * @GST_DISCORD_ACCOUNT_TYPE_USER: a user account. Automating one is against
 *     Discord's terms of service and the decision of whoever sets this.
 * @GST_DISCORD_ACCOUNT_TYPE_BEARER: an OAuth2 access token with the voice scope
 *
 * What kind of token identifies us to the main gateway.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_ACCOUNT_TYPE_BOT,
  GST_DISCORD_ACCOUNT_TYPE_USER,
  GST_DISCORD_ACCOUNT_TYPE_BEARER,
} GstDiscordAccountType;

#define GST_TYPE_DISCORD_ACCOUNT_TYPE (gst_discord_account_type_get_type ())
GST_DISCORD_API
GType gst_discord_account_type_get_type (void);

/**
 * GstDiscordConnectionState:
 * @GST_DISCORD_CONNECTION_STATE_IDLE: not joined and not trying to
 * @GST_DISCORD_CONNECTION_STATE_SIGNALLING: asked the main gateway for a voice
 *     server, waiting for both of its events
 * @GST_DISCORD_CONNECTION_STATE_OPENING: opening the voice gateway's websocket
 * @GST_DISCORD_CONNECTION_STATE_IDENTIFYING: identify sent, waiting for Ready
 * @GST_DISCORD_CONNECTION_STATE_DISCOVERING: IP discovery on the UDP socket
 * @GST_DISCORD_CONNECTION_STATE_SELECTING: select protocol sent, waiting for
 *     the session description
 * @GST_DISCORD_CONNECTION_STATE_CONNECTED: media flows
 * @GST_DISCORD_CONNECTION_STATE_RESUMING: the websocket was lost and is being
 *     resumed; media goes on for a while
 * @GST_DISCORD_CONNECTION_STATE_WAITING: the server took the voice server away
 *     (close 4014 or 4022, or a null endpoint); waiting for a new one
 * @GST_DISCORD_CONNECTION_STATE_FAILED: gave up; the error was reported
 *
 * Where a #GstDiscordConnection stands.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_CONNECTION_STATE_IDLE,
  GST_DISCORD_CONNECTION_STATE_SIGNALLING,
  GST_DISCORD_CONNECTION_STATE_OPENING,
  GST_DISCORD_CONNECTION_STATE_IDENTIFYING,
  GST_DISCORD_CONNECTION_STATE_DISCOVERING,
  GST_DISCORD_CONNECTION_STATE_SELECTING,
  GST_DISCORD_CONNECTION_STATE_CONNECTED,
  GST_DISCORD_CONNECTION_STATE_RESUMING,
  GST_DISCORD_CONNECTION_STATE_WAITING,
  GST_DISCORD_CONNECTION_STATE_FAILED,
} GstDiscordConnectionState;

#define GST_TYPE_DISCORD_CONNECTION_STATE                                      \
  (gst_discord_connection_state_get_type ())
GST_DISCORD_API
GType gst_discord_connection_state_get_type (void);

/**
 * GstDiscordSpeakingFlags:
 * @GST_DISCORD_SPEAKING_NONE: not speaking
 * @GST_DISCORD_SPEAKING_VOICE: microphone audio
 * @GST_DISCORD_SPEAKING_SOUNDSHARE: sound of a shared screen or application
 * @GST_DISCORD_SPEAKING_PRIORITY: priority speaker
 *
 * Voice gateway op 5 flags. They announce a mode and an SSRC, not voice
 * activity.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_SPEAKING_NONE = 0,
  GST_DISCORD_SPEAKING_VOICE = 1 << 0,
  GST_DISCORD_SPEAKING_SOUNDSHARE = 1 << 1,
  GST_DISCORD_SPEAKING_PRIORITY = 1 << 2,
} GstDiscordSpeakingFlags;

#define GST_TYPE_DISCORD_SPEAKING_FLAGS (gst_discord_speaking_flags_get_type ())
GST_DISCORD_API
GType gst_discord_speaking_flags_get_type (void);

/**
 * GstDiscordE2ee:
 * @GST_DISCORD_E2EE_REQUIRED: nothing is sent or played in clear unless the
 *     server runs the call without end-to-end encryption (version 0)
 * @GST_DISCORD_E2EE_ALLOWED: nothing is sent in clear either, but what others
 *     send in clear while a group changes is played
 * @GST_DISCORD_E2EE_OFF: not announced; most channels then refuse us with
 *     voice close code 4017
 *
 * How a connection uses DAVE end-to-end encryption.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_E2EE_REQUIRED,
  GST_DISCORD_E2EE_ALLOWED,
  GST_DISCORD_E2EE_OFF,
} GstDiscordE2ee;

#define GST_TYPE_DISCORD_E2EE (gst_discord_e2ee_get_type ())
GST_DISCORD_API
GType gst_discord_e2ee_get_type (void);

/**
 * GstDiscordE2eeState:
 * @GST_DISCORD_E2EE_STATE_NONE: no session, nothing agreed yet
 * @GST_DISCORD_E2EE_STATE_CLEAR: the server runs the call without end-to-end
 *     encryption; media goes in clear
 * @GST_DISCORD_E2EE_STATE_ALONE: nobody else is in the channel
 * @GST_DISCORD_E2EE_STATE_PENDING: others are in the channel and there is no key
 *     to send with yet
 * @GST_DISCORD_E2EE_STATE_ENCRYPTED: what is sent is end-to-end encrypted
 *
 * Where the end-to-end encryption of a connection stands.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_E2EE_STATE_NONE,
  GST_DISCORD_E2EE_STATE_CLEAR,
  GST_DISCORD_E2EE_STATE_ALONE,
  GST_DISCORD_E2EE_STATE_PENDING,
  GST_DISCORD_E2EE_STATE_ENCRYPTED,
} GstDiscordE2eeState;

#define GST_TYPE_DISCORD_E2EE_STATE (gst_discord_e2ee_state_get_type ())
GST_DISCORD_API
GType gst_discord_e2ee_state_get_type (void);

/**
 * GstDiscordCodec:
 * @GST_DISCORD_CODEC_UNKNOWN: any other
 * @GST_DISCORD_CODEC_OPUS: Opus audio
 * @GST_DISCORD_CODEC_VP8: VP8 video
 * @GST_DISCORD_CODEC_VP9: VP9 video
 * @GST_DISCORD_CODEC_H264: H.264 video
 * @GST_DISCORD_CODEC_H265: H.265 video
 * @GST_DISCORD_CODEC_AV1: AV1 video
 *
 * What a frame is encoded with.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_CODEC_UNKNOWN,
  GST_DISCORD_CODEC_OPUS,
  GST_DISCORD_CODEC_VP8,
  GST_DISCORD_CODEC_VP9,
  GST_DISCORD_CODEC_H264,
  GST_DISCORD_CODEC_H265,
  GST_DISCORD_CODEC_AV1,
} GstDiscordCodec;

#define GST_TYPE_DISCORD_CODEC (gst_discord_codec_get_type ())
GST_DISCORD_API
GType gst_discord_codec_get_type (void);

/**
 * GstDiscordStreamDeleteReason:
 * @GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN: any other; the stream is over
 * @GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED: we asked for it, here or on
 *     another device
 * @GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED: its owner ended it
 * @GST_DISCORD_STREAM_DELETE_REASON_STREAM_FULL: it has as many viewers as it
 *     may have
 * @GST_DISCORD_STREAM_DELETE_REASON_UNAUTHORIZED: we may not watch it
 * @GST_DISCORD_STREAM_DELETE_REASON_SAFETY_GUILD_RATE_LIMITED: the guild has too
 *     many streams in too short a time
 * @GST_DISCORD_STREAM_DELETE_REASON_PARSE_FAILED: the server could not read the
 *     stream key
 * @GST_DISCORD_STREAM_DELETE_REASON_INVALID_CHANNEL: nobody can be live there
 *
 * Why a Go Live stream ended, or never began.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_STREAM_DELETE_REASON_UNKNOWN,
  GST_DISCORD_STREAM_DELETE_REASON_USER_REQUESTED,
  GST_DISCORD_STREAM_DELETE_REASON_STREAM_ENDED,
  GST_DISCORD_STREAM_DELETE_REASON_STREAM_FULL,
  GST_DISCORD_STREAM_DELETE_REASON_UNAUTHORIZED,
  GST_DISCORD_STREAM_DELETE_REASON_SAFETY_GUILD_RATE_LIMITED,
  GST_DISCORD_STREAM_DELETE_REASON_PARSE_FAILED,
  GST_DISCORD_STREAM_DELETE_REASON_INVALID_CHANNEL,
} GstDiscordStreamDeleteReason;

#define GST_TYPE_DISCORD_STREAM_DELETE_REASON                                  \
  (gst_discord_stream_delete_reason_get_type ())
GST_DISCORD_API
GType gst_discord_stream_delete_reason_get_type (void);

/**
 * GstDiscordStreamState:
 * @GST_DISCORD_STREAM_STATE_IDLE: not asked for: not connected, or the voice
 *     connection of its channel is not there yet, or its owner is not live
 * @GST_DISCORD_STREAM_STATE_REQUESTED: asked the main gateway for it
 * @GST_DISCORD_STREAM_STATE_SIGNALLED: the main gateway told of the stream and of
 *     its voice server
 * @GST_DISCORD_STREAM_STATE_CONNECTING: connecting to that
 * @GST_DISCORD_STREAM_STATE_CONNECTED: media flows
 * @GST_DISCORD_STREAM_STATE_WAITING: the voice server went away; waiting for
 *     another one
 * @GST_DISCORD_STREAM_STATE_UNAVAILABLE: the stream is out of order; waiting for
 *     its return
 * @GST_DISCORD_STREAM_STATE_ENDED: over, or never begun
 *
 * Where a Go Live stream stands.
 *
 * Since: 0.1
 */
typedef enum
{
  GST_DISCORD_STREAM_STATE_IDLE,
  GST_DISCORD_STREAM_STATE_REQUESTED,
  GST_DISCORD_STREAM_STATE_SIGNALLED,
  GST_DISCORD_STREAM_STATE_CONNECTING,
  GST_DISCORD_STREAM_STATE_CONNECTED,
  GST_DISCORD_STREAM_STATE_WAITING,
  GST_DISCORD_STREAM_STATE_UNAVAILABLE,
  GST_DISCORD_STREAM_STATE_ENDED,
} GstDiscordStreamState;

#define GST_TYPE_DISCORD_STREAM_STATE (gst_discord_stream_state_get_type ())
GST_DISCORD_API
GType gst_discord_stream_state_get_type (void);

G_END_DECLS
