/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

bool emu_tokens_init(emu_tokens *tokens) {
  tokens->list = NULL;
  tokens->count = tokens->room = 0;
  return cai_mutex_init(&tokens->lock) == 0;
}

void emu_tokens_fini(emu_tokens *tokens) {
  cai_free(tokens->list);
  cai_mutex_fini(&tokens->lock);
}

static emu_token *add(emu_tokens *tokens) {
  if (tokens->count == tokens->room) {
    uint64_t room = tokens->room ? tokens->room * 2 : 64;
    emu_token *list = cai_realloc(tokens->list, room * sizeof *list);
    if (!list) return NULL;
    tokens->list = list;
    tokens->room = room;
  }
  return &tokens->list[tokens->count++];
}

uint64_t emu_tokens_issue(emu_tokens *tokens, int64_t ttl_s, char text[EMU_TOKEN_TEXT]) {
  unsigned char noise[12];
  uint64_t serial = 0;
  if (RAND_bytes(noise, sizeof noise) != 1) return 0;
  cai_mutex_lock(&tokens->lock);
  emu_token *token = add(tokens);
  if (token) {
    serial = tokens->count;
    int len = snprintf(token->text, sizeof token->text, "ya29.emulator-%" PRIu64 "-", serial);
    for (size_t i = 0; i < sizeof noise && len > 0; i++)
      len += snprintf(token->text + len, sizeof token->text - (size_t)len, "%02x", noise[i]);
    token->expires_ms = cai_clock_ms() + ttl_s * 1000;
    token->revoked = false;
    memcpy(text, token->text, EMU_TOKEN_TEXT);
  }
  cai_mutex_unlock(&tokens->lock);
  return serial;
}

static const char prefix[] = "ya29.emulator-";

emu_token_state emu_tokens_check(emu_tokens *tokens, const char *text, uint64_t *serial) {
  emu_token_state state = EMU_TOKEN_UNKNOWN;
  if (serial) *serial = 0;
  if (strncmp(text, prefix, sizeof prefix - 1) != 0) return state;
  uint64_t number = strtoull(text + sizeof prefix - 1, NULL, 10);
  cai_mutex_lock(&tokens->lock);
  if (number >= 1 && number <= tokens->count && strcmp(tokens->list[number - 1].text, text) == 0) {
    const emu_token *token = &tokens->list[number - 1];
    state = token->revoked                        ? EMU_TOKEN_REVOKED
            : token->expires_ms <= cai_clock_ms() ? EMU_TOKEN_EXPIRED
                                                  : EMU_TOKEN_VALID;
    if (serial) *serial = number;
  }
  cai_mutex_unlock(&tokens->lock);
  return state;
}

void emu_tokens_revoke(emu_tokens *tokens, uint64_t serial) {
  cai_mutex_lock(&tokens->lock);
  if (serial >= 1 && serial <= tokens->count) tokens->list[serial - 1].revoked = true;
  cai_mutex_unlock(&tokens->lock);
}

void emu_tokens_revoke_all(emu_tokens *tokens) {
  cai_mutex_lock(&tokens->lock);
  for (uint64_t i = 0; i < tokens->count; i++) tokens->list[i].revoked = true;
  cai_mutex_unlock(&tokens->lock);
}
