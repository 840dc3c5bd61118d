/* SPDX-License-Identifier: MIT
 * From the body that the user gave to the body that this server wants, by the table parameters.def. Members that need
 * no change are copied byte by byte. */
#ifndef CAI_REWRITE_H
#define CAI_REWRITE_H

#include "../../base/buf.h"
#include "../../base/err.h"
#include "../../base/http.h"
#include "../../base/scan.h"
#include "dialect.h"

typedef struct cai_rewrite {
  cai_buf body;        /* what to send */
  char *model;         /* as it is sent; NULL when the body names none */
  cai_headers headers; /* to send with it */
  cai_buf notes;       /* lines for the log, what was done to which member; never what messages say */
  cai_buf warnings;    /* likewise, what the user should know */
  bool patient;        /* the server may take half an hour to begin */
  bool no_usage;       /* to be set before the run: this server does not know stream_options, do not add them */
  bool asks_usage;     /* they were added */
} cai_rewrite;

void cai_rewrite_init(cai_rewrite *rewrite);
void cai_rewrite_fini(cai_rewrite *rewrite);

/* `body`: what cai_body_check found to be an object. `model` (may be NULL) fills in where the body names none, with
 * `model_wins` always. Only for paths that end in /chat/completions; for /completions and /embeddings the model alone
 * is written, and a body for any other path stays as it is. `path` NULL is the default one. `rewrite` is fresh from
 * init but for no_usage. 0, CHATABI_E_BODY naming the member and what to do, NOMEM or TOO_LARGE. */
int cai_rewrite_run(cai_rewrite *rewrite, cai_dialect dialect, const char *path, cai_span body, const char *model,
                    bool model_wins, cai_err *err);

#endif
