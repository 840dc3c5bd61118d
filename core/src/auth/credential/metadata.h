/* SPDX-License-Identifier: MIT
 * The metadata server of GCE, GKE and Cloud Run, which gives out tokens of the machine's service account, and its
 * project. */
#ifndef CAI_METADATA_H
#define CAI_METADATA_H

#include "credential.h"

/* Borrowed for the call of cai_metadata_new. */
typedef struct cai_metadata_config {
  const char *host;    /* host[:port]; NULL: the address that every machine of Google's has */
  const char *account; /* a service account's email; NULL: the default one */
  const char *absent;  /* when it was only supposed to be there: what was looked for besides, for the error. NULL: the
                          user said so */
  bool want_project;   /* ask for the project before the token */
  bool patient;        /* it is likely to be there: give it time */
  const char *universe_domain; /* what the client is set to; never NULL */
} cai_metadata_config;

cai_credential *cai_metadata_new(const cai_metadata_config *config, cai_log *log, cai_err *err);

/* "http://169.254.169.254", or with the configured host; owned text, NULL when memory is short. */
char *cai_metadata_base(const char *host);

/* What to do where neither a credential nor a metadata server was found. */
extern const char cai_metadata_remedy[];

#endif
