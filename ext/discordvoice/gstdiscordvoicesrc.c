/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordvoicesrc
 * @title: discordvoicesrc
 * @short_description: Receives the audio of a Discord voice channel
 *
 * Joins a voice channel and hands out what is said in it. It is a live source.
 * #discordvoicesink with the same account and guild, in this or another
 * pipeline of the process, shares its connection.
 *
 * ## Pads
 *
 * `audio_<ssrc>` appears with the first packet of each speaker:
 * `audio/x-opus, rate=48000, channels=2, channel-mapping-family=0`, one packet
 * of the sender per buffer. Its `user-id` and `ssrc` properties and the
 * #GstDiscordMediaMeta of each buffer tell who it is, the stream-id ends in
 * `<user>/audio`, a tag event carries the user id as an extended comment
 * (`discord-user-id=<id>`). When Discord has not told yet whose an SSRC is, the
 * first packets wait for that, 200 ms at most; what is not known then follows
 * in tags, metas and property. Buffers also carry a #GstAudioLevelMeta and the
 * sender's wall clock (#GstReferenceTimestampMeta, `timestamp/x-unix`) when the
 * sender sent them. GAP events stand for lost packets and, while the pad is
 * linked, for pauses.
 *
 * A pad is its user's: it stays when the voice server, the session or the
 * channel changes, and when the user gets another SSRC for any other reason. The
 * stream goes on behind a GAP, with DISCONT on its first buffer; `ssrc` is
 * notified, and the name keeps the number of the first SSRC (or one near it,
 * when a pad of that name was there). EOS comes and the pad goes when its user
 * left and did not turn up again within two seconds, in which the voice server
 * may have moved with everybody. The pad of an SSRC whose user never became
 * known ends with the SSRC.
 *
 * `mix`, on request, is everybody mixed: `audio/x-raw, format=S16LE,
 * rate=48000, channels=2`, continuous from the start on, with lost packets
 * concealed. A reader that is more than 200 ms behind loses audio.
 *
 * Pads may stay unlinked, and an error downstream of one stops no other.
 *
 * ## End-to-end encryption
 *
 * What others send is decrypted with DAVE; there is nothing to set up. A frame
 * that cannot be decrypted, or that is in clear where it must not be (property
 * `e2ee`), is left out, counted and, once in a while, told by a warning.
 * `voice-privacy-code` are 30 digits to compare with the other members of the
 * encrypted group, for all of whom they are the same. The key that we are known
 * by is made anew for each process, or kept in `identity-key-file`.
 *
 * ## Element messages
 *
 * `discord-state` (`state`, `previous-state` #GstDiscordConnectionState;
 * `guild-id`, `channel-id` guint64), `discord-user-joined` and
 * `discord-user-left` (`user-id` guint64), `discord-speaking` (`user-id`
 * guint64, `ssrc` guint, `flags` #GstDiscordSpeakingFlags), `discord-moved`
 * (`channel-id` guint64), `discord-resumed`, `discord-e2ee-state` (`state`
 * #GstDiscordE2eeState), `discord-privacy-code` (`voice-privacy-code` string,
 * of the group as it is now; NULL without one), and `discord-receive-stalled`
 * (`pings-lost` guint64): the voice server sends nothing at all any more, not
 * even answers to pings, for about 15 seconds. The progress of joining is told
 * in progress messages with code `connect`; a stream collection is posted
 * whenever the set of streams changes.
 *
 * ## URIs
 *
 * `discord://<guild id>/<channel id>`, where the guild of a call is `@me`. The
 * token comes from the environment variable `DISCORD_TOKEN`. The one
 * parameter is `gateway-url`, for a stand-in on a loopback address.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 discordvoicesrc token-env=DISCORD_TOKEN guild-id=1 channel-id=2 ! opusparse ! oggmux ! filesink location=speaker.opus
 * ]| Records the first speaker as sent, without decoding.
 * |[
 * gst-launch-1.0 discordvoicesrc token-env=DISCORD_TOKEN guild-id=1 channel-id=2 name=src src.mix ! audioconvert ! audioresample ! autoaudiosink
 * ]| Plays everybody.
 * |[
 * gst-launch-1.0 playbin3 uri=discord://1/2
 * ]| The same for the first speaker, with what a player brings along.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesrc.h"
