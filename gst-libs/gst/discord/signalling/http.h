/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "scheduler.h"

#define DISCORD_DEFAULT_API_URL "https://discord.com/api/v10"

/* RFC 6585; libsoup 3.2 has no name for it. */
#define DISCORD_HTTP_TOO_MANY_REQUESTS 429

/* Requests to Discord's REST API. Lives on the signalling thread. */
typedef struct _DiscordHttp DiscordHttp;
typedef struct _DiscordHttpCall DiscordHttpCall;

typedef struct
{
  const gchar *method;
  const gchar *path; /* behind the API's URL, with a slash in front */
  const gchar *authorization; /* nullable */
  const gchar *content_type; /* of @body */
  GBytes *body; /* nullable */
} DiscordHttpRequest;

typedef struct
{
  guint status; /* 0: none, and @error says why */
  const gchar *body; /* cut at 64 KiB */
  gsize length;
  gint64
      retry_after; /* seconds, the header's; -1 when there is no usable one */
  gint64
      reset_after_ms; /* until a used-up allowance is renewed; -1: it is not */
  const GError *error; /* GST_DISCORD_ERROR */
  gboolean fatal; /* trying again cannot help */
} DiscordHttpAnswer;

typedef void (*DiscordHttpFunc) (
    const DiscordHttpAnswer *answer, gpointer user_data);

/* @api_url: (nullable): Discord's when NULL; http:// only to a loopback
 * address. @user_agent: (nullable): ours when NULL. */
DiscordHttp *discord_http_new (const gchar *api_url, const gchar *user_agent,
    GTlsDatabase *tls_database, DiscordScheduler *scheduler);
/* After the end of every call. */
void discord_http_free (DiscordHttp *self);

/* Exactly one answer comes, at the latest after 10 s and never from inside this
 * call; with it the call is over. Redirects are answers. */
DiscordHttpCall *discord_http_send (DiscordHttp *self,
    const DiscordHttpRequest *request, DiscordHttpFunc func,
    gpointer user_data);

/* No answer comes after this. */
void discord_http_cancel (DiscordHttpCall *call);
