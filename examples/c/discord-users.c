/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Says who is in a voice channel and who speaks, without any media: an
 * application that uses the library's objects directly.
 *
 *   DISCORD_TOKEN=... discord-users GUILD CHANNEL [GATEWAY_URL]
 */

#include <glib-unix.h>
#include <gst/discord/discord.h>

typedef struct
{
  GMainLoop *loop;
  GstDiscordConnection *connection;
  int status;
} Watcher;

/* Signals come in the library's thread; printing there does no harm. */
static void
on_user_joined (
    GstDiscordConnection *connection, guint64 user_id, gpointer data)
{
  g_print ("%" G_GUINT64_FORMAT " joined\n", user_id);
}

static void
on_user_left (GstDiscordConnection *connection, guint64 user_id, gpointer data)
{
  g_print ("%" G_GUINT64_FORMAT " left\n", user_id);
}

static void
on_speaking (GstDiscordConnection *connection, guint64 user_id, guint ssrc,
    GstDiscordSpeakingFlags flags, gpointer data)
{
  g_print ("%" G_GUINT64_FORMAT " %s\n", user_id,
      flags != GST_DISCORD_SPEAKING_NONE ? "may speak" : "stopped");
}

static void
quit (Watcher *self, const GError *error)
{
  if (error != NULL) {
    g_printerr ("error: %s\n", error->message);
    self->status = 1;
  }
  g_main_loop_quit (self->loop);
}

static void
on_disconnected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  gst_discord_connection_disconnect_finish (
      GST_DISCORD_CONNECTION (source), result, &error);
  quit (user_data, error);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GstDiscordConnection *connection = GST_DISCORD_CONNECTION (source);
  g_autoptr (GArray) users = NULL;
  g_autoptr (GError) error = NULL;

  if (!gst_discord_connection_connect_finish (connection, result, &error)) {
    quit (user_data, error);
    return;
  }
  users = gst_discord_connection_get_users (connection);
  g_print ("joined, %u users\n", users->len);
}

static gboolean
on_interrupt (gpointer user_data)
{
  Watcher *self = user_data;

  gst_discord_connection_disconnect_async (
      self->connection, FALSE, NULL, on_disconnected, self);
  return G_SOURCE_REMOVE;
}

static gboolean
parse_arguments (int argc, char **argv, guint64 *guild_id, guint64 *channel_id,
    GError **error)
{
  if (argc != 3 && argc != 4) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "usage: discord-users GUILD CHANNEL [GATEWAY_URL]");
    return FALSE;
  }
  return g_ascii_string_to_unsigned (
             argv[1], 10, 0, G_MAXUINT64, guild_id, error)
      && g_ascii_string_to_unsigned (
          argv[2], 10, 0, G_MAXUINT64, channel_id, error);
}

static GstDiscordGateway *
find_gateway (const gchar *url, GError **error)
{
  const gchar *token = g_getenv ("DISCORD_TOKEN");

  if (token == NULL) {
    g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
        "The environment variable DISCORD_TOKEN is not set.");
    return NULL;
  }
  return gst_discord_gateway_get (
      token, GST_DISCORD_ACCOUNT_TYPE_BOT, url, NULL, NULL, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstDiscordGateway) gateway = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Watcher self = { .loop = loop };
  guint64 guild_id, channel_id;

  gst_init (&argc, &argv);
  if (!parse_arguments (argc, argv, &guild_id, &channel_id, &error)
      || !(gateway = find_gateway (argc == 4 ? argv[3] : NULL, &error))) {
    g_printerr ("%s\n", error->message);
    return 2;
  }

  self.connection = gst_discord_connection_new (
      GST_DISCORD_SIGNALLER (gateway), guild_id, channel_id);
  g_signal_connect (
      self.connection, "user-joined", G_CALLBACK (on_user_joined), NULL);
  g_signal_connect (
      self.connection, "user-left", G_CALLBACK (on_user_left), NULL);
  g_signal_connect (
      self.connection, "speaking", G_CALLBACK (on_speaking), NULL);

  g_unix_signal_add (SIGINT, on_interrupt, &self);
  gst_discord_connection_connect_async (
      self.connection, NULL, on_connected, &self);
  g_main_loop_run (loop);
  g_object_unref (self.connection);
  return self.status;
}
