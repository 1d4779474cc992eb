/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordsignaller
 * @title: GstDiscordSignaller
 * @short_description: How a connection reaches Discord's main gateway
 *
 * A #GstDiscordConnection asks its signaller to join, move, mute or leave, and
 * listens to what the main gateway says of it. #GstDiscordGateway is the
 * implementation with a websocket of its own; an application that already has
 * a gateway connection implements this interface, in any language, and calls
 * gst_discord_signaller_voice_state() and gst_discord_signaller_voice_server()
 * with what VOICE_STATE_UPDATE and VOICE_SERVER_UPDATE carry.
 *
 * Go Live is optional. A signaller without the functions for it keeps working;
 * a connection that wants a stream then fails with
 * %GST_DISCORD_ERROR_NOT_SUPPORTED. An implementation hands over what
 * STREAM_CREATE, STREAM_UPDATE, STREAM_SERVER_UPDATE and STREAM_DELETE carry, in
 * the order they come; the library keeps what they add up to.
 *
 * All functions may be called from any thread. Signals are emitted in the
 * thread of the caller.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordsignaller-private.h"

enum
{
  SIGNAL_VOICE_STATE,
  SIGNAL_MEMBER_VOICE_STATE,
  SIGNAL_VOICE_SERVER,
  SIGNAL_SESSION_REPLACED,
  SIGNAL_FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_INTERFACE (GstDiscordSignaller, gst_discord_signaller, G_TYPE_OBJECT)

static void
gst_discord_signaller_default_init (GstDiscordSignallerInterface *iface)
{
  /**
   * GstDiscordSignaller::voice-state:
   * @self: the signaller
   * @guild_id: the guild, 0 for a call
   * @channel_id: where we are now, 0 for nowhere
   * @user_id: ourselves
   * @session_id: (nullable): the main gateway session's id
   *
   * Our own VOICE_STATE_UPDATE.
   *
   * Since: 0.1
   */
  signals[SIGNAL_VOICE_STATE] =
      g_signal_new ("voice-state", GST_TYPE_DISCORD_SIGNALLER,
          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_UINT64,
          G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_STRING);

  /**
   * GstDiscordSignaller::member-voice-state:
   * @self: the signaller
   * @guild_id: the guild, 0 for a call
   * @channel_id: where the member is now, 0 for nowhere
   * @user_id: the member
   *
   * Somebody else's VOICE_STATE_UPDATE.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MEMBER_VOICE_STATE] = g_signal_new ("member-voice-state",
      GST_TYPE_DISCORD_SIGNALLER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
      G_TYPE_NONE, 3, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_UINT64);

  /**
   * GstDiscordSignaller::voice-server:
   * @self: the signaller
   * @guild_id: the guild, 0 for a call
   * @channel_id: the channel of a call, else 0
   * @token: (nullable): the voice token
   * @endpoint: (nullable): host and port; %NULL when the server went away
   *
   * VOICE_SERVER_UPDATE.
   *
   * Since: 0.1
   */
  signals[SIGNAL_VOICE_SERVER] =
      g_signal_new ("voice-server", GST_TYPE_DISCORD_SIGNALLER,
          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4, G_TYPE_UINT64,
          G_TYPE_UINT64, G_TYPE_STRING, G_TYPE_STRING);

  /**
   * GstDiscordSignaller::session-replaced:
   * @self: the signaller
   *
   * The main gateway session is a new one: the server forgot every voice state
   * of the old one.
   *
   * Since: 0.1
   */
  signals[SIGNAL_SESSION_REPLACED] =
      g_signal_new ("session-replaced", GST_TYPE_DISCORD_SIGNALLER,
          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * GstDiscordSignaller::failed:
   * @self: the signaller
   * @error: why
   *
   * The signaller gave up for good.
   *
   * Since: 0.1
   */
  signals[SIGNAL_FAILED] = g_signal_new ("failed", GST_TYPE_DISCORD_SIGNALLER,
      G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);

  gst_discord_signaller_init_stream_signals ();
}

/**
 * gst_discord_signaller_update_voice_state:
 * @self: a signaller
 * @guild_id: the guild, 0 for a call
 * @channel_id: the channel to be in, 0 to leave
 * @self_mute: whether we mute ourselves
 * @self_deaf: whether we deafen ourselves
 *
 * Asks for a voice state (main gateway op 4, voice gateway 1.7). The answer
 * comes as #GstDiscordSignaller::voice-state and
 * #GstDiscordSignaller::voice-server, in either order, or not at all.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_update_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, gboolean self_mute,
    gboolean self_deaf)
{
  gst_discord_signaller_update_voice_state_full (
      self, guild_id, channel_id, self_mute, self_deaf, FALSE);
}

/**
 * gst_discord_signaller_update_voice_state_full:
 * @self: a signaller
 * @guild_id: the guild, 0 for a call
 * @channel_id: the channel to be in, 0 to leave
 * @self_mute: whether we mute ourselves
 * @self_deaf: whether we deafen ourselves
 * @self_video: whether our camera is on
 *
 * As gst_discord_signaller_update_voice_state(), with the camera indicator that
 * others see. A signaller that knows nothing of it is asked for the rest.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_update_voice_state_full (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, gboolean self_mute,
    gboolean self_deaf, gboolean self_video)
{
  GstDiscordSignallerInterface *iface;

  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));

  iface = GST_DISCORD_SIGNALLER_GET_IFACE (self);
  if (iface->update_voice_state_full != NULL) {
    iface->update_voice_state_full (
        self, guild_id, channel_id, self_mute, self_deaf, self_video);
    return;
  }
  g_return_if_fail (iface->update_voice_state != NULL);
  iface->update_voice_state (self, guild_id, channel_id, self_mute, self_deaf);
}

/**
 * gst_discord_signaller_voice_state:
 * @self: a signaller
 * @guild_id: the guild, 0 for a call
 * @channel_id: where we are now, 0 for nowhere
 * @user_id: ourselves
 * @session_id: (nullable): the main gateway session's id
 *
 * Tells that VOICE_STATE_UPDATE of our own user arrived. Only those of our own
 * session belong here: another device of the same account has another
 * session id.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_voice_state (GstDiscordSignaller *self, guint64 guild_id,
    guint64 channel_id, guint64 user_id, const gchar *session_id)
{
  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));

  gst_discord_signaller_note_voice_state (
      self, guild_id, channel_id, user_id, session_id);
  g_signal_emit (self, signals[SIGNAL_VOICE_STATE], 0, guild_id, channel_id,
      user_id, session_id);
}

/**
 * gst_discord_signaller_member_voice_state:
 * @self: a signaller
 * @guild_id: the guild, 0 for a call
 * @channel_id: where the member is now, 0 for nowhere
 * @user_id: the member
 *
 * Tells that VOICE_STATE_UPDATE of somebody else arrived. Optional: it only
 * lets a connection notice earlier that a member is gone.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_member_voice_state (GstDiscordSignaller *self,
    guint64 guild_id, guint64 channel_id, guint64 user_id)
{
  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_MEMBER_VOICE_STATE], 0, guild_id,
      channel_id, user_id);
}

/**
 * gst_discord_signaller_voice_server:
 * @self: a signaller
 * @guild_id: the guild, 0 for a call
 * @channel_id: the channel of a call, else 0
 * @token: (nullable): the voice token
 * @endpoint: (nullable): host and port of the voice server; %NULL when it went
 *     away and another one will follow
 *
 * Tells that VOICE_SERVER_UPDATE arrived.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_voice_server (GstDiscordSignaller *self, guint64 guild_id,
    guint64 channel_id, const gchar *token, const gchar *endpoint)
{
  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));

  g_signal_emit (self, signals[SIGNAL_VOICE_SERVER], 0, guild_id, channel_id,
      token, endpoint);
}

/**
 * gst_discord_signaller_session_replaced:
 * @self: a signaller
 *
 * Tells that the main gateway session is a new one (READY, not RESUMED), so
 * that connections join again and ask for their streams again. What was told of
 * streams before is forgotten.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_session_replaced (GstDiscordSignaller *self)
{
  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));

  gst_discord_signaller_forget_session (self);
  g_signal_emit (self, signals[SIGNAL_SESSION_REPLACED], 0);
}

/**
 * gst_discord_signaller_failed:
 * @self: a signaller
 * @error: why
 *
 * Tells that the signaller gave up for good; connections fail with @error.
 *
 * Since: 0.1
 */
void
gst_discord_signaller_failed (GstDiscordSignaller *self, const GError *error)
{
  g_return_if_fail (GST_IS_DISCORD_SIGNALLER (self));
  g_return_if_fail (error != NULL);

  gst_discord_signaller_forget_session (self);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, error);
}
