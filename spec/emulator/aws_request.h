/* SPDX-License-Identifier: MIT
 * The request that an AWS subject token describes, taken apart. */
#ifndef EMU_AWS_REQUEST_H
#define EMU_AWS_REQUEST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum { EMU_AWS_HEADERS = 16, EMU_AWS_HEADER_NAME = 64 };

typedef struct emu_aws_request {
  cJSON *tree; /* owned; texts below are borrowed from it unless said */
  const char *method;
  const char *body; /* "" when absent */
  char *host;       /* owned, as the next two */
  char *path;       /* "/" when the URL has none */
  char *query;
  struct {
    char name[EMU_AWS_HEADER_NAME]; /* lower case */
    const char *value;
  } headers[EMU_AWS_HEADERS];
  int header_count;
} emu_aws_request;

/* False when it is no such thing. emu_aws_request_fini in either case. */
bool emu_aws_request_read(emu_aws_request *request, const char *token);
void emu_aws_request_fini(emu_aws_request *request);

/* By its name in lower case; NULL when absent. */
const char *emu_aws_request_header(const emu_aws_request *request, const char *name);

/* POST of GetCallerIdentity at an STS host of AWS's? */
bool emu_aws_request_is_identity(const emu_aws_request *request);

/* Owned text without percent signs; NULL when one stands before anything but two hex digits. A plus stays one. */
char *emu_aws_unescape(const char *text, size_t len);

#endif
