/* SPDX-License-Identifier: MIT
 * A credential file from a stranger, and replies from strange servers and programs. Nothing may be asked of a host that
 * the credential's type does not allow, no program be wanted without the user's permission, nothing go round for ever.
 *
 * The input, in parts that end with NUL: the file, with @R and @E for an RSA and an EC key; settings (SETTING_...), one
 * byte; replies. Of a reply the first two bytes say what comes with it (REPLY_...), then come a line for Date and one
 * for Retry-After if these are wanted, then the body. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "base/json.h"
#include "base/scan.h"
#include "base/url.h"
#include "base/utf8.h"
#include "chatabi.h"

enum { SETTING_GATE = 1, SETTING_METADATA = 2, SETTING_GCLOUD = 4, SETTING_AWS_KEYS = 8, SETTING_CONTAINER = 16 };
enum { REPLY_FLAVOR = 1, REPLY_DATE = 2, REPLY_RETRY_AFTER = 4 };
enum { ROUNDS = 6, MAX_ERRANDS = 64, MAX_FILE = 1 << 16, RSA_BITS = 1024 };

typedef struct input {
  const char *at, *end;
  int settings;
  cai_places places;
  cai_now now;
  int errands;      /* since the clock went on */
  unsigned refused; /* generation of the token */
} input;

static char keys[2][4096]; /* as they stand in JSON */

/* ---- the file ---- */

static void write_key(EVP_PKEY_CTX *context, char *out, size_t size) {
  EVP_PKEY *key = NULL;
  char *pem;
  if (EVP_PKEY_keygen(context, &key) != 1) abort();
  BIO *bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
  long len = BIO_get_mem_data(bio, &pem);
  size_t used = 0;
  for (long i = 0; i < len && used + 3 < size; i++) {
    if (pem[i] == '\n') out[used++] = '\\';
    out[used++] = pem[i] == '\n' ? 'n' : pem[i];
  }
  out[used] = '\0';
  BIO_free(bio);
  EVP_PKEY_free(key);
  EVP_PKEY_CTX_free(context);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  EVP_PKEY_CTX *rsa = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL), *ec = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
  if (EVP_PKEY_keygen_init(rsa) != 1 || EVP_PKEY_CTX_set_rsa_keygen_bits(rsa, RSA_BITS) != 1) abort();
  if (EVP_PKEY_keygen_init(ec) != 1 || EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ec, NID_X9_62_prime256v1) != 1) abort();
  write_key(rsa, keys[0], sizeof keys[0]);
  write_key(ec, keys[1], sizeof keys[1]);
  return 0;
}

/* The next part. */
static cai_span take(input *in) {
  const char *from = in->at, *nul = from < in->end ? memchr(from, '\0', (size_t)(in->end - from)) : NULL;
  const char *end = nul ? nul : in->end;
  in->at = nul ? nul + 1 : in->end;
  return (cai_span){from, (size_t)(end - from)};
}

static char *take_file(input *in) {
  cai_buf text;
  cai_span part = take(in);
  cai_buf_init(&text, MAX_FILE);
  for (size_t i = 0; i < part.len; i++) {
    char kind = part.at[i] == '@' && i + 1 < part.len ? part.at[i + 1] : '\0';
    if (kind == 'R' || kind == 'E')
      cai_buf_text(&text, keys[kind == 'E']), i++;
    else
      cai_buf_byte(&text, part.at[i]);
  }
  char *file = cai_buf_take(&text);
  cai_buf_fini(&text);
  return file;
}

/* ---- what it asks for ---- */

static bool is_one_of(const char *text, const char *const *list) {
  for (; *list; list++)
    if (strcmp(text, *list) == 0) return true;
  return false;
}

static bool is_google(const cai_url *url) {
  return strcmp(url->scheme, "https") == 0 &&
         (cai_url_host_within(url->host, "googleapis.com") || cai_url_host_within(url->host, "google.com"));
}

