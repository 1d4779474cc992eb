/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-in's video: loss and its repair, reports, and the books of frames. */
#include "loopback-camera.h"

#include <glib/gstdio.h>
#include <string.h>

#define RR 201
#define RTPFB 205
#define PSFB 206
#define NACK 1
#define TWCC 15
#define REMB 15
/* Between two NACKs. The server gives up after ten: ten of these is how long a
 * test may stand still. */
#define INTERVAL "300"

typedef struct
{
  Loopback *loopback;
  Camera *alice;
  Camera *bob;
} Call;

static Call
call_new (const char *setting, const char *value)
{
  Call call = { .loopback = start_loopback (setting, value, NULL) };

  call.alice = camera_new (call.loopback, "alice", "100", H264_105);
  call.bob = camera_new (call.loopback, "bob", "", H264_101);
  camera_announce (call.alice, "1");
  camera_announce (call.bob, "");
  return call;
}

static void
call_free (Call *call)
{
  ck_assert_uint_eq (loopback_count_violations (call->loopback), 0);
  camera_free (call->alice);
  camera_free (call->bob);
  loopback_free (call->loopback);
}

/* One packet a frame, the number in it. */
static void
send_frame (Call *call, guint16 seq)
{
  char payload[3] = { 0x41, (char) (seq >> 8), (char) seq };

  camera_send (call->alice, 0, seq, seq * 3000u, TRUE, payload, sizeof payload);
}

static void
expect_frame (Call *call, guint16 seq)
{
  char payload[3] = { 0x41, (char) (seq >> 8), (char) seq };

  camera_expect (
      call->bob, call->alice->ssrcs[0], seq, payload, sizeof payload);
}

static guint
u16 (const guint8 *from)
{
  return (guint) from[0] << 8 | from[1];
}

static guint32
u32 (const guint8 *from)
{
  return (guint32) u16 (from) << 16 | u16 (from + 2);
}

/* What a receiver misses it gets by RTX: number, timestamp, marker, extensions
 * and payload are those of the original. */
GST_START_TEST (test_resend)
{
  Call call = call_new (NULL, NULL);
  static const guint8 fci[] = { 0xff, 0xff, 0x00, 0x03, 0x00, 0x50, 0, 0 };
  Seen first, second;

  send_frame (&call, 65535);
  send_frame (&call, 0);
  send_frame (&call, 1);
  expect_frame (&call, 65535);
  expect_frame (&call, 0);
  expect_frame (&call, 1);
  /* 65535, 0, 1; and 80, which never was. */
  camera_feedback (
      call.bob, RTPFB, NACK, call.alice->ssrcs[0], fci, sizeof fci);
  camera_see_type (call.bob, 0, 0, &first);
  ck_assert_uint_eq (first.ssrc, call.alice->rtx_ssrcs[0]);
  ck_assert_uint_eq (first.type, 102);
  ck_assert_uint_eq (first.timestamp, 65535u * 3000u);
  fail_unless (first.marker);
  ck_assert_uint_eq (first.payload_length, 5);
  fail_unless (memcmp (first.payload, "\xff\xff\x41\xff\xff", 5) == 0);
  /* The element of the RID has the other number. */
  ck_assert_uint_eq (first.packet[19], 12 << 4 | 2);
  fail_unless (memcmp (first.packet + 20, "100", 3) == 0);
  camera_see_type (call.bob, 0, 0, &second);
  ck_assert_uint_eq (second.seq, (guint16) (first.seq + 1));
  fail_unless (memcmp (second.payload, "\x00\x00\x41\x00\x00", 5) == 0);
  camera_see_type (call.bob, 0, 0, &second);
  fail_unless (memcmp (second.payload, "\x00\x01\x41\x00\x01", 5) == 0);
  ck_assert_uint_eq (
      loopback_count (call.loopback, "nack-in", call.bob->m->user_id), 4);
  ck_assert_uint_eq (
      loopback_count (call.loopback, "rtx-out", call.bob->m->user_id), 3);
  camera_feedback (call.bob, RTPFB, NACK, 7, fci, sizeof fci);
  wait_for (call.loopback, "nack-unknown", call.bob->m->user_id, 1);
  call_free (&call);
}
GST_END_TEST;

