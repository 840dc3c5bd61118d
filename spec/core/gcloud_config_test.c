/* SPDX-License-Identifier: MIT */
#include "auth/gcloud_config.h"

#include "auth_fixture.h"

static void same(const char *found, const char *wanted) {
  if (wanted)
    assert_string_equal(found, wanted);
  else
    assert_null(found);
}

static void prepare(fixture *fix, const char *active, const char *name, const char *text) {
  char file[64];
  fixture_init(fix);
  fixture_mkdir(fix, "configurations");
  if (active) fixture_write(fix, "active_config", active);
  snprintf(file, sizeof file, "configurations/config_%s", name);
  fixture_write(fix, file, text);
}

static void check(const char *active, const char *name, const char *text, const char *project) {
  fixture fix;
  cai_gcloud_config config;
  prepare(&fix, active, name, text);
  cai_gcloud_config_read(&config, fix.dir, NULL);
  same(config.project, project);
  cai_gcloud_config_fini(&config);
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
  cai_gcloud_config config;
  cai_gcloud_config_read(&config, "/nonexistent", NULL);
  assert_null(config.project);
  cai_gcloud_config_read(&config, NULL, "work");
  assert_null(config.project);
}

static void test_regions(void **state) {
  (void)state;
  fixture fix;
  cai_gcloud_config config;
  prepare(&fix, "work", "work",
          "[compute]\nregion = europe-west4\nzone = x\n[ai]\nregion=us-central1\n[core]\nproject=p\n");
  fixture_write(&fix, "configurations/config_other", "[core]\nproject = a\nproject = b\n[compute]\nregion=\n");
  cai_gcloud_config_read(&config, fix.dir, NULL);
  same(config.ai_region, "us-central1");
  same(config.compute_region, "europe-west4");
  same(config.project, "p");
  cai_gcloud_config_fini(&config);
  cai_gcloud_config_read(&config, fix.dir, "other");
  same(config.project, "b");
  same(config.compute_region, NULL);
  cai_gcloud_config_fini(&config);
  cai_gcloud_config_read(&config, fix.dir, "../configurations/config_other");
  same(config.project, "p");
  cai_gcloud_config_fini(&config);
  fixture_fini(&fix);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_project), cmocka_unit_test(test_none),
                                     cmocka_unit_test(test_regions)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
