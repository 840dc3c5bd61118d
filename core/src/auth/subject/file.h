/* SPDX-License-Identifier: MIT
 * A file that somebody else keeps up to date, text or JSON. */
#ifndef CAI_SUBJECT_FILE_H
#define CAI_SUBJECT_FILE_H

#include "subject.h"

cai_subject *cai_subject_file_new(const cai_subject_plan *plan, cai_err *err);

#endif
