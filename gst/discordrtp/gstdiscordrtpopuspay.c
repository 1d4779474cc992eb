/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordrtpopuspay
 * @title: discordrtpopuspay
 * @short_description: Puts Opus frames into RTP packets as Discord wants them
 *
 * One packet for each buffer, payload type 120, never a marker, the payload
 * not copied and not looked at: Opus, or what #discorddaveenc made of it, and
 * caps may change from the one to the other. RTP time follows running time;
 * where running time goes back (a seek, a pause) RTP time goes on behind the
 * last packet.
 *
 * The stock rtpopuspay keeps sequence and SSRC for as long as it lives. Discord
 * gives a new SSRC with every new session, so a serialized custom downstream
 * event may start a new RTP stream between two buffers:
 *
 * | structure | field | type | meaning |
 * |---|---|---|---|
 * | discord-session | ssrc | uint | our SSRC in the new session |
 *
 * Sequence number and timestamp then start at random values again. Before the
 * first such event the SSRC is the one that downstream asks for in its caps,
 * else the property, else a random one.
 *
 * Header extensions are added with the action signals of #GstRTPBasePayload
 * and written in the order of adding.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordrtpopuspay ! rtpopusdepay ! opusdec ! audioconvert ! fakesink
 * ]| Packetises and depacketises.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! discordrtpopuspay ssrc=4711 seqnum-offset=1 timestamp-offset=0 ! rtpjitterbuffer ! fakesink
 * ]| Starts the RTP stream at fixed values.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpopuspay.h"
#include "rtpclock.h"

#include <string.h>

#include <gst/rtp/rtp.h>

GST_DEBUG_CATEGORY_STATIC (discord_rtp_opus_pay_debug);
#define GST_CAT_DEFAULT discord_rtp_opus_pay_debug

#define SESSION_EVENT "discord-session"
#define DEFAULT_PT 120
#define DEFAULT_SSRC G_MAXUINT
#define DEFAULT_OFFSET -1

#define RTP_HEADER 12
#define EXTENSION_PREAMBLE 4
#define EXTENSION_PROFILE 0xBEDE /* RFC 8285, one-byte header */
#define MAX_EXTENSION_ID 14
#define MAX_EXTENSION_SIZE 16
#define MAX_EXTENSIONS 256
#define DEFAULT_DURATION (RTP_CLOCK_RATE / 50)

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

struct _GstDiscordRtpOpusPay
{
  GstElement parent;

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
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (
        "audio/x-opus; "
        "application/x-dave, original-media-type=(string)audio/x-opus"));

static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("application/x-rtp, media=(string)audio, "
                     "payload=(int)[96, 127], clock-rate=(int)48000, "
                     "encoding-name=(string)OPUS"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordRtpOpusPay, gst_discord_rtp_opus_pay,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_rtp_opus_pay_debug, "discordrtpopuspay", 0,
        "Discord Opus payloader"));
GST_ELEMENT_REGISTER_DEFINE (discordrtpopuspay, "discordrtpopuspay",
    GST_RANK_NONE, GST_TYPE_DISCORD_RTP_OPUS_PAY);

static GPtrArray *
ref_extensions (GstDiscordRtpOpusPay *self)
{
  GPtrArray *extensions;

  GST_OBJECT_LOCK (self);
  extensions = g_ptr_array_ref (self->extensions);
  GST_OBJECT_UNLOCK (self);
  return extensions;
}

/* Takes @extensions. */
static void
replace_extensions (GstDiscordRtpOpusPay *self, GPtrArray *extensions)
{
  GPtrArray *old;

  GST_OBJECT_LOCK (self);
  old = self->extensions;
  self->extensions = extensions;
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_unref (old);
  gst_pad_mark_reconfigure (self->srcpad);
}

static gpointer
copy_extension (gconstpointer extension, gpointer user_data)
{
  return gst_object_ref ((gpointer) extension);
}

