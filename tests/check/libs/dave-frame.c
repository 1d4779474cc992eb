/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* dave-frames.json: frames that libdave encrypted, in both directions; and the
 * media of dave-session.json. */

#include "dave-frame-helper.h"

#define SEED 3
#define VARIANTS 5

/* A plain frame and what must come out of it. */
typedef struct
{
  JsonObject *vector;
  const gchar *name;
  DaveCodec codec;
  Bytes secret;
  guint64 last_nonce;
  Bytes frame;
} Encryption;

static Bytes
repeated_frame (JsonObject *repeat)
{
  g_auto (Bytes) prefix = vector_bytes (repeat, "prefix");
  g_auto (Bytes) byte = vector_bytes (repeat, "byte");
  gsize count = vector_number (repeat, "count");
  Bytes frame = bytes_copy (prefix.data, prefix.length, count);

  memset (frame.data + prefix.length, byte.data[0], count);
  frame.length += count;
  return frame;
}

static Encryption
encryption_load (JsonObject *vector)
{
  Encryption self = {
    .vector = vector,
    .name = json_object_get_string_member (vector, "name"),
    .codec = codec_from_name (json_object_get_string_member (vector, "codec")),
    .secret = vector_bytes (vector, "base_secret"),
    .last_nonce = full_nonce (vector_number (vector, "previous_generation"),
        (guint32) vector_number (vector, "previous_nonce")),
  };

  if (json_object_has_member (vector, "frame_repeat"))
    self.frame =
        repeated_frame (json_object_get_object_member (vector, "frame_repeat"));
  else
    self.frame = vector_bytes (vector, "frame");
  return self;
}

static void
encryption_clear (Encryption *self)
{
  bytes_clear (&self->secret);
  bytes_clear (&self->frame);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Encryption, encryption_clear)

static void
check_sha256 (
    const Encryption *self, const gchar *kind, const Frame *frame, gsize length)
{
  g_autofree gchar *sum_member = g_strconcat (kind, "_sha256", NULL);
  g_autofree gchar *length_member = g_strconcat (kind, "_length", NULL);
  g_auto (Bytes) bytes = frame_bytes (frame, length);
  g_autofree gchar *sum =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes.data, length);

  fail_unless (
      length == vector_number (self->vector, length_member), "%s", self->name);
  fail_unless_equals_string (
      sum, json_object_get_string_member (self->vector, sum_member));
}

static void
check_output (
    const Encryption *self, const gchar *kind, const Frame *frame, gsize length)
{
  g_auto (Bytes) expected = { NULL, 0 };

  if (!json_object_has_member (self->vector, kind)) {
    check_sha256 (self, kind, frame, length);
    return;
  }
  expected = vector_bytes (self->vector, kind);
  assert_frame_equals (
      frame, length, expected.data, expected.length, self->name);
}

static void
check_ranges (const Encryption *self, const DaveLayout *layout)
{
  JsonArray *ranges =
      json_object_get_array_member (self->vector, "clear_ranges");

  fail_unless (
      layout->n_ranges == json_array_get_length (ranges), "%s", self->name);
  for (guint i = 0; i < layout->n_ranges; i++) {
    JsonArray *range = json_array_get_array_element (ranges, i);

    fail_unless_equals_uint64 (
        layout->ranges[i].offset, json_array_get_int_element (range, 0));
    fail_unless_equals_uint64 (
        layout->ranges[i].size, json_array_get_int_element (range, 1));
  }
}

static gsize
encrypted_length (const Encryption *self)
{
  if (json_object_has_member (self->vector, "encrypted"))
    return strlen (json_object_get_string_member (self->vector, "encrypted"))
        / 2;
  return vector_number (self->vector, "encrypted_length");
}

/* How the memory is cut: variants 2 and up into pieces. */
static GRand *
variant_rand (gint variant)
{
  return variant < 2 ? NULL : g_rand_new_with_seed (SEED + variant);
}

