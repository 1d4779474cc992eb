/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The REST question for the gateway, against a real HTTP server. */
#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/signalling/rest.h>
#include <libsoup/soup.h>
#include <string.h>

#define TOKEN "sEcReT"

typedef struct
{
  SoupServer *server;
  gchar *url;
  DiscordScheduler *scheduler;
  DiscordRest *rest;
  /* What the server answers: the n-th status, then the last again */
  const guint *statuses;
  guint n_statuses;
  const gchar *body;
  const gchar *retry_after;
  guint n_requests;
  gchar *path;
  gchar *authorization;

  gboolean answered;
  gchar *found;
  GError *error;
  gboolean fatal;
} Fixture;

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer data)
{
  Fixture *f = data;
  guint n = MIN (f->n_requests, f->n_statuses - 1);
  SoupMessageHeaders *request =
      soup_server_message_get_request_headers (message);

  f->n_requests++;
  g_free (f->path);
  f->path = g_strdup (path);
  g_free (f->authorization);
  f->authorization =
      g_strdup (soup_message_headers_get_one (request, "Authorization"));
  soup_server_message_set_status (message, f->statuses[n], NULL);
  if (f->statuses[n] == 302)
    soup_message_headers_append (
        soup_server_message_get_response_headers (message), "Location",
        "/elsewhere");
  if (f->retry_after != NULL)
    soup_message_headers_append (
        soup_server_message_get_response_headers (message), "Retry-After",
        f->retry_after);
  soup_server_message_set_response (
      message, "application/json", SOUP_MEMORY_COPY, f->body, strlen (f->body));
}

static void
on_answer (const gchar *url, const GError *error, gboolean fatal, gpointer data)
{
  Fixture *f = data;

  fail_if (f->answered);
  fail_unless ((url != NULL) != (error != NULL));
  f->answered = TRUE;
  f->found = g_strdup (url);
  f->error = error != NULL ? g_error_copy (error) : NULL;
  f->fatal = fatal;
}

