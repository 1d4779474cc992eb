/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

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

void
discord_rtc_dave_begin (DiscordRtc *self)
{
  DiscordDaveMedia *media;

  discord_rtc_dave_end (self);
  media = discord_dave_media_new (self->e2ee);
  g_mutex_lock (&self->lock);
  self->dave_media = media;
  g_mutex_unlock (&self->lock);
}

void
discord_rtc_dave_end (DiscordRtc *self)
{
  DiscordDaveCounters counters;
  DiscordDaveMedia *media;

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
}

void
discord_rtc_dave_version (guint version, gpointer rtc)
{
  DiscordRtc *self = rtc;

  if (version > 0)
    return;
  discord_dave_media_set_sender (self->dave_media, NULL, TRUE);
  discord_dave_media_allow_clear (self->dave_media);
  rtc_set_e2ee_state (self, GST_DISCORD_E2EE_STATE_CLEAR);
}

void
discord_rtc_dave_message (const DiscordVoiceDaveMessage *message, gpointer rtc)
{
}
