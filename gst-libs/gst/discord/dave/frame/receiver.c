/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "receiver.h"

#include <stdlib.h>

/* The key in use, and one before or after it. */
#define SLOTS 2

/* Audio, and video of two layers: libdave's limit for one sender. */
#define FRAMES_PER_SECOND_MAX 170
#define SECOND INT64_C (1000000)

#define NEVER INT64_MAX

typedef struct
{
  DaveCipher cipher;
  bool has_key;
  uint32_t generation;
} Slot;

struct _DaveReceiver
{
  int64_t epoch_start;
  DaveRatchet oldest; /* older keys cannot be had from it any more */
  uint32_t newest; /* of authentic frames */
  /* When all before retire_before go; NEVER when none is to go. */
  int64_t retire_at;
  uint32_t retire_before;
  Slot slots[SLOTS];
  DaveReplayWindow window;
};

static bool
fill_slot (Slot *slot, const DaveRatchet *ratchet)
{
  slot->generation = ratchet->generation;
  slot->has_key = dave_cipher_set_key (&slot->cipher, ratchet);
  return slot->has_key;
}

DaveReceiver *
dave_receiver_new (
    const uint8_t base_secret[DAVE_BASE_SECRET_SIZE], int64_t epoch_start)
{
  DaveReceiver *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->epoch_start = epoch_start;
  self->retire_at = NEVER;
  dave_ratchet_init (&self->oldest, base_secret);
  dave_replay_window_init (&self->window);
  for (int i = 0; i < SLOTS; i++)
    dave_cipher_init (&self->slots[i].cipher, false);
  if (fill_slot (&self->slots[0], &self->oldest))
    return self;
  dave_receiver_free (self);
  return NULL;
}

void
dave_receiver_free (DaveReceiver *self)
{
  if (self == NULL)
    return;
  for (int i = 0; i < SLOTS; i++)
    dave_cipher_clear (&self->slots[i].cipher);
  dave_ratchet_clear (&self->oldest);
  free (self);
}

uint64_t
dave_generation_of (uint32_t oldest, uint8_t top)
{
  uint64_t wraps = oldest / 256 + (top < oldest % 256 ? 1 : 0);

  return 256 * wraps + top;
}

/* Forgets all generations before @generation; false when OpenSSL fails. */
static bool
retire (DaveReceiver *self, uint32_t generation)
{
  if (!dave_ratchet_advance (&self->oldest, generation))
    return false;
  for (int i = 0; i < SLOTS; i++)
    if (self->slots[i].generation < generation) {
      dave_cipher_clear (&self->slots[i].cipher);
      self->slots[i].has_key = false;
    }
  return true;
}

static bool
retire_due (DaveReceiver *self, int64_t now)
{
  if (now < self->retire_at)
    return true;
  if (!retire (self, self->retire_before))
    return false;
  self->retire_at = NEVER;
  return true;
}

static bool
is_reachable (const DaveReceiver *self, int64_t now, uint64_t generation)
{
  uint64_t seconds = now > self->epoch_start
      ? ((uint64_t) now - (uint64_t) self->epoch_start) / SECOND
      : 0;

  return generation <= (uint64_t) self->newest + DAVE_GENERATION_GAP_MAX
      && generation <= seconds * FRAMES_PER_SECOND_MAX >> DAVE_GENERATION_BITS;
}

static Slot *
find_slot (DaveReceiver *self, uint32_t generation)
{
  for (int i = 0; i < SLOTS; i++)
    if (self->slots[i].has_key && self->slots[i].generation == generation)
      return &self->slots[i];
  return NULL;
}

/* Never the slot of the newest generation: forged frames must not cost more than
 * themselves. */
static Slot *
spare_slot (DaveReceiver *self)
{
  Slot *slot = &self->slots[0];

  return slot->has_key && slot->generation == self->newest ? &self->slots[1]
                                                           : slot;
}

static Slot *
slot_for (DaveReceiver *self, uint32_t generation)
{
  Slot *slot = find_slot (self, generation);
  DaveRatchet ratchet;
  bool ok;

  if (slot != NULL)
    return slot;
  slot = spare_slot (self);
  slot->has_key = false;
  ratchet = self->oldest;
  ok =
      dave_ratchet_advance (&ratchet, generation) && fill_slot (slot, &ratchet);
  dave_ratchet_clear (&ratchet);
  return ok ? slot : NULL;
}

DaveFrameResult
dave_receiver_prepare (DaveReceiver *self, int64_t now, uint32_t nonce,
    DaveCipher **cipher, uint64_t *full_nonce)
{
  uint64_t generation;
  Slot *slot;

  if (!retire_due (self, now))
    return DAVE_FRAME_LIBRARY;
  generation = dave_generation_of (
      self->oldest.generation, (uint8_t) (nonce >> DAVE_GENERATION_BITS));
  if (!is_reachable (self, now, generation) || generation > UINT32_MAX)
    return DAVE_FRAME_GENERATION;
  *full_nonce =
      generation << DAVE_GENERATION_BITS | (nonce & (DAVE_GENERATION_SIZE - 1));
  if (!dave_replay_window_accepts (&self->window, *full_nonce))
    return DAVE_FRAME_REPLAY;
  slot = slot_for (self, (uint32_t) generation);
  if (slot == NULL)
    return DAVE_FRAME_LIBRARY;
  *cipher = &slot->cipher;
  return DAVE_FRAME_OK;
}

void
dave_receiver_accept (DaveReceiver *self, int64_t now, uint64_t full_nonce)
{
  uint32_t generation = (uint32_t) (full_nonce >> DAVE_GENERATION_BITS);

  dave_replay_window_mark (&self->window, full_nonce);
  if (generation <= self->newest)
    return;
  /* Two new generations within the retention are a day's silence that ends: what
   * waits from before goes at once, none stays longer than it should. OpenSSL
   * failing here leaves it for later. */
  if (self->retire_at == NEVER || retire (self, self->retire_before)) {
    self->retire_before = generation;
    self->retire_at = now + DAVE_RETENTION;
  }
  self->newest = generation;
}
