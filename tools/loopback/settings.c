/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include "json.h"

#include <string.h>

#define START TRUE
#define LIVE FALSE
#define FIELD(f) G_STRUCT_OFFSET (LbSettings, f)
#define DAY 86400000

/* clang-format off */
const LbSettingInfo lb_setting_infos[] = {
  { "port", LB_SETTING_INT, START, FIELD (port), 0, 65535, "PORT",
    "port of the main gateway and REST; 0 takes a free one" },
  { "voice-servers", LB_SETTING_INT, START, FIELD (voice_servers), 1, 64, "N",
    "voice servers, each with its own endpoint (2)" },
  { "seed", LB_SETTING_INT, START, FIELD (seed), 0, G_MAXINT, "N",
    "seed of everything random, faults included (1)" },
  { "host", LB_SETTING_STRING, START, FIELD (host), 0, 0, "NAME",
    "name of 127.0.0.1 in the URLs, to match a certificate (127.0.0.1)" },
  { "tls-cert", LB_SETTING_STRING, START, FIELD (tls_cert), 0, 0, "FILE",
    "PEM certificate: everything is wss and https" },
  { "tls-key", LB_SETTING_STRING, START, FIELD (tls_key), 0, 0, "FILE",
    "PEM private key of the certificate" },
  { "report", LB_SETTING_STRING, START, FIELD (report), 0, 0, "FILE",
    "write events and violations as JSON lines" },
  { "guild", LB_SETTING_LIST, START, FIELD (guilds), 0, 0, "ID",
    "a guild that exists; without any, every guild does" },
  { "channel", LB_SETTING_LIST, START, FIELD (channels), 0, 0, "ID",
    "a voice channel that exists; without any, every channel does" },
  { "full-channel", LB_SETTING_LIST, LIVE, FIELD (full_channels), 0, 0, "ID",
    "a channel with no place left: joining gets no answer" },
  { "closed-channel", LB_SETTING_LIST, LIVE, FIELD (closed_channels), 0, 0,
    "ID", "a channel without CONNECT permission: joining gets no answer" },
  { "token", LB_SETTING_LIST, START, FIELD (tokens), 0, 0, "TOKEN",
    "a token that is accepted; without any, every token is" },
  { "echo", LB_SETTING_BOOL, START, FIELD (echo), 0, 1, NULL,
    "a member in every channel that says again what it hears" },
  { "echo-delay", LB_SETTING_INT, LIVE, FIELD (echo_delay), 0, 60000, "MS",
    "how long the echo waits (0)" },
  { "at", LB_SETTING_LIST, START, FIELD (at), 0, 0, "TIME=ACTION",
    "do an action at a time after start: 3s=kick:USER, 500ms=set:NAME=VALUE" },

  { "lenient", LB_SETTING_BOOL, LIVE, FIELD (lenient), 0, 1, NULL,
    "record violations but keep the connection where it can go on" },
  { "deaf-drops", LB_SETTING_BOOL, LIVE, FIELD (deaf_drops), 0, 1, NULL,
    "send no audio to who is self-deafened" },
  { "modes", LB_SETTING_STRING, LIVE, FIELD (modes), 0, 0, "NAME,NAME",
    "encryption modes offered in Ready (both)" },
  { "heartbeat-interval", LB_SETTING_INT, LIVE, FIELD (heartbeat_interval), 10,
    DAY, "MS", "main gateway (41250)" },
  { "voice-heartbeat-interval", LB_SETTING_INT, LIVE,
    FIELD (voice_heartbeat_interval), 10, DAY, "MS", "voice gateway (13750)" },
  { "main-resume-window", LB_SETTING_INT, LIVE, FIELD (main_resume_window), 0,
    DAY, "MS", "how long a lost main session is kept (180000)" },
  { "voice-resume-window", LB_SETTING_INT, LIVE, FIELD (voice_resume_window), 0,
    DAY, "MS", "how long a lost voice session is kept (60000)" },
  { "speaking-grace", LB_SETTING_INT, LIVE, FIELD (speaking_grace), 0, 60000,
    "MS", "how much later than audio op 5 may come, TCP and UDP race (250)" },
  { "leave-grace", LB_SETTING_INT, LIVE, FIELD (leave_grace), 0, 60000, "MS",
    "how long a client has to close what it left (1000)" },
  { "seq-start", LB_SETTING_INT, LIVE, FIELD (seq_start), 0, 65535, "N",
    "first number of numbered voice messages (1)" },

  { "signalling-delay", LB_SETTING_INT, LIVE, FIELD (signalling_delay), 0,
    60000, "MS", "all that both gateways say comes this much later (0)" },
  { "server-first", LB_SETTING_BOOL, LIVE, FIELD (server_first), 0, 1, NULL,
    "the server's update before VOICE_STATE_UPDATE or STREAM_CREATE" },
  { "foreign-session", LB_SETTING_BOOL, LIVE, FIELD (foreign_session), 0, 1,
    NULL, "after a join, another session of the same user seems to leave" },
  { "unknown", LB_SETTING_BOOL, LIVE, FIELD (unknown), 0, 1, NULL,
    "unknown fields in every message, an unknown opcode after each" },
  { "null-endpoint-first", LB_SETTING_INT, LIVE, FIELD (null_endpoint_first),
    -1, 60000, "MS", "a null endpoint first, the true one so much later (-1)" },
  { "endpoint-scheme", LB_SETTING_BOOL, LIVE, FIELD (endpoint_scheme), 0, 1,
    NULL, "endpoints begin with wss://, as some servers have sent" },
  { "rest-limited", LB_SETTING_INT, LIVE, FIELD (rest_limited), 0, G_MAXINT,
    "N", "answer the next N REST requests with 429" },
  { "rest-status", LB_SETTING_INT, LIVE, FIELD (rest_status), 0, 599, "CODE",
    "answer REST requests with this status" },
  { "rest-delay", LB_SETTING_INT, LIVE, FIELD (rest_delay), 0, DAY, "MS",
    "REST answers come late" },
  { "preview-limit", LB_SETTING_INT, LIVE, FIELD (preview_limit), 0, DAY, "MS",
    "a stream's preview may be replaced after this, before with 429 (0)" },
  { "stream-limit", LB_SETTING_INT, LIVE, FIELD (stream_limit), 0, 10000, "N",
    "viewers a stream may have (50)" },
  { "stream-delay", LB_SETTING_INT, LIVE, FIELD (stream_delay), 0, DAY, "MS",
    "what the main gateway tells of streams comes late" },
  { "stream-reject", LB_SETTING_STRING, LIVE, FIELD (stream_reject), 0, 0,
    "REASON", "ops 18 and 20 are answered by STREAM_DELETE with this reason" },
  { "stream-silent", LB_SETTING_BOOL, LIVE, FIELD (stream_silent), 0, 1, NULL,
    "ops 18 and 20 are not answered, as without STREAM permission" },
  { "stream-no-channel", LB_SETTING_BOOL, LIVE, FIELD (stream_no_channel), 0, 1,
    NULL, "STREAM_CREATE names no rtc_channel_id" },
  { "hello-delay", LB_SETTING_INT, LIVE, FIELD (hello_delay), 0, DAY, "MS",
    "main gateway hello comes late" },
  { "refuse-resume", LB_SETTING_BOOL, LIVE, FIELD (refuse_resume), 0, 1, NULL,
    "main gateway answers every resume with op 9 false" },
  { "drop-acks", LB_SETTING_BOOL, LIVE, FIELD (drop_acks), 0, 1, NULL,
    "main gateway acknowledges no heartbeat" },
  { "voice-hello-delay", LB_SETTING_INT, LIVE, FIELD (voice_hello_delay), 0,
    DAY, "MS", "voice gateway hello comes late" },
  { "voice-hello-last", LB_SETTING_BOOL, LIVE, FIELD (voice_hello_last), 0, 1,
    NULL, "voice gateway hello comes only after identify or resume" },
  { "voice-refuse-resume", LB_SETTING_BOOL, LIVE, FIELD (voice_refuse_resume),
    0, 1, NULL, "voice gateway closes every resume with 4006" },
  { "voice-drop-acks", LB_SETTING_BOOL, LIVE, FIELD (voice_drop_acks), 0, 1,
    NULL, "voice gateway acknowledges no heartbeat" },
  { "voice-server-heartbeat", LB_SETTING_BOOL, LIVE,
    FIELD (voice_server_heartbeat), 0, 1, NULL,
    "voice gateway asks for a heartbeat (op 3) after each one it gets" },
  { "voice-replay-first", LB_SETTING_BOOL, LIVE, FIELD (voice_replay_first), 0,
    1, NULL, "missed voice messages come before op 9 Resumed, not after" },
  { "voice-silent", LB_SETTING_BOOL, LIVE, FIELD (voice_silent), 0, 1, NULL,
    "voice gateway never answers identify" },
  { "no-session-description", LB_SETTING_BOOL, LIVE,
    FIELD (no_session_description), 0, 1, NULL,
    "voice gateway never answers select protocol" },
  { "key-length", LB_SETTING_INT, LIVE, FIELD (key_length), 0, 64, "N",
    "numbers in secret_key (32)" },
  { "ready-ssrc", LB_SETTING_INT, LIVE, FIELD (ready_ssrc), -1, G_MAXINT, "N",
    "SSRC in Ready whatever the truth, 0 for instance (-1: the truth)" },
  { "silent-discovery", LB_SETTING_BOOL, LIVE, FIELD (silent_discovery), 0, 1,
    NULL, "no answer to IP discovery" },

  { "ready-reversed", LB_SETTING_BOOL, LIVE, FIELD (ready_reversed), 0, 1, NULL,
    "Ready has the layers in the other order" },
  { "ready-no-rtx", LB_SETTING_BOOL, LIVE, FIELD (ready_no_rtx), 0, 1, NULL,
    "Ready names no rtx_ssrc, which is then the SSRC plus one" },
  { "ready-refuse-rid", LB_SETTING_STRING, LIVE, FIELD (ready_refuse_rid), 0, 0,
    "RID", "a layer that Ready leaves out" },
  { "reuse-ssrcs", LB_SETTING_BOOL, LIVE, FIELD (reuse_ssrcs), 0, 1, NULL,
    "SSRCs of who is gone are given to who comes next" },
  { "keyframe-interval", LB_SETTING_INT, LIVE, FIELD (keyframe_interval), 0,
    60000, "MS", "in op 4, 0 for none (2000)" },
  { "codec-grace", LB_SETTING_INT, LIVE, FIELD (codec_grace), 0, 60000, "MS",
    "how long a sender has to change its codec (2000)" },
  { "no-wants", LB_SETTING_BOOL, LIVE, FIELD (no_wants), 0, 1, NULL,
    "senders of video are told by no op 15 what is wanted" },
  { "layer-overlap", LB_SETTING_INT, LIVE, FIELD (layer_overlap), 0, 60000,
    "MS", "after a change of layers the old one goes on for so long (0)" },
  { "nack-interval", LB_SETTING_INT, LIVE, FIELD (nack_interval), 0, 60000,
    "MS", "between two NACKs for one packet, 0 for no NACK at all (50)" },
  { "repair-window", LB_SETTING_INT, LIVE, FIELD (repair_window), 1, 4000, "MS",
    "how long after it was sent a frame may be completed (1000)" },
  { "twcc-interval", LB_SETTING_INT, LIVE, FIELD (twcc_interval), 0, 60000,
    "MS", "between two transport-wide feedbacks to senders, 0 for none (0)" },
  { "remb", LB_SETTING_INT, LIVE, FIELD (remb), 0, G_MAXINT, "BITS",
    "bit rate told to senders by REMB each second, 0 for none (0)" },

  { "dave", LB_SETTING_INT, LIVE, FIELD (dave), 0, 1, "VERSION",
    "highest version of end-to-end encryption, 0 for none (1)" },
  { "dave-required", LB_SETTING_BOOL, LIVE, FIELD (dave_required), 0, 1, NULL,
    "refuse clients without end-to-end encryption with 4017" },
  { "dave-transition-timeout", LB_SETTING_INT, LIVE,
    FIELD (dave_transition_timeout), 0, 60000, "MS",
    "how long a transition waits for those who are not ready (2000)" },
  { "clear-grace", LB_SETTING_INT, LIVE, FIELD (clear_grace), 0, 60000, "MS",
    "how long after an upgrade media in clear may arrive (1000)" },
  { "dave-sole-version", LB_SETTING_INT, LIVE, FIELD (dave_sole_version), 0, 1,
    "VERSION", "in op 21 for who is alone again (1)" },
  { "dave-sender-first", LB_SETTING_BOOL, LIVE, FIELD (dave_sender_first), 0, 1,
    NULL, "op 25 before op 4, not after" },
  { "dave-first-ordinary", LB_SETTING_BOOL, LIVE, FIELD (dave_first_ordinary),
    0, 1, NULL, "the first commit of a group has no transition id 0" },
  { "dave-several-proposals", LB_SETTING_BOOL, LIVE,
    FIELD (dave_several_proposals), 0, 1, NULL,
    "propose at once, without waiting for the commit of what is proposed" },
  { "dave-overlap", LB_SETTING_BOOL, LIVE, FIELD (dave_overlap), 0, 1, NULL,
    "propose while a transition is prepared, not only after it" },
  { "dave-recover-together", LB_SETTING_BOOL, LIVE,
    FIELD (dave_recover_together), 0, 1, NULL,
    "after op 31 Remove and Add in one commit, not in two" },
  { "dave-tell-pending", LB_SETTING_BOOL, LIVE, FIELD (dave_tell_pending), 0, 1,
    NULL, "who waits to be added hears the group's proposals as well" },
  { "dave-ignore-ready", LB_SETTING_BOOL, LIVE, FIELD (dave_ignore_ready), 0, 1,
    NULL, "nobody seems ready: every transition runs into its time-out" },
  { "dave-revoke", LB_SETTING_DOUBLE, LIVE, FIELD (dave_revoke), 0, 1, "P",
    "share of Adds that are revoked at once and proposed again" },
  { "dave-committer", LB_SETTING_STRING, LIVE, FIELD (dave_committer), 0, 0,
    "USER", "whose commits win while it is a member, * for the fastest (*)" },
#define PATH(suffix, field, what)                                              \
  { "loss-" suffix, LB_SETTING_DOUBLE, LIVE, FIELD (field.loss), 0, 1, "P",    \
    "share of UDP datagrams lost " what },                                     \
  { "duplicate-" suffix, LB_SETTING_DOUBLE, LIVE, FIELD (field.duplicate), 0,  \
    1, "P", "share doubled " what },                                           \
  { "reorder-" suffix, LB_SETTING_DOUBLE, LIVE, FIELD (field.reorder), 0, 1,   \
    "P", "share overtaken by later ones " what },                              \
  { "corrupt-" suffix, LB_SETTING_DOUBLE, LIVE, FIELD (field.corrupt), 0, 1,   \
    "P", "share with a bit flipped " what },                                   \
  { "delay-" suffix, LB_SETTING_INT, LIVE, FIELD (field.delay), 0, 60000,      \
    "MS", "delay " what },                                                     \
  { "jitter-" suffix, LB_SETTING_INT, LIVE, FIELD (field.jitter), 0, 60000,    \
    "MS", "random extra delay up to this, order not kept, " what }
  PATH ("to-server", to_server, "towards the server"),
  PATH ("to-client", to_client, "towards clients"),
  { "padding", LB_SETTING_DOUBLE, LIVE, FIELD (padding), 0, 1, "P",
    "share of forwarded RTP that carries padding (P bit)" },
  { "replay", LB_SETTING_DOUBLE, LIVE, FIELD (replay), 0, 1, "P",
    "share of forwarded RTP followed by an older datagram once more" },
  { "stranger", LB_SETTING_DOUBLE, LIVE, FIELD (stranger), 0, 1, "P",
    "share of forwarded RTP also sent from a port that is not the server's" },
  { "lying", LB_SETTING_DOUBLE, LIVE, FIELD (lying), 0, 1, "P",
    "share of forwarded RTP preceded by RTP whose lengths lie" },
  { "video-loss-to-server", LB_SETTING_DOUBLE, LIVE,
    FIELD (video_loss_to_server), 0, 1, "P",
    "share of video and its retransmissions lost towards the server" },
  { "video-loss-to-client", LB_SETTING_DOUBLE, LIVE,
    FIELD (video_loss_to_client), 0, 1, "P",
    "share of video and its retransmissions lost towards clients" },
  { "video-garbage", LB_SETTING_DOUBLE, LIVE, FIELD (video_garbage), 0, 1, "P",
    "share of forwarded video preceded by what nobody can use" },
};
/* clang-format on */
const guint lb_n_setting_infos = G_N_ELEMENTS (lb_setting_infos);

