/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a signaller is asked for when our voice state changes. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/gstdiscordstaticsignaller.h>

/* An application's own, with and without the camera. */
typedef struct
{
  GObject parent;
  GString *log; /* words, a space behind each */
} Own;

typedef struct
{
  GObjectClass parent;
} OwnClass;

typedef Own OwnCamera; /* derived, without anything of its own */
typedef OwnClass OwnCameraClass;

static GType own_get_type (void);
static GType own_camera_get_type (void);

static void
own_update (GstDiscordSignaller *self, guint64 guild_id, guint64 channel_id,
    gboolean mute, gboolean deaf)
{
  g_string_append_printf (((Own *) self)->log,
      "plain:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%d:%d ", guild_id,
      channel_id, mute, deaf);
}

static void
own_update_full (GstDiscordSignaller *self, guint64 guild_id,
    guint64 channel_id, gboolean mute, gboolean deaf, gboolean video)
{
  g_string_append_printf (((Own *) self)->log,
      "full:%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%d:%d:%d ", guild_id,
      channel_id, mute, deaf, video);
}

static void
own_iface_init (GstDiscordSignallerInterface *iface)
{
  iface->update_voice_state = own_update;
}

static void
own_camera_iface_init (GstDiscordSignallerInterface *iface)
{
  iface->update_voice_state = NULL;
  iface->update_voice_state_full = own_update_full;
}

G_DEFINE_TYPE_WITH_CODE (Own, own, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (GST_TYPE_DISCORD_SIGNALLER, own_iface_init))
G_DEFINE_TYPE_WITH_CODE (OwnCamera, own_camera, own_get_type (),
    G_IMPLEMENT_INTERFACE (GST_TYPE_DISCORD_SIGNALLER, own_camera_iface_init))

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
own_camera_class_init (OwnCameraClass *klass)
{
}

static void
own_camera_init (OwnCamera *self)
{
}

/* Who does not know of the camera is asked for the rest; who knows of nothing
 * else is asked with it off. */
GST_START_TEST (test_own)
{
  GstDiscordSignaller *self = g_object_new (
      __i__ == 0 ? own_get_type () : own_camera_get_type (), NULL);

  gst_discord_signaller_update_voice_state_full (self, 1, 2, TRUE, FALSE, TRUE);
  gst_discord_signaller_update_voice_state (self, 1, 2, FALSE, TRUE);
  fail_unless_equals_string (((Own *) self)->log->str,
      __i__ == 0 ? "plain:1:2:1:0 plain:1:2:0:1 "
                 : "full:1:2:1:0:1 full:1:2:0:1:0 ");
  g_object_unref (self);
}

GST_END_TEST

static void
on_voice_state (GstDiscordSignaller *signaller, guint64 guild_id,
    guint64 channel_id, guint64 user_id, const gchar *session_id, GString *log)
{
  g_string_append_printf (log, "in:%" G_GUINT64_FORMAT " ", channel_id);
}

static void
on_voice_server (GstDiscordSignaller *signaller, guint64 guild_id,
    guint64 channel_id, const gchar *token, const gchar *endpoint, GString *log)
{
  g_string_append_printf (log, "%s ", token);
}

#define EXPECT(text)                                                           \
  G_STMT_START                                                                 \
  {                                                                            \
    fail_unless_equals_string (log->str, text);                                \
    g_string_truncate (log, 0);                                                \
  }                                                                            \
  G_STMT_END

/* Flags are for the application's gateway to tell: the voice server that it gave
 * us is not told again for them, which would begin a new session. */
GST_START_TEST (test_static)
{
  GstDiscordSignaller *self =
      gst_discord_static_signaller_new (9, "session", "token", "endpoint");
  GString *log = g_string_new (NULL);

  g_signal_connect (self, "voice-state", G_CALLBACK (on_voice_state), log);
  g_signal_connect (self, "voice-server", G_CALLBACK (on_voice_server), log);

  gst_discord_signaller_update_voice_state_full (
      self, 1, 2, FALSE, FALSE, FALSE);
  EXPECT ("in:2 token ");
  gst_discord_signaller_update_voice_state_full (
      self, 1, 2, FALSE, FALSE, TRUE);
  gst_discord_signaller_update_voice_state_full (self, 1, 2, TRUE, FALSE, TRUE);
  gst_discord_signaller_update_voice_state_full (self, 1, 2, TRUE, TRUE, TRUE);
  EXPECT ("");
  /* To join again, or elsewhere, they are asked for. */
  gst_discord_signaller_update_voice_state_full (self, 1, 2, TRUE, TRUE, TRUE);
  EXPECT ("in:2 token ");
  gst_discord_signaller_update_voice_state_full (self, 1, 3, TRUE, TRUE, FALSE);
  EXPECT ("in:3 token ");
  gst_discord_signaller_update_voice_state_full (self, 1, 0, TRUE, TRUE, FALSE);
  EXPECT ("in:0 ");
  gst_discord_signaller_update_voice_state_full (self, 1, 0, TRUE, TRUE, TRUE);
  EXPECT ("in:0 ");
  gst_discord_signaller_update_voice_state_full (self, 1, 3, TRUE, TRUE, FALSE);
  EXPECT ("in:3 token ");
  g_string_free (log, TRUE);
  g_object_unref (self);
}

GST_END_TEST

static Suite *
signallervoice_suite (void)
{
  Suite *s = suite_create ("signallervoice");
  TCase *tc = tcase_create ("general");

  tcase_add_loop_test (tc, test_own, 0, 2);
  tcase_add_test (tc, test_static);
  suite_add_tcase (s, tc);
  return s;
}

GST_CHECK_MAIN (signallervoice);
