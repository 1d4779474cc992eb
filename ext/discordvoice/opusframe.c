/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "opusframe.h"

#include <string.h>

#define HEADER_MAGIC_SIZE 8

const guint8 opus_silence[OPUS_SILENCE_SIZE] = { 0xF8, 0xFF, 0xFE };

/* RFC 6716 table 2, by configuration number. */
static GstClockTime
frame_size (guint config)
{
  static const guint silk[] = { 10, 20, 40, 60 };
  static const guint hybrid[] = { 10, 20 };

  if (config < 12)
    return silk[config % 4] * GST_MSECOND;
  if (config < 16)
    return hybrid[config % 2] * GST_MSECOND;
  return (2500 << (config % 4)) * GST_USECOND;
}

/* RFC 6716 3.2: how many frames the packet holds. */
static guint
frame_count (const guint8 *data, gsize size)
{
  switch (data[0] & 3) {
    case 0:
      return 1;
    case 1:
    case 2:
      return 2;
    default:
      return size > 1 ? data[1] & 0x3F : 0;
  }
}

GstClockTime
opus_frame_duration (const guint8 *data, gsize size)
{
  guint count = size > 0 ? frame_count (data, size) : 0;

  if (count == 0)
    return GST_CLOCK_TIME_NONE;
  return count * frame_size (data[0] >> 3);
}

gboolean
opus_frame_is_silence (const guint8 *data, gsize size)
{
  return size == OPUS_SILENCE_SIZE
      && memcmp (data, opus_silence, OPUS_SILENCE_SIZE) == 0;
}

gboolean
opus_frame_is_header (const guint8 *data, gsize size)
{
  return size >= HEADER_MAGIC_SIZE
      && (memcmp (data, "OpusHead", HEADER_MAGIC_SIZE) == 0
          || memcmp (data, "OpusTags", HEADER_MAGIC_SIZE) == 0);
}
