/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A connection that never joins, and packets pushed as if it had: out of the
 * transport inside a discordrtpbin, on the thread of the test. */

#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>

#define FRAME (20 * GST_MSECOND)
#define SAMPLES 960

#define FAKE_TYPE_SIGNALLER (fake_signaller_get_type ())
G_DECLARE_FINAL_TYPE (FakeSignaller, fake_signaller, FAKE, SIGNALLER, GObject)

struct _FakeSignaller
{
  GObject parent;
};

/* Answers leaving only, so that nobody has to wait for it. */
static void
fake_signaller_update (GstDiscordSignaller *signaller, guint64 guild_id,
    guint64 channel_id, gboolean self_mute, gboolean self_deaf)
{
  if (channel_id == 0)
    gst_discord_signaller_voice_state (signaller, guild_id, 0, 1, "session");
}

static void
fake_signaller_iface_init (GstDiscordSignallerInterface *iface)
{
  iface->update_voice_state = fake_signaller_update;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeSignaller, fake_signaller, G_TYPE_OBJECT,
    G_IMPLEMENT_INTERFACE (
        GST_TYPE_DISCORD_SIGNALLER, fake_signaller_iface_init))

static void
fake_signaller_class_init (FakeSignallerClass *klass)
{
}

static void
fake_signaller_init (FakeSignaller *self)
{
}

static inline GstDiscordConnection *
fake_connection_new (void)
{
  g_autoptr (FakeSignaller) signaller =
      g_object_new (FAKE_TYPE_SIGNALLER, NULL);

  return gst_discord_connection_new (
      GST_DISCORD_SIGNALLER (signaller), 111, 222);
}

/* An Opus packet of 20 ms (RFC 6716 section 3.1: configuration 31, stereo, one
 * frame) that says which one it is. */
#define OPUS_TOC 0xfc

static inline GstBuffer *
make_packet (guint8 payload_type, guint16 seqnum, guint32 ssrc, guint64 user_id,
    GstClockTime arrival)
{
  guint8 packet[12 + 4] = { 0x80, payload_type };
  GstDiscordMediaMeta *meta;
  GstBuffer *buffer;

  GST_WRITE_UINT16_BE (packet + 2, seqnum);
  GST_WRITE_UINT32_BE (packet + 4, 1000 + SAMPLES * (guint32) seqnum);
  GST_WRITE_UINT32_BE (packet + 8, ssrc);
  packet[12] = OPUS_TOC;
  packet[13] = 1;
  GST_WRITE_UINT16_BE (packet + 14, seqnum);
  buffer = gst_buffer_new_memdup (packet, sizeof (packet));

  meta = gst_buffer_add_discord_media_meta (buffer);
  meta->user_id = user_id;
  meta->ssrc = ssrc;
  meta->seqnum = seqnum;
  meta->payload_type = payload_type;
  meta->speaking_flags = GST_DISCORD_SPEAKING_VOICE;
  meta->audio_level = 23;
  meta->voice_activity = TRUE;
  meta->received_time = g_get_monotonic_time () * GST_USECOND;
  meta->sender_time = 1700000000 * GST_SECOND + seqnum * FRAME;
  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = arrival;
  return buffer;
}

/* Which packet it is, RTP or Opus. */
static inline guint16
packet_number (GstBuffer *buffer)
{
  guint8 number[2];

  fail_unless_equals_int (
      gst_buffer_extract (buffer, gst_buffer_get_size (buffer) - 2, number, 2),
      2);
  return GST_READ_UINT16_BE (number);
}

/* The transport's pad, ready to be pushed from. @element contains it, at any
 * depth, and is at least PAUSED. */
static inline GstPad *
open_transport (GstElement *element)
{
  g_autoptr (GstElement) transport =
      gst_bin_get_by_name (GST_BIN (element), "transport");
  g_autoptr (GstCaps) caps = gst_caps_from_string ("application/x-rtp");
  GstPad *pad = gst_element_get_static_pad (transport, "rtp_src");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  fail_unless (gst_pad_push_event (pad, gst_event_new_stream_start ("test")));
  fail_unless (gst_pad_push_event (pad, gst_event_new_caps (caps)));
  fail_unless (gst_pad_push_event (pad, gst_event_new_segment (&segment)));
  return pad;
}

static inline void
push_packet (GstPad *pad, guint16 seqnum, guint32 ssrc, guint64 user_id,
    GstClockTime arrival)
{
  gst_pad_push (pad, make_packet (120, seqnum, ssrc, user_id, arrival));
}

/* What came out of a pad: the pads of an element are linked to a sink that
 * keeps it, in an order of their own. */
typedef struct
{
  GMutex lock;
  GCond cond;
  GPtrArray *pads; /* (element-type Outlet) */
} Outlets;

typedef struct
{
  Outlets *outlets;
  gchar *name;
  GstPad *src; /* owned */
  GstPad *sink; /* owned */
  GPtrArray *buffers; /* (element-type GstBuffer) */
  GPtrArray *events; /* (element-type GstEvent): without sticky start-up ones */
  GPtrArray *stream_ids; /* (element-type utf8) */
  GstCaps *caps;
  gboolean eos;
  gboolean removed;
  GstFlowReturn flow; /* answer to each buffer */
} Outlet;

static inline GstFlowReturn
outlet_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Outlet *outlet = gst_pad_get_element_private (pad);
  GstFlowReturn flow;

  g_mutex_lock (&outlet->outlets->lock);
  g_ptr_array_add (outlet->buffers, buffer);
  flow = outlet->flow;
  g_cond_broadcast (&outlet->outlets->cond);
  g_mutex_unlock (&outlet->outlets->lock);
  return flow;
}