LbSettings *
lb_settings_new (void)
{
  LbSettings *self = g_new0 (LbSettings, 1);

  for (guint i = 0; i < lb_n_setting_infos; i++) {
    if (lb_setting_infos[i].kind == LB_SETTING_LIST)
      G_STRUCT_MEMBER (GPtrArray *, self, lb_setting_infos[i].offset) =
          g_ptr_array_new_with_free_func (g_free);
  }
  self->voice_servers = 2;
  self->seed = 1;
  self->host = g_strdup ("127.0.0.1");
  self->modes =
      g_strdup ("aead_aes256_gcm_rtpsize,aead_xchacha20_poly1305_rtpsize");
  self->heartbeat_interval = 41250;
  self->voice_heartbeat_interval = 13750;
  self->main_resume_window = 180000;
  self->voice_resume_window = 60000;
  self->speaking_grace = 250;
  self->leave_grace = 1000;
  self->seq_start = 1;
  self->null_endpoint_first = -1;
  self->stream_limit = 50;
  self->key_length = 32;
  self->ready_ssrc = -1;
  self->keyframe_interval = 2000;
  self->codec_grace = 2000;
  self->nack_interval = 50;
  self->repair_window = 1000;
  self->dave = 1;
  self->dave_committer = g_strdup ("*");
  self->dave_transition_timeout = 2000;
  self->clear_grace = 1000;
  self->dave_sole_version = 1;
  return self;
}

