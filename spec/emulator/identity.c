/* SPDX-License-Identifier: MIT */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/scan.h"
#include "certificate.h"

static bool complain(const char *what, const char *about) {
  fprintf(stderr, "chatabi-emulator: %s: %s\n", what, about);
  return false;
}

static bool make_secret(char *out, const char *prefix, const char *suffix) {
  unsigned char noise[12];
  char hex[2 * sizeof noise + 1];
  if (RAND_bytes(noise, sizeof noise) != 1) return false;
  for (size_t i = 0; i < sizeof noise; i++) snprintf(hex + 2 * i, 3, "%02x", noise[i]);
  return snprintf(out, EMU_SECRET_TEXT, "%s%s%s", prefix, hex, suffix) < EMU_SECRET_TEXT;
}

bool emu_identity_init(emu_identity *identity, const char *project, bool with_tls) {
  memset(identity, 0, sizeof *identity);
  int len = snprintf(identity->email, sizeof identity->email, "emulator@%s.iam.gserviceaccount.com", project);
  if (len < 0 || (size_t)len >= sizeof identity->email) return complain("project name too long", project);
  if (!make_secret(identity->key_id, "", "") || !make_secret(identity->client_id, "", ".apps.googleusercontent.com") ||
      !make_secret(identity->client_secret, "GOCSPX-", "") || !make_secret(identity->refresh_token, "1//emulator-", ""))
    return complain("cannot make secrets", "no randomness");
  identity->key = EVP_RSA_gen(2048);
  if (!identity->key) return complain("cannot make a key", "OpenSSL refused");
  if (with_tls && !emu_certificate_make(&identity->ca_cert, &identity->tls_cert, &identity->tls_key))
    return complain("cannot make a certificate", "OpenSSL refused");
  return true;
}

static bool write_all(int fd, const char *text, size_t len) {
  while (len) {
    ssize_t put = write(fd, text, len);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text += put;
    len -= (size_t)put;
  }
  return true;
}

static bool file_path(const emu_identity *identity, const char *name, char path[EMU_PATH_TEXT]) {
  int len = snprintf(path, EMU_PATH_TEXT, "%s/%s", identity->dir, name);
  return len > 0 && len < EMU_PATH_TEXT;
}

/* Replaced, not overwritten: an old file with wider permissions must not receive a new secret. */
static bool write_file(const emu_identity *identity, const char *name, const char *text) {
  char path[EMU_PATH_TEXT];
  if (!file_path(identity, name, path)) return complain("path too long", name);
  if (unlink(path) && errno != ENOENT) return complain(path, strerror(errno));
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return complain(path, strerror(errno));
  bool written = write_all(fd, text, strlen(text));
  return (close(fd) == 0 && written) || complain(path, "cannot write");
}

static void member(cai_buf *out, const char *name, const char *value) {
  cai_buf_format(out, "%s\n  \"%s\": ", out->len > 1 ? "," : "", name);
  cai_scan_quote(out, value, strlen(value));
}

static bool finish_file(const emu_identity *identity, const char *name, cai_buf *json) {
  cai_buf_text(json, "\n}\n");
  bool written = !json->error && write_file(identity, name, cai_buf_view(json));
  cai_buf_fini(json);
  return written;
}

static bool write_service_account(const emu_identity *identity, const char *project, const char *token_uri) {
  char *pem = emu_certificate_key_pem(identity->key);
  if (!pem) return complain("cannot write the key", "out of memory");
  cai_buf json;
  cai_buf_init_secret(&json, 16384);
  cai_buf_byte(&json, '{');
  member(&json, "type", "service_account");
  member(&json, "project_id", project);
  member(&json, "private_key_id", identity->key_id);
  member(&json, "private_key", pem);
  member(&json, "client_email", identity->email);
  member(&json, "client_id", "100000000000000000001");
  member(&json, "auth_uri", "https://accounts.google.com/o/oauth2/auth");
  member(&json, "token_uri", token_uri);
  member(&json, "universe_domain", "googleapis.com");
  cai_free_secret(pem);
  return finish_file(identity, "service-account.json", &json);
}

static bool write_authorized_user(const emu_identity *identity, const char *project, const char *token_uri) {
  cai_buf json;
  cai_buf_init_secret(&json, 4096);
  cai_buf_byte(&json, '{');
  member(&json, "type", "authorized_user");
  member(&json, "account", "user@example.com");
  member(&json, "client_id", identity->client_id);
  member(&json, "client_secret", identity->client_secret);
  member(&json, "refresh_token", identity->refresh_token);
  member(&json, "quota_project_id", project);
  member(&json, "token_uri", token_uri);
  member(&json, "universe_domain", "googleapis.com");
  return finish_file(identity, "authorized-user.json", &json);
}

static bool choose_dir(emu_identity *identity, const char *dir) {
  if (dir) {
    if (snprintf(identity->dir, sizeof identity->dir, "%s", dir) >= EMU_PATH_TEXT - 32)
      return complain("path too long", dir);
    return mkdir(dir, 0700) == 0 || errno == EEXIST || complain(dir, strerror(errno));
  }
  const char *base = getenv("TMPDIR");
  if (!base || !*base) base = "/tmp";
  if (snprintf(identity->dir, sizeof identity->dir, "%s/chatabi-emulator-XXXXXX", base) >= EMU_PATH_TEXT - 32)
    return complain("path too long", base);
  if (!mkdtemp(identity->dir)) return complain(identity->dir, strerror(errno));
  identity->own_dir = true;
  return true;
}

bool emu_identity_write(emu_identity *identity, const char *dir, const char *project, const char *token_uri) {
  return choose_dir(identity, dir) && (!identity->ca_cert || write_file(identity, "ca.pem", identity->ca_cert)) &&
         write_service_account(identity, project, token_uri) && write_authorized_user(identity, project, token_uri);
}

static void remove_dir(const emu_identity *identity) {
  static const char *const names[] = {"ca.pem", "service-account.json", "authorized-user.json"};
  char path[EMU_PATH_TEXT];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (file_path(identity, names[i], path)) unlink(path);
  rmdir(identity->dir);
}

void emu_identity_fini(emu_identity *identity) {
  if (identity->own_dir) remove_dir(identity);
  EVP_PKEY_free(identity->key);
  cai_free(identity->ca_cert);
  cai_free(identity->tls_cert);
  cai_free_secret(identity->tls_key);
  memset(identity, 0, sizeof *identity);
}
