/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-discordrtxdemux
 * @title: discordrtxdemux
 * @short_description: Turns retransmissions back into media packets
 *
 * Retransmissions of RFC 4588 have an SSRC and a payload type of their own. Here
 * they become the packets that were lost, which a jitter buffer behind can put
 * where they belong: payload type, SSRC and sequence number are those of the
 * media, header extension 12 is 11 again, a #GstDiscordMediaMeta says the same
 * and what it came as, and GST_RTP_BUFFER_FLAG_RETRANSMISSION is set. All other packets pass as they
 * are. The payload is not copied.
 *
 * Unlike rtprtxreceive it does not have to know what was asked for, and it learns
 * of pairs at any time: set #GstDiscordRtxDemux:ssrc-map when one is announced. An
 * SSRC that is not in it belongs to the SSRC before it, if media of that came
 * by. What belongs to nothing is dropped and counted, as are retransmissions of
 * nothing, with which senders probe for bandwidth.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay pt=107 ssrc=1 ! rtprtxsend payload-type-map="application/x-rtp-pt-map, 107=(uint)108" ! discordrtxdemux ! rtpjitterbuffer ! fakesink
 * ]| Sender and receiver of retransmissions in one, without loss.
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! opusenc ! rtpopuspay pt=96 ssrc=10 ! discordrtxdemux payload-type-map="application/x-rtp-pt-map, 96=(uint)97" ssrc-map="application/x-rtp-ssrc-map, 10=(uint)77" ! rtpjitterbuffer ! fakesink
 * ]| Other payload types than Discord's, and an announced pair of SSRCs.
 *
 * Since: 0.1
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtxdemux.h"
#include "rtxmap.h"

#include "../../gst-libs/gst/discord/transport/bytes.h"
#include "../../gst-libs/gst/discord/transport/rtpheader.h"
#include "../../gst-libs/gst/discord/transport/rtppacket.h"

#include <gst/discord/gstdiscordmediameta.h>
#include <gst/discord/gstdiscordpayloadtypes-private.h>
#include <gst/rtp/rtp.h>

GST_DEBUG_CATEGORY_STATIC (discord_rtx_demux_debug);
#define GST_CAT_DEFAULT discord_rtx_demux_debug

#define PT_MAP "application/x-rtp-pt-map"
#define SSRC_MAP "application/x-rtp-ssrc-map"
#define MAX_PT 127
/* The original sequence number, before the original payload. */
#define OSN_SIZE 2
/* A peer decides how many there are. */
#define MAX_MEDIA_SSRCS 4096
/* More than a camera's header with all extensions (media-transport 3). */
#define MAX_HEADER_SIZE 512

enum
{
  PROP_0,
  PROP_SSRC_MAP,
  PROP_PAYLOAD_TYPE_MAP,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("application/x-rtp"));

typedef struct
{
  guint64 restored;
  guint64 probes;
  guint64 unknown;
  guint64 malformed;
} Counters;

struct _GstDiscordRtxDemux
{
  GstElement parent;

  GstPad *sinkpad;
  GstPad *srcpad;

  /* Object lock */
  GstStructure *ssrc_structure; /* nullable */
  GstStructure *pt_structure;
  GHashTable *ssrcs; /* from retransmission to media */
  GHashTable *pts;
  GHashTable *media; /* set: SSRCs whose media came by */
  Counters counters;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiscordRtxDemux, gst_discord_rtx_demux,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (discord_rtx_demux_debug, "discordrtxdemux", 0,
        "Discord retransmission demuxer"));
GST_ELEMENT_REGISTER_DEFINE (discordrtxdemux, "discordrtxdemux", GST_RANK_NONE,
    GST_TYPE_DISCORD_RTX_DEMUX);

static void
count (GstDiscordRtxDemux *self, guint64 *counter)
{
  GST_OBJECT_LOCK (self);
  (*counter)++;
  GST_OBJECT_UNLOCK (self);
}

/* The payload type of the media; 0 when @pt is no retransmission's. Media of a
 * stream that has retransmissions makes its SSRC known. */
