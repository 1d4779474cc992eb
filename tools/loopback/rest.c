/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rest.h"

#include "restanswer.h"
#include "streams.h"

#include <string.h>

void
lb_rest_respond (SoupServerMessage *message, guint status, JsonObject *object)
{
  char *text = lb_json_to_text (object);

  json_object_unref (object);
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (
      message, "application/json", SOUP_MEMORY_TAKE, text, strlen (text));
}

void
lb_rest_respond_error (
    SoupServerMessage *message, guint status, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "message", text);
  json_object_set_int_member (object, "code", 0);
  lb_rest_respond (message, status, object);
}

void
lb_rest_respond_limited (SoupServerMessage *message, double retry_after)
{
  JsonObject *object = json_object_new ();
  g_autofree char *seconds = NULL;

  json_object_set_string_member (
      object, "message", "You are being rate limited.");
  json_object_set_double_member (object, "retry_after", retry_after);
  json_object_set_boolean_member (object, "global", FALSE);
  seconds = g_strdup_printf ("%u", (guint) retry_after + 1);
  soup_message_headers_append (
      soup_server_message_get_response_headers (message), "Retry-After",
      seconds);
  lb_rest_respond (message, 429, object);
}

/* "Bot TOKEN", "Bearer TOKEN", or the bare token of a user account; NULL when it
 * is not accepted. */
static const char *
get_token (LbCore *core, SoupServerMessage *message, gboolean *bot)
{
  const char *value = soup_message_headers_get_one (
      soup_server_message_get_request_headers (message), "Authorization");
  const GPtrArray *tokens = core->settings->tokens;

  *bot = FALSE;
  if (value == NULL)
    return NULL;
  *bot = g_str_has_prefix (value, "Bot ");
  if (*bot)
    value += strlen ("Bot ");
  else if (g_str_has_prefix (value, "Bearer "))
    value += strlen ("Bearer ");
  if (*value == '\0' || strchr (value, ' ') != NULL)
    return NULL;
  for (guint i = 0; i < tokens->len; i++) {
    if (g_str_equal (tokens->pdata[i], value))
      return value;
  }
  return tokens->len == 0 ? value : NULL;
}

static JsonObject *
start_limit (void)
{
  JsonObject *limit = json_object_new ();

  json_object_set_int_member (limit, "total", 1000);
  json_object_set_int_member (limit, "remaining", 999);
  json_object_set_int_member (limit, "reset_after", 0);
  json_object_set_int_member (limit, "max_concurrency", 1);
  return limit;
}

static void
respond_gateway (LbCore *core, SoupServerMessage *message, gboolean with_limits)
{
  JsonObject *object = json_object_new ();
  g_autofree char *url = lb_core_url (core, "ws", core->port);

  json_object_set_string_member (object, "url", url);
  if (with_limits) {
    json_object_set_int_member (object, "shards", 1);
    json_object_set_object_member (
        object, "session_start_limit", start_limit ());
  }
  lb_rest_respond (message, SOUP_STATUS_OK, object);
}

/* Behind the version, NULL when that is not served. */
static const char *
get_resource (const char *path)
{
  if (!g_str_has_prefix (path, "/api/v10/")
      && !g_str_has_prefix (path, "/api/v9/"))
    return NULL;
  return strchr (path + strlen ("/api/"), '/');
}

static void
respond_unauthorized (LbCore *core, SoupServerMessage *message)
{
  lb_report_event (core->report, "rest-unauthorized", 0, NULL);
  lb_rest_respond_error (message, 401, "401: Unauthorized");
}

static void
serve_gateway (LbCore *core, SoupServerMessage *message, const char *resource)
{
  gboolean for_bots = g_str_equal (resource, "/gateway/bot");
  gboolean bot;

  if (soup_server_message_get_method (message) != SOUP_METHOD_GET)
    lb_rest_respond_error (message, 405, "405: Method Not Allowed");
  else if (for_bots && (get_token (core, message, &bot) == NULL || !bot))
    respond_unauthorized (core, message);
  else
    respond_gateway (core, message, for_bots);
}

static void
serve_stream (LbCore *core, SoupServerMessage *message, const char *resource)
{
  gboolean bot;
  const char *token = get_token (core, message, &bot);

  if (resource == NULL || !g_str_has_prefix (resource, "/streams/"))
    lb_rest_respond_error (message, 404, "404: Not Found");
  else if (token == NULL)
    respond_unauthorized (core, message);
  else if (bot)
    lb_rest_respond_error (message, 403, "20001: Bots cannot use this");
  else if (!lb_stream_rest (core, message, resource, lb_token_user (token)))
    lb_rest_respond_error (message, 404, "404: Not Found");
}

static gboolean
go_on (gpointer user_data)
{
  soup_server_message_unpause (user_data);
  return G_SOURCE_REMOVE;
}

/* The answer is made, and waits. */
static void
delay (LbCore *core, SoupServerMessage *message)
{
  GSource *source = g_timeout_source_new ((guint) core->settings->rest_delay);

  soup_server_message_pause (message);
  g_source_set_callback (source, go_on, g_object_ref (message), g_object_unref);
  g_source_attach (source, core->context);
  g_ptr_array_add (core->schedule, source);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  LbCore *core = user_data;
  const char *resource = get_resource (path);

  lb_report_event (
      core->report, "rest", 0, "%s", soup_server_message_get_method (message));
  if (core->settings->rest_limited > 0) {
    core->settings->rest_limited--;
    lb_rest_respond_limited (message, 0.5);
  } else if (core->settings->rest_status >= 100) {
    lb_rest_respond_error (
        message, (guint) core->settings->rest_status, "fault");
  } else if (g_strcmp0 (resource, "/gateway") == 0
      || g_strcmp0 (resource, "/gateway/bot") == 0) {
    serve_gateway (core, message, resource);
  } else {
    serve_stream (core, message, resource);
  }
  if (core->settings->rest_delay > 0)
    delay (core, message);
}

void
lb_rest_serve (LbCore *core)
{
  soup_server_add_handler (core->http, "/api", on_request, core, NULL);
  lb_stream_rest_serve (core);
}
