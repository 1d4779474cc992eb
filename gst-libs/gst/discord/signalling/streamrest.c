/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "streamrest.h"

#include <gst/discord/gstdiscorderror.h>
#include <math.h>
#include <string.h>

#include "gatewaysettings.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "soupwebsocket.h"

/* Golive section 8 keeps previews below 200 kB; what is far above is none. */
#define MAX_IMAGE (8 * 1024 * 1024)

/* The longest we wait for a 429, and how often for one request. A preview may
 * be late: the next is due in minutes. */
#define MAX_WAIT_S 60
#define MAX_LIMITED 3
/* What failed on its way may pass, but not for ever. */
#define MAX_FAILURES 3
#define BACKOFF_MS 1000

/* Limits are kept until they pass, and these are few. */
#define MAX_LIMITS 256

/* Golive section 8: user accounts come with a browser. */
#define BROWSER                                                                \
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "    \
  "Chrome/128.0.0.0 Safari/537.36"

struct _DiscordStreamRest
{
  DiscordHttp *http;
  gboolean is_local; /* the API is a stand-in without TLS */
  gchar *authorization; /* wiped */
  DiscordScheduler *scheduler;
  GList *jobs; /* Job, owned */
  /* Method and path, "*" for all of them -> gint64 time it may be used again */
  GHashTable *limits;
};

typedef struct
{
  DiscordStreamRest *rest;
  GTask *task;
  const gchar *method;
  gchar *path;
  GBytes *body; /* nullable */
  gboolean wants_url;
  gboolean is_repeatable; /* twice is as good as once */

  DiscordHttpCall *call; /* under way */
  guint timer; /* until the next try */
  guint n_limited;
  guint n_failures;
  GSource *cancelled; /* nullable */
} Job;

static void job_try (Job *job);

static void
job_free (Job *job)
{
  job->rest->jobs = g_list_remove (job->rest->jobs, job);
  g_clear_pointer (&job->call, discord_http_cancel);
  discord_scheduler_clear (job->rest->scheduler, &job->timer);
  if (job->cancelled != NULL) {
    g_source_destroy (job->cancelled);
    g_source_unref (job->cancelled);
  }
  g_clear_pointer (&job->body, g_bytes_unref);
  g_free (job->path);
  g_object_unref (job->task);
  g_free (job);
}

static void
job_fail (Job *job, GError *error)
{
  g_task_return_error (job->task, error);
  job_free (job);
}

static void
job_fail_new (Job *job, GstDiscordError code, const gchar *message)
{
  job_fail (job, g_error_new_literal (GST_DISCORD_ERROR, code, message));
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Job *job = user_data;

  g_task_return_error_if_cancelled (job->task);
  job_free (job);
  return G_SOURCE_REMOVE;
}

/* A new allowance is noted where the old ones have passed. */
static void
note_limit (DiscordStreamRest *self, const gchar *route, gint64 until)
{
  gint64 now = discord_scheduler_now (self->scheduler);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->limits);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (*(gint64 *) value <= now)
      g_hash_table_iter_remove (&iter);
  }
  if (g_hash_table_size (self->limits) < MAX_LIMITS)
    g_hash_table_insert (
        self->limits, g_strdup (route), g_memdup2 (&until, sizeof (until)));
}

static gchar *
job_dup_route (Job *job)
{
  return g_strconcat (job->method, " ", job->path, NULL);
}

/* Microseconds until the job may be sent. */
static gint64
job_get_wait (Job *job)
{
  g_autofree gchar *route = job_dup_route (job);
  const gchar *const names[] = { route, "*" };
  gint64 now = discord_scheduler_now (job->rest->scheduler);
  gint64 wait = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const gint64 *until = g_hash_table_lookup (job->rest->limits, names[i]);

    if (until != NULL)
      wait = MAX (wait, *until - now);
  }
  return wait;
}

static void
try_again (gpointer user_data)
{
  Job *job = user_data;

  job->timer = 0;
  job_try (job);
}

static void
job_try_later (Job *job, gint64 wait_us)
{
  job->timer = discord_scheduler_add (job->rest->scheduler,
      (guint) ((wait_us + G_TIME_SPAN_MILLISECOND - 1)
          / G_TIME_SPAN_MILLISECOND),
      try_again, job);
}

/* The body is finer than the header, and tells whether all of the API is
 * meant. A second when neither can be used. */
static gdouble
parse_retry_after (const DiscordHttpAnswer *answer, gboolean *is_global)
{
  g_autoptr (JsonObject) root =
      discord_json_parse_object (answer->body, answer->length);
  gdouble seconds =
      answer->retry_after >= 0 ? (gdouble) answer->retry_after : 1;
  JsonNode *node;

  *is_global = FALSE;
  if (root == NULL)
    return seconds;
  discord_json_get_bool (root, "global", is_global);
  node = json_object_get_member (root, "retry_after");
  if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && g_type_is_a (json_node_get_value_type (node), G_TYPE_DOUBLE))
    seconds = json_node_get_double (node);
  else if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_INT64)
    seconds = (gdouble) json_node_get_int (node);
  return isfinite (seconds) ? CLAMP (seconds, 0, G_MAXUINT32) : 1;
}

