/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the signaller tells of Go Live, taken to the signalling thread: the life
 * of a stream to its session, who is live to the voice connection there. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rtc-private.h"

#include <gst/discord/gstdiscordsignaller-private.h>
#include <gst/discord/gstdiscordstreamkey.h>
#include <sodium.h>
#include <string.h>

#include "../signalling/thread.h"

/* Who is live in the channel */

gchar **
discord_rtc_dup_live_streams (DiscordRtc *self)
{
  g_auto (GStrv) all = gst_discord_signaller_get_live_streams (self->signaller);
  guint64 channel_id = discord_rtc_get_channel_id (self);
  GPtrArray *here = g_ptr_array_new ();
  guint64 guild_id;

  g_mutex_lock (&self->lock);
  guild_id = self->config.session.guild_id;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; all[i] != NULL; i++) {
    g_autoptr (GstDiscordStreamKey) key =
        gst_discord_stream_key_parse (all[i], NULL);

    if (key != NULL && key->guild_id == guild_id
        && key->channel_id == channel_id)
      g_ptr_array_add (here, g_strdup (all[i]));
  }
  g_ptr_array_add (here, NULL);
  return (gchar **) g_ptr_array_free (here, FALSE);
}

/* TRUE: somebody is not live any more. */
static gboolean
remove_live (DiscordRtc *self, const gchar *const *now)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->live);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    g_autofree gchar *gone = NULL;

    if (g_strv_contains (now, key))
      continue;
    gone = g_strdup (key);
    g_hash_table_iter_remove (&iter);
    self->callbacks->stream_live (gone, FALSE, self->user_data);
    return TRUE;
  }
  return FALSE;
}

void
discord_rtc_update_live (DiscordRtc *self)
{
  g_auto (GStrv) now = NULL;
  gboolean changed = FALSE;

  if (self->parent != NULL)
    return;
  now = discord_rtc_dup_live_streams (self);
  while (remove_live (self, (const gchar *const *) now))
    changed = TRUE;
  for (guint i = 0; now[i] != NULL; i++) {
    if (!g_hash_table_add (self->live, g_strdup (now[i])))
      continue;
    changed = TRUE;
    self->callbacks->stream_live (now[i], TRUE, self->user_data);
  }
  if (changed)
    self->callbacks->changed (DISCORD_RTC_STREAMS, self->user_data);
}

/* The signaller's news, which come on any thread */

typedef struct
{
  DiscordRtc *rtc; /* owned */
  GstDiscordStreamInfo *info; /* or NULL */
  gchar *token, *endpoint;
  GstDiscordStreamDeleteReason reason;
  gboolean live;
  guint number; /* how often the stream had been asked for by then */
} News;

static News *
news_new (DiscordRtc *self)
{
  News *news = g_new0 (News, 1);

  news->rtc = discord_rtc_ref (self);
  g_mutex_lock (&self->lock);
  news->number = self->stream_number;
  g_mutex_unlock (&self->lock);
  return news;
}

/* For a session that runs, and about what it asked for: news that were on their
 * way here when it did are not. */
static gboolean
news_are_current (const News *news)
{
  DiscordRtc *self = news->rtc;
  gboolean current;

  g_mutex_lock (&self->lock);
  current = news->number == self->stream_number;
  g_mutex_unlock (&self->lock);
  return current && self->running;
}

static void
news_free (gpointer data)
{
  News *news = data;

  if (news->token != NULL)
    sodium_memzero (news->token, strlen (news->token));
  g_free (news->token);
  g_free (news->endpoint);
  g_clear_pointer (&news->info, gst_discord_stream_info_free);
  discord_rtc_unref (news->rtc);
  g_free (news);
}

/* Called with the session running. */
static void
tell_place (DiscordRtc *self, guint64 rtc_server_id, guint64 rtc_channel_id)
{
  g_autofree gchar *session_id = NULL;
  DiscordStreamPlace place = {
    .rtc_server_id = rtc_server_id,
    .rtc_channel_id = rtc_channel_id,
  };

  session_id =
      gst_discord_signaller_dup_session_id (self->signaller, &place.user_id);
  place.session_id = session_id;
  discord_voice_session_stream_created (self->session, &place);
}

