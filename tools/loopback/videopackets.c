/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What payloads show in clear (media-transport 6 and 7; encryption of frames
 * leaves these parts as they are), and the packets kept for retransmission. */
#include "video.h"

#include "rtpcheck.h"

/* Media-transport 9.3 keeps 16384; nobody asks for what is seconds old. */
#define CACHE 4096

#define H264_IDR 5
#define H264_SPS 7
#define H264_STAP_A 24
#define H264_FU_A 28
#define H265_FIRST_IRAP 16
#define H265_LAST_IRAP 21
#define H265_VPS 32
#define H265_PPS 34
#define H265_AP 48
#define H265_FU 49
#define FU_START 0x80

static gboolean
h264_is_key (guint type)
{
  return type == H264_IDR || type == H264_SPS;
}

static gboolean
h265_is_key (guint type)
{
  return (type >= H265_FIRST_IRAP && type <= H265_LAST_IRAP)
      || (type >= H265_VPS && type <= H265_PPS);
}

static guint
h265_type (guint8 byte)
{
  return (byte >> 1) & 0x3f;
}

/* STAP-A and AP: units behind a length of two bytes each. */
static gboolean
aggregate_has_key (
    const guint8 *data, gsize length, gsize header, gboolean h265)
{
  gsize i = header;

  while (i + 3 <= length) {
    gsize size = lb_read_u16 (data + i);

    if (h265 ? h265_is_key (h265_type (data[i + 2]))
             : h264_is_key (data[i + 2] & 0x1f))
      return TRUE;
    i += 2 + size;
  }
  return FALSE;
}

static gboolean
h264_starts (const guint8 *data, gsize length)
{
  guint type = data[0] & 0x1f;

  if (type == H264_STAP_A)
    return aggregate_has_key (data, length, 1, FALSE);
  if (type == H264_FU_A)
    return length > 1 && (data[1] & FU_START) && h264_is_key (data[1] & 0x1f);
  return h264_is_key (type);
}

static gboolean
h265_starts (const guint8 *data, gsize length)
{
  guint type = h265_type (data[0]);

  if (type == H265_AP)
    return aggregate_has_key (data, length, 2, TRUE);
  if (type == H265_FU)
    return length > 2 && (data[2] & FU_START) && h265_is_key (data[2] & 0x3f);
  return h265_is_key (type);
}

/* RFC 7741 4.2: descriptor, extensions, then the frame header with the inverse
 * key bit. */
static gboolean
vp8_starts (const guint8 *data, gsize length)
{
  gsize i = 1;

  if ((data[0] & 0x17) != 0x10)
    return FALSE;
  if (data[0] & 0x80) {
    guint8 extension = length > 1 ? data[1] : 0;

    i++;
    if (extension & 0x80)
      i += length > i && (data[i] & 0x80) ? 2 : 1;
    i += (extension & 0x40 ? 1 : 0) + (extension & 0x30 ? 1 : 0);
  }
  return i < length && !(data[i] & 0x01);
}

gboolean
lb_video_starts_keyframe (
    const char *codec, const guint8 *payload, gsize length)
{
  if (length == 0)
    return FALSE;
  if (g_ascii_strcasecmp (codec, "H264") == 0)
    return h264_starts (payload, length);
  if (g_ascii_strcasecmp (codec, "H265") == 0)
    return h265_starts (payload, length);
  if (g_ascii_strcasecmp (codec, "VP8") == 0)
    return vp8_starts (payload, length);
  /* RFC 9628 4.2: begins a frame, which is not predicted. */
  if (g_ascii_strcasecmp (codec, "VP9") == 0)
    return (payload[0] & 0x48) == 0x08;
  /* AV1: the first packet of a coded video sequence. */
  return (payload[0] & 0x08) != 0;
}

struct _LbPacketCache
{
  GBytes *kept[CACHE]; /* by sequence */
};

LbPacketCache *
lb_packet_cache_new (void)
{
  return g_new0 (LbPacketCache, 1);
}

void
lb_packet_cache_free (LbPacketCache *self)
{
  for (guint i = 0; i < CACHE; i++)
    g_clear_pointer (&self->kept[i], g_bytes_unref);
  g_free (self);
}

GBytes *
lb_packet_cache_get (LbPacketCache *self, guint16 seq)
{
  GBytes *kept = self->kept[seq % CACHE];

  return kept != NULL && lb_packet_seq (g_bytes_get_data (kept, NULL)) == seq
      ? kept
      : NULL;
}

/* A stream that began anew may use the same number for something else. */
static gboolean
is_same (GBytes *kept, const guint8 *packet)
{
  const guint8 *data;

  if (kept == NULL)
    return FALSE;
  data = g_bytes_get_data (kept, NULL);
  return lb_packet_seq (data) == lb_packet_seq (packet)
      && lb_packet_timestamp (data) == lb_packet_timestamp (packet);
}

gboolean
lb_packet_cache_put (LbPacketCache *self, const guint8 *packet, gsize length)
{
  GBytes **kept = &self->kept[lb_packet_seq (packet) % CACHE];

  if (is_same (*kept, packet))
    return FALSE;
  g_clear_pointer (kept, g_bytes_unref);
  *kept = g_bytes_new (packet, length);
  return TRUE;
}
