/* SPDX-License-Identifier: MIT
 * Which headers and parts of a URL may stand in a recording. */
#ifndef CAI_SCRUB_H
#define CAI_SCRUB_H

#include <stdbool.h>

#include "../../base/buf.h"

/* Stands for what is not shown. */
#define CAI_SCRUBBED "***"

/* Does the name of a header or of a URL's parameter say that its value is a secret? */
bool cai_scrub_is_secret(const char *name);

/* May the value be shown? Of a request's headers only those that are known to hold no secret: what the user adds may be
 * anything. Of a response's, all whose names do not speak against it. */
bool cai_scrub_shows_sent(const char *name);
bool cai_scrub_shows_received(const char *name);

/* Appends a URL or path without user name and password, and without the values of secret parameters. Returns
 * out->error. */
int cai_scrub_url(cai_buf *out, const char *url);

#endif
