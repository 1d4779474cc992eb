/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose SSRC is whose: the rules of media-transport 12. */
#include <gst/discord/session/ssrctable.h>

#include <gst/check/gstcheck.h>

#define ALICE G_GUINT64_CONSTANT (9007199254740993)
#define BOB G_GUINT64_CONSTANT (18446744073709551615)

static guint64
owner_of (DiscordSsrcTable *table, guint32 ssrc)
{
  DiscordSsrcOwner owner;

  discord_ssrc_table_lookup (table, ssrc, &owner);
  return owner.user_id;
}

static DiscordSsrcKind
kind_of (DiscordSsrcTable *table, guint32 ssrc)
{
  DiscordSsrcOwner owner;

  discord_ssrc_table_lookup (table, ssrc, &owner);
  return owner.kind;
}

GST_START_TEST (test_audio_has_one_owner)
{
  DiscordSsrcTable *table = discord_ssrc_table_new ();

  discord_ssrc_table_set_audio (table, ALICE, 0xfffffffe);
  fail_unless_equals_uint64 (owner_of (table, 0xfffffffe), ALICE);

  /* The SSRC goes to another user, and a user's former SSRC goes. */
  discord_ssrc_table_set_audio (table, BOB, 0xfffffffe);
  fail_unless_equals_uint64 (owner_of (table, 0xfffffffe), BOB);
  discord_ssrc_table_set_audio (table, BOB, 7);
  fail_unless_equals_uint64 (owner_of (table, 0xfffffffe), 0);
  fail_unless_equals_uint64 (owner_of (table, 7), BOB);
  fail_unless_equals_int (discord_ssrc_table_get_audio (table, BOB), 7);

  discord_ssrc_table_free (table);
}

GST_END_TEST;

GST_START_TEST (test_zero_means_nothing)
{
  DiscordSsrcTable *table = discord_ssrc_table_new ();
  const DiscordVoiceVideoStream none = { 0, 0 };

  discord_ssrc_table_set_audio (table, ALICE, 0);
  discord_ssrc_table_set_audio (table, 0, 5);
  discord_ssrc_table_set_video (table, ALICE, 0, 0, &none, 1);
  fail_unless_equals_uint64 (owner_of (table, 0), 0);
  fail_unless_equals_uint64 (owner_of (table, 1), 0);
  fail_unless_equals_uint64 (owner_of (table, 5), 0);
  fail_if (discord_ssrc_table_add_user (table, 0));

  discord_ssrc_table_free (table);
}

GST_END_TEST;

GST_START_TEST (test_video_replaces_video_and_keeps_audio)
{
  DiscordSsrcTable *table = discord_ssrc_table_new ();
  const DiscordVoiceVideoStream first[] = { { 20, 0 }, { 30, 31 } };
  const DiscordVoiceVideoStream second[] = { { 40, 41 } };

  discord_ssrc_table_set_video (table, ALICE, 10, 20, first, 2);
  fail_unless_equals_int (kind_of (table, 10), DISCORD_SSRC_AUDIO);
  fail_unless_equals_int (kind_of (table, 20), DISCORD_SSRC_VIDEO);
  fail_unless_equals_int (kind_of (table, 21), DISCORD_SSRC_RTX);
  fail_unless_equals_int (kind_of (table, 31), DISCORD_SSRC_RTX);

  discord_ssrc_table_set_video (table, ALICE, 0, 40, second, 1);
  fail_unless_equals_uint64 (owner_of (table, 10), ALICE);
  fail_unless_equals_uint64 (owner_of (table, 20), 0);
  fail_unless_equals_uint64 (owner_of (table, 30), 0);
  fail_unless_equals_uint64 (owner_of (table, 40), ALICE);

  discord_ssrc_table_free (table);
}

GST_END_TEST;

GST_START_TEST (test_leaving_takes_everything)
{
  DiscordSsrcTable *table = discord_ssrc_table_new ();
  const DiscordVoiceVideoStream stream = { 20, 21 };
  GArray *users;

  fail_unless (discord_ssrc_table_add_user (table, ALICE));
  fail_if (discord_ssrc_table_add_user (table, ALICE));
  fail_unless (discord_ssrc_table_add_user (table, BOB));
  discord_ssrc_table_set_video (table, ALICE, 10, 20, &stream, 1);
  discord_ssrc_table_set_audio (table, BOB, 50);

  fail_unless (discord_ssrc_table_remove_user (table, ALICE));
  fail_if (discord_ssrc_table_remove_user (table, ALICE));
  fail_unless_equals_uint64 (owner_of (table, 10), 0);
  fail_unless_equals_uint64 (owner_of (table, 21), 0);
  fail_unless_equals_uint64 (owner_of (table, 50), BOB);
  users = discord_ssrc_table_get_users (table);
  fail_unless_equals_int (users->len, 1);
  fail_unless_equals_uint64 (g_array_index (users, guint64, 0), BOB);
  g_array_unref (users);

  discord_ssrc_table_clear (table);
  fail_unless_equals_uint64 (owner_of (table, 50), 0);
  discord_ssrc_table_free (table);
}

GST_END_TEST;

static Suite *
ssrctable_suite (void)
{
  Suite *s = suite_create ("ssrctable");
  TCase *tc = tcase_create ("rules");

  suite_add_tcase (s, tc);
  tcase_add_test (tc, test_audio_has_one_owner);
  tcase_add_test (tc, test_zero_means_nothing);
  tcase_add_test (tc, test_video_replaces_video_and_keeps_audio);
  tcase_add_test (tc, test_leaving_takes_everything);
  return s;
}

GST_CHECK_MAIN (ssrctable);
