/* SPDX-License-Identifier: MIT */
#include "credential_file.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/scan.h"
#include "certificate.h"

#define POOL \
  "//iam.googleapis.com/projects/" EMU_PROJECT_NUMBER "/locations/global/workloadIdentityPools/emulator/providers/"
#define WORKFORCE "//iam.googleapis.com/locations/global/workforcePools/emulator/providers/users"

/* ---- writing ---- */

static void name(cai_buf *out, const char *member) {
  bool first = out->len == 0 || cai_buf_view(out)[out->len - 1] == '{';
  cai_buf_format(out, "%s\n  \"%s\": ", first ? "" : ",", member);
}

static void text(cai_buf *out, const char *member, const char *value) {
  name(out, member);
  cai_scan_quote(out, value, strlen(value));
}

/* A base and what stands behind it. */
static void place(cai_buf *out, const char *member, const char *base, const char *rest) {
  cai_buf whole;
  cai_buf_init(&whole, 4096);
  cai_buf_text(&whole, base);
  cai_buf_text(&whole, rest);
  text(out, member, cai_buf_view(&whole));
  cai_buf_fini(&whole);
}

static void path(cai_buf *out, const emu_state *emu, const char *member, const char *file) {
  char whole[EMU_PATH_TEXT];
  if (emu_directory_path(&emu->directory, file, whole)) text(out, member, whole);
}

static void open_object(cai_buf *out, const char *member) {
  name(out, member);
  cai_buf_byte(out, '{');
}

static void begin(cai_buf *out, const char *type) {
  cai_buf_init_secret(out, 16384);
  cai_buf_byte(out, '{');
  text(out, "type", type);
}

static bool finish(emu_state *emu, const char *file, cai_buf *out) {
  text(out, "universe_domain", "googleapis.com");
  cai_buf_text(out, "\n}\n");
  bool written = !out->error && emu_directory_write(&emu->directory, file, cai_buf_view(out));
  cai_buf_fini(out);
  return written;
}

/* ---- Google's own accounts ---- */

static bool write_service_account(emu_state *emu) {
  const emu_identity *identity = &emu->identity;
  char *pem = emu_certificate_key_pem(identity->key);
  if (!pem) return false;
  cai_buf out;
  begin(&out, "service_account");
  text(&out, "project_id", emu->options.project);
  text(&out, "private_key_id", identity->key_id);
  text(&out, "private_key", pem);
  text(&out, "client_email", identity->email);
  text(&out, "client_id", "100000000000000000001");
  text(&out, "auth_uri", "https://accounts.google.com/o/oauth2/auth");
  place(&out, "token_uri", emu_token_base(emu), "/token");
  cai_free_secret(pem);
  return finish(emu, "service-account.json", &out);
}

static void user_members(cai_buf *out, const emu_state *emu) {
  text(out, "client_id", emu->identity.client_id);
  text(out, "client_secret", emu->identity.client_secret);
  text(out, "refresh_token", emu->identity.refresh_token);
  place(out, "token_uri", emu_token_base(emu), "/token");
}

static bool write_authorized_user(emu_state *emu) {
  cai_buf out;
  begin(&out, "authorized_user");
  text(&out, "account", "user@example.com");
  user_members(&out, emu);
  text(&out, "quota_project_id", emu->options.project);
  return finish(emu, "authorized-user.json", &out);
}

static void impersonation(cai_buf *out, const emu_state *emu) {
  char rest[256];
  snprintf(rest, sizeof rest,
           "/v1/projects/-/serviceAccounts/impersonated@%.100s.iam.gserviceaccount.com:generateAccessToken",
           emu->options.project);
  place(out, "service_account_impersonation_url", emu_token_base(emu), rest);
}

static bool write_impersonated(emu_state *emu) {
  cai_buf out;
  begin(&out, "impersonated_service_account");
  impersonation(&out, emu);
  name(&out, "delegates");
  cai_buf_text(&out, "[]");
  open_object(&out, "source_credentials");
  text(&out, "type", "authorized_user");
  user_members(&out, emu);
  cai_buf_text(&out, "}");
  return finish(emu, "impersonated-service-account.json", &out);
}

/* ---- those of others ---- */

static void begin_external(cai_buf *out, const emu_state *emu, const char *provider, const char *type) {
  begin(out, "external_account");
  place(out, "audience", POOL, provider);
  place(out, "subject_token_type", "urn:ietf:params:", type);
  place(out, "token_url", emu_token_base(emu), "/v1/token");
}

static bool write_external_file(emu_state *emu) {
  cai_buf out;
  begin_external(&out, emu, "file", "oauth:token-type:jwt");
  open_object(&out, "credential_source");
  path(&out, emu, "file", "subject-token");
  cai_buf_text(&out, "}");
  return finish(emu, "external-account-file.json", &out);
}

