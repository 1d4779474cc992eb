/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells who left for good. When the voice server moves, everybody leaves the
 * old one, some of them before we do: who is told to have left (op 13) gets a
 * moment to turn up again, and that moment begins anew with each session. */

#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

/* As long as a connection waits for who was there before a new session. */
#define GST_DISCORD_DEPARTURE_TIME (2 * GST_SECOND)

typedef enum
{
  GST_DISCORD_DEPARTURE_FINAL,
  GST_DISCORD_DEPARTURE_OPEN, /* look again after a while */
  GST_DISCORD_DEPARTURE_REVOKED, /* is here again */
} GstDiscordDeparture;

/* Pure: what to make of a departure in session @generation, some time later. */
GstDiscordDeparture gst_discord_departure_judge (
    const GstDiscordSendState *now, guint generation, gboolean is_here);

typedef struct _GstDiscordDepartures GstDiscordDepartures;

/* Any thread, no lock held; must not wait. */
typedef void (*GstDiscordDepartedFunc) (GstElement *element, guint64 user_id);

/* @element is passed on, and not referenced. */
GstDiscordDepartures *gst_discord_departures_new (
    GstElement *element, GstDiscordDepartedFunc departed);
void gst_discord_departures_free (GstDiscordDepartures *self);

/* @user_id is told to have left. */
void gst_discord_departures_add (GstDiscordDepartures *self,
    GstDiscordConnection *connection, guint64 user_id);
/* Forgets them all. */
void gst_discord_departures_clear (GstDiscordDepartures *self);

G_END_DECLS
