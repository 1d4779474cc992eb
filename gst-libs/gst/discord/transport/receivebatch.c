/* SPDX-License-Identifier: LGPL-2.1-or-later */

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "receivebatch.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* Two batches: with free ones always left, taking and returning a buffer is
 * an atomic operation; a pool that runs dry makes a system call of each. */
#define MIN_POOLED (2 * DISCORD_RECEIVE_BATCH)

typedef struct
{
  GstBuffer *buffer; /* NULL after it was taken */
  GstMapInfo map;
} Slot;

struct _DiscordReceiveBatch
{
  GstBufferPool *pool;
  guint n_empty; /* slots 0 to n_empty - 1 may have no buffer */
  Slot slots[DISCORD_RECEIVE_BATCH];
  DiscordDatagram datagrams[DISCORD_RECEIVE_BATCH];
  struct mmsghdr messages[DISCORD_RECEIVE_BATCH];
  struct iovec vectors[DISCORD_RECEIVE_BATCH];
  guint8 scratch[DISCORD_MAX_DATAGRAM];
};

static void
batch_free (gpointer data)
{
  DiscordReceiveBatch *self = data;
  guint i;

  for (i = 0; i < DISCORD_RECEIVE_BATCH; i++) {
    if (self->slots[i].buffer) {
      gst_buffer_unmap (self->slots[i].buffer, &self->slots[i].map);
      gst_buffer_unref (self->slots[i].buffer);
    }
  }
  gst_buffer_pool_set_active (self->pool, FALSE);
  gst_object_unref (self->pool);
  g_free (self);
}

static GPrivate thread_batch = G_PRIVATE_INIT (batch_free);

static GstBufferPool *
make_pool (void)
{
  g_autoptr (GstBufferPool) pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);

  gst_buffer_pool_config_set_params (
      config, NULL, DISCORD_MAX_DATAGRAM, MIN_POOLED, 0);
  /* Only memory can be missing, and then GLib ends the process as well. */
  if (!gst_buffer_pool_set_config (pool, config)
      || !gst_buffer_pool_set_active (pool, TRUE))
    g_error ("no memory for receive buffers");
  return g_steal_pointer (&pool);
}

DiscordReceiveBatch *
discord_receive_batch_get (void)
{
  DiscordReceiveBatch *self = g_private_get (&thread_batch);
  guint i;

  if (self)
    return self;
  self = g_new0 (DiscordReceiveBatch, 1);
  self->pool = make_pool ();
  self->n_empty = DISCORD_RECEIVE_BATCH;
  for (i = 0; i < DISCORD_RECEIVE_BATCH; i++) {
    self->vectors[i].iov_len = DISCORD_MAX_DATAGRAM;
    self->messages[i].msg_hdr.msg_iov = &self->vectors[i];
    self->messages[i].msg_hdr.msg_iovlen = 1;
  }
  g_private_set (&thread_batch, self);
  return self;
}

static gboolean
slot_fill (DiscordReceiveBatch *self, guint index)
{
  Slot *slot = &self->slots[index];
  g_autoptr (GstBuffer) buffer = NULL;

  if (slot->buffer)
    return TRUE;
  if (gst_buffer_pool_acquire_buffer (self->pool, &buffer, NULL) != GST_FLOW_OK)
    return FALSE;
  if (!gst_buffer_map (buffer, &slot->map, GST_MAP_READWRITE))
    return FALSE;
  slot->buffer = g_steal_pointer (&buffer);
  self->vectors[index].iov_base = slot->map.data;
  return TRUE;
}

gint
discord_receive_batch_receive (DiscordReceiveBatch *self, gint fd)
{
  gint n_received;
  gint i;

  while (self->n_empty > 0) {
    if (!slot_fill (self, self->n_empty - 1))
      return -ENOMEM;
    self->n_empty--;
  }
  do
    n_received = recvmmsg (
        fd, self->messages, DISCORD_RECEIVE_BATCH, MSG_DONTWAIT, NULL);
  while (n_received < 0 && errno == EINTR);
  if (n_received < 0)
    return errno == EAGAIN ? 0 : -errno;

  self->n_empty = n_received;
  for (i = 0; i < n_received; i++) {
    self->datagrams[i].data = self->slots[i].map.data;
    self->datagrams[i].length = self->messages[i].msg_len;
    self->datagrams[i].truncated =
        (self->messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
  }
  return n_received;
}

DiscordDatagram *
discord_receive_batch_get_datagram (DiscordReceiveBatch *self, guint index)
{
  return &self->datagrams[index];
}

GstBuffer *
discord_receive_batch_take (
    DiscordReceiveBatch *self, guint index, gsize length)
{
  Slot *slot = &self->slots[index];
  GstBuffer *buffer = g_steal_pointer (&slot->buffer);

  gst_buffer_unmap (buffer, &slot->map);
  gst_buffer_set_size (buffer, length);
  return buffer;
}

guint8 *
discord_receive_batch_get_scratch (DiscordReceiveBatch *self)
{
  return self->scratch;
}
