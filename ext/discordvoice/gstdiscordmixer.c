/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordmixer.h"

GST_DEBUG_CATEGORY_STATIC (discord_mixer_debug);
#define GST_CAT_DEFAULT discord_mixer_debug

#define RATE 48000
#define BYTES_PER_SAMPLE 4 /* S16LE, stereo */
#define FRAME_TIME (20 * GST_MSECOND)

/* What a slow reader of the mix may be behind before it loses audio. */
#define OUTPUT_QUEUE_TIME (200 * GST_MSECOND)

struct _GstDiscordMixer
{
  GstBin parent;

  GstElement *mixer;
  gint ended; /* atomic: nothing comes out of the mixer any more */

  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  GQueue idle; /* GstPad of the mixer, owned: to be used again */
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordMixer, gst_discord_mixer,
    GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (
        discord_mixer_debug, "discordmixer", 0, "Mix of all Discord users"));

/* One input: an Opus decoder between a ghost pad and a pad of the mixer. Its
 * pads are found again through the pad it was made for. */

static gchar *
make_decoder_name (GstPad *src)
{
  g_autoptr (GstObject) parent = gst_pad_get_parent (src);

  return g_strdup_printf ("decoder-%s", GST_OBJECT_NAME (parent));
}

/* audioaggregator of 1.22 races when pads are released while it mixes, so they
 * are kept and used again. */
static GstPad *
take_mixer_pad (GstDiscordMixer *self)
{
  GstPad *pad;

  g_mutex_lock (&self->lock);
  pad = g_queue_pop_head (&self->idle);
  g_mutex_unlock (&self->lock);
  if (pad == NULL)
    pad = gst_element_request_pad_simple (self->mixer, "sink_%u");
  return pad;
}

static void
give_mixer_pad (GstDiscordMixer *self, GstPad *pad)
{
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->idle, gst_object_ref (pad));
  g_mutex_unlock (&self->lock);
}

gboolean
gst_discord_mixer_add (GstDiscordMixer *self, GstPad *src)
{
  g_autofree gchar *name = make_decoder_name (src);
  GstElement *decoder = gst_element_factory_make ("opusdec", name);
  g_autoptr (GstPad) decoder_src = NULL;
  g_autoptr (GstPad) decoder_sink = NULL;
  g_autoptr (GstPad) mixer_pad = NULL;
  GstPad *ghost;

  if (decoder == NULL)
    return FALSE;
  /* However much of a stream is damaged, it is heard and ends no other. */
  g_object_set (
      decoder, "plc", TRUE, "use-inband-fec", TRUE, "max-errors", -1, NULL);
  gst_bin_add (GST_BIN (self), decoder);
  mixer_pad = take_mixer_pad (self);
  decoder_src = gst_element_get_static_pad (decoder, "src");
  decoder_sink = gst_element_get_static_pad (decoder, "sink");
  gst_pad_link (decoder_src, mixer_pad);

  ghost = gst_ghost_pad_new (name, decoder_sink);
  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
  gst_element_sync_state_with_parent (decoder);
  return gst_pad_link (src, ghost) == GST_PAD_LINK_OK;
}

void
gst_discord_mixer_remove (GstDiscordMixer *self, GstPad *src)
{
  g_autofree gchar *name = make_decoder_name (src);
  g_autoptr (GstPad) ghost =
      gst_element_get_static_pad (GST_ELEMENT (self), name);
  g_autoptr (GstElement) decoder = gst_bin_get_by_name (GST_BIN (self), name);
  g_autoptr (GstPad) decoder_src = NULL;
  g_autoptr (GstPad) mixer_pad = NULL;

  if (ghost == NULL || decoder == NULL)
    return;
  gst_pad_unlink (src, ghost);
  gst_pad_set_active (ghost, FALSE);
  gst_element_remove_pad (GST_ELEMENT (self), ghost);

  decoder_src = gst_element_get_static_pad (decoder, "src");
  mixer_pad = gst_pad_get_peer (decoder_src);
  gst_element_set_locked_state (decoder, TRUE);
  gst_element_set_state (decoder, GST_STATE_NULL);
  if (mixer_pad != NULL)
    gst_pad_unlink (decoder_src, mixer_pad);
  gst_bin_remove (GST_BIN (self), decoder);
  if (mixer_pad != NULL)
    give_mixer_pad (self, mixer_pad);
}

