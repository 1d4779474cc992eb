/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "davegateway.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/sha.h>

#define MLS_VERSION 1
#define PUBLIC_MESSAGE 1
#define SENDER_MEMBER 1
#define SENDER_EXTERNAL 2
#define CONTENT_PROPOSAL 2
#define CONTENT_COMMIT 3
#define PROPOSAL_ADD 1
#define PROPOSAL_REMOVE 3
#define BY_REFERENCE 2
#define CREDENTIAL_BASIC 1

static void
put (GByteArray *out, guint64 value, guint size)
{
  for (guint i = size; i > 0; i--) {
    guint8 byte = (guint8) (value >> (8 * (i - 1)));

    g_byte_array_append (out, &byte, 1);
  }
}

/* opaque<V> of RFC 9420. */
static void
put_vector (GByteArray *out, const guint8 *data, gsize length)
{
  if (length < 1 << 6)
    put (out, length, 1);
  else if (length < 1 << 14)
    put (out, 0x4000 | length, 2);
  else
    put (out, 0x80000000 | length, 4);
  g_byte_array_append (out, data, length);
}

static void
put_text (GByteArray *out, const gchar *text)
{
  put_vector (out, (const guint8 *) text, strlen (text));
}

static EVP_PKEY *
new_key (GByteArray *external_sender)
{
  static const guint8 identity[] = { 0 };
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  guint8 point[80];
  gsize length = 0;

  fail_unless (key != NULL);
  fail_unless (EVP_PKEY_set_utf8_string_param (key,
                   OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed")
      == 1);
  fail_unless (EVP_PKEY_get_octet_string_param (
                   key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &length)
      == 1);
  put_vector (external_sender, point, length);
  put (external_sender, CREDENTIAL_BASIC, 2);
  put_vector (external_sender, identity, sizeof identity);
  return key;
}

static void
proposal_free (DaveGatewayProposal *proposal)
{
  g_byte_array_unref (proposal->message);
  g_free (proposal);
}

void
dave_gateway_init (DaveGateway *self, guint64 group_id)
{
  self->external_sender = g_byte_array_new ();
  self->key = new_key (self->external_sender);
  self->group_id = group_id;
  self->epoch = 0;
  self->leaves = g_array_new (FALSE, TRUE, sizeof (guint64));
  self->proposals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) proposal_free);
}

void
dave_gateway_clear (DaveGateway *self)
{
  EVP_PKEY_free (self->key);
  g_byte_array_unref (self->external_sender);
  g_array_unref (self->leaves);
  g_ptr_array_unref (self->proposals);
}

void
dave_gateway_reset (DaveGateway *self)
{
  self->epoch = 0;
  g_array_set_size (self->leaves, 0);
  g_ptr_array_set_size (self->proposals, 0);
}

/* SignWithLabel over FramedContentTBS; nothing of the group is in there. */
static void
put_signature (DaveGateway *self, const GByteArray *content, GByteArray *out)
{
  g_autoptr (GByteArray) to_sign = g_byte_array_new ();
  g_autoptr (GByteArray) framed = g_byte_array_new ();
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  guint8 signature[80];
  gsize length = sizeof signature;

  put (framed, MLS_VERSION, 2);
  put (framed, PUBLIC_MESSAGE, 2);
  g_byte_array_append (framed, content->data, content->len);
  put_text (to_sign, "MLS 1.0 FramedContentTBS");
  put_vector (to_sign, framed->data, framed->len);
  fail_unless (
      EVP_DigestSignInit (context, NULL, EVP_sha256 (), NULL, self->key) == 1);
  fail_unless (
      EVP_DigestSign (context, signature, &length, to_sign->data, to_sign->len)
      == 1);
  EVP_MD_CTX_free (context);
  put_vector (out, signature, length);
}

/* RefHash of what follows the version in the message. */
static void
make_reference (
    const GByteArray *message, guint8 reference[DAVE_GATEWAY_REFERENCE_SIZE])
{
  g_autoptr (GByteArray) input = g_byte_array_new ();

  put_text (input, "MLS 1.0 Proposal Reference");
  put_vector (input, message->data + 2, message->len - 2);
  SHA256 (input->data, input->len, reference);
}

