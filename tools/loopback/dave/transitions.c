/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transitions.h"

typedef struct
{
  LbTransitions *owner;
  guint16 id;
  guint version;
  GHashTable *recipients;
  GHashTable *waiting; /* recipients that are not ready */
  gboolean due; /* waits no more */
  GSource *timer;
} Transition;

struct _LbTransitions
{
  LbCore *core;
  LbExecute execute;
  gpointer user_data;
  GQueue pending; /* Transition */
  GHashTable *issued; /* ids that ever were */
  guint16 last_id;
};

LbTransitions *
lb_transitions_new (LbCore *core, LbExecute execute, gpointer user_data)
{
  LbTransitions *self = g_new0 (LbTransitions, 1);

  self->core = core;
  self->execute = execute;
  self->user_data = user_data;
  self->issued = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->pending);
  return self;
}

static void
transition_free (Transition *transition)
{
  lb_source_clear (&transition->timer);
  g_hash_table_unref (transition->recipients);
  g_hash_table_unref (transition->waiting);
  g_free (transition);
}

void
lb_transitions_clear (LbTransitions *self)
{
  g_queue_clear_full (&self->pending, (GDestroyNotify) transition_free);
}

void
lb_transitions_free (LbTransitions *self)
{
  lb_transitions_clear (self);
  g_hash_table_unref (self->issued);
  g_free (self);
}

guint16
lb_transitions_next_id (LbTransitions *self)
{
  if (++self->last_id == 0)
    self->last_id = 1;
  g_hash_table_add (self->issued, GUINT_TO_POINTER (self->last_id));
  return self->last_id;
}

/* A later one that is ready first waits: clients switch in this order. */
static void
execute_due (LbTransitions *self)
{
  Transition *head;

  while ((head = g_queue_peek_head (&self->pending)) != NULL
      && (head->due || g_hash_table_size (head->waiting) == 0)) {
    g_queue_pop_head (&self->pending);
    self->execute (self->user_data, head->id, head->version, head->recipients);
    transition_free (head);
  }
}

static gboolean
on_timeout (gpointer user_data)
{
  Transition *transition = user_data;
  LbTransitions *self = transition->owner;

  lb_source_clear (&transition->timer);
  lb_report_event (
      self->core->report, "dave-transition-timeout", 0, "%u", transition->id);
  transition->due = TRUE;
  execute_due (self);
  return G_SOURCE_REMOVE;
}

void
lb_transitions_begin (
    LbTransitions *self, guint16 id, guint version, const GArray *ssrcs)
{
  Transition *transition = g_new0 (Transition, 1);

  transition->owner = self;
  transition->id = id;
  transition->version = version;
  transition->recipients = g_hash_table_new (NULL, NULL);
  transition->waiting = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < ssrcs->len; i++) {
    gpointer ssrc = GUINT_TO_POINTER (g_array_index (ssrcs, guint32, i));

    g_hash_table_add (transition->recipients, ssrc);
    g_hash_table_add (transition->waiting, ssrc);
  }
  transition->timer = lb_core_timeout (self->core,
      (guint) self->core->settings->dave_transition_timeout, on_timeout,
      transition);
  g_queue_push_tail (&self->pending, transition);
}

gboolean
lb_transitions_ready (LbTransitions *self, guint16 id, guint32 ssrc)
{
  for (GList *link = self->pending.head; link != NULL; link = link->next) {
    Transition *transition = link->data;

    if (transition->id == id)
      g_hash_table_remove (transition->waiting, GUINT_TO_POINTER (ssrc));
  }
  execute_due (self);
  return g_hash_table_contains (self->issued, GUINT_TO_POINTER (id));
}

void
lb_transitions_forget (LbTransitions *self, guint32 ssrc)
{
  for (GList *link = self->pending.head; link != NULL; link = link->next) {
    Transition *transition = link->data;

    g_hash_table_remove (transition->recipients, GUINT_TO_POINTER (ssrc));
    g_hash_table_remove (transition->waiting, GUINT_TO_POINTER (ssrc));
  }
  execute_due (self);
}

gboolean
lb_transitions_pending (LbTransitions *self)
{
  return !g_queue_is_empty (&self->pending);
}
