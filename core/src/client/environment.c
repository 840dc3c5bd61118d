/* SPDX-License-Identifier: MIT
 * libcurl would read these itself, on our thread, while the host may be calling setenv on its own: so we read them
 * first and tell libcurl. The names and their order are libcurl's (see ENVIRONMENT in curl(1)); HTTP_PROXY in capitals
 * is ignored there because a CGI server sets it from a request's Proxy header. */
#include "environment.h"

#include <stdlib.h>

#include "../base/alloc.h"

/* The first of the names (up to a NULL) that is set and not empty. */
static const char *first_set(const char *const *names) {
  for (; *names; names++) {
    const char *value = getenv(*names);
    if (value && *value) return value;
  }
  return NULL;
}

static int fill(char **slot, const char *const *names) {
  if (*slot) return 0;
  return cai_strset(slot, first_set(names));
}

int cai_environment_read(cai_settings *settings) {
  static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
  static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
  static const char *const none[] = {"no_proxy", "NO_PROXY", NULL};
  static const char *const ca[] = {"SSL_CERT_FILE", NULL};
  int error = fill(&settings->http_proxy, http);
  if (!error) error = fill(&settings->https_proxy, https);
  if (!error) error = fill(&settings->no_proxy, none);
  return error ? error : fill(&settings->ca_file, ca);
}
