/* SPDX-License-Identifier: MIT
 * Finds Application Default Credentials (AIP-4110): the file that GOOGLE_APPLICATION_CREDENTIALS names, the one that
 * gcloud wrote, the metadata server; and what some tools put into the environment instead of a file (places.h). A file
 * that is there but broken ends the search: falling through would hide the mistake. */
#ifndef CAI_LOCATE_H
#define CAI_LOCATE_H

#include "credential/credential.h"
#include "exchange/places.h"
#include "origin.h"

/* Borrowed for the call. */
typedef struct cai_locate {
  const cai_places *places;
  const cai_guard *guard;
  cai_log *log;
  bool want_project; /* let the metadata server tell the project */
  bool has_file;     /* a file is in use: when it is gone, that is an error and not a reason to ask elsewhere */
} cai_locate;

/* Both set what `origin` watches, also when they fail. NULL and `err`. */
cai_credential *cai_locate_adc(const cai_locate *locate, cai_origin *origin, cai_err *err);
/* `who` says who named the file: "GOOGLE_APPLICATION_CREDENTIALS". */
cai_credential *cai_locate_file(const cai_locate *locate, const char *path, const char *who, cai_origin *origin,
                                cai_err *err);

#endif