/* Odd variants in place. @capacity: of the output. */
static DaveFrameResult
encrypt_variant (const Encryption *self, DaveEncryptor *encryptor, gint variant,
    gsize capacity, Frame **out, gsize *out_length)
{
  GRand *rand = variant_rand (variant);
  DaveFrameResult result;

  if (variant % 2 == 1) {
    *out = frame_new (self->frame.data, self->frame.length,
        MAX (capacity, self->frame.length), rand);
    (*out)->view.length = capacity;
    result = dave_encryptor_encrypt_in_place (
        encryptor, self->codec, &(*out)->view, self->frame.length, out_length);
  } else {
    g_autoptr (Frame) in = frame_new (
        self->frame.data, self->frame.length, self->frame.length, rand);

    *out = frame_new (NULL, 0, capacity, rand);
    result = dave_encryptor_encrypt (
        encryptor, self->codec, &in->view, &(*out)->view, out_length);
    assert_frame_equals (
        in, in->view.length, self->frame.data, self->frame.length, self->name);
  }
  g_clear_pointer (&rand, g_rand_free);
  return result;
}

static void
receive_nonce (
    DaveDecryptor *decryptor, const guint8 *secret, guint64 nonce, gint64 now)
{
  g_autoptr (DaveEncryptor) encryptor = dave_encryptor_new (secret, nonce - 1);
  g_autoptr (Frame) frame = frame_new ((const guint8 *) "x", 1, 17, NULL);
  gsize length;
  DavePlain plain;

  fail_unless_equals_int (dave_encryptor_encrypt_in_place (encryptor,
                              DAVE_CODEC_OPUS, &frame->view, 1, &length),
      DAVE_FRAME_OK);
  frame->view.length = length;
  fail_unless_equals_int (dave_decryptor_decrypt_in_place (decryptor,
                              DAVE_MEDIA_VIDEO, now, &frame->view, &plain),
      DAVE_FRAME_OK);
}

/* A receiver follows 250 generations at a time, and knows that the top byte of
 * the nonce went round once the old keys are gone. Returns when they are. */
static gint64
catch_up (DaveDecryptor *decryptor, const guint8 *secret, guint64 generation)
{
  const guint64 stops[] = { 200, generation - 1 };
  gint64 now = 0;

  if (generation <= DAVE_GENERATION_GAP_MAX)
    return now;
  for (guint i = 0; i < G_N_ELEMENTS (stops); i++) {
    receive_nonce (decryptor, secret, full_nonce (stops[i], 0), now);
    now += DAVE_RETENTION;
  }
  return now;
}

static void
check_decryption (
    const Encryption *self, const Frame *encrypted, gsize length, gint variant)
{
  const gboolean equal =
      json_object_has_member (self->vector, "decrypted_equals_frame");
  GRand *rand = variant_rand (variant);
  g_auto (Bytes) bytes = frame_bytes (encrypted, length);
  g_autoptr (Frame) in = frame_new (bytes.data, length, length, rand);
  g_autoptr (Frame) out = NULL;
  g_autoptr (DaveDecryptor) decryptor = dave_decryptor_new ();
  DavePlain plain = { 0 };
  gint64 now;

  fail_unless (
      dave_decryptor_add_key (decryptor, self->secret.data, LONG_AGO, 0));
  now = catch_up (
      decryptor, self->secret.data, vector_number (self->vector, "generation"));
  if (variant % 2 == 1) {
    fail_unless_equals_int (dave_decryptor_decrypt_in_place (decryptor,
                                DAVE_MEDIA_VIDEO, now, &in->view, &plain),
        DAVE_FRAME_OK);
  } else {
    DaveTrailer trailer;

    fail_unless (dave_trailer_read (&trailer, &in->view));
    out = frame_new (NULL, 0, trailer.media_length, rand);
    fail_unless_equals_int (dave_decryptor_decrypt (decryptor, DAVE_MEDIA_VIDEO,
                                now, &in->view, &out->view, &plain),
        DAVE_FRAME_OK);
    assert_frame_equals (in, length, bytes.data, length, self->name);
  }
  fail_unless_equals_int (plain.kind, DAVE_PLAIN_DECRYPTED);
  if (equal)
    assert_frame_equals (out != NULL ? out : in, plain.length, self->frame.data,
        self->frame.length, self->name);
  else
    check_output (self, "decrypted", out != NULL ? out : in, plain.length);
  g_clear_pointer (&rand, g_rand_free);
}

