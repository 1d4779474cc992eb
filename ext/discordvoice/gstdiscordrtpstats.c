/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordrtpstats.h"

static void
copy_field (GstStructure *to, const gchar *to_name, const GstStructure *from,
    const gchar *from_name)
{
  const GValue *value = gst_structure_get_value (from, from_name);

  if (value != NULL)
    gst_structure_set_value (to, to_name, value);
}

/* What the jitter buffer of @ssrc counted. */
static void
add_jitterbuffer (
    GstStructure *stats, GstDiscordRemoteStreams *streams, guint32 ssrc)
{
  g_autoptr (GstElement) jitterbuffer =
      gst_discord_remote_streams_ref_jitterbuffer (streams, ssrc);
  g_autoptr (GstStructure) counted = NULL;

  if (jitterbuffer == NULL)
    return;
  g_object_get (jitterbuffer, "stats", &counted, NULL);
  if (counted == NULL)
    return;
  copy_field (stats, "packets-pushed", counted, "num-pushed");
  copy_field (stats, "packets-lost", counted, "num-lost");
  copy_field (stats, "packets-late", counted, "num-late");
  copy_field (stats, "packets-duplicated", counted, "num-duplicates");
  copy_field (stats, "jitter", counted, "avg-jitter");
}

static GstStructure *
make_source (const GstStructure *counted, GstDiscordRemoteStreams *streams,
    GstDiscordRtpFeedback *feedback)
{
  GstStructure *stats =
      gst_structure_new_empty ("application/x-discord-source");
  gboolean internal = FALSE;
  guint ssrc = 0;

  gst_structure_get_uint (counted, "ssrc", &ssrc);
  gst_structure_get_boolean (counted, "internal", &internal);
  gst_structure_set (stats, "ssrc", G_TYPE_UINT, ssrc, "local", G_TYPE_BOOLEAN,
      internal, NULL);
  copy_field (stats, "bitrate", counted, "bitrate");
  if (internal) {
    copy_field (stats, "packets-sent", counted, "packets-sent");
    copy_field (stats, "octets-sent", counted, "octets-sent");
    return stats;
  }
  gst_structure_set (stats, "user-id", G_TYPE_UINT64,
      gst_discord_remote_streams_get_user (streams, ssrc), NULL);
  copy_field (stats, "packets-received", counted, "packets-received");
  copy_field (stats, "octets-received", counted, "octets-received");
  add_jitterbuffer (stats, streams, ssrc);
  gst_discord_rtp_feedback_add_stats (feedback, ssrc, stats);
  return stats;
}

G_GNUC_BEGIN_IGNORE_DEPRECATIONS
/* rtpsession hands its sources over in a GValueArray. */
static void
add_sources (GstStructure *stats, const GstStructure *session_stats,
    GstDiscordRemoteStreams *streams, GstDiscordRtpFeedback *feedback)
{
  const GValue *value = gst_structure_get_value (session_stats, "source-stats");
  GValueArray *sources = value != NULL ? g_value_get_boxed (value) : NULL;
  GValue array = G_VALUE_INIT;

  g_value_init (&array, GST_TYPE_ARRAY);
  for (guint i = 0; sources != NULL && i < sources->n_values; i++) {
    const GstStructure *counted =
        gst_value_get_structure (g_value_array_get_nth (sources, i));
    GValue source = G_VALUE_INIT;

    g_value_init (&source, GST_TYPE_STRUCTURE);
    g_value_take_boxed (&source, make_source (counted, streams, feedback));
    gst_value_array_append_and_take_value (&array, &source);
  }
  gst_structure_take_value (stats, "sources", &array);
}
G_GNUC_END_IGNORE_DEPRECATIONS

GstStructure *
gst_discord_rtp_stats_new (GstElement *rtpbin, GstElement *transport,
    GstDiscordRemoteStreams *streams, GstDiscordRtpFeedback *feedback,
    const GstDiscordRtpCounters *counters)
{
  GstStructure *stats =
      gst_structure_new ("application/x-discord-rtp-stats", "packets-invalid",
          G_TYPE_UINT64, counters->invalid, "packets-unknown-payload-type",
          G_TYPE_UINT64, counters->unknown_payload_type, "packets-straggling",
          G_TYPE_UINT64, counters->stragglers, "packets-of-too-many-sources",
          G_TYPE_UINT64, counters->too_many, NULL);
  g_autoptr (GstStructure) transport_stats = NULL;
  g_autoptr (GObject) session = NULL;

  g_object_get (transport, "stats", &transport_stats, NULL);
  copy_field (stats, "packets-overflowed", transport_stats, "packets-dropped");

  g_signal_emit_by_name (rtpbin, "get-internal-session", 0, &session);
  if (session != NULL) {
    g_autoptr (GstStructure) session_stats = NULL;

    g_object_get (session, "stats", &session_stats, NULL);
    add_sources (stats, session_stats, streams, feedback);
  }
  return stats;
}
