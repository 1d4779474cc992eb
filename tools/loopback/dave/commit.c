/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commit.h"

#define MLS10 1
#define SUITE 2
#define PUBLIC_MESSAGE 1
#define SENDER_MEMBER 1
#define CONTENT_COMMIT 3
#define BY_VALUE 1
#define BY_REFERENCE 2
#define TAG 32

static void
read_proposals (LbReader *reader, LbCommit *commit)
{
  LbReader list = lb_reader (lb_read_vector (reader));

  while (lb_reader_has_more (&list)) {
    guint64 kind = lb_read_uint (&list, 1);
    LbBytes ref;

    if (kind == BY_VALUE) {
      /* DAVE has none: no need to know where it ends. */
      commit->has_inline = TRUE;
      return;
    }
    ref = lb_read_vector (&list);
    if (kind != BY_REFERENCE || ref.length != LB_REF)
      reader->failed = TRUE;
    g_array_append_val (commit->refs, ref);
  }
  reader->failed |= list.failed;
}

static void
read_path_node (LbReader *reader, LbCommit *commit)
{
  LbBytes key = lb_read_vector (reader);
  LbReader list = lb_reader (lb_read_vector (reader));
  guint count = 0;

  for (; lb_reader_has_more (&list); count++) {
    LbBytes kem_output = lb_read_vector (&list);

    lb_read_vector (&list); /* ciphertext */
    list.failed |= !lb_is_public_key (kem_output);
  }
  reader->failed |= list.failed || !lb_is_public_key (key);
  g_array_append_val (commit->path_sizes, count);
}

static void
read_path (LbReader *reader, LbCommit *commit)
{
  LbReader nodes;

  if (!lb_leaf_node_read (reader, &commit->leaf))
    reader->failed = TRUE;
  nodes = lb_reader (lb_read_vector (reader));
  while (lb_reader_has_more (&nodes))
    read_path_node (&nodes, commit);
  reader->failed |= nodes.failed;
}

static gboolean
read_content (LbReader *reader, LbCommit *commit)
{
  commit->group_id = lb_identity_user (lb_read_vector (reader));
  commit->epoch = lb_read_uint (reader, 8);
  commit->from_member = lb_read_uint (reader, 1) == SENDER_MEMBER;
  /* Of others not even the rest of the framing is alike. */
  if (!commit->from_member)
    return FALSE;
  commit->sender = (guint32) lb_read_uint (reader, 4);
  lb_read_vector (reader); /* authenticated data */
  if (lb_read_uint (reader, 1) != CONTENT_COMMIT)
    return FALSE;
  read_proposals (reader, commit);
  commit->has_path = lb_read_optional (reader);
  if (commit->has_path)
    read_path (reader, commit);
  return !reader->failed;
}

gboolean
lb_commit_read (LbBytes payload, LbCommit *commit)
{
  LbReader reader = lb_reader (payload);
  gboolean good;

  *commit = (LbCommit){ 0 };
  commit->refs = g_array_new (FALSE, FALSE, sizeof (LbBytes));
  commit->path_sizes = g_array_new (FALSE, FALSE, sizeof (guint));
  if (lb_read_uint (&reader, 2) != MLS10
      || lb_read_uint (&reader, 2) != PUBLIC_MESSAGE
      || !read_content (&reader, commit))
    return FALSE;
  good = lb_read_vector (&reader).length > 0; /* signature */
  good &= lb_read_vector (&reader).length == TAG; /* confirmation */
  good &= lb_read_vector (&reader).length == TAG; /* membership */
  commit->message = lb_read_since (&reader, payload.data);
  commit->rest = lb_read_fixed (&reader, (gsize) (reader.end - reader.at));
  return good && !reader.failed;
}

void
lb_commit_clear (LbCommit *self)
{
  g_clear_pointer (&self->refs, g_array_unref);
  g_clear_pointer (&self->path_sizes, g_array_unref);
}

gboolean
lb_welcome_read (LbBytes bytes, LbWelcome *welcome)
{
  LbReader reader = lb_reader (bytes);
  LbReader list;
  gboolean good = lb_read_uint (&reader, 2) == SUITE;

  welcome->entries = g_array_new (FALSE, FALSE, sizeof (LbWelcomeEntry));
  list = lb_reader (lb_read_vector (&reader));
  while (lb_reader_has_more (&list)) {
    const guint8 *start = list.at;
    LbWelcomeEntry entry;

    entry.ref = lb_read_vector (&list);
    good &= entry.ref.length == LB_REF;
    good &= lb_is_public_key (lb_read_vector (&list)); /* KEM output */
    good &= lb_read_vector (&list).length > 0; /* ciphertext */
    entry.entry = lb_read_since (&list, start);
    g_array_append_val (welcome->entries, entry);
  }
  welcome->group_info = lb_read_vector (&reader);
  return good && !list.failed && welcome->group_info.length > 0
      && lb_reader_is_done (&reader);
}

void
lb_welcome_clear (LbWelcome *self)
{
  g_clear_pointer (&self->entries, g_array_unref);
}

GBytes *
lb_welcome_extract (const LbWelcome *self, const guint8 ref[LB_REF])
{
  for (guint i = 0; i < self->entries->len; i++) {
    const LbWelcomeEntry *entry =
        &g_array_index (self->entries, LbWelcomeEntry, i);
    GByteArray *out;

    if (!lb_bytes_equal (entry->ref, (LbBytes){ ref, LB_REF }))
      continue;
    out = g_byte_array_new ();
    lb_write_uint (out, SUITE, 2);
    lb_write_vector (out, entry->entry);
    lb_write_vector (out, self->group_info);
    return g_byte_array_free_to_bytes (out);
  }
  return NULL;
}
