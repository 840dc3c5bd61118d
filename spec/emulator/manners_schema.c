/* SPDX-License-Identifier: MIT
 * A tool's parameters become a protocol buffer at Google, and a member that it has no field for is an error. Source of
 * the fields: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/Schema and
 * https://ai.google.dev/api/caching#Schema. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "manners.h"

enum { PATH_TEXT = 320, MAX_DEPTH = 32 };

typedef struct schema_walk {
  bool vertex;
  emu_problem *problem;
} schema_walk;

static bool check_schema(const schema_walk *walk, const cJSON *schema, const char *path, int depth);

static bool is_field(const char *name, bool vertex) {
  /* Either way of writing is taken, as always where protocol buffers come as JSON. */
  static const char *const fields[] = {"type", "format", "title", "description", "nullable", "enum", "default",
                                       "example", "items", "properties", "required", "pattern", "minimum", "maximum",
                                       "anyOf", "any_of", "minItems", "min_items", "maxItems", "max_items", "minLength",
                                       "min_length", "maxLength", "max_length", "minProperties", "min_properties",
                                       "maxProperties", "max_properties", "propertyOrdering", "property_ordering",
                                       /* Vertex AI alone: */
                                       "additionalProperties", "additional_properties", "ref", "defs"};
  size_t count = sizeof fields / sizeof *fields - (vertex ? 0 : 4);
  for (size_t i = 0; i < count; i++)
    if (strcmp(fields[i], name) == 0) return true;
  return false;
}

static bool refuse(const schema_walk *walk, const char *name, const char *path, const char *why) {
  return emu_problem_refuse(walk->problem, NULL, NULL,
                            "Invalid JSON payload received. Unknown name \"%.60s\" at '%s': %s", name, path, why);
}

/* In a map its number stands for the key, which is not told. */
static bool check_map(const schema_walk *walk, const cJSON *map, const char *path, const char *name, int depth) {
  char at[PATH_TEXT];
  const cJSON *one;
  int number = 0;
  cJSON_ArrayForEach(one, map) {
    snprintf(at, sizeof at, "%.280s.%s[%d].value", path, name, number++);
    if (!check_schema(walk, one, at, depth + 1)) return false;
  }
  return true;
}

static bool check_list(const schema_walk *walk, const cJSON *list, const char *path, int depth) {
  char at[PATH_TEXT];
  const cJSON *one;
  int number = 0;
  cJSON_ArrayForEach(one, list) {
    snprintf(at, sizeof at, "%.280s.any_of[%d]", path, number++);
    if (!check_schema(walk, one, at, depth + 1)) return false;
  }
  return true;
}

static bool check_enum(const schema_walk *walk, const cJSON *list, const char *path) {
  const cJSON *one;
  int number = 0;
  cJSON_ArrayForEach(one, list) {
    if (!cJSON_IsString(one))
      return emu_problem_refuse(walk->problem, NULL, NULL, "Invalid value at '%s.enum[%d]' (TYPE_STRING)", path,
                                number);
    number++;
  }
  return true;
}

static bool check_member(const schema_walk *walk, const cJSON *member, const char *path, int depth) {
  const char *name = member->string;
  char at[PATH_TEXT];
  if (!is_field(name, walk->vertex)) return refuse(walk, name, path, "Cannot find field.");
  if (strcmp(name, "type") == 0 && cJSON_IsArray(member))
    return refuse(walk, name, path, "Proto field is not repeating, cannot start list.");
  if (strcmp(name, "enum") == 0) return check_enum(walk, member, path);
  if (strcmp(name, "properties") == 0 || strcmp(name, "defs") == 0) return check_map(walk, member, path, name, depth);
  if (strcmp(name, "anyOf") == 0 || strcmp(name, "any_of") == 0) return check_list(walk, member, path, depth);
  if (strcmp(name, "items") != 0) return true;
  if (cJSON_IsArray(member)) return refuse(walk, name, path, "Proto field is not repeating, cannot start list.");
  snprintf(at, sizeof at, "%.280s.items", path);
  return check_schema(walk, member, at, depth + 1);
}

static bool check_schema(const schema_walk *walk, const cJSON *schema, const char *path, int depth) {
  const cJSON *member;
  if (!cJSON_IsObject(schema))
    return emu_problem_refuse(walk->problem, NULL, NULL, "Invalid value at '%s' (type.googleapis.com/Schema)", path);
  if (depth > MAX_DEPTH)
    return emu_problem_refuse(walk->problem, NULL, NULL, "A schema at '%s' is nested too deep.", path);
  cJSON_ArrayForEach(member, schema) {
    if (!check_member(walk, member, path, depth)) return false;
  }
  return true;
}

bool emu_manners_google_tools(const cJSON *tools, bool vertex, emu_problem *problem) {
  const schema_walk walk = {.vertex = vertex, .problem = problem};
  const cJSON *tool;
  int number = 0;
  if (!cJSON_IsArray(tools)) return true;
  cJSON_ArrayForEach(tool, tools) {
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(cai_json_object(tool, "function"), "parameters");
    char path[PATH_TEXT];
    snprintf(path, sizeof path, "tools[0].function_declarations[%d].parameters", number++);
    if (parameters && !cJSON_IsNull(parameters) && !check_schema(&walk, parameters, path, 0)) return false;
  }
  return true;
}
