/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Go Live by a signaller of somebody else's: what is asked, told and known. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordsignaller-private.h>
#include <gst/discord/gstdiscordstaticsignaller.h>

#include "streamresult.h"

#define KEY "guild:1:2:7"
#define MINE "guild:1:2:9"

/* An application's own. */
typedef struct
{
  GObject parent;
  GString *log; /* words, a space behind each */
  gboolean refuses;
} Own;

typedef struct
{
  GObjectClass parent;
} OwnClass;

static GType own_get_type (void);

static void
own_update_voice_state (GstDiscordSignaller *self, guint64 guild_id,
    guint64 channel_id, gboolean mute, gboolean deaf)
{
}

static void
own_create_stream (GstDiscordSignaller *self, guint64 guild_id,
    guint64 channel_id, const gchar *region, GError **error)
{
  if (((Own *) self)->refuses)
    g_set_error_literal (
        error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_NOT_SUPPORTED, "no");
  g_string_append_printf (((Own *) self)->log,
      "create:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%s ", guild_id,
      channel_id, region);
}

static void
own_watch_stream (GstDiscordSignaller *self, const gchar *key, GError **error)
{
  g_string_append_printf (((Own *) self)->log, "watch:%s ", key);
}

static void
own_delete_stream (GstDiscordSignaller *self, const gchar *key, GError **error)
{
  g_string_append_printf (((Own *) self)->log, "delete:%s ", key);
}

static void
own_ping_stream (GstDiscordSignaller *self, const gchar *key, GError **error)
{
  g_string_append_printf (((Own *) self)->log, "ping:%s ", key);
}

static void
own_set_stream_paused (GstDiscordSignaller *self, const gchar *key,
    gboolean paused, GError **error)
{
  g_string_append_printf (((Own *) self)->log, "pause:%s:%d ", key, paused);
}

static void
own_upload_stream_preview (
    GstDiscordSignaller *self, const gchar *key, GBytes *image, GTask *task)
{
  g_string_append_printf (((Own *) self)->log, "upload:%s:%d ", key,
      (int) g_bytes_get_size (image));
  g_task_return_boolean (task, TRUE);
}

static void
own_fetch_stream_preview (
    GstDiscordSignaller *self, const gchar *key, GTask *task)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_STRING);
  g_value_set_string (&value, ((Own *) self)->refuses ? NULL : "https://cdn/x");
  g_task_return_value (task, &value);
}

static void
own_iface_init (GstDiscordSignallerInterface *iface)
{
  iface->update_voice_state = own_update_voice_state;
  iface->create_stream = own_create_stream;
  iface->watch_stream = own_watch_stream;
  iface->delete_stream = own_delete_stream;
  iface->ping_stream = own_ping_stream;
  iface->set_stream_paused = own_set_stream_paused;
  iface->upload_stream_preview = own_upload_stream_preview;
  iface->fetch_stream_preview = own_fetch_stream_preview;
}

G_DEFINE_TYPE_WITH_CODE (Own, own, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (GST_TYPE_DISCORD_SIGNALLER, own_iface_init))

static void
own_finalize (GObject *object)
{
  g_string_free (((Own *) object)->log, TRUE);
  G_OBJECT_CLASS (own_parent_class)->finalize (object);
}

static void
own_class_init (OwnClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = own_finalize;
}

static void
own_init (Own *self)
{
  self->log = g_string_new (NULL);
}

static void
on_created (Own *self, const GstDiscordStreamInfo *info, const gchar *word)
{
  g_autofree gchar *text = describe_stream (info);

  g_string_append_printf (self->log, "%s:%s ", word, text);
}

static void
on_server (Own *self, const gchar *key, const gchar *token,
    const gchar *endpoint, gpointer data)
{
  g_string_append_printf (self->log, "server:%s:%s:%s ", key,
      token != NULL ? token : "-", endpoint != NULL ? endpoint : "-");
}

