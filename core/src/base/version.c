/* SPDX-License-Identifier: MIT */
#include "version.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>

static char text[512];

static void make_text(void) { snprintf(text, sizeof text, "chatabi/" CHATABI_VERSION " (%s)", curl_version()); }

const char *cai_version(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_text);
  return text;
}
