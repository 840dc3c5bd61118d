/* SPDX-License-Identifier: MIT
 * What the files of one rewriting share: for whom it is, and where its notes and its refusal go. */
#ifndef CAI_REWRITING_H
#define CAI_REWRITING_H

#include "../../base/err.h"
#include "parameters.h"
#include "patch.h"
#include "rewrite.h"

typedef struct cai_rewriting {
  cai_dialect dialect;
  bool google;
  bool signs;          /* Gemini 3 and later: calls must carry thought signatures */
  bool one_detail;     /* Gemini before 3: all images in one detail */
  bool reasons;        /* OpenAI's reasoning models */
  bool gateway;        /* Gemini behind somebody else's server, which may pass on what is Google's */
  cai_span detail;     /* of the first image that has one */
  cai_rewrite *result; /* where the notes go */
  cai_err *err;
  int error; /* the first refusal */
} cai_rewriting;

/* A line for the log, once however often it happens. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void cai_rewriting_note(cai_rewriting *rewriting, const char *format, ...);
void cai_rewriting_warn(cai_rewriting *rewriting, const char *line);

/* CHATABI_E_BODY, the first one stays. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void cai_rewriting_refuse(cai_rewriting *rewriting, const char *format, ...);

/* Does what KEEP and DROP say with the current member; false for another action, which is then `*action`. */
bool cai_rewriting_simple(cai_rewriting *rewriting, cai_patch *patch, cai_scope scope, cai_action *action);

#endif
