/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bytes.h"

#include <string.h>

gboolean
lb_bytes_equal (LbBytes a, LbBytes b)
{
  return a.length == b.length
      && (a.length == 0 || memcmp (a.data, b.data, a.length) == 0);
}

LbReader
lb_reader (LbBytes bytes)
{
  return (LbReader){ .at = bytes.data, .end = bytes.data + bytes.length };
}

gboolean
lb_reader_is_done (const LbReader *self)
{
  return !self->failed && self->at == self->end;
}

gboolean
lb_reader_has_more (const LbReader *self)
{
  return !self->failed && self->at != self->end;
}

LbBytes
lb_read_fixed (LbReader *self, gsize length)
{
  LbBytes bytes = { self->at, length };

  if (self->failed || length > (gsize) (self->end - self->at)) {
    self->failed = TRUE;
    return (LbBytes){ NULL, 0 };
  }
  self->at += length;
  return bytes;
}

guint64
lb_read_uint (LbReader *self, guint size)
{
  LbBytes bytes = lb_read_fixed (self, size);
  guint64 value = 0;

  for (gsize i = 0; i < bytes.length; i++)
    value = value << 8 | bytes.data[i];
  return value;
}

/* The smallest number a length of that many bytes may hold: RFC 9420 section
 * 2.1.2 refuses longer forms than needed. */
static guint64
least_length (guint size)
{
  return size == 1 ? 0 : size == 2 ? 1u << 6 : 1u << 14;
}

LbBytes
lb_read_vector (LbReader *self)
{
  guint size, form;
  guint64 length;

  if (!lb_reader_has_more (self) || (form = *self->at >> 6) == 3) {
    self->failed = TRUE;
    return (LbBytes){ NULL, 0 };
  }
  size = 1u << form;
  length =
      lb_read_uint (self, size) & ~(G_GUINT64_CONSTANT (3) << (8 * size - 2));
  if (length < least_length (size))
    self->failed = TRUE;
  return lb_read_fixed (self, length);
}

gboolean
lb_read_optional (LbReader *self)
{
  guint64 present = lb_read_uint (self, 1);

  if (present > 1)
    self->failed = TRUE;
  return present == 1 && !self->failed;
}

LbBytes
lb_read_since (const LbReader *self, const guint8 *start)
{
  return (LbBytes){ start, (gsize) (self->at - start) };
}

void
lb_write_uint (GByteArray *out, guint64 value, guint size)
{
  guint8 bytes[8];

  for (guint i = 0; i < size; i++)
    bytes[i] = (guint8) (value >> (8 * (size - 1 - i)));
  g_byte_array_append (out, bytes, size);
}

void
lb_write_fixed (GByteArray *out, LbBytes bytes)
{
  if (bytes.length > 0)
    g_byte_array_append (out, bytes.data, (guint) bytes.length);
}

void
lb_write_vector (GByteArray *out, LbBytes bytes)
{
  if (bytes.length < 1u << 6)
    lb_write_uint (out, bytes.length, 1);
  else if (bytes.length < 1u << 14)
    lb_write_uint (out, 1u << 14 | bytes.length, 2);
  else
    lb_write_uint (out, 2u << 30 | bytes.length, 4);
  lb_write_fixed (out, bytes);
}

LbBytes
lb_written (const GByteArray *array)
{
  return (LbBytes){ array->data, array->len };
}
