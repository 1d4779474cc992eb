/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proposalqueue.h"

#include <string.h>

struct _MlsProposalQueue
{
  GPtrArray *entries; /* MlsQueuedProposal */
};

MlsProposalQueue *
mls_proposal_queue_new (void)
{
  MlsProposalQueue *self = g_new (MlsProposalQueue, 1);

  self->entries = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
mls_proposal_queue_free (MlsProposalQueue *self)
{
  g_ptr_array_unref (self->entries);
  g_free (self);
}

unsigned
mls_proposal_queue_length (const MlsProposalQueue *self)
{
  return self->entries->len;
}

const MlsQueuedProposal *
mls_proposal_queue_get (const MlsProposalQueue *self, unsigned i)
{
  return self->entries->pdata[i];
}

const MlsQueuedProposal *
mls_proposal_queue_find (const MlsProposalQueue *self, MlsBytes reference)
{
  for (unsigned i = 0; i < self->entries->len; i++) {
    const MlsQueuedProposal *entry = mls_proposal_queue_get (self, i);

    if (mls_bytes_equal (MLS_BYTES_OF (entry->reference), reference))
      return entry;
  }
  return NULL;
}

static MlsQueuedProposal *
entry_new (const MlsProposal *proposal, const uint8_t reference[MLS_HASH_SIZE])
{
  size_t length = proposal->encoded.length;
  MlsQueuedProposal *entry = g_malloc (sizeof *entry + length);
  MlsReader reader;

  memcpy (entry->reference, reference, MLS_HASH_SIZE);
  memcpy (entry->encoded, proposal->encoded.data, length);
  mls_reader_init (&reader, mls_bytes (entry->encoded, length));
  mls_proposal_read (&reader, &entry->proposal);
  return entry;
}

MlsResult
mls_proposal_queue_add (MlsProposalQueue *self, const MlsProposal *proposal,
    const uint8_t reference[MLS_HASH_SIZE])
{
  if (mls_proposal_queue_find (self, mls_bytes (reference, MLS_HASH_SIZE)))
    return MLS_OK;
  if (self->entries->len == MLS_MAX_PROPOSALS)
    return MLS_ERROR_LIMIT;
  g_ptr_array_add (self->entries, entry_new (proposal, reference));
  return MLS_OK;
}

bool
mls_proposal_queue_remove (MlsProposalQueue *self, MlsBytes reference)
{
  const MlsQueuedProposal *entry = mls_proposal_queue_find (self, reference);

  return entry != NULL && g_ptr_array_remove (self->entries, (void *) entry);
}

MlsProposalQueue *
mls_proposal_queue_copy (const MlsProposalQueue *self)
{
  MlsProposalQueue *copy = mls_proposal_queue_new ();

  for (unsigned i = 0; i < self->entries->len; i++) {
    const MlsQueuedProposal *entry = mls_proposal_queue_get (self, i);

    g_ptr_array_add (
        copy->entries, entry_new (&entry->proposal, entry->reference));
  }
  return copy;
}

bool
mls_proposal_queue_equal (const MlsProposalQueue *a, const MlsProposalQueue *b)
{
  if (a->entries->len != b->entries->len)
    return false;
  for (unsigned i = 0; i < a->entries->len; i++) {
    if (memcmp (mls_proposal_queue_get (a, i)->reference,
            mls_proposal_queue_get (b, i)->reference, MLS_HASH_SIZE)
        != 0)
      return false;
  }
  return true;
}
