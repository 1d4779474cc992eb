/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Actions on Go Live streams. USER is the owner. */
#include "actiontable.h"
#include "streams.h"

static LbStreams *
get_streams (const LbCall *call)
{
  return lb_world_get_streams (call->core->world);
}

static int
run_start (const LbCall *call)
{
  LbStreamKey key = { .owner_id = call->user_id };
  g_autofree char *text = NULL;

  if (call->user_id == 0 || !lb_parse_id (call->args[1], &key.channel_id)
      || (!g_str_equal (call->args[0], "call")
          && !lb_parse_id (call->args[0], &key.guild_id)))
    return -1;
  text = lb_stream_key_format (&key);
  if (lb_streams_find (get_streams (call), text) != NULL)
    return 0;
  lb_stream_new (get_streams (call), &key);
  return 1;
}

static int
run_end (const LbCall *call)
{
  g_autoptr (GPtrArray) streams =
      lb_streams_owned_by (get_streams (call), call->user_id);
  const char *reason = call->n_args > 0 ? call->args[0] : "stream_ended";

  for (guint i = 0; i < streams->len; i++)
    lb_stream_end (streams->pdata[i], reason, reason);
  return (int) streams->len;
}

static int
run_outage (const LbCall *call)
{
  g_autoptr (GPtrArray) streams =
      lb_streams_owned_by (get_streams (call), call->user_id);

  for (guint i = 0; i < streams->len; i++)
    lb_stream_outage (streams->pdata[i]);
  return (int) streams->len;
}

static int
run_return (const LbCall *call)
{
  g_autoptr (GPtrArray) streams =
      lb_streams_owned_by (get_streams (call), call->user_id);
  gboolean named = call->n_args > 0;
  int returned = 0;

  if (named && !g_str_equal (call->args[0], "server"))
    return -1;
  for (guint i = 0; i < streams->len; i++) {
    LbStream *stream = streams->pdata[i];

    if (!stream->unavailable)
      continue;
    lb_stream_return (stream, named);
    returned++;
  }
  return returned;
}

static int
run_move (const LbCall *call)
{
  g_autoptr (GPtrArray) streams =
      lb_streams_owned_by (get_streams (call), call->user_id);
  gboolean same = call->n_args > 0;

  if (same && !g_str_equal (call->args[0], "same"))
    return -1;
  for (guint i = 0; i < streams->len; i++)
    lb_stream_move (streams->pdata[i], same);
  return (int) streams->len;
}

static int
run_null_endpoint (const LbCall *call)
{
  g_autoptr (GPtrArray) streams =
      lb_streams_owned_by (get_streams (call), call->user_id);
  guint64 ms = 0;

  if (call->n_args > 0 && !lb_parse_number (call->args[0], 600000, &ms))
    return -1;
  for (guint i = 0; i < streams->len; i++)
    lb_stream_null_endpoint (
        streams->pdata[i], call->n_args > 0 ? (int) ms : -1);
  return (int) streams->len;
}

static int
run_pause (const LbCall *call)
{
  g_autoptr (GPtrArray) streams =
      lb_streams_owned_by (get_streams (call), call->user_id);
  gboolean paused;

  if (!lb_parse_switch (call->args[0], &paused))
    return -1;
  for (guint i = 0; i < streams->len; i++) {
    LbStream *stream = streams->pdata[i];

    stream->paused = paused;
    lb_stream_tell (stream);
  }
  return (int) streams->len;
}

static void
set_guest (LbStream *stream, guint64 id, gboolean there)
{
  for (guint i = 0; i < stream->guests->len; i++) {
    if (g_array_index (stream->guests, guint64, i) != id)
      continue;
    if (there)
      return;
    g_array_remove_index (stream->guests, i);
    lb_stream_tell (stream);
    return;
  }
  if (!there)
    return;
  g_array_append_val (stream->guests, id);
  lb_stream_tell (stream);
}

static int
run_viewer (const LbCall *call)
{
  g_autoptr (GPtrArray) streams =
      lb_streams_owned_by (get_streams (call), call->user_id);
  gboolean there;
  guint64 id;

  if (!lb_parse_id (call->args[0], &id)
      || !lb_parse_switch (call->args[1], &there))
    return -1;
  for (guint i = 0; i < streams->len; i++)
    set_guest (streams->pdata[i], id, there);
  return (int) streams->len;
}

/* clang-format off */
const LbAction lb_stream_actions[] = {
  { "stream-start", 2, 2, run_start, "USER:GUILD|call:CHANNEL",
    "a user, client or not, goes live" },
  { "stream-end", 0, 1, run_end, "USER[:REASON]", "for all who take part" },
  { "stream-outage", 0, 0, run_outage, "USER", "the stream is unavailable" },
  { "stream-return", 0, 1, run_return, "USER[:server]",
    "and back; server: the new server is named before that" },
  { "stream-move", 0, 1, run_move, "USER[:same]",
    "another server for the stream; same: only the token is another" },
  { "stream-null-endpoint", 0, 1, run_null_endpoint, "USER[:MS]",
    "the stream's server is gone; a new one comes after MS" },
  { "stream-pause", 1, 1, run_pause, "USER:on|off", "paused by its owner" },
  { "stream-viewer", 2, 2, run_viewer, "USER:VIEWER:on|off",
    "a viewer without a client comes or goes" },
  { NULL, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
