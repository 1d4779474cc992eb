/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which nonces of a sender and epoch may still come: any above the highest, and
 * the newest of those that are missing below it. libdave's window: it is bounded
 * by how many are missing, not by how long ago. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAVE_REPLAY_MISSING_MAX 1000

/* Nonces here go on where 32 bits end: the low ones are the frame's, all above
 * the low 24 the generation. */
typedef struct
{
  bool started;
  uint64_t highest;
  size_t n_missing;
  /* Ascending; the low 32 bits, since none is 2^32 or more below the highest. */
  uint32_t missing[DAVE_REPLAY_MISSING_MAX];
} DaveReplayWindow;

void dave_replay_window_init (DaveReplayWindow *self);

bool dave_replay_window_accepts (const DaveReplayWindow *self, uint64_t nonce);

/* Only for a nonce that it accepts, and once the frame is authentic. */
void dave_replay_window_mark (DaveReplayWindow *self, uint64_t nonce);
