/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordconnection-private.h>

#include "../dave/frame/result.h"
#include "../dave/session/session.h"

/* The keys of one voice gateway session for all its media: one encryptor, a
 * decryptor for each user (DAVE whitepaper, "Media Encryption"). Streaming
 * threads encrypt and decrypt while the MLS worker brings new keys; all
 * functions are for any thread. Times are of g_get_monotonic_time(). */
typedef struct _DiscordDaveMedia DiscordDaveMedia;

/* @policy: GST_DISCORD_E2EE_ALLOWED takes frames in clear at all times,
 * GST_DISCORD_E2EE_OFF sends them in clear, too. Without keys and with another
 * policy nothing passes. */
DiscordDaveMedia *discord_dave_media_new (GstDiscordE2ee policy);
DiscordDaveMedia *discord_dave_media_ref (DiscordDaveMedia *self);
/* The last one wipes the keys. */
void discord_dave_media_unref (DiscordDaveMedia *self);

/* As of the connection. */
GstDiscordFrameResult discord_dave_media_encrypt (DiscordDaveMedia *self,
    GstDiscordCodec codec, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason);
GstDiscordFrameResult discord_dave_media_decrypt (DiscordDaveMedia *self,
    gint64 now, guint64 user_id, gboolean video, GstBuffer *frame,
    GstBuffer *out, gsize *size, const gchar **reason);

/* What the MLS session decides. @secret NULL: no key to send with; then frames
 * go in clear if @clear, else not at all. FALSE: out of memory. */
gboolean discord_dave_media_set_sender (
    DiscordDaveMedia *self, const guint8 *secret, gboolean clear);
/* Of an epoch; the keys before stay for DAVE_RETENTION. */
gboolean discord_dave_media_set_receivers (DiscordDaveMedia *self, gint64 now,
    const DaveMemberSecret *members, guint n_members);
void discord_dave_media_allow_clear (DiscordDaveMedia *self);
void discord_dave_media_retire_clear (DiscordDaveMedia *self, gint64 now);

/* Forgets keys, and users without one, whose time is over. */
void discord_dave_media_expire (DiscordDaveMedia *self, gint64 now);
/* How many users have a decryptor. */
guint discord_dave_media_get_n_receivers (DiscordDaveMedia *self);

/* Forgets all keys; nothing passes any more. */
void discord_dave_media_close (DiscordDaveMedia *self);

#define DISCORD_DAVE_N_RESULTS (DAVE_FRAME_AUTH + 1)

typedef struct
{
  guint64 sent[DISCORD_DAVE_N_RESULTS]; /* DAVE_FRAME_OK: encrypted */
  guint64 sent_clear; /* silence among them */
  guint64 received[DISCORD_DAVE_N_RESULTS]; /* DAVE_FRAME_OK: decrypted */
  guint64 received_silence;
  guint64 received_clear;
  guint64 unmapped; /* memory that could not be used */
} DiscordDaveCounters;

/* Adds to @sum. */
void discord_dave_media_add_counters (
    DiscordDaveMedia *self, DiscordDaveCounters *sum);
/* Adds fields to the connection's statistics. */
void discord_dave_counters_to_structure (
    const DiscordDaveCounters *counters, GstStructure *stats);
