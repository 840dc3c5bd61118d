/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat/request/endpoint.h"
#include "chatabi.h"

#define V CAI_PROVIDER_VERTEX
#define COMPAT CAI_PROVIDER_COMPATIBLE
#define P "/v1/projects/p/locations/"
#define TAIL "/endpoints/openapi/chat/completions"

typedef struct row {
  cai_endpoint endpoint;
  const char *want; /* URL, or what the message must contain when it begins with '!' */
} row;

static const row rows[] = {
    {{.provider = V, .project = "p"}, "https://aiplatform.googleapis.com" P "global" TAIL},
    {{.provider = V, .project = "p", .location = "us-central1"},
     "https://us-central1-aiplatform.googleapis.com" P "us-central1" TAIL},
    {{.provider = V, .project = "p", .location = "eu"}, "https://aiplatform.eu.rep.googleapis.com" P "eu" TAIL},
    {{.provider = V, .project = "p", .location = "us"}, "https://aiplatform.us.rep.googleapis.com" P "us" TAIL},
    {{.provider = V,
      .project = "p",
      .location = "europe-west4",
      .endpoint = "42",
      .api_version = "v1beta1",
      .universe_domain = "u.test"},
     "https://europe-west4-aiplatform.u.test/v1beta1/projects/p/locations/europe-west4/endpoints/42/chat/completions"},
    {{.provider = V, .project = "p", .base_url = "http://127.0.0.1:9/"}, "http://127.0.0.1:9" P "global" TAIL},
    {{.provider = V, .project = "p", .base_url = "http://h:9?a=b"}, "http://h:9" P "global" TAIL "?a=b"},
    {{.provider = V, .base_url = "http://h:9/x/y"}, "http://h:9/x/y/chat/completions"},
    {{.provider = V, .keyed = true}, "https://aiplatform.googleapis.com/v1" TAIL},
    {{.provider = V, .keyed = true, .location = "us-central1"}, "https://aiplatform.googleapis.com/v1" TAIL},
    {{.provider = V, .keyed = true, .project = "p"}, "https://aiplatform.googleapis.com" P "global" TAIL},
    {{.provider = CAI_PROVIDER_OPENAI}, "https://api.openai.com/v1/chat/completions"},
    {{.provider = CAI_PROVIDER_GEMINI}, "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"},
    {{.provider = COMPAT, .base_url = "http://h/v1"}, "http://h/v1/chat/completions"},
    {{.provider = COMPAT, .base_url = "http://h/v1//"}, "http://h/v1/chat/completions"},
    {{.provider = COMPAT, .base_url = "http://h/v1/chat/completions/"}, "http://h/v1/chat/completions"},
    {{.provider = COMPAT, .base_url = "https://h/dep?api-version=1"}, "https://h/dep/chat/completions?api-version=1"},
    {{.provider = COMPAT, .base_url = "http://h"}, "http://h/chat/completions"},
    {{.provider = COMPAT}, "!base_url"},
    {{.provider = COMPAT, .base_url = "h:80/v1"}, "!http or https"},
    {{.provider = COMPAT, .base_url = "ftp://h/"}, "!http or https"},
    {{.provider = COMPAT, .base_url = "http://u:geheim@h/"}, "!http or https"},
    {{.provider = V}, "!GOOGLE_CLOUD_PROJECT"},
    {{.provider = V, .project = "a/b"}, "!\"project\" cannot be \"a/b\""},
    {{.provider = V, .project = "a b"}, "!project"},
    {{.provider = V, .project = ".."}, "!project"},
    {{.provider = V, .project = "p\n"}, "!cannot be \"p?\""},
    {{.provider = V, .project = "p", .location = "x.evil.test#"}, "!\"location\" cannot be"},
    {{.provider = V, .project = "p", .location = "us-east1", .endpoint = "projects/1/endpoints/2"},
     "!endpoint's id alone"},
    {{.provider = V, .project = "p", .endpoint = "42"}, "!live in a region"},
    {{.provider = V, .project = "p", .api_version = "v1/.."}, "!api_version"},
    {{.provider = V, .project = "p", .universe_domain = "a/b"}, "!universe_domain"},
};

static void test_urls(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    cai_buf out;
    cai_err err = {0};
    cai_buf_init(&out, 4096);
    int code = cai_endpoint_url(&rows[i].endpoint, "/chat/completions", &out, &err);
    if (*rows[i].want == '!') {
      assert_int_equal(code, CHATABI_E_CONFIG);
      if (!strstr(err.message, rows[i].want + 1)) fail_msg("row %zu: %s", i, err.message);
      assert_null(strstr(err.message, "geheim"));
    } else {
      if (code) fail_msg("row %zu: %s", i, err.message);
      assert_string_equal(cai_buf_view(&out), rows[i].want);
    }
    cai_buf_fini(&out);
  }
}

static void test_paths(void **state) {
  (void)state;
  cai_endpoint endpoint = {.provider = COMPAT, .base_url = "http://h/v1?a=1"};
  cai_buf out;
  cai_err err;
  cai_buf_init(&out, 4096);
  assert_int_equal(cai_endpoint_url(&endpoint, "embeddings?b=2", &out, &err), 0);
  assert_string_equal(out.data, "http://h/v1/embeddings?a=1&b=2");
  assert_int_equal(cai_endpoint_url(&endpoint, "/a b", &out, &err), CHATABI_E_CONFIG);
  cai_buf_fini(&out);
}

static void test_needs_project(void **state) {
  (void)state;
  assert_true(cai_endpoint_needs_project(&(cai_endpoint){.provider = V}));
  assert_true(cai_endpoint_needs_project(&(cai_endpoint){.provider = V, .base_url = "http://h/"}));
  assert_false(cai_endpoint_needs_project(&(cai_endpoint){.provider = V, .base_url = "http://h/v1"}));
  assert_false(cai_endpoint_needs_project(&(cai_endpoint){.provider = COMPAT}));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_urls), cmocka_unit_test(test_paths),
                                     cmocka_unit_test(test_needs_project)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
