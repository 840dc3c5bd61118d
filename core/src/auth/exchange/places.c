/* SPDX-License-Identifier: MIT */
#include "places.h"

#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../../base/alloc.h"
#include "../../base/buf.h"
#include "../../base/command.h"
#include "../../base/file.h"
#include "chatabi.h"

enum { MAX_PATH = 4096, PASSWD_BUFFER = 16384 };

static const char *env(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

static int join(char **slot, const char *dir, const char *rest) {
  cai_buf path;
  cai_buf_init(&path, MAX_PATH);
  cai_buf_text(&path, dir);
  cai_buf_text(&path, rest);
  int error = path.error;
  *slot = cai_buf_take(&path);
  cai_buf_fini(&path);
  return error == CHATABI_E_NOMEM ? error : 0;
}

/* A daemon may run without HOME. */
static int below_passwd_home(char **slot) {
  struct passwd entry, *found = NULL;
  char *buffer = cai_malloc(PASSWD_BUFFER);
  if (!buffer) return CHATABI_E_NOMEM;
  int error = 0;
  if (getpwuid_r(getuid(), &entry, buffer, PASSWD_BUFFER, &found) == 0 && found && found->pw_dir && *found->pw_dir)
    error = join(slot, found->pw_dir, "/.config/gcloud");
  cai_free(buffer);
  return error;
}

static int find_gcloud_dir(char **slot) {
  const char *dir = env("CLOUDSDK_CONFIG");
  if (dir) return cai_strset(slot, dir);
#ifdef _WIN32
  dir = env("APPDATA");
  if (!dir) dir = env("SystemDrive");
  return dir ? join(slot, dir, "\\gcloud") : 0;
#else
  dir = env("HOME");
  return dir ? join(slot, dir, "/.config/gcloud") : below_passwd_home(slot);
#endif
}

/* One row for each text that is a variable's value as it is. */
typedef struct variable {
  size_t offset; /* in cai_places */
  const char *name, *other;
  bool secret;
} variable;

#define AT(member) offsetof(cai_places, member)
static const variable variables[] = {
    {AT(credentials_file), "GOOGLE_APPLICATION_CREDENTIALS", NULL, false},
    {AT(project), "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", false},
    {AT(location), "GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION", false},
    {AT(quota_project), "GOOGLE_CLOUD_QUOTA_PROJECT", NULL, false},
    {AT(universe_domain), "GOOGLE_CLOUD_UNIVERSE_DOMAIN", NULL, false},
    {AT(metadata_host), "GCE_METADATA_HOST", NULL, false},
    {AT(openai_api_key), "OPENAI_API_KEY", NULL, true},
    {AT(gemini_api_key), "GOOGLE_API_KEY", "GEMINI_API_KEY", true},
    {AT(credentials_json), "CHATABI_CREDENTIALS_JSON", "GOOGLE_APPLICATION_CREDENTIALS_JSON", true},
    {AT(access_token), "CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN", true},
    {AT(certificate_config), "GOOGLE_API_CERTIFICATE_CONFIG", NULL, false},
    {AT(gcloud_config), "CLOUDSDK_ACTIVE_CONFIG_NAME", NULL, false},
    {AT(aws_region), "AWS_REGION", "AWS_DEFAULT_REGION", false},
    {AT(aws_access_key_id), "AWS_ACCESS_KEY_ID", NULL, false},
    {AT(aws_secret_access_key), "AWS_SECRET_ACCESS_KEY", NULL, true},
    {AT(aws_session_token), "AWS_SESSION_TOKEN", NULL, true},
    {AT(aws_container_relative_uri), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL, false},
    {AT(aws_container_full_uri), "AWS_CONTAINER_CREDENTIALS_FULL_URI", NULL, false},
    {AT(aws_container_token), "AWS_CONTAINER_AUTHORIZATION_TOKEN", NULL, true},
    {AT(aws_container_token_file), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL, false},
};
#undef AT

enum { VARIABLES = sizeof variables / sizeof *variables };

static char **slot_of(cai_places *places, const variable *row) {
  return (char **)(void *)((char *)places + row->offset);
}

static const char *text_of(const cai_places *places, const variable *row) {
  return *(char *const *)(const void *)((const char *)places + row->offset);
}

/* The first of the two that is set. */
static const char *name_of(const char *name, const char *other) { return env(name) || !other ? name : other; }

static int read_variables(cai_places *places) {
  for (size_t i = 0; i < VARIABLES; i++) {
    const variable *row = &variables[i];
    if (cai_strset(slot_of(places, row), env(name_of(row->name, row->other)))) return CHATABI_E_NOMEM;
  }
  places->credentials_json_name = name_of("CHATABI_CREDENTIALS_JSON", "GOOGLE_APPLICATION_CREDENTIALS_JSON");
  places->access_token_name = name_of("CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN");
  return 0;
}

/* What the firmware of a virtual machine of Google's says. Containers see it too. */
static bool is_google_machine(void) {
  cai_buf text;
  cai_buf_init(&text, MAX_PATH);
  bool google =
      cai_file_read("/sys/class/dmi/id/product_name", &text) == 0 && strncmp(cai_buf_view(&text), "Google", 6) == 0;
  cai_buf_fini(&text);
  return google;
}

/* Cloud Run, its jobs, App Engine; Kubernetes, for GKE may hide the firmware; and the metadata server's own variable.
 */
static bool is_on_google(void) {
  static const char *const signs[] = {"K_SERVICE", "CLOUD_RUN_JOB", "GAE_SERVICE", "KUBERNETES_SERVICE_HOST",
                                      "GCE_METADATA_HOST"};
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (env(signs[i])) return true;
  return is_google_machine();
}

static int read_all(cai_places *places, bool environment) {
  if (read_variables(places) || find_gcloud_dir(&places->gcloud_dir)) return CHATABI_E_NOMEM;
  const char *no_check = env("NO_GCE_CHECK"), *executables = env("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES");
  places->no_gce_check = no_check && strcasecmp(no_check, "true") == 0;
  places->on_google = is_on_google();
  places->allow_executables = executables && strcmp(executables, "1") == 0;
  if (!environment && !places->allow_executables) return 0;
  places->environment = cai_texts_copy(cai_command_environ());
  return places->environment ? 0 : CHATABI_E_NOMEM;
}

int cai_places_read(cai_places *places, bool environment) {
  memset(places, 0, sizeof *places);
  int error = read_all(places, environment);
  if (error) cai_places_fini(places);
  return error;
}

static int copy_all(cai_places *to, const cai_places *from) {
  for (size_t i = 0; i < VARIABLES; i++)
    if (cai_strset(slot_of(to, &variables[i]), text_of(from, &variables[i]))) return CHATABI_E_NOMEM;
  to->credentials_json_name = from->credentials_json_name;
  to->access_token_name = from->access_token_name;
  to->no_gce_check = from->no_gce_check;
  to->on_google = from->on_google;
  to->allow_executables = from->allow_executables;
  to->environment = cai_texts_copy(from->environment);
  if (from->environment && !to->environment) return CHATABI_E_NOMEM;
  return cai_strset(&to->gcloud_dir, from->gcloud_dir);
}

int cai_places_copy(cai_places *to, const cai_places *from) {
  memset(to, 0, sizeof *to);
  int error = copy_all(to, from);
  if (error) cai_places_fini(to);
  return error;
}

void cai_places_fini(cai_places *places) {
  for (size_t i = 0; i < VARIABLES; i++) {
    char *text = *slot_of(places, &variables[i]);
    if (variables[i].secret)
      cai_free_secret(text);
    else
      cai_free(text);
  }
  cai_free(places->gcloud_dir);
  cai_texts_free_secret(places->environment);
  memset(places, 0, sizeof *places);
}
