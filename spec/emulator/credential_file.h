/* SPDX-License-Identifier: MIT
 * The credential files that lead a client to this emulator, one for each type that Google knows, and what they refer
 * to. */
#ifndef EMU_CREDENTIAL_FILE_H
#define EMU_CREDENTIAL_FILE_H

#include "emulator.h"

/* The server is up, the directory there. False with a line on stderr. */
bool emu_credential_files_write(emu_state *emu);

#endif
