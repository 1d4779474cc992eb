/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The books of one layer: which packets its frames are made of, and which of
 * them came where. */
typedef struct _LbFrames LbFrames;
typedef struct _LbArrivals LbArrivals;

typedef enum
{
  LB_FRAME_NOT_MEANT, /* for this receiver, at least not as a whole */
  LB_FRAME_INTACT,
  LB_FRAME_REPAIRED, /* complete, with the help of retransmissions */
  LB_FRAME_LOST,
} LbFrameFate;

LbArrivals *lb_arrivals_new (void);
void lb_arrivals_free (LbArrivals *self);
/* The sender has sent it; @meant: for this receiver. */
void lb_arrivals_expect (LbArrivals *self, guint16 seq, gboolean meant);
void lb_arrivals_came (LbArrivals *self, guint16 seq, gboolean repaired);
/* What has not come yet will not. */
void lb_arrivals_give_up (LbArrivals *self);

LbFrames *lb_frames_new (void);
void lb_frames_free (LbFrames *self);
/* In the order of the sender. */
void lb_frames_sent (LbFrames *self, guint16 seq, guint32 timestamp, gint64 at);

/* Calls back with a range of sequence numbers for each frame sent before
 * @before, once. */
typedef void (*LbFrameFunc) (guint16 first, guint n, gpointer user_data);
void lb_frames_judge (
    LbFrames *self, gint64 before, LbFrameFunc func, gpointer user_data);
gboolean lb_frames_is_empty (const LbFrames *self);

LbFrameFate lb_arrivals_fate (const LbArrivals *self, guint16 first, guint n);
