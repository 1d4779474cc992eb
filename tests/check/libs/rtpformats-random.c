/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames of every codec, clear and encrypted, over a network that loses,
 * duplicates and reorders packets. All by seed. */

#include "rtpformats-helper.h"

#define N_FRAMES 120
#define N_SEEDS 4
#define MAX_BEHIND 100 /* of GstRTPBaseDepayload */

static const guint8 secret[DAVE_BASE_SECRET_SIZE] = { 3, 1, 4, 1, 5 };

typedef struct
{
  guint16 sequence;
  guint frame; /* its timestamp, too */
  gboolean marker;
  gboolean arrived;
  GByteArray *payload;
} Packet;

typedef struct
{
  const Codec *codec;
  gboolean encrypted;
  GRand *rand;
  DaveEncryptor *encryptor;
  DaveDecryptor *decryptor;
  GPtrArray *plain; /* GByteArray, of each frame */
  GPtrArray *packets; /* Packet, as sent */
  guint16 sequence;
} Run;

static void
packet_free (Packet *packet)
{
  g_byte_array_unref (packet->payload);
  g_free (packet);
}

static void
add_byte (GByteArray *frame, guint8 byte)
{
  g_byte_array_append (frame, &byte, 1);
}

/* Without zeros: emulation prevention is an encoder's work. */
static void
add_random (GByteArray *frame, GRand *rand, guint size)
{
  for (guint i = 0; i < size; i++)
    add_byte (frame, g_rand_int_range (rand, 1, 256));
}

static void
add_nal (GByteArray *frame, GRand *rand, const guint8 *head, guint n_head,
    guint size)
{
  static const guint8 start_code[] = { 0, 0, 0, 1 };

  g_byte_array_append (frame, start_code, sizeof start_code);
  g_byte_array_append (frame, head, n_head);
  add_random (frame, rand, size);
}

/* Six slices in every third frame; sizes around what a packet takes. */
static guint
slice_size (GRand *rand)
{
  return g_rand_boolean (rand) ? g_rand_int_range (rand, 1190, 1210)
                               : g_rand_int_range (rand, 1, 4000);
}

static void
make_h264 (GByteArray *frame, GRand *rand, guint index)
{
  /* One that says that pictures come in order. */
  static const guint8 sps[] = { 0x67, 0x42, 0xc0, 0x1e, 0xda, 0x02, 0x80, 0xf6,
    0x80, 0x6d, 0x04, 0x42, 0x35 };
  gboolean key = index % 10 == 0;
  guint n = index % 3 == 0 ? 6 : g_rand_int_range (rand, 1, 4);

  if (key) {
    add_nal (frame, rand, sps, sizeof sps, 0);
    add_nal (frame, rand, (const guint8[]){ 0x68 }, 1, 4);
  }
  /* first_mb_in_slice, slice_type and pps_id are 0 each */
  for (guint i = 0; i < n; i++)
    add_nal (frame, rand, (const guint8[]){ key ? 0x65 : 0x41, 0xe5 }, 2,
        slice_size (rand));
}

static void
make_h265 (GByteArray *frame, GRand *rand, guint index)
{
  gboolean key = index % 10 == 0;
  guint n = index % 3 == 0 ? 6 : g_rand_int_range (rand, 1, 4);

  if (key)
    add_nal (frame, rand, (const guint8[]){ 0x42, 0x01 }, 2, 30);
  for (guint i = 0; i < n; i++)
    add_nal (frame, rand, (const guint8[]){ key ? 0x26 : 0x02, 0x01 }, 2,
        slice_size (rand));
}

static void
make_vp8 (GByteArray *frame, GRand *rand, guint index)
{
  static const guint8 key[] = { 0x10, 1, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0 };

  if (index % 10 == 0)
    g_byte_array_append (frame, key, sizeof key);
  else
    add_byte (frame, 0x11);
  add_random (frame, rand, slice_size (rand));
}

