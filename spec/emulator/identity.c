/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "certificate.h"

static bool complain(const char *what, const char *about) {
  fprintf(stderr, "chatabi-emulator: %s: %s\n", what, about);
  return false;
}

bool emu_identity_secret(char out[EMU_SECRET_TEXT], const char *prefix, const char *suffix) {
  unsigned char noise[12];
  char hex[2 * sizeof noise + 1];
  if (RAND_bytes(noise, sizeof noise) != 1) return false;
  for (size_t i = 0; i < sizeof noise; i++) snprintf(hex + 2 * i, 3, "%02x", noise[i]);
  return snprintf(out, EMU_SECRET_TEXT, "%s%s%s", prefix, hex, suffix) < EMU_SECRET_TEXT;
}

/* AWS's ids are 20 capitals and digits, its secrets 40 characters of base64, both + and / among them. */
static bool make_aws_key(emu_aws_key *key, const char *kind, bool temporary) {
  char noise[EMU_SECRET_TEXT];
  if (!emu_identity_secret(noise, "", "")) return false;
  snprintf(key->id, sizeof key->id, "%s%.16s", kind, noise);
  for (char *at = key->id; *at; at++)
    if (*at >= 'a' && *at <= 'z') *at = (char)(*at - 'a' + 'A');
  return emu_identity_secret(key->secret, "emulator/AWS+", "/ke") &&
         (!temporary || emu_identity_secret(key->session, "FwoGZXIvYXdzE//+emulator", "=="));
}

static bool make_secrets(emu_identity *identity) {
  const struct {
    char *out;
    const char *prefix, *suffix;
  } secrets[] = {{identity->key_id, "", ""},
                 {identity->gdch_key_id, "", ""},
                 {identity->client_id, "", ".apps.googleusercontent.com"},
                 {identity->client_secret, "GOCSPX-", ""},
                 {identity->refresh_token, "1//emulator-", ""},
                 {identity->workforce_token, "ACjk-emulator-", ""},
                 {identity->subject_token, "eyJhbGciOiJub25lIn0.", ".c2ln"},
                 {identity->imds_secret, "", ""},
                 {identity->eks_token, "eks-", ""}};
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    if (!emu_identity_secret(secrets[i].out, secrets[i].prefix, secrets[i].suffix)) return false;
  return make_aws_key(&identity->aws_user, "AKIA", false) && make_aws_key(&identity->aws_role, "ASIA", true);
}

static bool make_certificates(emu_identity *identity) {
  emu_certificates made;
  if (!emu_certificate_make(&made)) return false;
  identity->ca_cert = made.ca;
  identity->tls_cert = made.server;
  identity->tls_key = made.server_key;
  identity->client_cert = made.client;
  identity->client_key = made.client_key;
  return true;
}

bool emu_identity_init(emu_identity *identity, const char *project, bool with_tls) {
  memset(identity, 0, sizeof *identity);
  int len = snprintf(identity->email, sizeof identity->email, "emulator@%s.iam.gserviceaccount.com", project);
  if (len < 0 || (size_t)len >= sizeof identity->email) return complain("project name too long", project);
  if (!make_secrets(identity)) return complain("cannot make secrets", "no randomness");
  identity->key = EVP_RSA_gen(2048);
  identity->gdch_key = EVP_EC_gen("P-256");
  if (!identity->key || !identity->gdch_key) return complain("cannot make a key", "OpenSSL refused");
  if (with_tls && !make_certificates(identity)) return complain("cannot make a certificate", "OpenSSL refused");
  return true;
}

void emu_identity_fini(emu_identity *identity) {
  EVP_PKEY_free(identity->key);
  EVP_PKEY_free(identity->gdch_key);
  cai_free(identity->ca_cert);
  cai_free(identity->tls_cert);
  cai_free(identity->client_cert);
  cai_free_secret(identity->tls_key);
  cai_free_secret(identity->client_key);
  cai_cleanse(identity, sizeof *identity);
}
