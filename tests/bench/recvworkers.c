/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recvworkers.h"

#include "ends.h"
#include "gst/discord/crypto/transportcipher.h"
#include "pipelines.h"
#include "sendworkers.h"

#include <stdlib.h>
#include <sys/socket.h>

#define SOCKET_BUFFER (4 * 1024 * 1024)
#define MAX_DATAGRAM 2048

/* A pipeline with a sink for each speaker */

typedef struct
{
  GstElement *pipeline;
  GstElement *udpsrc; /* borrowed; NULL: there is none */
  BenchUsage before;
  /* Guards the sinks. A leaf. */
  GMutex lock;
  GPtrArray *sinks; /* borrowed from the pipeline */
} Receiver;

static void
add_sink (Receiver *self, GstPad *pad)
{
  GstElement *sink = bench_sink_new (self->pipeline, pad);

  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->sinks, sink);
  g_mutex_unlock (&self->lock);
}

static char *
receiver_start (const char *argument, gpointer user_data)
{
  Receiver *self = user_data;
  gint port = 0;

  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  bench_pipeline_wait (self->pipeline);
  if (self->udpsrc != NULL)
    g_object_get (self->udpsrc, "port", &port, NULL);
  return g_strdup_printf ("%d", port);
}

static char *
receiver_count (const char *argument, gpointer user_data)
{
  Receiver *self = user_data;
  guint64 count = 0;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->sinks->len; i++)
    count += bench_sink_get_count (self->sinks->pdata[i]);
  g_mutex_unlock (&self->lock);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, count);
}

static char *
receiver_pads (const char *argument, gpointer user_data)
{
  Receiver *self = user_data;
  guint n;

  g_mutex_lock (&self->lock);
  n = self->sinks->len;
  g_mutex_unlock (&self->lock);
  return g_strdup_printf ("%u", n);
}

static char *
receiver_usage (const char *argument, gpointer user_data)
{
  Receiver *self = user_data;

  return bench_worker_format_usage (&self->before);
}

static void
receiver_init (Receiver *self)
{
  gst_init (NULL, NULL);
  bench_usage_read (&self->before);
  g_mutex_init (&self->lock);
  self->sinks = g_ptr_array_new ();
  self->pipeline = bench_pipeline_new ();
}

static void
receiver_run (Receiver *self)
{
  static const BenchCommand commands[] = {
    { "start", receiver_start },
    { "count", receiver_count },
    { "pads", receiver_pads },
    { "usage", receiver_usage },
    { NULL, NULL },
  };

  bench_peer_serve (commands, self);
  bench_pipeline_free (self->pipeline);
  g_ptr_array_unref (self->sinks);
  g_mutex_clear (&self->lock);
}

/* discordvoicesrc */

static void
on_audio_pad (GstElement *source, GstPad *pad, gpointer user_data)
{
  add_sink (user_data, pad);
}

int
bench_receive_ours_main (int argc, char **argv)
{
  Receiver self = { 0 };
  GstElement *source;

  if (argc != 3)
    bench_fail ("%s: URL LATENCY", argv[0]);
  receiver_init (&self);
  source = bench_discord_new ("discordvoicesrc", argv[1], BENCH_RECEIVER_TOKEN,
      BENCH_GUILD, BENCH_CHANNEL);
  g_object_set (source, "latency", atoi (argv[2]), NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (on_audio_pad), &self);
  gst_bin_add (GST_BIN (self.pipeline), source);
  receiver_run (&self);
  return 0;
}

/* Stock elements */

static GstCaps *
on_request_key (GstElement *srtpdec, guint ssrc, gpointer user_data)
{
  g_autoptr (GstBuffer) key =
      gst_buffer_new_memdup (bench_srtp_key, BENCH_SRTP_KEY_SIZE);

  return gst_caps_new_simple ("application/x-srtp", "srtp-key", GST_TYPE_BUFFER,
      key, "srtp-cipher", G_TYPE_STRING, "aes-256-gcm", "srtp-auth",
      G_TYPE_STRING, "null", "srtcp-cipher", G_TYPE_STRING, "aes-256-gcm",
      "srtcp-auth", G_TYPE_STRING, "null", NULL);
}

