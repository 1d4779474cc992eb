/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscorddavedec.h"
#include "gstdiscorddaveenc.h"
#include "gstdiscordrtpbin.h"
#include "gstdiscordtransport.h"
#include "gstdiscordvoicesink.h"
#include "gstdiscordvoicesrc.h"

#include <gst/gst.h>

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean registered = FALSE;

  registered |= GST_ELEMENT_REGISTER (discorddavedec, plugin);
  registered |= GST_ELEMENT_REGISTER (discorddaveenc, plugin);
  registered |= GST_ELEMENT_REGISTER (discordrtpbin, plugin);
  registered |= GST_ELEMENT_REGISTER (discordtransport, plugin);
  registered |= GST_ELEMENT_REGISTER (discordvoicesink, plugin);
  registered |= GST_ELEMENT_REGISTER (discordvoicesrc, plugin);
  return registered;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, discordvoice,
    "Sources and sinks for Discord voice channels", plugin_init, VERSION,
    GST_LICENSE, GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
