/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#ifdef BUILDING_GST_DISCORD
#define GST_DISCORD_API __attribute__ ((visibility ("default"))) extern
#else
#define GST_DISCORD_API extern
#endif
