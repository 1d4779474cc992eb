/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorddavefilter.h"

#include <gst/discord/gstdiscordframe-private.h>

GST_DEBUG_CATEGORY_STATIC (discord_dave_filter_debug);
#define GST_CAT_DEFAULT discord_dave_filter_debug

#define WARNING_INTERVAL (10 * G_TIME_SPAN_SECOND)

enum
{
  PROP_0,
  PROP_CONNECTION,
  PROP_STATS,
};

typedef struct
{
  GstPad *sinkpad;
  GstPad *srcpad;

  /* The object lock guards the fields below. */
  GstDiscordConnection *connection;
  guint64 counters[GST_DISCORD_DAVE_N_COUNTERS];

  /* Streaming thread, and below PAUSED. */
  GstDiscordCodec codec;
  GstCaps *caps; /* in clear; NULL before they came */
  gboolean caps_sent;
  gboolean encrypted; /* the caps that were sent */
  gboolean discont;
  gint64 next_warning; /* monotonic time */
  GstBuffer *spare;
} GstDiscordDaveFilterPrivate;

#define PRIVATE(self)                                                          \
  ((GstDiscordDaveFilterPrivate *)                                             \
          gst_discord_dave_filter_get_instance_private (self))

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstDiscordDaveFilter, gst_discord_dave_filter,
    GST_TYPE_ELEMENT,
    G_ADD_PRIVATE (GstDiscordDaveFilter)
        GST_DEBUG_CATEGORY_INIT (discord_dave_filter_debug, "discorddavefilter",
            0, "End-to-end encryption of frames"))

GstDiscordConnection *
gst_discord_dave_filter_ref_connection (GstDiscordDaveFilter *self)
{
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);
  GstDiscordConnection *connection = NULL;

  GST_OBJECT_LOCK (self);
  if (priv->connection != NULL)
    connection = g_object_ref (priv->connection);
  GST_OBJECT_UNLOCK (self);
  return connection;
}

GstDiscordCodec
gst_discord_dave_filter_get_codec (GstDiscordDaveFilter *self)
{
  return PRIVATE (self)->codec;
}

gboolean
gst_discord_dave_filter_is_encrypted (GstDiscordDaveFilter *self)
{
  return PRIVATE (self)->encrypted;
}

gboolean
gst_discord_dave_filter_set_encrypted (
    GstDiscordDaveFilter *self, gboolean encrypted)
{
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);
  g_autoptr (GstCaps) caps = NULL;

  if (priv->caps_sent && priv->encrypted == encrypted)
    return TRUE;
  caps = encrypted ? gst_discord_caps_encrypted (priv->caps)
                   : gst_caps_ref (priv->caps);
  GST_DEBUG_OBJECT (self, "caps %" GST_PTR_FORMAT, caps);
  /* A sticky event that downstream refuses comes back from the next push. */
  priv->caps_sent =
      gst_pad_push_event (priv->srcpad, gst_event_new_caps (caps));
  priv->encrypted = encrypted;
  return priv->caps_sent;
}

GstBuffer *
gst_discord_dave_filter_take_buffer (GstDiscordDaveFilter *self, gsize size)
{
  g_autoptr (GstBuffer) spare = g_steal_pointer (&PRIVATE (self)->spare);

  if (spare != NULL && gst_buffer_get_size (spare) >= size)
    return g_steal_pointer (&spare);
  return gst_buffer_new_allocate (NULL, size, NULL);
}

void
gst_discord_dave_filter_return_buffer (
    GstDiscordDaveFilter *self, GstBuffer *buffer)
{
  gst_buffer_replace (&PRIVATE (self)->spare, NULL);
  PRIVATE (self)->spare = buffer;
}

GstBuffer *
gst_discord_dave_filter_finish_buffer (
    GstBuffer *output, gsize size, GstBuffer *input)
{
  gst_buffer_set_size (output, size);
  gst_buffer_copy_into (output, input, GST_BUFFER_COPY_METADATA, 0, -1);
  gst_buffer_unref (input);
  return output;
}

static void
count (GstDiscordDaveFilter *self, GstDiscordDaveCounter counter)
{
  GST_OBJECT_LOCK (self);
  PRIVATE (self)->counters[counter]++;
  GST_OBJECT_UNLOCK (self);
}

