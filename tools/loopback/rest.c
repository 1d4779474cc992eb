/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rest.h"

#include "json.h"

#include <string.h>

static void
respond (SoupServerMessage *message, guint status, JsonObject *object)
{
  char *text = lb_json_to_text (object);

  json_object_unref (object);
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (
      message, "application/json", SOUP_MEMORY_TAKE, text, strlen (text));
}

static void
respond_error (SoupServerMessage *message, guint status, const char *text)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "message", text);
  json_object_set_int_member (object, "code", 0);
  respond (message, status, object);
}

static void
respond_limited (SoupServerMessage *message)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (
      object, "message", "You are being rate limited.");
  json_object_set_double_member (object, "retry_after", 0.5);
  json_object_set_boolean_member (object, "global", FALSE);
  soup_message_headers_append (
      soup_server_message_get_response_headers (message), "Retry-After", "1");
  respond (message, 429, object);
}

/* "Bot TOKEN", or the bare token of a user account. */
static gboolean
authorized (LbCore *core, SoupServerMessage *message, gboolean *bot)
{
  const char *value = soup_message_headers_get_one (
      soup_server_message_get_request_headers (message), "Authorization");
  const GPtrArray *tokens = core->settings->tokens;

  if (value == NULL)
    return FALSE;
  *bot = g_str_has_prefix (value, "Bot ");
  if (*bot)
    value += strlen ("Bot ");
  if (*value == '\0' || strchr (value, ' ') != NULL)
    return FALSE;
  for (guint i = 0; i < tokens->len; i++) {
    if (g_str_equal (tokens->pdata[i], value))
      return TRUE;
  }
  return tokens->len == 0;
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
  respond (message, SOUP_STATUS_OK, object);
}

static gboolean
is_resource (const char *path, const char *resource)
{
  return (g_str_has_prefix (path, "/api/v10/")
             || g_str_has_prefix (path, "/api/v9/"))
      && g_str_equal (strchr (path + strlen ("/api/"), '/'), resource);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  LbCore *core = user_data;
  gboolean bot = FALSE;

  lb_report_event (
      core->report, "rest", 0, "%s", soup_server_message_get_method (message));
  if (core->settings->rest_limited > 0) {
    core->settings->rest_limited--;
    respond_limited (message);
  } else if (core->settings->rest_status >= 100) {
    respond_error (message, (guint) core->settings->rest_status, "fault");
  } else if (soup_server_message_get_method (message) != SOUP_METHOD_GET) {
    respond_error (message, 405, "405: Method Not Allowed");
  } else if (is_resource (path, "/gateway")) {
    respond_gateway (core, message, FALSE);
  } else if (!is_resource (path, "/gateway/bot")) {
    respond_error (message, 404, "404: Not Found");
  } else if (!authorized (core, message, &bot) || !bot) {
    lb_report_event (core->report, "rest-unauthorized", 0, NULL);
    respond_error (message, 401, "401: Unauthorized");
  } else {
    respond_gateway (core, message, TRUE);
  }
}

void
lb_rest_serve (LbCore *core)
{
  soup_server_add_handler (core->http, "/api", on_request, core, NULL);
}
