/* SPDX-License-Identifier: MIT
 * Copies an object or array and changes some of it on the way: what is kept is copied byte by byte, the white space
 * around it too, so that a copy in which nothing was changed is the same text.
 *
 *     cai_patch_open(&patch, object, out);
 *     while (cai_patch_member(&patch))
 *       if (unwanted(patch.key)) cai_patch_drop(&patch); else cai_patch_keep(&patch);
 *     cai_patch_close(&patch);
 *
 * A value is replaced by writing it to `out` between _begin and _end. Errors stay in `out`. */
#ifndef CAI_PATCH_H
#define CAI_PATCH_H

#include "../../base/buf.h"
#include "../../base/scan.h"

typedef struct cai_patch {
  cai_span key; /* of the current member, as cai_scan_member gives it */
  cai_span value;
  cai_buf *out;
  cai_scan scan;
  const char *from; /* behind what was dealt with */
  const char *end;
  bool any; /* something stands before the next member */
} cai_patch;

void cai_patch_open(cai_patch *patch, cai_span container, cai_buf *out);
bool cai_patch_member(cai_patch *patch);
bool cai_patch_element(cai_patch *patch);

/* One of these for each member or element. */
void cai_patch_keep(cai_patch *patch);
void cai_patch_drop(cai_patch *patch);
void cai_patch_begin(cai_patch *patch);
void cai_patch_rename(cai_patch *patch, const char *name); /* as begin, under another name */
void cai_patch_end(cai_patch *patch);

/* Between them: writes the name of another member (escapes in it); its value is to follow. */
void cai_patch_add(cai_patch *patch, cai_span name);

void cai_patch_close(cai_patch *patch);

/* Is `value` the string `text`, escapes resolved? */
bool cai_patch_is(cai_span value, const char *text);

#endif