static void
gst_discord_rtp_opus_pay_add_extension (
    GstDiscordRtpOpusPay *self, GstRTPHeaderExtension *extension)
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
gst_discord_rtp_opus_pay_clear_extensions (GstDiscordRtpOpusPay *self)
{
  replace_extensions (self, g_ptr_array_new_with_free_func (gst_object_unref));
}

static gboolean
ssrc_of_peer (GstDiscordRtpOpusPay *self, guint *ssrc)
{
  g_autoptr (GstCaps) caps = gst_pad_peer_query_caps (self->srcpad, NULL);
  GstStructure *structure;

  if (caps == NULL || gst_caps_is_any (caps) || gst_caps_is_empty (caps))
    return FALSE;
  structure = gst_caps_get_structure (caps, 0);
  return gst_structure_get_uint (structure, "ssrc", ssrc);
}

/* A new RTP stream: nothing of the old one goes on. */
static void
start_stream (GstDiscordRtpOpusPay *self, guint32 ssrc)
{
  guint16 seqnum;
  guint32 timestamp;

  GST_OBJECT_LOCK (self);
  seqnum = self->seqnum_offset >= 0
      ? (guint16) self->seqnum_offset
      : (guint16) g_random_int_range (0, G_MAXUINT16 + 1);
  timestamp = self->timestamp_offset >= 0 ? (guint32) self->timestamp_offset
                                          : g_random_int ();
  GST_OBJECT_UNLOCK (self);

  GST_DEBUG_OBJECT (
      self, "SSRC %08x, seqnum %u, timestamp %u", ssrc, seqnum, timestamp);
  rtp_clock_start (&self->clock, timestamp, seqnum);
  self->ssrc = ssrc;
  self->started = TRUE;
}

static void
ensure_stream (GstDiscordRtpOpusPay *self)
{
  guint ssrc;

  if (self->announced)
    return;
  if (!ssrc_of_peer (self, &ssrc)) {
    if (self->started)
      return;
    GST_OBJECT_LOCK (self);
    ssrc = self->ssrc_property;
    GST_OBJECT_UNLOCK (self);
    if (ssrc == DEFAULT_SSRC)
      ssrc = g_random_int ();
  }
  if (!self->started || self->ssrc != ssrc)
    start_stream (self, ssrc);
}

static gboolean
push_caps (GstDiscordRtpOpusPay *self)
{
  g_autoptr (GPtrArray) extensions = ref_extensions (self);
  g_autoptr (GstCaps) caps = NULL;
  guint pt;

  ensure_stream (self);
  GST_OBJECT_LOCK (self);
  pt = self->pt;
  GST_OBJECT_UNLOCK (self);

  /* RFC 7587: encoding-params is always 2, whatever the stream has. */
  caps = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      "audio", "clock-rate", G_TYPE_INT, RTP_CLOCK_RATE, "encoding-name",
      G_TYPE_STRING, "OPUS", "encoding-params", G_TYPE_STRING, "2",
      "sprop-stereo", G_TYPE_STRING, "1", "sprop-maxcapturerate", G_TYPE_STRING,
      "48000", "payload", G_TYPE_INT, pt, "ssrc", G_TYPE_UINT, self->ssrc,
      NULL);
  for (guint i = 0; i < extensions->len; i++)
    if (!gst_rtp_header_extension_set_caps_from_attributes (
            g_ptr_array_index (extensions, i), caps))
      GST_WARNING_OBJECT (self, "extension %u is not in the caps", i);
  return gst_pad_set_caps (self->srcpad, caps);
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
write_header (GstDiscordRtpOpusPay *self, const GstBuffer *input,
    GstBuffer *output, guint32 timestamp, guint8 *data)
{
  g_autoptr (GPtrArray) extensions = ref_extensions (self);
  gsize block = 0;
  guint pt;

  GST_OBJECT_LOCK (self);
  pt = self->pt;
  GST_OBJECT_UNLOCK (self);
  if (extensions->len > 0)
    block = write_extensions (extensions, input, output,
        data + RTP_HEADER + EXTENSION_PREAMBLE, MAX_EXTENSIONS);
  data[0] = block > 0 ? 0x90 : 0x80;
  data[1] = (guint8) pt;
  write_be (data + 2, self->clock.seqnum, 2);
  write_be (data + 4, timestamp, 4);
  write_be (data + 8, self->ssrc, 4);
  if (block == 0)
    return RTP_HEADER;
  write_be (data + RTP_HEADER, EXTENSION_PROFILE, 2);
  write_be (data + RTP_HEADER + 2, block / 4, 2);
  return RTP_HEADER + EXTENSION_PREAMBLE + block;
}

