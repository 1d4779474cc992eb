/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/gstdiscordvoicecodec.h>

G_BEGIN_DECLS

struct _GstDiscordVoiceCodec
{
  GstDiscordCodec codec;
  guint priority; /* 0 before it is in a list */
  gboolean encode;
  gboolean decode;
  gboolean rtx;
};

/* What is advertised in select protocol: each codec once, Opus among them
 * (voice-gateway 2.4). Copied by value. */
#define DISCORD_MAX_CODECS 6

typedef struct
{
  GstDiscordVoiceCodec codecs[DISCORD_MAX_CODECS];
  guint n_codecs;
} DiscordVoiceCodecs;

/* Keeps the order of @codecs, numbers the priorities, leaves out what can
 * neither be encoded nor decoded. FALSE with GST_DISCORD_ERROR_SETTINGS when a
 * codec is named twice or Opus is not there. */
gboolean discord_voice_codecs_set (
    DiscordVoiceCodecs *self, GPtrArray *codecs, GError **error);
/* Opus and nothing else. */
void discord_voice_codecs_set_audio (DiscordVoiceCodecs *self);
/* What this machine can do, by its registry. */
void discord_voice_codecs_set_available (DiscordVoiceCodecs *self);
/* Whether retransmissions are offered for video. */
void discord_voice_codecs_set_rtx (DiscordVoiceCodecs *self, gboolean rtx);
gboolean discord_voice_codecs_equal (
    const DiscordVoiceCodecs *self, const DiscordVoiceCodecs *other);
/* (transfer full) */
GPtrArray *discord_voice_codecs_to_array (const DiscordVoiceCodecs *self);

/* By its name in messages, in any case; UNKNOWN for any other. */
GST_DISCORD_API
GstDiscordCodec gst_discord_codec_from_name (const gchar *name);
/* NULL for UNKNOWN. */
GST_DISCORD_API
const gchar *gst_discord_codec_get_name (GstDiscordCodec codec);

/* What the registry has for one codec. */
typedef enum
{
  DISCORD_ABILITY_NONE,
  DISCORD_ABILITY_SOFTWARE,
  DISCORD_ABILITY_HARDWARE,
} DiscordAbility;

/* The order of an automatic list: higher comes first. */
guint discord_voice_codec_score (
    GstDiscordCodec codec, DiscordAbility encoder, DiscordAbility decoder);

G_END_DECLS
