/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "missingelement.h"

#include <gst/pbutils/pbutils.h>

void
discord_missing_element_tell (GstElement *element, const gchar *factory)
{
  gst_pb_utils_init ();
  gst_element_post_message (
      element, gst_missing_element_message_new (element, factory));
}

void
discord_missing_element_fail (GstElement *element, const gchar *factory)
{
  discord_missing_element_tell (element, factory);
  GST_ELEMENT_ERROR (element, CORE, MISSING_PLUGIN,
      ("The element %s is not installed.", factory), (NULL));
}
