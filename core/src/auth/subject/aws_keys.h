/* SPDX-License-Identifier: MIT
 * AWS keys and where they come from: the environment, else the container's credentials (ECS, EKS), else the instance
 * metadata service. Like a source of subject tokens it says which request it needs and is fed the reply. */
#ifndef CAI_AWS_KEYS_H
#define CAI_AWS_KEYS_H

#include "aws_metadata.h"

typedef enum cai_aws_keys_from {
  CAI_AWS_KEYS_ENVIRONMENT,
  CAI_AWS_KEYS_CONTAINER,
  CAI_AWS_KEYS_INSTANCE
} cai_aws_keys_from;

typedef struct cai_aws_keys {
  cai_aws_keys_from from;
  const cai_places *places; /* borrowed */
  char *origin;             /* the credential file */
  char *url;                /* of the container's credentials or the instance's roles; NULL: environment */
  char *role;               /* the instance's; NULL: not asked yet */
  char *access_key_id;      /* this and the next two are secret */
  char *secret_access_key;  /* NULL: no keys yet */
  char *session_token;      /* NULL: none belongs to the keys */
} cai_aws_keys;

/* `source` is credential_source. 0 or CHATABI_E_AUTH_SOURCE, _AUTH_HOST, _NOMEM. To be finished in any case. */
int cai_aws_keys_init(cai_aws_keys *keys, const cai_document *source, cai_err *err);
void cai_aws_keys_fini(cai_aws_keys *keys);

/* Forgets the keys, but for those of the environment. */
void cai_aws_keys_drop(cai_aws_keys *keys);
bool cai_aws_keys_found(const cai_aws_keys *keys);

/* While they are not found. `metadata` has its session. */
cai_step cai_aws_keys_ask(const cai_aws_keys *keys, const cai_aws_metadata *metadata, cai_http_request *request,
                          cai_subject_outcome *outcome);
/* CAI_STEP_ASK also when they are found now. */
cai_step cai_aws_keys_feed(cai_aws_keys *keys, const cai_aws_metadata *metadata, cai_now now,
                           const cai_http_reply *reply, cai_subject_outcome *outcome);

#endif
