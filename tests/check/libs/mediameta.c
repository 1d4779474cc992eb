/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscordmediameta.h>

#include <string.h>

GST_START_TEST (test_starts_unknown)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstDiscordMediaMeta *meta;

  fail_unless (gst_buffer_get_discord_media_meta (buffer) == NULL);
  meta = gst_buffer_add_discord_media_meta (buffer);
  fail_unless (gst_buffer_get_discord_media_meta (buffer) == meta);
  fail_unless_equals_uint64 (gst_discord_media_meta_get_user_id (meta), 0);
  fail_unless_equals_int (meta->audio_level, -1);
  fail_if (GST_CLOCK_TIME_IS_VALID (meta->received_time));
  fail_if (GST_CLOCK_TIME_IS_VALID (meta->sender_time));
  fail_unless (gst_discord_media_meta_get_extension (meta, 1) == NULL);
  gst_buffer_unref (buffer);
}

GST_END_TEST;

GST_START_TEST (test_copies_follow)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 10, NULL);
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);
  GstBuffer *copy, *region;

  meta->user_id = G_MAXUINT64;
  meta->ssrc = 0xfffffffe;
  meta->audio_level = 23;
  copy = gst_buffer_copy_deep (buffer);
  region = gst_buffer_copy_region (buffer, GST_BUFFER_COPY_ALL, 2, 3);
  gst_buffer_unref (buffer);

  for (guint i = 0; i < 2; i++) {
    GstBuffer *other = i == 0 ? copy : region;

    meta = gst_buffer_get_discord_media_meta (other);
    fail_unless (meta != NULL);
    fail_unless_equals_uint64 (
        gst_discord_media_meta_get_user_id (meta), G_MAXUINT64);
    fail_unless_equals_uint64 (
        gst_discord_media_meta_get_ssrc (meta), 0xfffffffe);
    fail_unless_equals_int (meta->audio_level, 23);
    gst_buffer_unref (other);
  }
}

GST_END_TEST;

GST_START_TEST (test_extension_by_id)
{
  /* Elements 1, 3, padding, 9; the last one lies about its length. */
  static const guint8 body[] = { 0x10, 0x97, 0x32, 1, 2, 3, 0, 0x90, 0x02, 0xaf,
    'x' };
  GstBuffer *buffer = gst_buffer_new ();
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);
  GBytes *bytes;

  meta->rtp_extended = TRUE;
  meta->extension_profile = 0xbede;
  meta->extension_length = sizeof body;
  memcpy (meta->extensions, body, sizeof body);

  bytes = gst_discord_media_meta_get_extension (meta, 3);
  fail_unless_equals_int (g_bytes_get_size (bytes), 3);
  fail_unless (memcmp (g_bytes_get_data (bytes, NULL), body + 3, 3) == 0);
  g_bytes_unref (bytes);
  bytes = gst_discord_media_meta_get_extension (meta, 9);
  fail_unless_equals_int (g_bytes_get_size (bytes), 1);
  g_bytes_unref (bytes);
  fail_unless (gst_discord_media_meta_get_extension (meta, 10) == NULL);
  gst_buffer_unref (buffer);
}

GST_END_TEST;

static Suite *
mediameta_suite (void)
{
  Suite *s = suite_create ("mediameta");
  TCase *tc = tcase_create ("meta");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_starts_unknown);
  tcase_add_test (tc, test_copies_follow);
  tcase_add_test (tc, test_extension_by_id);
  return s;
}

GST_CHECK_MAIN (mediameta);
