/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How often a keyframe is asked for: at most once in an interval, and what comes
 * too soon is not lost but made up for (media-transport 8). Pure state; times
 * are in microseconds. */

#include <stdbool.h>
#include <stdint.h>

#define KEY_REQUEST_INTERVAL 500000

typedef struct
{
  bool any; /* one was let through */
  bool pending;
  int64_t last;
} KeyRequest;

/* Asked for, at any time. */
static inline void
key_request_ask (KeyRequest *self)
{
  self->pending = true;
}

/* When the next one may go out; INT64_MAX when none is asked for. */
static inline int64_t
key_request_due (const KeyRequest *self)
{
  if (!self->pending)
    return INT64_MAX;
  return self->any ? self->last + KEY_REQUEST_INTERVAL : INT64_MIN;
}

/* Whether one goes out at @now. */
static inline bool
key_request_take (KeyRequest *self, int64_t now)
{
  if (key_request_due (self) > now)
    return false;
  *self = (KeyRequest){ .any = true, .last = now };
  return true;
}