/* Takes @body. */
static DaveGatewayProposal *
propose (DaveGateway *self, GByteArray *body)
{
  DaveGatewayProposal *proposal = g_new0 (DaveGatewayProposal, 1);
  g_autoptr (GByteArray) content = g_byte_array_new ();

  put (content, sizeof self->group_id, 1);
  put (content, self->group_id, sizeof self->group_id);
  put (content, self->epoch, 8);
  put (content, SENDER_EXTERNAL, 1);
  put (content, 0, 4);
  put (content, 0, 1); /* authenticated_data */
  put (content, CONTENT_PROPOSAL, 1);
  g_byte_array_append (content, body->data, body->len);
  g_byte_array_unref (body);

  proposal->message = g_byte_array_new ();
  put (proposal->message, MLS_VERSION, 2);
  put (proposal->message, PUBLIC_MESSAGE, 2);
  g_byte_array_append (proposal->message, content->data, content->len);
  put_signature (self, content, proposal->message);
  make_reference (proposal->message, proposal->reference);
  g_ptr_array_add (self->proposals, proposal);
  return proposal;
}

void
dave_gateway_propose_add (
    DaveGateway *self, guint64 user_id, const GByteArray *key_package)
{
  GByteArray *body = g_byte_array_new ();

  put (body, PROPOSAL_ADD, 2);
  g_byte_array_append (body, key_package->data, key_package->len);
  propose (self, body)->user_id = user_id;
}

static guint32
leaf_of (const DaveGateway *self, guint64 user_id)
{
  for (guint i = 0; i < self->leaves->len; i++)
    if (g_array_index (self->leaves, guint64, i) == user_id)
      return i;
  fail ("user %" G_GUINT64_FORMAT " has no leaf", user_id);
  return 0;
}

void
dave_gateway_propose_remove (DaveGateway *self, guint64 user_id)
{
  guint32 leaf = leaf_of (self, user_id);
  GByteArray *body = g_byte_array_new ();

  put (body, PROPOSAL_REMOVE, 2);
  put (body, leaf, 4);
  propose (self, body)->leaf = leaf;
}

GByteArray *
dave_gateway_append (const DaveGateway *self, guint first, guint64 receiver)
{
  g_autoptr (GByteArray) messages = g_byte_array_new ();
  GByteArray *payload = g_byte_array_new ();

  for (guint i = first; i < self->proposals->len; i++) {
    const DaveGatewayProposal *proposal = self->proposals->pdata[i];

    if (proposal->user_id == 0 || proposal->user_id != receiver)
      g_byte_array_append (
          messages, proposal->message->data, proposal->message->len);
  }
  put (payload, 0, 1);
  put_vector (payload, messages->data, messages->len);
  return payload;
}

GByteArray *
dave_gateway_revoke_last (DaveGateway *self)
{
  guint last = self->proposals->len - 1;
  const DaveGatewayProposal *proposal = self->proposals->pdata[last];
  g_autoptr (GByteArray) references = g_byte_array_new ();
  GByteArray *payload = g_byte_array_new ();

  put_vector (references, proposal->reference, sizeof proposal->reference);
  put (payload, 1, 1);
  put_vector (payload, references->data, references->len);
  g_ptr_array_remove_index (self->proposals, last);
  return payload;
}

typedef struct
{
  const guint8 *data;
  gsize length;
} Input;

static const guint8 *
take (Input *self, gsize length)
{
  const guint8 *data = self->data;

  fail_unless (length <= self->length);
  self->data += length;
  self->length -= length;
  return data;
}

static guint64
take_number (Input *self, guint size)
{
  const guint8 *bytes = take (self, size);
  guint64 value = 0;

  for (guint i = 0; i < size; i++)
    value = value << 8 | bytes[i];
  return value;
}

static Input
take_vector (Input *self)
{
  guint8 first = (guint8) take_number (self, 1);
  guint more = (1u << (first >> 6)) - 1;
  gsize length = (gsize) (first & 0x3f) << (8 * more);
  Input vector;

  length |= take_number (self, more);
  vector.length = length;
  vector.data = take (self, length);
  return vector;
}

/* LeafNode of an UpdatePath, and its nodes. */
static void
skip_path (Input *self)
{
  if (take_number (self, 1) == 0)
    return;
  take_vector (self); /* encryption_key */
  take_vector (self); /* signature_key */
  take_number (self, 2);
  take_vector (self); /* identity */
  for (guint i = 0; i < 5; i++)
    take_vector (self); /* capabilities */
  fail_unless_equals_int (take_number (self, 1), 3);
  take_vector (self); /* parent_hash */
  take_vector (self); /* extensions */
  take_vector (self); /* signature */
  take_vector (self); /* nodes */
}

static const DaveGatewayProposal *
find_proposal (const DaveGateway *self, Input reference)
{
  for (guint i = 0; i < self->proposals->len; i++) {
    const DaveGatewayProposal *proposal = self->proposals->pdata[i];

    if (reference.length == sizeof proposal->reference
        && memcmp (reference.data, proposal->reference, reference.length) == 0)
      return proposal;
  }
  return NULL;
}