static void
on_deleted (Own *self, const gchar *key, GstDiscordStreamDeleteReason reason,
    gpointer data)
{
  g_string_append_printf (self->log, "deleted:%s:%d ", key, reason);
}

static void
on_unavailable (Own *self, const gchar *key, gpointer data)
{
  g_string_append_printf (self->log, "unavailable:%s ", key);
}

static void
on_live (Own *self, const gchar *key, gboolean live, gpointer data)
{
  g_string_append_printf (self->log, "%s:%s ", live ? "live" : "dark", key);
}

static void
own_expect (Own *self, const gchar *words)
{
  fail_unless_equals_string (self->log->str, words);
  g_string_truncate (self->log, 0);
}

static Own *
own_new (void)
{
  Own *self = g_object_new (own_get_type (), NULL);

  g_signal_connect (
      self, "stream-created", G_CALLBACK (on_created), (gpointer) "created");
  g_signal_connect (
      self, "stream-updated", G_CALLBACK (on_created), (gpointer) "updated");
  g_signal_connect (self, "stream-server", G_CALLBACK (on_server), NULL);
  g_signal_connect (self, "stream-deleted", G_CALLBACK (on_deleted), NULL);
  g_signal_connect (
      self, "stream-unavailable", G_CALLBACK (on_unavailable), NULL);
  g_signal_connect (self, "stream-live", G_CALLBACK (on_live), NULL);
  return self;
}

/* As user 9 in channel 2 of guild 1. */
static GstDiscordSignaller *
own_new_joined (void)
{
  GstDiscordSignaller *self = GST_DISCORD_SIGNALLER (own_new ());

  gst_discord_signaller_voice_state (self, 1, 2, 9, "session");
  return self;
}

static void
tell_created (GstDiscordSignaller *self, const gchar *key, guint64 server_id,
    guint64 channel_id)
{
  g_autoptr (GstDiscordStreamInfo) info =
      gst_discord_stream_info_new (key, NULL);

  gst_discord_stream_info_set_server (info, server_id, channel_id);
  gst_discord_signaller_stream_created (self, info);
}

static void
expect_error (GError *error, gint code)
{
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, code), "not error %d", code);
  g_error_free (error);
}

#define REFUSED(call, code)                                                    \
  G_STMT_START                                                                 \
  {                                                                            \
    GError *error = NULL;                                                      \
    fail_if (call);                                                            \
    expect_error (error, code);                                                \
  }                                                                            \
  G_STMT_END

GST_START_TEST (test_asked)
{
  GstDiscordSignaller *self = own_new_joined ();
  Own *own = (Own *) self;
  GError *error = NULL;

  fail_unless (gst_discord_signaller_create_stream (self, 1, 2, "r", &error));
  own_expect (own, "create:1:2:r ");
  /* However the key was written. */
  fail_unless (
      gst_discord_signaller_watch_stream (self, "guild:01:2:7", &error));
  own_expect (own, "watch:" KEY " ");
  fail_unless (gst_discord_signaller_ping_stream (self, KEY, &error));
  own_expect (own, "ping:" KEY " ");
  fail_unless (
      gst_discord_signaller_set_stream_paused (self, MINE, TRUE, &error));
  own_expect (own, "pause:" MINE ":1 ");
  fail_unless (gst_discord_signaller_delete_stream (self, KEY, &error));
  own_expect (own, "delete:" KEY " ");
  own->refuses = TRUE;
  REFUSED (gst_discord_signaller_create_stream (self, 1, 2, NULL, &error),
      GST_DISCORD_ERROR_NOT_SUPPORTED);
  g_object_unref (self);
}

GST_END_TEST

