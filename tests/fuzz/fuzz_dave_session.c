/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

/* A session and what a gateway may say, in any order: JSON opcodes by their
 * values, binary ones as they come, and good ones made here, of what the session
 * and an honest one beside it have sent. A step is a byte that says which, and
 * two of arguments. */

#include "gst/discord/dave/mls/framing.h"
#include "gst/discord/dave/session/session-private.h"

#include "fuzz.h"

#define GROUP_ID 7
#define OWN_ID 100
#define OTHER_ID 101
#define STEPS_MAX 24
#define SECRETS_MAX (2 * STEPS_MAX)

typedef struct
{
  DaveSession *session;
  uint64_t user_id;
  MlsWriter key_package; /* sent last */
  MlsWriter commit;
  DaveSessionState state;
  bool has_key;
  uint8_t secrets[SECRETS_MAX][MLS_SENDER_SECRET_SIZE];
  unsigned n_secrets;
} Client;

static struct
{
  MlsCrypto *crypto;
  MlsKeyPair gateway;
  MlsKeyPair identity;
  MlsWriter external_sender;
} world;

typedef struct
{
  Client own, other;
  uint64_t epoch; /* that proposals are for */
} Run;

static void
keep (MlsWriter *writer, MlsBytes bytes)
{
  mls_writer_clear (writer);
  mls_write_fixed (writer, bytes);
}

static void
on_key_package (MlsBytes payload, void *user_data)
{
  Client *self = user_data;

  keep (&self->key_package, payload);
}

static void
on_commit (MlsBytes payload, void *user_data)
{
  Client *self = user_data;

  keep (&self->commit, payload);
}

static void
on_ready (uint16_t transition_id, void *user_data)
{
  FUZZ_CHECK (transition_id != 0);
}

static void
on_invalid (uint16_t transition_id, void *user_data)
{
}

static void
on_receivers (
    const DaveMemberSecret *members, unsigned n_members, void *user_data)
{
  const Client *self = user_data;

  for (unsigned i = 0; i < n_members; i++)
    FUZZ_CHECK (members[i].user_id != self->user_id);
}

/* No key may be used from its first nonce on again. */
static void
on_sender (const uint8_t *secret, void *user_data)
{
  Client *self = user_data;

  self->has_key = secret != NULL;
  if (secret == NULL)
    return;
  for (unsigned i = 0; i < self->n_secrets; i++)
    FUZZ_CHECK (memcmp (self->secrets[i], secret, MLS_SENDER_SECRET_SIZE) != 0);
  FUZZ_CHECK (self->n_secrets < SECRETS_MAX);
  memcpy (self->secrets[self->n_secrets++], secret, MLS_SENDER_SECRET_SIZE);
}

static void
on_clear (void *user_data)
{
}

static void
on_state (DaveSessionState state, void *user_data)
{
  Client *self = user_data;

  FUZZ_CHECK (state != self->state);
  self->state = state;
}

static void
on_group (void *user_data)
{
}

static void
on_refused (unsigned opcode, MlsResult reason, void *user_data)
{
  FUZZ_CHECK (reason != MLS_OK);
}

static const DaveSessionCallbacks callbacks = {
  .send_key_package = on_key_package,
  .send_commit = on_commit,
  .send_ready = on_ready,
  .send_invalid = on_invalid,
  .receivers = on_receivers,
  .sender = on_sender,
  .allow_clear = on_clear,
  .retire_clear = on_clear,
  .state_changed = on_state,
  .group_changed = on_group,
  .refused = on_refused,
};

static void
check (const Client *self)
{
  const MlsGroup *group = dave_session_group (self->session);

  FUZZ_CHECK (dave_session_state (self->session) == self->state);
  FUZZ_CHECK (self->state != DAVE_SESSION_ENCRYPTED || self->has_key);
  FUZZ_CHECK (self->state != DAVE_SESSION_CLEAR
      || (!self->has_key && dave_session_version (self->session) == 0));
  FUZZ_CHECK (self->state != DAVE_SESSION_PENDING || !self->has_key);
  FUZZ_CHECK (group == NULL || mls_group_epoch (group) > 0);
  FUZZ_CHECK (self->session->transitions.n_entries <= DAVE_TRANSITIONS_MAX);
}

