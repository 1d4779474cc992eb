/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The four-byte nonces a key has seen, exactly, for any number of them. */
typedef struct _LbNonces LbNonces;

LbNonces *lb_nonces_new (void);
void lb_nonces_free (LbNonces *self);
/* FALSE when it was there before. */
gboolean lb_nonces_add (LbNonces *self, const guint8 nonce[4]);