#include "departures.h"
#include "gstdiscordmixer.h"
#include "gstdiscordrtpbin.h"
#include "gstdiscordsettings.h"
#include "gstdiscordvoiceoutputs.h"
#include "gstdiscordvoicesrcpad.h"
#include "receivewatchdog.h"
#include "voiceuri.h"

#include <gst/discord/gstdiscorderror.h>

#include <stdio.h>

GST_DEBUG_CATEGORY (discord_voice_src_debug);
#define GST_CAT_DEFAULT discord_voice_src_debug

#define DEFAULT_LATENCY 60
#define DEFAULT_EOS_ON_DISCONNECT FALSE

enum
{
  PROP_0,
  PROP_LATENCY,
  PROP_EOS_ON_DISCONNECT,
  PROP_SETTINGS, /* the first of them; must be last */
};

static GstStaticPadTemplate audio_template =
    GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS ("audio/x-opus, rate=(int)48000, channels=(int)2, "
                         "channel-mapping-family=(int)0"));
static GstStaticPadTemplate mix_template = GST_STATIC_PAD_TEMPLATE ("mix", GST_PAD_SRC, GST_PAD_REQUEST,
        GST_STATIC_CAPS (GST_DISCORD_MIXER_CAPS));

struct _GstDiscordVoiceSrc
{
  GstBin parent;

  GstDiscordSettings *settings;
  GstDiscordVoiceOutputs *outputs;
  GstDiscordDepartures *departures;
  GstElement *rtp;

  /* Object lock */
  guint latency;
  gboolean eos_on_disconnect;

  /* State changes only */
  GstDiscordConnection *watched; /* owned */
  gulong latency_handler;
  gulong user_left_handler;

  ReceiveWatchdog watchdog; /* signalling thread */
};

static void gst_discord_voice_src_uri_init (
    gpointer interface, gpointer interface_data);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordVoiceSrc, gst_discord_voice_src,
    GST_TYPE_BIN,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, gst_discord_voice_src_uri_init)
    GST_DEBUG_CATEGORY_INIT (discord_voice_src_debug, "discordvoicesrc", 0,
        "Discord voice source"));
GST_ELEMENT_REGISTER_DEFINE (discordvoicesrc, "discordvoicesrc",
    GST_RANK_PRIMARY, GST_TYPE_DISCORD_VOICE_SRC);

/* Streams come and go; any thread. */

static gboolean
parse_pad_ssrc (GstPad *pad, guint *ssrc)
{
  guint session;

  return sscanf (GST_PAD_NAME (pad), "recv_rtp_src_%u_%u", &session, ssrc) == 2;
}

static guint64
find_user (GstDiscordVoiceSrc *self, guint32 ssrc)
{
  g_autoptr (GstDiscordConnection) connection = NULL;
  guint64 user_id =
      gst_discord_rtp_bin_get_user (GST_DISCORD_RTP_BIN (self->rtp), ssrc);

  if (user_id != 0)
    return user_id;
  connection = gst_discord_settings_ref_connection (self->settings);
  if (connection == NULL)
    return 0;
  return gst_discord_connection_get_user_for_ssrc (connection, ssrc);
}

static void
on_rtp_pad_added (GstElement *rtp, GstPad *pad, GstDiscordVoiceSrc *self)
{
  guint64 user_id;
  guint ssrc;

  if (!parse_pad_ssrc (pad, &ssrc))
    return;
  user_id = find_user (self, ssrc);
  gst_discord_voice_outputs_add (self->outputs, pad, ssrc, user_id);
  if (user_id != 0)
    return;
  /* It may have become known in between. */
  user_id = find_user (self, ssrc);
  if (user_id != 0)
    gst_discord_voice_outputs_set_user (self->outputs, ssrc, user_id);
}

static void
on_rtp_pad_removed (GstElement *rtp, GstPad *pad, GstDiscordVoiceSrc *self)
{
  guint ssrc;

  if (parse_pad_ssrc (pad, &ssrc))
    gst_discord_voice_outputs_remove (self->outputs, ssrc);
}

static void
on_ssrc_user (
    GstElement *rtp, guint ssrc, guint64 user_id, GstDiscordVoiceSrc *self)
{
  gst_discord_voice_outputs_set_user (self->outputs, ssrc, user_id);
}

/* What happens to the connection; signalling thread. */

