/* SPDX-License-Identifier: MIT
 * Reading JSON text from the left: the parts of json_decode.c that json_pieces.c needs too. A function that returns
 * false has noted why; what it pushed until then is left for cla_decoder_fault. */
#ifndef CLA_JSON_DECODER_H
#define CLA_JSON_DECODER_H

#include <stdbool.h>

#include "text.h"

typedef struct cla_decoder {
  lua_State *L;
  const char *start, *at, *end;
  const char *why; /* what is wrong at `at`; NULL so far */
  int depth;
  int top; /* of the stack, before the decoder came */
  cla_text scratch;
} cla_decoder;

/* Pushes one value onto the stack, which stays there while the decoder is in use. `text` must stay alive. */
void cla_decoder_init(cla_decoder *json, lua_State *L, const char *text, size_t len);
void cla_decoder_space(cla_decoder *json);

/* Takes `c` when it is next. */
bool cla_decoder_accept(cla_decoder *json, char c);

/* Pushes the value that is next. */
bool cla_decoder_value(cla_decoder *json);

/* After '[' or '{', with a table on the stack: fills it, `take` pushing each value, to the end of the array or object.
 */
bool cla_decoder_elements(cla_decoder *json, bool (*take)(cla_decoder *json));
bool cla_decoder_members(cla_decoder *json, bool (*take)(cla_decoder *json));

/* Is there nothing more but space? */
bool cla_decoder_end(cla_decoder *json);

/* Notes why the text is wrong, unless that is noted already; returns false. */
bool cla_decoder_fail(cla_decoder *json, const char *why);

/* Puts nothing but a sentence about what is wrong where the decoder was on the stack. */
void cla_decoder_fault(cla_decoder *json);

#endif
