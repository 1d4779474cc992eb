/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordaudiosender.h"
#include "gstdiscordaudioplayer.h"
#include "gstdiscorddaveenc.h"
#include "missingelement.h"

#include <gst/rtp/rtp.h>

GST_DEBUG_CATEGORY_STATIC (discord_audio_sender_debug);
#define GST_CAT_DEFAULT discord_audio_sender_debug

/* media-transport 5: libopus adds no FEC while it expects no loss. */
#define ENCODER_FRAME_MS "20"
#define ENCODER_LOSS_PERCENT 5
#define ENCODER_CAPS "audio/x-raw, rate=(int)48000, channels=(int)2"

struct _GstDiscordAudioSender
{
  GstBin parent;

  GstElement *player; /* owned by the bin, constant */
  GstElement *encrypter; /* owned by the bin, constant */
  GstElement *payloader; /* owned by the bin, constant; or NULL */
  GstPad *sinkpad;
  gchar *missing; /* name of a factory; constant */

  /* The object lock guards the fields below. */
  GstStructure *encoder_properties;
  GstDiscordSpeakingFlags speaking; /* what is asked for */
  gboolean soundshare;
  GPtrArray *speaking_extensions; /* those with a property `speaking` */

  /* Streaming thread, and below PAUSED. */
  GstElement *encoder; /* owned by the bin */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (DISCORD_AUDIO_SENDER_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordAudioSender, gst_discord_audio_sender,
    GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (discord_audio_sender_debug, "discordaudiosender",
        0, "Discord audio sender"));

static GstElement *
make (const gchar *factory, const gchar *name, gchar **missing)
{
  GstElement *element = gst_element_factory_make (factory, name);

  if (element == NULL && *missing == NULL)
    *missing = g_strdup (factory);
  return element;
}

static gboolean
set_encoder_property (GQuark field, const GValue *value, gpointer user_data)
{
  const gchar *name = g_quark_to_string (field);
  GObject *encoder = user_data;

  if (g_object_class_find_property (G_OBJECT_GET_CLASS (encoder), name) == NULL)
    GST_WARNING_OBJECT (encoder, "the encoder has no property %s", name);
  else if (G_VALUE_HOLDS_STRING (value))
    /* A structure that was written as text does not know enumerations. */
    gst_util_set_object_arg (encoder, name, g_value_get_string (value));
  else
    g_object_set_property (encoder, name, value);
  return TRUE;
}

static void
configure_encoder (GstDiscordAudioSender *self, GstElement *opusenc)
{
  g_autoptr (GstStructure) properties = NULL;

  gst_util_set_object_arg (G_OBJECT (opusenc), "frame-size", ENCODER_FRAME_MS);
  g_object_set (opusenc, "inband-fec", TRUE, "packet-loss-percentage",
      ENCODER_LOSS_PERCENT, NULL);

  GST_OBJECT_LOCK (self);
  if (self->encoder_properties != NULL)
    properties = gst_structure_copy (self->encoder_properties);
  GST_OBJECT_UNLOCK (self);
  if (properties != NULL)
    gst_structure_foreach (properties, set_encoder_property, opusenc);
}

static GstElement *
make_filter (gchar **missing)
{
  GstElement *filter = make ("capsfilter", NULL, missing);
  g_autoptr (GstCaps) caps = gst_caps_from_string (ENCODER_CAPS);

  if (filter != NULL)
    g_object_set (filter, "caps", caps, NULL);
  return filter;
}

/* Measures the levels that go out with the packets. Without it they say
 * "loudest", so it is no loss when the plugin is not installed. */
static GstElement *
make_level (void)
{
  GstElement *level = gst_element_factory_make ("level", NULL);

  if (level != NULL)
    g_object_set (
        level, "post-messages", FALSE, "audio-level-meta", TRUE, NULL);
  return level;
}

static void
add_ghost (GstElement *bin, GstElement *child, const gchar *name)
{
  g_autoptr (GstPad) target = gst_element_get_static_pad (child, name);

  gst_element_add_pad (bin, gst_ghost_pad_new (name, target));
}

/* NULL and @missing when an element does not exist. */
static GstElement *
make_encoder (GstDiscordAudioSender *self, gchar **missing)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new ();
  GstElement *bin = gst_bin_new ("encoder");
  GstElement *level = make_level ();

