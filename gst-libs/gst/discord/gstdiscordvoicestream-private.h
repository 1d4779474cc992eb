/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordvoicestream.h>

G_BEGIN_DECLS

/* What fits into an element with a one-byte header (RFC 8285), and the end. */
#define DISCORD_RID_SIZE 17

/* More layers of one picture than anybody has; of us and of a remote user. */
#define DISCORD_MAX_LAYERS 8

typedef enum
{
  DISCORD_STREAM_SSRC = 1 << 0,
  DISCORD_STREAM_RTX_SSRC = 1 << 1,
  DISCORD_STREAM_TYPE = 1 << 2,
  DISCORD_STREAM_QUALITY = 1 << 3,
  DISCORD_STREAM_ACTIVE = 1 << 4,
  DISCORD_STREAM_MAX_BITRATE = 1 << 5,
  DISCORD_STREAM_MAX_FRAMERATE = 1 << 6,
  DISCORD_STREAM_MAX_RESOLUTION = 1 << 7,
} DiscordStreamField;

/* Copied by value. */
struct _GstDiscordVoiceStream
{
  guint32 ssrc; /* 0: none */
  guint32 rtx_ssrc; /* 0: none told */
  gchar rid[DISCORD_RID_SIZE];
  guint fields; /* DiscordStreamField: what was told or set */
  gboolean screen;
  gboolean active;
  guint quality; /* 0 to 100 */
  guint max_bitrate; /* bit/s */
  gdouble max_framerate;
  guint max_width, max_height; /* 0: those of the source */
};

/* A RID is letters and digits (RFC 8851), at least one. */
gboolean discord_rid_is_valid (const gchar *rid);

/* Whether both tell the same. */
gboolean discord_voice_stream_equal (
    const GstDiscordVoiceStream *self, const GstDiscordVoiceStream *other);

/* Takes what @update tells; the RID of both is the same. */
void discord_voice_stream_merge (
    GstDiscordVoiceStream *self, const GstDiscordVoiceStream *update);

/* The layers of one picture, copied by value. */
typedef struct
{
  GstDiscordVoiceStream streams[DISCORD_MAX_LAYERS];
  guint n_streams;
} DiscordVoiceStreams;

/* The same layers in the same order. */
gboolean discord_voice_streams_equal (
    const DiscordVoiceStreams *self, const DiscordVoiceStreams *other);

/* NULL when there is none of that name. */
GstDiscordVoiceStream *discord_voice_streams_find (
    DiscordVoiceStreams *self, const gchar *rid);

/* Op 12 of a user (voice-gateway 2.10): entries of @update may be partial and
 * are merged with those of the same RID, or SSRC where there is no RID; what is
 * not named any more is gone. */
void discord_voice_streams_update (DiscordVoiceStreams *self,
    const GstDiscordVoiceStream *update, guint n_update);

/* Ready: gives the layers that we offered their SSRCs. One that is not in
 * @answer was refused and has none. Nothing else of the answer counts: it says
 * what the server saw before our op 12 (golive 6.1). */
void discord_voice_streams_assign (DiscordVoiceStreams *self,
    const GstDiscordVoiceStream *answer, guint n_answer);

/* FALSE with GST_DISCORD_ERROR_SETTINGS: too many, or a RID twice. */
gboolean discord_voice_streams_set (
    DiscordVoiceStreams *self, GPtrArray *streams, GError **error);
/* (transfer full) */
GPtrArray *discord_voice_streams_to_array (const DiscordVoiceStreams *self);

/* What op 12 tells of a layer that does not say it itself (golive 6.3);
 * @bitrate: of the whole, 0 for the usual one of that size. */
GST_DISCORD_API
void gst_discord_voice_stream_fill (GstDiscordVoiceStream *self, guint bitrate,
    guint width, guint height, gdouble framerate);

G_END_DECLS
