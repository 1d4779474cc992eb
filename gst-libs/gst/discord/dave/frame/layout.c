/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "layout.h"

#include <string.h>

void
dave_layout_reset (DaveLayout *self)
{
  self->length = 0;
  self->overflow = false;
  self->n_ranges = 0;
  self->n_pieces = 0;
}

static void
add_range (DaveLayout *self, size_t length)
{
  DaveRange *last =
      self->n_ranges > 0 ? &self->ranges[self->n_ranges - 1] : NULL;

  if (last != NULL && last->offset + last->size == self->length) {
    last->size += length;
    return;
  }
  if (self->n_ranges == DAVE_RANGES_MAX) {
    self->overflow = true;
    return;
  }
  self->ranges[self->n_ranges++] = (DaveRange){ self->length, length };
}

/* A new piece, or NULL. */
static DavePiece *
add_piece (DaveLayout *self)
{
  if (self->n_pieces == DAVE_PIECES_MAX) {
    self->overflow = true;
    return NULL;
  }
  return &self->pieces[self->n_pieces++];
}

static DavePiece *
last_that_ends_at (DaveLayout *self, size_t source, bool clear)
{
  DavePiece *last =
      self->n_pieces > 0 ? &self->pieces[self->n_pieces - 1] : NULL;

  if (last == NULL || last->n_literal > 0 || last->clear != clear
      || last->source + last->length != source)
    return NULL;
  return last;
}

void
dave_layout_add (DaveLayout *self, size_t source, size_t length, bool clear)
{
  DavePiece *piece;

  if (length == 0)
    return;
  if (clear)
    add_range (self, length);
  self->length += length;

  piece = last_that_ends_at (self, source, clear);
  if (piece != NULL) {
    piece->length += (uint32_t) length;
    return;
  }
  piece = add_piece (self);
  if (piece != NULL)
    *piece = (DavePiece){
      .source = (uint32_t) source, .length = (uint32_t) length, .clear = clear
    };
}

void
dave_layout_add_literal (DaveLayout *self, const uint8_t *bytes, size_t length)
{
  DavePiece *piece = add_piece (self);

  add_range (self, length);
  self->length += length;
  if (piece == NULL)
    return;
  *piece = (DavePiece){
    .length = (uint32_t) length, .clear = true, .n_literal = (uint8_t) length
  };
  memcpy (piece->literal, bytes, length);
}

void
dave_layout_copy_clear (
    const DaveLayout *self, const DaveView *plain, const DaveView *out)
{
  size_t at = 0;

  for (size_t i = 0; i < self->n_pieces; i++) {
    const DavePiece *piece = &self->pieces[i];

    if (piece->n_literal > 0)
      dave_view_write (out, at, piece->literal, piece->n_literal);
    else if (piece->clear)
      dave_view_copy (out, at, plain, piece->source, piece->length);
    at += piece->length;
  }
}

/* A piece that moves down cannot hit one before it that moves up and still
 * waits: that one ends, now and later, before this one's place. Hence first all
 * that move down, from the front, then all that move up, from the back, then
 * what fills the gaps. */
void
dave_layout_rearrange (const DaveLayout *self, const DaveView *buffer)
{
  size_t at = 0;

  for (size_t i = 0; i < self->n_pieces; i++) {
    const DavePiece *piece = &self->pieces[i];

    if (piece->n_literal == 0 && at < piece->source)
      dave_view_move (buffer, at, piece->source, piece->length);
    at += piece->length;
  }
  for (size_t i = self->n_pieces; i > 0; i--) {
    const DavePiece *piece = &self->pieces[i - 1];

    at -= piece->length;
    if (piece->n_literal == 0 && at > piece->source)
      dave_view_move (buffer, at, piece->source, piece->length);
  }
  for (size_t i = 0; i < self->n_pieces; i++) {
    const DavePiece *piece = &self->pieces[i];

    if (piece->n_literal > 0)
      dave_view_write (buffer, at, piece->literal, piece->n_literal);
    at += piece->length;
  }
}
