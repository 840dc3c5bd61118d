/* SPDX-License-Identifier: MIT
 * One node of a JSON Schema as if it stood in one place: its own members, then those of what it refers to and of what
 * it combines, the first of each name. */
#ifndef CAI_SCHEMA_VIEW_H
#define CAI_SCHEMA_VIEW_H

#include <stdint.h>

#include "../../base/err.h"
#include "../../base/scan.h"

/* CAI_FIELD(name in JSON Schema, constant, to which type it belongs): what we read; anything else is left out. */
#define CAI_SCHEMA_FIELDS                               \
  CAI_FIELD("type", TYPE, ANY)                          \
  CAI_FIELD("format", FORMAT, ANY)                      \
  CAI_FIELD("title", TITLE, ANY)                        \
  CAI_FIELD("description", DESCRIPTION, ANY)            \
  CAI_FIELD("nullable", NULLABLE, ANY)                  \
  CAI_FIELD("default", DEFAULT, ANY)                    \
  CAI_FIELD("example", EXAMPLE, ANY)                    \
  CAI_FIELD("enum", ENUM, ANY)                          \
  CAI_FIELD("const", CONST, ANY)                        \
  CAI_FIELD("items", ITEMS, ARRAY)                      \
  CAI_FIELD("prefixItems", PREFIX_ITEMS, ARRAY)         \
  CAI_FIELD("minItems", MIN_ITEMS, ARRAY)               \
  CAI_FIELD("maxItems", MAX_ITEMS, ARRAY)               \
  CAI_FIELD("properties", PROPERTIES, OBJECT)           \
  CAI_FIELD("propertyOrdering", ORDERING, OBJECT)       \
  CAI_FIELD("required", REQUIRED, OBJECT)               \
  CAI_FIELD("minProperties", MIN_PROPERTIES, OBJECT)    \
  CAI_FIELD("maxProperties", MAX_PROPERTIES, OBJECT)    \
  CAI_FIELD("additionalProperties", ADDITIONAL, OBJECT) \
  CAI_FIELD("minimum", MINIMUM, NUMBER)                 \
  CAI_FIELD("maximum", MAXIMUM, NUMBER)                 \
  CAI_FIELD("exclusiveMinimum", ABOVE, NUMBER)          \
  CAI_FIELD("exclusiveMaximum", BELOW, NUMBER)          \
  CAI_FIELD("minLength", MIN_LENGTH, STRING)            \
  CAI_FIELD("maxLength", MAX_LENGTH, STRING)            \
  CAI_FIELD("pattern", PATTERN, STRING)

typedef enum cai_schema_field {
#define CAI_FIELD(name, constant, type) CAI_SCHEMA_##constant,
  CAI_SCHEMA_FIELDS
#undef CAI_FIELD
      CAI_SCHEMA_FIELD_COUNT
} cai_schema_field;

enum { CAI_SCHEMA_PARTS = 16, CAI_SCHEMA_DEPTH = 40, CAI_SCHEMA_NODES = 20000 };

/* How much text one conversion may look through: some tenths of a second. References, and names that are looked up in
 * long lists, make that grow with the square of the schema. */
#define CAI_SCHEMA_WORK ((uint64_t)1 << 28)

const char *cai_schema_name(cai_schema_field field);

typedef struct cai_schema_view {
  cai_span values[CAI_SCHEMA_FIELD_COUNT];
  cai_schema_field order[CAI_SCHEMA_FIELD_COUNT];
  size_t count;
  cai_span properties[CAI_SCHEMA_PARTS]; /* of each part that has some */
  size_t property_parts;
  cai_span required[CAI_SCHEMA_PARTS];
  size_t required_parts;
  cai_span variants; /* the list of anyOf or oneOf, when more than one is left */
  bool nullable;
} cai_schema_view;

/* What one conversion shares. */
typedef struct cai_schema {
  cai_span root;
  const char *where;
  bool additional_properties;
  cai_buf *out;
  cai_buf path;                             /* of the current node below `where` */
  const char *inside[CAI_SCHEMA_DEPTH * 2]; /* references that are being written out */
  size_t inside_count;
  size_t depth;
  size_t nodes;
  uint64_t work;
  cai_err *err;
  int error;
} cai_schema;

/* CHATABI_E_BODY: the schema at the current path `why`. The first one stays. */
void cai_schema_refuse(cai_schema *schema, const char *why);

/* Counts text that is looked through; false, refused, when that is too much, or when writing has failed already. */
bool cai_schema_spend(cai_schema *schema, size_t bytes);

/* Adds what stands at `node` to the view. References that it follows stay in `inside`: the caller takes them off once
 * the node's children are done. */
void cai_schema_collect(cai_schema *schema, cai_schema_view *view, cai_span node);

/* Adds a list of alternatives: null makes the node nullable, a single other one becomes part of the node. */
void cai_schema_collect_variants(cai_schema *schema, cai_schema_view *view, cai_span list);

/* Adds what `other` has and `view` lacks. */
void cai_schema_inherit(cai_schema *schema, cai_schema_view *view, const cai_schema_view *other);

/* Does it allow null and nothing else? */
bool cai_schema_is_null(cai_span node);

#endif
