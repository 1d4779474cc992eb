/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Transitions that were prepared and wait for op 22 (DAVE whitepaper,
 * "Transitions"). Each has what it leads to bound to it: with several in flight,
 * the newest epoch is not the one to send in yet. */

#include "../mls/group.h"

/* The gateway has one or two in flight and gives up waiting after seconds; with
 * more than that the oldest is forgotten. */
#define DAVE_TRANSITIONS_MAX 32

/* What we send with in one of the epochs we were in. */
typedef struct
{
  uint64_t epoch; /* counts those we entered, over all groups; 0: no key */
  uint8_t secret[MLS_SENDER_SECRET_SIZE];
} DaveSenderKey;

typedef struct
{
  uint16_t id;
  unsigned version;
  DaveSenderKey key;
} DaveTransition;

typedef struct
{
  DaveTransition entries[DAVE_TRANSITIONS_MAX]; /* oldest first */
  unsigned n_entries;
} DaveTransitions;

/* Wipes all. */
void dave_transitions_clear (DaveTransitions *self);

/* Copies @transition. Ids wrap around: it replaces one of the same id. */
void dave_transitions_add (
    DaveTransitions *self, const DaveTransition *transition);
/* Takes it out; false when there is none. Wipe @out afterwards. */
bool dave_transitions_take (
    DaveTransitions *self, uint16_t id, DaveTransition *out);
/* Forgets the keys before @epoch, with their transitions. */
void dave_transitions_forget_before (DaveTransitions *self, uint64_t epoch);