static void
make_vp9 (GByteArray *frame, GRand *rand, guint index)
{
  static const guint8 key[] = { 0x83, 0x49, 0x83, 0x42, 0x20, 0x03, 0xf0, 0x02,
    0xf0 };

  if (index % 10 == 0)
    g_byte_array_append (frame, key, sizeof key);
  else
    add_byte (frame, 0x87);
  add_random (frame, rand, slice_size (rand));
}

static void
add_obu (
    GByteArray *frame, GRand *rand, guint8 header, guint size, gboolean is_last)
{
  guint8 bytes[DAVE_ULEB128_MAX];

  add_byte (frame, header | (is_last ? 0 : 2));
  if (!is_last)
    g_byte_array_append (frame, bytes, dave_uleb128_write (bytes, size));
  add_random (frame, rand, size);
}

static void
make_av1 (GByteArray *frame, GRand *rand, guint index)
{
  guint n = g_rand_int_range (rand, 1, 7);

  if (index % 10 == 0)
    add_obu (frame, rand, 1 << 3, 11, FALSE);
  add_obu (frame, rand, 3 << 3, g_rand_int_range (rand, 1, 20), FALSE);
  for (guint i = 0; i < n; i++)
    add_obu (frame, rand, 4 << 3,
        i % 2 == 0 ? slice_size (rand)
                   : (guint) g_rand_int_range (rand, 1, 300),
        i + 1 == n);
}

static GByteArray *
make_frame (Run *run, guint index)
{
  GByteArray *frame = g_byte_array_new ();

  switch (run->codec->codec) {
    case DAVE_CODEC_H264:
      make_h264 (frame, run->rand, index);
      break;
    case DAVE_CODEC_H265:
      make_h265 (frame, run->rand, index);
      break;
    case DAVE_CODEC_VP8:
      make_vp8 (frame, run->rand, index);
      break;
    case DAVE_CODEC_VP9:
      make_vp9 (frame, run->rand, index);
      break;
    default:
      make_av1 (frame, run->rand, index);
      break;
  }
  return frame;
}

/* The last unit gets the trailer. */
static GByteArray *
encrypt (Run *run, const GByteArray *plain, Facts *facts)
{
  gsize room = dave_encryptor_size_max (run->codec->codec, plain->len), size;
  guint8 *data = g_malloc (room);
  DaveSegment in_segment = { plain->data, plain->len };
  DaveSegment out_segment = { data, room };
  DaveView in, out;

  fail_unless (dave_view_init (&in, &in_segment, 1));
  fail_unless (dave_view_init (&out, &out_segment, 1));
  fail_unless_equals_int (dave_encryptor_encrypt (run->encryptor,
                              run->codec->codec, &in, &out, &size),
      DAVE_FRAME_OK);
  if (facts->media.n_units > 0)
    facts->units[facts->media.n_units - 1].size += size - plain->len;
  return g_byte_array_new_take (data, size);
}

static void
send_frame (Run *run, guint index, RtpPayloads *payloads)
{
  GByteArray *plain = make_frame (run, index);
  g_autofree Facts *facts = facts_new (run->codec, plain->data, plain->len);
  g_autoptr (GByteArray) sent =
      run->encrypted ? encrypt (run, plain, facts) : g_byte_array_ref (plain);
  RtpVideoFrame known = facts_frame (facts, sent->data, sent->len);

  g_ptr_array_add (run->plain, plain);
  known.picture_id = index;
  rtp_payloads_reset (payloads);
  fail_unless (run->codec->pay (&known, payloads));
  for (guint i = 0; i < rtp_payloads_count (payloads); i++) {
    Packet *packet = g_new0 (Packet, 1);

    packet->sequence = run->sequence++;
    packet->frame = index;
    packet->marker = i + 1 == rtp_payloads_count (payloads);
    packet->payload = payload_bytes (payloads, i, sent->data);
    fail_unless (packet->payload->len <= RTP_PAYLOAD_MAX);
    g_ptr_array_add (run->packets, packet);
  }
}

