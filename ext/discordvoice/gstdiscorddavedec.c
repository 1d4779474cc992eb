/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discorddavedec
 * @title: discorddavedec
 * @short_description: Decrypts end-to-end encrypted frames of a Discord user
 *
 * The opposite of #discorddaveenc, behind a depayloader: frames under the caps
 * `application/x-dave`, whose field `original-media-type` says what they are,
 * come out decrypted under the caps they had before encryption. Frames under
 * those caps are taken as well and treated equally. Who sent a frame is told by
 * its #GstDiscordMediaMeta; one element may get the frames of several users.
 *
 * What came in clear passes where that is allowed: while the voice server runs
 * the call without end-to-end encryption (version 0) and for ten seconds after
 * that, with `e2ee=allowed` at any time, and Opus silence, which servers put in,
 * always. A frame that cannot be decrypted is dropped, never an error: it is
 * counted, there is a warning at most every ten seconds, and the frame behind it
 * has the DISCONT flag. While our own side has no group yet there are no
 * warnings, since the first frames after a join come too early, nor for what its
 * sender encrypted for the group before ours. An encrypted
 * frame never passes as it is, whatever its caps are and also without
 * a `connection`.
 *
 * Video that comes before the key of its sender waits for it, up to 128 frames
 * and each for two seconds, by the pipeline's clock: then a picture begins with
 * the key and not with the keyframe after it. All at once is what downstream
 * gets then. Audio without a key is dropped at once.
 *
 * The statistics have frames-decrypted, frames-clear, dropped-no-key (no key of
 * that user, or none yet for the group he sent to) and dropped-undecryptable.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordrtpopuspay ! discordrtpopusdepay ! discorddavedec ! opusdec ! fakesink
 * ]| Nothing is encrypted: the frames pass.
 * |[
 * gst-launch-1.0 discordvoicesrc token-env=DISCORD_TOKEN guild-id=1 channel-id=2 ! opusdec ! audioconvert ! autoaudiosink
 * ]| The source has one inside for each speaker.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorddavedec.h"
#include "elementclock.h"
#include "heldframes.h"

#include <gst/discord/gstdiscordframe-private.h>
#include <gst/discord/gstdiscordmediameta.h>

GST_DEBUG_CATEGORY_STATIC (discord_dave_dec_debug);
#define GST_CAT_DEFAULT discord_dave_dec_debug

/* There is no key, and the frame is still the caller's. */
#define FLOW_NO_KEY GST_FLOW_CUSTOM_SUCCESS

struct _GstDiscordDaveDec
{
  GstDiscordDaveFilter parent;

  /* Stream lock of the sink pad, and below PAUSED. */
  HeldFrames held;

  gint holding; /* atomic: there are held frames */

  /* Object lock */
  GstDiscordConnection *watched; /* owned */
  gulong watch; /* handler of it */
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_DISCORD_DAVE_MEDIA "; " GST_DISCORD_CLEAR_MEDIA));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_DISCORD_CLEAR_MEDIA));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordDaveDec, gst_discord_dave_dec,
    GST_TYPE_DISCORD_DAVE_FILTER,
    GST_DEBUG_CATEGORY_INIT (discord_dave_dec_debug, "discorddavedec", 0,
        "End-to-end decryption of frames"));
GST_ELEMENT_REGISTER_DEFINE (
    discorddavedec, "discorddavedec", GST_RANK_NONE, GST_TYPE_DISCORD_DAVE_DEC);

static gboolean
gst_discord_dave_dec_set_caps (GstDiscordDaveFilter *filter)
{
  return gst_discord_dave_filter_set_encrypted (filter, FALSE);
}

/* When the packet arrived its user may not have been known. */
static guint64
find_user (GstDiscordConnection *connection, GstBuffer *buffer)
{
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (buffer);

  if (meta == NULL || meta->user_id != 0)
    return meta != NULL ? meta->user_id : 0;
  return gst_discord_connection_get_user_for_ssrc (connection, meta->ssrc);
}

/* Somebody else's key is missing, and not ours as well. What was said before we
 * joined is not for us. */
