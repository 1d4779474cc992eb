/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordvoicesink
 * @title: discordvoicesink
 * @short_description: Sends audio and video to a Discord voice channel
 *
 * Joins a voice channel and plays into it, paced like a sound card: Opus goes
 * out as it is (any frame up to 60 ms), raw audio is encoded with opusenc at
 * 48 kHz stereo in frames of 20 ms, with in-band FEC for 5 % of loss, which
 * `audio-encoder-properties` changes.
 *
 * READY->PAUSED starts to join and does not wait for it. Data of a file waits
 * until the channel is joined, so that nothing is lost and the pipeline's clock
 * starts only then; the same holds when the session is lost later. Live input
 * never waits: what cannot be sent at once is dropped and counted. Late input
 * never leads to a burst of packets: a file that was held up is played on from
 * there, all of its pads in step.
 *
 * ## End-to-end encryption
 *
 * Audio is encrypted for those in the channel with DAVE, each frame at the
 * moment it is sent; there is nothing to set up. With the property `e2ee` at
 * `required` or `allowed` nothing is ever sent in clear, unless the voice server
 * itself runs the call without encryption, which the state `clear` tells. With
 * `off` most channels refuse us.
 *
 * While nobody else is in the channel audio is discarded in real time, since
 * nobody could hear it. When somebody is there and the encrypted group is not
 * yet, a file waits for it, at most for `e2ee-timeout`; live input is dropped.
 * People who come and go later interrupt nothing.
 *
 * The key that we are known by is made anew for each process, or kept in
 * `identity-key-file`. `voice-privacy-code` are 30 digits to compare with the
 * other members of the group, for all of whom they are the same.
 *
 * ## Speaking
 *
 * Speaking is announced before the first packet. A pause of more than 100 ms, a
 * gap, PAUSED and EOS send five frames of silence and then announce the end of
 * speaking. EOS is posted after that.
 *
 * Without a pad the element only joins the channel.
 *
 * ## Video
 *
 * The pad `video` takes encoded video; pads `video_RID` take several encodings
 * of the same picture, of which each receiver gets the one that fits it, such as
 * `video_100` and `video_50`. Request them before PAUSED, since layers are offered
 * when the channel is joined. With the first frame of a pad that comes later the
 * sink begins its session at the voice server anew, once, which interrupts all
 * that is sent for a moment.
 *
 * H.264, H.265, VP8, VP9 and AV1 go as they are, so that a parser (vp9parse,
 * av1parse, h264parse) belongs before the pad where the encoder's caps do not say
 * everything. Parameter sets that come once are added to each keyframe. B-frames
 * cannot be sent in time, which a warning says. The codec is
 * one of `codecs` and is agreed on with all others in the
 * channel: `video-codec`. Input of another codec is asked to change by a
 * reconfigure event, and a not-negotiated error when it cannot.
 *
 * Only layers that somebody receives or wants are encrypted and sent; the best
 * one always is, unless `always-send-top` is off. After two seconds others are
 * told that a layer rests; it is back as soon as somebody wants it. A layer that
 * begins, or that lost a frame, goes on with a keyframe, which upstream is asked
 * for by a GstForceKeyUnit event, as it is when a receiver asks (PLI, FIR) and when the
 * last one is as old as the server allows, two seconds without a word. Live video
 * that is late is dropped, and QoS events go upstream; the packets of a frame
 * leave in bursts of twelve, a millisecond apart.
 *
 * Video that cannot make keyframes on demand is sent once more from its last one on
 * instead, see `keyframe-replay`.
 *
 * Others see the camera as on from the first frame until EOS, PAUSED or the end
 * of the last video pad, unless `announce-camera` is off.
 *
 * What others want of a layer reaches its encoder as a custom upstream event
 * `discord-media-wants` with the fields of the element message below.
 *
 * ## Go Live
 *
 * With `go-live` all of this is a Go Live stream in the channel: the video is
 * a screen, the audio its sound, on a connection of its own. For user accounts.
 * The voice connection of the channel is joined with it, muted and deafened
 * unless other elements use it. `paused` keeps the stream and sends nothing; what
 * comes in meanwhile is lost, and a keyframe comes first after it. A stream that
 * others end is EOS; one that is refused is an error with the reason. The place of
 * the stream can fail and come back, with nothing to do.
 *
 * Who does not watch sees a preview, a JPEG of 512x288 at most that is uploaded
 * each `preview-interval`. The pad `preview` takes it as image/jpeg or raw video;
 * its newest buffer counts, whenever it came (put clocksync before it if it comes
 * too fast), and neither PAUSED nor EOS waits for it. Without that pad it is made
 * of the newest keyframe of the video, decoded for it when it is due. Previews
 * that fail are counted, and cost the stream nothing. `preview-mode` switches
 * them off and on at any time.
 *
 * The token is the property token, else what token-file holds, else the
 * environment variable that token-env names. Several elements of a process with
 * the same account, guild and gateway share one connection.
 *
 * ## Messages
 *
 * Progress messages of type "connect" tell how joining goes. Element messages:
 *
 * | name | field | type | meaning |
 * |---|---|---|---|
 * | discord-state | state, previous-state | GstDiscordConnectionState | where the connection stands |
 * | | guild-id, channel-id | guint64 | which connection |
 * | discord-user-joined | user-id | guint64 | somebody came, or was there already |
 * | discord-user-left | user-id | guint64 | somebody left |
 * | discord-speaking | user-id | guint64 | who |
 * | | ssrc | guint | SSRC of that user's audio |
 * | | flags | GstDiscordSpeakingFlags | a mode, not voice activity |
 * | discord-moved | channel-id | guint64 | we are in another channel now |
 * | discord-move-timeout | channel-id | guint64 | we are not, after all |
 * | discord-resumed | | | a lost websocket was resumed |
 * | discord-e2ee-state | state | GstDiscordE2eeState | where the encryption stands |
 * | discord-media-wants | rid | string | layer of which others want something else now |
 * | | ssrc | guint | its SSRC |
 * | | quality | gint | 0 (nobody) to 100, -1 when not told |
 * | | any | gint | the same for what is not named |
 * | | pixel-count | gdouble | how large it is shown, 0 when not told |
 * | | selected | gboolean | whether it is sent |
 * | discord-stream-added | stream-key | string | somebody in the channel is live; not with go-live |
 * | discord-stream-removed | stream-key | string | and is not any more |
 * | discord-stream-state | stream-key | string | the Go Live stream |
 * | | state | GstDiscordStreamState | where it stands |
 * | | reason | GstDiscordStreamDeleteReason | why it ended |
 * | discord-stream-viewers | stream-key | string | others watch it now |
 * | | viewers | GstValueArray of guint64 | who |
 * | discord-preview-uploaded | stream-key | string | others see a new preview |
 * | | size | guint64 | its bytes |
 * | discord-preview-failed | stream-key | string | there was none |
 * | | error | GError | why |
 * | | final | gboolean | there will be no other before the stream is made again |
 * | discord-privacy-code | voice-privacy-code | string | of the group as it is now; NULL without one |
 *
 * What cannot be recovered is one error message, with the close code in its
 * details.
 *
 * ## Statistics
 *
 * The property stats has the counters of the connection and audio-frames-sent,
 * audio-bytes-sent (without header), audio-silence-frames-sent,
 * audio-dropped-not-ready, audio-dropped-no-key (no encrypted group yet),
 * audio-dropped-alone (nobody else is there), audio-dropped-muted,
 * audio-dropped-fast (of a file that is played at a rate above 1, or backwards),
 * audio-dropped-paused (our stream is), audio-dropped-late, audio-refused (no
 * Opus, too long or too large), audio-restarts (how often late input moved the
 * timeline), audio-frames-late (sent a millisecond or more after they were due,
 * and not because of the session) and audio-lateness-max (of those, in
 * nanoseconds), all guint64.
 *
 * video-layers is an array with a structure for each video pad, which is also the
 * pad's property stats: rid, ssrc (guint), selected, active (gboolean), and
 * guint64 counters frames-sent, bytes-sent, dropped-not-ready, dropped-no-key,
 * dropped-alone, dropped-paused, dropped-late, dropped-unwanted (not selected),
 * dropped-no-keyframe (it depends on a frame that was dropped), keyframe-replays
 * (how often `keyframe-replay` helped out),
 * dropped-not-offered (the server has no place for the layer),
 * dropped-wrong-codec, refused, restarts, frames-late, lateness-max and
 * keyframes-requested. senders, remb-bitrate and the twcc- counters are those of #discordrtpbin.
 * previews-uploaded, previews-skipped (paused, or no picture) and
 * previews-failed are guint64.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=200 ! discordvoicesink guild-id=290926798626357999 channel-id=290926798999357250
 * ]| Encodes and sends a tone; the token is in the variable DISCORD_TOKEN.
 * |[
 * gst-launch-1.0 filesrc location=music.ogg ! oggdemux ! opusparse ! discordvoicesink guild-id=290926798626357999 channel-id=290926798999357250
 * ]| Sends an Opus file without encoding it again.
 * |[
 * gst-launch-1.0 videotestsrc is-live=true num-buffers=90 ! vp8enc deadline=1 ! discordvoicesink codecs=video/x-vp8 guild-id=290926798626357999 channel-id=290926798999357250
 * ]| Sends a test picture as the camera.
 * |[
 * gst-launch-1.0 videotestsrc is-live=true num-buffers=90 ! vp8enc deadline=1 ! discordvoicesink name=s go-live=true account-type=user codecs=video/x-vp8 guild-id=290926798626357999 channel-id=290926798999357250 audiotestsrc is-live=true num-buffers=150 ! s.
 * ]| A Go Live stream with sound.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordkeyframereplay.h"
