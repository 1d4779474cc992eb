/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "davelink.h"

#include <gst/discord/gstdiscorderror.h>
#include <gst/gst.h>

#include "../dave/session/session.h"
#include "../signalling/thread.h"
#include "../signalling/voicemessages.h"
#include "identity.h"

GST_DEBUG_CATEGORY_STATIC (discord_dave_debug);
#define GST_CAT_DEFAULT discord_dave_debug

G_STATIC_ASSERT (
    (gint) GST_DISCORD_E2EE_STATE_NONE == (gint) DAVE_SESSION_NONE);
G_STATIC_ASSERT (
    (gint) GST_DISCORD_E2EE_STATE_CLEAR == (gint) DAVE_SESSION_CLEAR);
G_STATIC_ASSERT (
    (gint) GST_DISCORD_E2EE_STATE_ALONE == (gint) DAVE_SESSION_ALONE);
G_STATIC_ASSERT (
    (gint) GST_DISCORD_E2EE_STATE_PENDING == (gint) DAVE_SESSION_PENDING);
G_STATIC_ASSERT (
    (gint) GST_DISCORD_E2EE_STATE_ENCRYPTED == (gint) DAVE_SESSION_ENCRYPTED);

struct _DiscordDaveLink
{
  gatomicrefcount refs; /* jobs and notes have one each */

  /* set once */
  DiscordDaveLinkConfig config;
  DiscordDaveMedia *media;
  const DiscordDaveLinkCallbacks *callbacks;
  gpointer user_data;

  /* signalling thread only */
  DiscordDaveQueue *queue;

  gint freed; /* atomic; jobs and notes do nothing any more */

  /* worker only */
  DiscordIdentity *identity;
  DaveSession *session;
};

static void
link_unref (DiscordDaveLink *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  discord_dave_media_unref (self->media);
  g_free (self);
}

static gboolean
link_is_freed (DiscordDaveLink *self)
{
  return g_atomic_int_get (&self->freed) != 0;
}

/* Notes: what the worker tells, on the signalling thread. */

typedef struct _Note Note;

struct _Note
{
  DiscordDaveLink *link; /* referenced */
  void (*tell) (const Note *note);
  DiscordVoiceDaveMessage message;
  guint8 *payload; /* of the message */
  GstDiscordE2eeState state;
  DiscordDaveGroup *group;
  GError *error;
};

static Note *
note_new (DiscordDaveLink *self, void (*tell) (const Note *note))
{
  Note *note = g_new0 (Note, 1);

  g_atomic_ref_count_inc (&self->refs);
  note->link = self;
  note->tell = tell;
  return note;
}

static void
note_free (gpointer data)
{
  Note *note = data;

  g_free (note->payload);
  g_clear_pointer (&note->group, discord_dave_group_unref);
  g_clear_error (&note->error);
  link_unref (note->link);
  g_free (note);
}

static gboolean
note_run (gpointer data)
{
  const Note *note = data;

  if (!link_is_freed (note->link))
    note->tell (note);
  return G_SOURCE_REMOVE;
}

static void
note_post (Note *note)
{
  discord_signalling_thread_invoke (note_run, note, note_free);
}

static void
tell_send (const Note *note)
{
  note->link->callbacks->send (&note->message, note->link->user_data);
}

static void
tell_state (const Note *note)
{
  note->link->callbacks->state_changed (note->state, note->link->user_data);
}

static void
tell_group (const Note *note)
{
  note->link->callbacks->group_changed (note->group, note->link->user_data);
}

static void
tell_refused (const Note *note)
{
  note->link->callbacks->refused (note->link->user_data);
}

static void
tell_failed (const Note *note)
{
  note->link->callbacks->failed (note->error, note->link->user_data);
}

/* The session's callbacks, on the worker. */

static void
post_binary (DiscordDaveLink *self, guint op, MlsBytes payload)
{
  Note *note = note_new (self, tell_send);

  note->payload = g_memdup2 (payload.data, payload.length);
  note->message = (DiscordVoiceDaveMessage){
    .op = op,
    .payload = note->payload,
    .length = payload.length,
  };
  note_post (note);
}

static void
post_transition (DiscordDaveLink *self, guint op, guint16 transition_id)
{
  Note *note = note_new (self, tell_send);

  GST_DEBUG ("%p: op %u, transition %u", self, op, transition_id);
  note->message = (DiscordVoiceDaveMessage){
    .op = op,
    .transition_id = transition_id,
  };
  note_post (note);
}

