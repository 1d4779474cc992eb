/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "streampush.h"

static void
warn (GstElement *element, GstPad *src)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (src);
  g_autofree gchar *text = caps != NULL ? gst_caps_to_string (caps) : NULL;

  GST_ELEMENT_WARNING (element, CORE, NEGOTIATION,
      ("What is linked to the pad of a stream does not take its format, and "
       "nothing of it arrives there: %s",
          GST_STR_NULL (text)),
      ("a parser may be missing in between"));
}

void
discord_stream_push (
    GstElement *element, GstPad *src, GstBuffer *buffer, GstFlowReturn *flow)
{
  GstFlowReturn before = *flow;

  *flow = gst_pad_push (src, buffer);
  if (*flow == GST_FLOW_NOT_NEGOTIATED && *flow != before)
    warn (element, src);
}
