/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Previews and the rest of Go Live's REST API, against a real HTTP server. Time
 * is what the requests make of it: whatever they wait for comes at once, and is
 * written down. */
#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/signalling/json.h>
#include <gst/discord/signalling/streamrest.h>
#include <libsoup/soup.h>
#include <string.h>

#include "fakes/hastyscheduler.h"

#define TOKEN "sEcReT"
#define KEY "guild:1:2:3"
#define PREVIEW "/api/v9/streams/guild%3A1%3A2%3A3/preview"

typedef struct
{
  guint status;
  const gchar *body;
  const gchar *retry_after;
  const gchar *reset_after; /* with an allowance of 0 left */
} Answer;

typedef struct
{
  SoupServer *server;
  gchar *url;
  HastyScheduler *scheduler;
  DiscordStreamRest *rest;
  GObject *source;
  GCancellable *cancellable;
  const Answer *answers; /* the n-th, then the last again */
  guint n_answers;
  gboolean silent; /* it gets requests and says nothing */
  GPtrArray *unanswered; /* SoupServerMessage */
  guint n_requests;
  /* Of the last one */
  gchar *method;
  gchar *path;
  gchar *authorization;
  gchar *user_agent;
  gchar *content_type;
  gchar *body;
  GAsyncResult *result;
} Fixture;

static void
keep (gchar **member, const gchar *value)
{
  g_free (*member);
  *member = g_strdup (value);
}

static void
note_request (Fixture *f, SoupServerMessage *message)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_request_headers (message);
  g_autoptr (GBytes) body = soup_message_body_flatten (
      soup_server_message_get_request_body (message));
  g_autofree gchar *path =
      g_uri_to_string (soup_server_message_get_uri (message));

  f->n_requests++;
  keep (&f->method, soup_server_message_get_method (message));
  keep (&f->path, strstr (path, "/api"));
  keep (&f->authorization,
      soup_message_headers_get_one (headers, "Authorization"));
  keep (&f->user_agent, soup_message_headers_get_one (headers, "User-Agent"));
  keep (
      &f->content_type, soup_message_headers_get_one (headers, "Content-Type"));
  g_free (f->body);
  f->body = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  Fixture *f = data;
  const Answer *answer = &f->answers[MIN (f->n_requests, f->n_answers - 1)];
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);

  note_request (f, message);
  if (f->silent) {
    soup_server_message_pause (message);
    g_ptr_array_add (f->unanswered, g_object_ref (message));
    return;
  }
  soup_server_message_set_status (message, answer->status, NULL);
  if (answer->retry_after != NULL)
    soup_message_headers_append (headers, "Retry-After", answer->retry_after);
  if (answer->reset_after != NULL) {
    soup_message_headers_append (headers, "X-RateLimit-Remaining", "0");
    soup_message_headers_append (
        headers, "X-RateLimit-Reset-After", answer->reset_after);
  }
  if (answer->body != NULL)
    soup_server_message_set_response (message, "application/json",
        SOUP_MEMORY_COPY, answer->body, strlen (answer->body));
}

