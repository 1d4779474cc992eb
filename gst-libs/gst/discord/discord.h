/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/discord/discord-prelude.h>
#include <gst/discord/gstdiscordenums.h>
#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/gstdiscordstreamkey.h>
#include <gst/discord/gstdiscordstreaminfo.h>
#include <gst/discord/gstdiscordsignaller.h>
#include <gst/discord/gstdiscordgateway.h>
#include <gst/discord/gstdiscordconnection.h>
#include <gst/discord/gstdiscordframemeta.h>
#include <gst/discord/gstdiscordmediameta.h>
#include <gst/discord/gstdiscordmediasinkwants.h>
#include <gst/discord/gstdiscordvoicecodec.h>
#include <gst/discord/gstdiscordvoicestream.h>
