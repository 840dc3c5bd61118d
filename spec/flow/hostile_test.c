/* SPDX-License-Identifier: MIT
 * Credentials made by an enemy: each is refused with a sentence that names the file and the member and shows no secret,
 * before a byte was sent anywhere, a program was run, or a file was opened that is none of its business.
 *
 * In the texts ' stands for ", ~ for host and port of the enemy's server, ^ for the directory with the traps, ` for an
 * address. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "talk.h"

#include <cmocka.h>

enum { LIMIT_MS = 2000, HUGE_SIZE = 100 * 1000 * 1000, TEXT = 64 * 1024 };

static char dir[64], enemy[32], proxy[64];
static int enemy_fd = -1, proxy_fd = -1, watch_fd = -1, cases;
static bool origin_matters = true; /* what went wrong with a program is told by its name */

/* ---- the traps ---- */

static const char *in_dir(const char *name) {
  static char path[200];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  return path;
}

static void write_file(const char *name, const char *text, size_t len, mode_t mode) {
  int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, len), len);
  assert_int_equal(close(fd), 0);
}

/* Nobody need accept: the kernel takes connections and their bytes. */
static int listen_at(char *where, size_t size, const char *format) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof at;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
  assert_int_equal(listen(fd, 16), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
  snprintf(where, size, "%s127.0.0.1:%d", format, ntohs(at.sin_port));
  return fd;
}

/* What the next one who connected sent, waiting for it up to `ms`. False: nobody did. */
static bool take_visit(int listener, int ms, char *bytes, size_t size) {
  struct pollfd at = {.fd = listener, .events = POLLIN};
  if (poll(&at, 1, ms) <= 0) return false;
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) return false;
  at.fd = fd;
  ssize_t got = poll(&at, 1, 500) > 0 ? read(fd, bytes, size - 1) : 0;
  bytes[got > 0 ? got : 0] = '\0';
  close(fd);
  return true;
}

static void check_traps(const char *text) {
  char bytes[4096];
  if (take_visit(enemy_fd, 0, bytes, sizeof bytes)) fail_msg("sent to the enemy: %s\nfor %.2000s", bytes, text);
  if (take_visit(proxy_fd, 0, bytes, sizeof bytes)) fail_msg("sent to the world: %s\nfor %.2000s", bytes, text);
  if (read(watch_fd, bytes, sizeof bytes) > 0) fail_msg("the bait was opened for %.2000s", text);
  if (access(in_dir("marker"), F_OK) == 0) fail_msg("a program ran for %.2000s", text);
}

static void append(char *text, const char *pattern, const char *address) {
  size_t len = strlen(text);
  for (; *pattern; pattern++) {
    const char byte[] = {*pattern == '\'' ? '"' : *pattern, '\0'};
    const char *part = *pattern == '~' ? enemy : *pattern == '^' ? dir : *pattern == '`' ? "" : byte;
    assert_true(len + strlen(part) < TEXT);
    strcpy(text + len, part);
    if (*pattern == '`') append(text, address, "");
    len = strlen(text);
  }
}

static char *fill_in(const char *pattern, const char *address) {
  static char text[TEXT];
  *text = '\0';
  append(text, pattern, address);
  return text;
}

/* ---- the victim ---- */

static chatabi_client *open_victim(const char *source, const char *value, bool external) {
  chatabi_client *client = chatabi_client_new();
  assert_non_null(client);
  assert_int_equal(chatabi_client_set(client, "provider", "vertex"), 0);
  assert_int_equal(chatabi_client_set(client, "project", "p"), 0);
  assert_int_equal(chatabi_client_set(client, "model", "google/gemini-2.5-flash"), 0);
  assert_int_equal(chatabi_client_set(client, "proxy", proxy), 0);
  assert_int_equal(chatabi_client_set(client, "auth_allow_hosts", "sts.example.com, 127.0.0.1:1"), 0);
  assert_int_equal(chatabi_client_set(client, "auth_allow_external", external ? "yes" : "no"), 0);
  assert_int_equal(chatabi_client_set(client, "log_level", "debug"), 0);
  assert_int_equal(chatabi_client_set(client, "total_timeout_ms", "1500"), 0);
  assert_int_equal(chatabi_client_set_auth(client, source, value), 0);
  return client;
}

