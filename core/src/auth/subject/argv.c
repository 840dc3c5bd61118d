/* SPDX-License-Identifier: MIT */
#include "argv.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../../base/buf.h"
#include "chatabi.h"

static bool is_blank(char c) { return c != '\0' && strchr(" \t\r\n", c) != NULL; }

/* What stands in the quotes that open at `at`. The closing quote, or NULL. */
static const char *take_quoted(const char *at, cai_buf *word) {
  char quote = *at;
  for (at++; *at && *at != quote; at++) {
    bool escapes = quote == '"' && *at == '\\' && (at[1] == '"' || at[1] == '\\');
    if (escapes) at++;
    cai_buf_byte(word, *at);
  }
  return *at ? at : NULL;
}

/* Where the word that begins at `at` ends, or NULL. */
static const char *take_word(const char *at, cai_buf *word) {
  for (; *at && !is_blank(*at); at++) {
    if (*at == '"' || *at == '\'')
      at = take_quoted(at, word);
    else if (*at != '\\')
      cai_buf_byte(word, *at);
    else if (at[1])
      cai_buf_byte(word, *++at);
    else
      at = NULL;
    if (!at) return NULL;
  }
  return at;
}

int cai_argv_split(const char *text, cai_command *command) {
  cai_buf word;
  cai_buf_init(&word, SIZE_MAX / 2);
  const char *at = text + strspn(text, " \t\r\n");
  int error = *at ? 0 : CHATABI_E_ARG;
  while (!error && *at) {
    cai_buf_reset(&word);
    at = take_word(at, &word);
    error = word.error ? word.error : !at ? CHATABI_E_ARG : cai_command_add(command, cai_buf_view(&word));
    if (!error) at += strspn(at, " \t\r\n");
  }
  cai_buf_fini(&word);
  return error;
}
