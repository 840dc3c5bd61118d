/* SPDX-License-Identifier: MIT
 * A small instance of a JSON schema, the same one every time. Source: JSON Schema 2020-12, the part that model servers
 * accept. */
#ifndef EMU_SCHEMA_H
#define EMU_SCHEMA_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/buf.h"

/* Appends an instance with the required properties. `root` is where "$ref" starts from; both may be NULL: an empty
 * object. */
void emu_schema_write(const cJSON *schema, const cJSON *root, const char *hint, cai_buf *out);

#endif