/* Whatever is secret in the texts here begins with "hush". */
static void check_silence(const char *where, const char *said) {
  if (said && strstr(said, "hush")) fail_msg("a secret is in the %s: %s", where, said);
}

/* `origin` and `member` must be in the sentence; NULL: there is nothing to name. */
static void refuse(chatabi_client *client, const char *text, const char *origin, const char *member) {
  char *shown = strndup(text, 2000);
  cases++;
  long long from_ms = talk_now_ms();
  chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
  int code = talk_drain(request).code;
  const char *message = chatabi_request_message(request), *line;
  if (code != CHATABI_E_AUTH_SOURCE && code != CHATABI_E_AUTH_HOST) fail_msg("%d: %s\nfor %s", code, message, shown);
  if ((origin && origin_matters && !strstr(message, origin)) || (member && !strstr(message, member)))
    fail_msg("neither %s nor %s: %s\nfor %s", origin, member, message, shown);
  check_silence("message", message);
  check_silence("error", chatabi_request_error_json(request));
  check_silence("status", chatabi_client_status(client));
  while ((line = chatabi_client_log(client)) != NULL) check_silence("log", line);
  chatabi_request_free(request);
  chatabi_client_free(client);
  long long took_ms = talk_now_ms() - from_ms;
  if (took_ms > LIMIT_MS) fail_msg("%lld ms for %s", took_ms, shown);
  check_traps(shown);
  free(shown);
}

static void refuse_file(const char *text, size_t len, const char *member) {
  char path[200];
  write_file("credential.json", text, len, 0600);
  snprintf(path, sizeof path, "%s", in_dir("credential.json"));
  refuse(open_victim("file", path, true), text, path, member);
}

/* As a file and as text. */
static void refuse_both(const char *pattern, const char *address, const char *words) {
  static char member[TEXT];
  *member = '\0';
  append(member, words, "");
  const char *text = fill_in(pattern, address);
  refuse_file(text, strlen(text), member);
  refuse(open_victim("json", text, true), text, "credential JSON", member);
}

/* ---- addresses ---- */

#define USER "'client_id':'id','client_secret':'hush-secret','refresh_token':'hush-refresh'"
#define EXTERNAL "{'type':'external_account','audience':'//iam.googleapis.com/x','client_secret':'hush-secret',"
#define JWT "'subject_token_type':'urn:ietf:params:oauth:token-type:jwt'"
#define STS "'token_url':'https://sts.googleapis.com/v1/token',"
#define SOURCE(members) EXTERNAL JWT "," STS "'credential_source':{" members "}}"
#define AWS "{'environment_id':'aws1','region_url':'http://169.254.169.254/r',"
#define GENERATE "/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken"

static const struct {
  const char *member, *text;
} places[] = {
    {"\"token_uri\"", "{'type':'service_account','client_email':'a@b.c','private_key':'hush-key','token_uri':'`'}"},
    {"\"token_url\"", EXTERNAL JWT ",'token_url':'`','credential_source':{'file':'^/bait'}}"},
    {"\"token_url\"", "{'type':'external_account_authorized_user'," USER ",'token_url':'`'}"},
    {"\"service_account_impersonation_url\"",
     EXTERNAL JWT "," STS "'service_account_impersonation_url':'`','credential_source':{'file':'^/bait'}}"},
    {"\"service_account_impersonation_url\"",
     "{'type':'impersonated_service_account','service_account_impersonation_url':'`',"
     "'source_credentials':{'type':'authorized_user'," USER "}}"},
    {"\"region_url\"",
     EXTERNAL JWT "," STS "'credential_source':{'environment_id':'aws1','region_url':'`','url':'http://[fd00:ec2::"
                  "254]/'}}"},
    {"\"url\"", EXTERNAL JWT "," STS "'credential_source':" AWS "'url':'`'}}"},
    {"\"imdsv2_session_token_url\"", EXTERNAL JWT "," STS "'credential_source':" AWS
                                                  "'url':'http://169.254.169.254/','imdsv2_session_token_url':'`'}}"},
    {"\"regional_cred_verification_url\"",
     EXTERNAL JWT "," STS "'credential_source':" AWS "'regional_cred_verification_url':'`'}}"},
    {"\"token_uri\"",
     "{'type':'impersonated_service_account','service_account_impersonation_url':"
     "'https://iamcredentials.googleapis.com" GENERATE "','source_credentials':{'type':'service_account',"
     "'client_email':'a@b.c','private_key':'hush-key','token_uri':'`'}}"},
};