void
gst_discord_mixer_set_latency (GstDiscordMixer *self, GstClockTime latency)
{
  /* A frame is complete when its last sample was spoken. */
  g_object_set (
      self->mixer, "min-upstream-latency", latency + FRAME_TIME, NULL);
}

/* What comes before any buffer, when the mixer has not done so itself: an EOS
 * alone is nothing that elements downstream could work with. */
static void
begin_output (GstDiscordMixer *self, GstPad *pad)
{
  g_autoptr (GstEvent) begun =
      gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  g_autoptr (GstCaps) caps = NULL;
  g_autofree gchar *stream_id = NULL;
  GstSegment segment;

  if (begun != NULL)
    return;
  caps = gst_caps_from_string (GST_DISCORD_MIXER_CAPS);
  stream_id = g_strdup_printf ("%s/mix", GST_OBJECT_NAME (self));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_send_event (pad, gst_event_new_stream_start (stream_id));
  gst_pad_send_event (pad, gst_event_new_caps (caps));
  gst_pad_send_event (pad, gst_event_new_segment (&segment));
}

/* While the mixer pushes nothing. */
static GstPadProbeReturn
end_output (GstPad *mixer_src, GstPadProbeInfo *info, gpointer user_data)
{
  GstDiscordMixer *self = user_data;
  g_autoptr (GstElement) queue = gst_bin_get_by_name (GST_BIN (self), "queue");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (queue, "sink");

  if (g_atomic_int_compare_and_exchange (&self->ended, FALSE, TRUE)) {
    begin_output (self, pad);
    gst_pad_send_event (pad, gst_event_new_eos ());
  }
  return GST_PAD_PROBE_REMOVE;
}

void
gst_discord_mixer_send_eos (GstDiscordMixer *self)
{
  g_autoptr (GstPad) mixer_src =
      gst_element_get_static_pad (self->mixer, "src");

  gst_pad_add_probe (mixer_src, GST_PAD_PROBE_TYPE_IDLE, end_output,
      gst_object_ref (self), gst_object_unref);
}

/* The mixer does not know of the end: its first buffer, when that comes after
 * the end, would begin the stream anew. */
static GstPadProbeReturn
drop_after_end (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstDiscordMixer *self = user_data;

  return g_atomic_int_get (&self->ended) ? GST_PAD_PROBE_DROP
                                         : GST_PAD_PROBE_OK;
}

static GstStateChangeReturn
gst_discord_mixer_change_state (GstElement *element, GstStateChange transition)
{
  GstDiscordMixer *self = GST_DISCORD_MIXER (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    g_atomic_int_set (&self->ended, FALSE);
  return GST_ELEMENT_CLASS (gst_discord_mixer_parent_class)
      ->change_state (element, transition);
}

/* A mixer that is forced to be live works from PAUSED on and counts from its
 * base time. A pipeline gives the clock first and the base time later; what is
 * between the two would look hours late, be made up for at once, and put the
 * mix that far ahead of everybody. */
static gboolean
gst_discord_mixer_set_clock (GstElement *element, GstClock *clock)
{
  GstDiscordMixer *self = GST_DISCORD_MIXER (element);

  if (clock != NULL)
    gst_element_set_base_time (self->mixer, gst_clock_get_time (clock));
  return GST_ELEMENT_CLASS (gst_discord_mixer_parent_class)
      ->set_clock (element, clock);
}

static void
gst_discord_mixer_dispose (GObject *object)
{
  GstDiscordMixer *self = GST_DISCORD_MIXER (object);

  g_queue_clear_full (&self->idle, gst_object_unref);
  G_OBJECT_CLASS (gst_discord_mixer_parent_class)->dispose (object);
}

static void
gst_discord_mixer_finalize (GObject *object)
{
  GstDiscordMixer *self = GST_DISCORD_MIXER (object);

  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_discord_mixer_parent_class)->finalize (object);
}