static void
on_send_key_package (MlsBytes payload, void *user_data)
{
  post_binary (user_data, DISCORD_VOICE_OP_KEY_PACKAGE, payload);
}

static void
on_send_commit (MlsBytes payload, void *user_data)
{
  post_binary (user_data, DISCORD_VOICE_OP_COMMIT_WELCOME, payload);
}

static void
on_send_ready (uint16_t transition_id, void *user_data)
{
  post_transition (user_data, DISCORD_VOICE_OP_TRANSITION_READY, transition_id);
}

static void
on_send_invalid (uint16_t transition_id, void *user_data)
{
  post_transition (
      user_data, DISCORD_VOICE_OP_INVALID_COMMIT_WELCOME, transition_id);
}

static void
on_receivers (
    const DaveMemberSecret *members, unsigned n_members, void *user_data)
{
  DiscordDaveLink *self = user_data;

  if (!discord_dave_media_set_receivers (
          self->media, g_get_monotonic_time (), members, n_members))
    GST_WARNING ("%p: no memory for a decryptor", self);
}

/* The state is the one that begins now: between the two there is no moment in
 * which neither holds. */
static void
on_sender (const uint8_t *secret, void *user_data)
{
  DiscordDaveLink *self = user_data;
  gboolean clear = dave_session_state (self->session) == DAVE_SESSION_CLEAR;

  if (!discord_dave_media_set_sender (self->media, secret, clear))
    GST_WARNING ("%p: no memory for the encryptor", self);
}

static void
on_allow_clear (void *user_data)
{
  discord_dave_media_allow_clear (((DiscordDaveLink *) user_data)->media);
}

static void
on_retire_clear (void *user_data)
{
  discord_dave_media_retire_clear (
      ((DiscordDaveLink *) user_data)->media, g_get_monotonic_time ());
}

static void
on_state_changed (DaveSessionState state, void *user_data)
{
  Note *note = note_new (user_data, tell_state);

  note->state = (GstDiscordE2eeState) state;
  note_post (note);
}

static void
on_group_changed (void *user_data)
{
  DiscordDaveLink *self = user_data;
  const MlsGroup *group = dave_session_group (self->session);
  Note *note = note_new (self, tell_group);

  if (group != NULL) {
    note->group = discord_dave_group_new (group, self->config.user_id);
    GST_INFO ("%p: epoch %" G_GUINT64_FORMAT ", %u members", self,
        mls_group_epoch (group), note->group->n_members);
  } else {
    GST_INFO ("%p: in no group", self);
  }
  note_post (note);
}

static void
on_refused (unsigned opcode, MlsResult reason, void *user_data)
{
  DiscordDaveLink *self = user_data;

  GST_WARNING ("%p: op %u refused: %s", self, opcode, mls_result_text (reason));
  note_post (note_new (self, tell_refused));
}

static const DaveSessionCallbacks session_callbacks = {
  .send_key_package = on_send_key_package,
  .send_commit = on_send_commit,
  .send_ready = on_send_ready,
  .send_invalid = on_send_invalid,
  .receivers = on_receivers,
  .sender = on_sender,
  .allow_clear = on_allow_clear,
  .retire_clear = on_retire_clear,
  .state_changed = on_state_changed,
  .group_changed = on_group_changed,
  .refused = on_refused,
};

/* Jobs: what the signalling thread says, on the worker. */

typedef struct _Work Work;

struct _Work
{
  DiscordDaveLink *link; /* referenced */
  void (*run) (const Work *work);
  guint64 id;
  guint version;
  guint64 *user_ids;
  guint n_user_ids;
  DiscordVoiceDaveMessage message;
  guint8 *payload; /* of the message */
};

static Work *
work_new (DiscordDaveLink *self, void (*run) (const Work *work))
{
  Work *work = g_new0 (Work, 1);

  g_atomic_ref_count_inc (&self->refs);
  work->link = self;
  work->run = run;
  return work;
}

static void
work_free (gpointer data)
{
  Work *work = data;

  g_free (work->user_ids);
  g_free (work->payload);
  link_unref (work->link);
  g_free (work);
}

static void
work_run (gpointer data, gpointer unused)
{
  const Work *work = data;

  if (work->link->session != NULL && !link_is_freed (work->link))
    work->run (work);
}

static void
work_push (Work *work)
{
  discord_dave_queue_push (work->link->queue, work_run, work, work_free);
}