/* Separated by |. */
static const char addresses[] =
    "http://~" GENERATE "|https://~" GENERATE "|https://sts.googleapis.com@~" GENERATE
    "|"
    "https://hush:hush@sts.googleapis.com/|https://~\\\\@sts.googleapis.com/|"
    "https://~\\\\.sts.googleapis.com/|http://sts.googleapis.com/v1/token|"
    "http://oauth2.googleapis.com/token|http://iamcredentials.googleapis.com" GENERATE
    "|"
    "https://sts.googleapis.com.evil.invalid/v1/token|https://iamcredentials.googleapis.com.evil.invalid" GENERATE
    "|"
    "https://oauth2.googleapis.com./token|https://evil-googleapis.com/|https://sts.evilgoogleapis.com/|"
    "https://googleapis.com/|https://storage.googleapis.com/evil/token|https://sts.googleapis.com:8443/|"
    "https://sts.googleapis.com:443:443/|https://sts.googleapis.com%00.evil.invalid/|"
    "https://evil.invalid%2f.sts.googleapis.com/|https://evil.invalid%23sts.googleapis.com/|"
    "https://evil.invalid/.sts.googleapis.com/|https://evil.invalid#sts.googleapis.com/|"
    "https://evil.invalid?.sts.googleapis.com/|https://\xef\xbd\x93ts.googleapis.com/|"
    "https://sts\xe3\x80\x82googleapis.com/|https://sts.googleapis.com\xe3\x80\x82"
    "evil.invalid/|https://127.1/|https://2130706433/|https://[::ffff:127.0.0.1]/|https://[::1%25lo]/|"
    "https://localhost.evil.invalid/|http://169.254.169.254.evil.invalid/|http://169.254.169.254:81/|"
    "http://169.254.169.254@~/|file://^/bait|file:///etc/passwd|gopher://~/|//~/|~|https:|https://|"
    " https://sts.googleapis.com/|https://sts.googleapis.com\\r\\nHost: evil.invalid/|"
    "https://sts.googleapis.com\\t/|https://sts.googleapis.com\\u007f/";

/* Once for each of the list. */
static void refuse_each(const char *pattern, const char *list, const char *member) {
  char address[300];
  for (bool more = true; more;) {
    size_t len = strcspn(list, "|");
    assert_true(len < sizeof address);
    memcpy(address, list, len);
    address[len] = '\0';
    refuse_both(pattern, address, member);
    more = list[len] == '|';
    list += len + more;
  }
}

static void test_addresses(void **state) {
  (void)state;
  for (size_t at = 0; at < sizeof places / sizeof *places; at++)
    refuse_each(places[at].text, addresses, places[at].member);
}

/* Where a subject token may not come from. */
static void test_subject_addresses(void **state) {
  static const char subjects[] =
      "http://evil.invalid/|https://evil.invalid/|http://169.254.169.254.evil.invalid/|"
      "http://169.254.169.254:81/|https://169.254.169.254/|http://169.254.169.253/|"
      "http://metadata.google.internal/|http://localhost.evil.invalid/|http://localhost./|"
      "http://127.0.0.1.evil.invalid/|http://127.0.0.1./|http://127.0.0.1@evil.invalid/|"
      "http://127.0.0.1\\\\.evil.invalid/|http://127.0.0.1%00.evil.invalid/|http://[::ffff:127.0.0.1]/|"
      "http://[fe80::1%25lo]/|http://0/|http://\xef\xbc\x91"
      "27.0.0.1/|https://actions.githubusercontent.com.evil.invalid/|"
      "https://xactions.githubusercontent.com/|http://pipelines.actions.githubusercontent.com/|"
      "http://storage.googleapis.com/x|https://evil.invalid?.googleapis.com/|"
      "https://evil.invalid/.googleapis.com|file://^/bait|~/token";
  (void)state;
  refuse_each(SOURCE("'url':'`','headers':{'X-Key':'hush-key'}"), subjects, "\"url\"");
}

