/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "streamqueue.h"

/* Nobody waits for an answer this long, and nothing lost comes back later. */
#define MAX_SENT 64

typedef struct
{
  DiscordStreamRequest request;
  gchar *region; /* what request.region points to */
  gint64 sent_at;
} Item;

struct _DiscordStreamQueue
{
  GQueue waiting; /* Item */
  GQueue sent; /* Item, the oldest first, at most MAX_SENT */
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->region);
  g_free (item);
}

static Item *
item_new (const DiscordStreamRequest *request)
{
  Item *item = g_new0 (Item, 1);

  item->request = *request;
  item->region = g_strdup (request->region);
  item->request.region = item->region;
  return item;
}

DiscordStreamQueue *
discord_stream_queue_new (void)
{
  return g_new0 (DiscordStreamQueue, 1);
}

void
discord_stream_queue_free (DiscordStreamQueue *self)
{
  discord_stream_queue_clear (self);
  g_free (self);
}

void
discord_stream_queue_clear (DiscordStreamQueue *self)
{
  g_queue_clear_full (&self->waiting, item_free);
  g_queue_clear_full (&self->sent, item_free);
}

/* Whether @newer makes @older pointless. */
static gboolean
supersedes (
    const DiscordStreamRequest *newer, const DiscordStreamRequest *older)
{
  return gst_discord_stream_key_equal (&newer->key, &older->key)
      && (newer->op == older->op || newer->op == DISCORD_MAIN_OP_DELETE_STREAM);
}

static void
drop_superseded (GQueue *queue, const DiscordStreamRequest *request)
{
  GList *next;

  for (GList *link = queue->head; link != NULL; link = next) {
    Item *item = link->data;

    next = link->next;
    if (!supersedes (request, &item->request))
      continue;
    g_queue_delete_link (queue, link);
    item_free (item);
  }
}

static void
push_item (DiscordStreamQueue *self, Item *item)
{
  drop_superseded (&self->waiting, &item->request);
  g_queue_push_tail (&self->waiting, item);
}

void
discord_stream_queue_push (
    DiscordStreamQueue *self, const DiscordStreamRequest *request)
{
  push_item (self, item_new (request));
}

gboolean
discord_stream_queue_is_empty (DiscordStreamQueue *self)
{
  return g_queue_is_empty (&self->waiting);
}

const DiscordStreamRequest *
discord_stream_queue_pop (DiscordStreamQueue *self, gint64 now)
{
  Item *item = g_queue_pop_head (&self->waiting);

  if (item == NULL)
    return NULL;
  item->sent_at = now;
  drop_superseded (&self->sent, &item->request);
  g_queue_push_tail (&self->sent, item);
  if (g_queue_get_length (&self->sent) > MAX_SENT)
    item_free (g_queue_pop_head (&self->sent));
  return &item->request;
}

void
discord_stream_queue_answered (
    DiscordStreamQueue *self, DiscordMainOp op, const GstDiscordStreamKey *key)
{
  const DiscordStreamRequest answered = { .op = op, .key = *key };

  drop_superseded (&self->sent, &answered);
}

void
discord_stream_queue_repeat (DiscordStreamQueue *self, gint64 since)
{
  GQueue sent = self->sent;
  GQueue waiting = self->waiting;
  Item *item;

  g_queue_init (&self->sent);
  g_queue_init (&self->waiting);
  while ((item = g_queue_pop_head (&sent)) != NULL) {
    if (item->sent_at >= since)
      push_item (self, item);
    else
      item_free (item);
  }
  while ((item = g_queue_pop_head (&waiting)) != NULL)
    push_item (self, item);
}
