/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "chat/answer/usage.h"

static const struct {
  const char *usage;
  cai_usage want;
} cases[] = {
    /* OpenAI, Vertex, the Gemini API */
    {"{\"prompt_tokens\":20,\"completion_tokens\":300,\"total_tokens\":320,\"prompt_tokens_details\":{\"cached_"
     "tokens\":16},"
     "\"completion_tokens_details\":{\"reasoning_tokens\":256}}",
     {20, 300, 320, 256, 16, 300}},
    {"{\"completion_tokens\":45,\"completion_tokens_details\":{\"reasoning_tokens\":504},\"prompt_tokens\":27,"
     "\"total_tokens\":576}",
     {27, 45, 576, 504, -1, 549}},
    {"{\"completion_tokens\":45,\"prompt_tokens\":27,\"total_tokens\":576}", {27, 45, 576, -1, -1, 549}},
    /* DeepSeek, Perplexity, Responses */
    {"{\"prompt_tokens\":20,\"completion_tokens\":3,\"total_tokens\":23,\"prompt_cache_hit_tokens\":12}",
     {20, 3, 23, -1, 12, 3}},
    {"{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3,\"reasoning_tokens\":9}", {1, 2, 3, 9, -1, 2}},
    {"{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":7,\"output_tokens_details\":"
     "{"
     "\"reasoning_tokens\":6},\"total_tokens\":12}",
     {5, 7, 12, 6, 4, 7}},
    /* totals that do not add up, numbers that are none, nothing */
    {"{\"prompt_tokens\":20,\"completion_tokens\":30,\"total_tokens\":40}", {20, 30, 40, -1, -1, 30}},
    {"{\"completion_tokens\":30}", {-1, 30, -1, -1, -1, 30}},
    {"{\"prompt_tokens\":4,\"total_tokens\":4}", {4, -1, 4, -1, -1, 0}},
    {"{\"prompt_tokens\":\"4\",\"total_tokens\":4.5,\"completion_tokens\":-3}", {-1, -1, -1, -1, -1, -1}},
    {"{\"prompt_tokens\":9223372036854775807,\"completion_tokens\":9223372036854775807,\"total_tokens\":"
     "9223372036854775807}",
     {INT64_MAX, INT64_MAX, INT64_MAX, -1, -1, INT64_MAX}},
    {"{\"completion_tokens_details\":null,\"prompt_tokens_details\":[]}", {-1, -1, -1, -1, -1, -1}},
    {"{}", {-1, -1, -1, -1, -1, -1}},
    {"null", {-1, -1, -1, -1, -1, -1}},
};

static void test_every_accounting(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cai_usage got = cai_usage_of(cai_span_of(cases[i].usage)), want = cases[i].want;
    print_message("%s\n", cases[i].usage);
    assert_int_equal(got.prompt_tokens, want.prompt_tokens);
    assert_int_equal(got.completion_tokens, want.completion_tokens);
    assert_int_equal(got.total_tokens, want.total_tokens);
    assert_int_equal(got.reasoning_tokens, want.reasoning_tokens);
    assert_int_equal(got.cached_tokens, want.cached_tokens);
    assert_int_equal(got.output_tokens, want.output_tokens);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_accounting)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