/* Of the right host, but another than it seems. */
static void test_impersonation_paths(void **state) {
  static const char paths[] =
      "/v1/projects/-/serviceAccounts/../../../x:generateAccessToken|"
      "/v1/projects/-/serviceAccounts/%2e%2e/x:generateAccessToken|"
      "/v1/projects/-/serviceAccounts/a@b.c/../x:generateAccessToken|"
      "/v1/./projects/-/serviceAccounts/a@b.c:generateAccessToken|"
      "//v1/projects/-/serviceAccounts/a@b.c:generateAccessToken|"
      "/v1/projects/-/serviceAccounts/a@b.c:signBlob?x=:generateAccessToken|" GENERATE "?alt=media|" GENERATE "#x";
  (void)state;
  refuse_each(
      "{'type':'impersonated_service_account','service_account_impersonation_url':"
      "'https://iamcredentials.googleapis.com`','source_credentials':{'type':'authorized_user'," USER "}}",
      paths, "\"service_account_impersonation_url\"");
}

/* A request within the request. */
static void test_headers(void **state) {
  static const char headers[] =
      "'X':'hush\\r\\nHost: evil.invalid'|'X':'hush\\nGET / HTTP/1.1'|'X':'hush\\u0001'|'X\\r\\nY':'hush'|"
      "'X: y':'hush'|'':'hush'|':authority':'hush'|'host':'hush'|'Content-Length':'100'|"
      "'Transfer-Encoding':'chunked'|'Proxy-Authorization':'hush'|'X':1";
  (void)state;
  refuse_each(SOURCE("'url':'http://~/','headers':{`}"), headers, "\"headers\"");
}

static void test_long_address(void **state) {
  static char address[50000];
  (void)state;
  memset(address, 'a', sizeof address - 1);
  memcpy(address, "https://", 8);
  refuse_both(places[1].text, address, "\"token_url\"");
  for (size_t at = 70; at < sizeof address - 1; at += 60) address[at] = '.';
  refuse_both(places[1].text, address, "\"token_url\"");
}

/* ---- the rest of a file ---- */

#define IMPERSONATED(members)                                                                        \
  "{'type':'impersonated_service_account',"                                                          \
  "'service_account_impersonation_url':'https://iamcredentials.googleapis.com" GENERATE "'," members \
  ",'source_credentials':{'type':'authorized_user'," USER "}}"
#define GDCH(members)                                                                                  \
  "{'type':'gdch_service_account','format_version':'1','project':'p','name':'n','private_key_id':'k'," \
  "'private_key':'hush-key','audience':'a'," members "}"

