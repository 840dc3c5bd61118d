/* SPDX-License-Identifier: MIT
 * What ran out when a server refuses with 429, and whether waiting helps. */
#ifndef CAI_QUOTA_H
#define CAI_QUOTA_H

#include "../../base/scan.h"
#include "failure.h"

/* Finds the quota's name, in this order: in google.rpc.QuotaFailure, in google.rpc.ErrorInfo (`details`: the error's,
 * may be absent), in the server's words, in OpenAI's headers (may be NULL). A name that is already there stays. */
void cai_quota_from_details(cai_failure *failure, cai_span details);
void cai_quota_from_words(cai_failure *failure);
void cai_quota_from_headers(cai_failure *failure, const cai_headers *headers);

/* Does it say that the account has no credit or is closed? */
bool cai_quota_is_credit(const cai_failure *failure);

/* Does it say that nothing at all is allowed, as of a model that the free tier does not have? */
bool cai_quota_is_zero(const cai_failure *failure);

/* Is waiting for seconds in vain: no credit, a quota for the day, none at all? */
bool cai_quota_is_final(const cai_failure *failure);

#endif
