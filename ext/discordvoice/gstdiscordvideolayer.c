/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvideolayer.h"
#include "gstdiscorddaveenc.h"
#include "gstdiscordkeyframereplay.h"
#include "gstdiscordpacketpacer.h"
#include "videocaps.h"

#include <gst/rtp/rtp.h>

struct _GstDiscordVideoLayer
{
  GstBin parent;

  gchar *rid; /* constant */
  GstElement *replay; /* owned by the bin, constant */
  GstElement *player; /* owned by the bin, constant */
  GstElement *encrypter; /* owned by the bin, constant */
  GstElement *payloader; /* owned by the bin, constant; NULL: not installed */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));

G_DEFINE_FINAL_TYPE (
    GstDiscordVideoLayer, gst_discord_video_layer, GST_TYPE_BIN);

/* The video block of media-transport 3, in its order. The RTP bin numbers the
 * packets of all layers together. */
static const struct
{
  const gchar *factory;
  guint id;
  const gchar *property; /* or NULL */
  const gchar *camera; /* its value; NULL: our RID */
  const gchar *screen; /* the same of a stream */
} extensions[] = {
  { "discordhdrexttoffset", 2, NULL, NULL, NULL },
  { "discordhdrextabssendtime", 3, NULL, NULL, NULL },
  { "discordhdrextorientation", 4, NULL, NULL, NULL },
  { "discordhdrexttransportseq", 5, NULL, NULL, NULL },
  { "discordhdrextplayoutdelay", 6, NULL, NULL, NULL },
  { "discordhdrextcontenttype", 7, "screen", "false", "true" },
  { "discordhdrextvideotiming", 8, NULL, NULL, NULL },
  { "discordhdrextmid", 10, "mid", "video", "screen" },
  { "rtphdrextstreamid", 11, "rid", NULL, NULL },
};

static void
add_extension (GstDiscordVideoLayer *self, guint index, gboolean screen)
{
  const gchar *value =
      screen ? extensions[index].screen : extensions[index].camera;
  g_autoptr (GstElement) element =
      gst_element_factory_make (extensions[index].factory, NULL);

  if (element == NULL) {
    GST_WARNING_OBJECT (
        self, "element %s is not installed", extensions[index].factory);
    return;
  }
  gst_object_ref_sink (element);
  if (extensions[index].property != NULL)
    gst_util_set_object_arg (G_OBJECT (element), extensions[index].property,
        value != NULL ? value : self->rid);
  gst_rtp_header_extension_set_id (
      GST_RTP_HEADER_EXTENSION (element), extensions[index].id);
  g_signal_emit_by_name (self->payloader, "add-extension", element);
}

void
gst_discord_video_layer_set_header_extensions (
    GstDiscordVideoLayer *self, gboolean enabled, gboolean screen)
{
  g_signal_emit_by_name (self->payloader, "clear-extensions");
  for (guint i = 0; enabled && i < G_N_ELEMENTS (extensions); i++)
    add_extension (self, i, screen);
}

gboolean
gst_discord_video_layer_check (GstDiscordVideoLayer *self, gchar **missing)
{
  if (self->payloader != NULL)
    return TRUE;
  *missing = g_strdup ("discordrtpvideopay");
  return FALSE;
}

const gchar *
gst_discord_video_layer_get_rid (GstDiscordVideoLayer *self)
{
  return self->rid;
}

GstDiscordVideoPlayer *
gst_discord_video_layer_get_player (GstDiscordVideoLayer *self)
{
  return GST_DISCORD_VIDEO_PLAYER (self->player);
}

void
gst_discord_video_layer_set_connection (
    GstDiscordVideoLayer *self, GstDiscordConnection *connection)
{
  gst_discord_media_sink_set_connection (
      GST_DISCORD_MEDIA_SINK (self->player), connection);
  g_object_set (self->encrypter, "connection", connection, NULL);
}

void
gst_discord_video_layer_set_async (GstDiscordVideoLayer *self, gboolean async)
{
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self->player), async);
}

void
gst_discord_video_layer_set_timeline (
    GstDiscordVideoLayer *self, DiscordTimeline *timeline)
{
  gst_discord_media_sink_set_timeline (
      GST_DISCORD_MEDIA_SINK (self->player), timeline);
}

void
gst_discord_video_layer_set_e2ee_timeout (
    GstDiscordVideoLayer *self, guint timeout)
{
  gst_discord_media_sink_set_e2ee_timeout (
      GST_DISCORD_MEDIA_SINK (self->player), timeout);
}

void
gst_discord_video_layer_set_keyframe_replay (
    GstDiscordVideoLayer *self, guint limit)
{
  gst_discord_keyframe_replay_set_limit (
      GST_DISCORD_KEYFRAME_REPLAY (self->replay), limit);
}

