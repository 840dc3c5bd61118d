/* SPDX-License-Identifier: MIT
 * Adds up chunks to the chat.completion that the server would have sent without streaming. */
#ifndef CAI_ANSWER_H
#define CAI_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "../../base/buf.h"
#include "../../base/scan.h"
#include "batch.h"
#include "finish.h"
#include "usage.h"

typedef struct cai_answer cai_answer;

/* `max_bytes` bounds what it keeps. NULL when out of memory. */
cai_answer *cai_answer_new(size_t max_bytes);
void cai_answer_free(cai_answer *answer);

/* From now on text that begins with <tag> is reasoning up to </tag>. `tag` is ASCII without brackets, copied; NULL, the
 * default: no such tag. To be set while the answer is empty; stays over a reset. 0 or NOMEM. */
int cai_answer_set_think_tag(cai_answer *answer, const char *tag);

/* Empties it, for another attempt. */
void cai_answer_reset(cai_answer *answer);

/* Adds one chat.completion.chunk (checked JSON) and appends the events that it makes to `out`. What has no "choices",
 * while nothing had, is of another path's stream: an OTHER event, and the last of them is the result. 0, NOMEM,
 * TOO_LARGE, or CHATABI_E_PROTOCOL for something that is no chunk. */
int cai_answer_add_chunk(cai_answer *answer, cai_span chunk, cai_batch *out);

/* Takes a whole chat.completion, or what another path answers (checked JSON), and appends its events. It is kept byte
 * by byte as result, unless something in it must be mended first (see whole.h). */
int cai_answer_set_whole(cai_answer *answer, cai_span completion, cai_batch *out);

/* At the end of the answer: appends what was held back, and one CHATABI_TOOL event for each assembled tool call. */
int cai_answer_finish(cai_answer *answer, cai_batch *out);

/* Instead of that when the answer broke off: appends what could have become a tag or a character. */
int cai_answer_settle(cai_answer *answer, cai_batch *out);

bool cai_answer_is_empty(const cai_answer *answer);
/* Has every choice seen so far a finish reason? Without choices: does it look like a whole answer of another path? */
bool cai_answer_is_finished(const cai_answer *answer);
cai_usage cai_answer_usage(const cai_answer *answer);

/* Of choice 0: a cai_finish. */
int cai_answer_finish_reason(const cai_answer *answer);
/* Its "id", a JSON string; absent when it has none. Borrowed until the answer changes. */
cai_span cai_answer_id(const cai_answer *answer);

/* Appends the chat.completion as JSON; nothing when empty. Returns out->error. */
int cai_answer_json(const cai_answer *answer, cai_buf *out);

#endif
