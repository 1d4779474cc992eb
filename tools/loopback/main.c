/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gst-discord-loopback: the stand-in as a program. */
#include "actions.h"
#include "loopback.h"
#include "settings.h"

#include <glib-unix.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

#define EXAMPLE_GUILD "290926798626357999"
#define EXAMPLE_CHANNEL "290926798999357250"

typedef struct
{
  Loopback *loopback;
  GMainLoop *loop;
  char *ready_file;
  double exit_after;
  gboolean control;
  /* First of each, for the printed lines. */
  char *guild;
  char *channel;
  char *certificate;
} Program;

static gboolean
set_option (
    const gchar *option, const gchar *value, gpointer data, GError **error)
{
  Program *program = data;
  const char *name = option + 2;
  g_autoptr (GError) wrong = NULL;

  if (g_str_equal (name, "guild") && program->guild == NULL)
    program->guild = g_strdup (value);
  if (g_str_equal (name, "channel") && program->channel == NULL)
    program->channel = g_strdup (value);
  if (g_str_equal (name, "tls-cert"))
    program->certificate = g_strdup (value);
  if (loopback_set (program->loopback, name, value, &wrong))
    return TRUE;
  g_set_error_literal (
      error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, wrong->message);
  return FALSE;
}

static GOptionEntry *
make_entries (void)
{
  GOptionEntry *entries = g_new0 (GOptionEntry, lb_n_setting_infos + 1);

  for (guint i = 0; i < lb_n_setting_infos; i++) {
    const LbSettingInfo *info = &lb_setting_infos[i];

    entries[i].long_name = info->name;
    entries[i].arg = G_OPTION_ARG_CALLBACK;
    entries[i].arg_data = (gpointer) set_option;
    entries[i].description = info->help;
    entries[i].arg_description = info->argument;
    if (info->kind == LB_SETTING_BOOL)
      entries[i].flags = G_OPTION_FLAG_NO_ARG;
  }
  return entries;
}

static gboolean
parse (Program *program, int *argc, char ***argv, GError **error)
{
  GOptionEntry entries[] = {
    { "ready-file", 0, 0, G_OPTION_ARG_FILENAME, &program->ready_file,
        "write the URLs as JSON when listening", "FILE" },
    { "exit-after", 0, 0, G_OPTION_ARG_DOUBLE, &program->exit_after,
        "end after so many seconds", "SECONDS" },
    { "control", 0, 0, G_OPTION_ARG_NONE, &program->control,
        "do the actions that come as lines on the standard input", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("- local stand-in of Discord's voice service");
  g_autofree GOptionEntry *settings = make_entries ();
  g_autofree char *actions = lb_actions_help ();
  g_autofree char *description = g_strdup_printf (
      "Actions, for --at (USER is an id, or * for everybody):\n%s\n"
      "Bad frames: malformed truncated empty array noop types nested numbers\n"
      "  text:JSON oversized:BYTES binary short-binary utf8 opcode reserved "
      "control\n\n"
      "MESSAGE of dave-fault: prepare execute epoch sender proposals commit "
      "welcome\n"
      "  HOW: corrupt drop duplicate delay=MS, forge (proposals only)\n",
      actions);
  GOptionGroup *group = g_option_group_new (
      "loopback", "Settings:", "Show the settings", program, NULL);

  g_option_group_add_entries (group, entries);
  g_option_group_add_entries (group, settings);
  g_option_context_set_main_group (context, group);
  g_option_context_set_description (context, description);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
        "unexpected argument '%s'", (*argv)[1]);
    return FALSE;
  }
  return TRUE;
}

