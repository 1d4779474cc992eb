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

typedef struct
{
  guint found;
  gsize start; /* of the first one's start code */
  gsize end; /* of the last one */
} ParameterSets;

static gsize
start_of_nal (const guint8 *data, gsize at)
{
  gsize start = at - PREFIX_SIZE;

  return start > 0 && data[start - 1] == 0 ? start - 1 : start;
}

/* Up to the picture only: there may be many slices of it. FALSE: there is
 * none. */
static gboolean
look_before_picture (Nal (*classify) (guint8), const guint8 *data, gsize size,
    ParameterSets *sets)
{
  Nal before = NAL_OTHER;

  *sets = (ParameterSets){ .found = 0 };
  for (gsize at = next_nal (data, size, 0); at < size;
       at = next_nal (data, size, at)) {
    Nal nal = classify (data[at]);

    if (before != NAL_OTHER)
      sets->end = start_of_nal (data, at);
    if (nal == NAL_PICTURE)
      return TRUE;
    if (nal != NAL_OTHER && sets->found == 0)
      sets->start = start_of_nal (data, at);
    sets->found |= nal;
    before = nal;
  }
  return FALSE;
}

gsize
discord_video_find_parameter_sets (
    GstDiscordCodec codec, const guint8 *data, gsize size, gsize *start)
{
  gboolean h265 = codec == GST_DISCORD_CODEC_H265;
  guint needed = NAL_SPS | NAL_PPS | (h265 ? NAL_VPS : 0);
  ParameterSets sets;

  if ((!h265 && codec != GST_DISCORD_CODEC_H264)
      || !look_before_picture (h265 ? h265_nal : h264_nal, data, size, &sets)
      || (sets.found & needed) != needed)
    return 0;
  *start = sets.start;
  return sets.end - sets.start;
}

gboolean
discord_video_keyframe_is_complete (
    GstDiscordCodec codec, const guint8 *data, gsize size)
{
  gsize start;

  if (codec != GST_DISCORD_CODEC_H264 && codec != GST_DISCORD_CODEC_H265)
    return TRUE;
  return discord_video_find_parameter_sets (codec, data, size, &start) > 0;
}
