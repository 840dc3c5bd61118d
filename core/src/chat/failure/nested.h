/* SPDX-License-Identifier: MIT
 * Errors inside of text: gateways put what their upstream said into a sentence of their own. */
#ifndef CAI_NESTED_H
#define CAI_NESTED_H

#include "../../base/scan.h"

/* The first JSON object within the text that tells about an error; absent when there is none. */
cai_span cai_nested_find(const char *text, size_t len);

/* "rpc error: code = ResourceExhausted desc = no quota": true, with both parts. */
bool cai_nested_rpc(const char *text, size_t len, cai_span *code, cai_span *words);

#endif
