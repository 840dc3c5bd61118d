/* SPDX-License-Identifier: MIT */
#include "number.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_FLOAT = 40 };                    /* "%.17g", with a decimal point of several bytes */
static const double EXACT = 9007199254740992.0; /* up to 2^53 every whole number is a double */

static void write_float(cla_text *text, double number) {
  char digits[LONGEST_FLOAT];
  int precision = 14;
  do snprintf(digits, sizeof digits, "%.*g", ++precision, number);
  while (precision < 17 && strtod(digits, NULL) != number);

  const char *point = localeconv()->decimal_point;
  char *at = strstr(digits, point);
  if (at == NULL) {
    cla_text_add(text, digits, strlen(digits));
    return;
  }
  cla_text_add(text, digits, (size_t)(at - digits));
  cla_text_add_char(text, '.');
  at += strlen(point);
  cla_text_add(text, at, strlen(at));
}

static void write_whole(cla_text *text, long long number) {
  char *at = cla_text_reserve(text, 24);
  int len = snprintf(at, 24, "%lld", number);
  text->len += (size_t)len;
}

bool cla_number_write(cla_text *text, int index) {
#if CLA_HAS_INTEGERS
  if (lua_isinteger(text->L, index)) {
    write_whole(text, (long long)lua_tointeger(text->L, index));
    return true;
  }
#endif
  double number = (double)lua_tonumber(text->L, index);
  if (!isfinite(number)) return false;
  /* 5.0 is written as 5: servers refuse "max_tokens": 5.0, and 10 / 2 makes one in Lua 5.3 and later. */
  if (fabs(number) < EXACT && (double)(long long)number == number) {
    write_whole(text, (long long)number);
  } else {
    write_float(text, number);
  }
  return true;
}

/* Digits with an optional sign into `whole`; false when there is a fraction or exponent, or it does not fit. */
static bool read_whole(const char *digits, size_t len, long long *whole) {
  bool negative = digits[0] == '-';
  uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
  uint64_t sum = 0;
  for (size_t i = negative; i < len; i++) {
    if (digits[i] < '0' || digits[i] > '9') return false;
    uint64_t digit = (uint64_t)(digits[i] - '0');
    if (sum > (limit - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  if (!negative || sum == 0) {
    *whole = (long long)sum;
  } else {
    *whole = -(long long)(sum - 1) - 1;
  }
  return true;
}

static double read_float(cla_text *scratch, const char *digits, size_t len) {
  const char *point = memchr(digits, '.', len);
  size_t head = point == NULL ? len : (size_t)(point - digits);
  cla_text_clear(scratch);
  cla_text_add(scratch, digits, head);
  if (point != NULL) {
    const char *local = localeconv()->decimal_point;
    cla_text_add(scratch, local, strlen(local));
    cla_text_add(scratch, point + 1, len - head - 1);
  }
  cla_text_add_char(scratch, '\0');
  double number = strtod(scratch->data, NULL);
  cla_text_clear(scratch);
  return number;
}

bool cla_number_push(cla_text *scratch, const char *digits, size_t len) {
  long long whole;
  if (read_whole(digits, len, &whole)) {
#if CLA_HAS_INTEGERS
    lua_Integer integer = (lua_Integer)whole;
    if ((long long)integer == whole) {
      lua_pushinteger(scratch->L, integer);
      return true;
    }
#endif
    lua_pushnumber(scratch->L, (lua_Number)whole);
    return true;
  }
  double number = read_float(scratch, digits, len);
  if (!isfinite(number)) return false;
  lua_pushnumber(scratch->L, (lua_Number)number);
  return true;
}
