/* SPDX-License-Identifier: MIT
 * AWS (EC2, ECS, EKS, environment): a signed GetCallerIdentity request that STS sends to AWS for us. */
#ifndef CAI_SUBJECT_AWS_H
#define CAI_SUBJECT_AWS_H

#include "subject.h"

cai_subject *cai_subject_aws_new(const cai_subject_plan *plan, cai_err *err);

#endif
