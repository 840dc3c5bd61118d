/* SPDX-License-Identifier: MIT
 * Secrets and names that change while the emulator runs: what is right now, and nothing that was right before. */
#ifndef EMU_VAULT_H
#define EMU_VAULT_H

#include <stdbool.h>

#include "base/thread.h"
#include "directory.h"

enum { EMU_VAULT_TEXT = 8192, EMU_ROTATING_TEXT = 64 };

typedef enum emu_rotating { EMU_USER, EMU_WORKFORCE, EMU_ROTATINGS } emu_rotating;

typedef struct emu_vault {
  cai_mutex lock;
  char subject_token[EMU_VAULT_TEXT];
  char universe[256];                                    /* "": the metadata server knows of none */
  char refresh_tokens[EMU_ROTATINGS][EMU_ROTATING_TEXT]; /* one for each kind of user */
} emu_vault;

bool emu_vault_init(emu_vault *vault);
void emu_vault_fini(emu_vault *vault);

/* Owned copies (cai_free_secret); NULL when memory is short. */
char *emu_vault_subject(emu_vault *vault);
char *emu_vault_universe(emu_vault *vault);

/* False when the text is empty or too long. The file in `directory` follows; NULL: there is none yet. */
bool emu_vault_set_subject(emu_vault *vault, const char *text, emu_directory *directory);
bool emu_vault_set_universe(emu_vault *vault, const char *text);

void emu_vault_set_refresh(emu_vault *vault, emu_rotating whose, const char *text);

/* Is `text` the refresh token that is right? When `fresh` is not NULL, that one takes its place in the same moment. */
bool emu_vault_refresh(emu_vault *vault, emu_rotating whose, const char *text, const char *fresh);

#endif