static void
client_init (Client *self, uint64_t user_id)
{
  const DaveSessionConfig config = { user_id, GROUP_ID, &world.identity };

  *self = (Client){ .user_id = user_id };
  self->session = dave_session_new (&config, &callbacks, self);
  FUZZ_CHECK (self->session != NULL);
}

static void
client_clear (Client *self)
{
  dave_session_free (self->session);
  mls_writer_clear (&self->key_package);
  mls_writer_clear (&self->commit);
}

static void
take (Client *self, unsigned opcode, MlsBytes payload)
{
  uint8_t *copy = fuzz_copy (payload.data, payload.length, 0);

  dave_session_binary (self->session, opcode, mls_bytes (copy, payload.length));
  free (copy);
}

/* Op 27 with one proposal of the gateway. */
static void
propose (const Run *run, Client *to, const MlsWriter *proposal)
{
  static const uint8_t group_id[] = { 0, 0, 0, 0, 0, 0, 0, GROUP_ID };
  g_auto (MlsWriter) content = MLS_WRITER_INIT;
  g_auto (MlsWriter) signature = MLS_WRITER_INIT;
  g_auto (MlsWriter) payload = MLS_WRITER_INIT;
  MlsPublicMessage message = { .group_id = MLS_BYTES_OF (group_id),
    .epoch = run->epoch,
    .sender_type = MLS_SENDER_EXTERNAL,
    .content_type = MLS_CONTENT_PROPOSAL };
  size_t begin;

  mls_framed_content_header_write (&content, &message);
  mls_write_fixed (&content, mls_writer_bytes (proposal));
  message.content = mls_writer_bytes (&content);
  FUZZ_CHECK (mls_public_message_sign (world.crypto, &message, MLS_NO_BYTES,
                  &world.gateway, &signature)
      == MLS_OK);
  message.signature = mls_writer_bytes (&signature);
  mls_write_u8 (&payload, 0);
  begin = mls_write_vector_begin (&payload);
  FUZZ_CHECK (mls_public_message_write (
                  &payload, world.crypto, &message, MLS_NO_BYTES, NULL)
      == MLS_OK);
  mls_write_vector_end (&payload, begin);
  take (to, DAVE_OP_PROPOSALS, mls_writer_bytes (&payload));
}

static void
propose_add (const Run *run, Client *to, const Client *joiner)
{
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;

  if (joiner->key_package.length == 0)
    return;
  mls_add_proposal_write (&proposal, mls_writer_bytes (&joiner->key_package));
  propose (run, to, &proposal);
}

static void
propose_remove (const Run *run, Client *to, uint32_t leaf)
{
  g_auto (MlsWriter) proposal = MLS_WRITER_INIT;

  mls_remove_proposal_write (&proposal, leaf);
  propose (run, to, &proposal);
}

/* Where the Welcome of op 28 begins. */
static size_t
commit_length (const MlsWriter *payload)
{
  MlsPublicMessage message;
  MlsReader reader;

  mls_reader_init (&reader, mls_writer_bytes (payload));
  mls_public_message_read (&reader, &message);
  FUZZ_CHECK (reader.result == MLS_OK);
  return payload->length - reader.length;
}

static void
take_with_id (
    Client *to, unsigned opcode, uint8_t id, MlsBytes message, uint8_t damage)
{
  g_auto (MlsWriter) payload = MLS_WRITER_INIT;

  if (message.length == 0)
    return;
  mls_write_u16 (&payload, id);
  mls_write_fixed (&payload, message);
  if (damage > 0)
    payload.data[payload.length * damage / 256] ^= damage;
  take (to, opcode, mls_writer_bytes (&payload));
}

/* What @from committed last, to both: as commit, and to @from's peer as Welcome.
 * Only our own session gets it damaged. */
