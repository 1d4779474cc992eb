/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An extension whose element always has the same size. Of another size it is
 * skipped when read, since a 1.22 depayloader that gets FALSE from read stays
 * locked. */

#include <gst/rtp/rtp.h>

G_BEGIN_DECLS

#define GST_TYPE_DISCORD_HDREXT_BASE (gst_discord_hdrext_base_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstDiscordHdrextBase, gst_discord_hdrext_base, GST,
    DISCORD_HDREXT_BASE, GstRTPHeaderExtension)

struct _GstDiscordHdrextBaseClass
{
  GstRTPHeaderExtensionClass parent_class;

  gsize size;
  /* Fills @data, which is zero; optional. */
  void (*write_value) (GstDiscordHdrextBase *self, guint8 *data);
  /* @buffer is what is received; optional. */
  void (*read_value) (
      GstDiscordHdrextBase *self, const guint8 *data, GstBuffer *buffer);
};

void gst_discord_hdrext_base_class_describe (GstDiscordHdrextBaseClass *klass,
    const gchar *uri, gsize size, const gchar *name, const gchar *description);

G_END_DECLS
