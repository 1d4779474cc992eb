/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "annexb.h"

#include "startcode.h"

/* A start code counts when a byte follows it. */
static size_t
next_start_code (const DaveView *frame, size_t from)
{
  return dave_find_start_code (frame, from, frame->length - 1);
}

static bool
is_zero (const DaveView *frame, size_t offset)
{
  uint8_t byte;

  return dave_view_read (frame, offset, &byte, 1) && byte == 0;
}

/* Only zero bytes can stand before the first start code and be left out. */
static bool
is_all_zero (const DaveView *frame, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!is_zero (frame, i))
      return false;
  return true;
}

/* One zero byte in front belongs to the code, further ones to the NAL unit
 * before. Taken from the frame where it is there, so that canonical frames need
 * no rearranging. */
static void
add_start_code (
    const DaveView *frame, size_t code, size_t behind, DaveLayout *layout)
{
  if (code > behind && is_zero (frame, code - 1)) {
    dave_layout_add (layout, code - 1, DAVE_START_CODE_SIZE + 1, true);
    return;
  }
  dave_layout_add_literal (layout, (const uint8_t[]){ 0 }, 1);
  dave_layout_add (layout, code, DAVE_START_CODE_SIZE, true);
}

bool
dave_annexb_begin (DaveAnnexb *self, const DaveView *frame, size_t header_size)
{
  *self = (DaveAnnexb){ .frame = frame };
  if (frame->length < DAVE_START_CODE_SIZE + header_size)
    return false;
  self->code = next_start_code (frame, 0);
  return self->code < frame->length - 1 && is_all_zero (frame, self->code);
}

bool
dave_annexb_next (DaveAnnexb *self, DaveNal *nal)
{
  const DaveView *frame = self->frame;
  size_t last = frame->length - 1;

  /* A last NAL unit of one byte is left out: libdave does. */
  while (self->code + DAVE_START_CODE_SIZE < last) {
    size_t start = self->code + DAVE_START_CODE_SIZE;
    size_t next = next_start_code (frame, start);
    size_t end = next;

    if (next == last)
      end = frame->length;
    else if (next > start && is_zero (frame, next - 1))
      end = next - 1;

    *nal = (DaveNal){ self->code, start, end, self->behind };
    self->behind = end;
    self->code = next;
    /* Nothing between two start codes is nothing a packetiser could send. */
    if (end > start)
      return true;
  }
  return false;
}

bool
dave_annexb_plan (const DaveView *frame, size_t header_size, DaveNalFunc plan,
    DaveLayout *layout)
{
  DaveAnnexb annexb;
  DaveNal nal;

  if (!dave_annexb_begin (&annexb, frame, header_size))
    return false;
  while (dave_annexb_next (&annexb, &nal)) {
    add_start_code (frame, nal.code, nal.behind, layout);
    if (!plan (frame, nal.start, nal.end, layout))
      return false;
  }
  return true;
}
