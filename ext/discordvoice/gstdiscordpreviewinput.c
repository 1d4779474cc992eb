/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordpreviewinput.h"

typedef struct
{
  GstPad *pad; /* borrowed: it goes after remove_video() */
  gulong probe;
  guint quality; /* constant */
  GstSample *keyframe; /* owned, nullable; lock */
} Video;

/* The pad's functions may run while the element goes away, so it is reference
 * counted, and each of them holds a reference. */
struct _GstDiscordPreviewInput
{
  /* Guards the fields below; a leaf, nothing is called while it is held. */
  GMutex lock;
  gboolean active;
  GstPad *pad; /* borrowed, nullable: until release_pad() */
  GstSample *picture; /* owned, nullable: of the pad */
  GPtrArray *videos; /* (element-type Video) */
};

static void
input_clear (gpointer data)
{
  GstDiscordPreviewInput *self = data;

  g_clear_pointer (&self->picture, gst_sample_unref);
  g_ptr_array_unref (self->videos);
  g_mutex_clear (&self->lock);
}

static void
input_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, input_clear);
}

static void
video_free (gpointer data)
{
  Video *video = data;

  g_clear_pointer (&video->keyframe, gst_sample_unref);
  g_free (video);
}

GstDiscordPreviewInput *
gst_discord_preview_input_new (void)
{
  GstDiscordPreviewInput *self = g_atomic_rc_box_new0 (GstDiscordPreviewInput);

  g_mutex_init (&self->lock);
  self->videos = g_ptr_array_new_with_free_func (video_free);
  return self;
}

void
gst_discord_preview_input_free (GstDiscordPreviewInput *self)
{
  input_unref (self);
}

/* (transfer full): the buffer as it came. */
static GstSample *
make_sample (GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  return gst_sample_new (buffer, caps, NULL, NULL);
}

/* The pad */

static GstFlowReturn
preview_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordPreviewInput *self = pad->chaindata;
  g_autoptr (GstSample) sample = make_sample (pad, buffer);

  gst_buffer_unref (buffer);
  g_mutex_lock (&self->lock);
  if (self->active) {
    GstSample *old = self->picture;

    self->picture = g_steal_pointer (&sample);
    sample = old;
  }
  g_mutex_unlock (&self->lock);
  return GST_FLOW_OK;
}

/* There is nothing behind it to forward anything to. */
static gboolean
preview_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

GstPad *
gst_discord_preview_input_make_pad (
    GstDiscordPreviewInput *self, GstPadTemplate *template)
{
  GstPad *pad = gst_pad_new_from_template (template, "preview");
  gboolean taken;

  g_mutex_lock (&self->lock);
  taken = self->pad != NULL;
  if (!taken)
    self->pad = pad;
  g_mutex_unlock (&self->lock);
  if (taken) {
    gst_object_unref (gst_object_ref_sink (pad));
    return NULL;
  }
  gst_pad_set_chain_function_full (
      pad, preview_chain, g_atomic_rc_box_acquire (self), input_unref);
  gst_pad_set_event_function (pad, preview_event);
  return pad;
}

gboolean
gst_discord_preview_input_release_pad (
    GstDiscordPreviewInput *self, GstPad *pad)
{
  g_autoptr (GstSample) picture = NULL;
  gboolean ours;

  g_mutex_lock (&self->lock);
  ours = self->pad == pad;
  if (ours) {
    self->pad = NULL;
    picture = g_steal_pointer (&self->picture);
  }
  g_mutex_unlock (&self->lock);
  return ours;
}

gboolean
gst_discord_preview_input_is_linked (GstDiscordPreviewInput *self)
{
  g_autoptr (GstPad) pad = NULL;

  g_mutex_lock (&self->lock);
  if (self->pad != NULL)
    pad = gst_object_ref (self->pad);
  g_mutex_unlock (&self->lock);
  return pad != NULL && gst_pad_is_linked (pad);
}

/* Video */

static Video *
find_video_unlocked (GstDiscordPreviewInput *self, GstPad *pad)
{
  for (guint i = 0; i < self->videos->len; i++) {
    Video *video = g_ptr_array_index (self->videos, i);

    if (video->pad == pad)
      return video;
  }
  return NULL;
}

static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstDiscordPreviewInput *self = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstSample) sample = NULL;
  Video *video;

  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    return GST_PAD_PROBE_OK;
  sample = make_sample (pad, buffer);
  g_mutex_lock (&self->lock);
  video = find_video_unlocked (self, pad);
  if (video != NULL && self->active) {
    GstSample *old = video->keyframe;

    video->keyframe = g_steal_pointer (&sample);
    sample = old;
  }
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

void
gst_discord_preview_input_add_video (
    GstDiscordPreviewInput *self, GstPad *pad, guint quality)
{
  Video *video = g_new0 (Video, 1);

  video->pad = pad;
  video->quality = quality;
  video->probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_frame,
      g_atomic_rc_box_acquire (self), input_unref);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->videos, video);
  g_mutex_unlock (&self->lock);
}

void
gst_discord_preview_input_remove_video (
    GstDiscordPreviewInput *self, GstPad *pad)
{
  gulong probe = 0;
  Video *video;

  g_mutex_lock (&self->lock);
  video = find_video_unlocked (self, pad);
  if (video != NULL) {
    probe = video->probe;
    g_ptr_array_remove_fast (self->videos, video);
  }
  g_mutex_unlock (&self->lock);
  if (probe != 0)
    gst_pad_remove_probe (pad, probe);
}

/* Pictures */

void
gst_discord_preview_input_set_active (
    GstDiscordPreviewInput *self, gboolean active)
{
  g_autoptr (GPtrArray) old =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_sample_unref);

  g_mutex_lock (&self->lock);
  self->active = active;
  if (self->picture != NULL)
    g_ptr_array_add (old, g_steal_pointer (&self->picture));
  for (guint i = 0; i < self->videos->len; i++) {
    Video *video = g_ptr_array_index (self->videos, i);

    if (video->keyframe != NULL)
      g_ptr_array_add (old, g_steal_pointer (&video->keyframe));
  }
  g_mutex_unlock (&self->lock);
}

static GstSample *
get_keyframe_unlocked (GstDiscordPreviewInput *self)
{
  const Video *best = NULL;

  for (guint i = 0; i < self->videos->len; i++) {
    const Video *video = g_ptr_array_index (self->videos, i);

    if (video->keyframe != NULL
        && (best == NULL || video->quality > best->quality))
      best = video;
  }
  return best != NULL ? gst_sample_ref (best->keyframe) : NULL;
}

GstSample *
gst_discord_preview_input_get_picture (
    GstDiscordPreviewInput *self, gboolean video)
{
  /* Whoever links the pad has decided what is shown: nothing stands in for it. */
  gboolean linked = gst_discord_preview_input_is_linked (self);
  GstSample *picture = NULL;

  g_mutex_lock (&self->lock);
  if (self->picture != NULL)
    picture = gst_sample_ref (self->picture);
  else if (video && !linked)
    picture = get_keyframe_unlocked (self);
  g_mutex_unlock (&self->lock);
  return picture;
}
