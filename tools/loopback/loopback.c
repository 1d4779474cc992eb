/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loopback.h"

#include "actions.h"
#include "core.h"
#include "voiceserver.h"

#include <sodium.h>

G_DEFINE_QUARK (loopback - error - quark, loopback_error)

struct _Loopback
{
  LbSettings *settings; /* the thread's while it runs */
  LbReport *report; /* has its own lock */
  LoopbackTap tap;
  gpointer tap_data;
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread; /* NULL: not running */
  LbCore *core; /* the thread's */
  char *gateway_url; /* constant while it runs, as are these */
  char *api_url;
  guint port;
  GPtrArray *endpoints;
};

/* A function for the thread to run, and a place to wait for it. */
typedef struct
{
  Loopback *self;
  gboolean (*func) (
      Loopback *self, gconstpointer a, gconstpointer b, GError **error);
  gconstpointer a;
  gconstpointer b;
  GError **error;
  gboolean result;
  /* Guards done. A leaf. */
  GMutex lock;
  GCond cond;
  gboolean done;
} Request;

static gboolean
serve_request (gpointer user_data)
{
  Request *request = user_data;

  request->result =
      request->func (request->self, request->a, request->b, request->error);
  g_mutex_lock (&request->lock);
  request->done = TRUE;
  g_cond_signal (&request->cond);
  g_mutex_unlock (&request->lock);
  return G_SOURCE_REMOVE;
}

/* Runs @func on the thread, here when there is none, and waits for it. */
static gboolean
request (Loopback *self,
    gboolean (*func) (Loopback *, gconstpointer, gconstpointer, GError **),
    gconstpointer a, gconstpointer b, GError **error)
{
  Request request = {
    .self = self, .func = func, .a = a, .b = b, .error = error
  };
  g_autoptr (GSource) source = NULL;

  if (self->thread == NULL)
    return func (self, a, b, error);
  g_mutex_init (&request.lock);
  g_cond_init (&request.cond);
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, serve_request, &request, NULL);
  g_source_attach (source, self->context);
  g_mutex_lock (&request.lock);
  while (!request.done)
    g_cond_wait (&request.cond, &request.lock);
  g_mutex_unlock (&request.lock);
  g_cond_clear (&request.cond);
  g_mutex_clear (&request.lock);
  return request.result;
}

Loopback *
loopback_new (void)
{
  Loopback *self = g_new0 (Loopback, 1);

  self->settings = lb_settings_new ();
  self->report = lb_report_new ();
  self->endpoints = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
loopback_free (Loopback *self)
{
  loopback_stop (self);
  g_ptr_array_unref (self->endpoints);
  g_free (self->gateway_url);
  g_free (self->api_url);
  lb_report_free (self->report);
  lb_settings_free (self->settings);
  g_free (self);
}

static gboolean
do_set (Loopback *self, gconstpointer name, gconstpointer value, GError **error)
{
  return lb_settings_set (
      self->settings, name, value, self->core != NULL, error);
}

gboolean
loopback_set (
    Loopback *self, const char *name, const char *value, GError **error)
{
  return request (self, do_set, name, value, error);
}

void
loopback_set_tap (Loopback *self, LoopbackTap tap, gpointer user_data)
{
  g_return_if_fail (self->thread == NULL);
  self->tap = tap;
  self->tap_data = user_data;
}

static gpointer
run (gpointer user_data)
{
  Loopback *self = user_data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static gboolean
do_open (Loopback *self, gconstpointer a, gconstpointer b, GError **error)
{
  self->core = lb_core_new (self->settings, self->report, self->context,
      self->tap, self->tap_data, error);
  return self->core != NULL;
}

static gboolean
do_close (Loopback *self, gconstpointer a, gconstpointer b, GError **error)
{
  g_clear_pointer (&self->core, lb_core_free);
  return TRUE;
}

static void
join_thread (Loopback *self)
{
  g_main_loop_quit (self->loop);
  g_clear_pointer (&self->thread, g_thread_join);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
}

static void
note_addresses (Loopback *self)
{
  g_autofree char *http = NULL;

  self->port = self->core->port;
  g_free (self->gateway_url);
  self->gateway_url = lb_core_url (self->core, "ws", self->port);
  http = lb_core_url (self->core, "http", self->port);
  g_free (self->api_url);
  self->api_url = g_strconcat (http, "/api/v10", NULL);
  g_ptr_array_set_size (self->endpoints, 0);
  for (guint i = 0; i < self->core->voice_servers->len; i++)
    g_ptr_array_add (self->endpoints,
        lb_voice_server_dup_endpoint (self->core->voice_servers->pdata[i]));
}

gboolean
loopback_start (Loopback *self, GError **error)
{
  if (self->thread != NULL || sodium_init () < 0) {
    g_set_error_literal (
        error, LOOPBACK_ERROR, LOOPBACK_ERROR_STATE, "it runs already");
    return FALSE;
  }
  if (self->settings->report != NULL
      && !lb_report_open (self->report, self->settings->report, error))
    return FALSE;
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("loopback", run, self);
  if (!request (self, do_open, NULL, NULL, error)) {
    join_thread (self);
    return FALSE;
  }
  note_addresses (self);
  return TRUE;
}

void
loopback_stop (Loopback *self)
{
  if (self->thread == NULL)
    return;
  request (self, do_close, NULL, NULL, NULL);
  join_thread (self);
  lb_report_close (self->report);
}

char *
loopback_dup_gateway_url (Loopback *self)
{
  return g_strdup (self->gateway_url);
}

char *
loopback_dup_api_url (Loopback *self)
{
  return g_strdup (self->api_url);
}

char *
loopback_dup_voice_endpoint (Loopback *self, guint index)
{
  return index < self->endpoints->len ? g_strdup (self->endpoints->pdata[index])
                                      : NULL;
}

guint
loopback_get_port (Loopback *self)
{
  return self->port;
}

static gboolean
do_act (Loopback *self, gconstpointer text, gconstpointer b, GError **error)
{
  if (self->core != NULL)
    return lb_actions_run (self->core, text, error);
  g_set_error_literal (
      error, LOOPBACK_ERROR, LOOPBACK_ERROR_STATE, "it does not run");
  return FALSE;
}

gboolean
loopback_act (Loopback *self, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return request (self, do_act, text, NULL, error);
}

guint64
loopback_user_for_token (const char *token)
{
  return lb_token_user (token);
}

guint64
loopback_count (Loopback *self, const char *name, guint64 user_id)
{
  return lb_report_count (self->report, name, user_id);
}

gboolean
loopback_wait (Loopback *self, const char *name, guint64 user_id, guint64 count,
    guint timeout_ms)
{
  return lb_report_wait (self->report, name, user_id, count,
      g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000));
}

guint
loopback_count_violations (Loopback *self)
{
  return lb_report_count_violations (self->report);
}

char **
loopback_dup_violations (Loopback *self)
{
  return lb_report_dup_violations (self->report);
}

void
loopback_get_media (Loopback *self, guint64 user_id, LoopbackMedia *media)
{
  lb_report_get_media (self->report, user_id, media);
}

char *
loopback_dup_summary (Loopback *self)
{
  return lb_report_dup_summary (self->report);
}
