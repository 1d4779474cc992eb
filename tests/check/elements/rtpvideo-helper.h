/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One element with its messages. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/discord/gstdiscordmediameta.h>
#include <gst/rtp/rtp.h>

typedef struct
{
  GstHarness *harness;
  GstBus *bus;
} Fixture;

static inline Fixture
fixture_new (const gchar *line, const gchar *downstream, const gchar *caps)
{
  Fixture f = { gst_harness_new_parse (line), gst_bus_new () };

  gst_element_set_bus (f.harness->element, f.bus);
  if (downstream != NULL)
    gst_harness_set_sink_caps_str (f.harness, downstream);
  gst_harness_set_src_caps_str (f.harness, caps);
  return f;
}

static inline void
fixture_clear (Fixture *f)
{
  gst_element_set_bus (f->harness->element, NULL);
  gst_object_unref (f->bus);
  gst_harness_teardown (f->harness);
}

static inline guint
count_warnings (Fixture *f)
{
  GstMessage *message;
  guint n = 0;

  while ((message = gst_bus_pop_filtered (f->bus, GST_MESSAGE_WARNING))) {
    gst_message_unref (message);
    n++;
  }
  return n;
}