static Fixture *
fixture_new (
    GstDiscordAccountType type, const guint *statuses, const gchar *body)
{
  Fixture *f = g_new0 (Fixture, 1);
  GSList *uris;

  f->statuses = statuses;
  while (statuses[f->n_statuses] != 0)
    f->n_statuses++;
  f->body = body;
  f->server = soup_server_new ("server-header", "test ", NULL);
  soup_server_add_handler (f->server, NULL, on_request, f, NULL);
  fail_unless (soup_server_listen_local (
      f->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (f->server);
  f->url = g_strdup_printf (
      "http://127.0.0.1:%d/api/v10/", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  f->scheduler = discord_scheduler_new_main (g_main_context_default ());
  f->rest = discord_rest_new (f->url, type, TOKEN, NULL, f->scheduler);
  return f;
}

static void
fixture_free (Fixture *f)
{
  if (f->rest != NULL)
    discord_rest_free (f->rest);
  discord_scheduler_free_main (f->scheduler);
  soup_server_disconnect (f->server);
  g_object_unref (f->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_free (f->url);
  g_free (f->path);
  g_free (f->authorization);
  g_free (f->found);
  g_clear_error (&f->error);
  g_free (f);
}

static void
ask (Fixture *f)
{
  discord_rest_find_gateway (f->rest, on_answer, f);
  fail_if (f->answered);
  while (!f->answered)
    g_main_context_iteration (NULL, TRUE);
}

static const guint ok[] = { 200, 0 };

GST_START_TEST (test_bot)
{
  Fixture *f = fixture_new (GST_DISCORD_ACCOUNT_TYPE_BOT, ok,
      "{\"url\":\"wss://found.test\",\"shards\":1,\"session_start_limit\":"
      "{\"total\":1000,\"remaining\":1}}");

  ask (f);
  fail_unless_equals_string (f->found, "wss://found.test");
  fail_unless_equals_string (f->path, "/api/v10/gateway/bot");
  fail_unless_equals_string (f->authorization, "Bot " TOKEN);
  fixture_free (f);
}

GST_END_TEST

/* Nobody else's token is of use there. */
GST_START_TEST (test_user)
{
  Fixture *f = fixture_new (
      GST_DISCORD_ACCOUNT_TYPE_USER, ok, "{\"url\":\"wss://found.test\"}");

  ask (f);
  fail_unless_equals_string (f->found, "wss://found.test");
  fail_unless_equals_string (f->path, "/api/v10/gateway");
  fail_unless (f->authorization == NULL);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_errors)
{
  static const struct
  {
    guint statuses[2];
    const gchar *body;
    gint error;
    gboolean fatal;
  } cases[] = {
    { { 401, 0 }, "{}", GST_DISCORD_ERROR_NOT_AUTHORIZED, TRUE },
    { { 403, 0 }, "{}", GST_DISCORD_ERROR_UNREACHABLE, FALSE },
    { { 500, 0 }, "", GST_DISCORD_ERROR_UNREACHABLE, FALSE },
    /* Not followed: it would take the token along. */
    { { 302, 0 }, "", GST_DISCORD_ERROR_UNREACHABLE, FALSE },
    { { 200, 0 }, "", GST_DISCORD_ERROR_PROTOCOL, FALSE },
    { { 200, 0 }, "[]", GST_DISCORD_ERROR_PROTOCOL, FALSE },
    { { 200, 0 }, "{\"url\":5}", GST_DISCORD_ERROR_PROTOCOL, FALSE },
    { { 200, 0 }, "{\"url\":\"https://x\"}", GST_DISCORD_ERROR_PROTOCOL,
        FALSE },
    { { 200, 0 },
        "{\"url\":\"wss://x\",\"session_start_limit\":{\"remaining\":0}}",
        GST_DISCORD_ERROR_TOO_MANY_SESSIONS, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Fixture *f = fixture_new (
        GST_DISCORD_ACCOUNT_TYPE_BOT, cases[i].statuses, cases[i].body);

    ask (f);
    fail_unless (g_error_matches (f->error, GST_DISCORD_ERROR, cases[i].error),
        "%u: %s", i, f->error != NULL ? f->error->message : "no error");
    fail_unless_equals_int (f->fatal, cases[i].fatal);
    fail_unless_equals_int (f->n_requests, 1);
    fail_unless (strstr (f->error->message, TOKEN) == NULL);
    fixture_free (f);
  }
}

GST_END_TEST

/* 64 KiB are read and no more. */
GST_START_TEST (test_oversized)
{
  g_autofree gchar *space = g_strnfill (70000, ' ');
  g_autofree gchar *body = g_strconcat (space, "{\"url\":\"wss://x\"}", NULL);
  Fixture *f = fixture_new (GST_DISCORD_ACCOUNT_TYPE_BOT, ok, body);

  ask (f);
  fail_unless (g_error_matches (
      f->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_PROTOCOL));
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_rate_limited)
{
  static const guint once[] = { 429, 200, 0 };
  static const guint always[] = { 429, 0 };
  Fixture *f = fixture_new (
      GST_DISCORD_ACCOUNT_TYPE_BOT, once, "{\"url\":\"wss://found.test\"}");

  f->retry_after = "1";
  ask (f);
  fail_unless_equals_string (f->found, "wss://found.test");
  fail_unless_equals_int (f->n_requests, 2);
  fixture_free (f);

  /* Longer than anybody waits for a join. */
  f = fixture_new (GST_DISCORD_ACCOUNT_TYPE_BOT, always, "{}");
  f->retry_after = "3600";
  ask (f);
  fail_unless (g_error_matches (
      f->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_RATE_LIMITED));
  fail_unless_equals_int (f->n_requests, 1);
  fixture_free (f);

  f = fixture_new (GST_DISCORD_ACCOUNT_TYPE_BOT, always, "{}");
  f->retry_after = "nonsense";
  ask (f);
  fail_unless (g_error_matches (
      f->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_RATE_LIMITED));
  fail_unless_equals_int (f->n_requests, 3);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_unreachable)
{
  Fixture *f = fixture_new (GST_DISCORD_ACCOUNT_TYPE_BOT, ok, "{}");

  soup_server_disconnect (f->server);
  ask (f);
  /* Not Discord's own API: Discord's own gateway is no answer. */
  fail_unless (g_error_matches (
      f->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE));
  fail_if (f->fatal);
  fixture_free (f);
}

GST_END_TEST

GST_START_TEST (test_bad_url)
{
  Fixture *f = fixture_new (GST_DISCORD_ACCOUNT_TYPE_BOT, ok, "{}");

  discord_rest_free (f->rest);
  f->rest = discord_rest_new ("http://192.0.2.1/", GST_DISCORD_ACCOUNT_TYPE_BOT,
      TOKEN, NULL, f->scheduler);
  ask (f);
  fail_unless (g_error_matches (
      f->error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  fail_unless (f->fatal);
  fixture_free (f);
}

GST_END_TEST

/* Freed under way, at once and once the server has it. */
GST_START_TEST (test_cancel)
{
  for (guint n = 0; n < 2; n++) {
    Fixture *f = fixture_new (
        GST_DISCORD_ACCOUNT_TYPE_BOT, ok, "{\"url\":\"wss://found.test\"}");

    discord_rest_find_gateway (f->rest, on_answer, f);
    while (f->n_requests < n)
      g_main_context_iteration (NULL, TRUE);
    g_clear_pointer (&f->rest, discord_rest_free);
    while (g_main_context_iteration (NULL, FALSE))
      ;
    fail_if (f->answered);
    fixture_free (f);
  }
}

GST_END_TEST

static Suite *
gatewayrest_suite (void)
{
  Suite *s = suite_create ("gatewayrest");
  TCase *tc = tcase_create ("rest");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_bot);
  tcase_add_test (tc, test_user);
  tcase_add_test (tc, test_errors);
  tcase_add_test (tc, test_oversized);
  tcase_add_test (tc, test_rate_limited);
  tcase_add_test (tc, test_unreachable);
  tcase_add_test (tc, test_bad_url);
  tcase_add_test (tc, test_cancel);
  return s;
}

GST_CHECK_MAIN (gatewayrest);
