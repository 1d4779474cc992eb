/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* RTP header extensions as Discord uses them on UDP (media-transport 3). The
 * numbers are Discord's own, not those of its WebRTC sessions. */

#include "gstdiscordhdrextbase.h"

G_BEGIN_DECLS

#define DISCORD_HDREXT_ID_AUDIO_LEVEL 1
#define DISCORD_HDREXT_ID_TOFFSET 2
#define DISCORD_HDREXT_ID_ABS_SEND_TIME 3
#define DISCORD_HDREXT_ID_ORIENTATION 4
#define DISCORD_HDREXT_ID_TRANSPORT_WIDE_SEQUENCE 5
#define DISCORD_HDREXT_ID_PLAYOUT_DELAY 6
#define DISCORD_HDREXT_ID_CONTENT_TYPE 7
#define DISCORD_HDREXT_ID_VIDEO_TIMING 8
#define DISCORD_HDREXT_ID_SPEAKER 9
#define DISCORD_HDREXT_ID_MID 10
#define DISCORD_HDREXT_ID_RID 11
#define DISCORD_HDREXT_ID_REPAIRED_RID 12

#define DISCORD_HDREXT_URI_AUDIO_LEVEL                                         \
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define DISCORD_HDREXT_URI_ABS_SEND_TIME                                       \
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
#define DISCORD_HDREXT_URI_TOFFSET "urn:ietf:params:rtp-hdrext:toffset"
#define DISCORD_HDREXT_URI_ORIENTATION "urn:3gpp:video-orientation"
#define DISCORD_HDREXT_URI_PLAYOUT_DELAY                                       \
  "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
#define DISCORD_HDREXT_URI_CONTENT_TYPE                                        \
  "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"
#define DISCORD_HDREXT_URI_VIDEO_TIMING                                        \
  "http://www.webrtc.org/experiments/rtp-hdrext/video-timing"
/* Discord gives these no name, and the name of transport-wide sequence numbers
 * makes RTP sessions count; ours. */
#define DISCORD_HDREXT_URI_TRANSPORT_SEQ                                       \
  "urn:discord:rtp-hdrext:transport-sequence"
#define DISCORD_HDREXT_URI_SPEAKER "urn:discord:rtp-hdrext:speaker"
#define DISCORD_HDREXT_URI_MID "urn:discord:rtp-hdrext:mid"

#define DISCORD_HDREXT_ABS_SEND_TIME_SIZE 3

/* 6.18 fixed point seconds modulo 64, high byte first. */
static inline void
discord_hdrext_write_send_time (guint8 *data, guint64 unix_us)
{
  guint64 within = unix_us % (64 * G_USEC_PER_SEC);
  guint32 time = (guint32) ((within << 18) / G_USEC_PER_SEC);

  data[0] = time >> 16;
  data[1] = time >> 8;
  data[2] = time;
}

/* The instant within 32 s of @now_us that was meant. */
static inline guint64
discord_hdrext_read_send_time (const guint8 *data, guint64 now_us)
{
  const gint64 turn = 64 * G_USEC_PER_SEC;
  guint64 time = (guint64) data[0] << 16 | data[1] << 8 | data[2];
  gint64 distance =
      (gint64) ((time * G_USEC_PER_SEC) >> 18) - (gint64) (now_us % turn);

  if (distance > turn / 2)
    distance -= turn;
  else if (distance < -turn / 2)
    distance += turn;
  return now_us + distance;
}

#define GST_TYPE_DISCORD_HDREXT_AUDIO_LEVEL                                    \
  (gst_discord_hdrext_audio_level_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextAudioLevel,
    gst_discord_hdrext_audio_level, GST, DISCORD_HDREXT_AUDIO_LEVEL,
    GstRTPHeaderExtension)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextaudiolevel);

#define GST_TYPE_DISCORD_HDREXT_ABS_SEND_TIME                                  \
  (gst_discord_hdrext_abs_send_time_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextAbsSendTime,
    gst_discord_hdrext_abs_send_time, GST, DISCORD_HDREXT_ABS_SEND_TIME,
    GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextabssendtime);

#define GST_TYPE_DISCORD_HDREXT_SPEAKER (gst_discord_hdrext_speaker_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextSpeaker, gst_discord_hdrext_speaker, GST,
    DISCORD_HDREXT_SPEAKER, GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextspeaker);

#define GST_TYPE_DISCORD_HDREXT_MID (gst_discord_hdrext_mid_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextMid, gst_discord_hdrext_mid, GST,
    DISCORD_HDREXT_MID, GstRTPHeaderExtension)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextmid);

#define GST_TYPE_DISCORD_HDREXT_TRANSPORT_SEQ                                  \
  (gst_discord_hdrext_transportseq_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextTransportSeq,
    gst_discord_hdrext_transportseq, GST, DISCORD_HDREXT_TRANSPORT_SEQ,
    GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrexttransportseq);

#define GST_TYPE_DISCORD_HDREXT_TOFFSET (gst_discord_hdrext_toffset_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextToffset, gst_discord_hdrext_toffset, GST,
    DISCORD_HDREXT_TOFFSET, GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrexttoffset);

#define GST_TYPE_DISCORD_HDREXT_ORIENTATION                                    \
  (gst_discord_hdrext_orientation_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextOrientation,
    gst_discord_hdrext_orientation, GST, DISCORD_HDREXT_ORIENTATION,
    GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextorientation);

#define GST_TYPE_DISCORD_HDREXT_PLAYOUT_DELAY                                  \
  (gst_discord_hdrext_playout_delay_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextPlayoutDelay,
    gst_discord_hdrext_playout_delay, GST, DISCORD_HDREXT_PLAYOUT_DELAY,
    GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextplayoutdelay);

#define GST_TYPE_DISCORD_HDREXT_CONTENT_TYPE                                   \
  (gst_discord_hdrext_content_type_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextContentType,
    gst_discord_hdrext_content_type, GST, DISCORD_HDREXT_CONTENT_TYPE,
    GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextcontenttype);

#define GST_TYPE_DISCORD_HDREXT_VIDEO_TIMING                                   \
  (gst_discord_hdrext_video_timing_get_type ())
G_DECLARE_FINAL_TYPE (GstDiscordHdrextVideoTiming,
    gst_discord_hdrext_video_timing, GST, DISCORD_HDREXT_VIDEO_TIMING,
    GstDiscordHdrextBase)
GST_ELEMENT_REGISTER_DECLARE (discordhdrextvideotiming);

G_END_DECLS
