/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from the signalling thread to the MLS worker and back. */
#include <gst/check/gstcheck.h>
#include <gst/discord/discord.h>
#include <gst/discord/session/davelink.h>
#include <gst/discord/session/identity.h>
#include <gst/discord/signalling/thread.h>

#include "mlsgateway.h"

#define US G_GUINT64_CONSTANT (115590097100865541)
#define THEM G_GUINT64_CONSTANT (115590097100865542)

typedef struct
{
  DiscordDaveQueue *queue;
  DiscordDaveMedia *media;
  /* signalling thread */
  DiscordDaveLink *link;
  GString *told; /* guard */
} Fixture;

/* Guards what was told, and whether something is done. */
static GMutex guard;
static GCond changed;

static void
tell (Fixture *self, const gchar *format, ...)
{
  va_list args;

  fail_unless (discord_signalling_thread_is_self ());
  g_mutex_lock (&guard);
  va_start (args, format);
  g_string_append_vprintf (self->told, format, args);
  va_end (args);
  g_cond_broadcast (&changed);
  g_mutex_unlock (&guard);
}

static void
on_send (const DiscordVoiceDaveMessage *message, gpointer user_data)
{
  tell (user_data, "send:%u ", message->op);
}

static void
on_state_changed (GstDiscordE2eeState state, gpointer user_data)
{
  static const gchar *const names[] = { "none", "clear", "alone", "pending",
    "encrypted" };

  tell (user_data, "%s ", names[state]);
}

static void
on_group_changed (DiscordDaveGroup *group, gpointer user_data)
{
  tell (user_data, group != NULL ? "group:%u " : "no-group ",
      group != NULL ? group->n_members : 0);
}

static void
on_refused (gpointer user_data)
{
  tell (user_data, "refused ");
}

static void
on_failed (const GError *error, gpointer user_data)
{
  fail_unless (error->domain == GST_DISCORD_ERROR);
  tell (user_data, "failed:%d ", error->code);
}

static const DiscordDaveLinkCallbacks callbacks = {
  .send = on_send,
  .state_changed = on_state_changed,
  .group_changed = on_group_changed,
  .refused = on_refused,
  .failed = on_failed,
};

typedef struct
{
  Fixture *fixture;
  void (*func) (Fixture *fixture);
  gboolean done; /* guard */
} Step;

static gboolean
run_step (gpointer data)
{
  Step *step = data;

  step->func (step->fixture);
  g_mutex_lock (&guard);
  step->done = TRUE;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&guard);
  return G_SOURCE_REMOVE;
}

/* Runs @func on the signalling thread and waits for it. */
static void
there (Fixture *self, void (*func) (Fixture *fixture))
{
  Step step = { self, func, FALSE };

  discord_signalling_thread_invoke (run_step, &step, NULL);
  g_mutex_lock (&guard);
  while (!step.done)
    g_cond_wait (&changed, &guard);
  g_mutex_unlock (&guard);
}

/* Until exactly this was told. */
static void
expect (Fixture *self, const gchar *told)
{
  g_mutex_lock (&guard);
  while (self->told->len < strlen (told))
    g_cond_wait (&changed, &guard);
  fail_unless_equals_string (self->told->str, told);
  g_string_truncate (self->told, 0);
  g_mutex_unlock (&guard);
}

static void
open_link_with (Fixture *self, const gchar *key_file)
{
  const DiscordDaveLinkConfig config = {
    .user_id = US,
    .group_id = GATEWAY_GROUP_ID,
    .identity_key_file = key_file,
  };

  self->link = discord_dave_link_new (
      &config, self->queue, self->media, &callbacks, self);
}

static void
open_link (Fixture *self)
{
  open_link_with (self, NULL);
}

static void
open_link_without_key (Fixture *self)
{
  open_link_with (self, "/nowhere/key");
}

static void
close_link (Fixture *self)
{
  discord_dave_link_free (self->link);
}