static gboolean
on_failed (GstElement *element, const GError *error)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (element);
  gboolean wanted;

  GST_OBJECT_LOCK (self);
  wanted = self->eos_on_disconnect;
  GST_OBJECT_UNLOCK (self);
  if (!wanted)
    return FALSE;
  if (!g_error_matches (
          error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_DISCONNECTED)
      && !g_error_matches (
          error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CALL_TERMINATED))
    return FALSE;
  return gst_discord_voice_outputs_send_eos (self->outputs);
}

static gboolean
copy_field (GQuark id, const GValue *value, gpointer user_data)
{
  if (id != g_quark_from_static_string ("connection"))
    gst_structure_id_set_value (user_data, id, value);
  return TRUE;
}

static void
add_stats (GstElement *element, GstStructure *stats)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (element);
  g_autoptr (GstStructure) rtp_stats = NULL;

  g_object_get (self->rtp, "stats", &rtp_stats, NULL);
  if (rtp_stats != NULL)
    gst_structure_foreach (rtp_stats, copy_field, stats);
  gst_structure_set (stats, "streams", G_TYPE_UINT,
      gst_discord_voice_outputs_get_count (self->outputs), NULL);
}

static const GstDiscordSettingsHooks settings_hooks = {
  .failed = on_failed,
  .add_stats = add_stats,
};

/* Heartbeats are answered all the time: looking then needs no timer. */
static void
on_heartbeat (
    GstDiscordConnection *connection, GParamSpec *pspec, GWeakRef *ref)
{
  g_autoptr (GstDiscordVoiceSrc) self = g_weak_ref_get (ref);
  g_autoptr (GstStructure) stats = NULL;
  guint64 received = 0, sent = 0, lost = 0;

  if (self == NULL)
    return;
  stats = gst_discord_connection_get_stats (connection);
  gst_structure_get_uint64 (stats, "packets-received", &received);
  gst_structure_get_uint64 (stats, "pings-sent", &sent);
  gst_structure_get_uint64 (stats, "pings-lost", &lost);
  if (!receive_watchdog_update (&self->watchdog, received, sent, lost))
    return;
  GST_WARNING_OBJECT (self, "nothing comes from the voice server any more");
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("discord-receive-stalled", "pings-lost",
              G_TYPE_UINT64, lost, NULL)));
}

static void
on_user_left (GstDiscordConnection *connection, guint64 user_id, GWeakRef *ref)
{
  g_autoptr (GstDiscordVoiceSrc) self = g_weak_ref_get (ref);

  if (self != NULL)
    gst_discord_departures_add (self->departures, connection, user_id);
}

static void
on_departed (GstElement *element, guint64 user_id)
{
  gst_discord_voice_outputs_user_left (
      GST_DISCORD_VOICE_SRC (element)->outputs, user_id);
}

static void
weak_ref_free (gpointer data, GClosure *closure)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static gulong
watch_signal (GstDiscordVoiceSrc *self, const gchar *name, GCallback callback)
{
  GWeakRef *ref = g_new0 (GWeakRef, 1);

  g_weak_ref_init (ref, self);
  return g_signal_connect_data (
      self->watched, name, callback, ref, weak_ref_free, 0);
}

static void
watch_connection (GstDiscordVoiceSrc *self)
{
  self->watched = gst_discord_settings_ref_connection (self->settings);
  self->latency_handler =
      watch_signal (self, "notify::latency", G_CALLBACK (on_heartbeat));
  self->user_left_handler =
      watch_signal (self, "user-left", G_CALLBACK (on_user_left));
}

static void
unwatch_connection (GstDiscordVoiceSrc *self)
{
  if (self->watched == NULL)
    return;
  g_clear_signal_handler (&self->latency_handler, self->watched);
  g_clear_signal_handler (&self->user_left_handler, self->watched);
  gst_discord_departures_clear (self->departures);
  g_clear_object (&self->watched);
}

/* State changes */

static gboolean
join (GstDiscordVoiceSrc *self)
{
  g_autoptr (GstDiscordConnection) connection = NULL;

  if (!gst_discord_settings_open (self->settings))
    return FALSE;
  connection = gst_discord_settings_ref_connection (self->settings);
  g_object_set (self->rtp, "connection", connection, NULL);
  gst_discord_voice_outputs_set_connection (self->outputs, connection);
  watch_connection (self);
  return TRUE;
}

static void
leave (GstDiscordVoiceSrc *self)
{
  unwatch_connection (self);
  gst_discord_voice_outputs_set_connection (self->outputs, NULL);
  gst_discord_settings_close (self->settings);
}

