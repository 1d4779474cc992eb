/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The object's own parts among themselves: gstdiscordconnection.c is the
 * object, gstdiscordconnectionprops.c what it shows, gstdiscordconnectionapi.c
 * its functions, gstdiscordconnectionvideo.c all three for video,
 * gstdiscordconnectionstreams.c and gstdiscordconnectiongolive.c for Go Live. */

#include "gstdiscordconnection-private.h"

#include "gstdiscordconnectioncalls.h"
#include "session/rtc.h"

/* Settings that nobody set. */
#define DISCORD_CONNECTION_TIMEOUT 30
#define DISCORD_CONNECTION_RECONNECT TRUE
#define DISCORD_CONNECTION_MAX_RECONNECTS 10
#define DISCORD_CONNECTION_GATEWAY_VERSION 9
#define DISCORD_CONNECTION_E2EE GST_DISCORD_E2EE_REQUIRED
#define DISCORD_CONNECTION_RTX TRUE

enum
{
  PROP_0,
  PROP_SIGNALLER,
  PROP_GUILD_ID,
  PROP_CHANNEL_ID,
  PROP_TLS_DATABASE,
  PROP_SELF_MUTE,
  PROP_SELF_DEAF,
  PROP_SELF_VIDEO,
  PROP_TIMEOUT,
  PROP_RECONNECT,
  PROP_MAX_RECONNECTS,
  PROP_GATEWAY_VERSION,
  PROP_ENCRYPTION_MODES,
  PROP_UDP_QOS,
  PROP_E2EE,
  PROP_IDENTITY_KEY_FILE,
  PROP_CODECS,
  PROP_RTX,
  PROP_VIDEO,
  PROP_VIDEO_STREAMS,
  PROP_PARENT,
  PROP_STREAM_KEY,
  PROP_PREFERRED_REGION,
  PROP_PAUSED,
  PROP_STATE,
  PROP_LATENCY,
  PROP_AVERAGE_LATENCY,
  PROP_ENDPOINT,
  PROP_SESSION_ID,
  PROP_USER_ID,
  PROP_USERS,
  PROP_E2EE_STATE,
  PROP_VOICE_PRIVACY_CODE,
  PROP_VIDEO_CODEC,
  PROP_STREAM_STATE,
  PROP_VIEWERS,
  PROP_REGION,
  PROP_STREAMS,
  PROP_STREAM_CONNECTIONS,
  PROP_STATS,
  N_PROPS
};

enum
{
  SIGNAL_USER_JOINED,
  SIGNAL_USER_LEFT,
  SIGNAL_SPEAKING,
  SIGNAL_USER_STREAMS_CHANGED,
  SIGNAL_MEDIA_SINK_WANTS,
  SIGNAL_CLIENT_FLAGS,
  SIGNAL_CLIENT_PLATFORM,
  SIGNAL_MOVED,
  SIGNAL_MOVE_TIMEOUT,
  SIGNAL_RESUMED,
  SIGNAL_PRIVACY_CODE_CHANGED,
  SIGNAL_ERROR,
  SIGNAL_STREAM_ADDED,
  SIGNAL_STREAM_REMOVED,
  SIGNAL_STREAM_STATE_CHANGED,
  N_SIGNALS
};

struct _GstDiscordConnection
{
  GObject parent;

  /* set once, when constructed */
  GstDiscordSignaller *signaller;
  GTlsDatabase *tls_database;
  DiscordRtc *rtc;
  DiscordConnectionCalls *calls;
  GstDiscordConnection *voice; /* the parent of a stream, or NULL */
  gchar *stream_key; /* of the stream to watch, or NULL */
  GWeakRef *place_in_parent; /* in its list of streams */

  /* Held from when a setting changes until the inside has it, so that the last
   * one counts. Taken before the other; only the inside is called. */
  GMutex settings_lock;

  /* Guards what follows. A leaf: nothing is called while it is held. */
  GMutex lock;
  DiscordRtcConfig config;
  guint opens;
  gboolean application_open;
  GList *streams; /* GWeakRef of our children, which own them */
  GError *error;
};

/* gstdiscordconnectionvideo.c */
void gst_discord_connection_begin_offer (
    GstDiscordConnection *self, const GstCaps *streams);
void gst_discord_connection_install_video (
    GObjectClass *klass, GParamSpec **props, guint *signals);
/* With the lock held. TRUE: @id is one of the settings of video. */
gboolean gst_discord_connection_set_video_property_unlocked (
    GstDiscordConnection *self, guint id, const GValue *value);
/* TRUE: @id is a property of video. @config: a copy of ours. */
gboolean gst_discord_connection_get_video_property (GstDiscordConnection *self,
    const DiscordRtcConfig *config, guint id, GValue *value);

/* gstdiscordconnectionstreams.c */
void gst_discord_connection_install_streams (
    GObjectClass *klass, GParamSpec **props, guint *signals);
/* When the object is made: takes over what a stream shares with its parent; and
 * when it goes. */
void gst_discord_connection_adopt_parent (GstDiscordConnection *self);
void gst_discord_connection_leave_parent (GstDiscordConnection *self);
/* TRUE: @id is a property of Go Live. */
gboolean gst_discord_connection_set_stream_property (
    GstDiscordConnection *self, guint id, const GValue *value);
gboolean gst_discord_connection_get_stream_property (GstDiscordConnection *self,
    const DiscordRtcConfig *config, guint id, GValue *value);
/* Asks to watch only once the owner is live; before the first open. */
void gst_discord_connection_await_live (GstDiscordConnection *self);

/* gstdiscordconnectiongolive.c */
/* FALSE with GST_DISCORD_ERROR_NOT_SUPPORTED: it is a stream's. */
gboolean gst_discord_connection_check_voice (
    GstDiscordConnection *self, GError **error);

/* Properties and signals, with their documentation. */
void gst_discord_connection_install (
    GObjectClass *klass, GParamSpec **props, guint *signals);
