/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sendworkers.h"

#include "gst/discord/crypto/transportcipher.h"
#include "gst/discord/transport/rtpheader.h"
#include "pipelines.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Below the 110 messages a minute that one gateway session is held to. */
#define GUILDS_PER_TOKEN 50

#define RTP_HEADER_SIZE 12
#define EXTENSION_PREAMBLE 4
#define FRAME_OFFSET                                                           \
  (RTP_HEADER_SIZE + EXTENSION_PREAMBLE + RTP_AUDIO_EXTENSION_SIZE)
#define PACKET_SIZE (FRAME_OFFSET + BENCH_FRAME_SIZE)
#define FRAME_SAMPLES 960

const guint8 bench_srtp_key[BENCH_SRTP_KEY_SIZE] = "bench: 32 bytes of key and "
                                                   "12 of salt......";
const guint8 bench_transport_key[32] = "bench: a key as of op 4 .......";

/* A process of pipelines */

typedef struct
{
  GPtrArray *pipelines; /* GstElement, owned */
  BenchUsage before;
} Pipelines;

static char *
pipelines_start (const char *argument, gpointer user_data)
{
  Pipelines *self = user_data;

  for (guint i = 0; i < self->pipelines->len; i++)
    gst_element_set_state (self->pipelines->pdata[i], GST_STATE_PLAYING);
  for (guint i = 0; i < self->pipelines->len; i++)
    bench_pipeline_wait (self->pipelines->pdata[i]);
  return g_strdup ("ok");
}

static char *
pipelines_usage (const char *argument, gpointer user_data)
{
  Pipelines *self = user_data;

  return bench_worker_format_usage (&self->before);
}

static int
pipelines_run (
    guint n, GstElement *(*build) (char **argv, guint i), char **argv)
{
  static const BenchCommand commands[] = {
    { "start", pipelines_start },
    { "usage", pipelines_usage },
    { NULL, NULL },
  };
  Pipelines self = {
    g_ptr_array_new_with_free_func ((GDestroyNotify) bench_pipeline_free), { 0 }
  };

  gst_init (NULL, NULL);
  bench_usage_read (&self.before);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self.pipelines, build (argv, i));
  bench_peer_serve (commands, &self);
  g_ptr_array_unref (self.pipelines);
  return 0;
}

static GstElement *
build_ours (char **argv, guint i)
{
  GstElement *pipeline = bench_pipeline_new ();
  GstElement *source = bench_opus_source_new (i, 0);
  gboolean guilds = g_str_equal (argv[3], "guilds");
  GstElement *sink = guilds
      ? bench_discord_new ("discordvoicesink", argv[1], i / GUILDS_PER_TOKEN,
          BENCH_GUILD + i, BENCH_CHANNEL + i)
      : bench_discord_new (
          "discordvoicesink", argv[1], i, BENCH_GUILD, BENCH_CHANNEL);

  if (!guilds)
    g_object_set (sink, "self-deaf", TRUE, NULL);
  gst_bin_add_many (GST_BIN (pipeline), source, sink, NULL);
  if (!gst_element_link (source, sink))
    bench_fail ("discordvoicesink takes no Opus");
  return pipeline;
}

int
bench_send_ours_main (int argc, char **argv)
{
  if (argc != 4)
    bench_fail ("%s: URL COUNT guilds|speakers", argv[0]);
  return pipelines_run ((guint) atoi (argv[2]), build_ours, argv);
}

static GstElement *
build_stock (char **argv, guint i)
{
  GstElement *pipeline = bench_pipeline_new ();
  GstElement *source = bench_opus_source_new (i, 0);
  GstElement *payloader = bench_make ("rtpopuspay");
  GstElement *srtp = bench_make ("srtpenc");
  GstElement *sink = bench_make ("udpsink");
  g_autoptr (GstBuffer) key =
      gst_buffer_new_memdup (bench_srtp_key, BENCH_SRTP_KEY_SIZE);

  g_object_set (payloader, "pt", BENCH_SRTP_PAYLOAD_TYPE, NULL);
  gst_util_set_object_arg (G_OBJECT (srtp), "rtp-cipher", "aes-256-gcm");
  gst_util_set_object_arg (G_OBJECT (srtp), "rtp-auth", "null");
  gst_util_set_object_arg (G_OBJECT (srtp), "rtcp-cipher", "aes-256-gcm");
  gst_util_set_object_arg (G_OBJECT (srtp), "rtcp-auth", "null");
  g_object_set (srtp, "key", key, NULL);
  g_object_set (sink, "host", "127.0.0.1", "port", atoi (argv[1]), NULL);
  gst_bin_add_many (GST_BIN (pipeline), source, payloader, srtp, sink, NULL);
  if (!gst_element_link (source, payloader)
      || !gst_element_link_pads (payloader, "src", srtp, "rtp_sink_0")
      || !gst_element_link_pads (srtp, "rtp_src_0", sink, "sink"))
    bench_fail ("the stock pipeline cannot be linked");
  return pipeline;
}

