/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Members with video: layers of their own, and eyes for those of others. */
#include "loopback-client.h"

#define MAX_CAMERA_LAYERS 3
/* What most of them declare; the second by other numbers. */
#define H264_105                                                               \
  "{\"name\":\"H264\",\"type\":\"video\",\"priority\":1000,"                   \
  "\"payload_type\":105,\"rtx_payload_type\":106}"
#define H264_101                                                               \
  "{\"name\":\"H264\",\"type\":\"video\",\"priority\":1000,"                   \
  "\"payload_type\":101,\"rtx_payload_type\":102}"
#define VP8_107                                                                \
  "{\"name\":\"VP8\",\"type\":\"video\",\"priority\":2000,"                    \
  "\"payload_type\":107,\"rtx_payload_type\":108}"

typedef struct
{
  Member *m;
  guint n_layers;
  char *rids[MAX_CAMERA_LAYERS];
  guint32 ssrcs[MAX_CAMERA_LAYERS]; /* by offer; 0: refused */
  guint32 rtx_ssrcs[MAX_CAMERA_LAYERS];
  JsonObject *description; /* d of op 4, as long as m->voice */
  guint pt; /* of what it sends */
  guint rtx_pt;
} Camera;

/* Up to op 4. @rids: "100,50", "" for none. @codecs: without opus. */
Camera *camera_new (Loopback *loopback, const char *token, const char *rids,
    const char *codecs);
/* Only up to Ready, whose d is returned. */
JsonObject *camera_identify (Camera *c);
Camera *camera_prepare (
    Loopback *loopback, const char *token, const char *rids);
void camera_select (Camera *c, const char *codecs);
void camera_free (Camera *c);

/* Op 12 with the layers that have a 1 in @active ("101"), "" for zeros, and
 * waits until it was taken. */
void camera_announce (Camera *c, const char *active);
/* Op 15, and waits. */
void camera_want (Camera *c, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Extension elements 5 (@seq as transport-wide number) and 11. */
void camera_send (Camera *c, guint layer, guint16 seq, guint32 timestamp,
    gboolean marker, const char *payload, gsize length);
/* An answer to a NACK. */
void camera_resend (Camera *c, guint layer, guint16 rtx_seq, guint16 seq,
    guint32 timestamp, gboolean marker, const char *payload, gsize length);
/* @fci behind the media SSRC. */
void camera_feedback (Camera *c, guint8 type, guint fmt, guint32 media_ssrc,
    const void *fci, gsize length);

typedef struct
{
  guint8 packet[2048];
  gsize length;
  gboolean rtcp;
  guint type; /* payload type, or of RTCP */
  guint fmt; /* RTCP */
  guint32 ssrc; /* RTCP: of the sender */
  guint32 media_ssrc; /* feedback */
  guint16 seq;
  guint32 timestamp;
  gboolean marker;
  const guint8 *payload;
  gsize payload_length;
} Seen;

/* The next packet; fails when none comes. */
void camera_see (Camera *c, Seen *seen);
/* The next of RTCP of that type and format, or of RTP (@type 0). */
void camera_see_type (Camera *c, guint type, guint fmt, Seen *seen);
/* The next RTP has this SSRC, number and payload. */
void camera_expect (
    Camera *c, guint32 ssrc, guint16 seq, const char *payload, gsize length);
