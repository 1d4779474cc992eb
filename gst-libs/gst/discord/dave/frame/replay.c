/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "replay.h"

#include <string.h>

void
dave_replay_window_init (DaveReplayWindow *self)
{
  self->started = false;
  self->highest = 0;
  self->n_missing = 0;
}

/* How far below the highest. */
static uint64_t
age (const DaveReplayWindow *self, size_t index)
{
  return (uint32_t) ((uint32_t) self->highest - self->missing[index]);
}

/* The first entry that is not older than @nonce; n_missing when there is none. */
static size_t
find (const DaveReplayWindow *self, uint64_t nonce)
{
  uint64_t wanted = self->highest - nonce;
  size_t low = 0, high = self->n_missing;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (age (self, middle) > wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool
is_missing (const DaveReplayWindow *self, uint64_t nonce, size_t *index)
{
  *index = find (self, nonce);
  return *index < self->n_missing
      && age (self, *index) == self->highest - nonce;
}

bool
dave_replay_window_accepts (const DaveReplayWindow *self, uint64_t nonce)
{
  size_t index;

  return !self->started || nonce > self->highest
      || is_missing (self, nonce, &index);
}

static void
drop_oldest (DaveReplayWindow *self, size_t n)
{
  self->n_missing -= n;
  memmove (self->missing, self->missing + n,
      self->n_missing * sizeof self->missing[0]);
}

/* Those that would be 2^32 or more below @nonce. */
static size_t
count_too_old (const DaveReplayWindow *self, uint64_t nonce)
{
  uint64_t step = nonce - self->highest;
  size_t n = 0;

  while (n < self->n_missing && age (self, n) + step > UINT32_MAX)
    n++;
  return n;
}

/* All between the highest and @nonce become missing. */
static void
add_gap (DaveReplayWindow *self, uint64_t nonce)
{
  uint64_t gap = nonce - self->highest - 1;
  size_t n =
      gap < DAVE_REPLAY_MISSING_MAX ? (size_t) gap : DAVE_REPLAY_MISSING_MAX;

  drop_oldest (self, count_too_old (self, nonce));
  if (self->n_missing + n > DAVE_REPLAY_MISSING_MAX)
    drop_oldest (self, self->n_missing + n - DAVE_REPLAY_MISSING_MAX);
  for (uint64_t missing = nonce - n; missing < nonce; missing++)
    self->missing[self->n_missing++] = (uint32_t) missing;
}

void
dave_replay_window_mark (DaveReplayWindow *self, uint64_t nonce)
{
  size_t index;

  if (self->started && nonce < self->highest) {
    if (!is_missing (self, nonce, &index))
      return;
    self->n_missing--;
    memmove (self->missing + index, self->missing + index + 1,
        (self->n_missing - index) * sizeof self->missing[0]);
    return;
  }
  if (self->started)
    add_gap (self, nonce);
  self->started = true;
  self->highest = nonce;
}
