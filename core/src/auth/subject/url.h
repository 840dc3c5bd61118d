/* SPDX-License-Identifier: MIT
 * A URL on this machine or of the platform, which answers with text or JSON. */
#ifndef CAI_SUBJECT_URL_H
#define CAI_SUBJECT_URL_H

#include "subject.h"

cai_subject *cai_subject_url_new(const cai_subject_plan *plan, cai_err *err);

#endif
