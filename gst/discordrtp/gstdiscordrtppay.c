/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtppay.h"
#include "rtpclock.h"

#include <gst/discord/gstdiscordframemeta.h>

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (discord_rtp_pay_debug);
#define GST_CAT_DEFAULT discord_rtp_pay_debug

#define SESSION_EVENT "discord-session"
#define DEFAULT_PT 0 /* of the codec */
#define DEFAULT_SSRC G_MAXUINT
#define DEFAULT_OFFSET -1

#define RTP_HEADER 12
#define EXTENSION_PREAMBLE 4
#define EXTENSION_PROFILE 0xBEDE /* RFC 8285, one-byte header */
#define MAX_EXTENSION_ID 14
#define MAX_EXTENSION_SIZE 16
#define MAX_EXTENSIONS 256

enum
{
  PROP_0,
  PROP_PT,
  PROP_SSRC,
  PROP_SEQNUM_OFFSET,
  PROP_TIMESTAMP_OFFSET,
  PROP_SEQNUM,
  PROP_TIMESTAMP,
};

enum
{
  SIGNAL_ADD_EXTENSION,
  SIGNAL_CLEAR_EXTENSIONS,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

typedef struct
{
  GstPad *sinkpad;
  GstPad *srcpad;

  /* The object lock guards the fields below. */
  guint pt;
  guint ssrc_property;
  gint seqnum_offset;
  gint64 timestamp_offset;
  GPtrArray *extensions; /* replaced, never changed, once shared */
  guint seqnum;
  guint timestamp;

  /* Streaming thread only. */
  GstSegment segment;
  RtpClock clock;
  gboolean started; /* clock and ssrc are valid */
  gboolean announced; /* the SSRC came with an event */
  gboolean have_caps;
  guint32 ssrc;
} GstDiscordRtpPayPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstDiscordRtpPay, gst_discord_rtp_pay,
    GST_TYPE_ELEMENT,
    G_ADD_PRIVATE (GstDiscordRtpPay) GST_DEBUG_CATEGORY_INIT (
        discord_rtp_pay_debug, "discordrtppay", 0, "Discord payloaders"));

#define PRIVATE(self)                                                          \
  ((GstDiscordRtpPayPrivate *) gst_discord_rtp_pay_get_instance_private (self))

static GPtrArray *
ref_extensions (GstDiscordRtpPay *self)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GPtrArray *extensions;

  GST_OBJECT_LOCK (self);
  extensions = g_ptr_array_ref (priv->extensions);
  GST_OBJECT_UNLOCK (self);
  return extensions;
}

/* Takes @extensions. */
static void
replace_extensions (GstDiscordRtpPay *self, GPtrArray *extensions)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GPtrArray *old;

  GST_OBJECT_LOCK (self);
  old = priv->extensions;
  priv->extensions = extensions;
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_unref (old);
  gst_pad_mark_reconfigure (priv->srcpad);
}

static gpointer
copy_extension (gconstpointer extension, gpointer user_data)
{
  return gst_object_ref ((gpointer) extension);
}

static void
gst_discord_rtp_pay_add_extension (
    GstDiscordRtpPay *self, GstRTPHeaderExtension *extension)
{
  g_autoptr (GPtrArray) old = ref_extensions (self);
  guint id = gst_rtp_header_extension_get_id (extension);
  GPtrArray *extensions;

  g_return_if_fail (id > 0 && id <= MAX_EXTENSION_ID);

  extensions = g_ptr_array_copy (old, copy_extension, NULL);
  g_ptr_array_set_free_func (extensions, gst_object_unref);
  g_ptr_array_add (extensions, gst_object_ref (extension));
  replace_extensions (self, extensions);
}

static void
gst_discord_rtp_pay_clear_extensions (GstDiscordRtpPay *self)
{
  replace_extensions (self, g_ptr_array_new_with_free_func (gst_object_unref));
}

static gboolean
ssrc_of_peer (GstDiscordRtpPay *self, guint *ssrc)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  g_autoptr (GstCaps) caps = gst_pad_peer_query_caps (priv->srcpad, NULL);
  GstStructure *structure;

  if (caps == NULL || gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return FALSE;
  structure = gst_caps_get_structure (caps, 0);
  return gst_structure_get_uint (structure, "ssrc", ssrc);
}

