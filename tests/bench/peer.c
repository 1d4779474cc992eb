/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer.h"

#include "common.h"

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROLE_ARGUMENT "--role"
#define MAX_REQUEST 256

struct _BenchPeer
{
  char *role;
  GSubprocess *process;
  GDataInputStream *answers;
};

void
bench_peer_dispatch (int argc, char **argv, const BenchRole *roles)
{
  if (argc < 3 || !g_str_equal (argv[1], ROLE_ARGUMENT))
    return;
  for (; roles->name != NULL; roles++) {
    if (g_str_equal (roles->name, argv[2])) {
      bench_prepare_process ();
      exit (roles->run (argc - 2, argv + 2));
    }
  }
  bench_fail ("there is no role %s", argv[2]);
}

BenchPeer *
bench_peer_new (const char *role, ...)
{
  BenchPeer *self = g_new0 (BenchPeer, 1);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  const char *argument;
  va_list args;

  g_ptr_array_add (arguments, (char *) "/proc/self/exe");
  g_ptr_array_add (arguments, (char *) ROLE_ARGUMENT);
  g_ptr_array_add (arguments, (char *) role);
  va_start (args, role);
  while ((argument = va_arg (args, const char *)) != NULL)
    g_ptr_array_add (arguments, (char *) argument);
  va_end (args);
  g_ptr_array_add (arguments, NULL);

  self->role = g_strdup (role);
  self->process = g_subprocess_newv ((const gchar *const *) arguments->pdata,
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (self->process == NULL)
    bench_fail ("cannot start %s: %s", role, error->message);
  self->answers =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  return self;
}

static char *
ask (BenchPeer *self, const char *request)
{
  GOutputStream *requests = g_subprocess_get_stdin_pipe (self->process);
  g_autofree char *line = g_strconcat (request, "\n", NULL);
  char *answer = NULL;

  if (g_output_stream_write_all (
          requests, line, strlen (line), NULL, NULL, NULL))
    answer = g_data_input_stream_read_line (self->answers, NULL, NULL, NULL);
  if (answer == NULL)
    bench_fail ("%s ended instead of answering \"%s\"", self->role, request);
  return answer;
}

char *
bench_peer_ask (BenchPeer *self, const char *format, ...)
{
  g_autofree char *request = NULL;
  va_list args;

  va_start (args, format);
  request = g_strdup_vprintf (format, args);
  va_end (args);
  return ask (self, request);
}

gint64
bench_peer_ask_number (BenchPeer *self, const char *request)
{
  g_autofree char *answer = ask (self, request);

  return g_ascii_strtoll (answer, NULL, 10);
}

void
bench_peer_stop (BenchPeer *self)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_close (
      g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  if (!g_subprocess_wait_check (self->process, NULL, &error))
    bench_fail ("%s: %s", self->role, error->message);
  g_object_unref (self->answers);
  g_object_unref (self->process);
  g_free (self->role);
  g_free (self);
}

static char *
run_command (const BenchCommand *commands, char *request, gpointer user_data)
{
  char *argument = strchr (request, ' ');

  if (argument != NULL)
    *argument++ = '\0';
  for (; commands->name != NULL; commands++) {
    if (g_str_equal (commands->name, request))
      return commands->run (argument, user_data);
  }
  bench_fail ("no such request: %s", request);
}

void
bench_peer_serve (const BenchCommand *commands, gpointer user_data)
{
  char request[MAX_REQUEST];

  while (fgets (request, sizeof request, stdin) != NULL) {
    g_autofree char *answer = NULL;

    g_strchomp (request);
    answer = run_command (commands, request, user_data);
    puts (answer);
    fflush (stdout);
  }
}