static guint
look_at (GstDiscordRtxDemux *self, guint pt, guint32 ssrc)
{
  guint media_pt;

  GST_OBJECT_LOCK (self);
  media_pt = discord_rtx_map_media (self->pts, pt);
  if (media_pt == 0 && discord_rtx_map_has_media (self->pts, pt)) {
    /* Those that are still in use come back with their next packet. */
    if (g_hash_table_size (self->media) >= MAX_MEDIA_SSRCS)
      g_hash_table_remove_all (self->media);
    g_hash_table_add (self->media, GUINT_TO_POINTER (ssrc));
  }
  GST_OBJECT_UNLOCK (self);
  return media_pt;
}

/* By the table, else the SSRC before (media-transport 9.1). 0: of nothing. */
static guint32
find_media_ssrc (GstDiscordRtxDemux *self, guint32 rtx_ssrc)
{
  guint32 ssrc;

  GST_OBJECT_LOCK (self);
  ssrc = discord_rtx_map_media (self->ssrcs, rtx_ssrc);
  if (ssrc == 0
      && g_hash_table_contains (self->media, GUINT_TO_POINTER (rtx_ssrc - 1)))
    ssrc = rtx_ssrc - 1;
  GST_OBJECT_UNLOCK (self);
  return ssrc;
}

static void
restore_meta (GstBuffer *packet, const RtpHeader *rtx, const RtpHeader *media)
{
  GstDiscordMediaMeta *meta = gst_buffer_get_discord_media_meta (packet);
  RtpHeader extensions = { 0 };

  if (meta == NULL)
    return;
  meta->rtx_ssrc = rtx->ssrc;
  meta->rtx_payload_type = rtx->payload_type;
  meta->ssrc = media->ssrc;
  meta->seqnum = media->sequence;
  meta->payload_type = media->payload_type;
  /* That is when it was sent again, not when it was made. */
  meta->sender_time = GST_CLOCK_TIME_NONE;
  extensions.extension_profile = meta->extension_profile;
  extensions.extension_length = meta->extension_length;
  rtp_header_rename_extension (meta->extensions, &extensions,
      RTP_EXTENSION_REPAIRED_RID, RTP_EXTENSION_RID);
}

/* @header: of the retransmission, which it becomes that of @media. */
static GstBuffer *
make_media_packet (GstBuffer *rtx, const guint8 *data, const RtpHeader *header,
    const RtpHeader *media)
{
  gsize payload = header->size + OSN_SIZE;
  gsize size = gst_buffer_get_size (rtx) - payload - header->padding;
  guint8 bytes[MAX_HEADER_SIZE];
  GstBuffer *packet = gst_buffer_new ();

  memcpy (bytes, data, header->size);
  bytes[0] &= 0xdf; /* the padding stays behind */
  rtp_header_rewrite (bytes, media->payload_type, media->sequence, media->ssrc);
  rtp_header_rename_extension (
      bytes, header, RTP_EXTENSION_REPAIRED_RID, RTP_EXTENSION_RID);

  gst_buffer_append_memory (
      packet, gst_allocator_alloc (NULL, header->size, NULL));
  gst_buffer_fill (packet, 0, bytes, header->size);
  gst_buffer_copy_into (packet, rtx,
      GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_META,
      0, -1);
  gst_buffer_copy_into (packet, rtx, GST_BUFFER_COPY_MEMORY, payload, size);
  GST_BUFFER_FLAG_SET (packet, GST_RTP_BUFFER_FLAG_RETRANSMISSION);
  restore_meta (packet, header, media);
  return packet;
}

/* NULL when there is nothing to restore. */
static GstBuffer *
restore (GstDiscordRtxDemux *self, GstBuffer *rtx, const guint8 *data,
    gsize length, guint media_pt)
{
  RtpHeader header, media;

  if (!rtp_header_parse (data, length, &header)
      || header.size > MAX_HEADER_SIZE) {
    count (self, &self->counters.malformed);
    return NULL;
  }
  if (length - header.size - header.padding <= OSN_SIZE) {
    count (self, &self->counters.probes);
    return NULL;
  }
  media = header;
  media.payload_type = (guint8) media_pt;
  media.sequence = bytes_read_u16 (data + header.size);
  media.ssrc = find_media_ssrc (self, header.ssrc);
  if (media.ssrc == 0) {
    GST_LOG_OBJECT (self, "SSRC %u retransmits nothing known", header.ssrc);
    count (self, &self->counters.unknown);
    return NULL;
  }
  GST_LOG_OBJECT (
      self, "restored packet %u of SSRC %u", media.sequence, media.ssrc);
  count (self, &self->counters.restored);
  return make_media_packet (rtx, data, &header, &media);
}

