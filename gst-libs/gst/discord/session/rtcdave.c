/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

#include "../dave/frame/receiver.h"

/* A moment after the last key that a new epoch retires. */
#define EXPIRE_MS (DAVE_RETENTION / 1000 + 100)

DiscordDaveMedia *
discord_rtc_dup_dave_media (DiscordRtc *self)
{
  DiscordDaveMedia *media = NULL;

  g_mutex_lock (&self->lock);
  if (self->dave_media != NULL)
    media = discord_dave_media_ref (self->dave_media);
  g_mutex_unlock (&self->lock);
  return media;
}

GstDiscordFrameResult
discord_rtc_encrypt (DiscordRtc *self, GstDiscordCodec codec, GstBuffer *frame,
    GstBuffer *out, gsize *size, const gchar **reason)
{
  DiscordDaveMedia *media = discord_rtc_dup_dave_media (self);
  GstDiscordFrameResult result;

  if (media == NULL)
    return GST_DISCORD_FRAME_NO_KEY;
  result = discord_dave_media_encrypt (media, codec, frame, out, size, reason);
  discord_dave_media_unref (media);
  return result;
}

GstDiscordFrameResult
discord_rtc_decrypt (DiscordRtc *self, guint64 user_id, gboolean video,
    GstBuffer *frame, GstBuffer *out, gsize *size, const gchar **reason)
{
  DiscordDaveMedia *media = discord_rtc_dup_dave_media (self);
  GstDiscordFrameResult result;

  if (media == NULL)
    return GST_DISCORD_FRAME_NO_KEY;
  result = discord_dave_media_decrypt (
      media, g_get_monotonic_time (), user_id, video, frame, out, size, reason);
  discord_dave_media_unref (media);
  return result;
}

DiscordDaveGroup *
discord_rtc_dup_dave_group (DiscordRtc *self)
{
  DiscordDaveGroup *group = NULL;

  g_mutex_lock (&self->lock);
  if (self->dave_group != NULL)
    group = discord_dave_group_ref (self->dave_group);
  g_mutex_unlock (&self->lock);
  return group;
}

gchar *
discord_rtc_dup_privacy_code (DiscordRtc *self)
{
  g_autoptr (DiscordDaveGroup) group = discord_rtc_dup_dave_group (self);

  return group != NULL ? g_strdup (group->privacy_code) : NULL;
}

static void
rtc_set_e2ee_state (DiscordRtc *self, GstDiscordE2eeState state)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = self->send_state.e2ee != state;
  self->send_state.e2ee = state;
  g_mutex_unlock (&self->lock);
  if (!changed)
    return;
  discord_rtc_notify_send_state (self);
  self->callbacks->changed (DISCORD_RTC_E2EE_STATE, self->user_data);
}

static void
rtc_set_group (DiscordRtc *self, DiscordDaveGroup *group)
{
  g_autoptr (DiscordDaveGroup) old = NULL;

  g_mutex_lock (&self->lock);
  old = g_steal_pointer (&self->dave_group);
  if (group != NULL) {
    self->dave_group = discord_dave_group_ref (group);
    self->dave_epochs++;
  }
  g_mutex_unlock (&self->lock);
  if (old != NULL || group != NULL)
    self->callbacks->privacy_code (
        group != NULL ? group->privacy_code : NULL, self->user_data);
}

static void
on_expire (gpointer user_data)
{
  DiscordRtc *self = user_data;

  self->dave_timer = 0;
  discord_dave_media_expire (self->dave_media, g_get_monotonic_time ());
}

static void
on_send (const DiscordVoiceDaveMessage *message, gpointer user_data)
{
  DiscordRtc *self = user_data;

  discord_voice_session_send_dave (self->session, message);
}

static void
on_state_changed (GstDiscordE2eeState state, gpointer user_data)
{
  rtc_set_e2ee_state (user_data, state);
}

