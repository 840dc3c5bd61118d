/* SPDX-License-Identifier: MIT */
#include "regions.h"

#include <string.h>

#include "base/json.h"
#include "base/scan.h"

bool emu_regions_init(emu_regions *regions) {
  regions->count = 0;
  return cai_mutex_init(&regions->lock) == 0;
}

void emu_regions_fini(emu_regions *regions) { cai_mutex_fini(&regions->lock); }

static bool is_right(const emu_regions *regions, const cJSON *object) {
  const cJSON *item;
  if (!cJSON_IsObject(object) || cJSON_GetArraySize(object) > EMU_REGIONS_MAX) return false;
  cJSON_ArrayForEach(item, object) {
    int64_t status = cai_json_int(object, item->string, -1);
    if (strlen(item->string) >= sizeof regions->list[0].name || status < 400 || status > 599) return false;
  }
  return true;
}

bool emu_regions_set(emu_regions *regions, const cJSON *object) {
  const cJSON *item;
  if (!is_right(regions, object)) return false;
  cai_mutex_lock(&regions->lock);
  regions->count = 0;
  cJSON_ArrayForEach(item, object) {
    strcpy(regions->list[regions->count].name, item->string);
    regions->list[regions->count++].status = (int)cai_json_int(object, item->string, 0);
  }
  cai_mutex_unlock(&regions->lock);
  return true;
}

int emu_regions_status(emu_regions *regions, const char *name) {
  int status = 0;
  cai_mutex_lock(&regions->lock);
  for (int i = 0; i < regions->count && !status; i++)
    if (strcmp(regions->list[i].name, name) == 0) status = regions->list[i].status;
  cai_mutex_unlock(&regions->lock);
  return status;
}

void emu_regions_write(emu_regions *regions, cai_buf *out) {
  cai_buf_byte(out, '{');
  cai_mutex_lock(&regions->lock);
  for (int i = 0; i < regions->count; i++) {
    if (i) cai_buf_byte(out, ',');
    cai_scan_quote(out, regions->list[i].name, strlen(regions->list[i].name));
    cai_buf_format(out, ":%d", regions->list[i].status);
  }
  cai_mutex_unlock(&regions->lock);
  cai_buf_byte(out, '}');
}