/* What the server misses it asks for, in as few items as it takes. */
GST_START_TEST (test_server_asks)
{
  Call call = call_new ("nack-interval", "60000");
  Seen seen;

  send_frame (&call, 10);
  send_frame (&call, 13);
  camera_see_type (call.alice, RTPFB, NACK, &seen);
  ck_assert_uint_eq (seen.media_ssrc, call.alice->ssrcs[0]);
  ck_assert_uint_eq (seen.length, 16);
  ck_assert_uint_eq (u16 (seen.packet + 12), 11);
  ck_assert_uint_eq (u16 (seen.packet + 14), 1);
  send_frame (&call, 40);
  camera_see_type (call.alice, RTPFB, NACK, &seen);
  ck_assert_uint_eq (seen.length, 20);
  ck_assert_uint_eq (u16 (seen.packet + 12), 14);
  ck_assert_uint_eq (u16 (seen.packet + 14), 0xffff);
  ck_assert_uint_eq (u16 (seen.packet + 16), 31);
  ck_assert_uint_eq (u16 (seen.packet + 18), 0xff);
  ck_assert_uint_eq (loopback_count (call.loopback, "nack-out", 0), 28);
  call_free (&call);
}
GST_END_TEST;

/* And again while nothing comes; what comes is passed on as what it was. */
GST_START_TEST (test_server_asks_again)
{
  Call call = call_new ("nack-interval", INTERVAL);
  Seen seen;

  send_frame (&call, 10);
  send_frame (&call, 13);
  for (guint i = 0; i < 2; i++) {
    camera_see_type (call.alice, RTPFB, NACK, &seen);
    ck_assert_uint_eq (u16 (seen.packet + 12), 11);
    ck_assert_uint_eq (u16 (seen.packet + 14), 1);
  }
  camera_resend (call.alice, 0, 1, 11, 33000, TRUE, "\x41\x00\x0b", 3);
  expect_frame (&call, 10);
  expect_frame (&call, 13);
  camera_see_type (call.bob, 0, 0, &seen);
  ck_assert_uint_eq (seen.ssrc, call.alice->ssrcs[0]);
  ck_assert_uint_eq (seen.type, 101);
  ck_assert_uint_eq (seen.seq, 11);
  ck_assert_uint_eq (seen.timestamp, 33000);
  fail_unless (seen.marker);
  ck_assert_uint_eq (seen.packet[19], 11 << 4 | 2);
  fail_unless (memcmp (seen.payload, "\x41\x00\x0b", 3) == 0);
  do
    camera_see_type (call.alice, RTPFB, NACK, &seen);
  while (u16 (seen.packet + 12) == 11);
  ck_assert_uint_eq (u16 (seen.packet + 12), 12);
  ck_assert_uint_eq (u16 (seen.packet + 14), 0);
  call_free (&call);
}
GST_END_TEST;

/* What is repaired from before a receiver got the layer is not for that one. */
GST_START_TEST (test_repair_from_before)
{
  Call call = call_new ("nack-interval", "60000");
  Seen seen;

  camera_want (call.bob, "\"any\":0");
  send_frame (&call, 10);
  send_frame (&call, 13);
  camera_see_type (call.alice, RTPFB, NACK, &seen);
  camera_want (call.bob, "\"any\":100");
  camera_resend (call.alice, 0, 1, 11, 33000, TRUE, "\x41\x00\x0b", 3);
  send_frame (&call, 14);
  camera_resend (call.alice, 0, 2, 12, 36000, TRUE, "\x41\x00\x0c", 3);
  send_frame (&call, 16);
  camera_resend (call.alice, 0, 3, 15, 45000, TRUE, "\x41\x00\x0f", 3);
  expect_frame (&call, 14);
  expect_frame (&call, 16);
  expect_frame (&call, 15);
  call_free (&call);
}
GST_END_TEST;

/* Once it is there, another copy is not passed on, nor is a probe. */
GST_START_TEST (test_duplicates_end_here)
{
  Call call = call_new (NULL, NULL);

  send_frame (&call, 1);
  camera_resend (call.alice, 0, 1, 1, 3000, TRUE, "\x41\x00\x01", 3);
  camera_resend (call.alice, 0, 2, 1, 3000, TRUE, "", 0);
  send_frame (&call, 2);
  expect_frame (&call, 1);
  expect_frame (&call, 2);
  ck_assert_uint_eq (
      loopback_count (call.loopback, "rtx-in", call.alice->m->user_id), 2);
  call_free (&call);
}
GST_END_TEST;

