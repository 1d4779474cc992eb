/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of a voice session among themselves: voicesession.c takes what the
 * owner and the signaller say, voicesessiongateway.c what the voice gateway
 * says, voicesessionpolicy.c decides how to go on, voicesessionchannel.c and
 * voicesessionstream.c know what the main gateway has to do with it. */

#include "voicesession.h"

#include "voicesessionjoin.h"

/* What a session in a stream remembers beside the rest. */
typedef struct
{
  GstDiscordStreamState state;
  GstDiscordStreamDeleteReason reason; /* of the end */
  gboolean parent_connected;
  gboolean live; /* the owner is */
  gboolean asked; /* the main gateway has us down for it */
  gboolean unavailable;
  guint stale_deletes; /* answers to come that are not for us */
  guint64 rtc_server_id; /* 0: not created */
  guint64 rtc_channel_id;
} VoiceSessionStream;

struct _DiscordVoiceSession
{
  DiscordVoiceSessionConfig config;
  DiscordScheduler *scheduler;
  DiscordWebsocketFactory factory;
  gpointer factory_data;
  const DiscordVoiceSessionCallbacks *callbacks;
  gpointer user_data;
  const DiscordVoiceSessionJoin *join;
  VoiceSessionStream stream;

  GstDiscordConnectionState state;
  gboolean can_send;
  gboolean leaving;
  gboolean start_after_leave;
  gboolean joined_once; /* connected since start() */

  /* what the signaller told; the token is wiped when replaced */
  guint64 user_id;
  guint64 channel_id; /* where the server says we are; 0: nowhere */
  gchar *session_id;
  gchar *token;
  gchar *endpoint;

  guint64 move_target; /* 0: no move under way */

  DiscordVoiceGateway *gateway;
  GPtrArray *retired; /* gateways that end in one of their callbacks */
  guint retire_timer;
  guint32 ssrc;
  gboolean transport_open;
  TransportMode mode;
  gboolean force_xchacha;
  guint speaking;
  DiscordVoiceStreams video;
  GstDiscordMediaSinkWants *wants; /* or NULL */

  guint rejoins; /* since the last stable minute */
  gint64 once_at; /* last REJOIN_ONCE, -1: never */
  GError *last_error;

  guint join_timer; /* a join, or waiting for a voice server */
  guint rejoin_timer; /* back-off, then the nudge */
  guint move_timer;
  guint leave_timer;
  guint stable_timer;
  guint send_timer; /* end of sending while resuming */
};

/* voicesessionpolicy.c */
void voice_session_wipe (gchar **text);
void voice_session_set_can_send (DiscordVoiceSession *self, gboolean can_send);
void voice_session_set_state (
    DiscordVoiceSession *self, GstDiscordConnectionState state);
/* Ends the voice gateway session and everything agreed in it. */
void voice_session_drop_gateway (DiscordVoiceSession *self);
void voice_session_clear_timers (DiscordVoiceSession *self);
void voice_session_forget_server (DiscordVoiceSession *self);
/* Back to idle; @error NULL after a leave. */
void voice_session_end (DiscordVoiceSession *self, const GError *error);
/* Gives up. */
void voice_session_fail (DiscordVoiceSession *self, const GError *error);
/* Op 4 with what we want now, and to be nowhere; of a channel only. */
void voice_session_ask (DiscordVoiceSession *self);
void voice_session_leave (DiscordVoiceSession *self);
void voice_session_start_join_timer (DiscordVoiceSession *self, guint delay_ms);
/* New op 4, new token, new identify (voice gateway 5). */
void voice_session_rejoin (DiscordVoiceSession *self, const GError *error);
/* Until the main gateway tells what comes next. */
void voice_session_wait (
    DiscordVoiceSession *self, const GError *error, guint delay_ms);

/* voicesessiongateway.c */
/* Identifies at the voice server as soon as all of it is known; FALSE before. */
gboolean voice_session_open (DiscordVoiceSession *self);
void voice_session_announce_speaking (DiscordVoiceSession *self);
