/* SPDX-License-Identifier: MIT
 * The credential of a client and its current access token: finds it, says which HTTP exchange it needs, is fed the
 * reply, and decides when to renew. Does no network I/O and waits for nothing; reads credential files. Only the
 * client's I/O thread calls it, but for cai_token_new.
 *
 *   lease: READY -> send with it.  WAIT -> ask again after the next cai_token_reply,
 *   or when nothing is due any more.  FAILED -> the sentence says why.
 *   want:  true -> run this HTTP exchange or program and give its reply to cai_token_reply; one at a time.
 *
 * The policy: fresh, used. Within 225 s of expiry (40 % of its life when that is shorter than 600 s): used, and renewed
 * in the background, repeated with a growing pause until it works. Last 10 s, or expired: leases wait for the one
 * renewal under way, but not for one that may not begin for more than 11 s: they fail with what went wrong last. A
 * failed renewal never fails a lease whose token still works. */
#ifndef CAI_TOKEN_H
#define CAI_TOKEN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/http.h"
#include "../base/log.h"
#include "credential/credential.h"
#include "exchange/errand.h"
#include "exchange/places.h"
#include "exchange/setback.h"

typedef enum cai_source {
  CAI_SOURCE_NONE,
  CAI_SOURCE_ADC,
  CAI_SOURCE_FILE,
  CAI_SOURCE_JSON,
  CAI_SOURCE_METADATA,
  CAI_SOURCE_GCLOUD,
  CAI_SOURCE_TOKEN,
  CAI_SOURCE_API_KEY
} cai_source;

/* How an API key travels. */
typedef enum cai_key_style { CAI_KEY_BEARER, CAI_KEY_GOOGLE /* x-goog-api-key */ } cai_key_style;

/* All text is borrowed for the call of cai_token_new only. */
typedef struct cai_auth {
  cai_source source;
  bool chosen;       /* the user named the source; false: it is the provider's default */
  const char *value; /* path, JSON text, token, key, service account's email or gcloud's account; NULL where none is
                        needed */
  cai_key_style key_style;
  const char *key_variables; /* static: names of the variables in which a key was looked for in vain; NULL: none */
  const char *project;       /* configured; NULL: found with the credential */
  bool needs_project;        /* ask the metadata server for it when nothing else knows */
  bool deployed;             /* requests are for a self-deployed endpoint, which is never global */
  const char *quota_project;
  const char *universe_domain; /* NULL: googleapis.com */
  const char *base_url;        /* trusted with the credential when `chosen`; may be NULL */
  const char *other_urls;      /* the same for these, separated by spaces; may be NULL */
  const char *allow_hosts;     /* comma-separated hosts that credential files may name besides Google's; may be NULL */
  bool allow_external;         /* source JSON may be of a type that reads files, asks URLs and runs programs */
} cai_auth;

typedef struct cai_token cai_token;

/* Reads no file yet. `places` is copied. NULL when out of memory. */
cai_token *cai_token_new(const cai_auth *auth, const cai_places *places, cai_log *log);
void cai_token_free(cai_token *token);

typedef enum cai_lease_state { CAI_LEASE_READY, CAI_LEASE_WAIT, CAI_LEASE_FAILED } cai_lease_state;

/* Everything borrowed until the next call on this token. */
typedef struct cai_lease {
  const char *header; /* "Authorization", "x-goog-api-key"; NULL: nothing to send */
  const char *value;
  const char *project;       /* found project; may be NULL */
  const char *location;      /* gcloud's; may be NULL */
  const char *quota_project; /* for x-goog-user-project; may be NULL */
  unsigned generation;       /* which token this is, for cai_token_reject */
} cai_lease;

/* `url` is where the credential would go; a host that it does not belong to is refused with CHATABI_E_AUTH_HOST. To
 * learn the project before the URL can be built, `url` may be NULL: then only project and quota_project are filled.
 * `refused` is the generation of the token that this one's server did not accept, 0 for none: that token is not handed
 * to it again, though it may still do for others. */
cai_lease_state cai_token_lease(cai_token *token, cai_now now, const char *url, unsigned refused, cai_lease *lease,
                                cai_err *err);

/* The server answered 401 to the token of `generation`, with this Date header (may be NULL). Invalidates it only if it
 * is still the current one. Says what another lease would bring; nothing else for a static token or key. */
cai_remedy cai_token_reject(cai_token *token, unsigned generation, cai_now now, const char *date);

/* Why the last lease failed, as data; NULL when it did not, or for another reason than the credential. Borrowed until
 * the next call. */
const cai_setback *cai_token_setback(const cai_token *token);

/* The last renewal's failure, while none has succeeded since; else NULL. Borrowed until the next call. */
const cai_setback *cai_token_trouble(const cai_token *token);

/* What the user can do about a refused token that nothing renews; false: there is nothing to say but what always holds.
 */
bool cai_token_advice(const cai_token *token, char *text, size_t size);

/* Replaces a static token (source "token"). 0 or CHATABI_E_NOMEM. */
int cai_token_replace(cai_token *token, const char *value);

/* Fills `errand` (initialised by the caller, finished by the caller) with an exchange that is due now. Not while one is
 * under way. */
bool cai_token_want(cai_token *token, cai_now now, cai_errand *errand);
void cai_token_reply(cai_token *token, cai_now now, const cai_http_reply *reply);

/* Milliseconds until cai_token_want may have something, 0 at once, -1 nothing foreseeable. */
int64_t cai_token_due_ms(const cai_token *token, cai_now now);

/* Lets it begin without a lease (warm-up). */
void cai_token_prefetch(cai_token *token, cai_now now);

/* A number that is another one whenever cai_token_status would say something else for another reason than the time. */
int64_t cai_token_changes(const cai_token *token);

/* Adds type, principal, project, quota_project, universe_domain, expires_at, last renewal and error, counters; no
 * secrets. False when out of memory. */
bool cai_token_status(const cai_token *token, cai_now now, cJSON *object);

#endif
