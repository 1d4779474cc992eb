/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which key sends, which decrypts, and that no nonce counter starts again. */

#include "udptransport-peer.h"

#include <gst/discord/transport/transportkeys.h>

#define OVERLAP 5

static gboolean
set (DiscordTransportKeys *keys, TransportMode mode, guint first, gint64 now_ns)
{
  guint8 key[TRANSPORT_KEY_SIZE];

  fill_key (key, first);
  return discord_transport_keys_set (keys, mode, key, now_ns, OVERLAP);
}

static void
use (DiscordTransportKey *key)
{
  guint8 packet[100];
  gsize length = make_rtp (packet, 1, 20);

  fail_unless_equals_int (
      transport_cipher_protect (key->cipher, TRANSPORT_PACKET_RTP, packet,
          length, sizeof packet, &length),
      TRANSPORT_OK);
}

GST_START_TEST (test_none)
{
  DiscordTransportKeys keys;

  discord_transport_keys_init (&keys, TRANSPORT_FIRST_NONCE);
  fail_unless (keys.current == NULL);
  fail_unless (discord_transport_keys_previous (&keys, 0) == NULL);
  discord_transport_keys_clear (&keys);
}

GST_END_TEST

GST_START_TEST (test_previous_ends)
{
  const TransportMode mode = TRANSPORT_MODE_AES256_GCM;
  DiscordTransportKey *oldest;
  DiscordTransportKeys keys;

  discord_transport_keys_init (&keys, TRANSPORT_FIRST_NONCE);
  fail_unless (set (&keys, mode, 1, 100));
  oldest = keys.current;
  fail_unless (oldest != NULL);
  fail_unless (discord_transport_keys_previous (&keys, 100) == NULL);

  fail_unless (set (&keys, mode, 2, 200));
  fail_unless (keys.current != oldest);
  fail_unless (discord_transport_keys_previous (&keys, 200) == oldest);
  fail_unless (discord_transport_keys_previous (&keys, 204) == oldest);
  fail_unless (discord_transport_keys_previous (&keys, 205) == NULL);
  discord_transport_keys_clear (&keys);
}

GST_END_TEST

/* Session descriptions repeat: that neither restarts the counter nor makes the
 * key its own predecessor. */
GST_START_TEST (test_same_key_again)
{
  const TransportMode mode = TRANSPORT_MODE_XCHACHA20_POLY1305;
  DiscordTransportKey *oldest, *newer;
  DiscordTransportKeys keys;

  discord_transport_keys_init (&keys, TRANSPORT_FIRST_NONCE);
  fail_unless (set (&keys, mode, 1, 100));
  oldest = keys.current;
  use (oldest);
  fail_unless (set (&keys, mode, 1, 101));
  fail_unless (keys.current == oldest);
  fail_unless_equals_uint64 (
      transport_cipher_packets_protected (oldest->cipher), 1);
  fail_unless (discord_transport_keys_previous (&keys, 101) == NULL);

  fail_unless (set (&keys, mode, 2, 200));
  newer = keys.current;
  fail_unless (set (&keys, mode, 2, 204));
  fail_unless (keys.current == newer);
  fail_unless (discord_transport_keys_previous (&keys, 204) == oldest);
  fail_unless (discord_transport_keys_previous (&keys, 205) == NULL);
  discord_transport_keys_clear (&keys);
}

GST_END_TEST

GST_START_TEST (test_earlier_key_continues)
{
  const TransportMode mode = TRANSPORT_MODE_AES256_GCM;
  DiscordTransportKey *oldest, *newest;
  DiscordTransportKeys keys;

  discord_transport_keys_init (&keys, TRANSPORT_FIRST_NONCE);
  fail_unless (set (&keys, mode, 1, 100));
  oldest = keys.current;
  use (oldest);
  use (oldest);
  fail_unless (set (&keys, mode, 2, 200));
  fail_unless (set (&keys, mode, 3, 300));
  newest = keys.current;
  fail_unless (set (&keys, mode, 1, 400));
  fail_unless (keys.current == oldest);
  fail_unless_equals_uint64 (
      transport_cipher_packets_protected (oldest->cipher), 2);
  fail_unless (discord_transport_keys_previous (&keys, 401) == newest);
  discord_transport_keys_clear (&keys);
}

GST_END_TEST

/* The same bytes in the other mode are another key. */
GST_START_TEST (test_mode_is_part_of_the_key)
{
  DiscordTransportKey *gcm;
  DiscordTransportKeys keys;

  discord_transport_keys_init (&keys, TRANSPORT_FIRST_NONCE);
  fail_unless (set (&keys, TRANSPORT_MODE_AES256_GCM, 1, 100));
  gcm = keys.current;
  fail_unless (set (&keys, TRANSPORT_MODE_XCHACHA20_POLY1305, 1, 200));
  fail_unless (keys.current != gcm);
  fail_unless_equals_int (transport_cipher_mode (keys.current->cipher),
      TRANSPORT_MODE_XCHACHA20_POLY1305);
  discord_transport_keys_clear (&keys);
}

GST_END_TEST

GST_START_TEST (test_too_many)
{
  const TransportMode mode = TRANSPORT_MODE_XCHACHA20_POLY1305;
  DiscordTransportKey *last;
  DiscordTransportKeys keys;
  guint i;

  discord_transport_keys_init (&keys, TRANSPORT_FIRST_NONCE);
  for (i = 0; i < DISCORD_MAX_TRANSPORT_KEYS; i++)
    fail_unless (set (&keys, mode, i, i));
  last = keys.current;
  fail_if (set (&keys, mode, i, i));
  fail_unless (keys.current == last);
  /* Known ones still do. */
  fail_unless (set (&keys, mode, 0, i));
  discord_transport_keys_clear (&keys);
}

GST_END_TEST

static Suite *
udptransport_keys_suite (void)
{
  Suite *suite = suite_create ("udptransport-keys");
  TCase *tcase = tcase_create ("general");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, test_none);
  tcase_add_test (tcase, test_previous_ends);
  tcase_add_test (tcase, test_same_key_again);
  tcase_add_test (tcase, test_earlier_key_continues);
  tcase_add_test (tcase, test_mode_is_part_of_the_key);
  tcase_add_test (tcase, test_too_many);
  return suite;
}

GST_CHECK_MAIN (udptransport_keys);
