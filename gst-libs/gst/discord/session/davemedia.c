/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "davemedia.h"

#include "../dave/frame/decryptor.h"
#include "../dave/frame/encryptor.h"
#include "../dave/frame/receiver.h"
#include "../dave/frame/silence.h"
#include "../media/codec.h"
#include "frameview.h"

G_STATIC_ASSERT (MLS_SENDER_SECRET_SIZE == DAVE_BASE_SECRET_SIZE);

/* Of one user; rc-boxed, so that a frame can be decrypted while the list of
 * users changes. */
typedef struct
{
  /* Guards the rest. Comes after the media's receive_lock; a leaf. */
  GMutex lock;
  DaveDecryptor *decryptor;
  gboolean has_key; /* had one, ever */
  gint64 first_key_at;
  gboolean understood; /* a frame was decrypted */
} Receiver;

typedef enum
{
  CLEAR_REFUSED,
  CLEAR_ALLOWED,
  CLEAR_RETIRED, /* at clear_retired_at */
} ClearState;

struct _DiscordDaveMedia
{
  gatomicrefcount refs;
  GstDiscordE2ee policy;

  /* Guards the encryptor, with its one nonce counter for all that we send, and
   * what was sent. A leaf. */
  GMutex send_lock;
  DaveEncryptor *encryptor;
  gboolean send_clear;
  guint64 sent[DISCORD_DAVE_N_RESULTS];
  guint64 sent_clear;

  /* Guards who has a decryptor, how frames in clear are taken, and what was
   * received. Comes before a receiver's lock. */
  GMutex receive_lock;
  GHashTable *receivers; /* user id -> Receiver */
  Receiver *stranger; /* has no keys: of users without a decryptor */
  ClearState clear_state;
  gint64 clear_retired_at;
  guint64 received[DISCORD_DAVE_N_RESULTS];
  guint64 received_silence, received_clear, unmapped;
};

static void
receiver_clear (gpointer data)
{
  Receiver *receiver = data;

  dave_decryptor_free (receiver->decryptor);
  g_mutex_clear (&receiver->lock);
}

static void
receiver_unref (gpointer receiver)
{
  g_atomic_rc_box_release_full (receiver, receiver_clear);
}

/* NULL when out of memory. */
static Receiver *
receiver_new_unlocked (DiscordDaveMedia *self)
{
  DaveDecryptor *decryptor = dave_decryptor_new ();
  Receiver *receiver;

  if (decryptor == NULL)
    return NULL;
  if (self->clear_state != CLEAR_REFUSED)
    dave_decryptor_allow_clear (decryptor);
  if (self->clear_state == CLEAR_RETIRED)
    dave_decryptor_retire_clear (decryptor, self->clear_retired_at);
  receiver = g_atomic_rc_box_new0 (Receiver);
  g_mutex_init (&receiver->lock);
  receiver->decryptor = decryptor;
  return receiver;
}

DiscordDaveMedia *
discord_dave_media_new (GstDiscordE2ee policy)
{
  DiscordDaveMedia *self = g_new0 (DiscordDaveMedia, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->send_lock);
  g_mutex_init (&self->receive_lock);
  self->policy = policy;
  self->send_clear = policy == GST_DISCORD_E2EE_OFF;
  if (policy != GST_DISCORD_E2EE_REQUIRED)
    self->clear_state = CLEAR_ALLOWED;
  self->receivers = g_hash_table_new_full (
      g_int64_hash, g_int64_equal, g_free, receiver_unref);
  self->stranger = receiver_new_unlocked (self);
  return self;
}

