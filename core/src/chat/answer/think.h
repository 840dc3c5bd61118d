/* SPDX-License-Identifier: MIT
 * Tells apart the reasoning that some models write between tags at the start of their text: <think>...</think>. */
#ifndef CAI_THINK_H
#define CAI_THINK_H

#include <stdbool.h>

#include "../../base/buf.h"
#include "../../base/scan.h"

typedef enum cai_think_state {
  CAI_THINK_OFF, /* all of it is text */
  CAI_THINK_START,
  CAI_THINK_INSIDE,
  CAI_THINK_AFTER /* white space behind the closing tag */
} cai_think_state;

typedef struct cai_think {
  cai_think_state state;
  const char *tag; /* borrowed */
  size_t tag_len;
  size_t matched; /* characters of the tag that is looked for */
  cai_buf held;   /* what may turn out to be that tag */
  cai_span input; /* not read yet; borrowed */
} cai_think;

/* `tag` is ASCII, without brackets; NULL: everything is text. */
void cai_think_init(cai_think *think, const char *tag);
void cai_think_fini(cai_think *think);

/* The next piece of text, as between the quotes of a JSON string; it must stay until cai_think_next returned 0. */
void cai_think_feed(cai_think *think, cai_span escaped);

/* 1 with the next stretch, escaped as it came and borrowed until the next call; 0 when all was read; NOMEM. */
int cai_think_next(cai_think *think, cai_span *stretch, bool *is_reasoning);

/* At the end of the text, or of a part of it: what was held back, as above. */
int cai_think_end(cai_think *think, cai_span *stretch, bool *is_reasoning);

/* Does this text, all of it, begin with the opening tag? */
bool cai_think_begins(const char *tag, cai_span escaped);

#endif
