/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* The debug category "discordsignalling" of everything in this folder. Message
 * bodies are never logged: they carry tokens and keys. */
GstDebugCategory *discord_signalling_category (void);

#define GST_CAT_DEFAULT (discord_signalling_category ())
