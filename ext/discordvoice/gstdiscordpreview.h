/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Uploads the preview of a Go Live stream as PreviewSchedule says, on a thread
 * of its own that exists while it may have to. */

#include "previewschedule.h"

#include <gio/gio.h>
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstDiscordPreview GstDiscordPreview;

/* Called from the preview's thread without any lock. */
typedef struct
{
  /* Whether something is to be shown, and the stream has a session for that. */
  gboolean (*is_live) (GObject *stream, gpointer user_data);
  /* (transfer full) (nullable): the picture to show now; NULL skips one. */
  GstSample *(*get_picture) (GstElement *element, gpointer user_data);
  /* Asynchronous, with a result in the caller's thread-default main context. */
  void (*upload) (GObject *stream, GBytes *image, GCancellable *cancellable,
      GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*upload_finish) (
      GObject *stream, GAsyncResult *result, GError **error);
  /* What became of one. @final: there will be no other of this stream, until it
   * is created again. */
  void (*uploaded) (GstElement *element, GBytes *image, gpointer user_data);
  void (*failed) (GstElement *element, const GError *error, gboolean final,
      gpointer user_data);
} GstDiscordPreviewFuncs;

/* @element is not referenced; @funcs must stay valid, and @user_data as long as
 * @element. */
GstDiscordPreview *gst_discord_preview_new (GstElement *element,
    const GstDiscordPreviewFuncs *funcs, gpointer user_data);
/* Stops. */
void gst_discord_preview_free (GstDiscordPreview *self);

/* Any time. */
void gst_discord_preview_set_times (
    GstDiscordPreview *self, const PreviewTimes *times);
void gst_discord_preview_get_times (
    GstDiscordPreview *self, PreviewTimes *times);

/* From here on, and no longer. An upload that is under way is cancelled and not
 * waited for; none of the functions runs after stop. In state changes only. */
void gst_discord_preview_start (GstDiscordPreview *self, GObject *stream);
void gst_discord_preview_stop (GstDiscordPreview *self);

/* Any time, any thread; nothing while stopped. is_live() may tell something
 * else now. */
void gst_discord_preview_changed (GstDiscordPreview *self);
/* The stream was created (again). */
void gst_discord_preview_created (GstDiscordPreview *self);

/* previews-uploaded, -skipped and -failed; guint64. */
void gst_discord_preview_add_stats (
    GstDiscordPreview *self, GstStructure *stats);

G_END_DECLS