  g_ptr_array_add (chain, make ("audioconvert", NULL, missing));
  g_ptr_array_add (chain, make ("audioresample", NULL, missing));
  g_ptr_array_add (chain, make_filter (missing));
  if (level != NULL)
    g_ptr_array_add (chain, level);
  g_ptr_array_add (chain, make ("opusenc", NULL, missing));

  for (guint i = 0; i < chain->len; i++)
    if (g_ptr_array_index (chain, i) != NULL)
      gst_bin_add (GST_BIN (bin), g_ptr_array_index (chain, i));
  if (*missing != NULL) {
    gst_object_unref (bin);
    return NULL;
  }
  for (guint i = 1; i < chain->len; i++)
    gst_element_link (
        g_ptr_array_index (chain, i - 1), g_ptr_array_index (chain, i));
  configure_encoder (self, g_ptr_array_index (chain, chain->len - 1));
  add_ghost (bin, g_ptr_array_index (chain, 0), "sink");
  add_ghost (bin, g_ptr_array_index (chain, chain->len - 1), "src");
  return bin;
}

static void
set_target (GstDiscordAudioSender *self, GstElement *element)
{
  g_autoptr (GstPad) target =
      element != NULL ? gst_element_get_static_pad (element, "sink") : NULL;

  gst_ghost_pad_set_target (GST_GHOST_PAD (self->sinkpad), target);
}

static gboolean
plug_encoder (GstDiscordAudioSender *self)
{
  g_autofree gchar *missing = NULL;
  GstElement *encoder;

  if (self->encoder != NULL)
    return TRUE;
  encoder = make_encoder (self, &missing);
  if (encoder == NULL) {
    discord_missing_element_tell (GST_ELEMENT (self), missing);
    GST_ELEMENT_ERROR (self, STREAM, CODEC_NOT_FOUND,
        ("Raw audio cannot be encoded: element %s is not installed.", missing),
        (NULL));
    return FALSE;
  }
  set_target (self, NULL);
  gst_bin_add (GST_BIN (self), encoder);
  gst_element_link (encoder, self->player);
  set_target (self, encoder);
  self->encoder = encoder;
  return gst_element_sync_state_with_parent (encoder);
}

static void
unplug_encoder (GstDiscordAudioSender *self)
{
  GstElement *encoder = g_steal_pointer (&self->encoder);

  if (encoder == NULL)
    return;
  set_target (self, NULL);
  gst_element_unlink (encoder, self->player);
  gst_element_set_locked_state (encoder, TRUE);
  gst_element_set_state (encoder, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), encoder);
  set_target (self, self->player);
}

static gboolean
plug_for_caps (GstDiscordAudioSender *self, GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);

  if (gst_structure_has_name (structure, "audio/x-raw"))
    return plug_encoder (self);
  unplug_encoder (self);
  return TRUE;
}

static gboolean
audio_sender_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    if (!plug_for_caps (GST_DISCORD_AUDIO_SENDER (parent), caps)) {
      gst_event_unref (event);
      return FALSE;
    }
  }
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
answer_caps (GstPad *pad, GstQuery *query)
{
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);
  g_autoptr (GstCaps) result = NULL;
  GstCaps *filter;

  gst_query_parse_caps (query, &filter);
  if (filter != NULL)
    result =
        gst_caps_intersect_full (filter, template, GST_CAPS_INTERSECT_FIRST);
  else
    result = gst_caps_ref (template);
  gst_query_set_caps_result (query, result);
  return TRUE;
}

static gboolean
answer_accept_caps (GstPad *pad, GstQuery *query)
{
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);
  GstCaps *caps;

  gst_query_parse_accept_caps (query, &caps);
  gst_query_set_accept_caps_result (query, gst_caps_is_subset (caps, template));
  return TRUE;
}

/* What is plugged now says nothing of what could be plugged. */
static gboolean
audio_sender_sink_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS:
      return answer_caps (pad, query);
    case GST_QUERY_ACCEPT_CAPS:
      return answer_accept_caps (pad, query);
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

