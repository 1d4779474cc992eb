/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* RTP payloads of video: the first byte is the codec, then for each packet flags,
 * its length and the payload. */

#include "../../gst/discordrtp/formats/assembler.h"

#include "gst/discord/media/frame.h"

#include "fuzz.h"

#define FLAG_MARKER 1
#define FLAG_GAP 2
#define FLAG_NEW_TIME 4

static const RtpDepayFormat *const formats[] = {
  &rtp_h264_depay_format,
  &rtp_h265_depay_format,
  &rtp_vp8_depay_format,
  &rtp_vp9_depay_format,
  &rtp_av1_depay_format,
};

/* A frame that came out has a form, however hostile the packets were. */
static void
check_frame (const RtpFrame *frame, unsigned codec, size_t received)
{
  static const uint8_t start_code[] = { 0, 0, 0, 1 };

  FUZZ_CHECK (frame->size > 0 && frame->size <= RTP_FRAME_MAX);
  /* Start codes and sizes are all that is added. */
  FUZZ_CHECK (frame->size <= 8 * received);
  if (formats[codec] == &rtp_h264_depay_format
      || formats[codec] == &rtp_h265_depay_format)
    FUZZ_CHECK (frame->size > sizeof start_code
        && memcmp (frame->data, start_code, sizeof start_code) == 0);
  if (formats[codec] == &rtp_av1_depay_format) {
    uint8_t *out =
        fuzz_copy (frame->data, frame->size, MEDIA_TEMPORAL_UNIT_GROWTH);

    FUZZ_CHECK (media_av1_write_temporal_unit (frame->data, frame->size, out)
        <= frame->size + MEDIA_TEMPORAL_UNIT_GROWTH);
    free (out);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  RtpAssembler assembler;
  uint32_t timestamp = 0;
  size_t received = 0;
  unsigned codec;

  if (size < 1)
    return 0;
  codec = data[0] % G_N_ELEMENTS (formats);
  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, formats[codec]);
  for (size_t at = 1; at + 2 <= size;) {
    uint8_t flags = data[at];
    size_t length = data[at + 1];
    uint8_t *payload;

    at += 2;
    if (length > size - at)
      length = size - at;
    payload = fuzz_copy (data + at, length, 0);
    at += length;
    received += length;
    if ((flags & FLAG_NEW_TIME) != 0)
      timestamp++;
    if ((rtp_assembler_push (&assembler, (flags & FLAG_GAP) != 0, timestamp,
             (flags & FLAG_MARKER) != 0, payload, length)
            & RTP_ASSEMBLED_FRAME)
        != 0)
      check_frame (&assembler.frame, codec, received);
    free (payload);
  }
  rtp_assembler_clear (&assembler);
  return 0;
}
