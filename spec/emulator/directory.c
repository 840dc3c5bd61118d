/* SPDX-License-Identifier: MIT */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(const char *what, const char *about) {
  fprintf(stderr, "chatabi-emulator: %s: %s\n", what, about);
  return false;
}

/* Room for a file's name is kept behind it. */
static bool take_path(emu_directory *directory, const char *format, const char *path) {
  int len = format ? snprintf(directory->path, EMU_PATH_TEXT, "%s/%s", path, format)
                   : snprintf(directory->path, EMU_PATH_TEXT, "%s", path);
  return (len > 0 && len < EMU_PATH_TEXT - EMU_FILE_NAME - 8) || complain("path too long", path);
}

bool emu_directory_init(emu_directory *directory, const char *path) {
  memset(directory, 0, sizeof *directory);
  if (path) {
    if (!take_path(directory, NULL, path)) return false;
    return mkdir(path, 0700) == 0 || errno == EEXIST || complain(path, strerror(errno));
  }
  const char *base = getenv("TMPDIR");
  if (!base || !*base) base = "/tmp";
  if (!take_path(directory, "chatabi-emulator-XXXXXX", base)) return false;
  if (!mkdtemp(directory->path)) return complain(directory->path, strerror(errno));
  directory->own = true;
  return true;
}

bool emu_directory_path(const emu_directory *directory, const char *name, char path[EMU_PATH_TEXT]) {
  int len = snprintf(path, EMU_PATH_TEXT, "%s/%s", directory->path, name);
  return len > 0 && len < EMU_PATH_TEXT;
}

static bool remember(emu_directory *directory, const char *name) {
  for (int i = 0; i < directory->count; i++)
    if (strcmp(directory->files[i], name) == 0) return true;
  if (directory->count == EMU_FILES_MAX || strlen(name) >= EMU_FILE_NAME) return complain("too many files", name);
  strcpy(directory->files[directory->count++], name);
  return true;
}

static bool write_all(int fd, const char *text, size_t len) {
  while (len) {
    ssize_t put = write(fd, text, len);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text += put;
    len -= (size_t)put;
  }
  return true;
}

bool emu_directory_write(emu_directory *directory, const char *name, const char *text) {
  char path[EMU_PATH_TEXT], fresh[EMU_PATH_TEXT + 8];
  if (!remember(directory, name) || !emu_directory_path(directory, name, path)) return false;
  snprintf(fresh, sizeof fresh, "%s.new", path);
  if (unlink(fresh) && errno != ENOENT) return complain(fresh, strerror(errno));
  int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return complain(fresh, strerror(errno));
  bool written = write_all(fd, text, strlen(text));
  written = close(fd) == 0 && written && rename(fresh, path) == 0;
  if (written) return true;
  unlink(fresh);
  return complain(path, "cannot write");
}

void emu_directory_fini(emu_directory *directory) {
  char path[EMU_PATH_TEXT];
  if (!directory->own) return;
  for (int i = 0; i < directory->count; i++)
    if (emu_directory_path(directory, directory->files[i], path)) unlink(path);
  rmdir(directory->path);
  directory->own = false;
}
