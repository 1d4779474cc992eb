/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sink in front of a stand-in of Discord that runs in this process, and
 * what arrived there. */

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include "loopback.h"

#define GUILD G_GUINT64_CONSTANT (290926798626357999)
#define CHANNEL G_GUINT64_CONSTANT (290926798999357250)
#define OTHER_CHANNEL G_GUINT64_CONSTANT (290926798999357251)
#define TOKEN "sink-test-token"
/* Longer than anything takes, shorter than the timeout of a test. */
#define PATIENCE_MS 30000

typedef struct
{
  guint32 ssrc;
  guint32 timestamp;
  guint16 seqnum;
  gboolean silence;
  gint number; /* of one of our frames; -1 for others */
  guint payload_type;
  gboolean marker;
  guint8 head[5]; /* of the payload */
  GBytes *extensions; /* (nullable) */
  guint payload_size;
} Packet;

typedef struct
{
  Loopback *server;
  guint64 user;

  /* Guards packets; a leaf. */
  GMutex lock;
  GCond cond;
  GArray *packets; /* Packet, in order of arrival */
} Fixture;

/* Settings of the stand-in as name, value pairs, then NULL. */
Fixture *fixture_new (const gchar *name, ...) G_GNUC_NULL_TERMINATED;
void fixture_free (Fixture *self);

/* A sink that joins CHANNEL there, floating. It does without end-to-end
 * encryption: frames can be told in what arrives, and nobody else need be
 * there. */
GstElement *fixture_make_sink (Fixture *self);

guint fixture_count (Fixture *self);
Packet fixture_packet (Fixture *self, guint index);
/* Waits until so many packets arrived. */
void fixture_wait_packets (Fixture *self, guint count);
/* Waits for the packet with frame @number and gives its index. */
guint fixture_wait_number (Fixture *self, gint number);
/* Waits until an event of that name happened so often. */
void fixture_wait_event (Fixture *self, const gchar *name, guint count);
void fixture_expect_no_violation (Fixture *self);
void fixture_act (Fixture *self, const gchar *action);
void fixture_set (Fixture *self, const gchar *name, const gchar *value);

/* Packets @first.. are frames @number.. without a hole in sequence; time goes on
 * by 20 ms each, and by more where a machine that is too slow made the sink
 * restart its timeline. */
void fixture_expect_run (
    Fixture *self, guint first, gint number, guint count, guint64 restarts);
/* ... five silence frames that go on in sequence. */
void fixture_expect_silence (Fixture *self, guint first);

/* A frame of 20 ms that says its number. */
GstBuffer *numbered_frame (gint number, GstClockTime pts);
/* Gives an appsrc @count numbered frames and EOS. */
void fill_source (GstElement *source, guint count);
/* A pipeline of an appsrc named "source" that was filled so, and the sink. */
GstElement *file_pipeline (Fixture *self, guint count, GstElement **sink);
void pipeline_free (GstElement *pipeline);
/* Waits for a message of one of @types; fails on any other error. */
GstMessage *wait_message (GstElement *pipeline, GstMessageType types);
void wait_eos (GstElement *pipeline);

guint64 sink_stat (GstElement *sink, const gchar *name);
