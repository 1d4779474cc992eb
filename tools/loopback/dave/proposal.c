/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proposal.h"

#define MLS10 1
#define PUBLIC_MESSAGE 1
#define SENDER_EXTERNAL 2
#define CONTENT_PROPOSAL 2
#define PROPOSAL_ADD 1
#define PROPOSAL_REMOVE 3
#define BASIC 1

GBytes *
lb_external_sender (const LbSigner *signer)
{
  static const guint8 identity[] = { 0 }; /* as the real gateway's */
  GByteArray *out = g_byte_array_new ();

  lb_write_vector (out, lb_signer_public_key (signer));
  lb_write_uint (out, BASIC, 2);
  lb_write_vector (out, (LbBytes){ identity, sizeof identity });
  return g_byte_array_free_to_bytes (out);
}

/* FramedContent, RFC 9420 section 6. */
static void
write_content (
    const LbProposal *self, const LbProposer *by, GByteArray *content)
{
  g_autoptr (GByteArray) group_id = g_byte_array_new ();
  gsize length;

  lb_write_uint (group_id, by->group_id, 8);
  lb_write_vector (content, lb_written (group_id));
  lb_write_uint (content, by->epoch, 8);
  lb_write_uint (content, SENDER_EXTERNAL, 1);
  lb_write_uint (content, 0, 4);
  lb_write_uint (content, 0, 1); /* no authenticated data */
  lb_write_uint (content, CONTENT_PROPOSAL, 1);
  if (self->added != NULL) {
    const guint8 *data = g_bytes_get_data (self->added->bytes, &length);

    lb_write_uint (content, PROPOSAL_ADD, 2);
    lb_write_fixed (content, (LbBytes){ data, length });
  } else {
    lb_write_uint (content, PROPOSAL_REMOVE, 2);
    lb_write_uint (content, self->removed, 4);
  }
}

/* Behind the version stands the AuthenticatedContent that references hash; the
 * external sender signs without a GroupContext (section 6.1). */
static GBytes *
make_message (const LbProposal *self, const LbProposer *by)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) signature = g_byte_array_new ();

  lb_write_uint (out, MLS10, 2);
  lb_write_uint (out, PUBLIC_MESSAGE, 2);
  write_content (self, by, out);
  lb_sign (by->signer, "FramedContentTBS", lb_written (out), signature);
  lb_write_fixed (out, lb_written (signature));
  return g_byte_array_free_to_bytes (out);
}

static LbProposal *
finish (LbProposal *self, const LbProposer *by)
{
  const guint8 *data;
  gsize length;

  self->message = make_message (self, by);
  data = g_bytes_get_data (self->message, &length);
  lb_ref_hash (
      "Proposal Reference", (LbBytes){ data + 2, length - 2 }, self->ref);
  return self;
}

LbProposal *
lb_proposal_add (
    const LbProposer *by, const LbKeyPackage *key_package, guint32 ssrc)
{
  LbProposal *self = g_new0 (LbProposal, 1);

  self->added = lb_key_package_copy (key_package);
  self->ssrc = ssrc;
  return finish (self, by);
}

LbProposal *
lb_proposal_remove (const LbProposer *by, guint32 leaf)
{
  LbProposal *self = g_new0 (LbProposal, 1);

  self->removed = leaf;
  return finish (self, by);
}

GBytes *
lb_proposal_forge (const LbProposal *self, const LbProposer *by)
{
  return make_message (self, by);
}

void
lb_proposal_free (LbProposal *self)
{
  g_clear_pointer (&self->added, lb_key_package_free);
  g_bytes_unref (self->message);
  g_free (self);
}
