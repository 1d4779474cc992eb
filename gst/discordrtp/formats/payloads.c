/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "payloads.h"

#include <string.h>

void
rtp_payloads_init (RtpPayloads *self)
{
  self->pieces = g_array_new (FALSE, FALSE, sizeof (RtpPiece));
  self->starts = g_array_new (FALSE, FALSE, sizeof (guint));
}

void
rtp_payloads_clear (RtpPayloads *self)
{
  g_clear_pointer (&self->pieces, g_array_unref);
  g_clear_pointer (&self->starts, g_array_unref);
}

void
rtp_payloads_reset (RtpPayloads *self)
{
  g_array_set_size (self->pieces, 0);
  g_array_set_size (self->starts, 0);
}

void
rtp_payloads_begin (RtpPayloads *self)
{
  g_array_append_val (self->starts, self->pieces->len);
}

RtpPiece *
rtp_payloads_add (RtpPayloads *self, const guint8 *literal, guint n_literal,
    gsize offset, gsize length)
{
  RtpPiece piece = { (guint32) offset, (guint32) length, (guint8) n_literal,
    { 0 } };

  g_assert (n_literal <= RTP_LITERAL_MAX);
  if (n_literal > 0)
    memcpy (piece.literal, literal, n_literal);
  g_array_append_val (self->pieces, piece);
  return &g_array_index (self->pieces, RtpPiece, self->pieces->len - 1);
}

guint
rtp_payloads_count (const RtpPayloads *self)
{
  return self->starts->len;
}

const RtpPiece *
rtp_payloads_get (const RtpPayloads *self, guint index, guint *n_pieces)
{
  guint start = g_array_index (self->starts, guint, index);
  guint end = index + 1 < self->starts->len
      ? g_array_index (self->starts, guint, index + 1)
      : self->pieces->len;

  *n_pieces = end - start;
  return &g_array_index (self->pieces, RtpPiece, start);
}