#include "gstdiscordvoicesink-private.h"
#include "gstdiscordvoicesinkpad.h"

GST_DEBUG_CATEGORY (discord_voice_sink_debug);
#define GST_CAT_DEFAULT discord_voice_sink_debug

#define DEFAULT_SPEAKING GST_DISCORD_SPEAKING_VOICE
#define DEFAULT_HEADER_EXTENSIONS TRUE
#define DEFAULT_E2EE_TIMEOUT 5000
#define DEFAULT_ALWAYS_SEND_TOP TRUE
#define DEFAULT_ANNOUNCE_CAMERA TRUE

enum
{
  PROP_0,
  PROP_SPEAKING,
  PROP_HEADER_EXTENSIONS,
  PROP_AUDIO_ENCODER_PROPERTIES,
  PROP_E2EE_TIMEOUT,
  PROP_ALWAYS_SEND_TOP,
  PROP_ANNOUNCE_CAMERA,
  PROP_KEYFRAME_REPLAY,
  PROP_GO_LIVE, /* the first of them */
  PROP_SETTINGS =
      PROP_GO_LIVE + GST_DISCORD_N_GO_LIVE_SINK_PROPS, /* likewise */
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordVoiceSink, gst_discord_voice_sink,
    GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (
        discord_voice_sink_debug, "discordvoicesink", 0, "Discord voice sink"));
