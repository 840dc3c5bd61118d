/* SPDX-License-Identifier: MIT
 * Files of the type external_account, as the tests of their parser and of their runs need them. */
#ifndef EXTERNAL_ACCOUNT_FIXTURE_H
#define EXTERNAL_ACCOUNT_FIXTURE_H

#include "auth/credential/external_account.h"
#include "federation_fixture.h"

#define POOL "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
#define WORKFORCE "//iam.googleapis.com/locations/global/workforcePools/p/providers/q"
#define IAM "/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken"
#define IAM_URL "https://iamcredentials.googleapis.com" IAM
#define TYPE "\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\""
#define SOURCE "\"credential_source\":{\"url\":\"http://127.0.0.1:7/t\"}"
#define ACCOUNT(rest) "{\"type\":\"external_account\",\"audience\":\"" POOL "\"," TYPE "," SOURCE rest "}"
#define IMPERSONATES ",\"service_account_impersonation_url\":\"" IAM_URL "\""

#define STS_URL "https://sts.googleapis.com/v1/token"

static inline cai_credential *parse(const char *text, cai_err *err) {
  papers p;
  papers_open(&p, text);
  cai_err_clear(err);
  cai_credential *credential = cai_external_account_new(&p.document, err);
  papers_close(&p);
  return credential;
}

#endif
