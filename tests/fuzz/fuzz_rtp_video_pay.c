/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Frames that should be in clear: the first byte is the codec, the rest what an
 * encoder made. Whatever can be sent arrives as it was sent. */

#include "../../gst/discordrtp/formats/assembler.h"
#include "../../gst/discordrtp/formats/payloads.h"

#include "gst/discord/media/frame.h"

#include "fuzz.h"

#define MAX_LENGTH 4096

static const struct
{
  DaveCodec codec;
  RtpPayFunc pay;
  const RtpDepayFormat *depay;
} codecs[] = {
  { DAVE_CODEC_H264, rtp_h264_pay, &rtp_h264_depay_format },
  { DAVE_CODEC_H265, rtp_h265_pay, &rtp_h265_depay_format },
  { DAVE_CODEC_VP8, rtp_vp8_pay, &rtp_vp8_depay_format },
  { DAVE_CODEC_VP9, rtp_vp9_pay, &rtp_vp9_depay_format },
  { DAVE_CODEC_AV1, rtp_av1_pay, &rtp_av1_depay_format },
};

static MediaFrame media;
static GstDiscordFrameUnit units[MEDIA_UNITS_MAX];

/* The record of a frame in canonical form. */
static RtpVideoFrame
describe (DaveCodec codec, const uint8_t *data, size_t size)
{
  for (size_t i = 0; i < media.n_units; i++) {
    const MediaUnit *unit = &media.units[i];
    uint32_t before =
        media_frame_prefix_is_in_unit (codec) ? unit->n_prefix : 0;

    units[i] =
        (GstDiscordFrameUnit){ unit->source - before, unit->length + before };
  }
  return (RtpVideoFrame){
    .data = data,
    .size = size,
    .units = units,
    .n_units = (guint) media.n_units,
    .keyframe = media.keyframe,
    .inter_predicted = media.inter_predicted,
    .width = media.width,
    .height = media.height,
  };
}

static RtpAssembled
push_payload (RtpAssembler *assembler, const RtpPayloads *payloads, guint index,
    const uint8_t *frame)
{
  uint8_t payload[RTP_PAYLOAD_MAX];
  guint n_pieces;
  const RtpPiece *pieces = rtp_payloads_get (payloads, index, &n_pieces);
  size_t size = 0;

  for (guint i = 0; i < n_pieces; i++) {
    FUZZ_CHECK (
        size + pieces[i].n_literal + pieces[i].length <= RTP_PAYLOAD_MAX);
    memcpy (payload + size, pieces[i].literal, pieces[i].n_literal);
    size += pieces[i].n_literal;
    memcpy (payload + size, frame + pieces[i].offset, pieces[i].length);
    size += pieces[i].length;
  }
  return rtp_assembler_push (assembler, FALSE, 1,
      index + 1 == rtp_payloads_count (payloads), payload, size);
}

static void
check_arrives (unsigned index, const uint8_t *frame, size_t size)
{
  RtpVideoFrame known = describe (codecs[index].codec, frame, size);
  RtpAssembled assembled = RTP_ASSEMBLED_NOTHING;
  RtpAssembler assembler;
  RtpPayloads payloads;

  rtp_payloads_init (&payloads);
  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, codecs[index].depay);
  FUZZ_CHECK (codecs[index].pay (&known, &payloads));
  for (guint i = 0; i < rtp_payloads_count (&payloads); i++) {
    FUZZ_CHECK (assembled == RTP_ASSEMBLED_NOTHING);
    assembled = push_payload (&assembler, &payloads, i, frame);
  }
  FUZZ_CHECK (assembled == RTP_ASSEMBLED_FRAME);
  FUZZ_CHECK (assembler.frame.size == size);
  FUZZ_CHECK (memcmp (assembler.frame.data, frame, size) == 0);
  rtp_assembler_clear (&assembler);
  rtp_payloads_clear (&payloads);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t *input, *frame;
  size_t length;
  unsigned index;

  if (size < 1 || size - 1 > MAX_LENGTH)
    return 0;
  index = data[0] % G_N_ELEMENTS (codecs);
  input = fuzz_copy (data + 1, size - 1, 0);
  if (media_frame_parse (&media, codecs[index].codec, input, size - 1)
      != MEDIA_FRAME_OK) {
    free (input);
    return 0;
  }
  length = media_frame_size (&media, size - 1);
  frame = fuzz_copy (NULL, 0, length);
  media_frame_write (&media, input, size - 1, frame);
  free (input);

  FUZZ_CHECK (media_frame_parse (&media, codecs[index].codec, frame, length)
      == MEDIA_FRAME_OK);
  FUZZ_CHECK (media_frame_is_canonical (&media, frame, length));
  check_arrives (index, frame, length);
  free (frame);
  return 0;
}
