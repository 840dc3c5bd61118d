/* SPDX-License-Identifier: MIT
 * Refusals in the words and shapes of the service that is played. */
#ifndef EMU_PROBLEM_H
#define EMU_PROBLEM_H

#include "exchange.h"

/* Whose manners a path has. */
typedef enum emu_surface {
  EMU_OPENAI,
  EMU_VERTEX,   /* .../endpoints/openapi */
  EMU_ENDPOINT, /* .../endpoints/{id} */
  EMU_GEMINI,   /* the Gemini Developer API */
  EMU_VLLM,     /* a server of one's own, of today */
  EMU_OLD       /* and of long ago */
} emu_surface;

/* How an error is written. */
typedef enum emu_shape {
  EMU_SHAPE_OF_SURFACE, /* as is usual there */
  EMU_SHAPE_OPENAI,
  EMU_SHAPE_GOOGLE,
  EMU_SHAPE_GOOGLE_ARRAY, /* what the compatible paths of Google put around it */
  EMU_SHAPE_VLLM,         /* "code" is a number */
  EMU_SHAPE_VLLM_FLAT,    /* of old releases: no "error" around it */
  EMU_SHAPE_LLAMACPP,
  EMU_SHAPE_OLLAMA, /* "error" is a text */
  EMU_SHAPE_TEXT,   /* no JSON at all */
  EMU_SHAPE_EMPTY
} emu_shape;

typedef struct emu_problem {
  int status;
  int http_status; /* where it differs from `status`; 0: it does not */
  emu_shape shape;
  char message[640];
  const char *code;     /* OpenAI's "code"; NULL: null */
  const char *type;     /* OpenAI's "type"; NULL: that of the status */
  const char *param;    /* OpenAI's "param"; NULL: null */
  char param_text[96];  /* where a param that had to be made is kept */
  const char *quota;    /* Google's QuotaFailure: the quota's id; NULL: none */
  const char *reason;   /* Google's ErrorInfo; NULL: none */
  const char *domain;   /* ErrorInfo's; NULL: what the reason is known with */
  const char *metadata; /* ErrorInfo's, as JSON; NULL: that of a chat at Vertex AI */
  int64_t retry_s;      /* Google's RetryInfo; 0: none */
} emu_problem;

/* Returns false, so that a check can end with it. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
bool emu_problem_set(emu_problem *problem, int status, const char *reason, const char *format, ...);

/* A 400 about the member `param` (copied; NULL: none) with OpenAI's `code`. Returns false. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
bool emu_problem_refuse(emu_problem *problem, const char *code, const char *param, const char *format, ...);

/* Appends it. In a stream Google's has no array around it. */
void emu_problem_write(const emu_problem *problem, emu_surface surface, bool in_stream, cai_buf *out);

enum MHD_Result emu_problem_send(emu_exchange *exchange, emu_surface surface, const emu_problem *problem);

#endif
