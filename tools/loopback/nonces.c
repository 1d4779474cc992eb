/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nonces.h"

#include <string.h>

#define PAGE_BITS 12

/* Bits by number, in pages. Clients count in either byte order; the order in
 * which the first two are neighbours keeps the pages dense. It only decides
 * about memory, not about the answer. */
struct _LbNonces
{
  GHashTable *pages; /* number >> PAGE_BITS -> bit field */
  guint count;
  guint8 first[4];
  gboolean little;
};

LbNonces *
lb_nonces_new (void)
{
  LbNonces *self = g_new0 (LbNonces, 1);

  self->pages = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
lb_nonces_free (LbNonces *self)
{
  g_hash_table_unref (self->pages);
  g_free (self);
}

static guint32
number_of (const guint8 nonce[4], gboolean little)
{
  guint32 value;

  memcpy (&value, nonce, sizeof value);
  return little ? GUINT32_FROM_LE (value) : GUINT32_FROM_BE (value);
}

static gboolean
insert (LbNonces *self, const guint8 nonce[4])
{
  guint32 number = number_of (nonce, self->little);
  gpointer key = GUINT_TO_POINTER (number >> PAGE_BITS);
  guint8 *page = g_hash_table_lookup (self->pages, key);
  guint offset = number & ((1u << PAGE_BITS) - 1);
  guint8 bit = (guint8) (1u << (offset % 8));

  if (page == NULL) {
    page = g_malloc0 ((1u << PAGE_BITS) / 8);
    g_hash_table_insert (self->pages, key, page);
  }
  if (page[offset / 8] & bit)
    return FALSE;
  page[offset / 8] |= bit;
  return TRUE;
}

static guint32
distance (guint32 a, guint32 b)
{
  return MIN (a - b, b - a);
}

static void
choose_order (LbNonces *self, const guint8 second[4])
{
  self->little =
      distance (number_of (self->first, TRUE), number_of (second, TRUE))
      < distance (number_of (self->first, FALSE), number_of (second, FALSE));
  insert (self, self->first);
}

gboolean
lb_nonces_add (LbNonces *self, const guint8 nonce[4])
{
  if (self->count == 0) {
    memcpy (self->first, nonce, 4);
    self->count = 1;
    return TRUE;
  }
  if (self->count == 1) {
    choose_order (self, nonce);
    self->count = 2;
  }
  return insert (self, nonce);
}
