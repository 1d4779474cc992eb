/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "av1.h"
#include "frames.h"

#include <gst/discord/dave/frame/obu.h>

#include <string.h>

/* Takes the bytes [@from, @to) out. */
static void
cut (RtpFrame *frame, gsize from, gsize to)
{
  memmove (frame->data + from, frame->data + to, frame->size - to);
  frame->size -= to - from;
}

/* The last OBU is complete. It gets a size of the shortest form unless it ends
 * the frame; whatever it said itself is replaced. */
static gboolean
end_obu (RtpFrame *frame, gboolean ends_frame)
{
  gsize start = frame->obu_start, left = frame->size - start;
  guint8 size_bytes[DAVE_ULEB128_MAX];
  gsize n = 0;
  DaveObu obu;

  if (left == 0)
    return TRUE;
  /* These can be a header and nothing else. */
  if (!dave_obu_is_sent (frame->data[start])) {
    frame->size = start;
    return TRUE;
  }
  if (!dave_obu_read (&obu, frame->data + start, left))
    return FALSE;
  frame->size = start + obu.payload + obu.payload_size;
  if (start == 0)
    frame->keyframe = DAVE_OBU_TYPE (obu.header[0]) == DAVE_OBU_SEQUENCE_HEADER;

  cut (frame, start + obu.header_size, start + obu.payload);
  if (ends_frame) {
    frame->data[start] &= (guint8) ~AV1_OBU_HAS_SIZE;
  } else {
    n = dave_uleb128_write (size_bytes, obu.payload_size);
    if (!rtp_frame_insert (frame, start + obu.header_size, n))
      return FALSE;
    memcpy (frame->data + start + obu.header_size, size_bytes, n);
    frame->data[start] |= AV1_OBU_HAS_SIZE;
  }
  return TRUE;
}

static gboolean
begin_obu (RtpFrame *frame)
{
  if (!end_obu (frame, FALSE))
    return FALSE;
  frame->obu_start = frame->size;
  return TRUE;
}

/* The length of the element at @data, of @size bytes with its own length. */
static gboolean
read_length (const guint8 **data, gsize *size, gsize *length)
{
  guint64 value;
  gsize n = dave_uleb128_read (*data, *size, &value);

  if (n == 0 || value > *size - n)
    return FALSE;
  *data += n;
  *size -= n;
  *length = (gsize) value;
  return TRUE;
}

static gboolean
add_elements (RtpFrame *frame, guint8 header, const guint8 *data, gsize size)
{
  guint count = AV1_COUNT (header), n = 0;

  while (size > 0) {
    gsize length = size;

    /* With a count the last element has no length. */
    if ((count == 0 || n + 1 < count) && !read_length (&data, &size, &length))
      return FALSE;
    if ((n > 0 || (header & AV1_CONTINUES) == 0) && !begin_obu (frame))
      return FALSE;
    if (!rtp_frame_append (frame, data, length))
      return FALSE;
    data += length;
    size -= length;
    n++;
  }
  return count == 0 || n == count;
}

static gboolean
add (RtpFrame *frame, const guint8 *payload, gsize size)
{
  guint8 header = payload[0];

  /* Also what begins inside another's OBU. */
  if (size < 2 || ((header & AV1_CONTINUES) != 0) != frame->in_fragment)
    return FALSE;
  if (!add_elements (frame, header, payload + 1, size - 1))
    return FALSE;
  frame->in_fragment = (header & AV1_GOES_ON) != 0;
  return TRUE;
}

static gboolean
finish (RtpFrame *frame)
{
  return !frame->in_fragment && end_obu (frame, TRUE) && frame->size > 0;
}

const RtpDepayFormat rtp_av1_depay_format = { add, finish };
