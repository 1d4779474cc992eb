/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "../signalling/voicegateway.h"

/* Who is in the channel and whose SSRC is whose (media-transport section 12).
 * No lock of its own. */
typedef struct _DiscordSsrcTable DiscordSsrcTable;

typedef enum
{
  DISCORD_SSRC_UNKNOWN,
  DISCORD_SSRC_AUDIO,
  DISCORD_SSRC_VIDEO,
  DISCORD_SSRC_RTX,
} DiscordSsrcKind;

typedef struct
{
  guint64 user_id;
  DiscordSsrcKind kind;
  guint32 pair; /* the retransmissions of a video SSRC, and the other way */
} DiscordSsrcOwner;

DiscordSsrcTable *discord_ssrc_table_new (void);
void discord_ssrc_table_free (DiscordSsrcTable *self);

/* op 2 Ready: everything is forgotten, the users as well. */
void discord_ssrc_table_clear (DiscordSsrcTable *self);

/* op 5. SSRC 0 and user 0 change nothing. */
void discord_ssrc_table_set_audio (
    DiscordSsrcTable *self, guint64 user_id, guint32 ssrc);
/* op 12: replaces the user's video, keeps audio when @audio_ssrc is 0. What an
 * entry leaves out is taken from the one before with the same RID. True when the
 * user's layers are others now. */
gboolean discord_ssrc_table_set_video (DiscordSsrcTable *self, guint64 user_id,
    guint32 audio_ssrc, guint32 video_ssrc,
    const GstDiscordVoiceStream *streams, guint n_streams);
/* The layers of a user, none when nothing was told. */
void discord_ssrc_table_get_streams (
    DiscordSsrcTable *self, guint64 user_id, DiscordVoiceStreams *streams);

/* ops 11 and 13. True when that changed who is here. */
gboolean discord_ssrc_table_add_user (DiscordSsrcTable *self, guint64 user_id);
gboolean discord_ssrc_table_remove_user (
    DiscordSsrcTable *self, guint64 user_id);

/* False, and nobody, when the SSRC was not announced. */
gboolean discord_ssrc_table_lookup (
    DiscordSsrcTable *self, guint32 ssrc, DiscordSsrcOwner *owner);
guint32 discord_ssrc_table_get_audio (DiscordSsrcTable *self, guint64 user_id);

/* The users present, unordered guint64. */
GArray *discord_ssrc_table_get_users (DiscordSsrcTable *self);