static void
print_lines (Program *program)
{
  g_autofree char *url = loopback_dup_gateway_url (program->loopback);
  g_autofree char *api = loopback_dup_api_url (program->loopback);
  const char *guild = program->guild != NULL ? program->guild : EXAMPLE_GUILD;
  const char *channel =
      program->channel != NULL ? program->channel : EXAMPLE_CHANNEL;
  g_autofree char *settings =
      g_strdup_printf ("gateway-url=%s guild-id=%s channel-id=%s%s%s", url,
          guild, channel, program->certificate != NULL ? " tls-ca-file=" : "",
          program->certificate != NULL ? program->certificate : "");

  g_print ("gateway %s\nREST    %s\n\n", url, api);
  g_print ("send:\n  DISCORD_TOKEN=anything gst-launch-1.0 filesrc "
           "location=music.ogg ! oggdemux ! opusparse ! discordvoicesink %s\n",
      settings);
  g_print ("receive and play:\n  DISCORD_TOKEN=another gst-launch-1.0 "
           "discordvoicesrc %s ! opusdec ! audioconvert ! autoaudiosink\n",
      settings);
}

static gboolean
write_ready_file (Program *program, GError **error)
{
  g_autoptr (JsonObject) object = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *url = loopback_dup_gateway_url (program->loopback);
  g_autofree char *api = loopback_dup_api_url (program->loopback);
  g_autofree char *text = NULL;
  JsonArray *endpoints;
  char *endpoint;

  if (program->ready_file == NULL)
    return TRUE;
  object = json_object_new ();
  endpoints = json_array_new ();
  json_object_set_string_member (object, "gateway_url", url);
  json_object_set_string_member (object, "api_url", api);
  json_object_set_int_member (
      object, "port", loopback_get_port (program->loopback));
  for (guint i = 0;
       (endpoint = loopback_dup_voice_endpoint (program->loopback, i)) != NULL;
       i++) {
    json_array_add_string_element (endpoints, endpoint);
    g_free (endpoint);
  }
  json_object_set_array_member (object, "voice_endpoints", endpoints);
  node = json_node_init_object (json_node_alloc (), object);
  text = json_to_string (node, TRUE);
  return g_file_set_contents (program->ready_file, text, -1, error);
}

static gboolean
quit (gpointer user_data)
{
  Program *program = user_data;

  g_main_loop_quit (program->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
read_control (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  Program *program = user_data;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL)
          != G_IO_STATUS_NORMAL
      || line == NULL)
    return G_SOURCE_REMOVE;
  g_strchomp (line);
  if (!loopback_act (program->loopback, &error, "%s", line))
    g_printerr ("gst-discord-loopback: %s\n", error->message);
  return G_SOURCE_CONTINUE;
}

static void
watch_control (Program *program)
{
  GIOChannel *channel = g_io_channel_unix_new (STDIN_FILENO);

  g_io_add_watch (channel, G_IO_IN | G_IO_HUP, read_control, program);
  g_io_channel_unref (channel);
}

static gboolean
serve (Program *program, GError **error)
{
  g_autofree char *summary = NULL;

  if (!loopback_start (program->loopback, error)
      || !write_ready_file (program, error))
    return FALSE;
  print_lines (program);
  fflush (stdout);
  if (program->control)
    watch_control (program);
  if (program->exit_after > 0)
    g_timeout_add ((guint) (program->exit_after * 1000), quit, program);
  g_main_loop_run (program->loop);
  loopback_stop (program->loopback);
  summary = loopback_dup_summary (program->loopback);
  g_print ("\n%s", summary);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Program program = { 0 };
  g_autoptr (Loopback) loopback = loopback_new ();
  g_autoptr (GError) error = NULL;
  gboolean good;

  program.loopback = loopback;
  program.loop = g_main_loop_new (NULL, FALSE);
  /* Before the line that says it listens: scripts signal us after it. */
  g_unix_signal_add (SIGINT, quit, &program);
  g_unix_signal_add (SIGTERM, quit, &program);
  good = parse (&program, &argc, &argv, &error) && serve (&program, &error);
  if (!good)
    g_printerr ("gst-discord-loopback: %s\n", error->message);
  g_main_loop_unref (program.loop);
  g_free (program.ready_file);
  g_free (program.guild);
  g_free (program.channel);
  g_free (program.certificate);
  return good ? 0 : 1;
}
