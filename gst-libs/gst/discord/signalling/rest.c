/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rest.h"

#include <gst/discord/gstdiscorderror.h>
#include <libsoup/soup.h>
#include <sodium.h>
#include <string.h>

#include "gatewaysettings.h"
#include "json.h"
#include "linkerror.h"
#include "log.h"
#include "thread.h"

/* The real answer has some 200 bytes; a longer one is cut, and then is no valid
 * JSON. */
#define MAX_BODY (64 * 1024)
#define TIMEOUT_MS 10000
/* RFC 6585; libsoup 3.2 has no name for it. */
#define STATUS_TOO_MANY_REQUESTS 429
/* What we are willing to wait for a 429 within one join, and how often. */
#define MAX_RETRY_AFTER_S 20
#define MAX_RETRIES 2

#define USER_AGENT "DiscordBot (" GST_PACKAGE_ORIGIN ", " VERSION ")"

struct _DiscordRest
{
  gchar *api_url;
  gboolean is_discord; /* the default API */
  GstDiscordAccountType account_type;
  gchar *authorization; /* nullable, wiped */
  DiscordScheduler *scheduler;
  SoupSession *session;

  /* The request under way */
  DiscordRestFunc func;
  gpointer user_data;
  GCancellable *cancellable; /* NULL: none */
  guint timer; /* the time-out, or the wait of a 429 */
  guint retries;
};

/* Outlives the DiscordRest when that cancels it. */
typedef struct
{
  DiscordRest *rest; /* dangles once @cancellable is cancelled */
  gboolean owns_thread;
  GCancellable *cancellable;
  SoupMessage *message;
  gchar *body; /* MAX_BODY */
} Request;

static void send_request (DiscordRest *self);

static void
request_free (Request *request)
{
  gboolean owns_thread = request->owns_thread;

  g_object_unref (request->cancellable);
  g_object_unref (request->message);
  g_free (request->body);
  g_free (request);
  if (owns_thread)
    discord_signalling_thread_unref ();
}

static void
end_request (DiscordRest *self)
{
  discord_scheduler_clear (self->scheduler, &self->timer);
  g_clear_object (&self->cancellable);
}

static void
answer (
    DiscordRest *self, const gchar *url, const GError *error, gboolean fatal)
{
  DiscordRestFunc func = self->func;

  end_request (self);
  self->func = NULL;
  func (url, error, fatal, self->user_data);
}

static void
answer_new_error (DiscordRest *self, GstDiscordError code, const gchar *message,
    gboolean fatal)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_DISCORD_ERROR, code, message);

  answer (self, NULL, error, fatal);
}

/* No usable answer. Only for Discord itself is there another way: a token
 * meant for a stand-in must not go there. */
static void
answer_unreachable (DiscordRest *self, const GError *error, gboolean fatal)
{
  if (self->is_discord && !fatal) {
    GST_INFO ("%s; using " DISCORD_DEFAULT_GATEWAY_URL, error->message);
    answer (self, DISCORD_DEFAULT_GATEWAY_URL, NULL, FALSE);
    return;
  }
  answer (self, NULL, error, fatal);
}

static void
retry_now (gpointer user_data)
{
  DiscordRest *self = user_data;

  self->timer = 0;
  end_request (self);
  send_request (self);
}

/* Seconds, from the header; 1 when it is missing or malformed. */
static guint
get_retry_after (SoupMessage *message)
{
  const gchar *header = soup_message_headers_get_one (
      soup_message_get_response_headers (message), "Retry-After");
  guint64 seconds;

  if (header == NULL
      || !g_ascii_string_to_unsigned (
          header, 10, 0, G_MAXUINT32, &seconds, NULL))
    return 1;
  return (guint) seconds;
}