static void
fixture_init (Fixture *self)
{
  discord_signalling_thread_ref ();
  self->queue = discord_dave_queue_new ();
  self->media = discord_dave_media_new (GST_DISCORD_E2EE_REQUIRED);
  self->told = g_string_new (NULL);
}

static void
fixture_clear (Fixture *self)
{
  /* Joins the worker, then the signalling thread: all is done then. */
  discord_dave_queue_release (self->queue);
  discord_signalling_thread_unref ();
  fail_unless_equals_string (self->told->str, "");
  discord_dave_media_unref (self->media);
  g_string_free (self->told, TRUE);
}

static void
describe_clear (Fixture *self)
{
  discord_dave_link_description (self->link, 0);
}

static void
describe (Fixture *self)
{
  discord_dave_link_description (self->link, 1);
}

static void
they_come (Fixture *self)
{
  static const guint64 ids[] = { US, THEM };

  discord_dave_link_users_joined (self->link, ids, G_N_ELEMENTS (ids));
}

static void
they_leave (Fixture *self)
{
  discord_dave_link_user_left (self->link, THEM);
}

static void
say_transitions (Fixture *self)
{
  const DiscordVoiceDaveMessage prepare = {
    .op = 21, .transition_id = 9, .version = 0
  };
  const DiscordVoiceDaveMessage execute = { .op = 22, .transition_id = 9 };

  discord_dave_link_message (self->link, &prepare);
  discord_dave_link_message (self->link, &execute);
}

static void
say_garbage (Fixture *self)
{
  const guint8 garbage[] = { 0, 1, 2, 3 };
  const DiscordVoiceDaveMessage welcome = {
    .op = 30, .payload = garbage, .length = sizeof garbage
  };

  discord_dave_link_message (self->link, &welcome);
}

static GstDiscordFrameResult
encrypt (Fixture *self)
{
  g_autoptr (GstBuffer) frame = gst_buffer_new_memdup ("frame", 5);
  g_autoptr (GstBuffer) out = gst_buffer_new_allocate (NULL, 100, NULL);
  gsize size;

  return discord_dave_media_encrypt (
      self->media, GST_DISCORD_CODEC_OPUS, frame, out, &size, NULL);
}

/* What the gateway says comes there in order, and the answers back in theirs;
 * keys are there before the answer. */
GST_START_TEST (test_order)
{
  Fixture f = { 0 };

  fixture_init (&f);
  there (&f, open_link);
  there (&f, describe);
  expect (&f, "send:26 alone ");
  there (&f, they_come);
  there (&f, they_leave);
  there (&f, they_come);
  expect (&f, "pending alone pending ");
  fail_unless_equals_int (encrypt (&f), GST_DISCORD_FRAME_NO_KEY);
  there (&f, say_transitions);
  expect (&f, "send:23 clear ");
  fail_unless_equals_int (encrypt (&f), GST_DISCORD_FRAME_CLEAR);
  there (&f, close_link);
  fixture_clear (&f);
}

GST_END_TEST;

GST_START_TEST (test_clear)
{
  Fixture f = { 0 };

  fixture_init (&f);
  there (&f, open_link);
  there (&f, describe_clear);
  expect (&f, "clear ");
  fail_unless_equals_int (encrypt (&f), GST_DISCORD_FRAME_CLEAR);
  there (&f, close_link);
  fixture_clear (&f);
}

GST_END_TEST;

GST_START_TEST (test_refused)
{
  Fixture f = { 0 };

  fixture_init (&f);
  there (&f, open_link);
  there (&f, describe);
  expect (&f, "send:26 alone ");
  there (&f, say_garbage);
  expect (&f, "refused send:31 send:26 ");
  there (&f, close_link);
  fixture_clear (&f);
}

GST_END_TEST;

static void
open_and_close (Fixture *self)
{
  open_link (self);
  describe (self);
  they_come (self);
  discord_dave_link_free (self->link);
}

