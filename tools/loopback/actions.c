/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actions.h"

#include "actiontable.h"
#include "json.h"

#include <string.h>

#define MAX_PARTS 4

static const LbAction *const tables[] = { lb_state_actions, lb_socket_actions,
  lb_session_actions, lb_stream_actions, lb_dave_actions };

gboolean
lb_parse_number (const char *text, guint64 max, guint64 *value)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, value, NULL);
}

gboolean
lb_parse_switch (const char *text, gboolean *value)
{
  *value = g_str_equal (text, "on");
  return *value || g_str_equal (text, "off");
}

static const LbAction *
find_action (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    for (const LbAction *action = tables[i]; action->name != NULL; action++) {
      if (g_str_equal (action->name, name))
        return action;
    }
  }
  return NULL;
}

static gboolean
fail (GError **error, LoopbackError code, const char *text, const char *what)
{
  g_set_error (error, LOOPBACK_ERROR, code, "%s: %s", text, what);
  return FALSE;
}

static gboolean
run_set (LbCore *core, const char *assignment, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (assignment, "=", 2);

  lb_report_event (core->report, "action", 0, "set");
  return lb_settings_set (core->settings, parts[0], parts[1], TRUE, error);
}

gboolean
lb_actions_run (LbCore *core, const char *text, GError **error)
{
  g_auto (GStrv) parts = NULL;
  LbCall call = { .core = core };
  const LbAction *action;
  int reached;

  if (g_str_has_prefix (text, "set:"))
    return run_set (core, text + strlen ("set:"), error);
  parts = g_strsplit (text, ":", MAX_PARTS);
  action = find_action (parts[0] != NULL ? parts[0] : "");
  if (action == NULL)
    return fail (error, LOOPBACK_ERROR_ACTION, text, "no such action");
  call.n_args = g_strv_length (parts) > 2 ? g_strv_length (parts) - 2 : 0;
  if (parts[1] == NULL || call.n_args < action->min_args
      || call.n_args > action->max_args
      || (!g_str_equal (parts[1], "*")
          && !lb_parse_id (parts[1], &call.user_id)))
    return fail (error, LOOPBACK_ERROR_ACTION, text, action->usage);
  call.args = parts + 2;
  lb_report_event (core->report, "action", call.user_id, "%s", action->name);
  reached = action->run (&call);
  if (reached < 0)
    return fail (error, LOOPBACK_ERROR_ACTION, text, action->usage);
  if (reached == 0)
    return fail (error, LOOPBACK_ERROR_TARGET, text, "nobody to do it to");
  return TRUE;
}

typedef struct
{
  LbCore *core;
  char *text;
} Timed;

static void
timed_free (gpointer data)
{
  Timed *timed = data;

  g_free (timed->text);
  g_free (timed);
}

static gboolean
run_timed (gpointer user_data)
{
  Timed *timed = user_data;
  g_autoptr (GError) error = NULL;

  if (!lb_actions_run (timed->core, timed->text, &error))
    lb_report_event (
        timed->core->report, "action-failed", 0, "%s", error->message);
  return G_SOURCE_REMOVE;
}

/* "3s=kick:*", "250ms=...", "1.5=..." (seconds). */
static gboolean
parse_time (const char *text, guint *ms)
{
  char *end;
  double value = g_ascii_strtod (text, &end);

  if (end == text || !(value >= 0 && value <= 86400))
    return FALSE;
  if (g_str_has_prefix (end, "ms=")) {
    *ms = (guint) value;
    return TRUE;
  }
  *ms = (guint) (value * 1000);
  return g_str_has_prefix (end, "s=") || *end == '=';
}

gboolean
lb_actions_schedule (LbCore *core, GError **error)
{
  const GPtrArray *at = core->settings->at;

  for (guint i = 0; i < at->len; i++) {
    const char *text = at->pdata[i];
    GSource *source;
    Timed *timed;
    guint ms;

    if (!parse_time (text, &ms))
      return fail (error, LOOPBACK_ERROR_SETTING, text, "TIME=ACTION");
    timed = g_new (Timed, 1);
    timed->core = core;
    timed->text = g_strdup (strchr (text, '=') + 1);
    source = g_timeout_source_new (ms);
    g_source_set_callback (source, run_timed, timed, timed_free);
    g_source_attach (source, core->context);
    g_ptr_array_add (core->schedule, source);
  }
  return TRUE;
}

char *
lb_actions_help (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    for (const LbAction *action = tables[i]; action->name != NULL; action++) {
      g_autofree char *form =
          g_strdup_printf ("%s:%s", action->name, action->usage);

      g_string_append_printf (text, "  %-34s %s\n", form, action->help);
    }
  }
  g_string_append_printf (text, "  %-34s %s\n", "set:NAME=VALUE",
      "any setting that may change while running");
  return g_string_free (text, FALSE);
}
