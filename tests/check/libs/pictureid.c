/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Picture ids of VP8 as they leave (RFC 7741 4.2). */
#include <gst/check/gstcheck.h>
#include <gst/discord/session/pictureid.h>

#define VP8 107
#define MARKER 0x80
#define EXTENDED 0x90
#define PLAIN 0x80

/* Header, then an extension of one word where @first says so, then @descriptor. */
static GstBuffer *
make_packet (
    guint8 first, guint8 second, const guint8 *descriptor, gsize length)
{
  const guint8 head[] = { first, second, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3 };
  const guint8 extension[] = { 0xbe, 0xde, 0, 1, 0x50, 1, 0, 0 };
  guint8 data[64];
  gsize size = sizeof head;

  memcpy (data, head, sizeof head);
  if (first == EXTENDED) {
    memcpy (data + size, extension, sizeof extension);
    size += sizeof extension;
  }
  memcpy (data + size, descriptor, length);
  return gst_buffer_new_memdup (data, size + length);
}

static gboolean
read_id (guint8 first, guint8 second, const guint8 *descriptor, gsize length,
    guint16 *picture_id)
{
  g_autoptr (GstBuffer) packet =
      make_packet (first, second, descriptor, length);

  return discord_picture_id_read (packet, picture_id);
}

GST_START_TEST (test_last_packet_of_a_frame)
{
  const guint8 descriptor[] = { 0x80, 0x80, 0xd2, 0x34, 0x00 };
  guint16 id = 0;

  fail_unless (
      read_id (EXTENDED, MARKER | VP8, descriptor, sizeof descriptor, &id));
  fail_unless_equals_int (id, 0x5234);
  id = 0;
  fail_unless (
      read_id (PLAIN, MARKER | VP8, descriptor, sizeof descriptor, &id));
  fail_unless_equals_int (id, 0x5234);
}
GST_END_TEST;

GST_START_TEST (test_others)
{
  const guint8 descriptor[] = { 0x80, 0x80, 0x80, 0x01, 0x00 };
  const guint8 no_extension[] = { 0x10, 0x80, 0x80, 0x01, 0x00 };
  const guint8 no_id[] = { 0x80, 0x40, 0x80, 0x01, 0x00 };
  const guint8 short_id[] = { 0x80, 0x80, 0x01, 0x01, 0x00 };
  g_autoptr (GstBuffer) empty = gst_buffer_new ();
  guint16 id;

  /* Not the last one, another codec, a retransmission. */
  fail_if (read_id (EXTENDED, VP8, descriptor, sizeof descriptor, &id));
  fail_if (
      read_id (EXTENDED, MARKER | 105, descriptor, sizeof descriptor, &id));
  fail_if (
      read_id (EXTENDED, MARKER | 108, descriptor, sizeof descriptor, &id));
  /* Without such an id, or cut off. */
  fail_if (
      read_id (EXTENDED, MARKER | VP8, no_extension, sizeof no_extension, &id));
  fail_if (read_id (EXTENDED, MARKER | VP8, no_id, sizeof no_id, &id));
  fail_if (read_id (EXTENDED, MARKER | VP8, short_id, sizeof short_id, &id));
  for (gsize length = 0; length < 4; length++)
    fail_if (read_id (EXTENDED, MARKER | VP8, descriptor, length, &id));
  fail_if (discord_picture_id_read (empty, &id));
}
GST_END_TEST;

GST_START_TEST (test_next)
{
  fail_unless_equals_int (discord_picture_id_next (0), 1);
  fail_unless_equals_int (discord_picture_id_next (0x7fff), 0);
}
GST_END_TEST;

static Suite *
picture_id_suite (void)
{
  Suite *s = suite_create ("pictureid");
  TCase *tc = tcase_create ("pictureid");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_last_packet_of_a_frame);
  tcase_add_test (tc, test_others);
  tcase_add_test (tc, test_next);
  return s;
}

GST_CHECK_MAIN (picture_id);