static bool write_external_url(emu_state *emu) {
  cai_buf out;
  begin_external(&out, emu, "url", "oauth:token-type:id_token");
  impersonation(&out, emu);
  name(&out, "service_account_impersonation");
  cai_buf_text(&out, "{\"token_lifetime_seconds\": 1800}");
  open_object(&out, "credential_source");
  place(&out, "url", emu->url, "/subject/json");
  name(&out, "headers");
  cai_buf_text(&out, "{\"Metadata\": \"True\"}");
  name(&out, "format");
  cai_buf_text(&out, "{\"type\": \"json\", \"subject_token_field_name\": \"id_token\"}}");
  return finish(emu, "external-account-url.json", &out);
}

static bool write_external_aws(emu_state *emu) {
  cai_buf out;
  begin_external(&out, emu, "aws", "aws:token-type:aws4_request");
  impersonation(&out, emu);
  open_object(&out, "credential_source");
  text(&out, "environment_id", "aws1");
  place(&out, "region_url", emu->url, "/latest/meta-data/placement/availability-zone");
  place(&out, "url", emu->url, "/latest/meta-data/iam/security-credentials");
  text(&out, "regional_cred_verification_url",
       "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15");
  place(&out, "imdsv2_session_token_url", emu->url, "/latest/api/token");
  cai_buf_text(&out, "}");
  return finish(emu, "external-account-aws.json", &out);
}

static bool write_external_x509(emu_state *emu) {
  cai_buf out;
  begin_external(&out, emu, "x509", "oauth:token-type:mtls");
  open_object(&out, "credential_source");
  open_object(&out, "certificate");
  path(&out, emu, "certificate_config_location", "certificate_config.json");
  cai_buf_text(&out, "}}");
  return finish(emu, "external-account-x509.json", &out);
}

static bool write_workforce_user(emu_state *emu) {
  cai_buf out;
  begin(&out, "external_account_authorized_user");
  text(&out, "audience", WORKFORCE);
  text(&out, "client_id", emu->identity.client_id);
  text(&out, "client_secret", emu->identity.client_secret);
  text(&out, "refresh_token", emu->identity.workforce_token);
  place(&out, "token_url", emu_token_base(emu), "/v1/oauthtoken");
  place(&out, "token_info_url", emu_token_base(emu), "/v1/introspect");
  text(&out, "quota_project_id", emu->options.project);
  return finish(emu, "external-account-authorized-user.json", &out);
}

/* Its keys come in the older form, unlike those of Google's own accounts. */
static bool write_gdch(emu_state *emu) {
  char *pem = emu_certificate_old_key_pem(emu->identity.gdch_key);
  if (!pem) return false;
  cai_buf out;
  begin(&out, "gdch_service_account");
  text(&out, "format_version", "1");
  text(&out, "project", emu->options.project);
  text(&out, "name", EMU_GDCH_NAME);
  text(&out, "private_key_id", emu->identity.gdch_key_id);
  text(&out, "private_key", pem);
  place(&out, "token_uri", emu_token_base(emu), "/gdch/token");
  if (emu->identity.ca_cert) path(&out, emu, "ca_cert_path", "ca.pem");
  cai_free_secret(pem);
  return finish(emu, "gdch.json", &out);
}

/* ---- what they refer to ---- */

static bool write_certificate_config(emu_state *emu) {
  cai_buf out;
  cai_buf_init(&out, 8192);
  cai_buf_text(&out, "{\n  \"version\": 1");
  open_object(&out, "cert_configs");
  open_object(&out, "workload");
  path(&out, emu, "cert_path", "client.pem");
  path(&out, emu, "key_path", "client.key");
  cai_buf_text(&out, "}}\n}\n");
  bool written = !out.error && emu_directory_write(&emu->directory, "certificate_config.json", cai_buf_view(&out));
  cai_buf_fini(&out);
  return written;
}

static bool write_tls(emu_state *emu) {
  const emu_identity *identity = &emu->identity;
  emu_directory *directory = &emu->directory;
  if (!identity->ca_cert) return true;
  return emu_directory_write(directory, "ca.pem", identity->ca_cert) &&
         emu_directory_write(directory, "client.pem", identity->client_cert) &&
         emu_directory_write(directory, "client.key", identity->client_key) && write_certificate_config(emu) &&
         write_external_x509(emu);
}

static bool write_aws_keys(emu_state *emu) {
  char keys[256];
  snprintf(keys, sizeof keys, "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\"}\n", emu->identity.aws_user.id,
           emu->identity.aws_user.secret);
  return emu_directory_write(&emu->directory, "aws-keys.json", keys) &&
         emu_directory_write(&emu->directory, "eks-token", emu->identity.eks_token);
}

bool emu_credential_files_write(emu_state *emu) {
  return write_tls(emu) && write_service_account(emu) && write_authorized_user(emu) && write_impersonated(emu) &&
         write_external_file(emu) && write_external_url(emu) && write_external_aws(emu) && write_workforce_user(emu) &&
         write_gdch(emu) && write_aws_keys(emu) &&
         emu_vault_set_subject(&emu->vault, emu->identity.subject_token, &emu->directory);
}
