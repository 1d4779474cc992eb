/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The UDP socket of a voice server: batches, discovery and ping. */
#include "rtpcheck.h"
#include "voiceserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define MAX_DATAGRAM 2048
/* Wakeups may not starve the websockets. */
#define MAX_BATCHES 8
#define SOCKET_BUFFER (4 * 1024 * 1024)

#define DISCOVERY_SIZE 74
#define DISCOVERY_REQUEST 1
#define DISCOVERY_RESPONSE 2
#define PING_REQUEST 0x1337CAFEu

typedef struct
{
  struct mmsghdr headers[BATCH];
  struct iovec vectors[BATCH];
  struct sockaddr_in addresses[BATCH];
  guint8 data[BATCH][MAX_DATAGRAM];
} Batch;

struct _LbUdp
{
  LbVoiceServer *server;
  int fd;
  int stranger_fd;
  guint port;
  GSource *source;
  LbImpair *to_server;
  LbImpair *to_client;
  Batch in;
  Batch out;
  guint n_out;
  gboolean reading; /* a flush follows */
};

static void
prepare (Batch *batch)
{
  for (guint i = 0; i < BATCH; i++) {
    batch->vectors[i].iov_base = batch->data[i];
    batch->vectors[i].iov_len = MAX_DATAGRAM;
    batch->headers[i].msg_hdr.msg_iov = &batch->vectors[i];
    batch->headers[i].msg_hdr.msg_iovlen = 1;
    batch->headers[i].msg_hdr.msg_name = &batch->addresses[i];
    batch->headers[i].msg_hdr.msg_namelen = sizeof batch->addresses[i];
  }
}

/* A full socket buffer is loss, as on any network. */
static void
flush (LbUdp *self)
{
  guint sent = 0;

  while (sent < self->n_out) {
    int n = sendmmsg (
        self->fd, self->out.headers + sent, self->n_out - sent, MSG_DONTWAIT);

    if (n <= 0 && errno == EINTR)
      continue;
    /* The error is that of the first one: a port nobody has, for instance. */
    sent += n > 0 ? (guint) n : 1;
  }
  self->n_out = 0;
}

static void
send_now (
    LbUdp *self, const struct sockaddr_in *to, const guint8 *data, gsize length)
{
  guint i = self->n_out;

  if (length > MAX_DATAGRAM)
    return;
  self->out.addresses[i] = *to;
  self->out.vectors[i].iov_len = length;
  memcpy (self->out.data[i], data, length);
  self->n_out++;
  if (self->n_out == BATCH || !self->reading)
    flush (self);
}

static LbVoiceSession *
find_session (LbUdp *self, const struct sockaddr_in *address)
{
  guint64 key = lb_address_key (address);

  return g_hash_table_lookup (self->server->addresses, &key);
}

static void
deliver_to_client (const LbParcel *parcel, gpointer owner)
{
  LbUdp *self = owner;
  LbVoiceSession *session = find_session (self, &parcel->address);

  send_now (self, &parcel->address, parcel->data, parcel->length);
  if (parcel->mark.ssrc != 0 && !parcel->damaged && session != NULL)
    lb_video_delivered (session, &parcel->mark);
}

static void
count_lost (const LbParcel *parcel, gpointer owner)
{
  LbUdp *self = owner;
  LbVoiceSession *session = find_session (self, &parcel->address);

  lb_report_media (self->server->core->report,
      session != NULL ? session->user_id : 0, LB_MEDIA_LOST, 0);
}

static gboolean
is_zero (const guint8 *data, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    if (data[i] != 0)
      return FALSE;
  }
  return TRUE;
}

static void
answer_discovery (LbUdp *self, const LbParcel *parcel)
{
  LbCore *core = self->server->core;
  guint8 answer[DISCOVERY_SIZE] = { 0 };
  LbVoiceSession *session = g_hash_table_lookup (self->server->sessions,
      GUINT_TO_POINTER (lb_read_u32 (parcel->data + 4)));

  if (session == NULL || session->built_in) {
    lb_report_violation (core->report, "discovery-ssrc", 0, NULL);
    return;
  }
  if (!is_zero (parcel->data + 8, DISCOVERY_SIZE - 8))
    lb_report_violation (
        core->report, "discovery-not-empty", session->user_id, NULL);
  lb_report_event (core->report, "discovery", session->user_id, NULL);
  if (core->settings->silent_discovery || session->media.frozen)
    return;
  lb_write_u16 (answer, DISCOVERY_RESPONSE);
  lb_write_u16 (answer + 2, DISCOVERY_SIZE - 4);
  memcpy (answer + 4, parcel->data + 4, 4);
  inet_ntop (AF_INET, &parcel->address.sin_addr, (char *) answer + 8, 64);
  memcpy (answer + 72, &parcel->address.sin_port, 2);
  lb_udp_send (self, &parcel->address, answer, sizeof answer);
}

static void
answer_ping (LbUdp *self, const LbParcel *parcel)
{
  static const guint8 response[4] = { 0x13, 0x37, 0xf0, 0x0d };
  LbVoiceSession *session = find_session (self, &parcel->address);
  guint8 answer[8];

  lb_report_event (self->server->core->report, "ping",
      session != NULL ? session->user_id : 0, NULL);
  if (session != NULL && session->media.frozen)
    return;
  memcpy (answer, response, 4);
  memcpy (answer + 4, parcel->data + 4, 4);
  lb_udp_send (self, &parcel->address, answer, sizeof answer);
}

