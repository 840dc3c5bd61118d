/* SPDX-License-Identifier: MIT
 * The inside of cai_token, for the files that implement it: token.c (who gets it), token_run.c (how it is got),
 * wallet.c (which credential, which project), token_status.c. */
#ifndef CAI_TOKEN_STATE_H
#define CAI_TOKEN_STATE_H

#include "credential/credential.h"
#include "exchange/guard.h"
#include "expiry.h"
#include "fixed.h"
#include "gcloud_config.h"
#include "origin.h"
#include "renewal.h"
#include "token.h"

/* Where the credential is, and what is known besides it. */
typedef struct cai_wallet {
  cai_source source;
  char *value; /* path, JSON text (secret) or email */
  cai_places places;
  cai_guard guard;
  cai_log *log;
  char *project; /* configured */
  char *quota_project;
  bool needs_project;
  bool deployed; /* requests are for a self-deployed endpoint */
  bool gcloud_asked;
  cai_gcloud_config gcloud;
  cai_origin origin;
  cai_credential *credential; /* NULL until it was found; always NULL for sources without exchange */
} cai_wallet;

struct cai_token {
  cai_wallet wallet;
  cai_fixed fixed; /* sources token and api_key */
  cai_key_style key_style;
  cai_log *log;
  char *header; /* "Bearer ...", secret; NULL: no token yet */
  cai_expiry expiry;
  unsigned generation;
  bool rejected;
  cai_remedy remedy;         /* what the last rejection led to */
  unsigned asked_generation; /* of the token that the remedy is for */
  int64_t
      forced; /* renewals of rejected tokens, less one for each ten seconds since the last: a server may reject all */
  int64_t forced_boot_ms;
  cai_renewal renewal;
  cai_setback refusal; /* what the last lease that failed was told */
  cai_errand prepared; /* the exchange that is wanted; valid while has_prepared */
  bool has_prepared;
  bool running; /* in the middle of a run of several exchanges */
  int64_t renewed_wall_ms;
  int64_t renewals, failures, rejections;
};

cai_freshness cai_token_phase(const cai_token *token, cai_now now);
/* Finds the credential unless it was found before; whatever failed until then is forgotten. 0 or an error. */
int cai_token_open(cai_token *token, cai_err *err);
/* Begins an exchange. It may have ended already, well or badly, when it returns. */
void cai_token_run(cai_token *token, cai_now now);

int cai_wallet_init(cai_wallet *wallet, const cai_auth *auth, const cai_places *places, cai_log *log);
void cai_wallet_fini(cai_wallet *wallet);

/* Is there an exchange to make at all? */
bool cai_wallet_exchanges(const cai_wallet *wallet);
/* Finds the credential unless it was found before. 0 or an error. */
int cai_wallet_open(cai_wallet *wallet, cai_err *err);
/* Reads the credential again when its file changed (or appeared). 1: there is a new one; 0: nothing changed; negative:
 * what is there now is broken, or the file is gone, and the old one stays. */
int cai_wallet_reopen(cai_wallet *wallet, cai_err *err);

/* Borrowed; NULL when not known. */
const char *cai_wallet_project(cai_wallet *wallet);
const char *cai_wallet_quota_project(const cai_wallet *wallet);
const char *cai_wallet_location(cai_wallet *wallet);
/* The same from what is known already: reads no file. */
const char *cai_wallet_known_project(const cai_wallet *wallet);
const char *cai_wallet_known_location(const cai_wallet *wallet);
/* Will the credential's run tell the project that is needed and not known yet? */
bool cai_wallet_project_pending(cai_wallet *wallet);

#endif