static GstStateChangeReturn
gst_discord_voice_src_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (element);
  GstStateChangeReturn ret;

  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if (!gst_discord_settings_acquire (self->settings))
        return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      gst_discord_voice_outputs_start (self->outputs);
      if (!join (self))
        return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      gst_discord_voice_outputs_play (self->outputs, FALSE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      gst_discord_voice_outputs_stop (self->outputs);
      break;
    default:
      break;
  }

  ret = GST_ELEMENT_CLASS (gst_discord_voice_src_parent_class)
            ->change_state (element, transition);

  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      if (ret == GST_STATE_CHANGE_FAILURE)
        gst_discord_settings_release (self->settings);
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      if (ret == GST_STATE_CHANGE_FAILURE)
        leave (self);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      gst_discord_voice_outputs_play (self->outputs, TRUE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      gst_discord_voice_outputs_finish (self->outputs);
      leave (self);
      break;
    case GST_STATE_CHANGE_READY_TO_NULL:
      g_object_set (self->rtp, "connection", NULL, NULL);
      gst_discord_settings_release (self->settings);
      break;
    default:
      break;
  }
  return ret;
}

/* The inner elements are not made for an EOS from outside. */
static gboolean
gst_discord_voice_src_send_event (GstElement *element, GstEvent *event)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (element);

  if (GST_EVENT_TYPE (event) != GST_EVENT_EOS)
    return GST_ELEMENT_CLASS (gst_discord_voice_src_parent_class)
        ->send_event (element, event);
  gst_event_unref (event);
  return gst_discord_voice_outputs_send_eos (self->outputs);
}

static GstPad *
gst_discord_voice_src_request_new_pad (GstElement *element,
    GstPadTemplate *template, const gchar *name, const GstCaps *caps)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (element);

  return gst_discord_voice_outputs_request_mix (self->outputs, template);
}

static void
gst_discord_voice_src_release_pad (GstElement *element, GstPad *pad)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (element);

  gst_discord_voice_outputs_release_mix (self->outputs, pad);
}

/* URIs */

static GstURIType
gst_discord_voice_src_uri_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
gst_discord_voice_src_uri_get_protocols (GType type)
{
  static const gchar *const protocols[] = { "discord", NULL };

  return protocols;
}

static gchar *
gst_discord_voice_src_uri_get_uri (GstURIHandler *handler)
{
  guint64 guild_id, channel_id;

  g_object_get (
      handler, "guild-id", &guild_id, "channel-id", &channel_id, NULL);
  return discord_voice_uri_format (guild_id, channel_id);
}

static gboolean
gst_discord_voice_src_uri_set_uri (
    GstURIHandler *handler, const gchar *text, GError **error)
{
  g_auto (DiscordVoiceUri) uri = { 0, 0, NULL };

  if (GST_STATE (handler) > GST_STATE_READY) {
    g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "The URI cannot change while the channel is joined");
    return FALSE;
  }
  if (!discord_voice_uri_parse (text, &uri, error))
    return FALSE;
  g_object_set (
      handler, "guild-id", uri.guild_id, "channel-id", uri.channel_id, NULL);
  if (uri.gateway_url != NULL)
    g_object_set (handler, "gateway-url", uri.gateway_url, NULL);
  return TRUE;
}

static void
gst_discord_voice_src_uri_init (gpointer interface, gpointer interface_data)
{
  GstURIHandlerInterface *handler = interface;

  handler->get_type = gst_discord_voice_src_uri_get_type;
  handler->get_protocols = gst_discord_voice_src_uri_get_protocols;
  handler->get_uri = gst_discord_voice_src_uri_get_uri;
  handler->set_uri = gst_discord_voice_src_uri_set_uri;
}

/* Object */

static void
set_latency (GstDiscordVoiceSrc *self, guint latency)
{
  GST_OBJECT_LOCK (self);
  self->latency = latency;
  GST_OBJECT_UNLOCK (self);
  g_object_set (self->rtp, "latency", latency, NULL);
  gst_discord_voice_outputs_set_latency (self->outputs, latency * GST_MSECOND);
}

