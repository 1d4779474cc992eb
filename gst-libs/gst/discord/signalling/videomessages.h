/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Video on the voice gateway: the offer in identify and its answer in Ready, the
 * codecs of select protocol, ops 12, 14 and 15 (voice-gateway 2.4, 2.8, 2.10;
 * golive 6 and 7). */

#include "json.h"
#include "voicegateway.h"

/* No real message has more streams; further ones are not read. */
#define DISCORD_VIDEO_MAX_STREAMS 32

/* The member "streams" of @d, which may be missing. FALSE: malformed. Entries
 * that are malformed are left out; what an entry does not tell, or tells in a way
 * that we do not know, is not among its fields. */
gboolean discord_video_parse_streams (JsonObject *d,
    GstDiscordVoiceStream streams[DISCORD_VIDEO_MAX_STREAMS], guint *n_streams);

/* Op 12 of another user; what is 0 was not told. */
typedef struct
{
  guint64 user_id;
  guint32 audio_ssrc;
  guint32 video_ssrc;
  GstDiscordVoiceStream streams[DISCORD_VIDEO_MAX_STREAMS];
  guint n_streams;
} DiscordVideoMessage;

gboolean discord_video_parse (JsonObject *root, DiscordVideoMessage *video);

/* What sessions tell of media, in Session Description and in op 14; what they do
 * not is NULL or -1. */
void discord_video_parse_session (
    JsonObject *d, DiscordVoiceSessionUpdate *update);
gboolean discord_video_parse_session_update (
    JsonObject *root, DiscordVoiceSessionUpdate *update);

/* Op 15: whatever in it makes sense. NULL when it is no op 15 at all. */
GstDiscordMediaSinkWants *discord_video_parse_wants (JsonObject *root);

/* Members of objects that are being written, a comma behind each. */
void discord_video_append_offer (
    GString *json, const DiscordVoiceStreams *streams);
void discord_video_append_codecs (
    GString *json, const DiscordVoiceCodecs *codecs);

/* Op 12: @streams are those we have, of which the ones without an SSRC are left
 * out; without any it is the end of our video. @rtx: whether retransmissions are
 * offered. */
gchar *discord_video_build (
    guint32 audio_ssrc, const DiscordVoiceStreams *streams, gboolean rtx);
gchar *discord_video_build_session_update (const DiscordVoiceCodecs *codecs);
gchar *discord_video_build_wants (const GstDiscordMediaSinkWants *wants);
