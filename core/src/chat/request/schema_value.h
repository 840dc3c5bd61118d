/* SPDX-License-Identifier: MIT
 * The members of a schema whose values change: type, enum, description, bounds, format. */
#ifndef CAI_SCHEMA_VALUE_H
#define CAI_SCHEMA_VALUE_H

#include "schema_view.h"

/* The one type of the node as JSON text ("\"string\""), told or derived; absent when there is none. `types` gets the
 * number of types other than null that it allows when it lists several. */
cai_span cai_schema_type(const cai_schema_view *view, size_t *types);
bool cai_schema_type_is(cai_span type, const char *name);

/* Told by "nullable", or by null among the types or values. */
bool cai_schema_allows_null(const cai_schema_view *view);

/* Does the field mean anything for this type? Absent: unknown, then everything may. */
bool cai_schema_belongs(cai_schema_field field, cai_span type);

/* Each writes the whole member, its comma too, or nothing: "enum" takes texts only, so other values are told in the
 * description. */
void cai_schema_write_enum(const cai_schema_view *view, cai_span type, cai_buf *out);
void cai_schema_write_description(const cai_schema_view *view, cai_span type, cai_buf *out);

bool cai_schema_takes_format(cai_span format);

bool cai_schema_is_number(cai_span value);

/* "minimum" (or maximum) for "exclusiveMinimum", which is a number. */
void cai_schema_write_bound(const cai_schema_view *view, cai_schema_field field, cai_span type, cai_buf *out);

#endif
