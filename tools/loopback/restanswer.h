/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core.h"
#include "json.h"

/* What REST answers; rest.c. */

/* Takes @object. */
void lb_rest_respond (
    SoupServerMessage *message, guint status, JsonObject *object);
void lb_rest_respond_error (
    SoupServerMessage *message, guint status, const char *text);
/* 429. */
void lb_rest_respond_limited (SoupServerMessage *message, double retry_after);
