/* SPDX-License-Identifier: MIT
 * A request as the host holds it: the reading end of an attempt. One host thread at a time, but for cancel and state.
 */
#ifndef CAI_REQUEST_H
#define CAI_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../engine/attempt.h"
#include "chatabi.h"

struct chatabi_request {
  unsigned generation;  /* of the process, see life.h */
  cai_attempt *attempt; /* counted */
  int event;            /* what next returned last; 0: no event is current */
  bool seen;            /* an event or the attempt's end was returned: headers do not change any more */
  bool ended;
  char *result; /* made when first asked for */
  size_t result_len;
  char *error_json; /* likewise */
};

/* A request that waits to be attended to by the loop. Takes `options` over. NULL when out of memory. */
chatabi_request *cai_request_new(cai_loop *loop, int64_t id, const char *body, size_t len, cai_options *options);
void cai_request_free(chatabi_request *request);

int cai_request_next(chatabi_request *request, int timeout_ms);
const char *cai_request_text(const chatabi_request *request, size_t *len);
const char *cai_request_json(const chatabi_request *request, size_t *len);
const char *cai_request_result(chatabi_request *request, size_t *len);
int cai_request_error(const chatabi_request *request);
const char *cai_request_message(const chatabi_request *request);
const char *cai_request_error_json(chatabi_request *request);
int64_t cai_request_info(const chatabi_request *request, int what);
const char *cai_request_header(const chatabi_request *request, const char *name);
void cai_request_cancel(chatabi_request *request);

#endif
