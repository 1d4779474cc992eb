/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The presentation language of MLS (RFC 9420, section 2): a reader that never
 * leaves its input and a writer that wipes what it lets go of. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "result.h"

/* Largest message taken. A Welcome for MLS_MAX_LEAVES members is about 1 MiB. */
#define MLS_MAX_MESSAGE (2u << 20)

/* Bytes that belong to somebody else. */
typedef struct
{
  const uint8_t *data;
  size_t length;
} MlsBytes;

static inline MlsBytes
mls_bytes (const void *data, size_t length)
{
  return (MlsBytes){ data, length };
}

static inline MlsBytes
mls_bytes_text (const char *text)
{
  return (MlsBytes){ (const uint8_t *) text, __builtin_strlen (text) };
}

#define MLS_BYTES_INIT(array)                                                  \
  {                                                                            \
    (array), sizeof (array)                                                    \
  }
#define MLS_BYTES_OF(array) mls_bytes ((array), sizeof (array))
#define MLS_NO_BYTES ((MlsBytes){ NULL, 0 })

/* For public data; takes as long as the common prefix is. */
bool mls_bytes_equal (MlsBytes a, MlsBytes b);
/* Order by content, then by length, as memcmp() has it. */
int mls_bytes_compare (MlsBytes a, MlsBytes b);
/* For tags: the time tells nothing but the lengths. */
bool mls_bytes_equal_secret (MlsBytes a, MlsBytes b);
/* NULL for no bytes. */
uint8_t *mls_bytes_dup (MlsBytes bytes);

/* Once something was wrong all reads give zeros and empty vectors; so it is
 * enough to look at the end. */
typedef struct
{
  const uint8_t *data;
  size_t length;
  MlsResult result;
} MlsReader;

void mls_reader_init (MlsReader *self, MlsBytes bytes);
/* Ends reading; the first reason stays. */
void mls_reader_fail (MlsReader *self, MlsResult result);
bool mls_reader_more (const MlsReader *self);
/* What was wrong, if anything; bytes left over are. */
MlsResult mls_reader_finish (const MlsReader *self);

uint8_t mls_read_u8 (MlsReader *self);
uint16_t mls_read_u16 (MlsReader *self);
uint32_t mls_read_u32 (MlsReader *self);
uint64_t mls_read_u64 (MlsReader *self);
/* The presence byte of optional<T>. */
bool mls_read_optional (MlsReader *self);
/* A variable-size length; only the shortest form is taken. */
uint32_t mls_read_length (MlsReader *self);
MlsBytes mls_read_fixed (MlsReader *self, size_t length);
/* opaque<V>, and any vector as its bytes. */
MlsBytes mls_read_vector (MlsReader *self);
/* Everything from @start, a former self->data, up to here. */
MlsBytes mls_reader_since (const MlsReader *self, const uint8_t *start);

typedef struct
{
  uint8_t *data;
  size_t length;
  size_t capacity;
} MlsWriter;

#define MLS_WRITER_INIT                                                        \
  {                                                                            \
    NULL, 0, 0                                                                 \
  }

/* Wipes and frees what was written. */
void mls_writer_clear (MlsWriter *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MlsWriter, mls_writer_clear)

MlsBytes mls_writer_bytes (const MlsWriter *self);
/* The caller frees it with g_free(). */
uint8_t *mls_writer_steal (MlsWriter *self, size_t *length);

void mls_write_u8 (MlsWriter *self, uint8_t value);
void mls_write_u16 (MlsWriter *self, uint16_t value);
void mls_write_u32 (MlsWriter *self, uint32_t value);
void mls_write_u64 (MlsWriter *self, uint64_t value);
void mls_write_fixed (MlsWriter *self, MlsBytes bytes);
void mls_write_vector (MlsWriter *self, MlsBytes bytes);
/* Room for @length bytes, to be filled in before the next write. */
uint8_t *mls_write_space (MlsWriter *self, size_t length);
/* What is written between the two becomes a vector; they nest. */
size_t mls_write_vector_begin (MlsWriter *self);
void mls_write_vector_end (MlsWriter *self, size_t begin);

#define MLS_LENGTH_MAX_SIZE 4
/* The header of a vector of @length bytes, at most 2^30 - 1; returns its
 * size. */
size_t mls_length_encode (uint32_t length, uint8_t out[MLS_LENGTH_MAX_SIZE]);
