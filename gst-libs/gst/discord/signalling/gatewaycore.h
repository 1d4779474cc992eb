/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordgateway.h>

#include "streammessages.h"
#include "voicestatequeue.h"

/* The part of a GstDiscordGateway that lives on the signalling thread: main
 * gateway, REST and what they need. It holds a reference on that thread and
 * only a weak one on its owner. Functions may be called from any thread. */
typedef struct _DiscordGatewayCore DiscordGatewayCore;

/* What the owner is told, on the signalling thread, with a reference held. */
typedef struct
{
  void (*state) (GstDiscordGateway *owner, GstDiscordConnectionState state);
  void (*user_id) (GstDiscordGateway *owner, guint64 user_id);
  void (*latency) (GstDiscordGateway *owner, gdouble seconds);
} DiscordGatewayCoreCallbacks;

/* @settings_error: (nullable) (transfer full): every join then fails with it.
 * @token: bare, copied. */
DiscordGatewayCore *discord_gateway_core_new (GstDiscordGateway *owner,
    GstDiscordAccountType account_type, const gchar *token,
    const gchar *gateway_url, const gchar *api_url, GTlsDatabase *tls_database,
    GError *settings_error, const DiscordGatewayCoreCallbacks *callbacks);

/* The owner goes: waiting leaves are sent, and the session is closed. */
void discord_gateway_core_stop (DiscordGatewayCore *self);

void discord_gateway_core_update_voice_state (
    DiscordGatewayCore *self, const DiscordVoiceStateUpdate *update);

/* Ops 18 to 22. FALSE: not for this kind of account. */
gboolean discord_gateway_core_request_stream (DiscordGatewayCore *self,
    const DiscordStreamRequest *request, GError **error);

typedef enum
{
  DISCORD_STREAM_REST_UPLOAD_PREVIEW,
  DISCORD_STREAM_REST_FETCH_PREVIEW,
  DISCORD_STREAM_REST_SET_REGION,
  DISCORD_STREAM_REST_NOTIFY,
} DiscordStreamRestKind;

/* Takes a reference on @task, which is of the owner, and sees to it that it
 * returns. @image and @region: (nullable): of the kinds that have one. */
void discord_gateway_core_request_rest (DiscordGatewayCore *self,
    DiscordStreamRestKind kind, const gchar *stream_key, GBytes *image,
    const gchar *region, GTask *task);
