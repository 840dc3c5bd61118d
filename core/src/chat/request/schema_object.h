/* SPDX-License-Identifier: MIT
 * The members of an object's schema, merged from several parts. */
#ifndef CAI_SCHEMA_OBJECT_H
#define CAI_SCHEMA_OBJECT_H

#include "schema_view.h"

void cai_schema_write_properties(cai_schema *schema, const cai_schema_view *view);

/* Each name once, and only of properties that are there: Google refuses others. */
void cai_schema_write_required(cai_schema *schema, const cai_schema_view *view);

#endif