static void
begin_stream (GstDiscordRtpPay *self, guint32 ssrc, const GstStructure *session)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GstDiscordRtpPayClass *klass = GST_DISCORD_RTP_PAY_GET_CLASS (self);

  GST_DEBUG_OBJECT (self, "SSRC %08x, seqnum %u, timestamp %u", ssrc,
      priv->clock.seqnum, priv->clock.base);
  priv->ssrc = ssrc;
  priv->started = TRUE;
  if (klass->start_stream != NULL)
    klass->start_stream (self, session);
}

/* A new RTP stream: nothing of the old one goes on. */
static void
start_stream (GstDiscordRtpPay *self, guint32 ssrc, const GstStructure *session)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  guint clock_rate =
      GST_DISCORD_RTP_PAY_GET_CLASS (self)->get_clock_rate (self);
  guint16 seqnum;
  guint32 timestamp;

  GST_OBJECT_LOCK (self);
  seqnum = priv->seqnum_offset >= 0
      ? (guint16) priv->seqnum_offset
      : (guint16) g_random_int_range (0, G_MAXUINT16 + 1);
  timestamp = priv->timestamp_offset >= 0 ? (guint32) priv->timestamp_offset
                                          : g_random_int ();
  GST_OBJECT_UNLOCK (self);

  rtp_clock_start (&priv->clock, clock_rate, timestamp, seqnum);
  begin_stream (self, ssrc, session);
}

static void
ensure_stream (GstDiscordRtpPay *self)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  guint ssrc;

  if (priv->announced)
    return;
  if (!ssrc_of_peer (self, &ssrc)) {
    if (priv->started)
      return;
    GST_OBJECT_LOCK (self);
    ssrc = priv->ssrc_property;
    GST_OBJECT_UNLOCK (self);
    if (ssrc == DEFAULT_SSRC)
      ssrc = g_random_int ();
  }
  if (!priv->started || priv->ssrc != ssrc)
    start_stream (self, ssrc, NULL);
}

static guint
payload_type (GstDiscordRtpPay *self)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  guint pt;

  GST_OBJECT_LOCK (self);
  pt = priv->pt;
  GST_OBJECT_UNLOCK (self);
  return pt != DEFAULT_PT
      ? pt
      : GST_DISCORD_RTP_PAY_GET_CLASS (self)->get_default_pt (self);
}

static gboolean
push_caps (GstDiscordRtpPay *self)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  g_autoptr (GPtrArray) extensions = ref_extensions (self);
  g_autoptr (GstCaps) caps = NULL;

  ensure_stream (self);
  caps = GST_DISCORD_RTP_PAY_GET_CLASS (self)->get_caps (self);
  gst_caps_set_simple (caps, "payload", G_TYPE_INT, payload_type (self), "ssrc",
      G_TYPE_UINT, priv->ssrc, NULL);
  for (guint i = 0; i < extensions->len; i++)
    if (!gst_rtp_header_extension_set_caps_from_attributes (
            g_ptr_array_index (extensions, i), caps))
      GST_WARNING_OBJECT (self, "extension %u is not in the caps", i);
  return gst_pad_set_caps (priv->srcpad, caps);
}

/* Elements after padding to whole words; 0 when nothing was written. */
static gsize
write_extensions (GPtrArray *extensions, const GstBuffer *input,
    GstBuffer *output, guint8 *data, gsize size)
{
  gsize used = 0;

  for (guint i = 0; i < extensions->len; i++) {
    GstRTPHeaderExtension *extension = g_ptr_array_index (extensions, i);
    guint8 value[MAX_EXTENSION_SIZE];
    gssize written = gst_rtp_header_extension_write (extension, input,
        GST_RTP_HEADER_EXTENSION_ONE_BYTE, output, value, sizeof (value));

    /* An element of no bytes cannot be said with a one-byte header. */
    if (written <= 0 || written > MAX_EXTENSION_SIZE
        || used + 1 + written > size)
      continue;
    data[used] = gst_rtp_header_extension_get_id (extension) << 4
        | (guint8) (written - 1);
    memcpy (data + used + 1, value, written);
    used += 1 + written;
  }
  while (used % 4 != 0)
    data[used++] = 0;
  return used;
}

/* GST_WRITE_ wants its numbers aligned. */
static void
write_be (guint8 *data, guint32 value, guint size)
{
  while (size > 0) {
    data[--size] = (guint8) value;
    value >>= 8;
  }
}

