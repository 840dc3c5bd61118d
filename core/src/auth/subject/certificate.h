/* SPDX-License-Identifier: MIT
 * An X.509 certificate for mutual TLS: the token is its chain. */
#ifndef CAI_SUBJECT_CERTIFICATE_H
#define CAI_SUBJECT_CERTIFICATE_H

#include "subject.h"

cai_subject *cai_subject_certificate_new(const cai_subject_plan *plan, cai_err *err);

#endif
