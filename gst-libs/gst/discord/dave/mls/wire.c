/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "wire.h"

#include <string.h>

#include <openssl/crypto.h>

bool
mls_bytes_equal (MlsBytes a, MlsBytes b)
{
  return a.length == b.length
      && (a.length == 0 || memcmp (a.data, b.data, a.length) == 0);
}

int
mls_bytes_compare (MlsBytes a, MlsBytes b)
{
  size_t common = MIN (a.length, b.length);
  int order = common > 0 ? memcmp (a.data, b.data, common) : 0;

  if (order != 0)
    return order;
  return (a.length > b.length) - (a.length < b.length);
}

bool
mls_bytes_equal_secret (MlsBytes a, MlsBytes b)
{
  return a.length == b.length
      && (a.length == 0 || CRYPTO_memcmp (a.data, b.data, a.length) == 0);
}

uint8_t *
mls_bytes_dup (MlsBytes bytes)
{
  return g_memdup2 (bytes.data, bytes.length);
}

void
mls_reader_init (MlsReader *self, MlsBytes bytes)
{
  self->data = bytes.data;
  self->length = bytes.length;
  self->result = MLS_OK;
  if (bytes.length > MLS_MAX_MESSAGE)
    mls_reader_fail (self, MLS_ERROR_LIMIT);
}

void
mls_reader_fail (MlsReader *self, MlsResult result)
{
  if (self->result == MLS_OK)
    self->result = result;
  self->length = 0;
}

bool
mls_reader_more (const MlsReader *self)
{
  return self->length > 0;
}

MlsResult
mls_reader_finish (const MlsReader *self)
{
  if (self->result != MLS_OK)
    return self->result;
  return self->length == 0 ? MLS_OK : MLS_ERROR_PARSE;
}

MlsBytes
mls_read_fixed (MlsReader *self, size_t length)
{
  MlsBytes bytes = { self->data, length };

  if (length > self->length) {
    mls_reader_fail (self, MLS_ERROR_PARSE);
    return MLS_NO_BYTES;
  }
  if (length == 0)
    return MLS_NO_BYTES;
  self->data += length;
  self->length -= length;
  return bytes;
}

static uint64_t
read_number (MlsReader *self, size_t size)
{
  MlsBytes bytes = mls_read_fixed (self, size);
  uint64_t value = 0;

  for (size_t i = 0; i < bytes.length; i++)
    value = value << 8 | bytes.data[i];
  return value;
}

uint8_t
mls_read_u8 (MlsReader *self)
{
  return (uint8_t) read_number (self, 1);
}

uint16_t
mls_read_u16 (MlsReader *self)
{
  return (uint16_t) read_number (self, 2);
}

uint32_t
mls_read_u32 (MlsReader *self)
{
  return (uint32_t) read_number (self, 4);
}

uint64_t
mls_read_u64 (MlsReader *self)
{
  return read_number (self, 8);
}

bool
mls_read_optional (MlsReader *self)
{
  uint8_t present = mls_read_u8 (self);

  if (present > 1) {
    mls_reader_fail (self, MLS_ERROR_PARSE);
    return false;
  }
  return present == 1;
}

/* RFC 9420, section 2.1.2. */
uint32_t
mls_read_length (MlsReader *self)
{
  static const uint32_t smallest[] = { 0, 1u << 6, 1u << 14 };
  uint8_t first = mls_read_u8 (self);
  unsigned log_size = first >> 6;
  uint32_t length;

  if (log_size == 3) {
    mls_reader_fail (self, MLS_ERROR_PARSE);
    return 0;
  }
  length = first & 0x3f;
  for (unsigned i = 1; i < 1u << log_size; i++)
    length = length << 8 | mls_read_u8 (self);
  if (self->result != MLS_OK)
    return 0;
  if (length < smallest[log_size]) {
    mls_reader_fail (self, MLS_ERROR_PARSE);
    return 0;
  }
  return length;
}