static gsize
write_header (GstDiscordRtpPay *self, const GstDiscordRtpFrame *sent,
    gboolean marker, GstBuffer *packet, guint8 *data)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  gsize block = 0;

  if (sent->extensions->len > 0)
    block = write_extensions (sent->extensions, sent->frame, packet,
        data + RTP_HEADER + EXTENSION_PREAMBLE, MAX_EXTENSIONS);
  data[0] = block > 0 ? 0x90 : 0x80;
  data[1] = (guint8) (sent->pt | (marker ? 0x80 : 0));
  write_be (data + 2, priv->clock.seqnum, 2);
  write_be (data + 4, sent->timestamp, 4);
  write_be (data + 8, priv->ssrc, 4);
  if (block == 0)
    return RTP_HEADER;
  write_be (data + RTP_HEADER, EXTENSION_PROFILE, 2);
  write_be (data + RTP_HEADER + 2, block / 4, 2);
  return RTP_HEADER + EXTENSION_PREAMBLE + block;
}

void
gst_discord_rtp_pay_begin (GstDiscordRtpPay *self, GstBuffer *frame,
    guint32 duration, GstDiscordRtpFrame *sent)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GstClockTime running_time = GST_CLOCK_TIME_NONE;

  if (priv->segment.format == GST_FORMAT_TIME)
    running_time = gst_segment_to_running_time (
        &priv->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (frame));
  if (GST_BUFFER_DURATION_IS_VALID (frame))
    duration = rtp_clock_ticks (&priv->clock, GST_BUFFER_DURATION (frame));
  sent->frame = frame;
  sent->extensions = ref_extensions (self);
  sent->pt = (guint8) payload_type (self);
  sent->timestamp = rtp_clock_stamp (&priv->clock, running_time, duration);
}

/* The record of the frame is of no use to a part of it. */
static gboolean
copy_meta (GstBuffer *frame, GstMeta **meta, gpointer user_data)
{
  GstMetaTransformCopy whole = { FALSE, 0, -1 };

  if ((*meta)->info->api != GST_DISCORD_FRAME_META_API_TYPE
      && (*meta)->info->transform_func != NULL)
    (*meta)->info->transform_func (
        user_data, *meta, frame, _gst_meta_transform_copy, &whole);
  return TRUE;
}

GstBuffer *
gst_discord_rtp_pay_packet (GstDiscordRtpPay *self,
    const GstDiscordRtpFrame *sent, gboolean marker, const guint8 *payload,
    gsize size)
{
  guint8 header[RTP_HEADER + EXTENSION_PREAMBLE + MAX_EXTENSIONS];
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GstBuffer *packet = gst_buffer_new ();
  gsize header_size;

  gst_buffer_copy_into (packet, sent->frame,
      GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_foreach_meta (sent->frame, copy_meta, packet);
  if (marker)
    GST_BUFFER_FLAG_SET (packet, GST_BUFFER_FLAG_MARKER);
  else
    GST_BUFFER_FLAG_UNSET (packet, GST_BUFFER_FLAG_MARKER);
  header_size = write_header (self, sent, marker, packet, header);
  gst_buffer_append_memory (
      packet, gst_allocator_alloc (NULL, header_size + size, NULL));
  gst_buffer_fill (packet, 0, header, header_size);
  if (size > 0)
    gst_buffer_fill (packet, header_size, payload, size);
  priv->clock.seqnum++;
  return packet;
}

void
gst_discord_rtp_pay_end (GstDiscordRtpPay *self, GstDiscordRtpFrame *sent)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);

  GST_OBJECT_LOCK (self);
  priv->seqnum = (guint16) (priv->clock.seqnum - 1);
  priv->timestamp = sent->timestamp;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&sent->extensions, g_ptr_array_unref);
}

GstPad *
gst_discord_rtp_pay_get_src_pad (GstDiscordRtpPay *self)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);

  return priv->srcpad;
}

