/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "streammessages.h"

/* Ops 18 to 22 waiting to be sent, in the order they were asked for. */
typedef struct _DiscordStreamQueue DiscordStreamQueue;

DiscordStreamQueue *discord_stream_queue_new (void);
void discord_stream_queue_free (DiscordStreamQueue *self);

/* Takes the place of one that waits for the same; an op 19 also that of
 * everything else about its stream. */
void discord_stream_queue_push (
    DiscordStreamQueue *self, const DiscordStreamRequest *request);

gboolean discord_stream_queue_is_empty (DiscordStreamQueue *self);

/* The next one, which counts as sent; NULL when none waits. Valid until the
 * next call. */
const DiscordStreamRequest *discord_stream_queue_pop (
    DiscordStreamQueue *self, gint64 now);

/* The server told of the stream what a request like this is after. */
void discord_stream_queue_answered (
    DiscordStreamQueue *self, DiscordMainOp op, const GstDiscordStreamKey *key);

/* The link was lost: what was sent since @since without an answer may not have
 * arrived and waits again, before what waits already. */
void discord_stream_queue_repeat (DiscordStreamQueue *self, gint64 since);

/* The server's session is another one: what was asked of the old one is void. */
void discord_stream_queue_clear (DiscordStreamQueue *self);
