/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "transitions.h"

#include <string.h>

#include <openssl/crypto.h>

void
dave_transitions_clear (DaveTransitions *self)
{
  OPENSSL_cleanse (self, sizeof *self);
}

static void
remove_entry (DaveTransitions *self, unsigned i)
{
  unsigned behind = self->n_entries - i - 1;

  memmove (&self->entries[i], &self->entries[i + 1],
      behind * sizeof self->entries[0]);
  self->n_entries--;
  OPENSSL_cleanse (&self->entries[self->n_entries], sizeof self->entries[0]);
}

bool
dave_transitions_take (DaveTransitions *self, uint16_t id, DaveTransition *out)
{
  for (unsigned i = 0; i < self->n_entries; i++) {
    if (self->entries[i].id != id)
      continue;
    *out = self->entries[i];
    remove_entry (self, i);
    return true;
  }
  return false;
}

static void
forget (DaveTransitions *self, uint16_t id)
{
  DaveTransition old;

  if (dave_transitions_take (self, id, &old))
    OPENSSL_cleanse (&old, sizeof old);
}

void
dave_transitions_add (DaveTransitions *self, const DaveTransition *transition)
{
  forget (self, transition->id);
  if (self->n_entries == DAVE_TRANSITIONS_MAX)
    remove_entry (self, 0);
  self->entries[self->n_entries++] = *transition;
}

void
dave_transitions_forget_before (DaveTransitions *self, uint64_t epoch)
{
  for (unsigned i = self->n_entries; i > 0; i--) {
    uint64_t of_entry = self->entries[i - 1].key.epoch;

    if (of_entry > 0 && of_entry < epoch)
      remove_entry (self, i - 1);
  }
}