void
lb_settings_free (LbSettings *self)
{
  for (guint i = 0; i < lb_n_setting_infos; i++) {
    gpointer *member =
        &G_STRUCT_MEMBER (gpointer, self, lb_setting_infos[i].offset);

    if (lb_setting_infos[i].kind == LB_SETTING_LIST)
      g_ptr_array_unref (*member);
    else if (lb_setting_infos[i].kind == LB_SETTING_STRING)
      g_free (*member);
  }
  g_free (self);
}

const LbSettingInfo *
lb_setting_find (const char *name)
{
  for (guint i = 0; i < lb_n_setting_infos; i++) {
    if (g_str_equal (lb_setting_infos[i].name, name))
      return &lb_setting_infos[i];
  }
  return NULL;
}

static gboolean
parse_bool (const char *value, gboolean *result)
{
  static const char *const yes[] = { "", "1", "on", "true", "yes", NULL };
  static const char *const no[] = { "0", "off", "false", "no", NULL };

  *result = value == NULL || g_strv_contains (yes, value);
  return *result || g_strv_contains (no, value);
}

static gboolean
parse_number (const LbSettingInfo *info, const char *value, double *number)
{
  char *end;

  if (value == NULL || *value == '\0')
    return FALSE;
  *number = g_ascii_strtod (value, &end);
  if (*end != '\0' || !(*number >= info->min && *number <= info->max))
    return FALSE;
  return info->kind == LB_SETTING_DOUBLE || *number == (int) *number;
}