static const struct {
  const char *text, *list, *member;
} rows[] = {
    {SOURCE("'url':'http://~/','headers':['hush']"), "-", "\"headers\""},
    {"{'type':'authorized_user'," USER ",'quota_project_id':'p\\r\\nX: y'}", "-", "\"quota_project_id\""},
    {"{'type':'authorized_user'," USER ",'rapt_token':'hush\\n'}", "-", "\"rapt_token\""},
    {SOURCE("'environment_id':'aws1','region_url':'http://169.254.169.254/r','url':'http://169.254.169.254/`'"),
     "?|#|?/x", "\"url\""},
    {SOURCE("'environment_id':'aws1','regional_cred_verification_url':'https://sts.{region}.amazonaws.com`'"),
     "|.evil.invalid?Action=GetCallerIdentity&Version=1|/x?Action=GetCallerIdentity&Version=1|?Action=AssumeRole&"
     "Version=1|?Action=GetCallerIdentity&Version=1&Action=AssumeRole|:8443?Action=GetCallerIdentity&Version=1",
     "\"regional_cred_verification_url\""},
    /* numbers */
    {IMPERSONATED("'lifetime':`"), "-1|0|1e308|9007199254740993|'18446744073709555216s'|'3600s\\r\\n'|[3600]|true",
     "\"lifetime\""},
    {SOURCE("'executable':{'command':'^/run','timeout_millis':`}"), "4294997296|-30000|1e300|'5000ms'",
     "\"timeout_millis\""},
    /* twice, not at all, of another kind */
    {EXTERNAL JWT ",'token_url':'https://~/','token_url':'https://sts.googleapis.com/v1/token',"
                  "'credential_source':{'file':'^/bait'}}",
     "-", "\"token_url\""},
    {"{'type':`," USER "}", "'nonsense','type':'authorized_user'|'Authorized_User'|' authorized_user'", "unknown type"},
    {"{`:'authorized_user'," USER "}", "'TYPE'|'Type'|'type '", "\"type\""},
    {"{'type':`," USER "}", "['authorized_user']|1|{}|'authorized_user\\n'", "\"type\""},
    {"{'type':'authorized_user','client_id':'id','client_secret':'hush-secret','refresh_token':`}",
     "7|''|null|['hush']", "\"refresh_token\""},
    {"{'type':'authorized_user'," USER ",'universe_domain':`}", "'evil.invalid'|'GOOGLEAPIS.COM'|'com'|1|'x\\n'",
     "universe"},
    {IMPERSONATED("'delegates':`"), "'a@b.c'|[{}]|['projects/-/serviceAccounts/../x']|['a@b.c\\\",\\\"x']|['a b']",
     "\"delegates\""},
    {SOURCE("`"),
     "'file':'^/bait','url':'http://~/'|'file':'^/bait','executable':{'command':'^/run'}|'file':['^/bait']",
     "\"file\""},
    {SOURCE("'file':'^/bait','format':`"), "'json'|{'type':'xml'}|[]", "\"format\""},
    {SOURCE("'file':'^/bait','format':{'type':'json'}"), "-", "\"subject_token_field_name\""},
    {EXTERNAL JWT "," STS "'credential_source':`}", "'^/bait'|['^/bait']|{}|1|null", "\"credential_source\""},
    {GDCH("'token_uri':'http://~/'"), "-", "\"token_uri\""},
    {GDCH("'token_uri':'https://~/','ca_cert_path':'`'"), "^/fifo|^|^/loop|/dev/zero|^/none", "\"ca_cert_path\""},
    /* files that are none */
    {SOURCE("'file':'`'"),
     "^/fifo|^|^/loop|^/../../../../..|/dev/zero|/proc/self/mem|/proc/self/pagemap|^/bait\\n|^/none", "\"file\""},
    {SOURCE("'file':'`'"), "/proc/self/cmdline|^/lines", "control character"},
    {SOURCE("'certificate':`"), "{}|'^/bait'|{'certificate_config_location':1}", "\"cert"},
    {SOURCE("'certificate':{'certificate_config_location':'`'}"), "^/fifo|^|/dev/zero|/proc/self/pagemap|^/none",
     "certificate config"},
    {SOURCE("'certificate':{'certificate_config_location':'^/pair'}"), "-", "/dev/zero"},
};

static void test_rows(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) refuse_each(rows[i].text, rows[i].list, rows[i].member);
}

/* ---- what asks for permission ---- */

static void test_types_not_allowed(void **state) {
  static const char *const texts[] = {
      SOURCE("'file':'^/bait'"),
      SOURCE("'url':'http://~/'"),
      SOURCE("'executable':{'command':'^/run','output_file':'^/bait'}"),
      GDCH("'token_uri':'https://~/','ca_cert_path':'^/bait'"),
      "{'type':'impersonated_service_account','service_account_impersonation_url':'https://iamcredentials.googleapis."
      "com" GENERATE "','source_credentials':" SOURCE("'file':'^/bait'") "}",
      "{'type':'external_account','type':'authorized_user'," USER ",'credential_source':{'file':'^/bait'}}",
  };
  (void)state;
  setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1", 1);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *text = fill_in(texts[i], "");
    refuse(open_victim("json", text, false), text, "credential JSON", "auth_allow_external");
  }
  unsetenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES");
}

static void test_programs(void **state) {
  static const char gate[] = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
  static const char *const values[] = {"", "0", "true", "11", " 1"};
  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    setenv(gate, values[i], 1);
    refuse_both(SOURCE("'executable':{'command':'^/run','output_file':'^/bait'}"), "", gate);
  }
  setenv(gate, "1", 1);
  refuse_each(SOURCE("'executable':{'command':'`'}"), "\\\"^/run|\\\"\\\"|x\\n^/run|   |", "\"command\"");
  origin_matters = false;
  refuse_each(SOURCE("'executable':{'command':'`'}"),
              "^/run;^/run|$(^/run)|\\u0060^/run\\u0060|x&&^/run|x>^/marker|^|^/fifo|/dev/null|^/none", "The program");
  origin_matters = true;
  unsetenv(gate);
}

/* ---- what is no file of the kind at all ---- */

