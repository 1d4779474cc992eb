/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Group states as dave-session.json has them. */

#include "gst/discord/dave/mls/group-private.h"

#include "mlsvectors.h"

guint64 recorded_id (JsonObject *object, const gchar *name);

/* @session: an entry of sessions[]; @entry: one of a view[], an op 29 or 30 that
 * leads to another state. */

/* That @group is in the state of @entry, with everything that can be known of
 * it, private keys included. */
void recorded_check (
    const MlsGroup *group, JsonObject *session, JsonObject *entry);
/* That state, from the record. */
MlsEpochState *recorded_load (
    MlsCrypto *crypto, JsonObject *session, JsonObject *entry);
