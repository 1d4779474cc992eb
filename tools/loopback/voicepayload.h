/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "voiceserver.h"

/* The bodies of the voice gateway's messages: what is accepted, what is made
 * of it. */
typedef struct
{
  guint64 server_id;
  guint64 channel_id; /* 0: not told (before v9) */
  guint64 user_id; /* identify only */
  char *session_id;
  char *token;
  gint64 dave; /* identify only: the highest version it can do */
  gint64 seq_ack; /* resume only; -1: none */
} LbCredentials;

void lb_credentials_clear (LbCredentials *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LbCredentials, lb_credentials_clear)

typedef struct
{
  struct sockaddr_in address;
  LbCipher cipher;
  LbCodecs codecs;
} LbSelection;

typedef enum
{
  LB_SELECT_OK,
  LB_SELECT_BAD,
  LB_SELECT_PROTOCOL,
  LB_SELECT_MODE,
  LB_SELECT_CODECS,
} LbSelectResult;

gboolean lb_payload_identify (
    JsonObject *d, guint version, LbCredentials *credentials);
gboolean lb_payload_resume (
    JsonObject *d, guint version, LbCredentials *credentials);
gboolean lb_payload_heartbeat (
    JsonNode *d, guint version, gint64 *t, gint64 *seq_ack, gboolean *has_ack);
LbSelectResult lb_payload_select (
    JsonObject *d, const char *offered, LbSelection *selection);

/* Op 4 with a new key; media flows by @selection from here on. */
void lb_voice_session_describe (
    LbVoiceSession *session, const LbSelection *selection);
