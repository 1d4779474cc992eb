/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* Packets from the network into a discordrtxdemux. */

#include "../../gst/discordrtp/gstdiscordrtxdemux.h"
#include "gst/discord/gstdiscordpayloadtypes-private.h"
#include "gst/discord/transport/rtppacket.h"

#include "fuzz.h"

static GstPad *source;

/* What comes out is no retransmission, and a whole packet when it was one. */
static GstFlowReturn
check_packet (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  RtpHeader header;
  GstMapInfo map;

  FUZZ_CHECK (gst_buffer_map (buffer, &map, GST_MAP_READ));
  if (map.size >= RTP_PACKET_MIN_SIZE)
    FUZZ_CHECK (gst_discord_payload_type_find_rtx (map.data[1] & 0x7f) == NULL);
  if (gst_buffer_n_memory (buffer) > 1) {
    FUZZ_CHECK (rtp_header_parse (map.data, map.size, &header));
    FUZZ_CHECK (header.padding == 0 && header.size < map.size);
    FUZZ_CHECK (gst_discord_payload_type_find (header.payload_type) != NULL);
  }
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
make_element (void)
{
  GstElement *demux;
  GstStructure *pairs;
  GstPad *sink, *out, *target;
  GstSegment segment;

  /* Nothing is looked for in the registry. */
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  gst_init (NULL, NULL);
  demux = g_object_new (GST_TYPE_DISCORD_RTX_DEMUX, NULL);
  pairs = gst_structure_new (
      "application/x-rtp-ssrc-map", "1", G_TYPE_UINT, 2, NULL);
  g_object_set (demux, "ssrc-map", pairs, NULL);
  gst_structure_free (pairs);

  source = gst_pad_new ("source", GST_PAD_SRC);
  sink = gst_element_get_static_pad (demux, "sink");
  out = gst_element_get_static_pad (demux, "src");
  target = gst_pad_new ("target", GST_PAD_SINK);
  gst_pad_set_chain_function (target, check_packet);
  FUZZ_CHECK (gst_pad_link (source, sink) == GST_PAD_LINK_OK);
  FUZZ_CHECK (gst_pad_link (out, target) == GST_PAD_LINK_OK);
  gst_pad_set_active (target, TRUE);
  gst_element_set_state (demux, GST_STATE_PLAYING);
  gst_pad_set_active (source, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (source, gst_event_new_stream_start ("fuzz"));
  gst_pad_push_event (source, gst_event_new_segment (&segment));
  gst_object_unref (sink);
  gst_object_unref (out);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  uint8_t *copy;

  if (source == NULL)
    make_element ();
  copy = fuzz_copy (data, size, 0); /* a block of exactly its size */
  gst_pad_push (source,
      gst_buffer_new_wrapped_full (
          0, copy, MAX (size, 1), 0, size, copy, free));
  return 0;
}