static void
on_rtp_pad (GstElement *rtpbin, GstPad *pad, gpointer user_data)
{
  Receiver *self = user_data;
  GstElement *depayloader;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;

  if (!GST_PAD_IS_SRC (pad) || !g_str_has_prefix (GST_PAD_NAME (pad), "recv_"))
    return;
  depayloader = bench_make ("rtpopusdepay");
  gst_bin_add (GST_BIN (self->pipeline), depayloader);
  src = gst_element_get_static_pad (depayloader, "src");
  sink = gst_element_get_static_pad (depayloader, "sink");
  add_sink (self, src);
  gst_element_sync_state_with_parent (depayloader);
  if (GST_PAD_LINK_FAILED (gst_pad_link (pad, sink)))
    bench_fail ("rtpbin's pad cannot be linked");
}

static GstElement *
make_udpsrc (void)
{
  GstElement *udpsrc = bench_make ("udpsrc");
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("application/x-srtp", "media",
      G_TYPE_STRING, "audio", "clock-rate", G_TYPE_INT, 48000, "encoding-name",
      G_TYPE_STRING, "OPUS", "payload", G_TYPE_INT, BENCH_SRTP_PAYLOAD_TYPE,
      NULL);

  g_object_set (udpsrc, "address", "127.0.0.1", "port", 0, "buffer-size",
      SOCKET_BUFFER, "caps", caps, NULL);
  return udpsrc;
}

int
bench_receive_stock_main (int argc, char **argv)
{
  Receiver self = { 0 };
  GstElement *srtp, *rtpbin;

  if (argc != 2)
    bench_fail ("%s: LATENCY", argv[0]);
  receiver_init (&self);
  self.udpsrc = make_udpsrc ();
  srtp = bench_make ("srtpdec");
  rtpbin = bench_make ("rtpbin");
  g_object_set (rtpbin, "latency", atoi (argv[1]), NULL);
  g_signal_connect (srtp, "request-key", G_CALLBACK (on_request_key), NULL);
  g_signal_connect (rtpbin, "pad-added", G_CALLBACK (on_rtp_pad), &self);
  gst_bin_add_many (GST_BIN (self.pipeline), self.udpsrc, srtp, rtpbin, NULL);
  if (!gst_element_link_pads (self.udpsrc, "src", srtp, "rtp_sink")
      || !gst_element_link_pads (srtp, "rtp_src", rtpbin, "recv_rtp_sink_0"))
    bench_fail ("the stock pipeline cannot be linked");
  receiver_run (&self);
  return 0;
}

/* The bare loop */

typedef struct
{
  int fd;
  guint16 port;
  TransportCipher *cipher;
  guint64 count; /* atomic */
  BenchUsage before;
} Bare;

static gpointer
bare_run (gpointer user_data)
{
  Bare *self = user_data;

  for (;;) {
    guint8 packet[MAX_DATAGRAM];
    TransportPlain plain;
    ssize_t size = recv (self->fd, packet, sizeof packet, 0);

    if (size < 0)
      continue;
    if (transport_cipher_unprotect (
            self->cipher, TRANSPORT_PACKET_RTP, packet, (size_t) size, &plain)
        != TRANSPORT_OK)
      bench_fail ("the bare loop cannot decrypt");
    __atomic_fetch_add (&self->count, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

static char *
bare_start (const char *argument, gpointer user_data)
{
  Bare *self = user_data;

  g_thread_unref (g_thread_new ("bare", bare_run, self));
  return g_strdup_printf ("%u", self->port);
}

static char *
bare_count (const char *argument, gpointer user_data)
{
  Bare *self = user_data;

  return g_strdup_printf (
      "%" G_GUINT64_FORMAT, __atomic_load_n (&self->count, __ATOMIC_RELAXED));
}

static char *
bare_usage (const char *argument, gpointer user_data)
{
  Bare *self = user_data;

  return bench_worker_format_usage (&self->before);
}

int
bench_receive_bare_main (int argc, char **argv)
{
  static const BenchCommand commands[] = {
    { "start", bare_start },
    { "count", bare_count },
    { "usage", bare_usage },
    { NULL, NULL },
  };
  Bare self = { 0 };

  bench_usage_read (&self.before);
  self.fd = bench_udp_open (&self.port);
  self.cipher = transport_cipher_new (
      TRANSPORT_MODE_AES256_GCM, bench_transport_key, TRANSPORT_FIRST_NONCE);
  if (self.cipher == NULL)
    bench_fail ("no cipher");
  bench_peer_serve (commands, &self);
  /* The thread ends with the process. */
  _Exit (0);
}
