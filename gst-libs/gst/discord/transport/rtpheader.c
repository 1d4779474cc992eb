/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "rtpheader.h"

#include <string.h>

#define SEND_TIME_MASK 0xffffffu
#define SEND_TIME_SHIFT 18
#define SEND_TIME_ONE (INT64_C (1) << SEND_TIME_SHIFT)
#define NS_PER_SECOND INT64_C (1000000000)
/* What 24 bits of 6.18 fixed point can tell apart. */
#define SEND_TIME_PERIOD_NS (64 * NS_PER_SECOND)

#define LEVEL_MAX 127
#define LEVEL_VOICE_ACTIVITY 0x80

static const uint8_t silence_frame[] = { 0xf8, 0xff, 0xfe };

uint8_t
rtp_speaking_to_element (uint32_t flags)
{
  /* media-transport 3.1: priority moves below the other two. */
  uint32_t kinds = flags & (RTP_SPEAKING_VOICE | RTP_SPEAKING_SOUNDSHARE);

  return (uint8_t) (kinds << 1 | (flags & RTP_SPEAKING_PRIORITY) >> 2);
}

uint32_t
rtp_speaking_from_element (uint8_t element, bool is_silence)
{
  uint32_t flags;

  if (is_silence)
    return 0;
  if (element == 0)
    return RTP_SPEAKING_VOICE;

  flags = element >> 1 & (RTP_SPEAKING_VOICE | RTP_SPEAKING_SOUNDSHARE);
  if (element & 1)
    flags |= RTP_SPEAKING_VOICE | RTP_SPEAKING_PRIORITY;
  return flags;
}

/* 0 to just under 64 s, also before 1970. */
static int64_t
phase_of (int64_t unix_ns)
{
  int64_t phase = unix_ns % SEND_TIME_PERIOD_NS;

  return phase < 0 ? phase + SEND_TIME_PERIOD_NS : phase;
}

uint32_t
rtp_abs_send_time (int64_t unix_ns)
{
  /* 2^36 ns times 2^18 fits. */
  return (uint32_t) (phase_of (unix_ns) * SEND_TIME_ONE / NS_PER_SECOND)
      & SEND_TIME_MASK;
}

int64_t
rtp_abs_send_time_to_unix (uint32_t element, int64_t now_unix_ns)
{
  int64_t ticks = element & SEND_TIME_MASK;
  /* Rounded up, since encoding rounds down: the result has this element. */
  int64_t phase = (ticks * NS_PER_SECOND + SEND_TIME_ONE - 1) / SEND_TIME_ONE;
  int64_t ahead = phase - phase_of (now_unix_ns);

  if (ahead > SEND_TIME_PERIOD_NS / 2)
    ahead -= SEND_TIME_PERIOD_NS;
  else if (ahead < -SEND_TIME_PERIOD_NS / 2)
    ahead += SEND_TIME_PERIOD_NS;
  return now_unix_ns + ahead;
}

uint8_t
rtp_audio_level_s16 (const int16_t *samples, size_t n_samples)
{
  /* media-transport 3.2 rounds -20 log10 (rms / 32767). Going down dB by dB
   * from half a dB under full scale gives the same without a logarithm. */
  const double power_of_minus_one_db = 0.79432823472428150;
  const double power_of_minus_half_db = 0.89125093813374550;
  double threshold = 32767.0 * 32767.0 * power_of_minus_half_db;
  uint64_t energy = 0;
  double power;
  uint8_t level;

  for (size_t i = 0; i < n_samples; i++)
    energy += (uint64_t) ((int32_t) samples[i] * samples[i]);
  if (energy == 0)
    return LEVEL_MAX;

  power = (double) energy / (double) n_samples;
  for (level = 0; level < LEVEL_MAX && power <= threshold; level++)
    threshold *= power_of_minus_one_db;
  return level;
}

bool
rtp_opus_is_silence (const uint8_t *payload, size_t length)
{
  size_t padding;

  if (length < sizeof silence_frame
      || memcmp (payload, silence_frame, sizeof silence_frame) != 0)
    return false;

  padding = length - sizeof silence_frame;
  for (size_t i = sizeof silence_frame; i < length; i++) {
    if (payload[i] != padding)
      return false;
  }
  return true;
}

/* RFC 8285 4.2: id, length less one. */
static uint8_t *
put_one_byte (uint8_t *out, RtpExtensionId id, const void *data, size_t length)
{
  *out++ = (uint8_t) (id << 4 | (length - 1));
  memcpy (out, data, length);
  return out + length;
}

void
rtp_audio_extension_write (uint8_t out[RTP_AUDIO_EXTENSION_SIZE],
    uint32_t speaking, uint8_t level, uint32_t send_time)
{
  static const char medium[] = { 'a', 'u', 'd', 'i', 'o' };
  const uint8_t time[] = { (uint8_t) (send_time >> 16),
    (uint8_t) (send_time >> 8), (uint8_t) send_time };
  const uint8_t speaker = rtp_speaking_to_element (speaking);
  uint8_t activity = level > LEVEL_MAX ? LEVEL_MAX : level;

  /* Not a detector: set whenever any flag is (media-transport 3.2). */
  if (speaking != 0)
    activity |= LEVEL_VOICE_ACTIVITY;

  memset (out, 0, RTP_AUDIO_EXTENSION_SIZE);
  out = put_one_byte (out, RTP_EXTENSION_AUDIO_LEVEL, &activity, 1);
  out = put_one_byte (out, RTP_EXTENSION_ABS_SEND_TIME, time, sizeof time);
  out = put_one_byte (out, RTP_EXTENSION_SPEAKER, &speaker, 1);
  put_one_byte (out, RTP_EXTENSION_MEDIUM, medium, sizeof medium);
}

void
rtp_extension_iter_init (RtpExtensionIter *iter, uint16_t profile,
    const uint8_t *body, size_t length)
{
  iter->two_byte = (profile & 0xfff0) == RTP_EXTENSION_PROFILE_TWO_BYTE;
  if (!iter->two_byte && profile != RTP_EXTENSION_PROFILE_ONE_BYTE)
    length = 0;
  iter->next = body;
  iter->end = body + length;
}

/* Reads the id and length of the element at @iter->next and moves behind them;
 * false where the block ends for good. */
static bool
read_one_byte_head (RtpExtensionIter *iter, RtpExtension *extension)
{
  uint8_t head = *iter->next++;

  extension->id = head >> 4;
  extension->length = (head & 0x0f) + 1u;
  /* 15 is reserved, and id 0 with a length is no padding: both stop parsing. */
  return extension->id != 15 && extension->id != 0;
}

static bool
read_two_byte_head (RtpExtensionIter *iter, RtpExtension *extension)
{
  if (iter->end - iter->next < 2)
    return false;
  extension->id = *iter->next++;
  extension->length = *iter->next++;
  return true;
}

bool
rtp_extension_iter_next (RtpExtensionIter *iter, RtpExtension *extension)
{
  bool more;

  /* A zero byte is padding in both forms. */
  while (iter->next < iter->end && *iter->next == 0)
    iter->next++;
  if (iter->next == iter->end)
    return false;

  more = iter->two_byte ? read_two_byte_head (iter, extension)
                        : read_one_byte_head (iter, extension);
  if (!more || extension->length > (size_t) (iter->end - iter->next)) {
    iter->next = iter->end;
    return false;
  }

  extension->data = iter->next;
  iter->next += extension->length;
  return true;
}
