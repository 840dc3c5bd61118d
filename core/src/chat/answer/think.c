/* SPDX-License-Identifier: MIT
 *
 * The text is read as it stands in JSON, character by character with escapes resolved, and given out as it stands, so
 * that a surrogate pair cut in two is still put together behind this. A tag begins with '<' and has none further in:
 * where a match breaks off, the next can begin at that character only. */
#include "think.h"

#include <stdint.h>
#include <string.h>

#include "chatabi.h"

enum { SPACE_MAX = 1024 }; /* white space before the tag; with more of it there is no tag */

void cai_think_init(cai_think *think, const char *tag) {
  memset(think, 0, sizeof *think);
  cai_buf_init(&think->held, SIZE_MAX / 2);
  think->tag = tag;
  think->tag_len = tag ? strlen(tag) : 0;
  think->state = tag ? CAI_THINK_START : CAI_THINK_OFF;
}

void cai_think_fini(cai_think *think) { cai_buf_fini(&think->held); }

void cai_think_feed(cai_think *think, cai_span escaped) { think->input = escaped; }

/* ---- characters ---- */

static int hex_of(const char *digits) {
  int sum = 0;
  for (size_t i = 0; i < 4; i++) {
    int c = (unsigned char)digits[i];
    sum = sum * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return sum;
}

static int plain_of(char escape) {
  switch (escape) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'f': return '\f';
    default: return (unsigned char)escape;
  }
}

/* The first character, and how many bytes it takes here. */
static int character(cai_span text, size_t *size) {
  *size = 1;
  if (*text.at != '\\' || text.len < 2) return (unsigned char)*text.at;
  *size = text.at[1] == 'u' && text.len >= 6 ? 6 : 2;
  return *size == 6 ? hex_of(text.at + 2) : plain_of(text.at[1]);
}

static bool is_space(int c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* What the tag that is looked for has at `think->matched`. */
static int wanted(const cai_think *think) {
  size_t lead = think->state == CAI_THINK_INSIDE ? 2 : 1, at = think->matched;
  if (at < lead) return at ? '/' : '<';
  return at - lead < think->tag_len ? (unsigned char)think->tag[at - lead] : '>';
}

static bool has_matched(const cai_think *think) {
  return think->matched == think->tag_len + (think->state == CAI_THINK_INSIDE ? 3 : 2);
}

/* ---- stretches ---- */

static void skip(cai_think *think, size_t size) {
  think->input = (cai_span){think->input.at + size, think->input.len - size};
}

static void go(cai_think *think, cai_think_state state) {
  think->state = state;
  think->matched = 0;
}

/* What was held back turned out to be no tag. The buffer keeps it until the next call. */
static int give_held(cai_think *think, cai_span *stretch) {
  *stretch = (cai_span){cai_buf_view(&think->held), think->held.len};
  think->held.len = 0;
  return stretch->len > 0;
}

static int read_start(cai_think *think, cai_span *stretch) {
  size_t size;
  while (think->input.len) {
    int c = character(think->input, &size);
    bool hit = c == wanted(think), blank = !think->matched && is_space(c) && think->held.len < SPACE_MAX;
    if (!hit && !blank) {
      go(think, CAI_THINK_OFF);
      return give_held(think, stretch);
    }
    if (cai_buf_append(&think->held, think->input.at, size)) return CHATABI_E_NOMEM;
    skip(think, size);
    think->matched += hit;
    if (!has_matched(think)) continue;
    cai_buf_reset(&think->held);
    go(think, CAI_THINK_INSIDE);
    return 0;
  }
  return 0;
}

/* Gives out what lies before `mark`, where a tag may begin, and holds back the rest, unless the tag is whole. */
static int cut(cai_think *think, const char *start, const char *mark, bool closed, cai_span *stretch) {
  *stretch = (cai_span){start, (size_t)(mark - start)};
  if (closed)
    cai_buf_reset(&think->held);
  else if (cai_buf_append(&think->held, mark, (size_t)(think->input.at - mark)))
    return CHATABI_E_NOMEM;
  if (closed) go(think, CAI_THINK_AFTER);
  return stretch->len > 0;
}

static int read_inside(cai_think *think, cai_span *stretch) {
  const char *start = think->input.at, *mark = start;
  size_t size;
  while (think->input.len) {
    int c = character(think->input, &size);
    if (c != wanted(think)) {
      think->matched = 0;
      if (think->held.len) {
        think->input = (cai_span){start, think->input.len + (size_t)(think->input.at - start)};
        return give_held(think, stretch);
      }
    }
    if (c != wanted(think)) {
      skip(think, size);
      mark = think->input.at;
      continue;
    }
    if (!think->matched++) mark = think->input.at;
    skip(think, size);
    if (has_matched(think)) return cut(think, start, mark, true, stretch);
  }
  return cut(think, start, mark, false, stretch);
}

static void read_after(cai_think *think) {
  size_t size;
  while (think->input.len && is_space(character(think->input, &size))) skip(think, size);
  if (think->input.len) go(think, CAI_THINK_OFF);
}

int cai_think_next(cai_think *think, cai_span *stretch, bool *is_reasoning) {
  while (think->input.len) {
    int got = 0;
    *is_reasoning = think->state == CAI_THINK_INSIDE;
    if (think->state == CAI_THINK_START)
      got = read_start(think, stretch);
    else if (think->state == CAI_THINK_INSIDE)
      got = read_inside(think, stretch);
    else if (think->state == CAI_THINK_AFTER)
      read_after(think);
    else {
      *stretch = think->input;
      think->input.len = 0;
      return 1;
    }
    if (got) return got;
  }
  return 0;
}

int cai_think_end(cai_think *think, cai_span *stretch, bool *is_reasoning) {
  *is_reasoning = think->state == CAI_THINK_INSIDE;
  go(think, *is_reasoning ? CAI_THINK_INSIDE : CAI_THINK_OFF);
  return give_held(think, stretch);
}

bool cai_think_begins(const char *tag, cai_span escaped) {
  cai_think think;
  cai_span stretch;
  cai_think_init(&think, tag);
  cai_think_feed(&think, escaped);
  bool begins = tag && read_start(&think, &stretch) == 0 && think.state == CAI_THINK_INSIDE;
  cai_think_fini(&think);
  return begins;
}
