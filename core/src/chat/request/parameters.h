/* SPDX-License-Identifier: MIT
 * The table of parameters (parameters.def) as data: what is done with each of them in each dialect. The rewriting runs
 * from it, and core/DIALECTS.md is printed from it. */
#ifndef CAI_PARAMETERS_H
#define CAI_PARAMETERS_H

#include <stddef.h>

#include "../../base/scan.h"
#include "dialect.h"

/* CAI_ACTION(name, what the reference page says in the cell) */
#define CAI_ACTIONS                                                                                           \
  CAI_ACTION(KEEP, "as it is")                                                                                \
  CAI_ACTION(DROP, "left out")                                                                                \
  CAI_ACTION(MODEL_GOOGLE, "`google/` before Google's models, for `models/` too")                             \
  CAI_ACTION(MODEL_BARE, "without `google/`, `models/`")                                                      \
  CAI_ACTION(LIMIT, "one of the two")                                                                         \
  CAI_ACTION(LIMIT_OLD, "as `max_tokens`")                                                                    \
  CAI_ACTION(LIMIT_NEW, "as `max_completion_tokens`")                                                         \
  CAI_ACTION(TIER, "as header")                                                                               \
  CAI_ACTION(STREAM_OPTIONS, "only with `stream`; `null` left out")                                           \
  CAI_ACTION(STREAM_USAGE, "only with `stream`; added when absent; `null`: none")                             \
  CAI_ACTION(EFFORT_VERTEX, "`minimal` as `low`, `xhigh` as `high`")                                          \
  CAI_ACTION(EFFORT_GEMINI, "`xhigh` as `high`")                                                              \
  CAI_ACTION(VALIDATED, "`validated` as `auto`")                                                              \
  CAI_ACTION(EXTRA_GOOGLE, "unwrapped; only `google` stays in it, the rest moves to the body")                \
  CAI_ACTION(EXTRA_SPREAD, "its members move to the body, `google` is left out")                              \
  CAI_ACTION(GOOGLE_WRAP, "moved into `extra_body`")                                                          \
  CAI_ACTION(SCHEMA, "schema rewritten")                                                                      \
  CAI_ACTION(MESSAGES, "see Messages")                                                                        \
  CAI_ACTION(ROLE_SYSTEM, "`developer` as `system`")                                                          \
  CAI_ACTION(ROLE_DEVELOPER, "`system` as `developer` for reasoning models")                                  \
  CAI_ACTION(CONTENT, "see Content parts")                                                                    \
  CAI_ACTION(CALLS, "see Tool calls")                                                                         \
  CAI_ACTION(ARGUMENTS, "arguments repaired")                                                                 \
  CAI_ACTION(MEDIA_GOOGLE, "URLs of other types than images as `input_audio`, data URLs as `image_url`")      \
  CAI_ACTION(FILE_GOOGLE, "data as `image_url`, URLs as `input_audio`; a `file_id` is refused")               \
  CAI_ACTION(IMAGE, "a bare text as `{\"url\"}`")                                                             \
  CAI_ACTION(IMAGE_OPENAI,                                                                                    \
             "a bare text as `{\"url\"}`; PDF data as `file`, audio data as `input_audio`; gs:// is refused") \
  CAI_ACTION(AUDIO, "`format` `mp3` or `wav`, data without `data:...,`")                                      \
  CAI_ACTION(AUDIO_OPENAI, "`format` `mp3` or `wav`, data without `data:...,`; gs:// is refused")             \
  CAI_ACTION(NO_GS, "gs:// is refused")

typedef enum cai_action {
#define CAI_ACTION(name, text) CAI_ACTION_##name,
  CAI_ACTIONS
#undef CAI_ACTION
} cai_action;

typedef enum cai_scope {
  CAI_SCOPE_BODY,
  CAI_SCOPE_MESSAGE,
  CAI_SCOPE_CALL,    /* an element of a message's tool_calls */
  CAI_SCOPE_CONTENT, /* a content part's members */
  CAI_SCOPE_PART,    /* a content part by its type */
  CAI_SCOPE_FUNCTION /* a function that is offered */
} cai_scope;

typedef struct cai_parameter {
  cai_scope scope;
  const char *name;
  cai_action actions[CAI_DIALECT_COUNT];
  const char *note; /* Markdown */
} cai_parameter;

/* NULL behind the last row. */
const cai_parameter *cai_parameter_at(size_t index);

/* What is done with the member `key` (escapes still in it); KEEP for what the table does not know. */
cai_action cai_parameter_action(cai_scope scope, cai_span key, cai_dialect dialect);

const char *cai_action_text(cai_action action);

#endif