GstFlowReturn
gst_discord_dave_filter_push (GstDiscordDaveFilter *self, GstBuffer *buffer,
    GstDiscordDaveCounter counter)
{
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);

  count (self, counter);
  if (priv->discont) {
    buffer = gst_buffer_make_writable (buffer);
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
    priv->discont = FALSE;
  }
  return gst_pad_push (priv->srcpad, buffer);
}

void
gst_discord_dave_filter_drop (
    GstDiscordDaveFilter *self, GstDiscordDaveCounter counter)
{
  count (self, counter);
  PRIVATE (self)->discont = TRUE;
}

gboolean
gst_discord_dave_filter_may_warn (GstDiscordDaveFilter *self)
{
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);
  gint64 now = g_get_monotonic_time ();

  if (now < priv->next_warning)
    return FALSE;
  priv->next_warning = now + WARNING_INTERVAL;
  return TRUE;
}

/* Pads */

static GstFlowReturn
gst_discord_dave_filter_chain (
    GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstDiscordDaveFilter *self = GST_DISCORD_DAVE_FILTER (parent);
  g_autoptr (GstDiscordConnection) connection =
      gst_discord_dave_filter_ref_connection (self);

  if (PRIVATE (self)->caps == NULL) {
    gst_buffer_unref (buffer);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  return GST_DISCORD_DAVE_FILTER_GET_CLASS (self)->process (
      self, connection, buffer);
}

static void
forget (GstDiscordDaveFilter *self)
{
  const GstDiscordDaveFilterClass *klass =
      GST_DISCORD_DAVE_FILTER_GET_CLASS (self);

  if (klass->forget != NULL)
    klass->forget (self);
}

static gboolean
take_caps (GstDiscordDaveFilter *self, GstCaps *caps)
{
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);
  g_autoptr (GstCaps) before = g_steal_pointer (&priv->caps);

  priv->caps = gst_discord_caps_clear (caps);
  if (before != NULL && !gst_caps_is_equal (before, priv->caps))
    forget (self);
  priv->codec = gst_discord_codec_from_caps (caps);
  priv->caps_sent = FALSE;
  return GST_DISCORD_DAVE_FILTER_GET_CLASS (self)->set_caps (self);
}

static gboolean
gst_discord_dave_filter_sink_event (
    GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstDiscordDaveFilter *self = GST_DISCORD_DAVE_FILTER (parent);
  GstCaps *caps;
  gboolean ok;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      ok = take_caps (self, caps);
      gst_event_unref (event);
      return ok;
    case GST_EVENT_FLUSH_STOP:
      forget (self);
      PRIVATE (self)->discont = FALSE;
      break;
    case GST_EVENT_EOS:
      forget (self);
      break;
    default:
      break;
  }
  return gst_pad_event_default (pad, parent, event);
}

/* What the other side takes or makes, in clear and encrypted. */
static GstCaps *
caps_of_other_side (GstPad *other)
{
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (other);
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (other, template);
  GstCaps *clear = gst_discord_caps_clear (peer);

  return gst_caps_merge (clear, gst_discord_caps_encrypted (clear));
}

static GstCaps *
query_caps (GstDiscordDaveFilter *self, GstPad *pad, GstCaps *filter)
{
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);
  g_autoptr (GstCaps) other =
      caps_of_other_side (pad == priv->sinkpad ? priv->srcpad : priv->sinkpad);
  g_autoptr (GstCaps) caps =
      gst_caps_intersect_full (other, template, GST_CAPS_INTERSECT_FIRST);

  if (filter == NULL)
    return g_steal_pointer (&caps);
  return gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);
}

static gboolean
gst_discord_dave_filter_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  g_autoptr (GstCaps) caps = NULL;
  GstCaps *filter;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return gst_pad_query_default (pad, parent, query);
  gst_query_parse_caps (query, &filter);
  caps = query_caps (GST_DISCORD_DAVE_FILTER (parent), pad, filter);
  gst_query_set_caps_result (query, caps);
  return TRUE;
}

static GstStateChangeReturn
gst_discord_dave_filter_change_state (
    GstElement *element, GstStateChange transition)
{
  GstDiscordDaveFilter *self = GST_DISCORD_DAVE_FILTER (element);
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);
  GstStateChangeReturn ret;

  ret = GST_ELEMENT_CLASS (gst_discord_dave_filter_parent_class)
            ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    forget (self);
    gst_clear_caps (&priv->caps);
    gst_clear_buffer (&priv->spare);
    priv->codec = GST_DISCORD_CODEC_UNKNOWN;
    priv->caps_sent = FALSE;
    priv->discont = FALSE;
    priv->next_warning = 0;
  }
  return ret;
}

