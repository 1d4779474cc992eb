/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Actions on voice sessions, and members of our own. */
#include "actiontable.h"
#include "voicepayload.h"
#include "world.h"

static int
run_freeze_udp (const LbCall *call)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);
  gboolean on;

  if (!lb_parse_switch (call->args[0], &on))
    return -1;
  for (guint i = 0; i < sessions->len; i++)
    ((LbVoiceSession *) sessions->pdata[i])->media.frozen = on;
  return (int) sessions->len;
}

static int
run_rekey (const LbCall *call)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);
  int found = 0;

  for (guint i = 0; i < sessions->len; i++) {
    LbVoiceSession *session = sessions->pdata[i];
    LbSelection selection = {
      .address = session->media.address,
      .cipher = session->media.cipher,
      .codecs = session->video.codecs,
    };

    if (!session->media.ready)
      continue;
    lb_voice_session_describe (session, &selection);
    found++;
  }
  return found;
}

static int
run_session_update (const LbCall *call)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);

  for (guint i = 0; i < sessions->len; i++)
    lb_video_force_codec (sessions->pdata[i], call->args[0]);
  return (int) sessions->len;
}

static int
run_join (const LbCall *call)
{
  guint64 guild_id, channel_id;

  if (call->user_id == 0 || !lb_parse_id (call->args[0], &guild_id)
      || !lb_parse_id (call->args[1], &channel_id))
    return -1;
  lb_room_add_built_in (
      lb_room_get (
          lb_world_place (call->core->world, guild_id), guild_id, channel_id),
      call->user_id);
  return 1;
}

static int
for_built_in (
    const LbCall *call, void (*func) (LbVoiceSession *, guint), guint value)
{
  g_autoptr (GPtrArray) sessions =
      lb_voice_servers_sessions (call->core, call->user_id);
  int found = 0;

  for (guint i = 0; i < sessions->len; i++) {
    LbVoiceSession *session = sessions->pdata[i];

    /* The echo belongs to its room. */
    if (!session->built_in || session->is_echo)
      continue;
    func (session, value);
    found++;
  }
  return found;
}

static void
end_session (LbVoiceSession *session, guint value)
{
  lb_voice_session_end (session, 0, NULL);
}

static int
run_leave (const LbCall *call)
{
  return for_built_in (call, end_session, 0);
}

static void
set_speaking (LbVoiceSession *session, guint flags)
{
  session->speaking = flags;
  lb_room_speaking (session);
}

static int
run_speak (const LbCall *call)
{
  guint64 flags;

  if (!lb_parse_number (call->args[0], 7, &flags))
    return -1;
  return for_built_in (call, set_speaking, (guint) flags);
}

/* clang-format off */
const LbAction lb_session_actions[] = {
  { "freeze-udp", 1, 1, run_freeze_udp, "USER:on|off",
    "no datagram is read or sent" },
  { "rekey", 0, 0, run_rekey, "USER", "a second op 4 with a new key" },
  { "session-update", 1, 1, run_session_update, "USER:CODEC",
    "op 14 with another video codec" },
  { "join", 2, 2, run_join, "USER:GUILD:CHANNEL",
    "a silent member of our own comes" },
  { "leave", 0, 0, run_leave, "USER", "and goes" },
  { "speak", 1, 1, run_speak, "USER:FLAGS", "op 5 of such a member" },
  { NULL, 0, 0, NULL, NULL, NULL },
};
/* clang-format on */
