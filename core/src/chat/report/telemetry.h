/* SPDX-License-Identifier: MIT
 * A finished request as OpenTelemetry's GenAI attributes, one JSON line: names, numbers and reasons, never a message, a
 * tool or a schema. */
#ifndef CAI_TELEMETRY_H
#define CAI_TELEMETRY_H

#include <stdint.h>

#include "../../base/scan.h"

/* Texts may be NULL and spans absent: unknown, left out. So is a negative number, and 0 where 0 means nothing. */
typedef struct cai_telemetry {
  const char *provider;  /* option "provider": vertex, gemini, openai, compatible */
  const char *operation; /* NULL: "chat" */
  const char *address;   /* host of the server */
  int port;              /* 0: unknown */
  int http_status;       /* 0: no response came */
  int error_code;        /* 0: the answer is complete */
  int64_t total_ms;
  int64_t first_token_ms;
  int64_t attempts; /* HTTP requests made; 0: none */
  cai_span request; /* what cai_telemetry_request wrote */
  cai_span answer;  /* the chat.completion, as far as it came */
  int64_t input_tokens;
  int64_t output_tokens; /* with those of reasoning, also where the server counts them beside */
  int64_t reasoning_tokens;
  int64_t cached_tokens; /* part of the input's */
} cai_telemetry;

/* Appends the attributes of the body as it is sent: `"name":value,...` without braces, nothing when there are none. The
 * body is read once and in place. Returns out->error. */
int cai_telemetry_request(cai_buf *out, cai_span body);

/* Appends one JSON object without a line break. Returns out->error. */
int cai_telemetry_write(cai_buf *out, const cai_telemetry *facts);

#endif