static void
handle_limited (Job *job, const DiscordHttpAnswer *answer)
{
  DiscordStreamRest *self = job->rest;
  g_autofree gchar *route = job_dup_route (job);
  gboolean is_global;
  gdouble seconds = parse_retry_after (answer, &is_global);

  note_limit (self, is_global ? "*" : route,
      discord_scheduler_now (self->scheduler)
          + (gint64) (seconds * G_TIME_SPAN_SECOND));
  job->n_limited++;
  job_try (job);
}

/* It never got there, or the server is ill. */
static void
handle_failure (Job *job, const GError *error, gboolean fatal)
{
  if (fatal || !job->is_repeatable || ++job->n_failures >= MAX_FAILURES) {
    job_fail (job, g_error_copy (error));
    return;
  }
  GST_INFO ("again soon: %s", error->message);
  job_try_later (job, ((gint64) BACKOFF_MS << (job->n_failures - 1)) * 1000);
}

static gboolean
is_usable_url (DiscordStreamRest *self, const gchar *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0')
    return FALSE;
  if (g_str_equal (g_uri_get_scheme (uri), "https"))
    return TRUE;
  return self->is_local && g_str_equal (g_uri_get_scheme (uri), "http")
      && discord_host_is_loopback (host);
}

static void
handle_url (Job *job, const DiscordHttpAnswer *answer)
{
  g_autoptr (JsonObject) root =
      discord_json_parse_object (answer->body, answer->length);
  g_auto (GValue) value = G_VALUE_INIT;
  const gchar *url;

  if (root == NULL || !discord_json_get_string (root, "url", &url)
      || !is_usable_url (job->rest, url)) {
    job_fail_new (job, GST_DISCORD_ERROR_PROTOCOL,
        "Discord's API named no preview of the stream");
    return;
  }
  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, url);
  g_task_return_value (job->task, &value);
  job_free (job);
}

static void
handle_success (Job *job, const DiscordHttpAnswer *answer)
{
  if (job->wants_url) {
    handle_url (job, answer);
    return;
  }
  g_task_return_boolean (job->task, TRUE);
  job_free (job);
}

static void
handle_refusal (Job *job, guint status)
{
  g_autoptr (GError) error = NULL;

  if (status == 401) {
    job_fail_new (job, GST_DISCORD_ERROR_NOT_AUTHORIZED,
        "Discord's API refused the token");
  } else if (status == 403 || status == 404) {
    job_fail_new (
        job, GST_DISCORD_ERROR_STREAM_GONE, "The stream is gone, or not ours");
  } else if (status >= 500) {
    error = g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE,
        "Discord's API answered with HTTP status %u", status);
    handle_failure (job, error, FALSE);
  } else {
    job_fail (job,
        g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL,
            "Discord's API refused the request with HTTP status %u", status));
  }
}

static void
on_answer (const DiscordHttpAnswer *answer, gpointer user_data)
{
  Job *job = user_data;
  DiscordStreamRest *self = job->rest;

  job->call = NULL;
  if (answer->reset_after_ms > 0) {
    g_autofree gchar *route = job_dup_route (job);

    note_limit (self, route,
        discord_scheduler_now (self->scheduler)
            + answer->reset_after_ms * G_TIME_SPAN_MILLISECOND);
  }
  if (answer->status == 0)
    handle_failure (job, answer->error, answer->fatal);
  else if (answer->status >= 200 && answer->status < 300)
    handle_success (job, answer);
  else if (answer->status == DISCORD_HTTP_TOO_MANY_REQUESTS)
    handle_limited (job, answer);
  else
    handle_refusal (job, answer->status);
}

static void
job_try (Job *job)
{
  const DiscordHttpRequest request = {
    .method = job->method,
    .path = job->path,
    .authorization = job->rest->authorization,
    .content_type = "application/json",
    .body = job->body,
  };
  gint64 wait = job_get_wait (job);

  if (job->n_limited > MAX_LIMITED || wait > MAX_WAIT_S * G_TIME_SPAN_SECOND)
    job_fail_new (job, GST_DISCORD_ERROR_RATE_LIMITED,
        "Discord's API answers that we ask too often; try again later");
  else if (wait > 0)
    job_try_later (job, wait);
  else
    job->call = discord_http_send (job->rest->http, &request, on_answer, job);
}

