/* SPDX-License-Identifier: MIT
 * libcurl's failures in our codes and in words that say what to do. */
#ifndef CAI_CURL_ERROR_H
#define CAI_CURL_ERROR_H

#include <curl/curl.h>

#include "../base/err.h"

/* What to do about it depends on who chose the address: the client's options, a credential, or nobody. */
typedef enum cai_advice { CAI_ADVICE_OPTIONS, CAI_ADVICE_NETWORK, CAI_ADVICE_NONE } cai_advice;

/* `detail` is libcurl's own text about this case, "" when it had none. Only scheme, host and port of `url` are named.
 */
int cai_curl_error(cai_err *err, CURLcode result, const char *detail, const char *url, cai_advice advice);

/* The same for a proxy that answered CONNECT with `status`. */
int cai_curl_proxy_error(cai_err *err, int status, const char *url);

#endif
