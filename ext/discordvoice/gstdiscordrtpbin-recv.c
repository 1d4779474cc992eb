/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpbin-private.h"
#include "missingelement.h"

#include <gst/discord/gstdiscordpayloadtypes-private.h>

#include <stdio.h>

GST_DEBUG_CATEGORY_EXTERN (discord_rtp_bin_debug);
#define GST_CAT_DEFAULT discord_rtp_bin_debug

/* Receiver reports of the RTP session do not leave the transport, so a bin that
 * only receives need not make them often. */
#define RECEIVER_REPORT_INTERVAL (5 * GST_SECOND)

GstStaticPadTemplate gst_discord_rtp_bin_recv_template =
    GST_STATIC_PAD_TEMPLATE ("recv_rtp_src_%u_%u", GST_PAD_SRC,
        GST_PAD_SOMETIMES, GST_STATIC_CAPS ("application/x-rtp"));

/* rtpbin's callbacks */

static GstCaps *
on_request_pt_map (
    GstElement *rtpbin, guint session, guint pt, GstDiscordRtpBin *self)
{
  const GstDiscordPayloadType *type = gst_discord_payload_type_find (pt);
  GstCaps *caps;

  if (type == NULL)
    return NULL;
  caps = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
      type->media, "clock-rate", G_TYPE_INT, (gint) type->clock_rate,
      "encoding-name", G_TYPE_STRING, type->encoding_name, "payload",
      G_TYPE_INT, (gint) type->payload_type, NULL);
  if (type->codec == GST_DISCORD_CODEC_OPUS)
    gst_caps_set_simple (caps, "encoding-params", G_TYPE_STRING, "2",
        "sprop-stereo", G_TYPE_STRING, "1", "sprop-maxcapturerate",
        G_TYPE_STRING, "48000", NULL);
  return caps;
}

