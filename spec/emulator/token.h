/* SPDX-License-Identifier: MIT
 * The access tokens that were issued: each has a serial number, which the journal shows in its place. Never forgotten,
 * so that a token that expired can be told from one that never was. */
#ifndef EMU_TOKEN_H
#define EMU_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/thread.h"

enum { EMU_TOKEN_TEXT = 80 };

typedef enum emu_token_state {
  EMU_TOKEN_UNKNOWN,
  EMU_TOKEN_VALID,
  EMU_TOKEN_EXPIRED,
  EMU_TOKEN_REVOKED
} emu_token_state;

typedef struct emu_token {
  char text[EMU_TOKEN_TEXT];
  int64_t expires_ms; /* cai_clock_ms */
  bool revoked;
} emu_token;

typedef struct emu_tokens {
  cai_mutex lock;
  emu_token *list; /* owned; the serial is the place, from 1 */
  uint64_t count;
  uint64_t room;
} emu_tokens;

bool emu_tokens_init(emu_tokens *tokens);
void emu_tokens_fini(emu_tokens *tokens);

/* Makes a new one and copies it to `text`; its serial, or 0 when memory or randomness is short. */
uint64_t emu_tokens_issue(emu_tokens *tokens, int64_t ttl_s, char text[EMU_TOKEN_TEXT]);

/* `serial` may be NULL; 0 for an unknown token. */
emu_token_state emu_tokens_check(emu_tokens *tokens, const char *text, uint64_t *serial);

/* From now on it is refused. */
void emu_tokens_revoke(emu_tokens *tokens, uint64_t serial);
void emu_tokens_revoke_all(emu_tokens *tokens);

#endif
