/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "http.h"

#include <gst/discord/gstdiscorderror.h>
#include <libsoup/soup.h>
#include <string.h>

#include "gatewaysettings.h"
#include "linkerror.h"
#include "thread.h"

/* Real answers have some hundred bytes; a longer one is cut, and then is no
 * valid JSON. */
#define MAX_BODY (64 * 1024)
#define TIMEOUT_MS 10000

#define USER_AGENT "DiscordBot (" GST_PACKAGE_ORIGIN ", " VERSION ")"

struct _DiscordHttp
{
  gchar *api_url; /* no slash at its end */
  DiscordScheduler *scheduler;
  SoupSession *session;
};

/* Outlives its end as long as libsoup works on it. */
struct _DiscordHttpCall
{
  DiscordHttp *http; /* dangles once it is over */
  DiscordHttpFunc func;
  gpointer user_data;
  guint timer; /* the time-out */
  gboolean over; /* answered or cancelled */
  gboolean pending; /* libsoup will call back */
  gboolean owns_thread;
  GCancellable *cancellable;
  SoupMessage *message; /* NULL: the URL cannot be used */
  gchar *body; /* MAX_BODY */
};

static void
call_free (DiscordHttpCall *call)
{
  gboolean owns_thread = call->owns_thread;

  g_object_unref (call->cancellable);
  g_clear_object (&call->message);
  g_free (call->body);
  g_free (call);
  if (owns_thread)
    discord_signalling_thread_unref ();
}

static void
call_end (DiscordHttpCall *call)
{
  call->over = TRUE;
  discord_scheduler_clear (call->http->scheduler, &call->timer);
}

/* Frees the call, now or when libsoup is done with it. */
static void
call_answer (DiscordHttpCall *call, const DiscordHttpAnswer *answer)
{
  call_end (call);
  call->func (answer, call->user_data);
  if (!call->pending)
    call_free (call);
}

static void
call_answer_error (DiscordHttpCall *call, const GError *error, gboolean fatal)
{
  const DiscordHttpAnswer answer = {
    .retry_after = -1,
    .reset_after_ms = -1,
    .error = error,
    .fatal = fatal,
  };

  call_answer (call, &answer);
}

static void
call_fail (DiscordHttpCall *call, GstDiscordError code, const gchar *message)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_DISCORD_ERROR, code, message);

  call_answer_error (call, error, code == GST_DISCORD_ERROR_SETTINGS);
}

static const gchar *
get_header (SoupMessage *message, const gchar *name)
{
  return soup_message_headers_get_one (
      soup_message_get_response_headers (message), name);
}

static gint64
get_retry_after (SoupMessage *message)
{
  const gchar *header = get_header (message, "Retry-After");
  gdouble seconds;
  gint64 whole;
  gchar *end;

  if (header == NULL)
    return -1;
  seconds = g_ascii_strtod (header, &end);
  /* Whole ones are expected; a fraction is no less of a wait. */
  if (end == header || *end != '\0'
      || !(seconds >= 0 && seconds <= G_MAXUINT32))
    return -1;
  whole = (gint64) seconds;
  return seconds > (gdouble) whole ? whole + 1 : whole;
}

static gint64
get_reset_after_ms (SoupMessage *message)
{
  const gchar *remaining = get_header (message, "X-RateLimit-Remaining");
  const gchar *after = get_header (message, "X-RateLimit-Reset-After");
  gdouble seconds;

  if (g_strcmp0 (remaining, "0") != 0 || after == NULL)
    return -1;
  seconds = g_ascii_strtod (after, NULL);
  if (!(seconds >= 0 && seconds <= G_MAXUINT32))
    return -1;
  return (gint64) (seconds * 1000) + 1;
}

/* Whether the call went on without libsoup; frees it then. */
static gboolean
call_is_over (DiscordHttpCall *call)
{
  call->pending = FALSE;
  if (!call->over)
    return FALSE;
  call_free (call);
  return TRUE;
}

static void
call_link_failed (DiscordHttpCall *call, const GError *error)
{
  gboolean fatal;
  g_autoptr (GError) told =
      discord_link_error_new ("Discord's API", error, &fatal);

  call_answer_error (call, told, fatal);
}