static guint32
stamp_frame (GstDiscordRtpOpusPay *self, GstBuffer *buffer)
{
  GstClockTime running_time = GST_CLOCK_TIME_NONE;
  guint32 ticks = DEFAULT_DURATION;

  if (self->segment.format == GST_FORMAT_TIME)
    running_time = gst_segment_to_running_time (
        &self->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    ticks = rtp_clock_ticks (GST_BUFFER_DURATION (buffer));
  return rtp_clock_stamp (&self->clock, running_time, ticks);
}

static GstBuffer *
packetise (GstDiscordRtpOpusPay *self, GstBuffer *buffer)
{
  guint8 header[RTP_HEADER + EXTENSION_PREAMBLE + MAX_EXTENSIONS];
  GstBuffer *packet = gst_buffer_new ();
  guint32 timestamp = stamp_frame (self, buffer);
  GstMemory *memory;
  gsize size;

  gst_buffer_copy_into (packet, buffer, GST_BUFFER_COPY_METADATA, 0, -1);
  GST_BUFFER_FLAG_UNSET (packet, GST_BUFFER_FLAG_MARKER);
  size = write_header (self, buffer, packet, timestamp, header);
  memory = gst_allocator_alloc (NULL, size, NULL);
  gst_buffer_append_memory (packet, memory);
  gst_buffer_fill (packet, 0, header, size);
  gst_buffer_copy_into (packet, buffer, GST_BUFFER_COPY_MEMORY, 0, -1);

  GST_OBJECT_LOCK (self);
  self->seqnum = self->clock.seqnum;
  self->timestamp = timestamp;
  GST_OBJECT_UNLOCK (self);
  self->clock.seqnum++;
  return packet;
}

static GstFlowReturn
gst_discord_rtp_opus_pay_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordRtpOpusPay *self = GST_DISCORD_RTP_OPUS_PAY (parent);
  g_autoptr (GstBuffer) input = buffer;

  if (!self->have_caps)
    return GST_FLOW_NOT_NEGOTIATED;
  if (gst_pad_check_reconfigure (self->srcpad) && !push_caps (self)) {
    gst_pad_mark_reconfigure (self->srcpad);
    if (GST_PAD_IS_FLUSHING (self->srcpad))
      return GST_FLOW_FLUSHING;
    return GST_FLOW_NOT_NEGOTIATED;
  }
  return gst_pad_push (self->srcpad, packetise (self, input));
}

/* A new session has a new SSRC, and with it a new RTP stream. */
static gboolean
handle_session (GstDiscordRtpOpusPay *self, const GstStructure *structure)
{
  guint ssrc;

  if (!gst_structure_get_uint (structure, "ssrc", &ssrc))
    return FALSE;
  self->announced = TRUE;
  start_stream (self, ssrc);
  return !self->have_caps || push_caps (self);
}

static gboolean
gst_discord_rtp_opus_pay_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstDiscordRtpOpusPay *self = GST_DISCORD_RTP_OPUS_PAY (parent);
  gboolean ok;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gst_event_unref (event);
      self->have_caps = TRUE;
      gst_pad_check_reconfigure (self->srcpad);
      return push_caps (self);
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &self->segment);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
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
gst_discord_rtp_opus_pay_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordRtpOpusPay *self = GST_DISCORD_RTP_OPUS_PAY (element);
  GstStateChangeReturn ret;

  ret = GST_ELEMENT_CLASS (gst_discord_rtp_opus_pay_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
    self->started = FALSE;
    self->announced = FALSE;
    self->have_caps = FALSE;
  }
  return ret;
}

