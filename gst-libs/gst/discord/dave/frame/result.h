/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What became of a frame. */

typedef enum
{
  DAVE_FRAME_OK,
  DAVE_FRAME_TOO_LARGE, /* above DAVE_FRAME_SIZE_MAX */
  DAVE_FRAME_NO_SPACE, /* the output does not fit */
  DAVE_FRAME_LIBRARY, /* out of memory, or OpenSSL failed */

  /* sending */
  DAVE_FRAME_NOTHING, /* no unit of the frame is left to send */
  DAVE_FRAME_TOO_COMPLEX, /* more units than the frame format can describe */
  DAVE_FRAME_START_CODE, /* every attempt made a start code */
  DAVE_FRAME_EXHAUSTED, /* no nonce left */

  /* receiving */
  DAVE_FRAME_NOT_ENCRYPTED, /* in clear while that is not allowed */
  DAVE_FRAME_NO_KEY, /* no key of this sender yet */
  DAVE_FRAME_GENERATION, /* too old, or further than a sender can be */
  DAVE_FRAME_REPLAY, /* this nonce was used */
  DAVE_FRAME_AUTH, /* tampered with, or another key */
} DaveFrameResult;

/* In lower-case-with-dashes, for logs and statistics. */
const char *dave_frame_result_name (DaveFrameResult result);
