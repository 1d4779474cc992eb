/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordhdrext.h"
#include "gstdiscordrtpopusdepay.h"
#include "gstdiscordrtpopuspay.h"
#include "gstdiscordrtpvideodepay.h"
#include "gstdiscordrtpvideopay.h"
#include "gstdiscordrtxdemux.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean ok = FALSE;

  ok |= GST_ELEMENT_REGISTER (discordhdrextabssendtime, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrextaudiolevel, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrextcontenttype, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrextmid, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrextorientation, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrextplayoutdelay, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrextspeaker, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrexttoffset, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrexttransportseq, plugin);
  ok |= GST_ELEMENT_REGISTER (discordhdrextvideotiming, plugin);
  ok |= GST_ELEMENT_REGISTER (discordrtpopusdepay, plugin);
  ok |= GST_ELEMENT_REGISTER (discordrtpopuspay, plugin);
  ok |= GST_ELEMENT_REGISTER (discordrtpvideodepay, plugin);
  ok |= GST_ELEMENT_REGISTER (discordrtpvideopay, plugin);
  ok |= GST_ELEMENT_REGISTER (discordrtxdemux, plugin);

  return ok;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, discordrtp,
    "RTP the way Discord uses it", plugin_init, VERSION, GST_LICENSE,
    GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
