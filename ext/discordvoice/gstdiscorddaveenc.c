/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discorddaveenc
 * @title: discorddaveenc
 * @short_description: End-to-end encrypts frames for a Discord voice connection
 *
 * Encrypts each encoded frame with DAVE, Discord's end-to-end encryption, at the
 * moment it passes: put it behind whatever waits for the time of a frame and
 * right before the payloader, since a frame that was encrypted before the group
 * changed can soon be read by nobody.
 *
 * Caps change to `application/x-dave`, with the media type of the input as
 * `original-media-type` and its other fields but `codec_data` and
 * `streamheader`, so that nothing takes ciphertext for media. Where the voice
 * server runs the call without end-to-end encryption (version 0), frames pass as
 * they are under the caps of the input; when that changes, so do the caps. They
 * pass as well while no `connection` is set. Without a key (others are in the
 * channel, and the group is not there yet, or nobody else is) they are dropped.
 * Opus silence frames are never encrypted, as Discord's servers make them too.
 *
 * Video frames are brought into the form in which they can be packetised before
 * they are encrypted, and carry a #GstDiscordFrameMeta.
 *
 * The statistics have frames-encrypted, frames-clear, dropped-no-key and refused
 * (of a form that cannot be encrypted, with a warning at most every ten
 * seconds).
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discorddaveenc ! discordrtpopuspay ! fakesink
 * ]| Nothing to encrypt for: the frames pass.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordvoicesink guild-id=290926798626357999 channel-id=290926798999357250
 * ]| The sink has one inside, so this is encrypted for those in the channel.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorddaveenc.h"
#include "opusframe.h"

#include <gst/discord/gstdiscordframe-private.h>

GST_DEBUG_CATEGORY_STATIC (discord_dave_enc_debug);
#define GST_CAT_DEFAULT discord_dave_enc_debug

struct _GstDiscordDaveEnc
{
  GstDiscordDaveFilter parent;

  gboolean tells_no_key; /* set below PAUSED */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_DISCORD_CLEAR_MEDIA));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_DISCORD_DAVE_MEDIA "; " GST_DISCORD_CLEAR_MEDIA));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordDaveEnc, gst_discord_dave_enc,
    GST_TYPE_DISCORD_DAVE_FILTER,
    GST_DEBUG_CATEGORY_INIT (discord_dave_enc_debug, "discorddaveenc", 0,
        "End-to-end encryption of frames"));
GST_ELEMENT_REGISTER_DEFINE (
    discorddaveenc, "discorddaveenc", GST_RANK_NONE, GST_TYPE_DISCORD_DAVE_ENC);

/* The first frame may tell otherwise. */
static gboolean
gst_discord_dave_enc_set_caps (GstDiscordDaveFilter *filter)
{
  g_autoptr (GstDiscordConnection) connection = NULL;
  GstDiscordSendState state;

  g_object_get (filter, "connection", &connection, NULL);
  if (connection == NULL)
    return gst_discord_dave_filter_set_encrypted (filter, FALSE);
  gst_discord_connection_get_send_state (connection, &state);
  return gst_discord_dave_filter_set_encrypted (
      filter, state.e2ee != GST_DISCORD_E2EE_STATE_CLEAR);
}

static gboolean
is_silence (GstDiscordDaveFilter *filter, GstBuffer *buffer)
{
  guint8 data[OPUS_SILENCE_SIZE];

  return gst_discord_dave_filter_get_codec (filter) == GST_DISCORD_CODEC_OPUS
      && gst_buffer_get_size (buffer) == sizeof data
      && gst_buffer_extract (buffer, 0, data, sizeof data) == sizeof data
      && opus_frame_is_silence (data, sizeof data);
}

static GstFlowReturn
push (GstDiscordDaveFilter *filter, GstBuffer *buffer, gboolean encrypted)
{
  if (gst_discord_dave_filter_set_encrypted (filter, encrypted))
    return gst_discord_dave_filter_push (filter, buffer,
        encrypted ? GST_DISCORD_DAVE_DONE : GST_DISCORD_DAVE_CLEAR);
  gst_buffer_unref (buffer);
  return GST_FLOW_NOT_NEGOTIATED;
}

static GstFlowReturn
refuse (GstDiscordDaveFilter *filter, const gchar *reason)
{
  gst_discord_dave_filter_drop (filter, GST_DISCORD_DAVE_REFUSED);
  if (gst_discord_dave_filter_may_warn (filter))
    GST_ELEMENT_WARNING (filter, STREAM, ENCODE,
        ("A frame cannot be end-to-end encrypted and is not sent."),
        ("%s", reason != NULL ? reason : "unknown reason"));
  return GST_FLOW_OK;
}

