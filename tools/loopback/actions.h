/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core.h"

/* What can be made to happen: by loopback_act() and by --at. */
gboolean lb_actions_run (LbCore *core, const char *text, GError **error);
/* The timed ones of the settings. */
gboolean lb_actions_schedule (LbCore *core, GError **error);
/* For --help; one action a line. */
char *lb_actions_help (void);
