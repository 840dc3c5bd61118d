/* SPDX-License-Identifier: MIT
 *
 * Source: https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview (paths),
 * .../docs/learn/locations (hosts). Values become part of a host or path, so what could break out of its place is
 * refused. */
#include "endpoint.h"

#include <string.h>

#include "../../base/scan.h"
#include "../../base/url.h"
#include "chatabi.h"

#define LETTERS_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define COMPLETIONS "/chat/completions"

const char *cai_provider_name(cai_provider provider) {
  static const char *const names[] = {"vertex", "openai", "gemini", "compatible"};
  return names[provider];
}

static bool is_set(const char *text) { return text && *text; }
static const char *or_default(const char *text, const char *fallback) { return is_set(text) ? text : fallback; }

/* The path that a URL's text has, "" for none or "/"; without its query. */
static cai_span path_of(const char *url) {
  const char *host = strstr(url, "://");
  host = host ? host + 3 : url;
  size_t len = strcspn(host, "/?#");
  const char *path = host + len;
  size_t path_len = strcspn(path, "?#");
  while (path_len && path[path_len - 1] == '/') path_len--;
  return (cai_span){path, path_len};
}

static bool builds_path(const cai_endpoint *endpoint) {
  return endpoint->provider == CAI_PROVIDER_VERTEX &&
         (!is_set(endpoint->base_url) || path_of(endpoint->base_url).len == 0);
}

/* Vertex AI in express mode: the key says whose request it is, and everything is global. */
static bool is_express(const cai_endpoint *endpoint) { return endpoint->keyed && !is_set(endpoint->project); }

bool cai_endpoint_needs_project(const cai_endpoint *endpoint) { return builds_path(endpoint) && !is_express(endpoint); }

/* May `value` stand in its place in the URL? */
static int check(const char *option, const char *value, const char *allowed, const char *right, cai_err *err) {
  if (*value != '.' && !strstr(value, "..") && strspn(value, allowed) == strlen(value)) return 0;
  char shown[64];
  size_t len = 0;
  for (; value[len] && len < sizeof shown - 1; len++)
    shown[len] = (unsigned char)value[len] < 0x20 || (unsigned char)value[len] > 0x7E ? '?' : value[len];
  shown[len] = '\0';
  return cai_err_set(err, CHATABI_E_CONFIG, "Option \"%s\" cannot be \"%s\": it must be %s.", option, shown, right);
}

static int check_parts(const cai_endpoint *endpoint, cai_err *err) {
  int error = check("project", or_default(endpoint->project, "x"),
                    LETTERS_DIGITS "-_.:", "a project's id or number alone, such as \"my-project\"", err);
  if (!error)
    error = check("location", or_default(endpoint->location, "x"), LETTERS_DIGITS "-",
                  "a location's name alone, such as \"global\" or \"us-central1\"", err);
  if (!error)
    error = check("endpoint", or_default(endpoint->endpoint, "x"), LETTERS_DIGITS "-_.",
                  "an endpoint's id alone, such as \"1234567890\", without projects/.../endpoints/ before it", err);
  if (!error)
    error = check("universe_domain", or_default(endpoint->universe_domain, "x"), LETTERS_DIGITS "-.",
                  "a domain's name alone, such as \"googleapis.com\"", err);
  return error;
}

static int check_vertex(const cai_endpoint *endpoint, cai_err *err) {
  if (is_express(endpoint)) return 0;
  if (!is_set(endpoint->project))
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "No Google Cloud project is known: set option \"project\", or the environment variable "
                       "GOOGLE_CLOUD_PROJECT.");
  bool deployed = is_set(endpoint->endpoint) && strcmp(endpoint->endpoint, "openapi") != 0;
  if (deployed && strcmp(or_default(endpoint->location, "global"), "global") == 0)
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "Option \"endpoint\" names a self-deployed endpoint, and these live in a region: set option "
                       "\"location\" to the one it was deployed in, such as \"us-central1\".");
  return 0;
}

static void add_vertex_host(const cai_endpoint *endpoint, cai_buf *out) {
  const char *location = is_express(endpoint) ? "global" : or_default(endpoint->location, "global");
  const char *domain = or_default(endpoint->universe_domain, "googleapis.com");
  if (strcmp(location, "global") == 0)
    cai_buf_format(out, "https://aiplatform.%s", domain);
  else if (strcmp(location, "us") == 0 || strcmp(location, "eu") == 0)
    cai_buf_format(out, "https://aiplatform.%s.rep.%s", location, domain);
  else
    cai_buf_format(out, "https://%s-aiplatform.%s", location, domain);
}