void
gst_discord_video_layer_set_rtx_ssrc (GstDiscordVideoLayer *self, guint32 ssrc)
{
  g_autoptr (GstPad) src =
      gst_element_get_static_pad (GST_ELEMENT (self), "src");
  g_autoptr (GstPad) peer = gst_pad_get_peer (src);

  if (peer != NULL)
    g_object_set (peer, "rtx-ssrc", ssrc, NULL);
}

GstStructure *
gst_discord_video_layer_get_stats (GstDiscordVideoLayer *self)
{
  GstStructure *stats = gst_structure_new ("application/x-discord-layer-stats",
      "rid", G_TYPE_STRING, self->rid, NULL);

  gst_discord_video_player_add_stats (
      gst_discord_video_layer_get_player (self), stats);
  gst_structure_set (stats, "keyframe-replays", G_TYPE_UINT64,
      gst_discord_keyframe_replay_get_count (
          GST_DISCORD_KEYFRAME_REPLAY (self->replay)),
      NULL);
  return stats;
}

static void
gst_discord_video_layer_finalize (GObject *object)
{
  g_free (GST_DISCORD_VIDEO_LAYER (object)->rid);
  G_OBJECT_CLASS (gst_discord_video_layer_parent_class)->finalize (object);
}

static void
gst_discord_video_layer_class_init (GstDiscordVideoLayerClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_video_layer_finalize;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Discord video layer",
      "Sink/Network/Video", "Paces, encrypts and packetises one video stream",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

/* What a ghost pad makes of its target's caps by itself has the order of the
 * template; upstream is to see first what the session wants first. */
static gboolean
query_target (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstPad) target = NULL;

  if (GST_QUERY_TYPE (query) == GST_QUERY_CAPS)
    target = gst_ghost_pad_get_target (GST_GHOST_PAD (pad));
  return target != NULL ? gst_pad_query (target, query)
                        : gst_pad_query_default (pad, parent, query);
}

void
gst_discord_video_layer_keep_caps_order (GstPad *ghost)
{
  gst_pad_set_query_function (ghost, GST_DEBUG_FUNCPTR (query_target));
}

static GstPad *
add_ghost (GstDiscordVideoLayer *self, GstStaticPadTemplate *template,
    GstElement *child)
{
  g_autoptr (GstPadTemplate) made = gst_static_pad_template_get (template);
  g_autoptr (GstPad) target =
      gst_element_get_static_pad (child, template->name_template);
  GstPad *ghost =
      gst_ghost_pad_new_from_template (template->name_template, target, made);

  gst_element_add_pad (GST_ELEMENT (self), ghost);
  return ghost;
}

static void
gst_discord_video_layer_init (GstDiscordVideoLayer *self)
{
  GstElement *pacer =
      g_object_new (GST_TYPE_DISCORD_PACKET_PACER, "name", "pacer", NULL);

  self->replay =
      g_object_new (GST_TYPE_DISCORD_KEYFRAME_REPLAY, "name", "replay", NULL);
  self->player =
      g_object_new (GST_TYPE_DISCORD_VIDEO_PLAYER, "name", "player", NULL);
  /* Behind the player, so that a frame is encrypted for those who are in the
   * group when it is sent. */
  self->encrypter =
      g_object_new (GST_TYPE_DISCORD_DAVE_ENC, "name", "encrypter", NULL);
  gst_discord_dave_enc_set_tells_no_key (
      GST_DISCORD_DAVE_ENC (self->encrypter), TRUE);
  gst_bin_add_many (
      GST_BIN (self), self->replay, self->player, self->encrypter, pacer, NULL);
  gst_element_link_pads_full (
      self->replay, "src", self->player, "sink", GST_PAD_LINK_CHECK_NOTHING);
  gst_discord_video_layer_keep_caps_order (
      add_ghost (self, &sink_template, self->replay));
  add_ghost (self, &src_template, pacer);

  self->payloader =
      gst_element_factory_make ("discordrtpvideopay", "payloader");
  if (self->payloader == NULL)
    return;
  gst_bin_add (GST_BIN (self), self->payloader);
  gst_element_link_many (
      self->player, self->encrypter, self->payloader, pacer, NULL);
}

GstDiscordVideoLayer *
gst_discord_video_layer_new (const gchar *rid)
{
  g_autofree gchar *name = g_strdup_printf ("video-%s", rid);
  GstDiscordVideoLayer *self =
      g_object_new (GST_TYPE_DISCORD_VIDEO_LAYER, "name", name, NULL);

  self->rid = g_strdup (rid);
  return self;
}
