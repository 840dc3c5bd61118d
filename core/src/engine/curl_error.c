/* SPDX-License-Identifier: MIT */
#include "curl_error.h"

#include <stdio.h>
#include <string.h>

#include "../base/url.h"
#include "chatabi.h"

static int code_of(CURLcode result) {
  switch (result) {
    case CURLE_OUT_OF_MEMORY: return CHATABI_E_NOMEM;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return CHATABI_E_DNS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED: return CHATABI_E_CONNECT;
    case CURLE_OPERATION_TIMEDOUT: return CHATABI_E_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT: return CHATABI_E_TLS;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return CHATABI_E_CONFIG;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY: return CHATABI_E_PROTOCOL;
    case CURLE_FILESIZE_EXCEEDED: return CHATABI_E_TOO_LARGE;
    case CURLE_ABORTED_BY_CALLBACK: return CHATABI_E_CANCELLED;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
    case CURLE_QUIC_CONNECT_ERROR: return CHATABI_E_DISCONNECT;
    default: return CHATABI_E_INTERNAL;
  }
}

static const char *hint_of(int code, cai_advice advice) {
  bool configured = advice == CAI_ADVICE_OPTIONS;
  if (advice == CAI_ADVICE_NONE) return "";
  switch (code) {
    case CHATABI_E_DNS:
      return configured ? "Check the host name (options base_url, location) and the network, or set option proxy."
                        : "Check the network, or set option proxy.";
    case CHATABI_E_CONNECT:
      return configured ? "Is the server running, and are host and port right (options base_url, location, proxy)?"
                        : "Is this machine's network up, or does it need option proxy?";
    case CHATABI_E_TLS:
      return "A private or corporate certificate authority is trusted by naming its PEM file in option ca_file or in "
             "SSL_CERT_FILE.";
    case CHATABI_E_TIMEOUT: return configured ? "Option connect_timeout_ms allows more time." : "";
    case CHATABI_E_DISCONNECT:
      return "The server or something on the way closed the connection; sending again may help.";
    default: return "";
  }
}

static void name_server(const char *url, char *where, size_t size) {
  cai_url parts;
  snprintf(where, size, "the server");
  if (!cai_url_parse(url, &parts)) return;
  snprintf(where, size, "%s://%s:%s", parts.scheme, parts.host, parts.port);
  cai_url_fini(&parts);
}

int cai_curl_proxy_error(cai_err *err, int status, const char *url) {
  char where[300];
  name_server(url, where, sizeof where);
  return cai_err_set(err, CHATABI_E_CONNECT,
                     "The proxy refused to connect to %s: HTTP %d. %s Check option proxy (or HTTPS_PROXY), or name the "
                     "host in option no_proxy.",
                     where, status,
                     status == 407 ? "It wants a user name and a password: http://user:password@host:port." : "");
}

/* libcurl names a proxy that it cannot use as it was given, with its password. */
static void hide_user(char *text) {
  for (char *at = strstr(text, "//"); at; at = strstr(at + 2, "//")) {
    size_t len = strcspn(at + 2, " '\"");
    for (char *end = at + 1 + len; end > at + 1; end--)
      if (*end == '@') {
        memset(at + 2, '*', (size_t)(end - at - 2));
        break;
      }
  }
}

int cai_curl_error(cai_err *err, CURLcode result, const char *detail, const char *url, cai_advice advice) {
  char where[300];
  name_server(url, where, sizeof where);
  int code = code_of(result);
  const char *hint = hint_of(code, advice);
  cai_err_set(err, code, "%s: %s.%s%s", where, detail && *detail ? detail : curl_easy_strerror(result),
              *hint ? " " : "", hint);
  hide_user(err->message);
  return code;
}
