/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Packets of video in and out of a discordrtpbin, and the server's RTCP. */

#include "receive-helper.h"

#include "../../../gst-libs/gst/discord/transport/rtcpfeedback.h"

#include <gst/rtp/rtp.h>

#define VP8_PT 107
#define VP8_RTX_PT 108
#define H264_PT 105

/* What passes a pad. */
typedef struct
{
  GMutex lock;
  GCond cond;
  GPtrArray *buffers; /* (element-type GstBuffer) */
  GstPad *pad; /* owned */
  gulong probe;
} Tap;

static inline gboolean
tap_add (GstBuffer **buffer, guint index, gpointer user_data)
{
  Tap *self = user_data;

  g_ptr_array_add (self->buffers, gst_buffer_ref (*buffer));
  return TRUE;
}

static inline GstPadProbeReturn
tap_probe (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Tap *self = user_data;

  g_mutex_lock (&self->lock);
  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (
        GST_PAD_PROBE_INFO_BUFFER_LIST (info), tap_add, self);
  else
    tap_add ((GstBuffer **) &GST_PAD_PROBE_INFO_DATA (info), 0, self);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  return GST_PAD_PROBE_OK;
}

/* Takes @pad. */
static inline void
tap_init (Tap *self, GstPad *pad)
{
  fail_unless (pad != NULL);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->buffers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  self->pad = pad;
  self->probe = gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, tap_probe,
      self, NULL);
}

/* Nothing passes any more. */
static inline void
tap_clear (Tap *self)
{
  gst_pad_remove_probe (self->pad, self->probe);
  gst_object_unref (self->pad);
  g_ptr_array_unref (self->buffers);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

/* (transfer full): waits for number @index. */
static inline GstBuffer *
tap_wait (Tap *self, guint index)
{
  GstBuffer *buffer;

  g_mutex_lock (&self->lock);
  while (self->buffers->len <= index)
    g_cond_wait (&self->cond, &self->lock);
  buffer = gst_buffer_ref (g_ptr_array_index (self->buffers, index));
  g_mutex_unlock (&self->lock);
  return buffer;
}

/* One RTCP packet, mapped. */
typedef struct
{
  GstBuffer *buffer;
  GstMapInfo map;
  RtcpPacket packet;
} Rtcp;

static inline void
rtcp_map (Rtcp *self, GstBuffer *buffer)
{
  RtcpIter iter;

  self->buffer = buffer;
  fail_unless (gst_buffer_map (buffer, &self->map, GST_MAP_READ));
  rtcp_iter_init (&iter, self->map.data, self->map.size);
  fail_unless (rtcp_iter_next (&iter, &self->packet));
}

static inline void
rtcp_unmap (Rtcp *self)
{
  gst_buffer_unmap (self->buffer, &self->map);
  gst_buffer_unref (self->buffer);
}

/* Waits for the first packet of @type and @count from *@index on, and goes
 * behind it. */
static inline void
tap_wait_rtcp (
    Tap *self, guint *index, RtcpType type, guint8 count, Rtcp *found)
{
  for (;;) {
    rtcp_map (found, tap_wait (self, (*index)++));
    if (found->packet.type == type && found->packet.count == count)
      return;
    rtcp_unmap (found);
  }
}

/* A pad of the transport that ours pushes to: the only one of its template. */
static inline GstPad *
find_transport_pad (GstElement *bin, const gchar *prefix)
{
  g_autoptr (GstElement) transport =
      gst_bin_get_by_name (GST_BIN (bin), "transport");
  GstPad *found = NULL;

  GST_OBJECT_LOCK (transport);
  for (GList *l = transport->sinkpads; l != NULL && found == NULL; l = l->next)
    if (g_str_has_prefix (GST_PAD_NAME (l->data), prefix))
      found = gst_object_ref (l->data);
  GST_OBJECT_UNLOCK (transport);
  return found;
}

/* The pad on which RTCP arrives, ready to be pushed from. */
static inline GstPad *
open_rtcp (GstElement *bin)
{
  g_autoptr (GstElement) transport =
      gst_bin_get_by_name (GST_BIN (bin), "transport");
  g_autoptr (GstCaps) caps = gst_caps_from_string ("application/x-rtcp");
  GstPad *pad = gst_element_get_static_pad (transport, "rtcp_src");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_pad_push_event (pad, gst_event_new_stream_start ("rtcp")));
  fail_unless (gst_pad_push_event (pad, gst_event_new_caps (caps)));
  fail_unless (gst_pad_push_event (pad, gst_event_new_segment (&segment)));
  return pad;
}

/* What a server sends again: @sequence of @ssrc, by the pair SSRC + 1. */
static inline GstBuffer *
make_rtx (guint16 sequence, guint32 ssrc, GstClockTime arrival)
{
  GstBuffer *media = make_packet (VP8_PT, sequence, ssrc, 5, arrival);
  GstBuffer *rtx = make_packet (VP8_RTX_PT, sequence, ssrc + 1, 5, arrival);
  guint8 bytes[14];

  gst_buffer_extract (rtx, 0, bytes, 12);
  GST_WRITE_UINT16_BE (bytes + 12, sequence);
  gst_buffer_remove_all_memory (rtx);
  gst_buffer_append_memory (rtx, gst_allocator_alloc (NULL, 14, NULL));
  gst_buffer_fill (rtx, 0, bytes, 14);
  gst_buffer_copy_into (rtx, media, GST_BUFFER_COPY_MEMORY, 12, -1);
  gst_buffer_unref (media);
  return rtx;
}
