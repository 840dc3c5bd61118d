/* SPDX-License-Identifier: MIT */
#include "subject.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "aws.h"
#include "certificate.h"
#include "chatabi.h"
#include "executable.h"
#include "file.h"
#include "url.h"

void cai_subject_outcome_init(cai_subject_outcome *outcome) {
  outcome->token = NULL;
  cai_setback_clear(&outcome->setback);
}

void cai_subject_outcome_fini(cai_subject_outcome *outcome) {
  cai_free_secret(outcome->token);
  outcome->token = NULL;
}

cai_step cai_subject_nomem(cai_subject_outcome *outcome) {
  cai_err_nomem(&outcome->setback.err);
  outcome->setback.transient = true;
  return CAI_STEP_FAILED;
}

cai_step cai_subject_fail(cai_subject_outcome *outcome, const char *format, ...) {
  char text[CAI_ERR_MESSAGE];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  outcome->setback.stage = CAI_STAGE_SUBJECT_TOKEN;
  cai_err_set(&outcome->setback.err, CHATABI_E_AUTH_SOURCE, "%s", text);
  return CAI_STEP_FAILED;
}

int cai_subject_init(cai_subject *subject, const cai_subject_ops *ops, const cai_subject_plan *plan) {
  subject->ops = ops;
  subject->log = plan->document->log;
  return cai_strset(&subject->origin, plan->document->origin);
}

void cai_subject_fini(cai_subject *subject) {
  cai_free(subject->origin);
  cai_free_secret(subject->secret);
}

void cai_subject_free(cai_subject *subject) {
  if (subject) subject->ops->free(subject);
}

typedef struct kind {
  const char *member;
  cai_subject *(*make)(const cai_subject_plan *plan, cai_err *err);
} kind;

static const kind kinds[] = {{"certificate", cai_subject_certificate_new},
                             {"environment_id", cai_subject_aws_new},
                             {"executable", cai_subject_executable_new},
                             {"file", cai_subject_file_new},
                             {"url", cai_subject_url_new}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* AWS has a "url" too. */
static bool clashes(const kind *one, const kind *other) {
  return !(strcmp(one->member, "environment_id") == 0 && strcmp(other->member, "url") == 0);
}

static const kind *find(const cai_subject_plan *plan, const kind **second) {
  const kind *found = NULL;
  for (size_t i = 0; i < KINDS; i++) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(plan->source, kinds[i].member);
    if (!item || cJSON_IsNull(item)) continue;
    if (!found)
      found = &kinds[i];
    else if (clashes(found, &kinds[i]))
      *second = &kinds[i];
  }
  return found;
}

cai_subject *cai_subject_new(const cai_subject_plan *plan, cai_err *err) {
  const kind *second = NULL, *found = cJSON_IsObject(plan->source) ? find(plan, &second) : NULL;
  if (found && !second) return found->make(plan, err);
  if (found && second)
    cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"credential_source\" in %s names both \"%s\" and \"%s\": one must go.",
                plan->document->origin, found->member, second->member);
  else
    cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                "\"credential_source\" in %s names no source of subject tokens: it needs \"file\", \"url\", "
                "\"executable\", \"environment_id\" (AWS) or \"certificate\".",
                plan->document->origin);
  return NULL;
}
