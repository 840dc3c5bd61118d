/* SPDX-License-Identifier: MIT
 * Prints the reference page of the dialects, from the table that the library itself uses: dialects_page >
 * core/DIALECTS.md */
#include <stdio.h>

#include "chat/request/parameters.h"

static const struct {
  cai_scope scope;
  const char *title, *first, *text;
} groups[] = {
    {CAI_SCOPE_BODY, "Parameters", "parameter", "What is not in this table passes as it is, in every dialect."},
    {CAI_SCOPE_MESSAGE, "Messages", "member of a message", NULL},
    {CAI_SCOPE_CALL, "Tool calls", "member of a tool call",
     "In messages that are sent back. Anything else in a call stays as it is."},
    {CAI_SCOPE_CONTENT, "Content parts", "member of a part", NULL},
    {CAI_SCOPE_PART, NULL, "type of a part", NULL},
    {CAI_SCOPE_FUNCTION, "Functions", "member of a function", NULL},
};

static void print_row(const cai_parameter *row) {
  printf("| `%s` |", row->name);
  for (size_t i = CAI_DIALECT_VERTEX; i < CAI_DIALECT_COUNT; i++)
    printf(" %s |", row->actions[i] == CAI_ACTION_KEEP ? "" : cai_action_text(row->actions[i]));
  printf(" %s |\n", row->note);
}

static void print_group(size_t group) {
  const cai_parameter *row;
  if (groups[group].title) printf("\n## %s\n", groups[group].title);
  if (groups[group].text) printf("\n%s\n", groups[group].text);
  printf("\n| %s | Vertex AI: Gemini | Vertex AI: Model Garden | Gemini API | OpenAI | compatible | |\n",
         groups[group].first);
  puts("| --- | --- | --- | --- | --- | --- | --- |");
  for (size_t at = 0; (row = cai_parameter_at(at)) != NULL; at++)
    if (row->scope == groups[group].scope) print_row(row);
}

static const char start[] =
    "# Dialects\n\n"
    "Made from `core/src/chat/request/parameters.def`; do not edit. One body works everywhere: before it is sent, "
    "what\n"
    "the server would refuse, ignore or misread is rewritten. What is not changed is sent byte by byte: large "
    "numbers,\n"
    "the order of members, members that nobody knows. An empty cell means: as it is. Every cell is tested, the empty\n"
    "ones too (`spec/core/dialect_test.c`).\n\n"
    "| dialect | which server | chosen when |\n"
    "| --- | --- | --- |\n"
    "| `vertex` | Gemini on Vertex AI | the path is `.../endpoints/openapi` and the model Google's |\n"
    "| `model_garden` | other models on Vertex AI | another publisher stands before the `/` of the model, or the path "
    "is "
    "`.../endpoints/{id}` |\n";

static const char schemas[] =
    "\n## Schemas\n\n"
    "Gemini takes a subset of OpenAPI 3.0, not JSON Schema. In `tools[].function.parameters`, `functions[].parameters` "
    "and\n"
    "`response_format.json_schema.schema`, for `vertex` and `gemini`:\n\n"
    "- `$ref` into the schema itself (`$defs`, `definitions`, any JSON pointer) is written out; members beside it win. "
    "A\n"
    "  schema that contains itself, a reference to elsewhere, nesting beyond 40 nodes and what would grow by more "
    "than\n"
    "  1 MiB is refused, with its place.\n"
    "- `allOf` is merged. `oneOf` becomes `anyOf`. Of `anyOf`, `null` becomes `nullable`, a single other alternative "
    "becomes\n"
    "  the schema itself; each of several gets the members that stood beside `anyOf`, which Google wants alone.\n"
    "  Alternatives that only tell what is `required` are left out: parameters must be an object.\n"
    "- A list of types becomes `anyOf`; `null` in it `nullable`. A missing `type` is added where properties, items or "
    "values\n"
    "  tell it. An array without `items` gets texts.\n"
    "- `const` becomes `enum`. Values other than texts are told in `description`, for `enum` holds texts only.\n"
    "- `exclusiveMinimum` and `exclusiveMaximum` become `minimum` and `maximum`: of integers the next one, of other "
    "numbers\n"
    "  the same.\n"
    "- `required` keeps the names of properties that are there. `format` stays when it is `date-time`, `enum`, "
    "`int32`,\n"
    "  `int64`, `float` or `double`. `additionalProperties` stays on Vertex AI; the Gemini API does not know it.\n"
    "- Left out: `$schema`, `$id`, `patternProperties`, `uniqueItems`, `multipleOf`, `not`, `if`, `then`, `else`, "
    "`examples`,\n"
    "  and all that is no field of Google's.\n\n"
    "## Headers\n\n"
    "On `vertex`, `service_tier` `flex` and `priority` are sent as `X-Vertex-AI-LLM-Shared-Request-Type`, `flex` with\n"
    "`X-Server-Timeout: 1800` beside it; `auto`, `default` and `null` are left out.\n\n"
    "## What is refused\n\n"
    "A body that the server would refuse or misread, and that cannot be rewritten without guessing, fails with the "
    "error\n"
    "`BODY` before anything is sent: two limits that differ, `reasoning_effort` beside `thinking_config`, `gs://` "
    "URLs\n"
    "at OpenAI, files that were uploaded to OpenAI at Google, schemas that contain themselves.\n\n"
    "## Other paths\n\n"
    "All this is for `/chat/completions`. For `/embeddings` and `/completions` only `model` is filled in and written "
    "as the\n"
    "server wants it. Bodies for any other path are sent as they are.\n\n"
    "## Switching it off\n\n"
    "Option `dialect` = `off` sends the body as it is, with `model` filled in when it is absent. Another name of the "
    "first\n"
    "table chooses that dialect, for example `vertex` for a gateway in front of Vertex AI. The log (`log_level` = "
    "`debug`)\n"
    "says what was changed.\n\n"
    "## Where this comes from\n\n"
    "- Vertex AI: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview\n"
    "- Gemini API: https://ai.google.dev/gemini-api/docs/openai;\n"
    "  unknown names are refused: https://github.com/liliMozi/openhanako/issues/394\n"
    "- OpenAI: https://platform.openai.com/docs/api-reference/chat/create\n"
    "- vLLM: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html\n"
    "- thought signatures: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures\n"
    "- schemas:\n"
    "  https://googleapis.dev/dotnet/Google.Apis.Aiplatform.v1/latest/api/"
    "Google.Apis.Aiplatform.v1.Data.GoogleCloudAiplatformV1Schema.html,\n"
    "  https://github.com/openswarm-ai/openswarm/issues/24;\n"
    "  `anyOf` alone: https://github.com/googleapis/python-genai/issues/625\n"
    "- tiers: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/flex-paygo";

int main(void) {
  fputs(start, stdout);
  puts("| `gemini` | the Gemini Developer API | `provider` = `gemini`, or its host |");
  puts("| `openai` | OpenAI, Azure OpenAI from `api-version` 2024-09 on | `provider` = `openai`, or their hosts |");
  puts("| `compatible` | any other | with a Gemini model what is Google's stays: a gateway may pass it on |");
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) print_group(i);
  puts(schemas);
  return 0;
}