/* Paths below /publishers are the native API's. */
static void add_express_path(const cai_endpoint *endpoint, const char *path, cai_buf *out) {
  bool native = strncmp(path, "/publishers/", 12) == 0;
  cai_buf_format(out, "/%s%s", or_default(endpoint->api_version, "v1"), native ? "" : "/endpoints/openapi");
}

static void add_vertex_path(const cai_endpoint *endpoint, const char *path, cai_buf *out) {
  if (is_express(endpoint)) {
    add_express_path(endpoint, path, out);
    return;
  }
  cai_buf_format(out, "/%s/projects/%s/locations/%s/endpoints/%s", or_default(endpoint->api_version, "v1"),
                 endpoint->project, or_default(endpoint->location, "global"),
                 or_default(endpoint->endpoint, "openapi"));
}

/* The value is not shown: a URL that is refused for its password must not reach a log. */
static int check_base(const char *base, cai_err *err) {
  cai_url url;
  bool fine = !strpbrk(base, "# \t\r\n") && cai_url_parse(base, &url);
  if (!fine)
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "Option \"base_url\" is not usable: it must be an http or https URL such as "
                       "\"http://localhost:8000/v1\", without user name, password, space or '#'.");
  cai_url_fini(&url);
  return 0;
}

/* Appends base_url up to its query: without the slash and the "/chat/completions" that people leave at its end. */
static void add_base(const cai_endpoint *endpoint, cai_buf *out) {
  const char *base = endpoint->base_url;
  cai_span path = path_of(base);
  size_t suffix = strlen(COMPLETIONS);
  if (path.len >= suffix && memcmp(path.at + path.len - suffix, COMPLETIONS, suffix) == 0) path.len -= suffix;
  while (path.len && path.at[path.len - 1] == '/') path.len--;
  cai_buf_append(out, base, (size_t)(path.at - base) + path.len);
}

static int add_start(const cai_endpoint *endpoint, const char *path, cai_buf *out, cai_err *err) {
  const char *version = or_default(endpoint->api_version, "");
  int error = check("api_version", version, LETTERS_DIGITS, "a version alone, such as \"v1\" or \"v1beta1\"", err);
  if (error) return error;
  bool has_base = is_set(endpoint->base_url);
  if (has_base && (error = check_base(endpoint->base_url, err)) != 0) return error;
  if (builds_path(endpoint) &&
      ((error = check_parts(endpoint, err)) != 0 || (error = check_vertex(endpoint, err)) != 0))
    return error;
  if (has_base)
    add_base(endpoint, out);
  else if (endpoint->provider == CAI_PROVIDER_VERTEX)
    add_vertex_host(endpoint, out);
  else if (endpoint->provider == CAI_PROVIDER_OPENAI)
    cai_buf_text(out, "https://api.openai.com/v1");
  else if (endpoint->provider == CAI_PROVIDER_GEMINI)
    cai_buf_format(out, "https://generativelanguage.googleapis.com/%s/openai", *version ? version : "v1beta");
  else
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "Provider \"compatible\" has no server of its own: set option \"base_url\", such as "
                       "\"http://localhost:8000/v1\".");
  if (builds_path(endpoint)) add_vertex_path(endpoint, path, out);
  return 0;
}

static bool is_path(const char *path) {
  for (const char *at = path; *at; at++)
    if ((unsigned char)*at <= 0x20 || *at == '#' || *at == 0x7F) return false;
  return true;
}

int cai_endpoint_url(const cai_endpoint *endpoint, const char *path, cai_buf *out, cai_err *err) {
  if (!is_path(path))
    return cai_err_set(err, CHATABI_E_CONFIG,
                       "Option \"path\" is not usable: it must be a path such as \"/chat/completions\", without space, "
                       "control character or '#'.");
  int error = add_start(endpoint, path, out, err);
  if (error) return error;
  if (*path && *path != '/' && *path != '?') cai_buf_byte(out, '/');
  size_t len = strcspn(path, "?");
  cai_buf_append(out, path, len);
  const char *query = is_set(endpoint->base_url) ? strchr(endpoint->base_url, '?') : NULL;
  if (query && query[1]) cai_buf_text(out, query);
  if (path[len] && path[len + 1]) cai_buf_format(out, "%c%s", query && query[1] ? '&' : '?', path + len + 1);
  if (out->error) return cai_err_set(err, out->error, "%s", cai_err_text(out->error));
  return 0;
}