DiscordDaveMedia *
discord_dave_media_ref (DiscordDaveMedia *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
discord_dave_media_unref (DiscordDaveMedia *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  dave_encryptor_free (self->encryptor);
  g_hash_table_unref (self->receivers);
  g_clear_pointer (&self->stranger, receiver_unref);
  g_mutex_clear (&self->send_lock);
  g_mutex_clear (&self->receive_lock);
  g_free (self);
}

static DaveFrameResult
encrypt_unlocked (DiscordDaveMedia *self, DaveCodec codec,
    const DiscordFrameView *frame, const DiscordFrameView *out, gsize *size,
    gboolean *clear)
{
  *clear = self->encryptor == NULL && self->send_clear;
  if (self->encryptor != NULL && codec == DAVE_CODEC_OPUS)
    *clear = dave_is_silence (&frame->view);
  if (*clear)
    return DAVE_FRAME_OK;
  if (self->encryptor == NULL)
    return DAVE_FRAME_NO_KEY;
  *size = out->view.length;
  return dave_encryptor_encrypt (
      self->encryptor, codec, &frame->view, &out->view, size);
}

static GstDiscordFrameResult
frame_result (DaveFrameResult result, gboolean clear, const gchar **reason)
{
  if (result == DAVE_FRAME_OK)
    return clear ? GST_DISCORD_FRAME_CLEAR : GST_DISCORD_FRAME_DONE;
  if (result == DAVE_FRAME_NO_KEY)
    return GST_DISCORD_FRAME_NO_KEY;
  if (reason != NULL)
    *reason = dave_frame_result_name (result);
  return GST_DISCORD_FRAME_REFUSED;
}

/* FALSE: neither is mapped. */
static gboolean
map_frames (DiscordDaveMedia *self, GstBuffer *frame, GstBuffer *out,
    DiscordFrameView *frame_view, DiscordFrameView *out_view,
    const gchar **reason)
{
  if (discord_frame_view_map (frame_view, frame, GST_MAP_READ)) {
    if (discord_frame_view_map (out_view, out, GST_MAP_WRITE))
      return TRUE;
    discord_frame_view_unmap (frame_view);
  }
  g_mutex_lock (&self->receive_lock);
  self->unmapped++;
  g_mutex_unlock (&self->receive_lock);
  if (reason != NULL)
    *reason = "unmapped";
  return FALSE;
}

GstDiscordFrameResult
discord_dave_media_encrypt (DiscordDaveMedia *self, GstDiscordCodec codec,
    GstBuffer *frame, GstBuffer *out, gsize *size, const gchar **reason)
{
  DiscordFrameView frame_view, out_view;
  DaveFrameResult result;
  gboolean clear;

  if (!map_frames (self, frame, out, &frame_view, &out_view, reason))
    return GST_DISCORD_FRAME_REFUSED;

  g_mutex_lock (&self->send_lock);
  result = encrypt_unlocked (
      self, media_codec_of (codec), &frame_view, &out_view, size, &clear);
  if (clear)
    self->sent_clear++;
  else
    self->sent[result]++;
  g_mutex_unlock (&self->send_lock);

  discord_frame_view_unmap (&out_view);
  discord_frame_view_unmap (&frame_view);
  return frame_result (result, clear, reason);
}

/* A reference to that user's decryptor, or to the one without keys; NULL after
 * close. */
static Receiver *
media_dup_receiver (DiscordDaveMedia *self, guint64 user_id)
{
  Receiver *receiver;

  g_mutex_lock (&self->receive_lock);
  receiver = g_hash_table_lookup (self->receivers, &user_id);
  if (receiver == NULL)
    receiver = self->stranger;
  if (receiver != NULL)
    g_atomic_rc_box_acquire (receiver);
  g_mutex_unlock (&self->receive_lock);
  return receiver;
}

/* Who joins a call gets its keys before the others switch to them, and meets
 * frames of the epoch before, which nobody gave him the keys of. They stop when
 * the first one of our epoch comes, or when its sender forgets that epoch, too. */
static gboolean
is_from_before (const Receiver *receiver, gint64 now, DaveFrameResult result)
{
  return (result == DAVE_FRAME_AUTH || result == DAVE_FRAME_GENERATION)
      && receiver->has_key && !receiver->understood
      && now < receiver->first_key_at + DAVE_RETENTION;
}

static DaveFrameResult
receiver_decrypt (Receiver *receiver, gint64 now, DaveMedia media,
    const DiscordFrameView *frame, const DiscordFrameView *out,
    DavePlain *plain, gboolean *from_before)
{
  DaveFrameResult result;

  g_mutex_lock (&receiver->lock);
  result = dave_decryptor_decrypt (
      receiver->decryptor, media, now, &frame->view, &out->view, plain);
  *from_before = is_from_before (receiver, now, result);
  if (result == DAVE_FRAME_OK && plain->kind == DAVE_PLAIN_DECRYPTED)
    receiver->understood = TRUE;
  g_mutex_unlock (&receiver->lock);
  return result;
}

static void
media_count_received (
    DiscordDaveMedia *self, DaveFrameResult result, DavePlainKind kind)
{
  g_mutex_lock (&self->receive_lock);
  if (result != DAVE_FRAME_OK || kind == DAVE_PLAIN_DECRYPTED)
    self->received[result]++;
  else if (kind == DAVE_PLAIN_SILENCE)
    self->received_silence++;
  else
    self->received_clear++;
  g_mutex_unlock (&self->receive_lock);
}

GstDiscordFrameResult
discord_dave_media_decrypt (DiscordDaveMedia *self, gint64 now, guint64 user_id,
    gboolean video, GstBuffer *frame, GstBuffer *out, gsize *size,
    const gchar **reason)
{
  Receiver *receiver = media_dup_receiver (self, user_id);
  DaveFrameResult result = DAVE_FRAME_NO_KEY;
  DavePlain plain = { 0 };
  DiscordFrameView frame_view, out_view;
  gboolean from_before;

  if (receiver == NULL) {
    media_count_received (self, result, DAVE_PLAIN_DECRYPTED);
    return GST_DISCORD_FRAME_NO_KEY;
  }
  if (!map_frames (self, frame, out, &frame_view, &out_view, reason)) {
    receiver_unref (receiver);
    return GST_DISCORD_FRAME_REFUSED;
  }

  result = receiver_decrypt (receiver, now,
      video ? DAVE_MEDIA_VIDEO : DAVE_MEDIA_AUDIO, &frame_view, &out_view,
      &plain, &from_before);

  discord_frame_view_unmap (&out_view);
  discord_frame_view_unmap (&frame_view);
  receiver_unref (receiver);
  media_count_received (
      self, from_before ? DAVE_FRAME_NO_KEY : result, plain.kind);
  *size = plain.length;
  if (from_before)
    return GST_DISCORD_FRAME_EARLIER;
  return frame_result (result, plain.kind != DAVE_PLAIN_DECRYPTED, reason);
}

gboolean
discord_dave_media_set_sender (
    DiscordDaveMedia *self, const guint8 *secret, gboolean clear)
{
  DaveEncryptor *encryptor = NULL, *old;

  if (secret != NULL)
    encryptor = dave_encryptor_new (secret, 0);

  g_mutex_lock (&self->send_lock);
  old = self->encryptor;
  self->encryptor = encryptor;
  self->send_clear =
      secret == NULL && (clear || self->policy == GST_DISCORD_E2EE_OFF);
  g_mutex_unlock (&self->send_lock);

  dave_encryptor_free (old);
  return secret == NULL || encryptor != NULL;
}

/* A reference to the decryptor of @user_id, made when there is none. */
static Receiver *
media_obtain_receiver (DiscordDaveMedia *self, guint64 user_id)
{
  Receiver *receiver;

  g_mutex_lock (&self->receive_lock);
  receiver = g_hash_table_lookup (self->receivers, &user_id);
  if (receiver == NULL) {
    receiver = receiver_new_unlocked (self);
    if (receiver != NULL)
      g_hash_table_insert (
          self->receivers, g_memdup2 (&user_id, sizeof user_id), receiver);
  }
  if (receiver != NULL)
    g_atomic_rc_box_acquire (receiver);
  g_mutex_unlock (&self->receive_lock);
  return receiver;
}

static gboolean
media_add_key (
    DiscordDaveMedia *self, gint64 now, const DaveMemberSecret *member)
{
  Receiver *receiver = media_obtain_receiver (self, member->user_id);
  gboolean done;

  if (receiver == NULL)
    return FALSE;
  g_mutex_lock (&receiver->lock);
  done = dave_decryptor_add_key (receiver->decryptor, member->secret, now, now);
  if (!receiver->has_key)
    receiver->first_key_at = now;
  receiver->has_key = TRUE;
  g_mutex_unlock (&receiver->lock);
  receiver_unref (receiver);
  return done;
}

typedef void (*ReceiverFunc) (DaveDecryptor *decryptor, gint64 now);

static void
media_for_each_unlocked (DiscordDaveMedia *self, ReceiverFunc func, gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->receivers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Receiver *receiver = value;

    g_mutex_lock (&receiver->lock);
    func (receiver->decryptor, now);
    g_mutex_unlock (&receiver->lock);
  }
}

