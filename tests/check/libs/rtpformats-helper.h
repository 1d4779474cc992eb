/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Frames into payloads and back, without elements. */

#include "gst/discord/media/frame.h"
#include "gst/discordrtp/formats/assembler.h"
#include "gst/discordrtp/formats/payloads.h"

#include "dave-frame-helper.h"

typedef struct
{
  const gchar *name;
  DaveCodec codec;
  RtpPayFunc pay;
  const RtpDepayFormat *depay;
} Codec;

static const Codec codecs[] = {
  { "H264", DAVE_CODEC_H264, rtp_h264_pay, &rtp_h264_depay_format },
  { "H265", DAVE_CODEC_H265, rtp_h265_pay, &rtp_h265_depay_format },
  { "VP8", DAVE_CODEC_VP8, rtp_vp8_pay, &rtp_vp8_depay_format },
  { "VP9", DAVE_CODEC_VP9, rtp_vp9_pay, &rtp_vp9_depay_format },
  { "AV1", DAVE_CODEC_AV1, rtp_av1_pay, &rtp_av1_depay_format },
};

static inline const Codec *
codec_of (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (g_str_equal (codecs[i].name, name))
      return &codecs[i];
  g_assert_not_reached ();
}

/* What is known of a frame that is in clear and in canonical form. */
typedef struct
{
  MediaFrame media;
  GstDiscordFrameUnit units[MEDIA_UNITS_MAX];
} Facts;

static inline Facts *
facts_new (const Codec *codec, const guint8 *data, gsize size)
{
  Facts *facts = g_new0 (Facts, 1);
  gboolean in_unit = media_frame_prefix_is_in_unit (codec->codec);

  fail_unless_equals_int (
      media_frame_parse (&facts->media, codec->codec, data, size),
      MEDIA_FRAME_OK);
  fail_unless (media_frame_is_canonical (&facts->media, data, size));
  for (gsize i = 0; i < facts->media.n_units; i++) {
    const MediaUnit *unit = &facts->media.units[i];
    guint before = in_unit ? unit->n_prefix : 0;

    facts->units[i] =
        (GstDiscordFrameUnit){ unit->source - before, unit->length + before };
  }
  return facts;
}

static inline RtpVideoFrame
facts_frame (const Facts *facts, const guint8 *data, gsize size)
{
  return (RtpVideoFrame){
    .data = data,
    .size = size,
    .units = facts->units,
    .n_units = facts->media.n_units,
    .keyframe = facts->media.keyframe,
    .inter_predicted = facts->media.inter_predicted,
    .width = facts->media.width,
    .height = facts->media.height,
  };
}

static inline GByteArray *
payload_bytes (const RtpPayloads *payloads, guint index, const guint8 *data)
{
  GByteArray *bytes = g_byte_array_new ();
  guint n;
  const RtpPiece *pieces = rtp_payloads_get (payloads, index, &n);

  for (guint i = 0; i < n; i++) {
    g_byte_array_append (bytes, pieces[i].literal, pieces[i].n_literal);
    g_byte_array_append (bytes, data + pieces[i].offset, pieces[i].length);
  }
  return bytes;
}

/* @payload in a heap block of its size. */
static inline RtpAssembled
assembler_push (RtpAssembler *assembler, gboolean gap, guint32 timestamp,
    gboolean marker, const guint8 *payload, gsize size)
{
  g_auto (Bytes) copy = bytes_copy (payload, size, 0);

  return rtp_assembler_push (
      assembler, gap, timestamp, marker, copy.data, copy.length);
}