GST_ELEMENT_REGISTER_DEFINE (discordvoicesink, "discordvoicesink",
    GST_RANK_NONE, GST_TYPE_DISCORD_VOICE_SINK);

static void
voice_sink_add_stats (GstElement *element, GstStructure *stats)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (element);
  g_autoptr (GstDiscordAudioSender) audio =
      gst_discord_voice_sink_ref_audio (self);

  if (audio != NULL)
    gst_discord_audio_sender_add_stats (audio, stats);
  gst_discord_voice_sink_add_video_stats (self, stats);
  gst_discord_go_live_sink_add_stats (self->go_live, stats);
}

static void
voice_sink_ended (GstElement *element, const GError *error)
{
  gst_discord_go_live_sink_ended (GST_DISCORD_VOICE_SINK (element)->go_live);
}

static const GstDiscordSettingsHooks settings_hooks = {
  .ended = voice_sink_ended,
  .add_stats = voice_sink_add_stats,
};

static gboolean
open_connection (GstDiscordVoiceSink *self)
{
  g_autoptr (GstDiscordConnection) connection = NULL;

  if (!gst_discord_voice_sink_check_preview (self)
      || !gst_discord_settings_open (self->settings))
    return FALSE;
  connection = gst_discord_settings_ref_connection (self->settings);
  g_object_set (self->rtpbin, "connection", connection, NULL);
  discord_timeline_reset (self->timeline);
  gst_discord_voice_sink_configure_audio (self);
  gst_discord_voice_sink_start_video (self);
  gst_discord_go_live_sink_start (self->go_live, connection);
  return TRUE;
}