/* What is known to be wrong is not asked. */
GST_START_TEST (test_refused)
{
  GstDiscordSignaller *self = GST_DISCORD_SIGNALLER (own_new ());

  REFUSED (gst_discord_signaller_create_stream (self, 1, 2, NULL, &error),
      GST_DISCORD_ERROR_NOT_CONNECTED);
  gst_discord_signaller_voice_state (self, 1, 2, 9, "session");
  REFUSED (gst_discord_signaller_create_stream (self, 1, 3, NULL, &error),
      GST_DISCORD_ERROR_NOT_CONNECTED);
  REFUSED (gst_discord_signaller_watch_stream (self, "guild:1:3:7", &error),
      GST_DISCORD_ERROR_NOT_CONNECTED);
  REFUSED (gst_discord_signaller_watch_stream (self, "call:2:7", &error),
      GST_DISCORD_ERROR_NOT_CONNECTED);
  REFUSED (gst_discord_signaller_watch_stream (self, MINE, &error),
      GST_DISCORD_ERROR_SETTINGS);
  REFUSED (gst_discord_signaller_watch_stream (self, "guild:1:2", &error),
      GST_DISCORD_ERROR_SETTINGS);
  REFUSED (gst_discord_signaller_delete_stream (self, "test:1", &error),
      GST_DISCORD_ERROR_SETTINGS);
  REFUSED (gst_discord_signaller_ping_stream (self, "", &error),
      GST_DISCORD_ERROR_SETTINGS);
  REFUSED (gst_discord_signaller_set_stream_paused (self, KEY, TRUE, &error),
      GST_DISCORD_ERROR_SETTINGS);
  /* Moved away, and gone. */
  gst_discord_signaller_voice_state (self, 1, 3, 9, "session");
  REFUSED (gst_discord_signaller_watch_stream (self, KEY, &error),
      GST_DISCORD_ERROR_NOT_CONNECTED);
  gst_discord_signaller_voice_state (self, 1, 0, 9, "session");
  REFUSED (gst_discord_signaller_watch_stream (self, "guild:1:3:7", &error),
      GST_DISCORD_ERROR_NOT_CONNECTED);
  own_expect ((Own *) self, "");
  g_object_unref (self);
}

GST_END_TEST

/* A signaller from before there was Go Live. */
GST_START_TEST (test_not_supported)
{
  GstDiscordSignaller *self =
      gst_discord_static_signaller_new (9, "session", "token", "endpoint");

  gst_discord_signaller_update_voice_state (self, 1, 2, FALSE, FALSE);
  REFUSED (gst_discord_signaller_create_stream (self, 1, 2, NULL, &error),
      GST_DISCORD_ERROR_NOT_SUPPORTED);
  REFUSED (gst_discord_signaller_watch_stream (self, KEY, &error),
      GST_DISCORD_ERROR_NOT_SUPPORTED);
  REFUSED (gst_discord_signaller_delete_stream (self, KEY, &error),
      GST_DISCORD_ERROR_NOT_SUPPORTED);
  REFUSED (gst_discord_signaller_ping_stream (self, KEY, &error),
      GST_DISCORD_ERROR_NOT_SUPPORTED);
  REFUSED (gst_discord_signaller_set_stream_paused (self, MINE, TRUE, &error),
      GST_DISCORD_ERROR_NOT_SUPPORTED);
  g_object_unref (self);
}

GST_END_TEST

static void
expect_server (GstDiscordSignaller *self, const gchar *key, guint64 server_id,
    guint64 channel_id, const gchar *token)
{
  g_auto (GstDiscordStreamServer) server = { 0 };
  gboolean there = gst_discord_signaller_get_stream_server (self, key, &server);

  fail_unless_equals_int (there, token != NULL);
  fail_unless_equals_string (server.token, token);
  if (!there)
    return;
  fail_unless_equals_uint64 (server.rtc_server_id, server_id);
  fail_unless_equals_uint64 (server.rtc_channel_id, channel_id);
  fail_unless_equals_uint64 (server.user_id, 9);
  fail_unless_equals_string (server.session_id, "session");
  fail_unless_equals_string (server.endpoint, "e");
}