static void
handle_rate_limit (DiscordRest *self, SoupMessage *message)
{
  guint seconds = get_retry_after (message);

  if (seconds > MAX_RETRY_AFTER_S || self->retries >= MAX_RETRIES) {
    answer_new_error (self, GST_DISCORD_ERROR_RATE_LIMITED,
        "Discord's API answers that we ask too often; try again later", FALSE);
    return;
  }
  self->retries++;
  discord_scheduler_clear (self->scheduler, &self->timer);
  self->timer = discord_scheduler_add (
      self->scheduler, MAX (seconds, 1) * 1000, retry_now, self);
}

gchar *
discord_rest_parse_gateway (
    const gchar *body, gsize length, gboolean *identifies_used_up)
{
  g_autoptr (JsonObject) root = discord_json_parse_object (body, length);
  JsonObject *limit;
  const gchar *url;
  gint64 remaining;

  *identifies_used_up = FALSE;
  if (root == NULL || !discord_json_get_string (root, "url", &url)
      || !(g_str_has_prefix (url, "wss://") || g_str_has_prefix (url, "ws://")))
    return NULL;
  if (discord_json_get_object (root, "session_start_limit", &limit)
      && discord_json_get_int (
          limit, "remaining", G_MININT64, G_MAXINT64, &remaining))
    *identifies_used_up = remaining <= 0;
  return g_strdup (url);
}

static void
handle_body (DiscordRest *self, const gchar *body, gsize length)
{
  gboolean used_up;
  g_autofree gchar *url = discord_rest_parse_gateway (body, length, &used_up);
  g_autoptr (GError) error = NULL;

  if (url == NULL) {
    error = g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL,
        "Discord's API named no gateway");
    answer_unreachable (self, error, FALSE);
  } else if (used_up) {
    answer_new_error (self, GST_DISCORD_ERROR_TOO_MANY_SESSIONS,
        "This bot has used up its gateway sessions for today", TRUE);
  } else {
    answer (self, url, NULL, FALSE);
  }
}

static void
handle_response (DiscordRest *self, Request *request, gsize length)
{
  guint status = soup_message_get_status (request->message);
  g_autoptr (GError) error = NULL;

  if (status == SOUP_STATUS_OK) {
    handle_body (self, request->body, length);
  } else if (status == SOUP_STATUS_UNAUTHORIZED) {
    answer_new_error (self, GST_DISCORD_ERROR_NOT_AUTHORIZED,
        "Discord's API refused the token", TRUE);
  } else if (status == STATUS_TOO_MANY_REQUESTS) {
    handle_rate_limit (self, request->message);
  } else {
    error = g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE,
        "Discord's API answered with HTTP status %u", status);
    answer_unreachable (self, error, FALSE);
  }
}

static void
handle_link_error (DiscordRest *self, const GError *error)
{
  gboolean fatal;
  g_autoptr (GError) told =
      discord_link_error_new ("Discord's API", error, &fatal);

  answer_unreachable (self, told, fatal);
}

/* Whether the request was cancelled; frees it then. */
static gboolean
request_is_over (Request *request)
{
  if (!g_cancellable_is_cancelled (request->cancellable))
    return FALSE;
  request_free (request);
  return TRUE;
}

static void
on_body (GObject *stream, GAsyncResult *result, gpointer data)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_input_stream_read_all_finish (
      G_INPUT_STREAM (stream), result, &length, &error);
  if (request_is_over (request))
    return;
  if (error != NULL)
    handle_link_error (request->rest, error);
  else
    handle_response (request->rest, request, length);
  request_free (request);
}

static void
on_sent (GObject *session, GAsyncResult *result, gpointer data)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream =
      soup_session_send_finish (SOUP_SESSION (session), result, &error);

  if (request_is_over (request))
    return;
  if (stream == NULL) {
    handle_link_error (request->rest, error);
    request_free (request);
    return;
  }
  request->body = g_malloc (MAX_BODY);
  g_input_stream_read_all_async (stream, request->body, MAX_BODY,
      G_PRIORITY_DEFAULT, request->cancellable, on_body, request);
}