/* A jump is another stream, not a thousand losses. */
GST_START_TEST (test_jump)
{
  Call call = call_new (NULL, NULL);
  Seen seen;

  send_frame (&call, 10);
  send_frame (&call, 20000);
  camera_see (call.alice, &seen);
  ck_assert_uint_eq (seen.type, PSFB);
  send_frame (&call, 5);
  camera_see (call.alice, &seen);
  ck_assert_uint_eq (seen.type, PSFB);
  ck_assert_uint_eq (loopback_count (call.loopback, "nack-out", 0), 0);
  call_free (&call);
}
GST_END_TEST;

/* Of video in test_loss_to_server(), and one fewer of audio. */
#define N_FRAMES 201

/* Answers a NACK of the server as a client would, each number once. */
static void
answer (Call *call, gboolean *answered, guint16 *rtx_seq, const Seen *seen)
{
  for (gsize at = 12; at + 4 <= seen->length; at += 4) {
    for (guint i = 0; i <= 16; i++) {
      guint16 seq = (guint16) (u16 (seen->packet + at) + i);
      char payload[3] = { 0x41, (char) (seq >> 8), (char) seq };

      if (i > 0 && !(u16 (seen->packet + at + 2) & 1u << (i - 1)))
        continue;
      ck_assert_uint_le (seq, N_FRAMES);
      if (answered[seq])
        continue;
      answered[seq] = TRUE;
      camera_resend (call->alice, 0, (*rtx_seq)++, seq, seq * 3000u, TRUE,
          payload, sizeof payload);
    }
  }
}

/* A fifth of the video is lost to the server and comes by RTX, and the books add
 * up. Audio is whole. */
GST_START_TEST (test_loss_to_server)
{
  Call call = call_new ("video-loss-to-server", "0.2");
  gboolean answered[N_FRAMES + 1] = { FALSE };
  guint16 rtx_seq = 0;
  LoopbackMedia media;
  guint64 in = call.alice->m->user_id, out = call.bob->m->user_id;
  Seen seen;

  set (call.loopback, "repair-window", "4000");
  set (call.loopback, "nack-interval", INTERVAL);
  member_speak (call.alice->m, 1);
  for (guint16 seq = 1; seq < N_FRAMES; seq++) {
    send_frame (&call, seq);
    member_send_opus (call.alice->m, seq, "audio");
  }
  wait_for (call.loopback, "rtp-in", in, 2 * (N_FRAMES - 1));
  /* The last packet shows every gap before it. */
  set (call.loopback, "video-loss-to-server", "0");
  send_frame (&call, N_FRAMES);
  loopback_get_media (call.loopback, in, &media);
  while (rtx_seq < media.lost) {
    camera_see_type (call.alice, RTPFB, NACK, &seen);
    answer (&call, answered, &rtx_seq, &seen);
  }
  wait_for (call.loopback, "rtp-out", out, 2 * N_FRAMES - 1);
  set (call.loopback, "repair-window", "1");
  wait_for (call.loopback, "frames-in", in, N_FRAMES);
  wait_for (call.loopback, "frames-out", out, N_FRAMES);
  loopback_get_media (call.loopback, in, &media);
  ck_assert_uint_eq (media.frames_in, N_FRAMES);
  ck_assert_uint_eq (media.frames_in_lost, 0);
  ck_assert_uint_gt (media.frames_in_repaired, 20);
  ck_assert_uint_lt (media.frames_in_repaired, 60);
  ck_assert_uint_eq (media.lost, media.frames_in_repaired);
  loopback_get_media (call.loopback, out, &media);
  ck_assert_uint_eq (media.frames_out, N_FRAMES);
  ck_assert_uint_eq (media.frames_out_lost, 0);
  ck_assert_uint_gt (media.frames_out_repaired, 20);
  ck_assert_uint_eq (media.rtp_out, 2 * N_FRAMES - 1);
  call_free (&call);
}
GST_END_TEST;

