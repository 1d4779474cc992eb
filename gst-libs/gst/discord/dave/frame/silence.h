/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The Opus frame of silence, which servers put in themselves and which is
 * therefore taken in clear (DAVE whitepaper, "Silence Packets"). */

#include "view.h"

#define DAVE_SILENCE_SIZE 3

bool dave_is_silence (const DaveView *frame);
