/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordvoicesrc
 * @title: discordvoicesrc
 * @short_description: Receives the audio and video of a Discord voice channel
 *
 * Joins a voice channel and hands out what is said and shown in it. It is a live
 * source.
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
 * `video_<ssrc>` appears when somebody is announced to have a camera on, before
 * anything comes of it: linking the pad asks for the video, unlinking it makes an
 * end of that, and as long as no video pad is linked none is sent to us. Its caps
 * are those that decoders and parsers take, `video/x-h264` and `video/x-h265` as
 * `byte-stream` by `au`, `video/x-vp8`, `video/x-vp9` by `super-frame` (these two
 * with width and height), `video/x-av1` as `obu-stream` by `tu`, with a first
 * frame that a decoder can begin with; keyframes are asked for where one is
 * needed. See `video-pads`, `default-video-quality`, `video-latency` and
 * `wait-for-keyframe`, and the properties `quality` and `pixel-count` of the pads,
 * which choose among the simulcast layers. A pad goes from one layer to another
 * at a keyframe, with DISCONT and, where it is needed, other caps. Metas, tags and
 * the stream-id, which ends in `<user>/video`, tell who it is, a tag the
 * orientation of the picture. Video plays in step with the audio of its user. When
 * the camera is switched off there is a GAP event, and the pad waits ten seconds for
 * it to be switched on again. The stream ends with EOS, and the pad goes, after
 * these or when its user left; through a new session it goes on.
 *
 * Pads may stay unlinked, and an error downstream of one stops no other; caps that
 * are refused there are a warning. Elements
 * that share a connection get what any of them asks for. The statistics have
 * video-streams, video-frames-decodable, video-frames-undecodable (left out until
 * a keyframe came), video-keyframe-requests and video-layer-switches.
 *
 * ## Go Live
 *
 * With `stream-key` or `stream-user` it is a Go Live stream that is watched: its
 * picture on a `video_<ssrc>` pad, its sound on an `audio_<ssrc>` pad. The voice
 * channel, in which one has to be for that, is joined as well, muted and deafened
 * unless other elements are in it with the same account. Several elements can
 * watch several streams. Neither a pause nor an outage nor another voice server
 * ends the pads; when the stream is over, all of them get EOS. A stream that is
 * refused, or over before there was a pad, is an error whose details have the
 * #GstDiscordError. Bots can watch no streams.
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
 * and `discord-move-timeout` (`channel-id` guint64), `discord-resumed`,
 * `discord-e2ee-state` (`state` #GstDiscordE2eeState), `discord-privacy-code`
 * (`voice-privacy-code` string, of the group as it is now; NULL without one),
 * in a voice channel `discord-stream-added` and `discord-stream-removed`
 * (`stream-key` string) when somebody goes live there, is already, or stops; of
 * the stream that is watched `discord-stream-state` (`stream-key` string,
 * `state` #GstDiscordStreamState, `reason` #GstDiscordStreamDeleteReason, for the
 * last one) and `discord-stream-viewers` (`stream-key` string, `viewers`
 * GstValueArray of guint64); and `discord-receive-stalled`
 * (`pings-lost` guint64): the voice server sends nothing at all any more, not
 * even answers to pings, for about 15 seconds. The progress of joining is told
 * in progress messages with code `connect`; a stream collection is posted
 * whenever the set of streams changes.
 *
 * ## URIs
 *
 * `discord://<guild id>/<channel id>`, where the guild of a call is `@me`, and
 * `discord://<guild id>/<channel id>/<user id>` for a stream that this user makes
 * there. The token comes from the environment variable `DISCORD_TOKEN`; with a
 * user it is taken for that of a user account (`account-type=user`) unless it was
 * told to be an OAuth2 one: bots cannot watch streams. The one parameter is
 * `gateway-url`, for a stand-in on a loopback address.
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
 * ]| The first speaker and the first camera, with what a player brings along.
 * A camera alone is `uridecodebin3 uri=discord://1/2 ! videoconvert !
 * autovideosink`: an element that takes anything, such as decodebin3, would be
 * linked with `mix` by gst-launch-1.0.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicesrc-private.h"
#include "gstdiscordmixer.h"
#include "gstdiscordrtpbin.h"
#include "gstdiscordvideosrcpad.h"
#include "gstdiscordvoicesrcpad.h"
#include "gstdiscordvoicesrcuri.h"
#include "videocaps.h"

#include <gst/discord/gstdiscorderror-private.h>

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
  PROP_GO_LIVE, /* the first of them */
  PROP_VIDEO = PROP_GO_LIVE + GST_DISCORD_N_GO_LIVE_PROPS, /* likewise */
  PROP_SETTINGS =
      PROP_VIDEO + GST_DISCORD_N_VIDEO_PROPS, /* likewise; must be last */
};