static inline gboolean
outlet_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Outlet *outlet = gst_pad_get_element_private (pad);
  const gchar *stream_id;
  GstCaps *caps;

  g_mutex_lock (&outlet->outlets->lock);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      gst_event_parse_stream_start (event, &stream_id);
      g_ptr_array_add (outlet->stream_ids, g_strdup (stream_id));
      break;
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      gst_caps_replace (&outlet->caps, caps);
      break;
    case GST_EVENT_EOS:
      outlet->eos = TRUE;
      break;
    default:
      g_ptr_array_add (outlet->events, gst_event_ref (event));
      break;
  }
  g_cond_broadcast (&outlet->outlets->cond);
  g_mutex_unlock (&outlet->outlets->lock);
  gst_event_unref (event);
  return TRUE;
}

static inline void
outlet_free (gpointer data)
{
  Outlet *outlet = data;

  gst_pad_set_active (outlet->sink, FALSE);
  gst_object_unref (outlet->sink);
  gst_object_unref (outlet->src);
  gst_clear_caps (&outlet->caps);
  g_ptr_array_unref (outlet->buffers);
  g_ptr_array_unref (outlet->events);
  g_ptr_array_unref (outlet->stream_ids);
  g_free (outlet->name);
  g_free (outlet);
}

/* A pad without a template takes no other caps than its first. */
static GstStaticPadTemplate outlet_template = GST_STATIC_PAD_TEMPLATE (
    "outlet", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static inline Outlet *
outlets_link (Outlets *self, GstPad *src)
{
  Outlet *outlet = g_new0 (Outlet, 1);

  outlet->outlets = self;
  outlet->name = gst_pad_get_name (src);
  outlet->src = gst_object_ref (src);
  outlet->buffers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  outlet->events =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_event_unref);
  outlet->stream_ids = g_ptr_array_new_with_free_func (g_free);
  outlet->sink = gst_pad_new_from_static_template (&outlet_template, NULL);
  gst_pad_set_element_private (outlet->sink, outlet);
  gst_pad_set_chain_function (outlet->sink, outlet_chain);
  gst_pad_set_event_function (outlet->sink, outlet_event);
  gst_pad_set_active (outlet->sink, TRUE);
  fail_unless_equals_int (gst_pad_link (src, outlet->sink), GST_PAD_LINK_OK);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->pads, outlet);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  return outlet;
}

static inline void
outlets_on_pad_added (GstElement *element, GstPad *pad, Outlets *self)
{
  if (GST_PAD_IS_SRC (pad))
    outlets_link (self, pad);
}

static inline void
outlets_on_pad_removed (GstElement *element, GstPad *pad, Outlets *self)
{
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->pads->len; i++) {
    Outlet *outlet = g_ptr_array_index (self->pads, i);

    if (outlet->src == pad)
      outlet->removed = TRUE;
  }
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static inline void
outlets_init (Outlets *self, GstElement *element)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->pads = g_ptr_array_new_with_free_func (outlet_free);
  g_signal_connect (
      element, "pad-added", G_CALLBACK (outlets_on_pad_added), self);
  g_signal_connect (
      element, "pad-removed", G_CALLBACK (outlets_on_pad_removed), self);
}

static inline void
outlets_clear (Outlets *self)
{
  g_ptr_array_unref (self->pads);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
}

/* Waits until @condition, looked at under the lock, is true; that it never
 * becomes true is what the time-out of the test finds. */
#define outlets_wait(self, condition)                                          \
  G_STMT_START                                                                 \
  {                                                                            \
    g_mutex_lock (&(self)->lock);                                              \
    while (!(condition))                                                       \
      g_cond_wait (&(self)->cond, &(self)->lock);                              \
    g_mutex_unlock (&(self)->lock);                                            \
  }                                                                            \
  G_STMT_END

static inline Outlet *
outlets_find_unlocked (Outlets *self, const gchar *name)
{
  for (guint i = 0; i < self->pads->len; i++) {
    Outlet *outlet = g_ptr_array_index (self->pads, i);

    if (g_strcmp0 (outlet->name, name) == 0 && !outlet->removed)
      return outlet;
  }
  return NULL;
}

static inline Outlet *
outlets_wait_pad (Outlets *self, const gchar *name)
{
  Outlet *outlet;

  g_mutex_lock (&self->lock);
  while ((outlet = outlets_find_unlocked (self, name)) == NULL)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
  return outlet;
}

/* The same, for a pad that may be gone again by now. */
static inline Outlet *
outlets_wait_seen (Outlets *self, const gchar *name)
{
  Outlet *outlet = NULL;

  g_mutex_lock (&self->lock);
  while (outlet == NULL) {
    for (guint i = 0; outlet == NULL && i < self->pads->len; i++) {
      Outlet *seen = g_ptr_array_index (self->pads, i);

      if (g_strcmp0 (seen->name, name) == 0)
        outlet = seen;
    }
    if (outlet == NULL)
      g_cond_wait (&self->cond, &self->lock);
  }
  g_mutex_unlock (&self->lock);
  return outlet;
}

static inline void
outlet_wait_buffers (Outlet *outlet, guint count)
{
  outlets_wait (outlet->outlets, outlet->buffers->len >= count);
}

static inline guint
outlet_count_events (Outlet *outlet, GstEventType type)
{
  guint count = 0;

  for (guint i = 0; i < outlet->events->len; i++)
    count +=
        GST_EVENT_TYPE (g_ptr_array_index (outlet->events, i)) == type ? 1 : 0;
  return count;
}
