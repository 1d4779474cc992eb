/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The object's own parts among themselves: gstdiscordconnection.c is the
 * object, gstdiscordconnectionprops.c what it shows, gstdiscordconnectionapi.c
 * its functions, gstdiscordconnectionvideo.c all three for video. */

#include "gstdiscordconnection-private.h"

#include "gstdiscordconnectioncalls.h"
#include "session/rtc.h"

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

  /* Held from when a setting changes until the inside has it, so that the last
   * one counts. Taken before the other; only the inside is called. */
  GMutex settings_lock;

  /* Guards what follows. A leaf: nothing is called while it is held. */
  GMutex lock;
  DiscordRtcConfig config;
  guint opens;
  gboolean application_open;
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

/* Properties and signals, with their documentation. */
void gst_discord_connection_install (
    GObjectClass *klass, GParamSpec **props, guint *signals);