static void
release_connection (GstDiscordVoiceSink *self)
{
  g_autoptr (GstDiscordAudioSender) audio =
      gst_discord_voice_sink_ref_audio (self);

  if (self->rtpbin != NULL)
    g_object_set (self->rtpbin, "connection", NULL, NULL);
  if (audio != NULL)
    gst_discord_audio_sender_set_connection (audio, NULL);
  gst_discord_voice_sink_set_video_connection (self, NULL);
  gst_discord_settings_release (self->settings);
}

static gboolean
prepare_change (GstDiscordVoiceSink *self, GstStateChange transition)
{
  g_autoptr (GstDiscordAudioSender) audio =
      gst_discord_voice_sink_ref_audio (self);

  switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY:
      return gst_discord_voice_sink_check (self, NULL)
          && gst_discord_settings_acquire (self->settings);
    case GST_STATE_CHANGE_READY_TO_PAUSED:
      return open_connection (self);
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      /* The bin stops from the network upwards, so this is the last moment. */
      if (audio != NULL)
        gst_discord_audio_sender_finish (audio);
      return TRUE;
    default:
      return TRUE;
  }
}

static void
close_connection (GstDiscordVoiceSink *self)
{
  gst_discord_go_live_sink_stop (self->go_live);
  gst_discord_voice_sink_stop_video (self);
  gst_discord_settings_close (self->settings);
}

static GstStateChangeReturn
gst_discord_voice_sink_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (element);
  GstStateChangeReturn ret;

  if (!prepare_change (self, transition))
    return GST_STATE_CHANGE_FAILURE;
  ret = GST_ELEMENT_CLASS (gst_discord_voice_sink_parent_class)
            ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && ret == GST_STATE_CHANGE_FAILURE)) {
    close_connection (self);
  } else if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY
          && ret == GST_STATE_CHANGE_FAILURE)) {
    /* A bin that had an error on its way to PAUSED goes to NULL from READY. */
    close_connection (self);
    release_connection (self);
  }
  return ret;
}

static void
set_speaking (GstDiscordVoiceSink *self, GstDiscordSpeakingFlags speaking)
{
  g_autoptr (GstDiscordAudioSender) audio =
      gst_discord_voice_sink_ref_audio (self);

  GST_OBJECT_LOCK (self);
  self->speaking = speaking;
  GST_OBJECT_UNLOCK (self);
  if (audio != NULL)
    gst_discord_audio_sender_set_speaking (audio, speaking);
}

static void
set_e2ee_timeout (GstDiscordVoiceSink *self, guint timeout)
{
  g_autoptr (GstDiscordAudioSender) audio =
      gst_discord_voice_sink_ref_audio (self);

  GST_OBJECT_LOCK (self);
  self->e2ee_timeout = timeout;
  GST_OBJECT_UNLOCK (self);
  if (audio != NULL)
    gst_discord_audio_sender_set_e2ee_timeout (audio, timeout);
  gst_discord_voice_sink_configure_video (self);
}

static void
set_encoder_properties (GstDiscordVoiceSink *self, const GstStructure *value)
{
  g_autoptr (GstDiscordAudioSender) audio =
      gst_discord_voice_sink_ref_audio (self);
  GstStructure *copy = value != NULL ? gst_structure_copy (value) : NULL;
  GstStructure *old;

  GST_OBJECT_LOCK (self);
  old = self->encoder_properties;
  self->encoder_properties = copy;
  GST_OBJECT_UNLOCK (self);
  if (old != NULL)
    gst_structure_free (old);
  if (audio != NULL)
    gst_discord_audio_sender_set_encoder_properties (audio, value);
}