static GstFlowReturn
gst_discord_rtp_pay_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordRtpPay *self = GST_DISCORD_RTP_PAY (parent);
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);

  if (!priv->have_caps) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (gst_pad_check_reconfigure (priv->srcpad) && !push_caps (self)) {
    gst_buffer_unref (buffer);
    gst_pad_mark_reconfigure (priv->srcpad);
    if (GST_PAD_IS_FLUSHING (priv->srcpad))
      return GST_FLOW_FLUSHING;
    return GST_FLOW_NOT_NEGOTIATED;
  }
  return GST_DISCORD_RTP_PAY_GET_CLASS (self)->handle_frame (self, buffer);
}

/* A new session has a new SSRC, and with it a new RTP stream. One in which
 * something was sent already has a stream that goes on (RFC 3550 5.1). */
static gboolean
handle_session (GstDiscordRtpPay *self, const GstStructure *structure)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  guint ssrc, seqnum, timestamp;

  if (!gst_structure_get_uint (structure, "ssrc", &ssrc))
    return FALSE;
  priv->announced = TRUE;
  if (gst_structure_get_uint (structure, "seqnum", &seqnum)
      && gst_structure_get_uint (structure, "timestamp", &timestamp)) {
    rtp_clock_continue (&priv->clock,
        GST_DISCORD_RTP_PAY_GET_CLASS (self)->get_clock_rate (self), timestamp,
        (guint16) seqnum);
    begin_stream (self, ssrc, structure);
  } else {
    start_stream (self, ssrc, structure);
  }
  return !priv->have_caps || push_caps (self);
}

static gboolean
handle_caps (GstDiscordRtpPay *self, GstCaps *caps)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GstDiscordRtpPayClass *klass = GST_DISCORD_RTP_PAY_GET_CLASS (self);

  priv->have_caps = klass->set_caps == NULL || klass->set_caps (self, caps);
  if (!priv->have_caps)
    return FALSE;
  gst_pad_check_reconfigure (priv->srcpad);
  return push_caps (self);
}

static gboolean
gst_discord_rtp_pay_sink_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstDiscordRtpPay *self = GST_DISCORD_RTP_PAY (parent);
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GstCaps *caps;
  gboolean ok;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      ok = handle_caps (self, caps);
      gst_event_unref (event);
      return ok;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &priv->segment);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_segment_init (&priv->segment, GST_FORMAT_UNDEFINED);
      break;
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      if (!gst_event_has_name (event, SESSION_EVENT))
        break;
      ok = handle_session (self, gst_event_get_structure (event));
      gst_event_unref (event);
      return ok;
    default:
      break;
  }
  return gst_pad_event_default (pad, parent, event);
}

static GstStateChangeReturn
gst_discord_rtp_pay_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordRtpPay *self = GST_DISCORD_RTP_PAY (element);
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GstStateChangeReturn ret;

  ret = GST_ELEMENT_CLASS (gst_discord_rtp_pay_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    gst_segment_init (&priv->segment, GST_FORMAT_UNDEFINED);
    priv->started = FALSE;
    priv->announced = FALSE;
    priv->have_caps = FALSE;
  }
  return ret;
}

static void
gst_discord_rtp_pay_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpPay *self = GST_DISCORD_RTP_PAY (object);
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PT:
      priv->pt = g_value_get_uint (value);
      break;
    case PROP_SSRC:
      priv->ssrc_property = g_value_get_uint (value);
      break;
    case PROP_SEQNUM_OFFSET:
      priv->seqnum_offset = g_value_get_int (value);
      break;
    case PROP_TIMESTAMP_OFFSET:
      priv->timestamp_offset = g_value_get_int64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_rtp_pay_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpPay *self = GST_DISCORD_RTP_PAY (object);
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PT:
      g_value_set_uint (value, priv->pt);
      break;
    case PROP_SSRC:
      g_value_set_uint (value, priv->ssrc_property);
      break;
    case PROP_SEQNUM_OFFSET:
      g_value_set_int (value, priv->seqnum_offset);
      break;
    case PROP_TIMESTAMP_OFFSET:
      g_value_set_int64 (value, priv->timestamp_offset);
      break;
    case PROP_SEQNUM:
      g_value_set_uint (value, priv->seqnum);
      break;
    case PROP_TIMESTAMP:
      g_value_set_uint (value, priv->timestamp);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_rtp_pay_finalize (GObject *object)
{
  GstDiscordRtpPay *self = GST_DISCORD_RTP_PAY (object);
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);

  g_ptr_array_unref (priv->extensions);
  G_OBJECT_CLASS (gst_discord_rtp_pay_parent_class)->finalize (object);
}

