/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordstaticsignaller.h"

#include "signalling/voicestatequeue.h"

#include <sodium.h>
#include <string.h>

struct _GstDiscordStaticSignaller
{
  GObject parent;

  guint64 user_id; /* set once */

  /* Guards what follows. A leaf: signals are emitted after it was released. */
  GMutex lock;
  gchar *session_id;
  gchar *voice_token;
  gchar *endpoint;
  DiscordVoiceStateUpdate asked; /* last; begins with zeros, as after a leave */
};

static void
static_signaller_tell (
    GstDiscordStaticSignaller *self, guint64 guild_id, guint64 channel_id)
{
  GstDiscordSignaller *signaller = GST_DISCORD_SIGNALLER (self);
  g_autofree gchar *session_id = NULL;
  g_autofree gchar *voice_token = NULL;
  g_autofree gchar *endpoint = NULL;

  g_mutex_lock (&self->lock);
  session_id = g_strdup (self->session_id);
  voice_token = g_strdup (self->voice_token);
  endpoint = g_strdup (self->endpoint);
  g_mutex_unlock (&self->lock);

  gst_discord_signaller_voice_state (
      signaller, guild_id, channel_id, self->user_id, session_id);
  if (channel_id != 0)
    gst_discord_signaller_voice_server (signaller, guild_id,
        guild_id == 0 ? channel_id : 0, voice_token, endpoint);
  if (voice_token != NULL)
    sodium_memzero (voice_token, strlen (voice_token));
}

/* Mute, deaf and camera are for the caller's own gateway to tell. To answer such
 * a change with the voice server would begin a new session. */
static gboolean
only_flags_differ (
    const DiscordVoiceStateUpdate *a, const DiscordVoiceStateUpdate *b)
{
  return a->guild_id == b->guild_id && a->channel_id == b->channel_id
      && (a->self_mute != b->self_mute || a->self_deaf != b->self_deaf
          || a->self_video != b->self_video);
}

static void
gst_discord_static_signaller_update_voice_state_full (
    GstDiscordSignaller *signaller, guint64 guild_id, guint64 channel_id,
    gboolean self_mute, gboolean self_deaf, gboolean self_video)
{
  GstDiscordStaticSignaller *self = GST_DISCORD_STATIC_SIGNALLER (signaller);
  const DiscordVoiceStateUpdate update = {
    .guild_id = guild_id,
    .channel_id = channel_id,
    .self_mute = self_mute,
    .self_deaf = self_deaf,
    .self_video = self_video,
  };
  gboolean answer;

  g_mutex_lock (&self->lock);
  answer = channel_id == 0 || !only_flags_differ (&self->asked, &update);
  self->asked = update;
  g_mutex_unlock (&self->lock);
  if (answer)
    static_signaller_tell (self, guild_id, channel_id);
}

static void
gst_discord_static_signaller_iface_init (GstDiscordSignallerInterface *iface)
{
  iface->update_voice_state_full =
      gst_discord_static_signaller_update_voice_state_full;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordStaticSignaller,
    gst_discord_static_signaller, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (
        GST_TYPE_DISCORD_SIGNALLER, gst_discord_static_signaller_iface_init))

static void
static_signaller_forget_unlocked (GstDiscordStaticSignaller *self)
{
  if (self->voice_token != NULL)
    sodium_memzero (self->voice_token, strlen (self->voice_token));
  g_clear_pointer (&self->voice_token, g_free);
  g_clear_pointer (&self->session_id, g_free);
  g_clear_pointer (&self->endpoint, g_free);
}

static void
gst_discord_static_signaller_finalize (GObject *object)
{
  GstDiscordStaticSignaller *self = GST_DISCORD_STATIC_SIGNALLER (object);

  static_signaller_forget_unlocked (self);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_discord_static_signaller_parent_class)->finalize (object);
}

static void
gst_discord_static_signaller_class_init (GstDiscordStaticSignallerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_discord_static_signaller_finalize;
}

static void
gst_discord_static_signaller_init (GstDiscordStaticSignaller *self)
{
  g_mutex_init (&self->lock);
}

static void
static_signaller_set (GstDiscordStaticSignaller *self, const gchar *session_id,
    const gchar *voice_token, const gchar *endpoint)
{
  g_mutex_lock (&self->lock);
  static_signaller_forget_unlocked (self);
  self->session_id = g_strdup (session_id);
  self->voice_token = g_strdup (voice_token);
  self->endpoint = g_strdup (endpoint);
  g_mutex_unlock (&self->lock);
}

GstDiscordSignaller *
gst_discord_static_signaller_new (guint64 user_id, const gchar *session_id,
    const gchar *voice_token, const gchar *endpoint)
{
  GstDiscordStaticSignaller *self =
      g_object_new (GST_TYPE_DISCORD_STATIC_SIGNALLER, NULL);

  self->user_id = user_id;
  static_signaller_set (self, session_id, voice_token, endpoint);
  return GST_DISCORD_SIGNALLER (self);
}

void
gst_discord_static_signaller_update (GstDiscordStaticSignaller *self,
    guint64 guild_id, guint64 channel_id, const gchar *session_id,
    const gchar *voice_token, const gchar *endpoint)
{
  static_signaller_set (self, session_id, voice_token, endpoint);
  static_signaller_tell (self, guild_id, channel_id);
}
