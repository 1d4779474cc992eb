/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames of one connection: who can be read, what passes in clear, and what
 * happens while keys change. */
#include <gst/check/gstcheck.h>
#include <gst/discord/dave/frame/encryptor.h>
#include <gst/discord/dave/frame/receiver.h>
#include <gst/discord/session/davemedia.h>

#include <string.h>

#define US G_GUINT64_CONSTANT (115590097100865541)
#define THEM G_GUINT64_CONSTANT (115590097100865542)
#define STRANGER G_GUINT64_CONSTANT (115590097100865543)
#define SECOND ((gint64) G_USEC_PER_SEC)

static const guint8 first_secret[MLS_SENDER_SECRET_SIZE] = { 1, 2, 3 };
static const guint8 second_secret[MLS_SENDER_SECRET_SIZE] = { 4, 5, 6 };

static DiscordDaveMedia *
media_new (GstDiscordE2ee policy)
{
  return discord_dave_media_new (policy);
}

/* @secret NULL: a group without @user_id. */
static void
set_receiver (
    DiscordDaveMedia *media, gint64 now, guint64 user_id, const guint8 *secret)
{
  DaveMemberSecret member = { .user_id = user_id };

  if (secret != NULL)
    memcpy (member.secret, secret, sizeof member.secret);
  fail_unless (discord_dave_media_set_receivers (
      media, now, &member, secret != NULL ? 1 : 0));
}

static GstBuffer *
buffer_of (const gchar *text)
{
  return gst_buffer_new_memdup (text, strlen (text));
}

static GstDiscordFrameResult
encrypt (DiscordDaveMedia *media, GstBuffer *frame, GstBuffer **out)
{
  gsize length = gst_buffer_get_size (frame), size = 0;
  GstDiscordFrameResult result;

  *out = gst_buffer_new_allocate (
      NULL, dave_encryptor_size_max (DAVE_CODEC_OPUS, length), NULL);
  result = discord_dave_media_encrypt (
      media, GST_DISCORD_CODEC_OPUS, frame, *out, &size, NULL);
  if (result == GST_DISCORD_FRAME_DONE)
    gst_buffer_set_size (*out, size);
  else
    gst_clear_buffer (out);
  return result;
}

/* An encrypted frame; fails the test when there is none. */
static GstBuffer *
encrypted (DiscordDaveMedia *media, const gchar *text)
{
  g_autoptr (GstBuffer) frame = buffer_of (text);
  GstBuffer *out;

  fail_unless_equals_int (encrypt (media, frame, &out), GST_DISCORD_FRAME_DONE);
  return out;
}

static GstDiscordFrameResult
decrypt_full (DiscordDaveMedia *media, gint64 now, guint64 user_id,
    gboolean video, GstBuffer *frame, const gchar *plain, const gchar **reason)
{
  g_autoptr (GstBuffer) out =
      gst_buffer_new_allocate (NULL, gst_buffer_get_size (frame), NULL);
  gsize size = 0;
  GstDiscordFrameResult result = discord_dave_media_decrypt (
      media, now, user_id, video, frame, out, &size, reason);

  if (result == GST_DISCORD_FRAME_DONE) {
    fail_unless_equals_int (size, strlen (plain));
    fail_unless (gst_buffer_memcmp (out, 0, plain, size) == 0);
  }
  return result;
}

static GstDiscordFrameResult
decrypt (DiscordDaveMedia *media, gint64 now, guint64 user_id, GstBuffer *frame,
    const gchar *plain)
{
  return decrypt_full (media, now, user_id, FALSE, frame, plain, NULL);
}

static DiscordDaveCounters
counters_of (DiscordDaveMedia *media)
{
  DiscordDaveCounters counters = { 0 };

  discord_dave_media_add_counters (media, &counters);
  return counters;
}

