/* SPDX-License-Identifier: MIT */
#include "signer.h"

#include <string.h>

#include "../../base/alloc.h"
#include "../../base/json.h"
#include "../../base/scan.h"
#include "chatabi.h"

/* Servers take no claim that is good for more than an hour. */
enum { BACKDATE_S = 10, LIFE_S = CAI_SIGNER_LIFE_S + BACKDATE_S };

static int read_key(cai_signer *signer, const cai_document *document, cai_err *err) {
  const char *pem = cai_json_string(document->root, "private_key"), *why;
  if (!pem || !*pem)
    return cai_err_set(err, CHATABI_E_AUTH_SOURCE,
                       "%s has no text in its member \"private_key\": it is not a complete credential file.",
                       document->origin);
  signer->key = cai_jwt_key_new(signer->alg, pem, &why);
  if (signer->key) return 0;
  return cai_err_set(err, CHATABI_E_AUTH_SOURCE, "\"private_key\" in %s cannot be used: %s.", document->origin, why);
}

int cai_signer_init(cai_signer *signer, cai_jwt_alg alg, const cai_document *document, cai_err *err) {
  const char *key_id;
  memset(signer, 0, sizeof *signer);
  signer->alg = alg;
  if (cai_document_get(document, "private_key_id", &key_id, err)) return err->code;
  if (cai_strset(&signer->key_id, key_id)) return cai_err_nomem(err);
  return read_key(signer, document, err);
}

void cai_signer_fini(cai_signer *signer) {
  cai_jwt_key_free(signer->key);
  cai_free(signer->key_id);
  memset(signer, 0, sizeof *signer);
}

static void write_header(const cai_signer *signer, cai_buf *out) {
  cai_scan_write_text(out, "alg", signer->alg == CAI_JWT_ES256 ? "ES256" : "RS256");
  cai_scan_write_text(out, "typ", "JWT");
  cai_scan_write_text(out, "kid", signer->key_id);
  cai_buf_byte(out, '}');
}

/* Set back a little, for a server whose clock is behind ours refuses a claim from its future. */
static void write_claims(const cai_signer *signer, cai_now now, const cai_claims *claims, cai_buf *out) {
  long long iat_s = (long long)((now.wall_ms + signer->skew_ms) / 1000 - BACKDATE_S);
  cai_scan_write_text(out, "iss", claims->issuer);
  cai_scan_write_text(out, "scope", claims->scope);
  cai_scan_write_text(out, "sub", claims->subject);
  cai_scan_write_text(out, "aud", claims->audience);
  cai_buf_format(out, ",\"iat\":%lld,\"exp\":%lld}", iat_s, iat_s + LIFE_S);
}

int cai_signer_sign(const cai_signer *signer, cai_now now, const cai_claims *claims, cai_buf *jwt) {
  cai_buf header, body;
  cai_buf_init(&header, CAI_SIGNER_MAX);
  cai_buf_init(&body, CAI_SIGNER_MAX);
  write_header(signer, &header);
  write_claims(signer, now, claims, &body);
  int error = header.error ? header.error : body.error;
  if (!error) error = cai_jwt_sign(signer->key, header.data, body.data, jwt);
  cai_buf_fini(&header);
  cai_buf_fini(&body);
  return error;
}

void cai_signer_set_clock(cai_signer *signer, int64_t skew_ms, cai_log *log, const char *whose) {
  signer->skew_ms = skew_ms;
  cai_log_add(log, CAI_LOG_WARN, "token: this machine's clock is %lld s %s %s; signing with its time",
              (long long)(skew_ms < 0 ? -skew_ms : skew_ms) / 1000, skew_ms < 0 ? "ahead of" : "behind", whose);
}

bool cai_signer_corrects(cai_signer *signer, const cai_setback *setback, cai_log *log) {
  if (signer->corrected) signer->skew_ms = signer->before_ms;
  if (!setback->bad_time || !setback->skew_ms || signer->corrected) return false;
  signer->corrected = true;
  signer->before_ms = signer->skew_ms;
  cai_signer_set_clock(signer, setback->skew_ms, log, "the token endpoint's");
  return true;
}