static void
remove_leaf (DaveGateway *self, guint32 leaf)
{
  guint half;

  g_array_index (self->leaves, guint64, leaf) = 0;
  for (half = self->leaves->len / 2; half > 0; half /= 2) {
    for (guint i = half; i < self->leaves->len; i++)
      if (g_array_index (self->leaves, guint64, i) != 0)
        return;
    g_array_set_size (self->leaves, half);
  }
}

static void
add_leaf (DaveGateway *self, guint64 user_id)
{
  for (guint i = 0; i < self->leaves->len; i++) {
    if (g_array_index (self->leaves, guint64, i) == 0) {
      g_array_index (self->leaves, guint64, i) = user_id;
      return;
    }
  }
  g_array_set_size (self->leaves, 2 * self->leaves->len);
  g_array_index (self->leaves, guint64, self->leaves->len / 2) = user_id;
}

/* Removes first, then Adds in the order of the commit. */
static guint
apply (DaveGateway *self, const GPtrArray *committed)
{
  guint n_added = 0;

  for (guint i = 0; i < committed->len; i++) {
    const DaveGatewayProposal *proposal = committed->pdata[i];

    if (proposal->user_id == 0)
      remove_leaf (self, proposal->leaf);
  }
  for (guint i = 0; i < committed->len; i++) {
    const DaveGatewayProposal *proposal = committed->pdata[i];

    if (proposal->user_id == 0)
      continue;
    add_leaf (self, proposal->user_id);
    n_added++;
  }
  return n_added;
}

/* The list of a commit; NULL when there is something else in it. */
static GPtrArray *
read_committed (const DaveGateway *self, Input references)
{
  g_autoptr (GPtrArray) committed = g_ptr_array_new ();

  while (references.length > 0) {
    const DaveGatewayProposal *proposal;

    fail_unless_equals_int (take_number (&references, 1), BY_REFERENCE);
    proposal = find_proposal (self, take_vector (&references));
    if (proposal == NULL || g_ptr_array_find (committed, proposal, NULL))
      return NULL;
    g_ptr_array_add (committed, (gpointer) proposal);
  }
  return g_steal_pointer (&committed);
}

/* A founder has no own Add to commit. */
static guint
n_expected (const DaveGateway *self, guint64 committer)
{
  guint n = self->proposals->len;

  if (self->epoch > 0)
    return n;
  for (guint i = 0; i < self->proposals->len; i++) {
    const DaveGatewayProposal *proposal = self->proposals->pdata[i];

    if (proposal->user_id == committer)
      n--;
  }
  return n;
}

gboolean
dave_gateway_accept (DaveGateway *self, guint64 committer,
    const GByteArray *payload, DaveGatewayCommit *out)
{
  Input input = { payload->data, payload->len };
  g_autoptr (GPtrArray) committed = NULL;
  guint n_added;

  fail_unless_equals_int (take_number (&input, 2), MLS_VERSION);
  fail_unless_equals_int (take_number (&input, 2), PUBLIC_MESSAGE);
  fail_unless_equals_int (take_number (&input, 1), sizeof self->group_id);
  fail_unless_equals_uint64 (take_number (&input, 8), self->group_id);
  if (take_number (&input, 8) != self->epoch)
    return FALSE;
  fail_unless_equals_int (take_number (&input, 1), SENDER_MEMBER);
  fail_unless_equals_int (
      take_number (&input, 4), self->epoch > 0 ? leaf_of (self, committer) : 0);
  fail_unless_equals_int (take_vector (&input).length, 0);
  fail_unless_equals_int (take_number (&input, 1), CONTENT_COMMIT);
  committed = read_committed (self, take_vector (&input));
  if (committed == NULL || committed->len != n_expected (self, committer))
    return FALSE;
  skip_path (&input);
  take_vector (&input); /* signature */
  take_vector (&input); /* confirmation_tag */
  take_vector (&input); /* membership_tag */

  if (self->epoch == 0)
    g_array_append_val (self->leaves, committer);
  n_added = apply (self, committed);
  fail_unless_equals_int (input.length > 0, n_added > 0);
  self->epoch++;
  out->welcome = g_byte_array_new ();
  g_byte_array_append (out->welcome, input.data, input.length);
  out->commit = g_byte_array_new ();
  g_byte_array_append (out->commit, payload->data, payload->len - input.length);
  g_ptr_array_set_size (self->proposals, 0);
  return TRUE;
}

void
dave_gateway_commit_clear (DaveGatewayCommit *self)
{
  g_clear_pointer (&self->commit, g_byte_array_unref);
  g_clear_pointer (&self->welcome, g_byte_array_unref);
}

GByteArray *
dave_gateway_announcement (guint16 transition_id, const GByteArray *message)
{
  GByteArray *payload = g_byte_array_new ();

  put (payload, transition_id, 2);
  g_byte_array_append (payload, message->data, message->len);
  return payload;
}
