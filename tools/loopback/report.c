/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

/* A client gone mad must not fill the memory of a long run. */
#define MAX_VIOLATIONS 10000

struct _LbReport
{
  /* Guards everything below. A leaf: nothing else is locked while held. */
  GMutex lock;
  GCond changed;
  gint64 start;
  FILE *file;
  GHashTable *counts; /* "name" and "name/user" -> guint64* */
  GHashTable *media; /* user id -> LoopbackMedia */
  GPtrArray *violations; /* text lines */
  GHashTable *violation_kinds; /* name -> count */
  guint n_violations;
};

LbReport *
lb_report_new (void)
{
  LbReport *self = g_new0 (LbReport, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->start = g_get_monotonic_time ();
  self->counts =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->media =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->violations = g_ptr_array_new_with_free_func (g_free);
  self->violation_kinds =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
lb_report_free (LbReport *self)
{
  lb_report_close (self);
  g_hash_table_unref (self->counts);
  g_hash_table_unref (self->media);
  g_hash_table_unref (self->violation_kinds);
  g_ptr_array_unref (self->violations);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
lb_report_open (LbReport *self, const char *path, GError **error)
{
  FILE *file = fopen (path, "we");

  if (file == NULL) {
    g_set_error (error, LOOPBACK_ERROR, LOOPBACK_ERROR_SETTING,
        "cannot write the report %s: %s", path, g_strerror (errno));
    return FALSE;
  }
  setvbuf (file, NULL, _IOLBF, 0);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->file, fclose);
  self->file = file;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static void
bump (LbReport *self, char *key)
{
  guint64 *value = g_hash_table_lookup (self->counts, key);

  if (value != NULL) {
    (*value)++;
    g_free (key);
    return;
  }
  value = g_new (guint64, 1);
  *value = 1;
  g_hash_table_insert (self->counts, key, value);
}

static void
write_object (LbReport *self, JsonObject *object)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;

  if (self->file == NULL)
    return;
  json_object_set_int_member (
      object, "t", (g_get_monotonic_time () - self->start) / 1000);
  node = json_node_init_object (json_node_alloc (), object);
  text = json_to_string (node, FALSE);
  fprintf (self->file, "%s\n", text);
}

static void
write_line (LbReport *self, const char *kind, const char *name, guint64 user_id,
    const char *detail)
{
  g_autoptr (JsonObject) object = NULL;

  if (self->file == NULL)
    return;
  object = json_object_new ();
  json_object_set_string_member (object, kind, name);
  if (user_id != 0) {
    g_autofree char *user = g_strdup_printf ("%" G_GUINT64_FORMAT, user_id);
    json_object_set_string_member (object, "user", user);
  }
  if (detail != NULL)
    json_object_set_string_member (object, "detail", detail);
  write_object (self, object);
}

static void
record (LbReport *self, const char *name, guint64 user_id)
{
  bump (self, g_strdup (name));
  if (user_id != 0)
    bump (self, g_strdup_printf ("%s/%" G_GUINT64_FORMAT, name, user_id));
  g_cond_broadcast (&self->changed);
}

void
lb_report_event (
    LbReport *self, const char *name, guint64 user_id, const char *format, ...)
{
  g_autofree char *detail = NULL;
  va_list args;

  if (format != NULL) {
    va_start (args, format);
    detail = g_strdup_vprintf (format, args);
    va_end (args);
  }
  g_mutex_lock (&self->lock);
  write_line (self, "event", name, user_id, detail);
  record (self, name, user_id);
  g_mutex_unlock (&self->lock);
}

void
lb_report_violation (
    LbReport *self, const char *name, guint64 user_id, const char *format, ...)
{
  g_autofree char *detail = NULL;
  va_list args;

  if (format != NULL) {
    va_start (args, format);
    detail = g_strdup_vprintf (format, args);
    va_end (args);
  }
  g_mutex_lock (&self->lock);
  self->n_violations++;
  g_hash_table_insert (self->violation_kinds, g_strdup (name),
      GUINT_TO_POINTER (
          GPOINTER_TO_UINT (g_hash_table_lookup (self->violation_kinds, name))
          + 1));
  if (self->n_violations <= MAX_VIOLATIONS) {
    write_line (self, "violation", name, user_id, detail);
    g_ptr_array_add (self->violations,
        g_strdup_printf ("%s %" G_GUINT64_FORMAT " %s", name, user_id,
            detail != NULL ? detail : ""));
  }
  record (self, name, user_id);
  g_mutex_unlock (&self->lock);
}

static LoopbackMedia *
media_of (LbReport *self, guint64 user_id)
{
  LoopbackMedia *media = g_hash_table_lookup (self->media, &user_id);

  if (media == NULL) {
    media = g_new0 (LoopbackMedia, 1);
    g_hash_table_insert (
        self->media, g_memdup2 (&user_id, sizeof user_id), media);
  }
  return media;
}

/* By LbMediaCount; count and wait know them by these names. */
static const struct
{
  const char *name;
  gsize offset;
} media_counts[] = {
#define COUNT(what, name, field)                                               \
  [LB_MEDIA_##what] = { name, G_STRUCT_OFFSET (LoopbackMedia, field) }
  COUNT (RTP_IN, "rtp-in", rtp_in),
  COUNT (RTP_OUT, "rtp-out", rtp_out),
  COUNT (RTCP_IN, "rtcp-in", rtcp_in),
  COUNT (RTCP_OUT, "rtcp-out", rtcp_out),
  COUNT (REFUSED, "media-refused", refused),
  COUNT (LOST, "media-lost", lost),
  COUNT (FRAMES_IN, "frames-in", frames_in),
  COUNT (FRAMES_IN_REPAIRED, "frames-in-repaired", frames_in_repaired),
  COUNT (FRAMES_IN_LOST, "frames-in-lost", frames_in_lost),
  COUNT (FRAMES_OUT, "frames-out", frames_out),
  COUNT (FRAMES_OUT_REPAIRED, "frames-out-repaired", frames_out_repaired),
  COUNT (FRAMES_OUT_LOST, "frames-out-lost", frames_out_lost),
  COUNT (RTX_IN, "rtx-in", rtx_in),
  COUNT (RTX_OUT, "rtx-out", rtx_out),
  COUNT (NACK_IN, "nack-in", nack_in),
  COUNT (NACK_OUT, "nack-out", nack_out),
  COUNT (PLI_IN, "pli-in", pli_in),
  COUNT (PLI_OUT, "pli-out", pli_out),
#undef COUNT
};

void
lb_report_media (
    LbReport *self, guint64 user_id, LbMediaCount what, gsize bytes)
{
  LoopbackMedia *media;

  g_mutex_lock (&self->lock);
  media = media_of (self, user_id);
  G_STRUCT_MEMBER (guint64, media, media_counts[what].offset)++;
  if (what == LB_MEDIA_RTP_IN || what == LB_MEDIA_RTCP_IN)
    media->bytes_in += bytes;
  else
    media->bytes_out += bytes;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static gboolean
media_count (LbReport *self, const char *name, guint64 user_id, guint64 *count)
{
  for (guint i = 0; i < G_N_ELEMENTS (media_counts); i++) {
    GHashTableIter iter;
    gpointer user, media;

    if (!g_str_equal (media_counts[i].name, name))
      continue;
    *count = 0;
    g_hash_table_iter_init (&iter, self->media);
    while (g_hash_table_iter_next (&iter, &user, &media)) {
      if (user_id == 0 || *(guint64 *) user == user_id)
        *count += G_STRUCT_MEMBER (guint64, media, media_counts[i].offset);
    }
    return TRUE;
  }
  return FALSE;
}

static guint64
count_locked (LbReport *self, const char *name, guint64 user_id)
{
  g_autofree char *key = NULL;
  guint64 *value, count;

  if (media_count (self, name, user_id, &count))
    return count;
  key = user_id != 0 ? g_strdup_printf ("%s/%" G_GUINT64_FORMAT, name, user_id)
                     : g_strdup (name);
  value = g_hash_table_lookup (self->counts, key);
  return value != NULL ? *value : 0;
}

guint64
lb_report_count (LbReport *self, const char *name, guint64 user_id)
{
  guint64 count;

  g_mutex_lock (&self->lock);
  count = count_locked (self, name, user_id);
  g_mutex_unlock (&self->lock);
  return count;
}

gboolean
lb_report_wait (LbReport *self, const char *name, guint64 user_id,
    guint64 count, gint64 deadline)
{
  gboolean reached;

  g_mutex_lock (&self->lock);
  while (!(reached = count_locked (self, name, user_id) >= count)) {
    if (!g_cond_wait_until (&self->changed, &self->lock, deadline))
      break;
  }
  g_mutex_unlock (&self->lock);
  return reached;
}

guint
lb_report_count_violations (LbReport *self)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = self->n_violations;
  g_mutex_unlock (&self->lock);
  return count;
}

char **
lb_report_dup_violations (LbReport *self)
{
  GPtrArray *lines = g_ptr_array_new ();

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->violations->len; i++)
    g_ptr_array_add (lines, g_strdup (self->violations->pdata[i]));
  g_mutex_unlock (&self->lock);
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_free (lines, FALSE);
}

void
lb_report_get_media (LbReport *self, guint64 user_id, LoopbackMedia *media)
{
  LoopbackMedia *found;

  g_mutex_lock (&self->lock);
  found = g_hash_table_lookup (self->media, &user_id);
  if (found != NULL)
    *media = *found;
  else
    memset (media, 0, sizeof *media);
  g_mutex_unlock (&self->lock);
}

/* Only of users with video. */
static void
append_video (GString *text, const LoopbackMedia *media)
{
  if (media->frames_in > 0)
    g_string_append_printf (text,
        "  frames to the server %" G_GUINT64_FORMAT
        ": repaired %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT "\n",
        media->frames_in, media->frames_in_repaired, media->frames_in_lost);
  if (media->frames_out > 0)
    g_string_append_printf (text,
        "  frames from others %" G_GUINT64_FORMAT
        ": repaired %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT "\n",
        media->frames_out, media->frames_out_repaired, media->frames_out_lost);
}

char *
lb_report_dup_summary (LbReport *self)
{
  GString *text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer key, value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->media);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const LoopbackMedia *media = value;

    g_string_append_printf (text,
        "user %" G_GUINT64_FORMAT ": rtp in %" G_GUINT64_FORMAT
        " out %" G_GUINT64_FORMAT ", rtcp in %" G_GUINT64_FORMAT
        " out %" G_GUINT64_FORMAT ", refused %" G_GUINT64_FORMAT
        ", lost by faults %" G_GUINT64_FORMAT "\n",
        *(guint64 *) key, media->rtp_in, media->rtp_out, media->rtcp_in,
        media->rtcp_out, media->refused, media->lost);
    append_video (text, media);
  }
  g_string_append_printf (text, "violations: %u\n", self->n_violations);
  g_hash_table_iter_init (&iter, self->violation_kinds);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_string_append_printf (
        text, "  %s: %u\n", (char *) key, GPOINTER_TO_UINT (value));
  g_mutex_unlock (&self->lock);
  return g_string_free (text, FALSE);
}