/* Media-transport 1.3, seen from the server. */
static void
deliver_to_server (const LbParcel *parcel, gpointer owner)
{
  LbUdp *self = owner;
  const guint8 *data = parcel->data;
  gsize length = parcel->length;

  if (parcel->ssrc != 0) {
    lb_media_forward (self->server, parcel->ssrc, data, length);
    return;
  }
  if (length == 8 && lb_read_u32 (data) == PING_REQUEST) {
    answer_ping (self, parcel);
    return;
  }
  if (length == DISCOVERY_SIZE && lb_read_u32 (data) == 0x00010046) {
    answer_discovery (self, parcel);
    return;
  }
  /* Counters and fixed bytes that other clients keep NATs open with. */
  if (length <= 9) {
    lb_report_event (self->server->core->report, "keepalive", 0, NULL);
    return;
  }
  lb_report_violation (self->server->core->report, "unknown-datagram", 0,
      "%" G_GSIZE_FORMAT " bytes", length);
}

static void
receive (LbUdp *self, const struct sockaddr_in *from, const guint8 *data,
    gsize length)
{
  LbParcel parcel = { .address = *from, .data = data, .length = length };

  if (length >= 12 && data[0] >> 6 == 2)
    lb_media_receive (self->server, from, data, length);
  else
    lb_impair_pass (self->to_server, &parcel);
}

static gboolean
on_readable (gint fd, GIOCondition condition, gpointer user_data)
{
  LbUdp *self = user_data;

  self->reading = TRUE;
  for (guint round = 0; round < MAX_BATCHES; round++) {
    int n = recvmmsg (fd, self->in.headers, BATCH, MSG_DONTWAIT, NULL);

    for (int i = 0; i < n; i++) {
      struct msghdr *header = &self->in.headers[i].msg_hdr;

      if (!(header->msg_flags & MSG_TRUNC))
        receive (self, &self->in.addresses[i], self->in.data[i],
            self->in.headers[i].msg_len);
      header->msg_namelen = sizeof self->in.addresses[i];
    }
    if (n < BATCH)
      break;
  }
  self->reading = FALSE;
  flush (self);
  return G_SOURCE_CONTINUE;
}

static int
open_socket (guint *port, GError **error)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int size = SOCKET_BUFFER;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0
      || getsockname (fd, (struct sockaddr *) &address, &length) < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
        "UDP socket: %s", g_strerror (errno));
    if (fd >= 0)
      close (fd);
    return -1;
  }
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  *port = ntohs (address.sin_port);
  return fd;
}

LbUdp *
lb_udp_new (LbVoiceServer *server, GError **error)
{
  static const LbImpairCallbacks to_server = { deliver_to_server, count_lost };
  static const LbImpairCallbacks to_client = { deliver_to_client, count_lost };
  LbSettings *settings = server->core->settings;
  LbUdp *self;
  guint port, stranger_port;
  int fd = open_socket (&port, error);
  int stranger_fd = fd >= 0 ? open_socket (&stranger_port, error) : -1;

  if (stranger_fd < 0) {
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  self = g_new0 (LbUdp, 1);
  self->server = server;
  self->fd = fd;
  self->stranger_fd = stranger_fd;
  self->port = port;
  prepare (&self->in);
  prepare (&self->out);
  self->to_server =
      lb_impair_new (server->core, &settings->to_server, &to_server, self);
  self->to_client =
      lb_impair_new (server->core, &settings->to_client, &to_client, self);
  self->source = g_unix_fd_source_new (fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->source, server->core->context);
  return self;
}

void
lb_udp_free (LbUdp *self)
{
  lb_source_clear (&self->source);
  lb_impair_free (self->to_server);
  lb_impair_free (self->to_client);
  close (self->fd);
  close (self->stranger_fd);
  g_free (self);
}

guint
lb_udp_get_port (LbUdp *self)
{
  return self->port;
}

void
lb_udp_send (
    LbUdp *self, const struct sockaddr_in *to, const guint8 *data, gsize length)
{
  LbParcel parcel = { .address = *to, .data = data, .length = length };

  lb_impair_pass (self->to_client, &parcel);
}

void
lb_udp_send_video (LbUdp *self, const struct sockaddr_in *to,
    const LbVideoMark *mark, const guint8 *data, gsize length)
{
  LbParcel parcel = { .address = *to, .data = data, .length = length };

  if (mark != NULL)
    parcel.mark = *mark;
  lb_impair_pass (self->to_client, &parcel);
}

void
lb_udp_send_as_stranger (
    LbUdp *self, const struct sockaddr_in *to, const guint8 *data, gsize length)
{
  sendto (self->stranger_fd, data, length, MSG_DONTWAIT,
      (const struct sockaddr *) to, sizeof *to);
}

void
lb_udp_arrived (LbUdp *self, const struct sockaddr_in *from, guint32 ssrc,
    const guint8 *packet, gsize length)
{
  LbParcel parcel = {
    .address = *from, .ssrc = ssrc, .data = packet, .length = length
  };

  lb_impair_pass (self->to_server, &parcel);
}
