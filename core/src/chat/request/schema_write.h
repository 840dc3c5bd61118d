/* SPDX-License-Identifier: MIT
 * What the writing of one node needs from the writing of others. */
#ifndef CAI_SCHEMA_WRITE_H
#define CAI_SCHEMA_WRITE_H

#include "schema_view.h"

/* Appends the node; "{}" for what is no object. */
void cai_schema_write(cai_schema *schema, cai_span node);
/* Appends a node that is one of these. */
void cai_schema_write_variants(cai_schema *schema, cai_span list);

/* Adds to the path that messages name; what is no plain character there becomes '?'. Returns what _leave wants. */
size_t cai_schema_enter(cai_schema *schema, const char *name, size_t len);
void cai_schema_leave(cai_schema *schema, size_t before);

#endif
