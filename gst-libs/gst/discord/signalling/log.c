/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "log.h"

GstDebugCategory *
discord_signalling_category (void)
{
  static gsize category = 0;

  if (g_once_init_enter (&category)) {
    GstDebugCategory *made = _gst_debug_category_new (
        "discordsignalling", 0, "Discord main and voice gateway");

    g_once_init_leave (&category, (gsize) made);
  }
  return (GstDebugCategory *) category;
}
