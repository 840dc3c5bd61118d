/* SPDX-License-Identifier: MIT
 * The meeting of I/O thread and host: order, bounds, waits, wake-up, cancel, and the promise of the pollable
 * descriptor. */
#include "engine/queue.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "chatabi.h"

#include <cmocka.h>

typedef struct fixture {
  cai_hub *hub;
  cai_queue queue;
  int owner;
} fixture;

static int open_fixture(void **state) {
  static fixture one;
  one.hub = cai_hub_new();
  assert_non_null(one.hub);
  assert_int_equal(cai_queue_init(&one.queue, one.hub, &one.owner, 4, 1000), 0);
  *state = &one;
  return 0;
}

static int close_fixture(void **state) {
  fixture *f = *state;
  cai_queue_detach(&f->queue);
  cai_queue_fini(&f->queue);
  cai_hub_unref(f->hub);
  return 0;
}

static cai_batch *batch_of(int first, int count) {
  cai_batch *batch = cai_batch_new();
  assert_non_null(batch);
  for (int i = 0; i < count; i++) {
    char text[16];
    snprintf(text, sizeof text, "%d", first + i);
    assert_int_equal(cai_batch_add(batch, CHATABI_TEXT, 0, cai_span_of(text), (cai_span){NULL, 0}), 0);
  }
  return batch;
}

static int next(fixture *f, int timeout_ms) {
  bool room;
  return cai_queue_next(&f->queue, timeout_ms, &room);
}

static bool is_readable(int fd) {
  struct pollfd one = {.fd = fd, .events = POLLIN};
  return poll(&one, 1, 0) == 1;
}

static void expect_text(fixture *f, const char *text) {
  size_t len;
  assert_int_equal(next(f, 0), CHATABI_TEXT);
  assert_string_equal(cai_batch_text(f->queue.current, f->queue.index, &len), text);
  assert_int_equal(len, strlen(text));
}

static void events_come_in_order_and_the_end_repeats(void **state) {
  fixture *f = *state;
  assert_int_equal(next(f, 0), 0);
  cai_queue_push(&f->queue, batch_of(1, 3));
  cai_queue_push(&f->queue, batch_of(4, 1));
  cai_queue_end(&f->queue, 0);
  cai_queue_end(&f->queue, CHATABI_E_SERVER);
  for (int i = 1; i <= 4; i++) {
    char text[16];
    snprintf(text, sizeof text, "%d", i);
    expect_text(f, text);
  }
  for (int i = 0; i < 3; i++) assert_int_equal(next(f, 0), CHATABI_DONE);
}

static void descriptors_are_raised_exactly_while_there_is_something(void **state) {
  fixture *f = *state;
  int one = cai_queue_fd(&f->queue), all = cai_hub_fd(f->hub);
  assert_true(one >= 0 && all >= 0 && one != all);
  assert_false(is_readable(one) || is_readable(all));
  cai_queue_push(&f->queue, batch_of(1, 3));
  for (int i = 0; i < 3; i++) {
    assert_true(is_readable(one) && is_readable(all));
    assert_int_equal(next(f, 0), CHATABI_TEXT);
  }
  assert_false(is_readable(one) || is_readable(all));
  cai_queue_end(&f->queue, CHATABI_E_SERVER);
  assert_true(is_readable(one) && is_readable(all));
  assert_int_equal(next(f, 0), CHATABI_E_SERVER);
  assert_false(is_readable(one) || is_readable(all));
  assert_int_equal(next(f, 0), CHATABI_E_SERVER);
}

static void descriptor_survives_a_host_that_reads_it(void **state) {
  fixture *f = *state;
  char byte;
  int fd = cai_queue_fd(&f->queue);
  for (int i = 0; i < 3; i++) {
    cai_queue_push(&f->queue, batch_of(1, 1));
    assert_true(is_readable(fd));
    assert_int_equal(read(fd, &byte, 1), 1);
    assert_int_equal(next(f, 0), CHATABI_TEXT);
    assert_false(is_readable(fd));
  }
}

static void descriptor_made_late_knows_the_level(void **state) {
  fixture *f = *state;
  cai_queue_push(&f->queue, batch_of(1, 1));
  assert_true(is_readable(cai_queue_fd(&f->queue)));
}

static void full_queue_reports_room_once_when_half_is_free(void **state) {
  fixture *f = *state;
  bool room;
  assert_false(cai_queue_is_full(&f->queue));
  for (int i = 0; i < 4; i++) cai_queue_push(&f->queue, batch_of(i, 1));
  assert_true(cai_queue_is_full(&f->queue));
  int reported = 0;
  for (int i = 0; i < 4; i++) {
    assert_int_equal(cai_queue_next(&f->queue, 0, &room), CHATABI_TEXT);
    reported += room;
    if (i == 0) assert_false(room);
  }
  assert_int_equal(reported, 1);
  assert_false(cai_queue_is_full(&f->queue));
}

