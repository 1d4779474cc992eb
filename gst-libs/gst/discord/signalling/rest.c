/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "rest.h"

#include <gst/discord/gstdiscorderror.h>
#include <sodium.h>
#include <string.h>

#include "http.h"
#include "json.h"
#include "log.h"

/* What we are willing to wait for a 429 within one join, and how often. */
#define MAX_RETRY_AFTER_S 20
#define MAX_RETRIES 2

struct _DiscordRest
{
  DiscordHttp *http;
  gboolean is_discord; /* the default API */
  GstDiscordAccountType account_type;
  gchar *authorization; /* nullable, wiped */
  DiscordScheduler *scheduler;

  /* The request under way */
  DiscordRestFunc func; /* NULL: none */
  gpointer user_data;
  DiscordHttpCall *call; /* NULL while a 429 makes us wait */
  guint timer; /* the wait of a 429 */
  guint retries;
};

static void send_request (DiscordRest *self);

static void
finish (
    DiscordRest *self, const gchar *url, const GError *error, gboolean fatal)
{
  DiscordRestFunc func = self->func;

  self->func = NULL;
  func (url, error, fatal, self->user_data);
}

static void
answer_new_error (DiscordRest *self, GstDiscordError code, const gchar *message,
    gboolean fatal)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_DISCORD_ERROR, code, message);

  finish (self, NULL, error, fatal);
}

/* No usable answer. Only for Discord itself is there another way: a token
 * meant for a stand-in must not go there. */
static void
answer_unreachable (DiscordRest *self, const GError *error, gboolean fatal)
{
  if (self->is_discord && !fatal) {
    GST_INFO ("%s; using " DISCORD_DEFAULT_GATEWAY_URL, error->message);
    finish (self, DISCORD_DEFAULT_GATEWAY_URL, NULL, FALSE);
    return;
  }
  finish (self, NULL, error, fatal);
}

static void
retry_now (gpointer user_data)
{
  DiscordRest *self = user_data;

  self->timer = 0;
  send_request (self);
}

static void
handle_rate_limit (DiscordRest *self, gint64 retry_after)
{
  guint seconds = retry_after > 0 ? (guint) retry_after : 1;

  if (seconds > MAX_RETRY_AFTER_S || self->retries >= MAX_RETRIES) {
    answer_new_error (self, GST_DISCORD_ERROR_RATE_LIMITED,
        "Discord's API answers that we ask too often; try again later", FALSE);
    return;
  }
  self->retries++;
  self->timer =
      discord_scheduler_add (self->scheduler, seconds * 1000, retry_now, self);
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
    finish (self, url, NULL, FALSE);
  }
}

static void
on_answer (const DiscordHttpAnswer *answer, gpointer user_data)
{
  DiscordRest *self = user_data;
  g_autoptr (GError) error = NULL;

  self->call = NULL;
  if (answer->status == 0) {
    answer_unreachable (self, answer->error, answer->fatal);
  } else if (answer->status == 200) {
    handle_body (self, answer->body, answer->length);
  } else if (answer->status == 401) {
    answer_new_error (self, GST_DISCORD_ERROR_NOT_AUTHORIZED,
        "Discord's API refused the token", TRUE);
  } else if (answer->status == DISCORD_HTTP_TOO_MANY_REQUESTS) {
    handle_rate_limit (self, answer->retry_after);
  } else {
    error = g_error_new (GST_DISCORD_ERROR, GST_DISCORD_ERROR_UNREACHABLE,
        "Discord's API answered with HTTP status %u", answer->status);
    answer_unreachable (self, error, FALSE);
  }
}

static void
send_request (DiscordRest *self)
{
  const DiscordHttpRequest request = {
    .method = "GET",
    .path = self->account_type == GST_DISCORD_ACCOUNT_TYPE_BOT ? "/gateway/bot"
                                                               : "/gateway",
    .authorization = self->authorization,
  };

  self->call = discord_http_send (self->http, &request, on_answer, self);
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

  self->http = discord_http_new (api_url, NULL, tls_database, scheduler);
  self->is_discord =
      api_url == NULL || g_str_equal (api_url, DISCORD_DEFAULT_API_URL);
  self->account_type = account_type;
  if (account_type == GST_DISCORD_ACCOUNT_TYPE_BOT)
    self->authorization = g_strconcat ("Bot ", token, NULL);
  self->scheduler = scheduler;
  return self;
}

void
discord_rest_free (DiscordRest *self)
{
  g_clear_pointer (&self->call, discord_http_cancel);
  discord_scheduler_clear (self->scheduler, &self->timer);
  discord_http_free (self->http);
  if (self->authorization != NULL)
    sodium_memzero (self->authorization, strlen (self->authorization));
  g_free (self->authorization);
  g_free (self);
}
