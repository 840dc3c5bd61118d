/* SPDX-License-Identifier: MIT */
#include "auth/locate.h"

#include "auth_fixture.h"
#include "base/alloc.h"

typedef struct world {
  fixture fix;
  cai_places places; /* borrowed text */
  cai_guard guard;
  cai_origin origin;
  cai_err err;
  char file[128];
} world;

static int enter(void **state) {
  world *w = calloc(1, sizeof *w);
  fixture_init(&w->fix);
  w->places.gcloud_dir = w->fix.dir;
  assert_int_equal(cai_guard_init(&w->guard, NULL, NULL, NULL), 0);
  *state = w;
  return 0;
}

static int leave(void **state) {
  world *w = *state;
  fixture_fini(&w->fix);
  cai_guard_fini(&w->guard);
  cai_origin_fini(&w->origin);
  free(w);
  return 0;
}

static cai_credential *locate(world *w) {
  cai_locate search = {&w->places, &w->guard, NULL, false, false};
  cai_err_clear(&w->err);
  return cai_locate_adc(&search, &w->origin, &w->err);
}

static void check_found(world *w, const char *type, const char *origin) {
  cai_credential *credential = locate(w);
  assert_non_null(credential);
  assert_string_equal(credential->ops->type, type);
  assert_string_equal(credential->origin, origin);
  cai_credential_free(credential);
}

static void test_order(void **state) {
  world *w = *state;
  check_found(w, "metadata_server", "the metadata server");
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  check_found(w, "authorized_user", w->fix.path);
  snprintf(w->file, sizeof w->file, "%s", fixture_write(&w->fix, "mine.json", user_file));
  w->places.credentials_file = w->file;
  check_found(w, "authorized_user", w->file);
}

static void check_broken(world *w, const char *path, const char *who) {
  assert_null(locate(w));
  assert_int_equal(w->err.code, CHATABI_E_AUTH_SOURCE);
  CONTAINS(w->err.message, path);
  CONTAINS(w->err.message, who);
}

/* What is there but broken is an error, however good the next place is. */
static void test_broken(void **state) {
  world *w = *state;
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  snprintf(w->file, sizeof w->file, "%s/missing.json", w->fix.dir);
  w->places.credentials_file = w->file;
  check_broken(w, w->file, "GOOGLE_APPLICATION_CREDENTIALS");
  CONTAINS(w->err.message, "No such file");
  fixture_write(&w->fix, "missing.json", "{\"type\"");
  check_broken(w, w->file, "not valid JSON");
  w->places.credentials_file = w->fix.dir;
  check_broken(w, w->fix.dir, "directory");
  w->places.credentials_file = NULL;
  fixture_write(&w->fix, "application_default_credentials.json", "{}");
  check_broken(w, w->fix.path, "\"type\"");
}

static void test_nothing(void **state) {
  world *w = *state;
  char well_known[128];
  snprintf(well_known, sizeof well_known, "%s/application_default_credentials.json (no such file)", w->fix.dir);
  w->places.no_gce_check = true;
  assert_null(locate(w));
  assert_int_equal(w->err.code, CHATABI_E_AUTH_SOURCE);
  CONTAINS(w->err.message, "CHATABI_CREDENTIALS_JSON, GOOGLE_APPLICATION_CREDENTIALS, ");
  CONTAINS(w->err.message, well_known);
  CONTAINS(w->err.message, "NO_GCE_CHECK");
  CONTAINS(w->err.message, "gcloud auth application-default login");
  w->places.gcloud_dir = NULL;
  assert_null(locate(w));
  CONTAINS(w->err.message, "HOME");
}

static void test_origin(void **state) {
  world *w = *state;
  check_found(w, "metadata_server", "the metadata server");
  assert_false(cai_origin_changed(&w->origin));
  fixture_write(&w->fix, "application_default_credentials.json", user_file);
  assert_true(cai_origin_changed(&w->origin));
  check_found(w, "authorized_user", w->fix.path);
  assert_false(cai_origin_changed(&w->origin));
  fixture_write(&w->fix, "application_default_credentials.json", "{\"type\":\"authorized_user\"}");
  assert_true(cai_origin_changed(&w->origin));
  assert_null(locate(w));
  assert_false(cai_origin_changed(&w->origin));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_order, enter, leave),
                                     cmocka_unit_test_setup_teardown(test_broken, enter, leave),
                                     cmocka_unit_test_setup_teardown(test_nothing, enter, leave),
                                     cmocka_unit_test_setup_teardown(test_origin, enter, leave)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