static void
on_group_changed (DiscordDaveGroup *group, gpointer user_data)
{
  DiscordRtc *self = user_data;

  /* Whoever left the group cannot be decrypted after that. */
  discord_scheduler_clear (self->scheduler, &self->dave_timer);
  self->dave_timer =
      discord_scheduler_add (self->scheduler, EXPIRE_MS, on_expire, self);
  rtc_set_group (self, group);
}

static void
on_refused (gpointer user_data)
{
  DiscordRtc *self = user_data;

  g_mutex_lock (&self->lock);
  self->dave_refused++;
  g_mutex_unlock (&self->lock);
}

static void
on_failed (const GError *error, gpointer user_data)
{
  DiscordRtc *self = user_data;

  discord_voice_session_abort (self->session, error);
}

static const DiscordDaveLinkCallbacks link_callbacks = {
  .send = on_send,
  .state_changed = on_state_changed,
  .group_changed = on_group_changed,
  .refused = on_refused,
  .failed = on_failed,
};

void
discord_rtc_dave_begin (DiscordRtc *self)
{
  const DiscordDaveLinkConfig config = {
    .user_id = discord_voice_session_get_user_id (self->session),
    .group_id = discord_voice_session_get_group_id (self->session),
    .identity_key_file = self->identity_key_file,
  };
  DiscordDaveMedia *media;

  discord_rtc_dave_end (self);
  media = discord_dave_media_new (self->e2ee);
  g_mutex_lock (&self->lock);
  self->dave_media = media;
  g_mutex_unlock (&self->lock);
  if (self->e2ee == GST_DISCORD_E2EE_OFF)
    return;

  if (self->dave_queue == NULL)
    self->dave_queue = discord_dave_queue_new ();
  self->dave_link = discord_dave_link_new (
      &config, self->dave_queue, media, &link_callbacks, self);
}

void
discord_rtc_dave_end (DiscordRtc *self)
{
  DiscordDaveCounters counters;
  DiscordDaveMedia *media;

  g_clear_pointer (&self->dave_link, discord_dave_link_free);
  discord_scheduler_clear (self->scheduler, &self->dave_timer);
  g_mutex_lock (&self->lock);
  media = g_steal_pointer (&self->dave_media);
  counters = self->closed_dave;
  g_mutex_unlock (&self->lock);
  if (media == NULL)
    return;

  discord_dave_media_close (media);
  discord_dave_media_add_counters (media, &counters);
  discord_dave_media_unref (media);
  g_mutex_lock (&self->lock);
  self->closed_dave = counters;
  g_mutex_unlock (&self->lock);
  rtc_set_e2ee_state (self, GST_DISCORD_E2EE_STATE_NONE);
  rtc_set_group (self, NULL);
}

void
discord_rtc_dave_version (guint version, gpointer rtc)
{
  DiscordRtc *self = rtc;

  if (self->dave_link != NULL)
    discord_dave_link_description (self->dave_link, version);
  else
    rtc_set_e2ee_state (self, GST_DISCORD_E2EE_STATE_CLEAR);
}

void
discord_rtc_dave_message (const DiscordVoiceDaveMessage *message, gpointer rtc)
{
  DiscordRtc *self = rtc;

  if (self->dave_link != NULL)
    discord_dave_link_message (self->dave_link, message);
}

void
discord_rtc_dave_users_joined (
    DiscordRtc *self, const guint64 *user_ids, guint n_user_ids)
{
  if (self->dave_link != NULL)
    discord_dave_link_users_joined (self->dave_link, user_ids, n_user_ids);
}

void
discord_rtc_dave_user_left (DiscordRtc *self, guint64 user_id)
{
  if (self->dave_link != NULL)
    discord_dave_link_user_left (self->dave_link, user_id);
}

void
discord_rtc_dave_moved (DiscordRtc *self, guint64 channel_id)
{
  if (self->dave_link != NULL)
    discord_dave_link_set_group_id (self->dave_link, channel_id);
}