static void
check_refusal (const Encryption *self, gint variant)
{
  const gchar *error = json_object_get_string_member (self->vector, "error");
  g_autoptr (DaveEncryptor) encryptor =
      dave_encryptor_new (self->secret.data, self->last_nonce);
  g_autoptr (Frame) out = NULL;
  gsize length;

  fail_unless_equals_int (
      encrypt_variant (self, encryptor, variant,
          dave_encryptor_size_max (self->codec, self->frame.length), &out,
          &length),
      g_str_equal (error, "nothing left to send") ? DAVE_FRAME_NOTHING
                                                  : DAVE_FRAME_TOO_COMPLEX);
}

/* Room must be there for the longest nonce, not only for the one of this
 * frame. */
static gsize
needed_capacity (const Encryption *self, guint32 nonce)
{
  gsize needed = encrypted_length (self) + dave_uleb128_size (UINT32_MAX)
      - dave_uleb128_size (nonce);

  fail_unless (
      needed <= dave_encryptor_size_max (self->codec, self->frame.length));
  return needed;
}

static void
check_without_room (const Encryption *self, gint variant, gsize capacity)
{
  g_autoptr (DaveEncryptor) encryptor =
      dave_encryptor_new (self->secret.data, self->last_nonce);
  g_autoptr (Frame) out = NULL;
  gsize length;

  fail_unless_equals_int (
      encrypt_variant (self, encryptor, variant, capacity - 1, &out, &length),
      DAVE_FRAME_NO_SPACE);
  fail_unless_equals_uint64 (
      dave_encryptor_last_nonce (encryptor), self->last_nonce);
}

static void
check_encryption (const Encryption *self, gint variant)
{
  g_autoptr (DaveEncryptor) encryptor =
      dave_encryptor_new (self->secret.data, self->last_nonce);
  g_autoptr (Frame) out = NULL;
  guint32 nonce = (guint32) vector_number (self->vector, "nonce");
  gsize capacity = needed_capacity (self, nonce);
  gsize length;

  fail_unless (encryptor != NULL);
  fail_unless (
      encrypt_variant (self, encryptor, variant, capacity, &out, &length)
          == DAVE_FRAME_OK,
      "%s", self->name);
  check_output (self, "encrypted", out, length);
  check_ranges (self, dave_encryptor_layout (encryptor));
  fail_unless_equals_uint64 (dave_encryptor_last_nonce (encryptor),
      full_nonce (vector_number (self->vector, "generation"), nonce));
  fail_unless_equals_uint64 (
      dave_encryptor_last_nonce (encryptor) - self->last_nonce,
      vector_number (self->vector, "attempts"));
  check_decryption (self, out, length, variant);
  check_without_room (self, variant, capacity);
}

/* libdave encrypts Opus silence, we send it as it is. Another codec of which all
 * is encrypted shows that we would make the same of it. */
static void
check_silence (Encryption *self, gint variant)
{
  g_autoptr (DaveEncryptor) encryptor =
      dave_encryptor_new (self->secret.data, self->last_nonce);
  g_autoptr (Frame) out = NULL;
  gsize length;

  fail_unless_equals_int (
      encrypt_variant (self, encryptor, variant, 3, &out, &length),
      DAVE_FRAME_OK);
  assert_frame_equals (
      out, length, self->frame.data, self->frame.length, self->name);
  fail_unless_equals_uint64 (
      dave_encryptor_last_nonce (encryptor), self->last_nonce);
  self->codec = DAVE_CODEC_VP9;
  check_encryption (self, variant);
}

static gint current_variant;

static void
check_encrypt_vector (JsonObject *vector)
{
  g_auto (Encryption) encryption = encryption_load (vector);

  if (json_object_has_member (vector, "error"))
    check_refusal (&encryption, current_variant);
  else if (g_str_equal (encryption.name, "opus-silence-encrypted"))
    check_silence (&encryption, current_variant);
  else
    check_encryption (&encryption, current_variant);
}

GST_START_TEST (test_encrypt)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  current_variant = __i__;
  vectors_each (vectors_root (parser), "encrypt", 108, check_encrypt_vector);
}
GST_END_TEST;

