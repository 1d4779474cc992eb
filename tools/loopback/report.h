/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "loopback.h"

/* What happened: counters that any thread may read and wait for, and the lines
 * of --report. Nothing secret may be passed in. */
typedef struct _LbReport LbReport;

typedef enum
{
  LB_MEDIA_RTP_IN,
  LB_MEDIA_RTP_OUT,
  LB_MEDIA_RTCP_IN,
  LB_MEDIA_RTCP_OUT,
  LB_MEDIA_REFUSED,
  LB_MEDIA_LOST,
  LB_MEDIA_FRAMES_IN,
  LB_MEDIA_FRAMES_IN_REPAIRED,
  LB_MEDIA_FRAMES_IN_LOST,
  LB_MEDIA_FRAMES_OUT,
  LB_MEDIA_FRAMES_OUT_REPAIRED,
  LB_MEDIA_FRAMES_OUT_LOST,
  LB_MEDIA_RTX_IN,
  LB_MEDIA_RTX_OUT,
  LB_MEDIA_NACK_IN,
  LB_MEDIA_NACK_OUT,
  LB_MEDIA_PLI_IN,
  LB_MEDIA_PLI_OUT,
} LbMediaCount;

LbReport *lb_report_new (void);
void lb_report_free (LbReport *self);

gboolean lb_report_open (LbReport *self, const char *path, GError **error);

/* @format may be NULL: no detail. */
void lb_report_event (LbReport *self, const char *name, guint64 user_id,
    const char *format, ...) G_GNUC_PRINTF (4, 5);
void lb_report_violation (LbReport *self, const char *name, guint64 user_id,
    const char *format, ...) G_GNUC_PRINTF (4, 5);
void lb_report_media (
    LbReport *self, guint64 user_id, LbMediaCount what, gsize bytes);

guint64 lb_report_count (LbReport *self, const char *name, guint64 user_id);
gboolean lb_report_wait (LbReport *self, const char *name, guint64 user_id,
    guint64 count, gint64 deadline);
guint lb_report_count_violations (LbReport *self);
char **lb_report_dup_violations (LbReport *self);
void lb_report_get_media (
    LbReport *self, guint64 user_id, LoopbackMedia *media);
char *lb_report_dup_summary (LbReport *self);
/* Writes the summary line and closes the file. */
void lb_report_close (LbReport *self);