gboolean
discord_dave_media_set_receivers (DiscordDaveMedia *self, gint64 now,
    const DaveMemberSecret *members, guint n_members)
{
  gboolean done = TRUE;

  /* Who is not in @members gets no new key. */
  g_mutex_lock (&self->receive_lock);
  media_for_each_unlocked (self, dave_decryptor_retire_keys, now);
  g_mutex_unlock (&self->receive_lock);
  for (guint i = 0; i < n_members; i++)
    done = media_add_key (self, now, &members[i]) && done;
  return done;
}

static void
decryptor_allow_clear (DaveDecryptor *decryptor, gint64 now)
{
  dave_decryptor_allow_clear (decryptor);
}

static void
media_set_clear_unlocked (DiscordDaveMedia *self, ClearState state, gint64 now)
{
  ReceiverFunc func = state == CLEAR_ALLOWED ? decryptor_allow_clear
                                             : dave_decryptor_retire_clear;

  self->clear_state = state;
  self->clear_retired_at = now;
  media_for_each_unlocked (self, func, now);
  if (self->stranger == NULL)
    return;
  g_mutex_lock (&self->stranger->lock);
  func (self->stranger->decryptor, now);
  g_mutex_unlock (&self->stranger->lock);
}

void
discord_dave_media_allow_clear (DiscordDaveMedia *self)
{
  g_mutex_lock (&self->receive_lock);
  media_set_clear_unlocked (self, CLEAR_ALLOWED, 0);
  g_mutex_unlock (&self->receive_lock);
}