static gboolean
store (LbSettings *self, const LbSettingInfo *info, const char *value)
{
  gpointer member = G_STRUCT_MEMBER_P (self, info->offset);
  double number;

  switch (info->kind) {
    case LB_SETTING_BOOL:
      return parse_bool (value, member);
    case LB_SETTING_INT:
      if (!parse_number (info, value, &number))
        return FALSE;
      *(int *) member = (int) number;
      return TRUE;
    case LB_SETTING_DOUBLE:
      return parse_number (info, value, member);
    case LB_SETTING_STRING:
      if (value == NULL)
        return FALSE;
      g_free (*(char **) member);
      *(char **) member = g_strdup (value);
      return TRUE;
    case LB_SETTING_LIST:
      if (value == NULL || *value == '\0')
        return FALSE;
      g_ptr_array_add (*(GPtrArray **) member, g_strdup (value));
      return TRUE;
  }
  return FALSE;
}

gboolean
lb_settings_set (LbSettings *self, const char *name, const char *value,
    gboolean running, GError **error)
{
  const LbSettingInfo *info = lb_setting_find (name);
  guint64 id;

  if (info == NULL) {
    g_set_error (error, LOOPBACK_ERROR, LOOPBACK_ERROR_SETTING,
        "no setting is called '%s'", name);
    return FALSE;
  }
  if (running && info->startup) {
    g_set_error (error, LOOPBACK_ERROR, LOOPBACK_ERROR_STATE,
        "'%s' can only be set before the start", name);
    return FALSE;
  }
  if (g_strcmp0 (info->argument, "ID") == 0
      && (value == NULL || !lb_parse_id (value, &id))) {
    g_set_error (error, LOOPBACK_ERROR, LOOPBACK_ERROR_SETTING,
        "'%s' takes a decimal id", name);
    return FALSE;
  }
  if (!store (self, info, value)) {
    g_set_error (error, LOOPBACK_ERROR, LOOPBACK_ERROR_SETTING,
        "'%s' does not take that value", name);
    return FALSE;
  }
  return TRUE;
}

gboolean
lb_settings_list_has_id (const GPtrArray *list, guint64 id)
{
  for (guint i = 0; i < list->len; i++) {
    guint64 listed;

    if (lb_parse_id (list->pdata[i], &listed) && listed == id)
      return TRUE;
  }
  return FALSE;
}