GST_START_TEST (test_both_ways)
{
  DiscordDaveMedia *us = media_new (GST_DISCORD_E2EE_REQUIRED);
  DiscordDaveMedia *them = media_new (GST_DISCORD_E2EE_REQUIRED);
  g_autoptr (GstBuffer) frame = buffer_of ("clear");
  g_autoptr (GstBuffer) sent = NULL;
  DiscordDaveCounters counters;
  const gchar *reason = NULL;

  /* Without keys nothing passes, in neither direction. */
  fail_unless_equals_int (encrypt (us, frame, &sent), GST_DISCORD_FRAME_NO_KEY);
  fail_unless_equals_int (decrypt_full (them, 0, US, FALSE, frame, "", &reason),
      GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_string (reason, "not-encrypted");

  fail_unless (discord_dave_media_set_sender (us, first_secret, FALSE));
  set_receiver (them, 0, US, first_secret);
  sent = encrypted (us, "hello");
  fail_unless_equals_int (
      decrypt (them, 0, US, sent, "hello"), GST_DISCORD_FRAME_DONE);
  /* Once, and only from who sent it. */
  fail_unless_equals_int (decrypt_full (them, 0, US, FALSE, sent, "", &reason),
      GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_string (reason, "replay");
  fail_unless_equals_int (
      decrypt (them, 0, STRANGER, sent, ""), GST_DISCORD_FRAME_NO_KEY);
  fail_unless_equals_int (
      decrypt (them, 0, 0, sent, ""), GST_DISCORD_FRAME_NO_KEY);

  counters = counters_of (us);
  fail_unless_equals_int (counters.sent[DAVE_FRAME_OK], 1);
  fail_unless_equals_int (counters.sent[DAVE_FRAME_NO_KEY], 1);
  fail_unless_equals_int (counters.sent_clear, 0);
  counters = counters_of (them);
  fail_unless_equals_int (counters.received[DAVE_FRAME_OK], 1);
  fail_unless_equals_int (counters.received[DAVE_FRAME_NOT_ENCRYPTED], 1);
  fail_unless_equals_int (counters.received[DAVE_FRAME_REPLAY], 1);
  fail_unless_equals_int (counters.received[DAVE_FRAME_NO_KEY], 2);
  discord_dave_media_unref (us);
  discord_dave_media_unref (them);
}

GST_END_TEST;

/* A frame in clear is sent while the version is 0, and at no other time. */
GST_START_TEST (test_sending_in_clear)
{
  DiscordDaveMedia *us = media_new (__i__);
  g_autoptr (GstBuffer) frame = buffer_of ("clear");
  g_autoptr (GstBuffer) silence = buffer_of ("\xf8\xff\xfe");
  g_autoptr (GstBuffer) sent = NULL;
  GstDiscordFrameResult always = __i__ == GST_DISCORD_E2EE_OFF
      ? GST_DISCORD_FRAME_CLEAR
      : GST_DISCORD_FRAME_NO_KEY;

  fail_unless_equals_int (encrypt (us, frame, &sent), always);
  fail_unless_equals_int (encrypt (us, silence, &sent), always);
  discord_dave_media_set_sender (us, NULL, TRUE);
  fail_unless_equals_int (encrypt (us, frame, &sent), GST_DISCORD_FRAME_CLEAR);
  discord_dave_media_set_sender (us, first_secret, FALSE);
  sent = encrypted (us, "clear");
  gst_clear_buffer (&sent);
  fail_unless_equals_int (
      encrypt (us, silence, &sent), GST_DISCORD_FRAME_CLEAR);
  discord_dave_media_set_sender (us, NULL, FALSE);
  fail_unless_equals_int (encrypt (us, frame, &sent), always);
  discord_dave_media_close (us);
  fail_unless_equals_int (encrypt (us, frame, &sent), GST_DISCORD_FRAME_NO_KEY);
  discord_dave_media_unref (us);
}

GST_END_TEST;

GST_START_TEST (test_receiving_in_clear)
{
  DiscordDaveMedia *us = media_new (GST_DISCORD_E2EE_REQUIRED);
  g_autoptr (GstBuffer) frame = buffer_of ("clear");
  g_autoptr (GstBuffer) silence = buffer_of ("\xf8\xff\xfe");
  gint64 now = 5 * SECOND;

  set_receiver (us, now, THEM, first_secret);
  /* The servers' silence is taken as audio at any time, from anybody. */
  fail_unless_equals_int (
      decrypt (us, now, THEM, silence, ""), GST_DISCORD_FRAME_CLEAR);
  fail_unless_equals_int (
      decrypt (us, now, 0, silence, ""), GST_DISCORD_FRAME_CLEAR);
  fail_unless_equals_int (decrypt_full (us, now, THEM, TRUE, silence, "", NULL),
      GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_int (
      decrypt (us, now, THEM, frame, ""), GST_DISCORD_FRAME_REFUSED);

  discord_dave_media_allow_clear (us);
  fail_unless_equals_int (
      decrypt (us, now, THEM, frame, ""), GST_DISCORD_FRAME_CLEAR);
  fail_unless_equals_int (
      decrypt (us, now, STRANGER, frame, ""), GST_DISCORD_FRAME_CLEAR);
  /* Of the version before, for ten seconds; whoever comes meanwhile, too. */
  discord_dave_media_retire_clear (us, now);
  set_receiver (us, now + SECOND, STRANGER, first_secret);
  now += DAVE_RETENTION - 1;
  fail_unless_equals_int (
      decrypt (us, now, THEM, frame, ""), GST_DISCORD_FRAME_CLEAR);
  fail_unless_equals_int (
      decrypt (us, now, STRANGER, frame, ""), GST_DISCORD_FRAME_CLEAR);
  fail_unless_equals_int (
      decrypt (us, now, 0, frame, ""), GST_DISCORD_FRAME_CLEAR);
  now++;
  fail_unless_equals_int (
      decrypt (us, now, THEM, frame, ""), GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_int (
      decrypt (us, now, STRANGER, frame, ""), GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_int (
      decrypt (us, now, 0, frame, ""), GST_DISCORD_FRAME_REFUSED);
  discord_dave_media_close (us);
  fail_unless_equals_int (
      decrypt (us, now, 0, silence, ""), GST_DISCORD_FRAME_NO_KEY);
  discord_dave_media_unref (us);
}

GST_END_TEST;

/* "allowed" and "off" take frames in clear whatever the version is. */
GST_START_TEST (test_clear_by_policy)
{
  DiscordDaveMedia *us = media_new (__i__);
  g_autoptr (GstBuffer) frame = buffer_of ("clear");

  fail_unless_equals_int (
      decrypt (us, 0, THEM, frame, ""), GST_DISCORD_FRAME_CLEAR);
  discord_dave_media_allow_clear (us);
  discord_dave_media_retire_clear (us, 0);
  set_receiver (us, 0, THEM, first_secret);
  fail_unless_equals_int (
      decrypt (us, 3600 * SECOND, THEM, frame, ""), GST_DISCORD_FRAME_CLEAR);
  fail_unless_equals_int (counters_of (us).received_clear, 2);
  discord_dave_media_unref (us);
}

GST_END_TEST;

/* Old and new keys go side by side; what is gone is forgotten. */
GST_START_TEST (test_epochs)
{
  DiscordDaveMedia *us = media_new (GST_DISCORD_E2EE_REQUIRED);
  DiscordDaveMedia *old = media_new (GST_DISCORD_E2EE_REQUIRED);
  DiscordDaveMedia *new = media_new (GST_DISCORD_E2EE_REQUIRED);
  gint64 now = 0;

  discord_dave_media_set_sender (old, first_secret, FALSE);
  discord_dave_media_set_sender (new, second_secret, FALSE);
  set_receiver (us, now, THEM, first_secret);
  set_receiver (us, now, THEM, second_secret);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstBuffer) before = encrypted (old, "before");
    g_autoptr (GstBuffer) after = encrypted (new, "after");

    fail_unless_equals_int (
        decrypt (us, now, THEM, after, "after"), GST_DISCORD_FRAME_DONE);
    fail_unless_equals_int (decrypt (us, now, THEM, before, "before"),
        i < 2 ? GST_DISCORD_FRAME_DONE : GST_DISCORD_FRAME_REFUSED);
    now = i == 0 ? DAVE_RETENTION - 1 : DAVE_RETENTION;
  }

  /* A group without them: they are heard for ten seconds more. */
  set_receiver (us, now, STRANGER, first_secret);
  discord_dave_media_expire (us, now + DAVE_RETENTION - 1);
  fail_unless_equals_int (discord_dave_media_get_n_receivers (us), 2);
  discord_dave_media_expire (us, now + DAVE_RETENTION);
  fail_unless_equals_int (discord_dave_media_get_n_receivers (us), 1);
  set_receiver (us, now, 0, NULL);
  discord_dave_media_expire (us, now + DAVE_RETENTION);
  fail_unless_equals_int (discord_dave_media_get_n_receivers (us), 0);
  discord_dave_media_unref (us);
  discord_dave_media_unref (old);
  discord_dave_media_unref (new);
}

GST_END_TEST;

/* Who joins a call gets the keys of the new epoch while the others still send in
 * the one before: those frames are nobody's fault. What no key fits after that
 * is refused. */
GST_START_TEST (test_frames_from_before_the_join)
{
  DiscordDaveMedia *us = media_new (GST_DISCORD_E2EE_REQUIRED);
  DiscordDaveMedia *them = media_new (GST_DISCORD_E2EE_REQUIRED);
  g_autoptr (GstBuffer) before = NULL;
  g_autoptr (GstBuffer) after = NULL;
  const gchar *reason = NULL;
  gint64 now = 5 * SECOND;

  discord_dave_media_set_sender (them, first_secret, FALSE);
  before = encrypted (them, "first nonce");
  gst_clear_buffer (&before);
  before = encrypted (them, "second nonce");
  discord_dave_media_set_sender (them, second_secret, FALSE);
  after = encrypted (them, "after");
  set_receiver (us, now, THEM, second_secret);

  now += DAVE_RETENTION - 1;
  fail_unless_equals_int (
      decrypt (us, now, THEM, before, ""), GST_DISCORD_FRAME_EARLIER);
  if (__i__ == 0) {
    fail_unless_equals_int (
        decrypt (us, now, THEM, after, "after"), GST_DISCORD_FRAME_DONE);
  } else {
    now++;
  }
  fail_unless_equals_int (
      decrypt_full (us, now, THEM, FALSE, before, "", &reason),
      GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_string (reason, "auth");
  fail_unless_equals_int (counters_of (us).received[DAVE_FRAME_NO_KEY], 1);
  fail_unless_equals_int (counters_of (us).received[DAVE_FRAME_AUTH], 1);
  discord_dave_media_unref (us);
  discord_dave_media_unref (them);
}

GST_END_TEST;

/* A frame in several memories, and memory that cannot be used. */
GST_START_TEST (test_memory)
{
  DiscordDaveMedia *us = media_new (GST_DISCORD_E2EE_REQUIRED);
  g_autoptr (GstBuffer) frame = gst_buffer_new ();
  g_autoptr (GstBuffer) sent = NULL;
  g_autoptr (GstBuffer) out = gst_buffer_new ();
  g_autoptr (GstBuffer) pieces = gst_buffer_new ();
  const gchar *reason = NULL;
  gsize size, total;

  for (guint i = 0; i < 5; i++) {
    GstMemory *memory = gst_allocator_alloc (NULL, 2, NULL);
    GstMapInfo map;

    fail_unless (gst_memory_map (memory, &map, GST_MAP_WRITE));
    map.data[0] = map.data[1] = 'a' + i;
    gst_memory_unmap (memory, &map);
    gst_buffer_append_memory (frame, memory);
  }
  discord_dave_media_set_sender (us, first_secret, FALSE);
  set_receiver (us, 0, THEM, first_secret);
  fail_unless_equals_int (encrypt (us, frame, &sent), GST_DISCORD_FRAME_DONE);
  total = gst_buffer_get_size (sent);
  for (gsize at = 0; at < total; at += 7) {
    gsize length = MIN (7, total - at);

    gst_buffer_append_memory (pieces,
        gst_memory_share (gst_buffer_peek_memory (sent, 0), at, length));
    gst_buffer_append_memory (out, gst_allocator_alloc (NULL, length, NULL));
  }
  fail_unless_equals_int (discord_dave_media_decrypt (
                              us, 0, THEM, FALSE, pieces, out, &size, &reason),
      GST_DISCORD_FRAME_DONE);
  fail_unless_equals_int (size, 10);
  fail_unless (gst_buffer_memcmp (out, 0, "aabbccddee", 10) == 0);

  /* Too small, and not ours to write. */
  gst_buffer_set_size (out, 9);
  fail_unless_equals_int (
      discord_dave_media_encrypt (
          us, GST_DISCORD_CODEC_OPUS, frame, out, &size, &reason),
      GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_string (reason, "no-space");
  gst_clear_buffer (&out);
  out = gst_buffer_new_wrapped_full (GST_MEMORY_FLAG_READONLY,
      (gpointer) "read-only memory, more than enough of it", 40, 0, 40, NULL,
      NULL);
  fail_unless_equals_int (
      discord_dave_media_encrypt (
          us, GST_DISCORD_CODEC_OPUS, frame, out, &size, &reason),
      GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_string (reason, "unmapped");
  fail_unless_equals_int (counters_of (us).unmapped, 1);
  discord_dave_media_unref (us);
}

GST_END_TEST;

GST_START_TEST (test_stats)
{
  DiscordDaveMedia *us = media_new (GST_DISCORD_E2EE_REQUIRED);
  g_autoptr (GstBuffer) sent = NULL;
  g_autoptr (GstStructure) stats = gst_structure_new_empty ("stats");
  DiscordDaveCounters counters;
  guint64 encrypted_frames, no_key, tampered;

  discord_dave_media_set_sender (us, first_secret, FALSE);
  set_receiver (us, 0, THEM, second_secret);
  sent = encrypted (us, "hello");
  fail_unless_equals_int (
      decrypt (us, DAVE_RETENTION, THEM, sent, ""), GST_DISCORD_FRAME_REFUSED);
  fail_unless_equals_int (
      decrypt (us, 0, STRANGER, sent, ""), GST_DISCORD_FRAME_NO_KEY);
  counters = counters_of (us);
  discord_dave_counters_to_structure (&counters, stats);
  fail_unless (gst_structure_get (stats, "e2ee-encrypted", G_TYPE_UINT64,
      &encrypted_frames, "e2ee-receive-no-key", G_TYPE_UINT64, &no_key,
      "e2ee-receive-auth", G_TYPE_UINT64, &tampered, NULL));
  fail_unless_equals_uint64 (encrypted_frames, 1);
  fail_unless_equals_uint64 (no_key, 1);
  fail_unless_equals_uint64 (tampered, 1);
  discord_dave_media_unref (us);
}

GST_END_TEST;

#define N_SENDERS 3
#define N_FRAMES 400

#define N_EPOCHS 20

typedef struct
{
  DiscordDaveMedia *us, *them;
  GPtrArray *sent; /* GBytes */
  guint refused;
} Sender;

static gpointer
sender_main (gpointer data)
{
  Sender *self = data;

  for (guint i = 0; i < N_FRAMES; i++) {
    g_autoptr (GstBuffer) sent = encrypted (self->us, "one of many");
    gsize length = gst_buffer_get_size (sent);
    guint8 *bytes = g_malloc (length);
    const gchar *reason = NULL;

    gst_buffer_extract (sent, 0, bytes, length);
    g_ptr_array_add (self->sent, g_bytes_new_take (bytes, length));
    if (decrypt_full (self->them, 0, US, FALSE, sent, "one of many", &reason)
        == GST_DISCORD_FRAME_DONE)
      continue;
    /* By the key it belongs to, or by one of those before. */
    fail_unless (
        g_str_equal (reason, "replay") || g_str_equal (reason, "auth"));
    self->refused++;
  }
  return NULL;
}

/* Several streams send under one nonce counter while epochs come and go. Of the
 * same frame under the same key two nonces make two; what is overtaken by the
 * first of an epoch is refused as if it were replayed. */
GST_START_TEST (test_threads)
{
  DiscordDaveMedia *us = media_new (GST_DISCORD_E2EE_REQUIRED);
  DiscordDaveMedia *them = media_new (GST_DISCORD_E2EE_REQUIRED);
  g_autoptr (GHashTable) all = g_hash_table_new (g_bytes_hash, g_bytes_equal);
  Sender senders[N_SENDERS];
  GThread *threads[N_SENDERS];
  DiscordDaveCounters counters;
  guint refused = 0;

  set_receiver (them, 0, US, first_secret);
  discord_dave_media_set_sender (us, first_secret, FALSE);
  for (guint i = 0; i < N_SENDERS; i++) {
    senders[i] = (Sender){ us, them,
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref), 0 };
    threads[i] = g_thread_new ("sender", sender_main, &senders[i]);
  }
  for (guint8 i = 1; i <= N_EPOCHS; i++) {
    guint8 secret[MLS_SENDER_SECRET_SIZE] = { 9, i };

    set_receiver (them, 0, US, secret);
    discord_dave_media_set_sender (us, secret, FALSE);
    discord_dave_media_expire (them, 0);
    discord_dave_media_allow_clear (them);
    discord_dave_media_retire_clear (them, 0);
  }
  for (guint i = 0; i < N_SENDERS; i++) {
    g_thread_join (threads[i]);
    refused += senders[i].refused;
    for (guint k = 0; k < senders[i].sent->len; k++)
      fail_unless (
          g_hash_table_add (all, g_ptr_array_index (senders[i].sent, k)));
  }
  fail_unless (refused <= (1 + N_EPOCHS) * (N_SENDERS - 1));
  counters = counters_of (us);
  fail_unless_equals_int (counters.sent[DAVE_FRAME_OK], N_SENDERS * N_FRAMES);
  counters = counters_of (them);
  fail_unless_equals_int (
      counters.received[DAVE_FRAME_OK], N_SENDERS * N_FRAMES - refused);
  g_hash_table_remove_all (all);
  for (guint i = 0; i < N_SENDERS; i++)
    g_ptr_array_unref (senders[i].sent);
  discord_dave_media_unref (us);
  discord_dave_media_unref (them);
}

GST_END_TEST;

static Suite *
davemedia_suite (void)
{
  Suite *s = suite_create ("davemedia");
  TCase *tc = tcase_create ("media");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_both_ways);
  tcase_add_loop_test (tc, test_sending_in_clear, GST_DISCORD_E2EE_REQUIRED,
      GST_DISCORD_E2EE_OFF + 1);
  tcase_add_test (tc, test_receiving_in_clear);
  tcase_add_loop_test (tc, test_clear_by_policy, GST_DISCORD_E2EE_ALLOWED,
      GST_DISCORD_E2EE_OFF + 1);
  tcase_add_test (tc, test_epochs);
  tcase_add_loop_test (tc, test_frames_from_before_the_join, 0, 2);
  tcase_add_test (tc, test_memory);
  tcase_add_test (tc, test_stats);
  tcase_add_test (tc, test_threads);
  return s;
}

GST_CHECK_MAIN (davemedia);
