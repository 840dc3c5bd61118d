/* SPDX-License-Identifier: MIT */
#include "mtls.h"

#include <gnutls/gnutls.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"

/* The leaf of the client's chain as base64, owned; NULL when it showed none, or one that is not from our CA. */
static char *shown(const emu_exchange *exchange) {
  const union MHD_ConnectionInfo *info =
      exchange->secure ? MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION) : NULL;
  unsigned count = 0, status = 1;
  if (!info || !info->tls_session) return NULL;
  gnutls_session_t session = info->tls_session;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
  if (!chain || !count || gnutls_certificate_verify_peers2(session, &status) < 0 || status) return NULL;
  char *text = cai_malloc((chain[0].size + 2) / 3 * 4 + 1);
  if (text) EVP_EncodeBlock((unsigned char *)text, chain[0].data, (int)chain[0].size);
  return text;
}

const char *emu_mtls_check(emu_exchange *exchange, const char *chain) {
  char *leaf = shown(exchange);
  if (!leaf) return "The client certificate is missing or not trusted by the provider.";
  cJSON *tree = cai_json_parse(chain, strlen(chain), "subject token", NULL);
  const char *first = cJSON_IsArray(tree) ? cJSON_GetStringValue(cJSON_GetArrayItem(tree, 0)) : NULL;
  bool same = first && strcmp(first, leaf) == 0;
  cJSON_Delete(tree);
  cai_free(leaf);
  return same ? NULL : "The subject token does not begin with the client certificate of the connection.";
}
