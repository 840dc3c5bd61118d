/* SPDX-License-Identifier: MIT
 * What hands out AWS credentials to those who run there: the metadata service of EC2 (IMDSv2), that of ECS tasks, and
 * that of EKS pods. */
#ifndef EMU_AWS_H
#define EMU_AWS_H

#include "exchange.h"

/* Is it one of their paths? */
bool emu_aws_is(const char *path);
enum MHD_Result emu_aws(emu_exchange *exchange);

#endif
