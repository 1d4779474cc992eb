/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordenums.h>

#include "../signalling/voicegateway.h"
#include "davegroup.h"
#include "davemedia.h"
#include "daveworker.h"

/* The group session of one voice gateway session, which runs on the MLS worker,
 * as the signalling thread sees it. What the gateway says goes there in its
 * order, and what the session answers comes back in its; keys go to the media
 * right from the worker, before the answer that says they are ready. All
 * functions are for the signalling thread. */
typedef struct _DiscordDaveLink DiscordDaveLink;

/* On the signalling thread, never from inside a call, none after the free. */
typedef struct
{
  /* Ops 23, 26, 28 and 31. */
  void (*send) (const DiscordVoiceDaveMessage *message, gpointer user_data);
  void (*state_changed) (GstDiscordE2eeState state, gpointer user_data);
  /* NULL: we are in none any more. Borrowed. */
  void (*group_changed) (DiscordDaveGroup *group, gpointer user_data);
  /* Something the gateway sent was refused. */
  void (*refused) (gpointer user_data);
  /* There is no session, and there will be none. */
  void (*failed) (const GError *error, gpointer user_data);
} DiscordDaveLinkCallbacks;

typedef struct
{
  guint64 user_id; /* our own */
  guint64 group_id;
  const gchar *identity_key_file; /* nullable; interned */
} DiscordDaveLinkConfig;

/* @queue outlives the link; @media is referenced. */
DiscordDaveLink *discord_dave_link_new (const DiscordDaveLinkConfig *config,
    DiscordDaveQueue *queue, DiscordDaveMedia *media,
    const DiscordDaveLinkCallbacks *callbacks, gpointer user_data);
/* The session and its keys go as soon as the worker is done with them; the
 * media's keys are the owner's business. */
void discord_dave_link_free (DiscordDaveLink *self);

void discord_dave_link_set_group_id (DiscordDaveLink *self, guint64 group_id);
/* Ops 4, 11 and 13. */
void discord_dave_link_description (DiscordDaveLink *self, guint version);
void discord_dave_link_users_joined (
    DiscordDaveLink *self, const guint64 *user_ids, guint n_user_ids);
void discord_dave_link_user_left (DiscordDaveLink *self, guint64 user_id);
/* Ops 21, 22, 24, 25, 27, 29 and 30; copied. */
void discord_dave_link_message (
    DiscordDaveLink *self, const DiscordVoiceDaveMessage *message);
