/* SPDX-License-Identifier: MIT
 * A program that prints the token (AIP-4117, executable-sourced). */
#ifndef CAI_SUBJECT_EXECUTABLE_H
#define CAI_SUBJECT_EXECUTABLE_H

#include "subject.h"

cai_subject *cai_subject_executable_new(const cai_subject_plan *plan, cai_err *err);

#endif
