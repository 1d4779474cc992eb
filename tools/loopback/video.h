/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "videocodecs.h"
#include "videoframes.h"

#include "core.h"

/* Video of a voice server: simulcast layers (golive 6), who of the room gets
 * which of them, and the repair of what got lost on the way. */
typedef struct _LbLayer LbLayer;
typedef struct _LbFlow LbFlow;
typedef struct _LbRoom LbRoom;
typedef struct _LbPacketCache LbPacketCache;
typedef struct _LbMissing LbMissing;
typedef struct _LbArrivalLog LbArrivalLog;

#define LB_MAX_LAYERS 8
/* Whose feedback ours is; libwebrtc's receivers without media of their own say
 * the same. */
#define LB_SERVER_SSRC 1

/* What a forwarded datagram carries. */
typedef struct
{
  guint32 ssrc; /* of the layer; 0: no video */
  guint16 seq; /* of the packet when its sender made it */
  gboolean repair; /* did not come by the straight way */
} LbVideoMark;

/* What RFC 3550 wants to know for a report. */
typedef struct
{
  guint64 received;
  guint64 highest; /* with cycles */
  guint64 base;
  guint64 expected_before; /* as of the last report */
  guint64 received_before;
  gint64 transit;
  double jitter;
  guint32 last_sr;
  gint64 last_sr_at;
} LbReception;

/* One encoding of a sender's picture. */
struct _LbLayer
{
  LbVoiceSession *owner;
  char rid[16];
  guint quality;
  guint32 ssrc;
  guint32 rtx_ssrc;
  gboolean announced; /* was active in an op 12 */
  gboolean active; /* is in the last one */
  gboolean listed; /* in that, active or not */
  gint64 quiet_since; /* when that ended */
  GSource *check; /* packets without op 12 */
  guint16 tail_seq; /* the last packet's, and how its payload ended */
  guint32 tail_timestamp;
  guint8 tail[2];
  guint n_tail;

  GPtrArray *flows; /* LbFlow, owned */
  LbPacketCache *cache;
  LbMissing *missing;
  LbReception reception;
  LbFrames *frames;
  LbArrivals *arrivals; /* at the server */
};

/* A layer on the way to one member. */
struct _LbFlow
{
  LbLayer *layer;
  LbVoiceSession *to;
  gboolean on;
  gboolean pending; /* goes on with the next keyframe */
  gboolean leaving; /* goes off when another goes on */
  GSource *off; /* it is still there for a while */
  guint want; /* what its sender is told, 0: nothing */
  double pixels;
  gint64 asked; /* the sender for a keyframe */
  guint16 rtx_seq;
  gboolean begun; /* since it is on; with the packet that has this number */
  guint16 first;
  gboolean young; /* not far from it yet */
  LbArrivals *arrivals;
};

/* A session's part. */
typedef struct
{
  GPtrArray *layers; /* LbLayer, owned; by offer */
  gboolean announced; /* there was an op 12 */
  JsonObject *last; /* as others get it */
  LbCodecs codecs;
  char codec[16]; /* that it is to send; empty: none yet */
  gboolean codec_forced; /* by an action */
  gint64 codec_since;
  GHashTable *wants; /* SSRC -> quality; NULL: no op 15 yet */
  GHashTable *pixels; /* SSRC -> gdouble, owned */
  guint any;
  char *told; /* the last op 15 to it */
  GSource *tick;
  gint64 last_packet;
  gint64 last_report;
  gint64 last_twcc;
  LbArrivalLog *arrivals;
} LbVideoSide;

void lb_video_side_init (LbVideoSide *self);
/* Before the session leaves the server's tables. */
void lb_video_side_clear (LbVoiceSession *session);

/* videolayers.c: identify, Ready and op 12. */
gboolean lb_video_check_offer (JsonObject *d);
void lb_video_take_offer (LbVoiceSession *session, JsonObject *d);
JsonArray *lb_video_answer (const LbVoiceSession *session);
/* NULL, or the name of what is wrong with it, and @code to close with. */
const char *lb_video_announce (
    LbVoiceSession *session, JsonObject *d, guint *code);