static void
gst_discord_rtp_opus_pay_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpOpusPay *self = GST_DISCORD_RTP_OPUS_PAY (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PT:
      self->pt = g_value_get_uint (value);
      break;
    case PROP_SSRC:
      self->ssrc_property = g_value_get_uint (value);
      break;
    case PROP_SEQNUM_OFFSET:
      self->seqnum_offset = g_value_get_int (value);
      break;
    case PROP_TIMESTAMP_OFFSET:
      self->timestamp_offset = g_value_get_int64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_rtp_opus_pay_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordRtpOpusPay *self = GST_DISCORD_RTP_OPUS_PAY (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PT:
      g_value_set_uint (value, self->pt);
      break;
    case PROP_SSRC:
      g_value_set_uint (value, self->ssrc_property);
      break;
    case PROP_SEQNUM_OFFSET:
      g_value_set_int (value, self->seqnum_offset);
      break;
    case PROP_TIMESTAMP_OFFSET:
      g_value_set_int64 (value, self->timestamp_offset);
      break;
    case PROP_SEQNUM:
      g_value_set_uint (value, self->seqnum);
      break;
    case PROP_TIMESTAMP:
      g_value_set_uint (value, self->timestamp);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_rtp_opus_pay_finalize (GObject *object)
{
  GstDiscordRtpOpusPay *self = GST_DISCORD_RTP_OPUS_PAY (object);

  g_ptr_array_unref (self->extensions);
  G_OBJECT_CLASS (gst_discord_rtp_opus_pay_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags settable =
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (klass, PROP_PT,
      g_param_spec_uint ("pt", "Payload type", "RTP payload type", 96, 127,
          DEFAULT_PT, settable));
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
gst_discord_rtp_opus_pay_class_init (GstDiscordRtpOpusPayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_discord_rtp_opus_pay_set_property;
  object_class->get_property = gst_discord_rtp_opus_pay_get_property;
  object_class->finalize = gst_discord_rtp_opus_pay_finalize;
  install_properties (object_class);

  /**
   * GstDiscordRtpOpusPay::add-extension:
   * @self: the payloader
   * @extension: the extension, with its id set
   *
   * Adds a header extension behind those that are there.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ADD_EXTENSION] = g_signal_new_class_handler ("add-extension",
      G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (gst_discord_rtp_opus_pay_add_extension), NULL, NULL, NULL,
      G_TYPE_NONE, 1, GST_TYPE_RTP_HEADER_EXTENSION);
  /**
   * GstDiscordRtpOpusPay::clear-extensions:
   * @self: the payloader
   *
   * Removes all header extensions.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLEAR_EXTENSIONS] =
      g_signal_new_class_handler ("clear-extensions", G_TYPE_FROM_CLASS (klass),
          G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
          G_CALLBACK (gst_discord_rtp_opus_pay_clear_extensions), NULL, NULL,
          NULL, G_TYPE_NONE, 0);

  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_rtp_opus_pay_change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord Opus RTP payloader", "Codec/Payloader/Network/RTP",
      "Puts Opus frames into RTP packets as Discord wants them",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtpopuspay.md");
}

static void
gst_discord_rtp_opus_pay_init (GstDiscordRtpOpusPay *self)
{
  self->pt = DEFAULT_PT;
  self->ssrc_property = DEFAULT_SSRC;
  self->seqnum_offset = DEFAULT_OFFSET;
  self->timestamp_offset = DEFAULT_OFFSET;
  self->extensions = g_ptr_array_new_with_free_func (gst_object_unref);
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);

  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (
      self->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_rtp_opus_pay_chain));
  gst_pad_set_event_function (
      self->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_rtp_opus_pay_sink_event));
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
}
