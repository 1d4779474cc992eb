/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the delivery service says, and the ways in which it goes wrong. */
#include "dave-private.h"

#include <string.h>

typedef enum
{
  FAULT_CORRUPT,
  FAULT_DROP,
  FAULT_DUPLICATE,
  FAULT_DELAY,
  FAULT_FORGE,
} FaultKind;

/* Once, with the next message of that opcode. */
typedef struct
{
  guint op;
  FaultKind kind;
  guint ms;
} LbDaveFault;

void
lb_dave_side_clear (LbDaveSide *self)
{
  g_clear_pointer (&self->key_package, lb_key_package_free);
  g_queue_clear_full (&self->faults, g_free);
}

static guint
parse_what (const char *what)
{
  static const struct
  {
    const char *name;
    guint op;
  } names[] = {
    { "prepare", LB_OP_DAVE_PREPARE_TRANSITION },
    { "execute", LB_OP_DAVE_EXECUTE_TRANSITION },
    { "epoch", LB_OP_DAVE_PREPARE_EPOCH },
    { "sender", LB_OP_DAVE_EXTERNAL_SENDER },
    { "proposals", LB_OP_DAVE_PROPOSALS },
    { "commit", LB_OP_DAVE_ANNOUNCE_COMMIT },
    { "welcome", LB_OP_DAVE_WELCOME },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (g_str_equal (names[i].name, what))
      return names[i].op;
  }
  return 0;
}

static gboolean
parse_how (const char *how, LbDaveFault *fault)
{
  static const char *const names[] = { "corrupt", "drop", "duplicate" };
  guint64 ms;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    fault->kind = (FaultKind) i;
    if (g_str_equal (names[i], how))
      return fault->kind != FAULT_CORRUPT || fault->op >= LB_OP_DAVE_PROPOSALS;
  }
  fault->kind = FAULT_FORGE;
  if (g_str_equal (how, "forge"))
    return fault->op == LB_OP_DAVE_PROPOSALS;
  fault->kind = FAULT_DELAY;
  if (!g_str_has_prefix (how, "delay=")
      || !g_ascii_string_to_unsigned (
          how + strlen ("delay="), 10, 0, 60000, &ms, NULL))
    return FALSE;
  fault->ms = (guint) ms;
  return TRUE;
}

gboolean
lb_dave_add_fault (LbVoiceSession *session, const char *what, const char *how)
{
  LbDaveFault fault = { .op = parse_what (what) };

  if (fault.op == 0 || !parse_how (how, &fault))
    return FALSE;
  g_queue_push_tail (&session->dave.faults, g_memdup2 (&fault, sizeof fault));
  return TRUE;
}

/* NULL: nothing is to go wrong. */
static LbDaveFault *
take_fault (LbVoiceSession *session, guint op)
{
  GQueue *faults = &session->dave.faults;

  for (GList *link = faults->head; link != NULL; link = link->next) {
    LbDaveFault *fault = link->data;

    if (fault->op != op)
      continue;
    g_queue_delete_link (faults, link);
    lb_report_event (session->server->core->report, "dave-fault",
        session->user_id, "op %u", op);
    return fault;
  }
  return NULL;
}

/* A message for later; its session may be gone by then. */
typedef struct
{
  LbVoiceServer *server;
  guint32 ssrc;
  guint op;
  GBytes *payload; /* of a binary message */
  JsonObject *d;
} Held;

static void
held_free (gpointer data)
{
  Held *held = data;

  g_clear_pointer (&held->payload, g_bytes_unref);
  g_clear_pointer (&held->d, json_object_unref);
  g_free (held);
}

static void
emit (const Held *held, LbVoiceSession *session)
{
  if (held->d != NULL)
    lb_voice_session_send_numbered (
        session, held->op, json_object_ref (held->d));
  else
    lb_voice_session_send_binary (session, held->op, held->payload);
}

static gboolean
emit_held (gpointer user_data)
{
  const Held *held = user_data;
  LbVoiceSession *session = g_hash_table_lookup (
      held->server->sessions, GUINT_TO_POINTER (held->ssrc));

  if (session != NULL)
    emit (held, session);
  return G_SOURCE_REMOVE;
}

static void
hold (LbCore *core, Held *held, guint ms)
{
  GSource *source = g_timeout_source_new (ms);

  g_source_set_callback (source, emit_held, held, held_free);
  g_source_attach (source, core->context);
  g_ptr_array_add (core->schedule, source);
}

/* The last byte is part of a tag or a signature wherever this is used. */
static void
corrupt (Held *held)
{
  gsize length;
  guint8 *data = g_bytes_unref_to_data (held->payload, &length);

  data[length - 1] ^= 1;
  held->payload = g_bytes_new_take (data, length);
}