/* Towards a receiver that asks for nothing: lost is lost. */
GST_START_TEST (test_loss_to_client)
{
  Call call = call_new ("video-loss-to-client", "0.2");
  LoopbackMedia media;
  guint64 in = call.alice->m->user_id, out = call.bob->m->user_id;

  set (call.loopback, "repair-window", "300");
  for (guint16 seq = 1; seq <= 100; seq++)
    send_frame (&call, seq);
  wait_for (call.loopback, "frames-out", out, 100);
  loopback_get_media (call.loopback, out, &media);
  ck_assert_uint_gt (media.lost, 5);
  ck_assert_uint_eq (media.frames_out_lost, media.lost);
  ck_assert_uint_eq (media.frames_out_repaired, 0);
  ck_assert_uint_eq (media.rtp_out, 100 - media.lost);
  loopback_get_media (call.loopback, in, &media);
  ck_assert_uint_eq (media.frames_in, 100);
  ck_assert_uint_eq (media.frames_in_lost, 0);
  ck_assert_uint_eq (media.frames_in_repaired, 0);
  call_free (&call);
}
GST_END_TEST;

/* The summary says it to people, the report to programs. */
GST_START_TEST (test_summary)
{
  g_autofree char *path = NULL;
  g_autofree char *summary = NULL;
  g_autofree char *text = NULL;
  int fd = g_file_open_tmp (NULL, &path, NULL);
  Call call = call_new ("report", path);

  set (call.loopback, "repair-window", "1");
  send_frame (&call, 1);
  wait_for (call.loopback, "rtp-in", call.alice->m->user_id, 1);
  set (call.loopback, "video-loss-to-client", "1");
  send_frame (&call, 2);
  wait_for (call.loopback, "frames-out", call.bob->m->user_id, 2);
  summary = loopback_dup_summary (call.loopback);
  fail_unless (
      strstr (summary, "frames to the server 2: repaired 0, lost 0") != NULL);
  fail_unless (
      strstr (summary, "frames from others 2: repaired 0, lost 1") != NULL);
  loopback_stop (call.loopback);
  fail_unless (g_file_get_contents (path, &text, NULL, NULL));
  fail_unless (strstr (text, "\"frames_in\":2") != NULL);
  fail_unless (strstr (text, "\"frames_out_lost\":1") != NULL);
  call_free (&call);
  g_close (fd, NULL);
  g_unlink (path);
}
GST_END_TEST;

/* The same seed, the same losses. */
GST_START_TEST (test_loss_is_seeded)
{
  guint64 lost[2];

  for (guint run = 0; run < 2; run++) {
    Call call = call_new ("video-loss-to-client", "0.3");
    LoopbackMedia media;

    for (guint16 seq = 1; seq <= 50; seq++)
      send_frame (&call, seq);
    wait_for (call.loopback, "rtp-in", call.alice->m->user_id, 50);
    wait_for (call.loopback, "frames-in", call.alice->m->user_id, 50);
    loopback_get_media (call.loopback, call.bob->m->user_id, &media);
    lost[run] = media.lost;
    call_free (&call);
  }
  ck_assert_uint_eq (lost[0], lost[1]);
  ck_assert_uint_gt (lost[0], 0);
}
GST_END_TEST;

/* RFC 3550 6.4.1: one report, the first from @before on. Returns its extended
 * highest sequence number. */
static guint32
check_report (Call *call, const Seen *seen, guint32 before, guint32 *lost)
{
  guint32 highest = u32 (seen->packet + 16);
  guint32 lost_now = (u32 (seen->packet + 12) & 0xffffff) - *lost;

  ck_assert_uint_eq (seen->length, 32);
  ck_assert_uint_eq (seen->ssrc, 1);
  ck_assert_uint_eq (u32 (seen->packet + 8), call->alice->ssrcs[0]);
  ck_assert_uint_gt (highest, before);
  ck_assert_uint_eq (seen->packet[12], lost_now * 256 / (highest - before));
  *lost += lost_now;
  return highest;
}

/* About a layer that is watched. Two of eight are missing; a second may end
 * among them, then two reports share them. */
