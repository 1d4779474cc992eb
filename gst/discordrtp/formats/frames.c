/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "frames.h"

#include <string.h>

#define INITIAL_CAPACITY 4096

void
rtp_frame_init (RtpFrame *self)
{
  *self = (RtpFrame){ .capacity = INITIAL_CAPACITY };
}

void
rtp_frame_clear (RtpFrame *self)
{
  g_clear_pointer (&self->data, g_free);
  rtp_frame_init (self);
}

void
rtp_frame_reset (RtpFrame *self)
{
  guint8 *data = self->data;
  gsize capacity = self->capacity;

  *self = (RtpFrame){ .data = data, .capacity = capacity };
}

guint8 *
rtp_frame_steal (RtpFrame *self, gsize *size)
{
  guint8 *data = g_steal_pointer (&self->data);

  *size = self->size;
  /* One large frame must not make all that follow large. */
  self->capacity = MAX (self->size, INITIAL_CAPACITY);
  return data;
}

static gboolean
reserve (RtpFrame *self, gsize size)
{
  gsize needed = self->size + size;

  if (size > RTP_FRAME_MAX || needed > RTP_FRAME_MAX)
    return FALSE;
  if (self->data != NULL && needed <= self->capacity)
    return TRUE;
  while (self->capacity < needed)
    self->capacity *= 2;
  self->data = g_realloc (self->data, self->capacity);
  return TRUE;
}

gboolean
rtp_frame_append (RtpFrame *self, const guint8 *data, gsize size)
{
  if (!reserve (self, size))
    return FALSE;
  if (size > 0)
    memcpy (self->data + self->size, data, size);
  self->size += size;
  return TRUE;
}

gboolean
rtp_frame_insert (RtpFrame *self, gsize offset, gsize size)
{
  if (!reserve (self, size))
    return FALSE;
  memmove (
      self->data + offset + size, self->data + offset, self->size - offset);
  self->size += size;
  return TRUE;
}

gboolean
rtp_frame_is_whole (RtpFrame *frame)
{
  return !frame->in_fragment && frame->size > 0;
}