MlsBytes
mls_read_vector (MlsReader *self)
{
  return mls_read_fixed (self, mls_read_length (self));
}

MlsBytes
mls_reader_since (const MlsReader *self, const uint8_t *start)
{
  return (MlsBytes){ start, (size_t) (self->data - start) };
}

void
mls_writer_clear (MlsWriter *self)
{
  if (self->data != NULL)
    OPENSSL_cleanse (self->data, self->capacity);
  g_free (self->data);
  *self = (MlsWriter) MLS_WRITER_INIT;
}

MlsBytes
mls_writer_bytes (const MlsWriter *self)
{
  return (MlsBytes){ self->data, self->length };
}

uint8_t *
mls_writer_steal (MlsWriter *self, size_t *length)
{
  uint8_t *data = self->data;

  *length = self->length;
  *self = (MlsWriter) MLS_WRITER_INIT;
  return data;
}

/* Not g_realloc(): it would leave a copy behind. */
static void
grow (MlsWriter *self, size_t needed)
{
  size_t capacity = MAX (needed, MAX (self->capacity * 2, 256));
  uint8_t *data = g_malloc (capacity);

  if (self->length > 0)
    memcpy (data, self->data, self->length);
  if (self->data != NULL)
    OPENSSL_cleanse (self->data, self->capacity);
  g_free (self->data);
  self->data = data;
  self->capacity = capacity;
}

uint8_t *
mls_write_space (MlsWriter *self, size_t length)
{
  uint8_t *space;

  if (self->capacity - self->length < length)
    grow (self, self->length + length);
  space = self->data + self->length;
  self->length += length;
  return space;
}

void
mls_write_fixed (MlsWriter *self, MlsBytes bytes)
{
  if (bytes.length > 0)
    memcpy (mls_write_space (self, bytes.length), bytes.data, bytes.length);
}

static void
write_number (MlsWriter *self, uint64_t value, size_t size)
{
  uint8_t *out = mls_write_space (self, size);

  for (size_t i = 0; i < size; i++)
    out[i] = (uint8_t) (value >> (8 * (size - 1 - i)));
}

void
mls_write_u8 (MlsWriter *self, uint8_t value)
{
  write_number (self, value, 1);
}

void
mls_write_u16 (MlsWriter *self, uint16_t value)
{
  write_number (self, value, 2);
}

void
mls_write_u32 (MlsWriter *self, uint32_t value)
{
  write_number (self, value, 4);
}

void
mls_write_u64 (MlsWriter *self, uint64_t value)
{
  write_number (self, value, 8);
}

size_t
mls_length_encode (uint32_t length, uint8_t out[MLS_LENGTH_MAX_SIZE])
{
  unsigned log_size = length < 1u << 6 ? 0 : length < 1u << 14 ? 1 : 2;
  size_t size = (size_t) 1 << log_size;

  g_assert (length < 1u << 30);
  for (size_t i = 0; i < size; i++)
    out[i] = (uint8_t) (length >> (8 * (size - 1 - i)));
  out[0] |= (uint8_t) (log_size << 6);
  return size;
}

void
mls_write_vector (MlsWriter *self, MlsBytes bytes)
{
  uint8_t header[MLS_LENGTH_MAX_SIZE];

  mls_write_fixed (self,
      mls_bytes (header, mls_length_encode ((uint32_t) bytes.length, header)));
  mls_write_fixed (self, bytes);
}

size_t
mls_write_vector_begin (MlsWriter *self)
{
  return self->length;
}

/* The size of the header depends on what follows: make room for it now. */
void
mls_write_vector_end (MlsWriter *self, size_t begin)
{
  size_t length = self->length - begin;
  uint8_t header[MLS_LENGTH_MAX_SIZE];
  size_t size = mls_length_encode ((uint32_t) length, header);

  mls_write_space (self, size);
  memmove (self->data + begin + size, self->data + begin, length);
  memcpy (self->data + begin, header, size);
}