static GstFlowReturn
drop_without_key (GstDiscordDaveFilter *filter)
{
  gst_discord_dave_filter_drop (filter, GST_DISCORD_DAVE_NO_KEY);
  GST_LOG_OBJECT (filter, "no key");
  return GST_DISCORD_DAVE_ENC (filter)->tells_no_key
      ? GST_DISCORD_DAVE_FLOW_NO_KEY
      : GST_FLOW_OK;
}

/* Takes @frame and @out. */
static GstFlowReturn
push_encrypted (
    GstDiscordDaveFilter *filter, GstBuffer *frame, GstBuffer *out, gsize size)
{
  gboolean video =
      gst_discord_dave_filter_get_codec (filter) != GST_DISCORD_CODEC_OPUS;

  gst_buffer_ref (frame);
  out = gst_discord_dave_filter_finish_buffer (out, size, frame);
  if (video && !gst_discord_frame_set_encrypted (out, frame)) {
    gst_buffer_unref (frame);
    gst_buffer_unref (out);
    return refuse (filter, "no unit is left in clear");
  }
  gst_buffer_unref (frame);
  return push (filter, out, TRUE);
}

static GstFlowReturn
encrypt (GstDiscordDaveFilter *filter, GstDiscordConnection *connection,
    GstBuffer *frame)
{
  GstDiscordCodec codec = gst_discord_dave_filter_get_codec (filter);
  gsize size = gst_discord_connection_encrypted_size_max (
      codec, gst_buffer_get_size (frame));
  GstBuffer *out = gst_discord_dave_filter_take_buffer (filter, size);
  const gchar *reason = NULL;
  GstDiscordFrameResult result = gst_discord_connection_encrypt (
      connection, codec, frame, out, &size, &reason);

  if (result == GST_DISCORD_FRAME_DONE)
    return push_encrypted (filter, frame, out, size);
  gst_discord_dave_filter_return_buffer (filter, out);
  if (result == GST_DISCORD_FRAME_CLEAR)
    return push (filter, frame, FALSE);
  gst_buffer_unref (frame);
  return result == GST_DISCORD_FRAME_NO_KEY ? drop_without_key (filter)
                                            : refuse (filter, reason);
}

static GstFlowReturn
gst_discord_dave_enc_process (GstDiscordDaveFilter *filter,
    GstDiscordConnection *connection, GstBuffer *buffer)
{
  GstDiscordCodec codec = gst_discord_dave_filter_get_codec (filter);
  const gchar *reason = NULL;

  /* There is nothing to ask where the group is gone, too. */
  if (is_silence (filter, buffer))
    return gst_discord_dave_filter_push (
        filter, buffer, GST_DISCORD_DAVE_CLEAR);
  if (connection == NULL)
    return push (filter, buffer, FALSE);
  if (codec != GST_DISCORD_CODEC_OPUS)
    buffer = gst_discord_frame_canonicalise (codec, buffer, &reason);
  if (buffer == NULL)
    return refuse (filter, reason);
  return encrypt (filter, connection, buffer);
}

void
gst_discord_dave_enc_set_tells_no_key (GstDiscordDaveEnc *self, gboolean tells)
{
  self->tells_no_key = tells;
}

static void
gst_discord_dave_enc_class_init (GstDiscordDaveEncClass *klass)
{
  GstDiscordDaveFilterClass *filter_class =
      GST_DISCORD_DAVE_FILTER_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  filter_class->counters[GST_DISCORD_DAVE_DONE] = "frames-encrypted";
  filter_class->counters[GST_DISCORD_DAVE_CLEAR] = "frames-clear";
  filter_class->counters[GST_DISCORD_DAVE_NO_KEY] = "dropped-no-key";
  filter_class->counters[GST_DISCORD_DAVE_REFUSED] = "refused";
  filter_class->set_caps = GST_DEBUG_FUNCPTR (gst_discord_dave_enc_set_caps);
  filter_class->process = GST_DEBUG_FUNCPTR (gst_discord_dave_enc_process);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord DAVE encrypter", "Filter/Network",
      "End-to-end encrypts frames for a Discord voice connection",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discorddaveenc.md");
}

static void
gst_discord_dave_enc_init (GstDiscordDaveEnc *self)
{
  gst_discord_dave_filter_add_pads (GST_DISCORD_DAVE_FILTER (self));
}