gboolean
gst_discord_audio_sender_check (GstDiscordAudioSender *self, gchar **missing)
{
  if (self->missing == NULL)
    return TRUE;
  *missing = g_strdup (self->missing);
  return FALSE;
}

void
gst_discord_audio_sender_set_connection (
    GstDiscordAudioSender *self, GstDiscordConnection *connection)
{
  gst_discord_media_sink_set_connection (
      GST_DISCORD_MEDIA_SINK (self->player), connection);
  g_object_set (self->encrypter, "connection", connection, NULL);
}

void
gst_discord_audio_sender_set_async (GstDiscordAudioSender *self, gboolean async)
{
  gst_base_sink_set_async_enabled (GST_BASE_SINK (self->player), async);
}

void
gst_discord_audio_sender_set_encoder_properties (
    GstDiscordAudioSender *self, const GstStructure *properties)
{
  GstStructure *copy =
      properties != NULL ? gst_structure_copy (properties) : NULL;
  GstStructure *old;

  GST_OBJECT_LOCK (self);
  old = self->encoder_properties;
  self->encoder_properties = copy;
  GST_OBJECT_UNLOCK (self);
  if (old != NULL)
    gst_structure_free (old);
}

static void
add_extension (GstDiscordAudioSender *self, const gchar *factory, guint id,
    GPtrArray *speaking)
{
  g_autoptr (GstElement) element = gst_element_factory_make (factory, NULL);

  if (element == NULL) {
    GST_WARNING_OBJECT (self, "element %s is not installed", factory);
    return;
  }
  gst_object_ref_sink (element);
  gst_rtp_header_extension_set_id (GST_RTP_HEADER_EXTENSION (element), id);
  g_signal_emit_by_name (self->payloader, "add-extension", element);
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (element), "speaking"))
    g_ptr_array_add (speaking, gst_object_ref (element));
}

/* What is announced (golive 4). */
static GstDiscordSpeakingFlags
get_speaking (GstDiscordAudioSender *self)
{
  GstDiscordSpeakingFlags speaking;

  GST_OBJECT_LOCK (self);
  speaking = self->speaking;
  if (self->soundshare && speaking != GST_DISCORD_SPEAKING_NONE)
    speaking = GST_DISCORD_SPEAKING_SOUNDSHARE;
  GST_OBJECT_UNLOCK (self);
  return speaking;
}

static void
tell_extensions (GstDiscordAudioSender *self)
{
  GstDiscordSpeakingFlags speaking = get_speaking (self);
  g_autoptr (GPtrArray) extensions = NULL;

  GST_OBJECT_LOCK (self);
  extensions = g_ptr_array_ref (self->speaking_extensions);
  GST_OBJECT_UNLOCK (self);
  for (guint i = 0; i < extensions->len; i++)
    g_object_set (
        g_ptr_array_index (extensions, i), "speaking", (guint) speaking, NULL);
}

void
gst_discord_audio_sender_set_header_extensions (
    GstDiscordAudioSender *self, gboolean enabled)
{
  GPtrArray *speaking = g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GPtrArray) old = NULL;

  g_signal_emit_by_name (self->payloader, "clear-extensions");
  if (enabled) {
    /* The audio block of media-transport 3, in its order. */
    add_extension (self, "discordhdrextaudiolevel", 1, speaking);
    add_extension (self, "discordhdrextabssendtime", 3, speaking);
    add_extension (self, "discordhdrextspeaker", 9, speaking);
    add_extension (self, "discordhdrextmid", 10, speaking);
  }
  GST_OBJECT_LOCK (self);
  old = self->speaking_extensions;
  self->speaking_extensions = speaking;
  GST_OBJECT_UNLOCK (self);
  tell_extensions (self);
}

void
gst_discord_audio_sender_set_speaking (
    GstDiscordAudioSender *self, GstDiscordSpeakingFlags speaking)
{
  GST_OBJECT_LOCK (self);
  self->speaking = speaking;
  GST_OBJECT_UNLOCK (self);
  tell_extensions (self);
  gst_discord_audio_player_set_speaking (
      GST_DISCORD_AUDIO_PLAYER (self->player), get_speaking (self));
}

