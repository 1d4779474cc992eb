/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* REST of Go Live: previews, region, notification. */
#include "restanswer.h"
#include "streams.h"

#include <string.h>

/* Discord's is not known; previews are pictures of 512x288. */
#define MAX_PREVIEW (200 * 1024)

static const struct
{
  const char *type;
  const char *extension;
  const char *magic;
  gsize length;
} images[] = {
  { "image/jpeg", "jpg", "\xff\xd8\xff", 3 },
  { "image/png", "png", "\x89PNG\r\n\x1a\n", 8 },
  { "image/gif", "gif", "GIF8", 4 },
  { "image/webp", "webp", "RIFF", 4 },
};

typedef struct
{
  LbCore *core;
  SoupServerMessage *message;
  LbStream *stream;
  guint64 user_id;
} Request;

static JsonObject *
dup_body (SoupServerMessage *message)
{
  g_autoptr (GBytes) bytes = soup_message_body_flatten (
      soup_server_message_get_request_body (message));
  g_autoptr (JsonParser) parser = json_parser_new ();
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  if (length == 0
      || !json_parser_load_from_data (parser, data, (gssize) length, NULL)
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return NULL;
  return json_node_dup_object (json_parser_get_root (parser));
}

static void
violate (const Request *request, const char *what)
{
  lb_report_violation (
      request->core->report, "bad-stream-rest", request->user_id, "%s", what);
  lb_rest_respond_error (request->message, 400, "50035: Invalid Form Body");
}

/* "data:TYPE;base64,..." of a picture that is one. */
static GBytes *
read_picture (const char *text, guint *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (images); i++) {
    g_autofree char *prefix =
        g_strconcat ("data:", images[i].type, ";base64,", NULL);
    g_autofree guchar *data = NULL;
    gsize length;

    if (!g_str_has_prefix (text, prefix))
      continue;
    data = g_base64_decode (text + strlen (prefix), &length);
    if (length < images[i].length || length > MAX_PREVIEW
        || memcmp (data, images[i].magic, images[i].length) != 0)
      return NULL;
    *kind = i;
    return g_bytes_new_take (g_steal_pointer (&data), length);
  }
  return NULL;
}

/* Answers itself when it is too early. */
static gboolean
is_too_early (const Request *request)
{
  gint64 limit = request->core->settings->preview_limit * (gint64) 1000;
  gint64 wait = request->stream->preview_at + limit - g_get_monotonic_time ();

  if (request->stream->preview == NULL || wait <= 0)
    return FALSE;
  lb_report_event (
      request->core->report, "preview-limited", request->user_id, NULL);
  lb_rest_respond_limited (request->message, (double) wait / G_USEC_PER_SEC);
  return TRUE;
}

static void
store_preview (const Request *request, GBytes *picture, guint kind)
{
  LbStream *stream = request->stream;
  g_autofree char *hash =
      g_compute_checksum_for_bytes (G_CHECKSUM_MD5, picture);

  g_clear_pointer (&stream->preview, g_bytes_unref);
  stream->preview = g_bytes_ref (picture);
  g_free (stream->preview_name);
  stream->preview_name = g_strconcat (hash, ".", images[kind].extension, NULL);
  stream->preview_type = images[kind].type;
  stream->preview_at = g_get_monotonic_time ();
  lb_report_event (request->core->report, "preview", request->user_id, "%s",
      images[kind].type);
  soup_server_message_set_status (request->message, 204, NULL);
}

static void
post_preview (const Request *request)
{
  g_autoptr (JsonObject) body = dup_body (request->message);
  g_autoptr (GBytes) picture = NULL;
  const char *text;
  guint kind;

  if (is_too_early (request))
    return;
  if (body == NULL
      || lb_json_get_string (body, "thumbnail", &text) != LB_FIELD_OK)
    violate (request, "thumbnail");
  else if ((picture = read_picture (text, &kind)) == NULL)
    violate (request, "picture");
  else
    store_preview (request, picture, kind);
}

static void
get_preview (const Request *request)
{
  const LbStream *stream = request->stream;
  g_autofree char *base =
      lb_core_url (request->core, "http", request->core->port);
  g_autofree char *url = NULL;
  JsonObject *object;

  if (stream->preview == NULL) {
    lb_rest_respond_error (request->message, 404, "404: Not Found");
    return;
  }
  url = g_strconcat (
      base, "/streams/", stream->key, "/", stream->preview_name, NULL);
  object = json_object_new ();
  json_object_set_string_member (object, "url", url);
  lb_rest_respond (request->message, SOUP_STATUS_OK, object);
}

static void
patch_stream (const Request *request)
{
  g_autoptr (JsonObject) body = dup_body (request->message);
  LbStream *stream = request->stream;
  const char *region;

  if (body == NULL
      || lb_json_get_string (body, "region", &region) != LB_FIELD_OK
      || *region == '\0') {
    violate (request, "region");
    return;
  }
  g_free (stream->region);
  stream->region = g_strdup (region);
  lb_report_event (
      request->core->report, "stream-region", request->user_id, "%s", region);
  lb_stream_tell (stream);
  lb_stream_move (stream, FALSE);
  soup_server_message_set_status (request->message, 204, NULL);
}

static void
post_notify (const Request *request)
{
  lb_report_event (
      request->core->report, "stream-notify", request->user_id, NULL);
  soup_server_message_set_status (request->message, 204, NULL);
}

static const struct
{
  const char *method;
  const char *what;
  gboolean for_owner;
  void (*func) (const Request *request);
} resources[] = {
  { "POST", "preview", TRUE, post_preview },
  { "GET", "preview", FALSE, get_preview },
  { "PATCH", "stream", TRUE, patch_stream },
  { "POST", "notify", TRUE, post_notify },
};

gboolean
lb_stream_rest (LbCore *core, SoupServerMessage *message, const char *resource,
    guint64 user_id)
{
  g_auto (GStrv) parts = g_strsplit (resource, "/", 0);
  Request request = { core, message, NULL, user_id };

  if (g_strv_length (parts) != 4 || !g_str_equal (parts[1], "streams"))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (resources); i++) {
    if (!g_str_equal (resources[i].what, parts[3])
        || !g_str_equal (
            resources[i].method, soup_server_message_get_method (message)))
      continue;
    request.stream =
        lb_streams_find (lb_world_get_streams (core->world), parts[2]);
    if (request.stream == NULL)
      lb_rest_respond_error (message, 404, "10049: Unknown Stream");
    else if (resources[i].for_owner && request.stream->owner_id != user_id)
      lb_rest_respond_error (message, 403, "50013: Missing Permissions");
    else
      resources[i].func (&request);
    return TRUE;
  }
  return FALSE;
}

/* The pictures themselves, for everybody who has the URL. */
static void
on_picture (SoupServer *server, SoupServerMessage *message, const char *path,
    GHashTable *query, gpointer user_data)
{
  LbCore *core = user_data;
  g_auto (GStrv) parts = g_strsplit (path, "/", 0);
  LbStream *stream;
  gsize size;
  const char *data;

  if (g_strv_length (parts) != 4
      || (stream =
                 lb_streams_find (lb_world_get_streams (core->world), parts[2]))
          == NULL
      || g_strcmp0 (stream->preview_name, parts[3]) != 0) {
    lb_rest_respond_error (message, 404, "404: Not Found");
    return;
  }
  data = g_bytes_get_data (stream->preview, &size);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (
      message, stream->preview_type, SOUP_MEMORY_COPY, data, size);
}

void
lb_stream_rest_serve (LbCore *core)
{
  soup_server_add_handler (core->http, "/streams", on_picture, core, NULL);
}
