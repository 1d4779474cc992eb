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

static void
fail_unless_element (
    const GstDiscordMediaMeta *meta, guint index, guint id, gsize size)
{
  guint found;
  g_autoptr (GBytes) bytes =
      gst_discord_media_meta_get_nth_extension (meta, index, &found);

  fail_unless (bytes != NULL);
  fail_unless_equals_int (found, id);
  fail_unless_equals_uint64 (g_bytes_get_size (bytes), size);
}

/* One after the other up to what is malformed, and the bytes they are in. */
GST_START_TEST (test_all_extensions)
{
  static const guint8 body[] = { 0x10, 0x97, 0x32, 1, 2, 3, 0, 0x90, 0x02, 0xaf,
    'x' };
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);
  g_autoptr (GBytes) bytes = NULL;
  guint id, profile;

  fail_unless (gst_discord_media_meta_get_nth_extension (meta, 0, &id) == NULL);
  fail_unless (
      gst_discord_media_meta_get_extension_payload (meta, &profile) == NULL);
  fail_unless_equals_int (profile, 0);

  meta->rtp_extended = TRUE;
  meta->extension_profile = 0xbede;
  meta->extension_length = sizeof body;
  memcpy (meta->extensions, body, sizeof body);
  fail_unless_element (meta, 0, 1, 1);
  fail_unless_element (meta, 1, 3, 3);
  fail_unless_element (meta, 2, 9, 1);
  fail_unless (gst_discord_media_meta_get_nth_extension (meta, 3, &id) == NULL);
  fail_unless_equals_int (id, 0);

  bytes = gst_discord_media_meta_get_extension_payload (meta, &profile);
  fail_unless_equals_int (profile, 0xbede);
  fail_unless_equals_uint64 (g_bytes_get_size (bytes), sizeof body);
  fail_unless (memcmp (g_bytes_get_data (bytes, NULL), body, sizeof body) == 0);
}

GST_END_TEST;

static void
set_extensions (GstDiscordMediaMeta *meta, const guint8 *body, gsize size)
{
  meta->extension_profile = 0xbede;
  meta->extension_length = size;
  memcpy (meta->extensions, body, size);
}

GST_START_TEST (test_video_extensions)
{
  /* Elements 4, 6 and 7, as a turned shared screen has them. */
  guint8 body[] = { 0x40, 0x09, 0x62, 0x00, 0xa3, 0xe8, 0x70, 0x01 };
  static const guint8 odd[] = { 0x41, 0x01, 0x01, 0x61, 0x00, 0x00, 0x71, 0x01,
    0x01 };
  GstBuffer *buffer = gst_buffer_new ();
  GstDiscordMediaMeta *meta = gst_buffer_add_discord_media_meta (buffer);
  guint min, max;

  fail_unless (gst_discord_media_meta_get_image_orientation (meta) == NULL);
  fail_if (gst_discord_media_meta_get_playout_delay (meta, &min, &max));
  fail_if (gst_discord_media_meta_is_screen (meta));

  set_extensions (meta, body, sizeof body);
  fail_unless_equals_string (
      gst_discord_media_meta_get_image_orientation (meta), "rotate-90");
  fail_unless (gst_discord_media_meta_get_playout_delay (meta, &min, &max));
  fail_unless_equals_int (min, 100);
  fail_unless_equals_int (max, 10000);
  fail_unless (gst_discord_media_meta_is_screen (meta));

  /* The camera's side and whatever may come above it are not the turn. */
  body[1] = 0xff;
  body[7] = 0x02;
  set_extensions (meta, body, sizeof body);
  fail_unless_equals_string (
      gst_discord_media_meta_get_image_orientation (meta), "flip-rotate-270");
  fail_if (gst_discord_media_meta_is_screen (meta));

  set_extensions (meta, odd, sizeof odd);
  fail_unless (gst_discord_media_meta_get_image_orientation (meta) == NULL);
  fail_if (gst_discord_media_meta_get_playout_delay (meta, &min, &max));
  fail_if (gst_discord_media_meta_is_screen (meta));
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
  tcase_add_test (tc, test_all_extensions);
  tcase_add_test (tc, test_video_extensions);
  return s;
}

GST_CHECK_MAIN (mediameta);
