/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The properties that the source and the sink have in common, and the
 * connection made of them. One per element, owned by it. */

#include "gstdiscordgolive.h"

#include <gst/discord/gstdiscordconnection-private.h>

G_BEGIN_DECLS

typedef struct _GstDiscordSettings GstDiscordSettings;

typedef struct
{
  /* The connection gave up. TRUE when the element dealt with it itself (EOS);
   * else an error message follows. Signalling thread, no lock held. */
  gboolean (*failed) (GstElement *element, const GError *error);
  /* The stream is over, which is no failure: GST_DISCORD_ERROR_STREAM_ENDED.
   * Likewise. */
  void (*ended) (GstElement *element, const GError *error);
  /* Adds the element's own counters. Any thread, no lock held. */
  void (*add_stats) (GstElement *element, GstStructure *stats);
} GstDiscordSettingsHooks;

enum
{
  GST_DISCORD_SETTING_TOKEN,
  GST_DISCORD_SETTING_TOKEN_ENV,
  GST_DISCORD_SETTING_TOKEN_FILE,
  GST_DISCORD_SETTING_ACCOUNT_TYPE,
  GST_DISCORD_SETTING_GUILD_ID,
  GST_DISCORD_SETTING_CHANNEL_ID,
  GST_DISCORD_SETTING_GATEWAY_URL,
  GST_DISCORD_SETTING_API_URL,
  GST_DISCORD_SETTING_TLS_CA_FILE,
  GST_DISCORD_SETTING_TLS_DATABASE,
  GST_DISCORD_SETTING_CONNECTION,
  GST_DISCORD_SETTING_SIGNALLER,
  GST_DISCORD_SETTING_SESSION_ID,
  GST_DISCORD_SETTING_VOICE_TOKEN,
  GST_DISCORD_SETTING_ENDPOINT,
  GST_DISCORD_SETTING_USER_ID,
  GST_DISCORD_SETTING_SELF_MUTE,
  GST_DISCORD_SETTING_SELF_DEAF,
  GST_DISCORD_SETTING_TIMEOUT,
  GST_DISCORD_SETTING_RECONNECT,
  GST_DISCORD_SETTING_MAX_RECONNECTS,
  GST_DISCORD_SETTING_GATEWAY_VERSION,
  GST_DISCORD_SETTING_ENCRYPTION_MODES,
  GST_DISCORD_SETTING_UDP_QOS,
  GST_DISCORD_SETTING_E2EE,
  GST_DISCORD_SETTING_IDENTITY_KEY_FILE,
  GST_DISCORD_SETTING_E2EE_STATE,
  GST_DISCORD_SETTING_VOICE_PRIVACY_CODE,
  GST_DISCORD_SETTING_CODECS,
  GST_DISCORD_SETTING_RTX,
  GST_DISCORD_SETTING_VIDEO_CODEC,
  GST_DISCORD_SETTING_STATS,
  GST_DISCORD_N_SETTINGS,
};

/* Installs all of them as @first_id .. @first_id + GST_DISCORD_N_SETTINGS - 1.
 * Call from class_init with the @first_id that _new() gets later. */
void gst_discord_settings_install (GObjectClass *klass, guint first_id);

/* @element is not referenced: it owns the settings and frees them in finalize.
 * @hooks must stay valid; NULL when there are none. */
GstDiscordSettings *gst_discord_settings_new (
    GstElement *element, guint first_id, const GstDiscordSettingsHooks *hooks);
void gst_discord_settings_free (GstDiscordSettings *self);

/* FALSE when @id is not one of ours. */
gboolean gst_discord_settings_set_property (
    GstDiscordSettings *self, guint id, const GValue *value);
gboolean gst_discord_settings_get_property (
    GstDiscordSettings *self, guint id, GValue *value);

/* Whether video of others is wanted; counts from the next acquire or open on. */
void gst_discord_settings_set_video (GstDiscordSettings *self, gboolean video);
/* The layers of our picture (nullable), as of the next acquire or open; see
 * gst_discord_voice_stream_list_from_caps(). */
void gst_discord_settings_set_video_streams (
    GstDiscordSettings *self, GstCaps *streams);

/* The stream to have a connection of, instead of the voice channel; likewise. */
void gst_discord_settings_set_go_live (
    GstDiscordSettings *self, const GstDiscordGoLive *go_live);

/* The four state changes. acquire (NULL->READY) and open (READY->PAUSED) post
 * the error themselves when they return FALSE; none of them blocks. open looks
 * at settings changed since acquire, so ask for the connection after it. */
gboolean gst_discord_settings_acquire (GstDiscordSettings *self);
gboolean gst_discord_settings_open (GstDiscordSettings *self);
void gst_discord_settings_close (GstDiscordSettings *self);
void gst_discord_settings_release (GstDiscordSettings *self);

/* (transfer full) (nullable): NULL below READY. */
GstDiscordConnection *gst_discord_settings_ref_connection (
    GstDiscordSettings *self);

G_END_DECLS
