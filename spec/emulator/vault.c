/* SPDX-License-Identifier: MIT */
#include "vault.h"

#include <string.h>

#include "base/alloc.h"

bool emu_vault_init(emu_vault *vault) {
  memset(vault, 0, sizeof *vault);
  strcpy(vault->universe, "googleapis.com");
  return cai_mutex_init(&vault->lock) == 0;
}

void emu_vault_fini(emu_vault *vault) {
  cai_mutex_fini(&vault->lock);
  cai_cleanse(vault, sizeof *vault);
}

static char *copy(emu_vault *vault, const char *text) {
  cai_mutex_lock(&vault->lock);
  char *own = cai_strdup(text);
  cai_mutex_unlock(&vault->lock);
  return own;
}

char *emu_vault_subject(emu_vault *vault) { return copy(vault, vault->subject_token); }
char *emu_vault_universe(emu_vault *vault) { return copy(vault, vault->universe); }

/* The lock is held over the writing: two changes at a time must not leave the older text in the file. */
bool emu_vault_set_subject(emu_vault *vault, const char *text, emu_directory *directory) {
  size_t len = strlen(text);
  if (len == 0 || len >= sizeof vault->subject_token) return false;
  cai_mutex_lock(&vault->lock);
  memcpy(vault->subject_token, text, len + 1);
  bool written = !directory || emu_directory_write(directory, "subject-token", text);
  cai_mutex_unlock(&vault->lock);
  return written;
}

bool emu_vault_set_universe(emu_vault *vault, const char *text) {
  size_t len = strlen(text);
  if (len >= sizeof vault->universe) return false;
  cai_mutex_lock(&vault->lock);
  memcpy(vault->universe, text, len + 1);
  cai_mutex_unlock(&vault->lock);
  return true;
}

static void put(char slot[EMU_ROTATING_TEXT], const char *text) {
  size_t len = strlen(text);
  if (len >= EMU_ROTATING_TEXT) len = EMU_ROTATING_TEXT - 1;
  memcpy(slot, text, len);
  slot[len] = '\0';
}

void emu_vault_set_refresh(emu_vault *vault, emu_rotating whose, const char *text) {
  cai_mutex_lock(&vault->lock);
  put(vault->refresh_tokens[whose], text);
  cai_mutex_unlock(&vault->lock);
}

bool emu_vault_refresh(emu_vault *vault, emu_rotating whose, const char *text, const char *fresh) {
  cai_mutex_lock(&vault->lock);
  bool right = strcmp(vault->refresh_tokens[whose], text) == 0;
  if (right && fresh) put(vault->refresh_tokens[whose], fresh);
  cai_mutex_unlock(&vault->lock);
  return right;
}
