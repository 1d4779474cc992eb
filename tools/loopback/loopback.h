/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A local stand-in of Discord's voice service: main gateway, REST, voice
 * gateways and their UDP media servers, all on 127.0.0.1, all in one thread of
 * its own. Every function may be called from any thread but the stand-in's.
 * docs/loopback.md lists the settings, actions, events and violations. */
typedef struct _Loopback Loopback;

#define LOOPBACK_ERROR (loopback_error_quark ())
GQuark loopback_error_quark (void);

typedef enum
{
  LOOPBACK_ERROR_SETTING, /* unknown name, or a value it cannot take */
  LOOPBACK_ERROR_ACTION, /* unknown action or wrong arguments */
  LOOPBACK_ERROR_TARGET, /* the action names nobody who is here */
  LOOPBACK_ERROR_STATE, /* not possible before or after start */
} LoopbackError;

/* What passed the media server for one user; in: from the client. */
typedef struct
{
  guint64 rtp_in;
  guint64 rtp_out;
  guint64 rtcp_in;
  guint64 rtcp_out;
  guint64 bytes_in;
  guint64 bytes_out;
  guint64 refused; /* arrived and was not acceptable */
  guint64 lost; /* dropped by a fault, either direction */
  /* Video, once a frame's time for repair is over. In: on the way to the
   * server. Out: from its sender to this user. */
  guint64 frames_in;
  guint64 frames_in_repaired; /* complete with the help of RTX */
  guint64 frames_in_lost; /* never complete */
  guint64 frames_out;
  guint64 frames_out_repaired;
  guint64 frames_out_lost;
  guint64 rtx_in; /* packets */
  guint64 rtx_out;
  guint64 nack_in; /* sequence numbers that were asked for */
  guint64 nack_out;
  guint64 pli_in;
  guint64 pli_out;
} LoopbackMedia;

/* Called on the stand-in's thread for each acceptable RTP packet that came
 * from a client, decrypted and before any fault. Must not call back. */
typedef void (*LoopbackTap) (
    guint64 user_id, const guint8 *packet, gsize length, gpointer user_data);

Loopback *loopback_new (void);
/* Stops when running. */
void loopback_free (Loopback *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Loopback, loopback_free)

/* @value as on the command line; NULL for a switch means on. Settings that
 * shape the start are refused later, all others (the faults) act at once. */
gboolean loopback_set (
    Loopback *self, const char *name, const char *value, GError **error);

/* Before start only. */
void loopback_set_tap (Loopback *self, LoopbackTap tap, gpointer user_data);

gboolean loopback_start (Loopback *self, GError **error);
/* Ends every session without a word; counters stay readable. */
void loopback_stop (Loopback *self);

char *loopback_dup_gateway_url (Loopback *self);
char *loopback_dup_api_url (Loopback *self);
/* host:port of voice server @index, NULL when there is none. */
char *loopback_dup_voice_endpoint (Loopback *self, guint index);
guint loopback_get_port (Loopback *self);

/* Does what the text says now: "kick:1234", "close-voice:*:4015". */
gboolean loopback_act (Loopback *self, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The id a token's owner has here: stable, above 2^53. */
guint64 loopback_user_for_token (const char *token);

/* How often an event (or violation) of that name was recorded; @user_id 0
 * counts everybody's. */
guint64 loopback_count (Loopback *self, const char *name, guint64 user_id);
/* Waits until the count reaches @count; FALSE after @timeout_ms. */
gboolean loopback_wait (Loopback *self, const char *name, guint64 user_id,
    guint64 count, guint timeout_ms);

guint loopback_count_violations (Loopback *self);
/* One line per violation: "kind user detail". Free with g_strfreev(). */
char **loopback_dup_violations (Loopback *self);

void loopback_get_media (Loopback *self, guint64 user_id, LoopbackMedia *media);

/* Several lines for people: packets by user, violations by kind. */
char *loopback_dup_summary (Loopback *self);

G_END_DECLS