static gboolean
is_worth_a_warning (
    GstDiscordConnection *connection, GstDiscordFrameResult result)
{
  GstDiscordSendState state;

  if (result == GST_DISCORD_FRAME_EARLIER)
    return FALSE;
  if (result != GST_DISCORD_FRAME_NO_KEY)
    return TRUE;
  gst_discord_connection_get_send_state (connection, &state);
  return state.e2ee == GST_DISCORD_E2EE_STATE_ENCRYPTED;
}

static void
warn (GstDiscordDaveFilter *filter, guint64 user_id,
    GstDiscordFrameResult result, const gchar *reason)
{
  if (!gst_discord_dave_filter_may_warn (filter))
    return;
  if (result == GST_DISCORD_FRAME_NO_KEY)
    GST_ELEMENT_WARNING (filter, STREAM, DECRYPT_NOKEY,
        ("There is no key for a frame of Discord user %" G_GUINT64_FORMAT ".",
            user_id),
        (NULL));
  else
    GST_ELEMENT_WARNING (filter, STREAM, DECRYPT,
        ("A frame of Discord user %" G_GUINT64_FORMAT " cannot be decrypted.",
            user_id),
        ("%s", reason != NULL ? reason : "unknown reason"));
}

static void
drop (GstDiscordDaveFilter *filter, GstDiscordConnection *connection,
    guint64 user_id, GstDiscordFrameResult result, const gchar *reason)
{
  GST_DEBUG_OBJECT (filter, "a frame of user %" G_GUINT64_FORMAT ": %s",
      user_id, reason != NULL ? reason : "no key");
  gst_discord_dave_filter_drop (filter,
      result == GST_DISCORD_FRAME_REFUSED ? GST_DISCORD_DAVE_REFUSED
                                          : GST_DISCORD_DAVE_NO_KEY);
  if (is_worth_a_warning (connection, result))
    warn (filter, user_id, result, reason);
}

/* Takes @buffer. */
static GstFlowReturn
push (GstDiscordDaveFilter *filter, GstBuffer *buffer,
    GstDiscordDaveCounter counter)
{
  buffer = gst_discord_frame_make_decodable (
      gst_discord_dave_filter_get_codec (filter), buffer);
  if (buffer == NULL) {
    GST_DEBUG_OBJECT (filter, "a malformed frame");
    gst_discord_dave_filter_drop (filter, GST_DISCORD_DAVE_REFUSED);
    return GST_FLOW_OK;
  }
  if (gst_discord_dave_filter_set_encrypted (filter, FALSE))
    return gst_discord_dave_filter_push (filter, buffer, counter);
  gst_buffer_unref (buffer);
  return GST_FLOW_NOT_NEGOTIATED;
}

static gboolean
is_video (GstDiscordDaveFilter *filter)
{
  return gst_discord_dave_filter_get_codec (filter) != GST_DISCORD_CODEC_OPUS;
}

/* Takes @frame, but for FLOW_NO_KEY. */
static GstFlowReturn
decrypt (GstDiscordDaveFilter *filter, GstDiscordConnection *connection,
    GstBuffer *frame)
{
  guint64 user_id = find_user (connection, frame);
  gsize size = gst_buffer_get_size (frame);
  GstBuffer *out = gst_discord_dave_filter_take_buffer (filter, size);
  const gchar *reason = NULL;
  GstDiscordFrameResult result = gst_discord_connection_decrypt (
      connection, user_id, is_video (filter), frame, out, &size, &reason);

  if (result == GST_DISCORD_FRAME_DONE)
    return push (filter,
        gst_discord_dave_filter_finish_buffer (out, size, frame),
        GST_DISCORD_DAVE_DONE);
  gst_discord_dave_filter_return_buffer (filter, out);
  if (result == GST_DISCORD_FRAME_CLEAR)
    return push (filter, frame, GST_DISCORD_DAVE_CLEAR);
  if (result == GST_DISCORD_FRAME_NO_KEY)
    return FLOW_NO_KEY;
  drop (filter, connection, user_id, result, reason);
  gst_buffer_unref (frame);
  return GST_FLOW_OK;
}

/* Frames that wait for their key, in the order in which they came. */

static void
set_holding (GstDiscordDaveDec *self)
{
  g_atomic_int_set (&self->holding, held_frames_peek (&self->held) != NULL);
}

