/* SPDX-License-Identifier: MIT
 * The environment variables and directories that credentials and their settings come from, copied once: getenv is not
 * safe while another thread of the host calls setenv, so this runs on the host's thread and the I/O thread reads the
 * copy. */
#ifndef CAI_PLACES_H
#define CAI_PLACES_H

#include <stdbool.h>

/* Owned text; NULL when not set or empty. */
typedef struct cai_places {
  char *credentials_file; /* GOOGLE_APPLICATION_CREDENTIALS */
  char *gcloud_dir;       /* CLOUDSDK_CONFIG, else ~/.config/gcloud, %APPDATA%\gcloud */
  char *project;          /* GOOGLE_CLOUD_PROJECT, else GCLOUD_PROJECT */
  char *location;         /* GOOGLE_CLOUD_LOCATION, else GOOGLE_CLOUD_REGION */
  char *quota_project;    /* GOOGLE_CLOUD_QUOTA_PROJECT */
  char *universe_domain;  /* GOOGLE_CLOUD_UNIVERSE_DOMAIN */
  char *metadata_host;    /* GCE_METADATA_HOST: host[:port] */
  bool no_gce_check;      /* NO_GCE_CHECK=true: never ask the metadata server by discovery */
  char *openai_api_key;   /* OPENAI_API_KEY */
  char *gemini_api_key;   /* GOOGLE_API_KEY, else GEMINI_API_KEY */
  char *credentials_json; /* CHATABI_CREDENTIALS_JSON, else GOOGLE_APPLICATION_CREDENTIALS_JSON: JSON text or base64 of
                             it; secret */
  char *access_token;     /* CLOUDSDK_AUTH_ACCESS_TOKEN, else GOOGLE_OAUTH_ACCESS_TOKEN; secret */
  const char *access_token_name;     /* which of the two it was */
  const char *credentials_json_name; /* likewise */
  bool on_google;           /* this looks like one of Google's machines: its metadata server is worth some patience */
  bool allow_executables;   /* GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 */
  char *certificate_config; /* GOOGLE_API_CERTIFICATE_CONFIG */
  char *gcloud_config;      /* CLOUDSDK_ACTIVE_CONFIG_NAME */
  char *aws_region;         /* AWS_REGION, else AWS_DEFAULT_REGION */
  char *aws_access_key_id;  /* AWS_ACCESS_KEY_ID */
  char *aws_secret_access_key;      /* AWS_SECRET_ACCESS_KEY; secret */
  char *aws_session_token;          /* AWS_SESSION_TOKEN; secret */
  char *aws_container_relative_uri; /* AWS_CONTAINER_CREDENTIALS_RELATIVE_URI */
  char *aws_container_full_uri;     /* AWS_CONTAINER_CREDENTIALS_FULL_URI */
  char *aws_container_token;        /* AWS_CONTAINER_AUTHORIZATION_TOKEN; secret */
  char *aws_container_token_file;   /* AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE */
  char **environment;               /* all of it, for programs to be run; NULL unless it was asked for; secret */
} cai_places;

/* `environment`: keep all of it; it is kept in any case where GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1. 0 or
 * CHATABI_E_NOMEM. */
int cai_places_read(cai_places *places, bool environment);
int cai_places_copy(cai_places *to, const cai_places *from);
void cai_places_fini(cai_places *places);

#endif
