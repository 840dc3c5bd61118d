/* SPDX-License-Identifier: MIT
 * An account's private key, and what it signs: short claims about the account itself, good for an hour (RFC 7523). The
 * signer knows by how much servers found this machine's clock wrong and dates its claims by theirs. */
#ifndef CAI_SIGNER_H
#define CAI_SIGNER_H

#include <stdint.h>

#include "../../base/clock.h"
#include "document.h"
#include "jwt.h"
#include "setback.h"

enum {
  CAI_SIGNER_LIFE_S = 3590 /* how long from now a claim is good */,
  CAI_SIGNER_MAX = 64 * 1024 /* bytes of one */
};

typedef struct cai_signer {
  cai_jwt_alg alg;
  cai_jwt_key *key;
  char *key_id;      /* NULL: not in the document */
  int64_t skew_ms;   /* added to our clock; learned from a server */
  int64_t before_ms; /* the skew before this run corrected it */
  bool corrected;    /* the skew was set in this run */
} cai_signer;

/* Reads "private_key" and "private_key_id" of the document. 0, CHATABI_E_AUTH_SOURCE or _NOMEM. To be finished in any
 * case. */
int cai_signer_init(cai_signer *signer, cai_jwt_alg alg, const cai_document *document, cai_err *err);
void cai_signer_fini(cai_signer *signer);

/* Borrowed; NULL: not claimed. */
typedef struct cai_claims {
  const char *issuer, *scope, *subject, *audience;
} cai_claims;

/* Appends the signed token. 0, CHATABI_E_INTERNAL when signing failed, or jwt->error. */
int cai_signer_sign(const cai_signer *signer, cai_now now, const cai_claims *claims, cai_buf *jwt);

/* For a server's refusal: true when its clock explains it and this run has not been corrected yet. Then sign again. A
 * correction that did not help is taken back. */
bool cai_signer_corrects(cai_signer *signer, const cai_setback *setback, cai_log *log);

/* From now on dates by a clock that is `skew_ms` ahead of ours; `whose` for the log: "the server's". */
void cai_signer_set_clock(cai_signer *signer, int64_t skew_ms, cai_log *log, const char *whose);

#endif
