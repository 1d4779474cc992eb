/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "result.h"

const char *
dave_frame_result_name (DaveFrameResult result)
{
  switch (result) {
    case DAVE_FRAME_OK:
      return "ok";
    case DAVE_FRAME_TOO_LARGE:
      return "too-large";
    case DAVE_FRAME_NO_SPACE:
      return "no-space";
    case DAVE_FRAME_LIBRARY:
      return "library";
    case DAVE_FRAME_NOTHING:
      return "nothing";
    case DAVE_FRAME_TOO_COMPLEX:
      return "too-complex";
    case DAVE_FRAME_START_CODE:
      return "start-code";
    case DAVE_FRAME_EXHAUSTED:
      return "exhausted";
    case DAVE_FRAME_NOT_ENCRYPTED:
      return "not-encrypted";
    case DAVE_FRAME_NO_KEY:
      return "no-key";
    case DAVE_FRAME_GENERATION:
      return "generation";
    case DAVE_FRAME_REPLAY:
      return "replay";
    case DAVE_FRAME_AUTH:
      return "auth";
  }
  return "unknown";
}