static void test_broken_texts(void **state) {
  static char deep[300000];
  (void)state;
  refuse_each("{`", "|'type':'authorized_user'|'type':'authorized_user'}}|'type':'a\nb'}|'type':NaN}|'type':'\\x41'}",
              "JSON");
  refuse_each("`", "[]|''", "no object");
  refuse_file("1", 1, "no object");
  refuse_each("`", "{}", "\"type\"");
  refuse_each("`", "{'\\u0000':1}", "NUL");
  refuse_file("", 0, "JSON");
  refuse_file("\xef\xbb\xbf{}", 5, "JSON");
  refuse_file("\xff\xfe{\0}\0", 6, "JSON");
  refuse_file("{\"type\":\"authorized_user\0\"}", 27, "JSON");
  refuse_file("{}\0{}", 5, "JSON");
  memset(deep, '[', sizeof deep - 1);
  refuse_file(deep, sizeof deep - 1, "nested too deeply");
  refuse(open_victim("json", deep, true), deep, "credential JSON", "nested too deeply");
  for (size_t i = 0; i + 6 < sizeof deep; i += 5) memcpy(deep + i, "{\"a\":", 6);
  refuse_file(deep, strlen(deep), "nested too deeply");
}

/* What one reader cuts off there and another one reads on. */
static void test_nul_in_texts(void **state) {
  (void)state;
  refuse_each("{`," USER "}",
              "'type':'authorized_user\\u0000x'|'type\\u0000x':'authorized_user'|"
              "'type':'authorized_user','quota_project_id':'p\\u0000x'",
              "");
}

/* It would make the status one that is no JSON. */
static void test_broken_utf8(void **state) {
  (void)state;
  refuse_each("{'type':'authorized_user'," USER ",'account':'`'}", "\xff|\xed\xa0\x80|\xc0\x80|\\ud800", "");
}

static void test_credentials_within_credentials(void **state) {
  static char text[TEXT];
  char *nested;
  (void)state;
  strcpy(text, "{'type':'authorized_user'," USER "}");
  for (int depth = 0; depth < 40; depth++) {
    nested = strdup(text);
    snprintf(text, sizeof text,
             "{'type':'impersonated_service_account','service_account_impersonation_url':'https://iamcredentials."
             "googleapis.com" GENERATE "','source_credentials':%s}",
             nested);
    free(nested);
  }
  refuse_both(text, "", "nests");
}

static void test_paths(void **state) {
  static const char list[] = "^|^/fifo|^/loop|^/none|/dev/zero|/proc/self/mem|/proc/self/pagemap|^/bait/x";
  char *paths = strdup(fill_in(list, "")), *rest = paths, *path;
  (void)state;
  while ((path = strsep(&rest, "|")) != NULL) refuse(open_victim("file", path, true), path, path, NULL);
  free(paths);
}

/* A common mistake must not bring the secret into a log. */
static void test_text_where_a_path_belongs(void **state) {
  static const char *const texts[] = {"{'refresh_token':'hush'}", "\n{'refresh_token':'hush'}",
                                      " \t{\n'refresh_token':'hush'}", "['hush']"};
  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *text = fill_in(texts[i], "");
    setenv("GOOGLE_APPLICATION_CREDENTIALS", text, 1);
    refuse(open_victim("adc", NULL, true), text, "GOOGLE_APPLICATION_CREDENTIALS", NULL);
    unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
    refuse(open_victim("file", text, true), text, "\"file\"", NULL);
  }
}

static void test_huge(void **state) {
  char *text = malloc(HUGE_SIZE + 1);
  (void)state;
  assert_non_null(text);
  memset(text, 'a', HUGE_SIZE);
  memcpy(text, "{\"type\":\"", 9);
  memcpy(text + HUGE_SIZE - 2, "\"}", 3);
  write_file("credential.json", text, HUGE_SIZE, 0600);
  refuse(open_victim("file", in_dir("credential.json"), true), text, in_dir("credential.json"), "cannot be read");
  chatabi_client *client = chatabi_client_new();
  assert_int_equal(chatabi_client_set_auth(client, "json", text), CHATABI_E_CONFIG);
  assert_non_null(strstr(chatabi_client_message(client), "2 MiB"));
  chatabi_client_free(client);
  text[3 * 512 * 1024] = '\0';
  refuse(open_victim("json", text, true), text, "credential JSON", "1 MiB");
  text[0] = 'a';
  refuse(open_victim("json", text, true), text, "credential JSON", "1 MiB");
  free(text);
  assert_int_equal(unlink(in_dir("credential.json")), 0);
}