static GstStaticPadTemplate audio_template =
    GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS ("audio/x-opus, rate=(int)48000, channels=(int)2, "
                         "channel-mapping-family=(int)0"));
static GstStaticPadTemplate video_template =
    GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
        GST_STATIC_CAPS (DISCORD_VIDEO_CAPS));
static GstStaticPadTemplate mix_template = GST_STATIC_PAD_TEMPLATE ("mix", GST_PAD_SRC, GST_PAD_REQUEST,
        GST_STATIC_CAPS (GST_DISCORD_MIXER_CAPS));

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

static gboolean
is_video (GstPad *rtp_src)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (rtp_src);

  return caps != NULL
      && g_strcmp0 (gst_structure_get_string (
                        gst_caps_get_structure (caps, 0), "media"),
             "video")
      == 0;
}

static void
set_user (GstDiscordVoiceSrc *self, guint32 ssrc, guint64 user_id)
{
  gst_discord_voice_outputs_set_user (self->outputs, ssrc, user_id);
  gst_discord_video_outputs_set_user (self->videos, ssrc, user_id);
}

static void
on_rtp_pad_added (GstElement *rtp, GstPad *pad, GstDiscordVoiceSrc *self)
{
  guint64 user_id;
  guint ssrc;

  if (!parse_pad_ssrc (pad, &ssrc))
    return;
  user_id = find_user (self, ssrc);
  if (is_video (pad))
    gst_discord_video_outputs_add (self->videos, pad, ssrc, user_id);
  else
    gst_discord_voice_outputs_add (self->outputs, pad, ssrc, user_id);
  if (user_id != 0)
    return;
  /* It may have become known in between. */
  user_id = find_user (self, ssrc);
  if (user_id != 0)
    set_user (self, ssrc, user_id);
}

static void
on_rtp_pad_removed (GstElement *rtp, GstPad *pad, GstDiscordVoiceSrc *self)
{
  guint ssrc;

  if (!parse_pad_ssrc (pad, &ssrc))
    return;
  gst_discord_voice_outputs_remove (self->outputs, ssrc);
  gst_discord_video_outputs_remove (self->videos, ssrc);
}

static void
on_ssrc_user (
    GstElement *rtp, guint ssrc, guint64 user_id, GstDiscordVoiceSrc *self)
{
  set_user (self, ssrc, user_id);
}

static void
on_streams_changed (GstBin *bin)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (bin);
  g_autoptr (GstStreamCollection) collection = gst_stream_collection_new (NULL);

  gst_discord_voice_outputs_add_streams (self->outputs, collection);
  gst_discord_video_outputs_add_streams (self->videos, collection);
  gst_element_post_message (GST_ELEMENT (bin),
      gst_message_new_stream_collection (GST_OBJECT (bin), collection));
}

/* EOS on all pads; FALSE when there is none. */
static gboolean
send_eos (GstDiscordVoiceSrc *self)
{
  gboolean audio = gst_discord_voice_outputs_send_eos (self->outputs);
  gboolean video = gst_discord_video_outputs_send_eos (self->videos);

  return audio || video;
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
  return send_eos (self);
}

/* Of a stream: of what it shows. */
static void
on_ended (GstElement *element, const GError *error)
{
  if (!send_eos (GST_DISCORD_VOICE_SRC (element)))
    gst_discord_error_post (element, error);
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
  gst_discord_video_outputs_add_stats (self->videos, stats);
}

static const GstDiscordSettingsHooks settings_hooks = {
  .failed = on_failed,
  .ended = on_ended,
  .add_stats = add_stats,
};

/* State changes */

/* What the connection asks for when it joins, and what packets are for us. */
static void
choose_media (GstDiscordVoiceSrc *self)
{
  gboolean video = gst_discord_video_outputs_are_wanted (self->videos);

  gst_discord_settings_set_video (self->settings, video);
  g_object_set (self->rtp, "receive-video", video, NULL);
}

static gboolean
join (GstDiscordVoiceSrc *self)
{
  g_autoptr (GstDiscordConnection) connection = NULL;

  if (!gst_discord_settings_open (self->settings))
    return FALSE;
  connection = gst_discord_settings_ref_connection (self->settings);
  g_object_set (self->rtp, "connection", connection, NULL);
  gst_discord_voice_outputs_set_connection (self->outputs, connection);
  gst_discord_voice_src_watch (self);
  gst_discord_video_outputs_start (self->videos, connection);
  return TRUE;
}