static void
do_open (gpointer data, gpointer unused)
{
  DiscordDaveLink *self = ((const Work *) data)->link;
  g_autoptr (GError) error = NULL;
  DaveSessionConfig config = {
    .user_id = self->config.user_id,
    .group_id = self->config.group_id,
  };
  Note *note;

  if (link_is_freed (self))
    return;
  self->identity = discord_identity_acquire (
      self->config.user_id, self->config.identity_key_file, &error);
  if (self->identity != NULL) {
    config.signature_key = discord_identity_get_key (self->identity);
    self->session = dave_session_new (&config, &session_callbacks, self);
    if (self->session != NULL)
      return;
    g_set_error_literal (&error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED,
        "End-to-end encryption could not be set up.");
  }
  note = note_new (self, tell_failed);
  note->error = g_steal_pointer (&error);
  note_post (note);
}

static void
do_close (gpointer data, gpointer unused)
{
  DiscordDaveLink *self = ((const Work *) data)->link;

  g_clear_pointer (&self->session, dave_session_free);
  g_clear_pointer (&self->identity, discord_identity_release);
}

static void
run_set_group_id (const Work *work)
{
  dave_session_set_group_id (work->link->session, work->id);
}

static void
run_description (const Work *work)
{
  dave_session_description (work->link->session, work->version);
}

static void
run_users_joined (const Work *work)
{
  dave_session_users_joined (
      work->link->session, work->user_ids, work->n_user_ids);
}

static void
run_user_left (const Work *work)
{
  dave_session_user_left (work->link->session, work->id);
}

static void
run_message (const Work *work)
{
  const DiscordVoiceDaveMessage *message = &work->message;
  DaveSession *session = work->link->session;

  switch (message->op) {
    case DISCORD_VOICE_OP_PREPARE_TRANSITION:
      dave_session_prepare_transition (
          session, message->transition_id, message->version);
      break;
    case DISCORD_VOICE_OP_EXECUTE_TRANSITION:
      dave_session_execute_transition (session, message->transition_id);
      break;
    case DISCORD_VOICE_OP_PREPARE_EPOCH:
      dave_session_prepare_epoch (session, message->epoch, message->version);
      break;
    default:
      dave_session_binary (
          session, message->op, mls_bytes (message->payload, message->length));
      break;
  }
}

static void
link_init_once (void)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;
  GST_DEBUG_CATEGORY_INIT (
      discord_dave_debug, "discorddave", 0, "Discord end-to-end encryption");
  g_once_init_leave (&once, 1);
}

DiscordDaveLink *
discord_dave_link_new (const DiscordDaveLinkConfig *config,
    DiscordDaveQueue *queue, DiscordDaveMedia *media,
    const DiscordDaveLinkCallbacks *callbacks, gpointer user_data)
{
  DiscordDaveLink *self = g_new0 (DiscordDaveLink, 1);

  link_init_once ();
  g_atomic_ref_count_init (&self->refs);
  self->config = *config;
  self->queue = queue;
  self->media = discord_dave_media_ref (media);
  self->callbacks = callbacks;
  self->user_data = user_data;
  discord_dave_queue_push (queue, do_open, work_new (self, NULL), work_free);
  return self;
}

void
discord_dave_link_free (DiscordDaveLink *self)
{
  g_atomic_int_set (&self->freed, 1);
  discord_dave_queue_push (
      self->queue, do_close, work_new (self, NULL), work_free);
  link_unref (self);
}

void
discord_dave_link_set_group_id (DiscordDaveLink *self, guint64 group_id)
{
  Work *work = work_new (self, run_set_group_id);

  work->id = group_id;
  work_push (work);
}

void
discord_dave_link_description (DiscordDaveLink *self, guint version)
{
  Work *work = work_new (self, run_description);

  work->version = version;
  work_push (work);
}

void
discord_dave_link_users_joined (
    DiscordDaveLink *self, const guint64 *user_ids, guint n_user_ids)
{
  Work *work = work_new (self, run_users_joined);

  work->user_ids = g_memdup2 (user_ids, n_user_ids * sizeof *user_ids);
  work->n_user_ids = n_user_ids;
  work_push (work);
}

void
discord_dave_link_user_left (DiscordDaveLink *self, guint64 user_id)
{
  Work *work = work_new (self, run_user_left);

  work->id = user_id;
  work_push (work);
}

void
discord_dave_link_message (
    DiscordDaveLink *self, const DiscordVoiceDaveMessage *message)
{
  Work *work = work_new (self, run_message);

  work->payload = g_memdup2 (message->payload, message->length);
  work->message = *message;
  work->message.payload = work->payload;
  work_push (work);
}
