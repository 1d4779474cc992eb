/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../core.h"

/* What members were told to prepare and have not been told to execute yet
 * (DAVE whitepaper, "Protocol transitions"). Sessions go by their SSRC. */
typedef struct _LbTransitions LbTransitions;

/* All are ready, or it took too long. @recipients is a set of SSRCs. */
typedef void (*LbExecute) (
    gpointer user_data, guint16 id, guint version, GHashTable *recipients);

LbTransitions *lb_transitions_new (
    LbCore *core, LbExecute execute, gpointer user_data);
void lb_transitions_free (LbTransitions *self);

/* Never 0, which means at once. */
guint16 lb_transitions_next_id (LbTransitions *self);
/* Copies @ssrcs (guint32). They execute in the order they began. */
void lb_transitions_begin (
    LbTransitions *self, guint16 id, guint version, const GArray *ssrcs);
/* FALSE: there was no such transition. */
gboolean lb_transitions_ready (LbTransitions *self, guint16 id, guint32 ssrc);
/* Left, or could not take it: nobody waits for it, and it is told nothing. */
void lb_transitions_forget (LbTransitions *self, guint32 ssrc);
gboolean lb_transitions_pending (LbTransitions *self);
/* Gives them up. */
void lb_transitions_clear (LbTransitions *self);