int
bench_send_stock_main (int argc, char **argv)
{
  if (argc != 3)
    bench_fail ("%s: PORT COUNT", argv[0]);
  return pipelines_run ((guint) atoi (argv[2]), build_stock, argv);
}

/* The bare loop */

typedef struct
{
  int fd;
  TransportCipher *cipher;
  guint16 seqnum;
  guint32 timestamp;
  guint64 index;
} BareStream;

typedef struct
{
  guint n;
  gboolean spread;
  BareStream *streams;
  BenchUsage before;
} Bare;

static void
write_packet (guint8 packet[PACKET_SIZE], BareStream *stream, guint i)
{
  guint16 seqnum = GUINT16_TO_BE (stream->seqnum);
  guint32 timestamp = GUINT32_TO_BE (stream->timestamp);
  guint32 ssrc = GUINT32_TO_BE (i + 1);
  static const guint8 preamble[EXTENSION_PREAMBLE] = { 0xbe, 0xde, 0, 4 };

  packet[0] = 0x90;
  packet[1] = BENCH_SRTP_PAYLOAD_TYPE;
  memcpy (packet + 2, &seqnum, 2);
  memcpy (packet + 4, &timestamp, 4);
  memcpy (packet + 8, &ssrc, 4);
  memcpy (packet + RTP_HEADER_SIZE, preamble, sizeof preamble);
  rtp_audio_extension_write (packet + RTP_HEADER_SIZE + EXTENSION_PREAMBLE,
      RTP_SPEAKING_VOICE, 0, rtp_abs_send_time (g_get_real_time () * 1000));
  bench_frame_write (packet + FRAME_OFFSET, i, stream->index);
  stream->seqnum++;
  stream->timestamp += FRAME_SAMPLES;
  stream->index++;
}

static void
bare_send (Bare *self, guint i)
{
  guint8 packet[PACKET_SIZE + TRANSPORT_OVERHEAD];
  BareStream *stream = &self->streams[i];
  size_t length;

  write_packet (packet, stream, i);
  if (transport_cipher_protect (stream->cipher, TRANSPORT_PACKET_RTP, packet,
          PACKET_SIZE, sizeof packet, &length)
          != TRANSPORT_OK
      || send (stream->fd, packet, length, 0) != (ssize_t) length)
    bench_fail ("the bare loop cannot send");
}

static gpointer
bare_run (gpointer user_data)
{
  Bare *self = user_data;
  gint64 due = bench_now ();
  gint64 step = self->spread ? BENCH_FRAME_NS / self->n : BENCH_FRAME_NS;

  for (guint i = 0;; i = (i + 1) % self->n) {
    if (i == 0 || self->spread)
      bench_sleep_until (due += step);
    bare_send (self, i);
  }
  return NULL;
}

static int
connect_to (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  address.sin_port = htons (port);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    bench_fail ("no connected UDP socket");
  return fd;
}

static char *
bare_start (const char *argument, gpointer user_data)
{
  g_thread_unref (g_thread_new ("bare", bare_run, user_data));
  return g_strdup ("ok");
}

static char *
bare_usage (const char *argument, gpointer user_data)
{
  Bare *self = user_data;

  return bench_worker_format_usage (&self->before);
}

int
bench_send_bare_main (int argc, char **argv)
{
  static const BenchCommand commands[] = {
    { "start", bare_start },
    { "usage", bare_usage },
    { NULL, NULL },
  };
  Bare self = { 0 };

  if (argc != 4)
    bench_fail ("%s: PORT COUNT tick|spread", argv[0]);
  self.n = (guint) atoi (argv[2]);
  self.spread = g_str_equal (argv[3], "spread");
  bench_usage_read (&self.before);
  self.streams = g_new0 (BareStream, self.n);
  for (guint i = 0; i < self.n; i++) {
    self.streams[i].fd = connect_to ((guint16) atoi (argv[1]));
    self.streams[i].cipher = transport_cipher_new (
        TRANSPORT_MODE_AES256_GCM, bench_transport_key, TRANSPORT_FIRST_NONCE);
    if (self.streams[i].cipher == NULL)
      bench_fail ("no cipher");
  }
  bench_peer_serve (commands, &self);
  /* The thread ends with the process. */
  _Exit (0);
}
