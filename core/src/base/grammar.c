/* SPDX-License-Identifier: MIT
 * The grammar of JSON as a loop with a bounded stack of brackets: no recursion, so no text can exhaust the host's
 * stack. */
#include <string.h>

#include "chatabi.h"
#include "scan.h"

typedef struct checker {
  const char *at;
  const char *end;
  const char *why;
} checker;

static bool bad(checker *c, const char *why) {
  c->why = why;
  return false;
}

static void skip_space(const char **at, const char *end) {
  while (*at < end && (**at == ' ' || **at == '\n' || **at == '\r' || **at == '\t')) (*at)++;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

static bool check_word(checker *c, const char *word) {
  size_t len = strlen(word);
  if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0) return bad(c, "not a JSON value");
  c->at += len;
  return true;
}

static bool check_digits(checker *c) {
  if (c->at == c->end || !is_digit(*c->at)) return bad(c, "a digit is missing");
  while (c->at < c->end && is_digit(*c->at)) c->at++;
  return true;
}

static bool check_number(checker *c) {
  if (*c->at == '-') c->at++;
  if (c->at < c->end && *c->at == '0') {
    c->at++;
    if (c->at < c->end && is_digit(*c->at)) return bad(c, "a number begins with 0");
  } else if (!check_digits(c)) {
    return false;
  }
  if (c->at < c->end && *c->at == '.') {
    c->at++;
    if (!check_digits(c)) return false;
  }
  if (c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
    c->at++;
    if (c->at < c->end && (*c->at == '+' || *c->at == '-')) c->at++;
    return check_digits(c);
  }
  return true;
}

static bool check_escape(checker *c) {
  c->at++;
  if (c->at == c->end) return bad(c, "a string has no end");
  char kind = *c->at;
  if (kind != 'u') {
    if (!strchr("\"\\/bfnrt", kind) || kind == '\0') return bad(c, "an unknown escape");
    c->at++;
    return true;
  }
  c->at++;
  for (int i = 0; i < 4; i++, c->at++)
    if (c->at == c->end || !is_hex(*c->at)) return bad(c, "\\u wants four hexadecimal digits");
  return true;
}

static bool check_string(checker *c) {
  c->at++;
  while (c->at < c->end) {
    unsigned char byte = (unsigned char)*c->at;
    if (byte == '"') {
      c->at++;
      return true;
    }
    if (byte < 0x20) return bad(c, "a control character inside a string");
    if (byte == '\\') {
      if (!check_escape(c)) return false;
    } else {
      c->at++;
    }
  }
  return bad(c, "a string has no end");
}

static bool check_scalar(checker *c) {
  if (c->at == c->end) return bad(c, "the text ends where a value is expected");
  switch (*c->at) {
    case '"': return check_string(c);
    case 't': return check_word(c, "true");
    case 'f': return check_word(c, "false");
    case 'n': return check_word(c, "null");
    default:
      if (*c->at == '-' || is_digit(*c->at)) return check_number(c);
      return bad(c, "not a JSON value");
  }
}

static bool check_key(checker *c) {
  skip_space(&c->at, c->end);
  if (c->at == c->end || *c->at != '"') return bad(c, "a member's name is missing");
  if (!check_string(c)) return false;
  skip_space(&c->at, c->end);
  if (c->at == c->end || *c->at != ':') return bad(c, "':' is missing");
  c->at++;
  return true;
}

/* Opens containers until a scalar or an empty container was read. `open` is the stack of closing brackets. */
static bool check_value(checker *c, char *open, size_t *depth) {
  for (;;) {
    skip_space(&c->at, c->end);
    if (c->at == c->end || (*c->at != '{' && *c->at != '[')) return check_scalar(c);
    if (*depth == CAI_SCAN_DEPTH) return bad(c, "nested too deeply");
    char closing = *c->at == '{' ? '}' : ']';
    open[(*depth)++] = closing;
    c->at++;
    skip_space(&c->at, c->end);
    if (c->at < c->end && *c->at == closing) {
      c->at++;
      (*depth)--;
      return true;
    }
    if (closing == '}' && !check_key(c)) return false;
  }
}

/* After a value: closes what ends here. True with *more when another value follows inside an open container. */
static bool check_after(checker *c, char *open, size_t *depth, bool *more) {
  *more = false;
  while (*depth > 0) {
    skip_space(&c->at, c->end);
    if (c->at == c->end) return bad(c, "the text ends inside an object or array");
    char closing = open[*depth - 1];
    if (*c->at == closing) {
      c->at++;
      (*depth)--;
      continue;
    }
    if (*c->at != ',') return bad(c, closing == '}' ? "',' or '}' is missing" : "',' or ']' is missing");
    c->at++;
    *more = true;
    return closing == ']' || check_key(c);
  }
  return true;
}

static bool check_text(checker *c) {
  char open[CAI_SCAN_DEPTH];
  size_t depth = 0;
  bool more = true;
  while (more)
    if (!check_value(c, open, &depth) || !check_after(c, open, &depth, &more)) return false;
  skip_space(&c->at, c->end);
  return c->at == c->end || bad(c, "text after the end of the value");
}

int cai_scan_check(const char *text, size_t len, size_t *offset, const char **why) {
  checker c = {.at = text, .end = text + len};
  if (check_text(&c)) return 0;
  if (offset) *offset = (size_t)(c.at - text);
  if (why) *why = c.why;
  return CHATABI_E_JSON;
}