static void one_batch_beyond_the_bound_is_not_held_back_forever(void **state) {
  fixture *f = *state;
  assert_false(cai_queue_is_full(&f->queue));
  cai_queue_push(&f->queue, batch_of(0, 100));
  assert_true(cai_queue_is_full(&f->queue));
  bool room, any = false;
  for (int i = 0; i < 100; i++) {
    assert_int_equal(cai_queue_next(&f->queue, 0, &room), CHATABI_TEXT);
    any = any || room;
  }
  assert_true(any);
}

static void cancel_drops_everything_and_is_final(void **state) {
  fixture *f = *state;
  int fd = cai_queue_fd(&f->queue);
  cai_queue_push(&f->queue, batch_of(1, 5));
  expect_text(f, "1");
  assert_true(cai_queue_cancel(&f->queue));
  assert_false(cai_queue_cancel(&f->queue));
  cai_queue_push(&f->queue, batch_of(6, 1));
  cai_queue_end(&f->queue, 0);
  assert_true(is_readable(fd));
  for (int i = 0; i < 3; i++) assert_int_equal(next(f, 0), CHATABI_E_CANCELLED);
  assert_false(is_readable(fd));
}

static void cancel_after_the_end_changes_nothing(void **state) {
  fixture *f = *state;
  cai_queue_end(&f->queue, 0);
  assert_int_equal(next(f, 0), CHATABI_DONE);
  assert_false(cai_queue_cancel(&f->queue));
  assert_int_equal(next(f, 0), CHATABI_DONE);
}

static void *push_later(void *arg) {
  usleep(20000);
  cai_queue_push(arg, batch_of(7, 1));
  return NULL;
}

static void *cancel_later(void *arg) {
  usleep(20000);
  cai_queue_cancel(arg);
  return NULL;
}

static void *wake_later(void *arg) {
  usleep(20000);
  cai_hub_wake(arg);
  return NULL;
}

static void waits_end_by_event_cancel_wake_and_time(void **state) {
  fixture *f = *state;
  cai_thread thread;
  int64_t start_ms = cai_clock_ms();
  assert_int_equal(next(f, 30), 0);
  assert_true(cai_clock_ms() - start_ms >= 29);
  assert_int_equal(cai_thread_start(&thread, push_later, &f->queue), 0);
  assert_int_equal(next(f, -1), CHATABI_TEXT);
  cai_thread_join(thread);
  assert_int_equal(cai_thread_start(&thread, wake_later, f->hub), 0);
  assert_int_equal(next(f, -1), 0);
  cai_thread_join(thread);
  assert_int_equal(cai_thread_start(&thread, wake_later, f->hub), 0);
  assert_null(cai_hub_ready(f->hub, -1));
  cai_thread_join(thread);
  assert_int_equal(cai_thread_start(&thread, cancel_later, &f->queue), 0);
  assert_int_equal(next(f, -1), CHATABI_E_CANCELLED);
  cai_thread_join(thread);
}

static void wake_without_a_waiter_ends_the_next_wait_only(void **state) {
  fixture *f = *state;
  cai_hub_wake(f->hub);
  assert_null(cai_hub_ready(f->hub, 0));
  assert_null(cai_hub_ready(f->hub, -1));
  int64_t start_ms = cai_clock_ms();
  assert_null(cai_hub_ready(f->hub, 20));
  assert_true(cai_clock_ms() - start_ms >= 19);
}

static void ready_takes_turns(void **state) {
  fixture *f = *state;
  cai_queue other;
  int owner;
  assert_int_equal(cai_queue_init(&other, f->hub, &owner, 4, 1000), 0);
  cai_queue_push(&f->queue, batch_of(1, 10));
  cai_queue_push(&other, batch_of(1, 10));
  for (int i = 0; i < 3; i++) {
    assert_ptr_equal(cai_hub_ready(f->hub, 0), &f->owner);
    assert_ptr_equal(cai_hub_ready(f->hub, 0), &owner);
  }
  cai_queue_detach(&other);
  assert_ptr_equal(cai_hub_ready(f->hub, 0), &f->owner);
  assert_ptr_equal(cai_hub_ready(f->hub, 0), &f->owner);
  cai_queue_fini(&other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(events_come_in_order_and_the_end_repeats, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(descriptors_are_raised_exactly_while_there_is_something, open_fixture,
                                      close_fixture),
      cmocka_unit_test_setup_teardown(descriptor_survives_a_host_that_reads_it, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(descriptor_made_late_knows_the_level, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(full_queue_reports_room_once_when_half_is_free, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(one_batch_beyond_the_bound_is_not_held_back_forever, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(cancel_drops_everything_and_is_final, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(cancel_after_the_end_changes_nothing, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(waits_end_by_event_cancel_wake_and_time, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(wake_without_a_waiter_ends_the_next_wait_only, open_fixture, close_fixture),
      cmocka_unit_test_setup_teardown(ready_takes_turns, open_fixture, close_fixture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
