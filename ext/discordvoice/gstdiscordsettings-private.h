/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gstdiscordsettings.h"

/* Of the properties, and of the settings before one is set. */
#define DEFAULT_TOKEN_ENV "DISCORD_TOKEN"
#define DEFAULT_TIMEOUT 30
#define DEFAULT_MAX_RECONNECTS 10
#define DEFAULT_GATEWAY_VERSION 9
