/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core.h"

/* An action being done. */
typedef struct
{
  LbCore *core;
  guint64 user_id; /* 0: everybody */
  char *const *args; /* behind the user */
  guint n_args;
} LbCall;

typedef struct
{
  const char *name;
  guint min_args; /* without the user */
  guint max_args;
  /* How many it reached, or -1 for arguments it cannot use. */
  int (*run) (const LbCall *call);
  const char *usage;
  const char *help;
} LbAction;

/* Each ends with a NULL name. */
extern const LbAction lb_state_actions[];
extern const LbAction lb_socket_actions[];
extern const LbAction lb_session_actions[];
extern const LbAction lb_stream_actions[];
extern const LbAction lb_dave_actions[];

gboolean lb_parse_number (const char *text, guint64 max, guint64 *value);
/* "on" or "off". */
gboolean lb_parse_switch (const char *text, gboolean *value);