/* ---- keys that keep a processor busy ---- */

/* DER, from its end to its beginning. */
typedef struct der {
  unsigned char bytes[16384];
  size_t left;
} der;

static void prepend(der *out, const void *bytes, size_t len) {
  assert_true(len <= out->left);
  memcpy(out->bytes + (out->left -= len), bytes, len);
}

/* Everything since `end` becomes the content. */
static void wrap(der *out, unsigned char tag, size_t end) {
  size_t len = end - out->left;
  const unsigned char head[] = {tag, 0x82, (unsigned char)(len >> 8), (unsigned char)len};
  prepend(out, head, sizeof head);
}

static void prepend_number(der *out, size_t len) {
  static unsigned char digits[4096];
  size_t end = out->left;
  memset(digits, 0x7f, sizeof digits);
  prepend(out, digits, len);
  wrap(out, 0x02, end);
}

/* A DSA key in PKCS #8: who reads it raises one long number to the power of another. */
static void write_slow_key(char *text) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static const unsigned char dsa[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01}, version[] = {2, 1, 0};
  enum { LONG = 2600, SHORT = 20 };
  static der out;
  size_t all = out.left = sizeof out.bytes, end = all;
  prepend_number(&out, LONG);
  wrap(&out, 0x04, end);
  size_t algorithm = end = out.left;
  prepend_number(&out, LONG - 1);
  prepend_number(&out, SHORT);
  prepend_number(&out, LONG);
  wrap(&out, 0x30, end);
  prepend(&out, dsa, sizeof dsa);
  wrap(&out, 0x30, algorithm);
  prepend(&out, version, sizeof version);
  wrap(&out, 0x30, all);
  for (size_t at = out.left; at + 2 < all; at += 3) {
    unsigned group = (unsigned)out.bytes[at] << 16 | (unsigned)out.bytes[at + 1] << 8 | out.bytes[at + 2];
    if ((at - out.left) % 48 == 0) text = strcpy(text, "\\n") + 2;
    for (int shift = 18; shift >= 0; shift -= 6) *text++ = digits[group >> shift & 63];
  }
  *text = '\0';
}

static void test_slow_key(void **state) {
  static char key[32768], text[TEXT];
  (void)state;
  write_slow_key(key);
  snprintf(text, sizeof text,
           "{\"type\":\"service_account\",\"client_email\":\"a@b.c\",\"private_key\":\"-----BEGIN PRIVATE KEY-----%s"
           "\\n-----END PRIVATE KEY-----\\n\"}",
           key);
  refuse_file(text, strlen(text), "\"private_key\"");
}

/* ---- what is harmless after all ---- */

/* These lead to Google alone: `wish` is what the proxy is asked. */
static void test_only_google_is_asked(void **state) {
  static const struct {
    const char *text, *wish;
  } kept[] = {
      {"{'type':'authorized_user'," USER ",'token_uri':'https://~/'}", "CONNECT oauth2.googleapis.com:443 "},
      {"{'type':'authorized_user'," USER ",'token_uri':'http://oauth2.googleapis.com/'}",
       "CONNECT oauth2.googleapis.com:443 "},
      {"{'type':'authorized_user','type':'external_account'," USER "}", "CONNECT oauth2.googleapis.com:443 "},
      {EXTERNAL JWT "," STS "'token_url':'https://~/','credential_source':{'file':'^/token'}}",
       "CONNECT sts.googleapis.com:443 "},
      {EXTERNAL JWT ",'token_url':'HTTPS://sts%2egoogleapis.com:0443','credential_source':{'file':'^/token'}}",
       "CONNECT sts.googleapis.com:443 "},
  };
  char bytes[4096];
  (void)state;
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
    chatabi_client *client = open_victim("json", fill_in(kept[i].text, ""), true);
    chatabi_request *request = talk_ask(client, (talk_about){.prompt = NULL});
    assert_true(take_visit(proxy_fd, LIMIT_MS, bytes, sizeof bytes));
    if (strncmp(bytes, kept[i].wish, strlen(kept[i].wish)) != 0) fail_msg("%s for %s", bytes, kept[i].text);
    check_silence("way through the proxy", bytes);
    chatabi_request_free(request);
    chatabi_client_free(client);
    while (take_visit(proxy_fd, 0, bytes, sizeof bytes)) continue;
    check_traps(kept[i].text);
  }
}