static void
gst_discord_voice_src_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (object);

  switch (prop_id) {
    case PROP_LATENCY:
      set_latency (self, g_value_get_uint (value));
      break;
    case PROP_EOS_ON_DISCONNECT:
      GST_OBJECT_LOCK (self);
      self->eos_on_disconnect = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      if (!gst_discord_settings_set_property (self->settings, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_voice_src_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (object);

  switch (prop_id) {
    case PROP_LATENCY:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, self->latency);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_EOS_ON_DISCONNECT:
      GST_OBJECT_LOCK (self);
      g_value_set_boolean (value, self->eos_on_disconnect);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      if (!gst_discord_settings_get_property (self->settings, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_voice_src_dispose (GObject *object)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (object);

  unwatch_connection (self);
  G_OBJECT_CLASS (gst_discord_voice_src_parent_class)->dispose (object);
}

static void
gst_discord_voice_src_finalize (GObject *object)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (object);

  gst_discord_departures_free (self->departures);
  gst_discord_voice_outputs_free (self->outputs);
  gst_discord_settings_free (self->settings);
  G_OBJECT_CLASS (gst_discord_voice_src_parent_class)->finalize (object);
}

static void
gst_discord_voice_src_class_init (GstDiscordVoiceSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_discord_voice_src_set_property;
  object_class->get_property = gst_discord_voice_src_get_property;
  object_class->dispose = gst_discord_voice_src_dispose;
  object_class->finalize = gst_discord_voice_src_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_voice_src_change_state);
  element_class->send_event =
      GST_DEBUG_FUNCPTR (gst_discord_voice_src_send_event);
  element_class->request_new_pad =
      GST_DEBUG_FUNCPTR (gst_discord_voice_src_request_new_pad);
  element_class->release_pad =
      GST_DEBUG_FUNCPTR (gst_discord_voice_src_release_pad);

  /**
   * GstDiscordVoiceSrc:latency:
   *
   * Depth of the jitter buffers in milliseconds; 0 passes packets on as they
   * come. Changing it posts a latency message. Default: 60.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_LATENCY,
      g_param_spec_uint ("latency", "Latency",
          "Depth of the jitter buffers in milliseconds (0 = none)", 0,
          G_MAXUINT, DEFAULT_LATENCY,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSrc:eos-on-disconnect:
   *
   * Being kicked, or the end of a call, ends the pads there are with EOS, so
   * that recordings are finished. Otherwise, and without a pad, it is an error.
   * Default: %FALSE.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_EOS_ON_DISCONNECT,
      g_param_spec_boolean ("eos-on-disconnect", "EOS on disconnect",
          "Send EOS, and no error, when kicked or when the call ends",
          DEFAULT_EOS_ON_DISCONNECT,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  gst_discord_settings_install (object_class, PROP_SETTINGS);

  gst_element_class_add_static_pad_template_with_gtype (
      element_class, &audio_template, GST_TYPE_DISCORD_VOICE_SRC_PAD);
  gst_element_class_add_static_pad_template (element_class, &mix_template);
  gst_element_class_set_static_metadata (element_class, "Discord voice source",
      "Source/Network/Audio", "Receives the audio of a Discord voice channel",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordvoicesrc.md");
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_VOICE_SRC_PAD, 0);
}

static void
gst_discord_voice_src_init (GstDiscordVoiceSrc *self)
{
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
  gst_bin_set_suppressed_flags (
      GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);

  self->latency = DEFAULT_LATENCY;
  self->settings = gst_discord_settings_new (
      GST_ELEMENT (self), PROP_SETTINGS, &settings_hooks);
  self->outputs = gst_discord_voice_outputs_new (GST_BIN (self),
      gst_element_get_pad_template (GST_ELEMENT (self), "audio_%u"));
  gst_discord_voice_outputs_set_latency (
      self->outputs, DEFAULT_LATENCY * GST_MSECOND);

  self->departures =
      gst_discord_departures_new (GST_ELEMENT (self), on_departed);

  self->rtp = g_object_new (GST_TYPE_DISCORD_RTP_BIN, "name", "rtp", "latency",
      DEFAULT_LATENCY, "receive", TRUE, NULL);
  gst_bin_add (GST_BIN (self), self->rtp);
  g_signal_connect (
      self->rtp, "pad-added", G_CALLBACK (on_rtp_pad_added), self);
  g_signal_connect (
      self->rtp, "pad-removed", G_CALLBACK (on_rtp_pad_removed), self);
  g_signal_connect (self->rtp, "ssrc-user", G_CALLBACK (on_ssrc_user), self);
}
