/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The TLS presentation language as RFC 9420 section 2.1 uses it. */

/* Somebody else's memory. */
typedef struct
{
  const guint8 *data;
  gsize length;
} LbBytes;

gboolean lb_bytes_equal (LbBytes a, LbBytes b);

/* After the first thing that does not fit everything reads as empty. */
typedef struct
{
  const guint8 *at;
  const guint8 *end;
  gboolean failed;
} LbReader;

LbReader lb_reader (LbBytes bytes);
/* Nothing failed and nothing is left over. */
gboolean lb_reader_is_done (const LbReader *self);
gboolean lb_reader_has_more (const LbReader *self);
guint64 lb_read_uint (LbReader *self, guint size);
LbBytes lb_read_fixed (LbReader *self, gsize length);
/* opaque x<V>, also the elements of any other vector. */
LbBytes lb_read_vector (LbReader *self);
/* The presence byte of optional<T>. */
gboolean lb_read_optional (LbReader *self);
/* What was read since @start. */
LbBytes lb_read_since (const LbReader *self, const guint8 *start);

void lb_write_uint (GByteArray *out, guint64 value, guint size);
void lb_write_fixed (GByteArray *out, LbBytes bytes);
void lb_write_vector (GByteArray *out, LbBytes bytes);
LbBytes lb_written (const GByteArray *array);
