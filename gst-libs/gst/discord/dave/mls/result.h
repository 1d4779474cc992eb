/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Why something was refused. Every function of this folder that can fail says
 * it with one of these. */

typedef enum
{
  MLS_OK,
  MLS_ERROR_CRYPTO, /* libcrypto failed: out of memory or no entropy */
  MLS_ERROR_STATE, /* not possible now */
  MLS_ERROR_PARSE, /* cut off, a lying length, bytes left over */
  MLS_ERROR_LIMIT, /* larger than we take */
  MLS_ERROR_VERSION, /* not mls10 */
  MLS_ERROR_SUITE, /* not ciphersuite 2 */
  MLS_ERROR_WIRE_FORMAT, /* another kind of message than expected */
  MLS_ERROR_CONTENT_TYPE, /* a proposal where a commit belongs, ... */
  MLS_ERROR_PROPOSAL_TYPE, /* neither Add nor Remove */
  MLS_ERROR_GROUP_ID, /* for another group */
  MLS_ERROR_EPOCH, /* for another epoch */
  MLS_ERROR_SENDER, /* from somebody who may not send this */
  MLS_ERROR_SIGNATURE, /* does not verify */
  MLS_ERROR_MEMBERSHIP_TAG, /* does not verify */
  MLS_ERROR_CONFIRMATION_TAG, /* does not verify */
  MLS_ERROR_KEY, /* not a key of the curve */
  MLS_ERROR_DECRYPT, /* not encrypted to our key, or damaged */
  MLS_ERROR_CREDENTIAL, /* not a basic credential of the right form */
  MLS_ERROR_CAPABILITIES, /* does not list what the group uses */
  MLS_ERROR_LEAF_NODE, /* wrong source or content */
  MLS_ERROR_KEY_PACKAGE, /* init key and leaf key equal */
  MLS_ERROR_EXTENSION, /* missing, double or malformed */
  MLS_ERROR_EXTERNAL_SENDER, /* not the one the gateway announced */
  MLS_ERROR_UNEXPECTED_USER, /* not announced by the gateway */
  MLS_ERROR_DUPLICATE, /* a user, a key or a removal twice */
  MLS_ERROR_NO_LEAF, /* blank leaf or outside the tree */
  MLS_ERROR_TREE, /* tree hash, parent hash or shape is wrong */
  MLS_ERROR_PATH, /* update path missing or of the wrong form */
  MLS_ERROR_NO_PROPOSALS, /* a commit of nothing */
  MLS_ERROR_INLINE_PROPOSAL, /* not by reference */
  MLS_ERROR_UNKNOWN_PROPOSAL, /* a reference we do not hold */
  MLS_ERROR_REMOVES_US, /* proposes or commits our removal */
  MLS_ERROR_NOT_FOR_US, /* welcome for another key package */
} MlsResult;

/* For logs; never contains data of the message. */
const char *mls_result_text (MlsResult result);

/* Returns from the calling function when @expression is not MLS_OK. */
#define MLS_TRY(expression)                                                    \
  do {                                                                         \
    MlsResult try_result_ = (expression);                                      \
    if (try_result_ != MLS_OK)                                                 \
      return try_result_;                                                      \
  } while (0)