/* Both events, in both orders, and the parent's session with them. */
GST_START_TEST (test_any_order)
{
  GstDiscordSignaller *self = GST_DISCORD_SIGNALLER (own_new ());

  for (guint server_first = 0; server_first < 2; server_first++) {
    if (server_first == 1)
      gst_discord_signaller_stream_server (self, KEY, "t", "e");
    else
      tell_created (self, KEY, 50, 60);
    expect_server (self, KEY, 0, 0, NULL);
    if (server_first == 1)
      tell_created (self, KEY, 50, 60);
    else
      gst_discord_signaller_stream_server (self, KEY, "t", "e");
    if (server_first == 0)
      expect_server (self, KEY, 0, 0, NULL);
    gst_discord_signaller_voice_state (self, 1, 2, 9, "session");
    expect_server (self, KEY, 50, 60, "t");
    gst_discord_signaller_stream_deleted (self, KEY, "stream_ended", FALSE);
    expect_server (self, KEY, 0, 0, NULL);
  }
  own_expect ((Own *) self,
      "created:" KEY ":50:60:-:0:0 server:" KEY ":t:e deleted:" KEY ":2 "
      "server:" KEY ":t:e created:" KEY ":50:60:-:0:0 deleted:" KEY ":2 ");
  g_object_unref (self);
}

GST_END_TEST

GST_START_TEST (test_updates)
{
  static const guint64 viewers[] = { 3, 4, 5 };
  GstDiscordSignaller *self = own_new_joined ();
  g_autoptr (GstDiscordStreamInfo) update =
      gst_discord_stream_info_new (KEY, NULL);
  g_autoptr (GstDiscordStreamInfo) known = NULL;
  g_auto (GStrv) keys = NULL;

  /* Before it was created it says nothing. */
  gst_discord_signaller_stream_updated (self, update);
  own_expect ((Own *) self, "");
  tell_created (self, KEY, 50, 60);
  gst_discord_signaller_stream_server (self, KEY, "t", "e");
  own_expect ((Own *) self, "created:" KEY ":50:60:-:0:0 server:" KEY ":t:e ");
  gst_discord_stream_info_set_viewers (update, viewers, 3);
  gst_discord_stream_info_set_region (update, "r");
  gst_discord_signaller_stream_updated (self, update);
  own_expect ((Own *) self, "updated:" KEY ":50:60:r:3:0 ");
  /* It cannot take the ids away, nor put others in their place. */
  gst_discord_stream_info_set_server (update, 70, 80);
  gst_discord_stream_info_set_paused (update, TRUE);
  gst_discord_signaller_stream_updated (self, update);
  own_expect ((Own *) self, "updated:" KEY ":50:60:r:3:1 ");
  expect_server (self, KEY, 50, 60, "t");

  known = gst_discord_signaller_get_stream (self, "guild:1:2:07");
  fail_unless_equals_string (gst_discord_stream_info_get_region (known), "r");
  fail_unless (gst_discord_signaller_get_stream (self, MINE) == NULL);
  fail_unless (gst_discord_signaller_get_stream (self, "x") == NULL);
  keys = gst_discord_signaller_get_streams (self);
  fail_unless_equals_int (g_strv_length (keys), 1);
  fail_unless_equals_string (keys[0], KEY);
  g_object_unref (self);
}

GST_END_TEST

/* An outage; a server named meanwhile is for when it is over. */
GST_START_TEST (test_outage)
{
  for (guint meanwhile = 0; meanwhile < 2; meanwhile++) {
    GstDiscordSignaller *self = own_new_joined ();
    g_autoptr (GstDiscordStreamInfo) known = NULL;

    tell_created (self, KEY, 50, 60);
    gst_discord_signaller_stream_server (self, KEY, "old", "e");
    gst_discord_signaller_stream_deleted (self, KEY, "stream_full", TRUE);
    expect_server (self, KEY, 0, 0, NULL);
    known = gst_discord_signaller_get_stream (self, KEY);
    fail_unless (known != NULL);
    if (meanwhile == 1)
      gst_discord_signaller_stream_server (self, KEY, "new", "e");
    expect_server (self, KEY, 0, 0, NULL);
    tell_created (self, KEY, 51, 0);
    if (meanwhile == 0) {
      expect_server (self, KEY, 0, 0, NULL);
      gst_discord_signaller_stream_server (self, KEY, "new", "e");
    }
    /* The channel of the first server is not that of the second. */
    expect_server (self, KEY, 51, 0, "new");
    fail_unless (
        strstr (((Own *) self)->log->str, "unavailable:" KEY " ") != NULL);
    fail_unless (strstr (((Own *) self)->log->str, "deleted") == NULL);
    g_object_unref (self);
  }
}

