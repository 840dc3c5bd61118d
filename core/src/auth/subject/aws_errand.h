/* SPDX-License-Identifier: MIT
 * What all requests to AWS's own servers on the machine (instance metadata, container credentials) have in common. */
#ifndef CAI_AWS_ERRAND_H
#define CAI_AWS_ERRAND_H

#include "subject.h"

/* For messages. Borrowed text. */
typedef struct cai_aws_server {
  const char *name; /* "the AWS instance metadata service" */
  const char *url;
  const char *origin; /* the credential file */
  bool hide_path;     /* the path is as good as a password */
} cai_aws_server;

/* Makes `request` a GET of `url` that no proxy sees. 0 or CHATABI_E_NOMEM. */
int cai_aws_errand_get(cai_http_request *request, const char *url);

/* The setback of a reply with another status than 200, or of none; `advice` says what to do about it. Returns
 * CAI_STEP_FAILED. */
cai_step cai_aws_errand_refused(const cai_aws_server *server, cai_now now, const cai_http_reply *reply,
                                const char *advice, cai_subject_outcome *outcome);

/* The setback of a reply with status 200 that cannot be used; `why` goes on after "the reply". Worth another try.
 * Returns CAI_STEP_FAILED. */
cai_step cai_aws_errand_distrust(const cai_aws_server *server, const char *why, cai_subject_outcome *outcome);

/* The reply's text, but for white space at its end; 0 when something in it is outside of visible ASCII. */
size_t cai_aws_errand_word(const cai_http_reply *reply);

/* Is all of it visible ASCII, so that it can stand in a header? */
bool cai_aws_errand_is_visible(const char *text, size_t len);

#endif
