/* SPDX-License-Identifier: MIT
 * Source: https://platform.openai.com/docs/api-reference/embeddings/create */
#include "embedding.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/scan.h"
#include "google.h"
#include "prompt.h"

enum { DIMENSIONS = 8, DIMENSIONS_MAX = 4096, INPUTS_MAX = 2048, VECTORS_MAX = 1 << 28 };

typedef struct embedding_wish {
  const char *model;  /* in the body */
  const cJSON *input; /* likewise */
  int dimensions;
  bool base64;
} embedding_wish;

/* ---- one vector ---- */

static uint64_t hash_of(const cJSON *input) {
  uint64_t sum = 14695981039346656037u; /* FNV-1a */
  char *printed = cJSON_PrintUnformatted(input);
  for (const char *at = printed ? printed : ""; *at; at++) sum = (sum ^ (unsigned char)*at) * 1099511628211u;
  cJSON_free(printed);
  return sum;
}

static void fill(float *vector, int dimensions, uint64_t state) {
  double length = 0;
  for (int i = 0; i < dimensions; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    vector[i] = (float)((double)(state >> 40) / 8388608.0 - 1.0);
    length += (double)vector[i] * (double)vector[i];
  }
  for (int i = 0; i < dimensions && length > 0; i++) vector[i] = (float)((double)vector[i] / sqrt(length));
}

static void write_numbers(const float *vector, int dimensions, cai_buf *out) {
  cai_buf_byte(out, '[');
  for (int i = 0; i < dimensions; i++) cai_buf_format(out, i ? ",%.9g" : "%.9g", (double)vector[i]);
  cai_buf_byte(out, ']');
}

static unsigned char byte_at(const float *vector, size_t at) {
  uint32_t bits;
  memcpy(&bits, &vector[at / 4], sizeof bits);
  return (unsigned char)(bits >> (8 * (at % 4)) & 0xFF); /* little-endian, whatever this machine is */
}

static void write_base64(const float *vector, int dimensions, cai_buf *out) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t len = (size_t)dimensions * 4;
  cai_buf_byte(out, '"');
  for (size_t at = 0; at < len; at += 3) {
    unsigned group = (unsigned)byte_at(vector, at) << 16;
    if (at + 1 < len) group |= (unsigned)byte_at(vector, at + 1) << 8;
    if (at + 2 < len) group |= byte_at(vector, at + 2);
    cai_buf_byte(out, digits[group >> 18]);
    cai_buf_byte(out, digits[group >> 12 & 63]);
    cai_buf_byte(out, at + 1 < len ? digits[group >> 6 & 63] : '=');
    cai_buf_byte(out, at + 2 < len ? digits[group & 63] : '=');
  }
  cai_buf_byte(out, '"');
}

/* ---- all of them ---- */

/* A list of numbers is one text, in tokens. */
static bool is_one(const cJSON *input) {
  return cJSON_IsString(input) || (cJSON_IsArray(input) && cJSON_IsNumber(input->child));
}

static void add_one(const embedding_wish *wish, const cJSON *input, int index, int64_t *tokens, cai_buf *out) {
  float *vector = cai_calloc((size_t)wish->dimensions, sizeof *vector);
  if (!vector) return;
  fill(vector, wish->dimensions, hash_of(input));
  *tokens += cJSON_IsString(input) ? emu_prompt_words(input->valuestring) : cJSON_GetArraySize(input);
  cai_buf_format(out, "%s{\"object\":\"embedding\",\"index\":%d,\"embedding\":", index ? "," : "", index);
  (wish->base64 ? write_base64 : write_numbers)(vector, wish->dimensions, out);
  cai_buf_byte(out, '}');
  cai_free(vector);
}

static void write_answer(const embedding_wish *wish, cai_buf *out) {
  const cJSON *one;
  int64_t tokens = 0;
  int index = 0;
  cai_buf_text(out, "{\"object\":\"list\",\"data\":[");
  if (is_one(wish->input)) {
    add_one(wish, wish->input, 0, &tokens, out);
  } else {
    cJSON_ArrayForEach(one, wish->input) add_one(wish, one, index++, &tokens, out);
  }
  cai_buf_text(out, "],\"model\":");
  cai_scan_quote(out, wish->model, strlen(wish->model));
  cai_buf_format(out, ",\"usage\":{\"prompt_tokens\":%" PRId64 ",\"total_tokens\":%" PRId64 "}}", tokens, tokens);
}

static bool is_input(const cJSON *input) {
  const cJSON *one;
  if (is_one(input)) return true;
  if (!cJSON_IsArray(input) || !input->child || cJSON_GetArraySize(input) > INPUTS_MAX) return false;
  cJSON_ArrayForEach(one, input) {
    if (!is_one(one)) return false;
  }
  return true;
}

static bool understand(const cJSON *body, embedding_wish *wish, emu_problem *problem) {
  const char *format = cai_json_string(body, "encoding_format");
  int64_t dimensions = cai_json_int(body, "dimensions", DIMENSIONS);
  wish->model = cai_json_string(body, "model");
  wish->input = cJSON_GetObjectItemCaseSensitive(body, "input");
  wish->base64 = format && strcmp(format, "base64") == 0;
  wish->dimensions = (int)dimensions;
  if (!wish->model) return emu_problem_refuse(problem, NULL, "model", "You must provide a model parameter.");
  if (!is_input(wish->input))
    return emu_problem_refuse(problem, NULL, "input", "'input' must be a text, an array of texts or of tokens.");
  if (dimensions < 1 || dimensions > DIMENSIONS_MAX)
    return emu_problem_refuse(problem, NULL, "dimensions", "'dimensions' must be a whole number from 1 to 4096.");
  return !format || wish->base64 || strcmp(format, "float") == 0 ||
         emu_problem_refuse(problem, NULL, "encoding_format", "'encoding_format' must be 'float' or 'base64'.");
}

enum MHD_Result emu_embedding(emu_exchange *exchange, const emu_place *place) {
  emu_problem problem = {.code = NULL};
  cJSON *body = NULL;
  embedding_wish wish;
  bool ready = emu_prompt_parse(exchange, place, &body, &problem) && understand(body, &wish, &problem) &&
               emu_google_model(exchange->emu, place, wish.model, &problem);
  enum MHD_Result queued;
  if (ready) {
    cai_buf json;
    cai_buf_init(&json, VECTORS_MAX);
    write_answer(&wish, &json);
    queued = emu_exchange_json(exchange, 200, &json);
  } else {
    queued = emu_problem_send(exchange, place->surface, &problem);
  }
  cJSON_Delete(body);
  return queued;
}
