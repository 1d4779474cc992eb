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
  const GstDiscordVoiceStream none = { .ssrc = 0 };

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
  const GstDiscordVoiceStream first[] = { { .ssrc = 20 },
    { .ssrc = 30, .rtx_ssrc = 31 } };
  const GstDiscordVoiceStream second[] = { { .ssrc = 40, .rtx_ssrc = 41 } };

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

/* What a retransmission restores, and what restores it. */
GST_START_TEST (test_pairs)
{
  DiscordSsrcTable *table = discord_ssrc_table_new ();
  const GstDiscordVoiceStream streams[] = {
    { .rid = "100", .ssrc = 20, .rtx_ssrc = 99, .fields = DISCORD_STREAM_SSRC },
    { .rid = "50", .ssrc = 30, .fields = DISCORD_STREAM_SSRC },
    { .rid = "25", .ssrc = G_MAXUINT32, .fields = DISCORD_STREAM_SSRC },
  };
  static const guint32 pairs[][2] = { { 20, 99 }, { 30, 31 } };
  DiscordSsrcOwner owner;

  discord_ssrc_table_set_video (table, ALICE, 10, 20, streams, 3);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    discord_ssrc_table_lookup (table, pairs[i][0], &owner);
    fail_unless_equals_int (owner.pair, pairs[i][1]);
    fail_unless_equals_int (owner.kind, DISCORD_SSRC_VIDEO);
    discord_ssrc_table_lookup (table, pairs[i][1], &owner);
    fail_unless_equals_int (owner.pair, pairs[i][0]);
    fail_unless_equals_int (owner.kind, DISCORD_SSRC_RTX);
  }
  discord_ssrc_table_lookup (table, G_MAXUINT32, &owner);
  fail_unless_equals_int (owner.pair, 0);
  discord_ssrc_table_lookup (table, 10, &owner);
  fail_unless_equals_int (owner.pair, 0);
  discord_ssrc_table_free (table);
}

GST_END_TEST;

/* Voice gateway 2.10: what is left out is as it was. */
GST_START_TEST (test_layers_are_merged)
{
  DiscordSsrcTable *table = discord_ssrc_table_new ();
  const GstDiscordVoiceStream whole = { .rid = "100",
    .ssrc = 20,
    .rtx_ssrc = 25,
    .quality = 100,
    .active = TRUE,
    .fields = DISCORD_STREAM_SSRC | DISCORD_STREAM_RTX_SSRC
        | DISCORD_STREAM_QUALITY | DISCORD_STREAM_ACTIVE };
  const GstDiscordVoiceStream paused = {
    .rid = "100", .active = FALSE, .fields = DISCORD_STREAM_ACTIVE
  };
  DiscordVoiceStreams streams;

  fail_unless (discord_ssrc_table_set_video (table, ALICE, 10, 20, &whole, 1));
  fail_if (discord_ssrc_table_set_video (table, ALICE, 10, 20, &whole, 1));
  fail_unless (discord_ssrc_table_set_video (table, ALICE, 0, 20, &paused, 1));
  fail_unless_equals_int (kind_of (table, 25), DISCORD_SSRC_RTX);
  discord_ssrc_table_get_streams (table, ALICE, &streams);
  fail_unless_equals_int (streams.n_streams, 1);
  fail_unless_equals_int (streams.streams[0].ssrc, 20);
  fail_unless_equals_int (streams.streams[0].quality, 100);
  fail_if (streams.streams[0].active);

  discord_ssrc_table_get_streams (table, BOB, &streams);
  fail_unless_equals_int (streams.n_streams, 0);
  fail_unless (discord_ssrc_table_set_video (table, ALICE, 0, 0, NULL, 0));
  fail_unless_equals_int (kind_of (table, 20), DISCORD_SSRC_UNKNOWN);
  fail_if (discord_ssrc_table_set_video (table, ALICE, 0, 0, NULL, 0));

  /* Who left and comes again begins anew. */
  discord_ssrc_table_add_user (table, ALICE);
  discord_ssrc_table_set_video (table, ALICE, 10, 20, &whole, 1);
  discord_ssrc_table_remove_user (table, ALICE);
  discord_ssrc_table_set_video (table, ALICE, 10, 0, &paused, 1);
  discord_ssrc_table_get_streams (table, ALICE, &streams);
  fail_unless_equals_int (streams.streams[0].ssrc, 0);
  discord_ssrc_table_free (table);
}

GST_END_TEST;

GST_START_TEST (test_leaving_takes_everything)
{
  DiscordSsrcTable *table = discord_ssrc_table_new ();
  const GstDiscordVoiceStream stream = { .ssrc = 20, .rtx_ssrc = 21 };
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
  tcase_add_test (tc, test_pairs);
  tcase_add_test (tc, test_layers_are_merged);
  tcase_add_test (tc, test_leaving_takes_everything);
  return s;
}

GST_CHECK_MAIN (ssrctable);