/* Nothing is told after the free, whatever is under way. */
GST_START_TEST (test_free_while_busy)
{
  Fixture f = { 0 };

  fixture_init (&f);
  for (guint i = 0; i < 20; i++)
    there (&f, open_and_close);
  fixture_clear (&f);
}

GST_END_TEST;

/* Without a key there is no session, and what comes is of no effect. */
GST_START_TEST (test_no_key)
{
  Fixture f = { 0 };
  g_autofree gchar *settings =
      g_strdup_printf ("failed:%d ", GST_DISCORD_ERROR_SETTINGS);
  g_autofree gchar *conflict =
      g_strdup_printf ("failed:%d ", GST_DISCORD_ERROR_CONFLICT);
  DiscordIdentity *other;

  fixture_init (&f);
  there (&f, open_link_without_key);
  there (&f, describe);
  expect (&f, settings);
  there (&f, close_link);

  /* Another connection of the account has another key. */
  other = discord_identity_acquire (US, NULL, NULL);
  there (&f, open_link_without_key);
  there (&f, they_come);
  expect (&f, conflict);
  there (&f, close_link);
  discord_identity_release (other);
  fixture_clear (&f);
}

GST_END_TEST;

/* The group as others see it: an epoch of ours and somebody else. */
GST_START_TEST (test_group_facts)
{
  g_auto (Gateway) gateway = { 0 };
  g_autoptr (Client) us = NULL;
  g_autoptr (Client) them = NULL;
  g_auto (MlsWriter) messages = { 0 };
  g_autoptr (DiscordDaveGroup) ours = NULL;
  g_autoptr (DiscordDaveGroup) theirs = NULL;
  g_autoptr (GArray) ids = NULL;
  guint8 a[DAVE_FINGERPRINT_SIZE], b[DAVE_FINGERPRINT_SIZE];
  MlsBytes commit, welcome;

  gateway_init (&gateway);
  us = client_new (&gateway, US);
  them = client_new (&gateway, THEM);
  client_create (us);
  gateway_propose_add (&gateway, 0, client_key_package (them), &messages, NULL);
  fail_unless_equals_int (gateway_append (us->group, &messages), MLS_OK);
  fail_unless_equals_int (
      mls_group_commit (us->group, &commit, &welcome), MLS_OK);
  fail_unless_equals_int (client_join (them, welcome), MLS_OK);
  fail_unless_equals_int (mls_group_process (us->group, commit), MLS_OK);

  ours = discord_dave_group_new (us->group, US);
  theirs = discord_dave_group_new (them->group, THEM);
  fail_unless_equals_string (ours->privacy_code, theirs->privacy_code);
  fail_unless_equals_int (strlen (ours->privacy_code), 30);
  fail_unless_equals_int (ours->n_members, 2);
  ids = discord_dave_group_get_user_ids (ours);
  fail_unless_equals_int (ids->len, 1);
  fail_unless_equals_uint64 (g_array_index (ids, guint64, 0), THEM);
  fail_unless (discord_dave_group_has (ours, THEM));
  fail_if (discord_dave_group_has (ours, US));
  fail_if (discord_dave_group_has (ours, 5));
  fail_unless (discord_dave_group_fingerprint (ours, THEM, a));
  fail_unless (discord_dave_group_fingerprint (theirs, US, b));
  fail_unless (memcmp (a, b, sizeof a) == 0);
  fail_if (discord_dave_group_fingerprint (ours, 5, a));
}

GST_END_TEST;

static Suite *
davelink_suite (void)
{
  Suite *s = suite_create ("davelink");
  TCase *tc = tcase_create ("link");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_order);
  tcase_add_test (tc, test_clear);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_free_while_busy);
  tcase_add_test (tc, test_no_key);
  tcase_add_test (tc, test_group_facts);
  return s;
}

GST_CHECK_MAIN (davelink);
