/* SPDX-License-Identifier: MIT */
#include "auth/gcloud_config.h"

#include "auth_fixture.h"
#include "base/alloc.h"

static void check(const char *active, const char *name, const char *text, const char *project) {
  fixture fix;
  char file[64];
  fixture_init(&fix);
  fixture_mkdir(&fix, "configurations");
  if (active) fixture_write(&fix, "active_config", active);
  snprintf(file, sizeof file, "configurations/config_%s", name);
  fixture_write(&fix, file, text);
  char *found = cai_gcloud_config_project(fix.dir);
  if (project)
    assert_string_equal(found, project);
  else
    assert_null(found);
  cai_free(found);
  fixture_fini(&fix);
}

static void test_project(void **state) {
  (void)state;
  check("work\n", "work", "[core]\naccount = a@b\nproject = my-project\n", "my-project");
  check(NULL, "default", "[core]\nproject=p-1\r\n", "p-1");
  check("", "default", "[compute]\nproject = wrong\n[core]\n; project = c1\n# project = c2\n  project =  p 2  \n",
        "p 2");
  check("../../etc", "default", "[core]\nproject = p\n", "p");
}

static void test_none(void **state) {
  (void)state;
  check("work", "default", "[core]\nproject = p\n", NULL);
  check(NULL, "default", "[core]\nproject =\nprojects = x\n[compute]\nproject = y\n", NULL);
  check(NULL, "default", "", NULL);
  assert_null(cai_gcloud_config_project("/nonexistent"));
  assert_null(cai_gcloud_config_project(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_project), cmocka_unit_test(test_none)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
