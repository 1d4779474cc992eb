/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ends.h"

#include "arrivals.h"
#include "common.h"
#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_BUFFER (4 * 1024 * 1024)
#define MAX_DATAGRAM 2048
#define AWAIT_MS 60000

/* What both have in common */

static char *
answer_count (BenchArrivals *arrivals)
{
  return g_strdup_printf (
      "%" G_GUINT64_FORMAT, bench_arrivals_get_count (arrivals));
}

static char *
answer_record (BenchArrivals *arrivals)
{
  bench_arrivals_record (arrivals);
  return g_strdup ("ok");
}

static char *
answer_arrivals (BenchArrivals *arrivals, const char *stream)
{
  return bench_arrivals_dup_text (
      arrivals, (guint32) g_ascii_strtoull (stream, NULL, 10));
}

/* The stand-in */

typedef struct
{
  Loopback *loopback;
  BenchArrivals *arrivals;
} Standin;

static void
on_packet (
    guint64 user_id, const guint8 *packet, gsize length, gpointer user_data)
{
  bench_arrivals_add (user_data, packet, length);
}

static char *
standin_url (const char *argument, gpointer user_data)
{
  Standin *self = user_data;

  return loopback_dup_gateway_url (self->loopback);
}

static char *
standin_count (const char *argument, gpointer user_data)
{
  Standin *self = user_data;

  return answer_count (self->arrivals);
}

static char *
standin_record (const char *argument, gpointer user_data)
{
  Standin *self = user_data;

  return answer_record (self->arrivals);
}

static char *
standin_arrivals (const char *argument, gpointer user_data)
{
  Standin *self = user_data;

  return answer_arrivals (self->arrivals, argument);
}

static char *
standin_event (const char *argument, gpointer user_data)
{
  Standin *self = user_data;
  g_auto (GStrv) words = g_strsplit (argument, " ", 2);
  guint64 user = words[1] != NULL ? loopback_user_for_token (words[1]) : 0;

  return g_strdup_printf (
      "%" G_GUINT64_FORMAT, loopback_count (self->loopback, words[0], user));
}

static char *
standin_rtcp (const char *argument, gpointer user_data)
{
  Standin *self = user_data;
  LoopbackMedia media;

  loopback_get_media (
      self->loopback, loopback_user_for_token (argument), &media);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, media.rtcp_in);
}

static char *
standin_await (const char *argument, gpointer user_data)
{
  Standin *self = user_data;
  g_auto (GStrv) words = g_strsplit (argument, " ", 2);
  guint64 user = words[1] != NULL ? loopback_user_for_token (words[1]) : 0;

  if (!loopback_wait (self->loopback, words[0], user, 1, AWAIT_MS))
    bench_fail ("stand-in: no %s", argument);
  return g_strdup ("ok");
}

static char *
standin_media (const char *argument, gpointer user_data)
{
  static const struct
  {
    const char *name;
    gsize offset;
  } fields[] = {
    { "frames_in_repaired", offsetof (LoopbackMedia, frames_in_repaired) },
    { "frames_in_lost", offsetof (LoopbackMedia, frames_in_lost) },
    { "frames_out_repaired", offsetof (LoopbackMedia, frames_out_repaired) },
    { "frames_out_lost", offsetof (LoopbackMedia, frames_out_lost) },
  };
  Standin *self = user_data;
  g_auto (GStrv) words = g_strsplit (argument, " ", 2);
  LoopbackMedia media;

  loopback_get_media (
      self->loopback, loopback_user_for_token (words[0]), &media);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    if (g_strcmp0 (words[1], fields[i].name) == 0)
      return g_strdup_printf ("%" G_GUINT64_FORMAT,
          G_STRUCT_MEMBER (guint64, &media, fields[i].offset));
  }
  bench_fail ("stand-in: nothing is called %s", argument);
}

static char *
standin_violations (const char *argument, gpointer user_data)
{
  Standin *self = user_data;
  g_auto (GStrv) violations = loopback_dup_violations (self->loopback);
  g_autofree char *text = g_strjoinv ("; ", violations);

  return g_strdup_printf ("%u %s", g_strv_length (violations), text);
}