static JsonObject *
media_to_json (guint64 user_id, const LoopbackMedia *media)
{
  JsonObject *object = json_object_new ();
  g_autofree char *user = g_strdup_printf ("%" G_GUINT64_FORMAT, user_id);

  json_object_set_string_member (object, "user", user);
  json_object_set_int_member (object, "rtp_in", media->rtp_in);
  json_object_set_int_member (object, "rtp_out", media->rtp_out);
  json_object_set_int_member (object, "rtcp_in", media->rtcp_in);
  json_object_set_int_member (object, "rtcp_out", media->rtcp_out);
  json_object_set_int_member (object, "bytes_in", media->bytes_in);
  json_object_set_int_member (object, "bytes_out", media->bytes_out);
  json_object_set_int_member (object, "refused", media->refused);
  json_object_set_int_member (object, "lost", media->lost);
  for (guint i = LB_MEDIA_FRAMES_IN; i < G_N_ELEMENTS (media_counts); i++) {
    g_autofree char *name =
        g_strdelimit (g_strdup (media_counts[i].name), "-", '_');

    json_object_set_int_member (object, name,
        (gint64) G_STRUCT_MEMBER (guint64, media, media_counts[i].offset));
  }
  return object;
}

void
lb_report_close (LbReport *self)
{
  g_autoptr (JsonObject) object = NULL;
  JsonArray *users;
  JsonObject *kinds;
  GHashTableIter iter;
  gpointer key, value;

  g_mutex_lock (&self->lock);
  if (self->file == NULL) {
    g_mutex_unlock (&self->lock);
    return;
  }
  object = json_object_new ();
  users = json_array_new ();
  kinds = json_object_new ();
  json_object_set_string_member (object, "event", "summary");
  json_object_set_int_member (object, "violations", self->n_violations);
  g_hash_table_iter_init (&iter, self->media);
  while (g_hash_table_iter_next (&iter, &key, &value))
    json_array_add_object_element (
        users, media_to_json (*(guint64 *) key, value));
  g_hash_table_iter_init (&iter, self->violation_kinds);
  while (g_hash_table_iter_next (&iter, &key, &value))
    json_object_set_int_member (kinds, key, GPOINTER_TO_UINT (value));
  json_object_set_object_member (object, "kinds", kinds);
  json_object_set_array_member (object, "users", users);
  write_object (self, object);
  g_clear_pointer (&self->file, fclose);
  g_mutex_unlock (&self->lock);
}
