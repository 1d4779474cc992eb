/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A voice session with everything around it scripted: main gateway, voice
 * gateway, UDP transport and time. */

#include <gst/check/gstcheck.h>
#include <gst/discord/session/voicesession.h>

#include "fakes/fakescheduler.h"
#include "fakes/fakewebsocket.h"

#define GUILD G_GUINT64_CONSTANT (290926798626357999)
#define CHANNEL G_GUINT64_CONSTANT (290926798999357250)
#define OTHER_CHANNEL G_GUINT64_CONSTANT (290926798999357251)
#define USER G_GUINT64_CONSTANT (115590097100865541)
#define SSRC 4294967294u
#define RTC_SERVER G_GUINT64_CONSTANT (1290000000000000010)
#define RTC_CHANNEL G_GUINT64_CONSTANT (1290000000000000020)

typedef struct
{
  FakeScheduler *scheduler;
  FakeWebsockets *websockets;
  DiscordVoiceSession *session;
  guint n_sockets; /* made so far, as the test knows */

  GString *asked; /* op 4: channel ids in order, "0" is leave */
  GString *states; /* first letters in order */
  gboolean refuse_stream; /* to ask for one */
  GString *stream_states; /* the same of a stream */
  GstDiscordStreamDeleteReason reason; /* of its last state */
  gboolean can_send;
  guint32 ssrc;
  guint readies;
  guint resumes;
  guint opened, closed; /* transports */
  gboolean refuse_transport;
  TransportMode mode;
  guint8 key;
  guint64 moved_to;
  guint64 move_timed_out;
  gint speaking_sent; /* -1: never */
  gint dave_version; /* -1: never told */
  GString *dave; /* opcodes in order */
  GString *media; /* what to send, and wants of it, in order */
  DiscordVoiceStreams streams; /* of the last ready */
  guint client_numbers; /* ops 18 and 20 */
  guint ended;
  GError *error; /* of the last end */
} Fixture;

Fixture *fixture_new (void);
/* With other values than the defaults: timeout 30 s, reconnect, 10 times, v9,
 * both modes. */
Fixture *fixture_new_full (const DiscordVoiceSessionConfig *config);
DiscordVoiceSessionConfig fixture_default_config (void);
void fixture_free (Fixture *self);

/* The events of the main gateway. */
void fixture_voice_state (Fixture *self, guint64 channel_id);
void fixture_voice_server (
    Fixture *self, const gchar *token, const gchar *endpoint);

/* From op 4 to the open websocket of a new voice gateway session. */
FakeWebsocket *fixture_signal (Fixture *self, const gchar *token);
/* From the open websocket to connected. */
void fixture_handshake (Fixture *self, FakeWebsocket *ws);
/* Both, after start(). */
FakeWebsocket *fixture_connect (Fixture *self);
/* In a stream's session: to watch, or to go live; and from start() to
 * connected. */
Fixture *fixture_new_stream (DiscordJoin join);
FakeWebsocket *fixture_connect_stream (Fixture *self);
void fixture_stream_created (Fixture *self, guint64 rtc_server_id);
/* The websocket made since the last call. */
FakeWebsocket *fixture_next_socket (Fixture *self);
