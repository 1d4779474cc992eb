/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a fakesink sees, to be compared with what another one saw. */

#include <gst/check/gstcheck.h>

/* Only ends a test that would hang. */
#define PICTURE_PATIENCE (60 * G_TIME_SPAN_SECOND)

/* Pictures, as checksums. */
typedef struct
{
  GMutex lock;
  GCond cond;
  GPtrArray *checksums; /* (element-type utf8) */
} Pictures;

static inline void
pictures_init (Pictures *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->checksums = g_ptr_array_new_with_free_func (g_free);
}

static inline void
pictures_clear (Pictures *self)
{
  g_ptr_array_unref (self->checksums);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

static inline void
on_picture (GstElement *sink, GstBuffer *picture, GstPad *pad, Pictures *self)
{
  GstMapInfo map;

  fail_unless (gst_buffer_map (picture, &map, GST_MAP_READ));
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->checksums,
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, map.data, map.size));
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_buffer_unmap (picture, &map);
}

static inline void
pictures_watch (Pictures *self, GstElement *bin, const gchar *name)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (bin), name);

  g_object_set (
      sink, "signal-handoffs", TRUE, "sync", FALSE, "async", FALSE, NULL);
  g_signal_connect (sink, "handoff", G_CALLBACK (on_picture), self);
}

static inline void
pictures_wait (Pictures *self, guint count)
{
  gint64 until = g_get_monotonic_time () + PICTURE_PATIENCE;
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (in_time && self->checksums->len < count)
    in_time = g_cond_wait_until (&self->cond, &self->lock, until);
  fail_unless (in_time, "only %u pictures", self->checksums->len);
  g_mutex_unlock (&self->lock);
}

static inline guint
pictures_count (Pictures *self)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = self->checksums->len;
  g_mutex_unlock (&self->lock);
  return count;
}

static inline guint
pictures_count_equal_unlocked (Pictures *self, Pictures *all, guint at)
{
  guint n = 0;

  while (n < self->checksums->len && at + n < all->checksums->len
      && g_str_equal (self->checksums->pdata[n], all->checksums->pdata[at + n]))
    n++;
  return n;
}

/* How many of @self, from the first one on, are in @all in one go; @at (out):
 * from where on. */
static inline guint
pictures_find_unlocked (Pictures *self, Pictures *all, guint *at)
{
  guint best = 0;

  *at = 0;
  for (guint i = 0; i < all->checksums->len; i++) {
    guint n = pictures_count_equal_unlocked (self, all, i);

    *at = n > best ? i : *at;
    best = MAX (n, best);
  }
  return best;
}

/* Each of @self, to which none is added any more, in turn, and nothing else, from
 * some one on: the same picture may have come more than once. @all goes on: who
 * saw them first may have decoded them last. */
static inline void
pictures_expect_part_of (Pictures *self, Pictures *all)
{
  gint64 until = g_get_monotonic_time () + PICTURE_PATIENCE;
  guint best, at;

  g_mutex_lock (&all->lock);
  g_mutex_lock (&self->lock);
  while ((best = pictures_find_unlocked (self, all, &at)) < self->checksums->len
      && g_cond_wait_until (&all->cond, &all->lock, until))
    ;
  fail_unless (best == self->checksums->len,
      "%u of %u pictures, from %u of %u on", best, self->checksums->len, at,
      all->checksums->len);
  g_mutex_unlock (&self->lock);
  g_mutex_unlock (&all->lock);
}

/* The first of @self that is not in @all. */
static inline guint
pictures_find_strange_unlocked (Pictures *self, Pictures *all)
{
  guint i = 0;

  while (i < self->checksums->len
      && g_ptr_array_find_with_equal_func (
          all->checksums, self->checksums->pdata[i], g_str_equal, NULL))
    i++;
  return i;
}

/* Of each of @self, to which none is added any more, there is one in @all, which
 * goes on. */
static inline void
pictures_expect_each_in (Pictures *self, Pictures *all)
{
  gint64 until = g_get_monotonic_time () + PICTURE_PATIENCE;
  guint strange;

  g_mutex_lock (&all->lock);
  g_mutex_lock (&self->lock);
  while ((strange = pictures_find_strange_unlocked (self, all))
          < self->checksums->len
      && g_cond_wait_until (&all->cond, &all->lock, until))
    ;
  fail_unless (strange == self->checksums->len, "picture %u", strange);
  g_mutex_unlock (&self->lock);
  g_mutex_unlock (&all->lock);
}
