/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "loopback.h"

/* How one direction of the UDP path misbehaves. */
typedef struct
{
  double loss;
  double duplicate;
  double reorder;
  double corrupt;
  int delay; /* ms */
  int jitter; /* ms, added to the delay */
} LbPath;

/* Everything that can be asked for by the command line or loopback_set(). Read
 * by the stand-in's thread only once it runs. */
typedef struct
{
  int port;
  int voice_servers;
  int seed;
  char *host;
  char *tls_cert;
  char *tls_key;
  char *report;
  GPtrArray *guilds;
  GPtrArray *channels;
  GPtrArray *full_channels;
  GPtrArray *closed_channels;
  GPtrArray *tokens;
  gboolean echo;
  int echo_delay;
  GPtrArray *at;

  gboolean lenient;
  gboolean deaf_drops;
  char *modes;
  int heartbeat_interval;
  int voice_heartbeat_interval;
  int main_resume_window;
  int voice_resume_window;
  int speaking_grace;
  int leave_grace;
  int seq_start;

  int signalling_delay;
  gboolean server_first;
  gboolean foreign_session;
  gboolean unknown;
  int null_endpoint_first;
  gboolean endpoint_scheme;
  int rest_limited;
  int rest_status;
  int rest_delay;
  int preview_limit;
  int stream_limit;
  int stream_delay;
  char *stream_reject;
  gboolean stream_silent;
  gboolean stream_no_channel;
  int hello_delay;
  gboolean refuse_resume;
  gboolean drop_acks;
  int voice_hello_delay;
  gboolean voice_hello_last;
  gboolean voice_refuse_resume;
  gboolean voice_drop_acks;
  gboolean voice_server_heartbeat;
  gboolean voice_replay_first;
  gboolean voice_silent;
  gboolean no_session_description;
  int key_length;
  int ready_ssrc;
  gboolean silent_discovery;

  gboolean ready_reversed;
  gboolean ready_no_rtx;
  gboolean reuse_ssrcs;
  char *ready_refuse_rid;
  int keyframe_interval;
  int codec_grace;
  gboolean no_wants;
  int layer_overlap;
  int nack_interval;
  int repair_window;
  int twcc_interval;
  int remb;

  int dave;
  gboolean dave_required;
  int dave_transition_timeout;
  int clear_grace;
  int dave_sole_version;
  gboolean dave_sender_first;
  gboolean dave_first_ordinary;
  gboolean dave_several_proposals;
  gboolean dave_overlap;
  gboolean dave_recover_together;
  gboolean dave_tell_pending;
  gboolean dave_ignore_ready;
  double dave_revoke;
  char *dave_committer;

  LbPath to_server;
  LbPath to_client;
  double padding;
  double replay;
  double stranger;
  double lying;
  double video_loss_to_server;
  double video_loss_to_client;
  double video_garbage;
} LbSettings;

typedef enum
{
  LB_SETTING_BOOL,
  LB_SETTING_INT,
  LB_SETTING_DOUBLE,
  LB_SETTING_STRING,
  LB_SETTING_LIST,
} LbSettingKind;

typedef struct
{
  const char *name;
  LbSettingKind kind;
  gboolean startup; /* fixed once running */
  gsize offset;
  double min;
  double max;
  const char *argument;
  const char *help;
} LbSettingInfo;

extern const LbSettingInfo lb_setting_infos[];
extern const guint lb_n_setting_infos;

LbSettings *lb_settings_new (void);
void lb_settings_free (LbSettings *self);

const LbSettingInfo *lb_setting_find (const char *name);
gboolean lb_settings_set (LbSettings *self, const char *name, const char *value,
    gboolean running, GError **error);
/* Whether @id is among the ids of a list setting. */
gboolean lb_settings_list_has_id (const GPtrArray *list, guint64 id);
