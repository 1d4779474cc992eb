/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* RTP header extensions as Discord fills them on UDP connections
 * (media-transport 3), and what of an Opus payload they depend on. Pure
 * functions over bytes; none allocates or keeps state. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ids of the extension elements; on UDP they are fixed, not negotiated. */
typedef enum
{
  RTP_EXTENSION_AUDIO_LEVEL = 1,
  RTP_EXTENSION_ABS_SEND_TIME = 3,
  RTP_EXTENSION_VIDEO_ORIENTATION = 4,
  RTP_EXTENSION_TRANSPORT_SEQUENCE = 5,
  RTP_EXTENSION_PLAYOUT_DELAY = 6,
  RTP_EXTENSION_VIDEO_CONTENT_TYPE = 7,
  RTP_EXTENSION_SPEAKER = 9,
  RTP_EXTENSION_MEDIUM = 10,
  RTP_EXTENSION_RID = 11,
  RTP_EXTENSION_REPAIRED_RID = 12,
} RtpExtensionId;

/* Flags of op 5, Speaking (voice gateway 2.9). */
#define RTP_SPEAKING_VOICE 1u
#define RTP_SPEAKING_SOUNDSHARE 2u
#define RTP_SPEAKING_PRIORITY 4u

/* The byte of the speaker element for speaking @flags. */
uint8_t rtp_speaking_to_element (uint32_t flags);

/* The speaking flags of a packet with the speaker element @element, 0 when it
 * has none. A silence frame has no flags, whatever the element says. */
uint32_t rtp_speaking_from_element (uint8_t element, bool is_silence);

/* The abs-send-time element of an instant in ns since 1970: 24 bits, 6.18 fixed
 * point seconds modulo 64. */
uint32_t rtp_abs_send_time (int64_t unix_ns);

/* The instant within 32 s of @now_unix_ns that has this element; the earliest
 * of the 4 us it stands for. */
int64_t rtp_abs_send_time_to_unix (uint32_t element, int64_t now_unix_ns);

/* The level of a frame of interleaved PCM in -dBov: 0 loudest, 127 silence. */
#define RTP_AUDIO_LEVEL_SILENCE 127
uint8_t rtp_audio_level_s16 (const int16_t *samples, size_t n_samples);

/* Whether an Opus payload is the silence frame F8 FF FE, also followed by n
 * bytes of value n (media-transport 5). */
bool rtp_opus_is_silence (const uint8_t *payload, size_t length);

/* The body of the extension that goes with audio: elements 1, 3, 9 and 10.
 * @speaking: flags of op 5; @level: in -dBov; @send_time: of
 * rtp_abs_send_time(). The profile is RTP_EXTENSION_PROFILE_ONE_BYTE. */
#define RTP_AUDIO_EXTENSION_SIZE 16
void rtp_audio_extension_write (uint8_t out[RTP_AUDIO_EXTENSION_SIZE],
    uint32_t speaking, uint8_t level, uint32_t send_time);

#define RTP_EXTENSION_PROFILE_ONE_BYTE 0xbede
#define RTP_EXTENSION_PROFILE_TWO_BYTE 0x1000 /* low 4 bits: application's */

typedef struct
{
  uint8_t id;
  const uint8_t *data; /* into the body */
  size_t length; /* 0 only in the two-byte form */
} RtpExtension;

typedef struct
{
  const uint8_t *next; /* private */
  const uint8_t *end;
  bool two_byte;
} RtpExtensionIter;

/* Walks the @length bytes of an extension's body, which must outlive @iter. An
 * unknown @profile has no elements. */
void rtp_extension_iter_init (RtpExtensionIter *iter, uint16_t profile,
    const uint8_t *body, size_t length);

/* The next element, padding skipped; false at the end and at the first one that
 * is malformed (RFC 8285 4.2, 4.3). */
bool rtp_extension_iter_next (RtpExtensionIter *iter, RtpExtension *extension);
