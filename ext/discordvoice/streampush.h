/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is downstream of one pad concerns no other, and ends nothing. But caps
 * that nobody takes are told: no other element would. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* Takes @buffer. @flow: what became of the one before, GST_FLOW_OK at first. */
void discord_stream_push (
    GstElement *element, GstPad *src, GstBuffer *buffer, GstFlowReturn *flow);

G_END_DECLS