static void
apply_setting (Loopback *loopback, char *argument)
{
  g_autoptr (GError) error = NULL;
  char *value = strchr (argument, '=');

  if (value != NULL)
    *value++ = '\0';
  if (!loopback_set (loopback, argument, value, &error))
    bench_fail ("stand-in: %s", error->message);
}

int
bench_standin_main (int argc, char **argv)
{
  static const BenchCommand commands[] = {
    { "url", standin_url },
    { "count", standin_count },
    { "record", standin_record },
    { "arrivals", standin_arrivals },
    { "event", standin_event },
    { "rtcp", standin_rtcp },
    { "await", standin_await },
    { "media", standin_media },
    { "violations", standin_violations },
    { NULL, NULL },
  };
  Standin self = { loopback_new (), bench_arrivals_new () };
  g_autoptr (GError) error = NULL;

  for (int i = 1; i < argc; i++)
    apply_setting (self.loopback, argv[i]);
  loopback_set_tap (self.loopback, on_packet, self.arrivals);
  if (!loopback_start (self.loopback, &error))
    bench_fail ("stand-in: %s", error->message);
  bench_peer_serve (commands, &self);
  loopback_free (self.loopback);
  bench_arrivals_free (self.arrivals);
  return 0;
}

void
bench_check_violations (BenchPeer *standin)
{
  g_autofree char *answer = bench_peer_ask (standin, "violations");

  if (!g_str_has_prefix (answer, "0 "))
    bench_fail ("the stand-in objects: %s", answer);
}

/* The UDP end */

typedef struct
{
  int fd;
  guint16 port;
  gint relay_port; /* atomic; 0: swallow */
  BenchArrivals *arrivals;
} UdpEnd;

int
bench_udp_open (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int size = SOCKET_BUFFER;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0
      || getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    bench_fail ("no UDP socket");
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  *port = ntohs (address.sin_port);
  return fd;
}

static gpointer
udp_run (gpointer user_data)
{
  UdpEnd *self = user_data;
  guint8 data[MAX_DATAGRAM];

  for (;;) {
    struct sockaddr_in to = { .sin_family = AF_INET };
    ssize_t size = recv (self->fd, data, sizeof data, 0);
    gint port = g_atomic_int_get (&self->relay_port);

    if (size < 0)
      continue;
    bench_arrivals_add (self->arrivals, data, (gsize) size);
    if (port == 0)
      continue;
    to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
    to.sin_port = htons ((guint16) port);
    if (sendto (
            self->fd, data, (gsize) size, 0, (struct sockaddr *) &to, sizeof to)
        != size)
      bench_fail ("the relay cannot send");
  }
  return NULL;
}

static char *
udp_port (const char *argument, gpointer user_data)
{
  UdpEnd *self = user_data;

  return g_strdup_printf ("%u", self->port);
}

static char *
udp_count (const char *argument, gpointer user_data)
{
  UdpEnd *self = user_data;

  return answer_count (self->arrivals);
}

static char *
udp_record (const char *argument, gpointer user_data)
{
  UdpEnd *self = user_data;

  return answer_record (self->arrivals);
}

static char *
udp_arrivals (const char *argument, gpointer user_data)
{
  UdpEnd *self = user_data;

  return answer_arrivals (self->arrivals, argument);
}

static char *
udp_relay (const char *argument, gpointer user_data)
{
  UdpEnd *self = user_data;

  g_atomic_int_set (
      &self->relay_port, (gint) g_ascii_strtoull (argument, NULL, 10));
  return g_strdup ("ok");
}

int
bench_udp_main (int argc, char **argv)
{
  static const BenchCommand commands[] = {
    { "port", udp_port },
    { "count", udp_count },
    { "record", udp_record },
    { "arrivals", udp_arrivals },
    { "relay", udp_relay },
    { NULL, NULL },
  };
  UdpEnd self = { .arrivals = bench_arrivals_new () };

  self.fd = bench_udp_open (&self.port);
  g_thread_unref (g_thread_new ("udp", udp_run, &self));
  bench_peer_serve (commands, &self);
  /* The thread ends with the process. */
  _exit (0);
}
