/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "expectedusers.h"

void
dave_expected_users_init (DaveExpectedUsers *self)
{
  self->ids = g_array_new (FALSE, FALSE, sizeof (uint64_t));
}

void
dave_expected_users_clear (DaveExpectedUsers *self)
{
  g_array_unref (self->ids);
}

unsigned
dave_expected_users_count (const DaveExpectedUsers *self)
{
  return self->ids->len;
}

static uint64_t
id_at (const DaveExpectedUsers *self, unsigned i)
{
  return g_array_index (self->ids, uint64_t, i);
}

/* Where @user_id is or belongs. */
static unsigned
place_of (const DaveExpectedUsers *self, uint64_t user_id)
{
  unsigned from = 0, to = self->ids->len;

  while (from < to) {
    unsigned middle = from + (to - from) / 2;

    if (id_at (self, middle) < user_id)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

static bool
is_at (const DaveExpectedUsers *self, unsigned i, uint64_t user_id)
{
  return i < self->ids->len && id_at (self, i) == user_id;
}

bool
dave_expected_users_contain (const DaveExpectedUsers *self, uint64_t user_id)
{
  return is_at (self, place_of (self, user_id), user_id);
}

bool
dave_expected_users_add (DaveExpectedUsers *self, uint64_t user_id)
{
  unsigned place = place_of (self, user_id);

  if (is_at (self, place, user_id))
    return true;
  if (self->ids->len == DAVE_EXPECTED_USERS_MAX)
    return false;
  g_array_insert_val (self->ids, place, user_id);
  return true;
}

void
dave_expected_users_remove (DaveExpectedUsers *self, uint64_t user_id)
{
  unsigned place = place_of (self, user_id);

  if (is_at (self, place, user_id))
    g_array_remove_index (self->ids, place);
}