static void
announce (Run *run, Client *from, uint8_t id, uint8_t damage)
{
  Client *to = from == &run->own ? &run->other : &run->own;
  size_t length;
  MlsBytes commit, welcome;

  if (from->commit.length == 0)
    return;
  length = commit_length (&from->commit);
  commit = mls_bytes (from->commit.data, length);
  welcome =
      mls_bytes (from->commit.data + length, from->commit.length - length);
  take_with_id (&run->own, DAVE_OP_ANNOUNCE_COMMIT, id, commit, damage);
  take_with_id (&run->other, DAVE_OP_ANNOUNCE_COMMIT, id, commit, 0);
  if (dave_session_group (to->session) == NULL)
    take_with_id (
        to, DAVE_OP_WELCOME, id, welcome, to == &run->own ? damage : 0);
}

static void
tell_json (Run *run, unsigned which, uint8_t a, uint8_t b)
{
  DaveSession *session = run->own.session;
  uint64_t user_id = OWN_ID + a % 4;

  switch (which) {
    case 0:
      dave_session_description (session, a % 4);
      break;
    case 1:
      dave_session_users_joined (session, &user_id, 1);
      break;
    case 2:
      dave_session_user_left (session, user_id);
      break;
    case 3:
      dave_session_prepare_transition (session, a % 8, b % 3);
      break;
    case 4:
      dave_session_execute_transition (session, a % 8);
      break;
    case 5:
      dave_session_prepare_epoch (session, a % 3, b % 3);
      break;
    default:
      dave_session_set_group_id (session, GROUP_ID + a % 2);
      break;
  }
}

static void
tell_good (Run *run, unsigned which, uint8_t a, uint8_t b)
{
  MlsBytes sender = mls_writer_bytes (&world.external_sender);

  switch (which) {
    case 0:
      take (&run->own, DAVE_OP_EXTERNAL_SENDER, sender);
      break;
    case 1:
      propose_add (run, &run->own, &run->other);
      break;
    case 2:
      propose_add (run, &run->other, &run->own);
      break;
    case 3:
      propose_remove (run, &run->own, a % 4);
      propose_remove (run, &run->other, a % 4);
      break;
    case 4:
      announce (run, &run->own, a % 8, b);
      break;
    case 5:
      announce (run, &run->other, a % 8, b);
      break;
    case 6:
      dave_session_prepare_epoch (run->other.session, 1, 1);
      break;
    default:
      run->epoch = a % 4;
      break;
  }
}

/* The rest of the input, or as much as the arguments say. */
static void
tell_raw (Run *run, MlsReader *input, uint8_t a, uint8_t b)
{
  size_t length = MIN ((size_t) (a / 8) << 8 | b, input->length);

  take (&run->own, 24 + a % 8, mls_read_fixed (input, length));
}

static void
step (Run *run, MlsReader *input)
{
  uint8_t which = mls_read_u8 (input) % 16;
  uint8_t a = mls_read_u8 (input), b = mls_read_u8 (input);

  if (which < 7)
    tell_json (run, which, a, b);
  else if (which < 15)
    tell_good (run, which - 7, a, b);
  else
    tell_raw (run, input, a, b);
  check (&run->own);
  check (&run->other);
}

static void
make_world (void)
{
  world.crypto = mls_crypto_new ();
  FUZZ_CHECK (world.crypto != NULL);
  FUZZ_CHECK (mls_key_pair_generate (world.crypto, &world.gateway) == MLS_OK);
  FUZZ_CHECK (mls_key_pair_generate (world.crypto, &world.identity) == MLS_OK);
  mls_write_vector (
      &world.external_sender, MLS_BYTES_OF (world.gateway.public_key));
  mls_write_u16 (&world.external_sender, MLS_CREDENTIAL_BASIC);
  mls_write_vector (&world.external_sender, MLS_NO_BYTES);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const uint64_t own_id = OWN_ID;
  Run run = { .epoch = 0 };
  MlsReader input;

  if (world.crypto == NULL)
    make_world ();
  client_init (&run.own, OWN_ID);
  client_init (&run.other, OTHER_ID);
  dave_session_users_joined (run.other.session, &own_id, 1);
  take (&run.other, DAVE_OP_EXTERNAL_SENDER,
      mls_writer_bytes (&world.external_sender));
  dave_session_description (run.other.session, 1);

  mls_reader_init (&input, mls_bytes (data, size));
  for (unsigned i = 0; i < STEPS_MAX && input.length >= 3; i++)
    step (&run, &input);
  client_clear (&run.own);
  client_clear (&run.other);
  return 0;
}
