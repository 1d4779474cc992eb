/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "video.h"

#include <netinet/in.h>

/* One direction of the UDP path of a voice server, with its faults. */
typedef struct _LbImpair LbImpair;

typedef struct
{
  struct sockaddr_in address; /* where it goes to or comes from */
  guint32 ssrc; /* not 0: decrypted media of that session */
  LbVideoMark mark; /* of video towards clients */
  gboolean damaged;
  const guint8 *data;
  gsize length;
} LbParcel;

typedef struct
{
  void (*deliver) (const LbParcel *parcel, gpointer owner);
  /* A fault took it; also for media that arrives damaged. */
  void (*lost) (const LbParcel *parcel, gpointer owner);
} LbImpairCallbacks;

/* @path is read at each call. */
LbImpair *lb_impair_new (LbCore *core, const LbPath *path,
    const LbImpairCallbacks *callbacks, gpointer owner);
void lb_impair_free (LbImpair *self);
/* May deliver from inside. */
void lb_impair_pass (LbImpair *self, const LbParcel *parcel);
/* Unconditionally @ms later, for the echo; does not misbehave. */
void lb_impair_hold (LbImpair *self, const LbParcel *parcel, guint ms);
