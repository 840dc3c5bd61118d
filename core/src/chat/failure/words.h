/* SPDX-License-Identifier: MIT
 * The server's own words, made fit to stand in a sentence for the user. */
#ifndef CAI_WORDS_H
#define CAI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "../../base/scan.h"

enum { CAI_WORDS_MAX = 500 };

/* Owned text of at most CAI_WORDS_MAX bytes: valid UTF-8, white space and control characters drawn together to one
 * space. NULL when nothing is left or memory is short. */
char *cai_words_of(const char *text, size_t len);

/* The same of a JSON string's content or another scalar; NULL for null, absent, an object and an array. */
char *cai_words_of_value(cai_span value);

/* Does the body look like a page, not like JSON or plain text? */
bool cai_words_is_html(const char *text, size_t len);

/* A page's title, or else its first visible text; NULL when it has none. */
char *cai_words_of_html(const char *text, size_t len);

#endif
