/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "frames.h"
#include "vp9.h"

#define SS_SIZE_BYTES 4
#define REFERENCES_MAX 3

/* Reads the descriptor; behind the end all bytes are 0, and @at goes on. */
typedef struct
{
  const guint8 *data;
  gsize size;
  gsize at;
} Reader;

static guint8
take (Reader *reader)
{
  guint8 byte = reader->at < reader->size ? reader->data[reader->at] : 0;

  reader->at++;
  return byte;
}

static void
skip_references (Reader *reader)
{
  for (guint i = 0; i < REFERENCES_MAX; i++)
    if ((take (reader) & VP9_REFERENCE_MORE) == 0)
      return;
}

static void
skip_structure (Reader *reader)
{
  guint8 head = take (reader);
  guint n_pictures;

  if ((head & VP9_SS_SIZES) != 0)
    reader->at += SS_SIZE_BYTES * VP9_SS_SPATIAL_LAYERS (head);
  if ((head & VP9_SS_GROUP) == 0)
    return;
  n_pictures = take (reader);
  for (guint i = 0; i < n_pictures; i++)
    reader->at += VP9_SS_REFERENCES (take (reader));
}

/* 0 when the payload ends before it does. */
static gsize
descriptor_size (const guint8 *payload, gsize size)
{
  Reader reader = { payload, size, 0 };
  guint8 head = take (&reader);

  if ((head & VP9_PICTURE_ID) != 0
      && (take (&reader) & VP9_PICTURE_ID_LONG) != 0)
    take (&reader);
  if ((head & VP9_LAYERS) != 0) {
    take (&reader);
    if ((head & VP9_FLEXIBLE) == 0)
      take (&reader); /* TL0PICIDX */
  }
  if ((head & VP9_FLEXIBLE) != 0 && (head & VP9_INTER_PREDICTED) != 0)
    skip_references (&reader);
  if ((head & VP9_SCALABILITY) != 0)
    skip_structure (&reader);
  return reader.at <= size ? reader.at : 0;
}

static gboolean
add (RtpFrame *frame, const guint8 *payload, gsize size)
{
  gsize n = descriptor_size (payload, size);
  gboolean begins = (payload[0] & VP9_BEGIN) != 0;

  if (n == 0 || n == size || begins == frame->has_packets)
    return FALSE;
  if (begins)
    frame->keyframe = (payload[0] & VP9_INTER_PREDICTED) == 0;
  frame->complete = (payload[0] & VP9_END) != 0;
  return rtp_frame_append (frame, payload + n, size - n);
}

const RtpDepayFormat rtp_vp9_depay_format = { add, rtp_frame_is_whole };