static void
gst_discord_mixer_class_init (GstDiscordMixerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = gst_discord_mixer_dispose;
  object_class->finalize = gst_discord_mixer_finalize;
  GST_ELEMENT_CLASS (klass)->set_clock = gst_discord_mixer_set_clock;
  GST_ELEMENT_CLASS (klass)->change_state = gst_discord_mixer_change_state;
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Mix of all Discord users", "Generic/Bin/Audio",
      "Decodes and mixes the audio of a voice channel",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
}

static void
gst_discord_mixer_init (GstDiscordMixer *self)
{
  g_mutex_init (&self->lock);
  g_queue_init (&self->idle);
}

/* When the first buffer was due before any input had come, audioaggregator of
 * 1.22 gives the second one the time of the first and twice the duration. Its
 * offsets, in samples from running time 0, are right. */
static GstPadProbeReturn
set_time_by_offset (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBuffer *buffer =
      gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));

  GST_BUFFER_PTS (buffer) =
      gst_util_uint64_scale (GST_BUFFER_OFFSET (buffer), GST_SECOND, RATE);
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale (
      gst_buffer_get_size (buffer) / BYTES_PER_SAMPLE, GST_SECOND, RATE);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  return GST_PAD_PROBE_OK;
}

static GstElement *
make (const gchar *factory, const gchar *name, const gchar **missing)
{
  GstElement *element = gst_element_factory_make (factory, name);

  if (element == NULL)
    *missing = factory;
  return element;
}

/* Needed with the first input only, which is too late to refuse. */
static void
check_decoder (const gchar **missing)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("opusdec");

  if (factory == NULL)
    *missing = "opusdec";
}

/* silence ! mixer ! caps ! tee ! queue: the silence keeps the mix going and
 * settles its format while nobody speaks; behind the tee nothing that happens
 * downstream, be it unlinked or slow, holds up the inputs. */
GstDiscordMixer *
gst_discord_mixer_new (const gchar **missing)
{
  GstDiscordMixer *self = g_object_new (GST_TYPE_DISCORD_MIXER, NULL);
  g_autoptr (GstCaps) caps = gst_caps_from_string (GST_DISCORD_MIXER_CAPS);
  g_autoptr (GstPad) mixer_src = NULL;
  g_autoptr (GstPad) queue_src = NULL;
  GstElement *silence = make ("audiotestsrc", "silence", missing);
  GstElement *mixer = gst_element_factory_make_full (
      "audiomixer", "name", "mixer", "force-live", TRUE, NULL);
  GstElement *filter = make ("capsfilter", "format", missing);
  GstElement *tee = make ("tee", "tee", missing);
  GstElement *queue = make ("queue", "queue", missing);
  GstElement *all[] = { silence, mixer, filter, tee, queue };

  if (mixer == NULL)
    *missing = "audiomixer";
  check_decoder (missing);
  if (*missing != NULL) {
    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
      g_clear_pointer (&all[i], gst_object_unref);
    gst_object_unref (self);
    return NULL;
  }
  self->mixer = mixer;
  gst_util_set_object_arg (G_OBJECT (silence), "wave", "silence");
  g_object_set (silence, "is-live", TRUE, "samplesperbuffer", 960, NULL);
  g_object_set (mixer, "ignore-inactive-pads", TRUE, "output-buffer-duration",
      FRAME_TIME, NULL);
  g_object_set (filter, "caps", caps, NULL);
  g_object_set (tee, "allow-not-linked", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (queue), "leaky", "downstream");
  g_object_set (queue, "max-size-time", OUTPUT_QUEUE_TIME, "max-size-bytes", 0,
      "max-size-buffers", 0, NULL);

  gst_bin_add_many (GST_BIN (self), silence, mixer, filter, tee, queue, NULL);
  gst_element_link_many (silence, mixer, filter, tee, queue, NULL);
  mixer_src = gst_element_get_static_pad (mixer, "src");
  gst_pad_add_probe (mixer_src,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      drop_after_end, self, NULL);
  gst_pad_add_probe (
      mixer_src, GST_PAD_PROBE_TYPE_BUFFER, set_time_by_offset, NULL, NULL);
  queue_src = gst_element_get_static_pad (queue, "src");
  gst_element_add_pad (
      GST_ELEMENT (self), gst_ghost_pad_new ("src", queue_src));
  return self;
}
