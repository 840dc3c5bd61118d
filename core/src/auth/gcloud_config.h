/* SPDX-License-Identifier: MIT
 * The gcloud command's settings, read from its files: starting gcloud itself takes seconds. Read only when nothing else
 * knows the project. */
#ifndef CAI_GCLOUD_CONFIG_H
#define CAI_GCLOUD_CONFIG_H

/* The project of the active configuration below `gcloud_dir` (may be NULL), or NULL. Free with cai_free. */
char *cai_gcloud_config_project(const char *gcloud_dir);

#endif