static GstFlowReturn
push_restored (GstDiscordRtxDemux *self, GstBuffer *rtx, guint media_pt)
{
  GstBuffer *packet;
  GstMapInfo map;

  if (!gst_buffer_map (rtx, &map, GST_MAP_READ)) {
    gst_buffer_unref (rtx);
    return GST_FLOW_OK;
  }
  packet = restore (self, rtx, map.data, map.size, media_pt);
  gst_buffer_unmap (rtx, &map);
  gst_buffer_unref (rtx);
  return packet != NULL ? gst_pad_push (self->srcpad, packet) : GST_FLOW_OK;
}

static GstFlowReturn
gst_discord_rtx_demux_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordRtxDemux *self = GST_DISCORD_RTX_DEMUX (parent);
  guint8 header[RTP_PACKET_MIN_SIZE];
  guint media_pt = 0;

  if (gst_buffer_extract (buffer, 0, header, sizeof (header))
      == sizeof (header))
    media_pt = look_at (self, header[1] & 0x7f, bytes_read_u32 (header + 8));
  if (media_pt != 0)
    return push_restored (self, buffer, media_pt);
  return gst_pad_push (self->srcpad, buffer);
}

static GstStateChangeReturn
gst_discord_rtx_demux_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordRtxDemux *self = GST_DISCORD_RTX_DEMUX (element);
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_discord_rtx_demux_parent_class)
          ->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    GST_OBJECT_LOCK (self);
    g_hash_table_remove_all (self->media);
    GST_OBJECT_UNLOCK (self);
  }
  return ret;
}

/* Object */

/* Takes @structure. */
static void
set_map (GstDiscordRtxDemux *self, GstStructure **structure_field,
    GHashTable **map_field, GstStructure *structure, guint max)
{
  GHashTable *map = discord_rtx_map_parse (structure, max);
  GHashTable *old_map;
  GstStructure *old;

  GST_OBJECT_LOCK (self);
  old = *structure_field;
  old_map = *map_field;
  *structure_field = structure;
  *map_field = map;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&old, gst_structure_free);
  g_clear_pointer (&old_map, g_hash_table_unref);
}

static GstStructure *
make_default_pts (void)
{
  GstStructure *structure = gst_structure_new_empty (PT_MAP);
  guint n_types;
  const GstDiscordPayloadType *types = gst_discord_payload_types (&n_types);

  for (guint i = 0; i < n_types; i++) {
    g_autofree gchar *media = g_strdup_printf ("%u", types[i].payload_type);

    if (types[i].rtx_payload_type != 0)
      gst_structure_set (structure, media, G_TYPE_UINT,
          (guint) types[i].rtx_payload_type, NULL);
  }
  return structure;
}