static gboolean
do_created (gpointer data)
{
  News *news = data;
  DiscordRtc *self = news->rtc;
  gboolean pause = FALSE;

  if (news_are_current (news)) {
    tell_place (self, gst_discord_stream_info_get_rtc_server_id (news->info),
        gst_discord_stream_info_get_rtc_channel_id (news->info));
    g_mutex_lock (&self->lock);
    pause = self->config.session.join == DISCORD_JOIN_GO_LIVE && self->paused
        && !gst_discord_stream_info_get_paused (news->info);
    g_mutex_unlock (&self->lock);
  }
  if (pause)
    discord_rtc_tell_paused (self, TRUE);
  self->callbacks->changed (DISCORD_RTC_STREAM_INFO, self->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
do_updated (gpointer data)
{
  News *news = data;

  news->rtc->callbacks->changed (DISCORD_RTC_STREAM_INFO, news->rtc->user_data);
  return G_SOURCE_REMOVE;
}

/* Golive 3.2: who watches the stream already may be told of its server only. */
static void
tell_known_place (DiscordRtc *self)
{
  g_autofree gchar *key = discord_rtc_dup_stream_key (self);
  g_auto (GstDiscordStreamServer) server = { 0 };

  if (gst_discord_signaller_get_stream_server (self->signaller, key, &server))
    tell_place (self, server.rtc_server_id, server.rtc_channel_id);
}

static gboolean
do_server (gpointer data)
{
  News *news = data;
  DiscordRtc *self = news->rtc;

  if (!news_are_current (news))
    return G_SOURCE_REMOVE;
  tell_known_place (self);
  discord_voice_session_voice_server (
      self->session, news->token, news->endpoint);
  return G_SOURCE_REMOVE;
}

static gboolean
do_deleted (gpointer data)
{
  News *news = data;

  if (news_are_current (news))
    discord_voice_session_stream_deleted (news->rtc->session, news->reason);
  return G_SOURCE_REMOVE;
}

static gboolean
do_unavailable (gpointer data)
{
  News *news = data;

  if (news_are_current (news))
    discord_voice_session_stream_unavailable (news->rtc->session);
  return G_SOURCE_REMOVE;
}

static gboolean
do_live (gpointer data)
{
  News *news = data;

  if (news->rtc->running)
    discord_voice_session_stream_live (news->rtc->session, news->live);
  return G_SOURCE_REMOVE;
}

static gboolean
do_update_live (gpointer data)
{
  discord_rtc_update_live (data);
  return G_SOURCE_REMOVE;
}

static void
invoke_info (
    DiscordRtc *self, const GstDiscordStreamInfo *info, GSourceFunc func)
{
  News *news;

  if (!discord_rtc_is_own_stream (
          self, gst_discord_stream_info_get_stream_key (info)))
    return;
  news = news_new (self);
  news->info = gst_discord_stream_info_copy (info);
  discord_signalling_thread_invoke (func, news, news_free);
}

static void
on_created (GstDiscordSignaller *signaller, const GstDiscordStreamInfo *info,
    DiscordRtc *self)
{
  invoke_info (self, info, do_created);
}

static void
on_updated (GstDiscordSignaller *signaller, const GstDiscordStreamInfo *info,
    DiscordRtc *self)
{
  invoke_info (self, info, do_updated);
}

static void
on_server (GstDiscordSignaller *signaller, const gchar *key, const gchar *token,
    const gchar *endpoint, DiscordRtc *self)
{
  News *news;

  if (!discord_rtc_is_own_stream (self, key))
    return;
  news = news_new (self);
  news->token = g_strdup (token);
  news->endpoint = g_strdup (endpoint);
  discord_signalling_thread_invoke (do_server, news, news_free);
}

static void
on_deleted (GstDiscordSignaller *signaller, const gchar *key,
    GstDiscordStreamDeleteReason reason, DiscordRtc *self)
{
  News *news;

  if (!discord_rtc_is_own_stream (self, key))
    return;
  news = news_new (self);
  news->reason = reason;
  discord_signalling_thread_invoke (do_deleted, news, news_free);
}

static void
on_unavailable (
    GstDiscordSignaller *signaller, const gchar *key, DiscordRtc *self)
{
  if (discord_rtc_is_own_stream (self, key))
    discord_signalling_thread_invoke (
        do_unavailable, news_new (self), news_free);
}

static void
on_live (GstDiscordSignaller *signaller, const gchar *key, gboolean live,
    DiscordRtc *self)
{
  News *news;

  if (self->parent == NULL) {
    discord_rtc_invoke (self, do_update_live);
    return;
  }
  if (!discord_rtc_is_own_stream (self, key))
    return;
  news = news_new (self);
  news->live = live;
  discord_signalling_thread_invoke (do_live, news, news_free);
}

static void
closure_gone (gpointer data, GClosure *closure)
{
  discord_rtc_unref (data);
}

void
discord_rtc_stream_connect_signaller (DiscordRtc *self)
{
  static const struct
  {
    const gchar *name;
    GCallback func;
  } handlers[] = {
    { "stream-live", G_CALLBACK (on_live) },
    { "stream-created", G_CALLBACK (on_created) },
    { "stream-updated", G_CALLBACK (on_updated) },
    { "stream-server", G_CALLBACK (on_server) },
    { "stream-deleted", G_CALLBACK (on_deleted) },
    { "stream-unavailable", G_CALLBACK (on_unavailable) },
  };
  /* A voice connection only wants to know who is live. */
  guint n = self->parent != NULL ? G_N_ELEMENTS (handlers) : 1;

  G_STATIC_ASSERT (G_N_ELEMENTS (handlers) == DISCORD_RTC_STREAM_HANDLERS);
  for (guint i = 0; i < n; i++)
    self->stream_ids[i] =
        g_signal_connect_data (self->signaller, handlers[i].name,
            handlers[i].func, discord_rtc_ref (self), closure_gone, 0);
}

void
discord_rtc_stream_disconnect_signaller (DiscordRtc *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->stream_ids); i++)
    g_clear_signal_handler (&self->stream_ids[i], self->signaller);
}