/* @body: (transfer full) (nullable) */
static Job *
job_new (DiscordStreamRest *self, GTask *task, const gchar *method,
    const gchar *stream_key, const gchar *what, GString *body)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autofree gchar *escaped = g_uri_escape_string (stream_key, NULL, FALSE);
  Job *job = g_new0 (Job, 1);

  job->rest = self;
  job->task = g_object_ref (task);
  job->method = method;
  job->path = g_strconcat ("/streams/", escaped, what, NULL);
  job->is_repeatable = TRUE;
  if (body != NULL)
    job->body = g_string_free_to_bytes (body);
  self->jobs = g_list_prepend (self->jobs, job);
  if (cancellable != NULL) {
    job->cancelled = g_cancellable_source_new (cancellable);
    g_source_set_callback (
        job->cancelled, G_SOURCE_FUNC (on_cancelled), job, NULL);
    g_source_attach (job->cancelled, context);
  }
  return job;
}

const gchar *
discord_preview_image_type (GBytes *image)
{
  static const struct
  {
    const gchar *magic;
    gsize length;
    const gchar *type;
  } types[] = {
    { "\xff\xd8\xff", 3, "image/jpeg" },
    { "\x89PNG\r\n\x1a\n", 8, "image/png" },
    { "GIF8", 4, "image/gif" },
  };
  gsize size;
  const guint8 *data = g_bytes_get_data (image, &size);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (size >= types[i].length
        && memcmp (data, types[i].magic, types[i].length) == 0)
      return types[i].type;
  }
  if (size >= 12 && memcmp (data, "RIFF", 4) == 0
      && memcmp (data + 8, "WEBP", 4) == 0)
    return "image/webp";
  return NULL;
}

void
discord_stream_rest_upload_preview (DiscordStreamRest *self,
    const gchar *stream_key, GBytes *image, GTask *task)
{
  const gchar *type = discord_preview_image_type (image);
  g_autofree gchar *base64 = NULL;
  GString *body;
  gsize size;
  gconstpointer data = g_bytes_get_data (image, &size);

  if (type == NULL || size > MAX_IMAGE) {
    g_task_return_new_error (task, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_SETTINGS,
        type == NULL ? "A preview is a JPEG, PNG, GIF or WebP image"
                     : "The preview is too large");
    return;
  }
  base64 = g_base64_encode (data, size);
  body = g_string_new (NULL);
  g_string_append_printf (
      body, "{\"thumbnail\":\"data:%s;base64,%s\"}", type, base64);
  job_try (job_new (self, task, "POST", stream_key, "/preview", body));
}

void
discord_stream_rest_fetch_preview (
    DiscordStreamRest *self, const gchar *stream_key, GTask *task)
{
  Job *job = job_new (self, task, "GET", stream_key, "/preview", NULL);

  job->wants_url = TRUE;
  job_try (job);
}

void
discord_stream_rest_set_region (DiscordStreamRest *self,
    const gchar *stream_key, const gchar *region, GTask *task)
{
  GString *body = g_string_new ("{\"region\":");

  discord_json_append_string (body, region);
  g_string_append_c (body, '}');
  job_try (job_new (self, task, "PATCH", stream_key, "/stream", body));
}

void
discord_stream_rest_notify (
    DiscordStreamRest *self, const gchar *stream_key, GTask *task)
{
  Job *job = job_new (self, task, "POST", stream_key, "/notify", NULL);

  /* Nobody wants to be told twice. */
  job->is_repeatable = FALSE;
  job_try (job);
}

/* Golive section 8 names version 9, as user accounts use it. */
static gchar *
make_api_url (const gchar *api_url)
{
  GString *url =
      g_string_new (api_url != NULL ? api_url : DISCORD_DEFAULT_API_URL);

  while (url->len > 0 && url->str[url->len - 1] == '/')
    g_string_truncate (url, url->len - 1);
  if (g_str_has_suffix (url->str, "/v10")) {
    g_string_truncate (url, url->len - strlen ("10"));
    g_string_append_c (url, '9');
  }
  return g_string_free (url, FALSE);
}

DiscordStreamRest *
discord_stream_rest_new (const gchar *api_url,
    GstDiscordAccountType account_type, const gchar *token,
    GTlsDatabase *tls_database, DiscordScheduler *scheduler)
{
  DiscordStreamRest *self = g_new0 (DiscordStreamRest, 1);
  g_autofree gchar *url = make_api_url (api_url);

  self->http = discord_http_new (url,
      account_type == GST_DISCORD_ACCOUNT_TYPE_USER ? BROWSER : NULL,
      tls_database, scheduler);
  self->is_local = g_ascii_strncasecmp (url, "http:", 5) == 0;
  self->authorization =
      g_strconcat (discord_token_get_scheme (account_type), token, NULL);
  self->scheduler = scheduler;
  self->limits =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
discord_stream_rest_free (DiscordStreamRest *self)
{
  while (self->jobs != NULL)
    job_fail (self->jobs->data,
        g_error_new_literal (
            G_IO_ERROR, G_IO_ERROR_CANCELLED, "The gateway is gone"));
  g_hash_table_unref (self->limits);
  discord_http_free (self->http);
  discord_token_free (self->authorization);
  g_free (self);
}
