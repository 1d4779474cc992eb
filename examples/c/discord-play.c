/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays a file or a stream into a voice channel: an application that embeds
 * the sink in a pipeline and reads what it says on the bus.
 *
 *   DISCORD_TOKEN=... discord-play --guild=ID --channel=ID URI
 */

#include <glib-unix.h>
#include <gst/gst.h>

typedef struct
{
  GstElement *pipeline;
  GstElement *sink;
  GMainLoop *loop;
  gboolean failed;
} Player;

static guint64 guild_id;
static guint64 channel_id;
static gchar *gateway_url;

/* GOption has no 64-bit unsigned integers. */
static gboolean
parse_id (const gchar *name, const gchar *value, gpointer data, GError **error)
{
  guint64 *id = g_str_equal (name, "--guild") ? &guild_id : &channel_id;

  return g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, id, error);
}

static const GOptionEntry options[] = {
  { "guild", 0, 0, G_OPTION_ARG_CALLBACK, parse_id, "guild of the channel",
      "ID" },
  { "channel", 0, 0, G_OPTION_ARG_CALLBACK, parse_id, "voice channel", "ID" },
  { "gateway-url", 0, 0, G_OPTION_ARG_STRING, &gateway_url,
      "another main gateway, gst-discord-loopback for instance", "URL" },
  { NULL },
};

static void
on_pad_added (GstElement *decoder, GstPad *pad, GstElement *convert)
{
  g_autoptr (GstPad) target = gst_element_get_static_pad (convert, "sink");

  if (!gst_pad_is_linked (target))
    gst_pad_link (pad, target);
}

static void
print_element_message (const GstStructure *message)
{
  g_autofree gchar *text = gst_structure_to_string (message);

  g_print ("%s\n", text);
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  Player *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  GstProgressType type;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_PROGRESS:
      gst_message_parse_progress (message, &type, NULL, &text);
      g_print ("%s\n", text);
      break;
    case GST_MESSAGE_ELEMENT:
      if (GST_MESSAGE_SRC (message) == GST_OBJECT (self->sink))
        print_element_message (gst_message_get_structure (message));
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      g_printerr ("error: %s\n", error->message);
      self->failed = TRUE;
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (self->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

/* The sink says good-bye properly when it gets to see the end of the stream. */
static gboolean
on_interrupt (gpointer user_data)
{
  Player *self = user_data;

  gst_element_send_event (self->pipeline, gst_event_new_eos ());
  return G_SOURCE_CONTINUE;
}

static gboolean
build_pipeline (Player *self, const gchar *uri)
{
  GstElement *decoder = gst_element_factory_make ("uridecodebin", NULL);
  GstElement *convert = gst_element_factory_make ("audioconvert", NULL);
  GstElement *resample = gst_element_factory_make ("audioresample", NULL);

  self->sink = gst_element_factory_make ("discordvoicesink", NULL);
  self->pipeline = gst_pipeline_new ("player");
  if (decoder == NULL || convert == NULL || resample == NULL
      || self->sink == NULL) {
    g_printerr ("An element is missing; gst-inspect-1.0 -b tells more.\n");
    return FALSE;
  }
  g_object_set (decoder, "uri", uri, NULL);
  g_object_set (self->sink, "guild-id", guild_id, "channel-id", channel_id,
      "gateway-url", gateway_url, NULL);

  gst_bin_add_many (
      GST_BIN (self->pipeline), decoder, convert, resample, self->sink, NULL);
  g_signal_connect (decoder, "pad-added", G_CALLBACK (on_pad_added), convert);
  return gst_element_link (convert, resample)
      && gst_element_link_pads (resample, "src", self->sink, "audio");
}

static void
run (Player *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  guint watch = gst_bus_add_watch (bus, on_message, self);
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, self);

  self->loop = g_main_loop_new (NULL, FALSE);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  g_main_loop_run (self->loop);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);

  g_source_remove (interrupt);
  g_source_remove (watch);
  g_main_loop_unref (self->loop);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("URI");
  g_autoptr (GError) error = NULL;
  Player player = { NULL };

  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2) {
    g_printerr ("%s\n", error != NULL ? error->message : "One URI is needed.");
    return 2;
  }

  if (build_pipeline (&player, argv[1]))
    run (&player);
  else
    player.failed = TRUE;
  gst_clear_object (&player.pipeline);
  return player.failed ? 1 : 0;
}