/* Takes @payload or @d. */
static void
send_message (LbVoiceSession *session, guint op, GBytes *payload, JsonObject *d)
{
  LbCore *core = session->server->core;
  Held *held = g_new0 (Held, 1);
  g_autofree LbDaveFault *fault = take_fault (session, op);

  *held = (Held){ session->server, session->ssrc, op, payload, d };
  if (fault != NULL && fault->kind == FAULT_DELAY) {
    hold (core, held, fault->ms);
    return;
  }
  if (fault != NULL && fault->kind == FAULT_CORRUPT)
    corrupt (held);
  if (fault == NULL || fault->kind != FAULT_DROP)
    emit (held, session);
  if (fault != NULL && fault->kind == FAULT_DUPLICATE)
    emit (held, session);
  held_free (held);
}

static JsonObject *
with_id (guint16 id)
{
  JsonObject *d = json_object_new ();

  json_object_set_int_member (d, "transition_id", id);
  return d;
}

void
lb_dave_send_prepare (LbVoiceSession *session, guint16 id, guint version)
{
  JsonObject *d = with_id (id);

  json_object_set_int_member (d, "protocol_version", version);
  send_message (session, LB_OP_DAVE_PREPARE_TRANSITION, NULL, d);
}

void
lb_dave_send_execute (LbVoiceSession *session, guint16 id)
{
  send_message (session, LB_OP_DAVE_EXECUTE_TRANSITION, NULL, with_id (id));
}

void
lb_dave_send_epoch (LbVoiceSession *session, guint version)
{
  JsonObject *d = json_object_new ();

  json_object_set_int_member (d, "protocol_version", version);
  json_object_set_int_member (d, "epoch", 1);
  send_message (session, LB_OP_DAVE_PREPARE_EPOCH, NULL, d);
}

void
lb_dave_send_sender (LbDave *self, LbVoiceSession *session)
{
  session->dave.has_sender = TRUE;
  send_message (session, LB_OP_DAVE_EXTERNAL_SENDER,
      g_bytes_ref (self->external_sender), NULL);
}

void
lb_dave_send_foreign_sender (LbVoiceSession *session)
{
  LbSigner *signer = lb_signer_new ();

  send_message (
      session, LB_OP_DAVE_EXTERNAL_SENDER, lb_external_sender (signer), NULL);
  lb_signer_free (signer);
}

static void
send_with_id (LbVoiceSession *session, guint op, guint16 id, LbBytes bytes)
{
  GByteArray *payload = g_byte_array_new ();

  lb_write_uint (payload, id, 2);
  lb_write_fixed (payload, bytes);
  send_message (session, op, g_byte_array_free_to_bytes (payload), NULL);
}

void
lb_dave_send_commit (LbVoiceSession *session, guint16 id, LbBytes commit)
{
  send_with_id (session, LB_OP_DAVE_ANNOUNCE_COMMIT, id, commit);
}

void
lb_dave_send_welcome (LbVoiceSession *session, guint16 id, GBytes *welcome)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (welcome, &length);

  send_with_id (session, LB_OP_DAVE_WELCOME, id, (LbBytes){ data, length });
}

static gboolean
is_forged_next (const LbVoiceSession *session)
{
  for (GList *link = session->dave.faults.head; link != NULL;
       link = link->next) {
    const LbDaveFault *fault = link->data;

    if (fault->op == LB_OP_DAVE_PROPOSALS)
      return fault->kind == FAULT_FORGE;
  }
  return FALSE;
}

static void
write_message (GByteArray *out, GBytes *message)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (message, &length);

  lb_write_fixed (out, (LbBytes){ data, length });
}

void
lb_dave_send_proposals (
    LbDave *self, LbVoiceSession *session, const GPtrArray *proposals)
{
  g_autoptr (GByteArray) messages = g_byte_array_new ();
  GByteArray *payload = g_byte_array_new ();
  LbProposer forger = lb_dave_proposer (self);
  LbSigner *foreign = is_forged_next (session) ? lb_signer_new () : NULL;

  forger.signer = foreign;
  for (guint i = 0; i < proposals->len; i++) {
    const LbProposal *proposal = proposals->pdata[i];
    g_autoptr (GBytes) message = NULL;

    if (proposal->added != NULL && proposal->ssrc == session->ssrc)
      continue;
    message = foreign != NULL ? lb_proposal_forge (proposal, &forger)
                              : g_bytes_ref (proposal->message);
    write_message (messages, message);
  }
  g_clear_pointer (&foreign, lb_signer_free);
  lb_write_uint (payload, 0, 1); /* append */
  lb_write_vector (payload, lb_written (messages));
  send_message (session, LB_OP_DAVE_PROPOSALS,
      g_byte_array_free_to_bytes (payload), NULL);
}

void
lb_dave_send_revocation (LbVoiceSession *session, const LbProposal *proposal)
{
  g_autoptr (GByteArray) refs = g_byte_array_new ();
  GByteArray *payload = g_byte_array_new ();

  lb_write_vector (refs, (LbBytes){ proposal->ref, LB_REF });
  lb_write_uint (payload, 1, 1); /* revoke */
  lb_write_vector (payload, lb_written (refs));
  send_message (session, LB_OP_DAVE_PROPOSALS,
      g_byte_array_free_to_bytes (payload), NULL);
}
