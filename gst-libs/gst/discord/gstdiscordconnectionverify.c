/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How people make sure of each other in an encrypted call. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdiscordconnection-internal.h"

#include <gst/discord/gstdiscorderror.h>
#include <openssl/crypto.h>

/**
 * gst_discord_connection_get_group_members:
 * @self: a connection
 *
 * Who can decrypt what we send: the other members of the encrypted group. Empty
 * without a group.
 *
 * Returns: (transfer full) (element-type guint64): user ids
 *
 * Since: 0.1
 */
GArray *
gst_discord_connection_get_group_members (GstDiscordConnection *self)
{
  g_autoptr (DiscordDaveGroup) group = NULL;

  g_return_val_if_fail (GST_IS_DISCORD_CONNECTION (self), NULL);

  group = discord_rtc_dup_dave_group (self->rtc);
  if (group == NULL)
    return g_array_new (FALSE, FALSE, sizeof (guint64));
  return discord_dave_group_get_user_ids (group);
}

typedef struct
{
  DiscordDaveGroup *group;
  guint64 user_id;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  discord_dave_group_unref (question->group);
  g_free (question);
}

/* On a thread of GTask: scrypt takes its time on purpose. The thread ends whenever
 * GLib likes, beside OpenSSL's exit hook too, and both would free what is its. */
static void
fingerprint_thread (
    GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Question *question = data;
  guint8 fingerprint[DAVE_FINGERPRINT_SIZE];
  gboolean done;

  if (g_task_return_error_if_cancelled (task))
    return;
  done = discord_dave_group_fingerprint (
      question->group, question->user_id, fingerprint);
  OPENSSL_thread_stop ();
  if (done)
    g_task_return_pointer (task, g_bytes_new (fingerprint, sizeof fingerprint),
        (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_new_error (task, GST_DISCORD_ERROR, GST_DISCORD_ERROR_FAILED,
        "The fingerprint could not be computed.");
}

/* The answer is a GBytes. */
static void
connection_ask_fingerprint (GstDiscordConnection *self, guint64 user_id,
    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data,
    gpointer source_tag)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (DiscordDaveGroup) group = NULL;
  Question *question;

  g_task_set_source_tag (task, source_tag);
  group = discord_rtc_dup_dave_group (self->rtc);
  if (group == NULL || !discord_dave_group_has (group, user_id)) {
    g_task_return_new_error (task, GST_DISCORD_ERROR,
        GST_DISCORD_ERROR_NOT_A_MEMBER,
        "User %" G_GUINT64_FORMAT " is not in the encrypted group.", user_id);
    return;
  }
  question = g_new0 (Question, 1);
  question->group = g_steal_pointer (&group);
  question->user_id = user_id;
  g_task_set_task_data (task, question, question_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, fingerprint_thread);
}

/**
 * gst_discord_connection_get_verification_code_async:
 * @self: a connection
 * @user_id: another member of the encrypted group
 * @cancellable: (nullable): stops waiting
 * @callback: (scope async): called with the code, or with
 *     %GST_DISCORD_ERROR_NOT_A_MEMBER
 * @user_data: for @callback
 *
 * 45 digits that @user_id's client shows for us, if nobody sits in between.
 * They stay the same as long as both keep their keys, see
 * #GstDiscordConnection:identity-key-file. Takes a tenth of a second, on a thread
 * of its own.
 *
 * Since: 0.1
 */
void
gst_discord_connection_get_verification_code_async (GstDiscordConnection *self,
    guint64 user_id, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  connection_ask_fingerprint (self, user_id, cancellable, callback, user_data,
      gst_discord_connection_get_verification_code_async);
}

/**
 * gst_discord_connection_get_verification_code_finish:
 * @self: a connection
 * @result: what the callback got
 * @error: why not
 *
 * Returns: (transfer full): the code, 45 digits without spaces
 *
 * Since: 0.1
 */
gchar *
gst_discord_connection_get_verification_code_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GBytes) fingerprint = NULL;
  gchar code[DAVE_VERIFICATION_CODE_LENGTH + 1];

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  fingerprint = g_task_propagate_pointer (G_TASK (result), error);
  if (fingerprint == NULL)
    return NULL;
  dave_verification_code (g_bytes_get_data (fingerprint, NULL), code);
  return g_strdup (code);
}

/**
 * gst_discord_connection_get_fingerprint_async:
 * @self: a connection
 * @user_id: another member of the encrypted group
 * @cancellable: (nullable): stops waiting
 * @callback: (scope async): called with the fingerprint, or with
 *     %GST_DISCORD_ERROR_NOT_A_MEMBER
 * @user_data: for @callback
 *
 * What gst_discord_connection_get_verification_code_async() shows in digits, for
 * applications that remember or show it otherwise.
 *
 * Since: 0.1
 */
void
gst_discord_connection_get_fingerprint_async (GstDiscordConnection *self,
    guint64 user_id, GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data)
{
  g_return_if_fail (GST_IS_DISCORD_CONNECTION (self));

  connection_ask_fingerprint (self, user_id, cancellable, callback, user_data,
      gst_discord_connection_get_fingerprint_async);
}

/**
 * gst_discord_connection_get_fingerprint_finish:
 * @self: a connection
 * @result: what the callback got
 * @error: why not
 *
 * Returns: (transfer full): the pairwise fingerprint, 64 bytes
 *
 * Since: 0.1
 */
GBytes *
gst_discord_connection_get_fingerprint_finish (
    GstDiscordConnection *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