void
gst_discord_audio_sender_set_soundshare (
    GstDiscordAudioSender *self, gboolean soundshare)
{
  GstDiscordAudioPlayer *player = GST_DISCORD_AUDIO_PLAYER (self->player);

  GST_OBJECT_LOCK (self);
  self->soundshare = soundshare;
  GST_OBJECT_UNLOCK (self);
  tell_extensions (self);
  gst_discord_audio_player_set_keeps_speaking (player, soundshare);
  gst_discord_audio_player_set_speaking (player, get_speaking (self));
}

void
gst_discord_audio_sender_set_timeline (
    GstDiscordAudioSender *self, DiscordTimeline *timeline)
{
  gst_discord_media_sink_set_timeline (
      GST_DISCORD_MEDIA_SINK (self->player), timeline);
}

void
gst_discord_audio_sender_set_e2ee_timeout (
    GstDiscordAudioSender *self, guint timeout)
{
  gst_discord_media_sink_set_e2ee_timeout (
      GST_DISCORD_MEDIA_SINK (self->player), timeout);
}

void
gst_discord_audio_sender_finish (GstDiscordAudioSender *self)
{
  gst_discord_audio_player_finish (GST_DISCORD_AUDIO_PLAYER (self->player));
}

void
gst_discord_audio_sender_add_stats (
    GstDiscordAudioSender *self, GstStructure *stats)
{
  gst_discord_audio_player_add_stats (
      GST_DISCORD_AUDIO_PLAYER (self->player), stats);
}

static void
gst_discord_audio_sender_finalize (GObject *object)
{
  GstDiscordAudioSender *self = GST_DISCORD_AUDIO_SENDER (object);

  g_clear_pointer (&self->encoder_properties, gst_structure_free);
  g_ptr_array_unref (self->speaking_extensions);
  g_free (self->missing);
  G_OBJECT_CLASS (gst_discord_audio_sender_parent_class)->finalize (object);
}

static void
gst_discord_audio_sender_class_init (GstDiscordAudioSenderClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_audio_sender_finalize;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Discord audio sender",
      "Sink/Network/Audio", "Encodes, paces and packetises one audio stream",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
add_pads (GstDiscordAudioSender *self)
{
  g_autoptr (GstPadTemplate) sink =
      gst_static_pad_template_get (&sink_template);
  g_autoptr (GstPadTemplate) src = gst_static_pad_template_get (&src_template);
  g_autoptr (GstPad) input = gst_element_get_static_pad (self->player, "sink");
  g_autoptr (GstPad) output =
      gst_element_get_static_pad (self->payloader, "src");

  self->sinkpad = gst_ghost_pad_new_from_template ("sink", input, sink);
  gst_pad_set_event_function (self->sinkpad, audio_sender_sink_event);
  gst_pad_set_query_function (self->sinkpad, audio_sender_sink_query);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  gst_element_add_pad (
      GST_ELEMENT (self), gst_ghost_pad_new_from_template ("src", output, src));
}

static void
gst_discord_audio_sender_init (GstDiscordAudioSender *self)
{
  self->speaking = GST_DISCORD_SPEAKING_VOICE;
  self->speaking_extensions = g_ptr_array_new_with_free_func (gst_object_unref);
  self->player =
      g_object_new (GST_TYPE_DISCORD_AUDIO_PLAYER, "name", "player", NULL);
  /* Behind the player, so that a frame is encrypted for those who are in the
   * group when it is sent. */
  self->encrypter =
      g_object_new (GST_TYPE_DISCORD_DAVE_ENC, "name", "encrypter", NULL);
  gst_discord_dave_enc_set_tells_no_key (
      GST_DISCORD_DAVE_ENC (self->encrypter), TRUE);
  gst_bin_add_many (GST_BIN (self), self->player, self->encrypter, NULL);
  self->payloader = make ("discordrtpopuspay", "payloader", &self->missing);
  if (self->payloader == NULL)
    return;
  gst_bin_add (GST_BIN (self), self->payloader);
  gst_element_link_many (self->player, self->encrypter, self->payloader, NULL);
  add_pads (self);
}