static gboolean
is_protocol_frame (const Bytes *bytes)
{
  g_autoptr (Frame) frame =
      frame_new (bytes->data, bytes->length, bytes->length, NULL);
  DaveTrailer trailer;

  return dave_trailer_read (&trailer, &frame->view);
}

/* In place and into another buffer, for audio and video. */
static void
check_negative (JsonObject *vector)
{
  const gchar *name = json_object_get_string_member (vector, "name");
  const gboolean encrypted =
      json_object_get_boolean_member (vector, "is_protocol_frame");
  g_auto (Bytes) secret = vector_bytes (vector, "base_secret");
  g_auto (Bytes) bytes = vector_bytes (vector, "frame");
  g_autoptr (DaveDecryptor) decryptor = dave_decryptor_new ();
  g_autoptr (Frame) frame =
      frame_new (bytes.data, bytes.length, bytes.length, NULL);
  g_autoptr (Frame) out = frame_new (NULL, 0, bytes.length, NULL);
  DavePlain plain;

  fail_unless (is_protocol_frame (&bytes) == encrypted, "%s", name);
  fail_unless (dave_decryptor_add_key (decryptor, secret.data, LONG_AGO, 0));
  for (gint media = DAVE_MEDIA_AUDIO; media <= DAVE_MEDIA_VIDEO; media++) {
    DaveFrameResult in_place = dave_decryptor_decrypt_in_place (
        decryptor, media, 0, &frame->view, &plain);

    fail_unless (in_place != DAVE_FRAME_OK, "%s", name);
    fail_unless (
        (in_place == DAVE_FRAME_NOT_ENCRYPTED) == !encrypted, "%s", name);
    assert_frame_equals (frame, bytes.length, bytes.data, bytes.length, name);
    fail_unless_equals_int (dave_decryptor_decrypt (decryptor, media, 0,
                                &frame->view, &out->view, &plain),
        in_place);
  }
}

GST_START_TEST (test_decrypt_negative)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  vectors_each (vectors_root (parser), "decrypt_negative", 34, check_negative);
}
GST_END_TEST;

/* We are as lenient as libdave. */
static void
check_lenient (JsonObject *vector)
{
  g_auto (Bytes) secret = vector_bytes (vector, "base_secret");
  g_auto (Bytes) bytes = vector_bytes (vector, "frame");
  g_auto (Bytes) expected = vector_bytes (vector, "decrypted");
  g_autoptr (DaveDecryptor) decryptor = dave_decryptor_new ();
  g_autoptr (Frame) frame =
      frame_new (bytes.data, bytes.length, bytes.length, NULL);
  DavePlain plain = { 0 };

  fail_unless (dave_decryptor_add_key (decryptor, secret.data, 0, 0));
  fail_unless_equals_int (dave_decryptor_decrypt_in_place (decryptor,
                              DAVE_MEDIA_AUDIO, 0, &frame->view, &plain),
      DAVE_FRAME_OK);
  assert_frame_equals (frame, plain.length, expected.data, expected.length,
      json_object_get_string_member (vector, "name"));
}

GST_START_TEST (test_decrypt_lenient)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  vectors_each (vectors_root (parser), "decrypt_lenient", 1, check_lenient);
}
GST_END_TEST;

static void
check_step (DaveDecryptor *decryptor, DaveMedia media, JsonObject *step,
    const gchar *name, guint number)
{
  const gboolean ok =
      g_str_equal (json_object_get_string_member (step, "expect"), "ok");
  g_auto (Bytes) bytes = vector_bytes (step, "frame");
  g_autoptr (Frame) frame =
      frame_new (bytes.data, bytes.length, bytes.length, NULL);
  DavePlain plain = { 0 };
  DaveFrameResult result = dave_decryptor_decrypt_in_place (
      decryptor, media, 0, &frame->view, &plain);

  fail_unless ((result == DAVE_FRAME_OK) == ok, "%s, step %u: %s", name, number,
      dave_frame_result_name (result));
  if (ok) {
    g_auto (Bytes) expected = vector_bytes (step, "decrypted");

    assert_frame_equals (
        frame, plain.length, expected.data, expected.length, name);
  }
}

