/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which packets of one received stream are missing and when to ask for them
 * again (media-transport 9.2). No clock and no lock of its own; times are in
 * microseconds. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* media-transport 9.2. The interval is that of a round trip nobody knows: with one
 * known a packet is asked for again as soon as the answer should have been here,
 * and a quarter later. Retransmissions get lost like everything else, and two
 * tries are all that 100 ms leave of a latency of 200. */
#define NACK_RETRY_INTERVAL 100000
#define NACK_MIN_RETRY_INTERVAL 20000
#define NACK_MAX_RETRY_INTERVAL 1000000
#define NACK_MAX_SENDS 100
#define NACK_MAX_OUTSTANDING 1000

typedef struct _NackGenerator NackGenerator;

NackGenerator *nack_generator_new (void);
void nack_generator_free (NackGenerator *self);

/* A packet arrived, @restored from a retransmission or not. False when so many
 * are missing now that asking is of no use: all were forgotten, and what is
 * needed is a keyframe. */
bool nack_generator_packet (
    NackGenerator *self, uint16_t sequence, bool restored, int64_t now);

/* The reorder stage has passed @sequence: what is not here by now is of no use
 * any more. */
void nack_generator_give_up (NackGenerator *self, uint16_t sequence);

/* Those to ask for at @now, ascending; at most @max. What has been missing for
 * longer than @max_age is forgotten. @rtt is negative when it is not known. */
size_t nack_generator_poll (NackGenerator *self, int64_t now, int64_t rtt,
    int64_t max_age, uint16_t *sequences, size_t max);

/* When to poll next; INT64_MAX when nothing is missing. */
int64_t nack_generator_due (const NackGenerator *self);

size_t nack_generator_outstanding (const NackGenerator *self);
