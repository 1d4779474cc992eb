/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Makes the preview of a Go Live stream of one picture: a JPEG that fits into
 * 512x288, its aspect kept, 4:2:0 and full range (golive 8). */

#include <gst/gst.h>

G_BEGIN_DECLS

#define PREVIEW_MAX_WIDTH 512
#define PREVIEW_MAX_HEIGHT 288
/* What Discord is taken to accept (golive 8, unverified). */
#define PREVIEW_MAX_BYTES (200 * 1000)

typedef struct _PreviewImage PreviewImage;

/* Exactly one of @image and @error is set. */
typedef void (*PreviewImageFunc) (
    GBytes *image, const GError *error, gpointer user_data);

/* @picture: raw video, a keyframe, or an image; a JPEG that is small enough
 * stays as it is. @func is called in the thread-default main context of the
 * caller, never from within this call. */
PreviewImage *preview_image_new (
    GstSample *picture, PreviewImageFunc func, gpointer user_data);
/* Before @func was called it will not be; from within @func and later as well. */
void preview_image_free (PreviewImage *self);

/* What @width x @height (@par_n:@par_d) becomes: as large as fits, even. */
void preview_image_fit (gint width, gint height, gint par_n, gint par_d,
    gint *out_width, gint *out_height);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PreviewImage, preview_image_free)

G_END_DECLS
