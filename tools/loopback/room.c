/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Presence in a channel: ops 5, 11, 12, 13, 18 and 20. */
#include "voiceserver.h"

enum
{
  OP_SPEAKING = 5,
  OP_CLIENTS_CONNECT = 11,
  OP_VIDEO = 12,
  OP_CLIENT_DISCONNECT = 13,
  OP_CLIENT_FLAGS = 18,
  OP_CLIENT_PLATFORM = 20,
};

LbRoom *
lb_room_get (LbVoiceServer *server, guint64 server_id, guint64 channel_id)
{
  LbRoom *self;

  for (guint i = 0; i < server->rooms->len; i++) {
    self = server->rooms->pdata[i];
    if (self->server_id == server_id && self->channel_id == channel_id)
      return self;
  }
  self = g_new0 (LbRoom, 1);
  self->server = server;
  self->server_id = server_id;
  self->channel_id = channel_id;
  self->members = g_ptr_array_new ();
  self->dave = lb_dave_new (self);
  g_ptr_array_add (server->rooms, self);
  if (server->core->settings->echo)
    self->echo = lb_echo_new (self);
  return self;
}

void
lb_room_free (LbRoom *self)
{
  g_clear_pointer (&self->echo, lb_echo_free);
  lb_dave_free (self->dave);
  g_ptr_array_unref (self->members);
  g_free (self);
}

static JsonObject *
speaking_to_json (const LbVoiceSession *session)
{
  JsonObject *d = json_object_new ();

  lb_json_set_id (d, "user_id", session->user_id);
  json_object_set_int_member (d, "ssrc", session->ssrc);
  json_object_set_int_member (d, "speaking", session->speaking);
  return d;
}

static JsonObject *
about_user (const LbVoiceSession *session, const char *name, int value)
{
  JsonObject *d = json_object_new ();

  lb_json_set_id (d, "user_id", session->user_id);
  json_object_set_int_member (d, name, value);
  return d;
}

static void
send_presence (LbVoiceSession *to, const LbVoiceSession *about)
{
  lb_voice_session_send_numbered (
      to, OP_CLIENT_FLAGS, about_user (about, "flags", 0));
  lb_voice_session_send_numbered (
      to, OP_CLIENT_PLATFORM, about_user (about, "platform", 0));
}

static void
add_id (JsonArray *ids, guint64 id)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, id);

  json_array_add_string_element (ids, text);
}

static void
tell_newcomer (LbRoom *self, LbVoiceSession *newcomer)
{
  JsonObject *d;
  JsonArray *ids;

  if (self->members->len == 0)
    return;
  d = json_object_new ();
  ids = json_array_new ();
  for (guint i = 0; i < self->members->len; i++)
    add_id (ids, ((LbVoiceSession *) self->members->pdata[i])->user_id);
  json_object_set_array_member (d, "user_ids", ids);
  lb_voice_session_send_numbered (newcomer, OP_CLIENTS_CONNECT, d);
  for (guint i = 0; i < self->members->len; i++) {
    LbVoiceSession *member = self->members->pdata[i];

    send_presence (newcomer, member);
    if (member->announced)
      lb_voice_session_send_numbered (
          newcomer, OP_SPEAKING, speaking_to_json (member));
    if (member->video.last != NULL)
      lb_voice_session_send_numbered (
          newcomer, OP_VIDEO, json_object_ref (member->video.last));
  }
}

static void
tell_others (LbRoom *self, const LbVoiceSession *newcomer)
{
  for (guint i = 0; i < self->members->len; i++) {
    JsonObject *d = json_object_new ();
    JsonArray *ids = json_array_new ();

    add_id (ids, newcomer->user_id);
    json_object_set_array_member (d, "user_ids", ids);
    lb_voice_session_send_numbered (
        self->members->pdata[i], OP_CLIENTS_CONNECT, d);
    send_presence (self->members->pdata[i], newcomer);
  }
}

void
lb_room_join (LbRoom *self, LbVoiceSession *session)
{
  tell_newcomer (self, session);
  tell_others (self, session);
  g_ptr_array_add (self->members, session);
  session->room = self;
  lb_report_event (self->server->core->report, "voice-joined", session->user_id,
      "channel %" G_GUINT64_FORMAT, self->channel_id);
  lb_dave_joined (self->dave, session);
  lb_video_agree_again (self);
  lb_video_choose (self);
}

void
lb_room_leave (LbVoiceSession *session)
{
  LbRoom *self = session->room;

  if (self == NULL)
    return;
  session->room = NULL;
  g_ptr_array_remove (self->members, session);
  for (guint i = 0; i < self->members->len; i++) {
    JsonObject *d = json_object_new ();

    lb_json_set_id (d, "user_id", session->user_id);
    lb_voice_session_send_numbered (
        self->members->pdata[i], OP_CLIENT_DISCONNECT, d);
  }
  lb_dave_left (self->dave, session);
  lb_video_left (self, session);
  lb_video_agree_again (self);
}

void
lb_room_speaking (LbVoiceSession *session)
{
  LbRoom *self = session->room;

  for (guint i = 0; self != NULL && i < self->members->len; i++) {
    if (self->members->pdata[i] != session)
      lb_voice_session_send_numbered (
          self->members->pdata[i], OP_SPEAKING, speaking_to_json (session));
  }
}

void
lb_room_video (LbVoiceSession *session)
{
  LbRoom *self = session->room;

  for (guint i = 0; self != NULL && i < self->members->len; i++) {
    if (self->members->pdata[i] != session)
      lb_voice_session_send_numbered (self->members->pdata[i], OP_VIDEO,
          json_object_ref (session->video.last));
  }
}

LbVoiceSession *
lb_room_add_built_in (LbRoom *self, guint64 user_id)
{
  LbVoiceSession *session = lb_voice_session_new (
      self->server, self->server_id, self->channel_id, user_id);

  session->built_in = TRUE;
  session->announced = TRUE;
  lb_room_join (self, session);
  lb_room_speaking (session);
  return session;
}