GST_END_TEST

/* Another server, and none for a while. */
GST_START_TEST (test_fail_over)
{
  GstDiscordSignaller *self = own_new_joined ();

  tell_created (self, KEY, 50, 60);
  gst_discord_signaller_stream_server (self, KEY, "one", "e");
  expect_server (self, KEY, 50, 60, "one");
  gst_discord_signaller_stream_server (self, KEY, "two", "e");
  expect_server (self, KEY, 50, 60, "two");
  gst_discord_signaller_stream_server (self, KEY, "two", NULL);
  expect_server (self, KEY, 0, 0, NULL);
  gst_discord_signaller_stream_server (self, KEY, NULL, "e");
  expect_server (self, KEY, 0, 0, NULL);
  gst_discord_signaller_stream_server (self, KEY, "three", "e");
  expect_server (self, KEY, 50, 60, "three");
  g_object_unref (self);
}

GST_END_TEST

GST_START_TEST (test_live)
{
  GstDiscordSignaller *self = GST_DISCORD_SIGNALLER (own_new ());
  Own *own = (Own *) self;
  g_auto (GStrv) keys = NULL;

  gst_discord_signaller_member_live (self, 1, 2, 7, FALSE);
  own_expect (own, "");
  gst_discord_signaller_member_live (self, 1, 2, 7, TRUE);
  gst_discord_signaller_member_live (self, 1, 2, 7, TRUE);
  own_expect (own, "live:" KEY " ");
  gst_discord_signaller_member_live (self, 0, 4, 7, TRUE);
  own_expect (own, "live:call:4:7 ");
  gst_discord_signaller_member_live (self, 1, 3, 7, TRUE);
  own_expect (own, "dark:" KEY " live:guild:1:3:7 ");
  keys = gst_discord_signaller_get_live_streams (self);
  fail_unless_equals_int (g_strv_length (keys), 2);
  /* Who left is not live, whatever the flag says. */
  gst_discord_signaller_member_live (self, 1, 0, 7, TRUE);
  own_expect (own, "dark:guild:1:3:7 ");
  gst_discord_signaller_session_replaced (self);
  own_expect (own, "dark:call:4:7 ");
  g_object_unref (self);
}

GST_END_TEST

/* A new session of the gateway knows nothing of the old one. */
GST_START_TEST (test_session_replaced)
{
  GstDiscordSignaller *self = own_new_joined ();
  g_auto (GStrv) keys = NULL;

  tell_created (self, KEY, 50, 60);
  gst_discord_signaller_stream_server (self, KEY, "t", "e");
  gst_discord_signaller_session_replaced (self);
  expect_server (self, KEY, 0, 0, NULL);
  keys = gst_discord_signaller_get_streams (self);
  fail_unless_equals_int (g_strv_length (keys), 0);
  REFUSED (gst_discord_signaller_watch_stream (self, KEY, &error),
      GST_DISCORD_ERROR_NOT_CONNECTED);
  g_object_unref (self);
}

GST_END_TEST