static void
gst_discord_voice_sink_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (object);

  switch (id) {
    case PROP_SPEAKING:
      set_speaking (self, g_value_get_flags (value));
      break;
    case PROP_HEADER_EXTENSIONS:
      GST_OBJECT_LOCK (self);
      self->header_extensions = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_AUDIO_ENCODER_PROPERTIES:
      set_encoder_properties (self, gst_value_get_structure (value));
      break;
    case PROP_E2EE_TIMEOUT:
      set_e2ee_timeout (self, g_value_get_uint (value));
      break;
    case PROP_ALWAYS_SEND_TOP:
      GST_OBJECT_LOCK (self);
      self->always_send_top = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      gst_discord_voice_sink_configure_video (self);
      break;
    case PROP_ANNOUNCE_CAMERA:
      GST_OBJECT_LOCK (self);
      self->announce_camera = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      gst_discord_voice_sink_configure_video (self);
      break;
    case PROP_KEYFRAME_REPLAY:
      GST_OBJECT_LOCK (self);
      self->keyframe_replay = g_value_get_uint (value);
      GST_OBJECT_UNLOCK (self);
      gst_discord_voice_sink_configure_video (self);
      break;
    default:
      if (!gst_discord_settings_set_property (self->settings, id, value)
          && !gst_discord_go_live_sink_set_property (
              self->go_live, id - PROP_GO_LIVE, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_voice_sink_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (object);

  switch (id) {
    case PROP_SPEAKING:
      GST_OBJECT_LOCK (self);
      g_value_set_flags (value, self->speaking);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_HEADER_EXTENSIONS:
      GST_OBJECT_LOCK (self);
      g_value_set_boolean (value, self->header_extensions);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_AUDIO_ENCODER_PROPERTIES:
      GST_OBJECT_LOCK (self);
      gst_value_set_structure (value, self->encoder_properties);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_E2EE_TIMEOUT:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, self->e2ee_timeout);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_ALWAYS_SEND_TOP:
      GST_OBJECT_LOCK (self);
      g_value_set_boolean (value, self->always_send_top);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_ANNOUNCE_CAMERA:
      GST_OBJECT_LOCK (self);
      g_value_set_boolean (value, self->announce_camera);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_KEYFRAME_REPLAY:
      GST_OBJECT_LOCK (self);
      g_value_set_uint (value, self->keyframe_replay);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      if (!gst_discord_settings_get_property (self->settings, id, value)
          && !gst_discord_go_live_sink_get_property (
              self->go_live, id - PROP_GO_LIVE, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_voice_sink_dispose (GObject *object)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (object);

  gst_discord_voice_sink_dispose_video (self);
  gst_discord_voice_sink_drop_audio (self);
  G_OBJECT_CLASS (gst_discord_voice_sink_parent_class)->dispose (object);
}

static void
gst_discord_voice_sink_finalize (GObject *object)
{
  GstDiscordVoiceSink *self = GST_DISCORD_VOICE_SINK (object);

  g_clear_pointer (&self->go_live, gst_discord_go_live_sink_free);
  g_clear_pointer (&self->layers, gst_discord_video_layers_free);
  g_clear_pointer (&self->timeline, discord_timeline_unref);
  g_clear_pointer (&self->settings, gst_discord_settings_free);
  g_clear_pointer (&self->encoder_properties, gst_structure_free);
  G_OBJECT_CLASS (gst_discord_voice_sink_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  /**
   * GstDiscordVoiceSink:speaking:
   *
   * What is announced while audio is sent. With none nothing is sent, as when
   * muted: switch it for push-to-talk. Default voice.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_SPEAKING,
      g_param_spec_flags ("speaking", "Speaking",
          "What is announced while audio is sent (none: audio is not sent)",
          GST_TYPE_DISCORD_SPEAKING_FLAGS, DEFAULT_SPEAKING,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:header-extensions:
   *
   * Whether packets carry the RTP header extensions that Discord's own clients
   * send: audio level, send time, speaker and mid. Default TRUE.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_HEADER_EXTENSIONS,
      g_param_spec_boolean ("header-extensions", "Header extensions",
          "Send the RTP header extensions that Discord's clients send",
          DEFAULT_HEADER_EXTENSIONS,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_READY));
  /**
   * GstDiscordVoiceSink:audio-encoder-properties:
   *
   * Properties of opusenc for raw audio, after our own (frame-size 20 ms,
   * inband-fec, 5 % expected loss), such as `props,bitrate=96000`. Default
   * none.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_AUDIO_ENCODER_PROPERTIES,
      g_param_spec_boxed ("audio-encoder-properties",
          "Audio encoder properties",
          "Properties of the encoder for raw audio, such as "
          "props,bitrate=96000",
          GST_TYPE_STRUCTURE,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_READY));
  /**
   * GstDiscordVoiceSink:e2ee-timeout:
   *
   * How long a file waits, in milliseconds, when others are in the channel and
   * there is no encrypted group with them yet. After that there is a warning,
   * and what cannot be encrypted is dropped. Live input never waits. Default
   * 5000.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_E2EE_TIMEOUT,
      g_param_spec_uint ("e2ee-timeout", "E2EE timeout",
          "How long a file waits for the encrypted group, in milliseconds", 0,
          G_MAXUINT, DEFAULT_E2EE_TIMEOUT,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:always-send-top:
   *
   * Whether the best video layer is sent while others are in the channel but
   * nobody wants to see it. Without it that layer ends two seconds after the
   * server told so. Default TRUE.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_ALWAYS_SEND_TOP,
      g_param_spec_boolean ("always-send-top", "Always send top",
          "Send the best video layer also when nobody wants to see it",
          DEFAULT_ALWAYS_SEND_TOP,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:announce-camera:
   *
   * Whether others see our camera as on while there is video: from its first
   * frame until its end. Without it, or with the values of a gateway of the
   * application's own, the application tells them. A Go Live stream is no
   * camera. Default TRUE.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_ANNOUNCE_CAMERA,
      g_param_spec_boolean ("announce-camera", "Announce camera",
          "Show the camera as on while there is video", DEFAULT_ANNOUNCE_CAMERA,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordVoiceSink:keyframe-replay:
   *
   * For video that makes no keyframes on demand, such as a file: how many frames
   * behind the last keyframe are kept with it. When a keyframe is asked for and
   * upstream makes none within a second, these go out once more, quickly, and
   * viewers have a picture. Of a keyframe that more frames follow nothing is
   * kept. 0 keeps nothing. Default 30.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_KEYFRAME_REPLAY,
      g_param_spec_uint ("keyframe-replay", "Keyframe replay",
          "Frames kept to be sent again when no keyframe is made on demand", 0,
          DISCORD_KEYFRAME_REPLAY_MAX, DISCORD_KEYFRAME_REPLAY_DEFAULT,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  gst_discord_go_live_sink_install (klass, PROP_GO_LIVE);
  gst_discord_settings_install (klass, PROP_SETTINGS);
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_SPEAKING_FLAGS, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_VOICE_SINK_PAD, 0);
}

static void
gst_discord_voice_sink_class_init (GstDiscordVoiceSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_discord_voice_sink_set_property;
  object_class->get_property = gst_discord_voice_sink_get_property;
  object_class->dispose = gst_discord_voice_sink_dispose;
  object_class->finalize = gst_discord_voice_sink_finalize;
  install_properties (object_class);

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_voice_sink_change_state);
  gst_discord_voice_sink_install_pads (element_class);
  gst_element_class_set_static_metadata (element_class, "Discord voice sink",
      "Sink/Network/Audio/Video",
      "Sends audio and video to a Discord voice channel",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordvoicesink.md");
}

static void
gst_discord_voice_sink_init (GstDiscordVoiceSink *self)
{
  self->settings = gst_discord_settings_new (
      GST_ELEMENT (self), PROP_SETTINGS, &settings_hooks);
  self->go_live =
      gst_discord_go_live_sink_new (GST_ELEMENT (self), self->settings);
  self->speaking = DEFAULT_SPEAKING;
  self->header_extensions = DEFAULT_HEADER_EXTENSIONS;
  self->e2ee_timeout = DEFAULT_E2EE_TIMEOUT;
  self->always_send_top = DEFAULT_ALWAYS_SEND_TOP;
  self->keyframe_replay = DISCORD_KEYFRAME_REPLAY_DEFAULT;
  self->announce_camera = DEFAULT_ANNOUNCE_CAMERA;
  self->layers = gst_discord_video_layers_new (GST_ELEMENT (self));
  self->timeline = discord_timeline_new ();
  self->rtpbin = gst_element_factory_make ("discordrtpbin", "rtpbin");
  if (self->rtpbin != NULL) {
    /* Receiving would make a live source of a sink. */
    g_object_set (self->rtpbin, "receive", FALSE, NULL);
    gst_bin_add (GST_BIN (self), self->rtpbin);
  }
  gst_bin_set_suppressed_flags (
      GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}
