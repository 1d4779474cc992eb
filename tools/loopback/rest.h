/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core.h"

/* GET /api/vN/gateway and /gateway/bot. */
void lb_rest_serve (LbCore *core);
