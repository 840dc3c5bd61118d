/* SPDX-License-Identifier: MIT
 * How long the server asks us to wait: headers and Google's durations. */
#ifndef CAI_RETRY_AFTER_H
#define CAI_RETRY_AFTER_H

#include <stdint.h>

#include "../../base/http.h"

/* The larger of Retry-After (seconds or date) and retry-after-ms; -1 when neither says anything usable, such as a
 * date that is past or a number of years. `headers` may be NULL. */
int64_t cai_retry_after_ms(const cai_headers *headers, int64_t wall_ms);

/* "34s", "1.5s" (google.protobuf.Duration as JSON); -1 for anything else. `text` may be NULL. */
int64_t cai_retry_after_duration_ms(const char *text);

#endif
