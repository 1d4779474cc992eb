/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The other users who are in the channel by the gateway's word: announced by op
 * 11, not gone by op 13 (DAVE whitepaper, "Expected users"). Nobody else may be
 * added to the group. */

#include "../mls/treemath.h"

#include <glib.h>

/* More do not fit into a group. */
#define DAVE_EXPECTED_USERS_MAX MLS_MAX_LEAVES

typedef struct
{
  GArray *ids; /* uint64_t, ascending */
} DaveExpectedUsers;

void dave_expected_users_init (DaveExpectedUsers *self);
void dave_expected_users_clear (DaveExpectedUsers *self);

unsigned dave_expected_users_count (const DaveExpectedUsers *self);
bool dave_expected_users_contain (
    const DaveExpectedUsers *self, uint64_t user_id);
/* False when there is no room; a user who is there already needs none. */
bool dave_expected_users_add (DaveExpectedUsers *self, uint64_t user_id);
void dave_expected_users_remove (DaveExpectedUsers *self, uint64_t user_id);
