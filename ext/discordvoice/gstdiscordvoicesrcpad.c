/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesrcpad.h"

enum
{
  PROP_0,
  PROP_SSRC,
  PROP_USER_ID,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

typedef struct
{
  /* Object lock */
  guint32 ssrc;
  guint64 user_id;
} GstDiscordVoiceSrcPadPrivate;

#define PRIVATE(self)                                                          \
  ((GstDiscordVoiceSrcPadPrivate *)                                            \
          gst_discord_voice_src_pad_get_instance_private (self))

G_DEFINE_TYPE_WITH_PRIVATE (
    GstDiscordVoiceSrcPad, gst_discord_voice_src_pad, GST_TYPE_GHOST_PAD);

void
gst_discord_voice_src_pad_set_ssrc (GstDiscordVoiceSrcPad *self, guint32 ssrc)
{
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = PRIVATE (self)->ssrc != ssrc;
  PRIVATE (self)->ssrc = ssrc;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SSRC]);
}

void
gst_discord_voice_src_pad_set_user (
    GstDiscordVoiceSrcPad *self, guint64 user_id)
{
  gboolean changed;

  GST_OBJECT_LOCK (self);
  changed = PRIVATE (self)->user_id != user_id;
  PRIVATE (self)->user_id = user_id;
  GST_OBJECT_UNLOCK (self);
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_USER_ID]);
}

static void
gst_discord_voice_src_pad_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordVoiceSrcPad *self = GST_DISCORD_VOICE_SRC_PAD (object);

  switch (prop_id) {
    case PROP_SSRC:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, PRIVATE (self)->ssrc);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_USER_ID:
      GST_OBJECT_LOCK (self);
      g_value_set_uint64 (value, PRIVATE (self)->user_id);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_voice_src_pad_class_init (GstDiscordVoiceSrcPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = gst_discord_voice_src_pad_get_property;

  /**
   * GstDiscordVoiceSrcPad:ssrc:
   *
   * The SSRC whose media comes out of this pad. It changes when the user gets
   * another one, as in a new voice session. Notified from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_SSRC] = g_param_spec_uint ("ssrc", "SSRC",
      "SSRC whose media comes out of this pad", 0, G_MAXUINT32, 0,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * GstDiscordVoiceSrcPad:user-id:
   *
   * Who is heard or seen, 0 while that is not known. Notified from any thread.
   *
   * Since: 0.1
   */
  properties[PROP_USER_ID] = g_param_spec_uint64 ("user-id", "User ID",
      "User who is heard or seen (0 = not known yet)", 0, G_MAXUINT64, 0,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_discord_voice_src_pad_init (GstDiscordVoiceSrcPad *self)
{
}

GstPad *
gst_discord_voice_src_pad_new (const gchar *name, GstPad *target,
    GstPadTemplate *template, guint32 ssrc, guint64 user_id)
{
  GstDiscordVoiceSrcPad *self = g_object_new (GST_TYPE_DISCORD_VOICE_SRC_PAD,
      "name", name, "direction", GST_PAD_SRC, "template", template, NULL);

  PRIVATE (self)->ssrc = ssrc;
  PRIVATE (self)->user_id = user_id;
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), target);
  return GST_PAD (self);
}