/* Object */

static GstStructure *
get_stats (GstDiscordDaveFilter *self)
{
  const GstDiscordDaveFilterClass *klass =
      GST_DISCORD_DAVE_FILTER_GET_CLASS (self);
  GstStructure *stats =
      gst_structure_new_empty ("application/x-discord-dave-stats");

  GST_OBJECT_LOCK (self);
  for (guint i = 0; i < GST_DISCORD_DAVE_N_COUNTERS; i++)
    gst_structure_set (stats, klass->counters[i], G_TYPE_UINT64,
        PRIVATE (self)->counters[i], NULL);
  GST_OBJECT_UNLOCK (self);
  return stats;
}

static void
set_connection (GstDiscordDaveFilter *self, GstDiscordConnection *connection)
{
  const GstDiscordDaveFilterClass *klass =
      GST_DISCORD_DAVE_FILTER_GET_CLASS (self);
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);
  g_autoptr (GstDiscordConnection) old = NULL;

  GST_OBJECT_LOCK (self);
  old = priv->connection;
  priv->connection = connection;
  GST_OBJECT_UNLOCK (self);
  if (klass->connection_changed != NULL)
    klass->connection_changed (self, connection);
}

static void
gst_discord_dave_filter_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  switch (id) {
    case PROP_CONNECTION:
      set_connection (
          GST_DISCORD_DAVE_FILTER (object), g_value_dup_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_dave_filter_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstDiscordDaveFilter *self = GST_DISCORD_DAVE_FILTER (object);

  switch (id) {
    case PROP_CONNECTION:
      g_value_take_object (
          value, gst_discord_dave_filter_ref_connection (self));
      break;
    case PROP_STATS:
      g_value_take_boxed (value, get_stats (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
}

static void
gst_discord_dave_filter_finalize (GObject *object)
{
  GstDiscordDaveFilterPrivate *priv =
      PRIVATE (GST_DISCORD_DAVE_FILTER (object));

  g_clear_object (&priv->connection);
  gst_clear_caps (&priv->caps);
  gst_clear_buffer (&priv->spare);
  G_OBJECT_CLASS (gst_discord_dave_filter_parent_class)->finalize (object);
}

static void
gst_discord_dave_filter_class_init (GstDiscordDaveFilterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = gst_discord_dave_filter_set_property;
  object_class->get_property = gst_discord_dave_filter_get_property;
  object_class->finalize = gst_discord_dave_filter_finalize;
  GST_ELEMENT_CLASS (klass)->change_state =
      GST_DEBUG_FUNCPTR (gst_discord_dave_filter_change_state);

  /**
   * GstDiscordDaveFilter:connection:
   *
   * The connection whose group the frames belong to. It may be set and changed
   * at any time. Without one there is nothing to encrypt or decrypt for.
   * Default: none.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_CONNECTION,
      g_param_spec_object ("connection", "Connection",
          "Connection whose group the frames belong to",
          GST_TYPE_DISCORD_CONNECTION,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
              | GST_PARAM_MUTABLE_PLAYING));
  /**
   * GstDiscordDaveFilter:stats:
   *
   * `application/x-discord-dave-stats`: guint64 counters of frames, see the
   * description of the element.
   *
   * Since: 0.1
   */
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Counters of frames, by what became of them", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  gst_type_mark_as_plugin_api (GST_TYPE_DISCORD_DAVE_FILTER, 0);
}

static void
gst_discord_dave_filter_init (GstDiscordDaveFilter *self)
{
}

static GstPad *
add_pad (GstDiscordDaveFilter *self, const gchar *name)
{
  GstPadTemplate *template =
      gst_element_get_pad_template (GST_ELEMENT (self), name);
  GstPad *pad = gst_pad_new_from_template (template, name);

  gst_pad_set_query_function (
      pad, GST_DEBUG_FUNCPTR (gst_discord_dave_filter_query));
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

void
gst_discord_dave_filter_add_pads (GstDiscordDaveFilter *self)
{
  GstDiscordDaveFilterPrivate *priv = PRIVATE (self);

  priv->sinkpad = add_pad (self, "sink");
  gst_pad_set_chain_function (
      priv->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_dave_filter_chain));
  gst_pad_set_event_function (
      priv->sinkpad, GST_DEBUG_FUNCPTR (gst_discord_dave_filter_sink_event));
  priv->srcpad = add_pad (self, "src");
}
