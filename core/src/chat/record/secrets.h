/* SPDX-License-Identifier: MIT
 * What must not stand in a recording, whatever the server or the user wrote around it. */
#ifndef CAI_SECRETS_H
#define CAI_SECRETS_H

#include <stddef.h>

typedef struct cai_secrets {
  char **items; /* overwritten before they are freed */
  size_t count;
} cai_secrets;

void cai_secrets_init(cai_secrets *secrets);
void cai_secrets_fini(cai_secrets *secrets);

/* Copies it; NULL and what is short enough to be a word are left out. 0 or CHATABI_E_NOMEM. */
int cai_secrets_add(cai_secrets *secrets, const char *text);

/* Overwrites every occurrence with as many '*', also one that is escaped for JSON or a URL. */
void cai_secrets_strike(const cai_secrets *secrets, char *bytes, size_t len);

#endif