static void
on_body (GObject *stream, GAsyncResult *result, gpointer data)
{
  DiscordHttpCall *call = data;
  DiscordHttpAnswer answer = { 0 };
  g_autoptr (GError) error = NULL;

  g_input_stream_read_all_finish (
      G_INPUT_STREAM (stream), result, &answer.length, &error);
  if (call_is_over (call))
    return;
  if (error != NULL) {
    call_link_failed (call, error);
    return;
  }
  answer.status = soup_message_get_status (call->message);
  answer.body = call->body;
  answer.retry_after = get_retry_after (call->message);
  answer.reset_after_ms = get_reset_after_ms (call->message);
  call_answer (call, &answer);
}

static void
on_sent (GObject *session, GAsyncResult *result, gpointer data)
{
  DiscordHttpCall *call = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream =
      soup_session_send_finish (SOUP_SESSION (session), result, &error);

  if (call_is_over (call))
    return;
  if (stream == NULL) {
    call_link_failed (call, error);
    return;
  }
  call->body = g_malloc (MAX_BODY);
  call->pending = TRUE;
  g_input_stream_read_all_async (stream, call->body, MAX_BODY,
      G_PRIORITY_DEFAULT, call->cancellable, on_body, call);
}

static void
timed_out (gpointer user_data)
{
  DiscordHttpCall *call = user_data;

  call->timer = 0;
  if (call->message == NULL) {
    call_fail (call, GST_DISCORD_ERROR_SETTINGS, "The API URL cannot be used");
    return;
  }
  g_cancellable_cancel (call->cancellable);
  call_fail (
      call, GST_DISCORD_ERROR_UNREACHABLE, "Discord's API did not answer");
}

/* NULL: the URL cannot be used. */
static SoupMessage *
new_message (DiscordHttp *self, const DiscordHttpRequest *request)
{
  g_autofree gchar *url = g_strconcat (self->api_url, request->path, NULL);
  SoupMessage *message;

  if (!discord_api_url_check (self->api_url, NULL))
    return NULL;
  message = soup_message_new (request->method, url);
  if (message == NULL)
    return NULL;
  /* Without TLS nothing may leave this machine, to a proxy neither. */
  if (g_str_equal (g_uri_get_scheme (soup_message_get_uri (message)), "http"))
    soup_session_set_proxy_resolver (self->session, NULL);
  /* A redirect would take the token along. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (request->authorization != NULL)
    soup_message_headers_append (soup_message_get_request_headers (message),
        "Authorization", request->authorization);
  if (request->body != NULL)
    soup_message_set_request_body_from_bytes (
        message, request->content_type, request->body);
  return message;
}

DiscordHttpCall *
discord_http_send (DiscordHttp *self, const DiscordHttpRequest *request,
    DiscordHttpFunc func, gpointer user_data)
{
  DiscordHttpCall *call = g_new0 (DiscordHttpCall, 1);

  call->http = self;
  call->func = func;
  call->user_data = user_data;
  call->cancellable = g_cancellable_new ();
  call->owns_thread = discord_signalling_thread_is_self ();
  if (call->owns_thread)
    discord_signalling_thread_ref ();
  call->message = new_message (self, request);
  call->timer = discord_scheduler_add (
      self->scheduler, call->message != NULL ? TIMEOUT_MS : 0, timed_out, call);
  if (call->message == NULL)
    return call;
  call->pending = TRUE;
  soup_session_send_async (self->session, call->message, G_PRIORITY_DEFAULT,
      call->cancellable, on_sent, call);
  return call;
}

void
discord_http_cancel (DiscordHttpCall *call)
{
  call_end (call);
  g_cancellable_cancel (call->cancellable);
  if (!call->pending)
    call_free (call);
}

DiscordHttp *
discord_http_new (const gchar *api_url, const gchar *user_agent,
    GTlsDatabase *tls_database, DiscordScheduler *scheduler)
{
  DiscordHttp *self = g_new0 (DiscordHttp, 1);

  self->api_url =
      g_strdup (api_url != NULL ? api_url : DISCORD_DEFAULT_API_URL);
  while (g_str_has_suffix (self->api_url, "/"))
    self->api_url[strlen (self->api_url) - 1] = '\0';
  self->scheduler = scheduler;
  self->session = soup_session_new_with_options (
      "user-agent", user_agent != NULL ? user_agent : USER_AGENT, NULL);
  if (tls_database != NULL)
    soup_session_set_tls_database (self->session, tls_database);
  return self;
}

void
discord_http_free (DiscordHttp *self)
{
  soup_session_abort (self->session);
  g_object_unref (self->session);
  g_free (self->api_url);
  g_free (self);
}
