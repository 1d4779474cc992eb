/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The other end of what is measured, each a role in a process of its own. */

#include "peer.h"

G_BEGIN_DECLS

#define BENCH_ROLE_STANDIN "standin"
#define BENCH_ROLE_UDP "udp"

/* The stand-in of Discord. Arguments: settings as NAME=VALUE. Requests:
 *   url         gateway URL
 *   count       RTP packets that came
 *   record      keep arrivals from now on
 *   arrivals N  those of stream N
 *   event NAME  how often that event was recorded; with a second word, for the
 *               member with that token
 *   rtcp TOKEN  RTCP packets that member sent
 *   await NAME  waits until it was recorded; with a second word as for event
 *   media TOKEN NAME  a count of LoopbackMedia's about video, by its name
 *   violations  how many, "0" or what they were */
int bench_standin_main (int argc, char **argv);

/* A UDP socket that swallows what comes, or passes it on. Requests:
 *   port        where it listens
 *   count, record, arrivals N   as above
 *   relay PORT  from now on everything goes on to that port */
int bench_udp_main (int argc, char **argv);

/* A UDP socket with a large buffer on a free port of 127.0.0.1. */
int bench_udp_open (guint16 *port);

/* Fails when a client of the stand-in did what Discord forbids. */
void bench_check_violations (BenchPeer *standin);

G_END_DECLS
