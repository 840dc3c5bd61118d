/* SPDX-License-Identifier: MIT
 * Which type of medium a URL means. */
#ifndef CAI_MEDIUM_H
#define CAI_MEDIUM_H

#include "../../base/scan.h"

typedef enum cai_medium {
  CAI_MEDIUM_OTHER, /* no URL that we know: an id, bare base64 */
  CAI_MEDIUM_DATA,  /* data: */
  CAI_MEDIUM_GS,    /* gs:// */
  CAI_MEDIUM_WEB    /* http:// or https:// */
} cai_medium;

/* `url` is a JSON string; without looking at more of it than needed. */
cai_medium cai_medium_of(cai_span url);

/* Is `url` a data: URL in base64, and of this MIME type? */
bool cai_medium_is_base64(cai_span url);
bool cai_medium_is(cai_span url, const char *mime);

/* The MIME type that a file name's or URL's ending tells; NULL when it tells none. Static. */
const char *cai_medium_mime(cai_span url);

#endif
