/* SPDX-License-Identifier: MIT
 * A signed GetCallerIdentity request as a subject token: Google's STS sends it to AWS's, whose answer says who we are.
 * It is made for AWS's own hosts and that one action only: a signature for anything else would be a key handed out. */
#ifndef CAI_AWS_IDENTITY_H
#define CAI_AWS_IDENTITY_H

#include <stdint.h>

#include "aws_keys.h"

/* Borrowed for the call. */
typedef struct cai_aws_identity {
  const char *url;    /* regional_cred_verification_url, {region} in it */
  const char *region; /* NULL when the URL does not need one */
  const char *audience;
  const cai_aws_keys *keys;
  int64_t wall_ms;
} cai_aws_identity;

extern const char cai_aws_identity_default_url[];

bool cai_aws_identity_needs_region(const char *url);

/* What may become part of a host's name. */
bool cai_aws_identity_is_region(const char *text, size_t len);

/* 0, or CHATABI_E_AUTH_HOST for a URL that must not be signed, CHATABI_E_NOMEM. */
int cai_aws_identity_check(const char *url, const char *origin, cai_err *err);

/* Appends the token; the URL was checked before. out->error, CHATABI_E_INTERNAL or CHATABI_E_NOMEM. */
int cai_aws_identity_write(const cai_aws_identity *identity, cai_buf *out);

#endif
