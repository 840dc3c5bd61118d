/* SPDX-License-Identifier: MIT
 * Which host may see which secret. A Google token goes to Google's hosts, or to base_url's origin when the user named
 * the credential's source too: a token that was merely found on the machine goes there only by https and within the
 * machine, for base_url may come from somewhere else; the same holds for what option fallback names. What a credential
 * file names as its token endpoint is Google's or listed by the user (option auth_allow_hosts). Plain http never leaves
 * the machine. */
#ifndef CAI_GUARD_H
#define CAI_GUARD_H

#include <stdbool.h>

#include "../../base/err.h"

typedef struct cai_guard {
  bool external;         /* credentials may be of types that read files, ask URLs and run programs; true after init */
  bool chosen;           /* the user named the credential's source, knowing base_url; false after init */
  char *universe_domain; /* never NULL */
  char *base_url;        /* may be NULL */
  char *allow_hosts;     /* may be NULL: comma-separated host or host:port */
  char *other_urls;      /* may be NULL: base URLs, separated by spaces, that are as good as base_url when `chosen` */
} cai_guard;

/* Copies; `universe_domain` NULL: googleapis.com. 0 or CHATABI_E_NOMEM. */
int cai_guard_init(cai_guard *guard, const char *universe_domain, const char *base_url, const char *allow_hosts);
void cai_guard_fini(cai_guard *guard);

/* May a Google access token or key go to `url`? 0 or CHATABI_E_AUTH_HOST. */
int cai_guard_check_google(const cai_guard *guard, const char *url, cai_err *err);

/* May another server's key go to `url`? Only to base_url's origin when there is one, and to those of other_urls; over
 * http to a listed host too. */
int cai_guard_check_key(const cai_guard *guard, const char *url, cai_err *err);

/* What a URL in a credential file is for. */
typedef enum cai_guard_kind {
  CAI_GUARD_OAUTH,         /* https, Google's OAuth token endpoints */
  CAI_GUARD_STS,           /* https, sts.googleapis.com and its regional, private and mTLS forms */
  CAI_GUARD_IAM,           /* the same forms of iamcredentials.googleapis.com */
  CAI_GUARD_SUBJECT,       /* asked for a subject token: this machine, a platform's metadata address, GitHub Actions */
  CAI_GUARD_AWS_METADATA,  /* http://169.254.169.254 or http://[fd00:ec2::254], nothing that only begins like them */
  CAI_GUARD_AWS_CONTAINER, /* https, or http to this machine and the addresses of ECS and EKS */
  CAI_GUARD_HTTPS          /* any https: gdch, whose servers are the customer's own */
} cai_guard_kind;

/* May a credential's exchange ask `url`, which the file's `member` names? Hosts in auth_allow_hosts may be asked for
 * every kind, by https or on this machine. `where` names the file. 0 or CHATABI_E_AUTH_HOST. */
int cai_guard_check_exchange(const cai_guard *guard, cai_guard_kind kind, const char *url, const char *member,
                             const char *where, cai_err *err);

#endif