static Fixture *
fixture_new (GstDiscordAccountType type, const Answer *answers, guint n_answers)
{
  Fixture *f = g_new0 (Fixture, 1);
  GSList *uris;

  f->answers = answers;
  f->n_answers = n_answers;
  f->source = g_object_new (G_TYPE_OBJECT, NULL);
  f->cancellable = g_cancellable_new ();
  f->unanswered = g_ptr_array_new_with_free_func (g_object_unref);
  f->server =
      soup_server_new ("server-header", "test ", "raw-paths", TRUE, NULL);
  soup_server_add_handler (f->server, NULL, on_request, f, NULL);
  fail_unless (soup_server_listen_local (
      f->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (f->server);
  f->url = g_strdup_printf (
      "http://127.0.0.1:%d/api/v10/", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  f->scheduler = hasty_scheduler_new ();
  f->rest = discord_stream_rest_new (
      f->url, type, TOKEN, NULL, &f->scheduler->parent);
  return f;
}

#define FIXTURE(answers)                                                       \
  fixture_new (GST_DISCORD_ACCOUNT_TYPE_USER, answers, G_N_ELEMENTS (answers))

static void
fixture_free (Fixture *f)
{
  g_clear_pointer (&f->rest, discord_stream_rest_free);
  hasty_scheduler_free (f->scheduler);
  for (guint i = 0; i < f->unanswered->len; i++)
    soup_server_message_unpause (f->unanswered->pdata[i]);
  g_ptr_array_unref (f->unanswered);
  soup_server_disconnect (f->server);
  g_object_unref (f->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&f->result);
  g_object_unref (f->source);
  g_object_unref (f->cancellable);
  g_free (f->url);
  g_free (f->method);
  g_free (f->path);
  g_free (f->authorization);
  g_free (f->user_agent);
  g_free (f->content_type);
  g_free (f->body);
  g_free (f);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  fail_unless (f->result == NULL);
  f->result = g_object_ref (result);
}

static void
upload (Fixture *f, const gchar *image, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (image, length);
  g_autoptr (GTask) task = g_task_new (f->source, f->cancellable, on_done, f);

  discord_stream_rest_upload_preview (f->rest, KEY, bytes, task);
}

static void
upload_jpeg (Fixture *f)
{
  upload (f, "\xff\xd8\xff\xe0 picture", 12);
}

static void
fetch (Fixture *f)
{
  g_autoptr (GTask) task = g_task_new (f->source, f->cancellable, on_done, f);

  discord_stream_rest_fetch_preview (f->rest, KEY, task);
}

static void
notify (Fixture *f)
{
  g_autoptr (GTask) task = g_task_new (f->source, f->cancellable, on_done, f);

  discord_stream_rest_notify (f->rest, KEY, task);
}

static void
wait_result (Fixture *f)
{
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
expect_success (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  wait_result (f);
  fail_unless (g_task_propagate_boolean (G_TASK (f->result), &error), "%s",
      error != NULL ? error->message : "no error");
  g_clear_object (&f->result);
}

static void
expect_error (Fixture *f, GQuark domain, gint code)
{
  g_autoptr (GError) error = NULL;

  wait_result (f);
  fail_if (g_task_propagate_boolean (G_TASK (f->result), &error));
  fail_unless (g_error_matches (error, domain, code), "%s", error->message);
  fail_unless (strstr (error->message, TOKEN) == NULL);
  g_clear_object (&f->result);
}

static void
expect_waits (Fixture *f, const gchar *waits)
{
  fail_unless_equals_string (f->scheduler->waits->str, waits);
  g_string_truncate (f->scheduler->waits, 0);
}

static const Answer ok[] = { { .status = 204 } };

GST_START_TEST (test_upload)
{
  static const struct
  {
    const gchar *image;
    gsize length;
    const gchar *type;
  } images[] = {
    { "\xff\xd8\xff\xe0 picture", 12, "image/jpeg" },
    { "\x89PNG\r\n\x1a\n.", 9, "image/png" },
    { "GIF89a", 6, "image/gif" },
    { "RIFF\1\2\3\4WEBPVP8 ", 16, "image/webp" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (images); i++) {
    Fixture *f = FIXTURE (ok);
    g_autofree gchar *base64 =
        g_base64_encode ((const guchar *) images[i].image, images[i].length);
    g_autofree gchar *url =
        g_strdup_printf ("data:%s;base64,%s", images[i].type, base64);
    g_autoptr (JsonObject) body = NULL;
    const gchar *thumbnail;

    upload (f, images[i].image, images[i].length);
    expect_success (f);
    fail_unless_equals_string (f->method, "POST");
    fail_unless_equals_string (f->path, PREVIEW);
    fail_unless_equals_string (f->authorization, TOKEN);
    fail_unless (g_str_has_prefix (f->user_agent, "Mozilla/5.0 "));
    fail_unless_equals_string (f->content_type, "application/json");
    body = discord_json_parse_object (f->body, strlen (f->body));
    fail_unless (body != NULL);
    fail_unless (discord_json_get_string (body, "thumbnail", &thumbnail));
    fail_unless_equals_string (thumbnail, url);
    expect_waits (f, "");
    fixture_free (f);
  }
}

GST_END_TEST

/* Nothing that is no picture goes out. */
GST_START_TEST (test_bad_images)
{
  static const struct
  {
    const gchar *image;
    gsize length;
  } images[] = {
    { "", 0 },
    { "\xff\xd8", 2 },
    { "<svg/>", 6 },
    { "RIFF\1\2\3\4WEB", 11 },
    { "RIFF\1\2\3\4WAVEfmt ", 16 },
    { "\x89PNG\r\n\n\n", 8 },
  };
  Fixture *f = FIXTURE (ok);
  g_autofree gchar *huge = g_malloc0 (9 * 1024 * 1024);

  for (guint i = 0; i < G_N_ELEMENTS (images); i++) {
    upload (f, images[i].image, images[i].length);
    expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS);
  }
  memcpy (huge, "GIF8", 4);
  upload (f, huge, 9 * 1024 * 1024);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS);
  fail_unless_equals_int (f->n_requests, 0);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_accounts)
{
  static const struct
  {
    GstDiscordAccountType type;
    const gchar *authorization;
  } cases[] = {
    { GST_DISCORD_ACCOUNT_TYPE_USER, TOKEN },
    { GST_DISCORD_ACCOUNT_TYPE_BEARER, "Bearer " TOKEN },
    { GST_DISCORD_ACCOUNT_TYPE_BOT, "Bot " TOKEN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture *f = fixture_new (cases[i].type, ok, 1);

    notify (f);
    expect_success (f);
    fail_unless_equals_string (f->method, "POST");
    fail_unless_equals_string (
        f->path, "/api/v9/streams/guild%3A1%3A2%3A3/notify");
    fail_unless_equals_string (f->authorization, cases[i].authorization);
    fixture_free (f);
  }
}

GST_END_TEST

GST_START_TEST (test_region)
{
  Fixture *f = FIXTURE (ok);
  g_autoptr (GTask) task = g_task_new (f->source, NULL, on_done, f);

  discord_stream_rest_set_region (f->rest, KEY, "rot\"terdam", task);
  expect_success (f);
  fail_unless_equals_string (f->method, "PATCH");
  fail_unless_equals_string (
      f->path, "/api/v9/streams/guild%3A1%3A2%3A3/stream");
  fail_unless_equals_string (f->body, "{\"region\":\"rot\\\"terdam\"}");
  fixture_free (f);
}

GST_END_TEST

static gchar *
fetch_answer (const Answer *answer, GError **error)
{
  Fixture *f = fixture_new (GST_DISCORD_ACCOUNT_TYPE_USER, answer, 1);
  g_auto (GValue) value = G_VALUE_INIT;
  gchar *url = NULL;

  fetch (f);
  wait_result (f);
  fail_unless_equals_string (f->method, "GET");
  fail_unless_equals_string (f->path, PREVIEW);
  if (g_task_propagate_value (G_TASK (f->result), &value, error))
    url = g_value_dup_string (&value);
  fixture_free (f);
  return url;
}

GST_START_TEST (test_fetch)
{
  static const Answer good[] = {
    { 200, "{\"url\":\"https://cdn.example/streams/k/h.png\"}", NULL, NULL },
    /* A stand-in's, only because the API is on this machine too. */
    { 200, "{\"url\":\"http://127.0.0.1:1/h.png\",\"new\":1}", NULL, NULL },
  };
  static const Answer bad[] = {
    { 200, "", NULL, NULL },
    { 204, NULL, NULL, NULL },
    { 200, "[]", NULL, NULL },
    { 200, "{}", NULL, NULL },
    { 200, "{\"url\":null}", NULL, NULL },
    { 200, "{\"url\":7}", NULL, NULL },
    { 200, "{\"url\":\"\"}", NULL, NULL },
    { 200, "{\"url\":\"h.png\"}", NULL, NULL },
    { 200, "{\"url\":\"https:///h.png\"}", NULL, NULL },
    { 200, "{\"url\":\"http://cdn.example/h.png\"}", NULL, NULL },
    { 200, "{\"url\":\"file:///etc/passwd\"}", NULL, NULL },
    { 200, "{\"url\":\"javascript:alert(1)\"}", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *url = fetch_answer (&good[i], NULL);

    fail_unless (url != NULL && strstr (good[i].body, url) != NULL);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    fail_unless (fetch_answer (&bad[i], &error) == NULL, "%s", bad[i].body);
    fail_unless (
        g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL));
  }
}

GST_END_TEST

/* Asked once: asking again changes nothing. */
GST_START_TEST (test_refused)
{
  static const struct
  {
    Answer answer;
    gint error;
  } cases[] = {
    { { .status = 401 }, GST_DISCORD_ERROR_NOT_AUTHORIZED },
    { { .status = 403 }, GST_DISCORD_ERROR_STREAM_GONE },
    { { .status = 404 }, GST_DISCORD_ERROR_STREAM_GONE },
    { { .status = 400 }, GST_DISCORD_ERROR_PROTOCOL },
    /* Not followed: it would take the token along. */
    { { .status = 302 }, GST_DISCORD_ERROR_PROTOCOL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture *f =
        fixture_new (GST_DISCORD_ACCOUNT_TYPE_USER, &cases[i].answer, 1);

    upload_jpeg (f);
    expect_error (f, GST_DISCORD_ERROR, cases[i].error);
    fail_unless_equals_int (f->n_requests, 1);
    expect_waits (f, "");
    fixture_free (f);
  }
}

GST_END_TEST

GST_START_TEST (test_rate_limited)
{
  static const struct
  {
    Answer limited;
    const gchar *waits;
  } cases[] = {
    { { 429, "{\"retry_after\":2.25,\"global\":false}", "9", NULL }, "2250 " },
    { { 429, "{\"retry_after\":3}", NULL, NULL }, "3000 " },
    { { 429, "{\"retry_after\":60}", NULL, NULL }, "60000 " },
    { { 429, "nonsense", "9", NULL }, "9000 " },
    { { 429, "{\"retry_after\":\"2\"}", "x", NULL }, "1000 " },
    { { 429, "none", "1.5", NULL }, "2000 " },
    { { 429, NULL, NULL, NULL }, "1000 " },
    { { 429, "{\"retry_after\":-5}", NULL, NULL }, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Answer answers[] = { cases[i].limited, { .status = 204 } };
    Fixture *f = FIXTURE (answers);

    upload_jpeg (f);
    expect_success (f);
    fail_unless_equals_int (f->n_requests, 2);
    expect_waits (f, cases[i].waits);
    fixture_free (f);
  }
}

GST_END_TEST

/* Neither for ever, nor for long. */
GST_START_TEST (test_limits_of_patience)
{
  static const Answer always[] = { { 429, NULL, "1", NULL } };
  static const Answer late[] = { { 429, "{\"retry_after\":61}", NULL, NULL },
    { .status = 204 } };
  Fixture *f = FIXTURE (always);

  upload_jpeg (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_RATE_LIMITED);
  fail_unless_equals_int (f->n_requests, 4);
  expect_waits (f, "1000 1000 1000 ");
  fixture_free (f);

  f = FIXTURE (late);
  upload_jpeg (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_RATE_LIMITED);
  /* The next is not even sent, as long as the server says so; what is not
   * limited is. */
  upload_jpeg (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_RATE_LIMITED);
  fail_unless_equals_int (f->n_requests, 1);
  notify (f);
  expect_success (f);
  f->scheduler->now += 61 * G_TIME_SPAN_SECOND;
  upload_jpeg (f);
  expect_success (f);
  fail_unless_equals_int (f->n_requests, 3);
  expect_waits (f, "");
  fixture_free (f);
}

GST_END_TEST

/* One that holds for everything, and one that is foretold. */
GST_START_TEST (test_other_limits)
{
  static const Answer global[] = {
    { 429, "{\"retry_after\":61.0,\"global\":true}", NULL, NULL },
    { .status = 204 },
  };
  static const Answer used_up[] = { { 204, NULL, NULL, "1.5" },
    { .status = 204 } };
  Fixture *f = FIXTURE (global);

  upload_jpeg (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_RATE_LIMITED);
  notify (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_RATE_LIMITED);
  fail_unless_equals_int (f->n_requests, 1);
  fixture_free (f);

  f = FIXTURE (used_up);
  upload_jpeg (f);
  expect_success (f);
  expect_waits (f, "");
  upload_jpeg (f);
  expect_success (f);
  expect_waits (f, "1501 ");
  fixture_free (f);
}

GST_END_TEST

/* A server that is ill for a while. Friends are not told twice. */
GST_START_TEST (test_failures)
{
  static const Answer ill[] = { { .status = 500 }, { .status = 503 },
    { .status = 204 } };
  static const Answer dead[] = { { .status = 502 } };
  Fixture *f = FIXTURE (ill);

  upload_jpeg (f);
  expect_success (f);
  expect_waits (f, "1000 2000 ");
  fixture_free (f);

  f = FIXTURE (dead);
  upload_jpeg (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE);
  fail_unless_equals_int (f->n_requests, 3);
  expect_waits (f, "1000 2000 ");
  notify (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE);
  fail_unless_equals_int (f->n_requests, 4);
  fixture_free (f);

  f = FIXTURE (dead);
  soup_server_disconnect (f->server);
  upload_jpeg (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE);
  expect_waits (f, "1000 2000 ");
  fixture_free (f);
}

GST_END_TEST

static void
wait_requests (Fixture *f, guint n)
{
  while (f->n_requests < n)
    g_main_context_iteration (NULL, TRUE);
}

GST_START_TEST (test_slow)
{
  Fixture *f = FIXTURE (ok);

  f->silent = TRUE;
  upload_jpeg (f);
  for (guint i = 1; i <= 3; i++) {
    wait_requests (f, i);
    fail_unless (f->result == NULL);
    hasty_scheduler_time_out (f->scheduler);
  }
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE);
  expect_waits (f, "1000 2000 ");
  fixture_free (f);
}

GST_END_TEST

/* Cancelled at once, when the server has it, and while waiting to ask again. */
GST_START_TEST (test_cancelled)
{
  static const Answer ill[] = { { .status = 500 } };

  for (guint stage = 0; stage < 3; stage++) {
    Fixture *f = FIXTURE (ill);

    f->silent = stage == 1;
    if (stage == 0)
      g_cancellable_cancel (f->cancellable);
    upload_jpeg (f);
    if (stage > 0)
      wait_requests (f, 1);
    if (stage == 2)
      while (f->scheduler->waits->len == 0)
        g_main_context_iteration (NULL, TRUE);
    g_cancellable_cancel (f->cancellable);
    expect_error (f, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    fixture_free (f);
  }
}

GST_END_TEST

/* Freed under way: whoever waits is told. */
GST_START_TEST (test_freed)
{
  for (guint n = 0; n < 2; n++) {
    Fixture *f = FIXTURE (ok);

    f->silent = TRUE;
    upload_jpeg (f);
    wait_requests (f, n);
    g_clear_pointer (&f->rest, discord_stream_rest_free);
    expect_error (f, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    fixture_free (f);
  }
}

GST_END_TEST

GST_START_TEST (test_bad_url)
{
  Fixture *f = FIXTURE (ok);

  discord_stream_rest_free (f->rest);
  f->rest = discord_stream_rest_new ("http://192.0.2.1/api/v10",
      GST_DISCORD_ACCOUNT_TYPE_USER, TOKEN, NULL, &f->scheduler->parent);
  upload_jpeg (f);
  expect_error (f, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS);
  fixture_free (f);
}

GST_END_TEST

static Suite *
streamrest_suite (void)
{
  Suite *s = suite_create ("streamrest");
  TCase *tc = tcase_create ("rest");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_upload);
  tcase_add_test (tc, test_bad_images);
  tcase_add_test (tc, test_accounts);
  tcase_add_test (tc, test_region);
  tcase_add_test (tc, test_fetch);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_rate_limited);
  tcase_add_test (tc, test_limits_of_patience);
  tcase_add_test (tc, test_other_limits);
  tcase_add_test (tc, test_failures);
  tcase_add_test (tc, test_slow);
  tcase_add_test (tc, test_cancelled);
  tcase_add_test (tc, test_freed);
  tcase_add_test (tc, test_bad_url);
  return s;
}

GST_CHECK_MAIN (streamrest);