/* Subject tokens and what is needed for them. */
static bool may_fetch(const cai_http_request *request, const cai_url *url) {
  static const char *const machines[] = {"169.254.169.254", "[fd00:ec2::254]", "169.254.170.2",
                                         "169.254.170.23",  "[fd00:ec2::23]",  NULL};
  bool https = strcmp(url->scheme, "https") == 0;
  if (request->body.len) return false;
  if (cai_url_is_loopback(url) || is_google(url)) return true;
  if (https) return cai_url_host_within(url->host, "actions.githubusercontent.com");
  return is_one_of(url->host, machines) && strcmp(url->port, "80") == 0 && request->no_proxy;
}

static bool may_ask(const char *type, const cai_http_request *request, const cai_url *url) {
  bool post = strcmp(request->method, "POST") == 0;
  if (strcmp(type, "metadata_server") == 0) return !post && strcmp(url->host, "169.254.169.254") == 0;
  if (!post) return may_fetch(request, url); /* of an external account, perhaps within an impersonated one */
  if (strcmp(type, "gdch_service_account") == 0) return strcmp(url->scheme, "https") == 0;
  return is_google(url) && strcmp(url->port, "443") == 0;
}

static void check_text(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 && *text != '\t') abort();
}

static void check_request(const char *type, const cai_http_request *request) {
  cai_url url;
  if (!cai_url_parse(request->url, &url)) abort();
  if (!may_ask(type, request, &url)) abort();
  cai_url_fini(&url);
  check_text(request->url);
  for (size_t i = 0; i < request->headers.count; i++) check_text(request->headers.items[i].value);
}

static void check_command(const input *in, const cai_command *command) {
  bool gcloud = (in->settings & SETTING_GCLOUD) && strcmp(command->argv[0], "gcloud") == 0;
  if (!gcloud && !(in->settings & SETTING_GATE)) abort();
  if (!*command->argv[0] || command->timeout_ms <= 0) abort();
}

static void check_errand(const input *in, const cai_token *token, const cai_errand *errand) {
  cJSON *status = cJSON_CreateObject();
  if (!cai_token_status(token, in->now, status)) abort();
  if (cai_errand_is_command(errand))
    check_command(in, &errand->command);
  else
    check_request(cai_json_string(status, "type"), &errand->http);
  cJSON_Delete(status);
}

/* ---- what it is told ---- */

static void set_line(cai_headers *headers, const char *name, cai_span *part) {
  const char *newline = part->len ? memchr(part->at, '\n', part->len) : NULL;
  size_t len = newline ? (size_t)(newline - part->at) : part->len;
  char *value = strndup(part->len ? part->at : "", len);
  cai_headers_set(headers, name, value);
  free(value);
  len += newline != NULL;
  part->at += len, part->len -= len;
}

static void set_failure(cai_http_reply *reply, unsigned char kind) {
  static const int codes[] = {CHATABI_E_CONNECT, CHATABI_E_TIMEOUT,       CHATABI_E_TOO_LARGE,
                              CHATABI_E_TLS,     CHATABI_E_AUTH_EXCHANGE, CHATABI_E_NOT_FOUND};
  reply->status = 0;
  cai_err_set(&reply->err, codes[kind % (sizeof codes / sizeof *codes)], "no answer");
}

static void read_reply(input *in, cai_http_reply *reply) {
  static const int statuses[] = {200, 400, 401, 403, 404, 429, 500, 503, 302, 201};
  cai_span part = take(in);
  cai_http_reply_init(reply, 1 << 20);
  reply->status = 200;
  if (part.len < 2) return;
  unsigned char status = (unsigned char)part.at[0], with = (unsigned char)part.at[1];
  part.at += 2, part.len -= 2;
  if (with & REPLY_FLAVOR) cai_headers_set(&reply->headers, "Metadata-Flavor", "Google");
  if (with & REPLY_DATE) set_line(&reply->headers, "Date", &part);
  if (with & REPLY_RETRY_AFTER) set_line(&reply->headers, "Retry-After", &part);
  reply->status = statuses[(status - '0') % 10 < 0 ? 0 : (status - '0') % 10];
  if (status >= 'a') set_failure(reply, status);
  cai_buf_append(&reply->body, part.at, part.len);
}

