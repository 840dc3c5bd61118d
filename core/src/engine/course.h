/* SPDX-License-Identifier: MIT
 * The turns that an attempt takes on the I/O thread, for the files that make them: admission.c (begin), attempt.c
 * (wait, end), dispatch.c (send), reception.c (receive), deadline.c (time). */
#ifndef CAI_COURSE_H
#define CAI_COURSE_H

#include "attempt.h"

/* attempt.c: the try failed with attempt->failure: waits and tries again, or ends. */
void cai_attempt_fail(cai_attempt *attempt);
void cai_attempt_fail_with(cai_attempt *attempt, const cai_err *err);

/* attempt.c: the same without another try. */
void cai_attempt_give_up(cai_attempt *attempt);

/* attempt.c: the answer is complete for the host. The transfer may still be draining. */
void cai_attempt_complete(cai_attempt *attempt);

/* attempt.c: nothing is left to do; it leaves the loop and may be freed. */
void cai_attempt_leave(cai_attempt *attempt);

/* attempt.c: gives up what belongs to one try. */
void cai_attempt_drop_try(cai_attempt *attempt);

/* attempt.c: the idle time begins anew. */
void cai_attempt_await_bytes(cai_attempt *attempt);

void cai_attempt_set_state(cai_attempt *attempt, int state);

/* admission.c: takes a new attempt in: into the line, or it fails. */
void cai_attempt_begin(cai_attempt *attempt);

/* admission.c: it no longer stands in the way of others. Does nothing for one whose turn never came. */
void cai_attempt_check_out(cai_attempt *attempt);

/* account.c: tells the log of the end. */
void cai_attempt_account(cai_attempt *attempt, int code, int64_t total_ms);

/* deadline.c: of the whole request; INT64_MAX: none. */
int64_t cai_attempt_deadline_ms(const cai_attempt *attempt);

/* deadline.c: first_byte_timeout_ms as it is in force. */
int64_t cai_attempt_first_byte_ms(const cai_attempt *attempt);

/* dispatch.c: leases a token, builds the request and starts it. */
void cai_dispatch(cai_attempt *attempt);

/* dispatch.c: adds why there was no token, as data. */
void cai_dispatch_explain(cai_failure *failure, const cai_setback *setback);

/* reception.c */
extern const cai_transfer_ops cai_reception_ops;

/* The value that is in force: the request's own, else the client's. 0: none. */
int64_t cai_attempt_limit(int64_t own, int64_t general);

#endif