LbLayer *lb_video_find_layer (LbVoiceServer *server, guint32 ssrc);

/* videoagree.c: who sends which codec. */
/* With the others who are in @room; the session need not be. */
void lb_video_agree (LbVoiceSession *session, LbRoom *room);
/* After a change of @room; tells by op 14 who has to change. */
void lb_video_agree_again (LbRoom *room);
/* Op 14 of a client. */
const char *lb_video_take_codecs (
    LbVoiceSession *session, JsonObject *d, guint *code);
void lb_video_force_codec (LbVoiceSession *session, const char *codec);

/* videowants.c: ops 15. */
gboolean lb_video_take_wants (LbVoiceSession *session, JsonObject *d);
/* After a change of who is there, of layers, wants or codecs. */
void lb_video_choose (LbRoom *room);
/* @session is not in the room any more. */
void lb_video_left (LbRoom *room, LbVoiceSession *session);
/* A keyframe begins: what waited for it goes on. */
void lb_video_switch (LbFlow *flow);
/* NULL: never was there. */
LbFlow *lb_video_find_flow (LbLayer *layer, const LbVoiceSession *to);
void lb_flow_free (LbFlow *self);

/* videocheck.c: what a client sent, before any fault. */
gboolean lb_video_accept (LbLayer *layer, const guint8 *packet, gsize length);

/* videoforward.c: what passed the faults towards the server. */
void lb_video_arrived (LbLayer *layer, const guint8 *packet, gsize length);
/* A copy of what is in the cache, by RTX. */
void lb_video_resend (LbFlow *flow, guint16 seq);
/* A datagram for a client passed the faults, or did not. */
void lb_video_delivered (LbVoiceSession *to, const LbVideoMark *mark);

/* videobooks.c: frames by what became of them. */
void lb_video_sent (LbLayer *layer, const guint8 *packet);
/* Those that were sent before @before. */
void lb_video_judge (LbLayer *layer, gint64 before);

/* videogarbage.c: something no receiver can use, with the header of @packet. */
void lb_video_send_garbage (LbFlow *flow, const guint8 *packet);

/* videorepair.c: what is missing here. */
LbMissing *lb_missing_new (void);
void lb_missing_free (LbMissing *self);
void lb_missing_arrived (LbMissing *self, LbLayer *layer, guint16 seq);
void lb_missing_ask (LbMissing *self, LbLayer *layer);

/* videofeedback.c: RTCP both ways. */
void lb_video_feedback (
    LbVoiceSession *from, const guint8 *packet, gsize length);
void lb_video_sender_report (
    LbLayer *layer, const guint8 *packet, gsize length);
void lb_video_ask_keyframe (LbLayer *layer);
void lb_video_send_nack (LbLayer *layer, const guint16 *seqs, guint n);
/* Something came; reports are due from now on. */
void lb_video_touch (LbVoiceSession *session);

/* videotwcc.c */
LbArrivalLog *lb_arrival_log_new (void);
void lb_arrival_log_free (LbArrivalLog *self);
void lb_arrival_log_add (LbArrivalLog *self, guint16 seq, gint64 at);
/* The bytes of one RTCP packet; 0: nothing to tell. */
gsize lb_arrival_log_build (
    LbArrivalLog *self, guint32 media_ssrc, guint8 *packet, gsize size);

/* videopackets.c: pure functions and the cache. */
gboolean lb_video_starts_keyframe (
    const char *codec, const guint8 *payload, gsize length);
LbPacketCache *lb_packet_cache_new (void);
void lb_packet_cache_free (LbPacketCache *self);
/* FALSE: it is there already. */
gboolean lb_packet_cache_put (
    LbPacketCache *self, const guint8 *packet, gsize length);
/* NULL: not there. */
GBytes *lb_packet_cache_get (LbPacketCache *self, guint16 seq);