static void run_errands(input *in, cai_token *token) {
  cai_errand errand;
  cai_http_reply reply;
  cai_errand_init(&errand);
  while (cai_token_want(token, in->now, &errand)) {
    if (++in->errands > MAX_ERRANDS) abort();
    check_errand(in, token, &errand);
    read_reply(in, &reply);
    cai_token_reply(token, in->now, &reply);
    cai_http_reply_fini(&reply);
    cai_errand_fini(&errand);
    cai_errand_init(&errand);
  }
  cai_errand_fini(&errand);
}

/* ---- a life ---- */

/* On a terminal, in a log of one line, in JSON. */
static bool is_fit_to_show(const char *text) {
  for (const char *at = text; *at; at++)
    if ((unsigned char)*at < 0x20 || *at == 0x7f) return false;
  return cai_utf8_valid(text, strlen(text));
}

static void check_status(const cai_token *token, cai_now now) {
  cJSON *status = cJSON_CreateObject();
  if (!cai_token_status(token, now, status)) abort();
  char *text = cJSON_PrintUnformatted(status);
  if (!text || !is_fit_to_show(text)) abort();
  cJSON_free(text);
  cJSON_Delete(status);
}

static void check_failure(const cai_token *token, const cai_err *err) {
  const cai_setback *setback = cai_token_setback(token);
  if (!err->code || !*err->message || !is_fit_to_show(err->message)) abort();
  cJSON *object = cJSON_CreateObject();
  if (setback && !cai_setback_describe(setback, object)) abort();
  cJSON_Delete(object);
}

static void use(input *in, cai_token *token, bool reject) {
  cai_lease lease = {0};
  cai_err err;
  cai_err_clear(&err);
  cai_lease_state state =
      cai_token_lease(token, in->now, "https://aiplatform.googleapis.com/v1", in->refused, &lease, &err);
  if (state == CAI_LEASE_FAILED) check_failure(token, &err);
  if (state == CAI_LEASE_READY) check_text(lease.value);
  if (state == CAI_LEASE_READY && lease.quota_project) check_text(lease.quota_project);
  if (state == CAI_LEASE_READY && lease.generation == in->refused) abort();
  if (state == CAI_LEASE_READY && reject) in->refused = lease.generation;
  if (state == CAI_LEASE_READY && reject)
    cai_token_reject(token, lease.generation, in->now, "Sun, 06 Nov 1994 08:49:37 GMT");
}

static void live(input *in, cai_token *token) {
  for (int i = 0; i < ROUNDS; i++) {
    if (i == 4) cai_token_prefetch(token, in->now);
    use(in, token, false);
    run_errands(in, token);
    use(in, token, i % 3 == 1);
    in->errands = 0;
    in->now.boot_ms += i == 3 ? 4000000 : 20000;
    in->now.wall_ms += i == 3 ? 4000000 : 20000;
  }
}

static cai_source set_places(input *in) {
  static char key[] = "AKIDEXAMPLE", secret[] = "hush", region[] = "us-east-1", path[] = "/role";
  static char *environment[] = {NULL};
  cai_places *places = &in->places;
  places->allow_executables = in->settings & SETTING_GATE;
  places->environment = environment;
  places->aws_region = region;
  if (in->settings & SETTING_AWS_KEYS) places->aws_access_key_id = key, places->aws_secret_access_key = secret;
  if (in->settings & SETTING_CONTAINER) places->aws_container_relative_uri = path;
  if (in->settings & SETTING_METADATA) return CAI_SOURCE_METADATA;
  return in->settings & SETTING_GCLOUD ? CAI_SOURCE_GCLOUD : CAI_SOURCE_JSON;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *bytes = (const char *)data;
  input in = {.at = bytes, .end = bytes + size, .now = {.boot_ms = 1000000, .wall_ms = 1780000000000}};
  char *file = take_file(&in);
  cai_span settings = take(&in);
  if (!file) return 0;
  in.settings = settings.len ? settings.at[0] - '@' : 0;
  cai_source source = set_places(&in);
  const cai_auth auth = {.source = source,
                         .chosen = true,
                         .value = source == CAI_SOURCE_JSON ? file : NULL,
                         .base_url = "https://inference.example.com/v1",
                         .allow_external = true};
  cai_token *token = cai_token_new(&auth, &in.places, NULL);
  if (!token) abort();
  live(&in, token);
  check_status(token, in.now);
  cai_token_free(token);
  free(file);
  return 0;
}