void
discord_dave_media_retire_clear (DiscordDaveMedia *self, gint64 now)
{
  g_mutex_lock (&self->receive_lock);
  if (self->clear_state == CLEAR_ALLOWED
      && self->policy == GST_DISCORD_E2EE_REQUIRED)
    media_set_clear_unlocked (self, CLEAR_RETIRED, now);
  g_mutex_unlock (&self->receive_lock);
}

void
discord_dave_media_expire (DiscordDaveMedia *self, gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&self->receive_lock);
  g_hash_table_iter_init (&iter, self->receivers);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Receiver *receiver = value;
    gsize left;

    g_mutex_lock (&receiver->lock);
    left = dave_decryptor_expire_keys (receiver->decryptor, now);
    g_mutex_unlock (&receiver->lock);
    if (left == 0)
      g_hash_table_iter_remove (&iter);
  }
  g_mutex_unlock (&self->receive_lock);
}

guint
discord_dave_media_get_n_receivers (DiscordDaveMedia *self)
{
  guint n;

  g_mutex_lock (&self->receive_lock);
  n = g_hash_table_size (self->receivers);
  g_mutex_unlock (&self->receive_lock);
  return n;
}

void
discord_dave_media_close (DiscordDaveMedia *self)
{
  DaveEncryptor *encryptor;

  g_mutex_lock (&self->send_lock);
  encryptor = g_steal_pointer (&self->encryptor);
  self->send_clear = FALSE;
  g_mutex_unlock (&self->send_lock);
  dave_encryptor_free (encryptor);

  g_mutex_lock (&self->receive_lock);
  g_hash_table_remove_all (self->receivers);
  g_clear_pointer (&self->stranger, receiver_unref);
  g_mutex_unlock (&self->receive_lock);
}

void
discord_dave_media_add_counters (
    DiscordDaveMedia *self, DiscordDaveCounters *sum)
{
  g_mutex_lock (&self->send_lock);
  for (guint i = 0; i < DISCORD_DAVE_N_RESULTS; i++)
    sum->sent[i] += self->sent[i];
  sum->sent_clear += self->sent_clear;
  g_mutex_unlock (&self->send_lock);

  g_mutex_lock (&self->receive_lock);
  for (guint i = 0; i < DISCORD_DAVE_N_RESULTS; i++)
    sum->received[i] += self->received[i];
  sum->received_silence += self->received_silence;
  sum->received_clear += self->received_clear;
  sum->unmapped += self->unmapped;
  g_mutex_unlock (&self->receive_lock);
}

static void
counters_set_reasons (GstStructure *stats, const gchar *direction,
    const guint64 *counters, const DaveFrameResult *reasons, guint n_reasons)
{
  for (guint i = 0; i < n_reasons; i++) {
    g_autofree gchar *name = g_strdup_printf (
        "e2ee-%s-%s", direction, dave_frame_result_name (reasons[i]));

    gst_structure_set (stats, name, G_TYPE_UINT64, counters[reasons[i]], NULL);
  }
}

void
discord_dave_counters_to_structure (
    const DiscordDaveCounters *counters, GstStructure *stats)
{
  static const DaveFrameResult send_reasons[] = { DAVE_FRAME_NO_KEY,
    DAVE_FRAME_NOTHING, DAVE_FRAME_TOO_LARGE, DAVE_FRAME_TOO_COMPLEX,
    DAVE_FRAME_START_CODE, DAVE_FRAME_EXHAUSTED, DAVE_FRAME_NO_SPACE,
    DAVE_FRAME_LIBRARY };
  static const DaveFrameResult receive_reasons[] = { DAVE_FRAME_NO_KEY,
    DAVE_FRAME_NOT_ENCRYPTED, DAVE_FRAME_GENERATION, DAVE_FRAME_REPLAY,
    DAVE_FRAME_AUTH, DAVE_FRAME_TOO_LARGE, DAVE_FRAME_NO_SPACE,
    DAVE_FRAME_LIBRARY };

  gst_structure_set (stats, "e2ee-encrypted", G_TYPE_UINT64,
      counters->sent[DAVE_FRAME_OK], "e2ee-sent-clear", G_TYPE_UINT64,
      counters->sent_clear, "e2ee-decrypted", G_TYPE_UINT64,
      counters->received[DAVE_FRAME_OK], "e2ee-received-silence", G_TYPE_UINT64,
      counters->received_silence, "e2ee-received-clear", G_TYPE_UINT64,
      counters->received_clear, "e2ee-unmapped", G_TYPE_UINT64,
      counters->unmapped, NULL);
  counters_set_reasons (
      stats, "send", counters->sent, send_reasons, G_N_ELEMENTS (send_reasons));
  counters_set_reasons (stats, "receive", counters->received, receive_reasons,
      G_N_ELEMENTS (receive_reasons));
}
