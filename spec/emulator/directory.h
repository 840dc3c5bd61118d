/* SPDX-License-Identifier: MIT
 * The directory with the files that a client reads. All of them hold secrets or lead to them: mode 0600. */
#ifndef EMU_DIRECTORY_H
#define EMU_DIRECTORY_H

#include <stdbool.h>

enum { EMU_PATH_TEXT = 1024, EMU_FILES_MAX = 24, EMU_FILE_NAME = 48 };

typedef struct emu_directory {
  char path[EMU_PATH_TEXT];
  bool own; /* made by us: removed at the end */
  char files[EMU_FILES_MAX][EMU_FILE_NAME];
  int count;
} emu_directory;

/* Makes `path`, or a new temporary directory when it is NULL. False with a line on stderr, as below. */
bool emu_directory_init(emu_directory *directory, const char *path);

/* The whole path of one of its files; false when it is too long. */
bool emu_directory_path(const emu_directory *directory, const char *name, char path[EMU_PATH_TEXT]);

/* Replaces the file at once: a reader sees the old text or the new one, and an old file with wider permissions never
 * receives a new secret. */
bool emu_directory_write(emu_directory *directory, const char *name, const char *text);

/* Removes a directory of our own and the files that were written to it. */
void emu_directory_fini(emu_directory *directory);

#endif