static void
drop_held (GstDiscordDaveDec *self, GstDiscordConnection *connection,
    guint64 user_id, guint n)
{
  while (n-- > 0)
    drop (GST_DISCORD_DAVE_FILTER (self), connection, user_id,
        GST_DISCORD_FRAME_NO_KEY, NULL);
}

/* Those for which there is a key by now; with the stream lock. */
static GstFlowReturn
release_held (GstDiscordDaveDec *self, GstDiscordConnection *connection)
{
  GstFlowReturn ret = GST_FLOW_OK;
  GstBuffer *frame = held_frames_peek (&self->held);
  guint64 user_id;

  if (frame == NULL)
    return GST_FLOW_OK;
  user_id = find_user (connection, frame);
  drop_held (self, connection, user_id,
      held_frames_expire (
          &self->held, discord_element_now (GST_ELEMENT (self))));
  while (
      ret == GST_FLOW_OK && (frame = held_frames_peek (&self->held)) != NULL) {
    gst_buffer_ref (frame);
    ret = decrypt (GST_DISCORD_DAVE_FILTER (self), connection, frame);
    if (ret == FLOW_NO_KEY)
      gst_buffer_unref (frame);
    else
      gst_buffer_unref (held_frames_pop (&self->held));
  }
  set_holding (self);
  return ret;
}

/* Takes @frame. */
static GstFlowReturn
hold (
    GstDiscordDaveDec *self, GstDiscordConnection *connection, GstBuffer *frame)
{
  guint64 user_id = find_user (connection, frame);

  GST_LOG_OBJECT (self, "held: %" GST_PTR_FORMAT, frame);
  drop_held (self, connection, user_id,
      held_frames_push (
          &self->held, frame, discord_element_now (GST_ELEMENT (self))));
  set_holding (self);
  return GST_FLOW_OK;
}

/* Takes @frame. */
static GstFlowReturn
decrypt_video (
    GstDiscordDaveDec *self, GstDiscordConnection *connection, GstBuffer *frame)
{
  GstFlowReturn ret = release_held (self, connection);

  if (ret == GST_FLOW_OK)
    ret = decrypt (GST_DISCORD_DAVE_FILTER (self), connection, frame);
  else if (ret != FLOW_NO_KEY)
    gst_buffer_unref (frame);
  return ret == FLOW_NO_KEY ? hold (self, connection, frame) : ret;
}

/* Takes @frame. */
static GstFlowReturn
decrypt_audio (GstDiscordDaveFilter *filter, GstDiscordConnection *connection,
    GstBuffer *frame)
{
  GstFlowReturn ret = decrypt (filter, connection, frame);

  if (ret != FLOW_NO_KEY)
    return ret;
  drop (filter, connection, find_user (connection, frame),
      GST_DISCORD_FRAME_NO_KEY, NULL);
  gst_buffer_unref (frame);
  return GST_FLOW_OK;
}

static void
gst_discord_dave_dec_forget (GstDiscordDaveFilter *filter)
{
  GstDiscordDaveDec *self = GST_DISCORD_DAVE_DEC (filter);
  GstBuffer *frame;

  while ((frame = held_frames_pop (&self->held)) != NULL) {
    gst_discord_dave_filter_drop (filter, GST_DISCORD_DAVE_NO_KEY);
    gst_buffer_unref (frame);
  }
  set_holding (self);
}

/* New keys */

static void
release_later (GstElement *element, gpointer user_data)
{
  GstDiscordDaveDec *self = GST_DISCORD_DAVE_DEC (element);
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_dave_filter_ref_connection (GST_DISCORD_DAVE_FILTER (self));
  g_autoptr (GstPad) sink = gst_element_get_static_pad (element, "sink");

  if (connection == NULL)
    return;
  GST_PAD_STREAM_LOCK (sink);
  /* Below PAUSED what is held is another's. */
  if (!GST_PAD_IS_FLUSHING (sink))
    release_held (self, connection);
  GST_PAD_STREAM_UNLOCK (sink);
}

static void
on_group_changed (
    GstDiscordConnection *connection, const gchar *code, GWeakRef *element)
{
  g_autoptr (GstDiscordDaveDec) self = g_weak_ref_get (element);

  /* Not here: pushing may take its time. */
  if (self != NULL && g_atomic_int_get (&self->holding))
    gst_element_call_async (GST_ELEMENT (self), release_later, NULL, NULL);
}

