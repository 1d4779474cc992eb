/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dave.h"

#define TAG 8
#define MARKER 2
/* Tag, one byte of nonce, size, marker. */
#define MIN_SUPPLEMENT (TAG + 1 + 1 + MARKER)

/* FALSE: it does not end, or passes 64 bits. */
static gboolean
read_uleb128 (LbReader *reader, guint64 *value)
{
  *value = 0;
  for (guint shift = 0; shift < 64; shift += 7) {
    guint64 byte = lb_read_uint (reader, 1);

    if (reader->failed || (shift == 63 && byte > 1))
      return FALSE;
    *value |= (byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return TRUE;
  }
  return FALSE;
}

/* Nonce, then the clear ranges: ascending, inside the media. */
static gboolean
check_supplement (LbReader *reader, gsize media_length)
{
  guint64 nonce, offset, size, end = 0;

  if (!read_uleb128 (reader, &nonce) || nonce > G_MAXUINT32)
    return FALSE;
  while (lb_reader_has_more (reader)) {
    if (!read_uleb128 (reader, &offset) || !read_uleb128 (reader, &size)
        || offset < end || offset > media_length
        || size > media_length - offset)
      return FALSE;
    end = offset + size;
  }
  return TRUE;
}

gboolean
lb_dave_is_frame (const guint8 *data, gsize length)
{
  LbReader reader;
  gsize supplement;

  if (length < MIN_SUPPLEMENT || data[length - 1] != 0xfa
      || data[length - 2] != 0xfa)
    return FALSE;
  supplement = data[length - 3];
  if (supplement < MIN_SUPPLEMENT || supplement > length)
    return FALSE;
  reader = lb_reader ((LbBytes){
      data + length - supplement + TAG, supplement - TAG - 1 - MARKER });
  return check_supplement (&reader, length - supplement);
}
