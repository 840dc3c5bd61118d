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
  EMU_GEMINI    /* the Gemini Developer API */
} emu_surface;

typedef struct emu_problem {
  int status;
  char message[640];
  const char *code;     /* OpenAI's "code"; NULL: null */
  const char *param;    /* OpenAI's "param"; NULL: null */
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

/* Appends {"error":...}, in the array that the compatible paths of Google use where `in_array`. */
void emu_problem_write(const emu_problem *problem, emu_surface surface, bool in_array, cai_buf *out);

enum MHD_Result emu_problem_send(emu_exchange *exchange, emu_surface surface, const emu_problem *problem);

#endif