static void
watch_free (gpointer data, GClosure *closure)
{
  GWeakRef *element = data;

  g_weak_ref_clear (element);
  g_free (element);
}

static gulong
add_watch (GstDiscordDaveDec *self, GstDiscordConnection *connection)
{
  GWeakRef *element = g_new0 (GWeakRef, 1);

  g_weak_ref_init (element, self);
  return g_signal_connect_data (connection, "privacy-code-changed",
      G_CALLBACK (on_group_changed), element, watch_free, 0);
}

/* @connection: (nullable) */
static void
watch (GstDiscordDaveDec *self, GstDiscordConnection *connection)
{
  gulong new_watch = connection != NULL ? add_watch (self, connection) : 0;
  g_autoptr (GstDiscordConnection) old = NULL;
  gulong old_watch;

  GST_OBJECT_LOCK (self);
  old = self->watched;
  old_watch = self->watch;
  self->watched = connection != NULL ? g_object_ref (connection) : NULL;
  self->watch = new_watch;
  GST_OBJECT_UNLOCK (self);
  if (old != NULL)
    g_signal_handler_disconnect (old, old_watch);
}

static void
gst_discord_dave_dec_connection_changed (
    GstDiscordDaveFilter *filter, GstDiscordConnection *connection)
{
  watch (GST_DISCORD_DAVE_DEC (filter), connection);
}

static GstFlowReturn
gst_discord_dave_dec_process (GstDiscordDaveFilter *filter,
    GstDiscordConnection *connection, GstBuffer *buffer)
{
  if (connection != NULL && is_video (filter))
    return decrypt_video (GST_DISCORD_DAVE_DEC (filter), connection, buffer);
  if (connection != NULL)
    return decrypt_audio (filter, connection, buffer);
  gst_discord_dave_dec_forget (filter);
  if (!gst_discord_buffer_is_encrypted (buffer))
    return push (filter, buffer, GST_DISCORD_DAVE_CLEAR);
  gst_buffer_unref (buffer);
  gst_discord_dave_filter_drop (filter, GST_DISCORD_DAVE_NO_KEY);
  if (gst_discord_dave_filter_may_warn (filter))
    GST_ELEMENT_WARNING (filter, STREAM, DECRYPT_NOKEY,
        ("A frame is encrypted, and there is no connection to decrypt it for."),
        ("the connection property is not set"));
  return GST_FLOW_OK;
}

static void
gst_discord_dave_dec_finalize (GObject *object)
{
  GstDiscordDaveDec *self = GST_DISCORD_DAVE_DEC (object);

  watch (self, NULL);
  held_frames_clear (&self->held);
  G_OBJECT_CLASS (gst_discord_dave_dec_parent_class)->finalize (object);
}

static void
gst_discord_dave_dec_class_init (GstDiscordDaveDecClass *klass)
{
  GstDiscordDaveFilterClass *filter_class =
      GST_DISCORD_DAVE_FILTER_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_discord_dave_dec_finalize;
  filter_class->counters[GST_DISCORD_DAVE_DONE] = "frames-decrypted";
  filter_class->counters[GST_DISCORD_DAVE_CLEAR] = "frames-clear";
  filter_class->counters[GST_DISCORD_DAVE_NO_KEY] = "dropped-no-key";
  filter_class->counters[GST_DISCORD_DAVE_REFUSED] = "dropped-undecryptable";
  filter_class->set_caps = GST_DEBUG_FUNCPTR (gst_discord_dave_dec_set_caps);
  filter_class->process = GST_DEBUG_FUNCPTR (gst_discord_dave_dec_process);
  filter_class->forget = GST_DEBUG_FUNCPTR (gst_discord_dave_dec_forget);
  filter_class->connection_changed =
      GST_DEBUG_FUNCPTR (gst_discord_dave_dec_connection_changed);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord DAVE decrypter", "Filter/Network",
      "Decrypts end-to-end encrypted frames of a Discord user",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discorddavedec.md");
}

static void
gst_discord_dave_dec_init (GstDiscordDaveDec *self)
{
  held_frames_init (&self->held);
  gst_discord_dave_filter_add_pads (GST_DISCORD_DAVE_FILTER (self));
}