static void
timed_out (gpointer user_data)
{
  DiscordRest *self = user_data;
  g_autoptr (GError) error = g_error_new_literal (GST_DISCORD_ERROR,
      GST_DISCORD_ERROR_UNREACHABLE, "Discord's API did not answer");

  self->timer = 0;
  g_cancellable_cancel (self->cancellable);
  answer_unreachable (self, error, FALSE);
}

static void
refuse_url (gpointer user_data)
{
  DiscordRest *self = user_data;

  self->timer = 0;
  answer_new_error (
      self, GST_DISCORD_ERROR_SETTINGS, "The API URL cannot be used", TRUE);
}

static SoupMessage *
new_message (DiscordRest *self)
{
  gboolean bot = self->account_type == GST_DISCORD_ACCOUNT_TYPE_BOT;
  g_autofree gchar *url =
      g_strconcat (self->api_url, bot ? "/gateway/bot" : "/gateway", NULL);
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, url);

  if (message == NULL)
    return NULL;
  /* Without TLS nothing may leave this machine, to a proxy neither. */
  if (g_str_equal (g_uri_get_scheme (soup_message_get_uri (message)), "http"))
    soup_session_set_proxy_resolver (self->session, NULL);
  /* A redirect would take the token along. */
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (self->authorization != NULL)
    soup_message_headers_append (soup_message_get_request_headers (message),
        "Authorization", self->authorization);
  return message;
}

static void
send_request (DiscordRest *self)
{
  Request *request;
  SoupMessage *message =
      discord_api_url_check (self->api_url, NULL) ? new_message (self) : NULL;

  self->cancellable = g_cancellable_new ();
  if (message == NULL) {
    self->timer = discord_scheduler_add (self->scheduler, 0, refuse_url, self);
    return;
  }
  request = g_new0 (Request, 1);
  request->rest = self;
  request->owns_thread = discord_signalling_thread_is_self ();
  if (request->owns_thread)
    discord_signalling_thread_ref ();
  request->cancellable = g_object_ref (self->cancellable);
  request->message = message;
  self->timer =
      discord_scheduler_add (self->scheduler, TIMEOUT_MS, timed_out, self);
  soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT,
      self->cancellable, on_sent, request);
}

void
discord_rest_find_gateway (
    DiscordRest *self, DiscordRestFunc func, gpointer user_data)
{
  if (self->func != NULL)
    return;
  self->func = func;
  self->user_data = user_data;
  self->retries = 0;
  send_request (self);
}

DiscordRest *
discord_rest_new (const gchar *api_url, GstDiscordAccountType account_type,
    const gchar *token, GTlsDatabase *tls_database, DiscordScheduler *scheduler)
{
  DiscordRest *self = g_new0 (DiscordRest, 1);

  self->is_discord =
      api_url == NULL || g_str_equal (api_url, DISCORD_DEFAULT_API_URL);
  self->api_url =
      g_strdup (api_url != NULL ? api_url : DISCORD_DEFAULT_API_URL);
  while (g_str_has_suffix (self->api_url, "/"))
    self->api_url[strlen (self->api_url) - 1] = '\0';
  self->account_type = account_type;
  if (account_type == GST_DISCORD_ACCOUNT_TYPE_BOT)
    self->authorization = g_strconcat ("Bot ", token, NULL);
  self->scheduler = scheduler;
  self->session =
      soup_session_new_with_options ("user-agent", USER_AGENT, NULL);
  if (tls_database != NULL)
    soup_session_set_tls_database (self->session, tls_database);
  return self;
}

void
discord_rest_free (DiscordRest *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  end_request (self);
  soup_session_abort (self->session);
  g_object_unref (self->session);
  if (self->authorization != NULL)
    sodium_memzero (self->authorization, strlen (self->authorization));
  g_free (self->authorization);
  g_free (self->api_url);
  g_free (self);
}