/* An unlinked pad would stop its jitter buffer for good. */
static GstPadProbeReturn
drop_unlinked (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  return gst_pad_is_linked (pad) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

static gboolean
copy_sticky_event (GstPad *pad, GstEvent **event, gpointer user_data)
{
  gst_pad_store_sticky_event (user_data, *event);
  return TRUE;
}

static gboolean
parse_rtpbin_pad (GstPad *pad, guint *session, guint *ssrc)
{
  guint pt;

  return sscanf (
             GST_PAD_NAME (pad), "recv_rtp_src_%u_%u_%u", session, ssrc, &pt)
      == 3;
}

static gchar *
make_pad_name (guint session, guint ssrc)
{
  return g_strdup_printf ("recv_rtp_src_%u_%u", session, ssrc);
}

/* rtpbin has a pad for each payload type of an SSRC, we have one for all: a
 * sender may change its codec, and change back. */
static GstPadProbeReturn
follow_payload_type (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GWeakRef *ref = user_data;
  g_autoptr (GstPad) ghost = g_weak_ref_get (ref);
  g_autoptr (GstPad) target = NULL;

  if (ghost == NULL)
    return GST_PAD_PROBE_DROP;
  target = gst_ghost_pad_get_target (GST_GHOST_PAD (ghost));
  if (target != pad) {
    GST_DEBUG_OBJECT (ghost, "goes on with %s", GST_PAD_NAME (pad));
    gst_ghost_pad_set_target (GST_GHOST_PAD (ghost), pad);
    gst_pad_sticky_events_foreach (pad, copy_sticky_event, ghost);
  }
  return GST_PAD_PROBE_OK;
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
add_follow_probe (GstPad *pad, GstPad *ghost)
{
  GWeakRef *ref = g_new (GWeakRef, 1);

  g_weak_ref_init (ref, ghost);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, follow_payload_type, ref, weak_ref_free);
}

static void
on_pad_added (GstElement *rtpbin, GstPad *pad, GstDiscordRtpBin *self)
{
  g_autofree gchar *name = NULL;
  g_autoptr (GstPad) existing = NULL;
  guint session, ssrc;
  GstPad *ghost;

  if (!GST_PAD_IS_SRC (pad) || !parse_rtpbin_pad (pad, &session, &ssrc))
    return;
  name = make_pad_name (session, ssrc);
  existing = gst_element_get_static_pad (GST_ELEMENT (self), name);
  if (existing != NULL) {
    add_follow_probe (pad, existing);
    return;
  }
  ghost = gst_ghost_pad_new_from_template (name, pad,
      gst_element_get_pad_template (
          GST_ELEMENT (self), gst_discord_rtp_bin_recv_template.name_template));
  gst_pad_add_probe (
      ghost, GST_PAD_PROBE_TYPE_BUFFER, drop_unlinked, NULL, NULL);
  add_follow_probe (pad, ghost);
  gst_pad_set_active (ghost, TRUE);
  gst_pad_sticky_events_foreach (pad, copy_sticky_event, ghost);
  GST_DEBUG_OBJECT (self, "new pad %s", name);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
}

static void
on_stream_ended (GstElement *element, guint32 ssrc)
{
  g_autofree gchar *name = make_pad_name (0, ssrc);
  g_autoptr (GstPad) ghost = gst_element_get_static_pad (element, name);

  if (ghost == NULL)
    return;
  gst_pad_set_active (ghost, FALSE);
  gst_element_remove_pad (element, ghost);
}

static void
on_ssrc_user (GstElement *element, guint32 ssrc, guint64 user_id)
{
  g_signal_emit_by_name (element, "ssrc-user", ssrc, user_id);
}

static const GstDiscordRtpReceiverFuncs receiver_funcs = {
  .ssrc_user = on_ssrc_user,
  .stream_ended = on_stream_ended,
};

void
gst_discord_rtp_bin_init_receiving (GstDiscordRtpBin *self)
{
  g_signal_connect (
      self->rtpbin, "request-pt-map", G_CALLBACK (on_request_pt_map), self);
  g_signal_connect (self->rtpbin, "pad-added", G_CALLBACK (on_pad_added), self);
  self->receiver =
      gst_discord_rtp_receiver_new (GST_ELEMENT (self), self->rtpbin,
          self->transport, self->feedback, self->senders, &receiver_funcs);
}

/* Links */

static GstPad *
request_sink (GstDiscordRtpBin *self, GstPad *src, const gchar *rtpbin_sink)
{
  GstPad *sink = gst_element_request_pad_simple (self->rtpbin, rtpbin_sink);

  gst_pad_link_full (src, sink, GST_PAD_LINK_CHECK_NOTHING);
  return sink;
}

static void
drop_sink (GstDiscordRtpBin *self, GstPad **pad)
{
  g_autoptr (GstPad) sink = g_steal_pointer (pad);
  g_autoptr (GstPad) src = NULL;

  if (sink == NULL)
    return;
  src = gst_pad_get_peer (sink);
  if (src != NULL)
    gst_pad_unlink (src, sink);
  gst_element_release_request_pad (self->rtpbin, sink);
}

static gboolean
add_rtxdemux (GstDiscordRtpBin *self)
{
  GstElement *demux = gst_element_factory_make ("discordrtxdemux", "rtxdemux");
  g_autoptr (GstStructure) map = NULL;

  if (demux == NULL) {
    discord_missing_element_fail (GST_ELEMENT (self), "discordrtxdemux");
    return FALSE;
  }
  g_object_get (self, "rtx-ssrc-map", &map, NULL);
  g_object_set (demux, "ssrc-map", map, NULL);
  gst_bin_add (GST_BIN (self), demux);
  gst_element_link_pads_full (
      self->transport, "rtp_src", demux, "sink", GST_PAD_LINK_CHECK_NOTHING);
  self->rtxdemux = demux;
  return TRUE;
}

static void
remove_rtxdemux (GstDiscordRtpBin *self)
{
  if (self->rtxdemux == NULL)
    return;
  gst_element_set_state (self->rtxdemux, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (self), self->rtxdemux);
  self->rtxdemux = NULL;
}

static gboolean
link_rtp (GstDiscordRtpBin *self, gboolean rtx)
{
  g_autoptr (GstPad) src = NULL;

  if (rtx && !add_rtxdemux (self))
    return FALSE;
  src = rtx ? gst_element_get_static_pad (self->rtxdemux, "src")
            : gst_element_get_static_pad (self->transport, "rtp_src");
  gst_discord_rtp_receiver_set_source (self->receiver, src);
  self->recv_rtp_sink = request_sink (self, src, "recv_rtp_sink_0");
  return TRUE;
}

static void
unlink_rtp (GstDiscordRtpBin *self)
{
  drop_sink (self, &self->recv_rtp_sink);
  remove_rtxdemux (self);
}

typedef struct
{
  gboolean receive;
  gboolean rtx;
  gboolean sending; /* anything */
  gboolean feedback; /* what others say of our video is of use */
} Wanted;

static Wanted
get_wanted (GstDiscordRtpBin *self)
{
  Wanted wanted = { .rtx = gst_discord_rtp_bin_has_rtx (self) };

  GST_OBJECT_LOCK (self);
  wanted.receive = self->receive;
  wanted.rtx &= self->receive_video;
  wanted.sending = self->send_pads != NULL;
  wanted.feedback = self->receive || gst_discord_rtp_bin_has_video (self);
  GST_OBJECT_UNLOCK (self);
  return wanted;
}

gboolean
gst_discord_rtp_bin_set_up_receiving (GstDiscordRtpBin *self)
{
  Wanted wanted = get_wanted (self);

  if (!wanted.feedback)
    drop_sink (self, &self->recv_rtcp_sink);
  if (self->recv_rtp_sink != NULL
      && (!wanted.receive || wanted.rtx != (self->rtxdemux != NULL)))
    unlink_rtp (self);
  if (wanted.receive && self->recv_rtp_sink == NULL) {
    if (!link_rtp (self, wanted.rtx))
      return FALSE;
    if (!wanted.sending)
      gst_discord_rtp_bin_configure_session (self, 0, RECEIVER_REPORT_INTERVAL);
  }
  if (wanted.feedback && self->recv_rtcp_sink == NULL) {
    g_autoptr (GstPad) src =
        gst_element_get_static_pad (self->transport, "rtcp_src");

    self->recv_rtcp_sink = request_sink (self, src, "recv_rtcp_sink_0");
  }
  return TRUE;
}

void
gst_discord_rtp_bin_start_receiving (GstDiscordRtpBin *self)
{
  g_autoptr (GstDiscordConnection) connection = NULL;
  gboolean video;

  GST_OBJECT_LOCK (self);
  if (self->connection != NULL && self->receive)
    connection = g_object_ref (self->connection);
  video = self->receive_video;
  GST_OBJECT_UNLOCK (self);
  gst_discord_rtp_receiver_start (self->receiver, connection, video);
}

void
gst_discord_rtp_bin_dispose_receiving (GstDiscordRtpBin *self)
{
  g_clear_pointer (&self->receiver, gst_discord_rtp_receiver_free);
  if (self->rtpbin == NULL)
    return;
  drop_sink (self, &self->recv_rtp_sink);
  drop_sink (self, &self->recv_rtcp_sink);
}