static void
leave (GstDiscordVoiceSrc *self)
{
  gst_discord_voice_src_unwatch (self);
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
      choose_media (self);
      if (!gst_discord_settings_acquire (self->settings))
        return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      choose_media (self);
      gst_discord_voice_outputs_start (self->outputs);
      if (!join (self))
        return GST_STATE_CHANGE_FAILURE;
      break;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      gst_discord_voice_outputs_play (self->outputs, FALSE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      gst_discord_voice_outputs_stop (self->outputs);
      gst_discord_video_outputs_stop (self->videos);
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
      if (ret == GST_STATE_CHANGE_FAILURE) {
        gst_discord_video_outputs_stop (self->videos);
        gst_discord_video_outputs_finish (self->videos);
        leave (self);
      }
      break;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      gst_discord_voice_outputs_play (self->outputs, TRUE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      gst_discord_voice_outputs_finish (self->outputs);
      gst_discord_video_outputs_finish (self->videos);
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
  return send_eos (self);
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
      if (!gst_discord_voice_src_set_go_live (
              self, prop_id - PROP_GO_LIVE, value)
          && !gst_discord_video_outputs_set_property (
              self->videos, prop_id, value)
          && !gst_discord_settings_set_property (
              self->settings, prop_id, value))
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
      if (!gst_discord_voice_src_get_go_live (
              self, prop_id - PROP_GO_LIVE, value)
          && !gst_discord_video_outputs_get_property (
              self->videos, prop_id, value)
          && !gst_discord_settings_get_property (
              self->settings, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static void
gst_discord_voice_src_dispose (GObject *object)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (object);

  gst_discord_voice_src_unwatch (self);
  G_OBJECT_CLASS (gst_discord_voice_src_parent_class)->dispose (object);
}

static void
gst_discord_voice_src_finalize (GObject *object)
{
  GstDiscordVoiceSrc *self = GST_DISCORD_VOICE_SRC (object);

  gst_discord_departures_free (self->departures);
  gst_discord_voice_outputs_free (self->outputs);
  gst_discord_video_outputs_free (self->videos);
  gst_discord_settings_free (self->settings);
  gst_discord_go_live_clear (&self->go_live);
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
  gst_discord_voice_src_install_go_live (object_class, PROP_GO_LIVE);
  gst_discord_video_outputs_install (object_class, PROP_VIDEO);
  gst_discord_settings_install (object_class, PROP_SETTINGS);

  gst_element_class_add_static_pad_template_with_gtype (
      element_class, &audio_template, GST_TYPE_DISCORD_VOICE_SRC_PAD);
  gst_element_class_add_static_pad_template_with_gtype (
      element_class, &video_template, GST_TYPE_DISCORD_VIDEO_SRC_PAD);
  gst_element_class_add_static_pad_template (element_class, &mix_template);
  gst_element_class_set_static_metadata (element_class, "Discord voice source",
      "Source/Network/Audio/Video",
      "Receives the audio and video of a Discord voice channel",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordvoicesrc.md");
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_VOICE_SRC_PAD, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_VIDEO_SRC_PAD, 0);
}

static void
gst_discord_voice_src_init (GstDiscordVoiceSrc *self)
{
  guint group_id = gst_util_group_id_next ();

  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
  gst_bin_set_suppressed_flags (
      GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);

  self->latency = DEFAULT_LATENCY;
  self->settings = gst_discord_settings_new (
      GST_ELEMENT (self), PROP_SETTINGS, &settings_hooks);
  self->outputs = gst_discord_voice_outputs_new (GST_BIN (self),
      gst_element_get_pad_template (GST_ELEMENT (self), "audio_%u"), group_id,
      on_streams_changed);
  gst_discord_voice_outputs_set_latency (
      self->outputs, DEFAULT_LATENCY * GST_MSECOND);

  self->departures = gst_discord_departures_new (
      GST_ELEMENT (self), gst_discord_voice_src_departed);

  self->rtp = g_object_new (GST_TYPE_DISCORD_RTP_BIN, "name", "rtp", "latency",
      DEFAULT_LATENCY, "receive", TRUE, NULL);
  gst_bin_add (GST_BIN (self), self->rtp);
  self->videos = gst_discord_video_outputs_new (GST_BIN (self), self->rtp,
      gst_element_get_pad_template (GST_ELEMENT (self), "video_%u"), group_id,
      PROP_VIDEO, on_streams_changed);
  g_signal_connect (
      self->rtp, "pad-added", G_CALLBACK (on_rtp_pad_added), self);
  g_signal_connect (
      self->rtp, "pad-removed", G_CALLBACK (on_rtp_pad_removed), self);
  g_signal_connect (self->rtp, "ssrc-user", G_CALLBACK (on_ssrc_user), self);
}
