/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Elements of other plugins that are not installed: a player that reads the
 * message can offer to install what they are in. */

#include <gst/gst.h>

G_BEGIN_DECLS

/* Posts the message for @factory from @element. */
void discord_missing_element_tell (GstElement *element, const gchar *factory);

/* And an error: @element is of no use without it. */
void discord_missing_element_fail (GstElement *element, const gchar *factory);

G_END_DECLS
