/* SPDX-License-Identifier: MIT */
#include "errand.h"

void cai_errand_init(cai_errand *errand) {
  cai_http_request_init(&errand->http);
  cai_command_init(&errand->command);
}

void cai_errand_fini(cai_errand *errand) {
  cai_http_request_fini(&errand->http);
  cai_command_fini(&errand->command);
}

bool cai_errand_is_command(const cai_errand *errand) { return errand->command.argv != NULL; }