static void set_environment(void) {
  char names[] =
      "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES GOOGLE_APPLICATION_CREDENTIALS CHATABI_CREDENTIALS_JSON "
      "GOOGLE_APPLICATION_CREDENTIALS_JSON GOOGLE_CLOUD_UNIVERSE_DOMAIN AWS_REGION AWS_DEFAULT_REGION "
      "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CONTAINER_CREDENTIALS_RELATIVE_URI "
      "AWS_CONTAINER_CREDENTIALS_FULL_URI no_proxy NO_PROXY";
  char *rest = names, *name;
  while ((name = strsep(&rest, " ")) != NULL) unsetenv(name);
  setenv("GCE_METADATA_HOST", "127.0.0.1:1", 1);
  setenv("CLOUDSDK_CONFIG", dir, 1);
}

/* What a test before this one left when it failed. */
static int clear(void **state) {
  char bytes[4096];
  (void)state;
  while (take_visit(enemy_fd, 0, bytes, sizeof bytes)) continue;
  while (take_visit(proxy_fd, 0, bytes, sizeof bytes)) continue;
  while (read(watch_fd, bytes, sizeof bytes) > 0) continue;
  unlink(in_dir("marker"));
  unsetenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES");
  unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
  origin_matters = true;
  return 0;
}

static int enter(void **state) {
  static const char script[] = "#!/bin/sh\n: > \"${0%/*}/marker\"\n";
  char pair[300];
  (void)state;
  snprintf(dir, sizeof dir, "/tmp/chatabi-hostile-XXXXXX");
  assert_non_null(mkdtemp(dir));
  snprintf(pair, sizeof pair,
           "{\"cert_configs\":{\"workload\":{\"cert_path\":\"/dev/zero\",\"key_path\":\"%s/fifo\"}}}", dir);
  write_file("pair", pair, strlen(pair), 0600);
  write_file("run", script, strlen(script), 0700);
  write_file("bait", "hush", 4, 0600);
  write_file("token", "hush", 4, 0600);
  write_file("lines", "hush\nhush\n", 10, 0600);
  assert_int_equal(mkfifo(in_dir("fifo"), 0700), 0);
  assert_int_equal(symlink("loop", in_dir("loop")), 0);
  watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  assert_true(inotify_add_watch(watch_fd, in_dir("bait"), IN_OPEN) >= 0);
  enemy_fd = listen_at(enemy, sizeof enemy, "");
  proxy_fd = listen_at(proxy, sizeof proxy, "http://");
  set_environment();
  return 0;
}

static int leave(void **state) {
  char names[] = "pair run bait token lines fifo loop credential.json marker", *rest = names, *name;
  (void)state;
  while ((name = strsep(&rest, " ")) != NULL) unlink(in_dir(name));
  print_message("%d credentials refused\n", cases);
  close(watch_fd);
  close(enemy_fd);
  close(proxy_fd);
  return rmdir(dir);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_addresses, clear),
      cmocka_unit_test_setup(test_subject_addresses, clear),
      cmocka_unit_test_setup(test_impersonation_paths, clear),
      cmocka_unit_test_setup(test_headers, clear),
      cmocka_unit_test_setup(test_long_address, clear),
      cmocka_unit_test_setup(test_rows, clear),
      cmocka_unit_test_setup(test_types_not_allowed, clear),
      cmocka_unit_test_setup(test_programs, clear),
      cmocka_unit_test_setup(test_broken_texts, clear),
      cmocka_unit_test_setup(test_nul_in_texts, clear),
      cmocka_unit_test_setup(test_broken_utf8, clear),
      cmocka_unit_test_setup(test_credentials_within_credentials, clear),
      cmocka_unit_test_setup(test_paths, clear),
      cmocka_unit_test_setup(test_text_where_a_path_belongs, clear),
      cmocka_unit_test_setup(test_huge, clear),
      cmocka_unit_test_setup(test_slow_key, clear),
      cmocka_unit_test_setup(test_only_google_is_asked, clear),
  };
  return cmocka_run_group_tests(tests, enter, leave);
}