static void
check_sequence (JsonObject *vector)
{
  const gchar *name = json_object_get_string_member (vector, "name");
  JsonArray *secrets =
      json_object_get_array_member (vector, "base_secrets_oldest_first");
  JsonArray *steps = json_object_get_array_member (vector, "steps");
  DaveMedia media =
      g_str_equal (json_object_get_string_member (vector, "media"), "audio")
      ? DAVE_MEDIA_AUDIO
      : DAVE_MEDIA_VIDEO;
  g_autoptr (DaveDecryptor) decryptor = dave_decryptor_new ();

  if (json_object_get_boolean_member (vector, "passthrough"))
    dave_decryptor_allow_clear (decryptor);
  for (guint i = 0; i < json_array_get_length (secrets); i++) {
    g_auto (Bytes) secret =
        bytes_from_hex (json_array_get_string_element (secrets, i));

    fail_unless (dave_decryptor_add_key (decryptor, secret.data, 0, 0));
  }
  for (guint i = 0; i < json_array_get_length (steps); i++)
    check_step (
        decryptor, media, json_array_get_object_element (steps, i), name, i);
}

GST_START_TEST (test_decrypt_sequences)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-frames.json");

  vectors_each (vectors_root (parser), "decrypt_sequences", 9, check_sequence);
}
GST_END_TEST;

/* An epoch number comes twice where the group was made anew. */
static void
add_keys (DaveDecryptor *decryptor, JsonObject *session, JsonObject *media)
{
  JsonArray *states = json_object_get_array_member (session, "group_states");
  const gchar *sender = json_object_get_string_member (media, "sender");

  for (guint i = 0; i < json_array_get_length (states); i++) {
    JsonObject *state = json_array_get_object_element (states, i);
    JsonArray *members = json_object_get_array_member (state, "members");

    if (vector_number (state, "epoch") != vector_number (media, "epoch"))
      continue;
    for (guint j = 0; j < json_array_get_length (members); j++) {
      JsonObject *member = json_array_get_object_element (members, j);
      g_auto (Bytes) secret = vector_bytes (member, "sender_base_secret");

      if (g_str_equal (
              json_object_get_string_member (member, "user_id"), sender))
        fail_unless (dave_decryptor_add_key (decryptor, secret.data, 0, 0));
    }
  }
}

static guint n_session_frames;

/* What members sent each other once they had agreed on keys. */
static void
check_session (JsonObject *session)
{
  JsonArray *media = json_object_get_array_member (session, "media");

  for (guint i = 0; i < json_array_get_length (media); i++) {
    JsonObject *sent = json_array_get_object_element (media, i);
    g_auto (Bytes) bytes = vector_bytes (sent, "encrypted");
    g_auto (Bytes) expected = vector_bytes (sent, "frame");
    g_autoptr (DaveDecryptor) decryptor = dave_decryptor_new ();
    g_autoptr (Frame) frame =
        frame_new (bytes.data, bytes.length, bytes.length, NULL);
    DavePlain plain = { 0 };

    add_keys (decryptor, session, sent);
    fail_unless_equals_int (dave_decryptor_decrypt_in_place (decryptor,
                                DAVE_MEDIA_AUDIO, 0, &frame->view, &plain),
        DAVE_FRAME_OK);
    assert_frame_equals (frame, plain.length, expected.data, expected.length,
        json_object_get_string_member (session, "name"));
    n_session_frames++;
  }
}

GST_START_TEST (test_session_media)
{
  g_autoptr (JsonParser) parser = dave_vectors_load ("dave-session.json");

  n_session_frames = 0;
  vectors_each (vectors_root (parser), "sessions", 12, check_session);
  fail_unless_equals_int (n_session_frames, 130);
}
GST_END_TEST;

static Suite *
dave_frame_suite (void)
{
  Suite *suite = suite_create ("dave-frame");
  TCase *tcase = tcase_create ("dave-frame");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_encrypt, 0, VARIANTS);
  tcase_add_test (tcase, test_decrypt_negative);
  tcase_add_test (tcase, test_decrypt_lenient);
  tcase_add_test (tcase, test_decrypt_sequences);
  tcase_add_test (tcase, test_session_media);
  return suite;
}

GST_CHECK_MAIN (dave_frame);
