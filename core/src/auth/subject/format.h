/* SPDX-License-Identifier: MIT
 * How a subject token stands in what a file or a URL gives: alone, or as a member of a JSON object. */
#ifndef CAI_FORMAT_H
#define CAI_FORMAT_H

#include <stddef.h>

#include "subject.h"

enum { CAI_FORMAT_MAX = 1024 * 1024 }; /* bytes of content that a source may give */

typedef struct cai_format {
  char *field; /* owned; NULL: the content is the token */
} cai_format;

/* Reads "format" of credential_source. 0, CHATABI_E_AUTH_SOURCE or _NOMEM. To be finished in any case. */
int cai_format_init(cai_format *format, const cai_subject_plan *plan, cai_err *err);
void cai_format_fini(cai_format *format);

/* Puts the token into the outcome. `what` names the content in messages ("the file /run/token"), `origin` the
 * credential file. */
cai_step cai_format_read(const cai_format *format, const char *what, const char *origin, const char *content,
                         size_t len, cai_subject_outcome *outcome);

#endif
