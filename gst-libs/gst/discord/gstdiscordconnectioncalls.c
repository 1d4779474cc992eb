/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnectioncalls.h"

#include <gst/discord/gstdiscorderror.h>

typedef struct
{
  DiscordConnectionCalls *owner;
  DiscordCallKind kind;
  guint64 channel_id;
  GTask *task; /* lock; NULL once it was taken to return */
  gulong cancelled_id;
} Call;

struct _DiscordConnectionCalls
{
  /* Guards the list and the tasks of its members. A leaf: tasks return after
   * it was released. */
  GMutex lock;
  GList *calls; /* rc-boxed */
};

DiscordConnectionCalls *
discord_connection_calls_new (void)
{
  DiscordConnectionCalls *self = g_new0 (DiscordConnectionCalls, 1);

  g_mutex_init (&self->lock);
  return self;
}

/* A pending task keeps the connection, and so its calls, alive. */
void
discord_connection_calls_free (DiscordConnectionCalls *self)
{
  g_assert (self->calls == NULL);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
call_release (gpointer call)
{
  g_atomic_rc_box_release (call);
}

/* The task, for whoever comes first. */
static GTask *
call_take (Call *call)
{
  DiscordConnectionCalls *owner = call->owner;
  GTask *task;

  g_mutex_lock (&owner->lock);
  task = g_steal_pointer (&call->task);
  if (task != NULL)
    owner->calls = g_list_remove (owner->calls, call);
  g_mutex_unlock (&owner->lock);
  return task;
}

static void
on_cancelled (GCancellable *cancellable, Call *call)
{
  GTask *task;

  /* g_cancellable_disconnect() would wait for ourselves. */
  g_signal_handler_disconnect (cancellable, call->cancelled_id);
  task = call_take (call);
  if (task == NULL)
    return;
  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
  call_release (call);
}

static void
call_closure_gone (gpointer call, GClosure *closure)
{
  call_release (call);
}

void
discord_connection_calls_add (DiscordConnectionCalls *self,
    DiscordCallKind kind, guint64 channel_id, GTask *task)
{
  GCancellable *cancellable = g_task_get_cancellable (task);
  Call *call = g_atomic_rc_box_new0 (Call);

  call->owner = self;
  call->kind = kind;
  call->channel_id = channel_id;
  call->task = task;
  g_mutex_lock (&self->lock);
  self->calls = g_list_append (self->calls, g_atomic_rc_box_acquire (call));
  /* Under the lock, so that whoever takes the task finds the handler's id. */
  if (cancellable != NULL)
    call->cancelled_id = g_signal_connect_data (cancellable, "cancelled",
        G_CALLBACK (on_cancelled), g_atomic_rc_box_acquire (call),
        call_closure_gone, 0);
  g_mutex_unlock (&self->lock);

  if (cancellable != NULL && g_cancellable_is_cancelled (cancellable))
    on_cancelled (cancellable, call);
  call_release (call);
}

static void
call_return (Call *call, const GError *error)
{
  GTask *task = call_take (call);
  GCancellable *cancellable;

  if (task == NULL)
    return;
  cancellable = g_task_get_cancellable (task);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, call->cancelled_id);
  if (error != NULL)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
  call_release (call);
}

/* Takes note of calls of @kind, for all channels when @channel_id is 0. */
static void
calls_find_unlocked (DiscordConnectionCalls *self, DiscordCallKind kind,
    guint64 channel_id, GPtrArray *found)
{
  for (GList *l = self->calls; l != NULL; l = l->next) {
    Call *call = l->data;

    if (call->kind == kind
        && (channel_id == 0 || call->channel_id == channel_id))
      g_ptr_array_add (found, g_atomic_rc_box_acquire (call));
  }
}

static void
calls_return (DiscordConnectionCalls *self, DiscordCallKind kind,
    guint64 channel_id, const GError *error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (call_release);

  g_mutex_lock (&self->lock);
  calls_find_unlocked (self, kind, channel_id, found);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < found->len; i++)
    call_return (g_ptr_array_index (found, i), error);
}

void
discord_connection_calls_connected (DiscordConnectionCalls *self)
{
  calls_return (self, DISCORD_CALL_CONNECT, 0, NULL);
}

void
discord_connection_calls_moved (
    DiscordConnectionCalls *self, guint64 channel_id)
{
  calls_return (self, DISCORD_CALL_MOVE, channel_id, NULL);
}

void
discord_connection_calls_move_timeout (
    DiscordConnectionCalls *self, guint64 channel_id)
{
  g_autoptr (GError) error =
      g_error_new_literal (GST_DISCORD_ERROR, GST_DISCORD_ERROR_MOVE_TIMEOUT,
          "Discord did not answer the move; it may still happen.");

  calls_return (self, DISCORD_CALL_MOVE, channel_id, error);
}

void
discord_connection_calls_ended (
    DiscordConnectionCalls *self, const GError *error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (call_release);
  g_autoptr (GError) left = NULL;

  if (error == NULL) {
    left = g_error_new_literal (GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_CONNECTED, "The connection left the channel.");
    error = left;
  }
  /* All at once: whoever is told may make the next call before we are done,
   * and that one waits for something else. */
  g_mutex_lock (&self->lock);
  calls_find_unlocked (self, DISCORD_CALL_DISCONNECT, 0, found);
  calls_find_unlocked (self, DISCORD_CALL_CONNECT, 0, found);
  calls_find_unlocked (self, DISCORD_CALL_MOVE, 0, found);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < found->len; i++) {
    Call *call = g_ptr_array_index (found, i);

    call_return (call, call->kind == DISCORD_CALL_DISCONNECT ? NULL : error);
  }
}