/* Nonsense leaves no trace, and floods end somewhere. */
GST_START_TEST (test_hostile)
{
  GstDiscordSignaller *self = own_new_joined ();
  Own *own = (Own *) self;
  g_auto (GStrv) keys = NULL;

  tell_created (self, KEY, 0, 60);
  gst_discord_signaller_stream_server (self, "test:1", "t", "e");
  gst_discord_signaller_stream_deleted (self, "guild:1", "x", FALSE);
  own_expect (own, "");
  /* The end of what never was is the answer to a request. */
  gst_discord_signaller_stream_deleted (self, KEY, "stream_full", FALSE);
  own_expect (own, "deleted:" KEY ":3 ");
  /* What is named and never comes makes room for what does. */
  for (guint i = 1; i <= 3000; i++) {
    g_autofree gchar *key = g_strdup_printf ("call:3:%u", i);

    gst_discord_signaller_stream_server (self, key, "t", "e");
  }
  for (guint i = 1; i <= 3000; i++) {
    g_autofree gchar *key = g_strdup_printf ("call:2:%u", i);

    tell_created (self, key, 50, 60);
    gst_discord_signaller_stream_server (self, key, "t", "e");
  }
  keys = gst_discord_signaller_get_streams (self);
  fail_unless_equals_int (g_strv_length (keys), 1024);
  g_object_unref (self);
}

GST_END_TEST

GST_START_TEST (test_rest)
{
  GstDiscordSignaller *self = own_new_joined ();
  g_autoptr (GBytes) image = g_bytes_new_static ("abc", 3);
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GAsyncResult) uploaded = NULL;
  g_autoptr (GAsyncResult) fetched = NULL;
  g_autoptr (GAsyncResult) empty = NULL;
  g_autoptr (GAsyncResult) bad_key = NULL;
  g_autoptr (GAsyncResult) missing = NULL;
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autofree gchar *url = NULL;
  GAsyncResult *result = NULL;
  GError *error = NULL;

  gst_discord_signaller_upload_stream_preview_async (
      self, "guild:1:2:09", image, NULL, on_done, &result);
  uploaded = wait_done (&result);
  fail_unless (gst_discord_signaller_upload_stream_preview_finish (
      self, uploaded, &error));
  own_expect ((Own *) self, "upload:" MINE ":3 ");

  gst_discord_signaller_fetch_stream_preview_async (
      self, KEY, NULL, on_done, &result);
  fetched = wait_done (&result);
  url =
      gst_discord_signaller_fetch_stream_preview_finish (self, fetched, &error);
  fail_unless_equals_string (url, "https://cdn/x");

  ((Own *) self)->refuses = TRUE;
  gst_discord_signaller_fetch_stream_preview_async (
      self, KEY, NULL, on_done, &result);
  empty = wait_done (&result);
  REFUSED (
      gst_discord_signaller_fetch_stream_preview_finish (self, empty, &error),
      GST_DISCORD_ERROR_PROTOCOL);

  gst_discord_signaller_fetch_stream_preview_async (
      self, "x", NULL, on_done, &result);
  bad_key = wait_done (&result);
  REFUSED (
      gst_discord_signaller_fetch_stream_preview_finish (self, bad_key, &error),
      GST_DISCORD_ERROR_SETTINGS);

  gst_discord_signaller_notify_stream_async (
      self, MINE, NULL, on_done, &result);
  missing = wait_done (&result);
  REFUSED (gst_discord_signaller_notify_stream_finish (self, missing, &error),
      GST_DISCORD_ERROR_NOT_SUPPORTED);

  g_cancellable_cancel (cancelled);
  gst_discord_signaller_set_stream_region_async (
      self, MINE, "r", cancelled, on_done, &result);
  stopped = wait_done (&result);
  fail_if (
      gst_discord_signaller_set_stream_region_finish (self, stopped, &error));
  fail_unless (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_error_free (error);
  g_object_unref (self);
}

GST_END_TEST

static Suite *
signallerstreams_suite (void)
{
  Suite *s = suite_create ("signallerstreams");
  TCase *tc = tcase_create ("streams");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_asked);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_not_supported);
  tcase_add_test (tc, test_any_order);
  tcase_add_test (tc, test_updates);
  tcase_add_test (tc, test_outage);
  tcase_add_test (tc, test_fail_over);
  tcase_add_test (tc, test_live);
  tcase_add_test (tc, test_session_replaced);
  tcase_add_test (tc, test_hostile);
  tcase_add_test (tc, test_rest);
  return s;
}

GST_CHECK_MAIN (signallerstreams);
