/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "videostart.h"

#include <string.h>

/* Rec. ITU-T H.264 table 7-1 and H.265 table 7-1 */
#define H264_IDR 5
#define H264_SPS 7
#define H264_PPS 8
#define H265_IRAP_FIRST 16
#define H265_IRAP_LAST 23
#define H265_VPS 32
#define H265_SPS 33
#define H265_PPS 34

#define PREFIX_SIZE 3

/* The next NAL unit's header behind @at, or @size. */
static gsize
next_nal (const guint8 *data, gsize size, gsize at)
{
  static const guint8 prefix[PREFIX_SIZE] = { 0, 0, 1 };
  const guint8 *found =
      at < size ? memmem (data + at, size - at, prefix, PREFIX_SIZE) : NULL;

  return found != NULL ? (gsize) (found - data) + PREFIX_SIZE : size;
}

typedef enum
{
  NAL_OTHER = 0,
  NAL_VPS = 1 << 0,
  NAL_SPS = 1 << 1,
  NAL_PPS = 1 << 2,
  NAL_PICTURE = 1 << 3,
} Nal;

static Nal
h264_nal (guint8 header)
{
  switch (header & 0x1f) {
    case H264_SPS:
      return NAL_SPS;
    case H264_PPS:
      return NAL_PPS;
    case H264_IDR:
      return NAL_PICTURE;
    default:
      return NAL_OTHER;
  }
}

static Nal
h265_nal (guint8 header)
{
  guint type = header >> 1 & 0x3f;

  if (type >= H265_IRAP_FIRST && type <= H265_IRAP_LAST)
    return NAL_PICTURE;
  switch (type) {
    case H265_VPS:
      return NAL_VPS;
    case H265_SPS:
      return NAL_SPS;
    case H265_PPS:
      return NAL_PPS;
    default:
      return NAL_OTHER;
  }
}

/* Up to the picture only: there may be many slices of it. */
static gboolean
has_all_before_picture (
    Nal (*classify) (guint8), guint needed, const guint8 *data, gsize size)
{
  guint found = 0;

  for (gsize at = next_nal (data, size, 0); at < size;
       at = next_nal (data, size, at)) {
    Nal nal = classify (data[at]);

    if (nal == NAL_PICTURE)
      return (found & needed) == needed;
    found |= nal;
  }
  return FALSE;
}

gboolean
discord_video_keyframe_is_complete (
    GstDiscordCodec codec, const guint8 *data, gsize size)
{
  switch (codec) {
    case GST_DISCORD_CODEC_H264:
      return has_all_before_picture (h264_nal, NAL_SPS | NAL_PPS, data, size);
    case GST_DISCORD_CODEC_H265:
      return has_all_before_picture (
          h265_nal, NAL_VPS | NAL_SPS | NAL_PPS, data, size);
    default:
      return TRUE;
  }
}