/* Not in init: the templates are those of the subclass. */
static void
gst_discord_rtp_pay_constructed (GObject *object)
{
  GstDiscordRtpPay *self = GST_DISCORD_RTP_PAY (object);
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (object);

  G_OBJECT_CLASS (gst_discord_rtp_pay_parent_class)->constructed (object);
  priv->sinkpad = gst_pad_new_from_template (
      gst_element_class_get_pad_template (klass, "sink"), "sink");
  gst_pad_set_chain_function (
      priv->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_rtp_pay_chain));
  gst_pad_set_event_function (
      priv->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_rtp_pay_sink_event));
  gst_element_add_pad (GST_ELEMENT (self), priv->sinkpad);

  priv->srcpad = gst_pad_new_from_template (
      gst_element_class_get_pad_template (klass, "src"), "src");
  gst_pad_use_fixed_caps (priv->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), priv->srcpad);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags settable =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (klass, PROP_PT,
      g_param_spec_uint ("pt", "Payload type",
          "RTP payload type, 96 to 127 (0 = Discord's usual one for the codec)",
          0, 127, DEFAULT_PT, settable));
  g_object_class_install_property (klass, PROP_SSRC,
      g_param_spec_uint ("ssrc", "SSRC",
          "SSRC to use when nobody downstream asks for one (4294967295 = "
          "random)",
          0, G_MAXUINT, DEFAULT_SSRC, settable));
  g_object_class_install_property (klass, PROP_SEQNUM_OFFSET,
      g_param_spec_int ("seqnum-offset", "Sequence number offset",
          "First sequence number of each RTP stream (-1 = random)", -1,
          G_MAXUINT16, DEFAULT_OFFSET, settable));
  g_object_class_install_property (klass, PROP_TIMESTAMP_OFFSET,
      g_param_spec_int64 ("timestamp-offset", "Timestamp offset",
          "RTP time of running time 0 in each RTP stream (-1 = random)", -1,
          G_MAXUINT32, DEFAULT_OFFSET, settable));
  g_object_class_install_property (klass, PROP_SEQNUM,
      g_param_spec_uint ("seqnum", "Sequence number",
          "Sequence number of the last packet", 0, G_MAXUINT16, 0, readable));
  g_object_class_install_property (klass, PROP_TIMESTAMP,
      g_param_spec_uint ("timestamp", "Timestamp",
          "RTP time of the last packet", 0, G_MAXUINT, 0, readable));
}

static void
gst_discord_rtp_pay_class_init (GstDiscordRtpPayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_discord_rtp_pay_set_property;
  object_class->get_property = gst_discord_rtp_pay_get_property;
  object_class->constructed = gst_discord_rtp_pay_constructed;
  object_class->finalize = gst_discord_rtp_pay_finalize;
  install_properties (object_class);

  /**
   * GstDiscordRtpPay::add-extension:
   * @self: the payloader
   * @extension: the extension, with its id set
   *
   * Adds a header extension behind those that are there.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ADD_EXTENSION] = g_signal_new_class_handler ("add-extension",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (gst_discord_rtp_pay_add_extension), NULL, NULL, NULL,
      G_TYPE_NONE, 1, GST_TYPE_RTP_HEADER_EXTENSION);
  /**
   * GstDiscordRtpPay::clear-extensions:
   * @self: the payloader
   *
   * Removes all header extensions.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLEAR_EXTENSIONS] =
      g_signal_new_class_handler ("clear-extensions", G_TYPE_FROM_CLASS (klass),
          G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
          G_CALLBACK (gst_discord_rtp_pay_clear_extensions), NULL, NULL, NULL,
          G_TYPE_NONE, 0);

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_pay_change_state);
}

static void
gst_discord_rtp_pay_init (GstDiscordRtpPay *self)
{
  GstDiscordRtpPayPrivate *priv = PRIVATE (self);

  priv->pt = DEFAULT_PT;
  priv->ssrc_property = DEFAULT_SSRC;
  priv->seqnum_offset = DEFAULT_OFFSET;
  priv->timestamp_offset = DEFAULT_OFFSET;
  priv->extensions = g_ptr_array_new_with_free_func (gst_object_unref);
  gst_segment_init (&priv->segment, GST_FORMAT_UNDEFINED);
}
