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
} cai_places;

/* 0 or CHATABI_E_NOMEM. */
int cai_places_read(cai_places *places);
int cai_places_copy(cai_places *to, const cai_places *from);
void cai_places_fini(cai_places *places);

#endif
