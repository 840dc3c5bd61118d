/* SPDX-License-Identifier: MIT
 * Locations that refuse: each with the status that everything sent there gets. */
#ifndef EMU_REGIONS_H
#define EMU_REGIONS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/thread.h"

enum { EMU_REGIONS_MAX = 32 };

typedef struct emu_regions {
  cai_mutex lock;
  struct {
    char name[40];
    int status;
  } list[EMU_REGIONS_MAX];
  int count;
} emu_regions;

bool emu_regions_init(emu_regions *regions);
void emu_regions_fini(emu_regions *regions);

/* Replaces all by the members of `object`, {"us-central1":429}. False, and nothing changes, for anything else. */
bool emu_regions_set(emu_regions *regions, const cJSON *object);

/* 0: it takes requests. */
int emu_regions_status(emu_regions *regions, const char *name);

void emu_regions_write(emu_regions *regions, cai_buf *out);

#endif
