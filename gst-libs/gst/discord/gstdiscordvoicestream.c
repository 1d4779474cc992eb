/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:gstdiscordvoicestream
 * @title: GstDiscordVoiceStream
 * @short_description: One encoding of a picture
 *
 * A sender may offer the same picture in several sizes, its simulcast layers,
 * each under a RID of its own and with its own SSRC; the server forwards to
 * every receiver the one it wants. What a layer does not tell is 0.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordvoicestream-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (GstDiscordVoiceStream, gst_discord_voice_stream,
    gst_discord_voice_stream_copy, gst_discord_voice_stream_free)

gboolean
discord_rid_is_valid (const gchar *rid)
{
  gsize length = strlen (rid);

  return length > 0 && length < DISCORD_RID_SIZE
      && strspn (rid,
             "abcdefghijklmnopqrstuvwxyz"
             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
      == length;
}

/**
 * gst_discord_voice_stream_new:
 * @rid: its name: at most 16 letters, digits, "-" and "_"; by convention the
 *     quality
 * @quality: 1 to 100, the best layer having 100
 *
 * Returns: (transfer full) (nullable): an active layer of a camera, %NULL when
 *     @rid is none
 *
 * Since: 0.1
 */
GstDiscordVoiceStream *
gst_discord_voice_stream_new (const gchar *rid, guint quality)
{
  GstDiscordVoiceStream *self;

  g_return_val_if_fail (rid != NULL, NULL);

  if (!discord_rid_is_valid (rid))
    return NULL;
  self = g_new0 (GstDiscordVoiceStream, 1);
  g_strlcpy (self->rid, rid, sizeof self->rid);
  self->quality = MIN (quality, 100);
  self->active = TRUE;
  self->fields =
      DISCORD_STREAM_QUALITY | DISCORD_STREAM_ACTIVE | DISCORD_STREAM_TYPE;
  return self;
}

/**
 * gst_discord_voice_stream_copy:
 * @self: a layer
 *
 * Returns: (transfer full): a copy
 *
 * Since: 0.1
 */
GstDiscordVoiceStream *
gst_discord_voice_stream_copy (const GstDiscordVoiceStream *self)
{
  return g_memdup2 (self, sizeof *self);
}

/**
 * gst_discord_voice_stream_free:
 * @self: (transfer full): a layer
 *
 * Frees it.
 *
 * Since: 0.1
 */
void
gst_discord_voice_stream_free (GstDiscordVoiceStream *self)
{
  g_free (self);
}

/**
 * gst_discord_voice_stream_get_rid:
 * @self: a layer
 *
 * Returns: its name, empty for another user's layer that has none
 *
 * Since: 0.1
 */
const gchar *
gst_discord_voice_stream_get_rid (const GstDiscordVoiceStream *self)
{
  return self->rid;
}

/**
 * gst_discord_voice_stream_get_quality:
 * @self: a layer
 *
 * Returns: 1 to 100; 0 when not told
 *
 * Since: 0.1
 */
guint
gst_discord_voice_stream_get_quality (const GstDiscordVoiceStream *self)
{
  return self->quality;
}

/**
 * gst_discord_voice_stream_get_ssrc:
 * @self: a layer
 *
 * Returns: the SSRC of its packets; 0 before the server gave one, or when it
 *     refused the layer
 *
 * Since: 0.1
 */
guint
gst_discord_voice_stream_get_ssrc (const GstDiscordVoiceStream *self)
{
  return self->ssrc;
}

/**
 * gst_discord_voice_stream_get_rtx_ssrc:
 * @self: a layer
 *
 * Returns: the SSRC of its retransmissions, 0 when it has none
 *
 * Since: 0.1
 */
guint
gst_discord_voice_stream_get_rtx_ssrc (const GstDiscordVoiceStream *self)
{
  /* media-transport 9.1: what is not told is the next number. */
  if (self->rtx_ssrc != 0 || self->ssrc == 0)
    return self->rtx_ssrc;
  return self->ssrc + 1;
}

/**
 * gst_discord_voice_stream_set_screen:
 * @self: a layer
 * @screen: whether it shows a shared screen and not a camera
 *
 * Tells it.
 *
 * Since: 0.1
 */
void
gst_discord_voice_stream_set_screen (
    GstDiscordVoiceStream *self, gboolean screen)
{
  self->screen = screen;
  self->fields |= DISCORD_STREAM_TYPE;
}

/**
 * gst_discord_voice_stream_get_screen:
 * @self: a layer
 *
 * Returns: whether it shows a screen
 *
 * Since: 0.1
 */
gboolean
gst_discord_voice_stream_get_screen (const GstDiscordVoiceStream *self)
{
  return self->screen;
}

/**
 * gst_discord_voice_stream_set_active:
 * @self: a layer
 * @active: whether it is to be sent
 *
 * Tells it.
 *
 * Since: 0.1
 */
void
gst_discord_voice_stream_set_active (
    GstDiscordVoiceStream *self, gboolean active)
{
  self->active = active;
  self->fields |= DISCORD_STREAM_ACTIVE;
}

/**
 * gst_discord_voice_stream_get_active:
 * @self: a layer
 *
 * Returns: whether it is sent
 *
 * Since: 0.1
 */
gboolean
gst_discord_voice_stream_get_active (const GstDiscordVoiceStream *self)
{
  return self->active;
}

/**
 * gst_discord_voice_stream_set_max_bitrate:
 * @self: a layer
 * @max_bitrate: bit/s
 *
 * Tells it.
 *
 * Since: 0.1
 */
void
gst_discord_voice_stream_set_max_bitrate (
    GstDiscordVoiceStream *self, guint max_bitrate)
{
  self->max_bitrate = max_bitrate;
  self->fields |= DISCORD_STREAM_MAX_BITRATE;
}

/**
 * gst_discord_voice_stream_get_max_bitrate:
 * @self: a layer
 *
 * Returns: bit/s; 0 when not told
 *
 * Since: 0.1
 */
guint
gst_discord_voice_stream_get_max_bitrate (const GstDiscordVoiceStream *self)
{
  return self->max_bitrate;
}

/**
 * gst_discord_voice_stream_set_max_framerate:
 * @self: a layer
 * @max_framerate: frames a second
 *
 * Tells it.
 *
 * Since: 0.1
 */
void
gst_discord_voice_stream_set_max_framerate (
    GstDiscordVoiceStream *self, gdouble max_framerate)
{
  g_return_if_fail (max_framerate >= 0 && max_framerate <= 1000);

  self->max_framerate = max_framerate;
  self->fields |= DISCORD_STREAM_MAX_FRAMERATE;
}

/**
 * gst_discord_voice_stream_get_max_framerate:
 * @self: a layer
 *
 * Returns: frames a second; 0 when not told
 *
 * Since: 0.1
 */
gdouble
gst_discord_voice_stream_get_max_framerate (const GstDiscordVoiceStream *self)
{
  return self->max_framerate;
}

/**
 * gst_discord_voice_stream_set_max_resolution:
 * @self: a layer
 * @width: pixels, 0 for that of the source
 * @height: pixels, 0 for that of the source
 *
 * Tells it.
 *
 * Since: 0.1
 */
void
gst_discord_voice_stream_set_max_resolution (
    GstDiscordVoiceStream *self, guint width, guint height)
{
  self->max_width = width;
  self->max_height = height;
  self->fields |= DISCORD_STREAM_MAX_RESOLUTION;
}

/**
 * gst_discord_voice_stream_get_max_resolution:
 * @self: a layer
 * @width: (out): pixels, 0 for that of the source
 * @height: (out): pixels, 0 for that of the source
 *
 * Returns: whether it was told
 *
 * Since: 0.1
 */
gboolean
gst_discord_voice_stream_get_max_resolution (
    const GstDiscordVoiceStream *self, guint *width, guint *height)
{
  *width = self->max_width;
  *height = self->max_height;
  return (self->fields & DISCORD_STREAM_MAX_RESOLUTION) != 0;
}