GST_START_TEST (test_receiver_report)
{
  Call call = call_new ("nack-interval", "0");
  guint8 sr[28] = { 0x80, 200, 0, 6 };
  guint32 ssrc = GUINT32_TO_BE (call.alice->ssrcs[0]);
  guint32 highest = 65529, lost = 0, delay;
  gint64 sent = g_get_monotonic_time (), most;
  Seen seen;

  memcpy (sr + 4, &ssrc, 4);
  memcpy (sr + 8, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
  member_send_packet (call.alice->m, TRANSPORT_PACKET_RTCP, sr, sizeof sr);
  for (guint16 seq = 65530; seq != 2; seq++) {
    if (seq != 65533 && seq != 0)
      send_frame (&call, seq);
  }
  while (highest != 65537) {
    camera_see_type (call.alice, RR, 1, &seen);
    highest = check_report (&call, &seen, highest, &lost);
  }
  ck_assert_uint_eq (lost, 2);
  ck_assert_uint_eq (u32 (seen.packet + 24), 0x33445566);
  /* In 1/65536 s. */
  delay = u32 (seen.packet + 28);
  most = (g_get_monotonic_time () - sent) * 65536 / G_USEC_PER_SEC;
  ck_assert_uint_gt (delay, 0);
  ck_assert_int_le (delay, most);
  ck_assert_uint_eq (loopback_count (call.loopback, "nack-out", 0), 0);
  call_free (&call);
}
GST_END_TEST;

GST_START_TEST (test_remb)
{
  Call call = call_new ("remb", "2500000");
  Seen seen;

  send_frame (&call, 1);
  camera_see_type (call.alice, PSFB, REMB, &seen);
  ck_assert_uint_eq (seen.length, 24);
  fail_unless (memcmp (seen.packet + 12, "REMB\x01", 5) == 0);
  /* 2500000 in 18 bits of mantissa. */
  ck_assert_uint_eq (seen.packet[17] >> 2, 4);
  ck_assert_uint_eq (
      (u32 (seen.packet + 16) & 0x3ffff) << (seen.packet[17] >> 2), 2500000);
  ck_assert_uint_eq (u32 (seen.packet + 20), call.alice->ssrcs[0]);
  call_free (&call);
}
GST_END_TEST;

/* The numbers of the packets are those of element 5. */
GST_START_TEST (test_twcc)
{
  Call call = call_new ("twcc-interval", "60000");
  Seen seen;

  set (call.loopback, "nack-interval", "0");
  send_frame (&call, 65534);
  send_frame (&call, 65535);
  send_frame (&call, 2);
  wait_for (call.loopback, "rtp-in", call.alice->m->user_id, 3);
  set (call.loopback, "twcc-interval", "1");
  camera_see_type (call.alice, RTPFB, TWCC, &seen);
  ck_assert_uint_eq (seen.media_ssrc, call.alice->ssrcs[0]);
  ck_assert_uint_eq (u16 (seen.packet + 12), 65534);
  ck_assert_uint_eq (u16 (seen.packet + 14), 5);
  ck_assert_uint_eq (seen.packet[19], 0);
  /* Here, here, not, not, here. */
  ck_assert_uint_eq (u16 (seen.packet + 20), 0xd410);
  send_frame (&call, 3);
  camera_see_type (call.alice, RTPFB, TWCC, &seen);
  ck_assert_uint_eq (u16 (seen.packet + 12), 3);
  ck_assert_uint_eq (u16 (seen.packet + 14), 1);
  ck_assert_uint_eq (seen.packet[19], 1);
  call_free (&call);
}
GST_END_TEST;

static Suite *
loopback_video_repair_suite (void)
{
  Suite *s = suite_create ("loopback-video-repair");
  TCase *tc = tcase_create ("general");

  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_resend);
  tcase_add_test (tc, test_server_asks);
  tcase_add_test (tc, test_server_asks_again);
  tcase_add_test (tc, test_repair_from_before);
  tcase_add_test (tc, test_duplicates_end_here);
  tcase_add_test (tc, test_jump);
  tcase_add_test (tc, test_loss_to_server);
  tcase_add_test (tc, test_loss_to_client);
  tcase_add_test (tc, test_summary);
  tcase_add_test (tc, test_loss_is_seeded);
  tcase_add_test (tc, test_receiver_report);
  tcase_add_test (tc, test_remb);
  tcase_add_test (tc, test_twcc);
  return s;
}

GST_CHECK_MAIN (loopback_video_repair);
