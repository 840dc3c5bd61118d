/* SPDX-License-Identifier: MIT
 * The gcloud command's settings, read from its files: starting gcloud itself takes seconds. Read only when nothing else
 * knows the project. */
#ifndef CAI_GCLOUD_CONFIG_H
#define CAI_GCLOUD_CONFIG_H

/* Owned text; NULL when not set. */
typedef struct cai_gcloud_config {
  char *project;        /* core/project */
  char *ai_region;      /* ai/region */
  char *compute_region; /* compute/region */
} cai_gcloud_config;

/* Reads configuration `name`, or the active one when it is NULL, below `gcloud_dir` (may be NULL). What cannot be read
 * is not set. */
void cai_gcloud_config_read(cai_gcloud_config *config, const char *gcloud_dir, const char *name);
void cai_gcloud_config_fini(cai_gcloud_config *config);

#endif