static void
gst_discord_rtx_demux_set_property (
    GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  GstDiscordRtxDemux *self = GST_DISCORD_RTX_DEMUX (object);

  switch (prop_id) {
    case PROP_SSRC_MAP:
      set_map (self, &self->ssrc_structure, &self->ssrcs,
          g_value_dup_boxed (value), G_MAXUINT);
      break;
    case PROP_PAYLOAD_TYPE_MAP:
      set_map (self, &self->pt_structure, &self->pts,
          g_value_get_boxed (value) != NULL ? g_value_dup_boxed (value)
                                            : make_default_pts (),
          MAX_PT);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
}

static GstStructure *
make_stats (const Counters *counters)
{
  return gst_structure_new ("application/x-discord-rtx-demux-stats",
      "packets-restored", G_TYPE_UINT64, counters->restored, "packets-probing",
      G_TYPE_UINT64, counters->probes, "packets-unknown", G_TYPE_UINT64,
      counters->unknown, "packets-malformed", G_TYPE_UINT64,
      counters->malformed, NULL);
}

static void
gst_discord_rtx_demux_get_property (
    GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  GstDiscordRtxDemux *self = GST_DISCORD_RTX_DEMUX (object);

  GST_OBJECT_LOCK (self);
  switch (prop_id) {
    case PROP_SSRC_MAP:
      g_value_set_boxed (value, self->ssrc_structure);
      break;
    case PROP_PAYLOAD_TYPE_MAP:
      g_value_set_boxed (value, self->pt_structure);
      break;
    case PROP_STATS:
      g_value_take_boxed (value, make_stats (&self->counters));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_discord_rtx_demux_finalize (GObject *object)
{
  GstDiscordRtxDemux *self = GST_DISCORD_RTX_DEMUX (object);

  g_clear_pointer (&self->ssrc_structure, gst_structure_free);
  gst_structure_free (self->pt_structure);
  g_hash_table_unref (self->ssrcs);
  g_hash_table_unref (self->pts);
  g_hash_table_unref (self->media);
  G_OBJECT_CLASS (gst_discord_rtx_demux_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *object_class)
{
  /**
   * GstDiscordRtxDemux:ssrc-map:
   *
   * The announced pairs, as rtprtxreceive has them: field names are SSRCs of
   * media, values (uint) those of their retransmissions. Default: none.
   *
   * Since: 0.1
   */
  properties[PROP_SSRC_MAP] = g_param_spec_boxed ("ssrc-map", "SSRC map",
      "SSRCs of media and of their retransmissions", GST_TYPE_STRUCTURE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstDiscordRtxDemux:payload-type-map:
   *
   * Field names are payload types of media, values (uint) those of their
   * retransmissions. Default, also when set to %NULL: those of Discord.
   *
   * Since: 0.1
   */
  properties[PROP_PAYLOAD_TYPE_MAP] = g_param_spec_boxed ("payload-type-map",
      "Payload type map", "Payload types of media and of their retransmissions",
      GST_TYPE_STRUCTURE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstDiscordRtxDemux:stats:
   *
   * `application/x-discord-rtx-demux-stats` with the guint64 counters
   * `packets-restored`, `packets-probing` (retransmissions of nothing),
   * `packets-unknown` (of media that nobody sent) and `packets-malformed`.
   *
   * Since: 0.1
   */
  properties[PROP_STATS] =
      g_param_spec_boxed ("stats", "Statistics", "Counters of retransmissions",
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_discord_rtx_demux_class_init (GstDiscordRtxDemuxClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = gst_discord_rtx_demux_set_property;
  object_class->get_property = gst_discord_rtx_demux_get_property;
  object_class->finalize = gst_discord_rtx_demux_finalize;
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_rtx_demux_change_state);
  install_properties (object_class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Discord retransmission demuxer", "Codec/Demuxer/Network/RTP",
      "Turns RTP retransmissions back into the media packets that were lost",
      "gst-discord developers <gst-discord@gst-discord.invalid>");
  gst_element_class_add_static_metadata (element_class,
      GST_ELEMENT_METADATA_DOC_URI,
      GST_PACKAGE_ORIGIN "docs/plugins/discordrtxdemux.md");
}

static GstPad *
add_pad (GstDiscordRtxDemux *self, GstStaticPadTemplate *template)
{
  GstPad *pad =
      gst_pad_new_from_static_template (template, template->name_template);

  GST_PAD_SET_PROXY_CAPS (pad);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static void
gst_discord_rtx_demux_init (GstDiscordRtxDemux *self)
{
  self->media = g_hash_table_new (NULL, NULL);
  set_map (self, &self->ssrc_structure, &self->ssrcs, NULL, G_MAXUINT);
  set_map (self, &self->pt_structure, &self->pts, make_default_pts (), MAX_PT);

  self->sinkpad = add_pad (self, &sink_template);
  gst_pad_set_chain_function (
      self->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_rtx_demux_chain));
  self->srcpad = add_pad (self, &src_template);
}
