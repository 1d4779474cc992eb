/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What tests of Go Live wait for and look at. */

#include <gst/discord/gstdiscordstreaminfo.h>
#include <gio/gio.h>

/* A GAsyncReadyCallback; @data is a GAsyncResult *. */
static inline void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* (transfer full): what on_done() got */
static inline GAsyncResult *
wait_done (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (result);
}

/* "key:server:channel:region:viewers:paused" */
static inline gchar *
describe_stream (const GstDiscordStreamInfo *info)
{
  const gchar *region = gst_discord_stream_info_get_region (info);
  gsize n_viewers;

  gst_discord_stream_info_get_viewers (info, &n_viewers);
  return g_strdup_printf ("%s:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
                          ":%s:%" G_GSIZE_FORMAT ":%d",
      gst_discord_stream_info_get_stream_key (info),
      gst_discord_stream_info_get_rtc_server_id (info),
      gst_discord_stream_info_get_rtc_channel_id (info),
      region != NULL ? region : "-", n_viewers,
      gst_discord_stream_info_get_paused (info));
}
