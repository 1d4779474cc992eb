/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to the connection of a discordvoicesrc; signalling thread. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesrc-private.h"

GST_DEBUG_CATEGORY_EXTERN (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

/* Heartbeats are answered all the time: looking then needs no timer. */
static void
on_heartbeat (
    GstDiscordConnection *connection, GParamSpec *pspec, GWeakRef *ref)
{
  g_autoptr (GstDiscordVoiceSrc) self = g_weak_ref_get (ref);
  g_autoptr (GstStructure) stats = NULL;
  guint64 received = 0, sent = 0, lost = 0;

  if (self == NULL)
    return;
  stats = gst_discord_connection_get_stats (connection);
  gst_structure_get_uint64 (stats, "packets-received", &received);
  gst_structure_get_uint64 (stats, "pings-sent", &sent);
  gst_structure_get_uint64 (stats, "pings-lost", &lost);
  if (!receive_watchdog_update (&self->watchdog, received, sent, lost))
    return;
  GST_WARNING_OBJECT (self, "nothing comes from the voice server any more");
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("discord-receive-stalled", "pings-lost",
              G_TYPE_UINT64, lost, NULL)));
}

static void
on_user_left (GstDiscordConnection *connection, guint64 user_id, GWeakRef *ref)
{
  g_autoptr (GstDiscordVoiceSrc) self = g_weak_ref_get (ref);

  if (self != NULL)
    gst_discord_departures_add (self->departures, connection, user_id);
}

void
gst_discord_voice_src_departed (GstElement *element, guint64 user_id)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (element);

  gst_discord_voice_outputs_user_left (self->outputs, user_id);
  gst_discord_video_outputs_user_left (self->videos, user_id);
}

static void
weak_ref_free (gpointer data, GClosure *closure)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static gulong
watch_signal (GstDiscordVoiceSrc *self, const gchar *name, GCallback callback)
{
  GWeakRef *ref = g_new0 (GWeakRef, 1);

  g_weak_ref_init (ref, self);
  return g_signal_connect_data (
      self->watched, name, callback, ref, weak_ref_free, 0);
}

static gboolean
is_stream (GstDiscordConnection *connection)
{
  g_autoptr (GstDiscordConnection) parent = NULL;

  g_object_get (connection, "parent", &parent, NULL);
  return parent != NULL;
}

/* The owner of a stream may come to a new voice server long after we do, and
 * the main gateway tells when a stream is over. */
void
gst_discord_voice_src_watch (GstDiscordVoiceSrc *self)
{
  self->watched = gst_discord_settings_ref_connection (self->settings);
  self->latency_handler =
      watch_signal (self, "notify::latency", G_CALLBACK (on_heartbeat));
  if (!is_stream (self->watched))
    self->user_left_handler =
        watch_signal (self, "user-left", G_CALLBACK (on_user_left));
}

void
gst_discord_voice_src_unwatch (GstDiscordVoiceSrc *self)
{
  if (self->watched == NULL)
    return;
  g_clear_signal_handler (&self->latency_handler, self->watched);
  g_clear_signal_handler (&self->user_left_handler, self->watched);
  gst_discord_departures_clear (self->departures);
  g_clear_object (&self->watched);
}
