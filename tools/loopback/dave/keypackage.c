/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keypackage.h"

#define MLS10 1
#define SUITE 2
#define BASIC 1

/* Whether a vector of u16 names @value. */
static gboolean
lists (LbReader *reader, guint value)
{
  LbReader list = lb_reader (lb_read_vector (reader));
  gboolean found = FALSE;

  while (lb_reader_has_more (&list))
    found |= lb_read_uint (&list, 2) == value;
  return found && !list.failed;
}

static gboolean
read_capabilities (LbReader *reader)
{
  gboolean good = lists (reader, MLS10);

  good &= lists (reader, SUITE);
  lb_read_vector (reader); /* extensions */
  lb_read_vector (reader); /* proposals */
  good &= lists (reader, BASIC);
  return good;
}

static void
read_source (LbReader *reader, LbLeafNode *leaf)
{
  leaf->source = (guint) lb_read_uint (reader, 1);
  if (leaf->source == LB_LEAF_KEY_PACKAGE) {
    leaf->not_before = lb_read_uint (reader, 8);
    leaf->not_after = lb_read_uint (reader, 8);
  } else if (leaf->source == LB_LEAF_COMMIT) {
    lb_read_vector (reader); /* parent hash */
  } else {
    reader->failed = TRUE; /* updates: DAVE has none */
  }
}

gboolean
lb_leaf_node_read (LbReader *reader, LbLeafNode *leaf)
{
  const guint8 *start = reader->at;
  gboolean good;

  *leaf = (LbLeafNode){ 0 };
  leaf->encryption_key = lb_read_vector (reader);
  leaf->signature_key = lb_read_vector (reader);
  good = lb_read_uint (reader, 2) == BASIC;
  leaf->identity = lb_read_vector (reader);
  good &= read_capabilities (reader);
  read_source (reader, leaf);
  good &= lb_read_vector (reader).length == 0; /* extensions */
  leaf->signed_part = lb_read_since (reader, start);
  leaf->signature = lb_read_vector (reader);
  return good && !reader->failed;
}

guint64
lb_identity_user (LbBytes identity)
{
  LbReader reader = lb_reader (identity);
  guint64 user_id = lb_read_uint (&reader, 8);

  return lb_reader_is_done (&reader) ? user_id : 0;
}

static const char *
judge_leaf (const LbLeafNode *leaf, guint64 user_id)
{
  if (leaf->source != LB_LEAF_KEY_PACKAGE)
    return "leaf source";
  if (lb_identity_user (leaf->identity) != user_id)
    return "identity";
  if (leaf->not_before != 0 || leaf->not_after != G_MAXUINT64)
    return "lifetime";
  if (!lb_is_public_key (leaf->encryption_key))
    return "encryption key";
  if (!lb_verify (leaf->signature_key, "LeafNodeTBS", leaf->signed_part,
          leaf->signature))
    return "leaf signature";
  return NULL;
}

/* RFC 9420 section 10.1, and DAVE's rules for identity and lifetime. */
static const char *
judge (LbKeyPackage *self, guint64 user_id)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (self->bytes, &length);
  LbReader reader = lb_reader ((LbBytes){ data, length });
  LbBytes init_key, signed_part, signature;
  const char *wrong;

  if (lb_read_uint (&reader, 2) != MLS10 || lb_read_uint (&reader, 2) != SUITE)
    return "version or ciphersuite";
  init_key = lb_read_vector (&reader);
  if (!lb_leaf_node_read (&reader, &self->leaf))
    return "leaf";
  if (lb_read_vector (&reader).length != 0)
    return "extensions";
  signed_part = lb_read_since (&reader, data);
  signature = lb_read_vector (&reader);
  if (!lb_reader_is_done (&reader))
    return "length";
  wrong = judge_leaf (&self->leaf, user_id);
  if (wrong != NULL)
    return wrong;
  if (!lb_is_public_key (init_key)
      || lb_bytes_equal (init_key, self->leaf.encryption_key))
    return "init key";
  if (!lb_verify (
          self->leaf.signature_key, "KeyPackageTBS", signed_part, signature))
    return "signature";
  return NULL;
}

LbKeyPackage *
lb_key_package_new (LbBytes payload, guint64 user_id, const char **wrong)
{
  g_autoptr (LbKeyPackage) self = g_new0 (LbKeyPackage, 1);

  self->bytes = g_bytes_new (payload.data, payload.length);
  self->user_id = user_id;
  *wrong = judge (self, user_id);
  if (*wrong != NULL)
    return NULL;
  lb_ref_hash ("KeyPackage Reference", payload, self->ref);
  return g_steal_pointer (&self);
}

LbKeyPackage *
lb_key_package_copy (const LbKeyPackage *self)
{
  LbKeyPackage *copy = g_memdup2 (self, sizeof *self);

  g_bytes_ref (copy->bytes);
  return copy;
}

void
lb_key_package_free (LbKeyPackage *self)
{
  g_bytes_unref (self->bytes);
  g_free (self);
}
