/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "result.h"

const char *
mls_result_text (MlsResult result)
{
  switch (result) {
    case MLS_OK:
      return "good";
    case MLS_ERROR_CRYPTO:
      return "the cryptographic library failed";
    case MLS_ERROR_STATE:
      return "not possible in this state";
    case MLS_ERROR_PARSE:
      return "malformed message";
    case MLS_ERROR_LIMIT:
      return "message or tree too large";
    case MLS_ERROR_VERSION:
      return "unknown protocol version";
    case MLS_ERROR_SUITE:
      return "unsupported ciphersuite";
    case MLS_ERROR_WIRE_FORMAT:
      return "unexpected kind of message";
    case MLS_ERROR_CONTENT_TYPE:
      return "unexpected content type";
    case MLS_ERROR_PROPOSAL_TYPE:
      return "neither Add nor Remove proposal";
    case MLS_ERROR_GROUP_ID:
      return "message for another group";
    case MLS_ERROR_EPOCH:
      return "message for another epoch";
    case MLS_ERROR_SENDER:
      return "sender may not send this";
    case MLS_ERROR_SIGNATURE:
      return "bad signature";
    case MLS_ERROR_MEMBERSHIP_TAG:
      return "bad membership tag";
    case MLS_ERROR_CONFIRMATION_TAG:
      return "bad confirmation tag";
    case MLS_ERROR_KEY:
      return "invalid public or private key";
    case MLS_ERROR_DECRYPT:
      return "decryption failed";
    case MLS_ERROR_CREDENTIAL:
      return "unsupported credential";
    case MLS_ERROR_CAPABILITIES:
      return "capabilities lack what the group uses";
    case MLS_ERROR_LEAF_NODE:
      return "invalid leaf node";
    case MLS_ERROR_KEY_PACKAGE:
      return "invalid key package";
    case MLS_ERROR_EXTENSION:
      return "missing or malformed extension";
    case MLS_ERROR_EXTERNAL_SENDER:
      return "wrong external sender";
    case MLS_ERROR_UNEXPECTED_USER:
      return "user was not announced";
    case MLS_ERROR_DUPLICATE:
      return "duplicate user, key or removal";
    case MLS_ERROR_NO_LEAF:
      return "no such leaf";
    case MLS_ERROR_TREE:
      return "invalid ratchet tree";
    case MLS_ERROR_PATH:
      return "invalid update path";
    case MLS_ERROR_NO_PROPOSALS:
      return "commit without proposals";
    case MLS_ERROR_INLINE_PROPOSAL:
      return "proposal not by reference";
    case MLS_ERROR_UNKNOWN_PROPOSAL:
      return "unknown proposal";
    case MLS_ERROR_REMOVES_US:
      return "removes this client";
    case MLS_ERROR_NOT_FOR_US:
      return "welcome for another key package";
  }
  return "unknown result";
}