static Run *
run_new (const Codec *codec, gboolean encrypted, guint32 seed)
{
  Run *run = g_new0 (Run, 1);
  RtpPayloads payloads;

  run->codec = codec;
  run->encrypted = encrypted;
  run->rand = g_rand_new_with_seed (seed);
  run->encryptor = dave_encryptor_new (secret, 0);
  run->decryptor = dave_decryptor_new ();
  fail_unless (dave_decryptor_add_key (run->decryptor, secret, 0, 0));
  run->plain =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  run->packets = g_ptr_array_new_with_free_func ((GDestroyNotify) packet_free);
  run->sequence = 65500;
  rtp_payloads_init (&payloads);
  for (guint i = 0; i < N_FRAMES; i++)
    send_frame (run, i, &payloads);
  rtp_payloads_clear (&payloads);
  return run;
}

static void
run_free (Run *run)
{
  g_rand_free (run->rand);
  dave_encryptor_free (run->encryptor);
  dave_decryptor_free (run->decryptor);
  g_ptr_array_unref (run->plain);
  g_ptr_array_unref (run->packets);
  g_free (run);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* Whether what came out is frame @index: for encrypted ones whether it is
 * authentic, too. */
static gboolean
is_frame (Run *run, const RtpFrame *frame, guint index)
{
  const GByteArray *plain = g_ptr_array_index (run->plain, index);
  g_autofree guint8 *out = NULL;
  DaveSegment in_segment = { frame->data, frame->size };
  DaveSegment out_segment;
  DaveView in, view;
  DavePlain result;

  if (!run->encrypted)
    return frame->size == plain->len
        && memcmp (frame->data, plain->data, plain->len) == 0;
  out = g_malloc (frame->size);
  out_segment = (DaveSegment){ out, frame->size };
  fail_unless (dave_view_init (&in, &in_segment, 1));
  fail_unless (dave_view_init (&view, &out_segment, 1));
  if (dave_decryptor_decrypt (
          run->decryptor, DAVE_MEDIA_VIDEO, 0, &in, &view, &result)
      != DAVE_FRAME_OK)
    return FALSE;
  fail_unless_equals_uint64 (result.length, plain->len);
  fail_unless (memcmp (out, plain->data, plain->len) == 0);
  return TRUE;
}

/* The rule of GstRTPBaseDepayload: what comes late is dropped. */
static gboolean
is_late (guint16 sequence, guint16 next)
{
  guint16 behind = (guint16) (next - sequence);

  return behind > 0 && behind <= MAX_BEHIND;
}

/* Gives packets to a depacketiser; marks the frames that come out in @got. What
 * comes out else may only be a frame behind a gap. */
static void
receive (Run *run, GPtrArray *packets, gboolean *got)
{
  RtpAssembler assembler;
  guint16 next = 0;
  guint last = 0;

  rtp_assembler_init (&assembler);
  rtp_assembler_reset (&assembler, run->codec->depay);
  for (guint i = 0; i < packets->len; i++) {
    const Packet *packet = g_ptr_array_index (packets, i);
    gboolean gap = i > 0 && packet->sequence != next;

    if (i > 0 && is_late (packet->sequence, next))
      continue;
    next = packet->sequence + 1;
    if ((assembler_push (&assembler, gap, packet->frame, packet->marker,
             packet->payload->data, packet->payload->len)
            & RTP_ASSEMBLED_FRAME)
        == 0)
      continue;
    if (is_frame (run, &assembler.frame, packet->frame)) {
      fail_unless (packet->frame >= last);
      fail_if (got[packet->frame]);
      got[packet->frame] = TRUE;
      last = packet->frame;
    } else {
      fail_unless (assembler.discont);
    }
    assembler.discont = FALSE;
  }
  rtp_assembler_clear (&assembler);
}

static void
check_whole_frames_arrived (Run *run, const gboolean *got)
{
  g_autofree gboolean *whole = g_new (gboolean, N_FRAMES);
  guint n_lost = 0;

  for (guint i = 0; i < N_FRAMES; i++)
    whole[i] = TRUE;
  for (guint i = 0; i < run->packets->len; i++) {
    const Packet *packet = g_ptr_array_index (run->packets, i);

    if (!packet->arrived)
      whole[packet->frame] = FALSE;
  }
  for (guint i = 0; i < N_FRAMES; i++) {
    fail_unless (got[i] == whole[i], "%s: frame %u", run->codec->name, i);
    n_lost += !whole[i];
  }
  fail_unless (n_lost > 0 && n_lost < N_FRAMES);
}

/* Everything that can be repaired is repaired: in order, once. */
static GPtrArray *
lossy (Run *run, gdouble loss)
{
  GPtrArray *packets = g_ptr_array_new ();

  for (guint i = 0; i < run->packets->len; i++) {
    Packet *packet = g_ptr_array_index (run->packets, i);

    packet->arrived = g_rand_double (run->rand) >= loss;
    if (packet->arrived)
      g_ptr_array_add (packets, packet);
  }
  return packets;
}

/* Some twice, some later than those behind them. */
static GPtrArray *
disorderly (Run *run)
{
  GPtrArray *packets = g_ptr_array_new ();

  for (guint i = 0; i < run->packets->len; i++) {
    Packet *packet = g_ptr_array_index (run->packets, i);
    guint back = g_rand_int_range (run->rand, 0, 40) == 0 ? 3 : 0;

    g_ptr_array_insert (
        packets, packets->len - MIN (back, packets->len), packet);
    if (g_rand_int_range (run->rand, 0, 20) == 0)
      g_ptr_array_add (packets, packet);
  }
  return packets;
}

static const Codec *
codec_of_loop (gint i)
{
  return &codecs[i / 2 % G_N_ELEMENTS (codecs)];
}

#define N_LOOPS (2 * G_N_ELEMENTS (codecs) * N_SEEDS)

GST_START_TEST (test_loss)
{
  g_autoptr (Run) run =
      run_new (codec_of_loop (__i__), __i__ % 2 != 0, 100 + __i__);
  g_autoptr (GPtrArray) packets = lossy (run, 0.04);
  g_autofree gboolean *got = g_new0 (gboolean, N_FRAMES);

  receive (run, packets, got);
  check_whole_frames_arrived (run, got);
}
GST_END_TEST;

GST_START_TEST (test_no_loss)
{
  g_autoptr (Run) run =
      run_new (codec_of_loop (__i__), __i__ % 2 != 0, 200 + __i__);
  g_autofree gboolean *got = g_new0 (gboolean, N_FRAMES);

  receive (run, run->packets, got);
  for (guint i = 0; i < N_FRAMES; i++)
    fail_unless (got[i]);
}
GST_END_TEST;

/* Without a jitter buffer frames are lost, but none is made up. */
GST_START_TEST (test_disorder)
{
  g_autoptr (Run) run =
      run_new (codec_of_loop (__i__), __i__ % 2 != 0, 300 + __i__);
  g_autoptr (GPtrArray) packets = disorderly (run);
  g_autofree gboolean *got = g_new0 (gboolean, N_FRAMES);
  guint n = 0;

  receive (run, packets, got);
  for (guint i = 0; i < N_FRAMES; i++)
    n += got[i];
  fail_unless (n > N_FRAMES / 4 && n < N_FRAMES);
}
GST_END_TEST;

static Suite *
rtpformats_random_suite (void)
{
  Suite *s = suite_create ("rtpformats-random");
  TCase *tc = tcase_create ("rtpformats-random");

  suite_add_tcase (s, tc);
  tcase_add_loop_test (tc, test_no_loss, 0, N_LOOPS);
  tcase_add_loop_test (tc, test_loss, 0, N_LOOPS);
  tcase_add_loop_test (tc, test_disorder, 0, N_LOOPS);
  return s;
}

GST_CHECK_MAIN (rtpformats_random);
